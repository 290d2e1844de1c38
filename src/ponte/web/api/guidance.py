"""What stands around the figures: the first steps, what operators tell everybody, whom to call."""

from collections.abc import Sequence
from typing import Any

from litestar import get, post
from litestar.di import NamedDependency
from msgspec import Struct

from ponte.ledger.guide import Guide
from ponte.ledger.operation import BroadcastRow
from ponte.services import guide, operation
from ponte.services.actors import Actor
from ponte.web.api.answers import Done, about, refused
from ponte.web.api.paths import Known
from ponte.web.look import contacts
from ponte.web.parts import Parts

_PATH = "/connections/{connection:int}/guide"


class Contact(Struct, frozen=True):
    """Somebody to call, as this installation names them."""

    # What for, in Portuguese: Desenvolvimento, Atendimento, Comercial.
    label: str
    text: str
    # Where the text is an address; or empty.
    href: str


def guidance_api(parts: Parts) -> Sequence[Any]:
    """`/connections/{connection}/guide`, `/announcements` and `/contacts`."""

    @get(
        _PATH,
        **about(
            "readGuide",
            "The first steps",
            "connections",
            description="Which steps from the connection to a shop that runs are done; 404 once the"
            " guide was closed.",
        ),
    )
    async def read(known: Known, caller: NamedDependency[Actor]) -> Guide:
        found = await guide.read(parts.pool, caller, known.connection_id)
        if found is None:
            raise refused(404, "not_found", "The guide was closed.")
        return found

    @post(
        f"{_PATH}/close",
        status_code=200,
        **about(
            "closeGuide",
            "Show the first steps no more",
            "connections",
            description="`changed` is false where it was closed before.",
        ),
    )
    async def close(known: Known, caller: NamedDependency[Actor]) -> Done:
        return Done(await guide.close(parts.pool, caller, known.connection_id))

    @get(
        "/announcements",
        **about(
            "listAnnouncements",
            "What operators tell everybody now",
            "connections",
            description="The broadcasts that the pages of every connection show at this moment.",
        ),
    )
    async def told() -> list[BroadcastRow]:
        return await operation.announcements(parts.pool)

    @get(
        "/contacts",
        **about(
            "listContacts",
            "Whom to call",
            "connections",
            description="Those of development, support and sales that the installation names.",
        ),
    )
    async def whom() -> list[Contact]:
        return [Contact(each.label, each.text, each.href) for each in contacts(parts.settings)]

    return [read, close, told, whom]
