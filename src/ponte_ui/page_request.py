"""A page's request, whose form is texts that can be kept, or refused.

Each part of a multipart form may name an encoding of its own. Litestar fails on one that nobody
knows, and takes others that make texts no database and no answer can hold (`unicode_escape`); both
would be failures of ours, also before a page is reached, where the form is read for its token.
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
                name.encode()
                if isinstance(value, str):
                    value.encode()
        except (ValueError, LookupError) as error:
            raise ClientException(detail="form") from error
        return fields
