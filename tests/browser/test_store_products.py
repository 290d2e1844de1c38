"""A merchant keeps the catalogue in the browser, and every change reaches the change feed."""

import re
import uuid
from pathlib import Path
from typing import Any

import pytest
from store_process import StoreProcess
from store_visits import log_in
from visitor import Visitor

HOSTILE = '<img src=x onerror="alert(1)"> =cmd()| 🎁 ' + "muito" * 60


@pytest.fixture
def merchant(store: StoreProcess, visitor: Visitor) -> Visitor:
    """Logged in as the merchant of shop 1."""
    log_in(visitor, store)
    return visitor


def read(store: StoreProcess, sku: str) -> dict[str, Any]:
    """The product as an app reads it."""
    answer = store.api("POST", "products/batch", json={"skus": [sku]}).json()
    [product] = answer["products"]
    found: dict[str, Any] = product
    return found


def newest(store: StoreProcess) -> int:
    """The change feed's head."""
    head: int = store.api("GET", "products/changes?after=0&limit=1").json()["head"]
    return head


def create(store: StoreProcess, **changes: object) -> dict[str, Any]:
    """A product, made by the API."""
    sku = f"T-{uuid.uuid4().hex[:8]}"
    wish = {"sku": sku, "name": f"Produto {sku}", "price": "100.00", "stock": 3, **changes}
    made: dict[str, Any] = store.merchant("POST", "products", json=wish).json()
    return made


def test_the_list_finds_by_name_sku_and_condition(store: StoreProcess, merchant: Visitor) -> None:
    mine = create(store, name="Jabuticabá em pó", stock=0)
    base = f"{store.base_url}/painel/produtos"
    merchant.open(base)
    merchant.reads("resultados")
    merchant.look("store-products")
    merchant.press("próxima")
    merchant.reads("2 de")
    merchant.fill("SKU ou nome", "jabuticaba po")
    merchant.press("Buscar")
    merchant.reads("1 resultado")
    merchant.reads(mine["sku"])
    merchant.page.get_by_label("Mostrar").select_option("Em promoção")
    merchant.press("Buscar")
    merchant.reads("Nenhum produto encontrado.")
    merchant.look("store-products-none")
    merchant.open(f"{base}?q={mine['sku'].lower()}&filter=sold_out")
    merchant.reads("1 resultado")


def test_stock_and_price_are_changed_in_the_list(store: StoreProcess, merchant: Visitor) -> None:
    mine = create(store)
    before = newest(store)
    merchant.open(f"{store.base_url}/painel/produtos?q={mine['sku']}")
    merchant.fill(f"Estoque de {mine['sku']}", "47")
    merchant.fill(f"Preço de {mine['sku']}", "1.234,5")
    merchant.press(f"Salvar {mine['sku']}")
    merchant.page.get_by_label("Salvo.").wait_for()
    shown = read(store, mine["sku"])
    assert (shown["stock"], shown["price"]) == (47, "1234.50")
    assert newest(store) > before
    merchant.fill(f"Estoque de {mine['sku']}", "muitos")
    merchant.press(f"Salvar {mine['sku']}")
    merchant.reads("Informe um número inteiro")
    stock = merchant.page.get_by_label(f"Estoque de {mine['sku']}")
    assert stock.input_value() == "muitos"
    merchant.look("store-products-quick-edit")


def test_a_product_is_created_and_its_mistakes_stand_at_their_fields(
    store: StoreProcess, merchant: Visitor
) -> None:
    sku = f"NOVO/{uuid.uuid4().hex[:6]} ção"
    merchant.expected_statuses = {400, 404}
    merchant.open(f"{store.base_url}/painel/produtos/novo")
    merchant.look("store-product-new")
    merchant.fill("Nome", HOSTILE)
    merchant.fill("SKU", sku)
    merchant.fill("Preço", "19,999")
    merchant.fill("Preço promocional", "30")
    merchant.fill("EAN", "7891000315508")
    merchant.fill("NCM", "123")
    merchant.fill("Peso (kg)", "0,5")
    merchant.fill("Fotos", "javascript:alert(1)")
    merchant.press("Criar produto")
    for said in (
        "Use no máximo duas casas decimais.",
        "o último confere os outros",
        "O NCM tem 8 dígitos.",
        "Informe as quatro medidas, ou nenhuma.",
        "Não é um endereço de foto",
    ):
        merchant.reads(said)
    merchant.look("store-product-problems")
    assert merchant.page.get_by_label("Nome", exact=True).input_value() == HOSTILE.strip()
    merchant.fill("Preço", "R$ 1.019,90")
    merchant.fill("Preço promocional", "1.020,00")
    merchant.fill("EAN", "7891000315507")
    merchant.fill("NCM", "6911.10.10")
    for measure in ("Comprimento (cm)", "Largura (cm)", "Altura (cm)"):
        merchant.fill(measure, "12,5")
    merchant.fill("Fotos", f"{store.base_url}/photos/1001/0.svg")
    merchant.fill("Categorias", "Casa > Cozinha\nPresentes")
    merchant.press("Criar produto")
    merchant.reads("O preço promocional precisa ser menor que o preço.")
    merchant.fill("Preço promocional", "999")
    merchant.press("Criar produto")
    merchant.reads("Produto criado.")
    merchant.look("store-product")
    shown = read(store, sku)
    assert (shown["price"], shown["special_price"]) == ("1019.90", "999.00")
    assert shown["name"] == HOSTILE.strip()
    assert shown["dimensions"]["weight"] == "0.5"
    assert shown["categories"] == ["Casa > Cozinha", "Presentes"]
    assert shown["photos"][0]["url"].startswith(store.base_url)

    merchant.press("Retirar da vitrine")
    merchant.reads("Produto retirado da vitrine.")
    assert read(store, sku)["published"] is False
    merchant.open(f"{store.base_url}/painel/produtos/novo")
    merchant.fill("Nome", "Outro")
    merchant.fill("SKU", sku)
    merchant.fill("Preço", "1")
    merchant.press("Criar produto")
    merchant.reads("Outro produto já tem este SKU.")
    merchant.open(f"{store.base_url}/painel/produtos/{shown['id']}")
    merchant.press("Excluir")
    merchant.confirm()
    merchant.reads("Produto excluído.")
    assert store.api("POST", "products/batch", json={"skus": [sku]}).json()["missing"] == [sku]


def test_a_sale_during_the_edit_is_not_written_over(store: StoreProcess, merchant: Visitor) -> None:
    mine = create(store, stock=10)
    merchant.open(f"{store.base_url}/painel/produtos/{mine['id']}")
    store.merchant("POST", "sales", json={"sku": mine["sku"], "quantity": 4})
    merchant.fill("Marca", "Casa Boa")
    merchant.press("Salvar produto")
    merchant.reads("Produto salvo.")
    shown = read(store, mine["sku"])
    assert (shown["brand"], shown["stock"]) == ("Casa Boa", 6)


def test_variations_are_added_changed_and_removed(store: StoreProcess, merchant: Visitor) -> None:
    mine = create(store)
    merchant.expected_statuses = {400}
    merchant.open(f"{store.base_url}/painel/produtos/{mine['id']}")
    for size, price in (("P", "59,90"), ("M", "64,90")):
        merchant.press("Nova variação")
        merchant.fill("SKU", f"{mine['sku']}/{size}")
        merchant.fill("Preço", price)
        merchant.fill("Estoque", "4")
        if size == "P":
            merchant.fill("Atributo 1", "Tamanho")
        merchant.fill("Valor do atributo 1", size)
        merchant.press("Salvar variação")
        merchant.reads("Variação salva.")
    merchant.reads("Preço e estoque vêm das variações.")
    merchant.look("store-product-variations")
    shown = read(store, mine["sku"])
    assert [each["attributes"][0]["value"] for each in shown["variations"]] == ["P", "M"]
    assert {each["attributes"][0]["code"] for each in shown["variations"]} == {"tamanho"}
    assert (shown["stock"], shown["price"]) == (8, "59.90")

    merchant.press(f"{mine['sku']}/M")
    merchant.look("store-variation")
    merchant.fill("SKU", f"{mine['sku']}/P")
    merchant.press("Salvar variação")
    merchant.reads("Outra variação deste produto já tem este SKU.")
    merchant.fill("SKU", f"{mine['sku']}/G")
    merchant.fill("Preço promocional", "50")
    merchant.press("Salvar variação")
    merchant.reads("Variação salva.")
    row = merchant.page.get_by_role("row").filter(has_text=f"{mine['sku']}/P")
    row.get_by_role("button", name="Remover").click()
    merchant.confirm()
    merchant.reads("Variação removida.")
    [left] = read(store, mine["sku"])["variations"]
    assert (left["sku"], left["special_price"]) == (f"{mine['sku']}/G", "50.00")


def test_prices_are_moved_in_bulk_after_a_look(store: StoreProcess, merchant: Visitor) -> None:
    word = f"lote{uuid.uuid4().hex[:6]}"
    kept = create(store)
    moved = [
        create(store, name=f"{word} {n}", price="100.00", special_price="80.00") for n in range(60)
    ]
    merchant.expected_statuses = {400}
    merchant.open(f"{store.base_url}/painel/produtos?q={word}")
    merchant.press("Alterar preços em massa")
    merchant.reads("60 produtos")
    merchant.fill("Percentual", "muito")
    merchant.press("Ver como fica")
    merchant.reads("Informe um percentual")
    merchant.fill("Percentual", "7,5")
    merchant.page.get_by_label("Arredondar para terminar em ,90").check()
    merchant.press("Ver como fica")
    merchant.reads("107,90")
    merchant.look("store-prices")
    assert read(store, moved[0]["sku"])["price"] == "100.00"
    merchant.press("Aplicar")
    merchant.confirm()
    merchant.reads("60 produtos alterados.")
    merchant.look("store-chore")
    for product in (moved[0], moved[-1]):
        shown = read(store, product["sku"])
        assert (shown["price"], shown["special_price"]) == ("107.90", "85.90")
    assert read(store, kept["sku"])["price"] == "100.00"


def test_a_file_is_looked_at_and_then_taken_in(
    store: StoreProcess, merchant: Visitor, tmp_path: Path
) -> None:
    known = create(store, price="10.00", special_price="9.00")
    tag = uuid.uuid4().hex[:6]
    rows = [
        "SKU;Nome;Preço;Preço promocional;Estoque;sku_pai;atributos;descricao",
        f"{known['sku']};;12,50;-;7;;;",
        f'N-{tag};"=HYPERLINK(""x"") <b>ção</b>";1.019,90;;3;;;"duas\nlinhas"',
        f"P-{tag};Camiseta;;;;;;",
        f"P-{tag}-M;Camiseta M;59,90;;2;P-{tag};Tamanho=M;",
        "=SOMA(1);Ruim;=1+1;;;;;",
        f"X-{tag};Órfã;10;;;NADA-{tag};Cor=Azul;",
    ]
    file = tmp_path / "produtos.csv"
    file.write_bytes("\r\n".join(rows).encode("latin-1"))
    merchant.expected_statuses = {400}
    merchant.open(f"{store.base_url}/painel/produtos/importar")
    merchant.look("store-import")
    merchant.page.get_by_label("Arquivo CSV").set_input_files(file)
    merchant.press("Enviar e conferir")
    merchant.reads("Conferir importação")
    merchant.reads("Informe um valor em reais, como 129,90.")
    merchant.reads("Não há produto com o sku_pai.")
    merchant.look("store-import-preview")
    with merchant.page.expect_download() as download:
        merchant.button("Baixar todos").click()
    told = Path(download.value.path()).read_text("utf-8-sig")
    assert re.search(r"^7;preco;'=1\+1;", told, re.MULTILINE)
    assert read(store, known["sku"])["price"] == "10.00"

    merchant.press("Importar")
    merchant.reads("3 produtos alterados.")
    merchant.reads("2 linhas não puderam ser importadas.")
    changed = read(store, known["sku"])
    assert (changed["price"], changed["special_price"], changed["stock"]) == ("12.50", None, 7)
    new = read(store, f"N-{tag}")
    assert new["name"] == '=HYPERLINK("x") <b>ção</b>'
    assert (new["price"], new["description"]) == ("1019.90", "duas\nlinhas")
    parent = read(store, f"P-{tag}-M")
    assert (parent["sku"], parent["stock"], parent["price"]) == (f"P-{tag}", 2, "59.90")


def test_the_template_can_be_imported_as_it_is(
    store: StoreProcess, merchant: Visitor, tmp_path: Path
) -> None:
    merchant.open(f"{store.base_url}/painel/produtos/importar")
    with merchant.page.expect_download() as download:
        merchant.button("Baixar modelo com exemplos").click()
    file = tmp_path / "modelo.csv"
    download.value.save_as(file)
    merchant.page.get_by_label("Arquivo CSV").set_input_files(file)
    merchant.press("Enviar e conferir")
    merchant.press("Importar")
    merchant.reads("2 produtos alterados.")
    shirt = read(store, "CAM-100-AZ-G")
    assert [each["stock"] for each in shirt["variations"]] == [8, 5]
    assert read(store, "CAN-001")["dimensions"]["weight"] == "0.350"


def test_a_file_that_is_too_large_or_no_csv_is_refused_clearly(
    store: StoreProcess, merchant: Visitor, tmp_path: Path
) -> None:
    merchant.expected_statuses = {400, 413}
    for content, said in (
        (b"PK\x03\x04" + b"x" * 100, "Isto não é um CSV."),
        (b"nome;preco\nA;1", "uma delas é sku"),
        (b"sku;nome\n" + b"A;" + b"x" * (20 * 1024 * 1024), "O arquivo tem mais de 20 MB."),
        (b"x" * (22 * 1024 * 1024), "Grande demais"),
    ):
        file = tmp_path / "arquivo.csv"
        file.write_bytes(content)
        merchant.open(f"{store.base_url}/painel/produtos/importar")
        merchant.page.get_by_label("Arquivo CSV").set_input_files(file)
        merchant.press("Enviar e conferir")
        merchant.reads(said)
