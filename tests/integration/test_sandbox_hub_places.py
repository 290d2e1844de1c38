"""Places: an account's stock locations, each under a code of its own."""

from typing import Any

import pytest
from hub_process import HubApi, HubProcess


@pytest.fixture(scope="module")
def api(hub: HubProcess) -> HubApi:
    return hub.api()


def make(api: HubApi, **place: object) -> dict[str, Any]:
    answer = api.call("POST", "/places", place)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()["Place"]
    return made


def test_a_place_is_made_read_changed_and_removed(api: HubApi) -> None:
    made = make(api, code="CD-1", name="Barueri", zipcode="06460000", active="1")
    assert (made["type"], made["active"], made["country"]) == ("own", 1, "BR")
    path = f"/places/{made['id']}"
    assert api.call("GET", path).json()["Place"] == made
    changed = api.call("PUT", path, {"city": "Barueri", "unknown": 1}).json()["Place"]
    assert changed == {**made, "city": "Barueri", "modified": changed["modified"]}
    assert api.call("PUT", path, {"city": "Barueri"}).json()["Place"] == changed
    assert api.call("PUT", path, {"city": None}).json()["Place"]["city"] is None
    assert api.call("DELETE", path).status_code == 200
    assert api.call("GET", path).status_code == 404
    assert make(api, code="CD-1")["id"] != made["id"]


def test_a_code_is_one_places(hub: HubProcess, api: HubApi) -> None:
    make(api, code="CD-2")
    other = make(api, code="CD-3")
    for answer in (
        api.call("POST", "/places", {"code": "CD-2"}),
        api.call("PUT", f"/places/{other['id']}", {"code": "CD-2"}),
    ):
        assert (answer.status_code, answer.json()["type"]) == (400, "validation")
    assert api.call("PUT", f"/places/{other['id']}", {"code": "CD-4"}).ok
    hub.admin("POST", "accounts", {"count": 1})
    stranger = hub.api(5911)
    assert make(stranger, code="CD-2")["code"] == "CD-2"
    assert stranger.call("GET", f"/places/{other['id']}").status_code == 404


def test_a_place_is_found_by_the_code_that_stock_tables_use(api: HubApi) -> None:
    place = make(api, code="CD-5")
    product = api.put_sku("P-1", stock_table=[{"code": "CD-5", "quantity": 3}])
    code = product["stock_table"][0]["code"]
    found = api.call("GET", "/places", code=code).json()
    assert (found["total"], found["result"]) == (1, [{"Place": place}])
    page = api.call("GET", "/places", limit="1", sort="-created").json()
    assert page["result"] == [{"Place": place}]
    assert page["next"] == place["id"]


@pytest.mark.parametrize(
    "wrong",
    [{}, {"code": ""}, {"code": "x" * 256}, {"code": "A", "type": "rented"},
     {"code": "A", "active": 2}, {"code": "A", "name": "x" * 256}, {"code": "A", "city": []}],
)  # fmt: skip
def test_a_place_that_cannot_be_is_refused(api: HubApi, wrong: dict[str, object]) -> None:
    answer = api.call("POST", "/places", wrong)
    assert (answer.status_code, answer.json()["type"]) == (400, "validation")
