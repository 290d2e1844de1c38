"""What the states of a connection are called, and what each means for its merchant."""

from msgspec import Struct

from ponte.domain.health import Reason, State
from ponte_ui.language import mark


class StateWords(Struct, frozen=True):
    """The name of a state, the kind of tag it is shown as, and a sentence for the merchant."""

    name: str
    kind: str
    sentence: str


STATES = {
    State.DISCONNECTED: StateWords(
        mark("Desconectada"), "bad", mark("Nada é enviado nem recebido até a reconexão.")
    ),
    State.FAILING: StateWords(
        mark("Com falhas"),
        "bad",
        mark("O outro lado não está respondendo bem. Continuamos tentando; nada se perde."),
    ),
    State.LAGGING: StateWords(
        mark("Atrasada"), "bad", mark("Há algo esperando há mais de 15 minutos.")
    ),
    State.STOPPED: StateWords(
        mark("Parada pelo operador"),
        "waiting",
        mark("Quem opera o Ponte parou os envios por um tempo. Nada se perde."),
    ),
    State.PAUSED: StateWords(
        mark("Pausada por você"),
        "waiting",
        mark("Parte do trabalho está pausada. Veja em Configurações como continuar."),
    ),
    State.HELD: StateWords(
        mark("Aguardando a exportação"),
        "waiting",
        mark("Nada foi enviado ainda: exporte o catálogo para começar."),
    ),
    State.EXPORTING: StateWords(
        mark("Exportando"), "info", mark("O catálogo está indo ao Plugg.to pela primeira vez.")
    ),
    State.ACTIVE: StateWords(
        mark("Ativa"), "good", mark("Tudo certo: a loja e o Plugg.to estão em dia.")
    ),
}

REASONS = {
    Reason.HUB_ACCESS: mark("o acesso à conta do Plugg.to terminou"),
    Reason.STORE_ACCESS: mark("o acesso à loja terminou"),
    Reason.HUB: mark("o Plugg.to falha"),
    Reason.STORE: mark("a loja falha"),
    Reason.STOCK: mark("estoques esperam"),
    Reason.PRICE: mark("preços esperam"),
    Reason.CONTENT: mark("produtos esperam"),
    Reason.ORDERS: mark("pedidos esperam"),
    Reason.REPORTS: mark("notas ou envios esperam"),
    Reason.NOT_CHECKED: mark("a loja ou o Plugg.to não foram conferidos"),
    Reason.OPERATOR: mark("pelo operador"),
    Reason.MERCHANT: mark("pelo lojista"),
    Reason.NOTHING: "",
}
