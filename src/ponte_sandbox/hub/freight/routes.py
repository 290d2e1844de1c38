"""`/_sandbox/freight` and `/_sandbox/freight-questions`."""

from ponte_sandbox.common.asgi import Answer, Request, Router, json_answer
from ponte_sandbox.hub.core import Hub
from ponte_sandbox.hub.freight.inquiry import FreightAddress
from ponte_sandbox.hub.freight.question import FreightWish
from ponte_sandbox.hub.wire import encode_json, invalid


def add_freight_admin_routes(router: Router, hub: Hub) -> None:
    """Where apps answer, and a question to them."""

    async def get_addresses(_: Request) -> Answer:
        return json_answer(hub.inquiry.addresses())

    async def put_address(request: Request) -> Answer:
        wish = request.json(FreightAddress)
        hub.inquiry.register(wish)
        return json_answer(wish)

    async def post_question(request: Request) -> Answer:
        wish = request.json(FreightWish)
        if not hub.accounts.exists(wish.account):
            raise invalid(f"There is no account {wish.account}")
        return Answer(encode_json(await hub.inquiry.ask(wish)))

    router.add("GET", "/_sandbox/freight", get_addresses)
    router.add("PUT", "/_sandbox/freight", put_address)
    router.add("POST", "/_sandbox/freight-questions", post_question)
