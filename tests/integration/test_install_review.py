"""The review before the export, the export itself, and what an operator has to set: as people see
them who wait, come back, or meet a store, a worker or a database that is not there."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from hub_process import wait_until
from install_walk import InstallWorld, Walker, free_port, install_world
from ponte_process import running_ponte
from ready_ledger import lay_ledger

from ponte.ledger.embedded import EmbeddedDatabase


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InstallWorld]:
    """Shop 1 has three pages of products."""
    folder = tmp_path_factory.mktemp("install")
    with install_world(folder, "--families", "1200", "--defects") as running:
        yield running


@pytest.fixture(scope="module")
def walker(world: InstallWorld) -> Walker:
    """A browser whose store is connected and held; no worker has run yet."""
    walker = Walker(world)
    walker.connect(world.hub.accounts()[0], world.store.account)
    return walker


def slow_store(world: InstallWorld, milliseconds: int, **further: object) -> None:
    """Have the store take its time with every call of the feed."""
    faults = {"latency_ms": milliseconds, "only_paths": ["/api/v1/products"], **further}
    assert world.store.admin("PUT", "faults", json=faults if milliseconds else {}).ok


def test_the_review_shows_how_far_it_is_and_outlives_its_worker(
    world: InstallWorld, walker: Walker
) -> None:
    walker.open("/instalar/conferencia")
    assert "nenhum processo de trabalho está ativo" in walker.text
    assert 'hx-get="/instalar/conferencia/andamento"' in walker.page.text
    slow_store(world, 4000)
    try:
        worker = world.ponte.worker()
        walker.wait_for("de 1.202 produtos lidos", "/instalar/conferencia/andamento")
        assert "produtos lidos" in walker.text
        assert "<html" not in walker.page.text
        worker.kill()
    finally:
        slow_store(world, 0)
    worker.start()
    walker.wait_for("Exportar catálogo", "/instalar/conferencia")
    assert "hx-get" not in walker.page.text
    # What the command says of the same catalogue, the page says.
    printed = world.ponte.json("export", "1", "--dry-run")
    assert f"A loja tem {printed['families']:,} produtos".replace(",", ".") in walker.text
    assert all(cause["advice"] in walker.text for cause in printed["problems"])
    assert printed["problems"][0]["examples"][0]["family"] in walker.text


def test_a_store_that_fails_meanwhile_is_said_and_looked_at_again(
    world: InstallWorld, walker: Walker
) -> None:
    slow_store(world, 1, error_share=1.0)
    try:
        walker.open("/instalar/conferencia")
        walker.post("/instalar/conferencia")
        walker.wait_for("A loja não respondeu enquanto líamos", "/instalar/conferencia")
        assert "Exportar catálogo" not in walker.text
        assert "Conferir de novo" in walker.text
    finally:
        slow_store(world, 0)
    walker.post("/instalar/conferencia")
    walker.wait_for("Exportar catálogo", "/instalar/conferencia")


def test_pressing_twice_asks_once(world: InstallWorld, walker: Walker) -> None:
    slow_store(world, 800)
    try:
        walker.open("/instalar/conferencia")
        page = walker.page
        for _ in range(3):
            walker.page = page
            walker.post("/instalar/conferencia")
        waiting = "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'ponte.dry_run'"
        assert world.rows(waiting) == [(1,)]
    finally:
        slow_store(world, 0)
    walker.wait_for("Exportar catálogo", "/instalar/conferencia")


def test_a_dry_run_keeps_nobodys_place(world: InstallWorld, walker: Walker) -> None:
    """While a slow store is read before its export, another merchant's catalogue is exported."""
    slow_store(world, 2500)
    try:
        walker.open("/instalar/conferencia")
        walker.post("/instalar/conferencia")
        account, shop = world.new_account(), world.new_shop()
        other = Walker(world)
        other.connect(account, shop)
        began = time.monotonic()
        other.post("/instalar/exportar")
        other.wait_for("Pronto", "/instalar/exportacao")
        assert time.monotonic() - began < 30
    finally:
        slow_store(world, 0)
    walker.wait_for("Exportar catálogo", "/instalar/conferencia")


def test_the_export_shows_its_speed_and_its_end(world: InstallWorld, walker: Walker) -> None:
    world.hub.admin("PUT", "faults", {"latency_ms": 1500})
    try:
        walker.post("/instalar/exportar")
        walker.wait_for("Enviando os produtos", "/instalar/exportacao/andamento")
        walker.wait_for("falta ", "/instalar/exportacao")
        assert "produtos por segundo" in walker.text
        assert "Pendências até agora" in walker.text
        # Whoever comes by the menu, or by a fresh link, sees it as well.
        walker.open("/instalar")
        assert walker.path == "/instalar/exportacao"
        another = Walker(world)
        another.open(world.link(world.hub.accounts()[0]))
        assert another.path == "/instalar/exportacao"
    finally:
        world.hub.admin("PUT", "faults", {})
    walker.wait_for("Pronto: o catálogo está no Plugg.to", "/instalar/exportacao/andamento")
    assert "hx-get" not in walker.page.text
    walker.open("/instalar")
    assert walker.path.startswith("/conexoes/")
    # A review of what works already is none.
    walker.open("/instalar/conferencia")
    assert walker.path.startswith("/conexoes/")


def test_pages_before_a_connection_lead_back(world: InstallWorld) -> None:
    walker = Walker(world)
    walker.open(world.link(world.new_account()))
    for path in ("conferencia", "exportacao", "conexao", "conectar", "entrar", "outra"):
        walker.open(f"/instalar/{path}")
        assert walker.path == "/instalar/loja"
    walker.post("/instalar/exportar")
    assert walker.path == "/instalar/loja"


def test_a_part_of_a_page_without_a_session_leads_to_the_beginning(world: InstallWorld) -> None:
    walker = Walker(world)
    answer = walker._session.get(
        f"{world.address}/instalar/exportacao/andamento", headers={"hx-request": "true"}, timeout=30
    )
    assert (answer.status_code, answer.headers["hx-redirect"]) == (401, "/instalar")


def test_what_an_operator_forgot_is_named(tmp_path: Path) -> None:
    with running_ponte(tmp_path, PONTE_HUB_CLIENT_ID="x") as ponte:
        web = ponte.serve()
        world = InstallWorld.__new__(InstallWorld)
        world.address = web.address
        walker = Walker(world)
        assert walker.open("/instalar?pluggtocode=secreto").status_code == 503
        assert "pluggtocode" not in walker.page.url
        assert "PONTE_HUB_CLIENT_SECRET" in walker.text
        assert "PONTE_PUBLIC_URL" in walker.text
        assert "PONTE_HUB_CLIENT_ID" not in walker.text
        assert "Precisa de ajuda" not in walker.text
        assert walker.open("/instalar/loja").status_code == 503
        assert "secreto" not in web.said()


def test_a_wrong_secret_is_the_operators_affair_and_costs_no_code(tmp_path: Path) -> None:
    with install_world(tmp_path, "--families", "0", PONTE_HUB_CLIENT_SECRET="wrong") as world:
        walker = Walker(world)
        assert walker.open(world.link(world.new_account())).status_code == 502
        assert "O Plugg.to não reconhece este aplicativo" in walker.text
        assert "PONTE_HUB_CLIENT_SECRET" in walker.text


def test_behind_https_the_cookies_are_secure_and_shared_by_processes(tmp_path: Path) -> None:
    with install_world(
        tmp_path, "--families", "0", PONTE_PUBLIC_URL="https://ponte.example"
    ) as world:
        walker = Walker(world)
        walker.open(world.link(world.new_account()), follow=False)
        cookies = walker.page.raw.headers.getlist("set-cookie")
        session = next(each for each in cookies if "session" in each)
        assert "secure" in session.lower()
        second = world.ponte.serve(free_port())
        # Not by the jar, which keeps such a cookie to itself on plain http.
        given = {"cookie": session.partition(";")[0]}
        address = f"{second.address}/instalar/loja"
        known = requests.get(address, headers=given, timeout=30, allow_redirects=False)
        assert known.status_code == 404
        settled = requests.get(
            f"{second.address}/instalar", headers=given, timeout=30, allow_redirects=False
        )
        assert (settled.status_code, settled.headers["location"]) == (303, "/instalar")
        fresh = settled.raw.headers.getlist("set-cookie")
        given = {"cookie": next(each for each in fresh if "session" in each).partition(";")[0]}
        assert "Qual é a sua loja?" in requests.get(address, headers=given, timeout=30).text


def test_without_a_database_a_page_says_so(tmp_path: Path) -> None:
    """A database of one's own, because that one nobody but its owner starts again."""
    lay_ledger(tmp_path / "own")
    database = EmbeddedDatabase(tmp_path / "own")
    with install_world(tmp_path, "--families", "0", PONTE_DATABASE_URL=database.url) as world:
        walker = Walker(world)
        walker.open(world.link(world.new_account()))
        database.close()

        def says_so() -> bool:
            walker.open("/instalar")
            return walker.page.status_code == 503

        wait_until(says_so, 30)
        assert "O banco de dados do Ponte não está respondendo" in walker.text
        assert "Atendimento" in walker.text
        assert "Traceback" not in world.web.said()
