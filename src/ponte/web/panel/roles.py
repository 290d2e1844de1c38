"""What the roles are called."""

from ponte.services.actors import Role
from ponte.web.panel.here import Here
from ponte_ui.language import _, mark

ROLE_NAMES = {
    Role.OPERATOR: mark("operador"),
    Role.SUPPORT: mark("suporte"),
    Role.MERCHANT: mark("lojista"),
}


def role_name(here: Here) -> str:
    """As what somebody is here, whatever they act as at present."""
    return _(ROLE_NAMES[here.session.role])
