"""What a variation's page asks for: the attributes by which it differs from the others."""

import msgspec

from ponte_sandbox.store.edits import ProductEdit
from ponte_sandbox.store.panel.product_form import ATTRIBUTES
from ponte_sandbox.store.wire import Product, Variation
from ponte_ui.forms import Form
from ponte_ui.language import _


def attribute_rows(
    product: Product, variation: Variation | None, form: Form | None
) -> list[tuple[str, str]]:
    """Label and value of each row: as typed, as stored, or what the other variations differ by."""
    if form is not None:
        rows = list(zip(form.texts("label"), form.texts("value"), strict=False))
    elif variation is not None:
        rows = [(each.label, each.value) for each in variation.attributes]
    elif product.variations:
        rows = [(each.label, "") for each in product.variations[0].attributes]
    else:
        rows = [(_("Cor"), ""), (_("Tamanho"), "")]
    return rows + [("", "")] * (ATTRIBUTES - len(rows))


def remove_variation(variation: Variation) -> ProductEdit:
    """The edit that takes it away."""
    return msgspec.convert({"variations": [{"sku": variation.sku, "remove": True}]}, ProductEdit)
