"""Families from a seed, one after the other, so that a hundred thousand need no memory.

Every SKU carries the family's id, so no two families differ only in a `/` and a `-`, which are one
SKU in the hub; the exception are the duplicates, which exist to provoke exactly that. The same
seed, ids and size give the same catalogue.
"""

import itertools
import random
from collections.abc import Iterator

from ponte_sandbox.store.address import PLACEHOLDER
from ponte_sandbox.store.catalogue.assortment import KINDS, Axis, Kind
from ponte_sandbox.store.catalogue.defects import HUGE_LENGTH, Defect, DefectPlan
from ponte_sandbox.store.catalogue.gtin import ean13
from ponte_sandbox.store.catalogue.wording import describe, stretch
from ponte_sandbox.store.wire import Attribute, Dimensions, Photo, Product, Variation

# The shape of the assortment: typical of the shops the project has in mind, not measured.
VARIED_SHARE = 0.45
PROMOTED_SHARE = 0.25
PUBLISHED_SHARE = 0.97
SOLD_OUT_SHARE = 0.06
MOST_VARIATIONS = 8
MOST_PHOTOS = 4
MOST_STOCK = 120

# EAN serials a family may use: its own and one for each variation.
_EANS = MOST_VARIATIONS + 1
_NONE: frozenset[Defect] = frozenset()
# Strange SKUs in turn: a slash, spaces, accents, and all of them.
_STRANGE = (
    "{prefix}/{number}",
    "{prefix} {number}",
    "{prefix}ção-{number}",
    "Peça {prefix}/{number}",
)


def generate(
    families: int, seed: int, ids: Iterator[int], moment: str, *, defects: bool
) -> Iterator[Product]:
    """`families` families with unique SKUs, and after some of them a duplicate in addition.

    Their ids come from `ids`, `moment` is their time of creation. With `defects`, see
    `defects.SHARES`; without, no family is a duplicate.
    """
    chance = random.Random(seed)
    plan = DefectPlan(families, random.Random(seed + 1)) if defects else None
    # EANs of different seeds are far apart, so that shops do not share them.
    serial = random.Random(seed + 2).randrange(10**9)
    strange = copies = 0
    for index in range(families):
        family = next(ids)
        faults = plan.of(index) if plan else _NONE
        form = "{prefix}-{number}"
        if Defect.STRANGE_SKU in faults:
            form = _STRANGE[strange % len(_STRANGE)]
            strange += 1
        product = _family(chance, family, form, serial + index * _EANS, faults, moment)
        yield product
        if plan and plan.duplicated(index):
            yield _duplicate(product, next(ids), twin=copies % 2 == 1)
            copies += 1


def _family(
    chance: random.Random, family: int, form: str, serial: int, faults: frozenset[Defect],
    moment: str,
) -> Product:  # fmt: skip
    kind = chance.choice(KINDS)
    brand = chance.choice(kind.brands)
    model = f"{chance.choice(kind.nouns)} {chance.choice(kind.qualities)}"
    name = f"{model} {brand}"
    sku = form.format(prefix=kind.prefix, number=f"{family:06d}")
    price = _cents(chance, kind, faults)
    special = _special(chance, price)
    product = Product(
        id=str(family),
        sku=sku,
        name=name,
        published=chance.random() < PUBLISHED_SHARE,
        price=_money(price),
        special_price=special,
        stock=_stock(chance),
        ncm=kind.ncm,
        brand=brand,
        model=model,
        description=describe(kind, name, brand, chance),
        short_description=f"{name}, pronta entrega",
        warranty_months=kind.warranty_months or None,
        warranty_message="Garantia contra defeitos de fabricação" if kind.warranty_months else None,
        handling_days=chance.randrange(4),
        cost=_money(price * 55 // 100),
        link=f"{PLACEHOLDER}/produto/{family}",
        dimensions=_dimensions(chance, kind, faults),
        categories=[] if Defect.NO_CATEGORY in faults else [kind.path],
        photos=_photos(chance, family, name),
        created_at=moment,
        updated_at=moment,
    )
    if chance.random() < VARIED_SHARE:
        product.variations = _variations(chance, kind, product, serial, price)
        product.settle()
    else:
        axis = kind.axes[0]
        product.attributes = [_attribute(axis, chance.choice(axis.values))]
        product.ean = ean13(serial)
    if Defect.HUGE_DESCRIPTION in faults:
        product.description = stretch(product.description, HUGE_LENGTH)
    if Defect.NO_EAN in faults:
        product.ean = None
        for variation in product.variations:
            variation.ean = None
    return product


def _variations(
    chance: random.Random, kind: Kind, product: Product, serial: int, price: int
) -> list[Variation]:
    """Two to eight members along the kind's axes; the larger sizes may cost more."""
    if len(kind.axes) > 1:
        first, second = kind.axes
        pairs: list[tuple[tuple[str, str], ...]] = list(
            itertools.product(_some(chance, first, 4), _some(chance, second, 4))
        )
    else:
        pairs = [(value,) for value in _some(chance, kind.axes[0], MOST_VARIATIONS)]
    surcharge = 1000 if price and chance.random() < 0.2 else 0
    variations = []
    for position, values in enumerate(pairs[:MOST_VARIATIONS]):
        own = price + surcharge * (position == len(pairs) - 1)
        codes = "-".join(code for code, _ in values)
        attributes = [
            _attribute(axis, value) for axis, value in zip(kind.axes, values, strict=True)
        ]
        variations.append(
            Variation(
                sku=f"{product.sku}-{codes}",
                name=f"{product.name} {' '.join(label for _, label in values)}",
                ean=ean13(serial + 1 + position),
                price=_money(own),
                special_price=product.special_price,
                stock=_stock(chance),
                attributes=attributes,
                photos=product.photos[:1] if position % 2 else [],
            )
        )
    return variations


def _some(chance: random.Random, axis: Axis, most: int) -> list[tuple[str, str]]:
    """Two or more neighbouring values of an axis, in their order."""
    count = chance.randint(2, min(most, len(axis.values)))
    start = chance.randrange(len(axis.values) - count + 1)
    return list(axis.values[start : start + count])


def _duplicate(product: Product, family: int, *, twin: bool) -> Product:
    """A second family that claims the SKU: the very same, or its twin with `/` for `-`."""
    sku = product.sku
    if twin:
        sku = sku.replace("/", "-", 1) if "/" in sku else sku.replace("-", "/", 1)
    return Product(
        id=str(family),
        sku=sku,
        name=f"{product.name} (cópia)",
        published=product.published,
        price=product.price,
        special_price=product.special_price,
        stock=product.stock,
        ean=product.ean,
        ncm=product.ncm,
        brand=product.brand,
        description=product.description,
        dimensions=product.dimensions,
        categories=product.categories,
        photos=product.photos,
        created_at=product.created_at,
        updated_at=product.updated_at,
    )


def _cents(chance: random.Random, kind: Kind, faults: frozenset[Defect]) -> int:
    if Defect.PRICE_ZERO in faults:
        return 0
    return chance.randint(*kind.price) * 100 + chance.choice((90, 99, 0, 50))


def _special(chance: random.Random, cents: int) -> str | None:
    if chance.random() >= PROMOTED_SHARE or not cents:
        return None
    return _money(cents * chance.choice((70, 75, 80, 85, 90, 95)) // 100)


def _stock(chance: random.Random) -> int:
    return 0 if chance.random() < SOLD_OUT_SHARE else chance.randint(1, MOST_STOCK)


def _dimensions(chance: random.Random, kind: Kind, faults: frozenset[Defect]) -> Dimensions | None:
    if Defect.NO_DIMENSIONS in faults:
        return None
    length = chance.randint(*kind.size)
    grams = 0 if Defect.ZERO_WEIGHT in faults else chance.randint(*kind.weight)
    return Dimensions(
        f"{length}.0", f"{max(4, length * 2 // 3)}.0", f"{max(2, length // 3)}.0",
        f"{grams // 1000}.{grams % 1000:03d}",
    )  # fmt: skip


def _photos(chance: random.Random, family: int, name: str) -> list[Photo]:
    return [
        Photo(f"{PLACEHOLDER}/photos/{family}/{position}.svg", name, position)
        for position in range(chance.randint(1, MOST_PHOTOS))
    ]


def _attribute(axis: Axis, value: tuple[str, str]) -> Attribute:
    return Attribute(axis.code, axis.label, value[0], value[1])


def _money(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02d}"
