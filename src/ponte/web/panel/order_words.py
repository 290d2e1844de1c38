"""Orders and pendências in words: states, steps, whose turn it is, where something is fixed."""

from collections.abc import Iterable

from ponte.domain.orders import LEFT_OUT
from ponte.domain.problems import ADVICE, Advice, FixedAt, ProblemCode
from ponte.domain.timeline import Awaited, Step, StepName, StepState
from ponte.ledger.problems import CONNECTION, FAMILY, ORDER, REPORT
from ponte.services.buyers import NoAnswer
from ponte.services.decisions import Retried
from ponte.services.orders import State
from ponte.services.problems import RetryWay
from ponte.services.waiting import Waits
from ponte_ui.formats import number
from ponte_ui.language import PORTUGUESE, _, current_language, mark, ngettext

# The manual's words for the hub's statuses, in an order's way.
HUB_STATUSES = {
    "pending": mark("Pendente"),
    "partial_payment": mark("Pagamento parcial"),
    "under_review": mark("Sob análise"),
    "approved": mark("Aprovado"),
    "in_separation": mark("Em separação"),
    "waiting_invoice": mark("Nota fiscal solicitada"),
    "invoiced": mark("Faturado"),
    "invoice_error": mark("Erro ao gerar nota fiscal"),
    "shipping_informed": mark("Entrega informada"),
    "shipping_error": mark("Erro ao enviar entrega"),
    "shipped": mark("Enviado / Despachado"),
    "delivered": mark("Entregue"),
    "canceled": mark("Cancelado"),
}
# What the order loop notes of an order that the hub does not have any more.
_GONE = "missing"
# Each with how its tag looks.
STATES = {
    State.WAITING: (mark("Aguardando"), "waiting"),
    State.IMPORTED: (mark("Na loja, a confirmar"), "info"),
    State.CONFIRMED: (mark("Na loja, confirmado"), "good"),
    State.INVOICED: (mark("Faturado na loja"), "good"),
    State.DISPATCHED: (mark("Despachado pela loja"), "good"),
    State.DELIVERED: (mark("Entregue ao comprador"), "good"),
    State.CANCELED: (mark("Cancelado na loja"), "plain"),
    State.IGNORED: (mark("Não entra na loja"), "plain"),
}
STEPS = {
    StepName.SEEN: mark("Visto no Plugg.to"),
    StepName.READ: mark("Lido do Plugg.to"),
    StepName.IMPORTED: mark("Importado na loja"),
    StepName.CONFIRMED: mark("Confirmado no Plugg.to"),
    StepName.INVOICE_TOLD: mark("Nota fiscal informada pela loja"),
    StepName.INVOICED: mark("Faturado no Plugg.to"),
    StepName.DISPATCH_TOLD: mark("Envio informado pela loja"),
    StepName.DISPATCHED: mark("Despachado no Plugg.to"),
    StepName.INFORMED: mark("Entrega informada no Plugg.to (nota e envio juntos)"),
    StepName.DELIVERY_TOLD: mark("Recebimento informado pela loja"),
    StepName.DELIVERED: mark("Entregue no Plugg.to"),
    StepName.CANCELED_IN_HUB: mark("Cancelado no Plugg.to"),
    StepName.CANCELED_IN_STORE: mark("Cancelado na loja"),
}
STEP_STATES = {
    StepState.DONE: (mark("feito"), "good", "circle-check"),
    StepState.WAITING: (mark("aguardando"), "waiting", "clock"),
    StepState.LATER: (mark("depois"), "plain", "clock"),
    StepState.FAILED: (mark("pendência"), "bad", "alert-triangle"),
    StepState.SET_ASIDE: (mark("deixado de lado"), "plain", "eye-off"),
    StepState.NOT_NEEDED: (mark("não é necessário"), "plain", "x"),
}
AWAITED = {
    Awaited.APPROVAL: mark("Aguarda a aprovação do pagamento no Plugg.to."),
    Awaited.PONTE: mark("O Ponte faz isto sozinho, em instantes."),
    Awaited.STORE: mark("Aguarda a loja."),
}
NO_ANSWERS = {
    NoAnswer.HUB_DOWN: mark("O Plugg.to não respondeu a tempo. Tente de novo em instantes."),
    NoAnswer.THROTTLED: mark(
        "O Plugg.to pediu que esta conta espere um pouco. Tente de novo em um minuto."
    ),
    NoAnswer.ACCESS_ENDED: mark(
        "O acesso à conta do Plugg.to terminou. Reconecte para ver o comprador."
    ),
    NoAnswer.GONE: mark("Este pedido não existe mais no Plugg.to."),
}
# In addresses, and as people call them.
KIND_PATHS = {FAMILY: "produto", ORDER: "pedido", REPORT: "envio", CONNECTION: "conexao"}
KINDS = {
    FAMILY: mark("Produtos"),
    ORDER: mark("Pedidos"),
    REPORT: mark("Notas e envios"),
    CONNECTION: mark("Conexão"),
}
PLACES = {
    FixedAt.STORE: mark("Abrir a loja"),
    FixedAt.HUB: mark("Abrir o Plugg.to"),
    FixedAt.RULES: mark("Abrir as Configurações"),
    FixedAt.RECONNECT: mark("Ver como reconectar"),
    FixedAt.SUPPORT: mark("Ver os contatos"),
}
# What trying again will do, said before.
RETRIES = {
    RetryWay.SEND_AGAIN: mark("O produto é enviado de novo ao Plugg.to."),
    RetryWay.READ_STORE: mark("O produto é lido de novo da loja."),
    RetryWay.READ_ORDER: mark("O pedido é lido de novo do Plugg.to e, se puder, entra na loja."),
    RetryWay.TELL_AGAIN: mark("A nota ou o envio é informado de novo ao Plugg.to."),
    RetryWay.NOTHING: "",
}


WAITS = {
    Waits.HUB_ACCESS_ENDED: mark(
        "O acesso ao Plugg.to terminou: isto acontece assim que a conexão for refeita."
    ),
    Waits.STORE_ACCESS_ENDED: mark(
        "O acesso à loja terminou: isto acontece assim que a conexão for refeita."
    ),
    Waits.PAUSED: mark(
        "Esta parte está pausada nas Configurações: isto acontece quando for retomada."
    ),
    Waits.SWITCHED_OFF: mark(
        "A conexão está desligada: isto acontece quando alguém a ligar de novo."
    ),
    Waits.HELD: mark("A exportação ainda não foi pedida: isto acontece depois dela."),
}


def hub_status_name(status: str | None) -> str:
    """The manual's word; one that it does not have as the hub says it."""
    if status is None:
        return _("ainda não lido")
    if status == _GONE:
        return _("não existe mais no Plugg.to")
    return _(HUB_STATUSES[status]) if status in HUB_STATUSES else status[:40]


def said(advice: Advice) -> str:
    """In the page's language."""
    return advice.pt if current_language() == PORTUGUESE else advice.en


def advice_of(code: str) -> str:
    """What happened and what to do, of a cause."""
    return said(ADVICE[ProblemCode(code)])


def step_note(step: Step) -> str:
    """What a person should know of a step beyond its name and time."""
    if step.problem is not None:
        return advice_of(step.problem.code)
    if step.left_out is not None:
        return said(LEFT_OUT[step.left_out])
    if step.state is StepState.WAITING and step.awaited is not None:
        return _(AWAITED[step.awaited])
    return ""


def retried_note(retried: Retried) -> str:
    """What trying again came to, and what will happen."""
    if retried.way is RetryWay.NOTHING:
        return _("Isto não se tenta de novo por aqui: siga o conselho da pendência.")
    if not retried.tried:
        return (
            _("O Ponte não conhece o SKU destes produtos: salve-os de novo na loja.")
            if retried.way is RetryWay.READ_STORE
            else _("Não há mais nada a tentar de novo aqui.")
        )
    notes = [_tried(retried.way, retried.tried) % {"num": number(retried.tried)}]
    notes += waits_notes(retried.waits)
    if retried.left:
        notes.append(_("Restam outros: quando estes terminarem, tente de novo."))
    return " ".join(notes)


def waits_notes(waits: Iterable[Waits]) -> list[str]:
    """What a deed has to wait for."""
    return [_(WAITS[each]) for each in waits]


def _tried(way: RetryWay, count: int) -> str:
    if way is RetryWay.SEND_AGAIN:
        return ngettext(
            "%(num)s produto será enviado de novo ao Plugg.to em instantes.",
            "%(num)s produtos serão enviados de novo ao Plugg.to em instantes.",
            count,
        )
    if way is RetryWay.READ_STORE:
        return ngettext(
            "%(num)s produto será lido de novo da loja em instantes.",
            "%(num)s produtos serão lidos de novo da loja em instantes.",
            count,
        )
    if way is RetryWay.READ_ORDER:
        return ngettext(
            "%(num)s pedido será lido de novo do Plugg.to em instantes.",
            "%(num)s pedidos serão lidos de novo do Plugg.to em instantes.",
            count,
        )
    return ngettext(
        "%(num)s nota ou envio será informado de novo ao Plugg.to em instantes.",
        "%(num)s notas ou envios serão informados de novo ao Plugg.to em instantes.",
        count,
    )
