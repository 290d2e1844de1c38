"""What one pass over a family came to: an outcome for its row, a wait, or nothing left of it."""

from msgspec import Struct

from ponte.domain.acknowledgement import Acknowledged
from ponte.domain.failures import Failure, Missing, Refused, Throttled, Unauthorised
from ponte.domain.hub_body import Members
from ponte.domain.made_calls import CallOutcome, MadeCall, note
from ponte.domain.planner import CallKind, FamilyState, HubCall, stale_skus
from ponte.domain.problems import Problem, ProblemCode
from ponte.ledger import differences
from ponte.ledger.differences import FamilyOutcome, outcome
from ponte.sync.line import Planned

# Passes whose answer does not show what was sent before a person is asked.
LARGEST_ATTEMPTS = 3
# A look at the hub is no `CallKind`: it changes nothing.
_PROBE = "probe"

_NOTHING_KNOWN = Members()


class Pass(Struct):
    """One family's pass: an outcome to write, a wait, or a row to drop."""

    key: str
    outcome: FamilyOutcome | None = None
    wait: float | None = None
    drop: bool = False
    problem: Problem | None = None
    # SKUs that the hub has let go of; other families may wait for them.
    freed: tuple[str, ...] = ()
    # The product that is gone from the hub altogether.
    deleted: str | None = None
    # Why the call did not do what it was for.
    failure: Failure | None = None
    # What it carried and its answer does not show.
    not_taken: tuple[str, ...] = ()
    # The family's last calls, this one among them, as its row keeps them.
    calls: str | None = None


def noted(family: Planned, done: Pass, began: float, ended: float) -> str:
    """The family's last calls with this pass's; times in seconds since 1970."""
    failure = done.failure
    kind = family.step.kind.value if isinstance(family.step, HubCall) else _PROBE
    took = max(0, round((ended - began) * 1000))
    at = round(began * 1000)
    if failure is None:
        came_of_it = CallOutcome.NOT_TAKEN if done.not_taken else CallOutcome.TAKEN
        return note(
            family.calls, MadeCall(at, kind, came_of_it, took, 0, ", ".join(done.not_taken))
        )
    words = (failure.details if isinstance(failure, Refused) else "") or str(failure)
    return note(family.calls, MadeCall(at, kind, _outcome_of(failure), took, failure.status, words))


def _outcome_of(failure: Failure) -> CallOutcome:
    match failure:
        case Missing():
            return CallOutcome.MISSING
        case Refused():
            return CallOutcome.REFUSED
        case Throttled():
            return CallOutcome.THROTTLED
        case Unauthorised():
            return CallOutcome.UNAUTHORISED
        case _:
            return CallOutcome.FAILED


def gone(state: FamilyState) -> Pass:
    """The hub has nothing of the family any more: its SKUs are free."""
    skus = (state.sku, *state.stock, *(state.acked_stock or ()))
    return Pass(state.key, drop=True, freed=skus, deleted=state.sku)


def answered(state: FamilyState, call: HubCall, acked: Acknowledged) -> Pass:
    """The hub took the call; what it did not show is planned again, until a person is asked."""
    freed = tuple(stale_skus(state)) if call.carries_stock else ()
    if not acked.not_taken:
        return Pass(state.key, outcome=outcome(state, acked), freed=freed)
    attempts = state.attempts + 1
    if attempts < LARGEST_ATTEMPTS:
        again = outcome(state, acked, attempts=attempts)
        return Pass(state.key, outcome=again, not_taken=acked.not_taken)
    return Pass(
        state.key,
        outcome=outcome(
            state,
            acked,
            attempts=attempts,
            stock_blocked=state.stock_blocked or call.carries_stock,
            price_blocked=state.price_blocked or call.carries_price,
            content_blocked=state.content_blocked or call.carries_content,
        ),
        problem=Problem(ProblemCode.NOT_TAKEN, ", ".join(acked.not_taken)[:200]),
        not_taken=acked.not_taken,
    )


def refused(state: FamilyState, call: HubCall, failure: Failure) -> Pass:
    """The hub said no: this facet rests until it changes or a person asks; the others go on."""
    details = failure.details if isinstance(failure, Refused) else ""
    return Pass(
        state.key,
        outcome=FamilyOutcome(
            key=state.key,
            stock=differences.facet(state.acked_stock),
            price=differences.price_facet(state.acked_price, state.acked_tables),
            content=state.acked_content,
            members=differences.encode_members(state.members),
            stock_blocked=state.stock_blocked or call.kind in (CallKind.STOCK, CallKind.RETIRE),
            price_blocked=state.price_blocked or call.kind in (CallKind.PRICE, CallKind.OFFERS),
            content_blocked=state.content_blocked
            or call.kind in (CallKind.CONTENT, CallKind.RETIRE, CallKind.DELETE),
        ),
        problem=Problem(ProblemCode.HUB_REFUSED_PRODUCT, (details or str(failure))[:200]),
        failure=failure,
    )


def may_be_stale(state: FamilyState, call: HubCall) -> bool:
    """Whether the call named members by ids that the hub may not have any more."""
    if call.kind is CallKind.CONTENT:
        return state.members != _NOTHING_KNOWN
    return call.carries_price and bool(state.members.our_tables)


def forgotten(state: FamilyState) -> FamilyOutcome:
    """The hub lost the product: it has nothing of it, and the whole is sent again."""
    return FamilyOutcome(
        key=state.key, stock=None, price=None, content=None, members=None, forget_content=True
    )


def nothing_to_send(state: FamilyState) -> FamilyOutcome:
    """The facets differ in spelling only: what is acknowledged is what is desired."""
    if state.price_blocked:
        price = differences.price_facet(state.acked_price, state.acked_tables)
    else:
        price = differences.price_facet(state.price, state.tables)
    return FamilyOutcome(
        key=state.key,
        stock=differences.facet(state.acked_stock if state.stock_blocked else state.stock),
        price=price,
        content=state.acked_content,
        members=differences.encode_members(state.members),
        stock_blocked=state.stock_blocked,
        price_blocked=state.price_blocked,
        content_blocked=state.content_blocked,
    )
