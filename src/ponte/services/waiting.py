"""What keeps a loop from doing now what a person just asked for, so that it can be said.

What was asked for is in the ledger all the same, and happens by itself when the reason is gone.
"""

from enum import StrEnum

from ponte.ledger.connections import ConnectionRow
from ponte.sync.runtime import Loop


class Waits(StrEnum):
    """Why a loop does nothing for a connection at present."""

    HUB_ACCESS_ENDED = "hub_access_ended"
    STORE_ACCESS_ENDED = "store_access_ended"
    PAUSED = "paused"
    # The export was not asked for yet.
    HELD = "held"
    # Somebody ended the connection.
    SWITCHED_OFF = "switched_off"


_NEED_HUB = frozenset({Loop.PUSH, Loop.ORDERS, Loop.REPORTS})
_NEED_STORE = frozenset({Loop.PULL, Loop.ORDERS, Loop.REPORTS})


def waits_for(connection: ConnectionRow, loop: Loop) -> list[Waits]:
    """Everything that keeps `loop` from working for this connection; nothing where it works."""
    if connection.switched_off_at is not None:
        return [Waits.SWITCHED_OFF]
    paused_at = {
        Loop.PULL: connection.catalogue_paused_at,
        Loop.PUSH: connection.catalogue_paused_at,
        Loop.ORDERS: connection.orders_paused_at,
        Loop.REPORTS: connection.reports_paused_at,
    }[loop]
    reasons = {
        Waits.HUB_ACCESS_ENDED: loop in _NEED_HUB and connection.hub_access_ended_at is not None,
        Waits.STORE_ACCESS_ENDED: loop in _NEED_STORE
        and connection.store_access_ended_at is not None,
        Waits.PAUSED: paused_at is not None,
        Waits.HELD: connection.released_at is None,
    }
    return [reason for reason, holds in reasons.items() if holds]
