"""The bars, the live picture, the plain lines and the closing tables, from snapshots made by hand."""

import io
import itertools
import re
import threading
from pathlib import Path

import pytest
from rich.cells import cell_len
from rich.console import Console, RenderableType

from tests.demo.snapshots import BATCHES, CONSUMER, ENCODED, FILENAMES, demo_snapshot, queue, snapshot, stage
from tfqueue.demo.bars import FullnessBar, StateBar
from tfqueue.demo.report import Outcome, print_report
from tfqueue.demo.terminal import (
    Fact,
    LiveView,
    PlainView,
    Progress,
    Run,
    Window,
    frame,
    images_per_second,
    line,
    print_header,
)
from tfqueue.telemetry.registry import Registry
from tfqueue.testing import wait_until

TITLES = {FILENAMES: "list files", ENCODED: "read files", BATCHES: "decode, augment", CONSUMER: "train"}
RUN = Run("demo", (Fact("logs", copied="[odd]/place"),), 10.0, TITLES, Registry())
LEARNING = Progress(batches=60, first_loss=1.609, loss=0.412)


def console(width: int = 80, colour: bool = False) -> Console:
    return Console(
        width=width,
        file=io.StringIO(),
        force_terminal=colour,
        color_system="truecolor" if colour else None,
        legacy_windows=False,
    )


def text_of(to: Console) -> str:
    assert isinstance(to.file, io.StringIO)
    return to.file.getvalue()


def drawn(renderable: RenderableType, width: int = 80, colour: bool = False) -> str:
    to = console(width, colour)
    to.print(renderable)
    return text_of(to).rstrip("\n")


@pytest.mark.parametrize("width", range(10, 60, 7))
@pytest.mark.parametrize("shares", [(1, 0, 0), (0.97, 0.005, 0.025), (1 / 3, 1 / 3, 1 / 3), (0.0, 0.5, 0.5), (0, 0, 0)])
def test_a_state_bar_is_as_wide_as_its_room(shares: tuple[float, float, float], width: int) -> None:
    """Whatever the shares and the width, the three parts fill exactly one line."""
    assert cell_len(drawn(StateBar(shares), width)) == width


def test_a_state_bar_says_its_states_in_words_and_in_letters() -> None:
    """A wide part has its word and share, a narrow one its letter; and without colour each has its own filling."""
    assert drawn(StateBar((0.5, 0.4, 0.1)), 40) == " busy 50% ========== starved 40% ... P #"
    coloured = drawn(StateBar((0.5, 0.4, 0.1)), 40, colour=True)
    assert re.sub("\x1b[^m]*m", "", coloured) == " busy 50%            starved 40%     P  "
    assert len(set(re.findall(r"48;2;[\d;]+", coloured))) == 3


@pytest.mark.parametrize(
    ("fraction", "mean", "bar"),
    [
        (0.0, 0.0, "◆╌╌╌╌╌╌╌╌╌"),
        (0.01, 0.5, "━╌╌╌╌◆╌╌╌╌"),
        (0.99, 0.5, "━━━━━◆━━━╌"),
        (1.0, 1.0, "━━━━━━━━━◆"),
        (1.5, 0.0, "◆━━━━━━━━━"),
    ],
)
def test_a_fullness_bar_shows_size_and_mean(fraction: float, mean: float, bar: str) -> None:
    """Empty and full are shown only when they are true; more than full (elements put back) is full."""
    assert drawn(FullnessBar(fraction, mean), 10) == bar


@pytest.mark.parametrize(("width", "colour"), list(itertools.product((80, 120), (False, True))))
def test_the_live_picture_has_every_stage_and_queue(width: int, colour: bool) -> None:
    """Progress, rate, loss, each queue with its numbers, each stage with its states, in order, within the width."""
    picture = frame(RUN, LEARNING, 6.0, demo_snapshot(4.0), demo_snapshot(6.0), colour)
    text = re.sub("\x1b[^m]*m", "", drawn(picture, width, colour))
    names = ["list files", "↓ filenames", "read files", "↓ encoded", "decode, augment", "↓ batches", "train"]
    assert [name for line in text.splitlines() for name in names if line.strip().startswith(name)] == names
    for words in (
        "60%, 4 s left",
        "400 images/s",
        "loss 0.412 (first 1.609)",
        "63/64  mean  97%",
        "busy 97%",
        "2 threads",
    ):
        assert words in text
    assert max(cell_len(line) for line in text.splitlines()) <= width
    assert len(text.splitlines()) == 12


def test_a_run_without_a_batch_yet_is_shown() -> None:
    """Before the first thread has started there is a picture, too."""
    assert "no batch yet" in drawn(frame(RUN, Progress(), 0.0, None, snapshot(), coloured=False))
    waiting = snapshot(stage(FILENAMES, (0.0, 0.0, 0.0), fills=(FILENAMES,), threads=0), queue(FILENAMES, 0, 64))
    assert "not started" in drawn(frame(RUN, Progress(), 0.0, None, waiting, coloured=False))


def test_rate_and_batch_agree_before_the_first_loss() -> None:
    """A batch that was taken and is still being learnt from counts in the rate and as a batch: only its loss lacks."""
    before, now = (snapshot(stage(CONSUMER, (0, 1, 0), draws=(BATCHES,), elements=n), at=n) for n in (0, 1))
    assert "1 images/s  no loss yet" in line(RUN, Progress(), 1.0, before, now)
    assert "1 images/s   batch 1   no loss yet" in drawn(frame(RUN, Progress(), 1.0, before, now, coloured=False))
    assert "0 images/s  no batch yet" in line(RUN, Progress(), 1.0, None, before)


def test_what_a_terminal_echoes_stands_below_the_picture() -> None:
    """The last line of the picture is empty, so that ^C does not wrap a full line and shift what is to be cleared."""
    to = console(80)
    lines = to.render_lines(frame(RUN, LEARNING, 6.0, None, demo_snapshot(), coloured=False), pad=False)
    assert "".join(segment.text for segment in lines[-1]).strip() == ""


def test_queues_of_one_first_name_keep_their_full_names() -> None:
    """Names are shortened only where that still tells the queues apart."""
    text = line(RUN, Progress(), 1.0, None, snapshot(queue("a/left", 1, 2), queue("a/right", 2, 2)))
    assert "a/left 1/2  a/right 2/2" in text


def test_the_window_is_two_seconds_long() -> None:
    """The picture compares with the snapshot of two seconds ago, or the oldest there is."""
    window = Window()
    snapshots = [snapshot(at=0.5 * number) for number in range(8)]
    compared = [window.add(one) for one in snapshots]
    assert compared == [None, *[snapshots[0]] * 4, *snapshots[1:4]]


def test_rate_is_what_the_consumers_took() -> None:
    """Images a second: elements that left the pipeline between two snapshots, and 0 when there is only one."""
    assert images_per_second(demo_snapshot(4.0), demo_snapshot(6.0)) == 400
    assert images_per_second(None, demo_snapshot(6.0)) == 0
    assert images_per_second(demo_snapshot(6.0), demo_snapshot(6.0)) == 0


def test_header_prints_names_as_they_are() -> None:
    """A long path is not cut, and brackets in it are no markup."""
    to = console(40)
    print_header(to, Run("demo", (Fact("logs", copied="[bold]/" + "x" * 60),), 10.0, {}, Registry()))
    assert "[bold]/" + "x" * 60 in text_of(to)


def test_header_breaks_at_words_only() -> None:
    """Words go on below where they began; a command is never broken, and starts further left where it must."""
    to = console(40)
    words = "80 photographs from other parts of the same two pictures"
    facts = (
        Fact("held out", words),
        Fact("metrics", copied="http://here"),
        Fact("TensorBoard", copied="tensorboard --logdir a/place"),
        Fact("left out", "1 file of another kind, the first is", copied="photos/my cats/note.txt"),
    )
    print_header(to, Run("tfqueue demo: 320 photographs, 5 labels, 2 threads", facts, 10.0, {}, Registry()))
    assert text_of(to).splitlines() == [
        "tfqueue demo: 320 photographs, 5",
        "  labels, 2 threads",
        "  held out     80 photographs from other",
        "               parts of the same two",
        "               pictures",
        "  metrics      http://here",
        "  TensorBoard",
        "    tensorboard --logdir a/place",
        "  left out     1 file of another kind,",
        "               the first is",
        "               photos/my cats/note.txt",
        "",
    ]


class Clockwork:
    """A source that counts how often it was asked."""

    def __init__(self) -> None:
        self.asked = 0

    def stats(self) -> object:
        self.asked += 1
        return queue("encoded", 3, 8)


@pytest.mark.parametrize("view", [LiveView, PlainView])
def test_views_draw_by_themselves(view: type) -> None:
    """While nobody updates it, a view goes on; when it is left, its thread is gone."""
    registry, source, to = Registry(), Clockwork(), console(80, colour=view is LiveView)
    registry.register(source)  # type: ignore[arg-type]
    run = Run("demo", (), 10.0, {}, registry)
    threads = threading.active_count()
    with view(to, run, **({} if view is LiveView else {"interval": 0.01})):
        wait_until(lambda: "3/8" in text_of(to) and source.asked > 2)
    wait_until(lambda: threading.active_count() == threads)


def report(outcome: Outcome, width: int = 80) -> str:
    to = console(width)
    print_report(to, demo_snapshot(), TITLES, outcome, Path("logs"))
    return text_of(to)


def test_the_report_has_a_table_of_queues_and_one_of_stages() -> None:
    """Every number of the snapshot's queues and stages stands under its name, within 80 columns."""
    text = report(Outcome(10.0, 4000, LEARNING, right=76, held_out=80))
    rows = {cells[0]: cells[1:] for line in text.splitlines() if (cells := re.split(r"\s{2,}", line.strip()))}
    assert rows["size / capacity"] == ["64 / 64", "63 / 64", "118 / 416"]
    assert rows["mean fullness"] == ["100%", "97%", "29%"]
    assert rows["time empty"] == ["25%"] * 3
    assert rows["time full"] == ["50%"] * 3
    assert rows["kept back to mix"] == ["-", "-", "64"]
    assert rows["time no more than that"] == ["-", "-", "75%"]
    assert rows["elements in"] == ["4,246", "4,181", "4,118"]
    assert rows["elements out"] == ["4,182", "4,118", "4,000"]
    assert rows["enqueues blocked"] == ["6.5 s"] * 3
    assert rows["dequeues blocked"] == ["1.5 s"] * 3
    assert rows["threads"] == ["1", "1", "2", "1"]
    assert rows["elements / s"] == ["430", "412", "400", "400"]
    assert rows["B"] == ["busy", "1%", "6%", "97%", "12%"]
    assert rows["S"] == ["starved", "0%", "0%", "0%", "88%"]
    assert rows["P"] == ["backpressured", "99%", "94%", "2%", "0%"]
    assert rows["exceptions"] == ["0"] * 4
    assert max(cell_len(line) for line in text.splitlines()) <= 80


def test_the_report_says_what_was_learnt_and_how_to_read_it() -> None:
    """Rate, loss, accuracy and the busiest stage, each in a sentence."""
    text = report(Outcome(10.0, 4000, LEARNING, right=76, held_out=80))
    assert "Ran for 10.0 s: 4,000 images in 60 batches, 400 images/s." in text
    assert "Loss 1.609 on the first batch, 0.412 on the last ones." in text
    assert "Accuracy 95% on images it never trained on (76 of 80)." in text
    assert "Busiest stage: decode, augment, at work 97% of its time." in text
    assert "How to read it:" in text
    assert "Event files: logs" in text


def test_the_report_of_a_run_that_was_cut_short() -> None:
    """Ctrl-C before the first batch: the tables so far, no accuracy, and what to do."""
    text = report(Outcome(0.4, 0, Progress(), right=0, held_out=0, stopped_by="Ctrl-C"))
    assert "Stopped by Ctrl-C after 0.4 s: 0 images in 0 batches, 0 images/s." in text
    assert "No batch was finished" in text
    assert "Accuracy" not in text
    assert "Queues" in text
