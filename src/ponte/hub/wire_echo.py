"""The answer that is just what was hoped for: everything taken, and the ids of the members.

Nearly every answer of an export is so. Telling it by one comparison of typed values costs a
third of reading the product field by field (`wire_products`) and judging it
(`domain.acknowledgement`); whatever is different in the slightest, in value, type or order, takes
that longer way.
"""

import msgspec
from msgspec import UNSET, Struct

from ponte.domain.hub_body import FamilyBody, Members


class _Echo(Struct):
    product: FamilyBody = msgspec.field(name="Product")
    error: object = None


class _Ids(Struct):
    product: Members = msgspec.field(name="Product")


_ECHO = msgspec.json.Decoder(_Echo)
_IDS = msgspec.json.Decoder(_Ids)
_HOPED = msgspec.json.Decoder(FamilyBody)
_encode = msgspec.json.Encoder(decimal_format="number").encode


def read_echo(body: bytes, hoped: bytes) -> Members | None:
    """The members' ids where the answer shows `hoped`, else None: read it the longer way."""
    try:
        echo = _ECHO.decode(body)
    except (ValueError, RecursionError):
        return None
    shown = echo.product
    if echo.error not in (None, False):
        return None
    for variation in shown.variations:
        # None of its own is not sent, and shown as nothing.
        if variation.dimension is None:
            variation.dimension = UNSET
    if _encode(shown) != hoped and not _same_values(shown, _HOPED.decode(hoped)):
        return None
    try:
        return _IDS.decode(body).product
    except ValueError:
        return None


def _same_values(shown: FamilyBody, hoped: FamilyBody) -> bool:
    """Whether they differ in spelling only: 10 for 10.00."""
    if len(shown.variations) != len(hoped.variations):
        return False
    for variation, wanted in zip(shown.variations, hoped.variations, strict=True):
        if wanted.dimension is UNSET:
            # Not sent, so whatever the hub shows there is right.
            variation.dimension = UNSET
    return shown == hoped
