"""Ending processes for certain: whole groups, stopped ones too, and the database they left behind.

Used by the demo at its end and by its watchdog when the demo was killed. A process is named by its
id *and* the moment it was created, so that an id that was given away again is never hit.
"""

import os
import signal
import time
from collections.abc import Iterable
from pathlib import Path

import psutil
from msgspec import Struct

# A worker ends the jobs it has begun, whose slices last five seconds, before it goes.
GRACE_SECONDS = 12.0
# What is killed is gone at once; this is for a machine that is busy.
KILLED_WITHIN_SECONDS = 5.0
_LOOK_SECONDS = 0.02


class Member(Struct, frozen=True):
    """One process, leader of a group of its own."""

    pid: int
    created: float


def member(pid: int) -> Member:
    """The living process with this id. Raises `psutil.NoSuchProcess` when it is gone."""
    return Member(pid, psutil.Process(pid).create_time())


def is_alive(one: Member) -> bool:
    """Whether this very process runs; one that only waits to be reaped does not."""
    try:
        process = psutil.Process(one.pid)
        return process.create_time() == one.created and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def end(members: Iterable[Member], grace: float = GRACE_SECONDS) -> None:
    """Ask all to end, then kill what is left with its group. Does not reap."""
    living = [one for one in members if is_alive(one)]
    for one in living:
        _signal(one, signal.SIGTERM)
        # A process that was halted cannot hear the request before it goes on.
        _signal(one, signal.SIGCONT)
    deadline = time.monotonic() + grace
    while any(is_alive(one) for one in living) and time.monotonic() < deadline:
        time.sleep(_LOOK_SECONDS)
    for one in living:
        if is_alive(one):
            kill(one)


def kill(one: Member) -> None:
    """Signal 9 to the process and everything in its group."""
    if is_alive(one):
        try:
            os.killpg(one.pid, signal.SIGKILL)
        except ProcessLookupError:
            return


def stop_database(data: Path) -> None:
    """Stop the embedded PostgreSQL of a data folder, if it still runs.

    Normally its last user does. It is a daemon with a session of its own, so it outlives users
    that were all killed.
    """
    for postmaster in data.glob("*/postmaster.pid"):
        server = _server_of(postmaster)
        if server is None:
            continue
        # "Fast shutdown": ends sessions and leaves a clean folder.
        server.send_signal(signal.SIGINT)
        try:
            server.wait(KILLED_WITHIN_SECONDS)
        except psutil.TimeoutExpired:
            # "Immediate shutdown": without regard for the folder, which nobody needs any more.
            server.send_signal(signal.SIGQUIT)


def _server_of(postmaster: Path) -> psutil.Process | None:
    """The server that wrote the file; None when it is gone or its id belongs to another now."""
    try:
        process = psutil.Process(int(postmaster.read_text(encoding="utf-8").split()[0]))
        mine = str(postmaster.parent) in process.cmdline()
    except (FileNotFoundError, IndexError, ValueError, psutil.NoSuchProcess):
        return None
    return process if mine else None


def _signal(one: Member, number: signal.Signals) -> None:
    if is_alive(one):
        try:
            os.kill(one.pid, number)
        except ProcessLookupError:
            return
