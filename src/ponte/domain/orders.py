"""What to do about a hub order, read just now: import, cancel, confirm, or leave it.

Only *approved* orders enter the store (R5). The decision looks at the order as it is, never at the
hint that led to it, so hints may be lost, repeated or late. An order that left `approved` before we
read it is judged by its history: it was paid, and somebody waits for a parcel.
"""

from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from ponte.domain.hub_order import HubOrder
from ponte.domain.problems import Advice, Problem, ProblemCode

APPROVED = "approved"
CANCELED = frozenset({"canceled", "cancelled", "refunded"})
# Past `approved`, with the parcel still to be sent: the store has to take the order in.
_PAID_AND_WAITING = frozenset(
    {"in_separation", "waiting_invoice", "invoiced", "invoice_error", "shipping_error"}
)
# Of these, invoiced by somebody: before we were connected, by somebody else.
_INVOICED = frozenset({"invoiced", "invoice_error", "shipping_error"})
# Past `approved`, and somebody else sent the parcel, which is on its way or has arrived.
_ON_ITS_WAY = frozenset({"shipping_informed", "shipped"})
_SENT = _ON_ITS_WAY | {"delivered"}


FULFILLED_ELSEWHERE = Problem(ProblemCode.FULFILLED_ELSEWHERE)


class OrderAction(StrEnum):
    """What a look at an order leads to."""

    IMPORT = "import"
    CONFIRM = "confirm"
    CANCEL = "cancel"
    # Nothing now; a later change will be seen.
    WAIT = "wait"
    SETTLED = "settled"


class Ignored(StrEnum):
    """Why an order will not enter the store; kept in the ledger for people."""

    CANCELED_BEFORE_IMPORT = "canceled_before_import"
    FULFILLED_ELSEWHERE = "fulfilled_elsewhere"
    OLDER_THAN_CONNECTION = "older_than_connection"
    CANCELED_IN_STORE = "canceled_in_store"


# What a person reads of it; nothing has to be done, unless a pendência says so.
LEFT_OUT: dict[Ignored, Advice] = {
    Ignored.CANCELED_BEFORE_IMPORT: Advice(
        "O pedido foi cancelado antes de entrar na loja.",
        "The order was canceled before it entered the store.",
    ),
    Ignored.FULFILLED_ELSEWHERE: Advice(
        "O pedido foi despachado por outro sistema e não entra na loja.",
        "Another system sent the order, so it stays out of the store.",
    ),
    Ignored.OLDER_THAN_CONNECTION: Advice(
        "O pedido é anterior à conexão e já foi faturado ou despachado; ele não entra na loja.",
        "The order is older than the connection and was invoiced or sent; it stays out.",
    ),
    Ignored.CANCELED_IN_STORE: Advice(
        "O pedido já foi cancelado na loja e não volta a entrar nela.",
        "The order was canceled at the store already, and does not enter it again.",
    ),
}


class KnownOrder(Struct, frozen=True):
    """What the ledger knows of the order."""

    store_number: str | None
    confirmed: bool
    canceled: bool


class Decision(Struct, frozen=True):
    """The action, and for an order left out the reason."""

    action: OrderAction
    ignored: Ignored | None = None


def decide(order: HubOrder, known: KnownOrder, connected_at: datetime) -> Decision:
    """What to do about `order`; pure."""
    if known.store_number is not None:
        return _decide_imported(order, known, known.store_number)
    if order.status == APPROVED:
        return Decision(OrderAction.IMPORT)
    approved_at = approval(order)
    if approved_at is None and not order.history:
        # A hub that shows no history: an order does not come past `approved` without it, and one
        # left waiting would be lost.
        approved_at = order.created or connected_at
    if order.status in CANCELED:
        return Decision(OrderAction.SETTLED, Ignored.CANCELED_BEFORE_IMPORT)
    if approved_at is None or order.status not in _PAID_AND_WAITING | _SENT:
        return Decision(OrderAction.WAIT)
    if order.status in _SENT:
        reason = (
            Ignored.FULFILLED_ELSEWHERE
            if approved_at >= connected_at
            else Ignored.OLDER_THAN_CONNECTION
        )
        return Decision(OrderAction.SETTLED, reason)
    if order.status in _INVOICED and approved_at < connected_at:
        return Decision(OrderAction.SETTLED, Ignored.OLDER_THAN_CONNECTION)
    return Decision(OrderAction.IMPORT)


def _decide_imported(order: HubOrder, known: KnownOrder, number: str) -> Decision:
    if order.status in CANCELED:
        return Decision(OrderAction.SETTLED if known.canceled else OrderAction.CANCEL)
    if known.canceled:
        return Decision(OrderAction.SETTLED, Ignored.CANCELED_IN_STORE)
    if known.confirmed or is_confirmed(order, number):
        return Decision(OrderAction.SETTLED)
    return Decision(OrderAction.CONFIRM)


def warning(order: HubOrder, decision: Decision) -> Problem | None:
    """What a person should know of an order that is left out, as long as it is of use: that a sale
    of ours was sent by others, until it is delivered, canceled or enters after all."""
    if decision.ignored is Ignored.FULFILLED_ELSEWHERE and order.status in _ON_ITS_WAY:
        return FULFILLED_ELSEWHERE
    return None


def approval(order: HubOrder) -> datetime | None:
    """When the order was approved, as its history tells; None: never, or no history shown."""
    for change in order.history:
        if change.status == APPROVED and change.at is not None:
            return change.at
    if any(change.status == APPROVED for change in order.history):
        return order.created
    return None


def is_confirmed(order: HubOrder, number: str) -> bool:
    """Whether the hub shows our order number and the receipt."""
    return order.ack and number in order.external
