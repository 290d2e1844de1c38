"""The hub's two OpenAPI documents, as they are written and as JSON; they need no token.

The public API and the administration have a document each, because a client is made from the one
and must not find the other in it. JSON is made when it is first asked for: reading YAML takes
longer than everything else at the start.
"""

import asyncio
from importlib.resources import files

import msgspec

from ponte_sandbox.common.asgi import Answer, Request, Router

# RFC 9512.
_YAML = b"application/yaml; charset=utf-8"

PUBLIC, ADMINISTRATION = "openapi.yaml", "administration.yaml"


def add_document_routes(router: Router, file: str, prefix: str = "") -> None:
    """`GET {prefix}/openapi.yaml` and `.json` from a file of this package."""
    text = files("ponte_sandbox.hub").joinpath(file).read_bytes()
    made: list[bytes] = []

    async def get_yaml(_: Request) -> Answer:
        return Answer(text, 200, _YAML)

    async def get_json(_: Request) -> Answer:
        if not made:
            made.append(await asyncio.to_thread(_as_json, text))
        return Answer(made[0])

    router.add("GET", f"{prefix}/openapi.yaml", get_yaml)
    router.add("GET", f"{prefix}/openapi.json", get_json)


def _as_json(text: bytes) -> bytes:
    return msgspec.json.encode(msgspec.yaml.decode(text))
