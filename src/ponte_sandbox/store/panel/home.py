"""What needs the merchant now, and the shop's settings."""

from collections.abc import Sequence
from typing import Any

from litestar import get, post
from litestar.di import NamedDependency
from litestar.response import Redirect, Response, Template

from ponte_sandbox.store.core import Store
from ponte_sandbox.store.panel.look import HOME
from ponte_sandbox.store.panel.opening import name_problem
from ponte_sandbox.store.panel.recovery import password_problems
from ponte_sandbox.store.panel.session import enter
from ponte_sandbox.store.shops import Shop
from ponte_sandbox.store.wire import OrderStatus
from ponte_ui.application import Call
from ponte_ui.forms import Form, read_form
from ponte_ui.language import _
from ponte_ui.messages import tell

SETTINGS = "/painel/configuracoes"
# Counted up to here: more is as much to do.
MOST_COUNTED = 10_000


def home_routes(store: Store) -> Sequence[Any]:
    """*Início* and *Configurações*."""

    @get(HOME)
    async def home(shop: NamedDependency[Shop]) -> Template:
        number = shop.shop
        context = {
            "to_invoice": store.orders.count(number, OrderStatus.APPROVED, MOST_COUNTED),
            "to_dispatch": store.orders.count(number, OrderStatus.INVOICED, MOST_COUNTED),
            "sold_out": store.products.shelf.sold_out(number, MOST_COUNTED),
            "products": store.products.count(number),
            "apps": store.book.apps(number),
            "domain": store.address.domain,
        }
        return Template("store/home.html", context=context)

    @get(SETTINGS)
    async def settings(shop: NamedDependency[Shop]) -> Template:
        return page(shop, {}, {})

    @post(SETTINGS)
    async def save(request: Call, shop: NamedDependency[Shop]) -> Response[Any]:
        form = await read_form(request)
        name = form.text("name")
        problem = name_problem(name)
        if problem:
            return page(shop, form.values(), {"name": problem})
        store.shops.rename(shop.shop, name)
        store.shops.set_backorders(shop.shop, allowed=form.has("backorders"))
        tell(request, _("Configurações salvas."))
        return Redirect(SETTINGS, status_code=303)

    @post(f"{SETTINGS}/senha")
    async def change_password(request: Call, shop: NamedDependency[Shop]) -> Response[Any]:
        form = await read_form(request)
        problems = await password_change_problems(shop, form)
        if problems:
            return page(shop, {}, problems)
        enter(
            request,
            shop.shop,
            await store.log_ins.set_password(shop.shop, form.secret("password")),
        )
        tell(request, _("Senha alterada. Outras sessões desta loja foram encerradas."))
        return Redirect(SETTINGS, status_code=303)

    async def password_change_problems(shop: Shop, form: Form) -> dict[str, str]:
        if not await store.log_ins.check(store.log_ins.of(shop.shop), form.secret("present")):
            return {"present": _("A senha atual não é esta.")}
        return password_problems(form)

    def page(shop: Shop, values: dict[str, str], problems: dict[str, str]) -> Template:
        log_in = store.log_ins.of(shop.shop)
        context = {
            "shop": shop,
            "email": log_in.email if log_in else "",
            "name": values.get("name", shop.name),
            "problems": problems,
            "address": store.address,
        }
        status = 400 if problems else 200
        return Template("store/settings.html", context=context, status_code=status)

    return [home, settings, save, change_password]
