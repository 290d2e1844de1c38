"""*Exportar catálogo* and *Catálogo* in a real browser: from no data at all to a product that is
proven equal, and the moments in between that are hard on a page."""

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest
from hub_process import wait_until
from install_walk import InstallWorld, install_world
from panel_people import become_operator, log_in
from store_visits import log_in as log_in_at_store
from visitor import Visitor

FAMILIES = 120
# Tags, a formula, and as long as a store lets a name be.
NASTY = "=CMD <b>Calção</b> inacabável " + "x" * 260
PROBLEMS = 5000
# A second, on a machine that does nothing else.
SENT_WITHIN_SECONDS = 60.0


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InstallWorld]:
    """A shop with the usual defects, connected and held: nothing is exported yet."""
    folder = tmp_path_factory.mktemp("panel-catalogue")
    with install_world(folder, "--families", str(FAMILIES), "--defects") as running:
        running.ponte.connect(running.hub, running.store, "--hold")
        running.add_product(
            running.store.account, "-LONGO-1", name=NASTY[:300], ean="", brand="Ípsilon"
        )
        running.ponte.worker()
        yield running


@pytest.fixture
def person(world: InstallWorld, visitor: Visitor) -> Visitor:
    """The operator: of a connection that is held no merchant has a panel yet."""
    if world.rows("SELECT 1 FROM panel_user"):
        log_in(world, visitor)
    else:
        become_operator(world, visitor)
    return visitor


def downloaded(person: Visitor, link: str) -> bytes:
    with person.page.expect_download() as download:
        person.button(link).click()
    return Path(download.value.path()).read_bytes()


def looks_equal(person: Visitor) -> bool:
    """Have both sides read, and wait for what they say."""
    with person.page.expect_response("**/catalogo-agora?**") as answer:
        person.press("Conferir agora nos dois lados")
    assert answer.value.ok
    return "os dois lados são iguais em todos os campos" in answer.value.text()


def test_a_catalogue_is_checked_exported_and_paused(world: InstallWorld, person: Visitor) -> None:
    person.open(f"{world.address}/conexoes/1/catalogo")
    person.reads("Ainda não há produtos")
    person.look("panel-catalogue-empty")
    person.open(f"{world.address}/conexoes/1/exportacao")
    person.reads("O catálogo ainda não foi exportado")
    person.press("Conferir")
    person.reads("Novos no Plugg.to")
    person.look("panel-export-checked")

    book = openpyxl.load_workbook(io.BytesIO(downloaded(person, "Baixar a lista em XLSX")))
    sheet = list(book["Pendências"].iter_rows())
    assert {cell.data_type for row in sheet for cell in row} <= {"s", "n"}
    lines = downloaded(person, "Baixar a lista em CSV").decode("utf-8-sig").splitlines()
    rows = list(csv.reader(lines, delimiter=";"))
    assert len(rows) == len(sheet) > 10
    ((kept,),) = world.rows("SELECT count(*) FROM dry_run_problem")
    assert kept == len(rows) - 1
    long_one = [row for row in rows if "LONGO-1" in row[0]]
    # Neither the SKU nor the name may be taken for a formula.
    assert long_one[0][:2] == ["'-LONGO-1", "'" + NASTY[:300]]
    # Where each is mended, also on the page.
    mended_at = f"{world.store.base_url}/painel/produtos/"
    assert {row[6] for row in rows[1:]} == {mended_at + row[2] for row in rows[1:]}
    shown = person.page.locator("#export td a").first.get_attribute("href")
    assert shown is not None
    assert shown.startswith(mended_at)

    # The menu has a link of that name.
    person.page.get_by_role("button", name="Exportar catálogo").click()
    person.reads("Tudo o que pode ir está no Plugg.to.")
    person.press("Pausar")
    person.reads("Em pausa desde")
    person.look("panel-export-paused")
    person.press("Continuar")
    person.reads("O envio continua de onde parou.")
    assert "Em pausa desde" not in person.text()


def test_a_product_is_found_while_typing_and_proven(world: InstallWorld, person: Visitor) -> None:
    person.open(f"{world.address}/conexoes/1/catalogo")
    person.look("panel-catalogue")
    first = person.page.locator("#products tbody tr").first.inner_text()
    person.press("próxima")
    person.press("anterior")
    assert person.page.locator("#products tbody tr").first.inner_text() == first
    # Without accents, in small letters, the last word only begun; nothing is pressed.
    person.page.get_by_label("Procurar", exact=True).press_sequentially("ipsilon calc")
    person.reads("1 produto encontrado")
    person.page.get_by_label("Situação", exact=True).select_option("com-aviso")
    person.page.wait_for_url("**ver=com-aviso**")
    person.reads("1 produto encontrado")
    person.look("panel-catalogue-found")
    person.page.locator("#products tbody a").first.click()
    person.reads("Últimas chamadas")
    person.reads("Enviar o produto inteiro")
    person.reads("aceita")
    person.reads("O produto não tem um EAN válido")
    # Somebody writes over it in the hub, with what should never become markup.
    world.hub.api().put_sku("-LONGO-1", description="<script>alert(1)</script>", quantity=77)
    person.press("Conferir agora nos dois lados")
    person.reads("diferenças agora")
    person.reads("<script>alert(1)</script>")
    person.page.get_by_text("Ver todos os campos, lado a lado").click()
    person.look("panel-product")
    person.press("Enviar agora")
    person.reads("O produto será enviado inteiro em instantes.")
    wait_until(lambda: looks_equal(person), SENT_WITHIN_SECONDS)
    person.reads("os dois lados são iguais em todos os campos")
    assert world.hub.api().get_sku("-LONGO-1")["quantity"] == 3
    person.press("Ler de novo na loja")
    person.reads("O produto foi lido de novo na loja.")


def test_a_pendencia_leads_to_the_product_in_the_store(
    world: InstallWorld, person: Visitor
) -> None:
    log_in_at_store(person, world.store)
    person.open(f"{world.address}/conexoes/1/pendencias")
    assert person.button("Abrir a loja").first.get_attribute("href") == (
        f"{world.store.base_url}/painel"
    )
    person.page.get_by_role("link", name="Ver uma por uma").first.click()
    person.look("panel-problem-subjects")
    row = person.page.locator("tbody tr").first
    sku = row.locator("td").first.inner_text().split()[0]
    with person.page.expect_popup() as opened:
        row.get_by_role("link", name="Corrigir na loja").click()
    # The store's own form, with this very product in it.
    assert opened.value.get_by_label("SKU", exact=True).first.input_value() == sku
    opened.value.close()


def test_five_thousand_refused_products_are_a_page_like_any(
    world: InstallWorld, person: Visitor
) -> None:
    world.rows(
        "INSERT INTO family (connection_id, family_key, sku, store_sku, sequence, desired_stock,"
        " desired_price, desired_content, content_blocked, content_since)"
        " SELECT 1, 'x/' || n, 'REC-' || lpad(n::text, 5, '0'), 'REC-' || n, n, '{}', '{}', '',"
        " true, now() FROM generate_series(1, %s) AS n",
        PROBLEMS,
    )
    world.rows(
        "INSERT INTO problem (connection_id, subject_kind, subject, code, detail, blocking)"
        " SELECT 1, 'family', 'x/' || n, 'hub_refused_product', 'name: too short', true"
        " FROM generate_series(1, %s) AS n",
        PROBLEMS,
    )
    person.open(f"{world.address}/conexoes/1/catalogo?ver=recusados")
    person.reads("REC-00001")
    assert "Recusados (1.000+)" in person.text()
    person.press("próxima")
    person.reads("REC-00051")
    person.page.get_by_role("link", name="REC-00051").click()
    person.reads("Corrija na loja o que a mensagem aponta.")
    person.reads("name: too short")
    person.open(f"{world.address}/conexoes/1/exportacao")
    # Perhaps with one of the shop's own, whose SKU another product has.
    person.page.get_by_text(re.compile(r"5\.00[01] recusados")).first.wait_for()
    person.look("panel-export-refused")


def test_a_store_that_shuts_us_out_pauses_the_export(world: InstallWorld, person: Visitor) -> None:
    world.rows("UPDATE connection SET store_access_ended_at = now()")
    person.open(f"{world.address}/conexoes/1/exportacao")
    person.reads("Pausada: um dos acessos terminou.")
    assert "Exportar de novo" not in person.text()
    person.look("panel-export-shut-out")
    person.open(f"{world.address}/conexoes/1/catalogo?q=-longo-1")
    person.page.locator("#products tbody a").first.click()
    person.press("Conferir agora nos dois lados")
    person.reads("O acesso a um dos lados terminou")
