"""The parts of the hub, put together once and handed to whatever serves or feeds it."""

from dataclasses import dataclass

from ponte_sandbox.common.storage import Storage
from ponte_sandbox.hub.accounts import Accounts
from ponte_sandbox.hub.apps import Apps
from ponte_sandbox.hub.assumptions import Assumptions
from ponte_sandbox.hub.freight.inquiry import Inquiry
from ponte_sandbox.hub.labels.printer import Printer
from ponte_sandbox.hub.messages.desk import Desk
from ponte_sandbox.hub.notifications.journal import Journal
from ponte_sandbox.hub.notifications.outbox import Outbox
from ponte_sandbox.hub.orders.archive import Archive
from ponte_sandbox.hub.orders.counter import Counter
from ponte_sandbox.hub.orders.downloads import Downloads
from ponte_sandbox.hub.places.register import Register
from ponte_sandbox.hub.products.shelf import Shelf
from ponte_sandbox.hub.stamps import Ids


@dataclass(frozen=True)
class Hub:
    """Everything a request handler needs."""

    storage: Storage
    assumptions: Assumptions
    accounts: Accounts
    apps: Apps
    ids: Ids
    shelf: Shelf
    archive: Archive
    counter: Counter
    downloads: Downloads
    outbox: Outbox
    desk: Desk
    printer: Printer
    places: Register
    inquiry: Inquiry
    journal: Journal
