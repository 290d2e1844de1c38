"""What many routes take: the connection of a path, and the keys of pages."""

import base64
import binascii
from typing import Annotated, Any, TypeVar

import msgspec
from litestar.di import NamedDependency
from litestar.params import FromPath, Parameter
from msgspec import Struct

from ponte.ledger.connections import ConnectionBrief
from ponte.services.actors import Actor
from ponte.services.connections import read_connection
from ponte.web.api.answers import refused
from ponte.web.parts import Parts

# A key of ours has some hundred characters, of a long SKU some more.
LONGEST_KEY = 2000
Place = TypeVar("Place", bound=Struct)
Key = Annotated[
    str | None,
    Parameter(max_length=LONGEST_KEY, description="`next` of the page before."),
]
Known = NamedDependency[ConnectionBrief]


def connection_of(parts: Parts) -> Any:
    """The dependency `known`: the connection of the path; 404 where the caller may see none."""

    async def known(
        connection: FromPath[Annotated[int, Parameter(description="The connection's number.")]],
        caller: NamedDependency[Actor],
    ) -> ConnectionBrief:
        found = await read_connection(parts.pool, caller, connection)
        if found is None:
            raise refused(404, "not_found", "There is no such connection.")
        return found

    return known


def write_key(place: Struct | None) -> str | None:
    """A place of a list as the key of the page behind it."""
    if place is None:
        return None
    return base64.urlsafe_b64encode(msgspec.json.encode(place)).decode().rstrip("=")


def read_key(key: str | None, shape: type[Place]) -> Place | None:
    """The place that a key names, None for none; 400 for a key that is none of ours."""
    if not key:
        return None
    try:
        place = msgspec.json.decode(
            base64.urlsafe_b64decode(key + "=" * (-len(key) % 4)), type=shape
        )
        # No text of a database has one.
        is_good = not any(isinstance(v, str) and "\0" in v for v in msgspec.structs.astuple(place))
    except (binascii.Error, msgspec.MsgspecError, ValueError) as error:
        raise refused(400, "bad_key", "The key of the page is none of ours.") from error
    if not is_good:
        raise refused(400, "bad_key", "The key of the page is none of ours.")
    return place
