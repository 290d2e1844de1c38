"""`/messages` for apps, `/_sandbox/messages` for whoever plays the buyer."""

from ponte_sandbox.common.asgi import Answer, Request, Router
from ponte_sandbox.hub.accounts import Caller
from ponte_sandbox.hub.bodies import object_body
from ponte_sandbox.hub.core import Hub
from ponte_sandbox.hub.lists import listed, page_of
from ponte_sandbox.hub.messages.desk import Question
from ponte_sandbox.hub.rows import Row
from ponte_sandbox.hub.wire import enveloped, invalid, missing


def add_message_routes(router: Router, hub: Hub) -> None:
    """List, read, answer; a message is asked elsewhere."""
    desk = hub.desk

    def stored(request: Request) -> Row:
        caller: Caller = request.scope["caller"]
        row = desk.rows.find(caller.account, request.params["id"])
        if row is None:
            raise missing(hub.assumptions, "Message")
        return row

    async def list_messages(request: Request) -> Answer:
        caller: Caller = request.scope["caller"]
        page = page_of(request.query)
        total, bodies = desk.rows.page(caller.account, request.query, page)
        return listed(hub.assumptions, "Message", page, total, bodies)

    async def get_message(request: Request) -> Answer:
        return enveloped("Message", stored(request).body)

    async def put_message(request: Request) -> Answer:
        caller: Caller = request.scope["caller"]
        sent = object_body(request)
        answered = desk.answer(caller.account, stored(request), sent, hub.assumptions)
        return enveloped("Message", answered.body)

    router.add("GET", "/messages", list_messages)
    router.add("GET", "/messages/{id}", get_message)
    router.add("PUT", "/messages/{id}", put_message)


def add_message_admin_routes(router: Router, hub: Hub) -> None:
    """`POST /_sandbox/messages`."""

    async def post_message(request: Request) -> Answer:
        question = request.json(Question)
        if not hub.accounts.exists(question.account):
            raise invalid(f"There is no account {question.account}")
        return Answer(hub.desk.ask(question).body, 201)

    router.add("POST", "/_sandbox/messages", post_message)
