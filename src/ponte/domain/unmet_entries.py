"""What a merchant wrote into the lists of what goes, and no product has: mostly a typing mistake.

"Menos estas marcas: Adias" leaves every Adidas in the marketplaces, and nothing else would say so.
Entries are met as `ponte.domain.applying_rules` meets them.
"""

from msgspec import Struct

from ponte.domain.applying_rules import brand_key, category_keys, path_key
from ponte.domain.catalogue import StoreProduct
from ponte.domain.rules import MerchantRules
from ponte.domain.skus import hub_sku

# Of each list; who mistyped more than this many sees the rest next time.
MOST_TOLD = 20


class UnmetEntry(Struct, frozen=True):
    """An entry of the list `rule`, such as `only_brands`, as it was written."""

    rule: str
    entry: str


class UnmetEntries:
    """Strikes out what it meets. Costs nothing once everything was met, or where no list is."""

    def __init__(self, rules: MerchantRules) -> None:
        self._default_brand = rules.default_brand
        self._categories = {
            rule: {path_key(entry): entry for entry in getattr(rules, rule)}
            for rule in ("only_categories", "except_categories")
        }
        self._brands = {
            rule: {brand_key(entry): entry for entry in getattr(rules, rule)}
            for rule in ("only_brands", "except_brands")
        }
        self._skus = {
            rule: {hub_sku(entry): entry for entry in getattr(rules, rule)}
            for rule in ("only_skus", "except_skus")
        }

    def add(self, product: StoreProduct) -> None:
        """Strike out what this product has."""
        if any(self._categories.values()):
            for key in category_keys(product.categories):
                for left in self._categories.values():
                    left.pop(key, None)
        if any(self._brands.values()):
            brand = brand_key(product.brand or "") or brand_key(self._default_brand)
            for by_brand in self._brands.values():
                by_brand.pop(brand, None)
        if any(self._skus.values()):
            for sku in (product.sku, *(each.sku for each in product.variations)):
                for by_sku in self._skus.values():
                    by_sku.pop(hub_sku(sku), None)

    def left(self) -> list[UnmetEntry]:
        """What nothing had so far, up to `MOST_TOLD` of each list."""
        return [
            UnmetEntry(rule, entry)
            for lists in (self._categories, self._brands, self._skus)
            for rule, left in lists.items()
            for entry in list(left.values())[:MOST_TOLD]
        ]
