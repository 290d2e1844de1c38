"""The options of `ponte rules` for prices of single channels.

The options of one command say all of the tables there are to be: a table that is not named any
more is taken away in the hub, which leaving it out of a list there would not do.
"""

from collections.abc import Iterable
from decimal import Decimal
from typing import Annotated

import typer

from ponte.cli.running import fail
from ponte.domain.families import plain_number
from ponte.domain.rules import MerchantRules, PriceTableRule, faults_of

PriceTableOption = Annotated[
    list[str] | None,
    typer.Option(
        metavar="CODE=PERCENT[=LABEL]",
        help="What a channel's price table adds to every price, or takes off: ml=+12.5,"
        " shopee=-5=Shopee. Repeat it for more; tables not named go away.",
    ),
]
NoPriceTablesOption = Annotated[
    bool, typer.Option("--no-price-tables", help="Take every price table of ours away.")
]


def named_price_tables(options: list[str] | None, *, clear: bool) -> dict[str, object]:
    """The rule that the options name; ends the command when one is wrong."""
    if clear and options:
        fail("--no-price-tables: not together with --price-table", code=2)
    if not options:
        return {"price_tables": ()} if clear else {}
    tables = tuple(_table_of(text) for text in options)
    for fault in faults_of(MerchantRules(price_tables=tables)):
        most = "" if fault.most is None else f" (at most {fault.most})"
        fail(f"--price-table: {fault.code.replace('_', ' ')}{most} {fault.named}", code=2)
    return {"price_tables": tables}


def _table_of(text: str) -> PriceTableRule:
    code, _, rest = text.partition("=")
    percent, _, label = rest.partition("=")
    try:
        return PriceTableRule(code.strip(), label.strip() or code.strip(), Decimal(percent))
    except (ValueError, ArithmeticError) as error:
        reason = str(error) if isinstance(error, ValueError) else "ml=+12.5 is wanted"
        fail(f"--price-table {text}: {reason}", code=2)


def price_tables_in_words(tables: Iterable[PriceTableRule]) -> list[str]:
    """Each table with what it adds."""
    return [f"{table.code} ({table.label}) {_signed(table.percent)} %" for table in tables]


def _signed(percent: Decimal) -> str:
    return plain_number(percent) if percent < 0 else f"+{plain_number(percent)}"
