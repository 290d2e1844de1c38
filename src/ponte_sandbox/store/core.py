"""The store's parts, for whoever puts pages and calls in front of them."""

from dataclasses import dataclass

from ponte_sandbox.common.storage import Storage
from ponte_sandbox.store.access import AccessBook
from ponte_sandbox.store.address import Address
from ponte_sandbox.store.chores import Chores
from ponte_sandbox.store.desk import Desk
from ponte_sandbox.store.fulfilment import Fulfilment
from ponte_sandbox.store.hints import Hints
from ponte_sandbox.store.log_ins import LogIns
from ponte_sandbox.store.mails import Mails
from ponte_sandbox.store.orders import Orders
from ponte_sandbox.store.products import Products
from ponte_sandbox.store.shops import Shops


@dataclass(frozen=True)
class Store:
    """Everything of one process."""

    storage: Storage
    address: Address
    shops: Shops
    log_ins: LogIns
    mails: Mails
    book: AccessBook
    products: Products
    orders: Orders
    fulfilment: Fulfilment
    desk: Desk
    hints: Hints
    chores: Chores
