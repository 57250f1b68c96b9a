"""The monitor's HTTP server: one WSGI app on the standard library's threading server.

    /                    a page with the numbers of this moment
    /metrics             for Prometheus
    /api/snapshot.json   the Snapshot; keys in `snapshot_json`

Invariants:
  - it only reads: GET and HEAD, nothing else;
  - bound to a loopback address it answers to loopback names only: no web page can read it through a name of its own;
  - nothing that a client does, or leaves undone, is raised, printed or waited for.
"""

import contextlib
import errno
import io
import logging
import selectors
import socket
import threading
from collections.abc import Callable, Iterable
from ipaddress import ip_address
from socketserver import TCPServer, ThreadingMixIn
from typing import TYPE_CHECKING, Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

from prometheus_client import make_wsgi_app

from tfqueue.telemetry.registry import Registry, default_registry

from .page import STYLE_HASH, index_page
from .prometheus import make_registry, metrics_registry
from .snapshot_json import snapshot_json

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

_log = logging.getLogger("tfqueue")

Headers = list[tuple[str, str]]
Answer = tuple[str, Headers, bytes]

_CLIENT_SECONDS = 10.0
"""A client that says nothing for so long is hung up on."""

_BODY_BYTES = 65536
"""As much of a body that nobody asked for is read, and thrown away."""

_SECURITY: Headers = [
    (
        "Content-Security-Policy",
        f"default-src 'none'; style-src '{STYLE_HASH}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Cache-Control", "no-store"),
]


class MonitorApp:
    """The WSGI application; can be mounted in a server of the program's own.

    Args:
      sources: what it shows; default all of this process.
      loopback_only: answer only to `localhost`, `127.0.0.1` and their like.
    """

    def __init__(self, sources: Registry | None = None, *, loopback_only: bool = True) -> None:
        self._sources = sources or default_registry()
        self._loopback_only = loopback_only
        self._metrics = make_wsgi_app(metrics_registry() if sources is None else make_registry(sources))
        self._routes: dict[str, Callable[[WSGIEnvironment], Answer]] = {
            "/": self._index,
            "/metrics": self._prometheus,
            "/api/snapshot.json": self._snapshot,
        }

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answers one request."""
        try:
            status, headers, body = self._answer(environ)
        except Exception:  # noqa: BLE001 - a fault here is the monitoring's own; the log has it, the client hears of it
            _log.debug("monitor: %s failed", environ.get("PATH_INFO"), exc_info=True)
            status, headers, body = _text("500 Internal Server Error", "The numbers could not be read; see the log.")
        start_response(status, [*headers, ("Content-Length", str(len(body))), *_SECURITY])
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]

    def _answer(self, environ: "WSGIEnvironment") -> Answer:
        host = _host_name(environ.get("HTTP_HOST", ""))
        if self._loopback_only and not _is_loopback(host):
            return _text("421 Misdirected Request", "This server answers to localhost and 127.0.0.1 only.")
        route = self._routes.get(environ["PATH_INFO"])
        if route is None:
            return _text("404 Not Found", f"Nothing here. There are: {', '.join(self._routes)}")
        if environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
            return _refuse_method(environ)
        return route(environ)

    def _index(self, _: "WSGIEnvironment") -> Answer:
        return "200 OK", [("Content-Type", "text/html; charset=utf-8")], index_page(self._sources.collect())

    def _snapshot(self, _: "WSGIEnvironment") -> Answer:
        return "200 OK", [("Content-Type", "application/json")], snapshot_json(self._sources.collect())

    def _prometheus(self, environ: "WSGIEnvironment") -> Answer:
        started: list[tuple[str, Headers]] = []
        # prometheus_client knows no HEAD; its body is dropped further up.
        environ = {**environ, "REQUEST_METHOD": "GET"}
        body = b"".join(self._metrics(environ, lambda status, headers: started.append((status, headers))))
        return *started[0], body


def _text(status: str, sentence: str) -> Answer:
    return status, [("Content-Type", "text/plain; charset=utf-8")], (sentence + "\n").encode()


def _refuse_method(environ: "WSGIEnvironment") -> Answer:
    # A body left unread would reset the connection before the client has read the answer.
    environ["wsgi.input"].read(min(int(environ.get("CONTENT_LENGTH") or 0), _BODY_BYTES))
    status, headers, body = _text("405 Method Not Allowed", "GET and HEAD only.")
    return status, [*headers, ("Allow", "GET, HEAD")], body


def _host_name(header: str) -> str:
    """The name in a Host header, without its port."""
    if header.startswith("["):
        return header[1:].partition("]")[0]
    return header.partition(":")[0].rstrip(".").lower()


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class MonitorServer:
    """Serves a `MonitorApp` in daemon threads, from `start` to `close`. The port is taken when the object is made.

    Args:
      port: 0 to 65535; 0 takes one that is free, `port` then says which.
      address: the address to bind; loopback unless the numbers are meant for others.
      sources: what is shown; default all of this process.

    Raises OSError, with a sentence that names the port and the way out, when the port cannot be taken.
    """

    def __init__(self, port: int, address: str = "127.0.0.1", sources: Registry | None = None) -> None:
        if not 0 <= port <= 65535:
            raise ValueError(f"port must be from 0 to 65535, not {port}; 0 takes one that is free")
        try:
            family, _, _, _, place = socket.getaddrinfo(address, port, type=socket.SOCK_STREAM)[0]
            self._server = _Server(place, family)
        except OSError as error:
            raise _cannot_bind(error, port, address) from error
        bound: tuple[str, int] = self._server.socket.getsockname()[:2]
        self.address, self.port = bound
        loopback = ip_address(self.address.partition("%")[0]).is_loopback
        self._server.set_app(MonitorApp(sources, loopback_only=loopback))
        self._thread = threading.Thread(target=self._server.serve, name="tfqueue-monitor-server", daemon=True)

    @property
    def url(self) -> str:
        """Where the page is, as a browser on this machine reaches it."""
        host = self.address
        if ip_address(host.partition("%")[0]).is_unspecified:
            host = "::1" if ":" in host else "127.0.0.1"
        return f"http://[{host}]:{self.port}/" if ":" in host else f"http://{host}:{self.port}/"

    def start(self) -> None:
        """Answers from now on."""
        self._thread.start()

    def close(self) -> None:
        """Frees the port and hangs up on all clients, whatever they were doing."""
        self._server.stop()
        if self._thread.ident is not None:
            self._thread.join()
        self._server.server_close()

    def forget(self) -> None:
        """In a forked child: lets go of the port, which is the parent's."""
        self._server.socket.close()


class _Server(ThreadingMixIn, WSGIServer):
    """Waits for connections without a poll, and knows those that are open."""

    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True
    allow_reuse_port = False  # a second server on the port must be an error
    request_queue_size = 128
    timeout = 0  # a connection that is gone before it is taken is not waited for

    def __init__(self, place: Any, family: int) -> None:
        self.address_family = family
        self._clients: set[socket.socket] = set()
        self._clients_lock = threading.Lock()
        self._wake, self._woken = socket.socketpair()
        try:
            super().__init__(place, _Handler)
        except OSError:
            self._close_wake()
            raise

    def server_bind(self) -> None:
        TCPServer.server_bind(self)
        # http.server would ask a name server who we are, which can take seconds.
        self.server_name, self.server_port = self.server_address[:2]  # type: ignore[assignment]
        self.setup_environ()

    def serve(self) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(self.socket, selectors.EVENT_READ)
            selector.register(self._woken, selectors.EVENT_READ)
            while not any(key.fileobj is self._woken for key, _ in selector.select()):
                self.handle_request()

    def stop(self) -> None:
        self._wake.close()
        with self._clients_lock:
            clients, self._clients = self._clients, set()
        for client in clients:
            with contextlib.suppress(OSError):
                client.shutdown(socket.SHUT_RDWR)

    def server_close(self) -> None:
        super().server_close()
        self._close_wake()

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._clients_lock:
            self._clients.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._clients_lock:
            self._clients.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        _log.debug("monitor: a client went wrong", exc_info=True)

    def _close_wake(self) -> None:
        self._wake.close()
        self._woken.close()


class _Handler(WSGIRequestHandler):
    """One request of one client; says nothing but to the debug log."""

    timeout = _CLIENT_SECONDS

    def log_message(self, format: str, *args: Any) -> None:
        _log.debug("monitor: " + format, *args)

    def get_stderr(self) -> io.TextIOBase:
        return _DebugLog()


class _DebugLog(io.TextIOBase):
    def write(self, text: str) -> int:
        _log.debug("monitor: %s", text.rstrip())
        return len(text)


def _cannot_bind(error: OSError, port: int, address: str) -> OSError:
    if error.errno == errno.EADDRINUSE:
        return OSError(
            error.errno, f"port {port} of {address} is in use. Choose another port, or port=0 for one that is free"
        )
    if error.errno == errno.EACCES:
        return OSError(error.errno, f"port {port} is not for this process to take. Choose one above 1023, or port=0")
    reason = f"cannot serve on {address!r} port {port}: {error.strerror or error}"
    return OSError(f"{reason}. Leave address out for 127.0.0.1, or give an address of this machine")
