"""What an audit found, as people read it."""

import pytest

from ponte.domain.comparison import Field
from ponte.web.audit_words import value_text


@pytest.mark.parametrize(
    ("field", "value", "text"),
    [
        (Field.PRICE, "1234.5", "R$\xa01.234,50"),
        (Field.COST, "51.69", "R$\xa051,69"),
        (Field.STOCK, "4213", "4.213"),
        (Field.WEIGHT, "0.094", "0,094"),
        (Field.AVAILABLE, "1", "sim"),
        # What is no figure stays as it is; a name is none, even where it looks like one.
        (Field.PRICE, "sob consulta", "sob consulta"),
        (Field.NAME, "12.5", "12.5"),
        (Field.STOCK, "", ""),
    ],
)
def test_values_are_written_as_in_brazil(field: Field, value: str, text: str) -> None:
    assert value_text(field, value) == text


def test_prices_that_differ_are_never_rounded_to_the_same() -> None:
    assert value_text(Field.PRICE, "10.994") != value_text(Field.PRICE, "10.99")
