"""`ponte serve` and `ponte worker` as processes: what harms them, and what they say of themselves.

Broken HTTP, a database that goes away, a taken port, signals: none may leave an operator without an
answer, or the hub with a 200 for something that was not noted.
"""

import json
import socket
import time
from base64 import b64encode
from datetime import UTC, datetime
from pathlib import Path

import pytest
import requests
from hub_process import HubProcess, wait_until
from ponte_process import Ponte, PonteService, figures, running_ponte
from ready_ledger import lay_ledger
from standardwebhooks import Webhook
from store_process import StoreProcess

from ponte.ledger.embedded import EmbeddedDatabase

JSON = {"content-type": "application/json"}
NOTIFICATION = b'{"type":"orders","id":"606adfc2b2b8f8a5c0b1d2e3","action":"updated","user":5910}'
# A stop that takes longer makes an operator, or systemd, kill it.
STOPS_WITHIN_SECONDS = 10.0


@pytest.fixture(scope="module")
def web(ponte: Ponte, hub: HubProcess, store: StoreProcess) -> PonteService:
    """A `ponte serve` with one connection."""
    ponte.connect(hub, store)
    return ponte.serve()


def assert_unharmed(ponte: Ponte, web: PonteService) -> None:
    """It answers, and nothing was noted."""
    assert requests.get(f"{web.address}/healthz", timeout=10).json() == {"status": "ok"}
    with ponte.ledger() as conn:
        assert conn.execute("SELECT count(*) FROM hub_order").fetchone() == (0,)


BROKEN_HTTP = {
    "no HTTP": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
    "half a request": b"POST /notifications/pluggto HTTP/1.1\r\nHost: x\r\nContent-",
    "less than announced": b"POST /notifications/pluggto HTTP/1.1\r\nHost: x\r\n"
    b"Content-Type: application/json\r\nContent-Length: 500\r\n\r\n" + NOTIFICATION,
    "two lengths": b"POST /notifications/pluggto HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n"
    b"Content-Type: application/json\r\nContent-Length: 7\r\n\r\n{}{}{}",
    "a negative length": b"POST /hints/1 HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n{}",
    "a broken chunk": b"POST /notifications/pluggto HTTP/1.1\r\nHost: x\r\n"
    b"Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n{}\r\n",
    "an endless header": b"POST /hints/1 HTTP/1.1\r\nX: " + b"a" * 300_000,
}


@pytest.mark.parametrize("sent", BROKEN_HTTP.values(), ids=BROKEN_HTTP)
def test_broken_http_harms_nobody(ponte: Ponte, web: PonteService, sent: bytes) -> None:
    host, port = web.address.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.settimeout(0.3)
        try:
            connection.sendall(sent)
            answer = connection.recv(4096)
        except (TimeoutError, ConnectionError):
            # It waits for the rest, or hung up: both are answers.
            answer = b""
    assert not answer or answer.startswith(b"HTTP/1.1 4")
    assert_unharmed(ponte, web)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "notifications", 404),
        ("POST", "notifications/pluggto/1", 404),
        ("GET", "%2e%2e/%2e%2e/etc/passwd", 404),
        ("GET", "schema/openapi.json", 404),
        ("POST", "healthz", 405),
        ("DELETE", "metrics", 405),
    ],
)
def test_other_doors_are_closed(web: PonteService, method: str, path: str, status: int) -> None:
    answer = requests.request(method, f"{web.address}/{path}", headers=JSON, data=b"{}", timeout=10)
    assert answer.status_code == status
    assert list(answer.json()) == ["error"]


def test_a_taken_port_is_said_in_words(ponte: Ponte, web: PonteService) -> None:
    port = web.address.rpartition(":")[2]
    ended = ponte.run("serve", "--port", port)
    assert ended.returncode == 1
    assert f"cannot listen on 127.0.0.1:{port}" in ended.stderr
    assert "--port" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_worker_with_a_port_shows_health_and_figures(
    hub: HubProcess, store: StoreProcess, tmp_path: Path
) -> None:
    with running_ponte(tmp_path) as ponte:
        ponte.connect(hub, store)
        worker = ponte.worker("--port", "0")
        wait_until(lambda: "ponte worker metrics: http://" in worker.said())
        address = worker.said().split("ponte worker metrics: ")[1].split()[0]
        assert requests.get(f"{address}/readyz", timeout=10).json() == {"status": "ok"}
        wait_until(
            lambda: any(
                name.startswith("ponte_calls_seconds_count") and 'status="200"' in name
                for name in figures(address)
            ),
            seconds=30,
        )
        answer = requests.post(f"{address}/hints/1", b"{}", headers=JSON, timeout=10)
        assert answer.status_code == 404


def test_a_killed_worker_is_replaced_and_a_stopped_one_ends_in_time(
    hub: HubProcess, store: StoreProcess, tmp_path: Path
) -> None:
    with running_ponte(tmp_path, PONTE_POLL_SECONDS="900") as ponte:
        number = ponte.connect(hub, store)
        ponte.worker().kill()
        worker = ponte.worker()
        exported = ponte.json("export", str(number))
        assert exported["unsent"] == 0
        began = time.monotonic()
        assert worker.stop() == 0
        assert time.monotonic() - began < STOPS_WITHIN_SECONDS


def test_without_a_database_it_lives_and_asks_to_be_told_again(
    hub: HubProcess, store: StoreProcess, tmp_path: Path
) -> None:
    """A 200 would end the hub's retries, and the order would wait for the next poll.

    A database of one's own, because that one nobody but its owner starts again.
    """
    lay_ledger(tmp_path / "own")
    database = EmbeddedDatabase(tmp_path / "own")
    with running_ponte(tmp_path, PONTE_DATABASE_URL=database.url) as ponte:
        number = ponte.connect(hub, store)
        web = ponte.serve()
        assert requests.get(f"{web.address}/readyz", timeout=10).status_code == 200
        database.close()
        assert requests.get(f"{web.address}/healthz", timeout=10).status_code == 200
        assert requests.get(f"{web.address}/readyz", timeout=10).status_code == 503
        address = f"{web.address}/notifications/pluggto"
        assert requests.post(address, NOTIFICATION, headers=JSON, timeout=30).status_code == 503
        body = json.dumps({"type": "products.changed"}).encode()
        address = f"{web.address}/hints/{number}"
        answer = requests.post(address, body, headers=_signed_by_somebody(body), timeout=30)
        assert answer.status_code == 503
        assert "Traceback" not in web.said()
        began = time.monotonic()
        assert web.stop() == 0
        assert time.monotonic() - began < STOPS_WITHIN_SECONDS


def _signed_by_somebody(body: bytes) -> dict[str, str]:
    at = datetime.now(UTC)
    return {
        **JSON,
        "webhook-id": "msg_1",
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(b64encode(b"k" * 32).decode()).sign(
            "msg_1", at, body.decode()
        ),
    }
