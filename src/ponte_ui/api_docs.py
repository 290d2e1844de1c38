"""A page for developers: an API's OpenAPI document, drawn by Swagger UI without any network."""

from typing import Any

from litestar import get
from litestar.response import Template


def api_docs(path: str, document: str) -> Any:
    """The handler of the page at `path`, which shows the OpenAPI document served at `document`."""

    @get(path)
    async def show_api_docs() -> Template:
        return Template("ui/api_docs.html", context={"document": document})

    return show_api_docs
