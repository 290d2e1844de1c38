"""Whatever is sent to the hub's pages is answered by a page, and never by a failure of theirs.

The routes are the application's own, so that a page made later is tried as well.
"""

import re
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode
from warnings import catch_warnings, simplefilter

import pytest
import requests
from direct import direct_session
from hub_process import HubProcess, running_hub
from litestar import Litestar
from litestar.exceptions import LitestarDeprecationWarning

from ponte_sandbox.common.calls import Calls
from ponte_sandbox.common.faults import FaultBox
from ponte_sandbox.common.storage import Storage
from ponte_sandbox.hub import serve
from ponte_sandbox.hub.assumptions import Assumptions
from ponte_sandbox.hub.marketplace.runs import Marketplace
from ponte_sandbox.hub.panel.application import panel_routes
from ponte_sandbox.hub.panel.parts import Parts

# What there is, for a path to be about; a parameter of another name is 1.
KNOWN = {"name": "aprovar", "number": "221"}
ODD_PARTS = (
    "%00", "%ff", "%ed%a0%80", "0", "-1", "%2B1", "1_0", "1e9", "%D9%A1", "9" * 19, "9" * 5000,
    "..%2f..", "%3Cscript%3E", "%E2%80%AE", "f" * 24, "0" * 24, "%20",
)  # fmt: skip
# Of addresses, beside what the pages' own forms ask for.
QUERY = ("lang", "next", "pagina", "depois", "visto", "pedido", "sku", "busca")
FIELDS = ("_method", "app", "row", "name", "numbers", "password", "user")
VALUES = (
    b"", b"\0", b"\xff\xfe", b"\xed\xa0\x80", b"9" * 400, b"-1", b"1e999", b"NaN",
    b"x" * 3000, b"<script>&'\"", b"%", "١".encode(), "\u202e".encode(), b"\r\n\x1b[2J", b"1",
    b"http://[::1", b"2026-02-30", b"9999-12-31", b"order",
)  # fmt: skip
# More than any field may hold, and than any form.
LONG, HUGE = b"x" * 200_001, b"x" * (21 * 1024 * 1024)
INPUT = re.compile(r'<(?:input|select|textarea)\b[^>]*\bname="([^"]+)"')
REFUSALS = frozenset((400, 401, 403, 404, 405, 413))


class Way(NamedTuple):
    """A path of the panel: its parts, the parameters in braces, and what is done there."""

    parts: tuple[str, ...]
    methods: frozenset[str]

    def filled(self, **values: str) -> str:
        """An address of it; what is not given is 1."""
        parts = [
            values.get(part[1:-1], "1") if part.startswith("{") else part for part in self.parts
        ]
        return "/" + "/".join(parts)

    @property
    def parameters(self) -> list[str]:
        return [part[1:-1] for part in self.parts if part.startswith("{")]


def _paths() -> list[Way]:
    with TemporaryDirectory() as folder:
        storage = Storage(Path(folder) / "hub.sqlite", serve._SCHEMA.read_text("utf-8"))
        faults = FaultBox()
        hub = serve.build_hub(storage, Assumptions(()), faults, 60)
        routes = panel_routes(Parts(hub, Marketplace(hub), faults, Calls()), admin=True)
        with catch_warnings():
            # Of the library's next version; the program is served without them.
            simplefilter("ignore", LitestarDeprecationWarning)
            app = Litestar(routes, openapi_config=None)
        found = [
            Way(
                tuple(
                    part if isinstance(part, str) else f"{{{part.name}}}"
                    for part in route.path_components
                ),
                frozenset(getattr(route, "methods", ())),
            )
            for route in app.routes
        ]
        storage.close()
    return [*found, Way(("assets", "{file}"), frozenset(("GET",)))]


PATHS = _paths()
SHOWN = [path for path in PATHS if "GET" in path.methods]
SENT = [path for path in PATHS if "POST" in path.methods]


class Person:
    """Somebody who keeps one log-in, whatever the answers say: each call meets the same state."""

    def __init__(self, hub: HubProcess, *, logged_in: bool) -> None:
        self._base_url = hub.base_url
        log_in = direct_session()
        page = log_in.get(f"{hub.base_url}/painel/entrar", timeout=10).text
        [self.token] = set(re.findall(r'name="_csrf_token" value="([^"]+)"', page))
        if logged_in:
            account = hub.accounts()[0]
            answer = log_in.post(
                f"{hub.base_url}/painel/entrar",
                data={
                    "user": account["panel_user"],
                    "password": account["panel_password"],
                    "_csrf_token": self.token,
                },
                timeout=10,
                allow_redirects=False,
            )
            assert answer.status_code == 303
        self._session = direct_session()
        cookies = "; ".join(f"{one.name}={one.value}" for one in log_in.cookies)
        self._session.headers.update({"cookie": cookies, "x-csrf-token": self.token})

    def call(self, method: str, address: str, **options: Any) -> requests.Response:
        """Any call; fails unless it was answered as pages are."""
        answer = self._session.request(
            method, self._base_url + address, timeout=30, allow_redirects=False, **options
        )
        status, told = answer.status_code, f"{method} {address[:200]}: {answer.status_code}"
        assert status in (200, 204, 303) or status in REFUSALS, told
        # A page that asks by itself is told where its whole window has to go.
        if status in REFUSALS and method != "HEAD" and "hx-redirect" not in answer.headers:
            assert answer.headers["content-type"].startswith("text/html"), told
            assert "Hub de testes" in answer.text, told
        assert "<script>&" not in answer.text, told
        assert "<script>alert" not in answer.text, told
        return answer


class World(NamedTuple):
    """A running hub, somebody logged in, what there is, and what its forms ask for."""

    hub: HubProcess
    person: Person
    stranger: Person
    known: dict[str, str]
    fields: tuple[str, ...]


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("log") / "hub.log"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, log: Path) -> Iterator[World]:
    with running_hub(tmp_path_factory.mktemp("hub"), log=log) as hub:
        api = hub.api()
        thing = api.put_sku("CAM-1", name="Camiseta", price=10, quantity=5)
        order = api.post_order(channel="Shopee", status="pending")
        question = {"account": 5910, "sku": "CAM-1", "text": "Serve?"}
        known = {
            **KNOWN,
            "product_id": thing["id"],
            "order_id": order["id"],
            "message_id": hub.admin("POST", "messages", question)["id"],
        }
        person, stranger = Person(hub, logged_in=True), Person(hub, logged_in=False)
        shown = [person.call("GET", path.filled(**known)).text for path in SHOWN]
        fields = {name for page in shown for name in INPUT.findall(page)} - {"_csrf_token"}
        # Of each kind of page one: the log-in's, the simulator's, the answer's.
        assert {"next", "step_seconds", "answer"} <= fields
        yield World(hub, person, stranger, known, tuple(sorted({*fields, *FIELDS})))


@pytest.fixture(autouse=True)
def _nothing_failed(world: World, log: Path) -> Iterator[None]:
    """What a failure leaves behind, also one that was answered well."""
    before = log.stat().st_size
    yield
    written = log.read_bytes()[before:].decode()
    assert "Traceback" not in written, written[-3000:]


def _name(path: Way) -> str:
    return "/" + "/".join(path.parts)


def _addresses(path: Way, known: dict[str, str]) -> list[str]:
    """The path with one odd part at a time."""
    return [
        path.filled(**{**known, name: odd}) for name, odd in product(path.parameters, ODD_PARTS)
    ]


def test_every_page_there_is_is_tried() -> None:
    assert {"/painel", "/painel/sac", "/painel/pedidos", "/docs"} <= {_name(one) for one in SHOWN}
    assert len(SENT) > 15


@pytest.mark.parametrize("path", SHOWN, ids=_name)
def test_no_address_breaks_a_page(world: World, path: Way) -> None:
    for person in (world.person, world.stranger):
        for address in _addresses(path, world.known):
            person.call("GET", address)
        address = path.filled(**world.known)
        names = {*QUERY, *world.fields}
        for value in VALUES:
            cut = value[:500] if len(names) * len(value) > 30_000 else value
            person.call("GET", f"{address}?{urlencode(dict.fromkeys(names, cut))}")
        for query in (
            "a=b&" * 2000,
            "%",
            "&&==&",
            "%ff=%00",
            "pagina=1&pagina=x",
            "lang=en&" * 300,
        ):
            person.call("GET", f"{address}?{query}")


@pytest.mark.parametrize("path", SENT, ids=_name)
def test_no_form_breaks_a_page(world: World, path: Way) -> None:
    token = ("_csrf_token", world.person.token)
    address = path.filled(**world.known)
    for odd in _addresses(path, world.known):
        world.person.call("POST", odd, data=[token])
    for value in VALUES:
        sent = [(field, value) for field in world.fields]
        world.person.call("POST", address, data=[*sent, token])
        # Twice the same name, and files where texts are expected.
        world.person.call("POST", address, data=[*sent, *sent, token])
        files = [(field, ("a.txt", value)) for field in world.fields]
        world.person.call("POST", address, data=[token], files=files)
    for field in world.fields:
        form = {"content-type": "application/x-www-form-urlencoded"}
        world.person.call("POST", address, data=field.encode() + b"=" + LONG, headers=form)
    world.person.call("POST", address, data=[token, *((f"f{n}", "1") for n in range(5000))])
    # Not read at all by a button that asks nothing.
    answer = world.person.call("POST", address, data=[("text", HUGE), token])
    assert answer.status_code in (303, 404, 413)


@pytest.mark.parametrize("path", SENT, ids=_name)
@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/json", b'{"text": ["x"], "url": {"a": 1}}'),
        ("application/json", b"[" * 100_000),
        ("application/x-www-form-urlencoded", b"\xff\xfe=\x00&%zz=%ff&=&;" + b"&" * 5000),
        ("application/x-www-form-urlencoded; charset=utf-16", b"text=1"),
        ("application/x-www-form-urlencoded; charset=nonsense", b"text=1"),
        ("multipart/form-data", b"x"),
        ("multipart/form-data; boundary=q", b"x"),
        ("multipart/form-data; boundary=q", b"--q\r\n\r\n\xff\r\n--q--\r\n"),
        (
            "multipart/form-data; boundary=q",
            b'--q\r\ncontent-disposition: form-data; name="text"\r\n%s\r\n\r\n\xff\r\n--q--\r\n'
            % b"content-type: text/plain; charset=nonsense",
        ),
        (
            "multipart/form-data; boundary=q",
            b'--q\r\ncontent-disposition: form-data; name="text"\r\n%s\r\n\r\n{{\r\n--q--\r\n'
            % b"content-type: application/json",
        ),
        (
            "multipart/form-data; boundary=q",
            b'--q\r\ncontent-disposition: form-data; name="answer"\r\n\r\n\xff\xfe\r\n--q--\r\n',
        ),
        # An encoding whose texts no database takes.
        (
            "multipart/form-data; boundary=q",
            b'--q\r\ncontent-disposition: form-data; name="answer"\r\n%s\r\n\r\n%s\r\n--q--\r\n'
            % (b"content-type: text/plain; charset=unicode_escape", rb"\ud800"),
        ),
        ("multipart/form-data; boundary=" + "q" * 500, b"--" + b"q" * 500),
        ("é/;;==", b"\x00\xff"),
        ("", b"text=1"),
    ],
)
def test_no_body_breaks_a_page(world: World, path: Way, kind: str, body: bytes) -> None:
    headers = {"content-type": kind.encode()}
    address = path.filled(**world.known)
    for person in (world.person, world.stranger):
        person.call("POST", address, data=body, headers=headers)
    # Read for its token already, and by nobody who trusts it.
    answer = world.person.call("POST", address, data=body, headers={**headers, "x-csrf-token": ""})
    assert answer.status_code in (400, 403)


@pytest.mark.parametrize("path", PATHS, ids=_name)
def test_no_way_of_calling_breaks_a_page(world: World, path: Way) -> None:
    address = path.filled(**world.known)
    for method in ("HEAD", "PUT", "PATCH", "DELETE", "TRACE"):
        world.person.call(method, address, data=b"x")
    for cookie in (b"\xff\x00"[:1], b"=;=;;", b"language=xx; language", b"a=" + b"b" * 5000):
        world.stranger.call("GET", address, headers={"cookie": cookie})
    for headers in ({"hx-request": "true"}, {"accept": "é/\xff", "accept-language": "\xff"}):
        encoded = {name: value.encode("latin-1") for name, value in headers.items()}
        world.person.call("GET", address, headers=encoded)
        world.stranger.call("GET", address, headers=encoded)


@pytest.mark.parametrize("path", SHOWN, ids=_name)
def test_a_stranger_is_led_to_the_log_in(world: World, path: Way) -> None:
    address = path.filled(**world.known)
    answer = world.stranger.call("GET", address)
    if address in ("/painel/entrar", "/docs") or address.startswith("/assets"):
        return
    assert answer.status_code == 303
    there = "/painel" if address == "/" else "/painel/entrar"
    assert answer.headers["location"].startswith(there)


@pytest.mark.parametrize("path", SENT, ids=_name)
def test_a_form_from_elsewhere_is_refused(world: World, path: Way) -> None:
    address = path.filled(**world.known)
    for token in (b"", b"\xff", "é".encode() * 100, b"x" * 10_000):
        answer = world.person.call(
            "POST", address, data=[("_csrf_token", token)], headers={"x-csrf-token": quote(token)}
        )
        assert answer.status_code == 403
