"""From a hub order to an order the store can take in, or the reason why it cannot.

Marketplaces fill fields differently, miss cents and hide documents in whichever field; this mapping
is forgiving where nothing depends on it (a missing house number) and strict where money, tax or the
parcel do. Every amount is a Decimal from the wire to the wire.
"""

from collections.abc import Mapping
from datetime import datetime
from decimal import ROUND_CEILING, Decimal

from ponte.domain.documents import tax_document
from ponte.domain.families import money
from ponte.domain.hub_order import HubAddress, HubItem, HubOrder
from ponte.domain.orders import approval
from ponte.domain.problems import Problem, ProblemCode
from ponte.domain.store_order import (
    Buyer,
    Delivery,
    StoreItem,
    StoreOrder,
    StorePayment,
    Totals,
)

_ZERO = Decimal("0.00")
_CENT = Decimal("0.01")


def skus_of(order: HubOrder) -> list[str]:
    """Every SKU the order's items may mean, to be looked up in the ledger."""
    return [sku for item in order.items for sku in _candidates(item)]


def map_order(
    order: HubOrder, store_skus: Mapping[str, str], tolerance: Decimal, first_seen: datetime
) -> StoreOrder | Problem:
    """The order for the store. `store_skus` spells hub SKUs as the store does; `tolerance` is in
    reais, by how much the parts may miss the total; `first_seen` is when we first heard of it."""
    if not order.items:
        return Problem(ProblemCode.NO_ITEMS)
    items = []
    for place, item in enumerate(order.items):
        mapped = _map_item(item, place, store_skus)
        if isinstance(mapped, Problem):
            return mapped
        items.append(mapped)
    totals = _map_totals(order, sum((item.total for item in items), _ZERO), tolerance)
    if isinstance(totals, Problem):
        return totals
    buyer = _map_buyer(order)
    if isinstance(buyer, Problem):
        return buyer
    return StoreOrder(
        hub_order_id=order.id,
        hub_order_number=order.order_number,
        marketplace_order_id=order.marketplace_id,
        channel=order.channel,
        placed_at=_placed_at(order, first_seen),
        approved_at=approval(order),
        totals=totals,
        buyer=buyer,
        delivery=_map_delivery(order, buyer),
        items=tuple(items),
        payments=tuple(
            StorePayment(payment.method, max(1, payment.installments), payment.total)
            for payment in order.payments
            if payment.total is not None
        ),
        currency=order.currency or "BRL",
    )


def _placed_at(order: HubOrder, first_seen: datetime) -> datetime:
    """When the buyer ordered, as nearly as the hub tells: the same at every try, so that a repeated
    PUT carries the same order. Hence nothing newer than our first look counts: `modified` moves."""
    if order.created is not None:
        return order.created
    dated = [change.at for change in order.history if change.at is not None]
    if dated:
        return min(dated)
    return first_seen if order.modified is None else min(order.modified, first_seen)


def _candidates(item: HubItem) -> tuple[str, ...]:
    return tuple(sku for sku in (item.sku, *item.other_skus) if sku)


def _map_item(item: HubItem, place: int, store_skus: Mapping[str, str]) -> StoreItem | Problem:
    candidates = _candidates(item)
    if not candidates:
        return Problem(ProblemCode.UNKNOWN_SKU, f"item {place + 1}")
    if item.quantity is None or item.quantity <= 0:
        return Problem(ProblemCode.ORDER_UNREADABLE, f"quantidade do item {place + 1}")
    price = item.price
    rounding = _ZERO
    if price is None and item.total is not None:
        # Three for 10.00 are three at 3.34 less two cents: the line stays right to the cent.
        price = (item.total / item.quantity).quantize(_CENT, ROUND_CEILING)
        rounding = price * item.quantity - item.total
    if price is None or price < 0:
        return Problem(ProblemCode.ORDER_UNREADABLE, f"preço do item {place + 1}")
    # The ledger may not know the SKU yet; then the store is asked with the hub's spelling.
    hub_spelling = next((sku for sku in candidates if sku in store_skus), candidates[0])
    return StoreItem(
        sku=store_skus.get(hub_spelling, hub_spelling),
        hub_sku=hub_spelling,
        name=item.name,
        quantity=item.quantity,
        unit_price=price,
        discount=rounding,
        total=price * item.quantity - rounding,
    )


def _map_totals(order: HubOrder, items: Decimal, tolerance: Decimal) -> Totals | Problem:
    shipping = order.shipping or _ZERO
    discount = abs(order.discount or _ZERO)
    item_discounts = sum((abs(item.discount or _ZERO) for item in order.items), _ZERO)
    total = order.total
    if total is None:
        total = order.total_paid if order.total_paid is not None else items + shipping - discount
    missing = total - (items + shipping - discount)
    if abs(missing) > tolerance and abs(missing + item_discounts) <= tolerance:
        # This channel gives discounts per item and not again for the whole order.
        discount += item_discounts
        missing += item_discounts
    if missing > tolerance and not _is_interest(order, total, tolerance):
        return _mismatch(items, shipping, discount, total)
    if missing < -tolerance:
        return _mismatch(items, shipping, discount, total)
    # What is left is rounding or interest; booked so that the store's order has the hub's total.
    interest = max(missing, _ZERO)
    discount += max(-missing, _ZERO)
    return Totals(items, shipping, discount, interest, total)


def _is_interest(order: HubOrder, total: Decimal, tolerance: Decimal) -> bool:
    """Whether the buyer paid the surplus: instalments that add up to the total."""
    paid = sum((payment.total or _ZERO for payment in order.payments), _ZERO)
    in_instalments = any(payment.installments > 1 for payment in order.payments)
    return in_instalments and abs(paid - total) <= tolerance


def _mismatch(items: Decimal, shipping: Decimal, discount: Decimal, total: Decimal) -> Problem:
    parts = f"{money(items)} + {money(shipping)} - {money(discount)}"
    return Problem(ProblemCode.TOTAL_MISMATCH, f"{parts} ≠ {money(total)}")


def _map_buyer(order: HubOrder) -> Buyer | Problem:
    payer, receiver = order.payer, order.receiver
    document = tax_document((*payer.documents, *receiver.documents))
    if document is None:
        return Problem(ProblemCode.INVALID_DOCUMENT)
    name = payer.name or receiver.name or ""
    if document.type == "cnpj":
        name = payer.company_name or name
    return Buyer(
        name=name or "Comprador",
        document_type=document.type,
        document=document.number,
        state_registration=payer.state_registration,
        email=payer.email or receiver.email,
        phone=payer.phone or receiver.phone,
    )


def _map_delivery(order: HubOrder, buyer: Buyer) -> Delivery:
    """The receiver's address; the payer's only where the channel gave no receiver at all."""
    address = order.receiver if _has_address(order.receiver) else order.payer
    return Delivery(
        recipient=address.name or buyer.name,
        street=address.street or "",
        number=address.number or "S/N",
        neighborhood=address.neighborhood or "",
        city=address.city or "",
        state=address.state or "",
        postal_code=address.postal_code or "",
        country=address.country or "BR",
        complement=address.complement,
        reference=address.reference,
        phone=address.phone or buyer.phone,
        method=order.delivery_type,
        estimated_delivery=order.expected_delivery,
    )


def _has_address(address: HubAddress) -> bool:
    return bool(address.street or address.postal_code)
