"""People of the panel over HTTP, with cookies and forms: the first operator, and who logs in."""

import re
from collections.abc import Mapping
from html import unescape
from typing import Any

import requests
from direct import direct_session
from install_walk import Form

PASSWORD = "uma frase bem comprida"
_FIRST_LINK = re.compile(r"/entrar/primeiro/[\w-]+")


class Person:
    """One browser at an installation's pages."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._http = direct_session()
        self.answer: requests.Response | None = None

    @property
    def path(self) -> str:
        """Where the last step led."""
        assert self.answer is not None
        return "/" + self.answer.url.removeprefix(self.address).lstrip("/")

    @property
    def text(self) -> str:
        """The last page without its tags."""
        assert self.answer is not None
        return " ".join(re.sub(r"<[^>]*>", " ", self.answer.text).split())

    @property
    def status(self) -> int:
        """The last answer's status."""
        assert self.answer is not None
        return self.answer.status_code

    @property
    def cookies(self) -> dict[str, str]:
        """What the browser keeps."""
        return dict(self._http.cookies)

    def open(
        self,
        path: str,
        headers: Mapping[str, str] | None = None,
        cookies: Mapping[str, str] | None = None,
    ) -> "Person":
        """Follow a link; with `cookies` as they once were."""
        if cookies is not None:
            self._http.cookies.clear()
            self._http.cookies.update(dict(cookies))
        self.answer = self._http.get(f"{self.address}{path}", headers=headers, timeout=30)
        return self

    def post(self, path: str, **fields: Any) -> "Person":
        """Send a form with the token that this browser's last page had."""
        assert self.answer is not None
        token = Form(self.answer.text).fields["_csrf_token"]
        self.answer = self._http.post(
            f"{self.address}{path}", data={"_csrf_token": token, **fields}, timeout=30
        )
        return self

    def knock(self, method: str, path: str, *, forged: bool = False) -> "Person":
        """Call an address and follow no redirect; an empty form has the token of these pages,
        unless it is `forged`."""
        fields = {}
        if method == "POST" and not forged:
            page = self._http.get(f"{self.address}/api", timeout=30).text
            found = re.search(r'"x-csrf-token":"([^"]+)"', unescape(page))
            assert found is not None
            fields = {"_csrf_token": found[1]}
        self.answer = self._http.request(
            method, f"{self.address}{path}", data=fields, allow_redirects=False, timeout=30
        )
        return self

    def log_in(self, email: str, password: str = PASSWORD) -> "Person":
        """By e-mail and password."""
        self.open("/entrar")
        return self.post("/entrar", email=email, password=password)


def first_link(said: str) -> str:
    """The path of the link that `ponte serve` printed at its first start."""
    found = _FIRST_LINK.search(said)
    assert found is not None, said
    return found[0]


def become_operator(address: str, said: str, email: str = "olga@ponte.example") -> Person:
    """Whoever follows the first start's link: the operator, logged in."""
    person = Person(address)
    path = first_link(said)
    person.open(path)
    person.post(path, name="Olga", email=email, password=PASSWORD, repeated=PASSWORD)
    assert person.path == "/frota", person.text
    return person
