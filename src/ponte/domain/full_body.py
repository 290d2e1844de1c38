"""A family's whole body, made of its content as the ledger keeps it: stock and price are put in
between.

Nearly every call of an export is such a body. Unpacking the content, and packing it again with
stock and price, took more than twice as long.
"""

import msgspec

from ponte.domain.families import Prices, Stock

# Begins an offer: the family itself, then each variation. In a text the quotes would be escaped.
_OFFER = b'{"sku":'
_encode_text = msgspec.json.Encoder().encode


def full_body(sku: str, content: bytes, stock: Stock, price: Prices) -> bytes | None:
    """`content` with everything of `stock` and `price`, as `FamilyBody` is encoded.

    None where the content does not have just these SKUs in their order.
    """
    _, own, *variations = content.split(_OFFER)
    sold = sorted(stock) if variations else []
    if len(sold) != len(variations):
        return None
    offers = [(sku, own, sum(stock.values()))]
    offers += [(each, rest, stock[each]) for each, rest in zip(sold, variations, strict=True)]
    parts = [b""]
    for member, rest, quantity in offers:
        named = _encode_text(member)
        if not rest.startswith(named):
            return None
        amounts = f',"quantity":{quantity}'
        if member in price:
            amount, special = price[member]
            amounts += f',"price":{amount},"special_price":{special or "null"}'
        parts.append(named + amounts.encode() + rest[len(named) :])
    # Behind everything else, as in `FamilyBody`.
    return _OFFER.join(parts)[:-1] + b',"available":1}'
