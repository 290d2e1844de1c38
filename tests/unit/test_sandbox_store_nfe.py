"""The sandbox store's invoices: right check digits, and XML that the official schema takes."""

from datetime import datetime
from decimal import Decimal
from pathlib import Path

import nfelib
import pytest
from nfelib.nfe.bindings.v4_0.proc_nfe_v4_00 import NfeProc

from ponte_sandbox.store.fulfilment import tracking_code
from ponte_sandbox.store.nfe import InvoiceFacts, InvoiceLine, cfop_of, invoice_xml, share_out
from ponte_sandbox.store.nfe_key import access_key, check_digit
from ponte_sandbox.store.shops import Shop, cnpj_of
from ponte_sandbox.store.wire import (
    SAO_PAULO,
    Buyer,
    Currency,
    Delivery,
    DocumentType,
    OrderContent,
    OrderItem,
    Payment,
    Totals,
)

MOMENT = datetime(2026, 3, 2, 14, 5, 9, tzinfo=SAO_PAULO)
SHOP = Shop(1, "loja-1", "Loja Aurora", "lojista1", "senha", "token", cnpj_of(1), 1)


def order(state: str = "RJ", name: str = "José & Filhos") -> OrderContent:
    line = {"quantity": 2, "unit_price": "10.00", "discount": "1.00", "total": "19.00"}
    return OrderContent(
        placed_at=MOMENT,
        currency=Currency.BRL,
        totals=Totals("57.00", "10.00", "5.00", "0.55", "62.55"),
        buyer=Buyer(name, DocumentType.CNPJ, "12ABC34501DE35"),
        delivery=Delivery(
            recipient=name, street="", number="", neighborhood="\x00", city="Búzios\t☃",
            state=state, postal_code="28.950-000", country="BR",
        ),
        items=[
            OrderItem(sku=f"CAM/{n} Á", name="Camiseta <b>" * 30, **line) for n in range(3)  # type: ignore[arg-type]  # one dict for four fields of two types
        ],
        payments=[Payment("credit", 3, "60.00"), Payment("bitcoin", 1, "2.55")],
    )  # fmt: skip


def xml_of(content: OrderContent) -> bytes:
    facts = InvoiceFacts(
        access_key(MOMENT, SHOP.cnpj, 12, 345), 12, MOMENT, cfop_of(content.delivery.state)
    )
    lines = [InvoiceLine(item, "61091000", None) for item in content.items]
    return invoice_xml(SHOP, content, lines, facts)


@pytest.mark.parametrize(
    "key",
    [
        # Keys of real invoices, from nfelib's samples.
        "35180834128745000152550010000474281920007498",
        "26180875335849000115550010000016871192213331",
    ],
)
def test_the_check_digit_is_that_of_real_keys(key: str) -> None:
    assert len(key) == 44
    assert check_digit(key[:43]) == key[43]


def test_a_key_says_state_month_cnpj_model_series_and_number() -> None:
    key = access_key(MOMENT, "12ABC34501DE35", 12, 345)
    assert key[:43] == "35" + "2603" + "12ABC34501DE35" + "55" + "001" + "000000012" + "1" + (
        "00000345"
    )
    assert key[43] == check_digit(key[:43])


def parsed(xml: bytes) -> str:
    """The document without its declaration, which lxml refuses in a text."""
    return xml.decode().partition("?>")[2]


def test_the_xml_obeys_the_official_schema_in_all_but_the_signature() -> None:
    schema = Path(nfelib.__file__).parent / "nfe/schemas/v4_0/procNFe_v4.00.xsd"
    for state in ("RJ", "SP", "", "Rio de Janeiro"):
        faults = NfeProc.schema_validation(parsed(xml_of(order(state))), str(schema))
        assert len(faults) == 1, faults
        assert "Signature" in faults[0]


def test_the_invoice_adds_up_to_the_order() -> None:
    invoice = NfeProc.from_xml(parsed(xml_of(order()))).NFe.infNFe
    lines = [detail.prod for detail in invoice.det]
    worth = sum(
        Decimal(p.vProd) - Decimal(p.vDesc) + Decimal(p.vFrete) + Decimal(p.vOutro) for p in lines
    )
    assert worth == Decimal(invoice.total.ICMSTot.vNF) == Decimal("62.55")
    assert sum(Decimal(paid.vPag) for paid in invoice.pag.detPag) == Decimal("62.55")
    assert [p.NCM for p in lines] == ["61091000"] * 3


def test_goods_to_another_state_have_another_cfop() -> None:
    assert [cfop_of(state) for state in ("SP", "sp", "RJ", "rj", "", "??")] == [
        "5102", "5102", "6102", "6102", "5102", "5102",
    ]  # fmt: skip


def test_sharing_out_loses_no_cent() -> None:
    shares = share_out(Decimal("10.00"), [Decimal(1), Decimal(1), Decimal(1)])
    assert shares == [Decimal("3.33"), Decimal("3.33"), Decimal("3.34")]
    assert share_out(Decimal("1.00"), [Decimal(0), Decimal(0)]) == [Decimal(0), Decimal("1.00")]


def test_a_tracking_code_has_the_postal_check_digit() -> None:
    # The example of UPU S10: RX 47312482 9.
    assert tracking_code(47312482) == "BR473124829BR"
