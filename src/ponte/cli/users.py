"""`ponte users …`: who may work with the panel, for whoever has the machine.

The way back in where nobody can log in any more: a fresh link for a new password, a second factor
removed, a link for the first operator. Links go to standard output and nowhere else.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated

import typer
from msgspec import Struct

from ponte.cli.running import (
    DataOption,
    JsonOption,
    Result,
    fail,
    read_settings,
    show,
    with_installation,
)
from ponte.cli.tables import local_time, table_text
from ponte.ledger.database import Pool
from ponte.services import users as service
from ponte.services.actors import COMMAND, Role
from ponte.services.links import HandedLink, link_path
from ponte.services.log_in import EmailTaken, Purpose, first_operator_link
from ponte.services.users import (
    LastOperator,
    NoSuchUser,
    Rights,
    Unfit,
    UserDisabled,
    UserView,
)
from ponte.settings import Settings

# Where `ponte serve` listens, unless told otherwise.
_USUAL_ADDRESS = "http://127.0.0.1:8080"

users = typer.Typer(
    no_args_is_help=True,
    help="People who work with the panel: invite, list, let back in, shut out.\n\n"
    "Example: ponte users invite ana@loja.com.br --name Ana --role merchant --connection 7",
)

EmailArgument = Annotated[str, typer.Argument(help="The user's e-mail.")]


class HandedOver(Struct, frozen=True):
    """A link to hand over, good once."""

    email: str | None
    link: str
    expires_at: datetime | None


@users.command("list")
def list_users(as_json: JsonOption = False, data: DataOption = None) -> None:
    """Show all users.

    Example: ponte users list --json
    """
    found = _with_pool(read_settings(data), _all_users)
    headings = (
        "user",
        "e-mail",
        "name",
        "role",
        "connection",
        "state",
        "2nd factor",
        "last log-in",
    )
    show(
        as_json,
        {"users": found},
        lambda: (
            table_text(headings, [_cells(each) for each in found])
            if found
            else "There is no user yet. The first operator's link: ponte users first-link"
        ),
    )


@users.command("invite")
def invite(
    email: EmailArgument,
    name: Annotated[str, typer.Option("--name", help="What the person is called.")],
    role: Annotated[Role, typer.Option("--role", help="What they may do.")] = Role.SUPPORT,
    connection: Annotated[
        int | None, typer.Option("--connection", help="Of a merchant: the connection's number.")
    ] = None,
    as_json: JsonOption = False,
    data: DataOption = None,
) -> None:
    """Invite somebody; prints the link to hand over, good once and for seven days.

    Example: ponte users invite sara@ponte.example --name Sara --role support
    """

    async def work(pool: Pool) -> HandedLink:
        try:
            _, link = await service.invite(pool, COMMAND, email, Rights(name, role, connection))
        except Unfit as error:
            fail(f"{_FIELDS.get(error.field, error.field)}. See: ponte users invite --help", 2)
        except EmailTaken:
            fail(f"somebody has the e-mail {email} already. See: ponte users list")
        return link

    settings = read_settings(data)
    _show_link(as_json, settings, email, _with_pool(settings, work))


@users.command("link")
def link(email: EmailArgument, as_json: JsonOption = False, data: DataOption = None) -> None:
    """Print a fresh link, good once, by which a user chooses a new password.

    Example: ponte users link olga@ponte.example
    """

    async def work(pool: Pool) -> HandedLink:
        user = await _find(pool, email)
        try:
            return await service.hand_link(pool, COMMAND, user.user_id)
        except UserDisabled:
            fail(f"{email} is disabled. First: ponte users enable {email}")

    settings = read_settings(data)
    _show_link(as_json, settings, email, _with_pool(settings, work))


@users.command("first-link")
def first_link(as_json: JsonOption = False, data: DataOption = None) -> None:
    """Print the link that makes whoever follows it the first operator, good once, for a day.

    Example: ponte users first-link
    """

    async def work(pool: Pool) -> str:
        token = await first_operator_link(pool)
        if token is None:
            fail("there is an operator already. A new password for one: ponte users link EMAIL")
        return token

    settings = read_settings(data)
    token = _with_pool(settings, work)
    address = _begin(settings) + link_path(Purpose.FIRST_OPERATOR, token)
    show(as_json, HandedOver(None, address, None), lambda: address)


@users.command("disable")
def disable(email: EmailArgument, as_json: JsonOption = False, data: DataOption = None) -> None:
    """Let a user in no more: sessions and tokens end at once.

    Example: ponte users disable ana@loja.com.br
    """

    async def work(pool: Pool) -> UserView:
        user = await _find(pool, email)
        try:
            return await service.disable(pool, COMMAND, user.user_id)
        except LastOperator:
            fail(f"{email} is the last operator who can log in. First invite another one")

    _show_user(as_json, _with_pool(read_settings(data), work), "is disabled")


@users.command("enable")
def enable(email: EmailArgument, as_json: JsonOption = False, data: DataOption = None) -> None:
    """Let a user in again.

    Example: ponte users enable ana@loja.com.br
    """

    async def work(pool: Pool) -> UserView:
        user = await _find(pool, email)
        return await service.enable(pool, COMMAND, user.user_id)

    _show_user(as_json, _with_pool(read_settings(data), work), "may log in again")


@users.command("remove-second-factor")
def remove_second_factor(
    email: EmailArgument, as_json: JsonOption = False, data: DataOption = None
) -> None:
    """For somebody whose telephone is lost: the password alone lets them in.

    Example: ponte users remove-second-factor olga@ponte.example
    """

    async def work(pool: Pool) -> UserView:
        user = await _find(pool, email)
        return await service.remove_second_factor(pool, COMMAND, user.user_id)

    _show_user(as_json, _with_pool(read_settings(data), work), "needs no code any more")


_FIELDS = {
    "email": "that is no e-mail",
    "name": "a name has 1 to 120 letters",
    "connection_id": "a merchant is of one connection: give --connection with one that exists",
}


def _with_pool(settings: Settings, work: Callable[[Pool], Awaitable[Result]]) -> Result:
    return with_installation(settings, lambda equipment: work(equipment.runtime.pool))


async def _all_users(pool: Pool) -> list[UserView]:
    found: list[UserView] = []
    while True:
        after = found[-1].email if found else None
        page = await service.list_users(pool, COMMAND, after=after)
        found += page
        if len(page) < service.MOST_LISTED:
            return found


async def _find(pool: Pool, email: str) -> UserView:
    try:
        return await service.find_user(pool, COMMAND, email)
    except NoSuchUser:
        fail(f"nobody has the e-mail {email}. See: ponte users list")


def _begin(settings: Settings) -> str:
    return (settings.public_url or _USUAL_ADDRESS).rstrip("/")


def _show_link(as_json: bool, settings: Settings, email: str, link: HandedLink) -> None:
    address = _begin(settings) + link_path(link.purpose, link.token)
    show(as_json, HandedOver(email, address, link.expires_at), lambda: address)


def _show_user(as_json: bool, user: UserView, words: str) -> None:
    show(as_json, user, lambda: f"{user.email} {words}.")


def _cells(user: UserView) -> tuple[object, ...]:
    state = "disabled" if user.disabled_at else "active" if user.has_joined else "invited"
    return (
        user.user_id,
        user.email,
        user.name,
        user.role.value,
        user.connection_id,
        state,
        "yes" if user.has_second_factor else "no",
        local_time(user.logged_in_at),
    )
