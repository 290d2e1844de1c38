"""The Olist sample as a shop's catalogue and a marketplace's orders.

Real are the amounts, payments, statuses, times, sizes, categories and places; what the sample lacks
(titles, texts, photos, names, documents, streets, stock) is made up from the row's own id, so that
every run replays the same. The sample is not copied into the project: it is read from `shared`
beside the repository.
"""

import csv
import gzip
import random
from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "data" / "olist"

Row = dict[str, str]

# What the hub calls their payment types (pluggto-api.md, `payment_type`).
_PAYMENT_TYPES = {
    "credit_card": "credit",
    "boleto": "ticket",
    "voucher": "voucher",
    "debit_card": "debit",
    "not_defined": "other",
}
_WORDS = ("luminária", "mesa", "garrafa", "mochila", "relógio", "kit", "jogo", "capa", "azul")
_STREETS = ("Rua das Laranjeiras", "Avenida São João", "Travessa do Ouvidor", "Rua Sete")
# The sample's times have no zone; its sellers are in this one.
_ZONE = "-03:00"
# More than the whole sample sells of anything, so that stock never decides.
_STOCK = 2_000
# When a marketplace's next steps follow: some before Ponte has read the order, some after.
_LATEST_STEP_MS = 1_500
# Buyers think longer. Ponte takes in some hundred orders a second, so of a few thousand that come
# at once, some are canceled before they enter and some after.
_LATEST_CANCELLATION_MS = 20_000


class Sample(NamedTuple):
    """One order: what the marketplace sends, and what has to come of it."""

    order: dict[str, Any]
    # As the sample has it.
    status: str
    was_approved: bool
    has_items: bool
    total: Decimal
    # (instalments, value), sorted.
    payments: list[tuple[int, str]]

    @property
    def is_canceled(self) -> bool:
        """Whether it ends canceled."""
        return self.status == "canceled"


def rows(name: str) -> Iterator[Row]:
    """The rows of one of the sample's files."""
    with gzip.open(FOLDER / f"{name}.csv.gz", "rt", encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def products() -> list[dict[str, Any]]:
    """Every product, as the merchant of a sandbox store would enter it."""
    prices = {row["product_id"]: row["price"] for row in rows("order_items")}
    return [_product(row, prices.get(row["product_id"], "0")) for row in rows("products")]


def _product(row: Row, price: str) -> dict[str, Any]:
    chance = random.Random(row["product_id"])
    title = " ".join(chance.choices(_WORDS, k=12))[: int(row["product_name_lenght"] or 20)]
    text = " ".join(chance.choices(_WORDS, k=700))[: int(row["product_description_lenght"] or 0)]
    photos = range(int(row["product_photos_qty"] or 0))
    category = row["product_category_name"].replace("_", " ").capitalize()
    sides = [row[f"product_{side}"] for side in ("length_cm", "width_cm", "height_cm")]
    grams = row["product_weight_g"]
    return {
        "sku": row["product_id"],
        "name": title.strip().capitalize() or "Produto",
        "price": f"{Decimal(price):.2f}",
        "stock": _STOCK,
        "description": f"<p>{text.strip()}</p>",
        "brand": chance.choice(("Aurora", "Serra", None)),
        "dimensions": {
            "length_cm": sides[0],
            "width_cm": sides[1],
            "height_cm": sides[2],
            "weight": str(Decimal(grams) / 1000),
        }
        if all(sides) and grams
        else None,
        "categories": [f"Loja > {category}"] if category else [],
        "photos": [
            {"url": f"https://img.example/{row['product_id']}/{place}.jpg", "title": "",
             "position": place}
            for place in photos
        ],
    }  # fmt: skip


def orders() -> list[Sample]:
    """Every order in the file's order; 775 of them have no items."""
    items: defaultdict[str, list[Row]] = defaultdict(list)
    for row in rows("order_items"):
        items[row["order_id"]].append(row)
    payments: defaultdict[str, list[Row]] = defaultdict(list)
    for row in rows("order_payments"):
        payments[row["order_id"]].append(row)
    customers = {row["customer_id"]: row for row in rows("customers")}
    return [
        _order(row, items[row["order_id"]], payments[row["order_id"]], customers)
        for row in rows("orders")
    ]


def _order(row: Row, items: list[Row], payments: list[Row], customers: dict[str, Row]) -> Sample:
    shipping = sum((Decimal(item["freight_value"]) for item in items), Decimal(0))
    total = sum((Decimal(item["price"]) for item in items), Decimal(0)) + shipping
    paid = [(int(each["payment_installments"]), each["payment_value"]) for each in payments]
    status, approved = row["order_status"], bool(row["order_approved_at"])
    order = {
        "original_id": row["order_id"],
        "channel": "Olist",
        "status": "pending" if status != "created" else "under_review",
        "created": row["order_purchase_timestamp"].replace(" ", "T") + _ZONE,
        "expected_delivery_date": row["order_estimated_delivery_date"][:10],
        **_buyer(customers[row["customer_id"]]),
        "items": [
            {"sku": item["product_id"], "name": "Produto", "quantity": 1, "price": item["price"],
             "total": item["price"]}
            for item in items
        ],
        "shipping": str(shipping),
        "total": str(total),
        "total_paid": str(sum((Decimal(value) for _, value in paid), Decimal(0))),
        "payments": [
            {
                "payment_type": _PAYMENT_TYPES[each["payment_type"]],
                "payment_installments": each["payment_installments"],
                "payment_total": each["payment_value"],
            }
            for each in payments
        ],
        "steps": _steps(row["order_id"], status, approved),
    }  # fmt: skip
    as_taken = sorted((max(1, number), f"{Decimal(value):.2f}") for number, value in paid)
    return Sample(order, status, approved, bool(items), total, as_taken)


def _steps(order_id: str, status: str, approved: bool) -> list[dict[str, Any]]:
    chance = random.Random(order_id)
    moment, steps = 0, []
    if approved:
        moment = chance.randint(0, _LATEST_STEP_MS)
        steps.append({"status": "approved", "after_ms": moment})
    if status == "canceled":
        moment += chance.randint(0, _LATEST_CANCELLATION_MS)
        steps.append({"status": "canceled", "after_ms": moment})
    return steps


def _buyer(customer: Row) -> dict[str, Any]:
    chance = random.Random(customer["customer_unique_id"])
    digits = f"{chance.randrange(10**9):09d}"
    address = {
        "name": "Comprador",
        "lastname": f"Olist {digits[:4]}",
        "address": chance.choice(_STREETS),
        "address_number": str(chance.randint(1, 999)),
        "neighborhood": "Centro",
        "city": customer["customer_city"],
        "state": customer["customer_state"],
        "zipcode": customer["customer_zip_code_prefix"] + "000",
    }
    return {
        **{f"payer_{name}": value for name, value in address.items()},
        **{f"receiver_{name}": value for name, value in address.items()},
        "payer_cpf": _as_cpf(digits),
    }


def _as_cpf(digits: str) -> str:
    """Nine digits with the two check digits of a CPF."""
    for most in (10, 11):
        weighed = sum(int(digit) * (most - place) for place, digit in enumerate(digits))
        digits += str(weighed * 10 % 11 % 10)
    return digits
