"""What an order's items cost where the marketplace names a price table instead of a price.

A marketplace usually says what the buyer paid, and that stands, whatever a table says. An item
without a price whose `price_code` (its own, else the order's) names a table of the product costs
what that table says [A].
"""

from collections.abc import Callable
from decimal import Decimal

from ponte_sandbox.hub.orders.fields import Body, amount_of, sold_sku
from ponte_sandbox.hub.products.prices import price_in_table, table_named


def fill_prices(order: Body, product_of: Callable[[str], Body | None]) -> None:
    """Give items of a new order that have none their `price` and `total`; the order is changed."""
    for item in order["items"]:
        code, sku = item.get("price_code") or order.get("price_code"), sold_sku(item)
        if not code or not sku or item.get("price") not in (None, ""):
            continue
        product = product_of(sku)
        table = table_named(product, "price_table", code) if product is not None else None
        if product is None or table is None:
            continue
        variation = next((one for one in product["variations"] if one["sku"] == sku), None)
        price = price_in_table(product, table, variation).due
        if price is None:
            continue
        item["price"] = price
        if item.get("total") in (None, ""):
            discount = amount_of(item.get("discount") or 0) or Decimal(0)
            item["total"] = price * int(amount_of(item["quantity"]) or 0) - discount
