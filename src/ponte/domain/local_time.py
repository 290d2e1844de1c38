"""In whose days and hours people are answered: São Paulo's, unless the installation says another.

Set once, at the start of a process, like the language catalogues; times themselves stay in UTC.
"""

from zoneinfo import ZoneInfo

_DEFAULT = ZoneInfo("America/Sao_Paulo")
_zone = [_DEFAULT]


def zone() -> ZoneInfo:
    """Where the people of this installation are."""
    return _zone[0]


def use_zone(found: ZoneInfo) -> None:
    """Answer people in this zone from now on."""
    _zone[0] = found
