"""An order's deliveries (`shipments`): found by id, split by what they hold, and never invented.

A shipment sent without an id is a *new delivery* [D], which is the trap clients fall into. Split
deliveries say what each holds in `shipping_items`, and those have to be the order's: a SKU nobody
bought, or more than was bought, is refused.
"""

from collections import Counter
from typing import Any
from urllib.parse import urlsplit

from ponte_sandbox.hub import fields
from ponte_sandbox.hub.fields import Check
from ponte_sandbox.hub.orders.access_key import is_access_key
from ponte_sandbox.hub.orders.fields import Body, amount_of, sold_sku
from ponte_sandbox.hub.stamps import Ids
from ponte_sandbox.hub.wire import invalid

# An NF-e has at most 990 lines (nfeProc 4.00), and no order more deliveries than lines.
MAX_SHIPMENTS = 990
# What browsers and servers take without quarrel.
_MAX_ADDRESS = 2_000
INVOICE = "invoice"


def _access_key(value: Any, place: str) -> str | None:
    key = fields.text(value, place)
    if key and not is_access_key(key):
        raise invalid(f"{place} is not an NF-e access key: 44 characters and a right check digit")
    return key


def _documents(value: Any, place: str) -> list[Body] | None:
    if value is None:
        return None
    documents = []
    for position, sent in enumerate(fields.members(value, place)):
        where = f"{place}[{position}]."
        kind = fields.text(sent.get("type"), where + "type")
        url = fields.text(sent.get("url"), where + "url")
        if kind == INVOICE and not _is_web_address(url or ""):
            raise invalid(f"{where}url is an http address of at most {_MAX_ADDRESS} characters")
        documents.append({**sent, "url": url, "type": kind})
    return documents


def _is_web_address(url: str) -> bool:
    # A space or a control character would be taken for the end of the address by others.
    if len(url) > _MAX_ADDRESS or any(sign <= " " for sign in url):
        return False
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _shipping_items(value: Any, place: str) -> list[Body] | None:
    if value is None:
        return None
    items = []
    for position, sent in enumerate(fields.members(value, place)):
        where = f"{place}[{position}]."
        quantity = fields.whole(sent.get("quantity"), where + "quantity")
        if not quantity:
            raise invalid(f"{where}quantity is a whole number from 1")
        items.append({**sent, "sku": fields.sku(sent.get("sku"), where + "sku")})
        items[-1]["quantity"] = quantity
    return items


_SHIPMENT: dict[str, Check] = {
    **dict.fromkeys(
        (
            "shipping_company", "shipping_method", "track_code", "track_url", "status",
            "date_shipped", "date_delivered", "estimate_delivery_date", "external",
            "nfe_number", "nfe_serie", "nfe_date", "nfe_link", "cfops",
        ),
        fields.text,
    ),
    "nfe_key": _access_key,
    "documents": _documents,
    "shipping_items": _shipping_items,
}  # fmt: skip


def merge_shipments(current: list[Body], value: Any, ids: Ids) -> list[Body]:
    """The deliveries after the call. Raises `Refusal` 400 for what cannot be."""
    merged = list(current)
    positions = {shipment["id"]: position for position, shipment in enumerate(merged)}
    for number, sent in enumerate(fields.members(value, "shipments")):
        place = f"shipments[{number}]."
        checked = {
            name: check(sent[name], place + name)
            for name, check in _SHIPMENT.items()
            if name in sent
        }
        identifier = fields.identifier(sent.get("id"), place + "id")
        if identifier is None:
            if len(merged) >= MAX_SHIPMENTS:
                raise invalid(f"An order has at most {MAX_SHIPMENTS} shipments")
            merged.append({"id": ids.of_member(), **checked})
            continue
        position = positions.get(identifier)
        if position is None:
            raise invalid(f"{place}id is not the id of a shipment of this order")
        merged[position] = {**merged[position], **checked}
    return merged


def check_split(order: Body) -> None:
    """The deliveries together hold no more than was ordered. Raises `Refusal` 400.

    A delivery names what was sold, or the product it is a variation of; items without a delivery
    are no mistake, they are still to be sent.
    """
    ordered: Counter[str] = Counter()
    of_parent: Counter[str] = Counter()
    parents: dict[str, str] = {}
    for item in order["items"]:
        quantity = int(amount_of(item["quantity"]) or 0)
        sold = sold_sku(item) or ""
        parent = item.get("sku") or sold
        for name in {sold, parent}:
            ordered[name] += quantity
            parents[name] = parent
        of_parent[parent] += quantity
    sent: Counter[str] = Counter()
    sent_of_parent: Counter[str] = Counter()
    for shipment in order["shipments"]:
        for line in shipment.get("shipping_items") or ():
            # Kept by an older hub, before they were checked, it may be anything.
            sku, amount = str(line.get("sku")), amount_of(line.get("quantity"))
            if sku not in ordered or amount is None:
                raise invalid(f"shipping_items: the order has no item {sku[:80]!r}")
            sent[sku] += int(amount)
            sent_of_parent[parents[sku]] += int(amount)
            if sent[sku] > ordered[sku] or sent_of_parent[parents[sku]] > of_parent[parents[sku]]:
                raise invalid(
                    f"shipping_items: more of {sku[:80]!r} in all shipments than was ordered"
                )


def invoice_addresses(order: Body) -> dict[str, str]:
    """Where each shipment's invoice is to be read, by the shipment's id."""
    addresses = {}
    for shipment in order["shipments"]:
        for document in shipment.get("documents") or ():
            if document.get("type") == INVOICE and isinstance(document.get("url"), str):
                addresses[shipment["id"]] = document["url"]
    return addresses
