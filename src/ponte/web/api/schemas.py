"""How types of ours stand in the document that the framework would describe wrongly.

An amount is a text in every answer, so that no program makes a binary fraction of it; what is sent
may be a text or a number. A set of flags is a number that is the sum of them.
"""

from decimal import Decimal
from enum import Flag
from typing import Any

from litestar.openapi.spec import OpenAPIType, Schema
from litestar.plugins import OpenAPISchemaPlugin
from litestar.typing import FieldDefinition


class AmountsAndFlags(OpenAPISchemaPlugin):
    """Decimals and flags in the document."""

    @staticmethod
    def is_plugin_supported_type(value: Any) -> bool:
        """Whether the type is one of them."""
        return isinstance(value, type) and issubclass(value, Decimal | Flag)

    # Litestar's own type of the creator has no public name, and nothing here needs one.
    def to_openapi_schema(self, field_definition: FieldDefinition, schema_creator: Any) -> Schema:
        """How it is written."""
        if field_definition.is_subclass_of(Decimal):
            return Schema(
                type=[OpenAPIType.STRING, OpenAPIType.NUMBER],
                description="A decimal, in text: 12.90",
            )
        return Schema(type=OpenAPIType.INTEGER, description="The sum of the flags.")
