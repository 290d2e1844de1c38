"""Each role at each route of the panel: who may not is sent away, and learns nothing by it.

The routes come from the application itself, so that a new one cannot be forgotten here.
"""

import re
from collections.abc import Iterator
from typing import Any, cast

import pytest
from litestar import Litestar
from people_world import PeopleWorld, people_world

from ponte.settings import Settings
from ponte.sync.runtime import Runtime
from ponte.web.limits import Limit
from ponte.web.panel.application import panel_routes
from ponte.web.parts import Parts

# For who is not in yet; and the way out, which needs no right.
_OPEN = ("/entrar", "/sair")
# One's own, whatever one's role is: nobody else's is ever reached by them.
_OWN = ("/minha-conta", "/painel", "/painel/voltar")
# Sent by POST although nothing is changed: a document does not belong into an address.
_LOOKS = ("/conexoes/{connection:int}/pedidos/comprador",)
# Numbers and names that are nobody's.
_NOBODY, _NAME = "2147483646", "ninguem"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PeopleWorld]:
    with people_world(tmp_path_factory.mktemp("rights")) as running:
        yield running


def _routes() -> list[tuple[str, str]]:
    """Method and path of every page behind the log-in."""
    equipment: Any = type("Equipment", (), {"vault": None, "pool": None})()
    parts = Parts(cast("Runtime", equipment), cast("Any", None), Settings(), *(Limit(1, 1.0),) * 3)
    app = Litestar(list(panel_routes(parts)), openapi_config=None)
    return sorted(
        (method, route.path)
        for route in app.routes
        for method in route.methods - {"OPTIONS", "HEAD"}
        if not route.path.startswith(_OPEN)
    )


ROUTES = _routes()


def _filled(path: str, connection: int) -> str:
    path = path.replace("{connection:int}", str(connection))
    return re.sub(r"\{\w+:(\w+)\}", lambda found: _NOBODY if found[1] == "int" else _NAME, path)


def _is_own(path: str) -> bool:
    return path in _OWN or path.startswith("/minha-conta/")


def test_there_are_routes_to_speak_of() -> None:
    assert len(ROUTES) > 25
    assert {method for method, _ in ROUTES} == {"GET", "POST"}


def test_a_stranger_is_sent_to_the_log_in_everywhere(world: PeopleWorld) -> None:
    for method, path in ROUTES:
        filled = _filled(path, world.own)
        answer = world.stranger.knock(method, filled).answer
        assert answer is not None
        assert answer.status_code == 303, (method, path)
        assert answer.headers["location"].startswith("/entrar"), (method, path)


def test_no_form_is_taken_from_elsewhere(world: PeopleWorld) -> None:
    for method, path in ROUTES:
        if method == "POST":
            status = world.operator.knock("POST", _filled(path, world.own), forged=True).status
            assert status == 403, path


def test_support_looks_at_all_and_changes_nothing(world: PeopleWorld) -> None:
    before = world.rows("SELECT count(*) FROM trail")
    for method, path in ROUTES:
        status = world.support.knock(method, _filled(path, world.own)).status
        if method == "POST" and not _is_own(path) and path not in _LOOKS:
            # Where a form is read first, an empty one is refused as such.
            assert status in (400, 403, 404), (method, path, status)
    assert world.rows("SELECT count(*) FROM trail") == before


def test_a_merchant_finds_nothing_of_other_connections(world: PeopleWorld) -> None:
    for method, path in ROUTES:
        if "{connection:int}" not in path:
            continue
        of_other = world.merchant.knock(method, _filled(path, world.other))
        said = (of_other.status, of_other.text)
        of_none = world.merchant.knock(method, _filled(path, int(_NOBODY)))
        assert said[0] == 404, (method, path)
        # Another's is told by nothing from what is not there.
        assert said == (of_none.status, of_none.text), (method, path)


def test_a_merchant_has_no_part_in_the_whole(world: PeopleWorld) -> None:
    for method, path in ROUTES:
        if "{connection:int}" in path or _is_own(path):
            continue
        status = world.merchant.knock(method, _filled(path, world.own)).status
        assert status in ((404,) if method == "GET" else (400, 403, 404)), (method, path, status)


def test_an_operator_finds_every_page(world: PeopleWorld) -> None:
    for method, path in ROUTES:
        if method == "GET" and not re.search(r"\{(?!connection)", path):
            status = world.operator.knock("GET", _filled(path, world.own)).status
            # Of what has not run yet, there is no sheet.
            is_sheet = path.endswith((".xlsx", ".csv", ".pdf"))
            assert status in (200, 303) or (is_sheet and status == 404), (path, status)
