"""Tokens: one's own, and for operators everybody's.

A program may make tokens with its own. Such a token may at most what the first one may, ends no
later, and ends with it; so whoever revokes the first has revoked them all.
"""

from collections.abc import Sequence
from typing import Annotated, Any

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, Parameter
from msgspec import Meta, Struct

from ponte.domain.members import LONGEST_NAME
from ponte.services import tokens
from ponte.services.actors import Actor, Role, must_operate
from ponte.services.tokens import LASTS_DAYS, Bearer, NewToken, TokenView, must_be_whole
from ponte.services.users import LARGEST_NUMBER
from ponte.web.api.answers import Done, about
from ponte.web.parts import Parts

Number = FromPath[Annotated[int, Parameter(description="`token_id` of the list.")]]


class TokenWish(Struct, frozen=True, forbid_unknown_fields=True):
    """A token to be made."""

    name: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=LONGEST_NAME,
            description="What it is for.",
            examples=["ERP"],
        ),
    ]
    role: Annotated[Role, Meta(description="At most the calling token's.", examples=["merchant"])]
    lasts_days: Annotated[
        int,
        Meta(
            ge=1,
            le=max(LASTS_DAYS),
            description=f"One of {', '.join(map(str, LASTS_DAYS))}; it ends earlier where the"
            " calling token does.",
            examples=[30],
        ),
    ]
    connection_id: (
        Annotated[
            int,
            Meta(
                ge=1, le=LARGEST_NUMBER, description="Of a merchant, and only then.", examples=[1]
            ),
        ]
        | None
    ) = None


class MadeToken(Struct, frozen=True):
    """A new token; `secret` is shown this once."""

    token: TokenView
    secret: str

    def __repr__(self) -> str:
        return "MadeToken(…)"


def tokens_api(parts: Parts) -> Sequence[Any]:
    """`/account/tokens` and `/tokens`."""
    return [*_own(parts), *_everybodys(parts)]


def _own(parts: Parts) -> Sequence[Any]:
    @get(
        "/account/tokens",
        **about(
            "listTokens",
            "One's own tokens, the newest first",
            "account",
            description="Those of the token's user that are still good, this one among them.",
        ),
    )
    async def listed(bearer: NamedDependency[Bearer]) -> list[TokenView]:
        must_be_whole(bearer)
        return await tokens.list_tokens(parts.pool, bearer.actor)

    @post(
        "/account/tokens",
        **about(
            "makeToken",
            "Make a token",
            "account",
            409,
            description="It may at most what the calling token may, and ends with it.",
        ),
    )
    async def make(data: JSONBody[TokenWish], bearer: NamedDependency[Bearer]) -> MadeToken:
        new = NewToken(data.name, data.role, data.lasts_days, data.connection_id)
        view, secret = await tokens.make_token(parts.pool, bearer.actor, new, bearer)
        return MadeToken(view, secret)

    @post(
        "/account/tokens/{token:int}/revoke",
        status_code=200,
        **about(
            "revokeToken",
            "End one's own token",
            "account",
            description="It, and those that were made with it, let nobody in any more; it may be"
            " the calling one.",
        ),
    )
    async def revoke(token: Number, bearer: NamedDependency[Bearer]) -> Done:
        must_be_whole(bearer)
        return Done(await tokens.revoke_token(parts.pool, bearer.actor, token))

    return [listed, make, revoke]


def _everybodys(parts: Parts) -> Sequence[Any]:
    @get(
        "/tokens",
        **about(
            "listAllTokens",
            "Everybody's tokens, the newest first",
            "users",
            description="For operators. The newest five hundred that are still good.",
        ),
    )
    async def all_of_them(caller: NamedDependency[Actor]) -> list[TokenView]:
        return await tokens.list_all_tokens(parts.pool, caller)

    @post(
        "/tokens/{token:int}/revoke",
        status_code=200,
        **about(
            "revokeAnyToken",
            "End anybody's token",
            "users",
            description="For operators. Those that were made with it end as well.",
        ),
    )
    async def revoke_any(token: Number, caller: NamedDependency[Actor]) -> Done:
        must_operate(caller)
        return Done(await tokens.revoke_token(parts.pool, caller, token))

    return [all_of_them, revoke_any]
