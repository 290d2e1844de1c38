"""One's own account: password, second factor, and the browsers in which one is logged in.

It is the account of the token's user. What shuts others out asks for the present password, as the
page does, so a token alone makes nobody the account's owner; and a token that may less than its
user (an operator's for one connection) reaches nothing of it. Wrong passwords and codes are counted
together with those of the pages.
"""

from collections.abc import Sequence
from typing import Annotated, Any

from litestar import get, post, put
from litestar.di import NamedDependency
from litestar.exceptions import TooManyRequestsException
from litestar.params import FromPath, JSONBody, Parameter
from msgspec import Meta, Struct

from ponte.services import account
from ponte.services.account import Account, Secret, SessionView
from ponte.services.log_in import LoggedIn
from ponte.services.passwords import LEAST_PASSWORD, MOST_PASSWORD
from ponte.services.tokens import Bearer
from ponte.web.api.answers import Done, about, refused
from ponte.web.parts import Parts

# As long as `Parts.log_ins` needs for one more try.
_RETRY_SECONDS = "6"
# A code as a telephone shows it, in two groups.
_LONGEST_CODE = 20
# The name of a session, as `services.account` gives it.
_LONGEST_SESSION = 64
Present = Annotated[
    str,
    Meta(
        max_length=MOST_PASSWORD,
        description="The present password.",
        examples=["uma frase bem comprida"],
    ),
]
Code = Annotated[
    str,
    Meta(max_length=_LONGEST_CODE, description="As the telephone shows it.", examples=["123 456"]),
]
SessionName = FromPath[
    Annotated[str, Parameter(max_length=_LONGEST_SESSION, description="`name` of the list.")]
]


class NewPassword(Struct, frozen=True, forbid_unknown_fields=True):
    """Another password in place of the present one."""

    present: Present
    chosen: Annotated[
        str,
        Meta(
            min_length=LEAST_PASSWORD,
            max_length=MOST_PASSWORD,
            examples=["outra frase bem comprida"],
        ),
    ]


class Asked(Struct, frozen=True, forbid_unknown_fields=True):
    """That it is really the account's owner who asks."""

    present: Present


class FirstCode(Struct, frozen=True, forbid_unknown_fields=True):
    """The first code that the telephone made of the secret."""

    code: Code


class Removal(Struct, frozen=True, forbid_unknown_fields=True):
    """That it is really the owner, who has the telephone as well."""

    present: Present
    code: Code


class SessionsEnded(Struct, frozen=True):
    """How many sessions ended."""

    sessions: int


def account_api(parts: Parts) -> Sequence[Any]:
    """`/account` and what is below it, except tokens."""
    return [*_reading(parts), *_sessions(parts), *_password(parts), *_second_factor(parts)]


def _reading(parts: Parts) -> Sequence[Any]:
    @get(
        "/account",
        **about(
            "readAccount",
            "One's own account",
            "account",
            description="Of the token's user. A merchant whom the hub sent has no account, and a"
            " token that may less than its user reaches none: 404.",
        ),
    )
    async def read(bearer: NamedDependency[Bearer]) -> Account:
        found = await account.read_account(parts.pool, account.account_of(bearer))
        if found is None:
            raise refused(404, "not_found", "Whom the hub sent has no account.")
        return found

    return [read]


def _sessions(parts: Parts) -> Sequence[Any]:
    @get(
        "/account/sessions",
        **about(
            "listSessions",
            "Where one is logged in",
            "account",
            description="Browsers, the latest used first; `is_this` is false for all of them.",
        ),
    )
    async def listed(bearer: NamedDependency[Bearer]) -> list[SessionView]:
        return await account.list_sessions(parts.pool, account.account_of(bearer))

    @post(
        "/account/sessions/{session:str}/end",
        status_code=200,
        **about(
            "endSession",
            "Log one browser out",
            "account",
            description="`changed` is false where it was logged out already.",
        ),
    )
    async def end_one(session: SessionName, bearer: NamedDependency[Bearer]) -> Done:
        return Done(await account.end_session(parts.pool, account.account_of(bearer), session))

    @post(
        "/account/sessions/end",
        status_code=200,
        **about(
            "endOwnSessions",
            "Log out everywhere",
            "account",
            description="All browsers of the token's user. Tokens stay as they are.",
        ),
    )
    async def end_all(bearer: NamedDependency[Bearer]) -> SessionsEnded:
        own = account.account_of(bearer)
        return SessionsEnded(await account.end_other_sessions(parts.pool, own))

    return [listed, end_one, end_all]


def _password(parts: Parts) -> Sequence[Any]:
    @put(
        "/account/password",
        **about(
            "changePassword",
            "Choose another password",
            "account",
            409,
            description="All browsers are logged out by it. Tokens stay as they are.",
        ),
    )
    async def change(data: JSONBody[NewPassword], bearer: NamedDependency[Bearer]) -> Done:
        own = _may_try(parts, bearer)
        await account.change_password(parts.pool, own, data.present, data.chosen)
        return Done(changed=True)

    return [change]


def _second_factor(parts: Parts) -> Sequence[Any]:
    vault = parts.runtime.vault

    @post(
        "/account/second-factor",
        status_code=200,
        **about(
            "beginSecondFactor",
            "A secret for the telephone",
            "account",
            409,
            description="It is in this answer and nowhere else. It guards nothing until"
            " `confirmSecondFactor` had its first code.",
        ),
    )
    async def begin(data: JSONBody[Asked], bearer: NamedDependency[Bearer]) -> Secret:
        own = _may_try(parts, bearer)
        await account.begin_second_factor(parts.pool, vault, own, data.present)
        secret = await account.pending_secret(parts.pool, vault, own)
        if secret is None:
            # Confirmed or removed in this moment, elsewhere.
            raise account.SecondFactorStands
        return secret

    @post(
        "/account/second-factor/confirm",
        status_code=200,
        **about(
            "confirmSecondFactor",
            "Turn the second factor on",
            "account",
            409,
            description="From now on the log-in asks for a code; all browsers are logged out.",
        ),
    )
    async def confirm(data: JSONBody[FirstCode], bearer: NamedDependency[Bearer]) -> Done:
        own = _may_try(parts, bearer)
        await account.confirm_second_factor(parts.pool, vault, own, _bare(data.code))
        return Done(changed=True)

    @post(
        "/account/second-factor/remove",
        status_code=200,
        **about(
            "removeOwnSecondFactor",
            "Turn the second factor off",
            "account",
            409,
            description="The password alone lets its user in again.",
        ),
    )
    async def remove(data: JSONBody[Removal], bearer: NamedDependency[Bearer]) -> Done:
        own = _may_try(parts, bearer)
        code = _bare(data.code)
        await account.remove_second_factor(parts.pool, vault, own, data.present, code)
        return Done(changed=True)

    return [begin, confirm, remove]


def _may_try(parts: Parts, bearer: Bearer) -> LoggedIn:
    """The account, unless passwords and codes were tried too often."""
    own = account.account_of(bearer)
    if not parts.log_ins.take(f"#{own.user_id}"):
        raise TooManyRequestsException(headers={"retry-after": _RETRY_SECONDS})
    return own


def _bare(code: str) -> str:
    return code.replace(" ", "")
