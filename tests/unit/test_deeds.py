"""Every deed that is recorded has words, in both languages."""

import ast
import importlib
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import ponte
from ponte.ledger.trail import Entry
from ponte.web.panel.deeds import DEEDS, deed_words

SOURCES = Path(ponte.__file__).parent
# `record` itself, and those who only pass an action on.
_RECORDS = re.compile(r"^_?record$")
_CODE = re.compile(r"[a-z_]+\.[a-z_]+")


def _recorded() -> Iterator[str]:
    """Every text that looks like a deed's code in a call of `record`, also by its constant, and in
    what decides between several."""
    for path in sorted(SOURCES.rglob("*.py")):
        source = path.read_text("utf-8")
        if "record(" not in source or path.name == "actors.py":
            continue
        dotted = ".".join(("ponte", *path.relative_to(SOURCES).with_suffix("").parts))
        tree = ast.parse(source)
        # Functions that record what they are told, and names that stand for a code.
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                if _CODE.fullmatch(node.value) and _is_deed(node.value):
                    yield node.value
            elif isinstance(node, ast.Call) and _name(node.func):
                for argument in node.args:
                    if isinstance(argument, ast.Name) and argument.id.isupper():
                        value = getattr(importlib.import_module(dotted), argument.id)
                        if isinstance(value, str):
                            yield value


def _name(function: ast.expr) -> bool:
    return isinstance(function, ast.Name) and _RECORDS.match(function.id) is not None


def _is_deed(text: str) -> bool:
    """Files and hosts have a point as well."""
    return not text.endswith((".py", ".sql", ".html", ".example", ".json"))


def _entry(action: str, **detail: object) -> Entry:
    now = datetime.now(UTC)
    return Entry(1, now, 1, "Olga", "operator", "panel", False, 7, "Loja", action, detail)


def test_there_are_deeds_to_speak_of() -> None:
    assert len(set(_recorded())) > 15


def test_every_deed_has_words() -> None:
    assert sorted(set(_recorded()) - set(DEEDS)) == []


def test_a_sentence_does_without_details_that_are_not_there() -> None:
    for action in DEEDS:
        assert deed_words(_entry(action))


def test_a_sentence_says_roles_in_words_and_shortens_what_is_long() -> None:
    said = deed_words(_entry("user.invited", user="Ana", role="merchant"))
    assert said == "Convidou Ana como lojista."
    said = deed_words(_entry("broadcast.made", text="x" * 5000))
    assert len(said) < 400


def test_a_deed_of_a_later_version_shows_its_code() -> None:
    assert deed_words(_entry("moon.landed")) == "moon.landed"


def test_a_name_with_a_percent_sign_breaks_no_sentence() -> None:
    assert "%(x)s" in deed_words(_entry("user.disabled", user="%(x)s 100%"))
