"""Orders of every channel's habits, read alike; and any JSON at all, read as something typed."""

from datetime import UTC, datetime
from decimal import Decimal

import msgspec
import pytest
from any_json import any_json
from hypothesis import given
from hypothesis import strategies as st

from ponte.domain.hub_order import HubItem, HubOrder, HubPayment, HubShipment, StatusChange
from ponte.hub.wire_orders import read_listings, read_order

NAMES = st.sampled_from(
    [
        *("Order", "id", "status", "items", "payments", "shipments", "status_history", "external"),
        *("payer_cpf", "payer_name", "receiver_phone", "receiver_phone_area", "variation", "sku"),
        *("total", "created", "date", "payment_installments", "log_history", "message", "ack"),
        *("expected_delivery_date", "estimate_delivery_date", "quantity", "price"),
    ]
)
ORDERS = st.dictionaries(NAMES, any_json(NAMES) | st.lists(any_json(NAMES), max_size=3))


@given(ORDERS | st.fixed_dictionaries({"Order": ORDERS}) | any_json(NAMES))
def test_any_answer_gives_a_typed_order_or_none(answer: object) -> None:
    order = read_order(answer, "asked")
    if order is not None:
        assert order.id
        msgspec.convert(msgspec.to_builtins(order), HubOrder, strict=False)
        assert all(payment.installments >= 1 for payment in order.payments)


@given(st.lists(any_json(NAMES)))
def test_a_list_keeps_what_has_an_id(entries: list[object]) -> None:
    assert all(listing.id for listing in read_listings(entries))


def order_of(**fields: object) -> HubOrder:
    """An order with these fields, as read."""
    order = read_order({"Order": {"id": "o1", "status": " Approved ", **fields}}, "asked")
    assert order is not None
    return order


def test_amounts_are_exact_however_written() -> None:
    order = order_of(
        total="1.234,56", shipping=Decimal("12.5"), discount="", total_paid=10, subtotal=None
    )
    assert order.status == "approved"
    assert (order.total, order.shipping, order.total_paid) == (
        Decimal("1234.56"),
        Decimal("12.50"),
        Decimal("10.00"),
    )
    assert order.discount is None
    assert order.subtotal is None


CPF, CNPJ = "39053344705", "16727230000197"


@pytest.mark.parametrize(
    ("fields", "documents"),
    [
        ({"payer_cpf": "390.533.447-05"}, (CPF,)),
        ({"payer_tax_id": CNPJ}, (CNPJ,)),
        ({"payer_document": "16.727.230/0001-97", "payer_cpf": "0"}, (CNPJ, "0")),
        ({"payer_cpf": 3_905_334_470}, ("3905334470",)),
        ({"payer_cpf": int("01234567890")}, ("01234567890",)),
        ({"payer_cnpj": "12.abc.345/01de-35"}, ("12ABC34501DE35",)),
        ({"payer_cpf": "111.111.111-11", "payer_cnpj": CNPJ}, (CNPJ, "11111111111")),
        ({"payer_cpf": CPF, "payer_tax_id": CPF, "payer_document": ""}, (CPF,)),
        ({"payer_cpf": None, "payer_tax_id": {"x": 1}, "payer_document": "???"}, ()),
    ],
)
def test_the_buyers_document_is_found_wherever_the_channel_puts_it(
    fields: dict[str, object], documents: tuple[str, ...]
) -> None:
    assert order_of(**fields).payer.documents == documents


def test_a_buyer_is_not_printed() -> None:
    order = order_of(payer_name="Maria", payer_lastname="Silva", payer_cpf=CPF)
    assert order.payer.name == "Maria Silva"
    assert "Maria" not in repr(order)
    assert CPF not in repr(order)


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"receiver_name": "Maria Silva", "receiver_lastname": "Silva"}, "Maria Silva"),
        ({"receiver_fullname": "Maria da Silva", "receiver_name": "Maria"}, "Maria da Silva"),
        ({"receiver_lastname": "Silva"}, "Silva"),
        ({"receiver_name": ""}, None),
    ],
)
def test_a_name_is_put_together_once(fields: dict[str, object], name: str | None) -> None:
    assert order_of(**fields).receiver.name == name


@pytest.mark.parametrize(
    ("area", "phone", "read"),
    [
        ("11", "912345678", "11 912345678"),
        ("11", "11912345678", "11912345678"),
        (None, "(11) 91234-5678", "(11) 91234-5678"),
        (11, 12345678, "11 12345678"),
        ("11", None, None),
    ],
)
def test_a_phone_has_its_area_code_once(area: object, phone: object, read: str | None) -> None:
    assert order_of(receiver_phone_area=area, receiver_phone=phone).receiver.phone == read


def test_the_sku_sold_is_the_variations() -> None:
    order = order_of(
        items=[
            {
                "sku": "CAM-1",
                "original_sku": "ml-9",
                "variation": {"sku": "CAM-1-M"},
                "name": "Camiseta",
                "quantity": "2",
                "price": "39,90",
                "total": None,
            },
            {"sku": "A", "original_sku": "A", "variation": [], "quantity": 1.5, "price": 1},
            "rubbish",
        ]
    )
    assert order.items == (
        HubItem("CAM-1-M", ("ml-9",), "Camiseta", 2, Decimal("39.90"), None, None),
        HubItem("A", (), "", None, Decimal("1.00"), None, None),
    )


def test_payments_and_shipments_are_read_leniently() -> None:
    order = order_of(
        payments=[
            {"payment_type": "credit", "payment_installments": "3", "payment_total": 141.9},
            {"payment_method": "pix", "payment_installments": None, "payment_total": "10,5"},
        ],
        shipments={"0": {"id": "s1", "status": "shipped", "nfe_key": None, "track_code": ""}},
    )
    assert order.payments == (
        HubPayment("credit", 3, None),  # a float never becomes money: the wire gives Decimals
        HubPayment("pix", 1, Decimal("10.50")),
    )
    assert order.shipments == (HubShipment("s1", "shipped"),)


def test_a_shipment_is_read_in_the_hubs_own_words() -> None:
    (shipment,) = order_of(
        shipments=[{"id": "s1", "nfe_number": 1518, "nfe_date": " 02/03/2026 ", "cfops": "5102"}]
    ).shipments
    assert shipment == HubShipment("s1", nfe_number="1518", nfe_date="02/03/2026", cfops="5102")


@pytest.mark.parametrize(
    ("external", "numbers"),
    [
        ("100023", ("100023",)),
        (100023, ("100023",)),
        ({"app221": "100023", "other": "7"}, ("100023", "7")),
        ({"app221": {"order": "100023"}}, ("100023",)),
        (["100023", "100023"], ("100023",)),
        ("", ()),
        (None, ()),
    ],
)
def test_external_is_found_in_every_shape(external: object, numbers: tuple[str, ...]) -> None:
    assert order_of(external=external).external == numbers


APPROVED = StatusChange("approved", datetime(2026, 3, 2, 17, tzinfo=UTC))


@pytest.mark.parametrize(
    "history",
    [
        [{"status": "approved", "date": "2026-03-02T14:00:00-03:00"}],
        [{"status": "Approved", "created": "2026-03-02 14:00:00"}, {}, None, {"date": "x"}],
        {"0": {"new_status": "approved", "modified": "2026-03-02T17:00:00Z"}},
        {"approved": "2026-03-02T17:00:00Z"},
        {"status": "approved", "date": "2026-03-02T17:00:00Z"},
    ],
)
def test_a_history_is_read_in_every_shape(history: object) -> None:
    assert order_of(status_history=history).history == (APPROVED,)


def test_a_history_without_times_still_tells_statuses() -> None:
    assert order_of(status_history=["pending", "approved", ""]).history == (
        StatusChange("pending", None),
        StatusChange("approved", None),
    )


@pytest.mark.parametrize(
    ("fields", "read"),
    [
        ({"expected_delivery_date": "2026-03-09"}, "2026-03-09"),
        ({"expected_delivery_date": "2026-03-09T12:00:00-03:00"}, "2026-03-09T15:00:00+00:00"),
        ({"expected_delivery_date": "", "receiver_schedule_date": "2026-03-10"}, "2026-03-10"),
        ({"shipments": [{"estimate_delivery_date": "2026-03-11"}]}, "2026-03-11"),
        ({"expected_delivery_date": "em breve"}, None),
    ],
)
def test_the_promised_day_is_found(fields: dict[str, object], read: str | None) -> None:
    assert order_of(**fields).expected_delivery == read


def test_log_messages_are_found() -> None:
    order = order_of(log_history=[{"message": "sem CPF", "date": "2026"}, "texto", {}, 7])
    assert order.log_messages == ("sem CPF", "texto", "7")


def test_an_answer_with_nothing_but_an_id_shows_no_order() -> None:
    assert read_order({"Order": {"id": "o1"}}, "o1") is None
    assert read_order({}, "o1") is None
