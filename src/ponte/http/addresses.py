"""The address of a store as a person typed it, and whether we may call it.

Whoever installs names a host, and our servers call it: that must not become a way into the network
they stand in (SSRF). So an address is read by the same parser that calls are made with, which knows
`0x7f.1` and `2130706433` for what they are; and every address that the name resolves to must be
one of the open internet, also where IPv6 wraps an IPv4 address up (mapped, NAT64, 6to4, Teredo).

Between this check and the call the name is resolved once more, by the HTTP client: a name server
that answers differently then is not caught here. `resolve_store` is the place where the addresses
to be pinned are known; it gives them back for that.
"""

import asyncio
import contextlib
import ipaddress
import re
import socket
import threading
from collections.abc import Sequence
from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address

from pyreqwest.http import Url

Address = IPv4Address | IPv6Address

# A name has 253 characters at most (RFC 1035); scheme and port are the rest.
LONGEST_TYPED = 300
_LONGEST_HOST = 253
# A resolver asks again after five seconds; who waits longer has a name server in trouble.
RESOLVED_WITHIN_SECONDS = 8.0
# Nobody resolves to so many; beyond it somebody wants us to work.
_MOST_ADDRESSES = 64
# Names that are looked up at a time: each is a thread.
_looking_up = threading.BoundedSemaphore(16)
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)
# Controls, blanks, and what parsers read differently from each other.
_STRANGE = re.compile(r"[\x00-\x20\x7f-\xa0\\\u2028\u2029\ufeff]")

_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_IPV4_COMPATIBLE = ipaddress.ip_network("::/96")
_TEREDO = ipaddress.ip_network("2001::/32")


class Fault(StrEnum):
    """Why an address is not one that we call."""

    EMPTY = "empty"
    TOO_LONG = "too_long"
    MALFORMED = "malformed"
    USER_INFO = "user_info"
    PATH = "path"
    SCHEME = "scheme"
    PLAIN_HTTP = "plain_http"
    INTERNAL = "internal"
    NOT_RESOLVED = "not_resolved"


class UnfitAddress(Exception):
    """The address is not one that we call; `fault` says why."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.value)
        self.fault = fault


def read_store_address(typed: str, *, internal_allowed: bool = False) -> str:
    """`minhaloja.com.br` as `https://minhaloja.com.br`, without a slash at the end.

    Raises `UnfitAddress`. Plain http only where internal stores are allowed; there, an address of
    this network that names no scheme means http, which is what such a store speaks.
    """
    typed = typed.strip()
    if not typed:
        raise UnfitAddress(Fault.EMPTY)
    if len(typed) > LONGEST_TYPED:
        raise UnfitAddress(Fault.TOO_LONG)
    if _STRANGE.search(typed):
        raise UnfitAddress(Fault.MALFORMED)
    named = _SCHEME.match(typed)
    if named is None and re.match(r"[a-z]+:(?!\d)", typed, re.IGNORECASE):
        # mailto:x, javascript:x, https:x
        raise UnfitAddress(Fault.SCHEME)
    url = _parse(typed if named else f"https://{typed}")
    host = _judge(url, typed)
    scheme = url.scheme
    if internal_allowed and named is None and _is_internal_name(host):
        scheme = "http"
    if scheme == "http" and not internal_allowed:
        raise UnfitAddress(Fault.PLAIN_HTTP)
    if not internal_allowed and _is_internal_name(host):
        raise UnfitAddress(Fault.INTERNAL)
    port = url.port
    return f"{scheme}://{host}" + ("" if port is None else f":{port}")


def read_web_address(address: str) -> Url:
    """An http or https address that a page may lead to; it is not called. Raises `UnfitAddress`."""
    if len(address) > LONGEST_TYPED:
        raise UnfitAddress(Fault.TOO_LONG)
    if _STRANGE.search(address) or _SCHEME.match(address) is None:
        raise UnfitAddress(Fault.MALFORMED)
    url = _parse(address)
    if url.username or url.password or "@" in address.partition("://")[2].partition("/")[0]:
        raise UnfitAddress(Fault.USER_INFO)
    return url


def _parse(address: str) -> Url:
    try:
        url = Url(address)
    except ValueError as error:
        raise UnfitAddress(Fault.MALFORMED) from error
    if url.scheme not in ("http", "https"):
        raise UnfitAddress(Fault.SCHEME)
    return url


def _judge(url: Url, typed: str) -> str:
    """The host, where the address is nothing but a host and perhaps a port."""
    if url.username or url.password or "@" in typed:
        raise UnfitAddress(Fault.USER_INFO)
    if url.path != "/" or "?" in typed or "#" in typed:
        raise UnfitAddress(Fault.PATH)
    host = (url.host_str or "").removesuffix(".")
    if not host or len(host) > _LONGEST_HOST or url.port == 0:
        raise UnfitAddress(Fault.MALFORMED)
    if _literal(host) is None and not re.fullmatch(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*", host):
        raise UnfitAddress(Fault.MALFORMED)
    return host


def _literal(host: str) -> Address | None:
    """The host where it is an address and no name."""
    try:
        return ipaddress.ip_address(host.removeprefix("[").removesuffix("]"))
    except ValueError:
        return None


def _is_internal_name(host: str) -> bool:
    """What needs no name server to be known for this network's own: an address that is not global,
    and a name without a dot or in a domain reserved for it (RFC 6761, 6762, 8375)."""
    address = _literal(host)
    if address is not None:
        return not is_global(address)
    return "." not in host or host.endswith(
        (".localhost", ".local", ".internal", ".home.arpa", ".lan", ".intranet")
    )


async def resolve_store(base_url: str, *, internal_allowed: bool = False) -> Sequence[Address]:
    """The addresses of the store's host, all of which may be called. Raises `UnfitAddress`."""
    url = Url(base_url)
    host = url.host_str or ""
    literal = _literal(host)
    found = [literal] if literal is not None else await _resolve(host)
    if not internal_allowed and not all(is_global(address) for address in found):
        raise UnfitAddress(Fault.INTERNAL)
    return found


async def _resolve(host: str) -> list[Address]:
    try:
        async with asyncio.timeout(RESOLVED_WITHIN_SECONDS):
            names = await _look_up(host)
    except (OSError, TimeoutError, UnicodeError) as error:
        raise UnfitAddress(Fault.NOT_RESOLVED) from error
    if not names or len(names) > _MOST_ADDRESSES:
        raise UnfitAddress(Fault.NOT_RESOLVED)
    return [ipaddress.ip_address(name) for name in sorted(names)]


async def _look_up(host: str) -> set[str]:
    """Ask the system's resolver, which blocks. In a thread of its own and not of the loop's pool: a
    name server that does not answer must neither take that pool's places nor hold our end up."""
    loop = asyncio.get_running_loop()
    found: asyncio.Future[set[str]] = loop.create_future()

    def tell(names: set[str] | None, error: Exception | None) -> None:
        if found.done():
            return
        if names is None:
            found.set_exception(error or OSError("not resolved"))
        else:
            found.set_result(names)

    def ask() -> None:
        names, trouble = None, None
        try:
            answers = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
            names = {str(answer[4][0]).partition("%")[0] for answer in answers}
        except (OSError, UnicodeError) as error:
            trouble = error
        finally:
            _looking_up.release()
        with contextlib.suppress(RuntimeError):
            # The loop may have ended meanwhile.
            loop.call_soon_threadsafe(tell, names, trouble)

    if not _looking_up.acquire(blocking=False):
        raise OSError("too many names are being looked up")
    threading.Thread(target=ask, name="resolver", daemon=True).start()
    return await found


def is_global(address: Address) -> bool:
    """Whether it is one of the open internet, and does not wrap up one that is not."""
    if isinstance(address, IPv6Address):
        inner = _wrapped(address)
        if inner:
            return all(is_global(each) for each in inner)
        if address.is_site_local:
            return False
    return (
        address.is_global
        and not address.is_multicast
        and not address.is_reserved
        and not address.is_unspecified
    )


def _wrapped(address: IPv6Address) -> list[IPv4Address]:
    """The IPv4 addresses that a call to this one may end at."""
    if address.ipv4_mapped is not None:
        return [address.ipv4_mapped]
    if address.sixtofour is not None:
        return [address.sixtofour]
    if address in _TEREDO and address.teredo is not None:
        return list(address.teredo)
    if address in _NAT64 or address in _IPV4_COMPATIBLE:
        return [IPv4Address(int(address) & 0xFFFF_FFFF)]
    return []
