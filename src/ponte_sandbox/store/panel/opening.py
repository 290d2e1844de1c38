"""A new shop, made by whoever comes: with a catalogue to try, and its merchant logged in.

Anybody can do it, so it is bounded: so many shops a minute, and one for each e-mail.
"""

import re
import secrets
import time
from collections import deque
from collections.abc import Sequence
from typing import Any

from litestar import get, post
from litestar.response import Redirect, Response, Template

from ponte_sandbox.store.catalogue.fill import fill
from ponte_sandbox.store.core import Store
from ponte_sandbox.store.panel.look import HOME
from ponte_sandbox.store.panel.recovery import password_problems
from ponte_sandbox.store.panel.session import enter
from ponte_sandbox.store.passwords import hashed
from ponte_sandbox.store.shops import EXAMPLE_DOMAIN
from ponte_ui.application import Call
from ponte_ui.forms import Form, read_form
from ponte_ui.language import _
from ponte_ui.messages import tell

CREATE = "/criar-loja"
# Families to begin with: enough for pages of lists, written in 20 ms.
SAMPLE_FAMILIES = 60
# Shops a minute: more than a classroom makes, less than would fill a disk.
MOST_A_MINUTE = 10
# An e-mail as people have one; whether it is theirs, a shop of tests does not ask.
_EMAIL = re.compile(r"[^@\s\x00-\x1f]{1,64}@[^@\s\x00-\x1f]+\.[^@\s\x00-\x1f.]{2,}")
_MOST_EMAIL = 254
LEAST_NAME, MOST_NAME = 2, 60


def opening_routes(store: Store) -> Sequence[Any]:
    """The form and what it does."""
    opened: deque[float] = deque(maxlen=MOST_A_MINUTE)

    @get(CREATE)
    async def show(request: Call) -> Template:
        return _page({}, {})

    @post(CREATE)
    async def create(request: Call) -> Response[Any]:
        form = await read_form(request)
        problems = _problems(store, form)
        if problems:
            return _page(form.values(), problems)
        if len(opened) == MOST_A_MINUTE and time.monotonic() - opened[0] < 60:
            problem = _("Muitas lojas foram criadas agora. Espere um minuto e tente de novo.")
            return _page(form.values(), {"form": problem}, 429)
        opened.append(time.monotonic())
        password_hash = await hashed(form.secret("password"))
        email = form.text("email")
        # Another one may have taken it while the password was hashed.
        if store.log_ins.has_email(email):
            return _page(form.values(), _problems(store, form))
        with store.storage.writing():
            shop = store.shops.create(form.text("name"), email)
            store.log_ins.add(shop, email, password_hash)
            seed = secrets.randbelow(2**31)
            fill(store.products, shop, SAMPLE_FAMILIES, seed, defects=False)
        enter(request, shop, 1)
        tell(request, _("Sua loja está pronta, com produtos de exemplo para você experimentar."))
        return Redirect(HOME, status_code=303)

    return [show, create]


def name_problem(name: str) -> str:
    """What is wrong with a shop's name; empty when nothing is."""
    if not LEAST_NAME <= len(name) <= MOST_NAME:
        return _("O nome precisa ter de %(least)d a %(most)d caracteres.") % {
            "least": LEAST_NAME,
            "most": MOST_NAME,
        }
    if not name.isprintable():
        return _("O nome tem um caractere que não se pode mostrar.")
    return ""


def _problems(store: Store, form: Form) -> dict[str, str]:
    problems = password_problems(form)
    email = form.text("email")
    if len(email) > _MOST_EMAIL or not _EMAIL.fullmatch(email) or not email.isprintable():
        problems["email"] = _("Informe um e-mail, como nome@empresa.com.br.")
    elif email.casefold().endswith(f"@{EXAMPLE_DOMAIN}"):
        problems["email"] = _("Este domínio é das lojas geradas. Use outro e-mail.")
    elif store.log_ins.has_email(email):
        problems["email"] = _("Já existe uma loja com este e-mail. Entre, ou use outro.")
    name = name_problem(form.text("name"))
    return {**problems, **({"name": name} if name else {})}


def _page(values: dict[str, str], problems: dict[str, str], status: int = 0) -> Template:
    context = {"values": values, "problems": problems}
    status_code = status or (400 if problems else 200)
    return Template("store/create.html", context=context, status_code=status_code)
