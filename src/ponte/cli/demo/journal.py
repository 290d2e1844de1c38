"""What the demo did to which item, so that a failed check can say what happened last to it."""

import time
from collections import defaultdict, deque
from collections.abc import Iterable

# Kept for each item; a failed check shows the last few.
_KEPT = 5


class Journal:
    """Notes by name: a SKU as the store or the hub spells it, or a hub order's id."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._notes: defaultdict[str, deque[tuple[float, str]]] = defaultdict(
            lambda: deque(maxlen=_KEPT)
        )
        # How often each kind of thing was done.
        self.done: defaultdict[str, int] = defaultdict(int)

    @property
    def seconds(self) -> float:
        """Since the demo began."""
        return time.monotonic() - self._began

    def note(self, kind: str, *names: str, detail: str = "") -> None:
        """Something of this kind was done to what bears these names."""
        self.done[kind] += 1
        for name in names:
            self._notes[name].append((self.seconds, f"{kind} {detail}".strip()))

    def last(self, names: Iterable[str], most: int) -> list[str]:
        """The last `most` things done to an item, oldest first."""
        notes = sorted({note for name in names for note in self._notes.get(name, ())})
        return [f"at {seconds:.1f} s the demo did: {kind}" for seconds, kind in notes[-most:]]
