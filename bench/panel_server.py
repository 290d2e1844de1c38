"""The panel's pages themselves, over HTTP, as an operator's browser asks for them: `ponte serve` on
the filled ledger, one process, and what each answer took it.
"""

import asyncio
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import requests

from bench.panel_fill import HELD, LARGE
from bench.panel_statements import StatementLog
from bench.panel_times import DOWNLOAD, PAGE, Taken, take
from ponte.ledger.database import Pool
from ponte.ledger.vault import open_vault

# The first page of every part of the panel, and what a person opens behind it.
_OF_A_CONNECTION = (
    "",
    "/agora",
    "/graficos",
    "/catalogo",
    "/catalogo?q=azul",
    "/catalogo?q=cam-",
    "/catalogo/p4",
    "/exportacao",
    "/pedidos",
    "/pedidos?pendencia=1",
    "/pedidos?loja=waiting",
    "/pedidos?numero=0",
    "/pedidos/000000000000000000000001",
    "/pendencias",
    "/pendencias?ignoradas=1",
    "/auditoria",
    "/auditoria?campo=price",
    "/configuracoes",
    "/registro",
    "/registro?quem=todos",
)
PATHS = (
    *(f"/conexoes/{LARGE}{path}" for path in _OF_A_CONNECTION),
    f"/conexoes/{LARGE}/pendencias/produto/no_ean?aviso=1",
    f"/conexoes/{LARGE}/pendencias/produto/no_ean?aviso=1&ignoradas=1",
    f"/conexoes/{HELD}",
    f"/conexoes/{HELD}/pedidos",
    f"/conexoes/{HELD}/pedidos?pendencia=1",
    f"/conexoes/{HELD}/pendencias",
    f"/conexoes/{HELD}/pendencias/pedido/unknown_sku",
    "/frota",
    "/frota?ordem=store&sentido=desc",
    "/frota?busca=abc1",
    "/frota?pagina=200",
    "/operacao",
    "/alertas",
    "/usuarios",
    "/usuarios?busca=abc1",
    "/registro",
    "/registro?usuario=5",
    "/minha-conta",
)
DOWNLOADS = tuple(
    f"/conexoes/{LARGE}/auditoria/{name}" for name in ("relatorio.pdf", "diferencas.xlsx")
)
_REPEAT = 20
# The watch counts a million SKUs before the pages have figures.
_READY_SECONDS = 120.0
# Of `take_watch` (health.sql): whoever has it lets nobody else measure the connections.
_WATCH_LOCK = 7_210_222
_LINK = re.compile(r"(http://\S+?)(/entrar/primeiro/\S+)")
_TOKEN = re.compile(r'name="_csrf_token" value="([^"]+)"')
_PASSWORD = "uma frase bem comprida"


async def measure_pages(pool: Pool, folder: Path, log: StatementLog) -> list[Taken]:
    """What every page and every download takes, once the connections' figures are there."""
    sealed = open_vault("", folder).seal("bench")
    async with pool.connection() as conn:
        await conn.execute(
            "UPDATE connection SET hint_secret = %s, hub_client_secret = %s", [sealed, sealed]
        )
        # The first operator's link is printed while there is none.
        await conn.execute("DELETE FROM panel_user WHERE role IN ('operator', 'support')")
    with _serving(folder) as (address, first):
        browser = await asyncio.to_thread(_log_in, address, first)
        await _wait_for_figures(pool)
        async with pool.connection() as conn:
            # The watch's turn: what it measures meanwhile is no page's statement.
            await conn.execute("SELECT pg_advisory_xact_lock(%s)", [_WATCH_LOCK])
            return [
                await asyncio.to_thread(_measure, browser, address, path, log)
                for path in (*PATHS, *DOWNLOADS)
            ]


def _log_in(address: str, first: str) -> requests.Session:
    browser = requests.Session()
    token = _TOKEN.search(browser.get(address + first, timeout=30).text)
    if token is None:
        raise SystemExit("the first operator's page has no form")
    person = {"name": "Bench", "email": "bench@ponte.example", "password": _PASSWORD}
    browser.post(
        address + first,
        data={**person, "repeated": _PASSWORD, "_csrf_token": token[1]},
        timeout=30,
    )
    return browser


def _measure(browser: requests.Session, address: str, path: str, log: StatementLog) -> Taken:
    kind, repeat = (DOWNLOAD, 1) if path in DOWNLOADS else (PAGE, _REPEAT)
    _seconds(browser, address + path)
    log.forget()
    runs = [_seconds(browser, address + path) for _ in range(repeat)]
    return take(f"{kind.name} {path}", kind, runs, log.slowest())


def _seconds(browser: requests.Session, url: str) -> float:
    answer = browser.get(url, timeout=60)
    if answer.status_code != requests.codes.ok or "/entrar" in answer.url:
        raise SystemExit(f"{url}: {answer.status_code}")
    return answer.elapsed.total_seconds()


@contextmanager
def _serving(folder: Path) -> Iterator[tuple[str, str]]:
    log = folder / "serve.log"
    with log.open("wb") as said:
        serve = subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, "-m", "ponte", "serve", "--port", "0", "--data", str(folder)],
            stdout=said,
            stderr=said,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )
    try:
        deadline = time.monotonic() + _READY_SECONDS
        while time.monotonic() < deadline:
            found = _LINK.search(log.read_text(errors="replace"))
            if found is not None:
                yield found[1], found[2]
                return
            time.sleep(0.1)
        raise SystemExit(f"ponte serve does not get ready; see {log}")
    finally:
        serve.terminate()
        serve.wait()


async def _wait_for_figures(pool: Pool) -> None:
    """Until the watch has looked at every connection."""
    deadline = time.monotonic() + _READY_SECONDS
    while time.monotonic() < deadline:
        async with pool.connection() as conn:
            cursor = await conn.execute(
                "SELECT count(*) FROM connection LEFT JOIN connection_health AS health"
                " USING (connection_id) WHERE health.connection_id IS NULL"
            )
            ((missing,),) = await cursor.fetchall()
        if not missing:
            return
        await asyncio.sleep(1)
    raise SystemExit("nobody measures the connections")
