"""Numbers and dates as a spreadsheet shows them, and typed text as a spreadsheet understands it.

Only what the locale decides: the decimal sign, the sign between thousands, the order of a date.
Serial numbers count days since 1899-12-30; the time of day is the fraction.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001 - a serial number has no time zone
NBSP = "\u00a0"

_DATE_TOKEN = re.compile(r'"[^"]*"|\\.|\[h+\]|\[m+\]|\[s+\]|\.0+|y+|m+|d+|h+|s+|am/pm|.', re.DOTALL | re.IGNORECASE)
_LITERAL = re.compile(r'"([^"]*)"|\\(.)|_(.)|\*.|\[\$([^\]-]*)[^\]]*\]|\[[^\]]*\]', re.DOTALL)
_MONTHS_RU = ["янв", "февр", "март", "апр", "май", "июнь", "июль", "авг", "сент", "окт", "нояб", "дек"]
_LONG_MONTHS_RU = (
    "января", "февраля", "марта", "апреля", "мая", "июня",
    "июля", "августа", "сентября", "октября", "ноября", "декабря",
)  # fmt: skip
_LONE_MONTHS_RU = (
    "январь", "февраль", "март", "апрель", "май", "июнь",
    "июль", "август", "сентябрь", "октябрь", "ноябрь", "декабрь",
)  # fmt: skip
_DAYS_RU = ["понедельник", "вторник", "среда", "четверг", "пятница", "суббота", "воскресенье"]
_SHORT_DAYS_RU = ["пн", "вт", "ср", "чт", "пт", "сб", "вс"]
_MONTHS_EN = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
_LONG_MONTHS_EN = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_DAYS_EN = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]


@dataclass(frozen=True)
class Locale:
    """What a locale decides. Names and patterns other than en_US's are unverified."""

    decimal: str
    thousands: str
    date: str
    """The pattern typed dates take: dd.mm.yyyy and the like."""
    time: str = "h:mm:ss"
    currency: str = '"$"#,##0.00'
    currency_signs: str = "$"
    months: tuple[str, ...] = tuple(_MONTHS_EN)
    long_months: tuple[str, ...] = _LONG_MONTHS_EN
    """As they stand beside a day."""
    lone_months: tuple[str, ...] = _LONG_MONTHS_EN
    days: tuple[str, ...] = tuple(_DAYS_EN)
    """Monday first."""
    short_days: tuple[str, ...] = tuple(day[:3] for day in _DAYS_EN)
    true: str = "TRUE"
    false: str = "FALSE"


_EN = Locale(".", ",", "m/d/yyyy", "h:mm:ss am/pm")
_LOCALES = {
    "en_US": _EN,
    "en_GB": Locale(".", ",", "dd/mm/yyyy", currency='"£"#,##0.00', currency_signs="£"),
    "ru_RU": Locale(
        ",",
        NBSP,
        "dd.mm.yyyy",
        currency='#,##0.00 "₽"',
        currency_signs="₽",
        months=tuple(_MONTHS_RU),
        long_months=_LONG_MONTHS_RU,
        lone_months=_LONE_MONTHS_RU,
        days=tuple(_DAYS_RU),
        short_days=tuple(_SHORT_DAYS_RU),
        true="ИСТИНА",
        false="ЛОЖЬ",
    ),
    "fr_FR": Locale(
        ",", "\u202f", "dd/mm/yyyy", currency='#,##0.00 "€"', currency_signs="€", true="VRAI", false="FAUX"
    ),
    "de_DE": Locale(",", ".", "dd.mm.yyyy", currency='#,##0.00 "€"', currency_signs="€", true="WAHR", false="FALSCH"),
    "es_ES": Locale(",", ".", "d/m/yyyy", currency='#,##0.00 "€"', currency_signs="€", true="VERDADERO", false="FALSO"),
}


def locale(name: str) -> Locale:
    """Locales not in the table read and show numbers as en_US does."""
    return _LOCALES.get(name, _EN)


def serial(moment: datetime) -> float:
    """The serial number of a naive moment."""
    return (moment - EPOCH) / timedelta(days=1)


def moment(number: float) -> datetime:
    return EPOCH + timedelta(milliseconds=round(number * 86_400_000))


def plain(number: float) -> str:
    """A JSON number as text, the way of a cell without a format: at most ten significant digits, no exponent."""
    if number == int(number) and abs(number) < 1e15:
        return str(int(number))
    text = f"{number:.10g}"
    if "e" in text:
        text = f"{number:.20f}".rstrip("0") if abs(number) < 1 else text.upper()
    return text


def shown(number: float, number_format: dict[str, str] | None, place: Locale) -> str:
    """The text a cell shows for a number. ``number_format`` is NumberFormat JSON: ``{"type", "pattern"?}``."""
    if number_format is None:
        return plain(number).replace(".", place.decimal)
    kind = number_format.get("type", "NUMBER_FORMAT_TYPE_UNSPECIFIED")
    pattern = number_format.get("pattern") or _default_pattern(kind, place)
    if kind in {"DATE", "TIME", "DATE_TIME"}:
        return _date_text(number, pattern, place)
    if not pattern or kind == "TEXT" or pattern == "General":
        return plain(number).replace(".", place.decimal)
    return _number_text(number, pattern, place)


def _default_pattern(kind: str, place: Locale) -> str:
    return {
        "DATE": place.date,
        "TIME": place.time,
        "DATE_TIME": f"{place.date} h:mm:ss",
        "CURRENCY": place.currency,
        "PERCENT": "0.00%",
        "NUMBER": "#,##0.00",
        "SCIENTIFIC": "0.00E+00",
    }.get(kind, "")


def _number_text(number: float, pattern: str, place: Locale) -> str:
    sections = pattern.split(";")
    section = sections[0]
    if number < 0 and len(sections) > 1:
        section, number = sections[1], -number
    elif number == 0 and len(sections) > 2:
        section = sections[2]
    digits = re.search(r"[#0?][#0?,]*(?:\.[#0?]+)?(?:E\+0+)?", _LITERAL.sub("", section), re.IGNORECASE)
    if not digits:
        return _literal(section)
    body = digits[0]
    if "%" in section:
        number *= 100
    if "E+" in body:
        mantissa = body.partition("E")[0].partition(".")[2]
        text = f"{number:.{len(mantissa)}E}".replace(".", place.decimal)
    else:
        whole, _, fraction = body.partition(".")
        places = len(fraction)
        text = f"{_half_up(abs(number), places):,f}" if "," in whole else f"{_half_up(abs(number), places):f}"
        text = text.rjust(len(text) + whole.count("0") - len(text.partition(".")[0].replace(",", "")), "0")
        optional = len(fraction) - len(fraction.rstrip("#"))
        while optional and text.endswith("0"):
            text, optional = text[:-1], optional - 1
        text = text.rstrip(".") if places else text
        text = text.replace(",", "\0").replace(".", place.decimal).replace("\0", place.thousands)
        if number < 0:
            text = "-" + text
    start = section.find(body)
    return _literal(section[:start]) + text + _literal(section[start + len(body) :])


def _half_up(number: float, places: int) -> Decimal:
    """2.5 becomes 3 in a spreadsheet, and so does what is written 2.5 though it is stored a hair below."""
    return Decimal(repr(float(number))).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


def _literal(part: str) -> str:
    """The text of a pattern around the digits: without quotes, colours and conditions; ``_)`` is a space."""
    return _LITERAL.sub(lambda found: found[1] or found[2] or (" " if found[3] else found[4] or ""), part)


def _date_text(number: float, pattern: str, place: Locale) -> str:
    when = moment(number)
    tokens = _DATE_TOKEN.findall(pattern)
    twelve = any(token.lower() == "am/pm" for token in tokens)
    has_day = any(token.lower() in {"d", "dd"} for token in tokens)
    seconds = number * 86_400 + 1e-6
    out = []
    for position, token in enumerate(tokens):
        letters = token.lower()
        if letters[0] == "m" and _is_minute(tokens, position):
            out.append(f"{when.minute:0{min(len(token), 2)}d}")
        elif letters[0] == "[" and len(letters) > 1:
            whole = int(seconds / {"h": 3600, "m": 60, "s": 1}[letters[1]])
            out.append(f"{whole:0{len(letters) - 2}d}")
        elif letters == "am/pm":
            out.append("AM" if when.hour < 12 else "PM")
        elif letters[0] == "." and len(letters) > 1:
            out.append(place.decimal + f"{when.microsecond:06d}"[: len(letters) - 1])
        elif letters[0] == "m" and len(letters) > 3:
            months = place.long_months if has_day else place.lone_months
            out.append(months[when.month - 1][: 1 if len(letters) == 5 else None])
        elif letters[0] in "ymdhs" and letters == letters[0] * len(letters):
            out.append(_date_part(letters, when, twelve, place))
        elif token[0] == '"':
            out.append(token[1:-1])
        else:
            out.append(token[-1])
    return "".join(out)


def _is_minute(tokens: list[str], position: int) -> bool:
    before = next((t.lower() for t in reversed(tokens[:position]) if t[0].lower() in "ymdhs["), "")
    after = next((t.lower() for t in tokens[position + 1 :] if t[0].lower() in "ymdhs["), "")
    return before.startswith(("h", "[h")) or after.startswith("s")


def _date_part(letters: str, when: datetime, twelve: bool, place: Locale) -> str:
    width = len(letters)
    match letters[0]:
        case "y":
            return f"{when.year:04d}" if width > 2 else f"{when.year % 100:02d}"
        case "m" if width >= 3:
            return place.months[when.month - 1]
        case "m":
            return f"{when.month:0{width}d}"
        case "d" if width >= 3:
            return (place.short_days if width == 3 else place.days)[when.weekday()]
        case "d":
            return f"{when.day:0{width}d}"
        case "h":
            hour = (when.hour % 12 or 12) if twelve else when.hour
            return f"{hour:0{min(width, 2)}d}"
        case _:
            return f"{when.second:0{min(width, 2)}d}"


_TIME = r"(\d{1,2}):(\d{2})(?::(\d{2}))?(?: ?([AaPp])[Mm])?"
_ISO_DATE = re.compile(rf"(\d{{4}})([-/])(\d{{1,2}})\2(\d{{1,2}})(?: {_TIME})?")
_LOCAL_DATE = re.compile(rf"(\d{{1,2}})([./-])(\d{{1,2}})(?:\2(\d{{4}}|\d{{2}}))?(?: {_TIME})?")
_CLOCK = re.compile(_TIME)

Understood = tuple[object, dict[str, str] | None]


def understood(text: str, place: Locale, *, year: int | None = None) -> Understood:
    """What a spreadsheet makes of typed text: (number | bool | text, the number format that comes with it or None).

    ``year`` completes dates without one, so that ``1.5`` is the first of May in ru_RU (pygsheets #483); without it such
    text stays text.
    """
    if text.startswith("'"):
        return text[1:], None
    stripped = text.strip()
    if stripped.upper() in {"TRUE", place.true}:
        return True, None
    if stripped.upper() in {"FALSE", place.false}:
        return False, None
    for read in (_typed_number, _typed_money, _typed_time):
        if (found := read(stripped, place)) is not None:
            return found
    date = _typed_date(stripped, place, year)
    return date if date is not None else (text, None)


def _typed_number(text: str, place: Locale) -> Understood | None:
    d = re.escape(place.decimal)
    t = "[ \u00a0\u202f]" if place.thousands.isspace() else re.escape(place.thousands)
    match = re.fullmatch(rf"([+-]?)(\d{{1,3}}(?:{t}\d{{3}})+|\d+)(?:{d}(\d*))?(?:[eE]([+-]?\d{{1,3}}))?( ?%)?", text)
    if not match:
        return None
    sign, whole, fraction, exponent, percent = match.groups()
    bare = re.sub(t, "", whole)
    number = float(f"{sign}{bare}.{fraction or 0}e{exponent or 0}")
    if not math.isfinite(number):
        return None
    if percent:
        return number / 100, {"type": "PERCENT", "pattern": "0.00%" if fraction else "0%"}
    if exponent:
        return number, {"type": "SCIENTIFIC", "pattern": "0.00E+00"}
    value = int(f"{sign}{bare}") if not fraction else number
    if bare != whole:
        return value, {"type": "NUMBER", "pattern": "#,##0.00" if fraction else "#,##0"}
    return value, None


def _typed_money(text: str, place: Locale) -> Understood | None:
    sign = place.currency_signs
    match = re.fullmatch(rf"(-?){re.escape(sign)} ?(\d.*)|(-?\d.*?)[ \u00a0]?{re.escape(sign)}", text)
    found = _typed_number(f"{match[1]}{match[2]}" if match[2] else match[3], place) if match else None
    if found is None or (found[1] or {}).get("type") in {"PERCENT", "SCIENTIFIC"}:
        return None
    whole = isinstance(found[0], int)
    return found[0], {"type": "CURRENCY", "pattern": place.currency.replace(".00", "") if whole else place.currency}


def _typed_time(text: str, place: Locale) -> Understood | None:
    match = _CLOCK.fullmatch(text)
    seconds = _seconds(*match.groups()) if match else None
    if match is None or seconds is None:
        return None
    twelve = " am/pm" if match[4] else ""
    return seconds / 86_400, {"type": "TIME", "pattern": ("h:mm:ss" if match[3] else "h:mm") + twelve}


def _seconds(hour: str, minute: str, second: str | None, half: str | None) -> int | None:
    hours = int(hour)
    if half:
        if not 1 <= hours <= 12:
            return None
        hours = hours % 12 + (12 if half.lower() == "p" else 0)
    if int(minute) > 59 or int(second or 0) > 59:
        return None
    return hours * 3600 + int(minute) * 60 + int(second or 0)


def _typed_date(text: str, place: Locale, this_year: int | None) -> Understood | None:
    """A day in the order of the locale, or with the year first; a time may follow."""
    if match := _ISO_DATE.fullmatch(text):
        year, sign, month, day, *clock = match.groups()
        pattern = f"yyyy{sign}mm{sign}dd"
    elif match := _LOCAL_DATE.fullmatch(text):
        first, sign, then, year, *clock = match.groups()
        if sign not in place.date and (sign == "." or year is None):
            return None
        month, day = (first, then) if place.date.startswith("m") else (then, first)
        pattern = place.date if sign in place.date else place.date.replace("/", sign).replace(".", sign)
        if year is None and (this_year is None or clock[0]):
            return None
        year = str(this_year) if year is None else year if len(year) == 4 else f"20{year}"
    else:
        return None
    hour, minute, second, half = clock
    seconds = _seconds(hour, minute, second, half) if hour else 0
    try:
        days = int(serial(datetime(int(year), int(month), int(day))))  # noqa: DTZ001 - a serial number has no time zone
    except ValueError:
        return None
    if seconds is None:
        return None
    if hour is None:
        return days, {"type": "DATE", "pattern": pattern}
    return days + seconds / 86_400, {"type": "DATE_TIME", "pattern": f"{pattern} h:mm:ss"}
