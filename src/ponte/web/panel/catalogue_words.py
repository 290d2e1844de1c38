"""The catalogue in the words of people: states, facets, calls and what came of them."""

from collections.abc import Mapping
from decimal import Decimal

from ponte.domain.made_calls import CallOutcome
from ponte.domain.problems import ADVICE, ProblemCode
from ponte.domain.standing import Facet, Standing, View
from ponte.ledger.catalogue_list import MOST_COUNTED
from ponte.services.catalogue import Order
from ponte.services.products import Call
from ponte_ui.formats import money, number
from ponte_ui.language import PORTUGUESE, _, current_language, mark

# The name, and the kind of its tag.
STANDINGS = {
    Standing.EQUAL: (mark("Igual no Plugg.to"), "good"),
    Standing.TO_SEND: (mark("A enviar"), "waiting"),
    Standing.NEVER_SENT: (mark("Nunca enviado"), "waiting"),
    Standing.REFUSED: (mark("Recusado"), "bad"),
    Standing.SKU_TAKEN: (mark("SKU em conflito"), "bad"),
    Standing.OFF_SALE: (mark("Fora de venda"), "plain"),
    Standing.LEAVING: (mark("Saindo de venda"), "waiting"),
}
FACETS = {
    Facet.STOCK: mark("Estoque"),
    Facet.PRICE: mark("Preço"),
    Facet.CONTENT: mark("Cadastro"),
}
VIEWS = {
    View.ALL: mark("Todos"),
    View.EQUAL: mark("Iguais no Plugg.to"),
    View.TO_SEND: mark("A enviar"),
    View.STOCK: mark("Estoque diferente"),
    View.PRICE: mark("Preço diferente"),
    View.CONTENT: mark("Cadastro diferente"),
    View.NEVER_SENT: mark("Nunca enviados"),
    View.REFUSED: mark("Recusados"),
    View.WARNED: mark("Com aviso"),
    View.OFF_SALE: mark("Fora de venda"),
    View.SKU_TAKEN: mark("SKU em conflito"),
}
ORDERS = {
    Order.SKU: mark("SKU"),
    Order.SINCE: mark("Diferente há mais tempo"),
    Order.ACKED: mark("Confirmado por último"),
}
_CALLS = {
    "stock": mark("Enviar o estoque"),
    "price": mark("Enviar o preço"),
    "offers": mark("Enviar estoque e preço"),
    "content": mark("Enviar o produto inteiro"),
    "retire": mark("Tirar de venda"),
    "delete": mark("Apagar do Plugg.to"),
    "probe": mark("Ler do Plugg.to"),
}
OUTCOMES = {
    CallOutcome.TAKEN: (mark("aceita"), "good"),
    CallOutcome.NOT_TAKEN: (mark("aceita em parte"), "waiting"),
    CallOutcome.REFUSED: (mark("recusada"), "bad"),
    CallOutcome.MISSING: (mark("o Plugg.to não tem o produto"), "waiting"),
    CallOutcome.THROTTLED: (mark("o Plugg.to pediu calma"), "waiting"),
    CallOutcome.FAILED: (mark("falhou, será repetida"), "waiting"),
    CallOutcome.UNAUTHORISED: (mark("acesso negado"), "bad"),
}


def facet_names(facets: Facet) -> list[str]:
    """What of a product differs."""
    return [_(name) for facet, name in FACETS.items() if facet in facets]


def view_options(counts: Mapping[View, int]) -> list[tuple[View, str]]:
    """The lists to choose from, with how many products each has."""
    return [
        (view, f"{_(name)} ({counted(counts[view])})" if view in counts else _(name))
        for view, name in VIEWS.items()
    ]


def counted(count: int) -> str:
    """A count that may have ended at its bound: 1.000+."""
    return f"{number(MOST_COUNTED)}+" if count > MOST_COUNTED else number(count)


def price_range(prices: tuple[str, str] | None) -> str:
    """R$ 10,00, or from the lowest to the highest."""
    if prices is None:
        return money(None)
    lowest, highest = money(Decimal(prices[0])), money(Decimal(prices[1]))
    return lowest if lowest == highest else f"{lowest} – {highest}"


def amount(text: str | None) -> str:
    """Money as the ledger keeps it; a dash where there is none."""
    return money(None if text is None else Decimal(text))


def call_name(call: Call) -> str:
    """What the call was for."""
    return _(_CALLS[call.kind]) if call.kind in _CALLS else call.kind


def advice(code: ProblemCode) -> str:
    """What to do about it, in the page's language."""
    told = ADVICE[code]
    return told.pt if current_language() == PORTUGUESE else told.en
