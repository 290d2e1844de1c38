"""Where a product stands between store and hub, as a list of products tells it: in one state.

The ledger computes the state with the row (`family.state`), as a number whose lower bits say what
differs; here is what the numbers mean, and which of them each list of the panel shows. One state a
product, because a list that is one range of an index is found at once among a million.
"""

from enum import IntFlag, StrEnum


class Facet(IntFlag):
    """What may differ, each with a clock of its own (R3)."""

    STOCK = 1
    PRICE = 2
    CONTENT = 4


class Standing(StrEnum):
    """What people are told of a product."""

    EQUAL = "equal"
    TO_SEND = "to_send"
    NEVER_SENT = "never_sent"
    REFUSED = "refused"
    SKU_TAKEN = "sku_taken"
    OFF_SALE = "off_sale"
    LEAVING = "leaving"


_NEVER_SENT = 8
_REFUSED = 16
_SKU_TAKEN = 24
_OFF_SALE = 25
_LEAVING = 26
_FACETS = range(1, 8)
_TO_SEND = tuple(_FACETS)
_ALL_REFUSED = tuple(range(_REFUSED, _REFUSED + 8))


class View(StrEnum):
    """What a list of products shows; the words stand in addresses."""

    ALL = "todos"
    EQUAL = "iguais"
    TO_SEND = "a-enviar"
    STOCK = "estoque"
    PRICE = "preco"
    CONTENT = "cadastro"
    NEVER_SENT = "nunca-enviados"
    REFUSED = "recusados"
    WARNED = "com-aviso"
    OFF_SALE = "fora-de-venda"
    SKU_TAKEN = "sku-em-conflito"


def _differing(facet: Facet) -> tuple[int, ...]:
    """Known to the hub, and different in this; sent or refused."""
    return tuple(state for state in (*_TO_SEND, *_ALL_REFUSED) if state & facet)


# A warning is no state: it stands beside any.
STATES: dict[View, tuple[int, ...]] = {
    View.EQUAL: (0,),
    View.TO_SEND: (*_TO_SEND, _NEVER_SENT, _LEAVING),
    View.STOCK: _differing(Facet.STOCK),
    View.PRICE: _differing(Facet.PRICE),
    View.CONTENT: _differing(Facet.CONTENT),
    View.NEVER_SENT: (_NEVER_SENT,),
    View.REFUSED: _ALL_REFUSED,
    View.OFF_SALE: (_OFF_SALE, _LEAVING),
    View.SKU_TAKEN: (_SKU_TAKEN,),
}
EVERY_STATE = (0, *_TO_SEND, _NEVER_SENT, *_ALL_REFUSED, _SKU_TAKEN, _OFF_SALE, _LEAVING)


def states_of(view: View) -> tuple[int, ...]:
    """The states that a list shows."""
    return STATES.get(view, EVERY_STATE)


def standing_of(state: int) -> Standing:
    """What a state is called."""
    if state in _ALL_REFUSED:
        return Standing.REFUSED
    if state in _FACETS:
        return Standing.TO_SEND
    return {
        _NEVER_SENT: Standing.NEVER_SENT,
        _SKU_TAKEN: Standing.SKU_TAKEN,
        _OFF_SALE: Standing.OFF_SALE,
        _LEAVING: Standing.LEAVING,
    }.get(state, Standing.EQUAL)


def facets_of(state: int) -> Facet:
    """What differs between store and hub; of a product that the hub has nothing of: nothing."""
    differs = state in _FACETS or state in _ALL_REFUSED
    return Facet(state & 7) if differs else Facet(0)
