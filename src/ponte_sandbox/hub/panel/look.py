"""The panel's name, theme and menu: the manual's words (R9, R10), and the tester's tools apart."""

from pathlib import Path

from ponte_ui.language import mark
from ponte_ui.look import Look, MenuItem

HOME = "/painel"
_HERE = Path(__file__).parent


def look(*, admin: bool) -> Look:
    """The panel's look; without `admin` the menu lacks what stirs the whole hub."""
    stirring = (
        MenuItem(mark("Falhas"), url="/painel/falhas"),
        MenuItem(mark("Suposições"), url="/painel/suposicoes"),
    )
    return Look(
        theme="hub",
        name="Hub de testes",
        home=HOME,
        layout="top",
        menu=(
            MenuItem(mark("Dashboard"), "dashboard", HOME, is_first=True),
            MenuItem(mark("Catálogo"), "packages", "/painel/catalogo"),
            MenuItem(mark("Pedidos"), "shopping-cart", "/painel/pedidos"),
            MenuItem(mark("SAC"), "message-circle", "/painel/sac"),
            MenuItem(
                mark("Canais X ERPs"),
                "sitemap",
                children=(
                    MenuItem(mark("Editar aplicativos"), url="/painel/aplicativos"),
                    MenuItem(mark("Plataformas › Webstore"), url="/painel/plataformas/webstore"),
                ),
            ),
            MenuItem(
                mark("Testes"),
                "wand",
                children=(
                    MenuItem(mark("Simulador de marketplaces"), url="/painel/simulador"),
                    MenuItem(mark("Notificações"), url="/painel/notificacoes"),
                    *(stirring if admin else ()),
                    MenuItem(mark("Documentação da API"), url="/docs"),
                ),
            ),
        ),
        templates=_HERE / "templates",
        catalogue=_HERE / "locale" / "en.po",
        account_template="hub/account.html",
    )
