"""A page's request, whose form is texts that can be kept, or refused.

Each part of a multipart form may name an encoding of its own. Litestar fails on one that nobody
knows, and takes others that make texts no database and no answer can hold (`unicode_escape`). No
database holds a NUL in a text either, and no field of ours means one. All would be failures of
ours, also before a page is reached, where the form is read for its token.
"""

from typing import Any

from litestar import Request
from litestar.datastructures import State
from litestar.datastructures.multi_dicts import FormMultiDict
from litestar.exceptions import ClientException


class PageRequest(Request[Any, Any, State]):
    """What a handler of a page gets."""

    async def form(self) -> FormMultiDict:
        """The fields; raises `ClientException` (400) when they cannot be read or kept."""
        try:
            fields = await super().form()
            for name, value in fields.multi_items():
                _must_be_kept(name)
                if isinstance(value, str):
                    _must_be_kept(value)
        except (ValueError, LookupError) as error:
            raise ClientException(detail="form") from error
        return fields


def _must_be_kept(text: str) -> None:
    """Raise `ValueError` for a text that no database keeps."""
    text.encode()
    if "\0" in text:
        raise ValueError
