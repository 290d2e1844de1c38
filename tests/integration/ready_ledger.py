"""A data folder whose ledger is there already: a copy of one that Ponte made.

A database and its schema from nothing take a second of a core and more of waiting, which most tests
owe to no promise. So one is made for each worker of the suite, by a first `ponte status`, and its
folder is copied. Nothing of a copy has to survive the machine, so nothing is forced onto the disk.
Where the first start is the point, it is one: in `test_cli_trouble.py`, and in the demo.
"""

import atexit
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path

import nursery

from ponte.ledger.embedded import DATABASE_FOLDER

_MADE_WITHIN_SECONDS = 120.0
_SPARED = "fsync = off\nfull_page_writes = off\n"


def lay_ledger(data: Path) -> None:
    """Put an empty ledger into a data folder that has none."""
    data.mkdir(parents=True, exist_ok=True)
    # Not by Python: as root the files belong to the server's user, and have to stay so.
    copy = ["/bin/cp", "-a", str(_original()), str(data / DATABASE_FOLDER)]
    subprocess.run(copy, check=True)  # noqa: S603 - nothing but a copy


@cache
def _original() -> Path:
    data = Path(tempfile.mkdtemp(prefix="ponte-ledger-"))
    atexit.register(shutil.rmtree, data)
    # A process of its own: some tests have an event loop running.
    environment = nursery.command_environment(data, {})
    made = nursery.run(nursery.PONTE, ["status"], environment, _MADE_WITHIN_SECONDS)
    assert made.returncode == 0, made.stderr
    folder = data / DATABASE_FOLDER
    with (folder / "postgresql.conf").open("a") as settings:
        settings.write(_SPARED)
    return folder
