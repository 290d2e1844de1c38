"""What is done to orders, whoever asks: create, change, tell the app.

Apps come here through the API, marketplaces from inside. Every change is stamped, noted in the
status history, and put into the outbox in one transaction; so is what follows from it: goods are
reserved or given back, and an invoice whose address was told waits to be read.
"""

from ponte_sandbox.common.storage import Storage
from ponte_sandbox.hub.assumptions import Assumptions
from ponte_sandbox.hub.notifications.outbox import Changes, Outbox
from ponte_sandbox.hub.orders.archive import Archive, Stored
from ponte_sandbox.hub.orders.deliveries import check_split, invoice_addresses
from ponte_sandbox.hub.orders.downloads import Downloads
from ponte_sandbox.hub.orders.fields import Body
from ponte_sandbox.hub.orders.merge import changed_order, new_order
from ponte_sandbox.hub.orders.pricing import fill_prices
from ponte_sandbox.hub.orders.reservations import Reservations
from ponte_sandbox.hub.products.shelf import Shelf
from ponte_sandbox.hub.stamps import Ids
from ponte_sandbox.hub.wire import NOT_FOUND_CHANGES, invalid, not_updated


class Counter:
    """Takes orders in and changes them."""

    def __init__(
        self,
        storage: Storage,
        shelf: Shelf,
        archive: Archive,
        outbox: Outbox,
        downloads: Downloads,
        ids: Ids,
        assumptions: Assumptions,
    ) -> None:
        self._storage = storage
        self._shelf = shelf
        self._archive = archive
        self._outbox = outbox
        self._downloads = downloads
        self._reservations = Reservations(storage, shelf, outbox, assumptions)
        self._ids = ids
        self._assumptions = assumptions

    def create(
        self,
        account: int,
        sent: Body,
        app_number: int,
        created: str = "",
        client_id: str | None = None,
    ) -> Stored:
        """Take in an order; `created` (ISO, for replays) is now unless given; `client_id` is the
        app's that posts it, None for a marketplace inside. `Refusal` 400."""
        with self._storage.writing():
            identifier, number = self._archive.next_id()
            order = new_order(sent, self._ids, identifier, number, account)
            order["modified"] = now = self._archive.stamp(account)
            order["created"] = created or now
            order["user_client_id"] = app_number
            _note_statuses(order, now)
            fill_prices(order, lambda sku: self._product(account, sku))
            stored = self._archive.insert(account, order)
            self._reservations.hold(account, stored.number, order)
            self._tell(account, identifier, "created", client_id, status=True)
            return stored

    def change(self, account: int, stored: Stored, sent: Body, client_id: str | None) -> Stored:
        """Change an order for an app (`client_id`) or from inside the hub (None).

        Raises `Refusal`: 400 for invalid fields, `not_updated` when nothing would change.
        """
        with self._storage.writing():
            current = stored.order()
            if client_id is not None:
                self._check_app_may(sent, current)
            now = self._archive.stamp(account)
            order = changed_order(current, sent, self._ids, now, from_inside=client_id is None)
            if order == current:
                raise not_updated(self._assumptions, NOT_FOUND_CHANGES)
            if self._assumptions["shipping_items"] == "checked" and _names_goods(sent):
                check_split(order)
            status_changed = order["status"] != current["status"]
            _note_statuses(order, now, current)
            order["modified"] = now
            external_app = stored.external_app
            if client_id is not None and order["external"] != current["external"]:
                external_app = client_id
            changed = self._archive.update(stored, order, external_app)
            if status_changed:
                self._reservations.settle(account, stored.number, order)
            self._read_invoices(account, order, current)
            self._tell(account, stored.id, "updated", client_id, status=status_changed)
            self._tell_of_invoices(account, current, order, client_id)
            return changed

    def _product(self, account: int, sku: str) -> Body | None:
        stored = self._shelf.find(account, sku)
        return stored.product() if stored is not None else None

    def _read_invoices(self, account: int, order: Body, before: Body) -> None:
        """Have the invoices read whose address is new, or all of them when the order is reported
        as invoiced once more."""
        addresses = invoice_addresses(order)
        if not addresses:
            return
        known = invoice_addresses(before)
        again = order["status"] == "invoiced" and before.get("status") != "invoiced"
        for shipment, url in addresses.items():
            if again or known.get(shipment) != url:
                self._downloads.put(account, order["id"], shipment, url)

    def _check_app_may(self, sent: Body, current: Body) -> None:
        status = sent.get("status")
        if (
            status in ("shipped", "delivered")
            and self._assumptions[f"{status}_status"] == "refused"
        ):
            raise invalid(f"status {status} is not set by apps")
        if status == current["status"] and self._assumptions["repeated_status"] == "refused":
            raise not_updated(self._assumptions, NOT_FOUND_CHANGES)

    def _tell_of_invoices(
        self, account: int, before: Body, after: Body, client_id: str | None
    ) -> None:
        """`invoices` notifications [D] carry the order's id [A]: an invoice has none of its own."""
        known, now = _invoice_keys(before), _invoice_keys(after)
        if now - known:
            action = "updated" if known else "created"
            changes = Changes(status=True, stock=False, price=False)
            writer = None if self._assumptions.tells_writer else client_id
            self._outbox.put(account, "invoices", after["id"], action, changes, but_not=writer)

    def _tell(
        self, account: int, identifier: str, action: str, client_id: str | None, *, status: bool
    ) -> None:
        changes = Changes(status=status, stock=False, price=False)
        writer = None if self._assumptions.tells_writer else client_id
        self._outbox.put(account, "orders", identifier, action, changes, but_not=writer)


def _note_statuses(order: Body, now: str, before: Body | None = None) -> None:
    """One more entry in the history of each of the two statuses that is not what it was."""
    for name, history in (("status", "status_history"), ("sub_status", "substatus_history")):
        if order[name] != (before[name] if before is not None else None):
            order[history] = [*order[history], {name: order[name], "date": now}]


def _names_goods(sent: Body) -> bool:
    """Whether a call says what is in a delivery, or what was ordered; its lists are checked."""
    return "items" in sent or any(
        "shipping_items" in shipment for shipment in sent.get("shipments") or ()
    )


def _invoice_keys(order: Body) -> set[str]:
    return {shipment["nfe_key"] for shipment in order["shipments"] if shipment.get("nfe_key")}
