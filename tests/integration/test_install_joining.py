"""Which store belongs to which account: never two of one, never silently another one, and whoever
comes back finds the connection as it is (R9)."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from hub_process import wait_until
from install_walk import InstallWorld, Walker, install_world

from ponte.ledger.vault import open_vault


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InstallWorld]:
    folder = tmp_path_factory.mktemp("install")
    with install_world(folder, "--families", "0", PONTE_POLL_SECONDS="0.2") as running:
        running.ponte.worker()
        yield running


class Merchant:
    """A connected account and shop of one product, exported, and the browser that did it."""

    def __init__(self, world: InstallWorld, *, export: bool = True) -> None:
        self.world = world
        self.account, self.shop = world.new_account(), world.new_shop()
        world.add_product(self.shop, "CAM-1")
        self.walker = Walker(world)
        self.walker.connect(self.account, self.shop)
        if export:
            self.walker.wait_for("Exportar catálogo", "/instalar/conferencia")
            self.walker.post("/instalar/exportar")
            self.walker.wait_for("Pronto", "/instalar/exportacao")

    @property
    def number(self) -> int:
        """The connection's."""
        ((number,),) = self.read("connection_id")
        return int(number)

    def read(self, columns: str) -> list[tuple[Any, ...]]:
        """Columns of the connection."""
        query = f"SELECT {columns} FROM connection WHERE hub_account = %s"  # noqa: S608 - ours
        return self.world.rows(query, self.account["account"])

    def calls(self) -> int:
        """Writes of products at the hub for this account."""
        return sum(
            call["count"]
            for call in self.world.hub.admin("GET", "calls")["calls"]
            if call["method"] == "PUT" and call["account"] == str(self.account["account"])
        )

    def revoke_at_store(self) -> None:
        """The merchant takes the consent back in the shop."""
        vault = open_vault("", self.world.ponte.data)
        ((sealed,),) = self.world.rows(
            "SELECT access_token FROM access_grant WHERE connection_id = %s AND side = 'store'",
            self.number,
        )
        token = vault.open(bytes(sealed))
        form = {"token": token}
        answer = requests.post(f"{self.world.store.base_url}/oauth/revoke", form, timeout=30)
        assert answer.ok, answer.text

    def lose_hub_access(self) -> None:
        """The app was removed in the hub: neither token is good any more."""
        gone = open_vault("", self.world.ponte.data).seal("gone")
        self.world.rows(
            "UPDATE access_grant SET access_token = %s, refresh_token = %s, expires_at = now()"
            " WHERE connection_id = %s AND side = 'hub' RETURNING 1",
            *(gone, gone, self.number),
        )


@pytest.fixture(scope="module")
def merchant(world: InstallWorld) -> Merchant:
    """One who is connected and well."""
    return Merchant(world)


def test_who_is_connected_and_well_sees_how_it_stands(
    world: InstallWorld, merchant: Merchant
) -> None:
    another = Walker(world)
    another.open(world.link(merchant.account))
    assert another.path == f"/conexoes/{merchant.number}"
    another.wait_for("Tudo certo", another.path)
    for words in ("Ativa", "Conectada desde", "Estoques", "Pedidos", "Em dia"):
        assert words in another.text
    assert "Reconectar a loja" not in another.text
    another.open("/instalar/loja")
    assert another.path == f"/conexoes/{merchant.number}"
    # The hub's fresh access was given to the connection, and nothing of it stays here.
    kept = "SELECT count(*) FROM installation WHERE hub_account = %s AND hub_grant IS NOT NULL"
    assert world.rows(kept, merchant.account["account"]) == [(0,)]


def test_a_store_of_another_account_is_refused_without_naming_it(
    world: InstallWorld, merchant: Merchant
) -> None:
    account = world.new_account()
    walker = Walker(world)
    walker.open(world.link(account))
    walker.name_store()
    walker.come_back(merchant.shop)
    walker.post("/instalar/conectar", decision="connect")
    assert walker.page.status_code == 409
    assert "Esta loja já está conectada a outra conta" in walker.text
    assert str(merchant.account["account"]) not in walker.text
    connected = "SELECT count(*) FROM connection WHERE hub_account = %s"
    assert world.rows(connected, account["account"]) == [(0,)]
    # The other account may still be given a store of its own.
    walker.open("/instalar/loja")
    walker.name_store()
    walker.come_back(world.new_shop())
    walker.post("/instalar/conectar", decision="connect")
    assert walker.path == "/instalar/conferencia"


def test_an_account_of_another_store_is_told_which(world: InstallWorld) -> None:
    """Two browsers of one account walk at once, to different stores."""
    account, first, second = world.new_account(), world.new_shop(), world.new_shop()
    early, late = Walker(world), Walker(world)
    for walker, shop in ((early, first), (late, second)):
        walker.open(world.link(account))
        walker.name_store()
        walker.come_back(shop)
    early.post("/instalar/conectar", decision="connect")
    assert early.path == "/instalar/conferencia"
    late.post("/instalar/conectar", decision="connect")
    assert late.page.status_code == 409
    assert "Esta conta já está conectada a outra loja" in late.text
    ((name,),) = world.rows(
        "SELECT store_name FROM connection WHERE hub_account = %s", account["account"]
    )
    assert f"já está conectada à loja {name}" in late.text
    # And it goes on with the store that it is connected to.
    late.open("/instalar")
    assert late.path == "/instalar/conferencia"


def test_a_confirmation_counts_for_the_store_it_showed(world: InstallWorld) -> None:
    """Another tab has logged in to another store meanwhile."""
    account, first, second = world.new_account(), world.new_shop(), world.new_shop()
    walker = Walker(world)
    walker.open(world.link(account))
    walker.name_store()
    walker.come_back(first)
    shown = walker.page
    walker.open("/instalar/loja")
    walker.name_store()
    walker.come_back(second)
    walker.page = shown
    walker.post("/instalar/conectar", decision="connect")
    assert walker.path == "/instalar/conectar"
    assert "A loja ou a conta mudou" in walker.text
    connected = "SELECT count(*) FROM connection WHERE hub_account = %s"
    assert world.rows(connected, account["account"]) == [(0,)]


def test_a_confirmation_counts_for_the_account_it_showed(world: InstallWorld) -> None:
    """The browser was led to an attacker's account meanwhile, and logged in there once more."""
    mine, theirs, shop = world.new_account(), world.new_account(), world.new_shop()
    walker = Walker(world)
    walker.open(world.link(mine))
    walker.name_store()
    walker.come_back(shop)
    shown = walker.page
    walker.open(world.link(theirs))
    walker.post("/instalar/outra", choice="switch")
    walker.name_store()
    walker.come_back(shop)
    walker.page = shown
    walker.post("/instalar/conectar", decision="connect")
    assert walker.path == "/instalar/conectar"
    assert "A loja ou a conta mudou" in walker.text
    assert f"à conta {theirs['account']}" in walker.text
    connected = "SELECT count(*) FROM connection WHERE hub_account IN (%s, %s)"
    assert world.rows(connected, mine["account"], theirs["account"]) == [(0,)]


def test_a_closed_browser_finds_the_review_by_a_new_link(world: InstallWorld) -> None:
    merchant = Merchant(world, export=False)
    another = Walker(world)
    another.open(world.link(merchant.account))
    assert another.path == "/instalar/conferencia"
    assert merchant.read("released_at IS NULL") == [(True,)]


def test_a_consent_revoked_in_the_shop_pauses_and_is_renewed_without_a_new_export(
    world: InstallWorld,
) -> None:
    merchant = Merchant(world)
    number, sent = merchant.number, merchant.calls()
    merchant.revoke_at_store()
    wait_until(lambda: merchant.read("store_access_ended_at IS NOT NULL") == [(True,)], 30)
    walker = Walker(world)
    walker.open(world.link(merchant.account))
    assert walker.path == "/instalar/conexao"
    assert "Pausada: o acesso à loja terminou" in walker.text
    walker.open("/instalar/loja")
    assert "Reconectar a loja" in walker.text
    assert f'value="{world.store.base_url}"' in walker.page.text
    walker.name_store()
    walker.come_back(merchant.shop)
    walker.post("/instalar/conectar", decision="connect")
    assert "Reconectado" in walker.text
    walker.wait_for("Tudo certo", f"/conexoes/{number}")
    assert merchant.read("connection_id, store_access_ended_at") == [(number, None)]
    world.add_product(merchant.shop, "CAM-2")
    wait_until(lambda: merchant.calls() > sent, 30)
    # The new product, and not the old one once more.
    assert merchant.calls() == sent + 1


def test_an_app_removed_in_the_hub_pauses_and_goes_on_when_opened_again(
    world: InstallWorld,
) -> None:
    merchant = Merchant(world)
    merchant.lose_hub_access()
    # The worker knows its token by heart until the hub refuses it; a fresh one reads the ledger.
    world.rows(
        "UPDATE connection SET hub_access_ended_at = now() WHERE connection_id = %s RETURNING 1",
        merchant.number,
    )
    merchant.walker.open("/instalar")
    assert "Pausada: o acesso à conta do Plugg.to terminou" in merchant.walker.text
    walker = Walker(world)
    walker.open(world.link(merchant.account))
    assert walker.path == f"/conexoes/{merchant.number}"
    walker.wait_for("Tudo certo", walker.path)
    assert merchant.read("hub_access_ended_at, store_access_ended_at") == [(None, None)]
    sent = merchant.calls()
    world.add_product(merchant.shop, "CAM-2")
    wait_until(lambda: merchant.calls() > sent, 30)


def test_a_held_one_whose_consent_is_revoked_is_paused_too(world: InstallWorld) -> None:
    merchant = Merchant(world, export=False)
    merchant.walker.wait_for("Exportar catálogo", "/instalar/conferencia")
    merchant.revoke_at_store()
    merchant.walker.post("/instalar/conferencia")
    merchant.walker.wait_for("Pausada: o acesso à loja terminou", "/instalar")
    assert merchant.walker.path == "/instalar/conexao"
    assert "Exportar catálogo" not in merchant.walker.text
    # Nor can it be exported by a form that was left open.
    merchant.walker.post("/instalar/exportar")
    assert merchant.read("released_at IS NULL") == [(True,)]


def test_nothing_is_done_for_a_held_one(world: InstallWorld) -> None:
    """By no poll, hint or notification; and nothing is missed when it is released."""
    merchant = Merchant(world, export=False)
    number, account = merchant.number, merchant.account["account"]
    api = world.hub.api(account)
    world.hub.register(f"{world.address}/notifications/pluggto")
    try:
        order = api.post_order(
            status="approved",
            items=[{"sku": "CAM-1", "quantity": 1, "price": 10, "total": 10}],
            total=10,
            payer_cpf="52998224725",
            payer_fullname="Comprador de Teste",
        )
        told = {"type": "orders", "id": order["id"], "action": "created", "user": account}
        address = f"{world.address}/notifications/pluggto"
        assert requests.post(address, json=told, timeout=10).status_code == 200
        # The store's hint of its product came already; a poll is due five times in this second.
        world.add_product(merchant.shop, "CAM-2")
        time.sleep(1.0)
        assert world.rows(
            "SELECT (SELECT count(*) FROM hub_order WHERE connection_id = %(id)s)"
            " + (SELECT count(*) FROM family WHERE connection_id = %(id)s)".replace(
                "%(id)s", str(number)
            )
        ) == [(0,)]
        assert merchant.read("product_checked_at, orders_checked_at") == [(None, None)]
        exported = world.ponte.json("export", str(number))
        assert (exported["families"], exported["unsent"]) == (2, 0)
        taken = "SELECT count(*) FROM hub_order WHERE connection_id = %s AND hub_order_id = %s"
        wait_until(lambda: world.rows(taken, number, order["id"]) == [(1,)], 30)
    finally:
        world.hub.register(None)
    assert world.ponte.json("status", str(number))["connections"][0]["held"] is False


def test_connect_may_hold(world: InstallWorld) -> None:
    """By command as by browser; and without the option it works at once, as ever."""
    account, shop = world.new_account(), world.new_shop()

    def by_command(*options: str) -> int:
        connected = world.ponte.json(
            *("connect", "--store", world.store.base_url, "--code", world.code(account), *options),
            PONTE_STORE_TOKEN=shop["access_token"],
        )
        return int(connected["connection"])

    number = by_command("--hold")
    held = world.ponte.json("status", str(number))["connections"][0]
    assert (held["held"], held["late"]) == (True, [])
    said = world.ponte.run("status", str(number)).stdout
    assert f"HELD: waits for Exportar catálogo on its page, or for: ponte export {number}" in said
    assert by_command() == number
    assert world.ponte.json("status", str(number))["connections"][0]["held"] is False
    # What was released once is not held again.
    assert by_command("--hold") == number
    assert world.ponte.json("status", str(number))["connections"][0]["held"] is False
