"""Buyers: shown when somebody asks, found by their document, kept by nobody.

A buyer is read from the hub at the moment somebody wants to see them, goes to that person and
nowhere else: not into the ledger, not into a log. That they were shown is in the trail, by the
order's id alone.
"""

import asyncio
from enum import StrEnum

from msgspec import Struct

from ponte.domain.documents import document_hash
from ponte.domain.failures import Missing, Refused, Throttled, Transient, Unauthorised
from ponte.domain.hub_order import HubAddress, HubOrder
from ponte.ledger import order_lists
from ponte.ledger.vault import Vault
from ponte.services.actors import Actor, must_see, record
from ponte.sync.orders import DOCUMENT_HASHES
from ponte.sync.runtime import Runtime

# A person waits this long for the hub; longer, and it counts as not answering.
WITHIN_SECONDS = 10.0
# Longer than any number or document: it would be found nowhere.
LONGEST_NUMBER = 100
# Of ten keys: nobody rotates more often than orders are forgotten.
_LONGEST_MARK = 10 * 65


class Buyer(Struct, frozen=True):
    """Who bought, as the order names them. For the eyes of who asked."""

    name: str | None
    document: str | None
    company_name: str | None
    phone: str | None
    email: str | None
    recipient: str | None
    street: str | None
    number: str | None
    complement: str | None
    reference: str | None
    neighborhood: str | None
    city: str | None
    state: str | None
    postal_code: str | None

    def __repr__(self) -> str:
        return "Buyer(…)"


class UnknownOrder(Exception):
    """The connection has seen no order of this id."""


class NoAnswer(StrEnum):
    """Why the hub does not show a buyer now."""

    HUB_DOWN = "hub_down"
    THROTTLED = "throttled"
    ACCESS_ENDED = "access_ended"
    GONE = "gone"


class BuyerNotShown(Exception):
    """The hub does not show the order now; `reason` says why."""

    def __init__(self, reason: NoAnswer) -> None:
        super().__init__(reason)
        self.reason = reason


def buyer_mark(vault: Vault, document: str) -> str:
    """What stands for a CPF or CNPJ, however it is punctuated, in a filter; "" for what is none.

    One hash for each key that orders may have been noted with.
    """
    keys = vault.derive_all(DOCUMENT_HASHES)
    hashes = (document_hash(key, document[:LONGEST_NUMBER]) for key in keys)
    return ".".join(found.hex() for found in hashes if found is not None)


def hashes_of(mark: str) -> tuple[bytes, ...]:
    """Of a mark; none of one that was made up, which no order has."""
    try:
        return tuple(bytes.fromhex(each) for each in mark[:_LONGEST_MARK].split("."))
    except ValueError:
        return ()


async def buyer(runtime: Runtime, actor: Actor, connection_id: int, order_id: str) -> Buyer:
    """Who bought, read from the hub now. Raises `UnknownOrder` and `BuyerNotShown`.

    What is answered must not be kept: not by us, nor by a browser (`cache-control: no-store`).
    """
    must_see(actor, connection_id)
    link = await runtime.link(connection_id)
    async with runtime.pool.connection() as conn:
        known = await order_lists.read(
            conn, connection_id, order_id.replace("\0", "")[:LONGEST_NUMBER]
        )
    if link is None or known is None:
        raise UnknownOrder(order_id)
    try:
        async with asyncio.timeout(WITHIN_SECONDS):
            order = await link.hub.get_order(known.hub_order_id)
    except Missing as failure:
        raise BuyerNotShown(NoAnswer.GONE) from failure
    except Throttled as failure:
        raise BuyerNotShown(NoAnswer.THROTTLED) from failure
    except Unauthorised as failure:
        raise BuyerNotShown(NoAnswer.ACCESS_ENDED) from failure
    except (Transient, Refused, TimeoutError) as failure:
        raise BuyerNotShown(NoAnswer.HUB_DOWN) from failure
    async with runtime.pool.connection() as conn, conn.transaction():
        await record(conn, actor, "buyer.shown", connection_id, order=known.hub_order_id)
    return _buyer(order)


def _buyer(order: HubOrder) -> Buyer:
    payer, receiver = order.payer, order.receiver
    address = receiver if receiver.street or receiver.postal_code else payer
    return Buyer(
        name=payer.name or receiver.name,
        document=_first_document(payer, receiver),
        company_name=payer.company_name,
        phone=payer.phone or receiver.phone,
        email=payer.email or receiver.email,
        recipient=address.name,
        street=address.street,
        number=address.number,
        complement=address.complement,
        reference=address.reference,
        neighborhood=address.neighborhood,
        city=address.city,
        state=address.state,
        postal_code=address.postal_code,
    )


def _first_document(payer: HubAddress, receiver: HubAddress) -> str | None:
    return next(iter((*payer.documents, *receiver.documents)), None)
