"""A hub small enough to be obviously right: pluggto-api.md's merge over one dict, with its vices.

The planner and the judge of answers are tried against it together, because each alone can be
"right" and still leave a product with every photo twice. The vices are the dossier's open questions
([A]) and what a real hub may do wrong: each is a switch, and without any it conforms.
"""

import json
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import count
from typing import Any, Literal

import msgspec

from ponte.domain.acknowledgement import Acknowledged, acknowledge, adopt, all_taken
from ponte.domain.families import FamilyDraft, content_hash, encode_content
from ponte.domain.hub_body import Members
from ponte.domain.hub_product import HubProduct
from ponte.domain.planner import (
    CallKind,
    FamilyState,
    HubCall,
    NeedsContent,
    NeedsProbe,
    plan_call,
)
from ponte.hub.wire_echo import read_echo
from ponte.hub.wire_products import read_product

Body = dict[str, Any]

# What the push loop allows a family before a person is asked.
LARGEST_ATTEMPTS = 3
_LISTS = ("categories", "attributes", "photos")
_TABLES = "price_table"
_encode = msgspec.json.Encoder(decimal_format="number").encode
_WHEN_EMPTY: Body = {"quantity": 0, "available": 1}


@dataclass(frozen=True)
class Vices:
    """How this hub differs from a conforming one."""

    # A variation that is left out of the list goes.
    replaces_variations: bool = False
    # A field sent as null stays as it was.
    ignores_null: bool = False
    # What a write answers: the product, its SKU only, or nothing but the SKU, price and quantity.
    answers: Literal["full", "empty", "offers"] = "full"
    # `PUT …/stock` of a variation answers the variation, not its parent.
    answers_variation: bool = False
    # Fields it never takes, of a product and of its variations.
    deaf_to: frozenset[str] = frozenset()
    # SKUs of variations it drops from every call.
    drops: frozenset[str] = frozenset()
    # Members sent with `remove` stay.
    keeps_members: bool = False
    # A price table is found by its id, and by nothing else.
    tables_by_id_only: bool = False


@dataclass
class ModelHub:
    """Products by SKU, and every call that was made."""

    vices: Vices = Vices()
    products: dict[str, Body] = field(default_factory=dict)
    calls: list[HubCall] = field(default_factory=list)
    # The body of the last answer to a write.
    answered: bytes = b""
    _ids: "count[int]" = field(default_factory=count)

    def put(self, call: HubCall) -> HubProduct | None:
        """Apply one call; the answer as the client reads it, or None for an unknown SKU."""
        self.calls.append(call)
        if call.quantity is not None:
            return self._put_stock(call.sku, call.quantity)
        sent = json.loads(call.body, parse_float=Decimal)
        product = self.products.setdefault(
            call.sku, self._blank(call.sku, variations=[], price_table=[])
        )
        self._merge(product, sent)
        if "variations" in sent:
            self._merge_variations(product, sent["variations"])
        return self._answer(product)

    def read(self, sku: str) -> HubProduct | None:
        """What a GET answers."""
        product = self.products.get(sku)
        return None if product is None else read_product({"Product": product}, sku)

    def offers(self, sku: str) -> dict[str, Body]:
        """The product and its variations by SKU."""
        product = self.products[sku]
        return {sku: product} | {each["sku"]: each for each in product["variations"]}

    def _put_stock(self, sku: str, quantity: int) -> HubProduct | None:
        for product in self.products.values():
            for offer in (product, *product["variations"]):
                if offer["sku"] == sku:
                    if "quantity" not in self.vices.deaf_to:
                        offer["quantity"] = quantity
                    if self.vices.answers_variation and offer is not product:
                        return self._said(offer)
                    return self._answer(product)
        return None

    def _answer(self, product: Body) -> HubProduct:
        if self.vices.answers == "full":
            return self._said(product)
        shown = {"sku": product["sku"]}
        if self.vices.answers == "offers":
            offers = ("sku", "quantity", "price", "special_price")
            shown = {name: product[name] for name in offers}
            shown["variations"] = [
                {name: each[name] for name in offers} for each in product["variations"]
            ]
        return self._said(shown)

    def _said(self, shown: Body) -> HubProduct:
        self.answered = _encode({"Product": shown})
        return read_product({"Product": shown}, shown["sku"])

    def _blank(self, sku: str, **more: object) -> Body:
        empty = dict.fromkeys(("price", "special_price", "name", "ean"))
        lists: Body = {name: [] for name in _LISTS}
        return {"id": self._id(), **empty, **_WHEN_EMPTY, **lists, "sku": sku, **more}

    def _id(self) -> str:
        return f"{next(self._ids):024x}"

    def _merge(self, target: Body, sent: Body) -> None:
        for name, value in sent.items():
            if name == "variations" or name in self.vices.deaf_to:
                continue
            if name in _LISTS:
                self._merge_members(target[name], value)
            elif name == _TABLES:
                self._merge_tables(target[name], value)
            elif name == "dimension":
                target[name] = {**target.get(name, {}), **value}
            elif value is not None:
                target[name] = value
            elif not self.vices.ignores_null:
                target[name] = _WHEN_EMPTY.get(name)

    def _merge_members(self, members: list[Body], sent: list[Body]) -> None:
        for member in sent:
            found = [known for known in members if known["id"] == member.get("id")]
            if member.get("remove"):
                if found and not self.vices.keeps_members:
                    members.remove(found[0])
            elif found:
                found[0].update(member)
            else:
                members.append({**member, "id": self._id()})

    def _merge_tables(self, tables: list[Body], sent: list[Body]) -> None:
        for member in sent:
            named = member.get("id") or self._id_of(tables, member["code"])
            found = [table for table in tables if table["id"] == named]
            assert found or "id" not in member, "no table has such an id"
            if member.get("remove"):
                if found and not self.vices.keeps_members:
                    tables.remove(found[0])
                continue
            if not found:
                tables.append({"id": self._id(), "code": member["code"]})
                found = tables[-1:]
            kept = {
                name: value
                for name, value in member.items()
                if value is not None or not self.vices.ignores_null
            }
            found[0].update(kept)

    def _id_of(self, tables: list[Body], code: str) -> str | None:
        ids = [table["id"] for table in tables if table["code"] == code]
        return ids[0] if ids and not self.vices.tables_by_id_only else None

    def _merge_variations(self, product: Body, sent: list[Body]) -> None:
        known = {variation["sku"]: variation for variation in product["variations"]}
        kept = [each for each in sent if each["sku"] not in self.vices.drops]
        merged = {each["sku"]: known.get(each["sku"]) or self._blank(each["sku"]) for each in kept}
        for variation in kept:
            self._merge(merged[variation["sku"]], variation)
        if not self.vices.replaces_variations:
            merged = known | merged
        product["variations"] = list(merged.values())


def unsent(draft: FamilyDraft) -> FamilyState:
    """The ledger's row of a family that was never sent."""
    return wanting(draft, None)


def wanting(draft: FamilyDraft, before: FamilyState | None) -> FamilyState:
    """The row after the store said `draft`, over what was acknowledged `before`."""
    return FamilyState(
        key=draft.key,
        sku=draft.sku,
        store_sku=draft.store_skus[draft.sku],
        retired=False,
        stock=draft.stock,
        price=draft.price,
        content_hash=content_hash(encode_content(draft.content)),
        content=encode_content(draft.content),
        acked_stock=before.acked_stock if before else None,
        acked_price=before.acked_price if before else None,
        acked_content=before.acked_content if before else None,
        members=before.members if before else Members(),
        tables=draft.tables,
        acked_tables=before.acked_tables if before else (),
    )


def one_pass(hub: ModelHub, state: FamilyState, draft: FamilyDraft) -> FamilyState | None:
    """Plan, send and judge as the push loop does; None when there is nothing to send.

    `draft` is what the store would answer when the body is not in the ledger any more.
    """
    step = plan_call(state)
    if isinstance(step, NeedsContent):
        state = msgspec.structs.replace(state, content=encode_content(draft.content))
        step = plan_call(state)
    if isinstance(step, NeedsProbe):
        shown = hub.read(state.sku)
        return None if shown is None else judged(state, None, adopt(state, shown))
    if not isinstance(step, HubCall):
        return None
    answer = hub.put(step)
    if answer is None:
        return msgspec.structs.replace(
            state,
            acked_stock=None,
            acked_price=None,
            acked_tables=(),
            acked_content=None,
            members=Members(),
        )
    acked = acknowledge(state, step, answer)
    echoed = None if step.hoped is None else read_echo(hub.answered, step.hoped, step.hoped_tables)
    if echoed is not None:
        # The short way and the long one say the same.
        assert acked == all_taken(state, echoed)
    if acked.silent:
        shown = hub.read(state.sku)
        assert shown is not None
        acked = acknowledge(state, step, shown, read_back=True)
        assert not acked.silent
    return judged(state, step, acked)


def judged(state: FamilyState, call: HubCall | None, acked: Acknowledged) -> FamilyState:
    """The row after an answer: a body is kept while it is unsent, three failed tries block."""
    attempts = state.attempts + 1 if acked.not_taken else 0
    blocks = call if call is not None and attempts >= LARGEST_ATTEMPTS else None
    return msgspec.structs.replace(
        state,
        acked_stock=acked.stock,
        acked_price=acked.price,
        acked_tables=acked.tables,
        acked_content=acked.content,
        members=acked.members,
        content=None if acked.content == state.content_hash else state.content,
        attempts=attempts,
        stock_blocked=state.stock_blocked or (blocks is not None and blocks.carries_stock),
        price_blocked=state.price_blocked or (blocks is not None and blocks.carries_price),
        content_blocked=state.content_blocked or (blocks is not None and blocks.carries_content),
    )


def settle(hub: ModelHub, state: FamilyState, draft: FamilyDraft, passes: int) -> FamilyState:
    """Repeat passes until nothing is to send; an assertion fails after `passes` with work left."""
    for _ in range(passes):
        after = one_pass(hub, state, draft)
        if after is None:
            return state
        state = after
    assert plan_call(state) is None, [(call.kind, call.sku, call.body) for call in hub.calls]
    return state


def kinds(hub: ModelHub) -> list[CallKind]:
    """The kinds of the calls made so far."""
    return [call.kind for call in hub.calls]
