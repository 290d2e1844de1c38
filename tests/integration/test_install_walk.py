"""An installation from the hub's image link to the exported catalogue, in one browser (R9)."""

from collections.abc import Iterator

import pytest
from hub_process import wait_until
from install_walk import InstallWorld, Walker, install_world
from ponte_process import figures


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InstallWorld]:
    folder = tmp_path_factory.mktemp("install")
    with install_world(folder, "--families", "300", "--defects") as running:
        yield running


def test_a_merchant_walks_from_the_link_to_the_exported_catalogue(world: InstallWorld) -> None:
    account, shop = world.hub.accounts()[0], world.store.account
    walker = Walker(world)
    link = world.link(account)
    assert walker.open(link, follow=False).status_code == 303
    assert "pluggtocode" not in walker.page.headers["location"]
    walker.open("/instalar")
    assert walker.path == "/instalar/loja"
    assert "5910" in walker.text
    assert "Conta 5910" in walker.text
    walker.name_store()
    assert world.store.base_url.removeprefix("http://") in walker.text
    walker.come_back(shop)
    assert walker.path == "/instalar/conectar"
    assert "Conectar a loja Loja Aurora à conta 5910" in walker.text
    assert world.rows("SELECT 1 FROM connection") == []
    walker.post("/instalar/conectar", decision="connect")
    assert walker.path == "/instalar/conferencia"
    assert "nenhum processo de trabalho está ativo" in walker.text
    # Connected and held: nothing is read, nothing is late, no job waits.
    held = world.ponte.json("status")["connections"][0]
    assert (held["held"], held["late"], held["catalogue"]["families"]) == (True, [], 0)
    assert "Exportar catálogo" in world.ponte.run("status").stdout
    # Nor does a hint of the store leave a job.
    world.add_product(shop, "DICA-1")
    hint = 'ponte_requests_total{route="/hints/'
    wait_until(lambda: any(name.startswith(hint) for name in figures(world.address)), 20)
    assert 'status="200"' in next(name for name in figures(world.address) if hint in name)
    jobs = "SELECT task_name FROM procrastinate_jobs"
    assert world.rows(jobs) == [("ponte.dry_run",)]
    world.ponte.worker()
    walker.wait_for("Exportar catálogo", "/instalar/conferencia")
    for words in ("Novos no Plugg.to", "Não podem ir", "O preço é zero"):
        assert words in walker.text
    assert world.rows("SELECT count(*) FROM family") == [(0,)]
    assert world.hub.api().call("GET", "/products").json()["total"] == 0
    walker.post("/instalar/exportar")
    assert walker.path == "/instalar/exportacao"
    # Another tab, another visit: the same progress.
    walker.wait_for("Pronto: o catálogo está no Plugg.to", "/instalar/exportacao")
    assert "a cada 15 minutos" in walker.text
    assert world.hub.api().call("GET", "/products").json()["total"] > 200
    walker.open("/instalar")
    assert walker.path.startswith("/conexoes/")
    # Measured every some seconds, and shown then.
    walker.wait_for("O que pode ir está em dia.", walker.path)
    # Nothing secret stays in the installation.
    kept = world.rows("SELECT hub_grant, store_grant, pkce_verifier FROM installation")
    assert kept == [(None, None, None)]
    secret = link.rpartition("=")[2]
    assert secret not in world.web.said()
