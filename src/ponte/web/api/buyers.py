"""Buyers: shown when a program asks, and noted in the trail, as on the page; kept by nobody.

A document never stands in an address, which logs keep: it is sent in a body and becomes a mark, by
which the list of orders is filtered.
"""

from collections.abc import Sequence
from typing import Annotated, Any

from litestar import post
from litestar.di import NamedDependency
from litestar.params import JSONBody
from msgspec import Meta, Struct

from ponte.services import buyers
from ponte.services.actors import Actor
from ponte.services.buyers import LONGEST_NUMBER, Buyer, buyer_mark
from ponte.web.api.answers import about, refused
from ponte.web.api.orders import OrderId
from ponte.web.api.paths import Known
from ponte.web.parts import Parts

_PATH = "/connections/{connection:int}"


class Document(Struct, frozen=True, forbid_unknown_fields=True):
    """A CPF or CNPJ, however it is punctuated."""

    document: Annotated[
        str, Meta(min_length=1, max_length=LONGEST_NUMBER, examples=["529.982.247-25"])
    ]


class Mark(Struct, frozen=True):
    """What stands for a document in the parameter `buyer` of `listOrders`."""

    buyer: str


def buyers_api(parts: Parts) -> Sequence[Any]:
    """`/connections/{connection}/orders/{order}/buyer` and `…/buyer-mark`."""
    runtime = parts.runtime

    @post(
        f"{_PATH}/buyer-mark",
        status_code=200,
        **about(
            "markBuyer",
            "What stands for a buyer's document",
            "orders",
            description="A keyed hash, which goes into the parameter `buyer` of `listOrders`."
            " Nothing is kept. 400 for what is no CPF or CNPJ.",
        ),
    )
    async def mark(data: JSONBody[Document], known: Known) -> Mark:
        found = buyer_mark(runtime.vault, data.document)
        if not found:
            raise refused(400, "no_document", "That is no CPF or CNPJ.")
        return Mark(found)

    @post(
        f"{_PATH}/orders/{{order:str}}/buyer",
        status_code=200,
        **about(
            "showBuyer",
            "Who bought",
            "orders",
            409,
            502,
            description="Read from the hub now, and kept nowhere. That it was shown stands in the"
            " trail, as on the page. 502 where the hub does not answer or throttles, 409 where the"
            " access to it ended, 404 where it has the order no more.",
        ),
    )
    async def show(order: OrderId, known: Known, caller: NamedDependency[Actor]) -> Buyer:
        return await buyers.buyer(runtime, caller, known.connection_id, order)

    return [mark, show]
