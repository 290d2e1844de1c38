"""A decision about all of a cause reaches all of it, a part in each transaction."""

import pytest
from asking import read
from deciding import heed, ignore, retry, with_things
from world import Systems, World

from ponte.domain.problems import ProblemCode
from ponte.ledger.problems import FAMILY, ORDER, REPORT
from ponte.services import decisions
from ponte.services.decisions import Decided


@pytest.fixture
def world(systems: Systems) -> World:
    return World(systems)


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
