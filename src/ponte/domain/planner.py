"""Which one call closes the most of a family's difference between desired and acknowledged.

Pure: values in, a call out. Called once per pass and family, so "at most one hub call per changed
family per pass" holds by construction. What the call achieved is judged in `acknowledgement`; what
is still open then is simply planned again.

The danger handled here is the hub's list semantics (pluggto-api.md [D]): members of categories,
attributes and photos that are sent without their `id` are *added*, and those left out *stay*. So
the ids that earlier answers showed are sent back, and what must go is sent with `remove`.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from enum import StrEnum
from typing import Any

import msgspec
from msgspec import Struct

from ponte.domain.families import (
    NUMERIC_FIELDS,
    RETIRED,
    FamilyContent,
    OfferContent,
    Prices,
    Stock,
)
from ponte.domain.hub_product import HubMember


class CallKind(StrEnum):
    """What a call to the hub is about; also the label of its metrics."""

    STOCK = "stock"
    PRICE = "price"
    OFFERS = "offers"
    CONTENT = "content"
    RETIRE = "retire"
    DELETE = "delete"


class OfferMembers(Struct, frozen=True):
    """Members of one SKU as the hub last showed them, with the ids to address them by."""

    attributes: tuple[HubMember, ...] = ()
    photos: tuple[HubMember, ...] = ()


class Members(Struct, frozen=True):
    """Members of a family in the hub; empty while nothing was shown yet."""

    own: OfferMembers = OfferMembers()
    categories: tuple[HubMember, ...] = ()
    variations: dict[str, OfferMembers] = {}


class FamilyState(Struct, frozen=True):
    """One ledger row: what the hub should have, and what it has acknowledged (None: nothing)."""

    key: str
    sku: str
    # The SKU in the store's spelling, to read the family there.
    store_sku: str
    retired: bool
    stock: Stock
    price: Prices
    content_hash: bytes
    # The content body; kept only while it is unsent, else None.
    content: FamilyContent | None
    acked_stock: Stock | None
    acked_price: Prices | None
    acked_content: bytes | None
    members: Members
    # Facets that the hub refused: left alone until they change or a person asks.
    stock_blocked: bool = False
    price_blocked: bool = False
    content_blocked: bool = False
    # Passes in a row whose answer did not show what was sent.
    attempts: int = 0
    # Passing failures in a row.
    failures: int = 0
    # Retired, and another family has one of its SKUs now.
    superseded: bool = False

    @property
    def has_variations(self) -> bool:
        """Whether the sellable SKUs are variations of a parent."""
        return set(self.stock) != {self.sku}


class HubCall(Struct, frozen=True):
    """One write. `sku` is the path; `body` the JSON object, or the quantity for STOCK."""

    kind: CallKind
    sku: str
    body: bytes
    quantity: int | None = None
    # Which facets the call carries, so that its answer is judged for these.
    carries_stock: bool = False
    carries_price: bool = False
    carries_content: bool = False


class NeedsContent(Struct, frozen=True):
    """The body is not in the ledger any more: read the family from the store first."""


class NeedsProbe(Struct, frozen=True):
    """A family is gone from the store, and whether the hub ever had it is unknown: read the hub."""


Step = HubCall | NeedsContent | NeedsProbe | None

_encoder = msgspec.json.Encoder(decimal_format="number")
# What the store dropped: `remove` takes it away where the hub knows that for variations ([A]), so
# that its SKU is free for another product; the quantity takes it off sale where it does not.
_OFF_SALE = {"quantity": 0, "remove": True}


def plan_call(state: FamilyState) -> Step:
    """The next step for a family, or None when nothing can or need be done."""
    if state.retired:
        return _plan_retirement(state)
    created = state.acked_content is not None
    content_differs = state.content_hash != state.acked_content
    if content_differs and not state.content_blocked:
        return _full_call(state) if state.content is not None else NeedsContent()
    if not created:
        return None
    return _plan_offers(state)


def stale_skus(state: FamilyState) -> list[str]:
    """Variations the hub still has although the store dropped them."""
    return sorted(
        sku for sku in state.acked_stock or () if sku not in state.stock and sku != state.sku
    )


def _plan_retirement(state: FamilyState) -> Step:
    if state.superseded:
        return None if state.content_blocked else HubCall(CallKind.DELETE, state.sku, b"")
    if state.acked_content is None:
        return NeedsProbe()
    if state.acked_content == RETIRED and state.acked_stock == state.stock:
        return None
    if state.content_blocked:
        return None
    body: dict[str, Any] = {"quantity": 0, "available": 0}
    stale = set(state.stock) | set(state.acked_stock or ())
    stale.discard(state.sku)
    if stale:
        body["variations"] = [{"sku": sku, "quantity": 0} for sku in sorted(stale)]
    return HubCall(
        CallKind.RETIRE, state.sku, _encoder.encode(body), carries_stock=True, carries_content=True
    )


def _plan_offers(state: FamilyState) -> Step:
    """Stock and price of what exists: the least call that carries every difference."""
    stock = {} if state.stock_blocked else _stock_changes(state)
    price = {} if state.price_blocked else _price_changes(state)
    if not stock and not price:
        return None
    if state.attempts and state.has_variations and not state.content_blocked:
        # A partial list of variations was not taken as we meant it: send the family whole.
        return _full_call(state) if state.content is not None else NeedsContent()
    ((sku, quantity),) = stock.items() if len(stock) == 1 else (("", 0),)
    if not price and sku in state.stock:
        return HubCall(CallKind.STOCK, sku, b"", quantity=quantity, carries_stock=True)
    body: dict[str, Any] = {}
    variations: list[dict[str, Any]] = []
    for sku in sorted(stock.keys() | price.keys()):
        offer: dict[str, Any] = {}
        if sku in stock:
            offer["quantity"] = stock[sku]
        if sku in price:
            offer |= _price_fields(price[sku], state.attempts)
        if sku not in state.price:
            offer |= _OFF_SALE
        if sku == state.sku:
            body |= offer
        else:
            variations.append({"sku": sku, **offer})
    if variations:
        body["variations"] = variations
        if stock:
            body["quantity"] = sum(state.stock.values())
    kind = CallKind.OFFERS if stock and price else CallKind.STOCK if stock else CallKind.PRICE
    return HubCall(
        kind,
        state.sku,
        _encoder.encode(body),
        carries_stock=bool(stock),
        carries_price=bool(price),
    )


def _stock_changes(state: FamilyState) -> Stock:
    acked = state.acked_stock or {}
    changes = {sku: n for sku, n in state.stock.items() if acked.get(sku) != n}
    # A variation that the store dropped would stay on sale: leaving it out removes nothing.
    return changes | dict.fromkeys(stale_skus(state), 0)


def _price_changes(state: FamilyState) -> Prices:
    acked = state.acked_price or {}
    return {sku: pair for sku, pair in state.price.items() if acked.get(sku) != pair}


def _price_fields(pair: tuple[str, str | None], attempts: int) -> dict[str, Decimal | None]:
    """`price` and `special_price`. No promotion is null; a hub that does not clear a field by null
    ([A]) gets the price itself as special price, which no reader can take for a discount."""
    price, special = pair
    if special is not None:
        cleared: Decimal | None = Decimal(special)
    else:
        cleared = Decimal(price) if attempts else None
    return {"price": Decimal(price), "special_price": cleared}


def _full_call(state: FamilyState) -> HubCall:
    """Everything of the family in one PUT: creates it, and overwrites whatever was there (R4)."""
    content = state.content
    if content is None:
        raise ValueError(f"family {state.key} has no content to send")
    body: dict[str, Any] = {"sku": state.sku, "available": 1}
    body |= _content_fields(content.own, state.members.own, state.attempts)
    categories = _member_changes(
        [(path, {"name": path}) for path in content.categories], state.members.categories
    )
    if categories:
        body["categories"] = categories
    if not state.price_blocked and state.sku in state.price:
        body |= _price_fields(state.price[state.sku], state.attempts)
    if not state.stock_blocked:
        body["quantity"] = sum(state.stock.values())
    variations = [_full_variation(state, sku, offer) for sku, offer in content.variations.items()]
    variations += [{"sku": sku, **_OFF_SALE} for sku in stale_skus(state)]
    if variations:
        body["variations"] = variations
    return HubCall(
        CallKind.CONTENT,
        state.sku,
        _encoder.encode(body),
        carries_stock=not state.stock_blocked,
        carries_price=not state.price_blocked,
        carries_content=True,
    )


def _full_variation(state: FamilyState, sku: str, offer: OfferContent) -> dict[str, Any]:
    body: dict[str, Any] = {"sku": sku}
    known = state.members.variations.get(sku, OfferMembers())
    body |= _content_fields(offer, known, state.attempts)
    if not state.stock_blocked and sku in state.stock:
        body["quantity"] = state.stock[sku]
    if not state.price_blocked and sku in state.price:
        body |= _price_fields(state.price[sku], state.attempts)
    return body


def _content_fields(offer: OfferContent, known: OfferMembers, attempts: int) -> dict[str, Any]:
    """The fields of one SKU. An empty one is null; a hub that does not clear a field by null ([A])
    gets an empty text or a zero at the next attempt."""
    body: dict[str, Any] = {}
    dimension: dict[str, Any] = {}
    for name, text in offer.fields.items():
        value: Decimal | str | None = text
        if name in NUMERIC_FIELDS:
            value = Decimal(text or 0) if text is not None or attempts else None
        elif text is None and attempts:
            value = ""
        if name.startswith("dimension."):
            dimension[name.removeprefix("dimension.")] = value
        else:
            body[name] = value
    if dimension:
        body["dimension"] = dimension
    attributes = _member_changes(
        [
            (code, {"code": code, "label": label, "value": {"code": value_code, "label": value}})
            for code, label, value_code, value in offer.attributes
        ],
        known.attributes,
    )
    photos = _member_changes(
        [
            (url, {"url": url, "title": title, "order": place})
            for place, (url, title) in enumerate(offer.photos)
        ],
        known.photos,
    )
    if attributes:
        body["attributes"] = attributes
    if photos:
        body["photos"] = photos
    return body


def _member_changes(
    wanted: Sequence[tuple[str, dict[str, Any]]], known: Iterable[HubMember]
) -> list[dict[str, Any]]:
    """The list that turns `known` into `wanted`: ids on what stays, new ones bare, the rest out."""
    ids: dict[str, str] = {}
    surplus: list[str] = []
    for member in known:
        if member.id is None:
            continue
        if member.identity in ids:
            surplus.append(member.id)
        else:
            ids[member.identity] = member.id
    changes: list[dict[str, Any]] = []
    for identity, body in wanted:
        member_id = ids.pop(identity, None)
        changes.append(body if member_id is None else {"id": member_id, **body})
    return changes + [{"id": gone, "remove": True} for gone in (*ids.values(), *surplus)]
