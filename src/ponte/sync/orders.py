"""Orders: from the hub into the store, each exactly once (R2, R5).

A hint or the poll makes an order *wanted*; here it is read, judged and acted upon. Importing is a
PUT under the hub's id, which the store applies once, so a crash anywhere between reading and
confirming repeats harmless steps. Buyer's data passes through and is not written down.

An order that cannot enter becomes a pendência, is told to the merchant in the hub once
(`log_history`), holds nobody up, and is looked at again by itself; unless a person ignores it. It
may be in the store by hand then, so it is *set aside*: whatever hints come, it is read, and neither
put into the store nor canceled there until somebody says so.
"""

import re
from collections.abc import Collection
from datetime import UTC, datetime, timedelta

import msgspec

from ponte.domain.documents import document_hash, tax_document
from ponte.domain.failures import AlreadySo, Missing, Refused, Transient
from ponte.domain.hub_order import HubOrder
from ponte.domain.order_mapping import map_order, skus_of
from ponte.domain.orders import (
    FULFILLED_ELSEWHERE,
    Decision,
    Ignored,
    KnownOrder,
    OrderAction,
    approval,
    decide,
    is_confirmed,
    warning,
)
from ponte.domain.problems import Problem, ProblemCode, explain
from ponte.domain.rules import Pausable
from ponte.domain.store_order import StoreOrder, TakenOrder
from ponte.ledger import catalogue, connections, orders, pauses, problems, reports
from ponte.ledger.orders import WantedOrder
from ponte.ledger.problems import ORDER, Standing
from ponte.ledger.queries import Connection
from ponte.sync.many import Worked, work_through
from ponte.sync.runtime import Link, Runtime, calling_store

# How far the poll's window reaches back behind the newest order it has seen: a list may omit an
# order for a minute, and day-wide windows overlap anyway.
OVERLAP = timedelta(minutes=15)
# What the first poll looks at: approved orders that are older have been dealt with elsewhere.
FIRST_LOOK_BACK = timedelta(days=30)
# An order that could not enter is tried again this often: the manual's fifteen minutes.
RETRY_REFUSED_SECONDS = 900.0

# What the keys of the documents' hashes are derived for.
DOCUMENT_HASHES = "buyer documents"

_FOUND_HERE = (
    ProblemCode.ORDER_UNREADABLE,
    ProblemCode.NO_ITEMS,
    ProblemCode.UNKNOWN_SKU,
    ProblemCode.INVALID_DOCUMENT,
    ProblemCode.TOTAL_MISMATCH,
    ProblemCode.STORE_REFUSED_ORDER,
    ProblemCode.CANCEL_REFUSED,
    ProblemCode.FULFILLED_ELSEWHERE,
)
# The store's words for refusals that have a cause of their own here.
_STORE_CODES = {
    "unknown_sku": ProblemCode.UNKNOWN_SKU,
    "invalid_document": ProblemCode.INVALID_DOCUMENT,
}
_ITEM_FIELD = re.compile(r"items\[(\d+)\]")
# Anything that might be a document, a phone or an address of a person in the store's words.
_PERSONAL = re.compile(r"\S*@\S*|[\d./-]*\d{5,}[\d./-]*")

# Until somebody says so, an order that was set aside stays as it is where one of these is due.
_LEFT_WHERE_SET_ASIDE = frozenset({OrderAction.IMPORT, OrderAction.CANCEL, OrderAction.WAIT})
# Values of the fields above that are no people: the kind of a document, the country.
_OUR_WORDS = frozenset({"cpf", "cnpj", "BRA", "Brasil"})


class OrderLoop:
    """One run of the loop over one connection."""

    def __init__(self, link: Link, runtime: Runtime) -> None:
        self._link = link
        self._runtime = runtime
        self._document_key = runtime.vault.derive(DOCUMENT_HASHES)

    async def run(self) -> Worked:
        """Poll if it is time, then work through what is wanted."""
        async with self._runtime.pool.connection() as conn:
            poll_due = await orders.poll_due(
                conn, self._link.connection_id, self._runtime.poll_seconds
            )
        if poll_due:
            await self.poll()
        return await work_through(self, self._link.hub_pace)

    async def poll(self) -> None:
        """Read the hub's list behind the last good poll; want what differs from the ledger."""
        at = datetime.now(UTC)
        seen = self._link.row.orders_seen_until
        since = at - FIRST_LOOK_BACK if seen is None else seen - OVERLAP
        newest = seen
        after: str | None = None
        while True:
            # The end lies in the future, so that a hub whose clock is ahead hides nothing.
            page = await self._link.hub.list_orders(since, at + timedelta(days=1), after)
            if page.orders:
                async with self._runtime.pool.connection() as conn:
                    await orders.want_listed(conn, self._link.connection_id, page.orders)
                    if await pauses.is_paused(conn, self._link.connection_id, Pausable.ORDERS):
                        return
            for order in page.orders:
                if order.modified is not None and (newest is None or order.modified > newest):
                    newest = order.modified
            after = page.next
            if after is None:
                break
        async with self._runtime.pool.connection() as conn:
            await orders.mark_checked(conn, self._link.connection_id, at, newest)

    async def claim(self, count: int, in_flight: Collection[str]) -> list[WantedOrder]:
        """Orders to read now."""
        if self._runtime.stops.hold(self._link.row.store_platform):
            return []
        async with self._runtime.pool.connection() as conn:
            if await pauses.is_paused(conn, self._link.connection_id, Pausable.ORDERS):
                return []
            return await orders.wanted(conn, self._link.connection_id, count, in_flight)

    async def handle(self, wanted: WantedOrder) -> None:
        """Read, judge and act on one order; one that the hub will not show becomes a pendência."""
        try:
            await self._look_at(wanted)
        except Refused as failure:
            await self._hold(wanted, None, _unreadable(failure))

    async def postpone(self, wanted: WantedOrder, wait: float) -> None:
        """Read it again in `wait` seconds."""
        async with self._runtime.pool.connection() as conn:
            await orders.postpone(conn, self._link.connection_id, wanted.hub_order_id, wait)

    async def _look_at(self, wanted: WantedOrder) -> None:
        try:
            order = await self._link.hub.get_order(wanted.hub_order_id)
        except Missing:
            # A forged or stale notification: there is no such order in this account.
            async with self._runtime.pool.connection() as conn:
                unread = await orders.forget_unread(conn, self._link.connection_id, wanted)
            if not unread:
                await self._settle(
                    wanted, HubOrder(wanted.hub_order_id, "missing"), Decision(OrderAction.SETTLED)
                )
            return
        if wanted.first_read_at is None:
            wanted = msgspec.structs.replace(wanted, first_read_at=datetime.now(UTC))
        await self._learn_account(order)
        known = KnownOrder(
            wanted.store_number, wanted.confirmed_at is not None, wanted.canceled_at is not None
        )
        decision = decide(order, known, self._link.row.created_at)
        if wanted.set_aside and decision.action in _LEFT_WHERE_SET_ASIDE:
            await self._leave(wanted, order)
        elif decision.action is OrderAction.IMPORT or await self._sent_by_our_store(
            order, decision
        ):
            await self._import(wanted, order)
        elif decision.action is OrderAction.CANCEL:
            await self._cancel(wanted, order)
        elif decision.action is OrderAction.CONFIRM and wanted.store_number is not None:
            await self._confirm(order, wanted.store_number)
            await self._settle(wanted, order, decision)
        elif decision.ignored is Ignored.FULFILLED_ELSEWHERE:
            # The ledger has the reason from the look at which the hub's panel was told it.
            if wanted.ignored != decision.ignored and not wanted.set_aside:
                await self._tell_merchant(order, FULFILLED_ELSEWHERE)
            await self._settle(wanted, order, decision)
        elif decision.ignored is Ignored.CANCELED_BEFORE_IMPORT:
            if problem := await self._cancel_unrecorded(order):
                await self._hold(wanted, order, problem)
            else:
                await self._settle(wanted, order, decision)
        else:
            if (
                wanted.store_number
                and not known.confirmed
                and is_confirmed(order, wanted.store_number)
            ):
                await self._record_confirmation(order.id)
            await self._settle(wanted, order, decision)

    async def _sent_by_our_store(self, order: HubOrder, decision: Decision) -> bool:
        """Whether what seems fulfilled elsewhere is our own store's: it took the order in, its
        answer was lost, and its reports were faster than our next try. Importing asks again."""
        if decision.ignored is not Ignored.FULFILLED_ELSEWHERE:
            return False
        async with self._runtime.pool.connection() as conn:
            return await reports.is_reported(conn, self._link.connection_id, order.id)

    async def _import(self, wanted: WantedOrder, order: HubOrder) -> None:
        async with self._runtime.pool.connection() as conn:
            spelled = await catalogue.store_skus(conn, self._link.connection_id, skus_of(order))
        mapped = map_order(order, spelled, self._link.rules.order_tolerance, wanted.seen_at)
        if isinstance(mapped, Problem):
            await self._hold(wanted, order, mapped)
            return
        try:
            with calling_store():
                taken = await self._link.store.put_order(mapped)
        except Refused as failure:
            await self._hold(wanted, order, _store_refusal(mapped, failure))
            return
        await self._record_import(order.id, taken)
        await self._confirm(order, taken.number)
        await self._settle(wanted, order, Decision(OrderAction.SETTLED))

    async def _record_import(self, order_id: str, taken: TakenOrder) -> None:
        async with self._runtime.pool.connection() as conn, conn.transaction():
            await orders.record_import(conn, self._link.connection_id, order_id, taken.number)
            if taken.canceled:
                await orders.record_cancellation(conn, self._link.connection_id, order_id)

    async def _confirm(self, order: HubOrder, number: str) -> None:
        """Tell the hub our number and the receipt; the same again is success."""
        if not is_confirmed(order, number):
            body = msgspec.json.encode({"external": number, "ack": True})
            try:
                answer = await self._link.hub.update_order(order.id, body)
            except AlreadySo:
                answer = None
            if answer is not None and not is_confirmed(answer, number):
                shown = await self._link.hub.get_order(order.id)
                if not is_confirmed(shown, number):
                    raise Transient(f"hub order {order.id}: our number is not shown yet")
        await self._record_confirmation(order.id)

    async def _record_confirmation(self, order_id: str) -> None:
        async with self._runtime.pool.connection() as conn:
            await orders.record_confirmation(conn, self._link.connection_id, order_id)

    async def _cancel(self, wanted: WantedOrder, order: HubOrder) -> None:
        """The buyer or the channel canceled an order that is in the store."""
        try:
            with calling_store():
                await self._link.store.cancel_order(order.id, f"Plugg.to: {order.status}")
        except Missing:
            pass  # The store has no such order: nothing is left to cancel.
        except Refused as failure:
            problem = Problem(ProblemCode.CANCEL_REFUSED, failure.code)
            await self._hold(wanted, order, problem)
            return
        async with self._runtime.pool.connection() as conn:
            await orders.record_cancellation(conn, self._link.connection_id, order.id)
        await self._settle(wanted, order, Decision(OrderAction.SETTLED))

    async def _cancel_unrecorded(self, order: HubOrder) -> Problem | None:
        """A canceled order that the ledger does not know in the store: if we died between the
        store's answer and our own note of it, it is there all the same."""
        if order.history and approval(order) is None:
            return None
        try:
            with calling_store():
                await self._link.store.cancel_order(order.id, f"Plugg.to: {order.status}")
        except Missing:
            return None  # It never entered.
        except Refused as failure:
            return Problem(ProblemCode.CANCEL_REFUSED, failure.code)
        async with self._runtime.pool.connection() as conn:
            await orders.record_cancellation(conn, self._link.connection_id, order.id)
        return None

    async def _hold(self, wanted: WantedOrder, order: HubOrder | None, problem: Problem) -> None:
        """A pendência: said in the hub once, kept in the ledger, tried again after a while."""
        connection_id = self._link.connection_id
        if wanted.set_aside:
            await self._leave(wanted, order)
            return
        async with self._runtime.pool.connection() as conn:
            standing = await problems.of_subjects(conn, connection_id, ORDER, [wanted.hub_order_id])
        told = any(
            _same_cause(Problem(ProblemCode(row.code), row.detail), problem) for row in standing
        )
        if order is not None and not told:
            await self._tell_merchant(order, problem)
        async with self._runtime.pool.connection() as conn, conn.transaction():
            await problems.set_all(
                conn,
                connection_id,
                ORDER,
                [wanted.hub_order_id],
                [Standing(wanted.hub_order_id, problem, blocking=True)],
                _FOUND_HERE,
            )
            await self._close(conn, wanted, order, again_in=RETRY_REFUSED_SECONDS)

    async def _leave(self, wanted: WantedOrder, order: HubOrder | None) -> None:
        """The order was set aside: what stands on it stays, and only what it shows is noted."""
        async with self._runtime.pool.connection() as conn:
            await self._close(conn, wanted, order, ignored=wanted.ignored)

    async def _close(
        self,
        conn: Connection,
        wanted: WantedOrder,
        order: HubOrder | None,
        *,
        ignored: str | None = None,
        again_in: float | None = None,
    ) -> None:
        """The look is over. Of the buyer's document, of the valid one where there is one, a keyed
        hash stays."""
        document = None
        if order is not None:
            named = (*order.payer.documents, *order.receiver.documents)
            valid = tax_document(named)
            document = document_hash(
                self._document_key, valid.number if valid is not None else next(iter(named), "")
            )
        await orders.settle(
            conn,
            self._link.connection_id,
            wanted,
            order,
            ignored=ignored,
            again_in=again_in,
            document_hash=document,
        )

    async def _tell_merchant(self, order: HubOrder, problem: Problem) -> None:
        """Into the hub's correction log, unless the order shows that it is there already."""
        message = f"Ponte: {explain(problem)}"
        if message in order.log_messages:
            return
        entry = {"message": message, "date": datetime.now(UTC).isoformat(timespec="seconds")}
        try:
            await self._link.hub.update_order(
                order.id, msgspec.json.encode({"log_history": [entry]})
            )
        except Refused:
            # The log is a courtesy: without it the pendência still stands in our own panel.
            return

    async def _settle(self, wanted: WantedOrder, order: HubOrder, decision: Decision) -> None:
        """The look is over and nothing stands in the way of the order."""
        subject = wanted.hub_order_id
        found = None if wanted.set_aside else warning(order, decision)
        standing = [] if found is None else [Standing(subject, found, blocking=False)]
        async with self._runtime.pool.connection() as conn, conn.transaction():
            await problems.set_all(
                conn, self._link.connection_id, ORDER, [subject], standing, _FOUND_HERE
            )
            await self._close(conn, wanted, order, ignored=decision.ignored)

    async def _learn_account(self, order: HubOrder) -> None:
        """Notifications name the account; where `/users` did not tell it, an order does."""
        if self._link.row.hub_account is None and order.account is not None:
            async with self._runtime.pool.connection() as conn:
                await connections.learn_account(conn, self._link.connection_id, order.account)


def _store_refusal(order: StoreOrder, failure: Refused) -> Problem:
    """The store's refusal as a cause of ours; its own words without anything personal."""
    code = _STORE_CODES.get(failure.code, ProblemCode.STORE_REFUSED_ORDER)
    place = _ITEM_FIELD.search(f"{failure.details} {failure}")
    if code is ProblemCode.UNKNOWN_SKU and place and int(place[1]) < len(order.items):
        return Problem(code, order.items[int(place[1])].hub_sku)
    if code is ProblemCode.INVALID_DOCUMENT:
        return Problem(code)
    said = _words_of_people(order).sub("…", failure.details)
    return Problem(code, _PERSONAL.sub("…", f"{failure.code}: {said}")[:200])


def _words_of_people(order: StoreOrder) -> re.Pattern[str]:
    """Every word of the buyer's name, addresses and numbers that we have just sent."""
    people = (*msgspec.structs.astuple(order.buyer), *msgspec.structs.astuple(order.delivery))
    sent = " ".join(value for value in people if isinstance(value, str))
    words = {word for word in re.findall(r"\w+", sent) if len(word) > 2} - _OUR_WORDS
    any_of_them = "|".join(re.escape(word) for word in words) or r"(?!)"
    return re.compile(rf"\b(?:{any_of_them})\b", re.IGNORECASE)


def _same_cause(one: Problem, other: Problem) -> bool:
    """Whether both say the same to the merchant. A store's own words may change at every try ("only
    9 are left"), its code does not."""
    if one.code is ProblemCode.STORE_REFUSED_ORDER is other.code:
        return one.detail.partition(":")[0] == other.detail.partition(":")[0]
    return one == other


def _unreadable(failure: Refused) -> Problem:
    return Problem(ProblemCode.ORDER_UNREADABLE, f"{failure.code}: {failure.details}"[:200])
