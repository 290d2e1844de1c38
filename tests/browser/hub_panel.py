"""The way into the hub's panel, for tests that are about what is behind it."""

from hub_process import HubProcess
from visitor import Visitor


def log_in(visitor: Visitor, hub: HubProcess, path: str = "/painel") -> None:
    """Open a page of the panel as the first account's merchant."""
    account = hub.accounts()[0]
    visitor.open(f"{hub.base_url}/painel/entrar?next={path}")
    visitor.fill("Usuário ou e-mail", str(account["panel_user"]))
    visitor.fill("Senha", str(account["panel_password"]))
    visitor.press("AVANÇAR")
