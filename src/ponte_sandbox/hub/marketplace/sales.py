"""One order of the marketplace's: what is bought, what it costs, and what will become of it.

Pure: a random source and products in, an order and its fate out. Amounts are right to the cent
unless a defect is asked for: items + shipping - discount = total, and the payments add up to the
total with interest (`total_paid`). A store may only ever see the approved ones.
"""

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import Any, NamedTuple

from ponte_sandbox.hub.marketplace.buyers import Buyer, make_buyer, spoil
from ponte_sandbox.hub.marketplace.channels import Channel, Mix, buyer_fields
from ponte_sandbox.hub.stamps import iso

Body = dict[str, Any]

_CENT = Decimal("0.01")
_ZERO = Decimal("0.00")
# Interest a month on instalments beyond those free of it, as card plans charge.
_INTEREST = Decimal("0.0299")
_FREE_INSTALMENTS = 3


class Fate(StrEnum):
    """What an order ends as."""

    APPROVED = "approved"
    CANCELED = "canceled"
    NEVER = "never"


class Path(StrEnum):
    """How it gets there."""

    AT_ONCE = "at_once"
    LATER = "later"
    NEVER = "never"
    CANCELED_BEFORE = "canceled_before_approval"
    CANCELED_AFTER = "canceled_after_approval"


class Defect(StrEnum):
    """What is wrong with it, when defects are asked for."""

    NONE = "none"
    INVALID_DOCUMENT = "invalid_document"
    UNKNOWN_SKU = "unknown_sku"
    AMOUNTS = "amounts"


# Every few hundred orders contain each path many times.
_PATHS = (
    (Path.AT_ONCE, 55),
    (Path.LATER, 23),
    (Path.NEVER, 8),
    (Path.CANCELED_BEFORE, 6),
    (Path.CANCELED_AFTER, 8),
)
_FATES = {
    Path.AT_ONCE: Fate.APPROVED,
    Path.LATER: Fate.APPROVED,
    Path.NEVER: Fate.NEVER,
    Path.CANCELED_BEFORE: Fate.CANCELED,
    Path.CANCELED_AFTER: Fate.CANCELED,
}
# "A small share": one order in twenty has one, each kind as often.
USUAL_DEFECT_SHARE = 0.05


class Step(NamedTuple):
    """A status the marketplace sets later."""

    after_seconds: float
    status: str


class Sale(NamedTuple):
    """An order to place, and what the marketplace does with it afterwards."""

    order: Body
    app_number: int
    steps: tuple[Step, ...]
    fate: Fate
    path: Path
    defect: Defect


class Line(NamedTuple):
    """Something that can be sold: a simple product, or a variation of one."""

    product: Body
    variation: Body | None

    @property
    def price(self) -> Decimal:
        """What it costs now: the special price where there is one."""
        sold = self.variation or self.product
        price = sold["price"] if sold["price"] is not None else self.product["price"]
        special = sold["special_price"]
        chosen: Decimal = special or price
        return chosen


def sellable_lines(product: Body) -> list[Line]:
    """What can be sold of a product: available, in stock, with a price."""
    if not product["available"]:
        return []
    if product["variations"]:
        lines = [Line(product, variation) for variation in product["variations"]]
    else:
        lines = [Line(product, None)]
    return [
        line
        for line in lines
        if (line.variation or product)["quantity"] > 0
        and ((line.variation or product)["price"] or product["price"] or 0) > 0
    ]


def line_of(product: Body, sku: str) -> Line | None:
    """What is sold under a SKU, in stock or not; None for a family's own SKU, under which nothing
    is, and for what has no price."""
    if not product["variations"]:
        variation = None
    else:
        named = [each for each in product["variations"] if each["sku"] == sku]
        if not named:
            return None
        variation = named[0]
    line = Line(product, variation)
    has_price = ((variation or product)["price"] or product["price"] or 0) > 0
    return line if has_price else None


def make_sale(
    chance: random.Random,
    number: str,
    pick: Callable[[random.Random], Line],
    step_seconds: float,
    *,
    mix: Mix,
    defect_share: float,
) -> Sale:
    """An order with the marketplace's own `number`; `pick` draws something that can be sold."""
    channel = mix.draw(chance)
    defect = Defect.NONE
    if defect_share and chance.random() < defect_share:
        defect = chance.choice((Defect.INVALID_DOCUMENT, Defect.UNKNOWN_SKU, Defect.AMOUNTS))
    path = chance.choices([path for path, _ in _PATHS], [weight for _, weight in _PATHS])[0]
    status, steps = _course(chance, path, step_seconds)
    items = _items(chance, channel, pick)
    if defect is Defect.UNKNOWN_SKU:
        items[0] |= {"sku": f"SEM-CADASTRO-{number}", "original_sku": None, "variation": None}
    buyer = make_buyer(chance)
    if defect is Defect.INVALID_DOCUMENT:
        buyer = buyer._replace(document=spoil(buyer.document))
    order = _order(chance, channel, buyer, items, off_by=defect is Defect.AMOUNTS)
    order |= {"original_id": number, "status": status}
    return Sale(order, channel.app_number, steps, _FATES[path], path, defect)


def make_order(
    chance: random.Random, number: str, channel: Channel, line: Line, quantity: int, status: str
) -> Body:
    """An order somebody asked for by hand: of one thing, with a buyer who does not exist."""
    items = [_item(chance, channel, line, quantity)]
    order = _order(chance, channel, make_buyer(chance), items, off_by=False)
    return order | {"original_id": number, "status": status}


def _order(
    chance: random.Random, channel: Channel, buyer: Buyer, items: list[Body], *, off_by: bool
) -> Body:
    """Everything of an order but its number and status; `off_by`: its total is wrong."""
    amounts, payments = _amounts(chance, channel, items)
    if off_by:
        amounts["total"] += Decimal(chance.randint(5, 50))
    return {
        "channel": channel.name,
        "channel_account": f"loja-{channel.app_number}",
        "delivery_type": chance.choice(("standard", "standard", "express", "economy")),
        **buyer_fields(channel, buyer),
        **_dates(chance, channel),
        **_written(channel, amounts),
        "items": [_written(channel, item) for item in items],
        "payments": [_written(channel, payment) for payment in payments],
    }


def _course(chance: random.Random, path: Path, step_seconds: float) -> tuple[str, tuple[Step, ...]]:
    first = chance.uniform(0.2, 1.0) * step_seconds
    second = first + chance.uniform(0.2, 1.0) * step_seconds
    waiting = chance.choice(("pending", "pending", "under_review"))
    match path:
        case Path.AT_ONCE:
            return "approved", ()
        case Path.LATER:
            return waiting, (Step(first, "approved"),)
        case Path.NEVER:
            return waiting, ()
        case Path.CANCELED_BEFORE:
            return waiting, (Step(first, "canceled"),)
        case Path.CANCELED_AFTER:
            if chance.random() < 0.5:
                return "approved", (Step(first, "canceled"),)
            return waiting, (Step(first, "approved"), Step(second, "canceled"))


def _items(
    chance: random.Random, channel: Channel, pick: Callable[[random.Random], Line]
) -> list[Body]:
    lines: dict[str, Line] = {}
    for _ in range(chance.choices((1, 2, 3, 4), (60, 25, 10, 5))[0]):
        line = pick(chance)
        lines[(line.variation or line.product)["sku"]] = line
    return [_item(chance, channel, line, _usual_quantity(chance, line)) for line in lines.values()]


def _usual_quantity(chance: random.Random, line: Line) -> int:
    in_stock: int = (line.variation or line.product)["quantity"]
    return min(chance.choices((1, 2, 3, 5), (75, 15, 7, 3))[0], in_stock)


def _item(chance: random.Random, channel: Channel, line: Line, quantity: int) -> Body:
    product, variation = line.product, line.variation
    gross = line.price * quantity
    discount = _ZERO
    if chance.randint(1, 100) <= channel.line_discount_percent:
        discount = _cents(gross * chance.randint(2, 15) / 100)
    item: Body = {
        "sku": product["sku"],
        "original_sku": product["sku"],
        "name": (variation or product)["name"] or product["name"],
        "quantity": quantity,
        "price": line.price,
        "discount": discount,
        "total": gross - discount,
        "photo_url": next((photo.get("url") for photo in product["photos"]), None),
        "variation": None,
    }
    if variation is not None:
        item["variation"] = {
            "sku": variation["sku"],
            "id": variation["id"],
            "name": variation["name"],
            "external": variation["external"],
            "ean": variation["ean"],
            "attributes": variation["attributes"],
        }
    return item


def _amounts(chance: random.Random, channel: Channel, items: list[Body]) -> tuple[Body, list[Body]]:
    subtotal = sum((item["price"] * item["quantity"] for item in items), _ZERO)
    discount = sum((item["discount"] for item in items), _ZERO)
    if chance.randint(1, 100) <= channel.voucher_percent:
        discount += min(_cents(subtotal / 10), Decimal(chance.choice((5, 10, 20))))
    shipping = chance.choice((_ZERO, _cents(Decimal(chance.randint(690, 8990)) / 100)))
    total = subtotal + shipping - discount
    payments = _payments(chance, channel, total)
    amounts = {
        "subtotal": subtotal,
        "shipping": shipping,
        "discount": discount,
        "total": total,
        "total_paid": sum((payment["payment_total"] for payment in payments), _ZERO),
    }
    return amounts, payments


def _dates(chance: random.Random, channel: Channel) -> Body:
    """By when it is to be sent and delivered; not every channel says so."""
    if channel.absent is None:
        return {"expected_send_date": None, "expected_delivery_date": None}
    send = datetime.now(UTC) + timedelta(days=chance.randint(1, 3))
    delivery = send + timedelta(days=chance.randint(2, 12))
    if channel.writes_texts:
        return {"expected_send_date": f"{send:%Y-%m-%d}", "expected_delivery_date": iso(delivery)}
    return {"expected_delivery_date": f"{delivery:%Y-%m-%d}"}


def _payments(chance: random.Random, channel: Channel, total: Decimal) -> list[Body]:
    kind = chance.choice(channel.payment_types)
    payments = []
    rest = total
    if kind == "credit" and total > 50 and chance.random() < 0.15:
        # A voucher pays a part, the card the rest.
        voucher = _cents(total * chance.randint(10, 40) / 100)
        payments.append(_payment("voucher", 1, voucher, _ZERO))
        rest -= voucher
    instalments = chance.choice((1, 1, 2, 3, 6, 10, 12)) if kind == "credit" else 1
    interest = _ZERO
    if instalments > _FREE_INSTALMENTS:
        interest = _cents(rest * _INTEREST * instalments / 2)
    payments.append(_payment(kind, instalments, rest + interest, interest))
    return payments


def _payment(kind: str, instalments: int, total: Decimal, interest: Decimal) -> Body:
    return {
        "payment_type": kind,
        "payment_method": {"ticket": "boleto", "credit": "visa"}.get(kind, kind),
        "payment_installments": instalments,
        "payment_total": total,
        "payment_quota": _cents(total / instalments),
        "payment_interest": interest,
        "payment_additional_info": None,
    }


def _written(channel: Channel, fields: Body) -> Body:
    """Numbers as this channel writes them."""
    if not channel.writes_texts:
        return fields
    return {
        name: str(value) if isinstance(value, Decimal | int) else value
        for name, value in fields.items()
    }


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(_CENT, ROUND_HALF_UP)
