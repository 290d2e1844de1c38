"""The hub's link: its code is used once, kept secret, and never turned against who opens it."""

import concurrent.futures
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from install_walk import Form, InstallWorld, Walker, install_world


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InstallWorld]:
    with install_world(tmp_path_factory.mktemp("install"), "--families", "0") as running:
        yield running


@pytest.fixture
def walker(world: InstallWorld) -> Walker:
    return Walker(world)


def assert_helps(walker: Walker) -> None:
    """Whom to call stands on the page (R11)."""
    for words in ("Desenvolvimento", "Atendimento", "Comercial", "Telefone da loja"):
        assert words in walker.text
    assert 'href="mailto:atendimento@integra.example"' in walker.page.text
    assert 'href="https://integra.example/ajuda"' in walker.page.text


def test_without_a_code_the_page_says_where_to_begin(walker: Walker) -> None:
    assert walker.open("/instalar").status_code == 200
    assert "Clique aqui para concluir" in walker.text
    assert_helps(walker)


def test_the_same_address_opened_again_goes_on(world: InstallWorld, walker: Walker) -> None:
    """Reload, and the way back: the code was used by this very browser."""
    account = world.new_account()
    link = world.link(account)
    for _ in range(3):
        walker.open(link)
        assert walker.path == "/instalar/loja"
        assert str(account["account"]) in walker.text
    installed = world.rows(
        "SELECT count(*) FROM installation WHERE hub_account = %s", account["account"]
    )
    assert installed == [(1,)]


def test_a_used_code_opens_nothing_in_another_browser(world: InstallWorld) -> None:
    account = world.new_account()
    link = world.link(account)
    Walker(world).open(link)
    stranger = Walker(world)
    assert stranger.open(link).status_code == 400
    assert stranger.path == "/instalar/problema"
    assert "já foi usado ou venceu" in stranger.text
    assert "Plataformas › Webstore" in stranger.text
    assert str(account["account"]) not in stranger.text
    assert_helps(stranger)
    stranger.open("/instalar/loja")
    assert "Comece pelo Plugg.to" in stranger.text


@pytest.mark.parametrize(
    "query",
    [
        "pluggtocode=inventado",
        "pluggtocode=",
        "pluggtocode=" + "a" * 5000,
        "pluggtocode=%00%ff%0d%0aSet-Cookie:x",
        "pluggtocode=<script>alert(1)</script>",
        "pluggtocode=a&pluggtocode=b",
        "pluggtocode=%F0%9F%92%A9",
    ],
)
def test_an_invented_code_is_refused_in_words(walker: Walker, query: str) -> None:
    assert walker.open(f"/instalar?{query}").status_code == 400
    assert walker.path == "/instalar/problema"
    assert "não aceitou o código" in walker.text


def test_a_hub_that_is_away_costs_no_code(world: InstallWorld, walker: Walker) -> None:
    account = world.new_account()
    link = world.link(account)
    world.hub.stop()
    try:
        assert walker.open(link).status_code == 502
        assert walker.path == "/instalar/problema"
        assert "Plugg.to não está respondendo" in walker.text
        assert_helps(walker)
        assert 'href="/instalar"' in walker.page.text
    finally:
        world.hub.start()
    walker.open("/instalar")
    assert walker.path == "/instalar/loja"
    assert str(account["account"]) in walker.text


def test_a_hub_that_fails_after_the_code_costs_no_installation(
    world: InstallWorld, walker: Walker
) -> None:
    """The code is spent, and the question whose it is comes to nothing: the grant is kept."""
    account = world.new_account()
    link = world.link(account)
    world.hub.admin("PUT", "faults", {"error_share": 1.0, "only_paths": ["/users"]})
    try:
        walker.open(link)
        assert "Plugg.to não está respondendo" in walker.text
    finally:
        world.hub.admin("PUT", "faults", {})
    walker.open("/instalar")
    assert walker.path == "/instalar/loja"
    assert str(account["account"]) in walker.text


def test_a_hub_that_does_not_tell_the_account_is_no_end(
    world: InstallWorld, walker: Walker
) -> None:
    link = world.link(world.new_account())
    world.hub.admin("PUT", "assumptions", {"users_resource": "missing"})
    try:
        walker.open(link)
    finally:
        world.hub.admin("PUT", "assumptions", {"users_resource": "present"})
    assert walker.path == "/instalar/loja"
    assert "não informada pelo Plugg.to" in walker.text


class TestACodeOfSomebodyElse:
    """An attacker sends a link with a code of the attacker's own account."""

    def test_it_does_not_replace_a_running_installation(
        self, world: InstallWorld, walker: Walker
    ) -> None:
        mine, theirs = world.new_account(), world.new_account()
        walker.open(world.link(mine))
        walker.name_store()
        walker.open(world.link(theirs))
        assert walker.path == "/instalar/outra"
        assert str(mine["account"]) in walker.text
        assert str(theirs["account"]) in walker.text
        # Whoever just goes on, by whatever address, stays with the own account.
        walker.open("/instalar/loja")
        assert str(mine["account"]) in walker.text
        assert str(theirs["account"]) not in walker.text
        walker.open("/instalar/outra")
        walker.post("/instalar/outra", choice="keep")
        assert walker.path == "/instalar/loja"
        assert str(mine["account"]) in walker.text
        gone = "SELECT count(*) FROM installation WHERE hub_account = %s"
        assert world.rows(gone, theirs["account"]) == [(0,)]

    def test_the_person_may_change_to_it(self, world: InstallWorld, walker: Walker) -> None:
        first, second = world.new_account(), world.new_account()
        walker.open(world.link(first))
        walker.open(world.link(second))
        walker.post("/instalar/outra", choice="switch")
        assert walker.path == "/instalar/loja"
        assert str(second["account"]) in walker.text
        gone = "SELECT count(*) FROM installation WHERE hub_account = %s"
        assert world.rows(gone, first["account"]) == [(0,)]

    def test_the_choice_takes_a_form_of_ours(self, world: InstallWorld, walker: Walker) -> None:
        mine, theirs = world.new_account(), world.new_account()
        walker.open(world.link(mine))
        walker.open(world.link(theirs))
        forged = walker._session.post(
            f"{world.address}/instalar/outra", {"choice": "switch"}, timeout=30
        )
        assert forged.status_code == 403
        walker.open("/instalar/loja")
        assert str(mine["account"]) in walker.text

    def test_its_account_stands_on_every_page(self, world: InstallWorld, walker: Walker) -> None:
        theirs, shop = world.new_account(), world.new_shop()
        number, name = str(theirs["account"]), f"Conta {theirs['account']}"
        walker.open(world.link(theirs))
        assert number in walker.text
        assert name in walker.text
        walker.name_store()
        assert number in walker.text
        walker.come_back(shop)
        assert f"à conta {number}" in walker.text
        assert "Não reconhece esta conta?" in walker.text
        connected = "SELECT count(*) FROM connection WHERE hub_account = %s"
        assert world.rows(connected, theirs["account"]) == [(0,)]


def test_coming_back_by_a_new_link_goes_on_where_it_was(
    world: InstallWorld, walker: Walker
) -> None:
    """Also in another browser: what is known of the account's store is filled in."""
    account = world.new_account()
    walker.open(world.link(account))
    walker.name_store()
    walker.open(world.link(account))
    assert walker.path == "/instalar/loja"
    assert f'value="{world.store.base_url}"' in walker.page.text
    another = Walker(world)
    another.open(world.link(account))
    assert f'value="{world.store.base_url}"' in another.page.text
    installed = world.rows(
        "SELECT count(*) FROM installation WHERE hub_account = %s", account["account"]
    )
    assert installed == [(2,)]


def test_a_session_of_somebody_elses_making_is_none(world: InstallWorld, walker: Walker) -> None:
    walker.open(world.link(world.new_account()))
    for cookie in walker._session.cookies:
        if "session" in cookie.name:
            value = cookie.value or ""
            cookie.value = value[:-6] + ("AAAAAA" if value[-6:] != "AAAAAA" else "BBBBBB")
    assert walker.open("/instalar/loja").status_code == 404
    assert "Comece pelo Plugg.to" in walker.text


def test_pages_are_guarded(world: InstallWorld, walker: Walker) -> None:
    walker.open(world.link(world.new_account()))
    headers = walker.page.headers
    assert "script-src 'self'" in headers["content-security-policy"]
    assert headers["cache-control"] == "no-store"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "same-origin"
    session = next(each for each in walker._session.cookies if "session" in each.name)
    assert session.has_nonstandard_attr("HttpOnly")
    assert not session.secure
    # The machines' answers are as they were.
    health = requests.get(f"{world.address}/healthz", timeout=10)
    assert health.json() == {"status": "ok"}
    assert health.headers["content-security-policy"] == "default-src 'none'"
    figures = requests.get(f"{world.address}/metrics", timeout=10).text
    assert 'route="/instalar/loja",status="200"' in figures


@pytest.mark.parametrize("path", ["/instalar/loja", "/instalar/conectar", "/instalar/exportar"])
def test_a_form_that_is_not_ours_is_refused(world: InstallWorld, walker: Walker, path: str) -> None:
    walker.open(world.link(world.new_account()))
    forged = walker._session.post(f"{world.address}{path}", {"domain": "x.com"}, timeout=30)
    assert forged.status_code == 403
    assert "O formulário venceu ou não é seu" in forged.text
    assert "atendimento@integra.example" in forged.text


def test_no_code_is_in_any_log(world: InstallWorld, walker: Walker) -> None:
    used, refused = world.code(world.new_account()), "inventado-e-secreto"
    walker.open(f"/instalar?pluggtocode={used}")
    walker.open(f"/instalar?pluggtocode={refused}")
    said = world.web.said()
    assert "pluggtocode" not in said
    assert used not in said
    assert refused not in said


def test_codes_are_tried_at_a_bounded_rate(tmp_path: Path) -> None:
    """Nobody hammers a hub through us."""
    with install_world(tmp_path, "--families", "0") as world:

        def invent(number: int) -> int:
            address = f"{world.address}/instalar?pluggtocode=x{number}"
            return requests.get(address, timeout=60).status_code

        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            statuses = list(pool.map(invent, range(100)))
        assert 429 in statuses
        asked = sum(call["count"] for call in world.hub.admin("GET", "calls")["calls"])
        assert asked < 80
        # A merchant who comes in this moment loses no code.
        walker = Walker(world)
        account = world.new_account()
        code = world.code(account)
        walker.open(f"/instalar?pluggtocode={code}")
        if walker.path == "/instalar/problema":
            assert walker.page.status_code == 429
            assert "Muitas tentativas" in walker.text
            walker.wait_for(str(account["account"]), "/instalar")
        assert Form(walker.page.text).actions == ["/instalar/loja", ""]
