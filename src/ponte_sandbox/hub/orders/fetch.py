"""Reads one file from an address that an app named, with every bound a stranger's server needs.

The sandbox fetches from wherever it is told, this machine included, because the store it is told of
runs there; what it reads goes nowhere but to the judge, who repeats nothing of it.
"""

import asyncio
from typing import NamedTuple

import aiohttp


class Limits(NamedTuple):
    """How much is read, in bytes; how long one attempt may take; how many redirects it follows."""

    size: int = 2 * 1024 * 1024
    seconds: float = 10.0
    redirects: int = 3


class Unreachable(Exception):
    """No file yet, and it may come: the network, a slow or broken server. Portuguese clause."""


class Unacceptable(Exception):
    """No file, and trying again will not help. Portuguese clause."""


# What passes by itself: too many requests, too early, and the server's own troubles.
_PASSING = frozenset((408, 425, 429))
_CHUNK = 64 * 1024


def session() -> aiohttp.ClientSession:
    """A session without cookies, and without unpacking: a packed file could grow beyond bounds."""
    return aiohttp.ClientSession(
        auto_decompress=False,
        cookie_jar=aiohttp.DummyCookieJar(),
        headers={"accept": "application/xml, text/xml", "accept-encoding": "identity"},
    )


async def fetch(client: aiohttp.ClientSession, url: str, limits: Limits) -> bytes:
    """The file at an http address. Raises `Unreachable` or `Unacceptable`."""
    try:
        async with (
            asyncio.timeout(limits.seconds),
            client.get(url, max_redirects=limits.redirects) as response,
        ):
            return await _read(response, limits.size)
    except TimeoutError as error:
        raise Unreachable(f"não houve resposta completa em {limits.seconds:g} segundos") from error
    except aiohttp.TooManyRedirects as error:
        raise Unacceptable("o endereço redireciona sem fim") from error
    except (aiohttp.InvalidURL, aiohttp.NonHttpUrlClientError, ValueError) as error:
        raise Unacceptable("o endereço, ou aquele a que leva, não é um endereço http") from error
    except (aiohttp.ClientError, OSError) as error:
        raise Unreachable(f"a conexão falhou ({type(error).__name__})") from error


async def _read(response: aiohttp.ClientResponse, most: int) -> bytes:
    status = response.status
    if status in _PASSING or status >= 500:
        raise Unreachable(f"o endereço respondeu {status}")
    if status != 200:
        raise Unacceptable(f"o endereço respondeu {status}")
    if response.headers.get("content-encoding", "identity").lower() != "identity":
        raise Unacceptable("o arquivo veio compactado")
    too_large = Unacceptable(f"o arquivo é maior que {most // 1024} KB")
    if (response.content_length or 0) > most:
        raise too_large
    parts: list[bytes] = []
    size = 0
    async for part in response.content.iter_chunked(_CHUNK):
        size += len(part)
        if size > most:
            raise too_large
        parts.append(part)
    return b"".join(parts)
