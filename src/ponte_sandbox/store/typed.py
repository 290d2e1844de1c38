"""What people type in forms and files, made into what the catalogue takes, or told what is wrong.

People write R$ 1.234,50 and 1234.5, `12` for `12,00`, and paste blanks with both. Pure; a `Mistake`
says in the page's language what to do.
"""

import re
from decimal import Decimal

from stdnum import ean

from ponte_sandbox.store.shelf import fold
from ponte_sandbox.store.web_address import is_web_address
from ponte_sandbox.store.wire import MOST_MONEY, money
from ponte_ui.language import _

_MOST_STOCK = 2**31 - 1
_MOST_MEASURE = Decimal("999999999.9999")
# As long as the contract's texts; longer ones are somebody's accident.
MOST_SKU, MOST_NAME, MOST_PHOTOS, MOST_CATEGORIES = 10_000, 10_000, 100, 100
# 1.234 and 1.234.567: a Brazilian's thousands.
_THOUSANDS = re.compile(r"[0-9]{1,3}(\.[0-9]{3})+")
_PLAIN = re.compile(r"[0-9]{1,30}(\.[0-9]+)?")
_WHOLE = re.compile(r"-?[0-9]{1,10}")


class Mistake(Exception):
    """What was typed cannot be taken; the text says why and what would do."""


def read_money(text: str) -> str:
    """An amount with two decimals, from `R$ 1.234,50`, `1234,5` or `1234.50`."""
    bare = re.sub(r"\s|R\$", "", text)
    if "," in bare and (bare.rfind(",") > bare.rfind(".")):
        bare = bare.replace(".", "").replace(",", ".", 1)
    elif "," in bare:
        bare = bare.replace(",", "")
    elif _THOUSANDS.fullmatch(bare):
        bare = bare.replace(".", "")
    # ASCII digits only: other scripts' would pass `Decimal`.
    if not bare.isascii() or not _PLAIN.fullmatch(bare):
        raise Mistake(_("Informe um valor em reais, como 129,90."))
    amount = Decimal(bare)
    if amount != amount.quantize(Decimal("0.01")):
        raise Mistake(_("Use no máximo duas casas decimais."))
    if amount > MOST_MONEY:
        raise Mistake(_("O valor é grande demais."))
    return money(amount)


def read_whole(text: str) -> int:
    """Pieces in stock; fewer than none are owed."""
    bare = text.replace(" ", "")
    if _THOUSANDS.fullmatch(bare):
        bare = bare.replace(".", "")
    if not bare.isascii() or not _WHOLE.fullmatch(bare) or abs(int(bare)) > _MOST_STOCK:
        raise Mistake(_("Informe um número inteiro, como 12."))
    return int(bare)


def read_measure(text: str) -> str:
    """Centimetres or kilograms, with up to four decimals after a comma or a point."""
    bare = re.sub(r"\s", "", text).replace(",", ".", 1)
    found = bare.isascii() and _PLAIN.fullmatch(bare)
    if not found or Decimal(bare) > _MOST_MEASURE or len(bare.partition(".")[2]) > 4:
        raise Mistake(_("Informe uma medida, como 12,5."))
    return bare


def read_sku(text: str) -> str:
    """A SKU: anything that can be shown."""
    if not text:
        raise Mistake(_("Informe o SKU."))
    if len(text) > MOST_SKU or not text.isprintable():
        raise Mistake(_("O SKU tem um caractere que não se pode mostrar, ou é longo demais."))
    return text


def read_name(text: str) -> str:
    """A product's name."""
    if not text:
        raise Mistake(_("Informe o nome."))
    if len(text) > MOST_NAME:
        raise Mistake(_("O nome é longo demais."))
    return text


def read_ean(text: str) -> str:
    """A GTIN with a right check digit."""
    digits = re.sub(r"[\s-]", "", text)
    if not digits.isascii() or not ean.is_valid(digits):
        raise Mistake(_("O EAN tem 8, 12, 13 ou 14 dígitos, e o último confere os outros."))
    return digits


def read_ncm(text: str) -> str:
    """The eight digits of the tax classification."""
    digits = re.sub(r"[\s.]", "", text)
    if not re.fullmatch("[0-9]{8}", digits):
        raise Mistake(_("O NCM tem 8 dígitos."))
    return digits


def read_photo(text: str) -> str:
    """Where a picture is."""
    if len(text) > 2000 or not is_web_address(text):
        raise Mistake(_("Não é um endereço de foto (http:// ou https://): %s") % text[:100])
    return text


def must_be_lower(special: str | None, price: str) -> None:
    """A promotional price is below the price."""
    if special is not None and Decimal(special) >= Decimal(price):
        raise Mistake(_("O preço promocional precisa ser menor que o preço."))


def code_of(label: str) -> str:
    """A machine's code for what people call it: `Cor do tecido` is `cor-do-tecido`."""
    return re.sub(r"[^a-z0-9]+", "-", fold(label)).strip("-") or "x"
