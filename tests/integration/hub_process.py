"""A sandbox hub in a process of its own, as a client meets it: started, killed, started again.

`HubProcess` is the program, `HubApi` a logged-in caller of it, `Receiver` the address an app
registers for notifications. All of them speak HTTP only.
"""

import json
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import nursery
import requests
from direct import direct_session

_START_WITHIN_SECONDS = 30.0


class HubProcess:
    """`python -m ponte_sandbox hub` on a data folder."""

    def __init__(self, data: Path, *arguments: str, log: Path | None = None) -> None:
        """`log`: where what it says of itself goes; else to whoever runs the tests."""
        self._data = data
        self._log = log
        self._arguments = arguments
        self._process: nursery.Process | None = None
        self._session = direct_session()
        self._port = 0
        self.base_url = ""

    def start(self) -> "HubProcess":
        """Start it and wait until it listens; after the first start always on the same port."""
        command = ["hub", "--data", str(self._data), "--port", str(self._port), *self._arguments]
        with self._log.open("ab") if self._log else nullcontext() as log:
            self._process = nursery.start(
                nursery.SANDBOX,
                command,
                stdout=subprocess.PIPE,
                stderr=log.fileno() if log else None,
            )
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line.startswith("hub listening on http://"), f"the hub did not start: {line!r}"
        self.base_url = line.split()[-1]
        self._port = int(self.base_url.rsplit(":", 1)[1])
        return self

    def stop(self) -> int:
        """End it as an operator would; returns its exit code."""
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)
        return self._reap()

    def kill(self) -> None:
        """End it as a power cut would (signal 9)."""
        assert self._process is not None
        self._process.send_signal(signal.SIGKILL)
        self._reap()

    def restart(self) -> None:
        """Kill it and start it again on the same data and port."""
        self.kill()
        self.start()

    def _reap(self) -> int:
        process, self._process = self._process, None
        assert process is not None
        code = process.wait(_START_WITHIN_SECONDS)
        assert process.stdout is not None
        process.stdout.close()
        return code

    @property
    def pid(self) -> int:
        """The process's id."""
        assert self._process is not None
        return self._process.pid

    def admin(self, method: str, path: str, body: object = None) -> Any:
        """One call of the administration API, e.g. `admin("PUT", "faults", {…})`; its JSON."""
        address = f"{self.base_url}/_sandbox/{path}"
        answer = self._session.request(method, address, json=body, timeout=30)
        assert answer.ok, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json()

    def accounts(self) -> list[dict[str, Any]]:
        """Every account with its credentials."""
        accounts: list[dict[str, Any]] = self.admin("GET", "accounts")
        return accounts

    def token(self, account: int = 5910) -> dict[str, Any]:
        """A fresh token of an account, by the password grant."""
        credentials = next(one for one in self.accounts() if one["account"] == account)
        del credentials["account"]
        answer = self._session.post(
            f"{self.base_url}/oauth/token",
            data={"grant_type": "password", **credentials},
            timeout=30,
        )
        assert answer.ok, answer.text
        token: dict[str, Any] = answer.json()
        return token

    def api(self, account: int = 5910) -> "HubApi":
        """A caller logged in to an account."""
        return HubApi(self.base_url, self.token(account)["access_token"])

    def register(self, url: str | None, **further: object) -> None:
        """Register the app's notification address."""
        client_id = self.accounts()[0]["client_id"]
        self.admin("PUT", "notifications", {"client_id": client_id, "url": url, **further})


@contextmanager
def running_hub(data: Path, *arguments: str, log: Path | None = None) -> Iterator[HubProcess]:
    """A hub that is stopped at the end, whatever happened to it meanwhile."""
    hub = HubProcess(data, *arguments, log=log).start()
    try:
        yield hub
    finally:
        if hub._process is not None:
            hub.stop()


class HubApi:
    """Calls of one account."""

    def __init__(self, base_url: str, access_token: str) -> None:
        self._base_url = base_url
        self._session = direct_session()
        self._session.headers["Authorization"] = f"Bearer {access_token}"

    def call(self, method: str, path: str, body: object = None, **query: str) -> requests.Response:
        """Any call; the answer as it came."""
        return self._session.request(
            method, self._base_url + path, json=body, params=query, timeout=30
        )

    def put_sku(self, sku: str, **product: object) -> dict[str, Any]:
        """`PUT /skus/{sku}`; the product answered."""
        answer = self.call("PUT", f"/skus/{sku}", product)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()["Product"]
        return found

    def get_sku(self, sku: str) -> dict[str, Any]:
        """`GET /skus/{sku}`."""
        answer = self.call("GET", f"/skus/{sku}")
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()["Product"]
        return found

    def post_order(self, **order: object) -> dict[str, Any]:
        """`POST /orders` with one item unless told otherwise; the order answered."""
        items = [{"sku": "CAM-1", "quantity": 1, "price": 10, "total": 10}]
        answer = self.call("POST", "/orders", {"items": items, "total": 10, **order})
        # 200 where so assumed.
        assert answer.status_code in (200, 201), answer.text
        placed: dict[str, Any] = answer.json()["Order"]
        return placed

    def put_order(self, order_id: str, **changes: object) -> requests.Response:
        """`PUT /orders/{id}`; the answer as it came."""
        return self.call("PUT", f"/orders/{order_id}", changes)

    def get_order(self, order_id: str) -> dict[str, Any]:
        """`GET /orders/{id}`."""
        answer = self.call("GET", f"/orders/{order_id}")
        assert answer.status_code == 200, answer.text
        order: dict[str, Any] = answer.json()["Order"]
        return order

    def list_ids(self, path: str, **query: str) -> list[str]:
        """The ids of one page of `/orders` or `/products`."""
        answer = self.call("GET", path, **query)
        assert answer.status_code == 200, answer.text
        kind = "Order" if path == "/orders" else "Product"
        return [one[kind]["id"] for one in answer.json()["result"]]


class Receiver:
    """An app's notification address: keeps what it is sent, answers as told."""

    def __init__(self) -> None:
        self.received: list[dict[str, Any]] = []
        # The status of the next answers, one each; afterwards 200.
        self.answers: list[int] = []
        receiver = self

        class _Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                receiver.received.append(json.loads(body))
                self.send_response(receiver.answers.pop(0) if receiver.answers else 200)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                """Silence: the tests say what is wrong."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/notifications"

    @contextmanager
    def listening(self) -> Iterator["Receiver"]:
        """Receive until the end of the block."""
        thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            self._server.server_close()
            thread.join()


def wait_until(condition: Callable[[], object], seconds: float = 10.0) -> None:
    """Wait for something to become true; fails when it does not in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)
