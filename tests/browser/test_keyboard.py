"""Whoever has no mouse gets everywhere: log-in, menu, a question before harm, and out again."""

from hub_process import HubProcess
from visitor import Visitor


def focused(visitor: Visitor) -> str:
    """What the keyboard would press now, by its words."""
    text: str = visitor.page.evaluate(
        "(document.activeElement.innerText || document.activeElement.id || '').trim()"
    )
    return text


def tab_to(visitor: Visitor, words: str) -> None:
    """Go on by Tab until something of these words has the focus; fails after a hundred times."""
    for _ in range(100):
        visitor.page.keyboard.press("Tab")
        if focused(visitor) == words:
            return
    raise AssertionError(f"Tab does not lead to {words!r} on {visitor.page.url}")


def test_the_keyboard_alone_logs_in_removes_an_app_and_logs_out(
    hub: HubProcess, visitor: Visitor
) -> None:
    account, keyboard = hub.accounts()[0], visitor.page.keyboard
    visitor.open(f"{hub.base_url}/painel/entrar")
    assert focused(visitor) == "user"
    keyboard.type(str(account["panel_user"]))
    keyboard.press("Tab")
    keyboard.type(str(account["panel_password"]))
    keyboard.press("Enter")
    visitor.reads("Resumo")

    # The first stop of every page leads past the menu.
    keyboard.press("Tab")
    assert focused(visitor) == "Ir para o conteúdo"
    keyboard.press("Enter")
    assert focused(visitor).startswith(visitor.page.locator("main").inner_text()[:20])

    visitor.page.reload()
    tab_to(visitor, "Canais X ERPs")
    keyboard.press("Enter")
    tab_to(visitor, "Editar aplicativos")
    keyboard.press("Enter")
    visitor.reads("Aplicações e plugins da conta")

    tab_to(visitor, "Remover App")
    keyboard.press("Enter")
    # The question begins at its harmless answer, and Escape is one, too.
    assert focused(visitor) == "Cancelar"
    keyboard.press("Escape")
    assert focused(visitor) == "Remover App"
    keyboard.press("Enter")
    keyboard.press("Tab")
    assert focused(visitor) == "Confirmar"
    keyboard.press("Enter")
    visitor.reads("Painel foi removido da conta.")

    tab_to(visitor, "Sair")
    keyboard.press("Enter")
    visitor.reads("Você saiu.")
