"""Words and shapes that the tests of commands share."""

import subprocess
from typing import Any

from ponte_process import Ponte


def assert_said(ended: subprocess.CompletedProcess[str], code: int, *words: str) -> None:
    """It ended with this code and these words, nothing on standard output and no traceback."""
    assert ended.returncode == code, ended.stderr
    assert ended.stdout == ""
    assert "Traceback" not in ended.stderr
    for word in words:
        assert word in " ".join(ended.stderr.split()), ended.stderr


def status_of(ponte: Ponte, number: int) -> dict[str, Any]:
    """The one connection of `ponte status --json`."""
    (found,) = ponte.json("status", str(number))["connections"]
    assert isinstance(found, dict)
    return found
