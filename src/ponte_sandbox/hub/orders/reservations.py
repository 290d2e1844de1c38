"""What orders keep back of the stock until they are sent or canceled (`auto_reserve` [D]).

`reserved` stands beside `quantity` and is never mixed into it: a store's connector writes
`quantity` absolutely, with its own sales already taken off, and would otherwise undo each
reservation or count it twice. The danger is a figure that drifts, so what an order holds is a row
that is deleted when it ends: whatever statuses come, and however often, each row is given back
once, and `reserved` is always the sum of the rows. Only an order's creation reserves, and one that
a marketplace posts twice (the same channel and `original_id`) reserves once. More may be reserved
than there is: it was sold.
"""

from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from ponte_sandbox.common.storage import Storage, named_queries
from ponte_sandbox.hub.assumptions import Assumptions
from ponte_sandbox.hub.notifications.outbox import Changes, Outbox
from ponte_sandbox.hub.orders.fields import Body, amount_of, sold_sku
from ponte_sandbox.hub.products.prices import table_named
from ponte_sandbox.hub.products.shelf import Shelf, Stored, keys_of
from ponte_sandbox.hub.products.stock_tables import Cause, note
from ponte_sandbox.hub.stamps import now_iso

_SQL = named_queries(Path(__file__).with_name("reservations.sql"))
_STOCK_CHANGED = Changes(status=False, stock=True, price=False)
_GIVEN_BACK = frozenset(("canceled", "refunded"))
_SENT = frozenset(("shipping_informed", "shipped", "delivered"))


class Reservations:
    """The reservations of all orders; every call is part of the caller's transaction."""

    def __init__(
        self, storage: Storage, shelf: Shelf, outbox: Outbox, assumptions: Assumptions
    ) -> None:
        self._storage = storage
        self._shelf = shelf
        self._outbox = outbox
        self._assumptions = assumptions

    def hold(self, account: int, number: int, order: Body) -> None:
        """Reserve what a new order (`number`: its row) wants, if it wants that and is not over.

        What the hub does not know cannot be reserved and is passed over.
        """
        if not order.get("auto_reserve") or self._ends(order["status"]):
            return
        if not self._is_first(account, order):
            return
        wanted: dict[int, list[tuple[str, object, int]]] = defaultdict(list)
        products: dict[int, Stored] = {}
        for item in order["items"]:
            sku = sold_sku(item)
            stored = self._shelf.find(account, sku) if sku else None
            if stored is None or sku is None:
                continue
            products[stored.number] = stored
            code = item.get("stock_code") or order.get("stock_code")
            wanted[stored.number].append((sku, code, int(amount_of(item["quantity"]) or 0)))
        for row, lines in wanted.items():
            self._hold(account, number, order["id"], products[row], lines)

    def settle(self, account: int, number: int, order: Body) -> None:
        """End the order's reservation when its status says so; later statuses find nothing left."""
        if not self._ends(order["status"]):
            return
        held = self._storage.read(_SQL["held"], (number,))
        if not held:
            return
        self._storage.write(_SQL["end"], (number,))
        consumed = (
            order["status"] not in _GIVEN_BACK and self._assumptions["reserved_goods"] == "consumed"
        )
        by_product: dict[int, list[tuple[str, int]]] = defaultdict(list)
        for row, holder, quantity in held:
            by_product[row].append((holder, quantity))
        for row, parts in by_product.items():
            stored = self._shelf.find_row(account, row)
            if stored is not None:
                self._end(account, order["id"], stored, parts, consumed=consumed)

    def _ends(self, status: str) -> bool:
        if status in _GIVEN_BACK or status in _SENT:
            return True
        return status == "invoiced" and self._assumptions["reserved_until"] == "invoiced"

    def _is_first(self, account: int, order: Body) -> bool:
        original = order.get("original_id")
        if original is None or original == "":
            return True
        names = (account, str(order.get("channel") or ""), str(original))
        return self._storage.write(_SQL["note_original"], names) == 1

    def _hold(
        self,
        account: int,
        number: int,
        order_id: str,
        stored: Stored,
        lines: list[tuple[str, object, int]],
    ) -> None:
        product = stored.product()
        sums: dict[str, int] = defaultdict(int)
        for sku, code, quantity in lines:
            table = table_named(product, "stock_table", code)
            holder = table if table is not None else _sold(product, sku)
            sums[holder["id"]] += quantity
        self._storage.write_many(
            _SQL["hold"],
            [(number, stored.number, holder, quantity) for holder, quantity in sums.items()],
        )
        cause, now = Cause("order", order_id), now_iso()
        for one in _holders(product):
            if one["id"] in sums:
                _count(product, one, "reserved", sums[one["id"]], now, cause)
        self._keep(account, stored, product, now)

    def _end(
        self,
        account: int,
        order_id: str,
        stored: Stored,
        parts: list[tuple[str, int]],
        *,
        consumed: bool,
    ) -> None:
        product = stored.product()
        cause, now = Cause("order", order_id), now_iso()
        holders = {one["id"]: one for one in _holders(product)}
        for identifier, quantity in parts:
            # A variation or a table may be gone meanwhile, and its reserved figure with it.
            one = holders.get(identifier)
            if one is None:
                continue
            _count(product, one, "reserved", -quantity, now, cause)
            if consumed:
                _count(product, one, "quantity", -quantity, now, cause)
        self._keep(account, stored, product, now)

    def _keep(self, account: int, stored: Stored, product: Body, now: str) -> None:
        if self._shelf.update(account, stored, product, keys_of(product), now) is not None:
            self._outbox.put(account, "products", stored.id, "updated", _STOCK_CHANGED)


def _sold(product: Body, sku: str) -> Body:
    """The product itself, or its variation with that SKU."""
    return next((one for one in product["variations"] if one["sku"] == sku), product)


def _holders(product: Body) -> Iterable[Body]:
    return (product, *product["variations"], *product["stock_table"])


def _count(product: Body, holder: Body, figure: str, amount: int, now: str, cause: Cause) -> None:
    before = holder.get(figure) or 0
    holder[figure] = max(0, before + amount)
    if any(holder is table for table in product["stock_table"]):
        note(holder, figure, before, now, cause)
