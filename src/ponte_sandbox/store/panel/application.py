"""The panel as an ASGI application: the pages of each subject, behind one log-in."""

from litestar import get
from litestar.response import Redirect
from litestar.types import ASGIApp

from ponte_sandbox.common.storage import Storage
from ponte_sandbox.store.panel.look import HOME, LOOK
from ponte_ui.application import pages

_SECRET_BYTES = 32


def panel(storage: Storage) -> ASGIApp:
    """Everything under `/painel/`, the assets, and the way there from `/`."""

    @get("/")
    async def begin() -> Redirect:
        return Redirect(HOME, status_code=303)

    return pages(LOOK, [begin], secret=storage.secret("panel", _SECRET_BYTES))


def is_page(path: str) -> bool:
    """Whether a path is the panel's, not the API's."""
    return path == "/" or path.startswith(("/painel", "/assets/"))
