"""Brazilian documents: whose order it is (CPF, CNPJ) and which invoice (chave de acesso).

Which hub field holds the buyer's document varies by marketplace, and some hold rubbish, so the
first *valid* candidate wins. Since 2026 a CNPJ may contain letters, and with it the access key;
only ASCII counts, because `str.isdigit` also likes digits of other scripts.
"""

import hmac
import re
from collections.abc import Iterable
from typing import Literal

from msgspec import Struct
from stdnum.br import cnpj, cpf

# UF 2, year and month 4 | CNPJ root and branch 12, letters allowed | CNPJ check digits 2, model 2,
# series 3, number 9, emission type 1, random code 8, check digit 1 (NF-e manual, NT 2025.001).
_NFE_KEY = re.compile(r"[0-9]{6}[0-9A-Z]{12}[0-9]{26}")
_NFE_KEY_LENGTH = 44
_PUNCTUATION = re.compile(r"[\s.\-–/]+")
_CPF = re.compile(r"[0-9]{11}")
_CNPJ = re.compile(r"[0-9A-Z]{12}[0-9]{2}")

NfeKeyProblem = Literal["length", "characters", "check_digit"]


class TaxDocument(Struct, frozen=True):
    """A valid document without punctuation. Personal: `repr` does not show the number."""

    type: Literal["cpf", "cnpj"]
    number: str

    def __repr__(self) -> str:
        return f"TaxDocument({self.type!r}, …)"


def cleaned(document: str) -> str:
    """The document without spaces and punctuation, letters in upper case; not judged."""
    return _PUNCTUATION.sub("", document).upper()


def tax_document(candidates: Iterable[str]) -> TaxDocument | None:
    """The first candidate with right check digits, or None; "111.111.111-11" is nobody's."""
    for candidate in candidates:
        number = cleaned(candidate)
        if len(set(number)) == 1:
            continue
        if _CPF.fullmatch(number) and cpf.is_valid(number):
            return TaxDocument("cpf", number)
        if _CNPJ.fullmatch(number) and cnpj.is_valid(number):
            return TaxDocument("cnpj", number)
    return None


def document_hash(key: bytes, document: str) -> bytes | None:
    """What stands for a buyer's document in the ledger, so that an order can be found by it; None
    where nothing of it is a letter or a digit.

    Under a key, because there are few enough CPFs to try them all against a bare hash.
    """
    number = "".join(letter for letter in document.upper() if letter.isascii() and letter.isalnum())
    return hmac.digest(key, number.encode(), "sha256") if number else None


def nfe_key_problem(key: str) -> NfeKeyProblem | None:
    """What is wrong with an NF-e access key as it will travel, or None.

    The check digit is modulo 11 over the first 43 characters with weights 2 to 9 from the right; a
    letter counts `ord(letter) - 48`, which for digits is the digit itself (rule of 2026).
    """
    if len(key) != _NFE_KEY_LENGTH:
        return "length"
    if not _NFE_KEY.fullmatch(key):
        return "characters"
    weighted = sum(
        (ord(character) - 48) * (2 + place % 8) for place, character in enumerate(key[-2::-1])
    )
    digit = 11 - weighted % 11
    if digit >= 10:
        digit = 0
    return None if key[-1] == str(digit) else "check_digit"
