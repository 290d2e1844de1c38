"""The calls made for a product, as a person wants to see them: when, what for, and what came of it.

The last few are kept in the product's own row, one a line, and written by the statement that writes
what the call achieved: a table of calls would cost an export more than the calls are worth to
anybody later. Read back leniently: a line that another version wrote is left out.
"""

from enum import StrEnum

import msgspec
from msgspec import Struct

# What fits a screen, and what explains a product that somebody asks about.
MOST_CALLS = 10
_LONGEST_WORDS = 200


class CallOutcome(StrEnum):
    """What came of a call."""

    TAKEN = "taken"
    # Answered, and not everything that was sent is in the answer.
    NOT_TAKEN = "not_taken"
    REFUSED = "refused"
    MISSING = "missing"
    THROTTLED = "throttled"
    # No good answer: tried again by itself.
    FAILED = "failed"
    UNAUTHORISED = "unauthorised"


class MadeCall(Struct, frozen=True, array_like=True):
    """One call to the hub. `kind` is a `planner.CallKind`, or "probe" for a look."""

    # Milliseconds since 1970.
    at: int
    kind: str
    outcome: CallOutcome
    milliseconds: int
    # Of the answer; 0 where there was none, or where it was good.
    status: int = 0
    # The hub's, where it said no.
    words: str = ""


_encode = msgspec.json.Encoder().encode
_decoder = msgspec.json.Decoder(MadeCall)


def note(earlier: str | None, call: MadeCall) -> str:
    """The calls with one more in front, and the oldest left out."""
    if len(call.words) > _LONGEST_WORDS:
        call = msgspec.structs.replace(call, words=call.words[:_LONGEST_WORDS])
    line = _encode(call).decode()
    if earlier is None:
        return line
    return "\n".join([line, *earlier.split("\n", MOST_CALLS)[: MOST_CALLS - 1]])


def read(noted: str | None) -> list[MadeCall]:
    """The calls, the newest first."""
    calls = []
    for line in (noted or "").splitlines():
        try:
            calls.append(_decoder.decode(line))
        except msgspec.MsgspecError:
            continue
    return calls
