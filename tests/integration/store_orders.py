"""Orders as a bridge would put them into the sandbox store, and the contract to judge answers."""

import secrets
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any

import yaml
from openapi_schema_validator import OAS31Validator


def make_order(*lines: tuple[str, int, str], **changes: Any) -> dict[str, Any]:
    """A valid order of `(sku, quantity, unit price)` lines, with a new hub id unless given."""
    items: list[dict[str, Any]] = [
        {
            "sku": sku,
            "hub_sku": sku.replace("/", "-"),
            "name": f"Produto {sku}",
            "quantity": quantity,
            "unit_price": price,
            "discount": "0.00",
            "total": f"{quantity * Decimal(price):.2f}",
        }
        for sku, quantity, price in lines
    ]
    worth = sum((Decimal(item["total"]) for item in items), Decimal(0))
    total = f"{worth + Decimal('15.90') - Decimal('2.00'):.2f}"
    return {
        "hub_order_id": secrets.token_hex(12),
        "hub_order_number": "8812",
        "marketplace_order_id": "2000003512",
        "channel": "Mercado Livre",
        "placed_at": "2026-03-02T14:05:09-03:00",
        "approved_at": "2026-03-02T17:06:00Z",
        "currency": "BRL",
        "totals": {
            "items": f"{worth:.2f}",
            "shipping": "15.90",
            "discount": "2.00",
            "interest": "0.00",
            "total": total,
        },
        "buyer": {"name": "Ana Prado", "document_type": "cpf", "document": "11144477735"},
        "delivery": {
            "recipient": "Ana Prado",
            "street": "Rua das Laranjeiras",
            "number": "45",
            "neighborhood": "Laranjeiras",
            "city": "Rio de Janeiro",
            "state": "RJ",
            "postal_code": "22240003",
            "country": "BR",
        },
        "items": items,
        "payments": [{"method": "credit", "installments": 3, "total": total}],
        **changes,
    }


@cache
def _contract() -> dict[str, Any]:
    text = files("ponte_sandbox.store").joinpath("contract.yaml").read_text(encoding="utf-8")
    document: dict[str, Any] = yaml.safe_load(text)
    return document


def assert_obeys(schema: str, content: object) -> None:
    """Raises when the content does not obey the contract's schema of that name."""
    contract = _contract()
    rooted = {"$ref": f"#/components/schemas/{schema}", "components": contract["components"]}
    OAS31Validator(rooted, format_checker=OAS31Validator.FORMAT_CHECKER).validate(content)
