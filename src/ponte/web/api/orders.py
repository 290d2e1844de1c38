"""Orders: lists, what became of one, and trying again. Buyers' data is not among it."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, Parameter

from ponte.ledger.order_lists import OrderRow, Place
from ponte.services import orders
from ponte.services.actors import Actor
from ponte.services.orders import OrderDetail, OrderFilter, Retried, State
from ponte.web.api.answers import Page, about
from ponte.web.api.paths import Key, Known, read_key, write_key
from ponte.web.parts import Parts

_PATH = "/connections/{connection:int}/orders"
_LONGEST = 100
Words = Annotated[str, Parameter(max_length=_LONGEST, pattern=r"^[^\x00]*$")]
OrderId = FromPath[
    Annotated[str, Parameter(max_length=_LONGEST, pattern=r"^[^\x00]*$", description="The hub's.")]
]


def orders_api(parts: Parts) -> Sequence[Any]:
    """`/connections/{connection}/orders` and what is below it."""
    runtime = parts.runtime

    @get(_PATH, **about("listOrders", "Orders, the newest first", "orders"))
    async def listed(
        known: Known,
        caller: NamedDependency[Actor],
        hub_status: Words = "",
        progress: State | None = None,
        channel: Words = "",
        first_day: date | None = None,
        last_day: date | None = None,
        number: Words = "",
        with_problem: bool = False,
        after: Key = None,
        limit: Annotated[int, Parameter(ge=1, le=200)] = 50,
    ) -> Page[OrderRow]:
        wanted = OrderFilter(
            hub_status=hub_status,
            state=progress,
            channel=channel,
            first_day=first_day,
            last_day=last_day,
            number=number,
            with_problem=with_problem,
        )
        found = await orders.list_orders(
            runtime,
            caller,
            known.connection_id,
            wanted,
            older_than=read_key(after, Place),
            count=limit,
        )
        return Page(found.orders, write_key(found.older_than))

    @get(f"{_PATH}/{{order:str}}", **about("readOrder", "What became of one order", "orders"))
    async def one(order: OrderId, known: Known, caller: NamedDependency[Actor]) -> OrderDetail:
        return await orders.read_order(runtime, caller, known.connection_id, order)

    @post(
        f"{_PATH}/{{order:str}}/retry",
        status_code=200,
        **about("retryOrder", "Read it again now, and send its report again", "orders"),
    )
    async def retry(order: OrderId, known: Known, caller: NamedDependency[Actor]) -> Retried:
        return await orders.retry(runtime, caller, known.connection_id, order)

    @post(
        "/connections/{connection:int}/orders-retry",
        status_code=200,
        **about("retryOrders", "Try again whatever a pendência holds back", "orders"),
    )
    async def retry_all(known: Known, caller: NamedDependency[Actor]) -> Retried:
        return await orders.retry_all(runtime, caller, known.connection_id)

    return [listed, one, retry, retry_all]
