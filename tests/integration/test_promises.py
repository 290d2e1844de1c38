"""The promises of design.md under everything at once: changes, faults, repetition, crashes.

A Hypothesis state machine plays merchant, marketplace, network and power cut against real
sandboxes and a real ledger, and after every quiet moment asserts the one thing that matters: both
sides agree, every approved order is in the shop exactly once, every report stands once.
"""

import os
from decimal import Decimal
from typing import Any

import pytest
from agreement import (
    assert_catalogue_agrees,
    assert_channels_agree,
    assert_orders_agree,
    assert_reports_agree,
)
from auditing import Auditor
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule
from rules_world import change_rules
from world import Systems, World

from ponte.domain.rules import MerchantRules, PriceTableRule, ReportMode
from ponte.sync.runtime import Loop

# The suite plays the same fifteen stories each time; `make promises` plays new ones, many.
STORIES = int(os.environ.get("PONTE_TEST_STORIES", "0"))
STEPS = 25

_VALID_CPF = "52998224725"
_SKUS = ("CAM-1", "TÊN 2", "A/B", "A-B", "X 5%", "Z")
_PRICES = ("0.00", "10.00", "19.90", "1234.56")
_FAULTS = st.fixed_dictionaries(
    {},
    optional={
        "error_share": st.sampled_from([0.1, 0.4]),
        "drop_before_share": st.just(0.1),
        "drop_after_share": st.sampled_from([0.1, 0.3]),
        "garbage_share": st.just(0.2),
        "seed": st.integers(0, 1000),
    },
)
_PERCENTS = st.dictionaries(
    st.sampled_from(["ml", "shopee"]),
    st.sampled_from(["12.5", "-10", "0", "33.33"]).map(Decimal),
    max_size=2,
)
_systems: dict[str, Systems] = {}


def assert_audit_agrees(world: World) -> None:
    """An audit, which knows nothing of what happened, finds everything equal."""
    auditor = Auditor(world)
    run = auditor.audit()
    assert (run.skus_equal, run.skus_moving) == (run.skus_compared, 0), auditor.found()
    assert {row.state for row in auditor.drift()} <= {"note"}


@pytest.fixture(scope="module", autouse=True)
def _shared(systems: Systems) -> None:
    """The processes all stories share, where the state machine finds them."""
    _systems["running"] = systems


class Promises(RuleBasedStateMachine):
    """One merchant's life."""

    world: World

    @initialize(mode=st.sampled_from(ReportMode))
    def open_shop(self, mode: ReportMode) -> None:
        self.world = World(_systems["running"], MerchantRules(report_mode=mode))
        self.placed: list[str] = []
        self.percents: dict[str, Decimal] = {}
        self.codes: set[str] = set()

    # The merchant.

    @rule(
        sku=st.sampled_from(_SKUS),
        variations=st.sets(st.sampled_from(["P", "M", "G"]), max_size=3),
        price=st.sampled_from(_PRICES),
        stock=st.integers(-2, 9),
        photos=st.integers(0, 3),
    )
    def add_product(
        self, sku: str, variations: set[str], price: str, stock: int, photos: int
    ) -> None:
        body: dict[str, Any] = {
            "sku": sku,
            "name": f"Produto {sku}",
            "price": price,
            "categories": ["Casa > Mesa"],
            "photos": [
                {"url": f"https://img.example/{sku}/{n}.jpg", "title": "", "position": n}
                for n in range(photos)
            ],
        }
        if variations:
            body["variations"] = [
                {
                    "sku": f"{sku}-{size}",
                    "price": price,
                    "stock": stock,
                    "attributes": [
                        {"code": "size", "label": "Tamanho", "value_code": size, "value": size}
                    ],
                }
                for size in sorted(variations)
            ]
        else:
            body["stock"] = stock
        self.world.merchant("POST", "products", body)

    def _some_product(self, pick: int) -> dict[str, Any] | None:
        alive = [each for each in self.world.feed() if each["product"] is not None]
        return alive[pick % len(alive)]["product"] if alive else None

    @rule(pick=st.integers(0, 50), stock=st.integers(0, 99))
    def change_stock(self, pick: int, stock: int) -> None:
        product = self._some_product(pick)
        if product:
            offers = product["variations"] or [product]
            sku = offers[pick % len(offers)]["sku"]
            self.world.merchant("PUT", "stock", {"sku": sku, "stock": stock})

    @rule(
        pick=st.integers(0, 50),
        price=st.sampled_from(_PRICES[1:]),
        special=st.sampled_from([None, "9.99"]),
    )
    def change_price(self, pick: int, price: str, special: str | None) -> None:
        product = self._some_product(pick)
        if product:
            offers = product["variations"] or [product]
            sku = offers[pick % len(offers)]["sku"]
            self.world.merchant(
                "PUT", "price", {"sku": sku, "price": price, "special_price": special}
            )

    @rule(
        pick=st.integers(0, 50),
        edit=st.sampled_from(
            [
                {"name": "Outro nome"},
                {"description": "<p>nova</p>"},
                {"photos": []},
                {"photos": [{"url": "https://img.example/new.jpg", "title": "", "position": 0}]},
                {"categories": ["Moda > Verão", "Casa > Mesa"]},
                {"categories": []},
                {"published": False},
                {"published": True},
                {"brand": None},
                {"sku": "RENOMEADO"},
                {"sku": "CAM-1"},
            ]
        ),
    )
    def edit_product(self, pick: int, edit: dict[str, Any]) -> None:
        product = self._some_product(pick)
        if product:
            self.world.merchant("PATCH", f"products/{product['id']}", edit)

    @rule(pick=st.integers(0, 50))
    def remove_variation(self, pick: int) -> None:
        product = self._some_product(pick)
        if product and len(product["variations"]) > 1:
            edit = {"variations": [{"sku": product["variations"][0]["sku"], "remove": True}]}
            self.world.merchant("PATCH", f"products/{product['id']}", edit)

    @rule(pick=st.integers(0, 50))
    def delete_product(self, pick: int) -> None:
        product = self._some_product(pick)
        if product:
            self.world.merchant("DELETE", f"products/{product['id']}")

    @rule(percents=_PERCENTS)
    def change_channel_prices(self, percents: dict[str, Decimal]) -> None:
        self.percents = percents
        self.codes |= percents.keys()
        tables = tuple(PriceTableRule(code, code, each) for code, each in percents.items())
        change_rules(self.world, price_tables=tables)

    # The marketplace.

    @rule(pick=st.integers(0, 50), approved=st.booleans(), quantity=st.integers(1, 3))
    def place_order(self, pick: int, approved: bool, quantity: int) -> None:
        product = self._some_product(pick)
        if product is None:
            return
        offer = (product["variations"] or [product])[0]
        sku = offer["sku"].strip().replace("/", "-")
        placed = self.world.api.post_order(
            status="approved" if approved else "pending",
            payer_cpf=_VALID_CPF,
            payer_fullname="Comprador de Teste",
            items=[
                {"sku": sku, "name": "x", "quantity": quantity, "price": 10, "total": 10 * quantity}
            ],
            total=10 * quantity + 5,
            shipping=5,
            payments=[{"payment_type": "credit", "payment_total": 10 * quantity + 5}],
        )
        self.placed.append(placed["id"])

    @rule(pick=st.integers(0, 50), status=st.sampled_from(["approved", "canceled"]))
    def move_order(self, pick: int, status: str) -> None:
        if self.placed:
            order_id = self.placed[pick % len(self.placed)]
            if self.world.api.get_order(order_id)["status"] in {"pending", "approved"}:
                self.world.api.put_order(order_id, status=status)

    @rule(
        pick=st.integers(0, 50),
        step=st.sampled_from(["invoice", "dispatch", "deliver", "inform-delivery"]),
    )
    def fulfil(self, pick: int, step: str) -> None:
        taken = [each["hub_order_id"] for each in self.world.store_orders() if each["hub_order_id"]]
        if taken:
            # Out of order answers 409, and changes nothing.
            self.world.merchant("POST", f"orders/{taken[pick % len(taken)]}/{step}", {})

    @rule(pick=st.integers(0, 50), times=st.integers(1, 3))
    def notify(self, pick: int, times: int) -> None:
        for _ in range(times):
            order_id = self.placed[pick % len(self.placed)] if self.placed else "f" * 24
            self.world.hint_order(order_id)

    # The network, and the power.

    @rule(faults=_FAULTS)
    def hub_misbehaves(self, faults: dict[str, Any]) -> None:
        self.world.hub_weather = faults

    @rule(faults=_FAULTS)
    def store_misbehaves(self, faults: dict[str, Any]) -> None:
        self.world.store_weather = faults

    @rule(
        loops=st.lists(st.sampled_from(Loop), min_size=1, max_size=4), moment=st.integers(0, 10_000)
    )
    def work_and_crash(self, loops: list[Loop], moment: int) -> None:
        self.world.run(*loops, crash_after=self.world.crash_moment(moment))

    @rule(loops=st.lists(st.sampled_from(Loop), min_size=1, max_size=4))
    def work(self, loops: list[Loop]) -> None:
        self.world.run(*loops, crash_after=3.0)

    # What must hold.

    @precondition(lambda self: hasattr(self, "world"))
    @rule()
    def quiet(self) -> None:
        self.world.be_quiet()
        held = {
            subject
            for kind, subject, _, _, blocking in self.world.troubles()
            if kind == "order" and blocking
        }
        assert_catalogue_agrees(self.world)
        assert_channels_agree(self.world, self.percents, self.codes - self.percents.keys())
        assert_orders_agree(self.world, held=held)
        assert_reports_agree(self.world)

    def teardown(self) -> None:
        if hasattr(self, "world"):
            self.quiet()
            assert_audit_agrees(self.world)


Promises.TestCase.settings = settings(
    max_examples=STORIES or 15,
    derandomize=not STORIES,
    stateful_step_count=STEPS,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    print_blob=True,
    # Shrinking replays a story hundreds of times over real processes: by hand, not in the suite.
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
)
TestPromises = Promises.TestCase
