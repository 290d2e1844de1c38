"""What the states of connections, and the troubles of hub and platforms, are called."""

from collections.abc import Sequence

from ponte.domain.health import Reason, State
from ponte.services.outages import OutageView
from ponte_ui import formats
from ponte_ui.language import _, mark

STATE_NAMES = {
    State.DISCONNECTED: mark("Desconectada"),
    State.FAILING: mark("Com falhas"),
    State.LAGGING: mark("Atrasada"),
    State.STOPPED: mark("Parada pelo operador"),
    State.PAUSED: mark("Pausada pelo lojista"),
    State.HELD: mark("Aguardando a exportação"),
    State.SWITCHED_OFF: mark("Desligada"),
    State.EXPORTING: mark("Primeira exportação"),
    State.ACTIVE: mark("Ativa"),
}
# The colours of the tags; the words say it, too.
_STATE_KINDS = {
    State.DISCONNECTED: "bad",
    State.FAILING: "bad",
    State.LAGGING: "bad",
    State.STOPPED: "waiting",
    State.PAUSED: "waiting",
    State.HELD: "plain",
    State.SWITCHED_OFF: "plain",
    State.EXPORTING: "info",
    State.ACTIVE: "good",
}
# What each means for its merchant.
_STATE_SENTENCES = {
    State.DISCONNECTED: mark("Nada é enviado nem recebido até a reconexão."),
    State.LAGGING: mark("Há algo esperando há mais de 15 minutos."),
    State.STOPPED: mark("Quem opera o Ponte parou os envios por um tempo. Nada se perde."),
    State.PAUSED: mark("Parte do trabalho está pausada. Veja em Configurações como continuar."),
    State.SWITCHED_OFF: mark("Nada é enviado nem recebido até que alguém a ligue de novo."),
    State.HELD: mark("Nada foi enviado ainda: exporte o catálogo para começar."),
    State.EXPORTING: mark("O catálogo está indo ao Plugg.to pela primeira vez."),
    State.ACTIVE: mark("Tudo certo: a loja e o Plugg.to estão em dia."),
}
# Whose trouble it is, and what there is to do.
_FAILING_SENTENCES = {
    Reason.HUB: mark(
        "O Plugg.to não está respondendo bem. Não é nada com a sua loja, e você não precisa fazer"
        " nada: continuamos tentando, e nada se perde."
    ),
    Reason.STORE: mark(
        "A sua loja não está respondendo bem. Veja se ela abre; se abrir, avise o suporte da"
        " plataforma. Continuamos tentando, e nada se perde."
    ),
}
REASON_NAMES = {
    Reason.HUB_ACCESS: mark("O acesso ao Plugg.to terminou"),
    Reason.STORE_ACCESS: mark("O acesso à loja terminou"),
    Reason.HUB: mark("As chamadas ao Plugg.to falham"),
    Reason.STORE: mark("As chamadas à loja falham"),
    Reason.STOCK: mark("Há estoque esperando"),
    Reason.PRICE: mark("Há preço esperando"),
    Reason.CONTENT: mark("Há cadastro de produto esperando"),
    Reason.ORDERS: mark("Há pedido esperando"),
    Reason.REPORTS: mark("Há nota ou envio esperando"),
    Reason.NOT_CHECKED: mark("A loja ou o Plugg.to não são conferidos"),
    Reason.OPERATOR: mark("Um operador parou os envios"),
    Reason.MERCHANT: mark("O lojista pausou um dos envios"),
    Reason.NOTHING: "",
}


def state_name(state: str) -> str:
    """The state in the page's language."""
    return _(STATE_NAMES[State(state)])


def state_kind(state: str) -> str:
    """The colour of its tag."""
    return _STATE_KINDS[State(state)]


def state_sentence(state: str, reason: str) -> str:
    """What the state means for the merchant, in the page's language."""
    found = State(state)
    return _(
        _FAILING_SENTENCES[Reason(reason)] if found is State.FAILING else _STATE_SENTENCES[found]
    )


def reason_name(reason: str) -> str:
    """Why, in the page's language; empty where there is nothing to say, or the word is another
    version's: pages and workers are not renewed in one moment."""
    text = REASON_NAMES[Reason(reason)] if reason in list(Reason) else ""
    return _(text) if text else ""


def state_options() -> Sequence[tuple[str, str]]:
    """For a list to choose from."""
    return [("", _("Todas")), *((state.value, _(name)) for state, name in STATE_NAMES.items())]


def outage_sentence(outage: OutageView) -> str:
    """ "O Plugg.to responde 503 para 92 % das contas desde …"; to a merchant, who is not told of
    others' accounts, without their share."""
    side = _("O Plugg.to") if outage.side == "hub" else _("A plataforma da loja")
    answer = _("responde %d") % outage.status if outage.status else _("não responde")
    since = formats.when(outage.began_at)
    if not outage.accounts:
        return _("%(side)s está com problemas desde %(since)s; os envios continuam sozinhos.") % {
            "side": side,
            "since": since,
        }
    share = formats.percent(outage.failing / outage.accounts)
    return _("%(side)s (%(place)s) %(answer)s para %(share)s das contas desde %(since)s.") % {
        "side": side,
        "place": outage.place,
        "answer": answer,
        "share": share,
        "since": since,
    }
