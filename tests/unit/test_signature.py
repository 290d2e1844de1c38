"""A hint is believed only from the store, and only for five minutes."""

import base64
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook

from ponte.stores.webstore.signature import HintRejected, verify_hint

SECRET = "whsec_" + base64.b64encode(b"k" * 24).decode()
BODY = b'{"type":"products.changed","store_id":"shop-1","sequence":7}'


def signed(body: bytes = BODY, age: float = 0.0, secret: str = SECRET) -> dict[str, str]:
    """The headers that a store sends with this body."""
    at = datetime.now(UTC) - timedelta(seconds=age)
    return {
        "Webhook-Id": "msg_1",
        "Webhook-Timestamp": str(int(at.timestamp())),
        "Webhook-Signature": Webhook(secret).sign("msg_1", at, body.decode()),
    }


@pytest.mark.parametrize("age", [0, 290, -290])
def test_a_signed_hint_is_taken(age: float) -> None:
    verify_hint(SECRET, signed(age=age), BODY)
    verify_hint(SECRET.removeprefix("whsec_"), signed(), BODY)


def test_one_good_signature_among_several_is_enough() -> None:
    headers = signed()
    headers["Webhook-Signature"] = f"v1,AAAA {headers['Webhook-Signature']}"
    verify_hint(SECRET, headers, BODY)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        signed(age=4000),
        signed(age=-4000),
        signed(body=b"{}"),
        signed(secret="whsec_" + base64.b64encode(b"x" * 24).decode()),
        signed() | {"Webhook-Id": "msg_2"},
        signed() | {"Webhook-Timestamp": "soon"},
        signed() | {"Webhook-Timestamp": "nan"},
        signed() | {"Webhook-Timestamp": "1e400"},
        signed() | {"Webhook-Signature": ""},
        signed() | {"Webhook-Signature": "v1"},
        signed() | {"Webhook-Signature": "v1,not base64"},
        signed() | {"Webhook-Signature": "v1,é"},
        signed() | {"Webhook-Signature": "v2,AAAA"},
    ],
)
def test_anything_else_is_rejected(headers: dict[str, str]) -> None:
    with pytest.raises(HintRejected):
        verify_hint(SECRET, headers, BODY)


@given(st.binary(max_size=30), st.text(max_size=30), st.text(max_size=30))
def test_no_forgery_breaks_the_check(body: bytes, timestamp: str, signature: str) -> None:
    headers = {
        "webhook-id": "x",
        "webhook-timestamp": timestamp,
        "webhook-signature": signature,
    }
    with pytest.raises(HintRejected):
        verify_hint(SECRET, headers, body)
    with pytest.raises(HintRejected):
        verify_hint(SECRET, signed() | headers | {"webhook-timestamp": "1"}, body)
