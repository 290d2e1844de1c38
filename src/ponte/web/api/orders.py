"""Orders: lists, what became of one, and trying again. Buyers' data is not among it."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any

from litestar import get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, FromQuery, Parameter

from ponte.ledger.order_lists import OrderRow, Place
from ponte.services import orders
from ponte.services.actors import Actor
from ponte.services.orders import Count, OrderDetail, OrderFilter, Retried, State
from ponte.web.api.answers import Page, about
from ponte.web.api.paths import Key, Known, read_key, write_key
from ponte.web.parts import Parts

_PATH = "/connections/{connection:int}/orders"
_LONGEST = 100
# A hash for each key; see `services.buyers`.
_LONGEST_MARK = 700
Words = Annotated[str, Parameter(max_length=_LONGEST)]
Mark = Annotated[
    str, Parameter(max_length=_LONGEST_MARK, description="A buyer, as `markBuyer` answers.")
]
OrderId = FromPath[Annotated[str, Parameter(max_length=_LONGEST, description="The hub's.")]]


async def _wanted(
    hub_status: Words = "",
    progress: FromQuery[State | None] = None,
    channel: Words = "",
    first_day: FromQuery[date | None] = None,
    last_day: FromQuery[date | None] = None,
    number: Words = "",
    buyer: Mark = "",
    with_problem: FromQuery[bool] = False,
) -> OrderFilter:
    """What the list is narrowed to, and counted by."""
    return OrderFilter(
        hub_status, progress, channel, first_day, last_day, number, buyer, with_problem
    )


_NARROWED = {"wanted": Provide(_wanted)}


def orders_api(parts: Parts) -> Sequence[Any]:
    """`/connections/{connection}/orders` and what is below it."""
    runtime = parts.runtime

    @get(
        _PATH,
        dependencies=_NARROWED,
        **about("listOrders", "Orders, the newest first", "orders"),
    )
    async def listed(
        known: Known,
        caller: NamedDependency[Actor],
        wanted: NamedDependency[OrderFilter],
        after: Key = None,
        limit: Annotated[int, Parameter(ge=1, le=200)] = 50,
    ) -> Page[OrderRow]:
        found = await orders.list_orders(
            runtime,
            caller,
            known.connection_id,
            wanted,
            older_than=read_key(after, Place),
            count=limit,
        )
        return Page(found.orders, write_key(found.older_than))

    @get(
        "/connections/{connection:int}/orders-count",
        dependencies=_NARROWED,
        **about(
            "countOrders",
            "How many orders a filter lets by",
            "orders",
            description="`is_more` says that counting stopped at `count`.",
        ),
    )
    async def counted(
        known: Known,
        caller: NamedDependency[Actor],
        wanted: NamedDependency[OrderFilter],
    ) -> Count:
        return await orders.count_orders(runtime, caller, known.connection_id, wanted)

    @get(
        "/connections/{connection:int}/orders-channels",
        **about(
            "listChannels",
            "Where orders came from",
            "orders",
            description="The marketplaces, as `channel` of `listOrders` takes them.",
        ),
    )
    async def channels(known: Known, caller: NamedDependency[Actor]) -> list[str]:
        return await orders.channels(runtime, caller, known.connection_id)

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

    return [listed, counted, channels, one, retry, retry_all]
