"""Which of a store's addresses may stand in our pages, and what they lead to."""

import pytest

from ponte.domain.store_pages import StorePages, page_of, product_page
from ponte.http.store_pages import read_store_pages

STORE = "https://loja.example"


def product_url(offered: object, store_url: str = STORE) -> str | None:
    return read_store_pages({"product_url": offered}, store_url).product_url


@pytest.mark.parametrize(
    "template",
    [
        "https://loja.example/admin/products/{id}",
        "https://admin.loja.example/p?id={id}&tab=1",
        "https://loja.example/admin#/products/{id}",
        "https://loja.example:8443/{id}",
        "HTTPS://LOJA.example/{id}",
    ],
)
def test_an_address_of_the_store_stands(template: str) -> None:
    assert product_url(template) == template


@pytest.mark.parametrize(
    "template",
    [
        None,
        7,
        ["https://loja.example/{id}"],
        "",
        "https://loja.example/admin",
        "https://loja.example/{id}/{id}",
        "https://loja.example/{id}/{sku}",
        "https://{id}.loja.example/",
        "https://{id}@loja.example/",
        "https://loja.example:{id}/",
        "{id}://loja.example/",
        "https://outra.example/{id}",
        "https://umaloja.example/{id}",
        "https://loja.example.mal.example/{id}",
        "https://mal.example/loja.example/{id}",
        "https://loja.example@mal.example/{id}",
        "https://ana:senha@loja.example/{id}",
        "https://mal.example\\@loja.example/{id}",
        "https://loja.example/\n{id}",
        "https://loja.example/a b/{id}",
        "//loja.example/{id}",
        "/admin/{id}",
        "javascript:alert({id})",
        "javascript://loja.example/%0aalert({id})",
        "ftp://loja.example/{id}",
        # What the store is called by is safer.
        "http://loja.example/{id}",
        "https://loja.example/" + "x" * 300 + "{id}",
    ],
)
def test_anything_else_is_as_if_it_were_not_there(template: object) -> None:
    assert product_url(template) is None


def test_a_store_that_speaks_http_leads_to_http() -> None:
    own = "http://127.0.0.1:8092"
    assert product_url(f"{own}/painel/produtos/{{id}}", own) is not None
    assert product_url("http://127.0.0.2:8092/{id}", own) is None
    assert product_url("http://x.127.0.0.1/{id}", own) is None


def test_a_store_may_offer_nothing_or_nonsense() -> None:
    nonsense: list[object] = [None, [], "x", {}, {"home_url": {}, "order_url": 1}]
    for offered in nonsense:
        assert read_store_pages(offered, STORE) == StorePages()
    home = {"home_url": f"{STORE}/admin", "order_url": f"{STORE}/o/{{id}}", "more": 1}
    assert read_store_pages(home, STORE) == StorePages(f"{STORE}/admin", None, f"{STORE}/o/{{id}}")
    assert read_store_pages({"home_url": f"{STORE}/{{id}}"}, STORE) == StorePages()


def test_an_id_leads_nowhere_else() -> None:
    template = f"{STORE}/p/{{id}}?tab=1"
    assert page_of(template, "7") == f"{STORE}/p/7?tab=1"
    assert page_of(template, "a/b?c#d é") == f"{STORE}/p/a%2Fb%3Fc%23d%20%C3%A9?tab=1"
    assert page_of(template, "\ud800") == f"{STORE}/p/%3F?tab=1"
    assert page_of(template, None) == page_of(None, "7") == page_of(template, "") == ""
    assert product_page(template, "7") == f"{STORE}/p/7?tab=1"
    # What is left of a renamed SKU is in the hub only.
    assert product_page(template, "7#CAM-1") == ""
