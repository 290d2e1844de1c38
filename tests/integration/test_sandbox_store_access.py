"""Access to a shop: codes and tokens are good for what they are, and open no more than they may."""

import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from store_apps import (
    BACK,
    VERIFIER,
    back,
    code_of,
    decide,
    exchange,
    opens,
    refresh,
    register,
    tokens_of,
)
from store_orders import assert_obeys, make_order
from store_process import StoreProcess, store_process

from ponte_sandbox.common.asgi import Refusal
from ponte_sandbox.common.storage import Storage
from ponte_sandbox.store.access import AccessBook, Client, challenge_of
from ponte_sandbox.store.shops import Shops


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StoreProcess]:
    with store_process(tmp_path_factory.mktemp("store"), "--families", "5") as process:
        yield process


@pytest.fixture(scope="module")
def client_id(store: StoreProcess) -> str:
    return register(store)


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
