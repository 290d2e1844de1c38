"""`/places`: list, create, read, change, remove."""

from ponte_sandbox.common.asgi import Answer, Request, Router
from ponte_sandbox.hub.accounts import Caller
from ponte_sandbox.hub.bodies import object_body
from ponte_sandbox.hub.core import Hub
from ponte_sandbox.hub.lists import listed, page_of
from ponte_sandbox.hub.rows import Row
from ponte_sandbox.hub.wire import enveloped, missing


def add_place_routes(router: Router, hub: Hub) -> None:
    """Everything about places."""
    register = hub.places

    def stored(request: Request) -> Row:
        caller: Caller = request.scope["caller"]
        row = register.rows.find(caller.account, request.params["id"])
        if row is None:
            raise missing(hub.assumptions, "Place")
        return row

    async def list_places(request: Request) -> Answer:
        caller: Caller = request.scope["caller"]
        page = page_of(request.query)
        total, bodies = register.rows.page(caller.account, request.query, page)
        return listed(hub.assumptions, "Place", page, total, bodies)

    async def post_place(request: Request) -> Answer:
        caller: Caller = request.scope["caller"]
        sent = object_body(request)
        answer = enveloped("Place", register.create(caller.account, sent).body)
        answer.status = 201
        return answer

    async def get_place(request: Request) -> Answer:
        return enveloped("Place", stored(request).body)

    async def put_place(request: Request) -> Answer:
        caller: Caller = request.scope["caller"]
        sent = object_body(request)
        return enveloped("Place", register.change(caller.account, stored(request), sent).body)

    async def delete_place(request: Request) -> Answer:
        row = stored(request)
        register.rows.delete(row)
        return enveloped("Place", row.body)

    router.add("GET", "/places", list_places)
    router.add("POST", "/places", post_place)
    router.add("GET", "/places/{id}", get_place)
    router.add("PUT", "/places/{id}", put_place)
    router.add("DELETE", "/places/{id}", delete_place)
