"""The chave de acesso of a NF-e: 44 characters that name an invoice, the last one a check digit.

Since July 2026 the CNPJ inside may hold letters, so a character counts as its ASCII code minus 48
(NT 2025.001), which for digits is the digit itself.
"""

from datetime import datetime

# São Paulo's code (IBGE).
STATE_CODE = "35"
# NF-e; 65 would be the consumer's NFC-e.
MODEL = "55"
SERIES = 1
# Normal issue, no contingency.
EMISSION = "1"


def access_key(moment: datetime, cnpj: str, number: int, code: int) -> str:
    """cUF, AAMM, CNPJ, model, series, number (9 digits), tpEmis, cNF (8 digits), check digit."""
    body = f"{STATE_CODE}{moment:%y%m}{cnpj}{MODEL}{SERIES:03d}{number:09d}{EMISSION}{code:08d}"
    return body + check_digit(body)


def check_digit(body: str) -> str:
    """Modulo 11 of 43 characters: weights 2 to 9 in turn from the right; 10 and 11 become 0."""
    total = sum((ord(sign) - 48) * (2 + place % 8) for place, sign in enumerate(reversed(body)))
    digit = 11 - total % 11
    return str(digit if digit < 10 else 0)
