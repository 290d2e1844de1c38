"""The NF-e's access key (chave de acesso): 44 characters, the last of them a check digit.

Since 2026 the CNPJ inside may contain letters; a character then counts as its ASCII code less 48,
which leaves digits what they were (Receita Federal, NT 2025.001). The hub refuses a key that
cannot be one.
"""

import re

# UF, year and month, CNPJ (may have letters), model, series, number, form of issue, code, digit.
_KEY = re.compile(r"[0-9]{6}[0-9A-Z]{12}[0-9]{26}")


def is_access_key(key: str) -> bool:
    """Whether the key has the form and the check digit of an NF-e's."""
    return bool(_KEY.fullmatch(key)) and int(key[-1]) == check_digit(key[:-1])


def check_digit(first_43: str) -> int:
    """Modulo 11 with weights 2 to 9 from the right; remainders 0 and 1 give 0."""
    total = sum(
        (ord(character) - 48) * (2 + position % 8)
        for position, character in enumerate(reversed(first_43))
    )
    rest = total % 11
    return 0 if rest < 2 else 11 - rest
