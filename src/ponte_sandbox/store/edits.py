"""What a merchant may change in a product, and how a partial change meets the product it changes.

A member that is left out stays, null empties it, lists replace lists; variations alone are found
by SKU, so that one can be changed, added or removed (`"remove": true`) without naming the others.
"""

from typing import Annotated, Any

from msgspec import UNSET, Meta, Struct, UnsetType, structs

from ponte_sandbox.common.asgi import Refusal
from ponte_sandbox.store.wire import (
    Attribute,
    Dimensions,
    Money,
    Photo,
    Product,
    Sku,
    Stock,
    Variation,
    now,
)

# As many as a body of 10 MB holds; a limit only so that none is unlimited.
MOST_VARIATIONS = 10_000

_Months = Annotated[int, Meta(ge=0, le=1200)]
_Days = Annotated[int, Meta(ge=0, le=365)]


class _VariationEdit(Struct, kw_only=True, forbid_unknown_fields=True):
    sku: Sku
    new_sku: Sku | UnsetType = UNSET
    remove: bool = False
    name: str | None | UnsetType = UNSET
    ean: str | None | UnsetType = UNSET
    price: Money | UnsetType = UNSET
    special_price: Money | None | UnsetType = UNSET
    stock: Stock | UnsetType = UNSET
    attributes: list[Attribute] | UnsetType = UNSET
    photos: list[Photo] | UnsetType = UNSET
    dimensions: Dimensions | None | UnsetType = UNSET


class ProductEdit(Struct, kw_only=True, forbid_unknown_fields=True):
    """`PATCH /products/{id}`, and, with at least sku, name and price, `POST /products`."""

    sku: Sku | UnsetType = UNSET
    name: str | UnsetType = UNSET
    published: bool | UnsetType = UNSET
    price: Money | UnsetType = UNSET
    special_price: Money | None | UnsetType = UNSET
    stock: Stock | UnsetType = UNSET
    ean: str | None | UnsetType = UNSET
    ncm: str | None | UnsetType = UNSET
    brand: str | None | UnsetType = UNSET
    model: str | None | UnsetType = UNSET
    description: str | UnsetType = UNSET
    short_description: str | None | UnsetType = UNSET
    warranty_months: _Months | None | UnsetType = UNSET
    warranty_message: str | None | UnsetType = UNSET
    handling_days: _Days | None | UnsetType = UNSET
    cost: Money | None | UnsetType = UNSET
    link: str | None | UnsetType = UNSET
    dimensions: Dimensions | None | UnsetType = UNSET
    categories: list[str] | UnsetType = UNSET
    attributes: list[Attribute] | UnsetType = UNSET
    photos: list[Photo] | UnsetType = UNSET
    variations: Annotated[list[_VariationEdit], Meta(max_length=MOST_VARIATIONS)] | UnsetType = (
        UNSET
    )


def edited(product: Product, edit: ProductEdit) -> Product:
    """The product after the edit.

    Raises `Refusal` 400 when a new variation lacks its price, and when the edit sets a stock or
    price that follows from the variations.
    """
    given = _given(edit)
    if product.variations and "variations" not in given:
        for name in ("stock", "price", "special_price"):
            if name in given:
                reason = f"The product has variations: its {name} follows from theirs"
                raise Refusal(400, "validation", reason, name)
    given.pop("variations", None)
    changed = structs.replace(product, **given)
    if not isinstance(edit.variations, UnsetType):
        changed.variations = _edited_variations(product, edit.variations)
    return changed


def created(edit: ProductEdit, family: int) -> Product:
    """A new product; raises `Refusal` 400 when sku, name or price are missing."""
    if isinstance(edit.sku, UnsetType) or isinstance(edit.name, UnsetType):
        raise Refusal(400, "validation", "A new product needs sku and name")
    moment = now()
    if isinstance(edit.price, UnsetType):
        if not edit.variations:
            raise Refusal(400, "validation", "A new product needs a price", "price")
        edit.price = "0.00"
    blank = Product(
        id=str(family), sku=edit.sku, name=edit.name, price=edit.price, created_at=moment,
        updated_at=moment,
    )  # fmt: skip
    product = edited(blank, edit)
    product.settle()
    return product


def with_stock(product: Product, sku: str, stock: int) -> bool:
    """Set what is left of what is sold under `sku`; whether it is sold by this product."""
    sold = _sold(product, sku)
    if sold is not None:
        sold.stock = stock
    return sold is not None


def with_price(product: Product, sku: str, price: str, special: str | None) -> bool:
    """Set both prices of what is sold under `sku`; whether it is sold by this product."""
    sold = _sold(product, sku)
    if sold is not None:
        sold.price, sold.special_price = price, special
    return sold is not None


def _sold(product: Product, sku: str) -> Product | Variation | None:
    """The member that is sold under the SKU: a variation, or the product when it has none."""
    if product.variations:
        return next((v for v in product.variations if v.sku == sku), None)
    return product if product.sku == sku else None


def _edited_variations(product: Product, edits: list[_VariationEdit]) -> list[Variation]:
    """Each edit finds its variation by the SKU that it has before; `Refusal` 400 when two would
    have the same one afterwards."""
    edited = {variation.sku: variation for variation in product.variations}
    for edit in edits:
        if edit.remove:
            edited.pop(edit.sku, None)
            continue
        given = _given(edit)
        sku = edit.sku if isinstance(edit.new_sku, UnsetType) else edit.new_sku
        for name in ("sku", "new_sku", "remove"):
            given.pop(name, None)
        member = edited.get(edit.sku)
        if member is not None:
            edited[edit.sku] = structs.replace(member, sku=sku, **given)
        elif "price" not in given:
            reason = f"A new variation needs a price: {edit.sku[:100]!r}"
            raise Refusal(400, "validation", reason, "variations")
        else:
            edited[edit.sku] = Variation(sku=sku, **given)
    variations = list(edited.values())
    if len({variation.sku for variation in variations}) < len(variations):
        reason = "Two variations would have the same SKU"
        raise Refusal(400, "validation", reason, "variations")
    return variations


def _given(edit: Struct) -> dict[str, Any]:
    """The members that were sent."""
    return {
        name: value
        for name, value in structs.asdict(edit).items()
        if not isinstance(value, UnsetType)
    }
