"""A thin HTTP layer over ASGI: a request, an answer, and a router by template.

Why not Litestar here: the hub has to take thousands of `PUT /skus` a second on one core, and the
client that measures it shares the machine. Measured with the same handler behind `gate.py` and
uvicorn (a PUT of 1.2 KB, decoded and answered; CPU of the server process per request, 2-core
machine): this router 75 µs, Litestar 164 µs, this router with a SQLite read and write 135 µs.
The danger this module handles is the body: it is read with a bound, decoded in one place, and
whatever is wrong with it becomes a `Refusal`, never a stack trace and a 500.
"""

import re
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, Protocol, TypeVar
from urllib.parse import parse_qs

import msgspec

Scope = dict[str, Any]
Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


class App(Protocol):
    """An ASGI application, as uvicorn calls it."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None: ...


# The largest body taken: a product of the hub's with thousands of variations is under 2 MB; ten
# leave room, and keep a handful of hostile uploads from filling the memory.
MAX_BODY_BYTES = 10 * 1024 * 1024

# More query parameters than any documented list has filters; parse_qs refuses beyond it.
MAX_QUERY_FIELDS = 200

JSON = b"application/json; charset=utf-8"

_encoder = msgspec.json.Encoder(decimal_format="string")
_T = TypeVar("_T")


class Refusal(Exception):
    """The caller's request cannot be served; the program's own error shape is put around it."""

    def __init__(self, status: int, kind: str, reason: str, field: str | None = None) -> None:
        super().__init__(reason)
        self.status = status
        self.kind = kind
        self.reason = reason
        self.field = field


class WrongMethod(Refusal):
    """405: the path is served, by other methods; they are named in `Allow` (RFC 9110, 15.5.6)."""

    def __init__(self, method: str, allowed: Iterable[str]) -> None:
        super().__init__(405, "method_not_allowed", f"{method} is not possible on this path")
        self.allowed = ", ".join(sorted(allowed))


class Answer:
    """A whole response: status, body, content type, and further headers."""

    __slots__ = ("body", "content_type", "headers", "status")

    def __init__(
        self,
        body: bytes = b"",
        status: int = 200,
        content_type: bytes = JSON,
        headers: Iterable[tuple[bytes, bytes]] = (),
    ) -> None:
        self.status = status
        self.body = body
        self.content_type = content_type
        self.headers = headers

    async def send(self, send: Send) -> None:
        """Put this answer on the wire."""
        await send(
            {
                "type": "http.response.start",
                "status": self.status,
                "headers": [
                    (b"content-type", self.content_type),
                    (b"content-length", b"%d" % len(self.body)),
                    *self.headers,
                ],
            }
        )
        await send({"type": "http.response.body", "body": self.body})


def json_answer(
    content: object, status: int = 200, headers: Iterable[tuple[bytes, bytes]] = ()
) -> Answer:
    """`content` as JSON; decimals become strings."""
    return Answer(_encoder.encode(content), status, JSON, headers)


class Request:
    """What a handler gets: method, path, query, headers, and the body already read."""

    __slots__ = ("_query", "account", "body", "params", "scope")

    def __init__(self, scope: Scope, body: bytes, params: dict[str, str]) -> None:
        self.scope = scope
        self.body = body
        self.params = params
        self._query: dict[str, str] | None = None
        # Who calls, as the program's authentication found out; empty before that.
        self.account: str = scope.get("account") or ""

    @property
    def method(self) -> str:
        """GET, PUT, …"""
        method: str = self.scope["method"]
        return method

    @property
    def query(self) -> dict[str, str]:
        """Query parameters, the last one of each name; 400 when they are too many."""
        if self._query is None:
            self._query = query_of(self.scope)
        return self._query

    def header(self, name: bytes) -> str:
        """The first header of that lower-case name, or an empty text."""
        return header_of(self.scope, name)

    def json(self, shape: type[_T]) -> _T:
        """The body as `shape`; raises `Refusal` 400 with the place of the first error."""
        try:
            return msgspec.json.decode(self.body, type=shape)
        except msgspec.ValidationError as error:
            raise Refusal(400, "validation", str(error)) from error
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise Refusal(400, "validation", f"The body is not JSON: {error}") from error


def query_of(scope: Scope) -> dict[str, str]:
    """The query of a request, the last value of each name; raises `Refusal` 400 when too long."""
    raw: bytes = scope["query_string"]
    if not raw:
        return {}
    try:
        fields = parse_qs(
            raw.decode("latin-1"), keep_blank_values=True, max_num_fields=MAX_QUERY_FIELDS
        )
    except ValueError as error:
        raise Refusal(400, "validation", f"The query cannot be read: {error}") from error
    return {name: values[-1] for name, values in fields.items()}


def header_of(scope: Scope, name: bytes) -> str:
    """The first header of that lower-case name, or an empty text."""
    for key, value in scope["headers"]:
        if key == name:
            text: str = value.decode("latin-1")
            return text
    return ""


async def read_body(receive: Receive, limit: int = MAX_BODY_BYTES) -> bytes:
    """The whole body; raises `Refusal` 413 beyond `limit` bytes, 400 when the caller hangs up."""
    message = await receive()
    if message["type"] == "http.disconnect":
        raise Refusal(400, "validation", "The connection was closed before the body was complete")
    body: bytes = message.get("body", b"")
    if not message.get("more_body") and len(body) <= limit:
        return body
    parts = [body]
    size = len(body)
    while message.get("more_body") and size <= limit:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Refusal(400, "validation", "The connection was closed before the body ended")
        part = message.get("body", b"")
        size += len(part)
        parts.append(part)
    if size > limit:
        raise Refusal(413, "too_large", f"The body is larger than {limit} bytes")
    return b"".join(parts)


Handler = Callable[[Request], Awaitable[Answer]]
# Called with the scope before the body is read: raises `Refusal` when the caller may not enter.
Guard = Callable[[Scope], None]

_PARAMETER = re.compile(r"^\{(\w+)\}$")


class _Route:
    __slots__ = ("handlers", "names", "segments", "template")

    def __init__(self, template: str) -> None:
        self.template = template
        self.segments: list[str | None] = []
        self.names: list[str] = []
        for segment in _segments(template):
            parameter = _PARAMETER.match(segment)
            self.segments.append(None if parameter else segment)
            if parameter:
                self.names.append(parameter[1])
        self.handlers: dict[str, Handler] = {}

    def match(self, segments: list[str]) -> dict[str, str] | None:
        """The parameters of a path this route fits, else None. An empty parameter fits nothing."""
        values = []
        for own, given in zip(self.segments, segments, strict=True):
            if own is None:
                if not given:
                    return None
                values.append(given)
            elif own != given:
                return None
        return dict(zip(self.names, values, strict=True))


def _segments(path: str) -> list[str]:
    """Path segments; one slash at the end does not count (old clients add it)."""
    return path.removeprefix("/").removesuffix("/").split("/")


class Router:
    """An ASGI application of handlers by method and template (`/skus/{sku}/stock`).

    Notes the template in `scope["path_template"]`, so that calls can be counted by route. The
    path is the decoded one: `%2F` separates like `/`, as on most servers, so a SKU with a slash
    simply does not fit (pluggto-api.md [C]).
    """

    def __init__(self, refuse: Callable[[Refusal], Answer], guard: Guard | None = None) -> None:
        self._refuse = refuse
        self._guard = guard
        # By the number of segments and the first of them: few are left to be tried one by one.
        self._routes: dict[tuple[int, str], list[_Route]] = {}

    def add(self, method: str, template: str, handler: Handler) -> None:
        """Serve `method template` by `handler`; of two that fit, one without parameters wins, as in
        OpenAPI, and then the one added first.

        Raises ValueError for a template that begins with a parameter.
        """
        segments = _segments(template)
        if _PARAMETER.match(segments[0]):
            raise ValueError(f"{template} begins with a parameter")
        routes = self._routes.setdefault((len(segments), segments[0]), [])
        route = next((known for known in routes if known.template == template), None)
        if route is None:
            route = _Route(template)
            routes.insert(len(routes) if route.names else 0, route)
        route.handlers[method] = handler

    def routes(self) -> set[tuple[str, str]]:
        """Every method and template served."""
        return {
            (method, route.template)
            for routes in self._routes.values()
            for route in routes
            for method in route.handlers
        }

    def template_of(self, scope: Scope) -> str:
        """The template a path fits; empty when it fits none."""
        segments = _segments(scope["path"])
        for route in self._routes.get((len(segments), segments[0]), ()):
            if route.match(segments) is not None:
                return route.template
        return ""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI entry."""
        try:
            answer = await self._answer(scope, receive)
        except Refusal as refusal:
            answer = self._refuse(refusal)
            if isinstance(refusal, WrongMethod):
                answer.headers = [*answer.headers, (b"allow", refusal.allowed.encode())]
        await answer.send(send)

    async def _answer(self, scope: Scope, receive: Receive) -> Answer:
        segments = _segments(scope["path"])
        method = scope["method"]
        allowed: set[str] = set()
        for route in self._routes.get((len(segments), segments[0]), ()):
            params = route.match(segments)
            if params is None:
                continue
            handler = route.handlers.get(method)
            if handler is None:
                allowed.update(route.handlers)
                if not route.names:
                    break
                continue
            scope["path_template"] = route.template
            if self._guard is not None:
                self._guard(scope)
            body = await read_body(receive)
            return await handler(Request(scope, body, params))
        if allowed:
            raise WrongMethod(method, allowed)
        raise Refusal(404, "not_found", "There is nothing at this path")
