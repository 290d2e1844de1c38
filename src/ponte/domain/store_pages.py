"""Where a shop's people mend things in its own panel: addresses to be opened by them, never by us.

A store offers templates in which `{id}` stands for a product's id or an order's number. What was
let pass as a template (`ponte.http.store_pages`) is filled in here, the id URL-encoded, so that no
name of a product can lead anywhere else.
"""

from urllib.parse import quote

from msgspec import Struct

# What stands for the id in a template.
ID = "{id}"


class StorePages(Struct, frozen=True):
    """The store's offers; None where it makes none."""

    home_url: str | None = None
    product_url: str | None = None
    order_url: str | None = None


def page_of(template: str | None, identity: str | None) -> str:
    """The address of one product or order; "" where there is no template or no id."""
    if not template or not identity:
        return ""
    return template.replace(ID, quote(identity, safe="", errors="replace"))


def product_page(template: str | None, family_key: str) -> str:
    """The same by the key of a family; "" for what a renamed SKU left behind, which has no page in
    the store."""
    return "" if "#" in family_key else page_of(template, family_key)
