"""`/_sandbox/marketplace`: ask for orders, and see what became of them."""

from typing import Any

import msgspec

from ponte_sandbox.common.asgi import Answer, Refusal, Request, Router, json_answer
from ponte_sandbox.hub.bodies import object_body
from ponte_sandbox.hub.marketplace.runs import FileWish, Marketplace, Wish
from ponte_sandbox.hub.wire import invalid


def add_marketplace_routes(router: Router, marketplace: Marketplace) -> None:
    """`POST …/marketplace`, `POST …/marketplace/file`, `GET, DELETE …/marketplace/{run}`."""

    async def post_run(request: Request) -> Answer:
        return json_answer({"run": marketplace.start(request.json(Wish))}, 201)

    async def post_file(request: Request) -> Answer:
        try:
            wish = msgspec.convert(object_body(request), FileWish)
            run, ids = marketplace.place_file(wish)
        except msgspec.ValidationError as error:
            raise invalid(str(error)) from error
        return json_answer({"run": run, "orders": ids}, 201)

    def progress_of(number: str) -> dict[str, Any]:
        progress = None
        if number.isascii() and number.isdigit() and len(number) < 10:
            progress = marketplace.progress(int(number))
        if progress is None:
            raise Refusal(404, "not_found", f"There is no run {number[:20]}")
        return progress

    async def get_run(request: Request) -> Answer:
        return json_answer(progress_of(request.params["run"]))

    async def delete_run(request: Request) -> Answer:
        run = progress_of(request.params["run"])["run"]
        marketplace.stop(run)
        return json_answer(marketplace.progress(run))

    router.add("POST", "/_sandbox/marketplace", post_run)
    router.add("POST", "/_sandbox/marketplace/file", post_file)
    router.add("GET", "/_sandbox/marketplace/{run}", get_run)
    router.add("DELETE", "/_sandbox/marketplace/{run}", delete_run)
