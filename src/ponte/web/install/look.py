"""The name, theme and menu of the pages, and whom to call (R11)."""

import re
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

from msgspec import Struct

from ponte.settings import Settings
from ponte_ui.language import mark
from ponte_ui.look import Look, MenuItem

HOME = "/instalar"
_HERE = Path(__file__).parent

LOOK = Look(
    theme="ponte",
    name="Ponte",
    home=HOME,
    layout="top",
    menu=(MenuItem(mark("Instalação"), "plug-connected", HOME),),
    templates=_HERE / "templates",
    catalogue=_HERE / "locale" / "en.po",
    account_template="install/account.html",
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
