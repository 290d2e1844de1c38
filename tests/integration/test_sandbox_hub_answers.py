"""How the hub's answers travel: in one piece, also where there is no body, or one is waited for."""

import socket
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
import requests
from hub_process import HubProcess, running_hub

_PATIENCE_SECONDS = 10.0


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HubProcess]:
    with running_hub(tmp_path_factory.mktemp("hub")) as process:
        yield process


@pytest.fixture
def connection(hub: HubProcess) -> Iterator[socket.socket]:
    address = urlsplit(hub.base_url)
    with socket.create_connection(
        (address.hostname, address.port), timeout=_PATIENCE_SECONDS
    ) as connected:
        yield connected


def head(hub: HubProcess, line: str, *headers: str) -> bytes:
    token = hub.token()["access_token"]
    lines = [f"{line} HTTP/1.1", "Host: hub", f"Authorization: Bearer {token}", *headers]
    return "\r\n".join([*lines, "", ""]).encode()


def test_an_answer_arrives_in_one_piece(hub: HubProcess, connection: socket.socket) -> None:
    hub.api().put_sku("ONE", description="x" * 2000)
    request = head(hub, "GET /skus/ONE")
    # Many times: two packets would now and then be read as one.
    for _ in range(100):
        connection.sendall(request)
        received = connection.recv(65_536)
        start, _, body = received.partition(b"\r\n\r\n")
        assert start.startswith(b"HTTP/1.1 200 OK")
        assert body.endswith(b"}}")
        assert f"content-length: {len(body)}".encode() in start


def test_requests_sent_at_once_are_answered_one_after_the_other(
    hub: HubProcess, connection: socket.socket
) -> None:
    requests_ = [head(hub, f"GET /skus/NONE-{number}") for number in range(20)]
    connection.sendall(b"".join(requests_) + head(hub, "GET /users", "Connection: close"))
    received = b""
    while part := connection.recv(65_536):
        received += part
    assert received.count(b"HTTP/1.1 404 Not Found") == 20
    assert received.endswith(b"}")
    assert received.rindex(b"HTTP/1.1 200 OK") > received.rindex(b"HTTP/1.1 404")


def test_an_answer_without_a_body_is_not_kept_back(hub: HubProcess) -> None:
    answer = requests.head(f"{hub.base_url}/skus/ONE", timeout=_PATIENCE_SECONDS)
    assert answer.status_code == 405


def test_a_caller_who_waits_for_100_continue_gets_it(
    hub: HubProcess, connection: socket.socket
) -> None:
    body = b'{"name": "Vaso"}'
    headers = ("Expect: 100-continue", f"Content-Length: {len(body)}")
    connection.sendall(head(hub, "PUT /skus/VASO", *headers))
    assert connection.recv(65_536) == b"HTTP/1.1 100 Continue\r\n\r\n"
    connection.sendall(body)
    assert connection.recv(65_536).startswith(b"HTTP/1.1 200 OK")
