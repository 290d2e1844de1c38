"""`inspected_fields`: which fields the hub finds good enough for a marketplace [D].

A product with a bad field is kept all the same ("there are no locks", R4): the hub takes it and
says what is wrong. The limits are ours [A]; the names of the fields are documented.
"""

from decimal import Decimal
from typing import Any

Body = dict[str, Any]

# Marketplaces cut or refuse longer ones: 150 is common to the large ones for names; 60,000 is
# below what the databases behind them keep as a text.
MAX_NAME = 150
MAX_DESCRIPTION = 60_000
# What carriers take without special terms: centimetres and kilograms.
LARGEST_SIDE = Decimal(300)
HEAVIEST = Decimal(300)

_EAN_LENGTHS = (8, 12, 13, 14)

_GOOD = {"valid": True}


def _bad(reason: str) -> dict[str, object]:
    return {"valid": False, "message": reason}


_NO_NAME = _bad(f"A name of 1 to {MAX_NAME} characters")
_NO_DESCRIPTION = _bad(f"A description of 1 to {MAX_DESCRIPTION} characters")
_NO_DIMENSIONS = _bad("length, width, height and weight above zero")
_UNREAL = _bad(f"Sides up to {LARGEST_SIDE} cm and a weight up to {HEAVIEST} kg")
_NO_EAN = _bad("A valid EAN, or ean_not_mandatory")
_NO_CATEGORY = _bad("At least one category")
_NO_LINK = _bad("An http address")
_NO_PRICE = _bad("A price above zero")
_NO_SPECIAL = _bad("A special price above zero and below the price")
_NO_BRAND = _bad("A brand")


def inspect(product: Body) -> Body:
    """The verdict on each field, `{"name": {"valid": true}, …}`."""
    sold = product["variations"] or (product,)
    measured = product["dimension"] or next((one["dimension"] for one in sold), None) or {}
    complete = len(measured) == 4 and all(measured.values())
    return {
        "name": _GOOD if 0 < len(product["name"] or "") <= MAX_NAME else _NO_NAME,
        "description": _GOOD
        if 0 < len(product["description"] or "") <= MAX_DESCRIPTION
        else _NO_DESCRIPTION,
        "dimensions": _GOOD if complete else _NO_DIMENSIONS,
        "real_dimension": _GOOD if complete and _is_real(measured) else _UNREAL,
        "ean": _GOOD
        if product["ean_not_mandatory"] or all(is_ean(one["ean"]) for one in sold)
        else _NO_EAN,
        "categories": _GOOD if product["categories"] else _NO_CATEGORY,
        "link": _GOOD
        if not product["link"] or product["link"].startswith(("http://", "https://"))
        else _NO_LINK,
        "price": _GOOD if all(_price(one, product) for one in sold) else _NO_PRICE,
        "special_price": _GOOD if all(_special_fits(one, product) for one in sold) else _NO_SPECIAL,
        "brand": _GOOD if product["brand"] else _NO_BRAND,
    }


def _is_real(measured: Body) -> bool:
    return measured["weight"] <= HEAVIEST and all(
        measured[side] <= LARGEST_SIDE for side in ("length", "width", "height")
    )


def is_ean(code: str | None) -> bool:
    """Whether an EAN is one: 8, 12, 13 or 14 digits with a right check digit.

    Written out because every write of a product checks each of its variations: python-stdnum, which
    the tests compare it with, takes 5 µs for one, this 0.6 µs.
    """
    if code is None or len(code) not in _EAN_LENGTHS or not (code.isascii() and code.isdigit()):
        return False
    # Digits as their ASCII codes, 48 to 57, from the check digit to the left.
    odd, even = code[::-2].encode(), code[-2::-2].encode()
    return (sum(odd) - 48 * len(odd) + 3 * (sum(even) - 48 * len(even))) % 10 == 0


def _price(one: Body, product: Body) -> Decimal | None:
    """A variation without a price of its own has the product's."""
    price: Decimal | None = one["price"] if one["price"] is not None else product["price"]
    return price


def _special_fits(one: Body, product: Body) -> bool:
    special = one["special_price"]
    return special is None or 0 < special < (_price(one, product) or 0)
