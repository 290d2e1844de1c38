"""Invoices told by address: the hub reads the XML itself, and believes only what it finds there."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from file_server import Answering, FileServer, file_server
from hub_process import HubApi, HubProcess, Receiver, running_hub, wait_until
from store_orders import make_order
from store_process import store_process

_OTHER_KEY = "35180834128745000152550010000474281920007498"
_FACTS = ("nfe_key", "nfe_number", "nfe_serie", "nfe_date", "cfops")


@pytest.fixture(scope="module")
def invoice(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """An invoice of the sandbox store, with its XML."""
    with store_process(tmp_path_factory.mktemp("store"), "--families", "0") as store:
        product = {"sku": "CAM-1", "name": "Camiseta", "price": "10.00", "stock": 9}
        store.merchant("POST", "products", json=product)
        order = make_order(("CAM-1", 2, "10.00"))
        identifier = order["hub_order_id"]
        assert store.api("PUT", f"orders/{identifier}", json=order).ok
        store.merchant("POST", f"orders/{identifier}/invoice")
        found: dict[str, Any] = store.api("GET", f"orders/{identifier}").json()["invoice"]
        xml = requests.get(found["xml_url"], timeout=10).content
    return {**found, "xml": xml}


@pytest.fixture(scope="module")
def files() -> Iterator[FileServer]:
    with file_server() as server:
        yield server


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HubProcess]:
    with running_hub(tmp_path_factory.mktemp("hub"), "--accounts", "2") as process:
        yield process


@pytest.fixture(scope="module")
def api(hub: HubProcess) -> HubApi:
    return hub.api()


def invoiced(api: HubApi, url: str, **shipment: object) -> str:
    """An order reported as invoiced, with the address of the XML; its id."""
    order: str = api.post_order(status="approved", total="35.90")["id"]
    documents = [{"url": url, "type": "invoice"}]
    answer = api.put_order(
        order, status="invoiced", shipments=[{"documents": documents, **shipment}]
    )
    assert answer.status_code == 200, answer.text
    assert answer.json()["Order"]["status"] == "invoiced"
    return order


def reason_of(api: HubApi, order: str) -> str:
    """Why an order became an `invoice_error`, once it has."""
    wait_until(lambda: api.get_order(order)["status"] == "invoice_error", 20)
    (entry,) = api.get_order(order)["log_history"]
    message: str = entry["message"]
    return message


def test_the_shipment_gets_what_the_xml_says(
    api: HubApi, files: FileServer, invoice: dict[str, Any]
) -> None:
    order = invoiced(api, files.serve_file("/good.xml", invoice["xml"]))
    wait_until(lambda: api.get_order(order)["tags"]["has_invoice_key"])
    shown = api.get_order(order)
    (shipment,) = shown["shipments"]
    assert (shown["status"], shown["log_history"]) == ("invoiced", [])
    assert [shipment[name] for name in ("nfe_key", "nfe_number", "nfe_serie")] == [
        invoice["key"],
        str(invoice["number"]),
        str(int(invoice["series"])),
    ]
    assert shipment["nfe_date"][:10] == invoice["issued_at"][:10]
    assert shipment["cfops"] == ",".join(invoice["cfops"])


def test_what_the_app_said_stays_and_the_rest_is_filled_in(
    api: HubApi, files: FileServer, invoice: dict[str, Any]
) -> None:
    url = files.serve_file("/known.xml", invoice["xml"])
    order = invoiced(api, url, nfe_key=invoice["key"], nfe_date="2026-01-01")
    wait_until(lambda: api.get_order(order)["shipments"][0].get("nfe_number"))
    shipment = api.get_order(order)["shipments"][0]
    assert (shipment["nfe_key"], shipment["nfe_date"]) == (invoice["key"], "2026-01-01")


def test_nothing_is_left_to_say_about_a_complete_invoice(
    hub: HubProcess, api: HubApi, files: FileServer, invoice: dict[str, Any]
) -> None:
    url = files.serve_file("/complete.xml", invoice["xml"])
    facts = {name: "x" for name in _FACTS if name != "nfe_key"}
    order = invoiced(api, url, nfe_key=invoice["key"], **facts)
    wait_until(lambda: files.times_asked("/complete.xml"))
    after = invoiced(api, url)
    wait_until(lambda: api.get_order(after)["shipments"][0].get("nfe_key"))
    assert [one["status"] for one in api.get_order(order)["status_history"]] == [
        "approved",
        "invoiced",
    ]


def hostile_files(files: FileServer, xml: bytes) -> dict[str, tuple[str, str]]:
    """Addresses and what the merchant is to read about each."""
    body = xml.partition(b"?>")[2]
    entity = b'<!DOCTYPE nfeProc [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
    layers = b"".join(
        b'<!ENTITY e%d "%s">' % (n, b"&e%d;" % (n - 1) * 10 if n else b"x" * 100) for n in range(9)
    )
    return {
        "entities": (files.serve_file("/e", b"<!DOCTYPE a [%s]><a>&e8;</a>" % layers), "DOCTYPE"),
        "doctype": (files.serve_file("/d", entity + body), "DOCTYPE"),
        "not XML": (files.serve_file("/p", b"%PDF-1.7 ..."), "não é um XML bem formado"),
        "another XML": (files.serve_file("/h", b"<html/>"), "nfeProc"),
        "empty": (files.serve_file("/0", b""), "não é um XML"),
        "not authorised": (
            files.serve_file("/c", xml.replace(b"<cStat>100<", b"<cStat>302<")),
            "não está autorizada (cStat 302)",
        ),
        "absurd": (
            files.serve_file("/v", xml.replace(b"<vNF>", b"<vNF>9999")),
            "não condiz com o do pedido",
        ),
        "100 MB": (files.serve("/m", lambda one: one.pour(100, announced=False)), "maior que"),
        "404": (files.serve("/n", lambda one: one.answer(404)), "respondeu 404"),
        "loop": (files.serve("/l", lambda one: one.answer(302, location="/l")), "redireciona"),
        "away": (
            files.serve("/f", lambda one: one.answer(302, location="file:///etc/passwd")),
            "não é um endereço http",
        ),
        "no server": ("http://127.0.0.1:1/x", "a conexão falhou"),
        "broken server": (files.serve("/s", lambda one: one.answer(500)), "respondeu 500"),
    }


def test_what_cannot_be_read_or_believed_is_an_invoice_error(
    hub: HubProcess, api: HubApi, files: FileServer, invoice: dict[str, Any]
) -> None:
    # One that never answers keeps nobody else waiting.
    silent = invoiced(api, files.serve("/silent", lambda one: one.be_silent()))
    hostile = hostile_files(files, invoice["xml"])
    orders = {name: invoiced(api, url) for name, (url, _) in hostile.items()}
    for name, order in orders.items():
        reason = reason_of(api, order)
        assert hostile[name][1] in reason, (name, reason)
        assert not api.get_order(order)["tags"]["has_invoice_key"]
        assert "root:" not in reason
    assert files.times_asked("/s") == 4
    assert files.times_asked("/n") == 1
    assert api.get_order(silent)["status"] == "invoiced"
    assert api.call("GET", "/users").elapsed.total_seconds() < 1.0


def test_a_key_that_is_not_the_xmls_is_refused_and_can_be_corrected(
    hub: HubProcess, api: HubApi, files: FileServer, invoice: dict[str, Any]
) -> None:
    url = files.serve_file("/wrong.xml", invoice["xml"])
    with Receiver().listening() as receiver:
        hub.register(receiver.url, types=["orders"])
        order = invoiced(api, url, nfe_key=_OTHER_KEY)
        reason = reason_of(api, order)
        wait_until(lambda: len(receiver.received) == 3)
        hub.register(None)
    assert _OTHER_KEY in reason
    assert invoice["key"] in reason
    told = receiver.received[-1]
    assert (told["id"], told["changes"]["status"]) == (order, True)
    shipment = {"id": api.get_order(order)["shipments"][0]["id"], "nfe_key": invoice["key"]}
    answer = api.put_order(order, status="invoiced", shipments=[shipment])
    assert answer.json()["Order"]["status"] == "invoiced"
    wait_until(lambda: api.get_order(order)["shipments"][0].get("nfe_number"))
    history = [one["status"] for one in api.get_order(order)["status_history"]]
    assert history == ["approved", "invoiced", "invoice_error", "invoiced"]


def test_trouble_that_passes_is_outlived(
    api: HubApi, files: FileServer, invoice: dict[str, Any]
) -> None:
    url = files.serve(
        "/late.xml",
        lambda one: (
            one.answer(200, invoice["xml"])
            if files.times_asked("/late.xml") > 2
            else one.answer(503)
        ),
    )
    order = invoiced(api, url)
    wait_until(lambda: api.get_order(order)["shipments"][0].get("nfe_key"))
    assert api.get_order(order)["status"] == "invoiced"


def test_two_deliveries_have_two_invoices_and_one_bad_one_is_named(
    api: HubApi, files: FileServer, invoice: dict[str, Any]
) -> None:
    order = api.post_order(status="approved", total=35)["id"]
    urls = [
        files.serve_file("/first.xml", invoice["xml"]),
        files.serve("/second.xml", lambda one: one.answer(404)),
    ]
    shipments = [{"documents": [{"url": url, "type": "invoice"}]} for url in urls]
    assert api.put_order(order, status="invoiced", shipments=shipments).status_code == 200
    assert "/second.xml" in reason_of(api, order)
    wait_until(lambda: api.get_order(order)["shipments"][0].get("nfe_key"))
    assert "nfe_key" not in api.get_order(order)["shipments"][1]


def test_a_canceled_order_stays_canceled(api: HubApi, files: FileServer) -> None:
    url = files.serve("/canceled.xml", lambda one: one.answer(503))
    order = invoiced(api, url)
    wait_until(lambda: files.times_asked("/canceled.xml"))
    api.put_order(order, status="canceled")
    wait_until(lambda: api.get_order(order)["log_history"], 15)
    assert api.get_order(order)["status"] == "canceled"


def test_a_newer_address_takes_the_place_of_one_under_way(
    api: HubApi, files: FileServer, invoice: dict[str, Any]
) -> None:
    answered = threading.Event()

    def late(one: Answering) -> None:
        answered.wait(20)
        one.answer(404)

    order = invoiced(api, files.serve("/never.xml", late))
    wait_until(lambda: files.times_asked("/never.xml"))
    shipment = {
        "id": api.get_order(order)["shipments"][0]["id"],
        "documents": [
            {"url": files.serve_file("/newer.xml", invoice["xml"]), "type": "invoice"},
            {"url": "not an address", "type": "label"},
        ],
    }
    assert api.put_order(order, shipments=[shipment]).status_code == 200
    wait_until(lambda: api.get_order(order)["shipments"][0].get("nfe_key"))
    # The answer to the older one comes at last, and nobody wants it any more.
    answered.set()
    after = invoiced(api, files.serve_file("/after.xml", invoice["xml"]))
    wait_until(lambda: api.get_order(after)["shipments"][0].get("nfe_key"))
    assert api.get_order(order)["status"] == "invoiced"


@pytest.mark.parametrize(
    "document",
    [
        "x",
        None,
        {"type": "invoice"},
        {"type": "invoice", "url": ""},
        {"type": "invoice", "url": "file:///etc/passwd"},
        {"type": "invoice", "url": "http://"},
        {"type": "invoice", "url": "http://a b/"},
        {"type": "invoice", "url": "http://x\r\nHost: y/"},
        {"type": "invoice", "url": "http://[::1/"},
        {"type": "invoice", "url": "http://x:99999/"},
        {"type": "invoice", "url": "http://x/" + "y" * 10_000},
        {"type": ["invoice"], "url": "http://x/"},
    ],
)
def test_what_is_no_address_is_refused_at_once(api: HubApi, document: object) -> None:
    order = api.post_order(status="approved")["id"]
    answer = api.put_order(order, status="invoiced", shipments=[{"documents": [document]}])
    assert (answer.status_code, answer.json()["type"]) == (400, "validation")
    assert api.get_order(order)["status"] == "approved"


def test_one_accounts_silent_servers_keep_no_other_account_waiting(
    hub: HubProcess, api: HubApi, files: FileServer, invoice: dict[str, Any]
) -> None:
    url = files.serve("/mute.xml", lambda one: one.be_silent())
    other = hub.api(5911)
    for _ in range(20):
        invoiced(other, url)
    order = invoiced(api, files.serve_file("/fair.xml", invoice["xml"]))
    wait_until(lambda: api.get_order(order)["shipments"][0].get("nfe_key"), 8)
    assert files.times_asked("/mute.xml") == 4


def test_a_killed_hub_reads_after_its_start_what_it_had_not_read(
    tmp_path: Path, invoice: dict[str, Any]
) -> None:
    with file_server() as files, running_hub(tmp_path) as hub:
        api = hub.api()
        order = invoiced(api, files.serve("/x.xml", lambda one: one.be_silent()))
        wait_until(lambda: files.times_asked("/x.xml"))
        hub.kill()
        files.serve_file("/x.xml", invoice["xml"])
        hub.start()
        wait_until(lambda: api.get_order(order)["shipments"][0].get("nfe_key"))
        assert api.get_order(order)["shipments"][0]["nfe_key"] == invoice["key"]
