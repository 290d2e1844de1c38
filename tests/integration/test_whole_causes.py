"""A decision about all of a cause reaches all of it, a part in each transaction."""

import pytest
from asking import read
from deciding import heed, ignore, retry
from world import Systems, World

from ponte.domain.problems import ProblemCode
from ponte.ledger.problem_lists import CauseKey
from ponte.ledger.problems import FAMILY, ORDER, REPORT
from ponte.services import decisions
from ponte.services.decisions import Decided


@pytest.fixture
def world(systems: Systems) -> World:
    return World(systems)


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


ALL_WAYS = (
    (FAMILY, ProblemCode.NO_EAN, "SELECT count(*) FROM problem WHERE reread_at IS NOT NULL"),
    (FAMILY, ProblemCode.HUB_REFUSED_PRODUCT, "SELECT 1000 - count(*) FROM problem WHERE true"),
    (ORDER, ProblemCode.UNKNOWN_SKU, "SELECT count(*) FROM hub_order WHERE wanted_at IS NOT NULL"),
    (REPORT, ProblemCode.HUB_REFUSED_REPORT, "SELECT count(*) FROM order_report WHERE is_open"),
)


@pytest.mark.parametrize(("kind", "code", "counting"), ALL_WAYS)
def test_all_of_a_cause_are_tried_in_many_small_transactions(
    world: World, monkeypatch: pytest.MonkeyPatch, kind: str, code: str, counting: str
) -> None:
    with_things(world, kind, code, 1_000)
    monkeypatch.setattr(decisions, "MOST_AT_ONCE", 130)
    monkeypatch.setattr(decisions, "PATIENCE_SECONDS", 0.0)
    first = retry(world, kind, code)
    assert (first.tried, first.left) == (130, 870)
    monkeypatch.setattr(decisions, "PATIENCE_SECONDS", 60.0)
    rest = retry(world, kind, code)
    assert (rest.tried, rest.left) in {(1_000, 0), (870, 0)}
    assert read(world, f"{counting} AND connection_id = %s", world.connection_id) == [(1_000,)]


def test_all_of_a_cause_are_ignored_and_heeded_in_many_small_transactions(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    cause = with_things(world, ORDER, ProblemCode.UNKNOWN_SKU, 1_000)
    monkeypatch.setattr(decisions, "MOST_AT_ONCE", 130)
    monkeypatch.setattr(decisions, "PATIENCE_SECONDS", 0.0)
    assert ignore(world, cause) == Decided(130, 870)
    monkeypatch.setattr(decisions, "PATIENCE_SECONDS", 60.0)
    assert ignore(world, cause) == Decided(870, 0)
    assert heed(world, cause) == Decided(1_000, 0)
