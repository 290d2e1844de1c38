"""The store's own address inside stored documents, which may change with every start.

Products and invoices carry links to this store (photos, XML). Its port may be another after a
restart, so what is stored holds a placeholder, replaced on the way out and put back on the way in.
The placeholder's domain can belong to nobody (RFC 2606), so no real link is ever mistaken for it.
"""

PLACEHOLDER = "http://store.invalid"
_PLACEHOLDER = PLACEHOLDER.encode()


class Address:
    """Where this process serves, such as `http://127.0.0.1:8000`, and the two replacements."""

    def __init__(self, base: str) -> None:
        self.base = base
        self.domain = base.removeprefix("http://")
        self._base = base.encode()
        # Followed by a slash, or port 80001 would be taken for port 8000 and a 1.
        self._own = self._base + b"/"

    def inward(self, document: bytes) -> bytes:
        """A document as it is stored."""
        return document.replace(self._own, _PLACEHOLDER + b"/")

    def outward(self, document: bytes) -> bytes:
        """A stored document as it is sent."""
        return document.replace(_PLACEHOLDER, self._base)
