"""A server that is no good store: each test says what it answers."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

METADATA = "/.well-known/oauth-authorization-server"


class OddStore:
    """Answers by path: a status with a JSON value, text, or None for never."""

    def __init__(self) -> None:
        self.answers: dict[str, tuple[int, Any]] = {}
        self.asked: list[str] = []
        self._over = threading.Event()
        odd = self

        class _Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                path = self.path.partition("?")[0]
                odd.asked.append(path)
                self.rfile.read(int(self.headers.get("content-length", 0)))
                status, value = odd.answers.get(path, (404, {"error": "not found"}))
                if value is None:
                    odd._over.wait(60)
                    return
                body = value if isinstance(value, str) else json.dumps(value)
                self.send_response(status)
                if 300 <= status < 400:
                    self.send_header("location", body)
                self.send_header("content-length", str(len(body.encode())))
                self.end_headers()
                self.wfile.write(body.encode())

            do_POST = do_GET  # noqa: N815 - the server calls it so

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                """Silence: the tests say what is wrong."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def metadata(self, **changes: Any) -> None:
        """Be a store, except for `changes`."""
        found = {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "registration_endpoint": f"{self.url}/register",
            "code_challenge_methods_supported": ["S256"],
            **changes,
        }
        self.answers[METADATA] = (200, found)
        self.answers["/register"] = (201, {"client_id": "app"})
        self.answers["/authorize"] = (200, "<html>")

    @contextmanager
    def listening(self) -> Iterator["OddStore"]:
        """Answer until the end of the block."""
        thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._over.set()
            self._server.shutdown()
            self._server.server_close()
            thread.join()


@contextmanager
def odd_store() -> Iterator[OddStore]:
    """One that listens."""
    with OddStore().listening() as odd:
        yield odd
