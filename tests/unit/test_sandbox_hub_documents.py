"""The table of assumptions in the documentation is the one in the code."""

import re
from pathlib import Path

from ponte_sandbox.hub.assumptions import KNOWN

_PAGE = Path(__file__).parents[2] / "docs/sandbox.md"
_ROW = re.compile(r"^\| `(\w+)` \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)


def test_every_assumption_is_documented_as_it_is() -> None:
    documented = [
        (name, tuple(answers.split(", ")), doc)
        for name, answers, doc in _ROW.findall(_PAGE.read_text("utf-8"))
    ]
    assert documented == [(one.name, one.answers, one.doc) for one in KNOWN]
