"""Access to a shop: the merchant logs in at the shop, and no token opens more than it may."""

import base64
import hashlib
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import requests
from store_browser import StoreBrowser
from store_orders import assert_obeys, make_order
from store_process import StoreProcess, store_process

from ponte_sandbox.common.asgi import Refusal
from ponte_sandbox.common.storage import Storage
from ponte_sandbox.store.access import AccessBook, Client, challenge_of
from ponte_sandbox.store.shops import Shops

BACK = "https://bridge.example/back?panel=1"
VERIFIER = secrets.token_urlsafe(48)
STATE = 's&t=a te"<é>'


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StoreProcess]:
    with store_process(tmp_path_factory.mktemp("store"), "--families", "5") as process:
        yield process


@pytest.fixture(scope="module")
def client_id(store: StoreProcess) -> str:
    wish = {"client_name": "Ponte <script>", "redirect_uris": [BACK, "http://127.0.0.1:1/b"]}
    answer = requests.post(f"{store.base_url}/oauth/register", json=wish, timeout=10)
    assert answer.status_code == 201
    assert_obeys("Client", answer.json())
    identity: str = answer.json()["client_id"]
    return identity


def challenge(verifier: str = VERIFIER) -> str:
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def question(client_id: str, **changes: str | None) -> dict[str, str]:
    """The parameters of an authorization request; None leaves one out."""
    given: dict[str, str | None] = {
        "response_type": "code",
        "client_id": client_id,
        "redirect_uri": BACK,
        "scope": "products:read orders:write",
        "state": STATE,
        "code_challenge": challenge(),
        "code_challenge_method": "S256",
        **changes,
    }
    return {name: value for name, value in given.items() if value is not None}


def address_of(store: StoreProcess, client_id: str, **changes: str | None) -> str:
    """The page where the merchant is asked."""
    return f"{store.base_url}/oauth/authorize?{urlencode(question(client_id, **changes))}"


def decide(
    store: StoreProcess, client_id: str, decision: str = "allow", **changes: str | None
) -> requests.Response:
    """Open the page, log in as the merchant of shop 1, and decide."""
    browser = StoreBrowser()
    address = address_of(store, client_id, **changes)
    return browser.decide(address, store.account, decision, follow=False)


def back(answer: requests.Response) -> dict[str, str]:
    """What the app is told through the browser."""
    assert answer.status_code == 303
    location = answer.headers["location"]
    assert location.startswith(BACK)
    return {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}


def code_of(store: StoreProcess, client_id: str) -> str:
    return back(decide(store, client_id))["code"]


def token_call(store: StoreProcess, **form: str) -> requests.Response:
    return requests.post(f"{store.base_url}/oauth/token", data=form, timeout=10)


def exchange(store: StoreProcess, client_id: str, code: str, **changes: str) -> requests.Response:
    form = {
        "grant_type": "authorization_code",
        "client_id": client_id,
        "code": code,
        "redirect_uri": BACK,
        "code_verifier": VERIFIER,
        **changes,
    }
    return token_call(store, **form)


def refresh(store: StoreProcess, client_id: str, token: str) -> requests.Response:
    return token_call(store, grant_type="refresh_token", client_id=client_id, refresh_token=token)


def tokens_of(store: StoreProcess, client_id: str) -> dict[str, Any]:
    answer = exchange(store, client_id, code_of(store, client_id))
    assert answer.status_code == 200
    assert_obeys("Tokens", answer.json())
    tokens: dict[str, Any] = answer.json()
    return tokens


def opens(store: StoreProcess, token: str) -> int:
    return store.api("GET", "store", token=token).status_code


def assert_invalid_grant(answer: requests.Response) -> None:
    assert answer.status_code == 400
    assert_obeys("OAuthError", answer.json())
    assert answer.json()["error"] == "invalid_grant"


def test_the_server_describes_itself(store: StoreProcess) -> None:
    url = f"{store.base_url}/.well-known/oauth-authorization-server"
    metadata = requests.get(url, timeout=10).json()
    assert_obeys("AuthorizationServer", metadata)
    assert metadata["issuer"] == store.base_url
    assert metadata["code_challenge_methods_supported"] == ["S256"]


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
    url = f"{store.base_url}/oauth/authorize"
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
            browser.session.post(url, data=denied, timeout=10, allow_redirects=False),
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


def test_a_code_needs_its_verifier_its_address_and_its_app(
    store: StoreProcess, client_id: str
) -> None:
    wrong = secrets.token_urlsafe(48)
    assert_invalid_grant(exchange(store, client_id, code_of(store, client_id), code_verifier=wrong))
    assert_invalid_grant(
        exchange(store, client_id, code_of(store, client_id), redirect_uri="http://127.0.0.1:1/b")
    )
    other = requests.post(
        f"{store.base_url}/oauth/register",
        json={"client_name": "Outro", "redirect_uris": [BACK]},
        timeout=10,
    ).json()["client_id"]
    assert_invalid_grant(exchange(store, other, code_of(store, client_id)))
    assert_invalid_grant(exchange(store, client_id, "made-up"))


def test_a_code_used_twice_closes_what_it_opened(store: StoreProcess, client_id: str) -> None:
    code = code_of(store, client_id)
    tokens = exchange(store, client_id, code).json()
    assert opens(store, tokens["access_token"]) == 200
    assert_invalid_grant(exchange(store, client_id, code))
    assert opens(store, tokens["access_token"]) == 401
    assert_invalid_grant(refresh(store, client_id, tokens["refresh_token"]))


def test_a_refresh_token_is_good_once_and_its_reuse_ends_the_access(
    store: StoreProcess, client_id: str
) -> None:
    first = tokens_of(store, client_id)
    second = refresh(store, client_id, first["refresh_token"]).json()
    assert second["refresh_token"] != first["refresh_token"]
    assert opens(store, second["access_token"]) == 200
    assert_invalid_grant(refresh(store, client_id, first["refresh_token"]))
    assert opens(store, second["access_token"]) == 401


def test_revoking_either_token_ends_the_access(store: StoreProcess, client_id: str) -> None:
    for kind in ("access_token", "refresh_token"):
        tokens = tokens_of(store, client_id)
        form = {"token": tokens[kind], "client_id": client_id}
        for _ in range(2):  # the second time it is unknown, and that is no error
            answer = requests.post(f"{store.base_url}/oauth/revoke", data=form, timeout=10)
            assert answer.status_code == 200
        assert opens(store, tokens["access_token"]) == 401
        assert_invalid_grant(refresh(store, client_id, tokens["refresh_token"]))


def test_a_scope_opens_only_its_own_calls(store: StoreProcess, client_id: str) -> None:
    answer = decide(store, client_id, scope="products:read")
    tokens = exchange(store, client_id, back(answer)["code"]).json()
    assert tokens["scope"] == "products:read"
    token = tokens["access_token"]
    assert store.api("GET", "products/changes", token=token).status_code == 200
    order = make_order(("A", 1, "1.00"))
    for method, path in (
        ("GET", "orders"),
        ("GET", "order-events"),
        ("PUT", f"orders/{order['hub_order_id']}"),
    ):
        refused = store.api(method, path, token=token, json=order)
        assert refused.status_code == 403
        assert refused.json()["error"]["code"] == "insufficient_scope"


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer made-up", "Basic YTpi", "Bearer é☃"])
def test_without_a_good_token_nothing_opens(store: StoreProcess, header: str) -> None:
    answer = requests.get(
        f"{store.base_url}/api/v1/store",
        headers={"authorization": header.encode()},
        timeout=10,
    )
    assert answer.status_code == 401
    assert_obeys("Error", answer.json())


@pytest.mark.parametrize(
    "uri",
    [
        "/back",
        "javascript:alert(1)",
        "https://",
        "https://a.example/#x",
        "https://a b/",
        "ftp://a/",
    ],
)
def test_an_app_registers_only_web_addresses(store: StoreProcess, uri: str) -> None:
    wish = {"client_name": "X", "redirect_uris": [uri]}
    answer = requests.post(f"{store.base_url}/oauth/register", json=wish, timeout=10)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_redirect_uri")


@pytest.mark.parametrize(
    ("form", "status", "error"),
    [
        ("", 400, "invalid_request"),
        ("client_id=%F0%28", 401, "invalid_client"),
        ("client_id=app_x", 401, "invalid_client"),
        ("client_id={id}&grant_type=password", 400, "unsupported_grant_type"),
        ("client_id={id}&grant_type=authorization_code", 400, "invalid_request"),
        ("client_id={id}&grant_type=refresh_token", 400, "invalid_request"),
        ("client_id={id}&client_id={id}", 400, "invalid_request"),
        ("&".join(["a=b"] * 1000), 400, "invalid_request"),
    ],
)
def test_a_malformed_token_request_is_refused_in_oauths_shape(
    store: StoreProcess, client_id: str, form: str, status: int, error: str
) -> None:
    answer = requests.post(
        f"{store.base_url}/oauth/token", data=form.replace("{id}", client_id), timeout=10
    )
    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert_obeys("OAuthError", answer.json())


def test_an_access_survives_a_killed_store(tmp_path: Path) -> None:
    with store_process(tmp_path, "--families", "1") as store:
        wish = {"client_name": "Ponte", "redirect_uris": [BACK]}
        register = f"{store.base_url}/oauth/register"
        client_id = requests.post(register, json=wish, timeout=10).json()["client_id"]
        tokens = tokens_of(store, client_id)
        store.kill()
        store.restart()
        assert opens(store, tokens["access_token"]) == 200
        assert refresh(store, client_id, tokens["refresh_token"]).status_code == 200


def test_an_access_token_ends_after_its_time(tmp_path: Path) -> None:
    storage = Storage(tmp_path / "store.sqlite", _schema())
    shops = Shops(storage)
    shops.ensure(1)
    for seconds, expired in ((3600, False), (-1, True)):
        book = AccessBook(storage, shops, seconds)
        client: Client = book.register("Ponte", [BACK])
        code = book.issue_code(1, client, BACK, "products:read", challenge_of(VERIFIER))
        tokens = book.exchange_code(client.client_id, code, BACK, VERIFIER)
        if expired:
            with pytest.raises(Refusal, match="expired"):
                book.open(tokens.access_token)
        else:
            assert book.open(tokens.access_token).shop == 1
    storage.close()


def test_revoking_ends_the_hints_although_a_log_in_was_left_half_way(tmp_path: Path) -> None:
    storage = Storage(tmp_path / "store.sqlite", _schema())
    shops = Shops(storage)
    shops.ensure(1)
    book = AccessBook(storage, shops, 3600)
    client = book.register("Ponte", [BACK])
    for exchanged in (False, True):
        code = book.issue_code(1, client, BACK, "products:read", challenge_of(VERIFIER))
        if exchanged:
            tokens = book.exchange_code(client.client_id, code, BACK, VERIFIER)
    storage.write(
        "INSERT INTO webhooks VALUES (1, ?, 'http://127.0.0.1:1/', 'x')", (client.client_id,)
    )
    book.revoke(tokens.refresh_token)
    assert storage.read("SELECT * FROM webhooks") == []
    storage.close()


def _schema() -> str:
    folder = Path(__file__).parents[2] / "src/ponte_sandbox/store"
    return (folder / "schema.sql").read_text(encoding="utf-8")
