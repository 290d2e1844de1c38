"""`ponte.cli.crew`: helpers live, die and come back, and their share is always done by somebody."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from ponte.cli import crew
from ponte.cli.crew import Crew

WITHIN_SECONDS = 20.0
# Says that it works, and ends when its standard input does.
WORKS = "import sys; print('ready', flush=True); sys.stdin.read()"
ENDS_AT_ONCE = "raise SystemExit(3)"


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crew, "READY_WITHIN_SECONDS", 0.3)
    monkeypatch.setattr(crew, "_FIRST_PAUSE_SECONDS", 0.1)
    monkeypatch.setattr(crew, "_LONGEST_PAUSE_SECONDS", 0.2)


class Shares:
    """Whose share is done by the process itself, now and how often so far."""

    def __init__(self) -> None:
        self.now: set[int] = set()
        self.times = 0

    async def stand_in(self, number: int) -> None:
        self.times += 1
        self.now.add(number)
        try:
            await asyncio.Event().wait()
        finally:
            self.now.discard(number)


async def until(condition: Callable[[], bool]) -> None:
    """Wait for it; fails after a while."""
    async with asyncio.timeout(WITHIN_SECONDS):
        while not condition():  # noqa: ASYNC110 - what it looks at knows no event
            await asyncio.sleep(0.02)


def tell(story: Callable[[Shares, Crew], Awaitable[None]], folder: Path) -> None:
    """A story of one helper whose program lies in the folder, from its beginning to its end."""

    async def told() -> None:
        shares = Shares()
        team = Crew(lambda _: [sys.executable, str(folder / "helper.py")], shares.stand_in)
        work = asyncio.create_task(team.work(1))
        await asyncio.sleep(0)
        try:
            await story(shares, team)
        finally:
            work.cancel()
            await asyncio.wait([work])
        assert work.cancelled()
        assert shares.now == set()

    asyncio.run(told())


def write(folder: Path, program: str) -> None:
    """What the helper does when it is started next."""
    (folder / "helper.py").write_text(program, encoding="utf-8")


def test_a_helper_that_cannot_start_is_stood_in_for_until_it_can(tmp_path: Path) -> None:
    write(tmp_path, ENDS_AT_ONCE)

    async def story(shares: Shares, _: Crew) -> None:
        await until(lambda: shares.now == {1})
        await asyncio.sleep(0.5)
        assert shares.now == {1}
        assert shares.times == 1
        write(tmp_path, WORKS)
        await until(lambda: shares.now == set())

    tell(story, tmp_path)


def test_a_helper_that_dies_is_started_again(tmp_path: Path) -> None:
    lives = tmp_path / "lives"
    write(tmp_path, f"open({str(lives)!r}, 'a').write('x'); print('ready', flush=True)")

    async def story(shares: Shares, _: Crew) -> None:
        await until(lambda: lives.exists() and len(lives.read_text()) >= 3)

    tell(story, tmp_path)


def test_a_helper_that_works_needs_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crew, "READY_WITHIN_SECONDS", WITHIN_SECONDS)
    write(tmp_path, WORKS)

    async def story(shares: Shares, team: Crew) -> None:
        await team.all_ready()
        assert shares.times == 0

    tell(story, tmp_path)
