"""The store port over the published store contract (HTTP, version 1).

One client serves one shop: the token says which. What the shop refuses comes back with the
contract's error code, because the code decides what a person is told; what it cannot say (HTML from
a proxy, a cut page) is transient, because the contract's refusals are always JSON.
"""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import TypeVar
from urllib.parse import quote

import msgspec
from pyreqwest.client import Client

from ponte.domain.access import AccessToken
from ponte.domain.catalogue import ChangePage, StoreFacts, StoreProduct
from ponte.domain.failures import Failure, Missing, Refused, Unauthorised, Unreadable
from ponte.domain.readings import mapping, text, whole
from ponte.domain.store_order import EventPage, StoreOrder, TakenOrder
from ponte.http.caller import Caller
from ponte.http.exchange import Answer, NotJson, Observe, decode_json
from ponte.http.pacing import Pace
from ponte.http.store_pages import read_store_pages
from ponte.http.wording import bounded
from ponte.stores.webstore.wire import KILOGRAMS, read_change_page, read_products
from ponte.stores.webstore.wire_orders import read_event_page, read_taken_order

_T = TypeVar("_T")

# The contract's limit for a cancellation's reason.
_LONGEST_REASON = 2000


class WebstoreClient:
    """Implements `ponte.stores.port.StorePort`."""

    def __init__(
        self,
        http: Client,
        base_url: str,
        access: AccessToken,
        pace: Pace | None = None,
        observe: Observe | None = None,
    ) -> None:
        self._base_url = base_url
        self._caller = Caller(http, base_url, access, pace or Pace(), observe)
        # Kilograms in one unit of the store's weight; read with the first page that needs it, so
        # that a poll which finds nothing stays a single request.
        self._kilograms: Decimal | None = None

    async def facts(self) -> StoreFacts:
        """Who the store is."""
        facts, _ = await self._facts_and_unit()
        return facts

    async def product_changes(self, after: int, limit: int) -> ChangePage:
        """Families changed since `after`; a malformed one comes back as `unreadable`."""
        name = "store GET /products/changes"
        path = f"/products/changes?after={after}&limit={limit}"

        def body(answer: Answer) -> bytes:
            return _good_body(name, answer)

        page = await self._call("store_changes", name, "GET", path, body)
        kilograms = await self._unit() if b'"dimensions"' in page else KILOGRAMS["kg"]
        return read_change_page(name, page, after, kilograms)

    async def products_by_sku(self, skus: Sequence[str]) -> tuple[StoreProduct, ...]:
        """The families that own these SKUs; unknown and unreadable ones are left out."""
        name = "store POST /products/batch"
        kilograms = await self._unit()

        def read(answer: Answer) -> tuple[StoreProduct, ...]:
            return read_products(name, _good_body(name, answer), kilograms)

        body = msgspec.json.encode({"skus": list(skus)})
        return await self._call("store_batch", name, "POST", "/products/batch", read, body)

    async def put_order(self, order: StoreOrder) -> TakenOrder:
        """Take the order in, once. `Refused.code` is the contract's: `unknown_sku`, …"""
        name = f"store PUT /orders/{order.hub_order_id}"

        def read(answer: Answer) -> TakenOrder:
            return read_taken_order(name, _read_json(name, answer), order.hub_order_id)

        # The domain's order has the contract's names; Decimals are written as strings.
        body = msgspec.json.encode(order)
        path = _order_path(order.hub_order_id)
        return await self._call("store_put_order", name, "PUT", path, read, body)

    async def cancel_order(self, hub_order_id: str, reason: str) -> None:
        """Cancel. `Missing` if it was never put in, `Refused` `already_dispatched` if too late."""
        name = f"store POST /orders/{hub_order_id}/cancellation"

        def read(answer: Answer) -> None:
            _read_json(name, answer)

        body = msgspec.json.encode({"reason": reason[:_LONGEST_REASON]})
        path = _order_path(hub_order_id) + "/cancellation"
        await self._call("store_cancel_order", name, "POST", path, read, body)

    async def order_events(self, after: int, limit: int) -> EventPage:
        """Facts about orders since `after`; a malformed one comes back marked `unreadable`."""
        name = "store GET /order-events"
        path = f"/order-events?after={after}&limit={limit}"

        def read(answer: Answer) -> EventPage:
            return read_event_page(name, _good_body(name, answer), after)

        return await self._call("store_events", name, "GET", path, read)

    async def register_webhook(self, url: str, secret: str) -> None:
        """Ask for signed hints at `url`; `secret` is base64 of 24 bytes or more."""
        name = "store PUT /webhook"

        def read(answer: Answer) -> None:
            _good_body(name, answer)

        body = msgspec.json.encode({"url": url, "secret": secret})
        await self._call("store_webhook", name, "PUT", "/webhook", read, body)

    async def _facts_and_unit(self) -> tuple[StoreFacts, Decimal]:
        name = "store GET /store"

        def read(answer: Answer) -> tuple[StoreFacts, str]:
            fields = mapping(_read_json(name, answer))
            store_id = text(fields.get("id"))
            if store_id is None:
                raise Unreadable(f"{name}: the answer does not tell the store's id")
            facts = StoreFacts(
                store_id,
                text(fields.get("name")) or "",
                text(fields.get("domain")) or "",
                whole(fields.get("product_count")),
                read_store_pages(fields.get("admin"), self._base_url),
            )
            return facts, (text(fields.get("weight_unit")) or "").lower()

        facts, unit = await self._call("store_facts", name, "GET", "/store", read)
        if unit not in KILOGRAMS:
            # A wrong unit would offer freight for a thousandth of the weight.
            raise Refused(f"{name}: unknown weight unit", code="unknown_weight_unit", details=unit)
        self._kilograms = KILOGRAMS[unit]
        return facts, self._kilograms

    async def _unit(self) -> Decimal:
        if self._kilograms is None:
            _, self._kilograms = await self._facts_and_unit()
        return self._kilograms

    async def _call(
        self,
        kind: str,
        name: str,
        method: str,
        path: str,
        read: Callable[[Answer], _T],
        body: bytes | None = None,
    ) -> _T:
        return await self._caller.call(kind, name, method, "/api/v1" + path, read, body)


def _order_path(hub_order_id: str) -> str:
    # Resolved away on the way, however they are spelled (URL standard 4.5).
    if hub_order_id in ("", ".", ".."):
        raise Refused("store /orders/: no order can have such an id", code="not_sendable")
    return "/orders/" + quote(hub_order_id, safe="")


def _good_body(name: str, answer: Answer) -> bytes:
    """The body of a 2xx; raises what a refusal means."""
    if answer.status >= 400:
        raise _refusal(name, answer)
    return answer.body


def _read_json(name: str, answer: Answer) -> object:
    try:
        return decode_json(_good_body(name, answer))
    except NotJson as error:
        raise Unreadable(f"{name}: the answer is not JSON") from error


def _refusal(name: str, answer: Answer) -> Failure:
    try:
        fields = mapping(mapping(decode_json(answer.body)).get("error"))
    except NotJson:
        fields = {}
    code = text(fields.get("code"))
    if code is None:
        return Unreadable(f"{name}: HTTP {answer.status} without the contract's error")
    code = bounded(code)
    if code == "insufficient_scope":
        return Unauthorised(f"{name}: the store's access lacks a scope")
    message, field = text(fields.get("message")) or "", text(fields.get("field"))
    details = bounded(f"{message} ({field})" if field else message)
    kind = Missing if answer.status == 404 else Refused
    return kind(f"{name}: refused ({code})", code=code, details=details)
