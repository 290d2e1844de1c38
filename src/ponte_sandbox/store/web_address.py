"""Addresses that apps give us to send people or hints to."""

import re
from urllib.parse import urlsplit

# Printable ASCII without spaces, quotes and brackets that no address holds unescaped.
_ADDRESS = re.compile(r"https?://[!#-;=?-\[\]_a-z~@A-Z]+")


def is_web_address(text: str) -> bool:
    """Whether it is an http or https address with a host and a port that can be."""
    if not _ADDRESS.fullmatch(text):
        return False
    try:
        parts = urlsplit(text)
        return bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
