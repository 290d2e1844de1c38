"""What an order becomes when an app sends a part of it. Pure, apart from the ids handed out.

The rules [D]: only the fields sent change; a shipment is found by its `id`, and one sent without an
id is a *new delivery*, which is the trap clients fall into; `log_history` only grows; and an update
that changes nothing is not an update ("Changes not found in the order").
"""

from typing import Any

from ponte_sandbox.hub import fields
from ponte_sandbox.hub.fields import Check
from ponte_sandbox.hub.orders.access_key import is_access_key
from ponte_sandbox.hub.orders.fields import (
    GIVEN,
    ORDER_AMOUNTS,
    TEXTS,
    Body,
    check_amounts,
    check_items,
    check_payments,
    check_scalar,
    check_status,
)
from ponte_sandbox.hub.stamps import Ids
from ponte_sandbox.hub.wire import invalid


def _access_key(value: Any, place: str) -> str | None:
    key = fields.text(value, place)
    if key and not is_access_key(key):
        raise invalid(f"{place} is not an NF-e access key: 44 characters and a right check digit")
    return key


def _objects(value: Any, place: str) -> list[Body] | None:
    return None if value is None else fields.members(value, place)


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
    "documents": _objects,
    "shipping_items": _objects,
}  # fmt: skip


def new_order(sent: Body, ids: Ids, identifier: str, number: int, account: int) -> Body:
    """A new order from what a marketplace sends. Raises `Refusal` 400 for what cannot be."""
    order: Body = {
        "id": identifier,
        "order_id": number,
        "original_id": None,
        "external": None,
        "channel": None,
        "status": "pending",
        "sub_status": None,
        "ack": False,
        "created": "",
        "modified": "",
        "total": None,
        "subtotal": None,
        "shipping": None,
        "discount": None,
        "total_paid": None,
        "currency": "BRL",
        "user_id": account,
        "user_client_id": None,
        "items": [],
        "payments": [],
        "shipments": [],
        "log_history": [],
        "log_permanent": [],
        "status_history": [],
        "substatus_history": [],
        "tags": {"has_label": False},
    }
    return changed_order(order, sent, ids, now="")


def changed_order(current: Body, sent: Body, ids: Ids, now: str) -> Body:
    """The order after the call; equal to `current` when nothing changed. Raises `Refusal` 400."""
    order = dict(current)
    check_amounts(sent, ORDER_AMOUNTS, "")
    for name, value in sent.items():
        if name in GIVEN:
            continue
        match name:
            case "status":
                order["status"] = check_status(value)
            case "ack":
                order["ack"] = bool(fields.flag(value, "ack"))
            case "external":
                order["external"] = _external(value)
            case "items":
                order["items"] = [{"id": ids.of_member(), **item} for item in check_items(value)]
            case "payments":
                order["payments"] = [
                    {"id": ids.of_member(), **payment} for payment in check_payments(value)
                ]
            case "shipments":
                order["shipments"] = _merge_shipments(order["shipments"], value, ids)
            case "log_history":
                order["log_history"] = [*order["log_history"], *_log_entries(value, ids, now)]
            case "tags" | "commission":
                order[name] = _merge_object(order.get(name), value, name)
            case _ if name in TEXTS or name.startswith(("receiver_", "payer_")):
                order[name] = check_scalar(value, name)
            case _:
                order[name] = value
    shipments = order["shipments"]
    order["tags"] = {
        **order["tags"],
        "has_invoice_key": any(shipment.get("nfe_key") for shipment in shipments),
        "has_track": any(shipment.get("track_code") for shipment in shipments),
    }
    return order


def _external(value: Any) -> str | None:
    """A text; or an object keyed by app, of which the only value is meant [C]."""
    if isinstance(value, dict):
        value = next(iter(value.values()), None)
    return fields.text(value, "external") or None


def _merge_object(current: Any, value: Any, place: str) -> Any:
    if value is None:
        return current
    if not isinstance(value, dict):
        raise invalid(f"{place} is an object")
    return {**(current if isinstance(current, dict) else {}), **value}


def _merge_shipments(current: list[Body], value: Any, ids: Ids) -> list[Body]:
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
            merged.append({"id": ids.of_member(), **checked})
            continue
        position = positions.get(identifier)
        if position is None:
            raise invalid(f"{place}id is not the id of a shipment of this order")
        merged[position] = {**merged[position], **checked}
    return merged


def _log_entries(value: Any, ids: Ids, now: str) -> list[Body]:
    entries = []
    for number, sent in enumerate(fields.members(value, "log_history")):
        place = f"log_history[{number}]."
        message = fields.text(sent.get("message"), place + "message")
        if not message:
            raise invalid(f"{place}message is empty")
        date = fields.text(sent.get("date"), place + "date") or now
        entries.append({"id": ids.of_member(), "message": message, "date": date})
    return entries
