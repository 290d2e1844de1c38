"""Whoever reads English reads all of it."""

import importlib.util
from pathlib import Path
from typing import Any

import pytest

_FILE = Path(__file__).parents[2] / "tools" / "translations.py"


def _tool() -> Any:
    spec = importlib.util.spec_from_file_location("translations", _FILE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


tool = _tool()


@pytest.mark.parametrize("file", tool.CATALOGUES, ids=lambda file: str(file.relative_to(tool.SRC)))
def test_every_text_has_an_english_one(file: Path) -> None:
    catalogue = tool.read(file)
    texts = {message.id for message in tool.texts_of(tool.CATALOGUES[file]) if message.id}
    assert texts, "no text was found in code or templates"
    assert texts == {message.id for message in catalogue if message.id}, "run: make translations"
    assert tool.untranslated(catalogue) == []
