"""What the hub asks an app about freight [D]: where from, where to, and which parcels; pure.

The names of the fields are documented (`destination_postalcode`, `origin_*`, `products`), which
`origin_*` there are is not [A]. `user` is ours, too [A]: the app has one address for all accounts.
"""

from typing import Annotated, Any

import msgspec

from ponte_sandbox.hub.wire import invalid

Body = dict[str, Any]

# More lines than a marketplace's cart holds.
_MAX_LINES = 100
_POSTALCODE = r"^[0-9]{5}-?[0-9]{3}$"
# Praça da Sé: where parcels come from unless a place says otherwise.
_USUAL_ORIGIN = "01001000"

Postalcode = Annotated[str, msgspec.Meta(pattern=_POSTALCODE)]


class Wanted(msgspec.Struct, forbid_unknown_fields=True):
    """One line of the cart."""

    sku: Annotated[str, msgspec.Meta(min_length=1, max_length=255)]
    quantity: Annotated[int, msgspec.Meta(ge=1, le=100_000)] = 1


class FreightWish(msgspec.Struct, forbid_unknown_fields=True):
    """`POST /_sandbox/freight-questions`."""

    account: Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]
    destination_postalcode: Postalcode
    products: Annotated[list[Wanted], msgspec.Meta(min_length=1, max_length=_MAX_LINES)]
    # The code of the place it is sent from.
    place: str | None = None
    origin_postalcode: Postalcode | None = None
    # Whose address is asked; may be left out while there is only one.
    client_id: str | None = None


def question_of(wish: FreightWish, place: Body | None, products: dict[str, Body]) -> Body:
    """The body that is POSTed. Raises `Refusal` 400 for a SKU that is not in `products`."""
    origin = place or {}
    return {
        "user": wish.account,
        "origin_postalcode": wish.origin_postalcode or origin.get("zipcode") or _USUAL_ORIGIN,
        "origin_city": origin.get("city"),
        "origin_state": origin.get("state"),
        "origin_country": origin.get("country") or "BR",
        "destination_postalcode": wish.destination_postalcode,
        "products": [_line(line, products.get(line.sku)) for line in wish.products],
    }


def _line(wanted: Wanted, product: Body | None) -> Body:
    if product is None:
        raise invalid(f"The account has no product {wanted.sku!r}")
    variations: list[Body] = product["variations"]
    variation = next((one for one in variations if one["sku"] == wanted.sku), Body())
    measured = variation.get("dimension") or product["dimension"] or {}
    price = variation.get("special_price") or variation.get("price")
    return {
        "sku": wanted.sku,
        "quantity": wanted.quantity,
        "unit_price": price or product["special_price"] or product["price"],
        **{side: measured.get(side) for side in ("weight", "height", "length", "width")},
    }
