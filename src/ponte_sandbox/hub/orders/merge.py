"""What an order becomes when an app sends a part of it. Pure, apart from the ids handed out.

The rules [D]: only the fields sent change; deliveries are `deliveries.py`'s; `log_history` only
grows; and an update that changes nothing is not an update ("Changes not found in the order"). Tags
that state a fact follow it, whoever sends what.
"""

from typing import Any

from ponte_sandbox.hub import fields
from ponte_sandbox.hub.orders.deliveries import merge_shipments
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
    check_truth,
)
from ponte_sandbox.hub.stamps import Ids
from ponte_sandbox.hub.wire import invalid

# What the hub itself knows, and nobody can claim; a label is the hub's own to make.
FACT_TAGS = ("has_invoice_key", "has_track", "has_label")


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
        "tags": dict.fromkeys(FACT_TAGS, False),
    }
    return changed_order(order, sent, ids, now="")


def changed_order(
    current: Body, sent: Body, ids: Ids, now: str, *, from_inside: bool = False
) -> Body:
    """The order after the call; equal to `current` when nothing changed. Raises `Refusal` 400.

    `from_inside`: the hub itself speaks, and its word on labels is the fact.
    """
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
            case "auto_reserve":
                order["auto_reserve"] = check_truth(value, "auto_reserve")
            case "external":
                order["external"] = _external(value)
            case "items":
                order["items"] = _identified(check_items(value), order["items"], ids)
            case "payments":
                order["payments"] = _identified(check_payments(value), order["payments"], ids)
            case "shipments":
                order["shipments"] = merge_shipments(order["shipments"], value, ids)
            case "log_history":
                order["log_history"] = [*order["log_history"], *_log_entries(value, ids, now)]
            case "tags":
                said = value if from_inside else _without_facts(value)
                order["tags"] = _merge_object(order["tags"], said, "tags")
            case "commission":
                order["commission"] = _merge_object(order.get(name), value, name)
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


def _identified(sent: list[Body], current: list[Body], ids: Ids) -> list[Body]:
    """The members sent, each with an id: its own, that of the same member in the same place, so
    that a list sent once more is no change, or a new one."""
    identified = []
    for position, member in enumerate(sent):
        known = current[position] if position < len(current) else None
        if known is not None and {"id": known["id"], **member} == known:
            identified.append(known)
        else:
            identified.append({"id": ids.of_member(), **member})
    return identified


def _without_facts(tags: Any) -> Any:
    if not isinstance(tags, dict):
        return tags
    return {name: value for name, value in tags.items() if name not in FACT_TAGS}


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
