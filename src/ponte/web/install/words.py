"""What the pages say where somebody is stuck: what happened, and what to do about it."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Literal

from msgspec import Struct

from ponte.domain.problems import ADVICE, ProblemCode
from ponte.http.addresses import Fault
from ponte.ledger.problems import MOST_COUNTED, Cause
from ponte.sync.dry_run import Preview, by_cause
from ponte_ui.formats import number
from ponte_ui.language import PORTUGUESE, _, current_language, mark


class Trouble(StrEnum):
    """Where a way can end for now."""

    CODE_REFUSED = "code_refused"
    HUB_DOWN = "hub_down"
    APP_REFUSED = "app_refused"
    TOO_MANY = "too_many"
    HUB_ACCESS_LOST = "hub_access_lost"
    NO_VISIT = "no_visit"
    OTHER_BROWSER = "other_browser"
    WRONG_STATE = "wrong_state"
    DENIED = "denied"
    STORE_CODE_REFUSED = "store_code_refused"
    STORE_NONSENSE = "store_nonsense"
    STORE_DOWN = "store_down"
    STORE_LOG_IN_ENDED = "store_log_in_ended"
    ACCOUNT_TAKEN = "account_taken"
    STORE_TAKEN = "store_taken"
    NO_DATABASE = "no_database"


class Stuck(Struct, frozen=True):
    """A page for a trouble."""

    title: str
    happened: str
    todo: str
    status: int
    # What leads on: "retry" asks the hub once more, "store" logs in at the store again, "hub" is
    # the hub's image link, where no button of ours leads.
    way: Literal["retry", "store", "hub"]


_TO_HUB = mark(
    "Volte ao Plugg.to, abra o menu Plataformas › Webstore e clique de novo na imagem"
    " “Sua integração está quase concluída”."
)
_RETRY = mark("Espere alguns instantes e tente de novo. O que você já fez está guardado.")

STUCK: dict[Trouble, Stuck] = {
    Trouble.CODE_REFUSED: Stuck(
        mark("Este link já foi usado ou venceu"),
        mark("O Plugg.to não aceitou o código deste link. Cada link vale uma vez e por minutos."),
        _TO_HUB,
        400,
        "hub",
    ),
    Trouble.HUB_DOWN: Stuck(
        mark("O Plugg.to não está respondendo"),
        mark("Não conseguimos falar com o Plugg.to agora. Seu link continua guardado aqui."),
        _RETRY,
        502,
        "retry",
    ),
    Trouble.APP_REFUSED: Stuck(
        mark("O Plugg.to não reconhece este aplicativo"),
        mark(
            "O endereço do Plugg.to ou as credenciais do aplicativo estão errados nesta instalação"
            " do Ponte. Não é algo que você possa corrigir."
        ),
        mark(
            "Avise quem opera o Ponte: confira PONTE_HUB_URL, PONTE_HUB_CLIENT_ID e"
            " PONTE_HUB_CLIENT_SECRET. Depois tente de novo."
        ),
        502,
        "retry",
    ),
    Trouble.TOO_MANY: Stuck(
        mark("Muitas tentativas em pouco tempo"),
        mark("Para proteger o Plugg.to e as lojas, limitamos quantas vezes se tenta por minuto."),
        mark("Espere um minuto e tente de novo. O que você já fez está guardado."),
        429,
        "retry",
    ),
    Trouble.HUB_ACCESS_LOST: Stuck(
        mark("O acesso à sua conta do Plugg.to terminou"),
        mark("Passou tempo demais, ou o aplicativo foi removido da conta no Plugg.to."),
        _TO_HUB,
        409,
        "hub",
    ),
    Trouble.NO_VISIT: Stuck(
        mark("Comece pelo Plugg.to"),
        mark("Neste navegador não há nenhuma instalação em andamento, ou ela venceu."),
        _TO_HUB,
        404,
        "hub",
    ),
    Trouble.OTHER_BROWSER: Stuck(
        mark("Esta instalação começou em outro navegador"),
        mark(
            "Você voltou da loja, mas a instalação não foi aberta neste navegador ou aparelho."
            " Por segurança, nada foi conectado."
        ),
        mark(
            "Volte ao navegador em que você começou. Se ele não está mais à mão, abra o Plugg.to"
            " neste aqui, menu Plataformas › Webstore, e clique na imagem."
        ),
        400,
        "hub",
    ),
    Trouble.WRONG_STATE: Stuck(
        mark("Esta volta da loja não é desta instalação"),
        mark(
            "O endereço não traz a marca da entrada na loja que você iniciou aqui."
            " Por segurança, nada foi conectado."
        ),
        mark("Entre na loja de novo a partir desta página."),
        400,
        "store",
    ),
    Trouble.DENIED: Stuck(
        mark("Você não autorizou o acesso à loja"),
        mark("A loja informou que o acesso não foi autorizado. Nada foi conectado."),
        mark("Sem o acesso não há o que exportar. Se foi engano, tente de novo e autorize."),
        403,
        "store",
    ),
    Trouble.STORE_CODE_REFUSED: Stuck(
        mark("A entrada na loja venceu"),
        mark("A loja não aceitou mais o código desta entrada: ele vale uma vez e por um minuto."),
        mark("Tente de novo: basta entrar na loja mais uma vez."),
        400,
        "store",
    ),
    Trouble.STORE_NONSENSE: Stuck(
        mark("A loja respondeu algo que não entendemos"),
        mark("Você entrou na loja, mas a resposta dela veio incompleta ou ilegível."),
        mark("Tente de novo. Se continuar assim, avise o desenvolvimento."),
        502,
        "store",
    ),
    Trouble.STORE_DOWN: Stuck(
        mark("A loja não está respondendo"),
        mark("Você entrou na loja, mas ela não respondeu a tempo quando a consultamos."),
        mark("Espere alguns instantes e entre de novo. O que você já fez está guardado."),
        502,
        "store",
    ),
    Trouble.STORE_LOG_IN_ENDED: Stuck(
        mark("A entrada na loja venceu"),
        mark("Passou tempo demais desde que você entrou na loja, e o acesso terminou."),
        mark("Tente de novo: basta entrar na loja mais uma vez."),
        409,
        "store",
    ),
    Trouble.ACCOUNT_TAKEN: Stuck(
        mark("Esta conta já está conectada a outra loja"),
        mark("A conta do Plugg.to já está conectada à loja %(store)s. Uma conta atende uma loja."),
        mark(
            "Para conectar esta loja, abra o Plugg.to com outra conta. Para trocar a loja desta"
            " conta, fale com o atendimento."
        ),
        409,
        "hub",
    ),
    Trouble.STORE_TAKEN: Stuck(
        mark("Esta loja já está conectada a outra conta"),
        mark("A loja já está conectada a outra conta do Plugg.to. Nada foi alterado."),
        mark(
            "Abra o Plugg.to com a conta que já usa esta loja, ou entre em outra loja."
            " Se você não sabe qual é a conta, fale com o atendimento."
        ),
        409,
        "store",
    ),
    Trouble.NO_DATABASE: Stuck(
        mark("Não foi possível continuar agora"),
        mark("O banco de dados do Ponte não está respondendo. Nada do que você fez se perdeu."),
        mark("Tente de novo em instantes."),
        503,
        "retry",
    ),
}


class DomainProblem(StrEnum):
    """Why a store's address leads nowhere, beyond what is wrong with its text."""

    UNREACHABLE = "unreachable"
    NO_STORE = "no_store"
    FOREIGN = "foreign"
    NO_PKCE = "no_pkce"
    NO_REGISTRATION = "no_registration"
    TOO_MANY = "too_many"


# At the field: what is wrong with what was typed.
FAULTS: dict[Fault, str] = {
    Fault.EMPTY: mark("Informe o domínio da sua loja."),
    Fault.TOO_LONG: mark("Isto é longo demais para um domínio."),
    Fault.MALFORMED: mark("Isto não é um domínio. Escreva, por exemplo, minhaloja.com.br."),
    Fault.USER_INFO: mark("Escreva só o domínio, sem usuário nem senha."),
    Fault.PATH: mark("Escreva só o domínio, sem nada depois da barra."),
    Fault.SCHEME: mark("O endereço de uma loja começa com https:// ou só com o domínio."),
    Fault.PLAIN_HTTP: mark(
        "A loja precisa de um endereço seguro: escreva https:// ou só o domínio."
    ),
    Fault.INTERNAL: mark("Este endereço é de uma rede interna. Informe o domínio público da loja."),
    Fault.NOT_RESOLVED: mark("Não existe loja neste domínio: o nome não foi encontrado."),
}

# Above the form: title and advice.
DOMAIN_PROBLEMS: dict[DomainProblem | Fault, tuple[str, str]] = {
    Fault.NOT_RESOLVED: (
        mark("Não encontramos este domínio"),
        mark("Confira se há algum erro de digitação. Um domínio novo pode levar horas para valer."),
    ),
    Fault.INTERNAL: (
        mark("Este endereço não pode ser usado"),
        mark("O domínio leva a uma rede interna, e de lá não se conecta uma loja."),
    ),
    DomainProblem.TOO_MANY: (
        mark("Muitas tentativas em pouco tempo"),
        mark("Para proteger as lojas, limitamos quantas vezes se tenta. Espere um minuto."),
    ),
    DomainProblem.UNREACHABLE: (
        mark("A loja não está respondendo"),
        mark(
            "O domínio existe, mas não respondeu a tempo. Abra a loja no navegador: se ela abrir,"
            " tente de novo em instantes."
        ),
    ),
    DomainProblem.NO_STORE: (
        mark("Neste endereço não há uma loja Webstore"),
        mark(
            "O endereço respondeu, mas não como uma loja. Confira se o domínio é o da loja e não o"
            " do site; tente também com ou sem www."
        ),
    ),
    DomainProblem.FOREIGN: (
        mark("A loja diz ter outro endereço"),
        mark(
            "Os dados de acesso deste domínio apontam para outro lugar; por segurança paramos aqui."
            " Use o domínio principal da loja."
        ),
    ),
    DomainProblem.NO_PKCE: (
        mark("A loja não oferece uma entrada segura"),
        mark("A plataforma da loja não aceita PKCE (S256). Peça à plataforma que atualize a loja."),
    ),
    DomainProblem.NO_REGISTRATION: (
        mark("A loja não aceitou registrar o aplicativo"),
        mark("A loja recusou o registro do Ponte. Fale com o suporte da plataforma da loja."),
    ),
}


class Pendency(Struct, frozen=True):
    """Pendências of one cause, as a page shows them."""

    subjects: int
    blocking: bool
    advice: str
    # The store's id of each, and the fact.
    examples: list[tuple[str, str]]
    # Counting stopped there.
    is_more: bool = False


def found_pendencies(found: Preview) -> list[Pendency]:
    """Those of a dry run."""
    return [
        Pendency(
            each.families,
            each.blocking,
            _advice(code),
            [(example.family, example.detail) for example in each.examples],
        )
        for code, each in by_cause(found)
    ]


def standing_pendencies(causes: Iterable[Cause]) -> list[Pendency]:
    """Those of the ledger."""
    return [
        Pendency(
            min(cause.subjects, MOST_COUNTED),
            cause.blocking,
            _advice(ProblemCode(cause.code)),
            [(cause.example, cause.example_detail)],
            is_more=cause.subjects > MOST_COUNTED,
        )
        for cause in causes
    ]


def _advice(code: ProblemCode) -> str:
    """What to do about it, in the page's language."""
    advice = ADVICE[code]
    return advice.pt if current_language() == PORTUGUESE else advice.en


def spoken_time(seconds: float) -> str:
    """About how long something will take."""
    if seconds < 60:
        return _("menos de um minuto")
    if seconds < 7200:
        return _("cerca de %(minutes)s min") % {"minutes": number(seconds / 60)}
    return _("cerca de %(hours)s h") % {"hours": number(seconds / 3600)}
