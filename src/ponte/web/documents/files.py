"""Files to take along, for a browser and for a program alike: what they are called and hold.

Their words are in the language of the request; their days in the installation's time.
"""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from msgspec import Struct
from procrastinate import App

from ponte.domain.problems import ProblemCode
from ponte.domain.store_pages import product_page
from ponte.ledger.database import Pool
from ponte.ledger.repairs import DriftRow, FieldCount
from ponte.services import audits, connections, exports, sheets
from ponte.services.actors import Actor
from ponte.services.audits import Figures, Overview
from ponte.sync.runtime import Runtime
from ponte.web.documents import ROWS_IN_PDF
from ponte.web.documents.audit_sheet import AuditSheet
from ponte.web.panel.catalogue_words import advice
from ponte_ui.formats import zone
from ponte_ui.language import _

PDF = "application/pdf"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV = "text/csv; charset=utf-8"


class NoReport(Exception):
    """There is nothing to report yet: no audit ended, or no dry run."""


class Report(Struct, frozen=True):
    """A file that is made at once."""

    name: str
    content: bytes

    @property
    def headers(self) -> dict[str, str]:
        """What makes a browser keep it under its name, and nobody else at all."""
        return attached(self.name)


def attached(name: str) -> dict[str, str]:
    """Headers of a file of this name."""
    return {"content-disposition": f'attachment; filename="{name}"', "cache-control": "no-store"}


async def audit_report(runtime: Runtime, actor: Actor, connection_id: int) -> Report:
    """The last audit as a PDF. Raises `NoReport`."""
    found, figures = await _last_audit(runtime, actor, connection_id)
    drift = await audits.drift(runtime, actor, connection_id, count=ROWS_IN_PDF)
    made = await asyncio.to_thread(_typeset, found.store_name, figures, found.fields, drift.rows)
    return Report(_audit_name(connection_id, figures, "pdf"), made)


def _typeset(
    store_name: str, figures: Figures, fields: Sequence[FieldCount], rows: Sequence[DriftRow]
) -> bytes:
    # Imported for the first who asks, in the thread that makes it: typesetting is a quarter of all
    # that `ponte serve` would import at its start.
    from ponte.web.documents.audit_document import audit_document

    return audit_document(store_name, figures, fields, rows)


async def audit_differences(runtime: Runtime, actor: Actor, connection_id: int) -> Report:
    """Everything that the last audit found, as an XLSX. Raises `NoReport`."""
    found, figures = await _last_audit(runtime, actor, connection_id)
    with tempfile.TemporaryDirectory(prefix="ponte-audit-") as folder:
        path = Path(folder) / "audit.xlsx"
        kept = sum(each.rows for each in found.fields)
        book = await asyncio.to_thread(AuditSheet, path, found.store_name, figures, kept)
        try:
            pages = audits.whole_drift(runtime, actor, connection_id, figures.audit_id)
            async for rows in pages:
                await asyncio.to_thread(book.add, rows)
        finally:
            await asyncio.to_thread(book.close)
        made = await asyncio.to_thread(path.read_bytes)
    return Report(_audit_name(connection_id, figures, "xlsx"), made)


async def _last_audit(
    runtime: Runtime, actor: Actor, connection_id: int
) -> tuple[Overview, Figures]:
    found = await audits.overview(runtime, actor, connection_id)
    if found is None or found.last is None:
        raise NoReport
    return found, found.last


def _audit_name(connection_id: int, figures: Figures, kind: str) -> str:
    ended = figures.ended_at
    on = "" if ended is None else f"-{ended.astimezone(zone()):%Y-%m-%d}"
    return f"auditoria-{connection_id}{on}.{kind}"


def problems_name(connection_id: int, kind: str) -> str:
    """What the file of a dry run's problems is called."""
    return f"pendencias-{connection_id}-{datetime.now(UTC).astimezone(zone()):%Y-%m-%d}.{kind}"


async def problems_csv(
    pool: Pool, queue: App, actor: Actor, connection_id: int
) -> AsyncIterator[bytes]:
    """The problems of the latest dry run, as they come. Raises `NoReport`."""
    await _must_have_run(pool, queue, actor, connection_id)
    return sheets.as_csv(_heading(), _rows(pool, actor, connection_id))


async def problems_xlsx(
    pool: Pool, queue: App, actor: Actor, connection_id: int
) -> AsyncIterator[bytes]:
    """The same as a sheet. Raises `NoReport`."""
    await _must_have_run(pool, queue, actor, connection_id)
    return sheets.as_xlsx(_("Pendências"), _heading(), _rows(pool, actor, connection_id))


async def _must_have_run(pool: Pool, queue: App, actor: Actor, connection_id: int) -> None:
    run = await exports.read_dry_run(pool, queue, actor, connection_id)
    if run is None or run.found is None:
        raise NoReport


async def _rows(
    pool: Pool, actor: Actor, connection_id: int
) -> AsyncIterator[Sequence[Sequence[str]]]:
    connection = await connections.read_connection(pool, actor, connection_id)
    in_store = None if connection is None else connection.store_product_url
    async for found in exports.problems_found(pool, actor, connection_id):
        yield [
            [
                each.sku,
                each.title,
                each.family_key,
                _("não vai") if each.blocking else _("aviso"),
                advice(ProblemCode(each.code)),
                each.detail,
                product_page(in_store, each.family_key),
            ]
            for each in found
        ]


def _heading() -> list[str]:
    return [
        _("SKU"),
        _("Produto"),
        _("Código na loja"),
        _("Situação"),
        _("O que fazer"),
        _("Detalhe"),
        _("Endereço na loja"),
    ]
