"""`/orders/{id}/labels` and `/labels/{id}`."""

from collections.abc import Iterable

from ponte_sandbox.common.asgi import Answer, Request, Router
from ponte_sandbox.hub.accounts import Caller
from ponte_sandbox.hub.core import Hub
from ponte_sandbox.hub.lists import MAX_LIMIT, Page, listed
from ponte_sandbox.hub.orders.archive import Stored
from ponte_sandbox.hub.rows import Row
from ponte_sandbox.hub.wire import enveloped, missing

_PLAIN = b"text/plain; charset=utf-8"


def add_label_routes(router: Router, hub: Hub) -> None:
    """Ask for an order's labels, list them, read one, print one."""

    def order_of(request: Request) -> Stored:
        caller: Caller = request.scope["caller"]
        stored = hub.archive.find(caller.account, request.params["id"])
        if stored is None:
            raise missing(hub.assumptions, "Order")
        return stored

    def label_of(request: Request) -> Row:
        caller: Caller = request.scope["caller"]
        row = hub.printer.rows.find(caller.account, request.params["id"])
        if row is None:
            raise missing(hub.assumptions, "Label")
        return row

    def all_of(rows: Iterable[Row]) -> Answer:
        bodies = [(row.id, row.body) for row in rows]
        # An order has a handful of deliveries: one page, whatever their number.
        page = Page(max(MAX_LIMIT, len(bodies) + 1), 0, "", "created", down=False)
        return listed(hub.assumptions, "Label", page, len(bodies), bodies)

    async def post_labels(request: Request) -> Answer:
        caller: Caller = request.scope["caller"]
        sender = str(hub.accounts.profile(caller.account)["name"])
        rows, is_new = hub.printer.make(caller.account, order_of(request), sender)
        answer = all_of(rows)
        answer.status = 201 if is_new else 200
        return answer

    async def get_labels(request: Request) -> Answer:
        caller: Caller = request.scope["caller"]
        return all_of(hub.printer.in_force(caller.account, order_of(request).id))

    async def get_label(request: Request) -> Answer:
        return enveloped("Label", label_of(request).body)

    async def get_zpl(request: Request) -> Answer:
        return Answer(label_of(request).content()["content"].encode(), 200, _PLAIN)

    router.add("POST", "/orders/{id}/labels", post_labels)
    router.add("GET", "/orders/{id}/labels", get_labels)
    router.add("GET", "/labels/{id}", get_label)
    router.add("GET", "/labels/{id}/zpl", get_zpl)
