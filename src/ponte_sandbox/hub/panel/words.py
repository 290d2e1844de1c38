"""The hub's codes in the words merchants read (manual, "Words the users know"), and their colours.

A code nobody has a word for is shown as it came: better a strange word than a wrong one.
"""

from typing import Any, Literal

from ponte_ui.language import _, mark

Kind = Literal["plain", "good", "bad", "waiting", "info"]

# In the order of an order's life.
_STATUSES: dict[str, tuple[str, Kind]] = {
    "pending": (mark("Pendente"), "waiting"),
    "partial_payment": (mark("Pagamento parcial"), "waiting"),
    "under_review": (mark("Sob análise"), "waiting"),
    "paid": (mark("Pago"), "waiting"),
    "approved": (mark("Aprovado"), "info"),
    "in_separation": (mark("Em separação"), "info"),
    "waiting_invoice": (mark("Nota fiscal solicitada"), "info"),
    "invoiced": (mark("Faturado"), "good"),
    "invoice_error": (mark("Erro ao gerar nota fiscal"), "bad"),
    "shipping_informed": (mark("Entrega informada"), "good"),
    "shipping_error": (mark("Erro ao enviar entrega"), "bad"),
    "shipped": (mark("Enviado / Despachado"), "good"),
    "delivered": (mark("Entregue"), "good"),
    "canceled": (mark("Cancelado"), "bad"),
    "refunded": (mark("Reembolsado"), "bad"),
}
STATUSES = tuple(_STATUSES)


def status_word(status: object) -> str:
    """A status as people read it."""
    found = _STATUSES.get(status) if isinstance(status, str) else None
    return _(found[0]) if found else str(status)


def status_kind(status: object) -> Kind:
    """The colour of its tag."""
    found = _STATUSES.get(status) if isinstance(status, str) else None
    return found[1] if found else "plain"


def channel_word(channel: str) -> str:
    """A channel's name; orders may come without one."""
    return channel or _("Sem canal")


def web_link(value: Any) -> str:
    """The address if a browser may follow it; empty for `javascript:` and everything else."""
    text = value.strip() if isinstance(value, str) else ""
    return text if text.startswith(("http://", "https://")) else ""
