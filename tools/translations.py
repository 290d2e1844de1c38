"""Brings the English catalogues up to the texts in code and templates, and says what is missing.

`make translations` after a text was changed: new texts are added without a translation, texts that
are gone leave, and a text that is not translated ends the command with its number.
"""

import sys
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

SRC = Path(__file__).resolve().parent.parent / "src"
# Each catalogue with the folder whose texts it translates.
CATALOGUES = {
    SRC / "ponte_ui" / "locale" / "en.po": SRC / "ponte_ui",
    SRC / "ponte" / "web" / "locale" / "en.po": SRC / "ponte" / "web",
    SRC / "ponte_sandbox" / "hub" / "panel" / "locale" / "en.po": SRC / "ponte_sandbox" / "hub",
    SRC / "ponte_sandbox" / "store" / "panel" / "locale" / "en.po": SRC / "ponte_sandbox" / "store",
}
_METHODS = [("**.py", "python"), ("**/templates/**.html", "jinja2.ext:babel_extract")]
_KEYWORDS = {"_": None, "mark": None, "ngettext": (1, 2)}
# A template that cannot be read has texts that nobody would miss: an error, not silence.
_AS_THE_PAGES = {"silent": "false", "extensions": "jinja2.ext.do"}
_OPTIONS = {
    "**/templates/**.html": {"newstyle_gettext": "true", "trimmed": "false", **_AS_THE_PAGES}
}


def texts_of(folder: Path) -> Catalog:
    """Every text below a folder, without translations."""
    found = Catalog()
    for _, _, message, _, _ in extract_from_dir(
        folder, method_map=_METHODS, options_map=_OPTIONS, keywords=_KEYWORDS
    ):
        found.add(message)
    return found


def read(file: Path) -> Catalog:
    """A catalogue as it is kept."""
    with file.open("rb") as source:
        return read_po(source, locale="en")


def untranslated(catalogue: Catalog) -> list[str]:
    """The texts without an English one."""
    return [
        str(message.id)
        for message in catalogue
        if message.id and not all(message.string if message.pluralizable else (message.string,))
    ]


def main() -> None:
    """Update every catalogue in place."""
    missing = 0
    for file, folder in CATALOGUES.items():
        catalogue = read(file)
        catalogue.update(texts_of(folder), no_fuzzy_matching=True)
        catalogue.obsolete.clear()
        with file.open("wb") as target:
            # Without places and dates: they would change the file at every change of the code.
            write_po(
                target, catalogue, width=100, no_location=True, omit_header=True, sort_output=True
            )
        for text in untranslated(catalogue):
            sys.stderr.write(f"{file.relative_to(SRC)}: {text!r}\n")
            missing += 1
    sys.exit(1 if missing else 0)


if __name__ == "__main__":
    main()
