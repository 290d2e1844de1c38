"""An order as it is answered: as it is kept, or in the shape an assumption asks for.

Kept and answered JSON are the same bytes by default. Where pluggto-api.md leaves a shape open
(`external`, numbers or texts, the status history), a switch turns it here, on the way out.
"""

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from ponte_sandbox.hub.assumptions import Assumptions
from ponte_sandbox.hub.orders.archive import Stored
from ponte_sandbox.hub.orders.fields import (
    ITEM_AMOUNTS,
    ORDER_AMOUNTS,
    PAYMENT_AMOUNTS,
    Body,
)
from ponte_sandbox.hub.wire import encode_json

_CENT = Decimal("0.01")
# With two places still within the digits that a Decimal rounds to.
_LARGEST_WRITTEN = Decimal(10**20)


def answered(stored: Stored, assumptions: Assumptions) -> bytes:
    """The order's JSON under the assumptions in force."""
    if assumptions.orders_as_stored:
        return stored.body
    order = stored.order()
    if assumptions["status_history"] == "absent":
        del order["status_history"], order["substatus_history"]
    if assumptions["external_shape"] == "object" and order["external"] is not None:
        order["external"] = {stored.external_app or "": order["external"]}
    if assumptions["numbers"] == "string":
        _write_as_texts(order, ORDER_AMOUNTS)
        for item in order["items"]:
            _write_as_texts(item, (*ITEM_AMOUNTS, "quantity"))
        for payment in order["payments"]:
            _write_as_texts(payment, (*PAYMENT_AMOUNTS, "payment_installments"))
    return encode_json(order)


def _write_as_texts(holder: Body, names: tuple[str, ...]) -> None:
    for name in names:
        value: Any = holder.get(name)
        if isinstance(value, Decimal):
            # What is no amount (a number of instalments, an unchecked field) is written as it is.
            plain = abs(value) < _LARGEST_WRITTEN
            holder[name] = str(value.quantize(_CENT, ROUND_HALF_UP) if plain else value)
        elif isinstance(value, int) and not isinstance(value, bool):
            holder[name] = str(value)
