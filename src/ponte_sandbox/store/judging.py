"""Whether an order may enter the shop: amounts that add up, and a tax id that can be real.

Pure, so that every refusal of the contract (422) can be tried without a server. Unknown SKUs and
missing stock are found where stock is taken (`products.py`), in the same transaction.
"""

import re
from decimal import Decimal

from stdnum.br import cnpj, cpf

from ponte_sandbox.common.asgi import Refusal
from ponte_sandbox.store.wire import Buyer, DocumentType, Order, OrderContent, money

# ASCII on purpose: `\d` and stdnum would let other scripts' digits pass.
_CPF = re.compile(r"[0-9]{11}")
# Since July 2026 the first twelve may be letters; the two check digits stay digits.
_CNPJ = re.compile(r"[0-9A-Z]{12}[0-9]{2}")


def judge_order(order: Order) -> None:
    """Raises `Refusal` 422 with `invalid_document` or `invalid_order` and the field at fault."""
    judge_document(order.buyer)
    judge_amounts(order)


def judge_document(buyer: Buyer) -> None:
    """The CPF or CNPJ must be written without punctuation and have right check digits."""
    if buyer.document_type is DocumentType.CPF:
        valid = _CPF.fullmatch(buyer.document) is not None and cpf.is_valid(buyer.document)
    else:
        valid = _CNPJ.fullmatch(buyer.document) is not None and cnpj.is_valid(buyer.document)
    if not valid:
        reason = f"The buyer's {buyer.document_type.upper()} is not valid; check its digits"
        raise Refusal(422, "invalid_document", reason, "buyer.document")


def judge_amounts(order: OrderContent) -> None:
    """Lines, their sum and the total must add up to the cent."""
    lines = Decimal(0)
    for index, item in enumerate(order.items):
        expected = item.quantity * Decimal(item.unit_price) - Decimal(item.discount)
        _must_equal(expected, item.total, f"items[{index}].total")
        lines += expected
    totals = order.totals
    _must_equal(lines, totals.items, "totals.items")
    total = lines + Decimal(totals.shipping) - Decimal(totals.discount) + Decimal(totals.interest)
    _must_equal(total, totals.total, "totals.total")


def _must_equal(expected: Decimal, given: str, field: str) -> None:
    if expected != Decimal(given):
        reason = f"{field} is {given}, but the amounts add up to {money(expected)}"
        raise Refusal(422, "invalid_order", reason, field)
