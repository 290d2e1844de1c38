"""The form of the rules: numbers as Brazilians write them, lists by lines, faults at their field.

What somebody typed is shown again as it was typed. A number that can be read in two ways, such as
"1.234" for a price, is not guessed: a mistaken markup stands in every channel within minutes.
"""

import re
from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from typing import Any

import msgspec
from msgspec import Struct

from ponte.domain.rules import (
    LONGEST_MESSAGE,
    LONGEST_NAME,
    MOST_NAMED,
    MerchantRules,
    PriceRounding,
    Removed,
    ReportMode,
    Unpublished,
    WeightUnit,
    faults_of,
)
from ponte.web.panel.channel_rows import has_rows, read_rows, row_values
from ponte.web.panel.rules_words import fault_text
from ponte_ui.forms import Form
from ponte_ui.language import _

_AMOUNTS = ("order_tolerance", "reserve_percent", "price_percent", "price_amount")
_COUNTS = ("reserve_units",)
# Empty: there is no such limit, or no such default.
_OPTIONAL_COUNTS = (
    "stock_ceiling",
    "default_warranty_months",
    "default_handling_days",
    "longest_handling_days",
)
_TEXTS = ("default_brand", "default_warranty_message")
_LISTS = (
    "only_categories",
    "except_categories",
    "only_brands",
    "except_brands",
    "only_skus",
    "except_skus",
)
_ENUMS: Mapping[str, type[StrEnum]] = {
    "report_mode": ReportMode,
    "price_rounding": PriceRounding,
    "unpublished": Unpublished,
    "removed": Removed,
    "weight_unit": WeightUnit,
}
# 1.234,56 and 1234,5 and 12.5, with what people put around a number.
_GROUPED = re.compile(r"-?\d{1,3}(\.\d{3})+(,\d{1,9})?")
_COMMA = re.compile(r"-?\d{1,12}(,\d{1,9})?")
_POINT = re.compile(r"-?\d{1,12}\.\d{1,2}")
_AROUND = re.compile(r"R\$|%|\s")
# More than all lines of a list can hold, or a message.
_LONGEST_LIST = MOST_NAMED * (LONGEST_NAME + 2)
_LONGEST_VALUE = 4 * LONGEST_MESSAGE
# PostgreSQL's integers end here.
_LARGEST_VERSION = 2**31 - 1


class RulesForm(Struct, frozen=True):
    """What somebody sent: the rules as far as they can be read, and what is wrong by field."""

    version: int
    rules: MerchantRules
    values: dict[str, str]
    problems: dict[str, str]


def read_rules_form(form: Form, present: MerchantRules) -> RulesForm:
    """The form's rules; what it does not have stays as it is at present."""
    named: dict[str, Any] = {}
    problems: dict[str, str] = {}
    for name in (*_AMOUNTS, *_COUNTS, *_OPTIONAL_COUNTS):
        text = form.text(name, _LONGEST_VALUE)
        found = _number(text)
        if not text and form.has(name):
            named[name] = _blank(name)
        elif found is None and form.has(name):
            problems[name] = _("Informe um número, como 10 ou 12,5.")
        elif found is not None and name not in _AMOUNTS and found != found.to_integral_value():
            problems[name] = _("Informe um número inteiro, como 3.")
        elif found is not None:
            named[name] = found if name in _AMOUNTS else int(found)
    for name in _TEXTS:
        if form.has(name):
            named[name] = form.text(name, _LONGEST_VALUE)
    for name in _LISTS:
        if form.has(name):
            named[name] = _lines(form.text(name, _LONGEST_LIST))
    if has_rows(form):
        named["price_tables"], wrong = read_rows(form, _number)
        problems |= wrong
    for name, kind in _ENUMS.items():
        if form.has(name):
            chosen = form.text(name, LONGEST_NAME)
            if chosen in list(kind):
                named[name] = kind(chosen)
            else:
                problems[name] = _("Escolha uma das opções.")
    rules = msgspec.structs.replace(present, **named)
    for fault in faults_of(rules):
        problems.setdefault(fault.field, fault_text(fault))
    return RulesForm(_version(form), rules, form.values(), problems)


def form_values(rules: MerchantRules) -> dict[str, str]:
    """The rules as the fields show them."""
    values = {name: _written(getattr(rules, name)) for name in (*_AMOUNTS, *_COUNTS)}
    values |= {name: _written(getattr(rules, name)) for name in _OPTIONAL_COUNTS}
    values |= {name: getattr(rules, name) for name in (*_TEXTS, *_ENUMS)}
    values |= {name: "\n".join(getattr(rules, name)) for name in _LISTS}
    return values | row_values(rules.price_tables, _written)


def _number(text: str) -> Decimal | None:
    bare = _AROUND.sub("", text).removeprefix("+").replace("\N{MINUS SIGN}", "-")
    if _GROUPED.fullmatch(bare) or _COMMA.fullmatch(bare):
        return Decimal(bare.replace(".", "").replace(",", "."))
    return Decimal(bare) if _POINT.fullmatch(bare) else None


def _blank(name: str) -> Decimal | int | None:
    if name in _OPTIONAL_COUNTS:
        return None
    return Decimal(0) if name in _AMOUNTS else 0


def _lines(text: str) -> tuple[str, ...]:
    """The lines that say something, each once."""
    return tuple(dict.fromkeys(line for each in text.splitlines() if (line := each.strip())))


def _written(value: Decimal | int | None) -> str:
    if value is None:
        return ""
    text = f"{value:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return text.replace(".", ",")


def _version(form: Form) -> int:
    text = form.text("version", 20)
    number = int(text) if re.fullmatch(r"\d{1,10}", text, re.ASCII) else -1
    return min(number, _LARGEST_VERSION)
