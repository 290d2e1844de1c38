"""An operator at the panel in a real browser, of a world that a test brings along."""

from install_walk import InstallWorld
from panel import PASSWORD, first_link
from visitor import Visitor


def become_operator(world: InstallWorld, visitor: Visitor) -> None:
    """Follow the link that the first start printed, and be the operator."""
    visitor.open(f"{world.address}{first_link(world.web.said())}")
    visitor.fill("Nome", "Olga Operadora")
    visitor.fill("E-mail", "olga@ponte.example")
    visitor.fill("Senha", PASSWORD)
    visitor.fill("Repita a senha", PASSWORD)
    visitor.press("Criar e entrar")


def log_in(world: InstallWorld, visitor: Visitor, email: str = "olga@ponte.example") -> None:
    """By e-mail and password."""
    visitor.open(f"{world.address}/entrar")
    visitor.fill("E-mail", email)
    visitor.fill("Senha", PASSWORD)
    visitor.press("Entrar")
