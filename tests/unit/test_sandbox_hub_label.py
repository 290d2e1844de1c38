"""A label in ZPL: everything on the paper, and nothing of the order is a command."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ponte_sandbox.hub.labels.zpl import label_of

_WIDTH, _HEIGHT = 800, 1200
_FIELD = re.compile(r"\^FO(\d+),(\d+)(.*)\^FS")


def label(shipment: dict[str, Any] | None = None, **order: Any) -> str:
    return label_of({"order_id": 10000001, **order}, shipment or {}, "Conta 5910")


def fields(zpl: str) -> list[tuple[int, int, str]]:
    """Place and command of everything printed; the label is nothing else."""
    head, *body, end, last = zpl.split("\n")
    assert (head, end, last) == ("^XA", "^XZ", "")
    assert body[:3] == ["^CI28", "^PW800", "^LL1200"]
    found = [_FIELD.fullmatch(line) for line in body[3:]]
    assert all(found), zpl
    return [(int(each[1]), int(each[2]), each[3]) for each in found if each]


def barcodes(zpl: str) -> dict[str, int]:
    """The barcodes and how wide their narrowest bar is."""
    found = re.findall(r"\^BY(\d)\^BCN,80,Y,N,N,A\^FH\^FD(.*)\^FS", zpl)
    return {content: int(module) for module, content in found}


@pytest.mark.parametrize(
    ("content", "module"),
    [
        ("01310100", 2),
        ("BR123456789BR", 2),
        # The 44 digits of an access key fit at full width, with letters only at half.
        ("35261112345678000195550010000000011123456785", 2),
        ("352611AB345678000195550010000000011123456785", 1),
        ("x" * 62, 1),
    ],
)
def test_a_barcode_is_as_wide_as_the_paper_allows(content: str, module: int) -> None:
    zpl = label({"track_code": content})
    assert barcodes(zpl) == {content: module}
    symbols = (len(content) + 1) // 2 if content.isdigit() else len(content)
    assert module * (11 * symbols + 35) <= _WIDTH - 80


@pytest.mark.parametrize("content", ["x" * 63, "ção", ">5", "A^XZ"])
def test_what_is_no_barcode_is_printed_as_text(content: str) -> None:
    zpl = label({"track_code": content})
    assert barcodes(zpl) == {}
    assert zpl.count("^XZ") == 1


_values = st.one_of(st.none(), st.text(max_size=80), st.integers(), st.booleans())
_order = st.dictionaries(
    st.sampled_from(
        ("receiver_name", "receiver_lastname", "receiver_address", "receiver_address_complement",
         "receiver_zipcode", "receiver_city", "receiver_neighborhood", "channel", "original_id")
    ),
    _values,
)  # fmt: skip
_shipment = st.dictionaries(
    st.sampled_from(("shipping_company", "track_code", "nfe_key", "nfe_number")), _values
)


@given(_order, _shipment)
def test_whatever_the_order_says_stays_on_the_paper(
    order: dict[str, Any], shipment: dict[str, Any]
) -> None:
    zpl = label(shipment, **order)
    zpl.encode()
    placed = fields(zpl)
    tops = [top for _, top, _ in placed]
    assert tops == sorted(set(tops))
    assert tops[-1] < _HEIGHT - 100
    for left, _, command in placed:
        assert left == 40
        _, _, data = command.partition("^FD")
        assert not set(data) & set("^~"), command
        assert data.isprintable()
