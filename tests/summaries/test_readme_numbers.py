"""The README tells which numbers to look at: its curves and its queries exist, and answer."""

import re
from pathlib import Path

from tests.summaries.conftest import Prometheus
from tests.summaries.records import Fixed, queue, stage
from tfqueue.telemetry.metrics import CATALOGUE
from tfqueue.testing import wait_until

CODE = re.findall(r"`([^`\n]+)`", (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8"))
"""What the README sets in code, word by word."""


def test_each_curve_of_the_readme_is_in_the_catalogue() -> None:
    """`queue/<name>/empty`, `stage/<name>/busy`: TensorBoard shows them under these names."""
    known = [re.sub(r"\\{label\\}", r"\\w+", re.escape(metric.tag.name)) for metric in CATALOGUE if metric.tag]
    shown = [tag.replace("<name>", "{name}") for tag in CODE if tag.startswith(("queue/<", "stage/<"))]
    assert len(shown) > 4
    assert [tag for tag in shown if not any(re.fullmatch(pattern, tag) for pattern in known)] == []


def test_each_query_of_the_readme_answers(prometheus: Prometheus) -> None:
    """Each expression gives one series a queue, or a stage: the labels of both sides fit."""
    queries = [text for text in CODE if text.startswith("rate(tfqueue_")]
    assert len(queries) > 4
    held, working = Fixed(queue("of the readme")), Fixed(stage("of the readme", threads=2))
    for source in (held, working):
        prometheus.sources.register(source)
    try:
        for query in queries:
            wait_until(lambda query=query: any(("of the readme" in dict(k).values()) for k in prometheus.query(query)))
    finally:
        for source in (held, working):
            prometheus.sources.unregister(source)
