"""*Auditoria* in a real browser: what somebody edited in the hub is found, repaired, and equal."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pypdf
import pytest
from install_walk import InstallWorld, install_world
from panel_people import become_operator, log_in
from visitor import Visitor

FAMILIES = 60
# A name that somebody may give, and an office program must not follow.
NASTY = '=HYPERLINK("http://mal.example";"🎽 日本 <b>azul</b>")' + "x" * 200


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InstallWorld]:
    """A shop whose whole catalogue is in the hub."""
    folder = tmp_path_factory.mktemp("panel-audit")
    with install_world(folder, "--families", str(FAMILIES)) as running:
        number = running.ponte.connect(running.hub, running.store)
        running.ponte.worker()
        assert running.ponte.json("export", str(number))["unsent"] == 0
        yield running


@pytest.fixture
def person(world: InstallWorld, visitor: Visitor) -> Visitor:
    """The operator, at the page."""
    if world.rows("SELECT user_id FROM panel_user"):
        log_in(world, visitor)
    else:
        become_operator(world, visitor)
    visitor.open(f"{world.address}/conexoes/1/auditoria")
    return visitor


def products(world: InstallWorld) -> list[dict[str, Any]]:
    answer = world.hub.api().call("GET", "/products", limit="100")
    return [each["Product"] for each in answer.json()["result"]]


def downloaded(person: Visitor, link: str) -> bytes:
    with person.page.expect_download() as download:
        person.button(link).click()
    return Path(download.value.path()).read_bytes()


def test_an_edit_in_the_hub_is_found_repaired_and_equal_again(
    world: InstallWorld, person: Visitor
) -> None:
    person.reads("Nenhuma auditoria ainda")
    person.look("panel-audit-empty")
    person.press("Iniciar auditoria")
    person.reads("SKUs estavam iguais.")
    person.reads("Tudo igual")
    person.reads("Nenhuma diferença")

    first, *others = products(world)
    edited = 1 + len(others)
    world.hub.api().put_sku(first["sku"], name=NASTY)
    for product in others:
        world.hub.api().put_sku(product["sku"], model="Outro modelo")
    world.hub.api().put_sku("ALHEIO", name="De outro sistema", price="1.00", quantity=2)
    person.press("Iniciar auditoria")
    person.reads("Há diferenças")
    person.reads("1 produto só existe no Plugg.to")
    person.look("panel-audit")

    # By field, and page by page.
    person.page.get_by_label("Campo", exact=True).select_option("name")
    person.press("Filtrar")
    assert person.page.locator("#diferencas tbody tr").count() == 1
    leads_to = person.page.locator("#diferencas").get_by_role("link", name="Abrir na loja")
    ((key,),) = world.rows("SELECT family_key FROM family WHERE sku = %s", first["sku"])
    assert leads_to.get_attribute("href") == f"{world.store.base_url}/painel/produtos/{key}"
    person.page.get_by_label("Campo", exact=True).select_option("")
    person.press("Filtrar")
    person.press("próxima")
    assert person.page.locator("#diferencas tbody tr").count() == edited + 1 - 50
    person.press("primeira página")

    pages = pypdf.PdfReader(io.BytesIO(downloaded(person, "Relatório em PDF"))).pages
    text = " ".join("\n".join(page.extract_text() for page in pages).split())
    assert "SKUs estavam iguais." in text
    assert "Loja Aurora" in text
    book = openpyxl.load_workbook(io.BytesIO(downloaded(person, "Planilha (XLSX)")))
    cells = [cell for row in book["Diferenças"].iter_rows() for cell in row]
    assert len(list(book["Diferenças"].iter_rows())) == edited + 2
    assert {cell.data_type for cell in cells} <= {"s", "n"}
    assert any(str(cell.value).startswith("=HYPERLINK") for cell in cells)

    person.page.get_by_label("Campo", exact=True).select_option("name")
    person.press("Filtrar")
    person.press("Reparar")
    person.reads("1 diferença já foi reparada.")
    assert world.hub.api().get_sku(first["sku"])["name"] == first["name"]
    person.press("Reparar tudo")
    person.confirm()
    person.reads(f"{edited} diferenças já foram reparadas.")
    person.look("panel-audit-repaired")
    person.press("Iniciar auditoria")
    person.reads("Tudo igual")
    assert world.hub.api().get_sku("ALHEIO")["quantity"] == 2


def test_a_run_is_watched_paused_stopped_and_planned(world: InstallWorld, person: Visitor) -> None:
    """While the hub does not answer, so that there is time to watch it."""
    world.hub.admin("PUT", "faults", {"error_share": 1})
    try:
        person.press("Iniciar auditoria")
        person.reads("Um dos lados não responde")
        person.look("panel-audit-waiting")
        person.press("Pausar")
        person.reads("Em pausa")
        person.press("Continuar")
        person.reads("A auditoria continua de onde parou.")
        person.press("Interromper")
        person.confirm()
        person.reads("A auditoria foi interrompida.")
    finally:
        world.hub.admin("PUT", "faults", {})
    person.reads("Interrompida")

    person.page.get_by_label("Repetir", exact=True).select_option("weekly")
    person.page.get_by_label("Dia da semana", exact=True).select_option("6")
    person.page.get_by_label("Hora", exact=True).select_option("4")
    person.press("Salvar agenda")
    person.reads("A próxima começa em")
    person.page.get_by_label("Reparar diferenças", exact=True).select_option("always")
    person.press("Salvar reparo")
    person.reads("é reparado sem perguntar")
    world.hub.api().put_sku(products(world)[3]["sku"], model="Outro modelo")
    person.press("Iniciar auditoria")
    person.reads("1 diferença já foi reparada.")
    assert world.rows("SELECT every, hour, weekday, repairs_always FROM audit_plan") == [
        ("weekly", 4, 6, True)
    ]
    deeds = {action for (action,) in world.rows("SELECT action FROM trail")}
    assert {"audit.started", "audit.paused", "audit.stopped", "audit.planned"} <= deeds
