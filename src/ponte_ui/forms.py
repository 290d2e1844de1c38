"""Reading what a person typed: single texts out of a form, never files, never endless."""

from litestar.exceptions import HTTPException

from ponte_ui.application import Call

# No field of these pages is meant to hold more, long descriptions included.
MAX_FIELD = 200_000


class Form:
    """The fields of a form as texts. A field that was not sent is an empty one."""

    def __init__(self, values: dict[str, list[str]]) -> None:
        self._values = values

    def text(self, name: str, most: int = MAX_FIELD) -> str:
        """The field without surrounding blanks; 400 beyond `most` characters."""
        value = self._values.get(name, [""])[-1].strip()
        if len(value) > most:
            raise HTTPException(status_code=400, detail=f"{name}: > {most}")
        return value

    def secret(self, name: str) -> str:
        """The field as it was typed."""
        return self._values.get(name, [""])[-1]

    def texts(self, name: str) -> list[str]:
        """All fields of that name, in the page's order."""
        return [value.strip() for value in self._values.get(name, [])]

    def has(self, name: str) -> bool:
        """Whether the field was sent: how a checkbox says yes."""
        return name in self._values

    def pairs(self) -> list[tuple[str, str]]:
        """Every field with every value, as it was typed: where two of one name are a fault."""
        return [(name, value) for name, values in self._values.items() for value in values]

    def values(self) -> dict[str, str]:
        """Every field as it was typed, to show a form again."""
        return {name: values[-1] for name, values in self._values.items()}


async def read_form(call: Call) -> Form:
    """The form that was sent; 400 when it cannot be read."""
    fields = await call.form()
    values: dict[str, list[str]] = {}
    for name, value in fields.multi_items():
        if isinstance(value, str):
            values.setdefault(name, []).append(value)
    return Form(values)
