"""Faults, limits, counts, and who may administer: the hub on a bad day, on demand."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from hub_process import HubApi, HubProcess, running_hub


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HubProcess]:
    with running_hub(tmp_path_factory.mktemp("hub"), "--accounts", "2") as process:
        yield process


@pytest.fixture
def hub(running: HubProcess) -> Iterator[HubProcess]:
    yield running
    running.admin("PUT", "faults", {})
    running.admin("DELETE", "calls")


@pytest.fixture
def api(hub: HubProcess) -> HubApi:
    return hub.api()


def counted(hub: HubProcess, **like: object) -> int:
    """How many calls were counted that look like this."""
    calls: list[dict[str, Any]] = hub.admin("GET", "calls")["calls"]
    return sum(one["count"] for one in calls if like.items() <= one.items())


def test_errors_apply_nothing(hub: HubProcess, api: HubApi) -> None:
    hub.admin("PUT", "faults", {"error_share": 1, "seed": 1})
    answers = [api.call("PUT", "/skus/E1", {"name": "x"}) for _ in range(20)]
    assert {answer.status_code for answer in answers} == {500, 503}
    assert all(answer.json()["error"] is True for answer in answers)
    hub.admin("PUT", "faults", {})
    assert api.call("GET", "/skus/E1").status_code == 404


def test_a_connection_is_dropped_before_or_after_the_call_is_applied(
    hub: HubProcess, api: HubApi
) -> None:
    for fault, is_applied in (("drop_before_share", False), ("drop_after_share", True)):
        hub.admin("PUT", "faults", {fault: 1})
        with pytest.raises(requests.ConnectionError):
            api.call("PUT", f"/skus/{fault}", {"name": "x"})
        hub.admin("PUT", "faults", {})
        assert (api.call("GET", f"/skus/{fault}").status_code == 200) == is_applied
    assert counted(hub, method="PUT", route="/skus/{sku}", status=0) == 2


def test_garbage_is_no_product_but_was_applied(hub: HubProcess, api: HubApi) -> None:
    hub.admin("PUT", "faults", {"garbage_share": 1, "seed": 2})
    answers = [api.call("PUT", f"/skus/G{number}", {"name": "x"}) for number in range(10)]
    assert {answer.status_code for answer in answers} == {200}
    for answer in answers:
        with pytest.raises(requests.JSONDecodeError):
            answer.json()
    assert {"<html" in answer.text for answer in answers} == {True, False}
    hub.admin("PUT", "faults", {})
    assert api.get_sku("G9")["name"] == "x"


def test_latency_holds_the_answer(hub: HubProcess, api: HubApi) -> None:
    hub.admin("PUT", "faults", {"latency_ms": {"min": 100, "max": 150}})
    assert 0.1 <= api.call("GET", "/users").elapsed.total_seconds() < 2
    hub.admin("PUT", "faults", {"latency_ms": 80})
    assert api.call("GET", "/users").elapsed.total_seconds() >= 0.08


def test_each_account_has_its_own_limit(hub: HubProcess) -> None:
    one, other = hub.api(5910), hub.api(5911)
    hub.admin("PUT", "faults", {"rate_limit_per_minute": 60})
    answers = [one.call("GET", "/users") for _ in range(15)]
    throttled = [answer for answer in answers if answer.status_code == 429]
    assert 3 <= len(throttled) <= 5
    assert int(throttled[0].headers["Retry-After"]) >= 1
    assert throttled[0].json()["error"] is True
    assert other.call("GET", "/users").status_code == 200


@pytest.mark.parametrize(
    ("answer", "status", "has_retry_after"),
    [("429_retry_after", 429, True), ("429_bare", 429, False), ("503", 503, False)],
)
def test_the_limit_answers_as_assumed(
    hub: HubProcess, api: HubApi, answer: str, status: int, has_retry_after: bool
) -> None:
    hub.admin("PUT", "assumptions", {"rate_limit_answer": answer})
    hub.admin("PUT", "faults", {"rate_limit_per_minute": 1})
    last = [api.call("GET", "/users") for _ in range(3)][-1]
    hub.admin("PUT", "assumptions", {"rate_limit_answer": "429_retry_after"})
    assert (last.status_code, "Retry-After" in last.headers) == (status, has_retry_after)


def test_tokens_and_other_paths_are_spared(hub: HubProcess) -> None:
    hub.admin("PUT", "faults", {"error_share": 1, "only_paths": ["/orders"]})
    api = hub.api()
    assert api.call("GET", "/users").status_code == 200
    assert api.call("GET", "/orders").status_code in (500, 503)


def test_calls_are_counted_by_method_route_status_and_account(hub: HubProcess) -> None:
    hub.admin("DELETE", "calls")
    api = hub.api(5911)
    for number in range(3):
        api.put_sku(f"C{number}")
    api.call("GET", "/skus/NONE")
    requests.get(f"{hub.base_url}/wp-login.php", timeout=10)
    assert hub.admin("GET", "calls") == {
        "total": 6,
        "calls": [
            {"method": "GET", "route": "(none)", "status": 404, "account": "", "count": 1},
            {"method": "GET", "route": "/skus/{sku}", "status": 404, "account": "5911", "count": 1},
            {
                "method": "POST",
                "route": "/oauth/token",
                "status": 200,
                "account": "5911",
                "count": 1,
            },
            {"method": "PUT", "route": "/skus/{sku}", "status": 200, "account": "5911", "count": 3},
        ],
    }
    assert hub.admin("DELETE", "calls")["total"] == 0


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Forwarded-For": "203.0.113.9"},
        {"Forwarded": "for=203.0.113.9"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
    ],
)
def test_only_programs_on_this_machine_administer(hub: HubProcess, headers: dict[str, str]) -> None:
    answer = requests.get(f"{hub.base_url}/_sandbox/accounts", headers=headers, timeout=10)
    assert answer.status_code == 403
    assert "client_secret" not in answer.text


def test_administration_can_be_switched_off(tmp_path: Path) -> None:
    with running_hub(tmp_path, "--no-admin") as hub:
        for path in ("accounts", "faults", "calls", "marketplace/1"):
            answer = requests.get(f"{hub.base_url}/_sandbox/{path}", timeout=10)
            assert answer.status_code == 404


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PUT", "faults", {"error_share": 2}),
        ("PUT", "faults", {"typo": 1}),
        ("PUT", "faults", []),
        ("POST", "accounts", {"count": 0}),
        ("PUT", "assumptions", {"moon": "cheese"}),
        ("PUT", "assumptions", {"numbers": "roman"}),
    ],
)
def test_a_wrong_wish_is_refused(hub: HubProcess, method: str, path: str, body: object) -> None:
    answer = requests.request(method, f"{hub.base_url}/_sandbox/{path}", json=body, timeout=10)
    assert answer.status_code == 400
    assert answer.json()["error"]["message"]


def test_an_unknown_assumption_stops_the_start(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "ponte_sandbox", "hub", "--data", str(tmp_path)]
    ended = subprocess.run(  # noqa: S603
        [*command, "--assume", "moon=cheese"],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert ended.returncode == 2
    assert "users_resource" in ended.stderr


def test_a_stop_is_clean(tmp_path: Path) -> None:
    with running_hub(tmp_path) as hub:
        hub.api().put_sku("X")
        assert hub.stop() == 0
