"""`make bench-panel`: what the panel's questions cost with a million SKUs and 100,000 orders.

The ledger of one connection is filled by set-based statements, since reading a million SKUs from a
store would take minutes and show nothing more. A second, small connection stands beside it: a
question must not read one merchant's rows to answer another's. Further pages add their
measurements by a function with `@measures("name")`, which takes the open `Panel`.
"""

import argparse
import asyncio
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from msgspec import Struct
from psycopg import AsyncConnection
from rich.console import Console
from rich.table import Table

from bench.panel_server import measure_pages
from ponte.domain.standing import View
from ponte.ledger import family_proof, status
from ponte.ledger.database import Pool, open_pool
from ponte.ledger.embedded import EmbeddedDatabase
from ponte.services.actors import Actor, Role, Via
from ponte.services.catalogue import (
    Cursor,
    Order,
    Wanted,
    count_views,
    encode,
    list_products,
    order_of,
)

# No page holds a query longer, at a million SKUs.
GOAL_SECONDS = 0.2
# No page takes longer altogether.
PAGE_GOAL_SECONDS = 0.3
FAMILIES = 400_000
ORDERS = 100_000
REPEAT = 5
console = Console(stderr=True)

# Families 0 to n: three of four simple, the fourth with six variations, which makes 2.5 SKUs each.
# A tenth differs, a hundredth is refused; all names have "camiseta", few have "raridade".
_FILL = (
    """INSERT INTO connection (hub_url, hub_account, hub_client_id, hub_client_secret,
        store_platform, store_url, store_id, store_name, hint_secret, released_at)
    SELECT 'http://hub', 5910 + n, 'a', '', 'webstore', 'http://store', n::text, 'Loja ' || n, '',
        now() FROM generate_series(1, 2) AS n""",
    """INSERT INTO family (connection_id, family_key, sku, store_sku, sequence, retired,
        desired_stock, acked_stock, desired_price, acked_price, desired_content, acked_content,
        stock_since, price_since, content_since, content_blocked, sku_taken, acked_at, calls)
    SELECT connection_id, 'p' || n, sku, sku, n, n %% 97 = 0, stock,
        CASE WHEN n %% 11 = 0 THEN '{}' WHEN n > %(new)s THEN NULL ELSE stock END,
        '{"' || sku || '":["99.90",null]}',
        CASE WHEN n > %(new)s THEN NULL ELSE '{"' || sku || '":["99.90",null]}' END, hash,
        CASE WHEN n > %(new)s THEN NULL WHEN n %% 103 = 0 THEN '\\x00' ELSE hash END,
        CASE WHEN n %% 11 = 0 OR n > %(new)s THEN now() - n * interval '1 second' END,
        CASE WHEN n > %(new)s THEN now() - n * interval '1 second' END,
        CASE WHEN n %% 103 = 0 OR n > %(new)s THEN now() - n * interval '1 second' END,
        n %% 103 = 0, n %% 1009 = 0,
        CASE WHEN n <= %(new)s THEN now() - n * interval '1 millisecond' END,
        CASE WHEN n <= %(new)s THEN '[1732630000123,"content",200,12]' END
    FROM (SELECT connection_id, n, md5(n::text)::bytea AS hash,
            'CAM-' || lpad(n::text, 7, '0') AS sku,
            CASE WHEN n %% 4 = 0 THEN (SELECT '{' || string_agg('"CAM-' || lpad(n::text, 7, '0')
                || '-' || v || '":' || v, ',') || '}' FROM generate_series(1, 6) AS v)
                ELSE '{"CAM-' || lpad(n::text, 7, '0') || '":' || n %% 50 || '}' END AS stock
        FROM (SELECT 1 AS connection_id, n FROM generate_series(1, %(families)s) AS n
            UNION ALL SELECT 2, n FROM generate_series(1, 1000) AS n) AS every) AS made""",
    """INSERT INTO sku_owner (connection_id, sku, store_sku, family_key)
    SELECT connection_id, each, each, family_key
    FROM family, json_object_keys(desired_stock::json) AS each ON CONFLICT DO NOTHING""",
    """INSERT INTO family_search (connection_id, family_key, title, words)
    SELECT connection_id, family_key, title, array_to_tsvector(ARRAY(
        SELECT DISTINCT connection_id || '~' || word
        FROM string_to_table(lower(title), ' ') AS word WHERE word <> ''))
    FROM (SELECT connection_id, family_key, 'Camiseta ' || CASE WHEN sequence %% 3 = 0 THEN 'azul '
            ELSE 'verde ' END || CASE WHEN sequence %% 10000 = 0 THEN 'raridade ' ELSE '' END
            || 'modelo' || sequence %% 5000 || ' marca' || sequence %% 300 AS title
        FROM family) AS named""",
    """INSERT INTO problem (connection_id, subject_kind, subject, code, detail, blocking)
    SELECT connection_id, 'family', family_key, CASE WHEN content_blocked THEN
        'hub_refused_product' ELSE 'no_ean' END, '', content_blocked
    FROM family WHERE content_blocked OR sequence %% 5 = 0""",
    """INSERT INTO hub_order (connection_id, hub_order_id, seen_at, hub_status, hub_modified,
        hub_number, marketplace_id, channel, total, store_number, imported_at, confirmed_at)
    SELECT 1, lpad(to_hex(n), 24, '0'), now() - n * interval '1 minute', 'approved',
        now() - n * interval '1 minute', n::text, 'MLB-' || n, 'Mercado Livre', 100 + n %% 900,
        CASE WHEN n %% 200 > 0 THEN n::text END,
        CASE WHEN n %% 200 > 0 THEN now() - n * interval '1 minute' END,
        CASE WHEN n %% 200 > 0 THEN now() - n * interval '1 minute' END
    FROM generate_series(1, %(orders)s) AS n""",
)


Question = Callable[[AsyncConnection[Any]], Awaitable[Any]]


class Panel(Struct):
    """The filled ledger, and how to time a question."""

    pool: Pool
    connection_id: int
    families: int
    folder: Path
    # What was asked, the seconds it took, and the goal.
    took: list[tuple[str, float, float]]

    async def time(self, name: str, ask: Question) -> None:
        """Ask a few times on a connection of the pool; the median counts."""
        runs = []
        for _ in range(REPEAT):
            async with self.pool.connection() as conn, conn.transaction():
                began = time.perf_counter()
                await ask(conn)
                runs.append(time.perf_counter() - began)
        self.took.append((name, statistics.median(runs), GOAL_SECONDS))


Measurement = Callable[[Panel], Awaitable[None]]
_MEASUREMENTS: dict[str, Measurement] = {}


def measures(name: str) -> Callable[[Measurement], Measurement]:
    """Adds a group of measurements; `--only name` runs it alone."""

    def add(measurement: Measurement) -> Measurement:
        _MEASUREMENTS[name] = measurement
        return measurement

    return add


OPERATOR = Actor(Role.OPERATOR, "bench", Via.COMMAND)


@measures("catalogue")
async def measure_catalogue(panel: Panel) -> None:
    """Every list of the catalogue, each with searches: a word of every name, of a third, of few,
    of none, two words, a beginning, a SKU, the common beginning of all SKUs."""
    number = panel.connection_id
    texts = ["", "camiseta", "azul", "raridade", "nenhum", "camiseta azul modelo17", "raridade a"]
    texts += ["camis", "CAM-0123456", "cam-", "cam-012345"]

    def listing(wanted: Wanted) -> Question:
        return lambda conn: list_products(conn, OPERATOR, number, wanted)

    for view in View:
        for order in Order:
            if order_of(Wanted(view, order=order)) is not order:
                continue
            for text in texts if order is Order.SKU else ("",):
                name = f"catalogue {view} by {order} {text!r}"
                await panel.time(name, listing(Wanted(view, text, order)))
    for name, place in (("middle", panel.families // 2), ("end", panel.families - 3)):
        sku = f"CAM-{place:07d}"
        cursor = encode(Cursor(sku, f"p{place}", datetime.now(UTC) - timedelta(seconds=place)))
        for view in (View.ALL, View.EQUAL, View.TO_SEND, View.REFUSED):
            for text in ("", "azul"):
                what = f"catalogue {view} {text!r}"
                await panel.time(
                    f"{what} from the {name}", listing(Wanted(view, text, after=cursor))
                )
                back = Wanted(view, text, before=cursor)
                await panel.time(f"{what} back from the {name}", listing(back))
    await panel.time("catalogue counts", lambda conn: count_views(conn, OPERATOR, number))


@measures("export")
async def measure_export(panel: Panel) -> None:
    """How far the export is, its speed, and one product's proof."""
    number = panel.connection_id
    await panel.time("export progress", lambda conn: status.export_progress(conn, number))
    await panel.time("export speed", lambda conn: status.acknowledged_lately(conn, number))
    await panel.time("proof of a product", lambda conn: family_proof.read(conn, number, "p4"))


@measures("pages")
async def measure_whole_pages(panel: Panel) -> None:
    """What `ponte serve` takes for each page, rendered and all."""
    for name, seconds in await measure_pages(panel.pool, panel.folder):
        panel.took.append((name, seconds, PAGE_GOAL_SECONDS))


async def fill(pool: Pool, families: int, orders: int) -> None:
    """A million SKUs, a hundred thousand orders."""
    numbers = {"families": families, "orders": orders, "new": families - families // 20}
    async with pool.connection() as conn:
        for statement in _FILL:
            await conn.execute(statement.encode(), numbers)
    async with pool.connection() as conn:
        await conn.set_autocommit(True)
        await conn.execute("VACUUM ANALYZE")
        await conn.set_autocommit(False)


async def is_filled(pool: Pool) -> bool:
    """Whether the folder is one of an earlier run."""
    async with pool.connection() as conn:
        cursor = await conn.execute("SELECT count(*) FROM connection")
        found = await cursor.fetchone()
        return found is not None and found[0] > 0


async def run(folder: Path, families: int, orders: int, only: str | None) -> list[Any]:
    """Fill, ask everything, and answer what it took."""
    database = EmbeddedDatabase(folder)
    try:
        async with open_pool(database.url, 4) as pool:
            began = time.perf_counter()
            if await is_filled(pool):
                console.print("filled before")
            else:
                console.print(
                    f"filling a ledger with {families:,} families and {orders:,} orders …"
                )
                await fill(pool, families, orders)
            console.print(f"filled in {time.perf_counter() - began:.0f} s")
            panel = Panel(pool, 1, families, folder, [])
            for name, measurement in _MEASUREMENTS.items():
                if only is None or only == name:
                    console.print(f"{name} …")
                    await measurement(panel)
            return panel.took
    finally:
        database.close()


def main() -> None:
    """Fill, ask, and print a table."""
    parser = argparse.ArgumentParser(prog="python -m bench.panel_pages", description=__doc__)
    parser.add_argument("--families", type=int, default=FAMILIES, help="2.25 SKUs each")
    parser.add_argument("--orders", type=int, default=ORDERS)
    parser.add_argument("--only", choices=[*_MEASUREMENTS], help="one group of measurements")
    parser.add_argument("--data", type=Path, help="keep the ledger here, for the next run")
    wish = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="ponte-bench-") as folder:
        Path(folder).chmod(0o755)
        took = asyncio.run(run(wish.data or Path(folder), wish.families, wish.orders, wish.only))
    table = Table(title=f"the panel's questions, {wish.families:,} families")
    for heading in ("what", "measured", "goal"):
        table.add_column(heading)
    for name, seconds, goal in took:
        late = "" if seconds < goal else "  TOO SLOW"
        table.add_row(name, f"{seconds * 1000:.1f} ms{late}", f"< {goal * 1000:.0f} ms")
    Console(width=100).print(table)


if __name__ == "__main__":
    main()
