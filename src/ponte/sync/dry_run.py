"""A dry run: what an export would send, found out without sending and without writing.

It reads the store's whole feed page by page, so that a catalogue of any size costs one page of
memory beside the SKUs seen, and compares each family with what the hub has acknowledged. SKUs that
several families name are told apart as `pull` does it: who is bound in the ledger keeps the SKU,
and where nobody is, the first one in the feed.
"""

from collections.abc import Awaitable, Callable, Sequence

import msgspec
from msgspec import Struct

from ponte.domain.packed import PackedDraft
from ponte.domain.problems import Problem, ProblemCode
from ponte.ledger import dry_run as ledger
from ponte.ledger.dry_run import DryRunProblem
from ponte.ledger.problems import Standing
from ponte.ledger.queries import Connection
from ponte.sync.pull import PAGE_FAMILIES, sort_changes
from ponte.sync.runtime import Link, Runtime, calling_store

# Enough to find the pattern; the whole list can be downloaded.
EXAMPLES = 3


class Example(Struct, frozen=True):
    """One family a problem stands on: the store's id of it, and the fact."""

    family: str
    detail: str


class Found(Struct):
    """Problems of one code: how many families, and some of them."""

    blocking: bool
    families: int = 0
    examples: list[Example] = msgspec.field(default_factory=list)


class Preview(Struct):
    """What an export would do. Families are new, changed, unchanged or refused; `retired` ones are
    on sale in the hub and not in the store any more. The facets count families, new ones aside."""

    families: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: int = 0
    retired: int = 0
    stock_changes: int = 0
    price_changes: int = 0
    content_changes: int = 0
    problems: dict[ProblemCode, Found] = msgspec.field(default_factory=dict)


def by_cause(found: Preview) -> list[tuple[ProblemCode, Found]]:
    """The problems in the order in which people read them: what blocks first."""
    return sorted(found.problems.items(), key=lambda item: (not item[1].blocking, item[0]))


Seen = Callable[[Preview], Awaitable[None]]
# Takes a page's problems, to be kept.
Keep = Callable[[Sequence[DryRunProblem]], Awaitable[None]]


async def preview(link: Link, runtime: Runtime, seen: Seen, keep: Keep | None = None) -> Preview:
    """Read the whole feed; `seen` is told after each page, and `keep` of every problem on it.

    Raises the store client's failures.
    """
    dry_run = _DryRun(link.connection_id)
    after = 0
    while True:
        with calling_store():
            page = await link.store.product_changes(after, PAGE_FAMILIES)
        sorted_page = sort_changes(page.changes, link.rules)
        async with runtime.pool.connection() as conn:
            await dry_run.judge([draft for _, draft in sorted_page.drafts], conn)
            dry_run.preview.retired += await ledger.count_on_sale(
                conn, link.connection_id, [each.key for each in sorted_page.gone]
            )
        dry_run.note(sorted_page.problems)
        # What is blocked here has no draft: without a SKU, or unreadable.
        without_draft = sum(standing.blocking for standing in sorted_page.problems)
        dry_run.preview.refused += without_draft
        dry_run.preview.families += len(sorted_page.drafts) + without_draft
        if keep is not None and dry_run.found:
            named = {draft.key: draft for _, draft in sorted_page.drafts}
            await keep([_named(each, named.get(each.subject)) for each in dry_run.found])
        dry_run.found.clear()
        await seen(dry_run.preview)
        if not page.has_more:
            return dry_run.preview
        after = page.next_after


def _named(standing: Standing, draft: PackedDraft | None) -> DryRunProblem:
    """The problem with what people know the product by. One without a SKU has its name as the
    fact."""
    problem = standing.problem
    title = problem.detail if problem.code is ProblemCode.NO_SKU else ""
    return DryRunProblem(
        family_key=standing.subject,
        sku="" if draft is None else draft.store_skus[draft.sku],
        title=title if draft is None else draft.title,
        code=problem.code,
        detail=problem.detail,
        blocking=standing.blocking,
    )


class _DryRun:
    def __init__(self, connection_id: int) -> None:
        self._connection_id = connection_id
        # SKU in the hub's spelling -> the family that names it first.
        self._owners: dict[str, str] = {}
        self.preview = Preview()
        # The page's problems, one by one.
        self.found: list[Standing] = []

    def note(self, standings: Sequence[Standing]) -> None:
        """Count problems by their cause."""
        self.found += standings
        for standing in standings:
            code = standing.problem.code
            found = self.preview.problems.setdefault(code, Found(standing.blocking))
            found.families += 1
            found.blocking = found.blocking or standing.blocking
            if len(found.examples) < EXAMPLES:
                found.examples.append(Example(standing.subject, standing.problem.detail))

    async def judge(self, drafts: Sequence[PackedDraft], conn: Connection) -> None:
        """Compare what may be sent; hold back what another family owns."""
        if not drafts:
            return
        contested: dict[str, set[str]] = {}
        for pair in await ledger.owned_by_others(conn, self._connection_id, drafts):
            contested.setdefault(pair.family_key, set()).add(pair.sku)
        sendable = [
            kept
            for draft in drafts
            if (kept := self._own(draft, contested.get(draft.key, set()))) is not None
        ]
        for each in await ledger.compare(conn, self._connection_id, sendable):
            self._count(each)

    def _own(self, draft: PackedDraft, contested: set[str]) -> PackedDraft | None:
        """The draft with the SKUs it may have; None when it cannot be sent without the others."""
        for sku in draft.store_skus:
            if sku not in contested and self._owners.setdefault(sku, draft.key) != draft.key:
                contested.add(sku)
        if not contested:
            return draft
        problem = Problem(ProblemCode.DUPLICATE_SKU, min(contested))
        self.note([Standing(draft.key, problem, blocking=True)])
        rest = draft.without(contested)
        if draft.sku in contested or not rest.sells_something:
            self.preview.refused += 1
            return None
        return rest

    def _count(self, family: ledger.Comparison) -> None:
        if family.is_new:
            self.preview.new += 1
        elif family.differs:
            self.preview.changed += 1
            self.preview.stock_changes += family.stock_differs
            self.preview.price_changes += family.price_differs
            self.preview.content_changes += family.content_differs
        else:
            self.preview.unchanged += 1
