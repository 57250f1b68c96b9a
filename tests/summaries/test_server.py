"""The server answers what is asked of it, to those who may ask, and nothing that a client does disturbs it."""

import http.client
import json
import logging
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest

from tests.summaries.records import FixedRegistry, coordinator, operation, queue, stage
from tfqueue.summaries.server import MonitorServer
from tfqueue.telemetry.registry import Registry

RECORDS = (
    queue("batch", size=5, age_seconds=10.0, element_seconds=40.0, empty_seconds=1.0, full_seconds=2.0),
    stage("batch", busy_seconds=3.0, starved_seconds=1.0, exceptions=(("ValueError", 2),)),
    coordinator(threads_running=2),
)


@pytest.fixture
def server():
    made = MonitorServer(0, sources=FixedRegistry(*RECORDS))
    made.start()
    yield made
    made.close()


def ask(server, path="/", method="GET", body=None, **headers):
    """Status, headers and body of one request."""
    with closing(http.client.HTTPConnection(server.address, server.port, timeout=10)) as connection:
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()


def test_metrics_are_prometheus_text(server):
    """The pipeline's series and the process's."""
    status, headers, body = ask(server, "/metrics")
    assert status == 200
    assert headers["Content-Type"].startswith("text/plain; version=")
    assert b'tfqueue_queue_size{queue="batch"} 5.0\n' in body
    assert b"process_cpu_seconds_total" in body


def test_prometheus_gets_openmetrics_when_it_asks(server):
    """As Prometheus does."""
    _, headers, body = ask(server, "/metrics", Accept="application/openmetrics-text;version=1.0.0,*/*;q=0.1")
    assert headers["Content-Type"].startswith("application/openmetrics-text")
    assert body.endswith(b"# EOF\n")


def test_the_snapshot_is_json_with_all_that_follows_from_it(server):
    """Its keys are a promise; schema 1."""
    status, headers, body = ask(server, "/api/snapshot.json")
    assert (status, headers["Content-Type"]) == (200, "application/json")
    document = json.loads(body)
    assert document["schema"] == 1
    batch = document["queues"][0]
    expected = {
        "label": "batch",
        "fraction_full": 0.5,
        "mean_fraction_full": 0.4,
        "empty_fraction": 0.1,
        "full_fraction": 0.2,
        "below_min_fraction": 0.0,
        "enqueued_elements": 0,
    }
    assert expected.items() <= batch.items()
    assert batch["dequeue"]["blocked_fraction"] == 0.0
    assert len(batch["dequeue"]["wait_buckets"]) == len(document["wait_buckets_seconds"]) + 1
    [runner] = document["stages"]
    assert (runner["busy_fraction"], runner["starved_fraction"], runner["thread_seconds"]) == (0.75, 0.25, 4.0)
    assert runner["exceptions"] == {"ValueError": 2}
    assert document["coordinators"][0]["threads_running"] == 2


def test_the_page_shows_the_numbers_and_where_the_endpoints_are(server):
    """Plain HTML, nothing from elsewhere, no script, for light and dark."""
    status, headers, body = ask(server)
    page = body.decode()
    assert (status, headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    for text in ('href="/metrics"', 'href="/api/snapshot.json"', "<td>batch</td>", "ValueError 2", "color-scheme"):
        assert text in page
    assert "<script" not in page
    assert "http" not in page.replace("<!doctype html>", "")


def test_names_on_the_page_are_escaped():
    """A queue's name is the user's, and no part of the page."""
    hostile = '<script>alert("x")</script>'
    made = MonitorServer(0, sources=FixedRegistry(queue(hostile), stage(hostile), coordinator(hostile)))
    made.start()
    _, _, body = ask(made)
    made.close()
    assert b"<script" not in body
    assert b"&lt;script&gt;" in body


@pytest.mark.parametrize("path", ["/", "/metrics", "/api/snapshot.json", "/nothing"])
def test_every_answer_carries_the_security_headers(server, path):
    """Whatever is asked, errors included."""
    _, headers, _ = ask(server, path)
    assert headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'sha256-")
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("path", ["/", "/metrics", "/api/snapshot.json"])
def test_head_answers_as_get_without_a_body(server, path):
    """Its length is that of the body that GET would send."""
    status, headers, body = ask(server, path, "HEAD")
    assert (status, body) == (200, b"")
    assert int(headers["Content-Length"]) > 100


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "PATCH"])
@pytest.mark.parametrize("path", ["/", "/metrics", "/api/snapshot.json"])
def test_it_only_reads(server, method, path):
    """Other methods are refused, with those that are not."""
    status, headers, _ = ask(server, path, method, body=b"x" * 1000)
    assert (status, headers["Allow"]) == (405, "GET, HEAD")


def test_an_unknown_path_says_what_there_is(server):
    """404, with the way out."""
    status, _, body = ask(server, "/metric")
    assert status == 404
    assert b"/metrics" in body


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "127.0.0.1.evil.example", "", "[::2]", "10.0.0.1"])
def test_other_names_are_refused_on_loopback(server, host):
    """A web page cannot read the numbers by giving its own name this address (DNS rebinding)."""
    assert ask(server, "/metrics", Host=host)[0] == 421


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:1", "127.0.0.1:9", "[::1]:80", "127.5.5.5", "localhost."])
def test_loopback_names_are_answered(server, host):
    """With any port: a tunnel has its own."""
    assert ask(server, "/metrics", Host=host)[0] == 200


def test_bound_elsewhere_it_answers_to_any_name():
    """Who binds another address wants others to ask, by names that are not known here."""
    made = MonitorServer(0, "0.0.0.0", sources=Registry())
    made.start()
    assert made.url == f"http://127.0.0.1:{made.port}/"
    with closing(http.client.HTTPConnection("127.0.0.1", made.port)) as connection:
        connection.request("GET", "/metrics", headers={"Host": "training.example"})
        assert connection.getresponse().status == 200
    made.close()


def test_a_port_in_use_is_named_with_the_way_out(server):
    """One clear error."""
    with pytest.raises(OSError, match=rf"port {server.port} of 127.0.0.1 is in use. Choose another port, or port=0"):
        MonitorServer(server.port)


def test_an_address_that_is_not_ours_is_named():
    """So is one that is none at all."""
    with pytest.raises(OSError, match=r"'192.0.2.1' port 0.*Leave address out"):
        MonitorServer(0, "192.0.2.1")
    with pytest.raises(OSError, match=r"'no such host' port 0.*Leave address out"):
        MonitorServer(0, "no such host")


@pytest.mark.parametrize("port", [-1, 65536])
def test_a_port_that_is_none_is_refused(port):
    """Before anything is opened."""
    with pytest.raises(ValueError, match=f"port must be from 0 to 65535, not {port}"):
        MonitorServer(port)


def test_many_may_ask_at_once(server):
    """Forty scrapes over eight threads, all whole."""
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: ask(server, "/metrics"), range(40)))
    assert {status for status, _, _ in answers} == {200}
    assert all(b"tfqueue_queue_size" in body for _, _, body in answers)


def stop_with_silent_clients():
    """Seconds that it takes to stop while five clients have connected and say nothing."""
    server = MonitorServer(0, sources=Registry())
    server.start()
    clients = [socket.create_connection((server.address, server.port)) for _ in range(5)]
    ask(server, "/metrics")  # the silent ones were taken before this one
    start = time.monotonic()
    server.close()
    seconds = time.monotonic() - start
    assert [client.recv(1) for client in clients] == [b""] * 5
    MonitorServer(server.port, sources=Registry()).close()
    for client in clients:
        client.close()
    return seconds


def test_it_stops_at_once_with_clients_that_say_nothing():
    """Within a tenth of a second; they are hung up on, and the port is free again. The best of three counts."""
    assert min(stop_with_silent_clients() for _ in range(3)) < 0.1


def test_closing_twice_or_before_start_does_no_harm():
    """Nor does it leave the port taken."""
    made = MonitorServer(0, sources=Registry())
    made.close()
    made.close()
    MonitorServer(made.port, sources=Registry()).close()


def test_nothing_is_printed(server, capfd, caplog):
    """Neither for a request, nor for nonsense, nor for a client that hangs up: the debug log has it."""
    with caplog.at_level(logging.DEBUG, "tfqueue"):
        ask(server, "/metrics")
        for nonsense in (b"\x00\xff\r\n\r\n", b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"GET /metrics HTTP/1.0\r\n"):
            with socket.create_connection((server.address, server.port)) as client:
                client.sendall(nonsense)
        ask(server, "/")
    assert capfd.readouterr() == ("", "")
    assert "GET /metrics" in caplog.text
    assert not [record for record in caplog.records if record.levelno > logging.DEBUG]


def test_a_fault_of_its_own_is_an_answer(capfd):
    """500 and a sentence; the next request is served."""

    class Broken(Registry):
        def collect(self):
            raise RuntimeError("no")

    made = MonitorServer(0, sources=Broken())
    made.start()
    assert ask(made, "/api/snapshot.json")[0] == 500
    assert ask(made, "/metrics")[0] == 200
    made.close()
    assert capfd.readouterr().err == ""


def test_a_snapshot_is_json_even_of_a_queue_in_use():
    """Blocked threads and open waits included; a share may be above one where several threads wait."""
    waiting = operation(blocked_seconds=30.0, blocked_threads=3, last_timestamp=1.5)
    made = MonitorServer(0, sources=FixedRegistry(queue(age_seconds=10.0, dequeue=waiting)))
    made.start()
    [found] = json.loads(ask(made, "/api/snapshot.json")[2])["queues"]
    made.close()
    assert found["dequeue"]["blocked_fraction"] == 3.0
    assert found["dequeue"]["last_timestamp"] == 1.5
    assert found["enqueue"]["last_timestamp"] is None
