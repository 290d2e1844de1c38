"""Which of a store's addresses may stand in our pages as links.

They are a stranger's words, and a person will press them. So each is an http or https address of
the store's own host or of one below it, with the store's scheme or a better one, without user info,
not longer than an address that a person may type; and what stands for the id can change neither
the host nor the scheme. What is not so is passed over, as if the store offered none.
"""

from pyreqwest.http import Url

from ponte.domain.readings import mapping, text
from ponte.domain.store_pages import ID, StorePages
from ponte.http.addresses import LONGEST_TYPED, UnfitAddress, read_web_address

# What is put in for the id when a template is looked at.
_TRIED = "0"


def read_store_pages(offered: object, store_url: str) -> StorePages:
    """The fit ones among what a store offers as `admin`; `store_url` is the address that we call
    it by."""
    fields = mapping(offered)
    store = Url(store_url)
    return StorePages(
        home_url=_fit(text(fields.get("home_url")), store, ids=0),
        product_url=_fit(text(fields.get("product_url")), store, ids=1),
        order_url=_fit(text(fields.get("order_url")), store, ids=1),
    )


def _fit(template: str | None, store: Url, *, ids: int) -> str | None:
    """The template, if it is one with so many ids, and leads to the store."""
    if template is None or len(template) > LONGEST_TYPED or template.count(ID) != ids:
        return None
    try:
        url = read_web_address(template.replace(ID, _TRIED))
    except UnfitAddress:
        return None
    # Before the path there is no place for an id.
    authority = template.partition("://")[2].replace("?", "/").replace("#", "/").partition("/")[0]
    if ID in authority or "{" in template.replace(ID, ""):
        return None
    if url.scheme != "https" and store.scheme == "https":
        return None
    host, own = url.host_str or "", store.host_str or ""
    return template if host == own or host.endswith(f".{own}") else None
