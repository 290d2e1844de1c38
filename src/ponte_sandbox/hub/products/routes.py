"""`/skus/{sku}` and `/products/{id}`: the same resource under two names [D].

Each write reads, merges, and keeps in one savepoint, so that a refused call leaves nothing. The
answer is the product as it is kept: what a caller sees in it is what the hub took.
"""

from typing import Any

from ponte_sandbox.common.asgi import Answer, Refusal, Request, Router
from ponte_sandbox.hub import fields
from ponte_sandbox.hub.accounts import Caller
from ponte_sandbox.hub.bodies import object_body
from ponte_sandbox.hub.core import Hub
from ponte_sandbox.hub.lists import listed, page_of
from ponte_sandbox.hub.notifications.outbox import Changes
from ponte_sandbox.hub.products.history import fields_before
from ponte_sandbox.hub.products.inspection import inspect
from ponte_sandbox.hub.products.merge import Body, Merger, facets_of
from ponte_sandbox.hub.products.shelf import Stored, keys_of
from ponte_sandbox.hub.products.stock_tables import Cause, note_quantities, quantities_of
from ponte_sandbox.hub.stamps import now_iso
from ponte_sandbox.hub.wire import (
    encode_json,
    enveloped,
    invalid,
    missing,
)

_CREATED = Changes(status=True, stock=True, price=True)


def add_product_routes(router: Router, hub: Hub) -> None:
    """Everything of pluggto-api.md, "Products and SKUs"."""
    routes = _ProductRoutes(hub)
    router.add("PUT", "/skus/{sku}", routes.put_sku)
    router.add("GET", "/skus/{sku}", routes.get_sku)
    router.add("DELETE", "/skus/{sku}", routes.delete_sku)
    router.add("PUT", "/skus/{sku}/stock", routes.put_stock)
    router.add("GET", "/products", routes.list_products)
    router.add("POST", "/products", routes.post_product)
    router.add("GET", "/products/{id}", routes.get_product)
    router.add("PUT", "/products/{id}", routes.put_product)
    router.add("DELETE", "/products/{id}", routes.delete_product)
    router.add("PUT", "/products/{id}/stock", routes.put_stock)


class _ProductRoutes:
    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._merger = Merger(hub.ids)

    async def put_sku(self, request: Request) -> Answer:
        """`PUT /skus/{sku}`: creates or updates by SKU [D]; a variation's SKU updates it [A]."""
        sku = fields.sku(request.params["sku"], "sku")
        sent = object_body(request)
        caller: Caller = request.scope["caller"]
        with self._hub.storage.writing():
            stored = self._hub.shelf.find(caller.account, sku)
            if sent.get("sku") is None:
                sent = {**sent, "sku": sku}
            renamed = fields.sku(sent["sku"], "sku")
            if stored is None:
                if renamed != sku:
                    raise invalid(f"The SKU in the path is {sku!r}, the one in the body another")
                return self._create(caller, sent)
            if stored.is_variation:
                if self._hub.assumptions["variation_put"] == "refused":
                    raise invalid(f"The SKU {sku!r} is a variation's; write its product")
                identifier = _variation(stored.product(), sku)["id"]
                sent = {"variations": [{**sent, "sku": renamed, "id": identifier}]}
                return self._change(caller, stored, sent, merge_variations=True)
            return self._change(caller, stored, sent)

    async def post_product(self, request: Request) -> Answer:
        """`POST /products`: creates; what a SKU that exists is answered, and with which status a
        new one, is assumed [A]."""
        sent = object_body(request)
        sku = fields.sku(sent.get("sku"), "sku")
        caller: Caller = request.scope["caller"]
        with self._hub.storage.writing():
            stored = self._hub.shelf.find(caller.account, sku)
            if stored is not None:
                if stored.is_variation or self._hub.assumptions["existing_sku"] == "refused":
                    raise invalid(f"The SKU {sku!r} exists already")
                return self._change(caller, stored, sent)
            answer = self._create(caller, sent)
        answer.status = int(self._hub.assumptions["created_status"])
        return answer

    async def put_product(self, request: Request) -> Answer:
        """`PUT /products/{id}`: partial update [D]."""
        sent = object_body(request)
        caller: Caller = request.scope["caller"]
        with self._hub.storage.writing():
            return self._change(caller, self._stored(request), sent)

    async def put_stock(self, request: Request) -> Answer:
        """`PUT …/stock`: `update` overwrites, `increase` and `decrease` count [D]."""
        sent = object_body(request)
        action = sent.get("action")
        if action not in ("update", "increase", "decrease"):
            raise invalid("action is one of update, increase, decrease")
        quantity = fields.whole(sent.get("quantity"), "quantity")
        if quantity is None:
            raise invalid("quantity is missing")
        caller: Caller = request.scope["caller"]
        with self._hub.storage.writing():
            stored = self._stored(request)
            product = stored.product()
            named = fields.text(sent.get("sku"), "sku") or request.params.get("sku")
            sku = fields.sku(named or product["sku"], "sku")
            before = product["quantity"]
            if sku != product["sku"]:
                before = _variation(product, sku)["quantity"]
            after = {
                "update": quantity,
                "increase": before + quantity,
                "decrease": before - quantity,
            }[action]
            if after < 0:
                if self._hub.assumptions["stock_below_zero"] == "refused":
                    raise invalid(f"There are only {before}, {quantity} cannot be taken away")
                after = 0
            change: Body = {"quantity": after}
            if sku != product["sku"]:
                change = {"variations": [{"sku": sku, "quantity": after}]}
            return self._change(caller, stored, change, merge_variations=True)

    async def get_sku(self, request: Request) -> Answer:
        """`GET /skus/{sku}`; for a variation's SKU the parent [D]."""
        return enveloped("Product", self._stored(request).body)

    async def get_product(self, request: Request) -> Answer:
        """`GET /products/{id}` [D]."""
        return enveloped("Product", self._stored(request).body)

    async def delete_sku(self, request: Request) -> Answer:
        """`DELETE /skus/{sku}` [C]; what a variation's SKU removes is assumed [A]."""
        caller: Caller = request.scope["caller"]
        with self._hub.storage.writing():
            stored = self._stored(request)
            if stored.is_variation and self._hub.assumptions["variation_delete"] == "variation":
                gone = {"variations": [{"sku": request.params["sku"], "remove": True}]}
                return self._change(caller, stored, gone, merge_variations=True)
            return self._delete(caller, stored)

    async def delete_product(self, request: Request) -> Answer:
        """`DELETE /products/{id}` [D]."""
        caller: Caller = request.scope["caller"]
        with self._hub.storage.writing():
            return self._delete(caller, self._stored(request))

    async def list_products(self, request: Request) -> Answer:
        """`GET /products` with filters, sorting and both ways of paging [C]."""
        caller: Caller = request.scope["caller"]
        page = page_of(request.query, self._hub.assumptions)
        total, bodies = self._hub.shelf.page(caller.account, request.query, page)
        return listed(self._hub.assumptions, "Product", page, total, bodies)

    def _stored(self, request: Request) -> Stored:
        caller: Caller = request.scope["caller"]
        params = request.params
        if "sku" in params:
            stored = self._hub.shelf.find(caller.account, params["sku"])
        else:
            stored = self._hub.shelf.find_id(caller.account, params["id"])
        if stored is None:
            raise missing(self._hub.assumptions, "Product")
        return stored

    def _create(self, caller: Caller, sent: Body) -> Answer:
        hub = self._hub
        self._follow_assumptions()
        now = now_iso()
        product = self._merger.merge(None, sent, hub.shelf.next_id())
        if product["stock_table"]:
            note_quantities(product, {}, now, Cause("app", caller.client_id))
        product["inspected_fields"] = inspect(product)
        body = hub.shelf.insert(caller.account, product, now, by=caller.client_id)
        self._tell(caller, product, "created", _CREATED)
        return self._written(product["id"], body)

    def _change(
        self, caller: Caller, stored: Stored, sent: Body, *, merge_variations: bool = False
    ) -> Answer:
        hub = self._hub
        self._follow_assumptions()
        if merge_variations:
            # The call is about one variation; it says nothing about the others.
            self._merger.variations_merge = True
        now = now_iso()
        product = stored.product()
        keys, facets = keys_of(product), facets_of(product)
        tables = quantities_of(product) if "stock_table" in sent else None
        told = fields_before(product, sent)
        product = self._merger.merge(product, sent, stored.id)
        if tables is not None:
            note_quantities(product, tables, now, Cause("app", caller.client_id))
        product["inspected_fields"] = inspect(product)
        body = hub.shelf.update(
            caller.account,
            stored,
            product,
            keys,
            now,
            by=caller.client_id,
            told=told,
            stamp=hub.assumptions.stamps_unchanged,
        )
        if body is None:
            return self._written(stored.id, stored.body)
        after = facets_of(product)
        changes = Changes(
            status=after.status != facets.status,
            stock=after.stock != facets.stock,
            price=after.price != facets.price,
        )
        self._tell(caller, product, "updated", changes)
        return self._written(stored.id, body)

    def _delete(self, caller: Caller, stored: Stored) -> Answer:
        self._hub.shelf.delete(caller.account, stored)
        self._tell(caller, stored.product(), "deleted", _CREATED)
        return self._written(stored.id, stored.body)

    def _tell(self, caller: Caller, product: Body, action: str, changes: Changes) -> None:
        """Both names of the resource have a type of notification [D]; `skus` carry the SKU [A]."""
        writer = None if self._hub.assumptions.tells_writer else caller.client_id
        put = self._hub.outbox.put
        put(caller.account, "products", product["id"], action, changes, but_not=writer)
        put(caller.account, "skus", product["sku"], action, changes, but_not=writer)

    def _follow_assumptions(self) -> None:
        assumptions = self._hub.assumptions
        self._merger.null_clears = assumptions.null_clears
        self._merger.variations_merge = assumptions.variations_merge
        self._merger.available = assumptions.new_available

    def _written(self, identifier: str, body: bytes) -> Answer:
        if not self._hub.assumptions.writes_answer_all:
            body = encode_json({"id": identifier})
        return enveloped("Product", body)


def _variation(product: Body, sku: str) -> dict[str, Any]:
    for variation in product["variations"]:
        if variation["sku"] == sku:
            found: dict[str, Any] = variation
            return found
    raise Refusal(400, "validation", f"The product has no variation {sku!r}")
