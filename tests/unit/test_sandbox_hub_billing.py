"""Apps of an account: the search, the months used, and the addresses that are addresses."""

import pytest

from ponte_sandbox.hub.apps import billing_rows, is_web_address, plain
from ponte_sandbox.hub.connecting import opening_address


def test_months_are_used_up_row_after_row() -> None:
    rows = [(7, 3, 1000), (9, 12, 2000), (11, 6, 3000)]
    assert [row.months_used for row in billing_rows(rows, 0)] == [0, 0, 0]
    assert [row.months_used for row in billing_rows(rows, 5)] == [3, 2, 0]
    assert [row.months_used for row in billing_rows(rows, 99)] == [3, 12, 6]
    assert [(row.order, row.number) for row in billing_rows(rows, 0)] == [(1, 7), (2, 9), (3, 11)]


@pytest.mark.parametrize("words", ["Ecommerce", "ECOMMERCE", "écômmerce", " ecommerce "])
def test_neither_accents_nor_case_matter(words: str) -> None:
    assert plain(words) in plain("Webstore Plataforma de Ecommerce")


@pytest.mark.parametrize(
    "address",
    [
        "",
        "instalar",
        "//example.com/",
        "ftp://example.com/",
        "javascript:alert(1)",
        "http://",
        "http:///caminho",
        "http://[::1/",
        "http://example.com:99999/",
        "http://example.com/a b",
        "http://example.com/\r\nx: y",
        "http://exämple.com/",
        "http://example.com/" + "x" * 2000,
    ],
)
def test_what_is_no_address_is_known(address: str) -> None:
    assert not is_web_address(address)


def test_the_code_joins_the_query_that_is_there_once() -> None:
    assert opening_address("http://a.example/x", "c") == "http://a.example/x?pluggtocode=c"
    address = "http://a.example/x?b=1&pluggtocode=old&e=#f"
    assert is_web_address(address)
    assert opening_address(address, "c d") == "http://a.example/x?b=1&e=&pluggtocode=c+d#f"
