"""An app that is removed from an account is disconnected; one that is added again begins anew.

The panel is used as a browser would: logged in, with the form's own token.
"""

import re
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from direct import direct_session
from hub_process import HubProcess, Receiver, running_hub, wait_until

WEBSTORE = 221


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HubProcess]:
    with running_hub(tmp_path_factory.mktemp("hub"), "--accounts", "2") as process:
        yield process


class Panel:
    """The panel of an account."""

    def __init__(self, hub: HubProcess, account: int = 5910) -> None:
        self._base = f"{hub.base_url}/painel"
        self._session = direct_session()
        known = next(one for one in hub.accounts() if one["account"] == account)
        page = self._session.get(f"{self._base}/entrar", timeout=10).text
        self._token = re.findall(r'name="_csrf_token" value="([^"]+)"', page)[0]
        self.post("/entrar", user=str(account), password=known["panel_password"])

    def post(self, path: str, **fields: str) -> requests.Response:
        """Send a form."""
        answer = self.send(path, **fields)
        assert answer.status_code == 200, answer.text
        return answer

    def send(self, path: str, **fields: str) -> requests.Response:
        """Send a form that may be refused."""
        return self._session.post(
            f"{self._base}{path}", data={"_csrf_token": self._token, **fields}, timeout=10
        )

    def add(self) -> None:
        self.post(f"/aplicativos/{WEBSTORE}/adicionar")

    def remove(self) -> None:
        self.post(f"/aplicativos/{WEBSTORE}/remover")

    def open_app(self) -> requests.Response:
        """Follow the link of *Plataformas › Webstore*, up to where it leaves the hub."""
        return self._session.get(
            f"{self._base}/plataformas/webstore/abrir", timeout=10, allow_redirects=False
        )


def app(hub: HubProcess) -> dict[str, str]:
    first = hub.accounts()[0]
    return {"client_id": first["client_id"], "client_secret": first["client_secret"]}


def grant(hub: HubProcess, **fields: str) -> requests.Response:
    return requests.post(f"{hub.base_url}/oauth/token", data={**app(hub), **fields}, timeout=10)


def password(hub: HubProcess, account: int = 5910) -> requests.Response:
    known = next(one for one in hub.accounts() if one["account"] == account)
    user = {"username": known["username"], "password": known["password"]}
    return grant(hub, grant_type="password", **user)


def code_of(hub: HubProcess, account: int = 5910) -> str:
    wish = {"account": account, "client_id": app(hub)["client_id"]}
    code: str = hub.admin("POST", "codes", wish)["code"]
    return code


def status_of(hub: HubProcess, token: Any) -> int:
    headers = {"Authorization": f"Bearer {token['access_token']}"}
    return requests.get(f"{hub.base_url}/users", headers=headers, timeout=10).status_code


def test_removing_an_app_ends_every_token_and_code_of_that_account_alone(hub: HubProcess) -> None:
    mine = grant(hub, grant_type="authorization_code", code=code_of(hub)).json()
    by_password = password(hub).json()
    others = password(hub, 5911).json()
    unused = code_of(hub)
    assert [status_of(hub, token) for token in (mine, by_password, others)] == [200, 200, 200]

    Panel(hub).remove()

    assert [status_of(hub, token) for token in (mine, by_password, others)] == [401, 401, 200]
    for fields in (
        {"grant_type": "refresh_token", "refresh_token": mine["refresh_token"]},
        {"grant_type": "refresh_token", "refresh_token": by_password["refresh_token"]},
        {"grant_type": "authorization_code", "code": unused},
    ):
        answer = grant(hub, **fields)
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant"), fields
    kept = grant(hub, grant_type="refresh_token", refresh_token=others["refresh_token"])
    assert kept.status_code == 200


def test_a_removed_app_stays_out_by_password_too_until_it_is_added_again(hub: HubProcess) -> None:
    panel = Panel(hub)
    panel.add()
    panel.remove()
    hub.restart()
    refused = password(hub)
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant")
    assert "removed" in refused.json()["error_description"]
    panel.add()
    assert password(hub).status_code == 200


def test_adding_again_gives_a_fresh_start_through_the_platform_page(hub: HubProcess) -> None:
    hub.admin("PUT", "apps", {**_client(hub), "url": "http://127.0.0.1:9/instalar?a=1#b"})
    panel = Panel(hub)
    panel.add()
    code_of(hub)
    first = panel.open_app()
    panel.remove()
    # Without the app the link leads back to the page that says so.
    assert panel.open_app().headers["location"] == "/painel/plataformas/webstore"
    panel.add()
    again = panel.open_app()
    assert again.status_code == 303
    assert again.headers["referrer-policy"] == "no-referrer"
    place = re.compile(r"http://127\.0\.0\.1:9/instalar\?a=1&pluggtocode=([^#]+)#b")
    codes = [place.fullmatch(each.headers["location"]) for each in (first, again)]
    assert codes[0] is not None
    assert codes[1] is not None
    stale = grant(hub, grant_type="authorization_code", code=codes[0][1])
    fresh = grant(hub, grant_type="authorization_code", code=codes[1][1])
    assert (stale.status_code, fresh.status_code) == (400, 200)
    assert status_of(hub, fresh.json()) == 200


def _client(hub: HubProcess) -> dict[str, str]:
    return {"client_id": app(hub)["client_id"]}


def test_a_removed_app_hears_nothing_more_of_that_account(hub: HubProcess) -> None:
    Panel(hub).add()
    mine, others = hub.api(5910), hub.api(5911)
    with Receiver().listening() as receiver:
        # Held back: they wait while the app is removed.
        hub.admin("PUT", "faults", {"notifications": {"delay_ms_max": 600_000}})
        hub.register(receiver.url)
        mine.post_order(status="approved")
        mine.put_sku("CAM-1", name="Camiseta", price=10, quantity=5)
        others.post_order(status="approved")
        assert hub.admin("GET", "notifications")[0]["waiting"] == 3
        Panel(hub).remove()
        assert hub.admin("GET", "notifications")[0]["waiting"] == 1
        hub.admin("PUT", "faults", {})

        wish = {"account": 5910, "orders": 3, "seed": 1}
        run = hub.admin("POST", "marketplace", wish)["run"]
        wait_until(lambda: hub.admin("GET", f"marketplace/{run}")["placed"] == 3)
        others.post_order(status="approved")
        wait_until(lambda: receiver.received)
        assert {each["user"] for each in receiver.received} == {5911}

        hub.restart()
        wish = {"account": 5910, "orders": 1, "seed": 2}
        run = hub.admin("POST", "marketplace", wish)["run"]
        wait_until(lambda: hub.admin("GET", f"marketplace/{run}")["placed"] == 1)
        Panel(hub).add()
        told = hub.api(5910).post_order(status="approved")["id"]
        wait_until(lambda: told in [each["id"] for each in receiver.received])
        assert [each["id"] for each in receiver.received if each["user"] == 5910] == [told]
    hub.register(None)


def test_a_code_of_the_administration_is_the_merchants_whole_way(hub: HubProcess) -> None:
    panel = Panel(hub)
    panel.add()
    panel.remove()
    token = grant(hub, grant_type="authorization_code", code=code_of(hub)).json()
    assert status_of(hub, token) == 200
    # As if the merchant had added it: it is on the list, and hears of the account again.
    assert panel.open_app().headers["location"] != "/painel/plataformas/webstore"
    assert password(hub).status_code == 200


def test_an_account_that_never_saw_the_panel_logs_in_by_password(hub: HubProcess) -> None:
    panel = Panel(hub, 5911)
    assert panel.open_app().headers["location"] == "/painel/plataformas/webstore"
    assert password(hub, 5911).status_code == 200


def test_the_address_given_at_the_start_is_kept_and_a_wrong_one_is_refused(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("hub")
    with running_hub(folder, "--app-url", "http://127.0.0.1:8000/instalar") as process:
        assert process.admin("GET", "apps")[0]["url"] == "http://127.0.0.1:8000/instalar"
    with running_hub(folder) as process:
        assert process.admin("GET", "apps")[0]["url"] == "http://127.0.0.1:8000/instalar"
    with pytest.raises(AssertionError, match="did not start"):
        HubProcess(folder, "--app-url", "instalar").start()


@pytest.mark.parametrize("number", ["9223372036854775808", "9" * 30])
def test_a_number_that_no_row_can_have_leads_nowhere(hub: HubProcess, number: str) -> None:
    panel = Panel(hub)
    for path in (
        f"/aplicativos/{number}/adicionar",
        f"/aplicativos/309/cobranca/{number}/remover",
        f"/simulador/{number}/parar",
        f"/notificacoes/{number}/reenviar",
        f"/notificacoes/espera/{number}/agora",
    ):
        assert panel.send(path).status_code == 404, path
