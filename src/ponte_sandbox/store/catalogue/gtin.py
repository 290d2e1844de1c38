"""EAN-13 numbers with right check digits, as GS1 Brasil gives them out (prefix 789)."""

# GS1 Brasil's first prefix; 790 is the other one.
_PREFIX = "789"
# Nine digits are left between prefix and check digit.
_ROOM = 10**9


def ean13(serial: int) -> str:
    """The EAN-13 of a serial number; numbers repeat after a thousand million."""
    body = f"{_PREFIX}{serial % _ROOM:09d}"
    return body + check_digit(body)


def check_digit(body: str) -> str:
    """The check digit of twelve digits: weights 1 and 3 in turn, up to the next ten."""
    odd = sum(map(int, body[0::2]))
    even = sum(map(int, body[1::2]))
    return str(-(odd + 3 * even) % 10)
