"""Whether a shop and a hub account agree: the promises of design.md, read from the outside.

Independent of Ponte's own code on purpose: if both were computed by the same functions, a mistake
there would agree with itself.
"""

from collections import Counter
from collections.abc import Collection, Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from sides import Sides

_DELIVERED_OR_LATER = {"invoiced", "shipping_informed", "shipped", "delivered"}


def assert_catalogue_agrees(world: Sides) -> None:
    """Every published family of the shop is in the hub as it is; what is gone is off sale."""
    products = world.hub_products()
    alive = [
        change["product"]
        for change in world.feed()
        if change["product"] is not None and change["product"]["published"]
    ]
    # Families whose merchant is told that they claim another one's SKU; they really must.
    rivals = {
        subject
        for kind, subject, code, _, _ in world.troubles()
        if kind == "family" and code == "duplicate_sku"
    }
    users = Counter(sku for family in alive for sku in skus_of(family))
    for family in alive:
        if family["id"] in rivals:
            assert any(users[sku] > 1 for sku in skus_of(family)), f"{family['sku']} has no rival"
    rival_skus = {hub_spelling(family["sku"]) for family in alive if family["id"] in rivals}
    owners = {hub_spelling(each["sku"]): each for each in alive if each["id"] not in rivals}
    for sku, family in owners.items():
        shown = products.get(sku)
        assert shown is not None, f"{sku} is missing in the hub"
        assert differing_fields(family, shown) == [], sku
    for sku, shown in products.items():
        if sku not in owners and sku not in rival_skus:
            assert not is_on_sale(shown), f"{sku} is gone from the shop but on sale"


def assert_channels_agree(
    world: Sides, percents: Mapping[str, Decimal], dropped: Collection[str] = ()
) -> None:
    """Whoever asks for the prices of a code pays so many per cent more than the shop says, to the
    cent, and no product has a table that was given up."""
    published = [
        change["product"]
        for change in world.feed()
        if change["product"] is not None and change["product"]["published"]
    ]
    products = world.hub_products()
    blocked = {subject for _, subject, _, _, blocking in world.troubles() if blocking}
    for family in published:
        if family["id"] in blocked:
            continue
        shown = products[hub_spelling(family["sku"])]
        codes = Counter(table["code"] for table in shown["price_table"])
        for code in dropped:
            assert codes[code] == 0, f"{family['sku']} still has {code}"
        for code, percent in percents.items():
            assert codes[code] == 1, f"{family['sku']}: {codes[code]} tables {code}"
            (table,) = (each for each in shown["price_table"] if each["code"] == code)
            for offer in family["variations"] or [family]:
                price = Decimal(offer["price"])
                special = Decimal(offer["special_price"] or 0) or price
                wanted = [_per_cent_more(amount, percent) for amount in (price, special)]
                assert _paid(table, price, special) == wanted, (offer["sku"], table)


def _paid(table: dict[str, Any], price: Decimal, special: Decimal) -> list[Decimal]:
    """What a channel pays by the dossier: with and without the promotion."""
    assert not table["maximum_price"]
    assert not table["minimum_price"]
    if table["action"] == "overwrite":
        amount = _money(table["price"])
        return [amount, _money(table["special_price"]) or amount]
    sign = 1 if table["action"] == "increase" else -1
    percent = sign * _money(table["percentage"])
    return [_per_cent_more(price, percent), _per_cent_more(special, percent)]


def _per_cent_more(amount: Decimal, percent: Decimal) -> Decimal:
    return (amount * (100 + percent) / 100).quantize(Decimal("0.01"), ROUND_HALF_UP)


def skus_of(family: dict[str, Any]) -> set[str]:
    """Every SKU of a family, as the hub has them."""
    return {hub_spelling(each["sku"]) for each in (family, *family["variations"])}


def hub_spelling(sku: str) -> str:
    """A SKU as the hub has it."""
    return sku.strip().replace("/", "-")


def is_on_sale(shown: dict[str, Any]) -> bool:
    """Whether anything of a hub product could be sold."""
    offers = shown.get("variations") or [shown]
    return bool(shown.get("available")) or any(offer.get("quantity") for offer in offers)


def differing_fields(family: dict[str, Any], shown: dict[str, Any]) -> list[str]:
    """Names of what differs between a family of the shop and a product of the hub."""
    wrong = [
        name
        for name in ("name", "brand", "ncm", "ean")
        if (family[name] or None) != (shown.get(name) or None)
    ]
    if family["description"].strip() != (shown.get("description") or ""):
        wrong.append("description")
    if shown.get("available") != 1:
        wrong.append("available")
    wrong += _differing_lists("", family, shown)
    if set(family["categories"]) != {
        category["name"] for category in shown.get("categories") or []
    } or len(shown.get("categories") or []) != len(set(family["categories"])):
        wrong.append("categories")
    if not family["variations"]:
        return wrong + _differing_offer(family, shown)
    variations = {each["sku"]: each for each in shown.get("variations") or []}
    for variation in family["variations"]:
        sku = hub_spelling(variation["sku"])
        offer = variations.pop(sku, None)
        if offer is None:
            wrong.append(f"variation {sku}")
        else:
            wrong += [f"{sku} {what}" for what in _differing_offer(variation, offer)]
            wrong += _differing_lists(f"{sku} ", variation, offer)
    wrong += [f"left-over {sku}" for sku, offer in variations.items() if offer.get("quantity")]
    return wrong


def _differing_offer(offer: dict[str, Any], shown: dict[str, Any]) -> list[str]:
    wrong = []
    if max(0, offer["stock"]) != shown.get("quantity"):
        wrong.append(f"quantity {offer['stock']} ≠ {shown.get('quantity')}")
    if Decimal(offer["price"]) != _money(shown.get("price")):
        wrong.append(f"price {offer['price']} ≠ {shown.get('price')}")
    special, price = _money(shown.get("special_price")), Decimal(offer["price"])
    wanted = Decimal(offer["special_price"] or 0)
    if special != wanted and not (wanted == 0 and special == price):
        wrong.append(f"special_price {offer['special_price']} ≠ {special}")
    return wrong


def _differing_lists(prefix: str, wanted: dict[str, Any], shown: dict[str, Any]) -> list[str]:
    wrong = []
    photos = sorted(shown.get("photos") or [], key=lambda photo: photo.get("order") or 0)
    in_order = sorted(wanted["photos"], key=lambda photo: photo["position"])
    if [photo["url"] for photo in in_order] != [photo["url"] for photo in photos]:
        wrong.append(f"{prefix}photos")
    attributes = sorted(
        (each["code"], (each.get("value") or {}).get("label"))
        for each in shown.get("attributes") or []
    )
    if sorted((each["code"], each["value"]) for each in wanted["attributes"]) != attributes:
        wrong.append(f"{prefix}attributes")
    return wrong


def _money(value: object) -> Decimal:
    return Decimal(str(value or 0))


def assert_orders_agree(world: Sides, *, held: set[str] = frozenset()) -> None:  # type: ignore[assignment]
    """Approved orders are in the shop exactly once, to the cent and confirmed; no others are.

    `held` are those that cannot enter and stand as pendências.
    """
    taken: dict[str, dict[str, Any]] = {}
    for order in world.store_orders():
        if order["hub_order_id"] is not None:
            assert order["hub_order_id"] not in taken, f"{order['hub_order_id']} is there twice"
            taken[order["hub_order_id"]] = order
    hub_orders = world.hub_orders()
    assert set(taken) <= set(hub_orders), "the shop has orders the hub does not know"
    for order_id, order in hub_orders.items():
        was_approved = any(change["status"] == "approved" for change in order["status_history"])
        in_store = taken.get(order_id)
        if order["status"] == "canceled":
            # Dispatched before it was canceled: the shop refuses, and a person is told.
            is_told = order_id in held and in_store is not None and in_store["shipment"]
            assert in_store is None or in_store["canceled_at"] or is_told, (
                f"{order_id} lives on in the shop"
            )
        elif order_id in held:
            assert in_store is None, f"{order_id} entered although it cannot"
        elif was_approved:
            assert in_store is not None, f"{order_id} ({order['status']}) is lost"
            assert Decimal(in_store["totals"]["total"]) == _money(order["total"]), order_id
            assert order["external"] == in_store["number"], f"{order_id} is not confirmed"
            assert order["ack"] is True, f"{order_id} has no receipt"
        else:
            assert in_store is None, f"{order_id} entered without approval"


def assert_reports_agree(world: Sides) -> None:
    """What the shop invoiced and dispatched stands in the hub, on one delivery."""
    hub_orders = world.hub_orders()
    for order in world.store_orders():
        told = hub_orders.get(order["hub_order_id"] or "")
        if told is None or told["status"] == "canceled":
            continue
        shipments = told.get("shipments") or []
        assert len(shipments) <= 1, f"{told['id']}: the delivery is duplicated"
        if order["invoice"]:
            assert told["status"] in _DELIVERED_OR_LATER, f"{told['id']} is not reported"
            assert shipments[0]["nfe_key"] == order["invoice"]["key"]
        if order["shipment"]:
            assert told["status"] in _DELIVERED_OR_LATER - {"invoiced"}, told["id"]
            assert shipments[0]["track_code"] == order["shipment"]["tracking_code"]
        if order["delivered_at"]:
            assert told["status"] == "delivered", told["id"]
