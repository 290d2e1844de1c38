"""Who opened a page of the panel, and which connection it is about.

A page that takes `here` is shown to nobody else: the dependency reads the session and the rights
anew, and raises where there are none. A connection that somebody may not see is not there for them.
"""

from typing import Any

from litestar.exceptions import NotAuthorizedException, NotFoundException
from msgspec import Struct

from ponte.domain.store_pages import page_of, product_page
from ponte.ledger import connections
from ponte.ledger.connections import ConnectionBrief
from ponte.ledger.operation import BroadcastRow
from ponte.services import log_in, operation
from ponte.services.actors import Actor
from ponte.services.log_in import LoggedIn
from ponte.web.look import PLACE, connection_address
from ponte.web.parts import Parts
from ponte_ui.application import Call

# What the sealed cookie holds of the panel: the key of a session in the ledger.
SESSION = "panel"
# PostgreSQL's integers end here; a larger number is nobody's.
_LARGEST_NUMBER = 2**31 - 1


class SecondFactorMissing(Exception):
    """The password was right, the code of the telephone is to come."""


class Here(Struct, frozen=True):
    """The person, and the connection that the page is about, if it is about one."""

    actor: Actor
    session: LoggedIn
    connection: ConnectionBrief | None
    # What an operator tells all merchants at present; shown on the pages of a connection.
    announcements: list[BroadcastRow]

    @property
    def connection_id(self) -> int | None:
        """The number of the connection that the page is about."""
        return None if self.connection is None else self.connection.connection_id

    @property
    def number(self) -> int:
        """The same on a page that is always about one; 404 elsewhere."""
        if self.connection is None:
            raise NotFoundException
        return self.connection.connection_id

    @property
    def base(self) -> str:
        """Where the pages of the connection begin."""
        return connection_address(self.number)

    @property
    def store_home(self) -> str:
        """The store's own panel, or its address where it tells none; "" without a connection."""
        found = self.connection
        return "" if found is None else found.store_home_url or found.store_url

    def product_in_store(self, family_key: str | None) -> str:
        """Where the store's panel shows a product; "" where the store does not tell."""
        found = self.connection
        if found is None or family_key is None:
            return ""
        return product_page(found.store_product_url, family_key)

    def order_in_store(self, store_number: str | None) -> str:
        """Where the store's panel shows an order; "" where the store does not tell."""
        found = self.connection
        return "" if found is None else page_of(found.store_order_url, store_number)

    @property
    def sees_fleet(self) -> bool:
        """Whether the person sees the whole installation."""
        return self.actor.may_see_fleet

    @property
    def may_change(self) -> bool:
        """Whether the person may act on what the page is about."""
        number = self.connection_id
        return self.actor.may_operate if number is None else self.actor.may_change(number)


async def find_session(parts: Parts, call: Call) -> LoggedIn | None:
    """This browser's session, if it is logged in, be it half only."""
    key = call.session.get(SESSION)
    if not isinstance(key, str):
        return None
    async with parts.pool.connection() as conn:
        found = await log_in.find(conn, key)
    if found is None:
        # Ended elsewhere, or too old.
        del call.session[SESSION]
    return found


def here_of(parts: Parts) -> Any:
    """The dependency `here`: raises where nobody is logged in, or where they may not look."""

    async def here(request: Call) -> Here:
        session = await find_session(parts, request)
        if session is None:
            raise NotAuthorizedException
        actor = session.actor
        if actor is None:
            raise SecondFactorMissing
        number = request.path_params.get("connection")
        connection, announcements = None, []
        if isinstance(number, int):
            connection = await _visible(parts, actor, number)
            announcements = await operation.announcements(parts.pool)
        elif actor.connection_id is not None:
            # Whatever page a merchant opens, the connection's others are beside it.
            connection = await _visible(parts, actor, actor.connection_id)
        found = Here(actor, session, connection, announcements)
        request.state[PLACE] = found
        return found

    return here


async def _visible(parts: Parts, actor: Actor, number: int) -> ConnectionBrief:
    if not 0 < number <= _LARGEST_NUMBER or not actor.may_see(number):
        raise NotFoundException
    async with parts.pool.connection() as conn:
        found = await connections.brief(conn, number)
    if found is None:
        raise NotFoundException
    return found
