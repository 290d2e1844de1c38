"""A product as an answer of the hub shows it: the evidence that a call arrived.

The hub answers a write with the product, so what was *taken* can be told from what was *sent*. A
field that the answer does not carry is UNSET, which is different from null: nothing was shown, and
nothing may be concluded (an answer without fields is read back with a GET).
"""

from decimal import Decimal

from msgspec import UNSET, Struct, UnsetType


class HubMember(Struct, frozen=True):
    """A member of `categories`, `attributes` or `photos`, found by the id the hub gave it.

    `identity` is what makes it the same member for us: a category's path, an attribute's code, a
    photo's address. `value` is what may change of it: an attribute's value, a photo's place.
    """

    id: str | None
    identity: str
    value: str = ""


class HubOffer(Struct, frozen=True):
    """What the answer shows for one SKU. Money in reais; UNSET where the answer is silent."""

    sku: str
    quantity: int | None | UnsetType = UNSET
    price: Decimal | None | UnsetType = UNSET
    special_price: Decimal | None | UnsetType = UNSET
    # Simple fields by the hub's names, as text (numbers normalised); for comparing content.
    fields: dict[str, str | None] = {}
    attributes: tuple[HubMember, ...] | UnsetType = UNSET
    photos: tuple[HubMember, ...] | UnsetType = UNSET


class HubTable(Struct, frozen=True):
    """A price table as shown; None where a field is empty or not shown."""

    id: str | None
    code: str
    label: str | None
    action: str | None
    percentage: Decimal | None
    price: Decimal | None
    special_price: Decimal | None
    maximum_price: Decimal | None
    minimum_price: Decimal | None


class HubProduct(Struct, frozen=True):
    """The family in the hub. `variations` is UNSET when the answer does not show the list."""

    id: str | None
    own: HubOffer
    available: bool | None | UnsetType = UNSET
    categories: tuple[HubMember, ...] | UnsetType = UNSET
    variations: tuple[HubOffer, ...] | UnsetType = UNSET
    tables: tuple[HubTable, ...] | UnsetType = UNSET
