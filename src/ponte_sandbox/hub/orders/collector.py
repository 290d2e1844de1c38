"""Fetches the invoices that apps told the address of, has them judged, and notes the verdict.

Runs in the background: an order is `invoiced` when the app says so, and becomes `invoice_error`,
with the reason in its log, when the file cannot be had or is not the invoice claimed. That the hub
downloads the XML is documented [D]; that it does so afterwards, and what it checks, is ours [A].
What passes by itself is tried a few times. Each verdict changes the order in the same transaction
that forgets the download.
"""

import asyncio
import time
from decimal import Decimal

import aiohttp

from ponte_sandbox.hub.core import Hub
from ponte_sandbox.hub.orders.archive import Stored
from ponte_sandbox.hub.orders.downloads import Download
from ponte_sandbox.hub.orders.fetch import Limits, Unacceptable, Unreachable, fetch, session
from ponte_sandbox.hub.orders.fields import Body, amount_of
from ponte_sandbox.hub.orders.invoice_xml import Refused, judge_invoice

# Files under way at once, a few of each account (`downloads.py`): 2 MB each are little.
_AT_ONCE = 16
# 0.5, 1 and 2 seconds apart: long enough for a server that restarts.
_FIRST_PAUSE = 0.5
_MAX_TRIES = 4
# Addresses are cut in the log: a person recognises one by its beginning.
_SHOWN = 200
# The order is over, or its goods have arrived: the log says it, the status stays.
_BEYOND_ERROR = frozenset(("canceled", "refunded", "delivered"))


class Collector:
    """One task; `run` ends only when it is cancelled."""

    def __init__(self, hub: Hub) -> None:
        self._storage = hub.storage
        self._archive = hub.archive
        self._counter = hub.counter
        self._downloads = hub.downloads
        self._woken = asyncio.Event()
        hub.downloads.wake = self._woken.set

    async def run(self) -> None:
        """Fetch until cancelled; files under way are fetched again after the next start."""
        under_way: set[asyncio.Task[None]] = set()
        async with session() as client, asyncio.TaskGroup() as group:
            while True:
                self._woken.clear()
                now = time.time()
                for download in self._downloads.due(now, _AT_ONCE - len(under_way)):
                    task = group.create_task(self._collect(client, download))
                    under_way.add(task)
                    task.add_done_callback(under_way.discard)
                    task.add_done_callback(lambda _: self._woken.set())
                await self._wait(self._downloads.next_due(now))

    async def _wait(self, due: float | None) -> None:
        try:
            async with asyncio.timeout(None if due is None else due - time.time()):
                await self._woken.wait()
        except TimeoutError:
            return

    async def _collect(self, client: aiohttp.ClientSession, download: Download) -> None:
        # The wish itself must be kept before anybody else hears of it.
        await self._storage.committed()
        try:
            self._judge(download, await fetch(client, download.url, Limits()))
        except Unacceptable as trouble:
            self._give_up(download, trouble)
        except Unreachable as trouble:
            if download.tries + 1 < _MAX_TRIES:
                self._downloads.postpone(download, _FIRST_PAUSE * 2**download.tries)
            else:
                self._give_up(download, trouble)
        await self._storage.committed()

    def _give_up(self, download: Download, trouble: Exception) -> None:
        shown = download.url[:_SHOWN]
        with self._storage.writing():
            stored = self._claimed(download)
            if stored is not None:
                self._refuse(stored, download, f"Não foi possível baixar {shown}: {trouble}.")

    def _judge(self, download: Download, xml: bytes) -> None:
        with self._storage.writing():
            stored = self._claimed(download)
            if stored is None:
                return
            order = stored.order()
            shipment = next(one for one in order["shipments"] if one["id"] == download.shipment)
            try:
                facts = judge_invoice(xml, shipment.get("nfe_key"), _largest_total(order))
            except Refused as refusal:
                self._refuse(stored, download, f"XML da nota fiscal recusado: {refusal}.")
                return
            missing = {
                name: value for name, value in facts._asdict().items() if not shipment.get(name)
            }
            if missing:
                wish = {"shipments": [{"id": download.shipment, **missing}]}
                self._counter.change(download.account, stored, wish, None)

    def _claimed(self, download: Download) -> Stored | None:
        """The order, unless a newer address has taken this one's place meanwhile."""
        if not self._downloads.finish(download):
            return None
        return self._archive.find(download.account, download.order_id)

    def _refuse(self, stored: Stored, download: Download, reason: str) -> None:
        wish: Body = {"log_history": [{"message": reason}]}
        if stored.status not in _BEYOND_ERROR:
            wish["status"] = "invoice_error"
        self._counter.change(download.account, stored, wish, None)


def _largest_total(order: Body) -> Decimal | None:
    amounts = [amount_of(order.get(name)) for name in ("total", "subtotal", "total_paid")]
    return max((amount for amount in amounts if amount), default=None)
