"""Orders of the marketplace come from the channels, and with the defects, somebody asked for."""

import random
from collections import Counter
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from ponte_sandbox.common.asgi import Refusal
from ponte_sandbox.hub.marketplace.channels import CHANNELS, CHANNELS_BY_NAME, Mix, mix_of
from ponte_sandbox.hub.marketplace.runs import Wish
from ponte_sandbox.hub.marketplace.sales import Defect, Line, line_of, make_order, make_sale

PRODUCT: dict[str, Any] = {
    "sku": "CAM",
    "name": "Camiseta",
    "quantity": 9,
    "available": 1,
    "price": Decimal("39.90"),
    "special_price": None,
    "photos": [],
    "variations": [],
}
VARIATION: dict[str, Any] = {
    "sku": "CAM-P",
    "id": "1",
    "name": "P",
    "external": None,
    "ean": None,
    "attributes": [],
    "quantity": 0,
    "price": None,
    "special_price": None,
}


def sales(mix: Mix, defect_share: float = 0.0) -> list[Any]:
    return [
        make_sale(
            random.Random(seed),
            f"N{seed}",
            lambda _: Line(PRODUCT, None),
            1.0,
            mix=mix,
            defect_share=defect_share,
        )
        for seed in range(200)
    ]


def test_without_a_wish_every_channel_brings_orders() -> None:
    seen = {sale.order["channel"] for sale in sales(mix_of([]))}
    assert seen == set(CHANNELS_BY_NAME)


def test_names_and_weights_choose_the_channels() -> None:
    named = Counter(sale.order["channel"] for sale in sales(mix_of(["Via", "Amazon"])))
    assert set(named) == {"Via", "Amazon"}
    weighed = Counter(sale.order["channel"] for sale in sales(mix_of({"Shopee": 9, "Via": 1})))
    assert set(weighed) == {"Shopee", "Via"}
    assert weighed["Shopee"] > 5 * weighed["Via"]


@pytest.mark.parametrize("wish", [["Loja"], {"Loja": 1.0}, {"Via": 0.0}, ["Via", "via"]])
def test_a_mix_of_nothing_or_of_strangers_is_refused(wish: Any) -> None:
    with pytest.raises(Refusal, match="channels"):
        mix_of(wish)


def test_the_share_of_defects_is_what_was_asked_for() -> None:
    assert {sale.defect for sale in sales(Mix())} == {Defect.NONE}
    assert Defect.NONE not in {sale.defect for sale in sales(Mix(), 1.0)}


@pytest.mark.parametrize(
    ("body", "share"),
    [
        ({}, 0.0),
        ({"defects": False}, 0.0),
        ({"defects": True}, 0.05),
        ({"defects": 0.5}, 0.5),
        ({"defects": 1}, 1.0),
    ],
)
def test_old_bodies_of_a_wish_mean_what_they_meant(body: dict[str, Any], share: float) -> None:
    wish = msgspec.convert({"account": 5910, "orders": 1, **body}, Wish)
    assert wish.defect_share == share
    assert mix_of(wish.channels).channels == CHANNELS


@pytest.mark.parametrize("defects", [1.5, -0.1, "yes"])
def test_a_share_beyond_one_is_refused(defects: Any) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"account": 5910, "orders": 1, "defects": defects}, Wish)


def test_a_line_is_what_its_own_sku_names() -> None:
    family = PRODUCT | {"variations": [VARIATION]}
    assert line_of(family, "CAM") is None
    line = line_of(family, "CAM-P")
    assert line is not None
    assert line.price == Decimal("39.90")
    assert line_of(PRODUCT | {"price": None}, "CAM") is None


def test_an_order_by_hand_adds_up() -> None:
    for channel in CHANNELS:
        order = make_order(random.Random(3), "N", channel, Line(PRODUCT, None), 4, "pending")
        (item,) = order["items"]
        assert int(item["quantity"]) == 4
        amounts = {name: Decimal(str(order[name])) for name in ("subtotal", "shipping", "discount")}
        total = amounts["subtotal"] + amounts["shipping"] - amounts["discount"]
        assert Decimal(str(order["total"])) == total
        assert (order["channel"], order["status"]) == (channel.name, "pending")
