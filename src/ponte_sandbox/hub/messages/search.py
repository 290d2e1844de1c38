"""Questions as a person goes through them: those without an answer first, the newest of each first.

Everything goes by an index, and the count ends at `MOST`, so a page costs the same whatever years
of questions lie behind it. Only what a list shows is decoded: answers, however many, are not.
"""

from pathlib import Path
from typing import NamedTuple

import msgspec

from ponte_sandbox.common.storage import Storage, named_queries
from ponte_sandbox.hub.lists import Conditions

_SQL = named_queries(Path(__file__).with_name("search.sql"))
# Four hundred pages of twenty-five; nobody leafs further.
MOST = 10_000


class Line(msgspec.Struct):
    """A question in a list."""

    id: str
    created: str
    status: str
    channel: str
    order_id: str | None
    sku: str | None
    product_id: str | None
    buyer_name: str
    text: str


class Wanted(NamedTuple):
    """What is looked for; what is empty does not narrow."""

    status: str = ""
    channel: str = ""


class Found(NamedTuple):
    """One page of what was found, and how much it is: `MOST` stands for at least so many."""

    total: int
    lines: list[Line]


_decode = msgspec.json.Decoder(Line).decode


def find_questions(storage: Storage, account: int, wanted: Wanted, limit: int, page: int) -> Found:
    """A page of an account's questions."""
    conditions = Conditions(account)
    if wanted.status:
        conditions.add("status = ?", wanted.status)
    if wanted.channel:
        conditions.add("channel = ?", wanted.channel)
    where, values = conditions.where, conditions.values
    total = storage.read(_SQL["count"].format(where=where), [*values, MOST])[0][0]
    offset = min((page - 1) * limit, MOST)
    rows = storage.read(
        _SQL["page"].format(where=where), [*values, min(limit, MOST - offset), offset]
    )
    return Found(total, [_decode(body) for (body,) in rows])


def channels(storage: Storage, account: int, most: int) -> list[str]:
    """Where an account's questions came from, by name."""
    return [name for (name,) in storage.read(_SQL["channels"], {"account": account, "most": most})]
