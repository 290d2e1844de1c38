"""Links that an operator handed over: the invitation, and the choice of a new password.

The address is the secret, so these pages tell nobody where they are (`web/secret_paths.py`), and
say the same of a link that was used, ended or never was. Whoever follows one is a stranger until
the password is chosen; with a second factor, until its code is given.
"""

from collections.abc import Sequence
from typing import Any

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Response, Template
from msgspec import Struct

from ponte.services.links import LINK_PATHS, Bidden, follow_link, read_link
from ponte.services.log_in import Purpose
from ponte.web.panel.here import SESSION
from ponte.web.panel.session import (
    PANEL,
    SECOND_FACTOR,
    end_former,
    go,
    problems_of_password,
    visitor,
)
from ponte.web.parts import Parts
from ponte_ui.application import Call
from ponte_ui.forms import read_form
from ponte_ui.language import _, mark
from ponte_ui.messages import tell


class _Kind(Struct, frozen=True):
    """One of the two pages."""

    purpose: Purpose
    address: str
    heading: str
    words: str
    button: str
    done: str


_KINDS = (
    _Kind(
        Purpose.INVITATION,
        LINK_PATHS[Purpose.INVITATION],
        mark("Boas-vindas ao Ponte"),
        mark("Escolha sua senha. O e-mail abaixo e esta senha são a sua entrada."),
        mark("Escolher a senha e entrar"),
        mark("Bem-vindo ao Ponte."),
    ),
    _Kind(
        Purpose.PASSWORD,
        LINK_PATHS[Purpose.PASSWORD],
        mark("Nova senha"),
        mark("Escolha uma senha nova. Onde você ainda estava dentro, a sessão termina."),
        mark("Trocar a senha e entrar"),
        mark("Senha trocada."),
    ),
)


def link_routes(parts: Parts) -> Sequence[Any]:
    """`/entrar/convite/{token}` and `/entrar/senha/{token}`."""
    return [route for kind in _KINDS for route in _routes(parts, kind)]


def _routes(parts: Parts, kind: _Kind) -> Sequence[Any]:
    @get(f"{kind.address}/{{token:str}}", name=f"show {kind.purpose}")
    async def show(token: FromPath[str]) -> Response[Any]:
        bidden = await read_link(parts.pool, kind.purpose, token)
        return _spent() if bidden is None else _page(kind, token, bidden, {})

    @post(f"{kind.address}/{{token:str}}", name=f"follow {kind.purpose}")
    async def follow(request: Call, token: FromPath[str]) -> Response[Any]:
        bidden = await read_link(parts.pool, kind.purpose, token)
        if bidden is None:
            return _spent()
        form = await read_form(request)
        problems = problems_of_password(form)
        if problems:
            return _page(kind, token, bidden, problems, 400)
        followed = await follow_link(
            parts.pool, kind.purpose, token, form.secret("password"), visitor(request)
        )
        if followed is None:
            return _spent()
        key, needs_code = followed
        await end_former(parts, request)
        request.session[SESSION] = key
        tell(request, _(kind.done))
        return go(SECOND_FACTOR if needs_code else PANEL)

    return [show, follow]


def _spent() -> Template:
    return Template("panel/link_spent.html", status_code=410)


def _page(
    kind: _Kind, token: str, bidden: Bidden, problems: dict[str, str], status: int = 200
) -> Template:
    context = {
        "kind": kind,
        "action": f"{kind.address}/{token}",
        "bidden": bidden,
        "problems": problems,
    }
    return Template("panel/follow_link.html", context=context, status_code=status)
