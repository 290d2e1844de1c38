"""Store products for tests: one plain example of each kind, and strategies for any.

The alphabets are small on purpose, so that two drawn products often share a SKU, a photo or an
attribute: what goes wrong between a store and a hub goes wrong where something stays and something
changes.
"""

from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from ponte.domain.catalogue import Attribute, Dimensions, Photo, StoreProduct, StoreVariation
from ponte.domain.channel_prices import with_tables
from ponte.domain.families import FamilyDraft, draft_family
from ponte.domain.problems import Problem
from ponte.domain.rules import MerchantRules, PriceTableRule

# Valid check digits.
EAN = "7891234567895"
CENTS = st.integers(0, 500).map(lambda cents: Decimal(cents) / 100)


def drafted(product: StoreProduct) -> FamilyDraft:
    """The draft of a product that can be sent."""
    draft = draft_family(product)
    assert not isinstance(draft, Problem), draft
    return draft


def priced(product: StoreProduct, rules: MerchantRules) -> FamilyDraft:
    """The same, with what channels pay."""
    return with_tables(drafted(product), rules)


def ml_and_shopee(**other: str) -> MerchantRules:
    """Two channels: one dearer, one cheaper; by code, other percentages."""
    percents = {"ml": "12.5", "shopee": "-10"} | other
    return MerchantRules(
        price_tables=tuple(
            PriceTableRule(code, code.title(), Decimal(percent))
            for code, percent in percents.items()
        )
    )


def colour(value: str) -> Attribute:
    """The attribute *Cor*."""
    return Attribute("cor", "Cor", value.lower(), value)


def a_shirt(stock: int = 5, **other: Any) -> StoreProduct:
    """A simple product without a defect."""
    fields: dict[str, Any] = {
        "key": "77",
        "sku": "CAM-1",
        "name": "Camiseta",
        "published": True,
        "price": Decimal("49.90"),
        "stock": stock,
        "ean": EAN,
        "ncm": "61091000",
        "description": "<p>Algodão</p>",
        "dimensions": Dimensions(Decimal(20), Decimal("15.0"), Decimal(2), Decimal("0.250")),
        "categories": ("Moda > Camisetas",),
        "attributes": (colour("Azul"),),
        "photos": (Photo("https://img.example/1.jpg", "frente", 0),),
    }
    return StoreProduct(**(fields | other))


def a_size(size: str, stock: int, **other: Any) -> StoreVariation:
    """A variation of `a_family`."""
    fields: dict[str, Any] = {
        "sku": f"CAM-1-{size}",
        "stock": stock,
        "price": Decimal("49.90"),
        "ean": EAN,
        "attributes": (Attribute("tamanho", "Tamanho", size.lower(), size),),
    }
    return StoreVariation(**(fields | other))


def a_family(**sizes: int) -> StoreProduct:
    """A parent with a variation per size and its stock."""
    variations = tuple(a_size(size, stock) for size, stock in sizes.items())
    return a_shirt(stock=sum(sizes.values()), variations=variations)


def specials() -> st.SearchStrategy[Decimal | None]:
    """No promotion, a zero one, or any."""
    return st.none() | CENTS


def attributes() -> st.SearchStrategy[tuple[Attribute, ...]]:
    """Up to three, the same code perhaps twice."""
    values = st.sampled_from(["Azul", " Branco", "P", ""])
    codes = st.sampled_from(["cor", "tamanho", "voltagem "])
    return st.lists(
        st.builds(lambda code, value: Attribute(code, code.title(), value.lower(), value), codes,
                  values),
        max_size=3,
    ).map(tuple)  # fmt: skip


def photos() -> st.SearchStrategy[tuple[Photo, ...]]:
    """Up to three, the same address perhaps twice."""
    urls = st.sampled_from(["https://img.example/1.jpg", "https://img.example/2.jpg ", ""])
    return st.lists(st.builds(Photo, urls, st.just("foto"), st.integers(0, 3)), max_size=3).map(
        tuple
    )


def sizes() -> st.SearchStrategy[Dimensions]:
    """Any parcel, also one without weight."""
    return st.builds(Dimensions, CENTS, CENTS, CENTS, CENTS)


def variations() -> st.SearchStrategy[tuple[StoreVariation, ...]]:
    """Up to three, with SKUs that may collide with each other."""
    return st.lists(
        st.builds(
            StoreVariation,
            sku=st.sampled_from(["P-1", "P-2", "P-3", "P/3"]),
            stock=st.integers(-2, 9),
            price=CENTS,
            special_price=specials(),
            name=st.none() | st.sampled_from(["azul", "Branca"]),
            attributes=attributes(),
            photos=photos(),
            dimensions=st.none() | sizes(),
        ),
        max_size=3,
    ).map(tuple)


def products() -> st.SearchStrategy[StoreProduct]:
    """Any product of the one family with key 1 and SKU P."""
    return st.builds(
        StoreProduct,
        key=st.just("1"),
        sku=st.just("P"),
        name=st.sampled_from(["Camiseta", "Camiseta nova", "É"]),
        published=st.just(True),
        price=CENTS,
        stock=st.integers(-2, 9),
        special_price=specials(),
        ean=st.none() | st.just(EAN),
        ncm=st.none() | st.sampled_from(["61091000", "  "]),
        brand=st.none() | st.just("Marca"),
        description=st.sampled_from(["", "<p>a</p>", " b \n"]),
        warranty_months=st.none() | st.integers(0, 24),
        cost=st.none() | CENTS,
        dimensions=st.none() | sizes(),
        categories=st.lists(st.sampled_from(["Moda", "Moda > A", " Moda "]), max_size=3).map(tuple),
        attributes=attributes(),
        photos=photos(),
        variations=variations(),
    )


def rules() -> st.SearchStrategy[MerchantRules]:
    """Up to three channels of their own price; the same codes again and again."""
    percents = st.integers(-9000, 90000).map(lambda hundredths: Decimal(hundredths) / 100)
    table = st.builds(PriceTableRule, st.sampled_from(["ml", "shopee", "á"]), st.just("Canal"),
                      percents)  # fmt: skip
    return st.lists(table, max_size=3, unique_by=lambda each: each.code).map(
        lambda tables: MerchantRules(price_tables=tuple(tables))
    )
