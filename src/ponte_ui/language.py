"""In which language a page speaks: Brazilian Portuguese by default, English by choice.

Texts stand in the code and templates in Portuguese, as the manual's users read them, and are the
keys of the English catalogue (`locale/en.po` of each package). The language of a request travels in
a context variable, because texts arise at many depths and none of them should carry it along.
"""

from collections.abc import Iterable
from contextvars import ContextVar
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

PORTUGUESE = "pt_BR"
ENGLISH = "en"
# What the page offers, in the words of those who look for it.
LANGUAGES = {PORTUGUESE: "Português", ENGLISH: "English"}

_language: ContextVar[str] = ContextVar("language", default=PORTUGUESE)
_catalogues: dict[str, NullTranslations] = {PORTUGUESE: NullTranslations()}


def load_english(files: Iterable[Path]) -> None:
    """Add English catalogues (`.po`); called once for each program, before it serves."""
    for file in files:
        with file.open("rb") as source:
            catalogue = read_po(source, locale=ENGLISH)
        compiled = BytesIO()
        write_mo(compiled, catalogue)
        compiled.seek(0)
        loaded = GNUTranslations(compiled)
        known = _catalogues.get(ENGLISH)
        if known is not None:
            loaded.add_fallback(known)
        _catalogues[ENGLISH] = loaded


def current_language() -> str:
    """The language of the request being answered: a key of `LANGUAGES`."""
    return _language.get()


def speak(language: str) -> None:
    """Answer the present request in this language; an unknown one is Portuguese."""
    _language.set(language if language in LANGUAGES else PORTUGUESE)


def _(text: str) -> str:
    """The text in the request's language; itself where there is no translation."""
    return _translations().gettext(text)


def ngettext(one: str, many: str, number: int) -> str:
    """The text for a number of things."""
    return _translations().ngettext(one, many, number)


def mark(text: str) -> str:
    """Names a text for the catalogue where it cannot be translated yet: in a constant."""
    return text


def _translations() -> NullTranslations:
    return _catalogues.get(_language.get(), _catalogues[PORTUGUESE])
