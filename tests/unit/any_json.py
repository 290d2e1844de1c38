"""Any JSON value as `decode_json` gives it, with the spellings that trip readers up more often."""

from decimal import Decimal

from hypothesis import strategies as st

ODD_WORDS = (
    "",
    " ",
    "0",
    "1",
    "-1",
    "1,5",
    "1.234,56",
    "R$ 12,50",
    "1e999",
    "NaN",
    "Infinity",
    "0000-00-00 00:00:00",
    "2026-03-02T14:05:09-03:00",
    "9999-12-31T23:59:59-12:00",
    "null",
    "true",
    "a\x00b",
    "٣",
)
ODD_NUMBERS = (0, 1, -1, 2**31, 2**63, 10**13, 10**400, -(10**50), 1772456709, 1772456709123)
ODD_DECIMALS = (
    "0.0",
    "-0.0",
    "10.00",
    "1E+400",
    "1E-400",
    "19.900000000000002",
    "1E+999999999",
    "1E-999999999",
    "0E-999999999",
)

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.sampled_from(ODD_NUMBERS),
    st.sampled_from(ODD_WORDS),
    st.sampled_from([Decimal(written) for written in ODD_DECIMALS]),
    st.decimals(allow_nan=False, allow_infinity=False),
    st.text(max_size=12),
)


def any_json(keys: st.SearchStrategy[str] | None = None) -> st.SearchStrategy[object]:
    """Any JSON value; objects prefer the given keys."""
    names = st.text(max_size=5) if keys is None else keys
    return st.recursive(
        scalars,
        lambda inner: st.one_of(
            st.lists(inner, max_size=4), st.dictionaries(names, inner, max_size=6)
        ),
        max_leaves=20,
    )
