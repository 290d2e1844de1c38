"""The pages of orders and pendências over HTTP: who may what, and whatever an address may hold."""

from collections.abc import Iterator
from urllib.parse import quote

import pytest
from install_walk import InstallWorld, Walker, install_world

CODES = ("produto/no_ean", "pedido/unknown_sku", "envio/hub_refused_report")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InstallWorld]:
    with install_world(tmp_path_factory.mktemp("panel-orders")) as running:
        yield running


@pytest.fixture(scope="module")
def walker(world: InstallWorld) -> Walker:
    """A merchant in the panel."""
    walker = Walker(world)
    account, shop = world.new_account(), world.new_shop()
    world.add_product(shop, "CAM-1")
    walker.connect(account, shop)
    walker.post("/instalar/exportar")
    walker.open("/instalar/painel")
    return walker


@pytest.fixture(scope="module")
def base(walker: Walker) -> str:
    return walker.path


@pytest.fixture(scope="module")
def order(world: InstallWorld, base: str) -> str:
    """An order that cannot enter, as the ledger has it."""
    number, order_id = int(base.rpartition("/")[2]), "606adfc2b2b8f8a5c0b1d2e3"
    world.rows(
        "INSERT INTO hub_order (connection_id, hub_order_id, hub_status, channel, wanted_at)"
        " VALUES (%s, %s, 'algo novo', %s, now())",
        number,
        order_id,
        "<script>alert(1)</script>" + "x" * 300,
    )
    world.rows(
        "INSERT INTO problem (connection_id, subject_kind, subject, code, detail, blocking)"
        " VALUES (%s, 'order', %s, 'unknown_sku', '<b>CAM</b>', true)",
        number,
        order_id,
    )
    return order_id


@pytest.mark.parametrize(
    "query",
    [
        "numero=%00&canal=%00&plugg=%00",
        "de=2026-02-31&ate=amanh%C3%A3&loja=nada",
        "de=0001-01-01&ate=9999-12-31",
        "depois=agora,x&antes=,,",
        "depois=2026-01-01T00:00:00,x",
        "depois=2026-01-01T00:00:00%2B00:00,%00",
        "antes=0001-01-01T00:00:00%2B14:00,x",
        "depois=9999-12-31T23:59:59-14:00,x",
        "comprador=nada&numero=" + "9" * 5000,
        "comprador=" + "ab." * 3000,
        "pendencia=2&numero=%25_%5C",
    ],
)
def test_whatever_an_address_holds_is_a_page(walker: Walker, base: str, query: str) -> None:
    assert walker.open(f"{base}/pedidos?{query}").status_code == 200
    assert walker.open(f"{base}/pendencias?{query}").status_code == 200
    for code in CODES:
        assert walker.open(f"{base}/pendencias/{code}?{query}").status_code == 200


@pytest.mark.parametrize("code", ["nada/no_ean", "produto/nada", "produto/%00", "../no_ean"])
def test_a_cause_that_is_none_is_not_there(walker: Walker, base: str, code: str) -> None:
    assert walker.open(f"{base}/pendencias/{code}").status_code == 404


@pytest.mark.parametrize("name", ["f" * 24, "%00", "x" * 2000, "..%2F.."])
def test_an_order_that_is_none_is_not_there(walker: Walker, base: str, name: str) -> None:
    assert walker.open(f"{base}/pedidos/{name}").status_code == 404
    walker.open(f"{base}/pedidos")
    for deed in ("tentar", "comprador"):
        assert walker.post(f"{base}/pedidos/{name}/{deed}").status_code == 404


def test_what_an_order_says_stays_text(walker: Walker, base: str, order: str) -> None:
    for path in ("pedidos", f"pedidos/{order}", "pendencias", "pendencias/pedido/unknown_sku"):
        page = walker.open(f"{base}/{path}")
        assert page.status_code == 200
        assert "<script>alert" not in page.text
        assert "<b>CAM" not in page.text


def test_a_document_never_stands_in_an_address(walker: Walker, base: str) -> None:
    walker.open(f"{base}/pedidos")
    page = walker.post(f"{base}/pedidos/comprador", document="529.982.247-25")
    assert "52998224725" not in page.url
    assert "529.982" not in page.url
    assert "comprador=" in page.url
    walker.post(f"{base}/pedidos/comprador", document="--")
    assert walker.page.url.endswith("/pedidos")


def test_a_page_with_a_buyer_is_kept_by_nobody(
    world: InstallWorld, walker: Walker, base: str, order: str
) -> None:
    """The hub has no such order, which is said; what it would have shown is not kept either way."""
    walker.open(f"{base}/pedidos/{order}")
    page = walker.post(f"{base}/pedidos/{order}/comprador")
    assert page.status_code == 200
    assert page.headers["cache-control"] == "no-store"
    assert "não existe mais no Plugg.to" in walker.text


def test_a_reason_is_asked_for_and_a_deed_returns_to_its_page(
    walker: Walker, base: str, order: str
) -> None:
    walker.open(f"{base}/pendencias")
    fields = {"subject": order, "from": "order", "aviso": ""}
    walker.post(f"{base}/pendencias/pedido/unknown_sku/ignorar", reason="", **fields)
    assert walker.path == f"{base}/pedidos/{order}"
    assert "Escreva o motivo" in walker.text
    walker.post(f"{base}/pendencias/pedido/unknown_sku/ignorar", reason="à mão", **fields)
    assert "deixado de lado" in walker.text
    assert "à mão" in walker.text
    walker.post(f"{base}/pendencias/pedido/unknown_sku/considerar", **fields)
    assert "volta a contar" in walker.text
    walker.post(f"{base}/pendencias/pedido/unknown_sku/tentar", **{**fields, "from": "causes"})
    assert walker.path == f"{base}/pendencias"
    assert "será lido de novo" in walker.text


def test_of_another_merchants_connection_there_is_nothing(
    world: InstallWorld, walker: Walker, base: str, order: str
) -> None:
    stranger = Walker(world)
    account, shop = world.new_account(), world.new_shop()
    world.add_product(shop, "CAM-2")
    stranger.connect(account, shop)
    stranger.post("/instalar/exportar")
    stranger.open("/instalar/painel")
    assert stranger.path != base
    for path in ("pedidos", f"pedidos/{order}", "pendencias", f"pendencias/{CODES[0]}"):
        assert stranger.open(f"{base}/{path}").status_code == 404
    stranger.open(stranger.path.replace("/instalar/painel", "/painel"))
    for path in (
        f"pedidos/{order}/tentar",
        f"pedidos/{order}/comprador",
        "pendencias/pedido/unknown_sku/ignorar",
        "pendencias/pedido/unknown_sku/tentar",
        "pendencias/pedido/unknown_sku/considerar",
    ):
        answer = stranger.post(f"{base}/{quote(path)}", reason="não", subject=order)
        assert answer.status_code in (403, 404), path
