"""Amounts, numbers and times as people read them, in the page's language.

Times come from everywhere in UTC or with an offset and become local (São Paulo's, unless the
program says another zone) only here.
"""

from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime, format_timedelta
from babel.numbers import format_currency, format_decimal, format_percent

from ponte_ui.language import current_language

_SAO_PAULO = ZoneInfo("America/Sao_Paulo")
# Where the people of this program are.
_zone = [_SAO_PAULO]
# What stands where there is nothing to show.
NOTHING = "–"


def zone() -> ZoneInfo:
    """In whose hours times are shown: São Paulo's unless a program says another."""
    return _zone[0]


def use_zone(found: ZoneInfo) -> None:
    """Show times as they are there from now on."""
    _zone[0] = found


def money(amount: object) -> str:
    """R$ 1.234,50; a dash for what is no amount."""
    number = _number(amount)
    if number is None:
        return NOTHING
    return format_currency(number, "BRL", locale=current_language())


def number(value: object, digits: int = 0) -> str:
    """1.234,5 with up to so many digits; a dash for what is no number."""
    found = _number(value)
    if found is None:
        return NOTHING
    pattern = "#,##0" + ("." + "#" * digits if digits else "")
    return format_decimal(found, pattern, locale=current_language())


def percent(share: object) -> str:
    """A share of one as 12,5 %; a dash for what is none."""
    found = _number(share)
    if found is None:
        return NOTHING
    return format_percent(found, "#,##0.#%", locale=current_language())


def when(moment: object) -> str:
    """A time (aware, or ISO text with an offset) as 25/11/2026 14:30, local; as it is when
    it is no time, a dash when there is none."""
    found = _moment(moment)
    if found is None:
        return str(moment) if moment else NOTHING
    pattern = "dd/MM/yyyy HH:mm:ss" if current_language() == "pt_BR" else "yyyy-MM-dd HH:mm:ss"
    return format_datetime(found, pattern, tzinfo=zone(), locale=current_language())


def day(moment: object) -> str:
    """A date, or a time's local date, as 25/11/2026."""
    if isinstance(moment, date) and not isinstance(moment, datetime):
        return format_date(moment, "short", locale=current_language())
    found = _moment(moment)
    if found is None:
        return str(moment) if moment else NOTHING
    local = found.astimezone(zone()).date()
    pattern = "dd/MM/yyyy" if current_language() == "pt_BR" else "yyyy-MM-dd"
    return format_date(local, pattern, locale=current_language())


def duration(seconds: object) -> str:
    """How long, in its largest unit: 40 segundos, 3 minutos, 2 horas; a dash for none."""
    found = _number(seconds)
    if found is None:
        return NOTHING
    return format_timedelta(
        timedelta(seconds=float(found)), threshold=1.5, locale=current_language()
    )


def _number(value: object) -> Decimal | None:
    if value is None or isinstance(value, bool):
        return None
    try:
        found = Decimal(str(value))
    except InvalidOperation:
        return None
    return found if found.is_finite() else None


def _moment(value: object) -> datetime | None:
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return None
    if not isinstance(value, datetime) or value.tzinfo is None:
        return None
    try:
        return value.astimezone(zone())
    except OverflowError:
        # The year 9999, an hour before its end in another zone.
        return None
