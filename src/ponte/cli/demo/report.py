"""What a demo comes to: the one JSON object, and the same for people."""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
from msgspec import Struct

from ponte.cli.demo.compare_orders import OrderVerdict, ReportVerdict
from ponte.cli.demo.compare_products import Difference, ProductVerdict
from ponte.cli.demo.narration import Narrator

# Failed checks that are told; there may be thousands with one cause.
MOST_TOLD = 20


class Verdict(Struct, frozen=True):
    """Both sandboxes compared at one moment."""

    products: ProductVerdict
    orders: OrderVerdict
    reports: ReportVerdict

    @property
    def differences(self) -> tuple[Difference, ...]:
        """Every failed check."""
        sides = (self.orders, self.reports, self.products)
        return tuple(difference for side in sides for difference in side.differences)


class Failure(Struct, frozen=True):
    """A failed check as reported: the item, both values, and what happened last to it."""

    item: str
    what: str
    store: str
    hub: str
    last: list[str]


class Report(Struct, frozen=True):
    """The result. `why` says why nothing could be compared, if so."""

    ok: bool
    seconds: float
    products: dict[str, int]
    orders: dict[str, int]
    reports: dict[str, int]
    hub_calls: dict[str, Any]
    done: dict[str, int]
    kills: int
    failed_checks: int
    failures: list[Failure]
    why: str | None = None

    def as_json(self) -> str:
        """One JSON object."""
        return msgspec.json.encode(self).decode()


# What a demo that came to no comparison has to report.
NOTHING = Verdict(
    ProductVerdict(0, 0, 0, 0), OrderVerdict(0, 0, 0, 0, 0), ReportVerdict(0, 0)
)  # fmt: skip


def make_report(
    verdict: Verdict,
    seconds: float,
    calls: Mapping[str, int],
    done: Mapping[str, int],
    kills: int,
    failures: Iterable[Failure],
    why: str | None = None,
) -> Report:
    """Put a verdict and what led to it together."""
    return Report(
        ok=why is None and not verdict.differences,
        seconds=round(seconds, 1),
        products=_counts(verdict.products),
        orders=_counts(verdict.orders),
        reports=_counts(verdict.reports),
        hub_calls={"total": sum(calls.values()), "by_kind": dict(sorted(calls.items()))},
        done=dict(sorted(done.items())),
        kills=kills,
        failed_checks=len(verdict.differences),
        failures=list(failures),
        why=why,
    )


def _counts(verdict: ProductVerdict | OrderVerdict | ReportVerdict) -> dict[str, int]:
    fields = msgspec.structs.asdict(verdict)
    del fields["differences"]
    return fields


def tell(report: Report, narrator: Narrator) -> None:
    """The result for people."""
    products, orders, reports = report.products, report.orders, report.reports
    narrator.say(
        f"products  {products['hub_equal']:,} of {products['store']:,} equal in the hub,"
        f" {products['hub_different']} different, {products['hub_missing']} missing"
    )
    narrator.say(
        f"orders    {orders['imported']:,} of {orders['approved']:,} approved are in the store,"
        f" {orders['lost']} lost, {orders['duplicated']} twice,"
        f" {orders['not_approved_imported']} without approval"
    )
    narrator.say(
        f"reports   {reports['delivered']:,} of {reports['expected']:,}"
        " invoices and dispatches stand in the hub"
    )
    calls = report.hub_calls["by_kind"].items()
    busiest = sorted(calls, key=lambda call: -call[1])[:5]
    told = ", ".join(f"{count:,} {kind}" for kind, count in busiest)
    narrator.say(f"hub calls {report.hub_calls['total']:,}: {told}")
    if report.ok:
        kills = f", {report.kills} kills" if report.kills else ""
        narrator.say(f"Every check held after {report.seconds} s{kills}.", "bold green")
        return
    if report.why is not None:
        narrator.say(report.why, "bold red")
    if report.failed_checks:
        narrator.say(f"{report.failed_checks} checks failed:", "bold red")
    for failure in report.failures:
        narrator.say(
            f"{failure.item}: {failure.what} is {failure.store} in the store,"
            f" {failure.hub} in the hub",
            "red",
        )
        for line in failure.last:
            narrator.say(f"    {line}")
    if report.failed_checks > len(report.failures):
        narrator.say(f"… and {report.failed_checks - len(report.failures)} more")
