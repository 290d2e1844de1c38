"""What buyers ask and the store answers. The resource exists [D]; its fields are ours [A].

A message is one question, about a product before the sale or about an order after it, with every
answer given to it. Marketplaces show an answer to the buyer at once, so it is never changed or
taken back, and the same answer again is refused as an order's unchanged update is: a client that
lost the first answer's receipt must not write to a person twice.
"""

from typing import Annotated

import msgspec

from ponte_sandbox.common.storage import Storage
from ponte_sandbox.hub import fields
from ponte_sandbox.hub.assumptions import Assumptions
from ponte_sandbox.hub.notifications.outbox import Changes, Outbox
from ponte_sandbox.hub.orders.archive import Archive
from ponte_sandbox.hub.products.shelf import Shelf
from ponte_sandbox.hub.rows import Body, Row, Rows
from ponte_sandbox.hub.stamps import Ids, now_iso
from ponte_sandbox.hub.wire import invalid, not_updated

# What large marketplaces take for one text.
MAX_TEXT = 2000
_TOLD = Changes(status=True, stock=False, price=False)

_Line = Annotated[str, msgspec.Meta(min_length=1, max_length=255)]


class Question(msgspec.Struct, forbid_unknown_fields=True):
    """`POST /_sandbox/messages`: a buyer asks about a product (`sku`) or an order (`order_id`)."""

    account: Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]
    text: Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_TEXT)]
    sku: str | None = None
    order_id: str | None = None
    channel: _Line | None = None
    buyer_name: _Line = "Comprador"


class Desk:
    """The messages of all accounts."""

    def __init__(
        self,
        storage: Storage,
        outbox: Outbox,
        ids: Ids,
        shelf: Shelf,
        archive: Archive,
    ) -> None:
        self.rows = Rows(
            storage, "message", ("status", "channel", "order_id", "sku"), ids.of_message
        )
        self._storage = storage
        self._outbox = outbox
        self._ids = ids
        self._shelf = shelf
        self._archive = archive

    def ask(self, question: Question) -> Row:
        """A buyer's question arrives, and the app is told.

        Raises `Refusal` 400 when the product or order it is about does not exist.
        """
        account = question.account
        if (question.sku is None) == (question.order_id is None):
            raise invalid("A question is about a sku or about an order_id")
        product_id, channel = None, question.channel
        if question.sku is not None:
            product = self._shelf.find(account, question.sku)
            if product is None:
                raise invalid(f"Account {account} has no product {question.sku[:80]!r}")
            product_id = product.id
        if question.order_id is not None:
            order = self._archive.find(account, question.order_id)
            if order is None:
                raise invalid(f"Account {account} has no order {question.order_id[:80]!r}")
            channel = channel or order.order()["channel"]
        content: Body = {
            "user_id": account,
            "type": "order" if question.order_id else "question",
            "status": "unanswered",
            "channel": channel or "Mercado Livre",
            "order_id": question.order_id,
            "sku": question.sku,
            "product_id": product_id,
            "buyer_name": question.buyer_name,
            "text": question.text,
            "answers": [],
        }
        with self._storage.writing():
            row = self.rows.insert(account, content)
            self._outbox.put(account, "messages", row.id, "created", _TOLD)
        return row

    def answer(self, account: int, row: Row, sent: Body, assumptions: Assumptions) -> Row:
        """The store answers. Raises `Refusal` 400, and `not_updated` for the same answer again."""
        text = fields.text(sent.get("answer"), "answer")
        if not text or not text.strip():
            raise invalid("answer is empty")
        if len(text) > MAX_TEXT:
            raise invalid(f"answer is longer than {MAX_TEXT} characters")
        message = row.content()
        answers = message["answers"]
        if answers and answers[-1]["text"] == text:
            raise not_updated(assumptions, "Changes not found in the message")
        entry = {"id": self._ids.of_member(), "text": text, "date": now_iso()}
        with self._storage.writing():
            row = self.rows.update(
                row, {**message, "status": "answered", "answers": [*answers, entry]}
            )
            self._outbox.put(account, "messages", row.id, "updated", _TOLD)
        return row
