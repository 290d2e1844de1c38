"""Ending a connection, and what its pages say of one that was ended.

From that moment nothing is sent or taken in, by slices of work under way neither; the ledger stays
as it is, for people to read and for the day on which the same two are connected again. Whether hub
and store can be reached is no condition: what they could not be told is said, to be done by hand.
"""

from datetime import datetime
from urllib.parse import urlsplit

from msgspec import Struct

from ponte.domain.problems import ProblemCode
from ponte.ledger import connections, problems
from ponte.ledger.connections import HUB, MOST_LEFT, STORE, ConnectionBrief
from ponte.ledger.database import Pool
from ponte.ledger.queries import Connection
from ponte.services.actors import Actor, must_change, must_see, record
from ponte.services.rules import NoSuchConnection
from ponte.sync.parting import give_up_access
from ponte.sync.runtime import Runtime

# A store's name may have so many characters; nobody types more.
LONGEST_TYPED = 300


class NotConfirmed(Exception):
    """What was typed is neither the store's name nor its domain."""


class SwitchedOff(Exception):
    """The connection was ended before."""


class Outlook(Struct, frozen=True):
    """What ending the connection would leave undone, or how it was ended. Counts above 10,000 mean
    "more than 10,000"."""

    connection_id: int
    store_name: str
    # What has to be typed, or the name: the store's host.
    store_domain: str
    # Orders that may enter the store and have not, and reports of orders that the hub lacks.
    orders_left: int
    reports_left: int
    # Families that differ: the hub keeps them as it has them now.
    families_left: int
    switched_off_at: datetime | None
    switched_off_by: str | None
    # When the store ended our access, too; None: not, or not yet.
    store_revoked_at: datetime | None


async def look(pool: Pool, actor: Actor, connection_id: int) -> Outlook:
    """What would happen, or what did. Raises `NoSuchConnection`."""
    must_see(actor, connection_id)
    async with pool.connection() as conn:
        return await _outlook(conn, connection_id)


async def disconnect(runtime: Runtime, actor: Actor, connection_id: int, typed: str) -> Outlook:
    """End it, once `typed` is the store's name or domain; how it stands then. Raises
    `NotConfirmed`, `SwitchedOff`, `NoSuchConnection`; never a failure of hub or store."""
    must_change(actor, connection_id)
    async with runtime.pool.connection() as conn, conn.transaction():
        before = await _outlook(conn, connection_id)
        if not is_confirmed_by(before, typed):
            raise NotConfirmed
        if not await connections.switch_off(conn, connection_id, actor.name):
            raise SwitchedOff
        # Nobody has to mend an access that was given up.
        ended = [ProblemCode.HUB_ACCESS_ENDED, ProblemCode.STORE_ACCESS_ENDED]
        await problems.clear(conn, connection_id, problems.CONNECTION, [HUB, STORE], ended)
        await record(
            conn,
            actor,
            "connection.switched_off",
            connection_id,
            orders=_counted(before.orders_left),
            reports=_counted(before.reports_left),
        )
        connection = await connections.read(conn, connection_id)
    if connection is None:
        raise NoSuchConnection(connection_id)
    await give_up_access(runtime, connection)
    async with runtime.pool.connection() as conn:
        return await _outlook(conn, connection_id)


async def note_return(pool: Pool, actor: Actor, connection_id: int) -> None:
    """Somebody took up a connection that had been ended."""
    async with pool.connection() as conn:
        await record(conn, actor, "connection.switched_on", connection_id)


def is_confirmed_by(outlook: Outlook, typed: str) -> bool:
    """Whether a person typed what the page asks for: the domain, however it is written, or the
    name."""
    said = " ".join(typed.split()).casefold()
    domain = said.removeprefix("https://").removeprefix("http://").rstrip("/")
    name = " ".join(outlook.store_name.split()).casefold()
    return said != "" and (domain == outlook.store_domain or said == name)


async def _outlook(conn: Connection, connection_id: int) -> Outlook:
    found = await connections.brief(conn, connection_id)
    if found is None:
        raise NoSuchConnection(connection_id)
    left = await connections.work_left(conn, connection_id)
    return Outlook(
        connection_id,
        found.store_name,
        store_domain(found),
        left.orders,
        left.reports,
        left.families,
        found.switched_off_at,
        found.switched_off_by,
        found.store_revoked_at,
    )


def store_domain(connection: ConnectionBrief) -> str:
    """The store's host, with its port where it has one, in lower case."""
    return urlsplit(connection.store_url).netloc.casefold()


def _counted(count: int) -> str:
    return f"> {MOST_LEFT}" if count > MOST_LEFT else str(count)
