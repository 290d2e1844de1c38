"""Pendências: what a person must fix, why, and what to do about it.

A problem is identified by a code, so that a thousand of one cause are one line for the merchant,
and so that it can go away by itself when the cause does. The texts are what the merchant reads here
and, for an order, in the hub's panel (`log_history`); they name no buyer.
"""

from enum import StrEnum

from msgspec import Struct


class ProblemCode(StrEnum):
    """Every cause Ponte can name."""

    # A product that cannot be sent, or that a channel will not publish.
    NO_SKU = "no_sku"
    DUPLICATE_SKU = "duplicate_sku"
    UNREADABLE_PRODUCT = "unreadable_product"
    NO_PRICE = "no_price"
    NO_EAN = "no_ean"
    NO_WEIGHT = "no_weight"
    NO_CATEGORY = "no_category"
    HUB_REFUSED_PRODUCT = "hub_refused_product"
    NOT_TAKEN = "not_taken"
    # An order that cannot enter the store.
    ORDER_UNREADABLE = "order_unreadable"
    NO_ITEMS = "no_items"
    UNKNOWN_SKU = "unknown_sku"
    INVALID_DOCUMENT = "invalid_document"
    TOTAL_MISMATCH = "total_mismatch"
    STORE_REFUSED_ORDER = "store_refused_order"
    CANCEL_REFUSED = "cancel_refused"
    FULFILLED_ELSEWHERE = "fulfilled_elsewhere"
    # A report that does not reach the hub.
    INVALID_INVOICE_KEY = "invalid_invoice_key"
    HUB_REFUSED_REPORT = "hub_refused_report"
    EVENT_UNREADABLE = "event_unreadable"
    # The connection itself.
    HUB_ACCESS_ENDED = "hub_access_ended"
    STORE_ACCESS_ENDED = "store_access_ended"


class FixedAt(StrEnum):
    """Where a person can do something about it."""

    STORE = "store"
    HUB = "hub"
    # Our own page of the merchant's rules.
    RULES = "rules"
    # Connecting again.
    RECONNECT = "reconnect"
    # Whoever runs the integration.
    SUPPORT = "support"


class Problem(Struct, frozen=True):
    """One cause on one thing. `detail` is a short fact: the SKU, the field, the refusing words."""

    code: ProblemCode
    detail: str = ""


class Advice(Struct, frozen=True):
    """What happened and what to do, in both languages of the interface."""

    pt: str
    en: str


ADVICE: dict[ProblemCode, Advice] = {
    ProblemCode.NO_SKU: Advice(
        "O produto não tem SKU. Preencha o SKU na loja para que ele seja enviado.",
        "The product has no SKU. Fill it in at the store so that it can be sent.",
    ),
    ProblemCode.DUPLICATE_SKU: Advice(
        "Outro produto da loja já usa este SKU. Troque um dos dois na loja.",
        "Another product of the store already uses this SKU. Change one of the two at the store.",
    ),
    ProblemCode.UNREADABLE_PRODUCT: Advice(
        "A loja informou este produto de um modo que não pôde ser lido. Salve-o de novo na loja.",
        "The store described this product in a way that could not be read. Save it again there.",
    ),
    ProblemCode.NO_PRICE: Advice(
        "O preço é zero: os canais não publicam o produto. Informe o preço na loja.",
        "The price is zero: channels will not publish the product. Set the price at the store.",
    ),
    ProblemCode.NO_EAN: Advice(
        "O produto não tem um EAN válido; vários canais o exigem. Informe o EAN na loja.",
        "The product has no valid EAN; several channels require it. Fill it in at the store.",
    ),
    ProblemCode.NO_WEIGHT: Advice(
        "O peso ou as dimensões estão em branco ou zerados: o frete não pode ser calculado."
        " Preencha-os na loja.",
        "Weight or dimensions are blank or zero: freight cannot be calculated."
        " Fill them in at the store.",
    ),
    ProblemCode.NO_CATEGORY: Advice(
        "O produto não tem categoria na loja. Escolha uma para que os canais o aceitem.",
        "The product has no category at the store. Choose one so that channels accept it.",
    ),
    ProblemCode.HUB_REFUSED_PRODUCT: Advice(
        "O Plugg.to recusou o produto. Corrija na loja o que a mensagem aponta.",
        "Plugg.to refused the product. Correct at the store what the message points at.",
    ),
    ProblemCode.NOT_TAKEN: Advice(
        "O Plugg.to respondeu, mas não gravou estes campos. Confira o produto no Plugg.to.",
        "Plugg.to answered but did not keep these fields. Check the product at Plugg.to.",
    ),
    ProblemCode.ORDER_UNREADABLE: Advice(
        "O pedido veio do Plugg.to incompleto ou ilegível. Abra um chamado com o número do pedido.",
        "The order came from Plugg.to incomplete or unreadable. Open a ticket with its number.",
    ),
    ProblemCode.NO_ITEMS: Advice(
        "O pedido veio sem itens. Confira-o no Plugg.to e tente de novo.",
        "The order came without items. Check it at Plugg.to and try again.",
    ),
    ProblemCode.UNKNOWN_SKU: Advice(
        "Um SKU do pedido não existe na loja. Cadastre o produto com este SKU e tente de novo.",
        "A SKU of the order does not exist at the store. Create the product and try again.",
    ),
    ProblemCode.INVALID_DOCUMENT: Advice(
        "O CPF ou CNPJ do comprador falta ou é inválido. Corrija-o no Plugg.to e tente de novo.",
        "The buyer's CPF or CNPJ is missing or invalid. Correct it at Plugg.to and try again.",
    ),
    ProblemCode.TOTAL_MISMATCH: Advice(
        "Os valores do pedido diferem mais que a tolerância."
        " Acerte-os no Plugg.to ou mude a tolerância no Ponte.",
        "The order's amounts differ by more than the tolerance. Correct them at Plugg.to, or change"
        " it in Ponte.",
    ),
    ProblemCode.STORE_REFUSED_ORDER: Advice(
        "A loja recusou o pedido. Corrija na loja o que a mensagem aponta e tente de novo.",
        "The store refused the order. Correct there what the message points at and try again.",
    ),
    ProblemCode.CANCEL_REFUSED: Advice(
        "O pedido foi cancelado no canal, mas a loja não aceitou o cancelamento. Trate-o na loja.",
        "The order was canceled in the channel but the store refused. Handle it at the store.",
    ),
    ProblemCode.FULFILLED_ELSEWHERE: Advice(
        "O pedido foi despachado por outro sistema antes de entrar na loja e ficou de fora."
        " Acerte o estoque na loja.",
        "Another system sent the order before it entered the store, so it stays out."
        " Adjust the stock there.",
    ),
    ProblemCode.INVALID_INVOICE_KEY: Advice(
        "A chave da nota fiscal é inválida. Corrija a nota na loja.",
        "The invoice's access key is invalid. Correct the invoice at the store.",
    ),
    ProblemCode.HUB_REFUSED_REPORT: Advice(
        "O Plugg.to recusou o envio da nota ou do rastreio."
        " Corrija na loja o que a mensagem aponta.",
        "Plugg.to refused the invoice or tracking."
        " Correct at the store what the message points at.",
    ),
    ProblemCode.EVENT_UNREADABLE: Advice(
        "A loja informou a nota ou o envio de um modo que não pôde ser lido."
        " Salve o pedido de novo na loja.",
        "The store reported the invoice or dispatch unreadably. Save the order again there.",
    ),
    ProblemCode.HUB_ACCESS_ENDED: Advice(
        "O acesso à conta do Plugg.to terminou. Reconecte para continuar.",
        "The access to the Plugg.to account ended. Reconnect to go on.",
    ),
    ProblemCode.STORE_ACCESS_ENDED: Advice(
        "O acesso à loja terminou. Reconecte para continuar.",
        "The access to the store ended. Reconnect to go on.",
    ),
}


FIXED_AT: dict[ProblemCode, FixedAt] = {
    **dict.fromkeys(ProblemCode, FixedAt.STORE),
    ProblemCode.NOT_TAKEN: FixedAt.HUB,
    ProblemCode.NO_ITEMS: FixedAt.HUB,
    ProblemCode.INVALID_DOCUMENT: FixedAt.HUB,
    ProblemCode.TOTAL_MISMATCH: FixedAt.RULES,
    ProblemCode.ORDER_UNREADABLE: FixedAt.SUPPORT,
    ProblemCode.HUB_ACCESS_ENDED: FixedAt.RECONNECT,
    ProblemCode.STORE_ACCESS_ENDED: FixedAt.RECONNECT,
}


def explain(problem: Problem) -> str:
    """One Portuguese line for people: the advice, and the fact in brackets where there is one."""
    advice = ADVICE[problem.code].pt
    return f"{advice} [{problem.detail}]" if problem.detail else advice
