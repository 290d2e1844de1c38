"""What a merchant does at the shop, whether by page or by API: one way for both.

Everything raises `Refusal` with a kind and, where one is at fault, a field; who asked puts it into
their own shape and language.
"""

from collections.abc import Callable

from ponte_sandbox.common.asgi import Refusal
from ponte_sandbox.store.edits import ProductEdit, created, edited, with_price, with_stock
from ponte_sandbox.store.fulfilment import DispatchWish, Fulfilment, load_invoicing
from ponte_sandbox.store.orders import OrderRow, Orders
from ponte_sandbox.store.products import Products
from ponte_sandbox.store.shops import Shop
from ponte_sandbox.store.wire import Product


class Desk:
    """The merchant's actions."""

    def __init__(self, products: Products, orders: Orders, fulfilment: Fulfilment) -> None:
        self._products = products
        self._orders = orders
        self._fulfilment = fulfilment

    def product(self, shop: int, family: int) -> Product:
        """A family as stored; 404 when there is none."""
        product = self._products.get(shop, family)
        if product is None:
            raise Refusal(404, "not_found", "There is no such product")
        return product

    def create(self, shop: int, edits: list[ProductEdit]) -> list[Product]:
        """New families, all or none."""
        products = [created(edit, self._products.next_id(shop)) for edit in edits]
        self._products.add(shop, products)
        return products

    def edit(self, shop: int, family: int, edit: ProductEdit) -> Product:
        """Change a family."""
        product = edited(self.product(shop, family), edit)
        self._products.replace(shop, product)
        return product

    def delete(self, shop: int, family: int) -> None:
        """Take a family out of the catalogue."""
        self._products.delete(shop, self.product(shop, family))

    def set_stock(self, shop: int, sku: str, stock: int) -> Product:
        """What is left of what is sold under the SKU."""
        return self._change_sold(shop, sku, lambda product: with_stock(product, sku, stock))

    def set_price(self, shop: int, sku: str, price: str, special: str | None) -> Product:
        """Both prices of what is sold under the SKU."""
        return self._change_sold(
            shop, sku, lambda product: with_price(product, sku, price, special)
        )

    def order(self, shop: int, order: str) -> OrderRow:
        """By the hub's id, or, for the store's own sales too, by the store's number."""
        row = self._orders.find(shop, order)
        if row is None and order.isascii() and order.isdigit() and len(order) < 12:
            row = self._orders.by_number(shop, int(order))
        if row is None:
            raise Refusal(404, "not_found", "There is no such order")
        return row

    async def invoice(self, shop: Shop, order: str) -> OrderRow:
        """Issue the invoice, see `Fulfilment.invoice`."""
        await load_invoicing()
        return self._fulfilment.invoice(shop, self.order(shop.shop, order))

    async def inform_delivery(self, shop: Shop, order: str, wish: DispatchWish) -> OrderRow:
        """Invoice and dispatch at once (R8)."""
        await load_invoicing()
        return self._fulfilment.inform_delivery(shop, self.order(shop.shop, order), wish)

    def dispatch(self, shop: Shop, order: str, wish: DispatchWish) -> OrderRow:
        """Hand to the carrier, see `Fulfilment.dispatch`."""
        return self._fulfilment.dispatch(shop, self.order(shop.shop, order), wish)

    def deliver(self, shop: Shop, order: str) -> OrderRow:
        """The buyer has it, see `Fulfilment.deliver`."""
        return self._fulfilment.deliver(shop, self.order(shop.shop, order))

    def cancel(self, shop: int, order: str, reason: str) -> OrderRow:
        """Cancel, see `Orders.cancel`."""
        return self._orders.cancel(shop, self.order(shop, order), reason)

    def _change_sold(self, shop: int, sku: str, change: Callable[[Product], bool]) -> Product:
        family = self._products.owner(shop, sku)
        product = self._products.get(shop, family) if family is not None else None
        if product is None or not change(product):
            raise Refusal(404, "unknown_sku", f"Nothing is sold under the SKU {sku[:100]!r}", "sku")
        self._products.replace(shop, product)
        return product
