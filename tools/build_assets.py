"""Copies what the pages show themselves with from `assets/node_modules` into the package.

The packages come from npm by the lock file; only the files that a browser asks for are taken, so
that the wheel carries everything and no page ever loads anything from elsewhere. The icons become
one sprite of just those named in `assets/icons.txt`: the whole collection is 30 MB.
"""

import json
import re
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MODULES = ROOT / "assets" / "node_modules"
VENDOR = ROOT / "src" / "ponte_ui" / "static" / "vendor"

FILES = (
    "@tabler/core/dist/css/tabler.min.css",
    "@tabler/core/dist/js/tabler.min.js",
    "htmx.org/dist/htmx.min.js",
    "echarts/dist/echarts.min.js",
    "swagger-ui-dist/swagger-ui.css",
    "swagger-ui-dist/swagger-ui-bundle.js",
)
# What the licences ask for: they are named wherever the files go.
PACKAGES = ("@tabler/core", "@tabler/icons", "htmx.org", "echarts", "swagger-ui-dist")
_SOURCE_MAP = re.compile(rb"(/\*# sourceMappingURL=[^*]*\*/|//# sourceMappingURL=\S*)\s*$")
_OUTER = re.compile(r"<svg[^>]*>(.*)</svg>", re.DOTALL)


def main() -> None:
    """Build the folder anew; a file that is missing ends it with its name."""
    building = VENDOR.with_name("vendor.new")
    shutil.rmtree(building, ignore_errors=True)
    building.mkdir(parents=True)
    for file in FILES:
        # Without its map, which is not shipped and would be asked for in vain.
        code = _SOURCE_MAP.sub(b"", (MODULES / file).read_bytes())
        (building / Path(file).name).write_bytes(code)
    (building / "icons.svg").write_text(sprite(), "utf-8")
    (building / "LICENCES.txt").write_text(licences(), "utf-8")
    shutil.rmtree(VENDOR, ignore_errors=True)
    building.rename(VENDOR)


def sprite() -> str:
    """One SVG with a symbol for each icon named; they take the colour of the text around them."""
    symbols = []
    for line in (ROOT / "assets" / "icons.txt").read_text("utf-8").splitlines():
        name = line.strip()
        if not name or name.startswith("#"):
            continue
        source = (MODULES / "@tabler/icons/icons/outline" / f"{name}.svg").read_text("utf-8")
        inner = _OUTER.search(source)
        if inner is None:
            sys.exit(f"The icon {name} is not the SVG it is taken for")
        symbols.append(_symbol(name, inner[1]))
    return f'<svg xmlns="http://www.w3.org/2000/svg">{"".join(symbols)}</svg>'


def _symbol(name: str, drawing: str) -> str:
    """Lines in the colour of the text around, as Tabler draws them."""
    style = 'fill="none" stroke="currentColor" stroke-width="2"'
    ends = 'stroke-linecap="round" stroke-linejoin="round"'
    return f'<symbol id="{name}" viewBox="0 0 24 24" {style} {ends}>{drawing.strip()}</symbol>'


def licences() -> str:
    """Name, version and licence of each package, and the licence's text where it comes with it."""
    parts = []
    for package in PACKAGES:
        about = json.loads((MODULES / package / "package.json").read_text("utf-8"))
        texts = sorted((MODULES / package).glob("LICEN[CS]E*"))
        text = texts[0].read_text("utf-8").strip() if texts else ""
        parts.append(f"{package} {about['version']}: {about['license']}\n\n{text}\n")
    return ("\n" + "=" * 72 + "\n\n").join(parts)


if __name__ == "__main__":
    main()
