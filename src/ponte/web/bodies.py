"""Reading the body of a hint: bounded, of the right kind, and cheap to refuse.

The two addresses where hub and stores drop hints are open to everybody. So a body is judged before
anything is looked up: its size while it arrives, its type, its depth, its fields. What is refused
costs no database work and stores nothing.
"""

import asyncio
from typing import TypeVar

import msgspec
from litestar import Request
from litestar.exceptions import HTTPException, InternalServerException

# Ten times the largest notification the hub is known to send.
MAX_BODY_BYTES = 64 * 1024
# Deeper than any hint; beyond it somebody wants to see a parser fall over.
MAX_DEPTH = 16
# 64 KiB arrive in far less; a body that trickles would hold a connection for ever.
_ARRIVES_WITHIN_SECONDS = 10.0
_NO_BRACKETS = bytes(byte for byte in range(256) if byte not in b"[]{}")

Hint = TypeVar("Hint")
Call = Request[object, object, object]  # type: ignore[type-var]


async def read_body(request: Call) -> bytes:
    """The body, of at most `MAX_BODY_BYTES`. 413 when larger, 415 when it is not JSON by name, 408
    when it does not arrive, 400 when it breaks off."""
    declared = request.headers.get("content-length", "")
    if declared.isdigit() and int(declared) > MAX_BODY_BYTES:
        raise HTTPException(status_code=413, detail="the body is larger than 64 KiB")
    media_type = request.headers.get("content-type", "").split(";")[0].strip(" ,").lower()
    if media_type != "application/json":
        raise HTTPException(status_code=415, detail="the body must be application/json")
    body = bytearray()
    try:
        async with asyncio.timeout(_ARRIVES_WITHIN_SECONDS):
            async for chunk in request.stream():
                body += chunk
                if len(body) > MAX_BODY_BYTES:
                    raise HTTPException(status_code=413, detail="the body is larger than 64 KiB")
    except InternalServerException as error:
        # Litestar's word for a caller who hung up: nothing of ours failed.
        raise HTTPException(status_code=400, detail="the body broke off") from error
    except TimeoutError as error:
        raise HTTPException(status_code=408, detail="the body does not arrive") from error
    return bytes(body)


def decode(body: bytes, shape: type[Hint]) -> Hint:
    """The typed hint; numbers may be texts. 400 when broken, too deep, or lacking a field."""
    if _is_too_deep(body):
        raise HTTPException(status_code=400, detail="the JSON is nested too deeply")
    try:
        return msgspec.json.decode(body, type=shape, strict=False)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise HTTPException(status_code=400, detail="the JSON is not what is sent here") from error


def _is_too_deep(body: bytes) -> bool:
    """Brackets inside texts count as well, which is on the safe side: hints have no such texts."""
    brackets = body.translate(None, _NO_BRACKETS)
    depth = 0
    for bracket in brackets if len(brackets) > MAX_DEPTH else b"":
        depth += 1 if bracket in b"[{" else -1
        if depth > MAX_DEPTH:
            return True
    return False
