"""A hub that is killed at its busiest keeps every write it has answered."""

import threading
from pathlib import Path

import requests
from hub_process import HubProcess, running_hub, wait_until

_WRITERS = 6


def write_until_killed(hub: HubProcess, writer: int, confirmed: dict[str, int]) -> None:
    """PUT stocks one after the other; note each only once it was answered."""
    api = hub.api()
    number = 0
    while True:
        number += 1
        sku = f"W{writer}-{number % 40}"
        try:
            answer = api.call("PUT", f"/skus/{sku}", {"quantity": number})
        except requests.ConnectionError:
            return
        assert answer.status_code == 200
        confirmed[sku] = number


def test_nothing_that_was_answered_is_lost(tmp_path: Path) -> None:
    confirmed: list[dict[str, int]] = [{} for _ in range(_WRITERS)]
    with running_hub(tmp_path) as hub:
        writers = [
            threading.Thread(target=write_until_killed, args=(hub, writer, confirmed[writer]))
            for writer in range(_WRITERS)
        ]
        for thread in writers:
            thread.start()
        wait_until(lambda: sum(max(one.values(), default=0) for one in confirmed) > 600, 30)
        hub.kill()
        for thread in writers:
            thread.join()
        hub.start()

        api = hub.api()
        for one in confirmed:
            for sku, quantity in one.items():
                # A last call may have been applied and not answered: then there is more, not less.
                assert api.get_sku(sku)["quantity"] >= quantity
