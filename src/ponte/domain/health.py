"""How a connection stands, in one word and its reason: decided here, for pages, fleet and alerts.

A merchant asks "is it right?", an operator "who is in trouble?". Both are answered by the worst
that holds: what a person must do first (an access that ended) hides what only follows from it (a
lag).
"""

from collections.abc import Iterator
from enum import StrEnum

from msgspec import Struct

# R3: each update at least every fifteen minutes.
LONGEST_LAG_SECONDS = 900
# Calls of the last minutes by which a side is judged. Of one that fails always, two calls are
# enough, and a poll every two minutes makes as many; of the others the half must fail.
_FEWEST_FAILURES = 2
_FAILING_SHARE = 0.5


class State(StrEnum):
    """The one word, worst first."""

    # The hub or the store does not let us in: the merchant must connect again.
    DISCONNECTED = "disconnected"
    # Calls are made, and fail.
    FAILING = "failing"
    # Something is older than the fifteen minutes of the manual.
    LAGGING = "lagging"
    # An operator stopped everything, or this store platform.
    STOPPED = "stopped"
    # The merchant paused a loop.
    PAUSED = "paused"
    # Waits for somebody to press *Exportar catálogo*.
    HELD = "held"
    # Somebody ended the connection, for as long as they want.
    SWITCHED_OFF = "switched_off"
    # The first export is under way.
    EXPORTING = "exporting"
    ACTIVE = "active"


class Reason(StrEnum):
    """Why it is so."""

    HUB_ACCESS = "hub_access"
    STORE_ACCESS = "store_access"
    HUB = "hub"
    STORE = "store"
    STOCK = "stock"
    PRICE = "price"
    CONTENT = "content"
    ORDERS = "orders"
    REPORTS = "reports"
    # The store's feed or the hub's orders were not looked at for so long.
    NOT_CHECKED = "not_checked"
    OPERATOR = "operator"
    MERCHANT = "merchant"
    NOTHING = "nothing"


# The order in which people want to see them.
SEVERITY: dict[State, int] = {state: place for place, state in enumerate(State)}


class SideCalls(Struct, frozen=True):
    """Calls to one side in the last minutes."""

    calls: int = 0
    failed: int = 0

    @property
    def is_failing(self) -> bool:
        """Whether the other side is in trouble, and not just in a bad mood."""
        return self.failed >= _FEWEST_FAILURES and self.failed >= self.calls * _FAILING_SHARE


class Ages(Struct, frozen=True):
    """How old the oldest of each kind is, in seconds; 0: there is none."""

    stock: float = 0.0
    price: float = 0.0
    content: float = 0.0
    orders: float = 0.0
    reports: float = 0.0
    # Since the source that was looked at longest ago was read to its end.
    checked: float = 0.0

    def worst_first(self) -> list[tuple[float, Reason]]:
        """Each with what it is the age of; of equal ones, stock before price before content."""
        found = [
            (self.stock, Reason.STOCK),
            (self.price, Reason.PRICE),
            (self.content, Reason.CONTENT),
            (self.orders, Reason.ORDERS),
            (self.reports, Reason.REPORTS),
            # Between two polls nothing lags.
            (self.checked if self.checked > LONGEST_LAG_SECONDS else 0.0, Reason.NOT_CHECKED),
        ]
        return sorted(found, key=lambda each: each[0], reverse=True)


class Signs(Struct, frozen=True):
    """What the state is decided by."""

    is_held: bool = False
    # Its merchant or an operator ended it.
    is_off: bool = False
    hub_ended: bool = False
    store_ended: bool = False
    # By an operator.
    is_stopped: bool = False
    # By the merchant, at least one loop.
    is_paused: bool = False
    # Everything that the store had was sent once.
    is_exported: bool = True
    hub: SideCalls = SideCalls()
    store: SideCalls = SideCalls()
    ages: Ages = Ages()


class Judgement(Struct, frozen=True):
    """The state, why, and how far behind it is."""

    state: State
    reason: Reason
    lag_seconds: int


def judge(signs: Signs) -> Judgement:
    """The worst that holds."""
    oldest, laggard = signs.ages.worst_first()[0]
    lag = 0 if signs.is_held or signs.is_off else int(max(0.0, oldest))
    for holds, state, reason in _candidates(signs, lag, laggard):
        if holds:
            return Judgement(state, reason, lag)
    return Judgement(State.ACTIVE, Reason.NOTHING, lag)


def _candidates(signs: Signs, lag: int, laggard: Reason) -> Iterator[tuple[bool, State, Reason]]:
    """What may hold, in the order in which it counts. Whoever stopped it knows that it lags."""
    yield signs.is_off, State.SWITCHED_OFF, Reason.NOTHING
    yield signs.hub_ended, State.DISCONNECTED, Reason.HUB_ACCESS
    yield signs.store_ended, State.DISCONNECTED, Reason.STORE_ACCESS
    yield signs.is_held, State.HELD, Reason.NOTHING
    yield signs.is_stopped, State.STOPPED, Reason.OPERATOR
    yield signs.hub.is_failing, State.FAILING, Reason.HUB
    yield signs.store.is_failing, State.FAILING, Reason.STORE
    # A first export of a mountain takes longer than fifteen minutes, and nobody is late by it.
    yield signs.is_exported and lag > LONGEST_LAG_SECONDS, State.LAGGING, laggard
    yield signs.is_paused, State.PAUSED, Reason.MERCHANT
    yield not signs.is_exported, State.EXPORTING, Reason.NOTHING
