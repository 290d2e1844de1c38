"""`ponte demo` shows what it promises: after a working day, and after one of power cuts."""

from pathlib import Path
from typing import Any

import pytest
from demo_process import LONGEST_SECONDS, SMALL, finish, left_behind, running, said


def assert_all_held(report: dict[str, Any]) -> None:
    """Every number of the report says what a working bridge has to reach."""
    products, orders, reports = report["products"], report["orders"], report["reports"]
    assert report["ok"] is True, report["failures"]
    assert products["store"] == products["hub_equal"] > 100
    assert (products["hub_different"], products["hub_missing"]) == (0, 0)
    assert orders["approved"] == orders["imported"] > 20
    assert (orders["duplicated"], orders["lost"], orders["not_approved_imported"]) == (0, 0, 0)
    assert reports["expected"] == reports["delivered"] > 10
    calls = report["hub_calls"]
    assert calls["total"] == sum(calls["by_kind"].values())
    # One call a family at the least; the demo's own reading is not among them.
    assert calls["by_kind"]["PUT /skus/{sku}"] >= products["store"]
    assert "GET /products" not in calls["by_kind"]
    assert report["failures"] == []
    assert 0 < report["seconds"] < LONGEST_SECONDS


def test_a_working_day_ends_with_both_sides_equal(tmp_path: Path) -> None:
    with running(tmp_path, "--once", "--json", *SMALL) as demo:
        code, report = finish(demo)
    assert code == 0, said(tmp_path)
    assert_all_held(report)
    assert report["kills"] == 0
    assert left_behind(tmp_path) == []


# By `make chaos`; the suite has its power cuts in `test_promises.py` and `test_hard_weather.py`.
@pytest.mark.slow
def test_a_day_of_power_cuts_ends_with_both_sides_equal(tmp_path: Path) -> None:
    with running(tmp_path, "--once", "--json", "--kill", *SMALL) as demo:
        code, report = finish(demo)
    assert code == 0, said(tmp_path)
    assert_all_held(report)
    assert report["kills"] >= 5
    assert report["done"]["killed serve"] == 1
    assert left_behind(tmp_path) == []
