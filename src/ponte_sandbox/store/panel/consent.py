"""The consent page: which app asks for what, for which shop, and the merchant's decision.

The form carries the shop that it was shown for, and a decision is refused when the session has
become another shop's meanwhile: nobody consents for a shop without having read its name.
"""

from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qsl

from litestar import get, post
from litestar.response import Redirect, Response, Template

from ponte_sandbox.store.consent import Fault, Question, Untrusted, form_target, read_question
from ponte_sandbox.store.core import Store
from ponte_sandbox.store.panel.session import AUTHORIZE, DECIDE, log_in_with, shop_in_session
from ponte_ui.application import Call
from ponte_ui.forms import read_form
from ponte_ui.guards import allow_form_to
from ponte_ui.language import _, mark

# What each scope opens, as a merchant reads it.
SCOPE_WORDS = {
    "products:read": mark("ler os produtos, preços e estoques"),
    "orders:write": mark("incluir pedidos e acompanhar nota fiscal e entrega"),
}
# More than a question has; two of a name are told from one.
_MOST_FIELDS = 100


def consent_routes(store: Store) -> Sequence[Any]:
    """The page and its form."""

    @get(AUTHORIZE)
    async def show(request: Call) -> Response[Any]:
        try:
            pairs = parse_qsl(
                request.url.query, keep_blank_values=True, max_num_fields=_MOST_FIELDS
            )
            question = read_question(store.book, pairs)
        except (Untrusted, ValueError):
            return _untrusted()
        except Fault as fault:
            return _leave(fault.address)
        return _ask(request, question)

    @post(DECIDE)
    async def decide(request: Call) -> Response[Any]:
        form = await read_form(request)
        try:
            question = read_question(store.book, form.pairs())
        except Untrusted:
            return _untrusted()
        except Fault as fault:
            return _leave(fault.address)
        decision = form.text("decision", 20)
        if decision == "deny":
            return _leave(question.answer(error="access_denied"))
        if decision != "allow":
            return _page(_("O formulário chegou incompleto."), 400)
        shop = shop_in_session(store, request)
        if shop is None:
            return Redirect(log_in_with(f"{AUTHORIZE}?{question.query}"), status_code=303)
        if form.text("shop", 100) != shop.store_id:
            problem = _(
                "Você entrou com outra loja depois que esta página foi aberta."
                " Confira a loja e decida de novo."
            )
            return _ask(request, question, problem, 409)
        code = store.book.issue_code(
            shop.shop,
            question.client,
            question.redirect_uri,
            question.scope,
            question.fields["code_challenge"],
        )
        return _leave(question.answer(code=code))

    def _ask(
        request: Call, question: Question, problem: str = "", status: int = 200
    ) -> Response[Any]:
        here = f"{AUTHORIZE}?{question.query}"
        shop = shop_in_session(store, request)
        if shop is None:
            return Redirect(log_in_with(here), status_code=303)
        allow_form_to(request.scope, form_target(question.redirect_uri))
        context = {
            "question": question,
            "scopes": [_(SCOPE_WORDS[scope]) for scope in question.scopes],
            "shop": shop,
            "here": here,
            "problem": problem,
        }
        return Template("store/consent.html", context=context, status_code=status)

    return [show, decide]


def _leave(address: str) -> Response[Any]:
    """303 to the app's registered address, character for character."""
    return Response("", status_code=303, headers={"location": address})


def _untrusted() -> Response[Any]:
    return _page(
        _(
            "O aplicativo não está registrado nesta loja, ou pediu para voltar a um endereço que"
            " não registrou (client_id, redirect_uri)."
        ),
        400,
    )


def _page(reason: str, status: int) -> Response[Any]:
    return Template("store/refused.html", context={"reason": reason}, status_code=status)
