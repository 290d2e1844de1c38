"""`ponte config`: every setting, its value here, and what it is for.

It lists them even when one is wrong, because every other command then sends people here.
"""

import os
from pathlib import Path
from typing import Any

from pydantic import SecretStr, ValidationError
from pydantic.fields import FieldInfo
from rich.console import Console
from rich.table import Table

from ponte.cli.running import DataOption, JsonOption, read_settings, wrong_settings
from ponte.cli.running import show as show_result
from ponte.settings import Settings

# Read by `ponte connect` alone: they are used once, or end up sealed in the ledger.
_OF_CONNECT = {
    "PONTE_CONNECT_PASSWORD": "The hub user's API secret, for `connect` only; used once",
    "PONTE_STORE_TOKEN": "The store's access token, for `connect` only",
}


def config(as_json: JsonOption = False, data: DataOption = None) -> None:
    """List every PONTE_* setting with its value, default and meaning. Secrets are not shown.

    Example: PONTE_POLL_SECONDS=60 ponte config
    """
    settings, wrong = _whatever_is_right(data)
    listed = [
        {
            "name": _variable(name),
            "value": "wrong" if name in wrong else _shown(getattr(settings, name), field),
            "default": _shown(field.default, field),
            "description": field.description or "",
        }
        for name, field in Settings.model_fields.items()
    ]
    listed += [
        {
            "name": variable,
            "value": _set_or_not(os.environ.get(variable, "")),
            "default": _set_or_not(""),
            "description": description,
        }
        for variable, description in _OF_CONNECT.items()
    ]
    show_result(as_json, {"settings": listed}, lambda: _table(listed))
    # Says what is wrong, and ends the command as it does every other.
    read_settings(data)


def _whatever_is_right(data: Path | None) -> tuple[Settings, set[str]]:
    """The settings, with its default for each that is wrong; and which these are."""
    given: dict[str, Any] = {} if data is None else {"data": data}
    try:
        return Settings(**given), set()
    except ValidationError as error:
        refused = wrong_settings(error)
    wrong = {name for name in Settings.model_fields if _variable(name) in refused}
    defaults = {name: Settings.model_fields[name].default for name in wrong}
    return Settings(**{**defaults, **given}), wrong


def _variable(name: str) -> str:
    return f"PONTE_{name.upper()}"


def _shown(value: object, field: FieldInfo) -> str | int | float | None:
    if field.annotation in (SecretStr, SecretStr | None):
        return _set_or_not(value.get_secret_value() if isinstance(value, SecretStr) else "")
    if value is None or isinstance(value, int | float):
        return value
    return str(value)


def _set_or_not(secret: str) -> str:
    return "set" if secret else "not set"


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
