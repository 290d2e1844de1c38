"""Which fields of an order are of which kind; what is not named here is kept as it was sent.

Orders come from many marketplaces and hold what those hold, so an unknown field is no mistake. The
named ones are checked, because everybody calculates with them: an amount that is no number, a list
that is no list, and a status nobody knows are refused with their place.
"""

from decimal import Decimal, InvalidOperation
from typing import Any

from ponte_sandbox.hub.fields import members, text
from ponte_sandbox.hub.wire import invalid

Body = dict[str, Any]

STATUSES = (
    "pending",
    "partial_payment",
    "paid",
    "approved",
    "waiting_invoice",
    "in_separation",
    "invoiced",
    "invoice_error",
    "shipping_informed",
    "shipped",
    "shipping_error",
    "delivered",
    "canceled",
    "under_review",
    "refunded",
)
ORDER_AMOUNTS = ("total", "subtotal", "shipping", "discount", "total_paid")
ITEM_AMOUNTS = ("price", "total", "discount", "shipping_cost")
PAYMENT_AMOUNTS = ("payment_total", "payment_quota", "payment_interest")
# Set by the hub itself; sending them changes nothing.
GIVEN = frozenset(
    (
        "id", "order_id", "created", "modified", "user_id", "user_client_id", "status_history",
        "substatus_history",
    )
)  # fmt: skip
TEXTS = (
    "original_id", "channel", "channel_account", "currency", "delivery_type", "sub_status",
    "stock_code", "price_code",
)  # fmt: skip

_LARGEST_AMOUNT = Decimal(10**10)


def check_amounts(holder: Body, names: tuple[str, ...], place: str) -> None:
    """Each is a number, a number as text, or absent; kept as sent. Raises `Refusal` 400."""
    for name in names:
        value = holder.get(name)
        if value is None or value == "":
            continue
        amount = amount_of(value)
        if amount is None or not -_LARGEST_AMOUNT < amount < _LARGEST_AMOUNT:
            raise invalid(f"{place}{name} is an amount")


def amount_of(value: Any) -> Decimal | None:
    """An amount in any of the forms it is sent in; None when it is none."""
    if isinstance(value, bool) or not isinstance(value, int | str | Decimal):
        return None
    try:
        amount = Decimal(value)
    except InvalidOperation:
        return None
    return amount if amount.is_finite() else None


def sold_sku(item: Body) -> str | None:
    """The SKU that was sold: the variation's where there is one, else the item's own [D]."""
    variation = item.get("variation")
    sku = variation.get("sku") if isinstance(variation, dict) else None
    if sku is None or sku == "" or isinstance(sku, dict | list):
        sku = item.get("sku")
    return None if sku is None else str(sku)


def check_items(value: Any) -> list[Body]:
    """Items with a quantity from 1; their SKU is a text, digits, or not known to the channel."""
    items = []
    for position, sent in enumerate(members(value, "items")):
        place = f"items[{position}]."
        item = {**sent, "sku": text(sent.get("sku"), place + "sku")}
        quantity = amount_of(item.get("quantity"))
        if quantity is None or not 1 <= quantity < _LARGEST_AMOUNT or quantity % 1:
            raise invalid(f"{place}quantity is a whole number from 1")
        variation = item.get("variation")
        if variation is not None and not isinstance(variation, dict):
            raise invalid(f"{place}variation is an object")
        check_amounts(item, ITEM_AMOUNTS, place)
        items.append(item)
    return items


def check_payments(value: Any) -> list[Body]:
    """Payments whose amounts are amounts."""
    for position, payment in enumerate(members(value, "payments")):
        check_amounts(payment, PAYMENT_AMOUNTS, f"payments[{position}].")
    payments: list[Body] = value
    return payments


def check_status(value: Any) -> str:
    """One of the statuses known [C]."""
    if value not in STATUSES:
        raise invalid(f"status is one of {', '.join(STATUSES)}")
    status: str = value
    return status


def check_truth(value: Any, place: str) -> bool | None:
    """True or false in the forms marketplaces write them; nothing is none."""
    if value is None or value == "":
        return None
    written = str(value).lower()
    if isinstance(value, bool | int | str) and written in ("true", "false", "1", "0"):
        return written in ("true", "1")
    raise invalid(f"{place} is true or false")


def check_scalar(value: Any, place: str) -> Any:
    """A single value, not a list or an object."""
    if isinstance(value, list | dict):
        raise invalid(f"{place} is a single value")
    return value
