"""What was done, in words: a sentence for every deed that the trail knows.

A deed without words would be a code that no merchant understands, so `tests/unit/test_deeds.py`
looks through the source for every `record(…)`, and fails where a sentence is missing here. Details
come from the time of the deed: a sentence takes those it knows and does without those it lacks.
"""

from collections.abc import Mapping
from typing import Any

from ponte.ledger.trail import Entry
from ponte.services.actors import Role, Via
from ponte.web.panel.roles import ROLE_NAMES
from ponte_ui.formats import NOTHING
from ponte_ui.language import _, mark

VIA_NAMES = {
    Via.PANEL: mark("painel"),
    Via.HUB: mark("Plugg.to"),
    Via.API: mark("API"),
    Via.COMMAND: mark("comando"),
    Via.PONTE: mark("Ponte"),
}

_PEOPLE = {
    "session.began": mark("Entrou."),
    "merchant.entered": mark("Passou a agir como o lojista."),
    "merchant.left": mark("Deixou de agir como o lojista."),
    "user.first_operator": mark("Tornou-se o primeiro operador."),
    "user.invited": mark("Convidou %(user)s como %(role)s."),
    "user.joined": mark("Aceitou o convite e escolheu uma senha."),
    "user.password_renewed": mark("Escolheu uma senha nova pelo link que recebeu."),
    "user.rights_changed": mark("Mudou %(user)s de %(before)s para %(role)s."),
    "user.renamed": mark("Mudou o nome de %(before)s para %(user)s."),
    "user.disabled": mark("Desativou %(user)s."),
    "user.enabled": mark("Ativou %(user)s."),
    "user.link_handed": mark("Gerou um link de senha para %(user)s."),
    "user.second_factor_removed": mark("Removeu o segundo fator de %(user)s."),
    "user.sessions_ended": mark("Encerrou as sessões de %(user)s."),
    "account.password_changed": mark("Trocou a própria senha."),
    "account.second_factor_set_up": mark("Ligou o segundo fator."),
    "account.second_factor_removed": mark("Removeu o próprio segundo fator."),
    "account.session_ended": mark("Encerrou uma sessão em outro navegador."),
    "account.other_sessions_ended": mark("Encerrou as sessões nos outros navegadores."),
    "token.made": mark("Criou o token da API “%(token)s”, de %(role)s."),
    "token.revoked": mark("Revogou o token da API “%(token)s”."),
}
_CONNECTION = {
    "rules.changed": mark("Mudou as configurações (versão %(version)s)."),
    "connection.switched_off": mark(
        "Desligou a conexão. Pedidos aprovados fora da loja: %(orders)s; notas e envios por"
        " informar: %(reports)s."
    ),
    "connection.switched_on": mark("Ligou a conexão de novo."),
    "loop.paused": mark("Pausou: %(loop)s."),
    "loop.resumed": mark("Retomou: %(loop)s."),
    "orders.retried": mark("Mandou tentar de novo pedidos com pendência."),
    "order.retried": mark("Mandou tentar de novo o pedido %(order)s."),
    "buyer.shown": mark("Viu os dados do comprador do pedido %(order)s."),
    "guide.closed": mark("Fechou o guia da primeira visita."),
    "dry_run.asked": mark("Pediu a conferência antes da exportação."),
    "export.started": mark("Mandou exportar o catálogo."),
    "product.sent": mark("Mandou enviar um produto de novo."),
    "product.reread": mark("Mandou ler um produto de novo na loja."),
    "products.sent": mark("Mandou enviar produtos de novo: %(products)s."),
    "products.retried": mark("Mandou enviar de novo produtos recusados."),
    "problems.retried": mark("Mandou tentar de novo uma pendência."),
    "problems.ignored": mark("Mandou ignorar uma pendência."),
    "problems.heeded": mark("Voltou a considerar uma pendência ignorada."),
    "audit.started": mark("Iniciou uma auditoria."),
    "audit.stopped": mark("Interrompeu a auditoria."),
    "audit.paused": mark("Pausou a auditoria."),
    "audit.resumed": mark("Retomou a auditoria."),
    "audit.planned": mark("Mudou quando a auditoria roda."),
    "audit.repair_asked": mark("Mandou corrigir %(differences)s diferenças da auditoria."),
    "audit.repair_mode": mark("Mudou se as diferenças são corrigidas sempre."),
}
_INSTALLATION = {
    "pause.began": mark("Pausou o trabalho. Motivo: %(reason)s"),
    "pause.ended": mark("Encerrou uma pausa."),
    "broadcast.made": mark("Publicou um aviso a todos: %(text)s"),
    "broadcast.withdrawn": mark("Retirou um aviso."),
    "alert.tested": mark("Testou o envio de alertas."),
}
DEEDS: Mapping[str, str] = {**_PEOPLE, **_CONNECTION, **_INSTALLATION}
# Of a reason or a text, so much stands in a list.
_LONGEST = 300


class _Details(dict[str, str]):
    """Details of a deed; of one that is not there, a dash."""

    def __missing__(self, name: str) -> str:
        return NOTHING


def deed_words(entry: Entry) -> str:
    """What was done; a deed of a later version that we do not know, by its code."""
    sentence = DEEDS.get(entry.action)
    if sentence is None:
        return entry.action
    return _(sentence) % _Details(
        {name: _word(name, value) for name, value in entry.detail.items()}
    )


def _word(name: str, value: Any) -> str:
    if name in ("role", "before") and value in list(Role):
        return _(ROLE_NAMES[Role(value)])
    text = NOTHING if value is None or value == "" else str(value)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
