"""Brings the file of an older store up to the present schema: what `CREATE … IF NOT EXISTS` cannot.

Applied at every start, before the first call; each step looks first whether it is needed.
"""

from ponte_sandbox.common.storage import Storage
from ponte_sandbox.store.log_ins import LogIns
from ponte_sandbox.store.products import Products


def add_columns(storage: Storage) -> None:
    """Columns that tables got later."""
    known = {name for _, name, *_ in storage.read("PRAGMA table_info(grants)")}
    for column in ("created_at", "last_used_at"):
        if column not in known:
            storage.write(f"ALTER TABLE grants ADD COLUMN {column} TEXT")


def add_rows(log_ins: LogIns, products: Products) -> None:
    """Rows that are kept beside others since later: the merchants', and the list's."""
    log_ins.ensure()
    products.shelf.fill()
