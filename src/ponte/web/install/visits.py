"""Whose browser this is: the installation of its session, and the step at which it stands.

The session is a sealed cookie that names an installation; nothing in an address does, so a link
that somebody was sent opens nothing. The session also carries what must not be lost on the way:
a code that the hub could not be asked about yet, the address of the store's log-in, what went
wrong last.
"""

from enum import StrEnum
from typing import Any

from litestar.response import Redirect
from msgspec import Struct

from ponte.ledger import connections, installations, status
from ponte.ledger.connections import ConnectionRow
from ponte.ledger.installations import InstallationRow
from ponte.services.actors import Actor, Role, Via
from ponte.sync.exporting import is_first_under_way
from ponte.web.install.words import Trouble
from ponte.web.look import HOME
from ponte.web.parts import Parts
from ponte_ui.application import Call

# A database that does not answer within this is said to be away, before a person gives up.
_DATABASE_SECONDS = 5.0
# What the session holds.
INSTALLATION = "installation"
OFFERED = "offered"
CODE = "code"
LOG_IN = "log_in"
TROUBLE = "trouble"


class NoVisit(Exception):
    """This browser has no installation under way."""


class Step(StrEnum):
    """Where an installation stands: the path of the page for it."""

    STORE = f"{HOME}/loja"
    CONFIRM = f"{HOME}/conectar"
    REVIEW = f"{HOME}/conferencia"
    EXPORT = f"{HOME}/exportacao"
    CONNECTION = f"{HOME}/conexao"


class Visit(Struct):
    """The installation of a browser, with its connection once there is one."""

    row: InstallationRow
    connection: ConnectionRow | None

    @property
    def may_choose_store(self) -> bool:
        """Whether there is a store to be logged in to: none yet, or one that let us go."""
        return self.connection is None or self.connection.store_access_ended_at is not None

    @property
    def is_at_work(self) -> bool:
        """Whether the connection works, and nothing keeps it from that."""
        connection = self.connection
        return (
            connection is not None
            and connection.released_at is not None
            and connection.hub_access_ended_at is None
            and connection.store_access_ended_at is None
        )

    @property
    def is_finished(self) -> bool:
        """Whether nothing is left to be walked."""
        return self.connection is not None and self.connection.released_at is not None


async def find_visit(parts: Parts, call: Call, key: str = INSTALLATION) -> Visit | None:
    """The installation of this browser's session, if it has one that lasts."""
    kept = call.session.get(key)
    if not isinstance(kept, str):
        return None
    async with parts.runtime.pool.connection(_DATABASE_SECONDS) as conn:
        row = await installations.use(conn, kept)
        if row is None:
            return None
        connection = None
        if row.connection_id is not None:
            connection = await connections.read(conn, row.connection_id)
    return Visit(row, connection)


async def step_of(parts: Parts, visit: Visit) -> Step:
    """Where the way goes on."""
    if visit.row.store_grant is not None:
        return Step.CONFIRM
    connection = visit.connection
    if connection is None:
        return Step.STORE
    if connection.hub_access_ended_at or connection.store_access_ended_at:
        return Step.CONNECTION
    if connection.released_at is None:
        return Step.REVIEW
    async with parts.runtime.pool.connection() as conn:
        progress = await status.export_progress(conn, connection.connection_id)
    exports = progress is not None and is_first_under_way(progress)
    return Step.EXPORT if exports else Step.CONNECTION


def visit_of(parts: Parts) -> Any:
    """The dependency `visit`: raises `NoVisit` where there is none."""

    async def visit(request: Call) -> Visit:
        found = await find_visit(parts, request)
        if found is None or not found.row.identified:
            raise NoVisit
        return found

    return visit


def merchant_of(connection_id: int, store_name: str) -> Actor:
    """Whoever installs is the merchant: the hub sent them."""
    return Actor(Role.MERCHANT, store_name, Via.HUB, connection_id=connection_id)


def go(path: str) -> Redirect:
    """To another page, by GET."""
    return Redirect(path, status_code=303)


def stuck(call: Call, trouble: Trouble) -> Redirect:
    """To the page that says what went wrong, at an address without codes."""
    call.session[TROUBLE] = trouble.value
    return go(f"{HOME}/problema")
