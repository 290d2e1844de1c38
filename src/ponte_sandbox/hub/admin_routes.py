"""`/_sandbox/…` of the hub: credentials, codes, apps, notifications,
assumptions.

The fixed points of issue 3 are here: `GET /_sandbox/accounts`, `PUT /_sandbox/notifications`.
Faults, call counts and the rule who may come in are `common/admin.py`; the marketplace has routes
of its own.
"""

from typing import Annotated

import msgspec

from ponte_sandbox.common.asgi import Answer, Request, Router, json_answer
from ponte_sandbox.hub.apps import AppAddress
from ponte_sandbox.hub.connecting import issue_code_as_merchant
from ponte_sandbox.hub.core import Hub
from ponte_sandbox.hub.notifications.outbox import Registration

# More than any test connects; each is a row.
_MAX_ACCOUNTS = 20_000


class _More(msgspec.Struct, forbid_unknown_fields=True):
    count: Annotated[int, msgspec.Meta(ge=1, le=_MAX_ACCOUNTS)] = 1


class _CodeWish(msgspec.Struct, forbid_unknown_fields=True):
    account: Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]
    client_id: str


def add_admin_routes(router: Router, hub: Hub) -> None:
    """The hub's own part of the administration API."""

    async def get_accounts(_: Request) -> Answer:
        return json_answer(hub.accounts.credentials())

    async def post_accounts(request: Request) -> Answer:
        hub.accounts.add(request.json(_More).count)
        return json_answer(hub.accounts.credentials(), 201)

    async def post_codes(request: Request) -> Answer:
        wish = request.json(_CodeWish)
        with hub.storage.writing():
            code = issue_code_as_merchant(hub, wish.account, wish.client_id)
        return json_answer({"code": code}, 201)

    async def get_apps(_: Request) -> Answer:
        return json_answer(hub.apps.listed())

    async def put_apps(request: Request) -> Answer:
        wish = request.json(AppAddress)
        with hub.storage.writing():
            hub.apps.register(wish)
        return json_answer(wish)

    async def get_notifications(_: Request) -> Answer:
        return json_answer(hub.outbox.registrations())

    async def put_notifications(request: Request) -> Answer:
        wish = request.json(Registration)
        with hub.storage.writing():
            hub.outbox.register(wish)
        return json_answer(wish)

    async def get_assumptions(_: Request) -> Answer:
        return json_answer(hub.assumptions.listed())

    async def put_assumptions(request: Request) -> Answer:
        hub.assumptions.change(request.json(dict[str, str]))
        return json_answer(hub.assumptions.listed())

    router.add("GET", "/_sandbox/accounts", get_accounts)
    router.add("POST", "/_sandbox/accounts", post_accounts)
    router.add("POST", "/_sandbox/codes", post_codes)
    router.add("GET", "/_sandbox/apps", get_apps)
    router.add("PUT", "/_sandbox/apps", put_apps)
    router.add("GET", "/_sandbox/notifications", get_notifications)
    router.add("PUT", "/_sandbox/notifications", put_notifications)
    router.add("GET", "/_sandbox/assumptions", get_assumptions)
    router.add("PUT", "/_sandbox/assumptions", put_assumptions)
