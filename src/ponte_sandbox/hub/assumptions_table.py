"""`hub --assumptions`: the open questions as a table for a person, or for `grep` and `less`.

Read in a terminal it is as wide as the terminal. Piped, each switch keeps to one line whatever its
length, because a wrapped line is one that no `grep` finds.
"""

import sys
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from ponte_sandbox.hub.assumptions import Assumption

# Wider than the longest line; only used where no terminal says how wide it is.
_PIPED_WIDTH = 400


def print_assumptions(known: Sequence[Assumption]) -> None:
    """Every switch with its default, its answers, and what it decides, on standard output."""
    is_terminal = sys.stdout.isatty()
    console = Console(width=None if is_terminal else _PIPED_WIDTH, highlight=False)
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("name", "default", "answers", "what it decides"):
        table.add_column(heading, no_wrap=not is_terminal and heading != "what it decides")
    for assumption in known:
        table.add_row(
            assumption.name, assumption.answers[0], ", ".join(assumption.answers), assumption.doc
        )
    console.print(table)
