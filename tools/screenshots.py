"""Takes the pictures of the panel that stand in `docs/`, from the demo's data.

`make screenshots` runs the demo (two thousand products, three hundred orders, the defects that real
catalogues have), becomes its operator by the link that the first start prints, and looks at each
main page as a person would: wide, and the first one also narrow and dark. Buyers are the demo's
own inventions, and are not shown anyway.
"""

import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from shutil import which

from PIL import Image
from playwright.sync_api import Page, ViewportSize, sync_playwright

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "screenshots"
_WIDE = ViewportSize(width=1280, height=900)
_NARROW = ViewportSize(width=390, height=844)
# What is longer than this says the same again.
_MOST_HEIGHT = 1600
_COLOURS = 128
_PANEL = re.compile(r"panel\s+(http://\S+)")
_BINARY = which("chromium-headless-shell") or which("chromium")
_CHROMIUM = ("--no-sandbox", "--headless", "--disable-gpu", "--disable-background-networking")
_PASSWORD = "uma frase bem comprida"  # noqa: S105 - of a demo that ends with this script

# Each picture's name, and the page it shows.
PAGES = {
    "overview": "/conexoes/1",
    "catalogue": "/conexoes/1/catalogo",
    "export": "/conexoes/1/exportacao",
    "orders": "/conexoes/1/pedidos",
    "problems": "/conexoes/1/pendencias",
    "audit": "/conexoes/1/auditoria",
    "settings": "/conexoes/1/configuracoes",
    "fleet": "/frota",
    "operation": "/operacao",
    "alerts": "/alertas",
    "users": "/usuarios",
    "trail": "/registro",
}


@contextmanager
def running_demo(folder: Path) -> Iterator[str]:
    """The demo, lived through; the address of the first operator's link."""
    with subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-m", "ponte", "demo", "--data", str(folder)],
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as demo:
        try:
            yield _first_link(demo)
        finally:
            demo.terminate()


def _first_link(demo: subprocess.Popen[str]) -> str:
    said = []
    for line in demo.stderr or ():
        said.append(line)
        found = _PANEL.search(line)
        if found is not None:
            return found[1]
    raise SystemExit("the demo ended:\n" + "".join(said[-20:]))


def main() -> None:
    """Take all pictures anew."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, running_demo(Path(folder)) as link:
        address = link.partition("/entrar")[0]
        with sync_playwright() as playwright:
            chromium = playwright.chromium.launch(executable_path=_BINARY, args=_CHROMIUM)
            page = chromium.new_page(viewport=_WIDE, locale="pt-BR", color_scheme="light")
            _become_operator(page, link)
            for name, path in PAGES.items():
                page.goto(f"{address}{path}")
                _take(page, name)
            _first_of(page, address, "catalogue", "product")
            _first_of(page, address, "orders", "order")
            page.goto(f"{address}{PAGES['overview']}")
            page.emulate_media(color_scheme="dark")
            _take(page, "overview-dark")
            page.emulate_media(color_scheme="light")
            page.set_viewport_size(_NARROW)
            _take(page, "overview-narrow")
            chromium.close()


def _become_operator(page: Page, link: str) -> None:
    page.goto(link)
    for label, value in (("Nome", "Operação"), ("E-mail", "operacao@ponte.example")):
        page.get_by_label(label, exact=True).fill(value)
    for label in ("Senha", "Repita a senha"):
        page.get_by_label(label, exact=True).fill(_PASSWORD)
    page.get_by_role("button", name="Criar e entrar").click()
    page.wait_for_load_state()


def _first_of(page: Page, address: str, listed: str, name: str) -> None:
    """The page behind the first row of a list."""
    page.goto(f"{address}{PAGES[listed]}")
    page.locator("main tbody a").first.click()
    page.wait_for_load_state()
    _take(page, name)


def _take(page: Page, name: str) -> None:
    page.wait_for_load_state("networkidle")
    height = page.evaluate("document.documentElement.scrollHeight")
    size = page.viewport_size or _WIDE
    # As high as the picture, or the menu beside the page would end before it.
    page.set_viewport_size({**size, "height": max(size["height"], min(height, _MOST_HEIGHT))})
    shot = Image.open(BytesIO(page.screenshot()))
    page.set_viewport_size(size)
    # A third of the bytes, and nobody sees it.
    shot.convert("RGB").quantize(_COLOURS).save(FOLDER / f"{name}.png", optimize=True)


if __name__ == "__main__":
    main()
