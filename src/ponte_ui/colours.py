"""Light or dark: as the person's machine is set, or by choice, remembered in a cookie.

The choice is written into the page by the server, so that nothing flashes; where the machine
decides, a small script (`static/ui/colours.js`) asks it before anything is drawn.
"""

from contextvars import ContextVar

from ponte_ui.language import mark

AUTOMATIC = "auto"
# What the page offers.
COLOURS = {AUTOMATIC: mark("Automático"), "light": mark("Claro"), "dark": mark("Escuro")}

_colours: ContextVar[str] = ContextVar("colours", default=AUTOMATIC)


def current_colours() -> str:
    """The choice of the person whose request is answered: a key of `COLOURS`."""
    return _colours.get()


def paint(colours: str) -> None:
    """Answer the present request in these colours; unknown ones leave it to the machine."""
    _colours.set(colours if colours in COLOURS else AUTOMATIC)
