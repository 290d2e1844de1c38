"""A server of files as strangers run them: good ones, huge ones, ones that never come."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

# What a path does with a request; `Answering` has the means.
Manner = Callable[["Answering"], None]


class Answering(BaseHTTPRequestHandler):
    """One request, and what can be answered to it."""

    server: "_Server"

    def do_GET(self) -> None:
        """Answer as the path was told to."""
        self.server.asked.append(self.path)
        try:
            self.server.manners[self.path](self)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def answer(self, status: int, body: bytes = b"", **headers: str) -> None:
        """A whole answer."""
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def pour(self, megabytes: int, *, announced: bool) -> None:
        """A file of blanks; notes how many bytes the other side took."""
        self.send_response(200)
        if announced:
            self.send_header("content-length", str(megabytes * 1024 * 1024))
        self.end_headers()
        for _ in range(megabytes * 16):
            self.wfile.write(b" " * 65_536)
            self.server.poured += 65_536
        self.close_connection = True

    def be_silent(self) -> None:
        """Say nothing until the server ends."""
        self.server.over.wait()
        self.close_connection = True

    def trickle(self) -> None:
        """Say a little all the time, and never all of it."""
        self.send_response(200)
        self.end_headers()
        while not self.server.over.is_set():
            self.wfile.write(b" ")
            time.sleep(0.02)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Silence: the tests say what is wrong."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answering)
        self.manners: dict[str, Manner] = {}
        self.asked: list[str] = []
        self.poured = 0
        self.over = threading.Event()


class FileServer:
    """Addresses that behave as told."""

    def __init__(self) -> None:
        self._server = _Server()
        self.base_url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def serve(self, path: str, manner: Manner) -> str:
        """Let a path behave; returns its address."""
        self._server.manners[path] = manner
        return self.base_url + path

    def serve_file(self, path: str, body: bytes) -> str:
        """Let a path answer a file; returns its address."""
        return self.serve(path, lambda one: one.answer(200, body))

    def times_asked(self, path: str) -> int:
        """How often a path was asked for."""
        return self._server.asked.count(path)

    @property
    def poured(self) -> int:
        """Bytes of endless files that were taken."""
        return self._server.poured


@contextmanager
def file_server() -> Iterator[FileServer]:
    """A server until the end of the block."""
    files = FileServer()
    server = files._server
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield files
    finally:
        server.over.set()
        server.shutdown()
        server.server_close()
        thread.join()
