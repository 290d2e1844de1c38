"""What programs do with a connection by the API: rules, loops, orders, page by page."""

from collections.abc import Iterator
from typing import Any

import pytest
import requests
from people_world import PeopleWorld, people_world


class Api:
    """A merchant's program."""

    def __init__(self, world: PeopleWorld) -> None:
        self.headers = {"authorization": f"Bearer {world.token(world.merchant)}"}
        self._base = f"{world.address}/api/v1/connections/{world.own}"

    def call(self, method: str, path: str, body: Any = None) -> requests.Response:
        """One call about the own connection."""
        return requests.request(
            method, f"{self._base}{path}", headers=self.headers, json=body, timeout=30
        )


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PeopleWorld]:
    with people_world(tmp_path_factory.mktemp("subjects")) as running:
        yield running


@pytest.fixture(scope="module")
def api(world: PeopleWorld) -> Api:
    return Api(world)


def test_rules_are_changed_unless_somebody_was_faster(api: Api) -> None:
    now = api.call("GET", "/rules").json()
    # An amount is a text, so that no program makes a fraction of it.
    assert now["rules"]["order_tolerance"] == "0.05"
    wanted = {**now["rules"], "price_percent": "12.5", "reserve_units": 2}
    saved = api.call("PUT", "/rules", {"version": now["version"], "rules": wanted})
    assert saved.status_code == 200
    assert (saved.json()["rules"]["price_percent"], saved.json()["version"]) == (
        "12.5",
        now["version"] + 1,
    )
    late = api.call("PUT", "/rules", {"version": now["version"], "rules": now["rules"]})
    assert (late.status_code, late.json()["error"]["code"]) == (409, "changed_meanwhile")
    wild = {**wanted, "price_percent": "1000000"}
    faulty = api.call("PUT", "/rules", {"version": now["version"] + 1, "rules": wild})
    assert (faulty.status_code, faulty.json()["error"]["code"]) == (400, "faulty_rules")
    assert "price_percent" in faulty.json()["error"]["message"]
    nan = {**wanted, "price_percent": "NaN"}
    refused = api.call("PUT", "/rules", {"version": now["version"] + 1, "rules": nan})
    assert refused.status_code == 400


def test_a_loop_rests_and_works_again(api: Api) -> None:
    assert api.call("POST", "/loops/orders/pause").status_code == 200
    paused = api.call("GET", "/rules").json()["pauses"]
    assert [value for value in paused.values() if value]
    assert api.call("POST", "/loops/orders/resume").status_code == 200
    assert api.call("GET", "/rules").json()["pauses"] != paused
    assert api.call("POST", "/loops/moon/pause").status_code in (400, 404)


def test_orders_come_page_by_page(world: PeopleWorld, api: Api) -> None:
    world.rows(
        "INSERT INTO hub_order (connection_id, hub_order_id, total, seen_at)"
        " SELECT %s, 'pedido-' || n, 12.90, now() - make_interval(secs => n)"
        " FROM generate_series(1, 5) AS n",
        world.own,
    )
    seen: list[str] = []
    after = ""
    while True:
        page = api.call("GET", f"/orders?limit=2{after}").json()
        seen += [order["hub_order_id"] for order in page["items"]]
        assert {order["total"] for order in page["items"]} <= {"12.90"}
        if page["next"] is None:
            break
        after = f"&after={page['next']}"
    assert seen == [f"pedido-{n}" for n in range(1, 6)]
    assert api.call("GET", "/orders/pedido-3").json()["order"]["hub_order_id"] == "pedido-3"
    assert api.call("GET", "/orders/outro").status_code == 404
    for key in ("x", "e30", "bnVsbA", "%00", "x" * 3000):
        answer = api.call("GET", f"/orders?after={key}")
        assert answer.status_code == 400, key
    retried = api.call("POST", "/orders/pedido-3/retry")
    assert retried.status_code == 200, retried.text


def test_the_trail_says_that_a_program_did_it(world: PeopleWorld, api: Api) -> None:
    api.call("POST", "/loops/reports/pause")
    deed = api.call("GET", "/trail?limit=1").json()["items"][0]
    assert (deed["action"], deed["via"]) == ("loop.paused", "api")
    assert deed["actor"] == "Ana · Programa de teste"
    seen = world.operator.open(f"/registro?conexao={world.own}").text
    assert "Ana · Programa de teste" in seen


def test_a_connection_is_ended_once_and_by_its_name(world: PeopleWorld) -> None:
    number = world.add_connection(78)
    address = f"{world.address}/api/v1/connections/{number}/disconnection"
    headers = {"authorization": f"Bearer {world.token(world.operator, 'operator')}"}

    def send(said: str) -> requests.Response:
        return requests.post(address, json={"confirmation": said}, headers=headers, timeout=30)

    before = requests.get(address, headers=headers, timeout=30).json()
    assert (before["store_domain"], before["switched_off_at"]) == ("loja-78.example", None)
    refused = send("Loja 79")
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "not_confirmed")
    ended = send("loja-78.example")
    assert ended.status_code == 200, ended.text
    assert ended.json()["switched_off_by"] == "Olga · Programa de teste"
    again = send("Loja 78")
    assert (again.status_code, again.json()["error"]["code"]) == (409, "switched_off")
    # Neither a merchant of another one nor support may.
    support = {"authorization": f"Bearer {world.token(world.support, 'support')}"}
    body = {"confirmation": "Loja 78"}
    assert requests.post(address, json=body, headers=support, timeout=30).status_code == 403
    # The command says the same of it.
    assert "SWITCHED OFF" in world.ponte.run("status", str(number)).stdout
    refused_again = world.ponte.run("disconnect", str(number), "--confirm", "Loja 78")
    assert refused_again.returncode == 1
    assert "was ended before" in refused_again.stderr
    other = world.add_connection(79)
    assert world.ponte.run("disconnect", str(other), "--confirm", "Loja 78").returncode == 2
    told = world.ponte.json("disconnect", str(other), "--confirm", "Loja 79")
    assert (told["switched_off_by"], told["orders_left"]) == ("ponte", 0)


def test_what_is_another_connections_is_not_there(world: PeopleWorld, api: Api) -> None:
    for connection, order in ((world.other, "alheio"), (world.own, "proprio")):
        world.rows(
            "INSERT INTO hub_order (connection_id, hub_order_id, total, seen_at)"
            " VALUES (%s, %s, 12.90, now())",
            connection,
            order,
        )
    token = world.rows("SELECT token_id FROM api_token WHERE role <> 'merchant'")
    foreign = token[0][0] if token else 2_000_000
    calls: list[tuple[str, str, Any]] = [
        ("GET", "/orders/{}", None), ("POST", "/orders/{}/retry", None),
        ("POST", "/orders/{}/buyer", None), ("GET", "/products/one?family_key={}", None),
        ("GET", "/products/live?family_key={}", None),
        ("POST", "/products/send", "{}"), ("POST", "/products/read-again", "{}"),
    ]  # fmt: skip
    for method, path, body in calls:
        said = []
        for name in ("alheio", "de ninguem"):
            sent = None if body is None else {"family_key": name}
            answer = api.call(method, path.format(name), sent)
            said.append((answer.status_code, answer.text))
        assert said[0] == said[1], (method, path)
        assert said[0][0] == 404, (method, path, said)
    assert api.call("GET", "/orders/proprio").status_code == 200
    for path in ("pedidos/{}", "pedidos/{}/passos", "catalogo/{}"):
        pages = [
            world.merchant.open(f"/conexoes/{world.own}/{path.format(name)}")
            for name in ("alheio", "de-ninguem")
        ]
        assert [page.status for page in pages] == [404, 404], path
    base = f"{world.address}/api/v1/account"
    sessions = requests.get(f"{base}/sessions", headers=api.headers, timeout=30).json()
    assert len(sessions) == 1
    for path in (f"tokens/{foreign}/revoke", "sessions/0123456789abcdef/end"):
        answer = requests.post(f"{base}/{path}", headers=api.headers, timeout=30)
        assert answer.json() == {"changed": False}, path
