"""`/orders`: what apps read, take in and report on [D]."""

from ponte_sandbox.common.asgi import Answer, Request, Router
from ponte_sandbox.hub.accounts import Caller
from ponte_sandbox.hub.apps import WEBSTORE_APP
from ponte_sandbox.hub.bodies import object_body
from ponte_sandbox.hub.core import Hub
from ponte_sandbox.hub.lists import listed, page_of
from ponte_sandbox.hub.orders.archive import Stored
from ponte_sandbox.hub.orders.views import answered
from ponte_sandbox.hub.wire import encode_json, enveloped, invalid, missing


def add_order_routes(router: Router, hub: Hub) -> None:
    """Everything of pluggto-api.md, "Orders"."""
    routes = _OrderRoutes(hub)
    router.add("GET", "/orders", routes.list_orders)
    router.add("POST", "/orders", routes.post_order)
    router.add("GET", "/orders/{id}", routes.get_order)
    router.add("PUT", "/orders/{id}", routes.put_order)


class _OrderRoutes:
    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    async def list_orders(self, request: Request) -> Answer:
        """`GET /orders` with filters, sorting and both ways of paging [C]."""
        caller: Caller = request.scope["caller"]
        page = page_of(request.query, self._hub.assumptions)
        total, orders = self._hub.archive.page(caller.account, request.query, page)
        assumptions = self._hub.assumptions
        bodies = [(stored.id, answered(stored, assumptions)) for stored in orders]
        return listed(assumptions, "Order", page, total, bodies)

    async def get_order(self, request: Request) -> Answer:
        """`GET /orders/{id}` [D]."""
        stored = self._stored(request)
        return enveloped("Order", answered(stored, self._hub.assumptions))

    async def post_order(self, request: Request) -> Answer:
        """`POST /orders`: a marketplace's order [D]; its status is assumed [A]."""
        caller: Caller = request.scope["caller"]
        sent = object_body(request)
        if not sent.get("items"):
            raise invalid("items is empty")
        answer = self._written(
            self._hub.counter.create(caller.account, sent, WEBSTORE_APP, client_id=caller.client_id)
        )
        answer.status = int(self._hub.assumptions["created_status"])
        return answer

    async def put_order(self, request: Request) -> Answer:
        """`PUT /orders/{id}`: partial update [D]."""
        caller: Caller = request.scope["caller"]
        sent = object_body(request)
        stored = self._stored(request)
        return self._written(
            self._hub.counter.change(caller.account, stored, sent, caller.client_id)
        )

    def _stored(self, request: Request) -> Stored:
        caller: Caller = request.scope["caller"]
        stored = self._hub.archive.find(caller.account, request.params["id"])
        if stored is None:
            raise missing(self._hub.assumptions, "Order")
        return stored

    def _written(self, stored: Stored) -> Answer:
        assumptions = self._hub.assumptions
        if not assumptions.writes_answer_all:
            return enveloped("Order", encode_json({"id": stored.id}))
        return enveloped("Order", answered(stored, assumptions))
