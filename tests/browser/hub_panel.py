"""The way into the hub's panel, for tests that are about what is behind it."""

import re

from direct import direct_session
from hub_process import HubProcess
from visitor import Visitor


def log_in(visitor: Visitor, hub: HubProcess, path: str = "/painel") -> None:
    """Open a page of the panel as the first account's merchant, who has logged in before.

    What that looks like in a browser, `test_hub_log_in` and `test_whole_path` show.
    """
    account, session = hub.accounts()[0], direct_session()
    page = session.get(f"{hub.base_url}/painel/entrar", timeout=30).text
    [token] = set(re.findall(r'name="_csrf_token" value="([^"]+)"', page))
    form = {"user": account["panel_user"], "password": account["panel_password"]}
    answer = session.post(
        f"{hub.base_url}/painel/entrar",
        data={**form, "_csrf_token": token},
        timeout=30,
        allow_redirects=False,
    )
    assert answer.status_code == 303, answer.text[:500]
    visitor.carry(session.cookies, hub.base_url)
    visitor.open(f"{hub.base_url}{path}")


def log_in_by_hand(visitor: Visitor, hub: HubProcess, path: str = "/painel") -> None:
    """The same by the log-in page."""
    account = hub.accounts()[0]
    visitor.open(f"{hub.base_url}/painel/entrar?next={path}")
    visitor.fill("Usuário ou e-mail", str(account["panel_user"]))
    visitor.fill("Senha", str(account["panel_password"]))
    visitor.press("AVANÇAR")
