"""Real servers on loopback, started once a session: TensorBoard and Prometheus. Stopped by their handles."""

import http.client
import json
import re
import shutil
import socket
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tfqueue.summaries.server import MonitorServer
from tfqueue.telemetry.registry import Registry
from tfqueue.testing import wait_until


def fetch_json(url: str, **query: str) -> Any:
    """What an address answers."""
    with urllib.request.urlopen(f"{url}?{urllib.parse.urlencode(query)}", timeout=10) as answer:
        return json.load(answer)


class TensorBoard:
    """A running TensorBoard, and the directory that it watches: each sub-directory is a run."""

    def __init__(self, url: str, logdir: Path) -> None:
        self.url, self.logdir = url, logdir

    def ask(self, path: str, **query: str) -> Any:
        """The JSON of one of its plugins' routes."""
        return fetch_json(f"{self.url}data/{path}", **query)

    def curve(self, run: str, tag: str) -> list[tuple[int, float]]:
        """Step and value of each point of a scalar curve; empty while TensorBoard does not know it."""
        try:
            points = self.ask("plugin/scalars/scalars", run=run, tag=tag)
        except urllib.error.HTTPError:
            return []
        return [(step, value) for _, step, value in points]

    def wait_for_curve(self, run: str, tag: str, points: int) -> list[tuple[int, float]]:
        """The curve, once it has so many points."""
        wait_until(lambda: len(self.curve(run, tag)) >= points)
        return self.curve(run, tag)


@pytest.fixture(scope="session")
def tensorboard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TensorBoard]:
    """TensorBoard's own server on a free port, reading its directory each second."""
    logdir = tmp_path_factory.mktemp("tensorboard")
    command = [sys.executable, "-m", "tensorboard.main", "--logdir", str(logdir), "--host", "127.0.0.1", "--port", "0"]
    with (logdir.parent / "tensorboard.log").open("w+") as log:
        process = subprocess.Popen([*command, "--reload_interval", "1"], stdout=log, stderr=log)
        try:
            yield TensorBoard(_address(process, Path(log.name)), logdir)
        finally:
            process.terminate()
            process.wait()


def _address(process: subprocess.Popen[bytes], log: Path) -> str:
    """Where TensorBoard says it is."""

    def said() -> bool:
        if process.poll() is not None:
            pytest.fail(f"TensorBoard ended: {log.read_text()}")
        return re.search(r"at (http://\S+)", log.read_text()) is not None

    wait_until(said)
    match = re.search(r"at (http://\S+)", log.read_text())
    assert match is not None
    return match[1]


class Prometheus:
    """A running Prometheus that scrapes `target` each second, where it finds what is registered in `sources`."""

    def __init__(self, url: str, target: MonitorServer, sources: Registry) -> None:
        self.url, self.target, self.sources = url, target, sources

    def ask(self, path: str, **query: str) -> Any:
        """The data of one of its API's routes."""
        return fetch_json(f"{self.url}api/v1/{path}", **query)["data"]

    def query(self, expression: str) -> dict[tuple[tuple[str, str], ...], float]:
        """An instant query: the value by labels, those of the target left out."""
        return {
            tuple(
                sorted((k, v) for k, v in series["metric"].items() if k not in {"__name__", "instance", "job"})
            ): float(series["value"][1])
            for series in self.ask("query", query=expression)["result"]
        }


@pytest.fixture(scope="session")
def prometheus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    """Debian's Prometheus on loopback. Its first sample takes six seconds, so it serves all tests of the session."""
    program = tool("prometheus")
    folder = tmp_path_factory.mktemp("prometheus")
    sources, port = Registry(), _free_port()
    target = MonitorServer(0, sources=sources)
    target.start()
    config = folder / "prometheus.yml"
    config.write_text(
        "global: {scrape_interval: 1s}\n"
        "scrape_configs:\n"
        f"  - {{job_name: tfqueue, static_configs: [{{targets: ['127.0.0.1:{target.port}']}}]}}\n"
    )
    command = [program, f"--config.file={config}", f"--storage.tsdb.path={folder / 'data'}"]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen([*command, f"--web.listen-address=127.0.0.1:{port}"], stdout=log, stderr=log)
        try:
            server = Prometheus(f"http://127.0.0.1:{port}/", target, sources)
            wait_until(lambda: _has_sample(server, process, folder / "log"))
            yield server
        finally:
            process.terminate()
            process.wait()
            target.close()


def _has_sample(server: Prometheus, process: subprocess.Popen[bytes], log: Path) -> bool:
    if process.poll() is not None:
        pytest.fail(f"prometheus ended: {log.read_text()}")
    try:
        return bool(server.query("tfqueue_build_info"))
    except (urllib.error.URLError, http.client.HTTPException, ConnectionError):
        return False


def tool(name: str) -> str:
    """The path of a program of Debian's package `prometheus`. The test fails where it is not installed."""
    path = shutil.which(name)
    if path is None:
        pytest.fail(f"{name} is not installed; `make test` does it, or: apt-get install prometheus")
    return path


def _free_port() -> int:
    with closing(socket.create_server(("127.0.0.1", 0))) as probe:
        port: int = probe.getsockname()[1]
    return port
