"""Puts a program's pages together: Litestar with sessions, CSRF, templates and assets.

One function, so that no program forgets a guard. Every answer to a person is a page of the same
look, also the ones that say what went wrong; what nobody expected is logged and says only that.
"""

import hashlib
import logging
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from litestar import Litestar, Request, get
from litestar.config.csrf import CSRFConfig
from litestar.datastructures import State
from litestar.exceptions import HTTPException, NotAuthorizedException
from litestar.middleware import DefineMiddleware
from litestar.middleware.session.client_side import CookieBackendConfig
from litestar.params import FromPath
from litestar.plugins.jinja import JinjaTemplateEngine
from litestar.response import File, Redirect, Response, Template
from litestar.template.config import TemplateConfig
from litestar.types import ASGIApp

from ponte_ui import formats
from ponte_ui.colours import COLOURS, current_colours
from ponte_ui.forgery import ForgeryGuard
from ponte_ui.guards import cookie_name, guarded
from ponte_ui.language import LANGUAGES, _, current_language, load_english, ngettext
from ponte_ui.look import Look
from ponte_ui.messages import pending_messages
from ponte_ui.page_request import PageRequest

log = logging.getLogger(__name__)

_HERE = Path(__file__).parent
_STATIC = _HERE / "static"
# A form with a product of many variations; files are bounded by the page that takes them.
MAX_FORM_BYTES = 20 * 1024 * 1024
# Twelve hours: a working day.
_SESSION_SECONDS = 12 * 3600

Call = Request[Any, Any, State]
ErrorPage = Callable[[Call, Any], Response[Any]]


def pages(
    look: Look,
    handlers: Sequence[Any],
    *,
    secret: bytes,
    log_in: Callable[[Call], str] | None = None,
    error_pages: Mapping[int | type[Exception], ErrorPage] | None = None,
    secure: bool = False,
    shared: Mapping[str, Any] | None = None,
    max_form_bytes: int = MAX_FORM_BYTES,
) -> ASGIApp:
    """The ASGI application of a program's pages, with the assets under `/assets/`.

    `secret` (32 bytes, kept by the program) seals sessions and forms. `log_in` gives the address
    to which somebody unknown is sent, who opened a page that asks for a log-in
    (`NotAuthorizedException`). `error_pages` answer the program's own errors. `secure` keeps the
    cookies off plain http; `shared` are names that every template knows, the errors' too. A form
    of more than `max_form_bytes` is refused unread, unless its handler takes more.
    """
    load_english([_HERE / "locale" / "en.po", look.catalogue])
    env = environment(look)
    env.globals |= shared or {}
    templates = TemplateConfig(instance=JinjaTemplateEngine.from_environment(env))
    session = CookieBackendConfig(
        secret=secret,
        key=cookie_name(f"{look.theme}_session", secret),
        max_age=_SESSION_SECONDS,
        httponly=True,
        secure=secure,
        samesite="lax",
    )
    forms = CSRFConfig(
        secret=hashlib.sha256(b"forms" + secret).hexdigest(),
        cookie_name=cookie_name(f"{look.theme}_form", secret),
        cookie_httponly=True,
        cookie_secure=secure,
        cookie_samesite="lax",
        header_name="x-csrf-token",
    )

    def unauthorised(call: Call, _error: NotAuthorizedException) -> Response[Any]:
        if log_in is None:
            return error_page(call, 401)
        target = log_in(call)
        if call.headers.get("hx-request"):
            return Response("", status_code=401, headers={"hx-redirect": target})
        return Redirect(target, status_code=303)

    app = Litestar(
        route_handlers=[*handlers, _asset],
        template_config=templates,
        middleware=[DefineMiddleware(ForgeryGuard, config=forms), session.middleware],
        exception_handlers={
            **(error_pages or {}),
            NotAuthorizedException: unauthorised,
            HTTPException: _refused,
            500: _unexpected,
        },
        request_class=PageRequest,
        request_max_body_size=max_form_bytes,
        openapi_config=None,
        logging_config=None,
    )
    return guarded(app)


def environment(look: Look) -> Environment:
    """Jinja with the program's templates and the common ones, the formats and the language."""
    env = Environment(
        loader=FileSystemLoader([look.templates, _HERE / "templates"]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n", "jinja2.ext.do"],
    )
    env.install_gettext_callables(_, ngettext, newstyle=True)  # type: ignore[attr-defined]
    spoken = cast("Callable[..., str]", env.globals["ngettext"])
    env.globals["ngettext"] = _with_separators(spoken)
    env.filters |= {
        "money": formats.money,
        "number": formats.number,
        "percent": formats.percent,
        "when": formats.when,
        "day": formats.day,
        "duration": formats.duration,
    }
    env.globals |= {
        "look": look,
        "asset": asset_address,
        "languages": LANGUAGES,
        "current_language": current_language,
        "nothing": formats.NOTHING,
        "choice_query": choice_query,
        "colours": COLOURS,
        "current_colours": current_colours,
        "pending_messages": pending_messages,
    }
    return env


def _with_separators(spoken: Callable[..., str]) -> Callable[..., str]:
    """A template's `ngettext` whose number reads 1.234 and not 1234."""

    @pass_context
    def counted(context: Context, one: str, many: str, num: int, **variables: Any) -> str:
        variables.setdefault("num", formats.number(num))
        return spoken(context, one, many, num, **variables)

    return counted


def choice_query(call: Call, name: str, value: str) -> str:
    """The present query, asking for another language (`lang`) or other `colours`: a page of a path
    keeps its parameters."""
    others = [each for each in call.query_params.multi_items() if each[0] != name]
    return urlencode([*others, (name, value)])


def error_page(call: Call, status: int, detail: str = "") -> Response[Any]:
    """A page that says what went wrong and where to go on; `detail` is shown for a bad request."""
    title, advice = _words(status)
    return Template(
        "ui/error.html",
        context={"status": status, "title": title, "advice": advice, "detail": detail},
        status_code=status,
    )


def _refused(call: Call, error: HTTPException) -> Response[Any]:
    page = error_page(call, error.status_code, error.detail)
    # Which methods there are, where one was not.
    page.headers.update(error.headers or {})
    return page


def _words(status: int) -> tuple[str, str]:
    match status:
        case 401:
            return _("Entre para continuar"), _("Sua sessão terminou. Entre de novo.")
        case 403:
            return (
                _("O formulário venceu ou não é seu"),
                _("Volte, recarregue a página e envie de novo."),
            )
        case 404:
            return _("Não há nada aqui"), _("O endereço mudou ou nunca existiu.")
        case 405:
            return _("Isto não se abre assim"), _("Volte e use o botão da página.")
        case 413:
            return _("Grande demais"), _("Envie um arquivo ou formulário menor.")
        case _ if status < 500:
            return _("Não entendemos o pedido"), _("Volte e confira o que foi preenchido.")
        case _:
            return (
                _("Algo falhou do nosso lado"),
                _("Nada do que você fez se perdeu por isto. Tente de novo em instantes."),
            )


def _unexpected(call: Call, error: Exception) -> Response[Any]:
    # Not the path: it may hold a secret, such as a link that lets somebody in.
    place = call.scope.get("path_template") or "?"
    log.error("%s %s failed", call.method, place, exc_info=error)
    return error_page(call, 500)


_KINDS = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
    ".txt": "text/plain",
}


def _digests() -> dict[str, str]:
    return {
        str(file.relative_to(_STATIC)): hashlib.sha256(file.read_bytes()).hexdigest()[:12]
        for file in sorted(_STATIC.rglob("*"))
        if file.suffix in _KINDS
    }


# What may be asked for, and what a changed file is told apart by. Read once: nothing else of the
# folder is served, whatever a path says.
_ASSETS = _digests()


def asset_address(file: str) -> str:
    """The address of an asset, e.g. `vendor/htmx.min.js`; KeyError for one that is not there."""
    return f"/assets/{file}?v={_ASSETS[file]}"


@get("/assets/{file:path}", sync_to_thread=False)
def _asset(file: FromPath[str]) -> Response[Any]:
    """A style, a script or the icons; kept by browsers for ever under its digest."""
    name = str(file).lstrip("/")
    if name not in _ASSETS:
        raise HTTPException(status_code=404)
    path = _STATIC / name
    return File(
        path,
        media_type=_KINDS[path.suffix],
        content_disposition_type="inline",
        headers={"cache-control": "public, max-age=31536000, immutable"},
    )
