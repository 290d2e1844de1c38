"""The contract's API (`/api/v1/…`): who calls is found out once, then each call is one handler.

The token is judged before the body is read, and its shop is the only one a handler ever sees, so
no call can reach another merchant's shop by what it carries. Scopes stand in one table.
"""

import base64
import binascii
import re
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from ponte_sandbox.common.asgi import (
    Answer,
    Handler,
    Refusal,
    Request,
    Router,
    Scope,
    header_of,
    json_answer,
)
from ponte_sandbox.store.access import Access, AccessBook
from ponte_sandbox.store.address import Address
from ponte_sandbox.store.hints import Hints
from ponte_sandbox.store.orders import OrderRow, Orders
from ponte_sandbox.store.products import Products
from ponte_sandbox.store.refusals import refuse
from ponte_sandbox.store.shops import Shop, Shops
from ponte_sandbox.store.web_address import is_web_address
from ponte_sandbox.store.wire import HubOrderId, Order, OrderStatus, now

# The contract's page: default and largest.
DEFAULT_LIMIT = 100
MOST_LIMIT = 500
# SQLite's largest integer.
_MOST_SEQUENCE = 2**63 - 1
_WHOLE = re.compile(r"[0-9]{1,19}")
# Standard Webhooks: a secret has at least 24 random bytes.
_LEAST_SECRET = 24

_PRODUCTS = frozenset({"products:read"})
_ORDERS = frozenset({"orders:write"})
_EITHER = _PRODUCTS | _ORDERS


class _Skus(Struct):
    skus: Annotated[list[str], Meta(max_length=MOST_LIMIT)]


class _Cancellation(Struct):
    reason: Annotated[str, Meta(max_length=2000)]


class _Webhook(Struct):
    url: Annotated[str, Meta(max_length=2000)]
    secret: Annotated[str, Meta(pattern=r"\A(whsec_)?[A-Za-z0-9+/=]{32,400}\Z")]


class Api:
    """The handlers, and the two doors before them: `identify` and the scope guard."""

    def __init__(
        self,
        book: AccessBook,
        shops: Shops,
        products: Products,
        orders: Orders,
        hints: Hints,
        address: Address,
    ) -> None:
        self._book = book
        self._shops = shops
        self._products = products
        self._orders = orders
        self._hints = hints
        self._address = address
        self._scopes: dict[tuple[str, str], frozenset[str]] = {}

    def router(self) -> Router:
        """Routes of the API."""
        router = Router(refuse, self._guard)

        def serve(method: str, path: str, handler: Handler, scopes: frozenset[str]) -> None:
            template = f"/api/v1/{path}"
            self._scopes[method, template] = scopes
            router.add(method, template, handler)

        serve("GET", "store", self._store, _EITHER)
        serve("GET", "products/changes", self._changes, _PRODUCTS)
        serve("POST", "products/batch", self._batch, _PRODUCTS)
        serve("GET", "orders", self._list_orders, _ORDERS)
        serve("PUT", "orders/{hub_order_id}", self._put_order, _ORDERS)
        serve("GET", "orders/{hub_order_id}", self._get_order, _ORDERS)
        serve("POST", "orders/{hub_order_id}/cancellation", self._cancel, _ORDERS)
        serve("GET", "order-events", self._events, _ORDERS)
        serve("PUT", "webhook", self._put_webhook, _EITHER)
        serve("DELETE", "webhook", self._delete_webhook, _EITHER)
        return router

    def identify(self, scope: Scope) -> str:
        """The number of the shop whose token the call carries, for counting and limits; or ""."""
        scheme, _, token = header_of(scope, b"authorization").partition(" ")
        if scheme.lower() != "bearer" or not token:
            return ""
        try:
            access = self._book.open(token.strip())
        except Refusal as refusal:
            scope["access"] = refusal
            return ""
        scope["access"] = access
        return str(access.shop)

    def _guard(self, scope: Scope) -> None:
        access = scope.get("access")
        if access is None:
            raise Refusal(401, "unauthorized", "Authorization: Bearer … is missing")
        if isinstance(access, Refusal):
            raise access
        needed = self._scopes[scope["method"], scope["path_template"]]
        if not needed & access.scopes:
            reason = f"This call needs the scope {' or '.join(sorted(needed))}"
            raise Refusal(403, "insufficient_scope", reason)

    def _shop(self, request: Request) -> Shop:
        shop = self._shops.get(_access(request).shop)
        if shop is None:
            raise Refusal(401, "unauthorized", "The token's shop is gone")
        return shop

    async def _store(self, request: Request) -> Answer:
        shop = self._shop(request)
        # The shop's own panel, for people.
        panel = f"{self._address.base}/painel"
        return json_answer(
            {
                "id": shop.store_id,
                "name": shop.name,
                "domain": self._address.domain,
                "platform": "Ponte sandbox store",
                "currency": "BRL",
                "timezone": "America/Sao_Paulo",
                "weight_unit": "kg",
                "contract": "1.0",
                "product_count": self._products.count(shop.shop),
                "time": now(),
                "admin": {
                    "home_url": panel,
                    "product_url": f"{panel}/produtos/{{id}}",
                    "order_url": f"{panel}/pedidos/{{id}}",
                },
            }
        )

    async def _changes(self, request: Request) -> Answer:
        after, limit = page_of(request)
        return Answer(self._products.changes(_access(request).shop, after, limit))

    async def _batch(self, request: Request) -> Answer:
        skus = request.json(_Skus).skus
        return json_answer(self._products.by_sku(_access(request).shop, skus))

    async def _list_orders(self, request: Request) -> Answer:
        after, limit = page_of(request)
        return Answer(self._orders.page(_access(request).shop, after, limit))

    async def _events(self, request: Request) -> Answer:
        after, limit = page_of(request)
        return Answer(self._orders.events(_access(request).shop, after, limit))

    async def _put_order(self, request: Request) -> Answer:
        hub_order_id = _hub_order_id(request)
        order = request.json(Order)
        if order.hub_order_id != hub_order_id:
            reason = "The body's hub_order_id is not the one in the path"
            raise Refusal(422, "invalid_order", reason, "hub_order_id")
        answer, created = self._orders.put(self._shop(request), order)
        return json_answer(answer, 201 if created else 200)

    async def _get_order(self, request: Request) -> Answer:
        return Answer(self._orders.document(self._order(request)))

    async def _cancel(self, request: Request) -> Answer:
        reason = request.json(_Cancellation).reason
        row = self._orders.cancel(_access(request).shop, self._order(request), reason)
        content = {
            "hub_order_id": row.hub_order_id,
            "number": str(row.number),
            "status": OrderStatus.CANCELED,
        }
        return json_answer(content)

    async def _put_webhook(self, request: Request) -> Answer:
        wish = request.json(_Webhook)
        _judge_webhook(wish)
        access = _access(request)
        self._hints.register(access.shop, access.client_id, wish.url, wish.secret)
        return json_answer({"url": wish.url})

    async def _delete_webhook(self, request: Request) -> Answer:
        access = _access(request)
        self._hints.remove(access.shop, access.client_id)
        return Answer(b"", 204)

    def _order(self, request: Request) -> OrderRow:
        row = self._orders.find(_access(request).shop, _hub_order_id(request))
        if row is None:
            raise Refusal(404, "not_found", "No order was put in under this id")
        return row


def page_of(request: Request) -> tuple[int, int]:
    """`after` and `limit` of the query; raises `Refusal` 400 when not whole or out of range."""
    query = request.query
    after = _whole(query.get("after", "0"), "after", 0, _MOST_SEQUENCE)
    limit = _whole(query.get("limit", str(DEFAULT_LIMIT)), "limit", 1, MOST_LIMIT)
    return after, limit


def _whole(text: str, field: str, least: int, most: int) -> int:
    if not _WHOLE.fullmatch(text) or not least <= int(text) <= most:
        reason = f"{field} must be a whole number between {least} and {most}"
        raise Refusal(400, "invalid_request", reason, field)
    return int(text)


def _access(request: Request) -> Access:
    access: Access = request.scope["access"]
    return access


def _hub_order_id(request: Request) -> str:
    try:
        return msgspec.convert(request.params["hub_order_id"], HubOrderId)
    except msgspec.ValidationError as error:
        reason = "An order id has 1 to 64 letters, digits and . _ ~ -"
        raise Refusal(400, "invalid_request", reason, "hub_order_id") from error


def _judge_webhook(wish: _Webhook) -> None:
    """An http(s) address and a secret of enough bytes, or `Refusal` 400."""
    if not is_web_address(wish.url):
        raise Refusal(400, "invalid_request", "url must be an http or https address", "url")
    try:
        secret = base64.b64decode(wish.secret.removeprefix("whsec_"), validate=True)
    except binascii.Error as error:
        raise Refusal(400, "invalid_request", "secret is not base64", "secret") from error
    if len(secret) < _LEAST_SECRET:
        reason = f"secret has {len(secret)} bytes, it needs {_LEAST_SECRET}"
        raise Refusal(400, "invalid_request", reason, "secret")
