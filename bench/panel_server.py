"""The panel's pages themselves, over HTTP, as an operator's browser asks for them: `ponte serve` on
the filled ledger, one process, and what each answer took it.
"""

import asyncio
import os
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import requests

from ponte.ledger.database import Pool
from ponte.ledger.vault import open_vault

# The first page of every part of the panel, and what a person opens behind it.
PATHS = (
    "/conexoes/1",
    "/conexoes/1/agora",
    "/conexoes/1/graficos",
    "/conexoes/1/catalogo",
    "/conexoes/1/catalogo?q=azul",
    "/conexoes/1/catalogo/p4",
    "/conexoes/1/exportacao",
    "/conexoes/1/pedidos",
    "/conexoes/1/pedidos/000000000000000000000001",
    "/conexoes/1/pendencias",
    "/conexoes/1/pendencias/produto/no_ean",
    "/conexoes/1/auditoria",
    "/conexoes/1/configuracoes",
    "/conexoes/1/registro",
    "/frota",
    "/operacao",
    "/alertas",
    "/usuarios",
    "/registro",
)
_REPEAT = 7
# The watch counts a million SKUs before the pages have figures.
_READY_SECONDS = 120.0
_LINK = re.compile(r"(http://\S+?)(/entrar/primeiro/\S+)")
_TOKEN = re.compile(r'name="_csrf_token" value="([^"]+)"')
_PASSWORD = "uma frase bem comprida"


async def measure_pages(pool: Pool, folder: Path) -> list[tuple[str, float]]:
    """The median seconds of each page."""
    sealed = open_vault("", folder).seal("bench")
    async with pool.connection() as conn:
        await conn.execute(
            "UPDATE connection SET hint_secret = %s, hub_client_secret = %s", [sealed, sealed]
        )
        # Of a ledger that was kept: the first operator's link is printed while there is none.
        await conn.execute("DELETE FROM panel_user")
    return await asyncio.to_thread(_measure, folder)


def _measure(folder: Path) -> list[tuple[str, float]]:
    with _serving(folder) as (address, first):
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
        _wait_for_figures(browser, address)
        return [(f"page {path}", _median(browser, address + path)) for path in PATHS]


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


def _wait_for_figures(browser: requests.Session, address: str) -> None:
    deadline = time.monotonic() + _READY_SECONDS
    while time.monotonic() < deadline:
        health = browser.get(f"{address}/conexoes/1/agora", timeout=60)
        health.raise_for_status()
        if "Medido em" in health.text and "–" not in health.text.rpartition("Medido em")[2]:
            return
        time.sleep(1)
    raise SystemExit("nobody measures the connections")


def _median(browser: requests.Session, url: str) -> float:
    runs = []
    for _ in range(_REPEAT):
        answer = browser.get(url, timeout=60)
        if answer.status_code != requests.codes.ok or "/entrar" in answer.url:
            raise SystemExit(f"{url}: {answer.status_code}")
        runs.append(answer.elapsed.total_seconds())
    return statistics.median(runs)
