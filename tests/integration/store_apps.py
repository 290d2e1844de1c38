"""An app that a merchant lets into the sandbox store: its question, its codes and its tokens."""

import base64
import hashlib
import secrets
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import requests
from store_browser import StoreBrowser
from store_orders import assert_obeys
from store_process import StoreProcess

BACK = "https://bridge.example/back?panel=1"
VERIFIER = secrets.token_urlsafe(48)
STATE = 's&t=a te"<é>'


def register(store: StoreProcess) -> str:
    """The id of a newly registered app."""
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
