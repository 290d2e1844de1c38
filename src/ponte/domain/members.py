"""E-mails and names of users, as they are kept: one spelling each, and nothing that hides.

Two spellings of one e-mail would be two people, of whom one cannot log in. A name with characters
that turn the writing around, or break the line, could pass for somebody else's in the trail.
"""

import re
import unicodedata

# RFC 5321.
LONGEST_EMAIL = 254
# Longer than any name that a list can show.
LONGEST_NAME = 120
_PART = r"[^\s@<>\"'(),;:\\]"
_EMAIL = re.compile(rf"{_PART}{{1,64}}@{_PART}{{1,189}}\.[^\s@<>\"'(),;:\\.]{{2,63}}")


def spelled_email(text: str) -> str:
    """The e-mail as it is kept and looked for: composed (NFC), in lower case. Anything else that
    was typed comes out as something that is nobody's, and that a database can take."""
    return unicodedata.normalize("NFC", _visible(text[: 2 * LONGEST_EMAIL])).strip().lower()


def read_email(text: str) -> str | None:
    """The e-mail as it is kept, or None where it is none as people have one."""
    email = unicodedata.normalize("NFC", text[: 2 * LONGEST_EMAIL]).strip().lower()
    fits = len(email) <= LONGEST_EMAIL and email == _visible(email) and _EMAIL.fullmatch(email)
    return email if fits else None


def read_name(text: str) -> str | None:
    """The name without control and format characters, blanks made single; None where nothing is
    left, or too much."""
    composed = unicodedata.normalize("NFC", text[: 10 * LONGEST_NAME])
    name = " ".join(_visible(" ".join(composed.split())).split())
    return name if 0 < len(name) <= LONGEST_NAME else None


def _visible(text: str) -> str:
    """The text without what Unicode calls other: controls, formats, halves of characters."""
    return "".join(each for each in text if not unicodedata.category(each).startswith("C"))
