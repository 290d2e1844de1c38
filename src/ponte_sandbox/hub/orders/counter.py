"""What is done to orders, whoever asks: create, change, tell the app.

Apps come here through the API, marketplaces from inside. Every change is stamped, noted in the
status history, and put into the outbox in one transaction.
"""

from ponte_sandbox.common.storage import Storage
from ponte_sandbox.hub.assumptions import Assumptions
from ponte_sandbox.hub.notifications.outbox import Changes, Outbox
from ponte_sandbox.hub.orders.archive import Archive, Stored
from ponte_sandbox.hub.orders.fields import Body
from ponte_sandbox.hub.orders.merge import changed_order, new_order
from ponte_sandbox.hub.stamps import Ids
from ponte_sandbox.hub.wire import NOT_FOUND_CHANGES, invalid, not_updated


class Counter:
    """Takes orders in and changes them."""

    def __init__(
        self,
        storage: Storage,
        archive: Archive,
        outbox: Outbox,
        ids: Ids,
        assumptions: Assumptions,
    ) -> None:
        self._storage = storage
        self._archive = archive
        self._outbox = outbox
        self._ids = ids
        self._assumptions = assumptions

    def create(self, account: int, sent: Body, app_number: int, created: str = "") -> Stored:
        """Take in an order; `created` (ISO, for replays) is now unless given. `Refusal` 400."""
        with self._storage.writing():
            identifier, number = self._archive.next_id()
            order = new_order(sent, self._ids, identifier, number, account)
            order["modified"] = now = self._archive.stamp(account)
            order["created"] = created or now
            order["user_client_id"] = app_number
            order["status_history"] = [{"status": order["status"], "date": now}]
            stored = self._archive.insert(account, order)
            self._tell(account, identifier, "created", status=True)
            return stored

    def change(self, account: int, stored: Stored, sent: Body, client_id: str | None) -> Stored:
        """Change an order for an app (`client_id`) or for a marketplace (None).

        Raises `Refusal`: 400 for invalid fields, `not_updated` when nothing would change.
        """
        with self._storage.writing():
            current = stored.order()
            if client_id is not None:
                self._check_app_may(sent, current)
            now = self._archive.stamp(account)
            order = changed_order(current, sent, self._ids, now)
            if order == current:
                raise not_updated(self._assumptions, NOT_FOUND_CHANGES)
            status_changed = order["status"] != current["status"]
            if status_changed:
                entry = {"status": order["status"], "date": now}
                order["status_history"] = [*current["status_history"], entry]
            if order["sub_status"] != current["sub_status"]:
                entry = {"sub_status": order["sub_status"], "date": now}
                order["substatus_history"] = [*current["substatus_history"], entry]
            order["modified"] = now
            external_app = stored.external_app
            if client_id is not None and order["external"] != current["external"]:
                external_app = client_id
            changed = self._archive.update(stored, order, external_app)
            self._tell(account, stored.id, "updated", status=status_changed)
            self._tell_of_invoices(account, current, order)
            return changed

    def _check_app_may(self, sent: Body, current: Body) -> None:
        status = sent.get("status")
        if (
            status in ("shipped", "delivered")
            and self._assumptions[f"{status}_status"] == "refused"
        ):
            raise invalid(f"status {status} is not set by apps")
        if status == current["status"] and self._assumptions["repeated_status"] == "refused":
            raise not_updated(self._assumptions, NOT_FOUND_CHANGES)

    def _tell_of_invoices(self, account: int, before: Body, after: Body) -> None:
        """`invoices` notifications [D] carry the order's id [A]: an invoice has none of its own."""
        known, now = _invoice_keys(before), _invoice_keys(after)
        if now - known:
            action = "updated" if known else "created"
            changes = Changes(status=True, stock=False, price=False)
            self._outbox.put(account, "invoices", after["id"], action, changes)

    def _tell(self, account: int, identifier: str, action: str, *, status: bool) -> None:
        changes = Changes(status=status, stock=False, price=False)
        self._outbox.put(account, "orders", identifier, action, changes)


def _invoice_keys(order: Body) -> set[str]:
    return {shipment["nfe_key"] for shipment in order["shipments"] if shipment.get("nfe_key")}
