"""`hub --assumptions` tells what can be assumed, and starts nothing."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from ponte_sandbox.hub.assumptions import KNOWN

_ROW = re.compile(r"^\| `(\w+)` \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)


@pytest.mark.parametrize("program", ["ponte.cli sandbox", "ponte_sandbox"])
def test_every_switch_is_one_line_and_nothing_is_started(program: str, tmp_path: Path) -> None:
    shown = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-m", *program.split(), "hub", "--assumptions"],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
        timeout=30,
    )
    assert shown.stderr == ""
    heading, *lines = shown.stdout.splitlines()
    assert heading.split()[:3] == ["name", "default", "answers"]
    assert len(lines) == len(KNOWN)
    for line, assumption in zip(lines, KNOWN, strict=True):
        answers = ", ".join(assumption.answers)
        assert line.split(maxsplit=2)[:2] == [assumption.name, assumption.answers[0]]
        assert f"{answers} " in line
        assert line.rstrip().endswith(assumption.doc)
    assert list(tmp_path.iterdir()) == []


def test_the_guide_lists_every_switch_as_it_is() -> None:
    guide = Path(__file__).parents[2].joinpath("docs", "sandbox.md").read_text("utf-8")
    listed = [(name, tuple(answers.split(", ")), doc) for name, answers, doc in _ROW.findall(guide)]
    assert listed == [(one.name, one.answers, one.doc) for one in KNOWN]
