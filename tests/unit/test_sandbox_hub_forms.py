"""Forms as PHP writes them become the object that JSON would have been."""

from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from ponte_sandbox.common.asgi import Refusal
from ponte_sandbox.hub.forms import MAX_FIELDS, object_of_form


@pytest.mark.parametrize(
    ("form", "content"),
    [
        ("name=A%20b+c&price=9.9", {"name": "A b c", "price": "9.9"}),
        ("name=%C3%A7", {"name": "ç"}),
        ("name=", {"name": ""}),
        ("a=1&a=2", {"a": "2"}),
        ("dimension[weight]=1&dimension[width]=2", {"dimension": {"weight": "1", "width": "2"}}),
        ("dimension%5Bweight%5D=1", {"dimension": {"weight": "1"}}),
        ("v[0][sku]=A&v[1][sku]=B&v[0][ean]=1", {"v": [{"sku": "A", "ean": "1"}, {"sku": "B"}]}),
        ("v[10]=b&v[9]=a", {"v": ["a", "b"]}),
        ("v[]=a&v[]=b", {"v": ["a", "b"]}),
        ("v[][sku]=a&v[][sku]=b", {"v": [{"sku": "a"}, {"sku": "b"}]}),
        ("v[999999999]=x&v[]=y", {"v": ["x", "y"]}),
        ("v[1]=x&v[]=y", {"v": ["x", "y"]}),
        ("a[b][0][c][d]=1", {"a": {"b": [{"c": {"d": "1"}}]}}),
    ],
)
def test_names_with_brackets_are_paths(form: str, content: dict[str, Any]) -> None:
    assert object_of_form(form.encode()) == content


@pytest.mark.parametrize(
    "form",
    [
        "a", "a&b", "=1", "[a]=1", "a[=1", "a]=1", "a[b]c=1", "a[[b]]=1", "a=%ff", "\xff=1",
        "a=1&a[b]=2", "a[b]=2&a=1", "a[b]=1&a[0]=2", "a[b]=1&a[]=2",
        "a" + "[b]" * 8 + "=1",
        "&".join(f"a{number}=1" for number in range(MAX_FIELDS + 1)),
    ],
)  # fmt: skip
def test_what_cannot_be_understood_is_refused_with_a_reason(form: str) -> None:
    with pytest.raises(Refusal) as refused:
        object_of_form(form.encode("latin-1"))
    assert refused.value.status == 400
    assert len(refused.value.reason) < 300


_names = st.text("abcdefgh_", min_size=1, max_size=6)
_texts = st.text(max_size=12).filter(lambda text: text.isprintable())


def _objects(depth: int) -> SearchStrategy[Any]:
    if depth == 0:
        return _texts
    inner = _objects(depth - 1)
    return st.one_of(
        _texts,
        st.lists(inner, min_size=1, max_size=4),
        st.dictionaries(_names, inner, min_size=1, max_size=4),
    )


def written(place: str, value: Any) -> list[str]:
    """As PHP's `http_build_query` writes it."""
    if isinstance(value, str):
        return [f"{quote(place, safe='')}={quote(value, safe='')}"]
    pairs = enumerate(value) if isinstance(value, list) else value.items()
    return [part for name, member in pairs for part in written(f"{place}[{name}]", member)]


@given(st.dictionaries(_names, _objects(3), min_size=1, max_size=5))
def test_what_was_written_as_a_form_is_read_as_it_was(content: dict[str, Any]) -> None:
    form = "&".join(part for name, value in content.items() for part in written(name, value))
    assert object_of_form(form.encode()) == content
