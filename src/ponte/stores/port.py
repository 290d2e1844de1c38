"""What a store must offer, whatever its platform: the port behind which every adapter stands.

The loops know this protocol and nothing else of a store. All calls raise the failures of
`ponte.domain.failures`; a single unreadable item comes back as such and never fails its page.
"""

from collections.abc import Sequence
from typing import Protocol

from ponte.domain.catalogue import ChangePage, StoreFacts, StoreProduct
from ponte.domain.store_order import EventPage, StoreOrder, TakenOrder


class StorePort(Protocol):
    """One merchant's store, with access already granted."""

    async def facts(self) -> StoreFacts:
        """Who the store is."""

    async def product_changes(self, after: int, limit: int) -> ChangePage:
        """Families changed since sequence `after`, oldest first, each once; `limit` up to 500."""

    async def products_by_sku(self, skus: Sequence[str]) -> tuple[StoreProduct, ...]:
        """The families that own these SKUs (store spelling), up to 500; unknown ones left out."""

    async def put_order(self, order: StoreOrder) -> TakenOrder:
        """Take the order in under the hub's id, once: a repetition gives the same answer."""

    async def cancel_order(self, hub_order_id: str, reason: str) -> None:
        """Cancel an order taken in before. Idempotent."""

    async def order_events(self, after: int, limit: int) -> EventPage:
        """Facts about orders since sequence `after`, oldest first; `limit` up to 500."""

    async def register_webhook(self, url: str, secret: str) -> None:
        """Ask the store to POST signed hints to `url`."""
