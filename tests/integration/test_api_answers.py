"""Every operation of the API does what it is for, and answers as its document says.

One call of each, with what is really there. An operation without one fails here, so that nobody
adds an answer that was never compared with its schema.
"""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyotp
import pytest
import requests
from hub_process import wait_until
from msgspec import Struct
from openapi_schema_validator import OAS31Validator
from panel import PASSWORD
from schemathesis_run import CHECKS, conform
from stocked_world import StockedWorld, stocked_world

OTHER = "outra frase bem comprida"


class Wish(Struct, frozen=True):
    """What an operation is called with: names of its path, its query, its body."""

    path: dict[str, Any] = {}
    query: dict[str, Any] = {}
    body: Any = None
    # What it answers where not 200 or 201, because things are so here.
    status: int | None = None


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StockedWorld]:
    with stocked_world(tmp_path_factory.mktemp("answers")) as running:
        yield running


class Program:
    """An operator's program, which goes by the document."""

    def __init__(self, world: StockedWorld) -> None:
        self.world = world
        # Somebody whose password, sessions and tokens may go.
        otto = world.join("otto@ponte.example", "operator")
        self.headers = {"authorization": f"Bearer {world.token(otto, 'operator')}"}
        url = f"{world.address}/api/v1/openapi.json"
        self.document: dict[str, Any] = requests.get(url, timeout=30).json()
        self.operations = {
            operation["operationId"]: (method.upper(), path, operation)
            for path, item in self.document["paths"].items()
            for method, operation in item.items()
            if method in ("get", "post", "put", "patch", "delete")
        }
        self.called: set[str] = set()

    def call(self, name: str, wish: Wish | None = None) -> Any:
        """Call an operation; its answer is held against the document."""
        wish = wish or Wish()
        method, path, operation = self.operations[name]
        names = {"connection": self.world.stocked, **wish.path}
        filled = re.sub(r"\{(\w+)\}", lambda found: str(names[found[1]]), path)
        answer = requests.request(
            method,
            f"{self.world.address}{filled}",
            params=wish.query,
            json=wish.body,
            headers=self.headers,
            timeout=60,
        )
        said = next(iter(operation["responses"]))
        assert answer.status_code == (wish.status or int(said)), (name, answer.text[:500])
        (content,) = operation["responses"][str(answer.status_code)]["content"].items()
        assert answer.headers["content-type"].partition(";")[0] == content[0].partition(";")[0]
        if wish.status is None:
            self.called.add(name)
        if content[0] != "application/json":
            assert answer.content
            return answer.content
        schema = {**content[1]["schema"], "components": self.document["components"]}
        validator = OAS31Validator(schema, format_checker=OAS31Validator.FORMAT_CHECKER)
        faults = [fault.message for fault in validator.iter_errors(answer.json())]
        assert not faults, (name, faults[:3])
        return answer.json()


@pytest.fixture(scope="module")
def program(world: StockedWorld) -> Program:
    return Program(world)


def _products(program: Program) -> None:
    found = program.call("listProducts")
    assert [each["sku"] for each in found["products"]] == ["CAM-1", "CAM-2", "CAM-3"]
    assert program.call("countProducts")["todos"] == 3
    key = found["products"][0]["family_key"]
    chosen = {"family_key": key}
    proof = program.call("readProduct", Wish(query=chosen))
    assert proof["offers"]
    live = program.call("compareProduct", Wish(query=chosen))
    assert (live["in_store"], live["in_hub"], live["hub_failed"]) == (True, True, False)
    assert [each["hub_value"] for each in live["differences"]] == ["77"]
    assert program.call("rereadProduct", Wish(body=chosen)) == {"changed": True}
    assert program.call("sendProduct", Wish(body=chosen)) == {"changed": True}
    program.call("sendRefused")


def _orders(program: Program) -> None:
    world = program.world
    listed = program.call("listOrders", Wish(query={"limit": 1}))
    assert listed["next"]
    program.call("listOrders", Wish(query={"limit": 1, "after": listed["next"]}))
    assert program.call("countOrders")["count"] == 2
    assert program.call("listChannels") == ["Mercado Livre"]
    place = {"order": world.order}
    assert program.call("readOrder", Wish(place))["order"]["hub_order_id"] == world.order
    mark = program.call("markBuyer", Wish(body={"document": "529.982.247-25"}))
    of_buyer = program.call("listOrders", Wish(query=mark))
    assert len(of_buyer["items"]) == 2
    buyer = program.call("showBuyer", Wish(place))
    assert buyer["document"] == "52998224725"
    deed = program.call("readTrailOfConnection", Wish(query={"limit": 1}))["items"][0]
    assert (deed["action"], deed["via"]) == ("buyer.shown", "api")
    program.call("retryOrder", Wish({"order": world.held_order}))
    program.call("retryOrders")


def _problems(program: Program) -> None:
    causes = program.call("listProblems")
    held = next(each for each in causes if each["kind"] == "order")
    cause = {name: held[name] for name in ("kind", "code", "blocking")}
    subjects = program.call("listSubjects", Wish(query=cause))
    assert [each["subject"] for each in subjects["items"]] == [program.world.held_order]
    assert program.call("ignoreProblem", Wish(body={**cause, "reason": "teste"}))["count"] == 1
    assert program.call("heedProblem", Wish(body=cause))["count"] == 1
    program.call("retryProblem", Wish(body=cause))


def _audits(program: Program) -> None:
    assert program.call("readAudit")["last"]["differences"] == 1
    (drift,) = program.call("listDifferences")["items"]
    assert (drift["sku"], drift["field"], drift["hub_value"]) == ("CAM-1", "stock", "77")
    assert program.call("downloadAuditReport").startswith(b"%PDF-")
    assert program.call("downloadDifferences", Wish(query={"language": "en"})).startswith(b"PK")
    assert program.call("repairDifferences", Wish(body={"product_sku": "CAM-1"})) == {
        "differences": 1
    }
    program.call("planAudits", Wish(body={"every": "daily", "hour": 3}))
    program.call("setRepairs", Wish(body={"always": True}))
    program.call("startAudit")
    for name in ("pauseAudit", "resumeAudit", "stopAudit"):
        program.call(name)


def _export(program: Program) -> None:
    assert program.call("readDryRun")["found"]
    assert "SKU" in program.call("downloadProblemsCsv").decode()
    assert program.call("downloadProblemsSheet").startswith(b"PK")
    program.call("beginDryRun")
    program.call("startExport")
    program.call("readExport")


def _rules(program: Program) -> None:
    preview = program.call("readPreview")
    assert preview["rules"]["reserve_units"] == 1
    saved = program.call("savePreview", Wish(body={"number": preview["number"]}))
    assert saved["rules"]["reserve_units"] == 1
    now = program.call("readRules")
    wanted = {"version": now["version"], "rules": {**now["rules"], "reserve_units": 2}}
    program.call("beginPreview", Wish(body=wanted))
    assert program.call("discardPreview")["rules"]["reserve_units"] == 1
    assert program.call("saveRules", Wish(body=wanted))["rules"]["reserve_units"] == 2
    misspelt = {"version": now["version"] + 1, "rules": {"reserve_unit": 3}}
    program.call("saveRules", Wish(body=misspelt, status=400))
    for name in ("pauseLoop", "resumeLoop"):
        program.call(name, Wish({"loop": "orders"}))


def _connection(program: Program) -> None:
    for name in (
        "readConnection", "readOverview", "readCharts", "listConnections", "listAnnouncements",
        "listContacts", "readIdentity", "readFleet", "readOperation", "listOutages", "listAlerts",
    ):  # fmt: skip
        program.call(name)
    # The watch notices it within ten seconds.
    wait_until(lambda: bool(program.call("readGuide")["is_exported"]), seconds=60)
    assert program.call("closeGuide") == {"changed": True}
    program.call("readGuide", Wish(status=404))
    by_others = program.call("readTrailOfConnection", Wish(query={"only_others": True}))
    assert {each["role"] for each in by_others["items"]} == {"operator"}
    ended = {"connection": program.world.add_connection(78)}
    outlook = program.call("readDisconnection", Wish(ended))
    assert outlook["switched_off_at"] is None
    named = {"confirmation": outlook["store_domain"]}
    assert program.call("disconnect", Wish(ended, body=named))["switched_off_at"]


def _installation(program: Program) -> None:
    pause = program.call("pauseWork", Wish(body={"reason": "teste"}))["number"]
    program.call("endPause", Wish({"pause": pause}))
    told = program.call("announce", Wish(body={"kind": "info", "text": "oi"}))["number"]
    assert program.call("listAnnouncements")[0]["text_pt"] == "oi"
    program.call("withdrawBroadcast", Wish({"broadcast": told}))
    # No channel is set up here.
    program.call("testAlerts", Wish(status=409))
    program.called.add("testAlerts")
    program.call("readTrail")


def _users(program: Program) -> None:
    new = {"email": "nina@ponte.example", "name": "Nina", "role": "support"}
    user = {"user": program.call("inviteUser", Wish(body=new))["user"]["user_id"]}
    assert program.call("listUsers", Wish(query={"search": "nina"}))["items"]
    program.call("readUser", Wish(user))
    program.call("changeUser", Wish(user, body={"name": "Nina B", "role": "support"}))
    for name in ("handLink", "removeSecondFactor", "endSessions", "disableUser", "enableUser"):
        program.call(name, Wish(user))


def _account(program: Program) -> None:
    own = program.call("readAccount")
    assert own["email"] == "otto@ponte.example"
    program.call("changePassword", Wish(body={"present": "x", "chosen": OTHER}, status=409))
    program.call("changePassword", Wish(body={"present": PASSWORD, "chosen": OTHER}))
    # All browsers are out by it; this one is new.
    browser = program.world.stranger.log_in(own["email"], OTHER)
    (session,) = program.call("listSessions")
    assert session["is_this"] is False
    assert program.call("endSession", Wish({"session": session["name"]})) == {"changed": True}
    assert browser.open("/painel").path.startswith("/entrar")
    assert program.call("endOwnSessions") == {"sessions": 0}
    secret = program.call("beginSecondFactor", Wish(body={"present": OTHER}))
    totp = pyotp.TOTP(secret["text"])
    program.call("confirmSecondFactor", Wish(body={"code": "000 00"}, status=409))
    program.call("confirmSecondFactor", Wish(body={"code": totp.now()}))
    assert program.call("readAccount")["second_factor_since"]
    # A code is good once, and nobody else's token removes it.
    removal = {"present": OTHER, "code": totp.now()}
    program.call("removeOwnSecondFactor", Wish(body=removal, status=409))
    program.world.rows("UPDATE panel_user SET totp_step = 0 WHERE user_id = %s", own["user_id"])
    program.call("removeOwnSecondFactor", Wish(body={**removal, "code": totp.now()}))


def _tokens(program: Program) -> None:
    wish = {"name": "ERP", "role": "support", "lasts_days": 30}
    made = program.call("makeToken", Wish(body=wish))
    numbers = {each["token_id"] for each in program.call("listTokens")}
    assert made["token"]["token_id"] in numbers
    program.call("listAllTokens")
    number = {"token": made["token"]["token_id"]}
    assert program.call("revokeToken", Wish(number)) == {"changed": True}
    assert program.call("revokeAnyToken", Wish(number)) == {"changed": False}


# Deeds that wake the connection's loops stand behind those that look.
_STORIES: tuple[Callable[[Program], None], ...] = (
    _connection, _audits, _export, _rules, _problems, _products, _orders, _installation, _users,
    _account, _tokens,
)  # fmt: skip


@pytest.mark.parametrize("story", _STORIES)
def test_an_answer_is_as_the_document_says(
    program: Program, story: Callable[[Program], None]
) -> None:
    story(program)


def test_no_operation_was_left_out(program: Program) -> None:
    assert set(program.operations) == program.called


def _part(method: str, path: str) -> str:
    if "{connection}" not in path:
        return "whole"
    return "look" if method == "GET" else "act"


_PARTS = ["look", "act", "whole"]
# Their body is another's: the borders of its values are tried there.
_SAME_BODIES = ["beginPreview", "rereadProduct", "retryProblem", "heedProblem"]
# Whoever runs it, and its token, have numbers that nobody tries by chance.
_FAR_AWAY = 700_001


# By `make fuzz`. Each with a token of its own, so that none is slowed down.
@pytest.mark.slow
@pytest.mark.parametrize("part", _PARTS)
def test_whatever_is_sent_is_answered_as_the_document_says(
    world: StockedWorld, program: Program, tmp_path: Path, part: str
) -> None:
    parts = {name: _part(method, path) for name, (method, path, _) in program.operations.items()}
    for column in ("panel_user ALTER COLUMN user_id", "api_token ALTER COLUMN token_id"):
        first = _FAR_AWAY + 1000 * _PARTS.index(part)
        world.rows(f"ALTER TABLE {column} RESTART WITH {first}")
    runner = world.join(f"{part}@ponte.example", "operator")
    sara = world.user("sara@ponte.example")
    found = program.call("listProducts")["products"]
    keys = [each["family_key"] for each in found]
    page = program.call("listOrders", Wish(query={"limit": 1}))
    known: dict[str, dict[str, list[Any]]] = {
        path: {"connection": [world.stocked]}
        for _method, path, _operation in program.operations.values()
        if "{connection}" in path
    }
    for path in known:
        if "{order}" in path:
            known[path]["order"] = [world.order, world.held_order]
        if path.endswith(("/products/one", "/products/live")):
            known[path]["query.family_key"] = keys
        if path.endswith("/orders"):
            known[path]["query.after"] = [page["next"]]
    known["/api/v1/users/{user}"] = {"user": [sara]}
    conform(
        f"{world.address}/api/v1/openapi.json",
        tmp_path,
        token=world.token(runner, "operator"),
        checks=[*CHECKS, "ignored_auth"],
        known=known,
        left_out=[name for name, its in parts.items() if its != part],
        without_borders=_SAME_BODIES,
    )
