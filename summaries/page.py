"""The plain page at `/`: the numbers of this moment, and where the endpoints are. No script, nothing from elsewhere."""

import base64
import hashlib
from collections.abc import Iterable, Sequence
from html import escape

from tfqueue.framework.version import VERSION
from tfqueue.telemetry.labels import display_name
from tfqueue.telemetry.stats import CoordinatorStats, QueueStats, Snapshot, StageStats

_STYLE = """
:root { color-scheme: light dark; --line: #d0d7de; --dim: #57606a; --link: #0550ae; }
@media (prefers-color-scheme: dark) {
  :root { --line: #3d444d; --dim: #9198a1; --link: #79b8ff; }
}
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 85rem; padding: 0 1rem; }
h1 { font-size: 1.3rem; margin: 0; } h2 { font-size: 1.05rem; margin: 2rem 0 .4rem; }
p { color: var(--dim); margin: .3rem 0; } a { color: var(--link); } nav a { margin-right: 1.2rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; width: 100%; }
th, td { border-bottom: 1px solid var(--line); padding: .35rem .8rem .35rem 0; text-align: right; white-space: nowrap; }
th { color: var(--dim); font-weight: 600; white-space: normal; vertical-align: bottom; }
th:first-child, td:first-child { text-align: left; }
meter { width: 5rem; vertical-align: middle; }
"""

STYLE_HASH = "sha256-" + base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
"""What a Content-Security-Policy names to allow this page's style and no other."""

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>tfqueue</title>
<style>{style}</style>
</head>
<body>
<h1>tfqueue {version}</h1>
<p>The numbers of this moment; reload for new ones.</p>
<nav><a href="/metrics">/metrics</a> <a href="/api/snapshot.json">/api/snapshot.json</a></nav>
<h2>Queues</h2>
<p>Full near 1: its writers wait, look downstream. Full near 0: its readers starve, look upstream.
Mean, empty and at capacity are of its whole life.</p>
{queues}
<h2>Stages</h2>
<p>The stage near all busy limits the others. Starved: look upstream. Backpressured: look downstream.</p>
{stages}
<h2>Coordinators</h2>
{coordinators}
</body>
</html>
"""

_QUEUE_HEAD = ("queue", "kind", "size", "full", "mean", "empty", "at capacity", "in", "out", "waiting in, out", "state")
_STAGE_HEAD = ("stage", "kind", "threads", "busy", "starved", "backpressured", "in", "out", "exceptions")
_COORDINATOR_HEAD = ("coordinator", "running", "stopped", "exceptions", "state")


def index_page(snapshot: Snapshot) -> bytes:
    """The page of one Snapshot, UTF-8."""
    return _PAGE.format(
        style=_STYLE,
        version=escape(VERSION),
        queues=_table(_QUEUE_HEAD, map(_queue_row, snapshot.queues)),
        stages=_table(_STAGE_HEAD, map(_stage_row, snapshot.stages)),
        coordinators=_table(_COORDINATOR_HEAD, map(_coordinator_row, snapshot.coordinators)),
    ).encode("utf-8", "replace")


def _queue_row(queue: QueueStats) -> list[str]:
    full = f"{queue.fraction_full:.2f}"
    life = queue.age_seconds or 1.0
    return [
        escape(display_name(queue)),
        escape(queue.kind),
        f"{queue.size} of {queue.capacity}" if queue.capacity >= 0 else str(queue.size),
        f'<meter value="{full}" aria-label="fraction full"></meter> {full}',
        f"{queue.mean_fraction_full:.2f}",
        f"{queue.empty_seconds / life:.0%}",
        f"{queue.full_seconds / life:.0%}",
        str(queue.enqueued_elements),
        str(queue.dequeued_elements),
        f"{queue.enqueue.blocked_threads}, {queue.dequeue.blocked_threads}",
        "closed" if queue.closed else "open",
    ]


def _stage_row(stage: StageStats) -> list[str]:
    shares = [f"{share:.0%}" for share in stage.shares]
    counts = [str(stage.elements_in), str(stage.elements_out), _exceptions(stage.exceptions)]
    return [escape(display_name(stage)), escape(stage.kind), str(stage.threads), *shares, *counts]


def _coordinator_row(coordinator: CoordinatorStats) -> list[str]:
    state = "stop requested" if coordinator.stop_requested else "running"
    counts = [str(coordinator.threads_running), str(coordinator.threads_stopped)]
    return [escape(display_name(coordinator)), *counts, _exceptions(coordinator.exceptions), state]


def _exceptions(exceptions: Sequence[tuple[str, int]]) -> str:
    return ", ".join(f"{escape(name)} {count}" for name, count in exceptions) or "0"


def _table(head: Sequence[str], rows: Iterable[list[str]]) -> str:
    lines = ["<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows]
    if not lines:
        return "<p>None.</p>"
    headings = "".join(f'<th scope="col">{name}</th>' for name in head)
    return f'<div class="scroll"><table><tr>{headings}</tr>{"".join(lines)}</table></div>'
