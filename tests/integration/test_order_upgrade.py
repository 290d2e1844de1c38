"""A ledger with orders of before is brought up to date: what it knew stands, the rest is open."""

import asyncio
from pathlib import Path
from typing import Any

import psycopg
from procrastinate.schema import SchemaManager

from ponte.ledger.database import bring_up_to_date
from ponte.ledger.embedded import EmbeddedDatabase
from ponte.ledger.queries import schema_files

BEFORE = "013_orders"
# Orders of each kind: number in the store, confirmed, ignored, and what the store told of it.
ORDERS: dict[str, tuple[str | None, bool, str | None, str | None]] = {
    "waiting": (None, False, None, None),
    "imported": ("1", False, None, None),
    "confirmed": ("2", True, None, None),
    "ignored": (None, False, "older_than_connection", None),
    "invoiced": ("3", True, None, "invoice"),
    "dispatched": ("4", True, None, "dispatch"),
    "delivered": ("5", True, None, "delivered_at"),
}
FACTS: dict[str, Any] = {"invoice": "{}", "dispatch": "{}", "delivered_at": "2026-01-01T00:00:00Z"}


def write_schema(conn: psycopg.Connection[Any], before: str) -> None:
    """The schema's versions before this one, with a connection in it."""
    conn.execute(SchemaManager.get_schema().encode())
    conn.execute("CREATE TABLE schema_version (name text PRIMARY KEY, applied_at timestamptz)")
    conn.execute("INSERT INTO schema_version VALUES ('queue', now())")
    for path in schema_files():
        if path.stem < before:
            conn.execute(path.read_text("utf-8").encode())
            conn.execute("INSERT INTO schema_version VALUES (%s, now())", [path.stem])
    conn.execute(
        "INSERT INTO connection (hub_url, hub_client_id, hub_client_secret, store_platform,"
        " store_url, store_id, store_name, hint_secret)"
        " VALUES ('h', 'c', '', 'webstore', 's', '1', 'Loja', '')"
    )


def write_before(conn: psycopg.Connection[Any]) -> None:
    """Orders of before, and a pendência."""
    write_schema(conn, BEFORE)
    for name, (number, confirmed, ignored, told) in ORDERS.items():
        conn.execute(
            "INSERT INTO hub_order (connection_id, hub_order_id, store_number, confirmed_at,"
            " ignored) VALUES (1, %s, %s, CASE WHEN %s THEN now() END, %s)",
            [name, number, confirmed, ignored],
        )
        facts = {fact: FACTS[fact] if fact == told else None for fact in FACTS}
        if told is not None:
            conn.execute(
                "INSERT INTO order_report (connection_id, hub_order_id, store_number, invoice,"
                " dispatch, delivered_at) VALUES (1, %s, %s, %s, %s, %s)",
                [name, number, *facts.values()],
            )
    conn.execute(
        "INSERT INTO problem (connection_id, subject_kind, subject, code, blocking)"
        " VALUES (1, 'order', 'waiting', 'no_items', true)"
    )


# Pendências of before orders knew of them: on what, whether ignored.
STANDING = {
    "held": ("order", False),
    "refused": ("report", False),
    "set aside": ("order", True),
    "a product": ("family", False),
}


def test_orders_of_before_know_their_pendencias(tmp_path: Path) -> None:
    database = EmbeddedDatabase(tmp_path)
    try:
        with psycopg.connect(database.url, autocommit=True) as conn:
            write_schema(conn, "017_lists")
            for name, (kind, is_ignored) in STANDING.items():
                conn.execute(
                    "INSERT INTO hub_order (connection_id, hub_order_id) VALUES (1, %s)", [name]
                )
                conn.execute(
                    "INSERT INTO problem (connection_id, subject_kind, subject, code, blocking,"
                    " ignored_at, ignored_by, ignore_reason)"
                    " SELECT 1, %s, %s, 'no_items', true, now.at, now.who, now.who FROM (SELECT"
                    " CASE WHEN %s THEN now() END AS at, CASE WHEN %s THEN 'Maria' END AS who)"
                    " AS now",
                    [kind, name, is_ignored, is_ignored],
                )
            asyncio.run(bring_up_to_date(database.url))
            held = conn.execute("SELECT hub_order_id FROM hub_order WHERE has_problem")
            assert {name for (name,) in held} == {"held", "refused"}
    finally:
        database.close()


def test_orders_of_before_have_the_state_that_was_known(tmp_path: Path) -> None:
    database = EmbeddedDatabase(tmp_path)
    try:
        with psycopg.connect(database.url, autocommit=True) as conn:
            write_before(conn)
            asyncio.run(bring_up_to_date(database.url))
            states = conn.execute("SELECT hub_order_id, state, first_read_at FROM hub_order")
            assert {name: (state, at) for name, state, at in states} == {
                name: (name, None) for name in ORDERS
            }
            held = conn.execute("SELECT hub_order_id FROM hub_order WHERE has_problem").fetchall()
            assert held == [("waiting",)]
            (problem,) = conn.execute("SELECT is_ignored, reread_at FROM problem").fetchall()
            assert problem == (False, None)
    finally:
        database.close()
