"""The generated catalogue: as many families as asked for, and exactly the defects it promises."""

import itertools
import random
from collections import Counter

import pytest
from stdnum import ean

from ponte_sandbox.store.catalogue.assortment import KINDS
from ponte_sandbox.store.catalogue.defects import HUGE_LENGTH, SHARES, Defect, DefectPlan
from ponte_sandbox.store.catalogue.generate import generate
from ponte_sandbox.store.wire import Product, json_encoder

MOMENT = "2026-03-02T12:00:00.000-03:00"


def catalogue(families: int, seed: int = 1, *, defects: bool = True) -> list[Product]:
    return list(generate(families, seed, itertools.count(1001), MOMENT, defects=defects))


def sold_eans(product: Product) -> list[str | None]:
    return [v.ean for v in product.variations] or [product.ean]


def has(product: Product, defect: Defect) -> bool:
    dimensions = product.dimensions
    match defect:
        case Defect.NO_EAN:
            return None in sold_eans(product)
        case Defect.ZERO_WEIGHT:
            return dimensions is not None and dimensions.weight == "0.000"
        case Defect.PRICE_ZERO:
            return product.price == "0.00"
        case Defect.STRANGE_SKU:
            return "/" in product.sku or " " in product.sku or not product.sku.isascii()
        case Defect.HUGE_DESCRIPTION:
            return len(product.description) == HUGE_LENGTH
        case Defect.NO_CATEGORY:
            return not product.categories
        case Defect.NO_DIMENSIONS:
            return dimensions is None


def test_a_clean_catalogue_has_exactly_the_families_asked_for_and_no_defect() -> None:
    families = catalogue(3000, defects=False)
    skus = Counter(sku for family in families for sku in {family.sku, *family.sold_skus()})
    assert len(families) == 3000
    assert max(skus.values()) == 1, "no SKU twice"
    assert not [f for f in families for defect in Defect if has(f, defect)]


def test_every_defect_has_its_share() -> None:
    families = [f for f in catalogue(10_000) if "(cópia)" not in f.name]
    assert len(families) == 10_000
    for defect, share in SHARES.items():
        found = sum(has(family, defect) for family in families)
        assert abs(found - share * 10_000) <= 1, f"{defect}: {found}"


def test_no_seed_lets_a_defect_hide_another() -> None:
    for seed in range(400):
        plan = DefectPlan(1000, random.Random(seed))
        hit = [plan.of(index) for index in range(1000)]
        assert sum(Defect.ZERO_WEIGHT in defects for defects in hit) in (9, 10, 11)
        assert not [d for d in hit if d >= {Defect.ZERO_WEIGHT, Defect.NO_DIMENSIONS}]
        copied = [index for index in range(1000) if plan.duplicated(index)]
        assert len(copied) in (2, 3)
        assert not [index for index in copied if Defect.STRANGE_SKU in hit[index]]


def test_a_hundred_families_have_every_defect_at_least_once() -> None:
    for seed in range(20):
        families = catalogue(100, seed)
        assert len(families) >= 101, "the duplicates come in addition"
        missing = [d for d in Defect if not any(has(family, d) for family in families)]
        assert not missing, f"seed {seed}"
        assert max(Counter(family.sku for family in families).values()) == 2, f"seed {seed}"


def test_only_duplicates_claim_a_sku_that_is_taken_or_differs_by_slash_and_dash_alone() -> None:
    families = catalogue(20_000)
    copies = [f for f in families if "(cópia)" in f.name]
    owners = Counter(f.sku.replace("/", "-") for f in families)
    assert len(copies) == 40
    assert len([sku for sku, count in owners.items() if count > 1]) == len(copies)
    assert len(families) - len(owners) == len(copies)
    twins = [f for f in copies if f.sku not in {o.sku for o in families if o is not f}]
    assert len(twins) == len(copies) // 2, "half are the very SKU, half its twin"


def test_numbers_are_valid() -> None:
    families = catalogue(2000, defects=False)
    eans = [number for family in families for number in sold_eans(family)]
    assert all(number and number.startswith("789") and ean.is_valid(number) for number in eans)
    assert len(set(eans)) == len(eans)
    by_path = {kind.path: kind.ncm for kind in KINDS}
    assert all(family.ncm == by_path[family.categories[0]] for family in families)
    assert all(len(kind.ncm) == 8 and kind.ncm.isdigit() for kind in KINDS)


def test_a_family_with_variations_sums_their_stock_and_shows_their_lowest_price() -> None:
    families = catalogue(3000, defects=False)
    varied = [family for family in families if family.variations]
    assert 0.42 < len(varied) / len(families) < 0.48
    for family in varied:
        assert 2 <= len(family.variations) <= 8
        assert family.stock == sum(v.stock for v in family.variations)
        assert float(family.price) == min(float(v.price) for v in family.variations)
        assert len({tuple(a.value for a in v.attributes) for v in family.variations}) == len(
            family.variations
        )


def test_the_same_seed_gives_the_same_catalogue_and_another_seed_another() -> None:
    one, again, other = (json_encoder.encode(catalogue(300, seed)) for seed in (7, 7, 8))
    assert one == again
    assert one != other


@pytest.mark.parametrize("share_of", ["special_price", "published"])
def test_promotions_and_publication_have_their_share(share_of: str) -> None:
    families = catalogue(5000, defects=False)
    share = sum(bool(getattr(family, share_of)) for family in families) / len(families)
    low, high = {"special_price": (0.22, 0.28), "published": (0.96, 0.98)}[share_of]
    assert low < share < high
