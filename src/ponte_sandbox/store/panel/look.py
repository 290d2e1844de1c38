"""The panel's name, theme and menu."""

from pathlib import Path

from ponte_ui.language import mark
from ponte_ui.look import Look, MenuItem

HOME = "/painel"
_HERE = Path(__file__).parent

LOOK = Look(
    theme="store",
    name="Loja de testes",
    home=HOME,
    layout="side",
    menu=(
        MenuItem(mark("Início"), "home", HOME, is_first=True),
        MenuItem(mark("Produtos"), "packages", "/painel/produtos"),
        MenuItem(mark("Pedidos"), "shopping-cart", "/painel/pedidos"),
        MenuItem(mark("Aplicativos"), "apps", "/painel/aplicativos"),
        MenuItem(mark("Configurações"), "settings", "/painel/configuracoes"),
    ),
    templates=_HERE / "templates",
    catalogue=_HERE / "locale" / "en.po",
    account_template="store/account.html",
)
