"""A product's form made into an edit: each field read, each mistake at its field."""

from collections.abc import Callable
from typing import Any, TypeVar

import msgspec

from ponte_sandbox.store import typed
from ponte_sandbox.store.edits import ProductEdit
from ponte_sandbox.store.typed import Mistake
from ponte_sandbox.store.wire import Attribute, Photo, Product, Variation
from ponte_ui.forms import Form
from ponte_ui.language import _

_Read = TypeVar("_Read")
_MEASURES = ("length_cm", "width_cm", "height_cm", "weight")
# Attributes a variation's form asks for: colour, size, and whatever else tells them apart.
ATTRIBUTES = 4


class Reading:
    """Reads fields and gathers what is wrong, by field."""

    def __init__(self, form: Form) -> None:
        self.form = form
        self.problems: dict[str, str] = {}

    def required(self, name: str, read: Callable[[str], _Read]) -> _Read | None:
        """The field as `read` makes of it; None with a problem noted when it cannot."""
        try:
            return read(self.form.text(name))
        except Mistake as mistake:
            self.problems[name] = str(mistake)
            return None

    def optional(self, name: str, read: Callable[[str], _Read]) -> _Read | None:
        """The field, or None when it is empty."""
        return self.required(name, read) if self.form.text(name) else None

    def sku(self, kept: str | None) -> str | None:
        """The SKU; one that stands as it was stays, whatever is in it."""
        text = self.form.text("sku")
        if kept is not None and text == kept.strip():
            return kept
        return self.required("sku", typed.read_sku)

    def prices(self) -> dict[str, Any]:
        """Price and promotional price."""
        price = self.required("price", typed.read_money)
        special = self.optional("special_price", typed.read_money)
        if price is not None:
            try:
                typed.must_be_lower(special, price)
            except Mistake as mistake:
                self.problems["special_price"] = str(mistake)
        return {"price": price, "special_price": special}

    def stock(self) -> dict[str, Any]:
        """The stock, unless it stands as it was shown: an order may have lowered it meanwhile."""
        if self.form.text("stock") == self.form.text("stock_shown") != "":
            return {}
        return {"stock": self.required("stock", typed.read_whole) if self.form.text("stock") else 0}

    def measures(self) -> dict[str, str] | None:
        """All four, or none."""
        found = {name: self.optional(name, typed.read_measure) for name in _MEASURES}
        given = {name: value for name, value in found.items() if value is not None}
        if given and not self.problems.keys() & set(_MEASURES) and len(given) < len(_MEASURES):
            for name in _MEASURES:
                if name not in given:
                    self.problems[name] = _("Informe as quatro medidas, ou nenhuma.")
        return given or None

    def lines(self, name: str, most: int) -> list[str]:
        """A field of one thing a line."""
        lines = [line.strip() for line in self.form.text(name).splitlines()]
        lines = [line for line in lines if line]
        if len(lines) > most:
            self.problems[name] = _("Informe no máximo %d linhas.") % most
        return lines

    def photos(self, known: list[Photo]) -> list[dict[str, Any]]:
        """Photos by address; the title of one that was there stays."""
        titles = {photo.url: photo.title for photo in known}
        photos = []
        for position, line in enumerate(self.lines("photos", typed.MOST_PHOTOS)):
            try:
                url = typed.read_photo(line)
            except Mistake as mistake:
                self.problems.setdefault("photos", str(mistake))
                continue
            photos.append({"url": url, "title": titles.get(url, ""), "position": position})
        return photos

    def unless_kept(self, name: str, read: Callable[[str], str], kept: str | None) -> str | None:
        """An optional field that may stay as it is, though it would not be taken today."""
        text = self.form.text(name)
        return kept if kept is not None and text == kept.strip() else self.optional(name, read)


def read_product(reading: Reading, before: Product | None) -> ProductEdit | None:
    """The edit, or None when something is wrong, see `reading.problems`."""
    form = reading.form
    given: dict[str, Any] = {
        "sku": reading.sku(before.sku if before else None),
        "name": reading.required("name", typed.read_name),
        "published": form.has("published"),
        "ean": reading.unless_kept("ean", typed.read_ean, before.ean if before else None),
        "ncm": reading.unless_kept("ncm", typed.read_ncm, before.ncm if before else None),
        "brand": form.text("brand", 500) or None,
        "description": form.text("description").replace("\r\n", "\n"),
        "dimensions": reading.measures(),
        "categories": reading.lines("categories", typed.MOST_CATEGORIES),
        "photos": reading.photos(before.photos if before else []),
    }
    if before is None or not before.variations:
        given |= {**reading.prices(), **reading.stock()}
    return _edit(reading, given)


def read_variation(reading: Reading, before: Variation | None) -> ProductEdit | None:
    """The edit of one variation, or None when something is wrong."""
    sku = reading.sku(before.sku if before else None)
    given: dict[str, Any] = {
        "sku": before.sku if before else sku,
        "name": reading.form.text("name", typed.MOST_NAME) or None,
        "ean": reading.unless_kept("ean", typed.read_ean, before.ean if before else None),
        **reading.prices(),
        **reading.stock(),
        "attributes": _attributes(reading.form, before.attributes if before else []),
    }
    if before is not None and sku != before.sku:
        given["new_sku"] = sku
    return _edit(reading, {"variations": [given]})


def _attributes(form: Form, known: list[Attribute]) -> list[dict[str, str]]:
    """Pairs of label and value; codes of those that stayed stay."""
    codes = {(each.label, each.value): (each.code, each.value_code) for each in known}
    attributes = []
    for label, value in zip(form.texts("label"), form.texts("value"), strict=False):
        if not label or not value:
            continue
        code, value_code = codes.get((label, value)) or (
            typed.code_of(label)[:500],
            typed.code_of(value)[:500],
        )
        attributes.append(
            {"code": code, "label": label[:500], "value_code": value_code, "value": value[:500]}
        )
    return attributes


def _edit(reading: Reading, given: dict[str, Any]) -> ProductEdit | None:
    if reading.problems:
        return None
    try:
        return msgspec.convert(given, ProductEdit)
    except msgspec.ValidationError as error:
        reading.problems["form"] = _("Há um valor que a loja não aceita: %s") % error
        return None


def shown_product(product: Product | None) -> dict[str, str]:
    """The fields of a product's form as texts; empty for a new one."""
    if product is None:
        return {"published": "1", "stock": "0"}
    measures = msgspec.structs.asdict(product.dimensions) if product.dimensions else {}
    return {
        "sku": product.sku,
        "name": product.name,
        "price": comma(product.price),
        "special_price": comma(product.special_price),
        "stock": str(product.stock),
        "stock_shown": str(product.stock),
        "ean": product.ean or "",
        "ncm": product.ncm or "",
        "brand": product.brand or "",
        "description": product.description,
        "categories": "\n".join(product.categories),
        "photos": "\n".join(photo.url for photo in product.photos),
        **{name: comma(str(value)) for name, value in measures.items()},
        **({"published": "1"} if product.published else {}),
    }


def shown_variation(variation: Variation | None) -> dict[str, str]:
    """The fields of a variation's form as texts."""
    if variation is None:
        return {"stock": "0"}
    return {
        "sku": variation.sku,
        "name": variation.name or "",
        "ean": variation.ean or "",
        "price": comma(variation.price),
        "special_price": comma(variation.special_price),
        "stock": str(variation.stock),
        "stock_shown": str(variation.stock),
    }


def comma(amount: str | None) -> str:
    """An amount as it is typed here: with a comma, and an empty text for none."""
    return (amount or "").replace(".", ",")
