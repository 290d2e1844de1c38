"""What a person may name as a store, and what our servers must never be led to call."""

from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ponte.http.addresses import (
    Fault,
    UnfitAddress,
    is_global,
    read_store_address,
    resolve_store,
)


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("minhaloja.com.br", "https://minhaloja.com.br"),
        ("  MinhaLoja.com.br  ", "https://minhaloja.com.br"),
        ("https://minhaloja.com.br/", "https://minhaloja.com.br"),
        ("HTTPS://minhaloja.com.br", "https://minhaloja.com.br"),
        ("minhaloja.com.br:8443", "https://minhaloja.com.br:8443"),
        ("https://minhaloja.com.br:443", "https://minhaloja.com.br"),
        ("minhaloja.com.br.", "https://minhaloja.com.br"),
        ("lojá.com.br", "https://xn--loj-gla.com.br"),
        ("https://8.8.8.8:8443", "https://8.8.8.8:8443"),
        ("https://[2606:4700::1111]", "https://[2606:4700::1111]"),
    ],
)
def test_an_address_is_read_as_it_was_meant(typed: str, read: str) -> None:
    assert read_store_address(typed) == read


@pytest.mark.parametrize(
    ("typed", "fault"),
    [
        ("", Fault.EMPTY),
        ("   ", Fault.EMPTY),
        ("a" * 301, Fault.TOO_LONG),
        ("a" * 254 + ".br", Fault.MALFORMED),
        ("https://ana:senha@loja.com.br", Fault.USER_INFO),
        ("loja.com.br@evil.example", Fault.USER_INFO),
        ("https://@loja.com.br", Fault.USER_INFO),
        ("https://loja.com.br/admin", Fault.PATH),
        ("loja.com.br/?a=1", Fault.PATH),
        ("loja.com.br?", Fault.PATH),
        ("loja.com.br#x", Fault.PATH),
        ("ftp://loja.com.br", Fault.SCHEME),
        ("file:///etc/passwd", Fault.SCHEME),
        ("javascript:alert(1)", Fault.SCHEME),
        ("mailto:ana@loja.com.br", Fault.SCHEME),
        ("http://loja.com.br", Fault.PLAIN_HTTP),
        ("loja.com.br:99999", Fault.MALFORMED),
        ("loja.com.br:0", Fault.MALFORMED),
        ("minha loja.com.br", Fault.MALFORMED),
        ("loja.com.br\\@evil.example", Fault.MALFORMED),
        ("loja.com.br\r\nHost: x", Fault.MALFORMED),
        ("https://", Fault.MALFORMED),
        ("https://[::1", Fault.MALFORMED),
        ("loja..com.br", Fault.MALFORMED),
        ("<script>.com", Fault.MALFORMED),
        ("localhost", Fault.INTERNAL),
        ("intranet", Fault.INTERNAL),
        ("printer.local", Fault.INTERNAL),
        ("metadata.google.internal", Fault.INTERNAL),
        ("127.0.0.1", Fault.INTERNAL),
        ("127.0.0.1:8092", Fault.INTERNAL),
        ("https://0x7f.1", Fault.INTERNAL),
        ("https://2130706433", Fault.INTERNAL),
        ("https://0177.0.0.1", Fault.INTERNAL),
        ("https://127.1", Fault.INTERNAL),
        ("https://１２７.0.0.1", Fault.INTERNAL),
        ("https://169.254.169.254", Fault.INTERNAL),
        ("https://[::1]", Fault.INTERNAL),
        ("https://[::ffff:10.0.0.1]", Fault.INTERNAL),
        ("https://[64:ff9b::7f00:1]", Fault.INTERNAL),
        ("https://[2002:7f00:1::]", Fault.INTERNAL),
    ],
)
def test_an_unfit_address_is_told_apart(typed: str, fault: Fault) -> None:
    with pytest.raises(UnfitAddress) as raised:
        read_store_address(typed)
    assert raised.value.fault == fault


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("127.0.0.1:8092", "http://127.0.0.1:8092"),
        ("localhost:8092", "http://localhost:8092"),
        ("https://localhost:8092", "https://localhost:8092"),
        ("http://loja.com.br", "http://loja.com.br"),
        ("loja.com.br", "https://loja.com.br"),
    ],
)
def test_a_sandbox_may_be_here_where_that_is_allowed(typed: str, read: str) -> None:
    assert read_store_address(typed, internal_allowed=True) == read


@given(st.text(max_size=320))
def test_no_text_is_read_as_anything_but_a_plain_address(typed: str) -> None:
    try:
        read = read_store_address(typed)
    except UnfitAddress:
        return
    assert read.startswith("https://")
    assert not set(read.removeprefix("https://")) & set("/\\@?# %")


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.1", "10.1.2.3", "100.64.0.1", "127.0.0.1", "127.255.0.9", "169.254.169.254",
        "172.16.0.1", "192.0.0.1", "192.168.1.1", "198.18.0.1", "203.0.113.9", "224.0.0.1",
        "239.1.1.1", "240.0.0.1", "255.255.255.255",
        "::", "::1", "::7f00:1", "fe80::1", "fc00::1", "fd12::1", "fec0::1", "ff02::1", "ff0e::1",
        "2001:db8::1", "100::1", "::ffff:127.0.0.1", "::ffff:192.168.0.1", "64:ff9b::10.0.0.1",
        "64:ff9b:1::1", "2002:0a00:0001::1",
        "2002:7f00:0001::", "2001:0:4136:e378:8000:63bf:80ff:fffe",
    ],
)  # fmt: skip
def test_what_is_not_of_the_open_internet_is_not_global(address: str) -> None:
    assert not is_global(ip_address(address))


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "200.147.3.157", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8"]
)
def test_what_is_of_the_open_internet_is_global(address: str) -> None:
    assert is_global(ip_address(address))


async def test_a_name_that_leads_to_this_machine_is_internal() -> None:
    """`localhost` is refused by its name already; here as any name that resolves so."""
    with pytest.raises(UnfitAddress) as raised:
        await resolve_store("https://localhost")
    assert raised.value.fault == Fault.INTERNAL
    assert await resolve_store("http://localhost", internal_allowed=True)


async def test_a_name_that_nobody_has_is_not_resolved() -> None:
    with pytest.raises(UnfitAddress) as raised:
        await resolve_store("https://loja.invalid")
    assert raised.value.fault == Fault.NOT_RESOLVED
