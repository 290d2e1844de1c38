"""The demo's human voice on standard error: one line a step, a bar where it takes a while."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from ponte.cli.demo.journal import Journal


class Bar:
    """A bar that shows how much of something is done."""

    def __init__(self, progress: Progress, what: str) -> None:
        self._progress = progress
        self._task = progress.add_task(what, total=None)

    def show(self, done: int, total: int) -> None:
        """`done` of `total`; never more than all."""
        self._progress.update(self._task, completed=min(done, total), total=total)


class Narrator:
    """Tells what happens, each line with the seconds since the beginning."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._console = Console(stderr=True, highlight=False, soft_wrap=True)

    def say(self, text: str, style: str = "") -> None:
        """One line, or several."""
        self._console.print(f"{self._journal.seconds:6.1f} s  {text}", style=style, markup=False)

    @contextmanager
    def bar(self, what: str) -> Iterator[Bar]:
        """A bar while something takes long; on a terminal only, it vanishes afterwards."""
        columns = (
            TextColumn("         {task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
        )
        with Progress(
            *columns,
            console=self._console,
            transient=True,
            disable=not self._console.is_terminal,
        ) as progress:
            yield Bar(progress, what)
