"""The hub's log-in: three grants, single-use refresh tokens, and tokens that expire."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from hub_process import HubProcess, running_hub


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HubProcess]:
    data = tmp_path_factory.mktemp("hub")
    with running_hub(data, "--accounts", "2", "--token-seconds", "2") as process:
        yield process


def grant(hub: HubProcess, **fields: str) -> Any:
    return requests.post(f"{hub.base_url}/oauth/token", data=fields, timeout=10)


def app(hub: HubProcess) -> dict[str, str]:
    first = hub.accounts()[0]
    return {"client_id": first["client_id"], "client_secret": first["client_secret"]}


def test_account_5910_exists_from_the_start(hub: HubProcess) -> None:
    assert [one["account"] for one in hub.accounts()] == [5910, 5911]


def test_a_password_grants_a_token_for_its_own_account(hub: HubProcess) -> None:
    token = hub.token(5911)
    assert token["token_type"] == "Bearer"
    assert token["expires_in"] == 2
    answer = requests.get(
        f"{hub.base_url}/users", params={"access_token": token["access_token"]}, timeout=10
    )
    assert answer.json()["id"] == 5911


def test_a_refresh_token_is_good_once(hub: HubProcess) -> None:
    first = hub.token()["refresh_token"]

    second = grant(hub, grant_type="refresh_token", refresh_token=first, **app(hub))
    again = grant(hub, grant_type="refresh_token", refresh_token=first, **app(hub))

    assert second.status_code == 200
    assert second.json()["refresh_token"] != first
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")


def test_a_code_is_exchanged_once_and_for_its_account(hub: HubProcess) -> None:
    wish = {"account": 5911, "client_id": app(hub)["client_id"]}
    code = hub.admin("POST", "codes", wish)["code"]

    first = grant(hub, grant_type="authorization_code", code=code, **app(hub))
    again = grant(hub, grant_type="authorization_code", code=code, **app(hub))

    headers = {"Authorization": f"Bearer {first.json()['access_token']}"}
    assert requests.get(f"{hub.base_url}/users", headers=headers, timeout=10).json()["id"] == 5911
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")


def test_the_client_may_come_as_basic_authorization_or_json(hub: HubProcess) -> None:
    account = hub.accounts()[0]
    user = {"username": account["username"], "password": account["password"]}
    basic = requests.post(
        f"{hub.base_url}/oauth/token",
        data={"grant_type": "password", **user},
        auth=(account["client_id"], account["client_secret"]),
        timeout=10,
    )
    as_json = requests.post(
        f"{hub.base_url}/oauth/token",
        json={"grant_type": "password", **app(hub), **user},
        timeout=10,
    )
    assert (basic.status_code, as_json.status_code) == (200, 200)


@pytest.mark.parametrize(
    ("fields", "status", "error"),
    [
        ({"client_secret": "wrong", "grant_type": "password"}, 401, "invalid_client"),
        ({"grant_type": "password", "username": "api5910", "password": "x"}, 400, "invalid_grant"),
        ({"grant_type": "refresh_token", "refresh_token": "x"}, 400, "invalid_grant"),
        ({"grant_type": "authorization_code", "code": "x"}, 400, "invalid_grant"),
        ({"grant_type": "device"}, 400, "unsupported_grant_type"),
        ({}, 400, "invalid_request"),
    ],
)
def test_refusals_have_the_oauth_shape(
    hub: HubProcess, fields: dict[str, str], status: int, error: str
) -> None:
    answer = grant(hub, **{**app(hub), **fields})
    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert answer.json()["error_description"]


def test_an_access_token_expires(hub: HubProcess) -> None:
    api = hub.api()
    assert api.call("GET", "/users").status_code == 200
    time.sleep(2.1)
    answer = api.call("GET", "/users")
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_token")


def test_a_call_without_a_token_is_refused(hub: HubProcess) -> None:
    for path in ("/skus/A", "/orders", "/users"):
        assert requests.get(hub.base_url + path, timeout=10).status_code == 401


def test_accounts_see_nothing_of_each_other(hub: HubProcess) -> None:
    order = hub.api(5910).post_order()
    product = hub.api(5910).put_sku("OWN-1", name="Own")
    other = hub.api(5911)
    assert other.call("GET", f"/orders/{order['id']}").status_code == 404
    assert other.call("GET", "/skus/OWN-1").status_code == 404
    assert other.call("GET", f"/products/{product['id']}").status_code == 404
    assert other.list_ids("/orders") == []


def test_credentials_and_tokens_survive_a_kill(tmp_path: Path) -> None:
    # Not the others' hub, whose tokens a start on a busy machine may outlast.
    with running_hub(tmp_path, "--accounts", "2") as hub:
        before, api = hub.accounts(), hub.api()
        hub.restart()
        assert hub.accounts() == before
        assert api.call("GET", "/users").status_code == 200
        hub.admin("POST", "accounts", {"count": 2})
        assert [one["account"] for one in hub.accounts()] == [5910, 5911, 5912, 5913]


def test_an_app_is_named_by_its_number(hub: HubProcess) -> None:
    assert hub.api().call("GET", "/clientInfo/309").json()["name"] == "Shopee"
    assert hub.api().call("GET", "/clientInfo/999").status_code == 404
