"""The merchant decides on the shop's own pages, for the shop that is named there, and goes back."""

from collections.abc import Iterator

import pytest
import requests
from store_apps import BACK, STATE, address_of, back, decide, exchange, question, register
from store_browser import StoreBrowser
from store_process import StoreProcess, store_process


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StoreProcess]:
    with store_process(tmp_path_factory.mktemp("store"), "--families", "5") as process:
        yield process


@pytest.fixture(scope="module")
def client_id(store: StoreProcess) -> str:
    return register(store)


def test_a_merchant_who_logs_in_and_allows_opens_the_shop(
    store: StoreProcess, client_id: str
) -> None:
    answer = back(decide(store, client_id))
    assert answer["state"] == STATE
    assert answer["panel"] == "1"
    tokens = exchange(store, client_id, answer["code"]).json()
    facts = store.api("GET", "store", token=tokens["access_token"]).json()
    assert facts["id"] == store.account["store_id"]


def test_the_pages_escape_what_an_app_calls_itself(store: StoreProcess, client_id: str) -> None:
    browser = StoreBrowser()
    for page in (
        browser.open(address_of(store, client_id)),
        browser.log_in(store.account),
    ):
        assert "<script>" not in page.text
        assert "Ponte &lt;script&gt;" in page.text
        assert page.headers["x-frame-options"] == "DENY"
        assert page.headers["cache-control"] == "no-store"
        assert (
            f"form-action 'self' {BACK.partition('/back')[0]}"
            in (page.headers["content-security-policy"])
        )
    assert store.account["name"] in browser.page.text


def test_a_wrong_password_gives_no_code(store: StoreProcess, client_id: str) -> None:
    for changes in ({"password": "errada"}, {"username": "ninguém"}, {"password": ""}):
        browser = StoreBrowser()
        browser.open(address_of(store, client_id))
        answer = browser.log_in({**store.account, **changes})
        assert answer.status_code == 401
        assert "Usuário ou senha incorretos" in answer.text


def test_a_merchant_may_refuse_with_and_without_logging_in(
    store: StoreProcess, client_id: str
) -> None:
    browser = StoreBrowser()
    browser.open(address_of(store, client_id))
    without = browser.send({"decision": "deny"}, follow=False)
    for answer in (without, decide(store, client_id, "deny")):
        told = back(answer)
        assert (told["error"], told["state"]) == ("access_denied", STATE)
        assert "code" not in told


def test_a_decision_needs_the_page_and_its_shop(store: StoreProcess, client_id: str) -> None:
    """Neither a form from elsewhere nor a session that changed under it gives a code."""
    other = store.admin("POST", "accounts", json={"count": 1}).json()[0]
    address = address_of(store, client_id)
    browser = StoreBrowser()
    browser.open(address)
    browser.log_in(store.account)
    url = f"{store.base_url}/autorizar"
    wish = {**question(client_id), "decision": "allow", "shop": store.account["store_id"]}
    forged = browser.session.post(url, data=wish, timeout=10, allow_redirects=False)
    assert forged.status_code == 403
    # In another window the other shop's merchant logs in; this page still names the first.
    shown = browser.page
    browser.open(f"{store.base_url}/entrar")
    browser.log_in(other)
    browser.page = shown
    refused = browser.send({"decision": "allow"}, follow=False)
    assert refused.status_code == 409
    assert other["name"] in refused.text
    # Read again, it may be decided, for the shop that is named now.
    code = back(browser.send({"decision": "allow"}, follow=False))["code"]
    token = exchange(store, client_id, code).json()["access_token"]
    assert store.api("GET", "store", token=token).json()["id"] == other["store_id"]


def test_a_decision_after_the_session_ended_leads_to_the_log_in(
    store: StoreProcess, client_id: str
) -> None:
    browser = StoreBrowser()
    browser.open(address_of(store, client_id))
    browser.log_in(store.account)
    for name in [name for name in browser.session.cookies.keys() if "session" in name]:  # noqa: SIM118
        del browser.session.cookies[name]
    answer = browser.send({"decision": "allow"}, follow=False)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/entrar?next=%2Foauth%2Fauthorize")


def test_a_question_asked_twice_in_one_is_put_to_nobody(
    store: StoreProcess, client_id: str
) -> None:
    twice = f"{address_of(store, client_id)}&redirect_uri=http%3A%2F%2F127.0.0.1%3A1%2Fb"
    answer = requests.get(twice, timeout=10, allow_redirects=False)
    assert answer.status_code == 400
    assert "location" not in answer.headers


def test_the_longest_state_comes_back_whole(store: StoreProcess, client_id: str) -> None:
    state = "é&" * 1000
    assert back(decide(store, client_id, state=state))["state"] == state


def test_nobody_is_sent_to_an_address_the_app_did_not_register(
    store: StoreProcess, client_id: str
) -> None:
    url = f"{store.base_url}/oauth/authorize"
    strangers: tuple[dict[str, str | None], ...] = (
        {"redirect_uri": BACK + "&x=1"},
        {"redirect_uri": "https://evil.example/"},
        {"redirect_uri": None},
        {"client_id": "app_unknown"},
        {"client_id": None},
    )
    for changes in strangers:
        given = {**question(client_id), **changes}
        wish = {name: value for name, value in given.items() if value is not None}
        browser = StoreBrowser()
        browser.open(address_of(store, client_id))
        token = browser.form("user").hidden["_csrf_token"]
        denied = {**wish, "decision": "deny", "_csrf_token": token}
        for answer in (
            requests.get(url, params=wish, timeout=10, allow_redirects=False),
            browser.session.post(
                f"{store.base_url}/autorizar", data=denied, timeout=10, allow_redirects=False
            ),
        ):
            assert answer.status_code == 400
            assert "location" not in answer.headers


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"scope": "products:read everything"}, "invalid_scope"),
    ],
)
def test_a_request_without_pkce_or_with_a_fault_goes_back_as_an_error(
    store: StoreProcess, client_id: str, changes: dict[str, str | None], error: str
) -> None:
    answer = requests.get(
        f"{store.base_url}/oauth/authorize",
        params=question(client_id, **changes),
        timeout=10,
        allow_redirects=False,
    )
    assert (back(answer)["error"], back(answer)["state"]) == (error, STATE)
