"""A merchant's browser at the store, without a screen: keeps cookies, fills in and sends forms."""

from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin

import requests
from direct import direct_session


class Form:
    """A form of a page: where it goes, what it carries hidden, which inputs it asks for."""

    def __init__(self, action: str) -> None:
        self.action = action
        self.hidden: dict[str, str] = {}
        self.asks: list[str] = []


class _Forms(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(Form(given.get("action", "")))
        elif self.forms and given.get("name"):
            if given.get("type") == "hidden":
                self.forms[-1].hidden[given["name"]] = given.get("value", "")
            else:
                self.forms[-1].asks.append(given["name"])


class StoreBrowser:
    """One person. `page` is what they see."""

    def __init__(self) -> None:
        self.session = direct_session()
        self.page = requests.Response()

    def open(self, address: str, **options: Any) -> requests.Response:
        """Type an address."""
        self.page = self.session.get(address, timeout=30, **options)
        return self.page

    def form(self, *asks: str) -> Form:
        """The first form of the page that asks for these."""
        forms = _Forms(self.page.text).forms
        found = [form for form in forms if set(asks) <= {*form.asks}]
        assert found, f"{self.page.url} has no form with {asks}: {self.page.text[:2000]}"
        return found[0]

    def send(self, fields: dict[str, str], *, follow: bool = True) -> requests.Response:
        """Fill the form in that asks for these fields, and send it."""
        form = self.form(*fields)
        answer = self.session.post(
            urljoin(self.page.url, form.action),
            data={**form.hidden, **fields},
            timeout=30,
            allow_redirects=follow,
        )
        if answer.status_code != 303:
            self.page = answer
        return answer

    def log_in(self, account: dict[str, Any]) -> requests.Response:
        """Fill the log-in page in."""
        return self.send({"user": account["username"], "password": account["password"]})

    def decide(
        self, address: str, account: dict[str, Any], decision: str = "allow", *, follow: bool = True
    ) -> requests.Response:
        """Open an app's question, log in, and decide; the answer to the decision."""
        self.open(address)
        self.log_in(account)
        return self.send({"decision": decision}, follow=follow)
