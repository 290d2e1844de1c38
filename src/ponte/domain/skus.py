"""The one translation between a store's SKU and the hub's.

The hub addresses products by SKU in the path, where a slash cannot stand; its other clients replace
it by a hyphen (pluggto-api.md [C]). Two store SKUs may so become one: the caller must notice that.
"""


def hub_sku(store_sku: str) -> str:
    """The SKU under which the hub knows `store_sku`: stripped, `/` as `-`; "" stays ""."""
    return store_sku.strip().replace("/", "-")
