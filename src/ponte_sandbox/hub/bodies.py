"""The object a call carries, whatever way its caller wrote it down.

Callers of this hub are lenient with the hub, too [C]: JSON comes as `application/json`, with a
comma behind it, as `application/x-www-form-urlencoded` (curl's default) or as nothing at all, and
old ones send a form. So the first byte decides, and the content type only where that says nothing:
an object of JSON begins with a brace, and no form's field does. JSON pays one comparison for it.
"""

from typing import Any

from ponte_sandbox.common.asgi import Request
from ponte_sandbox.hub.forms import object_of_form
from ponte_sandbox.hub.wire import invalid, json_object

_FORM = "application/x-www-form-urlencoded"


def object_body(request: Request) -> dict[str, Any]:
    """The body as an object; raises `Refusal` 400 for anything that is none."""
    body = request.body
    if body[:1] == b"{":
        return json_object(body)
    trimmed = body.strip()
    if not trimmed:
        raise invalid("The body is empty")
    declared = request.header(b"content-type").partition(";")[0].strip(" ,").lower()
    # Nobody who writes JSON by hand or by machine begins it with a letter and an equals sign.
    undeclared = not declared and b"=" in trimmed and trimmed[:1] not in b'{["'
    if undeclared or (declared == _FORM and trimmed[:1] not in b"{["):
        return object_of_form(trimmed)
    return json_object(body)
