"""What an answer of the hub proves: acknowledged is what it *shows*, not what we sent.

A hub may drop a variation, ignore a field or round a price while saying 200. Recording what was
sent would leave that difference unseen for ever; recording what is shown makes it a difference
again, which the planner closes with a fuller call, and which becomes a pendência when that does not
help either. An answer that is silent about a facet proves nothing: the caller reads the family back
and judges once more with `read_back=True`, where silence has to be accepted.
"""

from decimal import Decimal, InvalidOperation

import msgspec
from msgspec import Struct, UnsetType

from ponte.domain.families import RETIRED, Prices, Stock, decode_content, money, plain_number
from ponte.domain.hub_body import (
    NUMERIC_FIELDS,
    KnownAttribute,
    KnownCategory,
    KnownPhoto,
    Members,
    OfferBody,
    OfferMembers,
    VariationMembers,
    fields_of,
)
from ponte.domain.hub_product import HubMember, HubOffer, HubProduct
from ponte.domain.planner import CallKind, FamilyState, HubCall
from ponte.domain.price_tables import PriceTables, see_tables

# Acknowledged content that is known to differ from anything desired.
UNKNOWN_CONTENT = b"unknown"


class Acknowledged(Struct, frozen=True):
    """The family as the answer proves it, to be written into the ledger row."""

    stock: Stock | None
    price: Prices | None
    content: bytes | None
    members: Members
    # What was carried by the call and is not in the answer as sent, for people.
    not_taken: tuple[str, ...] = ()
    # The answer said nothing about something the call carried: read the family back.
    silent: bool = False
    # The price tables of `price`.
    tables: PriceTables = ()


class _Shown:
    """Collects what an answer shows, what it lacks and what differs."""

    def __init__(self, *, read_back: bool) -> None:
        self.read_back = read_back
        self.silent = False
        self.not_taken: list[str] = []

    def missing(self, what: str) -> None:
        """The answer does not mention `what`."""
        if not self.read_back:
            self.silent = True


def acknowledge(
    state: FamilyState, call: HubCall, answer: HubProduct, *, read_back: bool = False
) -> Acknowledged:
    """Judge the answer to `call`, planned from `state`. Pure; never raises on strange answers."""
    shown = _Shown(read_back=read_back)
    one_variation = call.sku != state.sku and answer.own.sku == call.sku
    if one_variation and isinstance(answer.variations, UnsetType):
        return _acknowledge_one(state, call, answer.own, shown)
    offers = _offers_by_sku(state, answer, shown)
    lost = _lost(state, offers)
    shown.not_taken += [f"variation {sku}" for sku in lost]
    stock = _acked_stock(state, call, answer, offers, shown)
    price = _acked_price(state, call, offers, shown)
    content, members = state.acked_content, state.members
    if call.carries_content:
        content = _acked_content(state, answer, offers, shown)
        members = _shown_members(state, answer, offers)
    elif lost:
        # A partial list of variations replaced the whole one ([A] the other way round).
        content = UNKNOWN_CONTENT
    acked = Acknowledged(stock, price, content, members, tuple(shown.not_taken), shown.silent)
    return _with_tables(acked, state, answer, carried=call.carries_price, read_back=read_back)


def all_taken(state: FamilyState, members: Members) -> Acknowledged:
    """The answer equals what `HubCall.hoped` for: everything of the family is acknowledged."""
    return Acknowledged(state.stock, state.price, state.content_hash, members, tables=state.tables)


def _with_tables(
    acked: Acknowledged, state: FamilyState, answer: HubProduct, *, carried: bool, read_back: bool
) -> Acknowledged:
    """The same, and what the answer proves of the price tables."""
    known = acked.members.our_tables
    if not state.tables and not known:
        return acked
    if state.retired:
        return msgspec.structs.replace(acked, tables=state.tables)
    seen = see_tables(
        state.tables,
        state.acked_tables,
        known,
        answer.tables,
        carried=carried,
        read_back=read_back,
    )
    return msgspec.structs.replace(
        acked,
        tables=seen.acked,
        members=msgspec.structs.replace(acked.members, our_tables=seen.known),
        not_taken=acked.not_taken + seen.not_taken,
        silent=acked.silent or seen.silent,
    )


def _lost(state: FamilyState, offers: dict[str, HubOffer] | None) -> list[str]:
    """SKUs that should be in the hub and are not shown; a retired one may well be gone."""
    if offers is None or state.retired:
        return []
    return [sku for sku in state.stock if sku not in offers]


def _acknowledge_one(
    state: FamilyState, call: HubCall, offer: HubOffer, shown: _Shown
) -> Acknowledged:
    """An answer that shows just the variation a call named: it proves nothing of the others."""
    stock = dict(state.acked_stock or {})
    if isinstance(offer.quantity, UnsetType) or call.kind is not CallKind.STOCK:
        shown.missing("quantity")
        if shown.read_back and offer.sku in state.stock:
            stock[offer.sku] = state.stock[offer.sku]
    else:
        stock[offer.sku] = offer.quantity or 0
        if stock[offer.sku] != call.quantity:
            shown.not_taken.append(f"quantity {offer.sku}")
        elif offer.sku not in state.stock:
            # The store dropped it, and now it is off sale: nothing more is wanted of it.
            del stock[offer.sku]
    return Acknowledged(
        stock,
        state.acked_price,
        state.acked_content,
        state.members,
        tuple(shown.not_taken),
        shown.silent,
        state.acked_tables,
    )


def adopt(state: FamilyState, answer: HubProduct) -> Acknowledged:
    """What a plain read of the hub proves of a family we have no acknowledgement for."""
    shown = _Shown(read_back=True)
    offers = _offers_by_sku(state, answer, shown) or {}
    stock = {
        sku: offer.quantity for sku, offer in offers.items() if isinstance(offer.quantity, int)
    }
    price = {
        sku: shown_price(offer) for sku, offer in offers.items() if isinstance(offer.price, Decimal)
    }
    acked = Acknowledged(stock, price, UNKNOWN_CONTENT, _shown_members(state, answer, offers))
    return _with_tables(acked, state, answer, carried=False, read_back=True)


def look(state: FamilyState, answer: HubProduct) -> Acknowledged:
    """What a plain read proves of a family whose content is at hand, facet by facet: the audit's
    `adopt`. A facet that is shown as it should be stays acknowledged and costs no call."""
    call = HubCall(
        CallKind.CONTENT,
        state.sku,
        b"",
        carries_stock=True,
        carries_price=True,
        carries_content=True,
    )
    return acknowledge(state, call, answer, read_back=True)


def _offers_by_sku(
    state: FamilyState, answer: HubProduct, shown: _Shown
) -> dict[str, HubOffer] | None:
    """The shown offers by SKU, the parent included; None when variations are not shown at all."""
    offers = {state.sku: answer.own}
    if isinstance(answer.variations, UnsetType):
        if state.has_variations:
            shown.missing("variations")
            return None
        return offers
    for offer in answer.variations:
        offers.setdefault(offer.sku, offer)
    return offers


def _acked_stock(
    state: FamilyState,
    call: HubCall,
    answer: HubProduct,
    offers: dict[str, HubOffer] | None,
    shown: _Shown,
) -> Stock | None:
    if offers is None:
        return state.stock if shown.read_back and call.carries_stock else state.acked_stock
    acked = dict(state.acked_stock or {})
    for sku, wanted in state.stock.items():
        offer = offers.get(sku)
        if offer is None and state.retired:
            acked[sku] = 0
        elif offer is None:
            acked.pop(sku, None)
        elif isinstance(offer.quantity, UnsetType):
            shown.missing(f"quantity {sku}")
            if shown.read_back and call.carries_stock:
                acked[sku] = wanted
        else:
            acked[sku] = offer.quantity or 0
            if call.carries_stock and acked[sku] != wanted:
                shown.not_taken.append(f"quantity {sku}")
    known = set(acked) - set(state.stock) - {state.sku}
    if known and isinstance(answer.variations, UnsetType):
        shown.missing("variations")
    acked = {sku: pieces for sku, pieces in acked.items() if sku in state.stock}
    for offer in answer.variations or ():
        if offer.sku in state.stock or offer.sku == state.sku:
            continue
        if isinstance(offer.quantity, int) and offer.quantity > 0:
            # On sale, and none of the store's: the next call takes it off, if this one did not.
            acked[offer.sku] = offer.quantity
            if call.carries_stock and offer.sku in known:
                shown.not_taken.append(f"quantity {offer.sku}")
    return acked


def _acked_price(
    state: FamilyState, call: HubCall, offers: dict[str, HubOffer] | None, shown: _Shown
) -> Prices | None:
    if state.retired:
        return state.price
    if offers is None:
        return state.price if shown.read_back and call.carries_price else state.acked_price
    acked = dict(state.acked_price or {})
    for sku in [known for known in acked if known not in state.price]:
        del acked[sku]
    for sku, wanted in state.price.items():
        offer = offers.get(sku)
        if offer is None:
            acked.pop(sku, None)
        elif isinstance(offer.price, UnsetType):
            shown.missing(f"price {sku}")
            if shown.read_back and call.carries_price:
                acked[sku] = wanted
        else:
            acked[sku] = wanted if same_price(wanted, offer) else shown_price(offer)
            if call.carries_price and acked[sku] != wanted:
                shown.not_taken.append(f"price {sku}")
    return acked


def shown_price(offer: HubOffer) -> tuple[str, str | None]:
    """Price and promotion as the answer shows them, in the ledger's spelling."""
    price = offer.price if isinstance(offer.price, Decimal) else Decimal(0)
    special = offer.special_price
    return money(price), money(special) if isinstance(special, Decimal) and special else None


def same_price(wanted: tuple[str, str | None], offer: HubOffer) -> bool:
    """Whether the offer is sold as `wanted`."""
    price, special = shown_price(offer)
    if price != wanted[0]:
        return False
    # No promotion may be said and shown as nothing, as 0, or as the price itself.
    return special == wanted[1] or {special, wanted[1]} == {None, price}


def _acked_content(
    state: FamilyState,
    answer: HubProduct,
    offers: dict[str, HubOffer] | None,
    shown: _Shown,
) -> bytes:
    """The desired hash when the answer shows all of it, else something that still differs."""
    before = len(shown.not_taken)
    if state.retired:
        if answer.available is None or answer.available is True:
            shown.not_taken.append("available")
        elif isinstance(answer.available, UnsetType):
            shown.missing("available")
        return RETIRED if len(shown.not_taken) == before else UNKNOWN_CONTENT
    if state.content is None:
        raise ValueError(f"family {state.key}: an answer to content that was not sent")
    if answer.available is False:
        shown.not_taken.append("available")
    content = decode_content(state.content)
    _compare_offer("", content, answer.own, shown)
    categories = [(category.name, "") for category in content.categories]
    _compare_members("categories", categories, answer.categories, shown)
    for wanted in content.variations:
        offer = (offers or {}).get(wanted.sku)
        if offer is not None:
            _compare_offer(f"{wanted.sku} ", wanted, offer, shown)
    taken = len(shown.not_taken) == before and not _lost(state, offers)
    return state.content_hash if taken else UNKNOWN_CONTENT


def _compare_offer(prefix: str, wanted: OfferBody, offer: HubOffer, shown: _Shown) -> None:
    if not offer.fields:
        shown.missing(f"{prefix}content")
    for name, value in fields_of(wanted).items():
        if name in offer.fields and not same_field(name, value, offer.fields[name]):
            shown.not_taken.append(f"{prefix}{name}")
    attributes = [(each.code, each.value.label) for each in wanted.attributes]
    _compare_members(f"{prefix}attributes", attributes, offer.attributes, shown)
    photos = [(each.url, str(each.order)) for each in wanted.photos]
    _compare_members(f"{prefix}photos", photos, offer.photos, shown)


def _compare_members(
    what: str,
    wanted: list[tuple[str, str]],
    members: tuple[HubMember, ...] | UnsetType,
    shown: _Shown,
) -> None:
    """Members that are not shown are asked for: without their ids the next call doubles them."""
    if isinstance(members, UnsetType):
        if wanted:
            shown.missing(what)
    elif not same_members(wanted, members):
        shown.not_taken.append(what)


def same_field(name: str, wanted: str | Decimal | None, shown: str | None) -> bool:
    """Whether a simple field is shown as it should be; nothing and 0 are the same number."""
    if name in NUMERIC_FIELDS:
        return _as_number(shown) == plain_number(Decimal(wanted or 0))
    return (wanted or "") == (shown or "").strip()


def _as_number(text: str | None) -> str:
    """Comparable text of a number as the hub shows it."""
    try:
        return plain_number(Decimal(text or "0"))
    except InvalidOperation:
        return text or ""


def same_members(wanted: list[tuple[str, str]], shown: tuple[HubMember, ...]) -> bool:
    """Same members, each once. A value that is not shown ("") is taken as right."""
    by_identity = {member.identity: member.value for member in shown}
    if len(shown) != len(wanted) or len(by_identity) != len(wanted):
        return False
    return all(
        identity in by_identity and (not value or by_identity[identity] in {"", value})
        for identity, value in wanted
    )


def _shown_members(
    state: FamilyState, answer: HubProduct, offers: dict[str, HubOffer] | None
) -> Members:
    known = state.members
    categories = known.categories
    if not isinstance(answer.categories, UnsetType):
        categories = tuple(KnownCategory(each.identity, each.id) for each in answer.categories)
    variations = known.variations
    if offers is not None:
        known_of = {each.sku: each for each in known.variations}
        variations = tuple(
            VariationMembers(
                sku=sku,
                attributes=_shown_attributes(offer, known_of.get(sku, _NOTHING_KNOWN)),
                photos=_shown_photos(offer, known_of.get(sku, _NOTHING_KNOWN)),
            )
            for sku, offer in offers.items()
            if sku != state.sku
        )
    return Members(
        attributes=_shown_attributes(answer.own, known),
        photos=_shown_photos(answer.own, known),
        categories=categories,
        variations=variations,
        our_tables=known.our_tables,
    )


_NOTHING_KNOWN = OfferMembers()


def _shown_attributes(offer: HubOffer, known: OfferMembers) -> tuple[KnownAttribute, ...]:
    if isinstance(offer.attributes, UnsetType):
        return known.attributes
    return tuple(KnownAttribute(each.identity, each.id) for each in offer.attributes)


def _shown_photos(offer: HubOffer, known: OfferMembers) -> tuple[KnownPhoto, ...]:
    if isinstance(offer.photos, UnsetType):
        return known.photos
    return tuple(KnownPhoto(each.identity, each.id) for each in offer.photos)
