"""What answers of the API look like: lists, refusals, and how the document tells of them."""

from collections.abc import Mapping
from inspect import signature
from typing import Any, Generic, TypeVar

from litestar.exceptions import HTTPException
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import Example
from msgspec import Struct

Item = TypeVar("Item")


class Problem(Struct, frozen=True):
    """Why something was refused: `code` for programs, `message` for people."""

    code: str
    message: str


class ErrorAnswer(Struct, frozen=True):
    """The body of every refusal."""

    error: Problem


class Page(Struct, Generic[Item], frozen=True):
    """A part of a list. `next` is the key of the part behind it, or null at the end."""

    items: list[Item]
    next: str | None


class Made(Struct, frozen=True):
    """The number of what was made."""

    number: int


class Done(Struct, frozen=True):
    """Whether anything changed by it."""

    changed: bool


class Refusal(HTTPException):
    """A refusal with a code of its own."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(status_code=status, detail=message)
        self.code = code


def refused(status: int, code: str, message: str) -> Refusal:
    """To be raised where a service said no: `code` in snake case, `message` in one sentence."""
    return Refusal(status, code, message)


CODES: Mapping[int, tuple[str, str]] = {
    400: ("bad_request", "The path, the query or the body is not as documented."),
    401: ("unauthorized", "A token is wanted: `Authorization: Bearer ponte_…`. This one is none."),
    403: ("forbidden", "The token's role may not do that."),
    404: ("not_found", "There is nothing here, or nothing that this token may see."),
    405: ("method_not_allowed", "The path has other methods; the header Allow names them."),
    409: ("conflict", "As things are, that cannot be done."),
    413: ("body_too_large", "The body is larger than 64 KiB."),
    415: ("unsupported_media_type", "The body must be application/json."),
    429: ("too_many_requests", "Too many calls. Wait as long as Retry-After says."),
    500: ("internal_error", "Something failed on our side. Try again."),
    502: ("not_reached", "The hub or the store did not do what was asked. Try again."),
    503: ("unavailable", "The database does not answer. Try again."),
}
# Whatever the route is.
_EVERYWHERE = (400, 401, 403, 404, 429, 500, 503)
# Of a route that takes a body.
_OF_BODIES = (413, 415)


def about(
    operation: str, title: str, tag: str, *further: int, description: str | None = None
) -> dict[str, Any]:
    """How a route stands in the document: `operation` in camel case, `title` in words, and the
    refusals that it may answer besides those of every route; those of bodies come by themselves."""
    return {
        "operation_id": operation,
        "summary": title,
        "description": description,
        "tags": [tag],
        "responses": {status: _spec(status) for status in sorted({*_EVERYWHERE, *further})},
    }


def with_bodies(route: HTTPRouteHandler) -> HTTPRouteHandler:
    """The route, which tells in the document how it refuses a body, if it takes one."""
    if "data" in signature(route.fn).parameters:
        known = dict(route.responses or {})
        route.responses = {**known, **{status: _spec(status) for status in _OF_BODIES}}
    return route


def _spec(status: int) -> ResponseSpec:
    code, message = CODES[status]
    example = Example(summary=code, value={"error": {"code": code, "message": message}})
    return ResponseSpec(
        ErrorAnswer, description=message, generate_examples=False, examples=[example]
    )
