"""An order enters the store right to the cent, under the right document, or says why not."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ponte.domain.hub_order import HubAddress, HubItem, HubOrder, HubPayment, StatusChange
from ponte.domain.order_mapping import map_order, skus_of
from ponte.domain.problems import Problem, ProblemCode
from ponte.domain.store_order import StoreOrder

CPF, CNPJ, LETTERED = "39053344705", "16727230000197", "12ABC34501DE35"
TOLERANCE = Decimal("0.05")
SEEN = datetime(2026, 3, 2, 12, tzinfo=UTC)
CENTS = st.integers(0, 100_000).map(lambda cents: Decimal(cents) / 100)
MARIA = HubAddress(
    name="Maria Silva",
    documents=(CPF,),
    street="Rua das Flores",
    number="12",
    city="Curitiba",
    state="PR",
    postal_code="80010000",
    phone="41999990000",
    email="maria@example.com",
)


def an_item(price: str | None = "10.00", quantity: int | None = 1, **other: Any) -> HubItem:
    """A line of SKU A."""
    fields: dict[str, Any] = {
        "sku": "A",
        "other_skus": (),
        "name": "Camiseta",
        "quantity": quantity,
        "price": None if price is None else Decimal(price),
        "total": None,
        "discount": None,
    }
    return HubItem(**(fields | other))


def an_order(total: str | None, *items: HubItem, **other: Any) -> HubOrder:
    """An approved order of Maria's, with one item of 10.00 unless said otherwise."""
    fields: dict[str, Any] = {
        "id": "60a1",
        "status": "approved",
        "created": datetime(2026, 3, 2, tzinfo=UTC),
        "total": None if total is None else Decimal(total),
        "items": items or (an_item(),),
        "receiver": MARIA,
        "payer": MARIA,
    }
    return HubOrder(**(fields | other))


def mapped(order: HubOrder, tolerance: Decimal = TOLERANCE, **skus: str) -> StoreOrder:
    """The store's order."""
    result = map_order(order, skus, tolerance, SEEN)
    assert isinstance(result, StoreOrder), result
    return result


def refused(order: HubOrder, tolerance: Decimal = TOLERANCE) -> Problem:
    """Why the order cannot enter."""
    result = map_order(order, {}, tolerance, SEEN)
    assert isinstance(result, Problem), result
    return result


def assert_adds_up(order: StoreOrder) -> None:
    """As the store contract words it: lines, their sum, the total."""
    for item in order.items:
        assert item.total == item.quantity * item.unit_price - item.discount
        assert item.discount >= 0
    totals = order.totals
    assert totals.items == sum(item.total for item in order.items)
    assert totals.total == totals.items + totals.shipping - totals.discount + totals.interest
    assert min(totals.discount, totals.interest, totals.shipping) >= 0


@given(
    st.lists(st.tuples(CENTS, st.integers(1, 9)), min_size=1, max_size=4),
    CENTS,
    CENTS,
    st.integers(-8, 8).map(lambda cents: Decimal(cents) / 100),
)
def test_an_order_that_enters_has_the_hubs_total_and_adds_up(
    lines: list[tuple[Decimal, int]], shipping: Decimal, discount: Decimal, missing: Decimal
) -> None:
    items = [an_item(str(price), quantity) for price, quantity in lines]
    parts = sum((price * quantity for price, quantity in lines), Decimal(0)) + shipping - discount
    total = parts + missing
    order = an_order(str(total), *items, shipping=shipping, discount=discount)
    result = map_order(order, {}, TOLERANCE, SEEN)
    if abs(missing) > TOLERANCE:
        assert isinstance(result, Problem)
        assert result.code is ProblemCode.TOTAL_MISMATCH
    else:
        assert isinstance(result, StoreOrder)
        assert result.totals.total == total
        assert_adds_up(result)


@given(CENTS, st.integers(1, 400))
def test_a_line_without_a_unit_price_stays_right_to_the_cent(total: Decimal, pieces: int) -> None:
    order = mapped(an_order(str(total), an_item(None, pieces, total=total)), Decimal(0))
    assert order.items[0].total == total
    assert_adds_up(order)


@pytest.mark.parametrize(("total", "enters"), [("10.05", True), ("10.06", False)])
def test_the_tolerance_is_the_merchants(total: str, enters: bool) -> None:
    result = map_order(an_order(total), {}, TOLERANCE, SEEN)
    assert isinstance(result, StoreOrder) is enters
    low = map_order(an_order(str(20 - Decimal(total))), {}, TOLERANCE, SEEN)
    assert isinstance(low, StoreOrder) is enters


def test_a_mismatch_is_said_in_figures() -> None:
    order = an_order("99.00", shipping=Decimal("5.00"), discount=Decimal("1.00"))
    assert refused(order).detail == "10.00 + 5.00 - 1.00 ≠ 99.00"


def test_a_discount_may_be_written_with_either_sign() -> None:
    for discount in ("3.00", "-3.00"):
        order = mapped(an_order("7.00", discount=Decimal(discount)))
        assert order.totals.discount == Decimal("3.00")


def test_discounts_of_items_count_where_the_order_has_none() -> None:
    items = (an_item("10.00", 2, discount=Decimal("1.50")), an_item("5.00", discount=Decimal(-1)))
    order = mapped(an_order("22.50", *items), Decimal(0))
    assert order.totals.discount == Decimal("2.50")
    assert_adds_up(order)


def test_discounts_of_items_are_not_taken_twice() -> None:
    item = an_item("10.00", discount=Decimal("2.00"))
    order = mapped(an_order("8.00", item, discount=Decimal("2.00")), Decimal(0))
    assert order.totals.discount == Decimal("2.00")


def test_interest_is_what_instalments_add() -> None:
    payment = HubPayment("credit", 3, Decimal("11.40"))
    order = mapped(an_order("11.40", payments=(payment,)))
    assert order.totals.interest == Decimal("1.40")
    assert order.payments[0].installments == 3
    assert_adds_up(order)


@pytest.mark.parametrize(
    "payment",
    [
        HubPayment("credit", 1, Decimal("11.40")),
        HubPayment("credit", 3, Decimal("11.00")),
        HubPayment("credit", 3, None),
    ],
)
def test_a_surplus_that_nobody_paid_in_instalments_is_a_mismatch(payment: HubPayment) -> None:
    order = an_order("11.40", payments=(payment,))
    assert refused(order).code is ProblemCode.TOTAL_MISMATCH


def test_what_was_paid_is_the_total_where_none_is_given() -> None:
    assert mapped(an_order(None, total_paid=Decimal("9.98"))).totals.total == Decimal("9.98")
    order = mapped(an_order(None, shipping=Decimal("4.00")))
    assert order.totals.total == Decimal("14.00")


@pytest.mark.parametrize(
    ("payer", "receiver", "kind", "number"),
    [
        (("390.533.447-05",), (), "cpf", CPF),
        ((), (CPF,), "cpf", CPF),
        (("", "isento", "16.727.230/0001-97"), (), "cnpj", CNPJ),
        (("12.abc.345/01de-35",), (CPF,), "cnpj", LETTERED),
        (("11111111111",), (CNPJ,), "cnpj", CNPJ),
    ],
)
def test_the_document_is_found_in_whichever_field(
    payer: tuple[str, ...], receiver: tuple[str, ...], kind: str, number: str
) -> None:
    order = an_order(
        "10.00",
        payer=HubAddress(name="João", company_name="Loja Ltda", documents=payer),
        receiver=HubAddress(name="Maria", documents=receiver),
    )
    buyer = mapped(order).buyer
    assert (buyer.document_type, buyer.document) == (kind, number)
    assert buyer.name == ("Loja Ltda" if kind == "cnpj" else "João")


@pytest.mark.parametrize("documents", [(), ("",), ("39053344704",), ("12ABC34501DE36",)])
def test_without_a_valid_document_the_order_waits_for_a_person(documents: tuple[str, ...]) -> None:
    nobody = HubAddress(name="Maria", documents=documents)
    problem = refused(an_order("10.00", payer=nobody, receiver=nobody))
    assert problem == Problem(ProblemCode.INVALID_DOCUMENT)


def test_a_sku_is_looked_up_by_every_name_it_has() -> None:
    order = an_order(
        "20.00", an_item(sku="V", other_skus=("P", "O")), an_item(sku=None, other_skus=("B",))
    )
    assert skus_of(order) == ["V", "P", "O", "B"]
    first, second = mapped(order, O="o/1", B="B").items
    assert (first.sku, first.hub_sku) == ("o/1", "O")
    assert (second.sku, second.hub_sku) == ("B", "B")


def test_the_sku_sold_wins_over_the_second_guess() -> None:
    order = an_order("10.00", an_item(sku="V", other_skus=("P",)))
    assert mapped(order, V="v", P="p").items[0].sku == "v"


def test_a_sku_the_ledger_does_not_know_is_asked_for_at_the_store() -> None:
    order = an_order("10.00", an_item(sku="V", other_skus=("P",)))
    assert mapped(order).items[0].sku == "V"


@pytest.mark.parametrize(
    ("items", "problem"),
    [
        ((an_item(sku=None),), Problem(ProblemCode.UNKNOWN_SKU, "item 1")),
        (
            (an_item(), an_item(quantity=None)),
            Problem(ProblemCode.ORDER_UNREADABLE, "quantidade do item 2"),
        ),
        ((an_item(quantity=0),), Problem(ProblemCode.ORDER_UNREADABLE, "quantidade do item 1")),
        ((an_item(None),), Problem(ProblemCode.ORDER_UNREADABLE, "preço do item 1")),
        ((an_item("-1.00"),), Problem(ProblemCode.ORDER_UNREADABLE, "preço do item 1")),
    ],
)
def test_a_line_that_cannot_be_read_is_named(items: tuple[HubItem, ...], problem: Problem) -> None:
    assert refused(an_order("10.00", *items)) == problem


def test_an_order_without_items_is_said() -> None:
    order = HubOrder("60a1", "approved", total=Decimal(1), payer=MARIA)
    assert refused(order).code is ProblemCode.NO_ITEMS


def test_missing_parts_of_an_address_hold_nobody_up() -> None:
    receiver = HubAddress(street="Rua A")
    delivery = mapped(an_order("10.00", receiver=receiver)).delivery
    assert (delivery.recipient, delivery.street, delivery.number) == ("Maria Silva", "Rua A", "S/N")
    assert (delivery.city, delivery.country) == ("", "BR")


def test_the_payers_address_serves_where_there_is_no_receiver() -> None:
    delivery = mapped(an_order("10.00", receiver=HubAddress(name="Outro"))).delivery
    assert (delivery.street, delivery.recipient) == ("Rua das Flores", "Maria Silva")


DAY = timedelta(days=1)
PLACED = SEEN - 2 * DAY
HISTORY = (
    StatusChange("approved", None),
    StatusChange("in_separation", SEEN + DAY),
    StatusChange("pending", PLACED),
)


@pytest.mark.parametrize(
    ("told", "placed_at"),
    [
        ({"created": PLACED, "modified": SEEN - DAY, "history": HISTORY[:2]}, PLACED),
        ({"created": None, "modified": SEEN - DAY, "history": HISTORY}, PLACED),
        ({"created": None, "modified": SEEN - DAY}, SEEN - DAY),
        ({"created": None, "modified": SEEN - DAY, "history": HISTORY[:1]}, SEEN - DAY),
        # Changed since: that tells nothing of when it was placed.
        ({"created": None, "modified": SEEN + DAY}, SEEN),
        ({"created": None}, SEEN),
    ],
)
def test_an_order_was_placed_when_the_hub_says_or_at_the_first_look(
    told: dict[str, Any], placed_at: datetime
) -> None:
    order = an_order("10.00", **told)
    assert mapped(order).placed_at == placed_at
    # Tried again, it is the same order to the last field.
    assert mapped(order) == mapped(order)


def test_no_repr_shows_a_buyer() -> None:
    order = an_order("10.00")
    taken = mapped(order)
    for value in (order, taken, MARIA, taken.buyer, taken.delivery):
        for personal in ("Maria", "Silva", CPF, "Flores", "80010000", "99999", "@"):
            assert personal not in repr(value)
            assert personal not in f"{value}"
