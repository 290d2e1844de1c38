"""Who asks for something, and what they may.

Three roles: an *operator* runs the installation, *support* looks at everything and changes nothing,
a *merchant* sees and changes one connection. An operator who acts as a merchant has a merchant's
rights, and stays an operator in the trail.
"""

from enum import StrEnum
from typing import Any

from msgspec import Struct

from ponte.ledger import trail
from ponte.ledger.queries import Connection


class Role(StrEnum):
    """What somebody is here for."""

    OPERATOR = "operator"
    SUPPORT = "support"
    MERCHANT = "merchant"


class Via(StrEnum):
    """The door somebody came through."""

    PANEL = "panel"
    # A merchant whom the hub sent, without a log-in of ours.
    HUB = "hub"
    API = "api"
    COMMAND = "command"
    # Nobody: Ponte did it by itself.
    PONTE = "ponte"


class Forbidden(Exception):
    """The actor may not do that."""


class Actor(Struct, frozen=True):
    """Somebody, with the rights of now."""

    role: Role
    # What the trail and the pages call them.
    name: str
    via: Via
    user_id: int | None = None
    # The one connection of a merchant; of an operator who acts as one, likewise.
    connection_id: int | None = None
    # An operator who looks and acts as the merchant of `connection_id`.
    acts_as_merchant: bool = False

    def may_see(self, connection_id: int) -> bool:
        """Whether they may look at everything of this connection."""
        return self.role is not Role.MERCHANT or self.connection_id == connection_id

    def may_change(self, connection_id: int) -> bool:
        """Whether they may act on this connection."""
        return self.role is not Role.SUPPORT and self.may_see(connection_id)

    @property
    def may_see_fleet(self) -> bool:
        """Whether they may look at the installation as a whole."""
        return self.role is not Role.MERCHANT

    @property
    def may_operate(self) -> bool:
        """Whether they may act on the installation as a whole."""
        return self.role is Role.OPERATOR


def must_see(actor: Actor, connection_id: int) -> None:
    """Raise `Forbidden` unless they may look at this connection."""
    if not actor.may_see(connection_id):
        raise Forbidden


def must_change(actor: Actor, connection_id: int) -> None:
    """Raise `Forbidden` unless they may act on this connection."""
    if not actor.may_change(connection_id):
        raise Forbidden


def must_see_fleet(actor: Actor) -> None:
    """Raise `Forbidden` unless they may look at the whole installation."""
    if not actor.may_see_fleet:
        raise Forbidden


def must_operate(actor: Actor) -> None:
    """Raise `Forbidden` unless they run the installation."""
    if not actor.may_operate:
        raise Forbidden


# Whoever can run a command on the machine runs the installation.
COMMAND = Actor(Role.OPERATOR, "ponte", Via.COMMAND)


async def record(
    conn: Connection,
    actor: Actor,
    action: str,
    connection_id: int | None = None,
    **detail: Any,
) -> None:
    """Note in the trail that `actor` did `action` (such as `rules.changed`), in the transaction of
    the deed. `detail` is facts for people, without secrets and without buyers."""
    await trail.add(
        conn,
        trail.NewEntry(
            user_id=actor.user_id,
            actor=actor.name,
            role=actor.role,
            via=actor.via,
            acts_as_merchant=actor.acts_as_merchant,
            connection_id=connection_id,
            action=action,
            detail=detail,
        ),
    )
