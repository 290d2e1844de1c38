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
from ponte_sandbox.store.catalogue.fill import fill
from ponte_sandbox.store.chores import Chores
from ponte_sandbox.store.core import Store
from ponte_sandbox.store.desk import Desk
from ponte_sandbox.store.fulfilment import Fulfilment
from ponte_sandbox.store.hints import Hints
from ponte_sandbox.store.log_ins import LogIns
from ponte_sandbox.store.mails import Mails
from ponte_sandbox.store.merchant import MerchantRoutes
from ponte_sandbox.store.oauth import OAuth
from ponte_sandbox.store.orders import Orders
from ponte_sandbox.store.panel.application import is_page, panel
from ponte_sandbox.store.photos import photo
from ponte_sandbox.store.products import Products
from ponte_sandbox.store.refusals import failure, refuse
from ponte_sandbox.store.shops import Shops
from ponte_sandbox.store.upgrades import add_columns, add_rows

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
        faults = FaultBox()
        store = build_store(storage, Address(address_of(bound)), faults, token_seconds)
        store.shops.ensure(shops)
        add_rows(store.log_ins, store.products)
        if families and not store.products.has_any(1):
            fill(store.products, 1, families, seed, defects=defects)
        storage.commit()

        async def all_of_it() -> None:
            async with asyncio.TaskGroup() as tasks:
                background = [
                    tasks.create_task(store.hints.run(store.products, store.orders)),
                    tasks.create_task(store.chores.run()),
                ]
                await serve(build_gate(store, faults, admin=admin), bound, name="store")
                for task in background:
                    task.cancel()

        uvloop.run(all_of_it())


def build_store(storage: Storage, address: Address, faults: FaultBox, token_seconds: int) -> Store:
    """The store's parts on an open database."""
    shops = Shops(storage)
    hints = Hints(storage, shops, faults)
    products = Products(storage, address, hints.products_changed)
    orders = Orders(storage, products, address, hints.orders_changed)
    fulfilment = Fulfilment(storage, orders, products)
    return Store(
        storage=storage,
        address=address,
        shops=shops,
        log_ins=LogIns(storage),
        mails=Mails(storage),
        book=AccessBook(storage, shops, token_seconds),
        products=products,
        orders=orders,
        fulfilment=fulfilment,
        desk=Desk(products, orders, fulfilment),
        hints=hints,
        chores=Chores(storage),
    )


def build_gate(store: Store, faults: FaultBox, *, admin: bool) -> Gate:
    """The ASGI application, with `/_sandbox/…` or without."""
    calls = Calls()
    api = Api(store.book, store.shops, store.products, store.orders, store.hints, store.address)
    paths = _Paths(
        api.router(),
        OAuth(store.book, store.address).router(),
        _public(store.fulfilment, store.address),
    )
    administration = None
    if admin:
        administration = admin_router()
        add_common_routes(administration, faults, calls)
        MerchantRoutes(store.address, store.shops, store.products, store.orders, store.desk).add_to(
            administration
        )
    around = Surroundings(api.identify, failure, store.storage.committed, is_page)
    pages = cast("App", panel(store, admin=admin))
    return Gate(paths, administration, pages, faults, calls, around)


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


def _open(data: Path) -> Storage:
    schema = files("ponte_sandbox.store").joinpath("schema.sql").read_text(encoding="utf-8")
    storage = Storage(data / "store.sqlite", schema)
    add_columns(storage)
    return storage


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

    router.add("GET", "/openapi.yaml", openapi)
    router.add("GET", "/photos/{family}/{file}", photo)
    router.add("GET", "/nfe/{file}", invoice)
    return router
