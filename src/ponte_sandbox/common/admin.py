"""Who may use `/_sandbox/…`: programs on this machine, and nobody at all with `--no-admin`.

The administration API hands out credentials and breaks things on purpose, so two doors are
closed: other machines (also behind a proxy on this one), and web pages in a local browser, which
could otherwise send requests to a loopback port: an `Origin` gives them away, or the name by which
they call it.
"""

import ipaddress
from urllib.parse import urlsplit

from ponte_sandbox.common.asgi import (
    Answer,
    Refusal,
    Request,
    Router,
    Scope,
    header_of,
    json_answer,
)
from ponte_sandbox.common.calls import Calls
from ponte_sandbox.common.faults import FaultBox, Faults

PREFIX = "/_sandbox/"


def admin_router() -> Router:
    """A router for `/_sandbox/…` with its own plain error shape."""
    return Router(refuse_admin, guard_admin)


def refuse_admin(refusal: Refusal) -> Answer:
    """The administration API's errors: `{"error": {"code", "message"}}`."""
    error = {"code": refusal.kind, "message": refusal.reason}
    return json_answer({"error": error}, refusal.status)


def guard_admin(scope: Scope) -> None:
    """Raises `Refusal` 403 unless the caller is a program on this machine."""
    client = scope.get("client")
    if client is None or not _is_loopback(client[0]):
        raise Refusal(403, "loopback_only", "The administration API serves this machine only")
    if header_of(scope, b"x-forwarded-for") or header_of(scope, b"forwarded"):
        raise Refusal(403, "loopback_only", "The administration API is not served through a proxy")
    # A name that a web page has made to point here: its reads carry no Origin.
    host = header_of(scope, b"host")
    if host and not _is_loopback(urlsplit(f"//{host}").hostname or ""):
        raise Refusal(403, "loopback_only", "The administration API is addressed as 127.0.0.1")
    origin = header_of(scope, b"origin")
    if origin and not _is_loopback(urlsplit(origin).hostname or ""):
        raise Refusal(403, "loopback_only", "The administration API is not served to web pages")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    # What IPv4 looks like to a server that listens on both.
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return (mapped or address).is_loopback


def add_common_routes(router: Router, faults: FaultBox, calls: Calls) -> None:
    """`GET`/`PUT /_sandbox/faults` and `GET`/`DELETE /_sandbox/calls`."""

    async def get_faults(_: Request) -> Answer:
        return json_answer(faults.faults)

    async def put_faults(request: Request) -> Answer:
        faults.put(request.json(Faults))
        return json_answer(faults.faults)

    async def get_calls(_: Request) -> Answer:
        return json_answer(calls.counts())

    async def delete_calls(_: Request) -> Answer:
        calls.reset()
        return json_answer(calls.counts())

    router.add("GET", "/_sandbox/faults", get_faults)
    router.add("PUT", "/_sandbox/faults", put_faults)
    router.add("GET", "/_sandbox/calls", get_calls)
    router.add("DELETE", "/_sandbox/calls", delete_calls)
