"""*Importar CSV*: a file is looked through, its problems shown, and only then taken in.

What was uploaded waits in memory for the merchant's word: a few files, for half an hour, gone at a
restart. Downloads are opened in spreadsheets, so no cell of theirs may become a formula there.
"""

import asyncio
import csv
import io
import secrets
import time
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from litestar import get, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Redirect, Response, Template

from ponte_sandbox.store.chores import Chore
from ponte_sandbox.store.core import Store
from ponte_sandbox.store.importing import MOST_PROBLEMS, Import, Outcome
from ponte_sandbox.store.panel.chores import begin_chore
from ponte_sandbox.store.panel.listing import PRODUCTS
from ponte_sandbox.store.sheet import COLUMNS, EXAMPLE, BadFile, decode
from ponte_sandbox.store.shops import Shop
from ponte_ui.application import Call
from ponte_ui.language import _
from ponte_ui.messages import tell

IMPORT = f"{PRODUCTS}/importar"
MOST_BYTES = 20 * 1024 * 1024
# The file, and a form around it.
_MOST_BODY = MOST_BYTES + 1024 * 1024
# Problems on the page; all of them are in the download.
_SHOWN = 50
# Files of all shops that wait for a word, and how long.
_MOST_WAITING, _WAITING_SECONDS = 5, 1800
# What makes a spreadsheet take a cell for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class _Upload(NamedTuple):
    """A file that was looked through."""

    shop: int
    name: str
    text: str
    outcome: Outcome
    at: float


def import_routes(store: Store) -> Sequence[Any]:
    """The upload, its preview, and the import."""
    waiting: dict[str, _Upload] = {}

    @get(IMPORT)
    async def show(shop: NamedDependency[Shop]) -> Template:
        return _page("")

    @post(IMPORT, request_max_body_size=_MOST_BODY)
    async def upload(request: Call, shop: NamedDependency[Shop]) -> Response[Any]:
        file = (await request.form()).get("file")
        if not isinstance(file, UploadFile) or not file.filename:
            return _page(_("Escolha um arquivo CSV."))
        raw = await file.read()
        if len(raw) > MOST_BYTES:
            return _page(_("O arquivo tem mais de 20 MB. Divida-o em partes."))
        outcome = Outcome()
        try:
            text = decode(raw)
            for _step in Import(store.products, shop.shop, text).run(outcome, write=False):
                # Others have their turn while a long file is looked through.
                await store.storage.committed()
                await asyncio.sleep(0)
        except BadFile as fault:
            return _page(str(fault))
        token = secrets.token_urlsafe(12)
        _make_room(waiting, shop.shop)
        waiting[token] = _Upload(shop.shop, file.filename[:200], text, outcome, time.monotonic())
        return Redirect(f"{IMPORT}/{token}", status_code=303)

    @get(IMPORT + "/{token:str}")
    async def preview(shop: NamedDependency[Shop], token: FromPath[str]) -> Template:
        found = _mine(shop, token)
        outcome = found.outcome
        context = {
            "token": token,
            "file": found.name,
            "outcome": outcome,
            "problems": outcome.problems[:_SHOWN],
            "more": len(outcome.problems) - _SHOWN,
            "is_cut": len(outcome.problems) >= MOST_PROBLEMS,
        }
        return Template("store/import_preview.html", context=context)

    @get(IMPORT + "/{token:str}/problemas.csv")
    async def problems(shop: NamedDependency[Shop], token: FromPath[str]) -> Response[bytes]:
        head = (_("linha"), _("coluna"), _("valor"), _("problema"))
        found = _mine(shop, token).outcome.problems
        rows = [(str(each.line), each.column, each.value, each.reason) for each in found]
        return _download("problemas.csv", [head, *rows])

    @get(IMPORT + "/modelo.csv")
    async def template(shop: NamedDependency[Shop]) -> Response[bytes]:
        return _download("modelo.csv", [COLUMNS, *EXAMPLE])

    @post(IMPORT + "/{token:str}")
    async def apply(
        request: Call, shop: NamedDependency[Shop], token: FromPath[str]
    ) -> Response[Any]:
        found = _mine(shop, token)

        def work(chore: Chore) -> Iterator[None]:
            outcome = Outcome()
            for _step in Import(store.products, shop.shop, found.text).run(outcome, write=True):
                chore.done = outcome.lines
                chore.changed = outcome.new + outcome.changed
                chore.refused = outcome.refused
                yield

        chore = Chore(shop.shop, _("Importação de produtos"), found.outcome.lines, PRODUCTS)
        answer = begin_chore(store, request, chore, work)
        if store.chores.running(shop.shop) is chore:
            waiting.pop(token, None)
        return answer

    @post(IMPORT + "/{token:str}/descartar")
    async def discard(request: Call, shop: NamedDependency[Shop], token: FromPath[str]) -> Redirect:
        _mine(shop, token)
        waiting.pop(token, None)
        tell(request, _("Arquivo descartado. Nada foi importado."), "info")
        return Redirect(IMPORT, status_code=303)

    def _mine(shop: Shop, token: str) -> _Upload:
        found = waiting.get(token)
        if found is None or found.shop != shop.shop:
            raise NotFoundException
        return found

    return [show, upload, preview, problems, template, apply, discard]


def _make_room(waiting: dict[str, _Upload], shop: int) -> None:
    """A shop has one file waiting; old ones, and the oldest of too many, are dropped."""
    now = time.monotonic()
    for token, upload in list(waiting.items()):
        is_full = len(waiting) >= _MOST_WAITING
        if upload.shop == shop or now - upload.at > _WAITING_SECONDS or is_full:
            del waiting[token]


def _download(name: str, rows: Iterable[Sequence[str]]) -> Response[bytes]:
    """A CSV as Brazilian spreadsheets open it: `;`, and a mark that says UTF-8."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";")
    writer.writerows([[_harmless(cell) for cell in row] for row in rows])
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return Response(
        text.getvalue().encode("utf-8-sig", errors="replace"),
        media_type="text/csv; charset=utf-8",
        headers=headers,
    )


def _harmless(cell: str) -> str:
    """A text that a spreadsheet shows as it is."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def _page(problem: str) -> Template:
    context = {"problem": problem, "columns": COLUMNS}
    status = 400 if problem else 200
    return Template("store/import.html", context=context, status_code=status)
