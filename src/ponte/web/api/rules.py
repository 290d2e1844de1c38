"""The merchant's rules: read, change, pause and resume loops, and what a change would do."""

from collections.abc import Sequence
from typing import Annotated, Any

import msgspec
from litestar import get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from msgspec import Meta, Struct

from ponte.domain.rules import MerchantRules, Pausable
from ponte.ledger.pauses import Pauses
from ponte.services import rules, rules_preview
from ponte.services.actors import Actor
from ponte.services.rules import RulesNow
from ponte.services.rules_preview import Preview
from ponte.web.api.answers import about, refused
from ponte.web.api.paths import Known
from ponte.web.parts import Parts

_PATH = "/connections/{connection:int}/rules"
# A bigint of the database.
_LARGEST_PREVIEW = 2**63 - 1


class WholeRules(MerchantRules, frozen=True, forbid_unknown_fields=True):
    """All rules; one that is left out is as it is by default, and a misspelt one is refused."""


class NewRules(Struct, frozen=True, forbid_unknown_fields=True):
    """Rules in place of those of `version`, which were read before."""

    version: Annotated[int, Meta(ge=0, le=2**31 - 1)]
    rules: WholeRules

    def as_kept(self) -> MerchantRules:
        """The rules as the services know them."""
        return msgspec.convert(self.rules, MerchantRules, from_attributes=True)


class Shown(Struct, frozen=True, forbid_unknown_fields=True):
    """The preview that somebody has seen, by its `number`."""

    number: Annotated[int, Meta(ge=1, le=_LARGEST_PREVIEW, examples=[1])]


def rules_api(parts: Parts) -> Sequence[Any]:
    """`/connections/{connection}/rules` and `…/loops`."""
    runtime = parts.runtime

    @get(_PATH, **about("readRules", "The rules as they are", "rules"))
    async def read(known: Known, caller: NamedDependency[Actor]) -> RulesNow:
        return await rules.read(runtime, caller, known.connection_id)

    @put(_PATH, **about("saveRules", "Change the rules", "rules", 409))
    async def save(
        data: JSONBody[NewRules], known: Known, caller: NamedDependency[Actor]
    ) -> RulesNow:
        return await rules.save(runtime, caller, known.connection_id, data.as_kept(), data.version)

    @post(
        f"{_PATH}/preview",
        **about("beginPreview", "Have found out what a change would do", "rules", 409),
    )
    async def begin(
        data: JSONBody[NewRules], known: Known, caller: NamedDependency[Actor]
    ) -> Preview:
        return await rules_preview.begin(
            parts.queue, runtime, caller, known.connection_id, data.as_kept(), data.version
        )

    @get(f"{_PATH}/preview", **about("readPreview", "How the preview stands", "rules"))
    async def watch(known: Known, caller: NamedDependency[Actor]) -> Preview:
        number = known.connection_id
        found = await rules_preview.watch(parts.queue, runtime, caller, number)
        if found is None:
            raise refused(404, "not_found", "There is no preview.")
        return found

    @post(
        f"{_PATH}/preview/save",
        status_code=200,
        **about(
            "savePreview",
            "Save the rules of a preview",
            "rules",
            409,
            description="Just as they were shown; 409 where the rules were changed meanwhile, or"
            " another preview was begun.",
        ),
    )
    async def keep(data: JSONBody[Shown], known: Known, caller: NamedDependency[Actor]) -> RulesNow:
        return await rules_preview.save(runtime, caller, known.connection_id, data.number)

    @post(
        f"{_PATH}/preview/discard",
        status_code=200,
        **about(
            "discardPreview",
            "Give a preview up",
            "rules",
            description="The rules stay as they are.",
        ),
    )
    async def discard(known: Known, caller: NamedDependency[Actor]) -> RulesNow:
        await rules_preview.discard(runtime, caller, known.connection_id)
        return await rules.read(runtime, caller, known.connection_id)

    @post(
        "/connections/{connection:int}/loops/{loop:str}/pause",
        status_code=200,
        **about("pauseLoop", "Let a loop rest", "rules"),
    )
    async def pause(
        loop: FromPath[Pausable], known: Known, caller: NamedDependency[Actor]
    ) -> Pauses:
        return await rules.pause(runtime, caller, known.connection_id, loop, on=True)

    @post(
        "/connections/{connection:int}/loops/{loop:str}/resume",
        status_code=200,
        **about("resumeLoop", "Let a loop work again", "rules"),
    )
    async def resume(
        loop: FromPath[Pausable], known: Known, caller: NamedDependency[Actor]
    ) -> Pauses:
        return await rules.pause(runtime, caller, known.connection_id, loop, on=False)

    return [read, save, begin, watch, keep, discard, pause, resume]
