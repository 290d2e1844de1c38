"""A merchant finds a product, sees what is wrong with it, and who changed what."""

from collections.abc import Iterator

import pytest
from hub_panel import log_in
from hub_process import HubProcess, running_hub
from visitor import Visitor

NASTY = "<img src=x onerror=alert(1)> \U0001f455 " + "Infinita" * 200
GOOD = {
    "description": "Lã", "brand": "Marca", "price": "59.90", "categories": [{"name": "Roupas"}],
    "dimension": {"length": 10, "width": 20, "height": 3, "weight": "0.3"}, "ean_not_mandatory": 1,
}  # fmt: skip


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HubProcess]:
    """A hub with sixty good products and a few others."""
    with running_hub(tmp_path_factory.mktemp("hub")) as process:
        api = process.api()
        for number in range(60):
            api.put_sku(f"BOM-{number:02}", name=f"Camiseta {number}", quantity=5, **GOOD)
        photos = [
            {"url": f"{process.base_url}/assets/ui/hub.svg", "title": "Frente"},
            {"url": f"{process.base_url}/painel/nada.jpg", "title": "Perdida"},
            {"url": "javascript:alert(1)", "title": "Falsa"},
        ]
        api.put_sku(
            "VESTIDO", name="Vestido de verão", external="ERP-9", ean="7891000315507",
            photos=photos, price_table=[
                {"code": "SHOPEE", "action": "increase", "percentage": 10},
                {"code": "ATACADO", "action": "overwrite", "price": "80", "special_price": "75.5"},
            ],
            stock_table=[{"code": "CD-1", "type": "own", "quantity": 4}],
            variations=[
                {"sku": "VESTIDO-P", "price": "100", "quantity": 3, "ean": "7891000315507",
                 "attributes": [{"code": "tamanho", "label": "Tamanho", "value": "P"}]},
                {"sku": "VESTIDO-G", "price": "120", "special_price": "110", "quantity": 0},
            ],
        )  # fmt: skip
        api.put_sku("RUIM", name=NASTY, price=10, special_price=20, available=0)
        yield process


def names(visitor: Visitor) -> list[str]:
    return [text.split("\n")[0] for text in visitor.page.locator("tbody tr a").all_inner_texts()]


def search(visitor: Visitor, hub: HubProcess, query: str) -> list[str]:
    visitor.open(f"{hub.base_url}/painel/catalogo?{query}")
    return names(visitor)


def test_products_are_listed_and_found(hub: HubProcess, visitor: Visitor) -> None:
    # One product has a photo that is not there.
    visitor.expected_statuses = {404}
    log_in(visitor, hub, "/painel/catalogo")
    assert len(names(visitor)) == 25
    visitor.reads("62 resultados")
    visitor.look("hub-catalogue")
    visitor.press("próxima")
    visitor.press("próxima")
    assert names(visitor)[-1] == "Camiseta 0"
    assert len(names(visitor)) == 12
    # By code: a variation's SKU, the beginning of an EAN, the code in the ERP; by a part of a name.
    for text in ("VESTIDO-G", "789100031", "ERP-9", "VERAO", "de verão"):
        assert search(visitor, hub, f"busca={text}") == ["Vestido de verão"], text
    search(visitor, hub, "busca=VESTIDO-G")
    visitor.reads("Encontrado pelo código.")
    search(visitor, hub, "busca=BOM-")
    visitor.reads("Muitos códigos começam assim")
    assert search(visitor, hub, "busca=nada+disso") == []
    visitor.reads("Nenhum produto encontrado")


def test_products_are_filtered_and_the_search_goes_on(hub: HubProcess, visitor: Visitor) -> None:
    visitor.expected_statuses = {404}
    log_in(visitor, hub, "/painel/catalogo")
    visitor.page.get_by_label("Com problemas", exact=True).select_option(label="Sim")
    visitor.page.locator("form[role=search] button").click()
    assert len(names(visitor)) == 2
    visitor.look("hub-catalogue-problems")
    assert len(search(visitor, hub, "estoque=nao")) == 1
    assert len(search(visitor, hub, "disponivel=nao&problemas=sim")) == 1
    assert search(visitor, hub, "disponivel=nao&problemas=nao") == []
    seen = search(visitor, hub, "busca=camiseta")
    visitor.reads("Examinados")
    visitor.press("Continuar a busca")
    seen += names(visitor)
    visitor.press("Continuar a busca")
    seen += names(visitor)
    assert seen == [f"Camiseta {number}" for number in range(59, -1, -1)]
    assert search(visitor, hub, "busca=%00%ff&depois=x~y&pagina=-1&estoque=talvez") == []


def test_a_product_shows_everything_and_its_history(hub: HubProcess, visitor: Visitor) -> None:
    visitor.expected_statuses = {404}
    api = hub.api()
    api.put_sku("VESTIDO", brand="Flor", variations=[{"sku": "VESTIDO-P", "quantity": 1}])
    log_in(visitor, hub, "/painel/catalogo?busca=VESTIDO")
    visitor.press("Vestido de verão")
    text = visitor.text().replace("\xa0", " ")
    # In a table of ten per cent more: 100 and the special price of 110.
    assert "R$ 110,00 a R$ 121,00" in text
    assert "R$ 75,50 (de R$ 80,00)" in text
    assert "Tamanho: P" in text
    assert "Informe uma descrição de 1 a 60.000 caracteres." in text
    history = visitor.page.locator("section[aria-labelledby=history-title]").inner_text()
    assert "Webstore Plataforma de Ecommerce" in history
    assert "Variação VESTIDO-P · Estoque: 3 → 1" in history
    assert "Marca: – → Flor" in history
    assert "Criado" in history
    frames = visitor.page.locator(".photos .photo-frame")
    assert frames.count() == 3
    assert frames.nth(0).locator("img").is_visible()
    # The one that is not there, and the one that is no address, leave the icon.
    visitor.page.locator(".photos img[hidden]").wait_for(state="attached")
    assert frames.nth(2).locator("img").count() == 0
    visitor.look("hub-product")


def test_hostile_texts_stay_texts(hub: HubProcess, visitor: Visitor) -> None:
    log_in(visitor, hub, "/painel/catalogo?disponivel=nao")
    visitor.page.locator("tbody tr a").click()
    visitor.reads("O preço promocional precisa ser maior que zero e menor que o preço.")
    assert "<img src=x onerror=alert(1)>" in visitor.text()
    visitor.look("hub-product-nasty")


def test_a_product_that_is_gone_is_nowhere(hub: HubProcess, visitor: Visitor) -> None:
    visitor.expected_statuses = {404}
    gone = hub.api().put_sku("ADEUS")["id"]
    assert hub.api().call("DELETE", "/skus/ADEUS").ok
    log_in(visitor, hub)
    visitor.open(f"{hub.base_url}/painel/catalogo/{gone}")
    visitor.reads("Não há nada aqui")
