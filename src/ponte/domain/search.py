"""What a product is found by, and what a person looks for: the same words on both sides.

Words are folded (lower case, without accents), because nobody types "Calção" twice the same way,
and cut apart at everything that is no letter or digit. SKUs are not among them: a million SKUs that
begin alike would make a short beginning of a word expensive, so they are looked up by themselves.
"""

import re
import unicodedata
from functools import lru_cache

from msgspec import Struct

from ponte.domain.hub_body import FamilyBody
from ponte.domain.skus import hub_sku

# A name of 300 characters has some fifty words; a product with hundreds of variations has as many
# EANs. What is beyond is not searched for.
_MOST_WORDS = 64
_MOST_EANS = 256
# No word of a language is longer, and nothing longer is typed.
_LONGEST_WORD = 40
_LONGEST_TITLE = 300
# What the longest SKU of the contract needs.
_LONGEST_QUERY = 120
# Below three letters a beginning is the beginning of nearly everything.
_SHORTEST_BEGINNING = 3
_WORD = re.compile(r"[^\W_]+")


class Asked(Struct, frozen=True):
    """What a person typed: whole words, the beginning of one, and of a SKU."""

    words: tuple[str, ...]
    # The last word, where it may go on.
    beginning: str | None
    sku: str


def fold(text: str) -> str:
    """In lower case and without accents."""
    lower = text.lower()
    if lower.isascii():
        return lower
    apart = unicodedata.normalize("NFKD", lower)
    return "".join(each for each in apart if not unicodedata.combining(each))


# A catalogue has few words, and each many times: folded once, the next costs a tenth.
_folded = lru_cache(maxsize=16_384)(fold)


def title_of(body: FamilyBody) -> str:
    """The name, as a list shows it."""
    return (body.name or "").replace("\0", "")[:_LONGEST_TITLE]


def words_of(body: FamilyBody) -> str:
    """The words of name, brand and model, and every EAN; with a space between them."""
    named = f"{body.name or ''} {body.brand or ''} {body.model or ''}"
    found = [_folded(word[:_LONGEST_WORD]) for word in _WORD.findall(named.lower())[:_MOST_WORDS]]
    found += [
        offer.ean[:_LONGEST_WORD].lower()
        for offer in (body, *body.variations[:_MOST_EANS])
        if offer.ean is not None and offer.ean.isalnum()
    ]
    return " ".join(found)


def ask(typed: str) -> Asked | None:
    """What to look for; None where nothing was typed."""
    text = typed.replace("\0", "").strip()[:_LONGEST_QUERY]
    if not text:
        return None
    words = [fold(word[:_LONGEST_WORD]) for word in _WORD.findall(text.lower())]
    beginning = None
    # Digits alone are an EAN or a size, and looked for as they are.
    if words and len(words[-1]) >= _SHORTEST_BEGINNING and not words[-1].isdigit():
        beginning = words.pop()
    return Asked(tuple(dict.fromkeys(words)), beginning, hub_sku(text))


def as_query(asked: Asked, connection_id: int) -> str | None:
    """The words as the database's text search takes them; None where only a SKU can match."""

    def quoted(word: str) -> str:
        # What takes letters apart may bring signs in that have a meaning there.
        return (
            f"'{connection_id}~{word}'"
            if "'" not in word and "\\" not in word
            else f"'{connection_id}~'"
        )

    parts = [quoted(word) for word in asked.words]
    if asked.beginning is not None:
        parts.append(quoted(asked.beginning) + ":*")
    return " & ".join(parts) or None
