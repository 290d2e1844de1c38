"""The Plugg.to client: one account's calls, each with one meaning and a closed set of failures.

It knows nothing of the ledger and decides nothing: a call either gives what the answer *shows*, or
raises a failure that says what to do next. Where the hub's answers are undocumented ([A]) it
accepts every shape thought of and concludes nothing from silence.
"""

from datetime import UTC, datetime, timedelta
from urllib.parse import quote, urlencode

from msgspec import Struct
from pyreqwest.client import Client

from ponte.domain.access import AccessToken
from ponte.domain.failures import Missing, Refused, Transient
from ponte.domain.hub_body import Members
from ponte.domain.hub_order import HubOrder, OrderPage
from ponte.domain.hub_product import HubProduct
from ponte.domain.price_tables import PriceTables
from ponte.domain.readings import mapping, members, text, whole
from ponte.http.caller import Caller
from ponte.http.exchange import Answer, Observe
from ponte.http.pacing import Pace
from ponte.hub.answers import read_json
from ponte.hub.wire_echo import read_echo
from ponte.hub.wire_orders import read_listings, read_order
from ponte.hub.wire_products import (
    HubProductPage,
    read_listed_products,
    read_product,
    shows_product,
)
from ponte.hub.wire_values import encode_body, objects, opened

# The most that the hub gives in one page [C].
PAGE_LIMIT = 100
# The code of a refusal of our own: the hub was not asked.
SKU_NOT_ADDRESSABLE = "sku_not_addressable"


class HubAccount(Struct, frozen=True):
    """Which account the token belongs to."""

    id: int
    name: str


class HubClient:
    """Calls for one hub account. All raise the failures of `ponte.domain.failures`."""

    def __init__(
        self,
        http: Client,
        base_url: str,
        access: AccessToken,
        pace: Pace,
        observe: Observe | None = None,
    ) -> None:
        self._caller = Caller(http, base_url, access, pace, observe)

    async def put_sku(self, sku: str, body: bytes) -> HubProduct:
        """Create or update the family; only the fields in `body` change. What the answer shows."""
        name = f"hub PUT /skus/{sku}"

        def read(answer: Answer) -> HubProduct:
            return read_product(read_json(name, answer, write=True), sku)

        return await self._caller.call("put_sku", name, "PUT", _sku_path(sku), read, body)

    async def put_family(
        self, sku: str, body: bytes, hoped: bytes, tables: PriceTables = ()
    ) -> HubProduct | Members:
        """The same; just the members' ids where the answer shows exactly `hoped` and `tables`."""
        name = f"hub PUT /skus/{sku}"

        def read(answer: Answer) -> HubProduct | Members:
            members = read_echo(answer.body, hoped, tables) if answer.status < 300 else None
            if members is not None:
                return members
            return read_product(read_json(name, answer, write=True), sku)

        return await self._caller.call("put_sku", name, "PUT", _sku_path(sku), read, body)

    async def put_stock(self, sku: str, quantity: int) -> HubProduct:
        """Overwrite the stock of one SKU (never increase or decrease). What the answer shows."""
        name = f"hub PUT /skus/{sku}/stock"
        body = encode_body({"action": "update", "quantity": quantity, "sku": sku})

        def read(answer: Answer) -> HubProduct:
            return read_product(read_json(name, answer, write=True), sku)

        path = _sku_path(sku) + "/stock"
        return await self._caller.call("put_stock", name, "PUT", path, read, body)

    async def delete_sku(self, sku: str) -> None:
        """Make the hub forget the product [C]; `Missing` where there is none."""
        name = f"hub DELETE /skus/{sku}"

        def read(answer: Answer) -> None:
            # What the answer holds is not known; that it is no refusal is what counts.
            if answer.body:
                read_json(name, answer, write=True)

        await self._caller.call("delete_sku", name, "DELETE", _sku_path(sku), read)

    async def get_sku(self, sku: str) -> HubProduct:
        """The family that owns the SKU; `Missing` where there is none."""
        name = f"hub GET /skus/{sku}"

        def read(answer: Answer) -> HubProduct:
            value = read_json(name, answer, write=False)
            if not shows_product(value):
                raise Transient(f"{name}: the answer holds no product")
            return read_product(value, sku)

        return await self._caller.call("get_sku", name, "GET", _sku_path(sku), read)

    async def list_products(self, after: str | None, limit: int = PAGE_LIMIT) -> HubProductPage:
        """A page of the account's products; `after` is the last page's `next`, None to begin."""
        name = "hub GET /products"

        def read(answer: Answer) -> HubProductPage:
            value = read_json(name, answer, write=False)
            entries = _entries(name, value)
            products = read_listed_products(entries)
            return HubProductPage(products, _next(name, value, entries, "Product", after, limit))

        path = "/products?" + _page_query(after, limit)
        return await self._caller.call("list_products", name, "GET", path, read)

    async def get_order(self, order_id: str) -> HubOrder:
        """The order as it is now; `Missing` where there is none."""
        name = f"hub GET /orders/{order_id}"

        def read(answer: Answer) -> HubOrder:
            order = read_order(read_json(name, answer, write=False), order_id)
            if order is None:
                raise Transient(f"{name}: the answer holds no order")
            return order

        return await self._caller.call("get_order", name, "GET", _order_path(order_id), read)

    async def list_orders(
        self,
        modified_from: datetime,
        modified_to: datetime,
        after: str | None,
        limit: int = PAGE_LIMIT,
    ) -> OrderPage:
        """A page of the orders modified between two moments (rounded outwards to seconds)."""
        name = "hub GET /orders"

        def read(answer: Answer) -> OrderPage:
            value = read_json(name, answer, write=False)
            entries = _entries(name, value)
            following = _next(name, value, entries, "Order", after, limit)
            return OrderPage(read_listings(entries), following)

        window = f"{_iso(modified_from)}to{_iso(modified_to + timedelta(microseconds=999_999))}"
        path = "/orders?" + _page_query(after, limit, modified=window)
        return await self._caller.call("list_orders", name, "GET", path, read)

    async def update_order(self, order_id: str, body: bytes) -> HubOrder | None:
        """Change the order's fields in `body`. None when the answer shows no order fields.

        Raises `AlreadySo` for "Changes not found in the order", whatever its HTTP status.
        """
        name = f"hub PUT /orders/{order_id}"

        def read(answer: Answer) -> HubOrder | None:
            return read_order(read_json(name, answer, write=True), order_id)

        return await self._caller.call(
            "update_order", name, "PUT", _order_path(order_id), read, body
        )

    async def account(self) -> HubAccount | None:
        """Which account this is; None if the hub has no such resource or it is unreadable [A]."""
        name = "hub GET /users"

        def read(answer: Answer) -> HubAccount | None:
            # A resource that was only assumed: its absence, in any form, is not a failing hub.
            try:
                return _read_account(read_json(name, answer, write=False))
            except (Refused, Transient):
                return None

        return await self._caller.call("account", name, "GET", "/users", read)


def _sku_path(sku: str) -> str:
    # "." and ".." would be resolved away on the way, however they are spelled (URL standard 4.5).
    if sku in ("", ".", "..") or "/" in sku:
        raise Refused(f"hub /skus/{sku}: such a SKU cannot be addressed", code=SKU_NOT_ADDRESSABLE)
    return "/skus/" + quote(sku, safe="")


def _order_path(order_id: str) -> str:
    if order_id in ("", ".", ".."):
        raise Missing(f"hub /orders/{order_id}: no order has such an id", code="missing")
    return "/orders/" + quote(order_id, safe="")


def _page_query(after: str | None, limit: int, **filters: str) -> str:
    query: dict[str, str] = {**filters, "limit": str(limit)}
    if after is not None:
        query["next"] = after
    return urlencode(query, safe=":")


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _entries(call: str, value: object) -> list[object]:
    """The list's entries; `Transient` where there is no list, lest silence look like emptiness."""
    if isinstance(value, list):
        return value
    fields = mapping(value)
    result = fields.get("result")
    if isinstance(result, (list, dict)):
        return members(result)
    if result is None and 0 in (whole(fields.get("total")), whole(fields.get("showing"))):
        return []
    raise Transient(f"{call}: the answer holds no list")


def _next(
    call: str, value: object, entries: list[object], envelope: str, asked: str | None, limit: int
) -> str | None:
    """Where the next page begins: as the answer says, else after the last entry of a full page."""
    if not entries:
        return None
    fields = mapping(value)
    last = text(opened(entries[-1], envelope).get("id"))
    following = text(fields.get("next"))
    if following is None and len(entries) >= (whole(fields.get("limit")) or limit):
        following = last
    if following is not None and following == asked:
        following = last
        if following is None or following == asked:
            raise Transient(f"{call}: the list does not advance")
    return following


def _read_account(value: object) -> HubAccount | None:
    """The account from a bare object, an envelope, or the first entry of a list."""
    candidates = [mapping(value)]
    listed = value if isinstance(value, list) else mapping(value).get("result")
    candidates += objects(listed)
    for candidate in candidates:
        for envelope in ("User", "user", "Users"):
            fields = opened(candidate, envelope)
            account = whole(fields.get("id"))
            if account is not None:
                return HubAccount(account, text(fields.get("name")) or str(account))
    return None
