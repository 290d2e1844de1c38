"""What a product becomes when a caller sends a part of it. Pure, apart from the ids handed out.

The rules of pluggto-api.md: only the fields sent change; members of a list are found by `id` (the
tables also by `code`, variations by `sku`), are changed or added, stay when left out, and go with
`"remove": true`. The trap for callers is kept on purpose: a member sent without its id is a new
one, so a product sent twice without ids has every photo twice. What was ordered and not yet sent
(`reserved`) is the hub's own figure and nobody's to write; `reservations.py` counts it.
"""

from typing import Any, NamedTuple

from ponte_sandbox.hub import fields
from ponte_sandbox.hub.fields import Check
from ponte_sandbox.hub.stamps import Ids
from ponte_sandbox.hub.wire import invalid

Body = dict[str, Any]

_SIDES = ("length", "width", "height", "weight")
# Members of one list (variations apart). No product has as many photos; without a bound, a caller
# who falls into the trap of the missing ids makes every later call slower.
MAX_MEMBERS = 1_000


def _dimension(value: Any, place: str) -> Body | None:
    if value is None:
        return None
    if not isinstance(value, dict):
        raise invalid(f"{place} is an object")
    return {
        name: fields.decimal(value[name], f"{place}.{name}") for name in _SIDES if name in value
    }


def _attribute_value(value: Any, place: str) -> Body | None:
    if value is None:
        return None
    if isinstance(value, dict):
        code, label = value.get("code"), value.get("label")
        if type(code) is str and type(label) is str:
            return {"code": code, "label": label}
        return {
            "code": fields.text(code, f"{place}.code"),
            "label": fields.text(label, f"{place}.label"),
        }
    written = fields.text(value, place)
    return {"code": written, "label": written}


class _Members(NamedTuple):
    """A kind of list: the fields of its members, what finds one besides its id, and what a new one
    has before anything was sent."""

    shape: dict[str, Check]
    key: str = "id"
    blank: Body | None = None


_CATEGORIES = _Members({"name": fields.text})
_ATTRIBUTES = _Members({"code": fields.text, "label": fields.text, "value": _attribute_value})
_PHOTOS = _Members(
    {
        "url": fields.text,
        "name": fields.text,
        "title": fields.text,
        "order": fields.whole,
        "external": fields.text,
    }
)
_PRICES: dict[str, Check] = {
    "code": fields.text,
    "label": fields.text,
    "action": fields.one_of("overwrite", "increase", "decrease"),
    "percentage": fields.decimal,
    "price": fields.money,
    "special_price": fields.money,
    "maximum_price": fields.money,
    "minimum_price": fields.money,
}
_STOCK: dict[str, Check] = {
    "code": fields.text,
    "type": fields.one_of("own", "supplier"),
    "priority": fields.whole,
    "quantity": fields.whole,
    "price": fields.money,
    "special_price": fields.money,
    "handling_time": fields.whole,
}
_PRICE_TABLE = _Members(_PRICES, key="code", blank=dict.fromkeys(_PRICES))
_STOCK_TABLE = _Members(
    _STOCK,
    key="code",
    blank={
        **dict.fromkeys(_STOCK),
        "quantity": 0,
        "reserved": 0,
        "quantity_history": [],
        "reserved_history": [],
    },
)

_SOLD: dict[str, Check] = {
    "sku": fields.sku,
    "ean": fields.text,
    "name": fields.text,
    "external": fields.text,
    "quantity": fields.whole,
    "price": fields.money,
    "special_price": fields.money,
    "dimension": _dimension,
}
_PRODUCT: dict[str, Check] = {
    **_SOLD,
    **dict.fromkeys(
        (
            "ncm", "nbm", "cest", "isbn", "short_description", "description", "brand", "model",
            "warranty_message", "link", "supplier_id",
        ),
        fields.text,
    ),
    "cost": fields.money,
    "warranty_time": fields.whole,
    "handling_time": fields.whole,
    "manufacture_time": fields.whole,
    "available": fields.flag,
    "ean_not_mandatory": fields.flag,
}  # fmt: skip

_SOLD_LISTS = {"attributes": _ATTRIBUTES, "photos": _PHOTOS}
_PRODUCT_LISTS = {
    "categories": _CATEGORIES,
    **_SOLD_LISTS,
    "price_table": _PRICE_TABLE,
    "stock_table": _STOCK_TABLE,
}

# What a field is when nobody has sent it, or it was emptied; `available` is the merger's.
_WHEN_EMPTY: Body = {"quantity": 0, "ean_not_mandatory": 0}


class Merger:
    """Merges products by the rules in force."""

    def __init__(self, ids: Ids) -> None:
        self._ids = ids
        self.null_clears = True
        self.variations_merge = True
        # What `available` is until somebody says so [A].
        self.available = 1

    def merge(self, current: Body | None, sent: Body, identifier: str) -> Body:
        """The product after the call; `current` (None: a new product) may be changed in place.

        Raises `Refusal` 400 for values that cannot be.
        """
        product = current if current is not None else _blank(identifier, self.available)
        self._merge_fields(product, sent, _PRODUCT, "")
        self._merge_lists(product, sent, _PRODUCT_LISTS, "")
        if "variations" in sent and (sent["variations"] is not None or self.null_clears):
            listed = [] if sent["variations"] is None else sent["variations"]
            product["variations"] = self._merge_variations(product["variations"], listed)
        return product

    def _merge_fields(self, target: Body, sent: Body, shape: dict[str, Check], place: str) -> None:
        text = fields.text
        for name, value in sent.items():
            check = shape.get(name)
            if check is None:
                continue
            if check is text and type(value) is str:
                # Most of what is sent; spared the call and the name of its place.
                target[name] = value
                continue
            kept = check(value, place + name)
            if kept is None:
                if not self.null_clears:
                    continue
                kept = self.available if name == "available" else _WHEN_EMPTY.get(name)
            elif check is _dimension:
                kept = {**(target["dimension"] or {}), **kept}
            target[name] = kept

    def _merge_lists(
        self, target: Body, sent: Body, lists: dict[str, _Members], place: str
    ) -> None:
        for name, kind in lists.items():
            if name not in sent:
                continue
            value = sent[name]
            if value is None:
                if self.null_clears:
                    target[name] = []
                continue
            target[name] = self._merge_members(target[name], value, kind, place + name)

    def _merge_members(
        self, current: list[Body], sent: Any, kind: _Members, place: str
    ) -> list[Body]:
        merged = list(current)
        for position, member in enumerate(fields.members(sent, place)):
            where = f"{place}[{position}]."
            identifier = fields.identifier(member.get("id"), where + "id")
            found = _find(merged, identifier, member, kind.key)
            if member.get("remove") is not None and _goes(member, where):
                if found is not None:
                    del merged[found]
                continue
            if found is not None:
                self._merge_fields(merged[found], member, kind.shape, where)
                continue
            if identifier:
                raise invalid(f"{where}id is not the id of a member of {place}")
            if len(merged) >= MAX_MEMBERS:
                raise invalid(f"{place} has more than {MAX_MEMBERS} members")
            added: Body = {"id": self._ids.of_member()}
            if kind.blank is not None:
                added |= kind.blank
            self._merge_fields(added, member, kind.shape, where)
            merged.append(added)
        if kind.key == "code":
            _check_codes(merged, place)
        return merged

    def _merge_variations(self, current: list[Body], sent: Any) -> list[Body]:
        merged = {variation["sku"]: variation for variation in current}
        by_id = {variation["id"]: variation["sku"] for variation in current}
        kept: set[str] = set()
        for position, member in enumerate(fields.members(sent, "variations")):
            where = f"variations[{position}]."
            known = by_id.get(fields.identifier(member.get("id"), where + "id"))
            if known is None:
                known = fields.sku(member.get("sku"), where + "sku")
            if member.get("remove") is not None and _goes(member, where):
                merged.pop(known, None)
                continue
            variation = merged.get(known) or _blank_variation(self._ids.of_member())
            self._merge_fields(variation, member, _SOLD, where)
            self._merge_lists(variation, member, _SOLD_LISTS, where)
            sku = variation["sku"]
            if sku != known:
                if sku in merged:
                    raise invalid(f"{where}sku is the SKU of another variation")
                merged.pop(known, None)
            merged[sku] = variation
            kept.add(sku)
        if self.variations_merge:
            return list(merged.values())
        return [variation for code, variation in merged.items() if code in kept]


def _goes(member: Body, where: str) -> bool:
    """Whether the caller wants the member removed; "0" and false are no such wish."""
    return fields.flag(member["remove"], where + "remove") == 1


def _check_codes(tables: list[Body], place: str) -> None:
    """A code finds one table, so no two have the same."""
    codes = [table["code"] for table in tables if table.get("code")]
    if len(set(codes)) != len(codes):
        raise invalid(f"Two members of {place} have the same code")


def _find(members: list[Body], identifier: str | None, wanted: Body, key: str) -> int | None:
    code = fields.text(wanted.get(key), key) if key != "id" else None
    if not identifier and not code:
        return None
    for position, member in enumerate(members):
        if identifier and member["id"] == identifier:
            return position
        if not identifier and code and member.get(key) == code:
            return position
    return None


_BLANK: Body = {
    **dict.fromkeys(("id", "created", "modified"), ""),
    **{name: _WHEN_EMPTY.get(name) for name in _PRODUCT},
    "reserved": 0,
}
_BLANK_VARIATION: Body = {
    "id": "",
    **{name: _WHEN_EMPTY.get(name) for name in _SOLD},
    "reserved": 0,
}


def _blank(identifier: str, available: int) -> Body:
    """A new product: every field present, as in the hub's answers [D]."""
    lists: Body = {name: [] for name in (*_PRODUCT_LISTS, "variations")}
    return {**_BLANK, "id": identifier, "available": available, **lists}


def _blank_variation(identifier: str) -> Body:
    return {**_BLANK_VARIATION, "id": identifier, "attributes": [], "photos": []}


def skus_of(product: Body) -> tuple[str, list[str]]:
    """The product's own SKU and those of its variations; 400 when one occurs twice."""
    variations = [variation["sku"] for variation in product["variations"]]
    if len({product["sku"], *variations}) != 1 + len(variations):
        raise invalid("The product and its variations each have a SKU of their own")
    return product["sku"], variations


class Facets(NamedTuple):
    """What a notification tells apart: status, stock and price of everything that is sold, tables
    included."""

    status: object
    stock: tuple[object, ...]
    price: tuple[object, ...]


def facets_of(product: Body) -> Facets:
    """The product's facets, to be compared before and after a change."""
    sold = (product, *product["variations"])
    stock: tuple[object, ...] = tuple([one["quantity"] for one in sold])
    price: tuple[object, ...] = tuple([(one["price"], one["special_price"]) for one in sold])
    # Few products have tables; the others are spared the copies.
    if product["stock_table"]:
        stock += tuple([table.get("quantity") for table in product["stock_table"]])
    if product["price_table"]:
        price += tuple([[table.get(name) for name in _PRICES] for table in product["price_table"]])
    return Facets(status=product["available"], stock=stock, price=price)
