"""One translation of SKUs, used by everybody."""

from hypothesis import given
from hypothesis import strategies as st

from ponte.domain.skus import hub_sku


def test_a_slash_becomes_a_hyphen() -> None:
    assert hub_sku(" CAM/AZ/M ") == "CAM-AZ-M"
    assert hub_sku(" ") == ""
    assert hub_sku("maçã 1%?#") == "maçã 1%?#"


@given(st.text())
def test_translating_twice_changes_nothing(sku: str) -> None:
    assert "/" not in hub_sku(sku)
    assert hub_sku(hub_sku(sku)) == hub_sku(sku)
