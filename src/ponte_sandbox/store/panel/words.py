"""The shop's refusals and statuses in a merchant's words."""

from ponte_sandbox.common.asgi import Refusal
from ponte_sandbox.store.wire import OrderStatus
from ponte_ui.language import _, mark

# The contract's words, and how a merchant reads them.
STATUS_WORDS = {
    OrderStatus.APPROVED: mark("Aprovado"),
    OrderStatus.INVOICED: mark("Faturado"),
    OrderStatus.DISPATCHED: mark("Despachado"),
    OrderStatus.DELIVERED: mark("Entregue"),
    OrderStatus.CANCELED: mark("Cancelado"),
}
STATUS_KINDS = {
    OrderStatus.APPROVED: "waiting",
    OrderStatus.INVOICED: "info",
    OrderStatus.DISPATCHED: "info",
    OrderStatus.DELIVERED: "good",
    OrderStatus.CANCELED: "bad",
}

_REASONS = {
    "not_found": mark("Não existe mais."),
    "unknown_sku": mark("Nada é vendido com este SKU."),
    "insufficient_stock": mark(
        "Não há estoque para tanto. Aumente o estoque, ou aceite pedidos sem estoque nas"
        " Configurações."
    ),
    "invalid_order": mark("O valor é maior do que um pedido pode ter."),
    "canceled": mark("O pedido está cancelado."),
    "not_invoiced": mark("O pedido ainda não tem nota fiscal. Fature antes de despachar."),
    "not_dispatched": mark("O pedido ainda não foi despachado."),
    "already_dispatched": mark("O pedido já foi despachado e não pode mais ser cancelado."),
}


def in_words(refusal: Refusal) -> str:
    """Why the shop refuses, and what to do."""
    reason = _REASONS.get(refusal.kind)
    if reason is not None:
        return _(reason)
    return _("A loja recusou: %s") % refusal.reason
