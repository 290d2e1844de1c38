"""Ending a connection: what it would leave undone, and the end itself."""

from collections.abc import Sequence
from typing import Annotated, Any

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody
from msgspec import Meta, Struct

from ponte.services import disconnecting as service
from ponte.services.actors import Actor
from ponte.services.disconnecting import LONGEST_TYPED, Outlook
from ponte.web.api.answers import about
from ponte.web.api.paths import Known
from ponte.web.parts import Parts

_PATH = "/connections/{connection:int}/disconnection"


class Confirmation(Struct, frozen=True, forbid_unknown_fields=True):
    """That it is meant: the store's name or its domain, as `store_domain` says it."""

    confirmation: Annotated[str, Meta(max_length=LONGEST_TYPED)]


def disconnecting_api(parts: Parts) -> Sequence[Any]:
    """`/connections/{connection}/disconnection`."""

    @get(
        _PATH,
        **about(
            "readDisconnection",
            "What ending the connection would leave undone, or how it was ended",
            "connections",
        ),
    )
    async def look(known: Known, caller: NamedDependency[Actor]) -> Outlook:
        return await service.look(parts.pool, caller, known.connection_id)

    @post(
        _PATH,
        status_code=200,
        **about(
            "disconnect",
            "End the connection",
            "connections",
            409,
            description="Nothing is sent or taken in from now on, and our tokens are deleted; the"
            " history stays. Where `store_revoked_at` is null, our access has to be ended at the"
            " store by hand; at the hub always. It is taken up again by a new installation.",
        ),
    )
    async def disconnect(
        data: JSONBody[Confirmation], known: Known, caller: NamedDependency[Actor]
    ) -> Outlook:
        return await service.disconnect(
            parts.runtime, caller, known.connection_id, data.confirmation
        )

    return [look, disconnect]
