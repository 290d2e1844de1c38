"""Whether every approved order is in the store exactly once, and the hub knows what became of it.

Pure. Judged by the manual: only what was approved enters (R5), the store's own sales stay at home
(R2), what the store invoiced and dispatched stands in the hub on one delivery (R6, R7, R8). An
order canceled after its approval may have entered, and is canceled there then, or may not have.
"""

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet

from msgspec import Struct

from ponte.cli.demo.compare_products import Difference
from ponte.cli.demo.shapes import HubOrder, StoreOrder

_CANCELED = "canceled"
# Statuses an order has once the hub knows of its invoice, and of its dispatch.
_INVOICE_KNOWN = frozenset({"invoiced", "shipping_informed", "shipped", "delivered"})
_DISPATCH_KNOWN = _INVOICE_KNOWN - {"invoiced"}


class OrderVerdict(Struct, frozen=True):
    """`approved` = `imported` + `lost`; the other two must be 0 like `lost`."""

    approved: int
    imported: int
    duplicated: int
    lost: int
    not_approved_imported: int
    differences: tuple[Difference, ...] = ()


class ReportVerdict(Struct, frozen=True):
    """Invoices and dispatches of living orders, and how many of them the hub shows rightly."""

    expected: int
    delivered: int
    differences: tuple[Difference, ...] = ()


def compare_orders(
    hub_orders: Iterable[HubOrder],
    store_orders: Sequence[StoreOrder],
    placed: AbstractSet[str],
    own_sales: int,
) -> OrderVerdict:
    """Compare both lists; `placed` are the orders the marketplace placed, `own_sales` how many
    sales the store made itself."""
    in_hub = {order.id: order for order in hub_orders}
    in_store: dict[str, list[StoreOrder]] = {}
    for taken in store_orders:
        if taken.hub_order_id is not None:
            in_store.setdefault(taken.hub_order_id, []).append(taken)
    found: list[Difference] = _compare_lanes(in_hub, in_store, placed, store_orders, own_sales)
    approved = imported = lost = unapproved = 0
    for order in in_hub.values():
        copies = in_store.get(order.id, [])
        if not _was_approved(order):
            if copies:
                unapproved += 1
                found.append(_difference(order, "entry", f"number {copies[0].number}", "never"))
            continue
        if copies:
            approved += 1
            imported += 1
            found += _compare_one(order, copies[0])
        elif order.status != _CANCELED:
            approved += 1
            lost += 1
            said = next((log.message for log in reversed(order.log_history) if log.message), "")
            hub = f"{order.status}; {said}" if said else order.status
            found.append(_difference(order, "entry", "missing", hub))
    duplicated = 0
    for order_id, copies in in_store.items():
        if len(copies) > 1:
            duplicated += 1
            numbers = ", ".join(copy.number for copy in copies)
            found.append(Difference(f"order {order_id}", "entries", numbers, "one", (order_id,)))
    return OrderVerdict(approved, imported, duplicated, lost, unapproved, tuple(found))


def compare_reports(
    hub_orders: Iterable[HubOrder], store_orders: Iterable[StoreOrder]
) -> ReportVerdict:
    """Compare what the store did with its orders with what the hub was told."""
    in_hub = {order.id: order for order in hub_orders}
    expected = delivered = 0
    found: list[Difference] = []
    for done in store_orders:
        told = in_hub.get(done.hub_order_id or "")
        if told is None or _CANCELED in (told.status, done.status):
            continue
        missing = _missing_reports(done, told)
        facts = (done.invoice is not None) + (done.shipment is not None)
        untold = sum(what in ("invoice", "dispatch") for what, _, _ in missing)
        expected += facts
        if facts and len(told.shipments) > 1:
            missing.append(("deliveries", "1", str(len(told.shipments))))
            untold = facts
        delivered += facts - untold
        found += [_difference(told, what, store, hub) for what, store, hub in missing]
    return ReportVerdict(expected, delivered, tuple(found))


def _compare_lanes(
    in_hub: dict[str, HubOrder],
    in_store: dict[str, list[StoreOrder]],
    placed: AbstractSet[str],
    store_orders: Sequence[StoreOrder],
    own_sales: int,
) -> list[Difference]:
    """Nothing leaves its lane: the hub has the marketplace's orders, the store them and its own."""
    found = [
        Difference(f"order {order_id}", "origin", "not placed by the marketplace", "there", ())
        for order_id in sorted(set(in_hub) - placed)
    ]
    found += [
        Difference(f"order {order_id}", "presence in the hub", "placed", "missing", (order_id,))
        for order_id in sorted(placed - set(in_hub))
    ]
    found += [
        Difference(f"order {order_id}", "origin", "there", "unknown", (order_id,))
        for order_id in sorted(set(in_store) - set(in_hub))
    ]
    own = sum(order.hub_order_id is None for order in store_orders)
    if own != own_sales:
        found.append(Difference("the store's own sales", "count", str(own), f"{own_sales} made"))
    return found


def _compare_one(order: HubOrder, taken: StoreOrder) -> list[Difference]:
    """An order that entered: canceled on both sides or none, confirmed, and right to the cent."""
    found = []
    if (order.status == _CANCELED) != (taken.canceled_at is not None):
        found.append(_difference(order, "status", taken.status, order.status))
    if order.total is not None and order.total != taken.totals.total:
        found.append(_difference(order, "total", str(taken.totals.total), str(order.total)))
    if order.status == _CANCELED:
        return found
    if order.external != taken.number:
        found.append(_difference(order, "number", taken.number, order.external or "none"))
    if order.ack is not True:
        found.append(_difference(order, "receipt", "taken in", "no ack"))
    return found


def _missing_reports(done: StoreOrder, told: HubOrder) -> list[tuple[str, str, str]]:
    shown = told.shipments[0] if told.shipments else None
    missing = []
    if done.invoice is not None:
        key = shown.nfe_key if shown else None
        if told.status not in _INVOICE_KNOWN or key != done.invoice.key:
            missing.append(("invoice", done.invoice.key, f"{told.status}, {key or 'none'}"))
    if done.shipment is not None:
        code = shown.track_code if shown else None
        if told.status not in _DISPATCH_KNOWN or code != done.shipment.tracking_code:
            missing.append(
                ("dispatch", done.shipment.tracking_code, f"{told.status}, {code or 'none'}")
            )
    if done.delivered_at is not None and told.status != "delivered":
        missing.append(("delivery", done.delivered_at, told.status))
    return missing


def _was_approved(order: HubOrder) -> bool:
    return any(change.status == "approved" for change in order.status_history)


def _difference(order: HubOrder, what: str, store: str, hub: str) -> Difference:
    names = (order.id, order.external) if order.external else (order.id,)
    return Difference(f"order {order.id}", what, store, hub, names)
