"""Who the token is: the first call of every program, and the cheapest."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from litestar import get
from litestar.di import NamedDependency
from msgspec import Struct

from ponte.services.actors import Role
from ponte.services.tokens import Bearer
from ponte.web.api.answers import about
from ponte.web.parts import Parts


class Identity(Struct, frozen=True):
    """A token, and what it may."""

    token_id: int
    token_name: str
    # As the trail names whoever calls with it.
    name: str
    role: Role
    connection_id: int | None
    may_see_fleet: bool
    may_operate: bool
    expires_at: datetime


def identity_api(_parts: Parts) -> Sequence[Any]:
    """`/me`."""

    @get("/me", **about("readIdentity", "Who the token is, and what it may", "identity"))
    async def me(bearer: NamedDependency[Bearer]) -> Identity:
        actor = bearer.actor
        return Identity(
            bearer.token_id,
            bearer.token_name,
            actor.name,
            actor.role,
            actor.connection_id,
            actor.may_see_fleet,
            actor.may_operate,
            bearer.expires_at,
        )

    return [me]
