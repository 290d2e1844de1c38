"""Form-encoded bodies as the object that JSON would have been: `variations[0][sku]=A&price=9.9`.

Old clients, PHP's most of all, send a resource as a form [C]. PHP writes a nested value with its
path in brackets; a member whose names are all numbers is a list, `[]` is the next place in one.
What this module guards against is a body of a few bytes that makes a structure without end: names
are counted, depth is bounded, and a list has as many members as were sent, whatever number they
claim. All values are texts; the checks of `fields.py` take numbers and flags in that form.
"""

import re
from typing import Any
from urllib.parse import parse_qsl

from ponte_sandbox.hub.wire import invalid

# A family of 200 variations with 40 fields each; JSON is there for larger ones.
MAX_FIELDS = 10_000
# `variations[0][attributes][0][value][code]` has six.
MAX_DEPTH = 8

_NAME = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])*)")
_STEP = re.compile(r"\[([^\[\]]*)\]")


class _Node(dict[str, Any]):
    """Members by name, and the number that `[]` stands for next."""

    __slots__ = ("_following",)

    def __init__(self) -> None:
        self._following = 0

    def name_of(self, step: str) -> str:
        """The name a step means; an empty one is one more than the largest number so far."""
        name = step or str(self._following)
        if _is_number(name):
            self._following = max(self._following, int(name) + 1)
        return name


def object_of_form(body: bytes) -> dict[str, Any]:
    """The object a form stands for; raises `Refusal` 400 with the name that is not understood."""
    try:
        pairs = parse_qsl(
            body.decode("utf-8").strip(),
            keep_blank_values=True,
            strict_parsing=True,
            max_num_fields=MAX_FIELDS,
            errors="strict",
        )
    except ValueError as error:
        raise invalid(f"The form cannot be read: {error}") from error
    root = _Node()
    for name, value in pairs:
        _put(root, name, value)
    return {name: _listed(value, name) for name, value in root.items()}


def _put(root: _Node, name: str, value: str) -> None:
    found = _NAME.fullmatch(name)
    if found is None:
        raise invalid(f"{name[:80]!r} is no name of a form's field")
    path = [found[1], *_STEP.findall(found[2])]
    if len(path) > MAX_DEPTH:
        raise invalid(f"{name[:80]!r} is nested deeper than {MAX_DEPTH}")
    node = root
    for step in path[:-1]:
        inner = node.setdefault(node.name_of(step), _Node())
        if not isinstance(inner, _Node):
            raise invalid(f"{name[:80]!r} is inside of what is a single value")
        node = inner
    last = node.name_of(path[-1])
    if isinstance(node.get(last), _Node):
        raise invalid(f"{name[:80]!r} is a single value and a list at once")
    # The last one of a name counts, as in PHP and in the query.
    node[last] = value


def _listed(value: Any, place: str) -> Any:
    """Objects whose names are all numbers are lists, in the order of the numbers."""
    if not isinstance(value, _Node):
        return value
    members = {name: _listed(member, f"{place}[{name}]") for name, member in value.items()}
    numbered = [name for name in members if _is_number(name)]
    if not numbered:
        return members
    if len(numbered) < len(members):
        raise invalid(f"{place} has both names and numbers")
    return [members[name] for name in sorted(numbered, key=int)]


def _is_number(name: str) -> bool:
    return name.isascii() and name.isdigit() and len(name) < 20
