"""What a file of products would do to a shop's catalogue, and doing it.

Lines of one product stand together: its own and those of its variations become one change of its
family. The same judging makes the preview and the import, so that what was shown is what happens,
unless the catalogue changed meanwhile.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import msgspec

from ponte_sandbox.common.asgi import Refusal
from ponte_sandbox.store.edits import ProductEdit, created, edited
from ponte_sandbox.store.products import Products
from ponte_sandbox.store.sheet import Line, Problem, read_lines
from ponte_sandbox.store.typed import Mistake, must_be_lower
from ponte_sandbox.store.wire import Product, Variation, now
from ponte_ui.language import _

# Lines judged before other calls get their turn: 10 ms of work.
PORTION = 100
# Problems that are kept to be shown; what is beyond them is counted.
MOST_PROBLEMS = 5_000
# What a variation's line sets; its other cells are the product's business.
_OF_VARIATION = frozenset({"name", "price", "special_price", "stock", "ean", "attributes"})
_PRICES = frozenset({"price", "special_price"})


@dataclass
class Outcome:
    """What came of the lines looked at so far."""

    new: int = 0
    changed: int = 0
    same: int = 0
    refused: int = 0
    lines: int = 0
    problems: list[Problem] = field(default_factory=list)

    def refuse(self, problems: list[Problem]) -> None:
        """A line that cannot be taken."""
        self.refused += 1
        self.problems.extend(problems[: MOST_PROBLEMS - len(self.problems)])


class _Group(NamedTuple):
    """Neighbouring lines of one family: its key is the product's SKU."""

    sku: str
    lines: list[Line]


class Import:
    """One file for one shop."""

    def __init__(self, products: Products, shop: int, text: str) -> None:
        self._products = products
        self._shop = shop
        self._text = text

    def run(self, outcome: Outcome, *, write: bool) -> Iterator[None]:
        """Judge every line, and with `write` do what it asks for; a step for each portion.

        Raises `BadFile`.
        """
        announced: set[str] = set()
        seen: dict[str, int] = {}
        group = _Group("", [])
        for line in read_lines(self._text):
            outcome.lines += 1
            if outcome.lines % PORTION == 0:
                yield
            readable = _readable(line, outcome, seen)
            if readable is None:
                continue
            sku = self._family_sku(readable)
            if sku != group.sku:
                self._judge(group, outcome, announced, write=write)
                group = _Group(sku, [])
            group.lines.append(readable)
        self._judge(group, outcome, announced, write=write)
        yield

    def _family_sku(self, line: Line) -> str:
        """The SKU of the product a line belongs to: its parent's, also where none is named."""
        if line.parent:
            return line.parent
        for family in self._products.claims(self._shop, line.sku):
            product = self._products.get(self._shop, family)
            if product is not None and product.sku != line.sku:
                return product.sku
        return line.sku

    def _judge(self, group: _Group, outcome: Outcome, announced: set[str], *, write: bool) -> None:
        if not group.lines:
            return
        before = self._known(group.sku)
        own = next((line for line in group.lines if line.sku == group.sku), None)
        members = [line for line in group.lines if line is not own]
        if before is None and own is None:
            if group.sku in announced and not write:
                outcome.new += len(members)
                return
            reason = _("Não há produto com o sku_pai. Ponha a linha dele antes.")
            for line in members:
                outcome.refuse([Problem(line.number, "sku_pai", group.sku[:100], reason)])
            return
        try:
            after = self._after(before, own, members)
        except (Refusal, Mistake, msgspec.ValidationError) as fault:
            reason = _reason(fault)
            for line in group.lines:
                outcome.refuse([Problem(line.number, "", line.sku[:100], reason)])
            return
        announced.add(group.sku)
        if before is None:
            outcome.new += 1
        elif after == before:
            outcome.same += 1
            return
        else:
            outcome.changed += 1
        if write:
            self._write(before, after)

    def _after(self, before: Product | None, own: Line | None, members: list[Line]) -> Product:
        """The family after the lines; raises what cannot be."""
        given: dict[str, Any] = dict(own.given) if own else {}
        if members:
            given["variations"] = [_variation(line) for line in members]
        if before is None:
            given["sku"] = own.sku if own else ""
        edit = msgspec.convert(given, ProductEdit)
        after = edited(before, edit) if before is not None else created(edit, 0)
        after.settle()
        priced = {line.sku for line in [own, *members] if line and _PRICES & line.given.keys()}
        sold: list[Product | Variation] = [*after.variations] or [after]
        for each in sold:
            if each.sku in priced:
                must_be_lower(each.special_price, each.price)
        return after

    def _write(self, before: Product | None, after: Product) -> None:
        if before is not None:
            self._products.replace(self._shop, after)
            return
        after.id = str(self._products.next_id(self._shop))
        after.created_at = after.updated_at = now()
        self._products.add(self._shop, [after])

    def _known(self, sku: str) -> Product | None:
        for family in self._products.claims(self._shop, sku):
            product = self._products.get(self._shop, family)
            if product is not None and product.sku == sku:
                return product
        return None


def _readable(line: Line | list[Problem], outcome: Outcome, seen: dict[str, int]) -> Line | None:
    """The line, unless it cannot be read or repeats an earlier one, which is noted."""
    if not isinstance(line, Line):
        outcome.refuse(line)
        return None
    if line.sku in seen:
        reason = _("O SKU já está na linha %d.") % seen[line.sku]
        outcome.refuse([Problem(line.number, "sku", line.sku[:100], reason)])
        return None
    seen[line.sku] = line.number
    return line


def _variation(line: Line) -> dict[str, Any]:
    return {"sku": line.sku, **{k: v for k, v in line.given.items() if k in _OF_VARIATION}}


def _reason(fault: Exception) -> str:
    if isinstance(fault, Mistake):
        return str(fault)
    if isinstance(fault, Refusal) and fault.field in ("stock", "price", "special_price"):
        return _("O produto tem variações: preço e estoque são os delas.")
    if isinstance(fault, Refusal):
        return _("Um produto novo precisa de nome e preço, e uma variação nova de preço.")
    return _("Há um valor que a loja não aceita: %s") % fault
