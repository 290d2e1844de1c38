"""Products as a merchant enters them, and orders as marketplaces place them, without a defect."""

from typing import Any


def make_product(sku: str, **further: Any) -> dict[str, Any]:
    """A product as a merchant would enter it, without a defect."""
    return {
        "sku": sku,
        "name": f"Produto {sku}",
        "price": "100.00",
        "stock": 10,
        "ean": "7891000315507",
        "ncm": "61091000",
        "brand": "Aurora",
        "description": f"<p>Descrição de {sku}</p>",
        "dimensions": {
            "length_cm": "20",
            "width_cm": "15",
            "height_cm": "5",
            "weight": "0.3",
        },
        "categories": ["Moda > Camisetas"],
        "photos": [make_photo(f"{sku}-1", 0)],
        **further,
    }


def make_photo(name: str, position: int) -> dict[str, Any]:
    """A photo of a product."""
    return {"url": f"https://img.example/{name}.jpg", "title": "", "position": position}


def make_sizes(sku: str, *sizes: str, **further: Any) -> dict[str, Any]:
    """`variations` for a product in these sizes."""
    return {
        "variations": [
            {
                "sku": f"{sku}-{size}",
                "price": "100.00",
                "stock": 10,
                "attributes": [
                    {"code": "size", "label": "Tamanho", "value_code": size, "value": size}
                ],
                **further,
            }
            for size in sizes
        ],
        "stock": 0,
    }


def make_order(*skus: str, **further: Any) -> dict[str, Any]:
    """An approved order whose amounts add up: 100.00 for each piece and 15.90 of freight."""
    total = f"{100 * len(skus) + 15}.90"
    return {
        "status": "approved",
        "channel": "Mercado Livre",
        "payer_cpf": "52998224725",
        "payer_fullname": "Comprador de Teste",
        "receiver_address": "Rua das Laranjeiras",
        "receiver_zipcode": "22240003",
        "receiver_city": "Rio de Janeiro",
        "receiver_state": "RJ",
        "items": [
            {"sku": sku, "name": sku, "quantity": 1, "price": "100.00", "total": "100.00"}
            for sku in skus
        ],
        "shipping": "15.90",
        "total": total,
        "payments": [{"payment_type": "credit", "payment_installments": 2, "payment_total": total}],
        **further,
    }
