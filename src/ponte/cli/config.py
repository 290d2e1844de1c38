"""`ponte config`: every setting, its value here, and what it is for."""

from pydantic import SecretStr
from pydantic.fields import FieldInfo
from rich.console import Console
from rich.table import Table

from ponte.cli.running import DataOption, JsonOption, read_settings
from ponte.cli.running import show as show_result
from ponte.settings import Settings


def config(as_json: JsonOption = False, data: DataOption = None) -> None:
    """List every PONTE_* setting with its value, default and meaning. Secrets are not shown.

    Example: PONTE_POLL_SECONDS=60 ponte config
    """
    settings = read_settings(data)
    listed = [
        {
            "name": f"PONTE_{name.upper()}",
            "value": _shown(getattr(settings, name), field),
            "default": _shown(field.default, field),
            "description": field.description or "",
        }
        for name, field in Settings.model_fields.items()
    ]
    show_result(as_json, {"settings": listed}, lambda: _table(listed))


def _shown(value: object, field: FieldInfo) -> str | int | float | None:
    if field.annotation in (SecretStr, SecretStr | None):
        return "set" if isinstance(value, SecretStr) and value.get_secret_value() else "not set"
    if value is None or isinstance(value, int | float):
        return value
    return str(value)


def _table(listed: list[dict[str, str | int | float | None]]) -> str:
    table = Table(box=None, pad_edge=False)
    for heading in ("setting", "value", "default", "meaning"):
        table.add_column(heading)
    for each in listed:
        table.add_row(*("" if value is None else str(value) for value in each.values()))
    console = Console(width=140, highlight=False)
    with console.capture() as captured:
        console.print(table)
    return captured.get().rstrip()
