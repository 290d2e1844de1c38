"""Users: who may work with the panel. Operators invite and change, support looks.

Links to hand over come in the answer to the call that made them, as paths below the installation's
address, and nowhere else.
"""

from collections.abc import Sequence
from typing import Annotated, Any

from litestar import get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, Parameter
from msgspec import Meta, Struct

from ponte.domain.members import LONGEST_EMAIL, LONGEST_NAME
from ponte.services import users
from ponte.services.actors import Actor, Role
from ponte.services.links import HandedLink, link_path
from ponte.services.users import (
    LARGEST_NUMBER,
    MOST_LISTED,
    Rights,
    UserView,
)
from ponte.web.api.answers import Page, about
from ponte.web.parts import Parts

_LONGEST_WANTED = 100
Number = FromPath[Annotated[int, Parameter(description="The user's number.")]]
Name = Annotated[str, Meta(min_length=1, max_length=LONGEST_NAME, examples=["Ana Souza"])]
Store = Annotated[int, Meta(ge=1, le=LARGEST_NUMBER, description="Of a merchant, and only then.")]


class Link(Struct, frozen=True):
    """A link to hand over, good once; `path` is below the installation's address."""

    purpose: str
    path: str
    expires_at: Annotated[str, Meta(extra_json_schema={"format": "date-time"})]


class NewUser(Struct, frozen=True, forbid_unknown_fields=True):
    """Somebody to be invited."""

    email: Annotated[str, Meta(max_length=LONGEST_EMAIL, examples=["ana@loja.com.br"])]
    name: Name
    role: Role
    connection_id: Store | None = None


class NewRights(Struct, frozen=True, forbid_unknown_fields=True):
    """What a user is called, and what they may."""

    name: Name
    role: Role
    connection_id: Store | None = None


class Invited(Struct, frozen=True):
    """A new user, and the link to hand over to them."""

    user: UserView
    link: Link


def users_api(parts: Parts) -> Sequence[Any]:
    """`/users`."""
    return [*_reading(parts), *_changing(parts), *_acting(parts)]


def _reading(parts: Parts) -> Sequence[Any]:
    @get("/users", **about("listUsers", "Users, by e-mail", "users"))
    async def all_of_them(
        caller: NamedDependency[Actor],
        after: Annotated[
            str | None,
            Parameter(max_length=LONGEST_EMAIL, description="`next` of the page before."),
        ] = None,
        role: FromQuery[Role | None] = None,
        search: Annotated[
            str, Parameter(max_length=_LONGEST_WANTED, description="A part of name or e-mail.")
        ] = "",
        limit: Annotated[int, Parameter(ge=1, le=MOST_LISTED)] = 50,
    ) -> Page[UserView]:
        found = await users.list_users(
            parts.pool, caller, after=after, role=role, wanted=search, count=limit
        )
        return Page(found, found[-1].email if len(found) == limit else None)

    @get("/users/{user:int}", **about("readUser", "One user", "users"))
    async def one(user: Number, caller: NamedDependency[Actor]) -> UserView:
        return await users.read_user(parts.pool, caller, user)

    return [all_of_them, one]


def _changing(parts: Parts) -> Sequence[Any]:
    @post("/users", **about("inviteUser", "Invite somebody", "users", 409))
    async def invite(data: JSONBody[NewUser], caller: NamedDependency[Actor]) -> Invited:
        user, link = await users.invite(
            parts.pool, caller, data.email, Rights(data.name, data.role, data.connection_id)
        )
        return Invited(user, _link(link))

    @put(
        "/users/{user:int}",
        **about("changeUser", "Name, role and connection", "users", 409),
    )
    async def change(
        user: Number, data: JSONBody[NewRights], caller: NamedDependency[Actor]
    ) -> UserView:
        rights = Rights(data.name, data.role, data.connection_id)
        return await users.change_rights(parts.pool, caller, user, rights)

    return [invite, change]


def _acting(parts: Parts) -> Sequence[Any]:
    @post(
        "/users/{user:int}/link",
        status_code=200,
        **about("handLink", "A link for a new password, or the invitation again", "users", 409),
    )
    async def hand(user: Number, caller: NamedDependency[Actor]) -> Link:
        return _link(await users.hand_link(parts.pool, caller, user))

    @post(
        "/users/{user:int}/disable",
        status_code=200,
        **about("disableUser", "Let somebody in no more", "users", 409),
    )
    async def disable(user: Number, caller: NamedDependency[Actor]) -> UserView:
        return await users.disable(parts.pool, caller, user)

    @post(
        "/users/{user:int}/enable",
        status_code=200,
        **about("enableUser", "Let somebody in again", "users"),
    )
    async def enable(user: Number, caller: NamedDependency[Actor]) -> UserView:
        return await users.enable(parts.pool, caller, user)

    @post(
        "/users/{user:int}/second-factor/remove",
        status_code=200,
        **about("removeSecondFactor", "For somebody whose telephone is lost", "users"),
    )
    async def remove_factor(user: Number, caller: NamedDependency[Actor]) -> UserView:
        return await users.remove_second_factor(parts.pool, caller, user)

    @post(
        "/users/{user:int}/sessions/end",
        status_code=200,
        **about("endSessions", "Log somebody out everywhere", "users"),
    )
    async def end_sessions(user: Number, caller: NamedDependency[Actor]) -> UserView:
        await users.end_sessions(parts.pool, caller, user)
        return await users.read_user(parts.pool, caller, user)

    return [hand, disable, enable, remove_factor, end_sessions]


def _link(link: HandedLink) -> Link:
    return Link(link.purpose, link_path(link.purpose, link.token), link.expires_at.isoformat())
