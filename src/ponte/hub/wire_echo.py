"""The answer that is just what was hoped for: everything taken, and the ids of the members.

Nearly every answer of an export is so. Telling it by one comparison of typed values costs a
third of reading the product field by field (`wire_products`) and judging it
(`domain.acknowledgement`); whatever is different in the slightest, in value, type or order, takes
that longer way.
"""

from decimal import Decimal
from typing import Any

import msgspec
from msgspec import UNSET, Struct, UnsetType

from ponte.domain.hub_body import FamilyBody, Members
from ponte.domain.price_tables import PriceTables, see_tables
from ponte.hub.wire_products import read_tables


class _Echo(Struct):
    product: FamilyBody = msgspec.field(name="Product")
    error: object = None


class _Ids(Struct):
    product: Members = msgspec.field(name="Product")


class _TablesShown(Struct):
    price_table: list[dict[str, Any]] | UnsetType = UNSET


class _Tables(Struct):
    product: _TablesShown = msgspec.field(name="Product")


_ECHO = msgspec.json.Decoder(_Echo)
_IDS = msgspec.json.Decoder(_Ids)
_TABLES = msgspec.json.Decoder(_Tables, float_hook=Decimal)
_HOPED = msgspec.json.Decoder(FamilyBody)
_encode = msgspec.json.Encoder(decimal_format="number").encode


def read_echo(body: bytes, hoped: bytes, tables: PriceTables = ()) -> Members | None:
    """The members' ids where the answer shows `hoped`, and `tables`, else None: read it the longer
    way."""
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
        members = _IDS.decode(body).product
        return _with_tables(members, body, tables) if tables else members
    except ValueError:
        return None


def _with_tables(members: Members, body: bytes, tables: PriceTables) -> Members | None:
    shown = _TABLES.decode(body).product.price_table
    if isinstance(shown, UnsetType):
        return None
    seen = see_tables(tables, (), (), read_tables(shown), carried=True, read_back=False)
    if seen.acked != tables:
        return None
    return msgspec.structs.replace(members, our_tables=seen.known)


def _same_values(shown: FamilyBody, hoped: FamilyBody) -> bool:
    """Whether they differ in spelling only: 10 for 10.00."""
    if len(shown.variations) != len(hoped.variations):
        return False
    for variation, wanted in zip(shown.variations, hoped.variations, strict=True):
        if wanted.dimension is UNSET:
            # Not sent, so whatever the hub shows there is right.
            variation.dimension = UNSET
    return shown == hoped
