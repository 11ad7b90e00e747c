"""Numbers and dates as Russian readers write them: «12 345», «6,4», «ноябрь 2026»."""

from __future__ import annotations

from datetime import date, timedelta

NARROW = "\N{NO-BREAK SPACE}"
MINUS = "\N{MINUS SIGN}"
DASH = "\N{EM DASH}"
NO_NUMBER = DASH

MONTHS = (
    "январь", "февраль", "март", "апрель", "май", "июнь", "июль", "август", "сентябрь", "октябрь", "ноябрь", "декабрь",
)  # fmt: skip
_OF_MONTHS = (
    "января", "февраля", "марта", "апреля", "мая", "июня", "июля", "августа", "сентября", "октября", "ноября",
    "декабря",
)  # fmt: skip


def number(value: float | None, digits: int = 0) -> str:
    """``12 345,6``; a dash where there is nothing to tell. Zeros at the end are left out."""
    if value is None:
        return NO_NUMBER
    rounded = round(value, digits)
    text = f"{abs(rounded):,.{digits}f}".replace(",", NARROW).replace(".", ",")
    if "," in text:
        text = text.rstrip("0").rstrip(",")
    return (MINUS if rounded < 0 else "") + text


def percent(share: float | None, digits: int = 0) -> str:
    """A share of 1 as ``67 %``."""
    return NO_NUMBER if share is None else f"{number(share * 100, digits)}{NARROW}%"


def signed(value: float, digits: int = 0) -> str:
    """``+3`` or ``−3``; ``0`` has no sign."""
    return f"+{number(value, digits)}" if round(value, digits) > 0 else number(value, digits)


def plural(count: float, one: str, few: str, many: str) -> str:
    """The word that goes with a number: 1 разбор, 2 разбора, 5 разборов; 1,5 разбора."""
    if count != int(count):
        return few
    last, two = int(abs(count)) % 10, int(abs(count)) % 100
    if last == 1 and two != 11:
        return one
    return few if 2 <= last <= 4 and not 12 <= two <= 14 else many


def counted(count: int, one: str, few: str, many: str) -> str:
    return f"{number(count)}{NARROW}{plural(count, one, few, many)}"


def day(value: date) -> str:
    return f"{value:%d.%m.%Y}"


def month(value: date) -> str:
    """``нояб. 26``: fits under a column of a chart."""
    name = MONTHS[value.month - 1]
    short = name if len(name) <= 4 else f"{name[:3]}."
    return f"{short} {value:%y}"


def week(value: date) -> str:
    """``2–8 нояб.`` would not fit; the Monday stands for the week."""
    return f"{value:%d.%m}"


def span(since: date, until: date) -> str:
    """``1 января — 30 ноября 2026``; whole months are named: ``ноябрь 2026``."""
    if (
        since.day == 1
        and (until + timedelta(days=1)).day == 1
        and (since.year, since.month) == (until.year, until.month)
    ):
        return f"{MONTHS[since.month - 1]} {since.year}"
    if since == until:
        return _long(since)
    begin = _long(since) if since.year != until.year else f"{since.day} {_OF_MONTHS[since.month - 1]}"
    return f"{begin} {DASH} {_long(until)}"


def _long(value: date) -> str:
    return f"{value.day} {_OF_MONTHS[value.month - 1]} {value.year}"
