"""Puts the store together and runs it: one process, one SQLite file, any number of shops.

The catalogue asked for is written before the first call is answered and in one transaction: a
start that is killed leaves no half of a catalogue behind that a second start would take for whole.
"""

import asyncio
import contextlib
from importlib.resources import files
from pathlib import Path
from typing import cast

import uvloop

from ponte_sandbox.common.admin import add_common_routes, admin_router
from ponte_sandbox.common.asgi import Answer, App, Receive, Refusal, Request, Router, Scope, Send
from ponte_sandbox.common.calls import Calls
from ponte_sandbox.common.faults import FaultBox
from ponte_sandbox.common.gate import Gate, Surroundings
from ponte_sandbox.common.server import address_of, listen, serve
from ponte_sandbox.common.storage import Storage
from ponte_sandbox.store.access import TOKEN_SECONDS, AccessBook
from ponte_sandbox.store.address import Address
from ponte_sandbox.store.api import Api
from ponte_sandbox.store.catalogue.fill import batches
from ponte_sandbox.store.fulfilment import Fulfilment
from ponte_sandbox.store.hints import Hints
from ponte_sandbox.store.merchant import MerchantRoutes
from ponte_sandbox.store.oauth import OAuth
from ponte_sandbox.store.orders import Orders
from ponte_sandbox.store.pages import product_page, tracking_page
from ponte_sandbox.store.panel.application import is_page, panel
from ponte_sandbox.store.photos import photo
from ponte_sandbox.store.products import Products
from ponte_sandbox.store.refusals import failure, refuse
from ponte_sandbox.store.shops import Shops

_YAML = b"application/yaml; charset=utf-8"
_XML = b"application/xml; charset=utf-8"


def run(
    host: str,
    port: int,
    data: Path,
    admin: bool,
    shops: int,
    families: int,
    seed: int,
    defects: bool,
    token_seconds: int = TOKEN_SECONDS,
) -> None:
    """Serve until SIGTERM; prints `store listening on http://…` once it answers.

    Makes shops up to `shops`, and `families` families in shop 1 when it never had any. Raises
    OSError when the address is taken.
    """
    bound = listen(host, port)
    with contextlib.closing(bound), contextlib.closing(_open(data)) as storage:
        address = Address(address_of(bound))
        store = Store(storage, address, token_seconds)
        store.shops.ensure(shops)
        if families and not store.products.has_any(1):
            fill(store.products, 1, families, seed, defects=defects)
        storage.commit()

        async def both() -> None:
            async with asyncio.TaskGroup() as tasks:
                sending = tasks.create_task(store.hints.run(store.products, store.orders))
                await serve(store.app(admin=admin), bound, name="store")
                sending.cancel()

        uvloop.run(both())


class Store:
    """The parts, and the application made of them."""

    def __init__(self, storage: Storage, address: Address, token_seconds: int) -> None:
        self._storage = storage
        self._address = address
        self._faults = FaultBox()
        self._calls = Calls()
        self.shops = Shops(storage)
        self.hints = Hints(storage, self.shops, self._faults)
        self.products = Products(storage, address, self.hints.products_changed)
        self.orders = Orders(storage, self.products, address, self.hints.orders_changed)
        self.fulfilment = Fulfilment(storage, self.orders, self.products)
        self._book = AccessBook(storage, self.shops, token_seconds)

    def app(self, *, admin: bool) -> Gate:
        """The ASGI application, with `/_sandbox/…` or without."""
        api = Api(self._book, self.shops, self.products, self.orders, self.hints, self._address)
        paths = _Paths(
            api.router(),
            OAuth(self._book, self.shops, self._address).router(),
            _public(self.fulfilment, self._address),
        )
        around = Surroundings(api.identify, failure, self._storage.committed, is_page)
        pages = cast("App", panel(self._storage))
        administration = self._admin() if admin else None
        return Gate(paths, administration, pages, self._faults, self._calls, around)

    def _admin(self) -> Router:
        router = admin_router()
        add_common_routes(router, self._faults, self._calls)
        MerchantRoutes(
            self._address, self.shops, self.products, self.orders, self.fulfilment
        ).add_to(router)
        return router


class _Paths:
    """The API, the authorization server and the public documents, by the path's beginning."""

    def __init__(self, api: Router, oauth: Router, public: Router) -> None:
        self._api = api
        self._oauth = oauth
        self._public = public

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI entry."""
        path: str = scope["path"]
        if path.startswith("/api/"):
            await self._api(scope, receive, send)
        elif path.startswith(("/oauth/", "/.well-known/")):
            await self._oauth(scope, receive, send)
        else:
            await self._public(scope, receive, send)


def fill(products: Products, shop: int, families: int, seed: int, *, defects: bool) -> None:
    """Generate a catalogue into the shop, in the open transaction."""
    for batch in batches(products, shop, families, seed, defects):
        products.add(shop, batch)


def _open(data: Path) -> Storage:
    schema = files("ponte_sandbox.store").joinpath("schema.sql").read_text(encoding="utf-8")
    return Storage(data / "store.sqlite", schema)


def _public(fulfilment: Fulfilment, address: Address) -> Router:
    """What needs no token: the contract, photos, invoices by their unguessable links."""
    contract = files("ponte_sandbox.store").joinpath("contract.yaml").read_bytes()
    router = Router(refuse)

    async def openapi(_: Request) -> Answer:
        return Answer(contract, 200, _YAML)

    async def invoice(request: Request) -> Answer:
        token, _, suffix = request.params["file"].partition(".")
        xml = fulfilment.invoice_xml(token) if suffix == "xml" else None
        if xml is None:
            raise Refusal(404, "not_found", "There is no such invoice")
        return Answer(address.outward(xml), 200, _XML)

    async def tracking(request: Request) -> Answer:
        return tracking_page(request.params["code"])

    async def product(request: Request) -> Answer:
        return product_page(request.params["id"])

    router.add("GET", "/openapi.yaml", openapi)
    router.add("GET", "/produto/{id}", product)
    router.add("GET", "/rastreio/{code}", tracking)
    router.add("GET", "/photos/{family}/{file}", photo)
    router.add("GET", "/nfe/{file}", invoice)
    return router
