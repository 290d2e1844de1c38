"""The words of an alert, in Portuguese: for mails, and for webhooks whose receivers show text.

A store's name comes from a store, and may be anything: in a subject it is one line of bounded
length without control characters, so that it can neither add a header to a mail nor hide the rest
of it.
"""

import unicodedata
from datetime import datetime

from msgspec import Struct

from ponte.domain import local_time
from ponte.domain.alerts import AlertKind, Figures

# A mail's subject is shown to some seventy characters; a name of 300 would fill it four times.
_LONGEST_NAME = 60

_WHAT_LAGS = {
    "stock": "o estoque",
    "price": "o preço",
    "content": "o cadastro de produtos",
    "orders": "a entrada de pedidos",
    "reports": "o envio de notas e rastreios",
    "not_checked": "a leitura da loja ou do Plugg.to",
}
_SIDES = {"hub": "O Plugg.to", "store": "A loja"}
_OF_MANY = {
    AlertKind.DISCONNECTED: "estão sem acesso",
    AlertKind.FAILING: "estão com chamadas que falham",
    AlertKind.LAG: "estão atrasadas",
    AlertKind.PROBLEMS: "têm muitas pendências",
}


class Message(Struct, frozen=True):
    """What is said of an alert."""

    subject: str
    text: str


def one_line(name: str, longest: int = _LONGEST_NAME) -> str:
    """A name that may stand in a line of ours: no controls, no line breaks, no reversed text."""
    plain = "".join(
        " " if unicodedata.category(sign) in ("Cc", "Cf", "Zl", "Zp", "Cs") else sign
        for sign in name
    )
    words = " ".join(plain.split())
    return words if len(words) <= longest else words[: longest - 1] + "…"


def raised(kind: AlertKind, subject: str, figures: Figures) -> Message:
    """It was found."""
    fact = _fact(kind, subject, figures)
    return Message(f"[Ponte] {fact}"[:200], f"{fact}.\n\n{_advice(kind, figures)}")


def over(kind: AlertKind, subject: str, figures: Figures) -> Message:
    """It is over."""
    fact = f"Resolvido: {_topic(kind, subject, figures)}"
    return Message(f"[Ponte] {fact}"[:200], f"{fact}.\n\nNada mais precisa ser feito.")


def _fact(kind: AlertKind, subject: str, figures: Figures) -> str:
    store = _store(figures)
    if kind is AlertKind.DISCONNECTED:
        side = "à loja" if figures.reason == "store_access" else "ao Plugg.to"
        return f"{store}: o acesso {side} terminou"
    if kind is AlertKind.FAILING:
        side = "à loja" if figures.reason == "store" else "ao Plugg.to"
        return f"{store}: as chamadas {side} falham"
    if kind is AlertKind.LAG:
        what = _WHAT_LAGS.get(figures.reason, "o envio")
        return f"{store}: {what} espera há {figures.lag_seconds // 60} minutos"
    if kind is AlertKind.PROBLEMS:
        count = "mais de 10.000" if figures.problems > 10_000 else _number(figures.problems)
        return f"{store}: {count} pendências impedem envios"
    if kind is AlertKind.OUTAGE:
        return _outage(subject, figures)
    if kind is AlertKind.MANY:
        what = _OF_MANY.get(AlertKind(subject), "estão com problemas")
        return f"{_number(figures.accounts)} conexões {what}"
    if kind is AlertKind.NO_WORKER:
        return "Nenhum processo de trabalho está ativo"
    return "Teste de alerta"


def _topic(kind: AlertKind, subject: str, figures: Figures) -> str:
    """What is over, without the figures of its beginning."""
    store = _store(figures)
    if kind is AlertKind.DISCONNECTED:
        return f"{store} está conectada de novo"
    if kind is AlertKind.FAILING:
        return f"{store} recebe respostas de novo"
    if kind is AlertKind.LAG:
        return f"{store} está em dia"
    if kind is AlertKind.PROBLEMS:
        return f"{store} tem menos pendências"
    if kind is AlertKind.OUTAGE:
        return f"{_place(subject, figures)} responde de novo"
    if kind is AlertKind.MANY:
        what = _OF_MANY.get(AlertKind(subject), "estão com problemas")
        return f"não há mais muitas conexões que {what}"
    if kind is AlertKind.NO_WORKER:
        return "há processos de trabalho ativos de novo"
    return "teste de alerta"


def _outage(subject: str, figures: Figures) -> str:
    answer = f"responde {figures.status}" if figures.status else "não responde"
    share = round(100 * figures.failing / figures.accounts) if figures.accounts else 0
    since = "" if figures.since is None else f" desde {_clock(figures.since)}"
    return f"{_place(subject, figures)} {answer} para {share} % das contas{since}"


def _place(subject: str, figures: Figures) -> str:
    return f"{_SIDES.get(figures.side, 'O sistema')} ({one_line(subject, 100)})"


def _store(figures: Figures) -> str:
    account = "" if figures.hub_account is None else f" (conta {figures.hub_account})"
    return one_line(figures.store_name) + account


def _advice(kind: AlertKind, figures: Figures) -> str:
    match kind:
        case AlertKind.DISCONNECTED:
            return (
                "O lojista precisa reconectar."
                " Até lá, nada é enviado nem recebido por esta conexão."
            )
        case AlertKind.PROBLEMS:
            return "As pendências estão agrupadas por causa no painel, com o que fazer em cada uma."
        case AlertKind.OUTAGE:
            return "As conexões esperam e continuam sozinhas quando houver resposta."
        case AlertKind.NO_WORKER:
            return "Nada é enviado nem recebido. Inicie `ponte worker`."
        case AlertKind.TEST:
            return "Este canal de alertas funciona."
        case _:
            return "Veja os detalhes no painel."


def _number(count: int) -> str:
    return f"{count:,}".replace(",", ".")


def _clock(moment: datetime) -> str:
    return moment.astimezone(local_time.zone()).strftime("%d/%m %H:%M")
