"""Start the sandbox hub: open its database, put the parts together, serve until stopped.

Everything it must not forget is in one file, `hub.sqlite` in the data folder: a hub that was
killed starts again with all it had answered, and goes on delivering notifications and placing
the marketplace's orders.
"""

import asyncio
import gc
from collections.abc import Sequence
from pathlib import Path
from typing import cast

import uvloop

from ponte_sandbox.common.admin import add_common_routes, admin_router
from ponte_sandbox.common.asgi import App, Refusal, Router, Scope
from ponte_sandbox.common.calls import Calls
from ponte_sandbox.common.faults import FaultBox
from ponte_sandbox.common.gate import Gate, Surroundings
from ponte_sandbox.common.server import listen, serve
from ponte_sandbox.common.storage import Storage
from ponte_sandbox.hub.accounts import Accounts
from ponte_sandbox.hub.admin_routes import add_admin_routes
from ponte_sandbox.hub.apps import AppAddress, Apps, is_web_address
from ponte_sandbox.hub.assumptions import Assumptions
from ponte_sandbox.hub.core import Hub
from ponte_sandbox.hub.documents import ADMINISTRATION, PUBLIC, add_document_routes
from ponte_sandbox.hub.freight.inquiry import Inquiry
from ponte_sandbox.hub.freight.routes import add_freight_admin_routes
from ponte_sandbox.hub.labels.printer import Printer
from ponte_sandbox.hub.labels.routes import add_label_routes
from ponte_sandbox.hub.marketplace.routes import add_marketplace_routes
from ponte_sandbox.hub.marketplace.runs import Marketplace
from ponte_sandbox.hub.messages.desk import Desk
from ponte_sandbox.hub.messages.routes import add_message_admin_routes, add_message_routes
from ponte_sandbox.hub.notifications.courier import Courier
from ponte_sandbox.hub.notifications.journal import Journal
from ponte_sandbox.hub.notifications.outbox import Outbox
from ponte_sandbox.hub.oauth_routes import add_oauth_routes, guard_api
from ponte_sandbox.hub.orders.archive import Archive
from ponte_sandbox.hub.orders.collector import Collector
from ponte_sandbox.hub.orders.counter import Counter
from ponte_sandbox.hub.orders.downloads import Downloads
from ponte_sandbox.hub.orders.routes import add_order_routes
from ponte_sandbox.hub.panel.application import is_page, panel
from ponte_sandbox.hub.panel.parts import Parts
from ponte_sandbox.hub.places.register import Register
from ponte_sandbox.hub.places.routes import add_place_routes
from ponte_sandbox.hub.products.routes import add_product_routes
from ponte_sandbox.hub.products.shelf import Shelf
from ponte_sandbox.hub.stamps import Ids
from ponte_sandbox.hub.wire import failure, refuse_as_assumed

_NEW_OBJECTS_PER_COLLECTION = 50_000
_SCHEMA = Path(__file__).with_name("schema.sql")


def run(
    *,
    host: str,
    port: int,
    data: Path,
    admin: bool,
    accounts: int,
    assume: Sequence[str],
    token_seconds: int,
    app_url: str | None = None,
) -> None:
    """Serve until SIGTERM or SIGINT. Raises ValueError for an unknown assumption or an `app_url`
    that is no address, OSError when the address or the folder cannot be had."""
    assumptions = Assumptions(assume)
    if app_url is not None and not is_web_address(app_url):
        raise ValueError(f"--app-url is an http address, not {app_url!r}")
    bound = listen(host, port)
    storage = Storage(data / "hub.sqlite", _SCHEMA.read_text("utf-8"))
    faults = FaultBox()
    hub = build_hub(storage, assumptions, faults, token_seconds)
    hub.accounts.ensure(accounts)
    if app_url is not None:
        hub.apps.register(AppAddress(hub.apps.webstore_client(), app_url))
    storage.commit()
    marketplace = Marketplace(hub)
    gate = build_gate(hub, marketplace, faults, admin=admin)

    # What was loaded until here stays, and need not be looked through for cycles again and again.
    gc.collect()
    gc.freeze()
    gc.set_threshold(_NEW_OBJECTS_PER_COLLECTION, 20, 50)

    async def main() -> None:
        try:
            async with asyncio.TaskGroup() as group:
                background = [
                    group.create_task(Courier(storage, hub.outbox, hub.journal).run()),
                    group.create_task(marketplace.work()),
                    group.create_task(Collector(hub).run()),
                    group.create_task(hub.archive.index.complete()),
                ]
                await serve(gate, bound, name="hub")
                for task in background:
                    task.cancel()
        finally:
            storage.close()

    uvloop.run(main())


def build_hub(
    storage: Storage, assumptions: Assumptions, faults: FaultBox, token_seconds: int
) -> Hub:
    """The hub's parts on an open database."""
    ids = Ids()
    archive = Archive(storage, ids)
    outbox = Outbox(storage, faults)
    shelf = Shelf(storage, ids)
    downloads = Downloads(storage)
    counter = Counter(storage, shelf, archive, outbox, downloads, ids, assumptions)
    places = Register(storage, ids)
    return Hub(
        storage=storage,
        assumptions=assumptions,
        accounts=Accounts(storage, token_seconds),
        apps=Apps(storage),
        ids=ids,
        shelf=shelf,
        archive=archive,
        counter=counter,
        downloads=downloads,
        outbox=outbox,
        journal=Journal(storage),
        desk=Desk(storage, outbox, ids, shelf, archive),
        printer=Printer(storage, ids, archive, counter),
        places=places,
        inquiry=Inquiry(storage, shelf, places),
    )


def build_gate(hub: Hub, marketplace: Marketplace, faults: FaultBox, *, admin: bool) -> Gate:
    """The ASGI application."""
    router = Router(
        lambda refusal: refuse_as_assumed(hub.assumptions, refusal),
        lambda scope: guard_api(hub, scope),
    )
    add_oauth_routes(router, hub)
    add_product_routes(router, hub)
    add_order_routes(router, hub)
    add_message_routes(router, hub)
    add_label_routes(router, hub)
    add_place_routes(router, hub)
    add_document_routes(router, PUBLIC)
    calls = Calls()
    admin_routes = None
    if admin:
        admin_routes = admin_router()
        add_common_routes(admin_routes, faults, calls)
        add_admin_routes(admin_routes, hub)
        add_marketplace_routes(admin_routes, marketplace)
        add_message_admin_routes(admin_routes, hub)
        add_freight_admin_routes(admin_routes, hub)
        add_document_routes(admin_routes, ADMINISTRATION, "/_sandbox")

    def account_of(scope: Scope) -> str:
        try:
            caller = hub.accounts.caller_of(scope)
        except Refusal:
            # A query that cannot be read; the handler says so.
            caller = None
        scope["caller"] = caller
        return str(caller.account) if caller else ""

    around = Surroundings(
        account_of=account_of,
        failure=lambda status, wait: failure(hub.assumptions, status, wait),
        settle=hub.storage.committed,
        is_page=is_page,
        route_of=router.template_of,
    )
    parts = Parts(hub, marketplace, faults, calls)
    pages = cast("App", panel(parts, admin=admin))
    return Gate(router, admin_routes, pages, faults, calls, around)
