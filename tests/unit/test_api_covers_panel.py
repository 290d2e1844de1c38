"""Everything that the panel shows and does, the API shows and does.

The panel's routes and the API's operations come from the application. What stands between them is
said here, route by route, so that a new page is either given an operation or a reason to need none.
"""

import known_routes
import pytest
from msgspec import Struct

C = "/conexoes/{connection:int}"


class NoneNeeded(Struct, frozen=True):
    """Nothing is shown or done that a program could want; `reason` says why."""

    reason: str


# People come in through these; a program comes in by its token, which is made and ended by
# `makeToken` and `revokeToken`.
_WAY_IN = NoneNeeded("how a person gets in and out; a token is a program's way in")
_FORM = NoneNeeded("a form alone; what it sends has an operation")
_FORWARDS = NoneNeeded("leads to another page, and shows nothing itself")
# An operator may all that a merchant may; with a merchant's rights only, a program acts by a token
# of that role (`makeToken`).
_ACTS_AS = NoneNeeded("how a browser's session sees; a token of role merchant is a program's way")

TABLE: dict[tuple[str, str], tuple[str, ...] | NoneNeeded] = {
    ("GET", "/entrar"): _WAY_IN,
    ("POST", "/entrar"): _WAY_IN,
    ("GET", "/entrar/codigo"): _WAY_IN,
    ("POST", "/entrar/codigo"): _WAY_IN,
    ("GET", "/entrar/primeiro/{token:str}"): _WAY_IN,
    ("POST", "/entrar/primeiro/{token:str}"): _WAY_IN,
    ("GET", "/entrar/convite/{token:str}"): _WAY_IN,
    ("POST", "/entrar/convite/{token:str}"): _WAY_IN,
    ("GET", "/entrar/senha/{token:str}"): _WAY_IN,
    ("POST", "/entrar/senha/{token:str}"): _WAY_IN,
    ("POST", "/sair"): _WAY_IN,
    ("GET", "/painel"): _FORWARDS,
    ("POST", "/painel/voltar"): _ACTS_AS,
    ("POST", f"{C}/agir"): _ACTS_AS,
    # One's own account.
    ("GET", "/minha-conta"): ("readIdentity", "readAccount", "listSessions"),
    ("POST", "/minha-conta/sessoes/encerrar"): ("endSession",),
    ("POST", "/minha-conta/sessoes/encerrar-outras"): ("endOwnSessions",),
    ("GET", "/minha-conta/senha"): _FORM,
    ("POST", "/minha-conta/senha"): ("changePassword",),
    ("GET", "/minha-conta/segundo-fator"): ("readAccount",),
    ("POST", "/minha-conta/segundo-fator"): ("beginSecondFactor",),
    ("POST", "/minha-conta/segundo-fator/confirmar"): ("confirmSecondFactor",),
    ("POST", "/minha-conta/segundo-fator/remover"): ("removeOwnSecondFactor",),
    ("GET", "/minha-conta/tokens"): ("listTokens",),
    ("POST", "/minha-conta/tokens"): ("makeToken",),
    ("POST", "/minha-conta/tokens/revogar"): ("revokeToken",),
    # A connection.
    ("GET", C): (
        "readConnection",
        "readOverview",
        "readCharts",
        "listProblems",
        "readGuide",
        "listAnnouncements",
        "listContacts",
    ),
    ("GET", f"{C}/agora"): ("readOverview", "listProblems"),
    ("GET", f"{C}/graficos"): ("readCharts",),
    ("POST", f"{C}/guia"): ("closeGuide",),
    ("GET", f"{C}/catalogo"): ("listProducts", "countProducts"),
    ("GET", f"{C}/catalogo/{{key:path}}"): ("readProduct", "compareProduct"),
    ("GET", f"{C}/catalogo-agora"): ("compareProduct",),
    ("POST", f"{C}/catalogo-enviar"): ("sendProduct",),
    ("POST", f"{C}/catalogo-ler"): ("rereadProduct",),
    ("POST", f"{C}/catalogo-recusados"): ("sendRefused",),
    ("GET", f"{C}/exportacao"): ("readDryRun", "readExport"),
    ("GET", f"{C}/exportacao/agora"): ("readDryRun", "readExport"),
    ("GET", f"{C}/exportacao/pendencias.csv"): ("downloadProblemsCsv",),
    ("GET", f"{C}/exportacao/pendencias.xlsx"): ("downloadProblemsSheet",),
    ("POST", f"{C}/exportacao/conferir"): ("beginDryRun",),
    ("POST", f"{C}/exportacao/exportar"): ("startExport",),
    ("POST", f"{C}/exportacao/pausar"): ("pauseLoop",),
    ("POST", f"{C}/exportacao/continuar"): ("resumeLoop",),
    ("GET", f"{C}/pedidos"): ("listOrders", "countOrders", "listChannels"),
    ("POST", f"{C}/pedidos/comprador"): ("markBuyer", "listOrders"),
    ("GET", f"{C}/pedidos/{{order:str}}"): ("readOrder",),
    ("GET", f"{C}/pedidos/{{order:str}}/passos"): ("readOrder",),
    ("POST", f"{C}/pedidos/{{order:str}}/comprador"): ("showBuyer",),
    ("POST", f"{C}/pedidos/{{order:str}}/tentar"): ("retryOrder",),
    ("GET", f"{C}/pendencias"): ("listProblems",),
    ("GET", f"{C}/pendencias/{{kind:str}}/{{code:str}}"): ("listProblems", "listSubjects"),
    ("POST", f"{C}/pendencias/{{kind:str}}/{{code:str}}/tentar"): ("retryProblem",),
    ("POST", f"{C}/pendencias/{{kind:str}}/{{code:str}}/ignorar"): ("ignoreProblem",),
    ("POST", f"{C}/pendencias/{{kind:str}}/{{code:str}}/considerar"): ("heedProblem",),
    ("GET", f"{C}/auditoria"): ("readAudit", "listDifferences"),
    ("GET", f"{C}/auditoria/andamento"): ("readAudit",),
    ("GET", f"{C}/auditoria/relatorio.pdf"): ("downloadAuditReport",),
    ("GET", f"{C}/auditoria/diferencas.xlsx"): ("downloadDifferences",),
    ("POST", f"{C}/auditoria/iniciar"): ("startAudit",),
    ("POST", f"{C}/auditoria/pausar"): ("pauseAudit",),
    ("POST", f"{C}/auditoria/continuar"): ("resumeAudit",),
    ("POST", f"{C}/auditoria/interromper"): ("stopAudit",),
    ("POST", f"{C}/auditoria/reparar"): ("repairDifferences",),
    ("POST", f"{C}/auditoria/agenda"): ("planAudits",),
    ("POST", f"{C}/auditoria/reparo"): ("setRepairs",),
    ("GET", f"{C}/configuracoes"): ("readRules", "readPreview"),
    ("POST", f"{C}/configuracoes"): ("beginPreview",),
    ("GET", f"{C}/configuracoes/previa"): ("readPreview",),
    ("GET", f"{C}/configuracoes/previa/agora"): ("readPreview",),
    ("POST", f"{C}/configuracoes/previa/salvar"): ("savePreview", "saveRules"),
    ("POST", f"{C}/configuracoes/previa/desistir"): ("discardPreview",),
    ("POST", f"{C}/configuracoes/pausa"): ("pauseLoop", "resumeLoop"),
    ("GET", f"{C}/desligar"): ("readDisconnection",),
    ("POST", f"{C}/desligar"): ("disconnect",),
    ("GET", f"{C}/registro"): ("readTrailOfConnection",),
    # The installation as a whole.
    ("GET", "/frota"): ("readFleet", "listConnections", "listOutages"),
    ("GET", "/frota/agora"): ("readFleet", "listOutages"),
    ("GET", "/operacao"): ("readOperation", "listOutages"),
    ("GET", "/operacao/agora"): ("readOperation", "listOutages"),
    ("POST", "/operacao/pausas"): ("pauseWork",),
    ("POST", "/operacao/pausas/{number:int}/fim"): ("endPause",),
    ("POST", "/operacao/mensagens"): ("announce",),
    ("POST", "/operacao/mensagens/{number:int}/fim"): ("withdrawBroadcast",),
    ("GET", "/alertas"): ("listAlerts",),
    ("GET", "/alertas/agora"): ("listAlerts",),
    ("POST", "/alertas/teste"): ("testAlerts",),
    ("GET", "/registro"): ("readTrail",),
    ("GET", "/usuarios"): ("listUsers",),
    ("GET", "/usuarios/convidar"): _FORM,
    ("POST", "/usuarios/convidar"): ("inviteUser",),
    ("GET", "/usuarios/{user:int}"): ("readUser",),
    ("POST", "/usuarios/{user:int}"): ("changeUser",),
    ("GET", "/usuarios/{user:int}/link"): _FORWARDS,
    ("POST", "/usuarios/{user:int}/link"): ("handLink",),
    ("POST", "/usuarios/{user:int}/{action:str}"): (
        "disableUser",
        "enableUser",
        "removeSecondFactor",
        "endSessions",
    ),
    ("GET", "/usuarios/tokens"): ("listAllTokens",),
    ("POST", "/usuarios/tokens/revogar"): ("revokeAnyToken",),
}
# What the panel has no page of its own for: all pendências of orders at once.
_MORE = {"retryOrders"}


@pytest.fixture(scope="module")
def operations() -> dict[str, str]:
    """The method of every operation, by its id."""
    found = {}
    for item in known_routes.api_document()["paths"].values():
        for method, operation in item.items():
            if method in ("get", "put", "post", "delete", "patch"):
                assert operation["operationId"] not in found
                found[operation["operationId"]] = method.upper()
    return found


def test_every_page_has_its_operations_or_a_reason_to_have_none() -> None:
    assert set(known_routes.panel()) == set(TABLE)


def test_the_operations_are_there_and_act_where_the_page_acts(operations: dict[str, str]) -> None:
    for (method, path), named in TABLE.items():
        if isinstance(named, NoneNeeded):
            continue
        assert set(named) <= set(operations), path
        acts = any(operations[each] != "GET" for each in named)
        # A product's page asks both sides, which changes nothing.
        assert acts == (method == "POST"), (method, path)


def test_no_operation_is_one_that_no_page_has(operations: dict[str, str]) -> None:
    named = {each for names in TABLE.values() if isinstance(names, tuple) for each in names}
    assert set(operations) - named == _MORE
