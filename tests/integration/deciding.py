"""Pendências, and what a merchant decides about them, asked of the services as a page does."""

from asking import ask, merchant_of, read
from world import World

from ponte.ledger.problem_lists import CauseKey
from ponte.ledger.problems import FAMILY, ORDER, REPORT
from ponte.services import decisions
from ponte.services.decisions import Decided, Retried


def with_things(world: World, kind: str, code: str, count: int) -> CauseKey:
    """So many products, orders or reports, each with a pendência."""
    prefix = {FAMILY: "key-", ORDER: "order-", REPORT: "order-"}[kind]
    number = world.connection_id
    read(
        world,
        "INSERT INTO family (connection_id, family_key, sku, store_sku, sequence, desired_stock,"
        " desired_price, desired_content) SELECT %s, 'key-' || n, 'S' || n, 'S' || n, n,"
        " '{}', '{}', '' FROM generate_series(1, %s) AS n",
        number,
        count,
    )
    read(
        world,
        "INSERT INTO hub_order (connection_id, hub_order_id)"
        " SELECT %s, 'order-' || n FROM generate_series(1, %s) AS n",
        number,
        count,
    )
    read(
        world,
        "INSERT INTO order_report (connection_id, hub_order_id, store_number, is_open)"
        " SELECT %s, 'order-' || n, n::text, false FROM generate_series(1, %s) AS n",
        number,
        count,
    )
    read(
        world,
        "INSERT INTO problem (connection_id, subject_kind, subject, code, blocking, since)"
        " SELECT %s, %s, %s || n, %s, true, now() - make_interval(secs => n %% 7)"
        " FROM generate_series(1, %s) AS n",
        number,
        kind,
        prefix,
        code,
        count,
    )
    return CauseKey(kind, code, blocking=True)


def ignore(
    world: World, cause: CauseKey, subject: str | None = None, reason: str = "já resolvido"
) -> Decided:
    return ask(
        world,
        lambda runtime: decisions.ignore(
            runtime, merchant_of(world), world.connection_id, cause, reason, subject
        ),
    )


def heed(world: World, cause: CauseKey, subject: str | None = None) -> Decided:
    return ask(
        world,
        lambda runtime: decisions.heed(
            runtime, merchant_of(world), world.connection_id, cause, subject
        ),
    )


def retry(world: World, kind: str, code: str, subject: str | None = None) -> Retried:
    return ask(
        world,
        lambda runtime: decisions.retry(
            runtime, merchant_of(world), world.connection_id, kind, code, subject
        ),
    )
