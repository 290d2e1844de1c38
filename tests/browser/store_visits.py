"""What tests of the store's pages share: the log-in, and an app that waits for its answer."""

import base64
import contextlib
import hashlib
import secrets
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import requests
from store_browser import StoreBrowser
from store_process import StoreProcess
from visitor import Visitor


def log_in(visitor: Visitor, store: StoreProcess, account: dict[str, Any] | None = None) -> None:
    """Open the panel as the merchant of shop 1, or of another one, who has logged in before."""
    before = StoreBrowser()
    before.open(f"{store.base_url}/entrar")
    panel = before.log_in(account or store.account)
    assert panel.status_code == 200, panel.text[:500]
    visitor.carry(before.session.cookies, store.base_url)
    visitor.open(panel.url)


def log_in_by_hand(
    visitor: Visitor, store: StoreProcess, account: dict[str, Any] | None = None
) -> None:
    """Log in by the page, as the merchant of shop 1, or of another one."""
    who = account or store.account
    visitor.open(f"{store.base_url}/entrar")
    fill_log_in(visitor, who["username"], who["password"])


def fill_log_in(visitor: Visitor, user: str, password: str) -> None:
    """Fill the log-in page in."""
    visitor.fill("Usuário ou e-mail", user)
    visitor.fill("Senha", password)
    visitor.press("AVANÇAR")


# With an icon of its own, so that no browser asks for one.
_BACK = b'<title>App</title><link rel="icon" href="data:,"><p>De volta ao aplicativo'


class App:
    """An app that asks a merchant for access and listens for the answer, on a port of its own."""

    def __init__(self, store: StoreProcess, back: str, answers: list[dict[str, str]]) -> None:
        self._url = store.base_url
        self.back = back
        self.answers = answers
        self.verifier = secrets.token_urlsafe(48)
        wish = {"client_name": "Ponte de testes", "redirect_uris": [back]}
        registered = requests.post(f"{self._url}/oauth/register", json=wish, timeout=10)
        self.client_id: str = registered.json()["client_id"]

    def question(self) -> str:
        """The address where the merchant is asked."""
        digest = hashlib.sha256(self.verifier.encode()).digest()
        query = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": self.back,
            "state": "meu-estado",
            "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
        }
        return f"{self._url}/oauth/authorize?{urlencode(query)}"

    def tokens(self, code: str) -> requests.Response:
        """Exchange a code."""
        form = {
            "grant_type": "authorization_code",
            "client_id": self.client_id,
            "code": code,
            "redirect_uri": self.back,
            "code_verifier": self.verifier,
        }
        return requests.post(f"{self._url}/oauth/token", data=form, timeout=10)


@contextlib.contextmanager
def waiting_app(store: StoreProcess) -> Iterator[App]:
    """An app, registered at the store, whose page says that the merchant is back."""
    answers: list[dict[str, str]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            if parts.path == "/back":
                given = parse_qs(parts.query)
                answers.append({name: values[0] for name, values in given.items()})
            self.send_response(200 if parts.path == "/back" else 204)
            self.send_header("content-type", "text/html; charset=utf-8")
            self.end_headers()
            if parts.path == "/back":
                self.wfile.write(_BACK)

        def log_message(self, *_: object) -> None:
            """Nothing is said."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield App(store, f"http://127.0.0.1:{server.server_port}/back", answers)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
