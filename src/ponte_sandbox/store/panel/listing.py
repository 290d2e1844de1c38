"""Which products a page is about: what the list was narrowed to, carried in addresses and forms."""

from collections.abc import Callable, Mapping
from typing import NamedTuple
from urllib.parse import urlencode

from ponte_sandbox.store.shelf import Condition, Wish
from ponte_ui.language import mark

PRODUCTS = "/painel/produtos"
MOST_TEXT = 200
# No list has more pages; a longer number is nobody's click.
_MOST_PAGE = 10_000_000

# What the list can be narrowed to, as its choice shows it.
CONDITION_WORDS = {
    Condition.ANY: mark("Todos"),
    Condition.PUBLISHED: mark("Publicados"),
    Condition.UNPUBLISHED: mark("Não publicados"),
    Condition.SOLD_OUT: mark("Sem estoque"),
    Condition.PROMOTED: mark("Em promoção"),
}


class Listing(NamedTuple):
    """A search and the page of its results."""

    wish: Wish
    page: int

    def fields(self) -> dict[str, str]:
        """The search as fields of a form or a query."""
        named = {"q": self.wish.text, "filter": self.wish.condition.value}
        return {name: value for name, value in named.items() if value}

    def address(self, page: int = 1) -> str:
        """The list's page of that number."""
        fields = {**self.fields(), **({"page": str(page)} if page > 1 else {})}
        return f"{PRODUCTS}?{urlencode(fields, errors='replace')}" if fields else PRODUCTS


def read_listing(given: Mapping[str, str] | Callable[[str], str]) -> Listing:
    """What a query or a form asks for; anything strange in it is left out."""
    get = given if callable(given) else lambda name: given.get(name, "")
    text = get("q").strip()[:MOST_TEXT]
    try:
        condition = Condition(get("filter"))
    except ValueError:
        condition = Condition.ANY
    return Listing(Wish(text, condition), page_of(get("page")))


def page_of(text: str) -> int:
    """A page's number, from 1."""
    is_number = text.isascii() and text.isdigit() and len(text) < 9
    return min(max(1, int(text)), _MOST_PAGE) if is_number else 1
