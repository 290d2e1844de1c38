"""Ends what a killed demo left behind: `python -m ponte.cli.demo.watchdog DATA`.

Every process of the demo has a session of its own, so that Ctrl-C reaches only the demo, which
then ends them in order. Killed by signal 9 it cannot. So this process waits at a pipe that only the
demo holds: when it closes, for whatever reason, everything named on it is ended, and the database.
Chosen over PR_SET_PDEATHSIG, which needs code between fork and exec (unsafe with threads), follows
the thread that forked instead of the process, and does not reach the database's daemon.
"""

import sys
from pathlib import Path

from ponte.cli.demo.family_tree import Member, end, stop_database

# The demo is gone, and nobody waits for what these processes still have to say.
_GRACE_SECONDS = 3.0


def main() -> None:
    """Read `PID CREATED` lines until the pipe closes, then end those that live."""
    members = []
    for line in sys.stdin:
        pid, created = line.split()
        members.append(Member(int(pid), float(created)))
    end(members, _GRACE_SECONDS)
    stop_database(Path(sys.argv[1]))


if __name__ == "__main__":
    main()
