"""The name, theme and menu of all pages, and whom to call (R11)."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from msgspec import Struct

from ponte.settings import Settings
from ponte_ui.application import Call
from ponte_ui.language import mark
from ponte_ui.look import Look, MenuItem

HOME = "/instalar"
_HERE = Path(__file__).parent

# Under which key of a request's state its place in the panel is (`panel.here.Here`).
PLACE = "here"

# Of one connection: where its pages are below `/conexoes/7`.
CONNECTION_MENU = (
    (mark("Visão geral"), "dashboard", ""),
    (mark("Catálogo"), "packages", "/catalogo"),
    (mark("Exportar catálogo"), "cloud-upload", "/exportacao"),
    (mark("Pedidos"), "shopping-cart", "/pedidos"),
    (mark("Pendências"), "alert-triangle", "/pendencias"),
    (mark("Auditoria"), "shield-check", "/auditoria"),
    (mark("Configurações"), "settings", "/configuracoes"),
)
# Of the whole installation.
FLEET_MENU = (
    MenuItem(mark("Frota"), "building-store", "/frota"),
    MenuItem(mark("Operação"), "chart-line", "/operacao"),
    MenuItem(mark("Alertas"), "bell", "/alertas"),
    MenuItem(mark("Usuários"), "users", "/usuarios"),
    MenuItem(mark("Registro de ações"), "history", "/registro"),
)


class Located(Protocol):
    """Where in the panel a request is."""

    @property
    def connection_id(self) -> int | None:
        """The connection that the page is about."""

    @property
    def sees_fleet(self) -> bool:
        """Whether the person sees the whole installation."""


def _menu(call: Call) -> Sequence[MenuItem]:
    here: Located | None = call.scope.get("state", {}).get(PLACE)
    if here is None:
        return (MenuItem(mark("Instalação"), "plug-connected", HOME),)
    fleet = FLEET_MENU if here.sees_fleet else ()
    if here.connection_id is None:
        return fleet
    base = connection_address(here.connection_id)
    own = [
        MenuItem(label, icon, f"{base}{path}", is_first=not path)
        for label, icon, path in CONNECTION_MENU
    ]
    return [*own, MenuItem(mark("Instalação inteira"), "sitemap", children=fleet)] if fleet else own


def connection_address(connection_id: int) -> str:
    """Where the pages of a connection begin."""
    return f"/conexoes/{connection_id}"


LOOK = Look(
    theme="ponte",
    name="Ponte",
    home="/",
    layout="top",
    menu=_menu,
    templates=_HERE / "templates",
    catalogue=_HERE / "locale" / "en.po",
    account_template="panel/account.html",
)

_EMAIL = re.compile(r"[^\s@<>\"'?&]{1,64}@[^\s@<>\"'?&]{1,255}")


class Contact(Struct, frozen=True):
    """Somebody to call; `href` where the text is an address."""

    label: str
    text: str
    href: str


def contacts(settings: Settings) -> Sequence[Contact]:
    """The three contacts of this installation, those that it names."""
    named = (
        (mark("Desenvolvimento"), settings.contact_development),
        (mark("Atendimento"), settings.contact_support),
        (mark("Comercial"), settings.contact_sales),
    )
    return [
        Contact(label, text.strip(), _link(text.strip())) for label, text in named if text.strip()
    ]


def _link(text: str) -> str:
    if _EMAIL.fullmatch(text):
        return f"mailto:{text}"
    try:
        parts = urlsplit(text)
    except ValueError:
        return ""
    is_web = parts.scheme in ("http", "https") and parts.hostname and not re.search(r"\s", text)
    return text if is_web else ""
