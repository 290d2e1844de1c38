"""The catalogue as people look at it: every product is found, stands in the list of its state, and
shows the calls that were made for it."""

from collections.abc import Awaitable, Callable, Iterator
from typing import Any, TypeVar

import pytest
from wares import make_product, make_sizes
from world import Systems, World, running_systems

from ponte.domain.made_calls import CallOutcome
from ponte.domain.standing import Facet, Standing, View
from ponte.http.exchange import open_session
from ponte.ledger.queries import Connection
from ponte.services import products
from ponte.services.actors import Actor, Forbidden, Role, Via
from ponte.services.catalogue import Listing, Order, Wanted, count_views, list_products
from ponte.services.products import NoSuchProduct, Proof
from ponte.sync.runtime import Loop, Runtime

OPERATOR = Actor(Role.OPERATOR, "Olga", Via.PANEL)
SUPPORT = Actor(Role.SUPPORT, "Sílvia", Via.PANEL)
STRANGER = Actor(Role.MERCHANT, "Outro", Via.HUB, connection_id=999_999)
_T = TypeVar("_T")


@pytest.fixture(scope="module")
def systems(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Systems]:
    with running_systems(tmp_path_factory.mktemp("catalogue-list")) as running:
        yield running


@pytest.fixture
def world(systems: Systems) -> World:
    return World(systems)


def ask(world: World, question: Callable[[Connection], Awaitable[_T]]) -> _T:
    async def asked() -> _T:
        async with world.systems.pool.connection() as conn:
            return await question(conn)

    return world.systems.runner.run(asked())


def do(world: World, deed: Callable[[Runtime], Awaitable[_T]]) -> _T:
    async def done() -> _T:
        async with open_session() as http:
            return await deed(world.runtime(http))

    return world.systems.runner.run(done())


def listed(world: World, actor: Actor = OPERATOR, **wanted: Any) -> Listing:
    asked = Wanted(**wanted)
    return ask(world, lambda conn: list_products(conn, actor, world.connection_id, asked))


def skus(world: World, **wanted: Any) -> list[str]:
    return [product.sku for product in listed(world, **wanted).products]


def proof(world: World, sku: str) -> Proof:
    key = listed(world, text=sku).products[0].family_key
    return do(world, lambda runtime: products.read(runtime, OPERATOR, world.connection_id, key))


def add(world: World, sku: str, **further: Any) -> None:
    assert world.merchant("POST", "products", make_product(sku, **further)).ok


def test_a_product_is_found_by_everything_people_know_of_it(world: World) -> None:
    add(world, "CAM-1", name="Calção de Banho Açaí", brand="Ípsilon")
    add(world, "BON-7", name="Boné", **make_sizes("AZ/9", "P", "G"))
    add(world, "x'); --", name="Aspas \\ ' e & | ! tudo:*")
    world.run(Loop.PULL)
    for text in ("calcao", "CALÇÃO banho", "açai cal", "ipsi", "cam-1", "CAM", "calcao ipsilon"):
        assert skus(world, text=text) == ["CAM-1"], text
    # By a variation's SKU, in the store's spelling or the hub's; by an EAN, which is exact.
    assert skus(world, text="az/9-g") == skus(world, text="AZ-9-G") == ["BON-7"]
    assert skus(world, text="7891000315507") == ["BON-7", "CAM-1", "x'); --"]
    assert skus(world, text="78910003") == []
    assert skus(world, text="calcao bone") == []
    for text in ("x'); --", "aspas tud", "':*", "\\", "!", "& |", "%", "\0", "ﷺ", "½"):
        assert listed(world, text=text).found is not None or not text.strip("\0")
    assert skus(world, text="x'); --") == ["x'); --"]
    # Renamed: found by the new name only.
    product = next(each for each in world.feed() if each["product"]["sku"] == "CAM-1")["product"]
    changed = {"name": "Sunga"}
    assert world.merchant("PATCH", f"products/{product['id']}", changed).ok
    world.run(Loop.PULL)
    assert skus(world, text="sunga") == ["CAM-1"]
    assert skus(world, text="calcao") == []


def test_a_ledger_from_before_gets_its_names_with_the_next_pull_and_sends_nothing(
    world: World,
) -> None:
    add(world, "ANTIGO-1", name="Ventilador")
    world.run(Loop.PULL, Loop.PUSH)

    async def as_before() -> None:
        async with world.systems.pool.connection() as conn:
            # What the upgrade leaves: no names, and the feed from its beginning.
            number = [world.connection_id]
            await conn.execute("DELETE FROM family_search WHERE connection_id = %s", number)
            await conn.execute(
                "UPDATE connection SET product_cursor = 0 WHERE connection_id = %s", number
            )

    world.systems.runner.run(as_before())
    assert skus(world, text="antigo") == skus(world) == ["ANTIGO-1"]
    assert skus(world, text="ventilador") == []
    calls = len(proof(world, "ANTIGO-1").calls)
    world.run(Loop.PULL, Loop.PUSH)
    assert skus(world, text="ventilador") == ["ANTIGO-1"]
    assert len(proof(world, "ANTIGO-1").calls) == calls


def test_one_merchant_never_finds_anothers(systems: Systems, world: World) -> None:
    other = World(systems)
    add(other, "SEGREDO-1", name="Segredo")
    other.run(Loop.PULL)
    assert listed(world, text="segredo").products == []
    with pytest.raises(Forbidden):
        listed(other, STRANGER)


def test_pages_go_forward_and_back_and_show_each_product_once(world: World) -> None:
    world.fill(120)
    for wanted in ({}, {"view": View.TO_SEND, "order": Order.SINCE}, {"text": "camisa"}):
        first = listed(world, **wanted)
        second = listed(world, **wanted, after=first.after)
        third = listed(world, **wanted, after=second.after)
        assert third.after is None
        pages = [[each.sku for each in page.products] for page in (first, second, third)]
        assert [len(page) for page in pages] == [50, 50, 20]
        assert len({sku for page in pages for sku in page}) == 120
        back = listed(world, **wanted, before=third.before)
        assert [each.sku for each in back.products] == pages[1]
        back = listed(world, **wanted, before=back.before)
        assert ([each.sku for each in back.products], back.before) == (pages[0], None)
    assert listed(world, after="ûnsinn", before="{}").products


def test_every_product_is_in_the_list_of_its_state(world: World) -> None:
    for sku in ("IGUAL", "ESTOQUE", "RECUSADO", "SAIU"):
        add(world, sku)
    world.run(Loop.PULL)
    assert set(skus(world, view=View.NEVER_SENT)) == {"IGUAL", "ESTOQUE", "RECUSADO", "SAIU"}
    world.run(Loop.PUSH)
    assert len(skus(world, view=View.EQUAL)) == 4
    by_sku = {each["product"]["sku"]: each["product"] for each in world.feed()}
    assert world.merchant("PATCH", f"products/{by_sku['ESTOQUE']['id']}", {"stock": 4}).ok
    assert world.merchant("PATCH", f"products/{by_sku['SAIU']['id']}", {"published": False}).ok
    add(world, "NOVO", ean="")
    add(world, "igual/2", **make_sizes("IGUAL", "X", ean="7891000315507"))
    world.run(Loop.PULL)
    assert skus(world, view=View.STOCK) == ["ESTOQUE"]
    assert skus(world, view=View.CONTENT) == []
    assert listed(world, view=View.STOCK).products[0].differs == Facet.STOCK
    assert skus(world, view=View.OFF_SALE) == ["SAIU"]
    assert skus(world, view=View.WARNED) == ["NOVO"]
    assert skus(world, view=View.WARNED, text="novo") == ["NOVO"]
    assert "NOVO" in skus(world, view=View.NEVER_SENT)
    assert set(skus(world, view=View.TO_SEND)) >= {"ESTOQUE", "NOVO", "SAIU"}
    counts = ask(world, lambda conn: count_views(conn, OPERATOR, world.connection_id))
    assert counts[View.ALL] == len(skus(world))
    world.be_quiet()
    assert "SAIU" in skus(world, view=View.OFF_SALE)
    assert skus(world, view=View.TO_SEND) == []
    assert skus(world, order=Order.ACKED)[0] in skus(world)


def test_the_proof_shows_the_calls_and_a_person_sends_again(world: World) -> None:
    add(world, "PROVA-1")
    world.run(Loop.PULL)
    world.hub_weather = {"error_share": 1}
    world.run(Loop.PUSH)
    world.hub_weather = {}
    waiting = proof(world, "PROVA-1")
    assert (waiting.standing, waiting.calls[0].kind) == (Standing.NEVER_SENT, "content")
    assert waiting.calls[0].outcome is CallOutcome.FAILED
    assert waiting.calls[0].status >= 500
    world.be_quiet()
    equal = proof(world, "PROVA-1")
    assert (equal.standing, equal.calls[0].outcome) == (Standing.EQUAL, CallOutcome.TAKEN)
    assert [offer.acked_stock for offer in equal.offers] == [10]
    assert not equal.problems
    before = len(equal.calls)
    sent = do(
        world,
        lambda runtime: products.send_now(runtime, OPERATOR, world.connection_id, equal.family_key),
    )
    assert sent
    assert proof(world, "PROVA-1").standing is Standing.TO_SEND
    world.be_quiet()
    again = proof(world, "PROVA-1")
    assert (again.standing, len(again.calls)) == (Standing.EQUAL, before + 1)
    for _again in range(24):
        do(
            world,
            lambda runtime: products.send_now(
                runtime, OPERATOR, world.connection_id, equal.family_key
            ),
        )
        world.run(Loop.PUSH)
    assert len(proof(world, "PROVA-1").calls) == 10


def test_what_the_hub_refused_is_told_in_its_words_and_sent_by_one_button(world: World) -> None:
    hub = world.systems.hub.api(world.account["account"])
    hub.put_sku("ALHEIO", name="De outro sistema", variations=[{"sku": "REC-P", "quantity": 1}])
    add(world, "REC", **make_sizes("REC", "P", ean="7891000315507"))
    world.run(Loop.PULL, Loop.PUSH)
    refused = proof(world, "REC")
    assert refused.standing is Standing.REFUSED
    assert skus(world, view=View.REFUSED) == ["REC"]
    call = refused.calls[0]
    assert (call.outcome, call.status) == (CallOutcome.REFUSED, 400)
    assert call.words
    assert refused.problems[0].problem.detail == call.words
    # The cause is gone, and a person says so.
    assert hub.call("DELETE", "/skus/ALHEIO").ok
    number = world.connection_id
    assert do(world, lambda runtime: products.send_refused(runtime, OPERATOR, number)) == 1
    world.be_quiet()
    sent = proof(world, "REC")
    assert (sent.standing, sent.problems) == (Standing.EQUAL, [])
    assert do(world, lambda runtime: products.send_refused(runtime, OPERATOR, number)) == 0


def test_both_sides_are_looked_at_live_and_read_again(world: World) -> None:
    add(world, "VIVO-1")
    world.run(Loop.PULL, Loop.PUSH)
    key, number = proof(world, "VIVO-1").family_key, world.connection_id
    looked = do(world, lambda runtime: products.look_live(runtime, OPERATOR, number, key))
    assert (looked.differences, looked.store_failed, looked.hub_failed) == ((), False, False)
    product = next(each for each in world.feed() if each["product"]["sku"] == "VIVO-1")["product"]
    assert world.merchant("PATCH", f"products/{product['id']}", {"stock": 77}).ok
    looked = do(world, lambda runtime: products.look_live(runtime, OPERATOR, number, key))
    assert [(each.field, each.store_value) for each in looked.differences] == [("stock", "77")]
    assert do(world, lambda runtime: products.read_again(runtime, OPERATOR, number, key))
    assert proof(world, "VIVO-1").offers[0].stock == 77


def test_who_may_only_look_changes_nothing(world: World) -> None:
    add(world, "OLHAR-1")
    world.run(Loop.PULL)
    key, number = proof(world, "OLHAR-1").family_key, world.connection_id
    for deed in (products.send_now, products.read_again):
        with pytest.raises(Forbidden):
            do(world, lambda runtime, deed=deed: deed(runtime, SUPPORT, number, key))  # type: ignore[misc]
    with pytest.raises(Forbidden):
        do(world, lambda runtime: products.send_refused(runtime, SUPPORT, number))
    with pytest.raises(NoSuchProduct):
        do(world, lambda runtime: products.read(runtime, OPERATOR, number, "nenhum"))
