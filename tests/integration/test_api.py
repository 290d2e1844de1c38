"""The API: who may call what, what is refused how, and that it is as its document says.

The routes come from the application itself, so that a new one cannot be forgotten here.
"""

import re
from collections.abc import Iterator
from typing import Any

import openapi_spec_validator
import pytest
import requests
from people_world import PeopleWorld, people_world

_METHODS = ("get", "put", "post", "delete", "patch")
# One's own, whatever one's role is: nobody else's is ever reached by them.
_OWN = "/account"
# For everybody, whichever connection is theirs.
_COMMON = ("/me", "/connections", "/announcements", "/contacts")
# Sent by POST although nothing is changed: a document does not belong into an address.
_LOOKS = ("/connections/{connection}/buyer-mark",)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PeopleWorld]:
    with people_world(tmp_path_factory.mktemp("api")) as running:
        yield running


class Program:
    """A program with a token, or with something in its place."""

    def __init__(self, world: PeopleWorld, token: str) -> None:
        self._address = world.address
        self.headers = {"authorization": f"Bearer {token}"} if token else {}

    def call(self, method: str, path: str, body: Any = None) -> requests.Response:
        """One call of the API."""
        url = f"{self._address}/api/v1{path}"
        return requests.request(method, url, headers=self.headers, json=body, timeout=30)


@pytest.fixture(scope="module")
def document(world: PeopleWorld) -> dict[str, Any]:
    answer = requests.get(f"{world.address}/api/v1/openapi.json", timeout=30)
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found


@pytest.fixture(scope="module")
def operator(world: PeopleWorld) -> Program:
    return Program(world, world.token(world.operator, "operator"))


@pytest.fixture(scope="module")
def support(world: PeopleWorld) -> Program:
    return Program(world, world.token(world.support))


@pytest.fixture(scope="module")
def merchant(world: PeopleWorld) -> Program:
    return Program(world, world.token(world.merchant))


def _routes(document: dict[str, Any]) -> list[tuple[str, str]]:
    """Every operation, as method and path below `/api/v1`."""
    return [
        (method.upper(), path.removeprefix("/api/v1"))
        for path, item in document["paths"].items()
        for method in _METHODS
        if method in item
    ]


def _filled(path: str, connection: int) -> str:
    """The path about that connection, and about nobody and nothing else that is there."""
    path = path.replace("{connection}", str(connection))
    return re.sub(r"\{[^}]+\}", "2147483646", path)


def test_the_document_is_valid_and_each_operation_has_words(document: dict[str, Any]) -> None:
    openapi_spec_validator.validate(document)
    assert "bearer" in str(document["components"]["securitySchemes"])
    for path, item in document["paths"].items():
        for method in set(item) & set(_METHODS):
            operation = item[method]
            assert operation["summary"], path
            assert re.fullmatch(r"[a-z][A-Za-z]+", operation["operationId"]), path
            assert operation["security"] == [{"token": []}], path
            assert operation["tags"], path


@pytest.mark.parametrize(
    "token", ["", "x", "ponte_", "ponte_" + "x" * 43, "ponte_" + "x" * 9000, "pönte"]
)
def test_without_a_good_token_everything_is_the_same(
    world: PeopleWorld, document: dict[str, Any], token: str
) -> None:
    stranger = Program(world, token.encode().decode("latin-1"))
    answers = set()
    for method, path in _routes(document)[:6]:
        answer = stranger.call(method, _filled(path, world.own), {})
        answers.add((answer.status_code, answer.text, answer.headers["www-authenticate"]))
    assert len(answers) == 1
    assert {status for status, _, _ in answers} == {401}


def test_every_route_asks_for_a_token(world: PeopleWorld, document: dict[str, Any]) -> None:
    for method, path in _routes(document):
        answer = Program(world, "").call(method, _filled(path, world.own), {})
        assert answer.status_code == 401, (method, path)
        assert answer.json()["error"]["code"] == "unauthorized"


def test_a_session_of_the_panel_is_no_token(world: PeopleWorld) -> None:
    url = f"{world.address}/api/v1/me"
    answer = requests.get(url, cookies=world.operator.cookies, timeout=30)
    assert answer.status_code == 401
    assert "set-cookie" not in answer.headers


def test_support_changes_nothing(
    world: PeopleWorld, document: dict[str, Any], support: Program
) -> None:
    for method, path in _routes(document):
        if method == "GET" or path.startswith(_OWN) or path in _LOOKS:
            continue
        answer = support.call(method, _filled(path, world.own), {})
        # Where the body is read first, an empty one is refused as such.
        assert answer.status_code in (400, 403, 404), (method, path, answer.text)


def test_a_merchant_sees_nothing_of_others(
    world: PeopleWorld, document: dict[str, Any], merchant: Program
) -> None:
    for method, path in _routes(document):
        if "{connection}" not in path:
            continue
        of_other = merchant.call(method, _filled(path, world.other), {})
        of_none = merchant.call(method, _filled(path, 2147483646), {})
        # Where something else is wanted in the query or the body, its lack is said, of any.
        assert of_other.status_code in (400, 403, 404), path
        # What is another's is told by nothing from what is not there.
        assert (of_other.status_code, of_other.text) == (of_none.status_code, of_none.text), path


def test_a_merchant_has_no_part_in_the_whole(
    world: PeopleWorld, document: dict[str, Any], merchant: Program
) -> None:
    for method, path in _routes(document):
        if "{connection}" in path or path in _COMMON or path.startswith(_OWN):
            continue
        answer = merchant.call(method, _filled(path, world.own), {})
        assert answer.status_code in (400, 403, 404), (method, path, answer.text)
    for path in ("/users", "/trail", f"/users/{world.user('olga@ponte.example')}"):
        assert merchant.call("GET", path).status_code == 404
    new = {"email": "x@y.example", "name": "X", "role": "operator"}
    assert merchant.call("POST", "/users", new).status_code == 403


def test_each_token_says_what_it_may(
    world: PeopleWorld, operator: Program, support: Program, merchant: Program
) -> None:
    assert operator.call("GET", "/me").json()["may_operate"] is True
    assert support.call("GET", "/me").json()["role"] == "support"
    own = merchant.call("GET", "/me").json()
    assert (own["role"], own["connection_id"]) == ("merchant", world.own)
    listed = operator.call("GET", "/connections?limit=1").json()
    assert [each["connection_id"] for each in listed["items"]] == [world.own]
    further = operator.call("GET", f"/connections?limit=1&after={listed['next']}").json()
    assert [each["connection_id"] for each in further["items"]] == [world.other]
    listed = merchant.call("GET", "/connections").json()
    assert [each["connection_id"] for each in listed["items"]] == [world.own]
    standing = merchant.call("GET", f"/connections/{world.own}/overview").json()
    assert {"stock", "price", "content", "orders"} <= set(standing)


def test_a_user_is_invited_changed_and_shut_out_by_a_program(
    world: PeopleWorld, operator: Program
) -> None:
    new = {"email": "Pia@ponte.example", "name": "Pia", "role": "support"}
    made = operator.call("POST", "/users", new)
    assert made.status_code == 201
    user, link = made.json()["user"], made.json()["link"]
    assert operator.call("POST", "/users", new).json()["error"]["code"] == "email_taken"
    pia = world.follow(link["path"])
    token = Program(world, world.token(pia))
    assert token.call("GET", "/me").status_code == 200
    path = f"/users/{user['user_id']}"
    rights = {"name": "Pia", "role": "merchant"}
    refused = operator.call("PUT", path, rights)
    assert refused.json()["error"]["code"] == "unfit_connection_id"
    changed = operator.call("PUT", path, {**rights, "connection_id": world.other})
    assert changed.json()["connection_id"] == world.other
    assert token.call("GET", "/me").status_code == 401
    assert pia.open("/painel").path.startswith("/entrar")
    assert operator.call("POST", f"{path}/disable").json()["disabled_at"]
    assert operator.call("POST", f"{path}/link").json()["error"]["code"] == "user_disabled"
    assert operator.call("POST", f"{path}/enable").json()["disabled_at"] is None
    last = operator.call("POST", f"/users/{world.user('olga@ponte.example')}/disable")
    assert (last.status_code, last.json()["error"]["code"]) == (409, "last_operator")
    deeds = operator.call("GET", "/trail?limit=3").json()["items"]
    assert {each["via"] for each in deeds} == {"api"}
    assert deeds[0]["actor"] == "Olga · Programa de teste"


def test_a_program_stops_everything_and_tells_merchants(operator: Program) -> None:
    stopped = operator.call("POST", "/pauses", {"reason": "manutenção"})
    assert stopped.status_code == 201
    assert operator.call("POST", "/pauses", {"reason": "x"}).json()["error"]["code"] == (
        "stopped_already"
    )
    told = {"kind": "info", "text": "Voltamos às 22h"}
    made = operator.call("POST", "/broadcasts", told).json()
    now = operator.call("GET", "/operation").json()
    assert [each["reason"] for each in now["pauses"]] == ["manutenção"]
    assert [each["text_pt"] for each in now["broadcasts"]] == ["Voltamos às 22h"]
    number = stopped.json()["number"]
    assert operator.call("POST", f"/pauses/{number}/end").json() == {"changed": True}
    # Once more is no harm.
    assert operator.call("POST", f"/pauses/{number}/end").json() == {"changed": False}
    withdrawn = operator.call("POST", f"/broadcasts/{made['number']}/withdraw")
    assert withdrawn.json() == {"changed": True}
    assert operator.call("GET", "/fleet?sort=lag&descending=true").json()["found"] >= 1
    assert operator.call("POST", "/alerts/test").json()["error"]["code"] == "no_channel"


def test_a_revoked_token_is_out_at_once(world: PeopleWorld) -> None:
    program = Program(world, world.token(world.support))
    assert program.call("GET", "/me").status_code == 200
    number = program.call("GET", "/me").json()["token_id"]
    world.merchant.open("/minha-conta/tokens").post("/minha-conta/tokens/revogar", token=number)
    assert program.call("GET", "/me").status_code == 200
    world.operator.open("/usuarios/tokens").post("/usuarios/tokens/revogar", token=number)
    assert program.call("GET", "/me").status_code == 401


def test_what_is_no_body_is_refused_in_the_same_shape(
    world: PeopleWorld, operator: Program
) -> None:
    url = f"{world.address}/api/v1/users"
    good = {"email": "x@y.example", "name": "X", "role": "support"}
    bodies: list[tuple[Any, int]] = [
        (b"{", 400), (b"[]", 400), (b"\xff", 400), (b"[" * 50_000, 400),
        (b'{"email": "x@y.example", "name": "X", "role": "support", "more": 1}', 400),
        (b'{"email": 1, "name": "X", "role": "support"}', 400),
        (b'"' + b"x" * 70_000 + b'"', 413),
    ]  # fmt: skip
    for body, status in bodies:
        headers = {**operator.headers, "content-type": "application/json"}
        answer = requests.post(url, data=body, headers=headers, timeout=30)
        assert answer.status_code == status, (body[:50], answer.text)
        assert set(answer.json()["error"]) == {"code", "message"}
    for path in ("/nowhere", "/users/x", "/users/99999999999999999999", "/connections/0"):
        answer = operator.call("GET", path)
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")
    answer = operator.call("DELETE", "/me")
    assert answer.status_code == 405
    assert set(answer.headers["allow"].split(", ")) == {"GET", "OPTIONS"}
    assert answer.json()["error"]["code"] == "method_not_allowed"
    assert operator.call("POST", "/users", {**good, "name": "\0"}).status_code == 400
    assert answer.headers["cache-control"] == "no-store"


def test_a_token_in_a_loop_is_slowed_down(world: PeopleWorld) -> None:
    program = Program(world, world.token(world.support))
    with requests.Session() as session:
        session.headers.update(program.headers)
        url = f"{world.address}/api/v1/connections/999999"
        statuses = []
        for _ in range(1200):
            answer = session.get(url, timeout=30)
            statuses.append(answer.status_code)
            if answer.status_code == 429:
                break
    assert set(statuses) == {404, 429}
    assert answer.headers["retry-after"] == "1"
    # Others are not.
    assert Program(world, world.token(world.merchant)).call("GET", "/me").status_code == 200
