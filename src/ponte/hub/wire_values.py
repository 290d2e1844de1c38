"""JSON as the hub speaks it: envelopes to open, bodies to write.

Reading is lenient and lives in `ponte.domain.readings`; writing is strict: a Decimal becomes a JSON
number with the places it has, never a float.
"""

import msgspec

from ponte.domain.readings import mapping, members

_ENCODER = msgspec.json.Encoder(decimal_format="number")


def encode_body(body: object) -> bytes:
    """A request body; `Decimal("10.50")` is written as the number 10.50."""
    return _ENCODER.encode(body)


def opened(value: object, envelope: str) -> dict[str, object]:
    """The object inside `{"Product": {…}}`, or the bare object where it comes so; {} if none."""
    outer = mapping(value)
    return mapping(outer[envelope]) if envelope in outer else outer


def objects(value: object) -> list[dict[str, object]]:
    """The members of a list that are objects; others are skipped."""
    return [member for member in members(value) if isinstance(member, dict)]
