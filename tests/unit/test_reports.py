"""The hub is told each fact once, in order, and on the delivery it already has (R6, R7, R8)."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ponte.domain.hub_order import HubOrder, HubShipment
from ponte.domain.problems import Problem, ProblemCode
from ponte.domain.reports import AckedFacts, OrderFacts, ReportStep, next_step, shown_facts
from ponte.domain.rules import ReportMode
from ponte.domain.store_order import Dispatch, Invoice

STEPS, ONCE = ReportMode.IN_STEPS, ReportMode.AT_ONCE
AT = datetime(2026, 3, 2, 15, 4, 5, tzinfo=UTC)
KEY = "35080599999090910270550010000000015180051273"
INVOICE = Invoice(KEY, "1518", "1", AT, "https://shop.example/nfe.xml", ("5102", "6102"))
DISPATCH = Dispatch("Correios", "BR123", AT, "SEDEX", "https://track.example/BR123")
OTHER_INVOICE = msgspec.structs.replace(INVOICE, key="0" * 44)
# The hub's fields of both.
TOLD_INVOICE = {
    "nfe_key": KEY,
    "nfe_number": "1518",
    "nfe_serie": "1",
    "nfe_date": "2026-03-02T15:04:05+00:00",
    "nfe_link": "https://shop.example/nfe.xml",
    "cfops": "5102,6102",
}
TOLD_DISPATCH = {
    "shipping_company": "Correios",
    "shipping_method": "SEDEX",
    "track_code": "BR123",
    "track_url": "https://track.example/BR123",
    "date_shipped": "2026-03-02T15:04:05+00:00",
}
EVERYTHING = OrderFacts(INVOICE, DISPATCH, AT)
NOTHING = AckedFacts()
PROGRESS = ["approved", "invoiced", "shipping_informed", "shipped", "delivered"]
SHOWN = set(HubShipment.__struct_fields__) - {"id"}
STATUSES = [*PROGRESS, "waiting_invoice", "invoice_error", "shipping_error", "in_separation"]


def an_order(status: str = "approved", *shipments: HubShipment) -> HubOrder:
    """The order as the hub shows it."""
    return HubOrder("60a1", status, shipments=shipments)


def step_of(
    facts: OrderFacts, acked: AckedFacts, order: HubOrder, mode: ReportMode = STEPS
) -> ReportStep:
    """The step that is due."""
    step = next_step(facts, acked, order, mode)
    assert isinstance(step, ReportStep), step
    return step


def sent(body: bytes) -> tuple[str | None, dict[str, Any]]:
    """The status and the one shipment of a body."""
    fields = msgspec.json.decode(body)
    (shipment,) = fields.pop("shipments")
    status = fields.pop("status", None)
    assert not fields
    return status, shipment


def after(
    order: HubOrder, body: bytes, write: Callable[[str], str] = lambda value: value
) -> HubOrder:
    """The order once the hub took the step: members by id, the shipment's own id kept, and values
    as the hub likes to write them."""
    status, shipment = sent(body)
    shipments = list(order.shipments)
    known = [place for place, each in enumerate(shipments) if each.id == shipment.get("id")]
    if "id" not in shipment or not known:
        shipments.append(HubShipment(f"s{len(shipments)}"))
        known = [-1]
    shown = {name: write(value) for name, value in shipment.items() if name in SHOWN}
    shipments[known[0]] = msgspec.structs.replace(shipments[known[0]], **shown)
    return HubOrder(order.id, status or order.status, shipments=tuple(shipments))


def told(
    facts: OrderFacts, order: HubOrder, mode: ReportMode, acked: AckedFacts = NOTHING
) -> tuple[list[str], HubOrder]:
    """Every status sent until nothing is due, and the order in the end."""
    statuses: list[str] = []
    for _ in range(5):
        step = next_step(facts, acked, order, mode)
        if step is None:
            return statuses, order
        assert isinstance(step, ReportStep), step
        statuses.append(step.status)
        order, acked = after(order, step.body), step.acked
    raise AssertionError(f"never comes to an end: {statuses}")


def test_in_steps_the_invoice_goes_before_the_parcel() -> None:
    statuses, order = told(EVERYTHING, an_order(), STEPS)
    assert statuses == ["invoiced", "shipped", "delivered"]
    (shipment,) = order.shipments
    assert shipment == HubShipment("s0", status="delivered", **TOLD_INVOICE, **TOLD_DISPATCH)


def test_at_once_everything_goes_in_one_step() -> None:
    statuses, order = told(OrderFacts(INVOICE, DISPATCH), an_order(), ONCE)
    assert statuses == ["shipping_informed"]
    (shipment,) = order.shipments
    assert shipment == HubShipment("s0", status="shipped", **TOLD_INVOICE, **TOLD_DISPATCH)
    assert told(EVERYTHING, an_order(), ONCE)[0] == ["shipping_informed", "delivered"]


@pytest.mark.parametrize(
    "facts", [OrderFacts(), OrderFacts(INVOICE), OrderFacts(dispatch=DISPATCH)]
)
def test_at_once_waits_for_both(facts: OrderFacts) -> None:
    assert next_step(facts, NOTHING, an_order(), ONCE) is None


def test_the_invoice_is_told_in_full() -> None:
    step = step_of(OrderFacts(INVOICE), NOTHING, an_order())
    assert sent(step.body) == ("invoiced", TOLD_INVOICE)
    assert step.acked == AckedFacts(INVOICE)


def test_the_parcel_is_told_in_full_and_otherwise_where_shipped_is_unknown() -> None:
    step = step_of(
        EVERYTHING, AckedFacts(INVOICE), an_order("invoiced", HubShipment("s9", nfe_key=KEY))
    )
    shipment = {"id": "s9", "status": "shipped", **TOLD_DISPATCH}
    assert sent(step.body) == ("shipped", shipment)
    assert step.fallback is not None
    assert sent(step.fallback) == ("shipping_informed", shipment)
    assert not step.optional


def test_absent_parts_are_left_out_and_not_sent_as_null() -> None:
    bare = OrderFacts(Invoice(KEY, "1", "1", AT), Dispatch("Motoboy", "X", AT))
    _, shipment = sent(step_of(bare, NOTHING, an_order(), ONCE).body)
    assert not {"nfe_link", "cfops", "shipping_method", "track_url", "id"} & shipment.keys()


def test_delivery_is_told_last_and_may_be_refused() -> None:
    step = step_of(
        EVERYTHING, AckedFacts(INVOICE, DISPATCH), an_order("shipped", HubShipment("s9"))
    )
    assert sent(step.body) == (
        "delivered",
        {"id": "s9", "status": "delivered", "date_delivered": "2026-03-02T15:04:05+00:00"},
    )
    assert step.optional
    assert step.acked.delivered


@pytest.mark.parametrize(
    ("shipments", "used"),
    [
        ((HubShipment("a"), HubShipment("b", nfe_key=KEY)), "b"),
        ((HubShipment("a"), HubShipment("b", track_code="BR123")), "b"),
        ((HubShipment("a"), HubShipment("b")), "a"),
        ((HubShipment(None, nfe_key=KEY), HubShipment("b")), "b"),
    ],
)
def test_the_shipment_the_hub_has_is_used_again(
    shipments: tuple[HubShipment, ...], used: str
) -> None:
    _, shipment = sent(
        step_of(EVERYTHING, AckedFacts(INVOICE), an_order("invoiced", *shipments)).body
    )
    assert shipment["id"] == used


@pytest.mark.parametrize("mode", [STEPS, ONCE])
@pytest.mark.parametrize("status", ["canceled", "cancelled", "refunded"])
def test_a_canceled_order_is_told_nothing(status: str, mode: ReportMode) -> None:
    assert next_step(EVERYTHING, NOTHING, an_order(status), mode) is None


@pytest.mark.parametrize("mode", [STEPS, ONCE])
@pytest.mark.parametrize(
    ("key", "defect"),
    [(KEY[:-1], "length"), (KEY[:-1] + "4", "check_digit"), (KEY[:-1] + "x", "characters")],
)
def test_an_invalid_invoice_key_does_not_travel(key: str, defect: str, mode: ReportMode) -> None:
    facts = OrderFacts(Invoice(key, "1", "1", AT), DISPATCH)
    assert next_step(facts, NOTHING, an_order(), mode) == Problem(
        ProblemCode.INVALID_INVOICE_KEY, defect
    )


def test_a_corrected_invoice_is_told_without_setting_the_order_back() -> None:
    order = an_order("shipped", HubShipment("s9", nfe_key="0" * 44, track_code="BR123"))
    step = step_of(EVERYTHING, AckedFacts(OTHER_INVOICE, DISPATCH), order)
    status, shipment = sent(step.body)
    assert (status, step.status) == (None, "")
    assert (shipment["id"], shipment["nfe_key"]) == ("s9", KEY)


def test_a_step_whose_answer_was_lost_is_seen_in_the_order() -> None:
    shipment = HubShipment("s9", **TOLD_INVOICE)
    order = an_order("invoiced", shipment)
    assert shown_facts(EVERYTHING, NOTHING, order) == AckedFacts(INVOICE)
    shipment = HubShipment("s9", **TOLD_INVOICE, **TOLD_DISPATCH)
    order = an_order("shipped", shipment)
    assert shown_facts(EVERYTHING, NOTHING, order) == AckedFacts(INVOICE, DISPATCH)
    assert shown_facts(EVERYTHING, NOTHING, an_order("delivered", shipment)).delivered


def test_what_the_hub_refused_or_got_from_another_is_not_taken_as_told() -> None:
    shipment = HubShipment("s9", **TOLD_INVOICE, **TOLD_DISPATCH)
    for status in ("approved", "invoice_error", "shipping_error"):
        assert shown_facts(EVERYTHING, NOTHING, an_order(status, shipment)) == NOTHING
    other = HubShipment("s9", nfe_key="0" * 44, track_code="OTHER")
    assert shown_facts(EVERYTHING, NOTHING, an_order("shipped", other)) == NOTHING


INVOICE_CORRECTIONS: dict[str, dict[str, Any]] = {
    "nfe_number": {"number": "1519"},
    "nfe_serie": {"series": "2"},
    "nfe_date": {"issued_at": AT.replace(day=3)},
    "nfe_link": {"xml_url": "https://shop.example/corrected.xml"},
    "cfops": {"cfops": ("5102",)},
}
DISPATCH_CORRECTIONS: dict[str, dict[str, Any]] = {
    "shipping_company": {"carrier": "Jadlog"},
    "shipping_method": {"method": "PAC"},
    "track_url": {"tracking_url": "https://track.example/corrected"},
    "date_shipped": {"dispatched_at": AT.replace(day=3)},
}
CORRECTIONS = [
    *((field, "invoice", change) for field, change in INVOICE_CORRECTIONS.items()),
    *((field, "dispatch", change) for field, change in DISPATCH_CORRECTIONS.items()),
]


def corrected(fact: str, change: dict[str, Any]) -> OrderFacts:
    """Everything as it was told, but for one thing under the same key or code."""
    corrected_fact = msgspec.structs.replace(getattr(EVERYTHING, fact), **change)
    return msgspec.structs.replace(EVERYTHING, **{fact: corrected_fact})


@pytest.mark.parametrize("mode", [STEPS, ONCE])
@pytest.mark.parametrize("write", [str, str.upper, lambda _: "…"], ids=["as is", "upper", "odd"])
@pytest.mark.parametrize(
    ("field", "fact", "change"), CORRECTIONS, ids=[field for field, *_ in CORRECTIONS]
)
def test_a_correction_is_told_once_however_the_hub_writes_it(
    field: str, fact: str, change: dict[str, Any], write: Callable[[str], str], mode: ReportMode
) -> None:
    order, acked = an_order(), NOTHING
    while isinstance(step := next_step(EVERYTHING, acked, order, mode), ReportStep):
        order, acked = after(order, step.body, write), step.acked
    assert next_step(EVERYTHING, shown_facts(EVERYTHING, acked, order), order, mode) is None

    facts = corrected(fact, change)
    acked = shown_facts(facts, acked, order)
    step = step_of(facts, acked, order, mode)
    status, shipment = sent(step.body)
    # On the delivery that is there, and setting nothing back.
    assert (status, shipment["id"]) == (None, "s0")
    assert "status" not in shipment
    assert shipment[field] != {**TOLD_INVOICE, **TOLD_DISPATCH}[field]
    assert step.fallback is None
    order, acked = after(order, step.body, write), step.acked
    assert next_step(facts, shown_facts(facts, acked, order), order, mode) is None
    assert len(order.shipments) == 1


@pytest.mark.parametrize(("field", "fact", "change"), CORRECTIONS)
def test_a_correction_whose_answer_was_lost_is_seen_in_the_order(
    field: str, fact: str, change: dict[str, Any]
) -> None:
    _, order = told(EVERYTHING, an_order(), STEPS)
    acked = AckedFacts(INVOICE, DISPATCH, delivered=True)
    facts = corrected(fact, change)
    arrived = after(order, step_of(facts, acked, order).body)
    assert next_step(facts, shown_facts(facts, acked, arrived), arrived, STEPS) is None
    # And one that came after a first step whose answer was lost is not taken as told with it.
    assert sent(step_of(facts, shown_facts(facts, NOTHING, order), order).body)[1][field]


def test_what_was_acknowledged_is_not_forgotten_by_an_order_that_shows_less() -> None:
    acked = AckedFacts(INVOICE, DISPATCH, delivered=True)
    assert shown_facts(EVERYTHING, acked, an_order()) == acked


FACTS = st.builds(
    OrderFacts,
    st.none() | st.just(INVOICE),
    st.none() | st.just(DISPATCH),
    st.none() | st.just(AT),
)
SHIPMENTS = st.builds(
    HubShipment,
    st.none() | st.sampled_from(["a", "b"]),
    nfe_key=st.sampled_from([None, KEY, "0" * 44]),
    track_code=st.sampled_from([None, "BR123", "OTHER"]),
)


MODES = st.sampled_from([STEPS, ONCE])


@given(FACTS, st.sampled_from(STATUSES), st.lists(SHIPMENTS, max_size=2), MODES)
def test_the_status_never_goes_back_and_no_delivery_is_doubled(
    facts: OrderFacts, status: str, shipments: list[HubShipment], mode: ReportMode
) -> None:
    order = an_order(status, *shipments)
    statuses, ended = told(facts, order, mode, shown_facts(facts, NOTHING, order))
    reached = [PROGRESS.index(each) for each in (status, *statuses) if each in PROGRESS]
    assert reached == sorted(set(reached))
    had_one = any(shipment.id for shipment in shipments)
    assert len(ended.shipments) <= len(shipments) + (not had_one)
    # Told once, nothing is due: not from our memory, not from what the order shows.
    acked = shown_facts(facts, NOTHING, ended)
    if facts.invoice and facts.dispatch:
        assert (acked.invoice, acked.dispatch) == (INVOICE, DISPATCH)


@given(FACTS, MODES, st.integers(0, 3))
def test_a_crash_between_step_and_acknowledgement_repeats_nothing(
    facts: OrderFacts, mode: ReportMode, steps: int
) -> None:
    order, acked = an_order(), NOTHING
    for _ in range(steps):
        step = next_step(facts, acked, order, mode)
        if not isinstance(step, ReportStep):
            break
        order, acked = after(order, step.body), step.acked
    # All that is left after the crash is what the order shows.
    again = next_step(facts, shown_facts(facts, NOTHING, order), order, mode)
    assert again == next_step(facts, acked, order, mode)
