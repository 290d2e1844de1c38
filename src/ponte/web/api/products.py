"""The catalogue: lists, the proof of one product, and sending it now."""

from collections.abc import Sequence
from typing import Annotated, Any

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromQuery, JSONBody, Parameter
from msgspec import Meta, Struct

from ponte.domain.standing import View
from ponte.services import catalogue, products
from ponte.services.actors import Actor, must_change
from ponte.services.catalogue import Listing, Order, Wanted
from ponte.services.products import Proof
from ponte.web.api.answers import Done, about
from ponte.web.api.live import Live, shown_live
from ponte.web.api.paths import LONGEST_KEY, Known
from ponte.web.parts import Parts

_PATH = "/connections/{connection:int}/products"
# Stores' own keys are far shorter.
_LONGEST_FAMILY = 500
FamilyKey = Annotated[
    str,
    Parameter(max_length=_LONGEST_FAMILY, description="`family_key` of the list."),
]


class Chosen(Struct, frozen=True, forbid_unknown_fields=True):
    """One product."""

    family_key: Annotated[str, Meta(max_length=_LONGEST_FAMILY, examples=["4711"])]


class Sent(Struct, frozen=True):
    """How many products are sent again."""

    products: int


def products_api(parts: Parts) -> Sequence[Any]:
    """`/connections/{connection}/products` and what is below it."""
    runtime = parts.runtime

    @get(_PATH, **about("listProducts", "Products, page by page", "products"))
    async def listed(
        known: Known,
        caller: NamedDependency[Actor],
        view: FromQuery[View] = View.ALL,
        text: Annotated[str, Parameter(max_length=_LONGEST_FAMILY)] = "",
        order: FromQuery[Order] = Order.SKU,
        after: Annotated[str, Parameter(max_length=LONGEST_KEY)] = "",
        before: Annotated[str, Parameter(max_length=LONGEST_KEY)] = "",
    ) -> Listing:
        wanted = Wanted(view, text, order, after, before)
        async with parts.pool.connection() as conn:
            return await catalogue.list_products(conn, caller, known.connection_id, wanted)

    @get(f"{_PATH}/counts", **about("countProducts", "How many each list has", "products"))
    async def counts(known: Known, caller: NamedDependency[Actor]) -> dict[str, int]:
        async with parts.pool.connection() as conn:
            found = await catalogue.count_views(conn, caller, known.connection_id)
        return {view.value: count for view, count in found.items()}

    @get(
        f"{_PATH}/one",
        **about(
            "readProduct",
            "The proof of one product",
            "products",
            description="What the store says, what the hub acknowledged and when, what differs,"
            " the calls made, what was refused.",
        ),
    )
    async def one(known: Known, caller: NamedDependency[Actor], family_key: FamilyKey) -> Proof:
        number = known.connection_id
        return await products.read(runtime, caller, number, family_key)

    @get(
        f"{_PATH}/live",
        **about(
            "compareProduct",
            "One product as both sides show it now",
            "products",
            409,
            description="Read from the store and from the hub at this moment, and compared as an"
            " audit does. A side that does not answer is named, and nothing is concluded from it.",
        ),
    )
    async def live(known: Known, caller: NamedDependency[Actor], family_key: FamilyKey) -> Live:
        number = known.connection_id
        return shown_live(await products.look_live(runtime, caller, number, family_key))

    @post(f"{_PATH}/send", status_code=200, **about("sendProduct", "Send it now", "products", 409))
    async def send(data: JSONBody[Chosen], known: Known, caller: NamedDependency[Actor]) -> Done:
        must_change(caller, known.connection_id)
        number = known.connection_id
        return Done(await products.send_now(runtime, caller, number, data.family_key))

    @post(
        f"{_PATH}/read-again",
        status_code=200,
        **about("rereadProduct", "Read it from the store again", "products", 409, 502),
    )
    async def reread(data: JSONBody[Chosen], known: Known, caller: NamedDependency[Actor]) -> Done:
        must_change(caller, known.connection_id)
        number = known.connection_id
        return Done(await products.read_again(runtime, caller, number, data.family_key))

    @post(
        f"{_PATH}/send-refused",
        status_code=200,
        **about("sendRefused", "Try what the hub refused once more", "products", 409),
    )
    async def send_refused(known: Known, caller: NamedDependency[Actor]) -> Sent:
        return Sent(await products.send_refused(runtime, caller, known.connection_id))

    return [listed, counts, one, live, send, reread, send_refused]
