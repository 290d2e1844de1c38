"""Makes the labels of an order's deliveries. They exist [D]; how they are asked for is ours [A].

A label is made for each shipment that has its invoice key, because no carrier takes a parcel
without it. One that was made is answered again as it is, until what it says has changed.
"""

from ponte_sandbox.common.storage import Storage
from ponte_sandbox.hub.labels.zpl import label_of
from ponte_sandbox.hub.orders.archive import Archive, Stored
from ponte_sandbox.hub.orders.counter import Counter
from ponte_sandbox.hub.rows import Body, Row, Rows
from ponte_sandbox.hub.stamps import Ids
from ponte_sandbox.hub.wire import invalid


class Printer:
    """The labels of all accounts."""

    def __init__(self, storage: Storage, ids: Ids, archive: Archive, counter: Counter) -> None:
        self.rows = Rows(storage, "label", ("order_id", "shipment_id"), ids.of_label)
        self._storage = storage
        self._archive = archive
        self._counter = counter

    def in_force(self, account: int, order_id: str) -> list[Row]:
        """The last label made of each delivery of an order."""
        rows = self.rows.where(account, "order_id", order_id)
        return list({row.content()["shipment_id"]: row for row in rows}.values())

    def make(self, account: int, stored: Stored, sender: str) -> tuple[list[Row], bool]:
        """The label of every invoiced delivery, and whether one is new; `tags.has_label` follows.

        Raises `Refusal` 400 while no delivery has its invoice key.
        """
        order = stored.order()
        invoiced = [shipment for shipment in order["shipments"] if shipment.get("nfe_key")]
        if not invoiced:
            raise invalid("The order has no invoice key (shipments[].nfe_key) yet")
        known = {row.content()["shipment_id"]: row for row in self.in_force(account, stored.id)}
        rows: list[Row] = []
        is_new = False
        with self._storage.writing():
            for shipment in invoiced:
                content = _content(order, shipment, label_of(order, shipment, sender))
                row = known.get(shipment["id"])
                if row is None or row.content()["content"] != content["content"]:
                    row = self.rows.insert(account, content)
                    is_new = True
                rows.append(row)
            if not order["tags"].get("has_label"):
                self._counter.change(account, stored, {"tags": {"has_label": True}}, None)
        return rows, is_new


def _content(order: Body, shipment: Body, zpl: str) -> Body:
    return {
        "user_id": order["user_id"],
        "order_id": order["id"],
        "shipment_id": shipment["id"],
        "nfe_key": shipment["nfe_key"],
        "format": "zpl",
        "content": zpl,
    }
