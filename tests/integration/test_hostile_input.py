"""Every door of the web application takes whatever somebody sends: it is refused, soon, cheaply,
and nothing of it gets into a log. The doors come from the application itself.
"""

import base64
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

import hostile
import known_routes
import pytest
import requests
from direct import direct_session
from hostile import ENCODED, Answer, endless, send_raw
from panel import Person
from people_world import PeopleWorld, people_world

# So long may one answer take on a machine that does other things as well; alone it takes a tenth.
_WITHIN_SECONDS = 3.0
# What a process may have kept, at its peak, of a hundred megabytes and a few thousand refusals.
_KEPT_KILOBYTES = 24 * 1024
_FORM = "application/x-www-form-urlencoded"
_MARK = "marca-que-nenhum-log-guarda"
_NUMBER = re.compile(r"\{\w+:int\}")
_TEXT = re.compile(r"\{\w+:(?:str|path)\}")


class Doors:
    """The application, and somebody in it who may everything."""

    def __init__(self, world: PeopleWorld) -> None:
        self.world = world
        self.address = world.address
        self.http = direct_session()
        self.cookies, self.forgery = _ticket(world.operator)

    def token(self) -> str:
        """A fresh one, which nobody slows down yet, in place of the former."""
        self.world.rows("DELETE FROM api_token")
        return self.world.token(self.world.operator, "operator")

    def form(self, path: str, body: bytes, kind: str = _FORM) -> Any:
        """Send a form's bytes as the operator."""
        headers = {"content-type": kind, "x-csrf-token": self.forgery}
        return self._send("POST", path, headers, body)

    def page(self, path: str) -> Any:
        """Open a page as the operator."""
        return self._send("GET", path, {}, b"")

    def _send(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Any:
        # `requests` would spell the address anew.
        request = requests.Request(
            method, self.address, headers=headers, data=body, cookies=self.cookies
        ).prepare()
        request.url = f"{self.address}{path}"
        return self.http.send(request, timeout=30, allow_redirects=False)


def _ticket(person: Person) -> tuple[dict[str, str], str]:
    """A browser's cookies, and the token that its forms carry."""
    assert person.open("/api").answer is not None
    found = re.search(r'"x-csrf-token":"([^"]+)"', unescape(person.answer.text))  # type: ignore[union-attr]
    assert found is not None
    return person.cookies, found[1]


@pytest.fixture(scope="module")
def doors(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Doors]:
    settings = {
        "PONTE_HUB_URL": "http://127.0.0.1:9",
        "PONTE_HUB_CLIENT_ID": "app",
        "PONTE_HUB_CLIENT_SECRET": "nobody's",
        "PONTE_PUBLIC_URL": "http://127.0.0.1:9",
    }
    with people_world(tmp_path_factory.mktemp("hostile"), **settings) as world:
        yield Doors(world)


def _posts() -> list[str]:
    """Where a form may be sent: panel and installation."""
    routes = known_routes.panel() + known_routes.installation()
    # The operator of this test is to stay inside.
    ends = ("/sair", "/agir", "/minha-conta/sessoes/encerrar-outras", "/minha-conta/tokens/revogar")
    return [path for method, path in routes if method == "POST" and not path.endswith(ends)]


def _gets() -> list[str]:
    routes = known_routes.panel() + known_routes.installation()
    return [path for method, path in routes if method == "GET"]


def _filled(path: str, connection: int, number: str = "1", text: str = "x") -> str:
    path = re.sub(r"\{connection(_id)?:int\}", str(connection), path)
    return _TEXT.sub(text, _NUMBER.sub(number, path))


def _mixed(names: list[str], turn: int) -> str:
    """A query or a form in which each name has something hostile, in each turn something else."""
    values = [value for what, value in ENCODED.items() if what != "NUL"]
    return "&".join(
        f"{name}={values[(place + turn) % len(values)]}" for place, name in enumerate(names)
    )


def _operations() -> list[tuple[str, str, dict[str, Any]]]:
    """Method, path and description of every operation of the API."""
    return [
        (method.upper(), path, operation)
        for path, item in known_routes.api_document()["paths"].items()
        for method, operation in item.items()
        if method in ("get", "post", "put", "patch", "delete")
    ]


# The guard refuses the others before anything is told apart.
_HOSTILE_BY_TYPE = {
    "integer": ("beyond int64", "negative", "other digits"),
    "string": ("NUL", "half a character", "no date that a calendar has", "long"),
    "boolean": ("no UTF-8",),
}


def _type_of(schema: dict[str, Any]) -> str:
    """The JSON type of a parameter; what has none of its own is a text."""
    kinds = [schema, *schema.get("oneOf", [])]
    return next((k["type"] for k in kinds if k.get("type") in _HOSTILE_BY_TYPE), "string")


def _judge(answer: requests.Response, *what: object, most: int = 499) -> None:
    assert answer.status_code <= most, (*what, answer.status_code, answer.text[:300])
    assert answer.elapsed.total_seconds() < _WITHIN_SECONDS, (*what, answer.elapsed)


def test_a_form_may_hold_anything(doors: Doors) -> None:
    fields = hostile.form_fields()
    for place, path in enumerate(_posts()):
        filled = _filled(path, doors.world.own)
        # A NUL is refused before a page sees it, so the others come without.
        for body in (_mixed(fields, place), f"{fields[place % len(fields)]}={ENCODED['NUL']}"):
            _judge(doors.form(filled, body.encode()), path, body)


def test_a_form_may_have_any_shape(doors: Doors) -> None:
    many = "&".join(f"f{number}=1" for number in range(10_000)).encode()
    part = b'--b\r\nContent-Disposition: form-data; name="reason"\r\n%s\r\n\r\nx\r\n--b--\r\n'
    parts = b"".join(
        b'--b\r\nContent-Disposition: form-data; name="f%d"\r\n\r\nx\r\n' % n for n in range(3_000)
    )
    multipart = "multipart/form-data; boundary=b"
    bodies = [
        (many, _FORM), (b"=&&==&%", _FORM), (b"\xff\x00\xfe", _FORM), (b"x" * 200_000, _FORM),
        (part % (b"X-Long: " + b"x" * 150_000), multipart),
        (b"".join(b"X-%d: 1\r\n" % n for n in range(5_000)).join([b"--b\r\n", b"\r\n"]), multipart),
        (part % b"Content-Type: text/plain; charset=unicode_escape", multipart),
        (parts + b"--b--\r\n", multipart), (part % b"", "multipart/form-data"),
        (b"--b", multipart), (b"{}", "application/json"), (b"[" * 100_000, "application/json"),
        (b"x", "text/plain; charset=utf-7"), (b"x", "\xe9/\xe9"), (b"x" * 300_000, _FORM),
    ]  # fmt: skip
    # Each is read before the page is known, and by the page: all of them at some, some at all.
    posts = _posts()
    for place, path in enumerate(posts):
        for body, kind in bodies if place % 20 == 0 else bodies[place % 15 :: 15]:
            _judge(doors.form(_filled(path, doors.world.own), body, kind), path, kind, body[:40])


def test_an_address_may_hold_anything(doors: Doors) -> None:
    names = hostile.query_names()
    for path in _gets():
        address = f"{_filled(path, doors.world.own)}?{_mixed(names, len(path))}"
        # Where a hub is asked with a code, it does not answer here.
        _judge(doors.page(address), path, most=503 if "/instalar" in path else 499)
    addresses = [("GET", path) for path in _gets()] + [("POST", path) for path in _posts()]
    for method, path in addresses:
        if "{" not in path:
            continue
        for number in ("9223372036854775808",):
            _judge(doors.page(_filled(path, int(number), number)), path, number)
        for text in ("a%00b", "%ED%A0%80%FF" + "%F0%9D%94%98" * 900):
            filled = _filled(path, doors.world.own, text=text)
            answer = doors.page(filled) if method == "GET" else doors.form(filled, b"reason=x")
            _judge(answer, method, path, text)


def _api(doors: Doors, token: str, method: str, path: str, body: bytes = b"") -> Any:
    headers = {"authorization": f"Bearer {token}"}
    if body:
        headers["content-type"] = "application/json"
    request = requests.Request(method, doors.address, headers=headers, data=body).prepare()
    request.url = f"{doors.address}{path}"
    return doors.http.send(request, timeout=30)


def test_a_body_of_the_api_may_hold_anything(doors: Doors) -> None:
    document = known_routes.api_document()
    known: set[bytes] = set()
    for method, path, operation in _operations():
        filled = re.sub(r"\{\w+\}", str(doors.world.own), path)
        # A body that another route takes as well is judged by the same guard.
        bodies = [each for each in hostile.bodies_of(operation, document) if each[1] not in known]
        known |= {body for _what, body in bodies}
        token = doors.token() if bodies else ""
        for what, body in bodies:
            answer = _api(doors, token, method, filled, body)
            _judge(answer, method, path, what)
            assert answer.status_code in (400, 404, 409, 413), (method, path, what, answer.text)
            assert set(answer.json()["error"]) == {"code", "message"}, (method, path, what)


def test_a_query_of_the_api_may_hold_anything(doors: Doors) -> None:
    keys = [
        b'{"at": "9999-12-31T23:59:59Z", "hub_order_id": "x"}',
        b'{"at": "0001-01-01T00:00:00+14:00", "hub_order_id": "x"}',
        b'{"at": "2026-01-01T00:00:00", "hub_order_id": ""}',
        b'{"at": "2026-01-01T00:00:00Z", "hub_order_id": "a\\u0000b"}',
        b'{"at": "2026-01-01T00:00:00Z", "subject": "a\\u0000b"}',
        b'{"at": "9999-12-31T23:59:59-14:00", "subject": "x"}',
        b'{"product_sku": "a\\u0000", "sku": "", "field": "", "place": 1}',
        b'{"product_sku": "", "sku": "", "field": "", "place": 99999999999999999999}',
        b'{"product_sku": "", "sku": "", "field": "", "place": -9223372036854775808}',
        b"[]", b"null", b"[" * 1_000, b'["x", null, 1e400]', b"\xff",
    ]  # fmt: skip
    forged = [base64.urlsafe_b64encode(key).decode() for key in keys]
    for method, path, operation in _operations():
        named = [each for each in operation.get("parameters", []) if each["in"] == "query"]
        if method != "GET" or not named:
            continue
        token = doors.token()
        filled = path.replace("{connection}", str(doors.world.own)).replace("{user}", "1")
        needed = "".join(f"&{each['name']}=x" for each in named if each.get("required"))
        for each in named:
            values = [ENCODED[what] for what in _HOSTILE_BY_TYPE[_type_of(each["schema"])]]
            if each["name"] in ("after", "before"):
                values += forged
            for value in values:
                address = f"{filled}?{each['name']}={value}{needed}"
                _judge(_api(doors, token, method, address), method, address[:200])


def test_a_path_of_the_api_may_hold_anything(doors: Doors) -> None:
    for method, path, _operation in _operations():
        if "{" not in path:
            continue
        token = doors.token()
        for text in ("9" * 30, "a%00b", "%ED%A0%80%FF" + "x" * 3_000):
            answer = _api(doors, token, method, re.sub(r"\{\w+\}", text, path))
            _judge(answer, method, path, text)


def test_a_wrong_name_of_a_body_is_told(doors: Doors) -> None:
    token = doors.token()
    for method, path, operation in _operations():
        if "requestBody" not in operation:
            continue
        for kind in ("text/plain", "application/xml", _FORM, "multipart/form-data; boundary=b", ""):
            headers = {"authorization": f"Bearer {token}", "content-type": kind}
            url = f"{doors.address}{re.sub(r'{[^}]+}', '1', path)}"
            answer = requests.request(method, url, headers=headers, data=b"{}", timeout=30)
            assert answer.status_code == 415, (method, path, kind)


def _peak_kilobytes(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text("utf-8")
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    assert found is not None
    return int(found[1])


def test_a_hundred_megabytes_are_not_taken(doors: Doors) -> None:
    cookies = "; ".join(f"{name}={value}" for name, value in doors.cookies.items())
    person = {"cookie": cookies, "x-csrf-token": doors.forgery, "content-type": _FORM}
    program = {
        "authorization": f"Bearer {doors.token()}",
        "content-type": "application/json",
    }
    ways = [(path, "POST", person) for path in _posts()]
    ways += [
        (re.sub(r"\{\w+\}", "999999", path), method, program)
        for method, path, operation in _operations()
        # The operator of this test is to stay inside.
        if method != "GET" and operation["operationId"] != "endOwnSessions"
    ]
    ways += [(path, "POST", program) for _method, path in known_routes.hints()]
    pid = doors.world.web.pid
    # Linux: the peak is counted anew from here.
    Path(f"/proc/{pid}/clear_refs").write_text("5", "utf-8")
    before = _peak_kilobytes(pid)
    for place, (path, method, headers) in enumerate(ways):
        filled = _filled(path, doors.world.own)
        # Without a length, and with a true one; every door has one of both.
        chunked = place % 2 == 0
        how = (
            {"transfer-encoding": "chunked"} if chunked else {"content-length": str(1024 * 102400)}
        )
        said = send_raw(doors.address, method, filled, {**headers, **how}, endless(chunked=chunked))
        _judge_raw(said, method, path, how)
    assert _peak_kilobytes(pid) - before < _KEPT_KILOBYTES
    # A length that is a lie; what comes behind it is nobody's.
    for path, method, headers in ways[::10]:
        how = {"content-length": "100"}
        filled = _filled(path, doors.world.own)
        said = send_raw(doors.address, method, filled, {**headers, **how}, endless(chunked=False))
        _judge_raw(said, method, path, how)
    assert requests.get(f"{doors.address}/healthz", timeout=10).status_code == 200


def _judge_raw(said: Answer, *what: object) -> None:
    assert said.seconds < _WITHIN_SECONDS, (*what, said)
    # What is not read at all may be answered by the deed itself.
    assert said.status is None or said.status < 500, (*what, said)


def test_nothing_of_it_is_logged(doors: Doors) -> None:
    fields = hostile.form_fields()
    body = "&".join(f"{name}={_MARK}" for name in fields).encode()
    token = doors.token()
    for path in _posts():
        doors.form(_filled(path, doors.world.own), body)
    for method, path, operation in _operations():
        filled = re.sub(r"\{\w+\}", "1", path)
        if "requestBody" in operation:
            _api(doors, token, method, filled, b'{"%s": "%s"}' % ((_MARK.encode(),) * 2))
        for each in operation.get("parameters", []):
            if each["in"] == "query" and method == "GET":
                _api(doors, token, method, f"{filled}?{each['name']}={_MARK}")
    said = doors.world.web.said()
    assert '"answered"' in said or "answered" in said
    assert _MARK not in said
    assert "Traceback" not in said
