"""The way of an installation as a browser walks it: over HTTP, with cookies, forms and redirects.

`InstallWorld` is the four systems with the settings that an installation needs; `Walker` is one
browser. What a merchant does on the store's own pages is in `decide_at_store` alone.
"""

import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

import requests
from direct import direct_session
from hub_process import HubProcess, running_hub, wait_until
from ponte_process import Ponte, PonteService, running_ponte
from store_browser import StoreBrowser
from store_process import StoreProcess, store_process

PROGRESS_SECONDS = 40.0


class Form(HTMLParser):
    """The forms of a page: where they go, and what they carry."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.actions: list[str] = []
        self.fields: dict[str, str] = {}
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Collect actions and hidden fields."""
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.actions.append(given.get("action", ""))
        elif tag == "input" and given.get("name") and given.get("type") == "hidden":
            self.fields[given["name"]] = given.get("value", "")


def decide_at_store(shop: dict[str, Any], address: str, decision: str = "allow") -> str:
    """What a merchant does on the store's pages; the address the store sends the browser back to.

    The only place that knows what the store's pages look like.
    """
    answer = StoreBrowser().decide(address, shop, decision, follow=False)
    assert answer.status_code == 303, answer.text[:500]
    return answer.headers["location"]


def free_port() -> int:
    """A port that nobody listens on at this moment."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


class InstallWorld:
    """A hub, a store, and an installation of Ponte that knows its app at the hub."""

    def __init__(self, hub: HubProcess, store: StoreProcess, ponte: Ponte, port: int) -> None:
        self.hub = hub
        self.store = store
        self.ponte = ponte
        self.web: PonteService = ponte.serve(port)
        self.address = self.web.address

    def new_account(self) -> dict[str, Any]:
        """A fresh account of the hub."""
        account: dict[str, Any] = self.hub.admin("POST", "accounts", {"count": 1})[-1]
        return account

    def new_shop(self) -> dict[str, Any]:
        """A fresh, empty shop of the store."""
        shop: dict[str, Any] = self.store.admin("POST", "accounts", json={"count": 1}).json()[-1]
        return shop

    def add_product(self, shop: dict[str, Any], sku: str, **further: Any) -> None:
        """A product of a shop."""
        product = {"sku": sku, "name": f"Produto {sku}", "price": "10.00", "stock": 3, **further}
        answer = self.store.admin("POST", f"shops/{shop['shop']}/products", json=product)
        assert answer.ok, answer.text

    def code(self, account: dict[str, Any]) -> str:
        """What the hub's image link carries."""
        wish = {"account": account["account"], "client_id": account["client_id"]}
        code: str = self.hub.admin("POST", "codes", wish)["code"]
        return code

    def link(self, account: dict[str, Any]) -> str:
        """The hub's image link."""
        return f"{self.address}/instalar?pluggtocode={self.code(account)}"

    def rows(self, query: str, *parameters: object) -> list[tuple[Any, ...]]:
        """Rows of the ledger."""
        with self.ponte.ledger() as conn:
            cursor = conn.execute(query.encode(), parameters)
            return cursor.fetchall() if cursor.description else []


@contextmanager
def install_world(folder: Path, *store_options: str, **settings: str) -> Iterator[InstallWorld]:
    """All of it, started; no worker runs yet. A setting given empty is not set at all."""
    with (
        running_hub(folder / "hub") as hub,
        store_process(folder / "store", *store_options) as store,
    ):
        port = free_port()
        account = hub.accounts()[0]
        given = {
            "PONTE_HUB_URL": hub.base_url,
            "PONTE_HUB_CLIENT_ID": account["client_id"],
            "PONTE_HUB_CLIENT_SECRET": account["client_secret"],
            "PONTE_PUBLIC_URL": f"http://127.0.0.1:{port}",
            "PONTE_ALLOW_INTERNAL_STORES": "true",
            "PONTE_CONTACT_DEVELOPMENT": "https://integra.example/ajuda",
            "PONTE_CONTACT_SUPPORT": "atendimento@integra.example",
            "PONTE_CONTACT_SALES": "Telefone da loja",
            "PONTE_POLL_SECONDS": "900",
            "PONTE_LOG_LEVEL": "debug",
            # A helper has nothing to do here but to start.
            "PONTE_WORKER_PROCESSES": "1",
            **settings,
        }
        with running_ponte(folder, **{name: each for name, each in given.items() if each}) as ponte:
            yield InstallWorld(hub, store, ponte, port)


class Walker:
    """One browser on the way."""

    def __init__(self, world: InstallWorld) -> None:
        self.world = world
        self._session = direct_session()
        self.page = requests.Response()

    @property
    def text(self) -> str:
        """What the page says, without its tags."""
        inner = re.sub(r"<(script|style)\b.*?</\1>", " ", self.page.text, flags=re.DOTALL)
        return " ".join(unescape(re.sub(r"<[^>]+>", " ", inner)).split())

    @property
    def path(self) -> str:
        """Where the browser is."""
        return urlsplit(self.page.url).path

    def open(self, address: str, *, follow: bool = True) -> requests.Response:
        """Open an address, or a path of Ponte."""
        address = urljoin(self.world.address + "/", address)
        self.page = self._session.get(address, timeout=60, allow_redirects=follow)
        return self.page

    def post(self, path: str, **fields: str) -> requests.Response:
        """Send a form of the present page, with what it carries hidden."""
        hidden = Form(self.page.text).fields
        # Also of a page whose form is not there yet.
        token = re.search(r'"x-csrf-token":"([^"]+)"', self.page.text)
        if token is not None:
            hidden.setdefault("_csrf_token", token[1])
        self.page = self._session.post(self.world.address + path, {**hidden, **fields}, timeout=60)
        return self.page

    def name_store(self, domain: str | None = None) -> str:
        """Type the store's domain; the address of its log-in."""
        if self.path != "/instalar/loja":
            self.open("/instalar/loja")
        self.post("/instalar/loja", domain=domain or self.world.store.base_url)
        return self.log_in_address()

    def log_in_address(self) -> str:
        """Where the page's link leads."""
        found = re.search(r'href="(http[^"]+authorize\?[^"]+)"', self.page.text)
        assert found is not None, self.text
        return unescape(found[1])

    def come_back(self, shop: dict[str, Any], decision: str = "allow") -> str:
        """Decide at the store and come back; the address of the return."""
        address = decide_at_store(shop, self.log_in_address(), decision)
        self.open(address)
        return address

    def connect(self, account: dict[str, Any], shop: dict[str, Any]) -> None:
        """From the hub's link to the connection, which is held."""
        self.open(self.world.link(account))
        self.name_store()
        self.come_back(shop)
        assert self.path == "/instalar/conectar", self.text
        self.post("/instalar/conectar", decision="connect")

    def wait_for(self, text: str, path: str) -> None:
        """Open a path again and again until it says something."""

        def says() -> bool:
            self.open(path)
            return text in self.text

        try:
            wait_until(says, PROGRESS_SECONDS)
        except AssertionError as error:
            raise AssertionError(
                f"{text!r} was not said at {self.page.url}: {self.text}"
            ) from error

    def way_back(self, log_in: str, **answer: str) -> str:
        """The return address of a log-in, with its state, as a store would answer."""
        asked = parse_qs(urlsplit(log_in).query)
        query = urlencode({"state": asked["state"][0], **answer})
        return f"{asked['redirect_uri'][0]}&{query}"
