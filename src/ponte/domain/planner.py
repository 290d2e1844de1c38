"""Which one call closes the most of a family's difference between desired and acknowledged.

Pure: values in, a call out. Called once per pass and family, so "at most one hub call per changed
family per pass" holds by construction. What the call achieved is judged in `acknowledgement`; what
is still open then is simply planned again.

The danger handled here is the hub's list semantics (pluggto-api.md [D]): members of categories,
attributes and photos that are sent without their `id` are *added*, and those left out *stay*. So
the ids that earlier answers showed are sent back, and what must go is sent with `remove`.
"""

from collections.abc import Iterable
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from typing import Any

import msgspec
from msgspec import Struct

from ponte.domain.families import RETIRED, Prices, Stock, decode_content
from ponte.domain.full_body import full_body
from ponte.domain.hub_body import (
    NUMERIC_FIELDS,
    FamilyBody,
    Known,
    Members,
    OfferBody,
    OfferMembers,
)
from ponte.domain.price_tables import NoTable, PriceTable, PriceTables, table_changes


class CallKind(StrEnum):
    """What a call to the hub is about; also the label of its metrics."""

    STOCK = "stock"
    PRICE = "price"
    OFFERS = "offers"
    CONTENT = "content"
    RETIRE = "retire"
    DELETE = "delete"


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
    # The content body as `families` encodes it; kept only while it is unsent, else None.
    content: bytes | None
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
    # What channels pay, and what of that is acknowledged: part of the price.
    tables: PriceTables = ()
    acked_tables: PriceTables = ()

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
    # What the answer shows when everything was taken, as a `FamilyBody` is encoded, where that can
    # be told beforehand: most answers are just that, and comparing with it costs a fraction of
    # judging field by field.
    hoped: bytes | None = None
    # The price tables that it shows besides.
    hoped_tables: PriceTables = ()


class NeedsContent(Struct, frozen=True):
    """The body is not in the ledger any more: read the family from the store first."""


class NeedsProbe(Struct, frozen=True):
    """A family is gone from the store, and whether the hub ever had it is unknown: read the hub."""


Step = HubCall | NeedsContent | NeedsProbe | None

_encoder = msgspec.json.Encoder(decimal_format="number")
# What the store dropped: `remove` takes it away where the hub knows that for variations ([A]), so
# that its SKU is free for another product; the quantity takes it off sale where it does not.
_OFF_SALE = {"quantity": 0, "remove": True}
_NOTHING_KNOWN = Members()
_ZERO = Decimal(0)


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
    tables = () if state.price_blocked else _unproven_tables(state)
    if not stock and not price and not tables:
        return None
    if state.attempts and state.has_variations and not state.content_blocked:
        # A partial list of variations was not taken as we meant it: send the family whole.
        return _full_call(state) if state.content is not None else NeedsContent()
    ((sku, quantity),) = stock.items() if len(stock) == 1 else (("", 0),)
    if not price and not tables and sku in state.stock:
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
    if tables:
        body["price_table"] = _table_changes(state, tables)
    priced = bool(price or tables)
    kind = CallKind.OFFERS if stock and priced else CallKind.STOCK if stock else CallKind.PRICE
    return HubCall(
        kind,
        state.sku,
        _encoder.encode(body),
        carries_stock=bool(stock),
        carries_price=priced,
    )


def _stock_changes(state: FamilyState) -> Stock:
    acked = state.acked_stock or {}
    changes = {sku: n for sku, n in state.stock.items() if acked.get(sku) != n}
    # A variation that the store dropped would stay on sale: leaving it out removes nothing.
    return changes | dict.fromkeys(stale_skus(state), 0)


def _price_changes(state: FamilyState) -> Prices:
    acked = state.acked_price or {}
    return {sku: pair for sku, pair in state.price.items() if acked.get(sku) != pair}


def _unproven_tables(state: FamilyState) -> tuple[PriceTable, ...]:
    """The tables that the hub does not have as wanted; none is the rule, and costs a comparison."""
    if state.tables == state.acked_tables:
        return ()
    return tuple([each for each in state.tables if each not in state.acked_tables])


def _table_changes(state: FamilyState, tables: Iterable[PriceTable]) -> list[dict[str, Any]]:
    exists = state.acked_content is not None
    return table_changes(tables, state.members.our_tables, exists=exists, attempts=state.attempts)


def _price_fields(pair: tuple[str, str | None], attempts: int) -> dict[str, Decimal | None]:
    """`price` and `special_price`. No promotion is null; a hub that does not clear a field by null
    ([A]) gets the price itself as special price, which no reader can take for a discount."""
    price, special = _amounts(pair)
    return {"price": price, "special_price": price if special is None and attempts else special}


@lru_cache(maxsize=8192)
def _amounts(pair: tuple[str, str | None]) -> tuple[Decimal, Decimal | None]:
    return Decimal(pair[0]), None if pair[1] is None else Decimal(pair[1])


def _full_call(state: FamilyState) -> HubCall:
    """Everything of the family in one PUT: creates it, and overwrites whatever was there (R4)."""
    content = state.content
    if content is None:
        raise ValueError(f"family {state.key} has no content to send")
    stale = stale_skus(state)
    hoped = None
    if not stale and not state.attempts and not state.stock_blocked and not state.price_blocked:
        hoped = full_body(state.sku, content, state.stock, state.price)
    tables: list[dict[str, Any]] = []
    if state.tables and not state.price_blocked:
        # All that stand, as of everything else; of those that go, what is not gone yet.
        gone = [each for each in state.acked_tables if isinstance(each, NoTable)]
        tables = _table_changes(state, [each for each in state.tables if each not in gone])
    if hoped is not None and state.members == _NOTHING_KNOWN and not tables:
        encoded = hoped
    elif hoped is not None and state.members == _NOTHING_KNOWN:
        encoded = hoped[:-1] + b',"price_table":' + _encoder.encode(tables) + b"}"
    else:
        body = _changing(_open_body(state, content), state, stale)
        encoded = _encoder.encode(body | {"price_table": tables} if tables else body)
    return HubCall(
        CallKind.CONTENT,
        state.sku,
        encoded,
        carries_stock=not state.stock_blocked,
        carries_price=not state.price_blocked,
        carries_content=True,
        hoped=hoped,
        hoped_tables=state.tables,
    )


def _open_body(state: FamilyState, encoded: bytes) -> FamilyBody:
    """The family as the hub should show it, without the blocked facets."""
    content = decode_content(encoded)
    variations = [
        msgspec.structs.replace(each, **_offer_of(state, each.sku)) for each in content.variations
    ]
    own = _offer_of(state, state.sku)
    if not state.stock_blocked:
        own["quantity"] = sum(state.stock.values())
    return msgspec.structs.replace(content, available=1, variations=variations, **own)


def _offer_of(state: FamilyState, sku: str) -> dict[str, Any]:
    offer: dict[str, Any] = {}
    if not state.stock_blocked and sku in state.stock:
        offer["quantity"] = state.stock[sku]
    if not state.price_blocked and sku in state.price:
        offer["price"], offer["special_price"] = _amounts(state.price[sku])
    return offer


def _changing(body: FamilyBody, state: FamilyState, stale: Iterable[str]) -> dict[str, Any]:
    """The body for a product that the hub may have: what stays is addressed by its id, what must go
    is named, and what null did not clear is emptied."""
    known = state.members
    changed = _changing_offer(body, known, state.attempts)
    categories = _member_changes(changed.get("categories", ()), "name", known.categories)
    if categories:
        changed["categories"] = categories
    known_of = {each.sku: each for each in known.variations}
    variations = [
        _changing_offer(each, known_of.get(each.sku, OfferMembers()), state.attempts)
        for each in body.variations
    ]
    variations += [{"sku": sku, **_OFF_SALE} for sku in stale]
    if variations:
        changed["variations"] = variations
    return changed


def _changing_offer(body: OfferBody, known: OfferMembers, attempts: int) -> dict[str, Any]:
    """One SKU of it. An empty field is null; a hub that does not clear a field by null ([A]) gets
    an empty text or a zero at the next attempt."""
    changed: dict[str, Any] = msgspec.to_builtins(body, builtin_types=(Decimal,))
    if attempts:
        _empty(changed)
    attributes = _member_changes(changed.get("attributes", ()), "code", known.attributes)
    photos = _member_changes(changed.get("photos", ()), "url", known.photos)
    if attributes:
        changed["attributes"] = attributes
    if photos:
        changed["photos"] = photos
    return changed


def _empty(offer: dict[str, Any]) -> None:
    for name, value in offer.items():
        if isinstance(value, dict):
            offer[name] = {side: size or _ZERO for side, size in value.items()}
        elif value is None:
            offer[name] = _ZERO if name in NUMERIC_FIELDS else ""
    if offer.get("special_price") == "":
        offer["special_price"] = offer["price"]


def _member_changes(
    wanted: Iterable[dict[str, Any]], key: str, known: Iterable[Known]
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
    for body in wanted:
        member_id = ids.pop(body[key], None)
        changes.append(body if member_id is None else {"id": member_id, **body})
    return changes + [{"id": gone, "remove": True} for gone in (*ids.values(), *surplus)]
