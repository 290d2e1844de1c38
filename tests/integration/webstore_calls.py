"""Every call of the store client, and a store that answers it as a test wishes."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import TypeVar

import pytest
from raw_server import FixedAccess, Reply, Request, http, raw_server

from ponte.domain.failures import Failure
from ponte.domain.store_order import (
    Buyer,
    Delivery,
    StoreItem,
    StoreOrder,
    StorePayment,
    Totals,
)
from ponte.http.exchange import open_session
from ponte.stores.port import StorePort
from ponte.stores.webstore.client import WebstoreClient

_T = TypeVar("_T")
Call = Callable[[StorePort], Awaitable[object]]

ORDER_ID = "606adfc2b2b8f8a5c0b1d2e3"
ORDER = StoreOrder(
    hub_order_id=ORDER_ID,
    hub_order_number="1001",
    marketplace_order_id="2000001234567890",
    channel="MercadoLivre",
    placed_at=datetime(2026, 3, 2, 14, 5, 9, tzinfo=UTC),
    approved_at=None,
    totals=Totals(
        Decimal("129.90"), Decimal("12.00"), Decimal("0.00"), Decimal("0.00"), Decimal("141.90")
    ),
    buyer=Buyer("Compradora", "cpf", "39053344705", email="compradora@example.com"),
    delivery=Delivery("Compradora", "Rua A", "1", "Centro", "São Paulo", "SP", "01310100", "BR"),
    items=(
        StoreItem(
            "CAM/1", "CAM-1", "Camiseta", 1, Decimal("129.90"), Decimal("0.00"), Decimal("129.90")
        ),
    ),
    payments=(StorePayment("credit", 3, Decimal("141.90")),),
)

CALLS: dict[str, Call] = {
    "facts": lambda store: store.facts(),
    "product_changes": lambda store: store.product_changes(0, 100),
    "products_by_sku": lambda store: store.products_by_sku(["CAM-1"]),
    "put_order": lambda store: store.put_order(ORDER),
    "cancel_order": lambda store: store.cancel_order(ORDER_ID, "canceled by the buyer"),
    "order_events": lambda store: store.order_events(0, 100),
    "register_webhook": lambda store: store.register_webhook("https://p.example/h/1", "c2VjcmV0"),
}
EVERY_CALL = pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)

FACTS = {
    "id": "shop-1",
    "name": "Loja",
    "domain": "loja.example",
    "currency": "BRL",
    "weight_unit": "kg",
    "product_count": 3,
}


async def ask(
    call: Callable[[StorePort], Awaitable[_T]], *answers: Reply
) -> tuple[_T | Failure, list[Request]]:
    """What `call` gives or raises when the store answers so, and what the store was asked."""
    script = list(answers)

    def reply(request: Request) -> Reply:
        if request.target == "/api/v1/store" and call is not CALLS["facts"]:
            return http(200, FACTS)
        return script.pop(0) if len(script) > 1 else script[0]

    async with raw_server(reply) as server, open_session() as session:
        store = WebstoreClient(session, server.url, FixedAccess())
        try:
            return await call(store), server.requests
        except Failure as failure:
            return failure, server.requests


def change_page(*items: object, next_after: int = 9, has_more: bool = False) -> bytes:
    """An answer of the change feed."""
    return http(200, {"items": items, "next_after": next_after, "has_more": has_more})
