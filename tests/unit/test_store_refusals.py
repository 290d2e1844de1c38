"""A store's own words about an order it refuses are kept, and nothing of the buyer in them."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from ponte.domain.failures import Refused
from ponte.domain.problems import ProblemCode
from ponte.domain.store_order import Buyer, Delivery, StoreOrder, Totals
from ponte.sync.orders import _store_refusal

NOTHING = Decimal(0)
ORDER = StoreOrder(
    hub_order_id="606adfc2b2b8f8a5c0b1d2e3",
    hub_order_number="10000001",
    marketplace_order_id=None,
    channel="Mercado Livre",
    placed_at=datetime(2026, 3, 2, tzinfo=UTC),
    approved_at=None,
    totals=Totals(NOTHING, NOTHING, NOTHING, NOTHING, NOTHING),
    buyer=Buyer("Maria Quintanilha", "cpf", "52998224725", email="maria.q@example.com"),
    delivery=Delivery(
        "José D'Ávila", "Rua Secreta", "77", "Centro", "Niterói", "RJ", "24020-125", "BRA"
    ),
    items=(),
    payments=(),
)


@pytest.mark.parametrize(
    ("words", "kept"),
    [
        ("delivery.recipient: 'JOSÉ D'ÁVILA' is too long", "is too long"),
        ("unknown street Rua Secreta, 77", "unknown street"),
        ("buyer Maria Quintanilha (52998224725) is blocked", "is blocked"),
        ("only 9 are left", "only 9 are left"),
    ],
)
def test_what_the_buyer_gave_is_not_kept(words: str, kept: str) -> None:
    problem = _store_refusal(ORDER, Refused("no", code="some_rule", details=words))
    assert problem.code is ProblemCode.STORE_REFUSED_ORDER
    assert problem.detail.startswith("some_rule: ")
    assert kept in problem.detail
    for personal in ("quintanilha", "maria", "josé", "ávila", "secreta", "52998224725"):
        assert personal not in problem.detail.lower()
