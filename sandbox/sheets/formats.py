"""Numbers and dates as a spreadsheet shows them, and typed text as a spreadsheet understands it.

Only what the locale decides: the decimal sign, the sign between thousands, the order of a date.
Serial numbers count days since 1899-12-30; the time of day is the fraction.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001 - a serial number has no time zone
NBSP = "\u00a0"

_DATE_TOKEN = re.compile(r'"[^"]*"|\\.|\[h+\]|y+|m+|d+|h+|s+|AM/PM|am/pm|.', re.DOTALL)
_LITERAL = re.compile(r'"([^"]*)"|\\(.)')
_MONTHS_RU = ["янв", "февр", "март", "апр", "май", "июнь", "июль", "авг", "сент", "окт", "нояб", "дек"]
_MONTHS_EN = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
_DAYS_EN = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]


@dataclass(frozen=True)
class Locale:
    decimal: str
    thousands: str
    date: str
    """The pattern typed dates take: dd.mm.yyyy and the like."""
    months: tuple[str, ...] = tuple(_MONTHS_EN)


_EN = Locale(".", ",", "m/d/yyyy")
_LOCALES = {
    "en_US": _EN,
    "ru_RU": Locale(",", NBSP, "dd.mm.yyyy", tuple(_MONTHS_RU)),
    "fr_FR": Locale(",", "\u202f", "dd/mm/yyyy"),
    "de_DE": Locale(",", ".", "dd.mm.yyyy"),
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
    kind = (number_format or {}).get("type", "NUMBER_FORMAT_TYPE_UNSPECIFIED")
    pattern = (number_format or {}).get("pattern") or _DEFAULTS.get(kind, "")
    if kind in {"DATE", "TIME", "DATE_TIME"}:
        return _date_text(number, pattern or place.date, place)
    if not pattern or kind == "TEXT" or pattern == "General":
        return plain(number).replace(".", place.decimal)
    return _number_text(number, pattern, place)


_DEFAULTS = {
    "DATE_TIME": "yyyy-mm-dd h:mm:ss",
    "TIME": "h:mm:ss",
    "PERCENT": "0.00%",
    "NUMBER": "#,##0.00",
    "CURRENCY": "#,##0.00",
    "SCIENTIFIC": "0.00E+00",
}


def _number_text(number: float, pattern: str, place: Locale) -> str:
    sections = pattern.split(";")
    section = sections[0]
    if number < 0 and len(sections) > 1:
        section, number = sections[1], -number
    elif number == 0 and len(sections) > 2:
        section = sections[2]
    digits = re.search(r"[#0?][#0?,]*(?:\.[#0?]+)?(?:E\+0+)?", _LITERAL.sub("", section))
    if not digits:
        return _literal(section)
    body = digits[0]
    if "%" in section:
        number *= 100
    if "E+" in body:
        text = f"{number:.2E}"
    else:
        whole, _, fraction = body.partition(".")
        places = len(fraction)
        text = f"{abs(number):,.{places}f}" if "," in whole else f"{abs(number):.{places}f}"
        optional = len(fraction) - len(fraction.rstrip("#"))
        while optional and text.endswith("0"):
            text, optional = text[:-1], optional - 1
        text = text.rstrip(".") if places else text
        text = text.replace(",", "\0").replace(".", place.decimal).replace("\0", place.thousands)
        if number < 0:
            text = "-" + text
    start = section.find(body)
    return _literal(section[:start]) + text + _literal(section[start + len(body) :])


def _literal(part: str) -> str:
    """The text of a pattern around the digits, without its quotes."""
    return _LITERAL.sub(lambda found: found[1] or found[2], part)


def _date_text(number: float, pattern: str, place: Locale) -> str:
    when = moment(number)
    tokens = _DATE_TOKEN.findall(pattern)
    twelve = any(token.lower() == "am/pm" for token in tokens)
    out = []
    for position, token in enumerate(tokens):
        letters = token.lower()
        if letters[0] == "m" and _is_minute(tokens, position):
            out.append(f"{when.minute:0{min(len(token), 2)}d}")
        elif letters.startswith("[h"):
            out.append(str(int(number * 24 + 1e-9)))
        elif letters == "am/pm":
            out.append("AM" if when.hour < 12 else "PM")
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
            return _DAYS_EN[when.weekday()][: 3 if width == 3 else None]
        case "d":
            return f"{when.day:0{width}d}"
        case "h":
            hour = (when.hour % 12 or 12) if twelve else when.hour
            return f"{hour:0{min(width, 2)}d}"
        case _:
            return f"{when.second:0{min(width, 2)}d}"


_ISO_DATE = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[ T](\d{1,2}):(\d{2})(?::(\d{2}))?)?")
_DOTTED_DATE = re.compile(r"(\d{1,2})([./])(\d{1,2})\2(\d{4})(?: (\d{1,2}):(\d{2})(?::(\d{2}))?)?")


def understood(text: str, place: Locale) -> tuple[object, dict[str, str] | None]:
    """What a spreadsheet makes of typed text: (number | bool | text, the number format that comes with it or None).

    ``1.5`` stays text in ru_RU (or becomes a date there: issue pygsheets #483 calls it a date; unverified, we keep
    text).
    """
    if text.startswith("'"):
        return text[1:], None
    stripped = text.strip()
    if stripped.upper() in {"TRUE", "FALSE"} or (place.decimal == "," and stripped.upper() in {"ИСТИНА", "ЛОЖЬ"}):
        return stripped.upper() in {"TRUE", "ИСТИНА"}, None
    number = _typed_number(stripped, place)
    if number is not None:
        return number
    date = _typed_date(stripped, place)
    return date if date is not None else (text, None)


def _typed_number(text: str, place: Locale) -> tuple[float, dict[str, str] | None] | None:
    d, t = re.escape(place.decimal), re.escape(place.thousands)
    match = re.fullmatch(rf"([+-]?)(\d{{1,3}}(?:{t}\d{{3}})+|\d+)(?:{d}(\d+))?(%?)", text)
    if not match:
        return None
    sign, whole, fraction, percent = match.groups()
    grouped = place.thousands in whole
    number = float(f"{sign}{whole.replace(place.thousands, '')}.{fraction or 0}")
    if percent:
        return number / 100, {"type": "PERCENT", "pattern": "0.00%" if fraction else "0%"}
    value = int(number) if fraction is None else number
    if grouped:
        return value, {"type": "NUMBER", "pattern": "#,##0.00" if fraction else "#,##0"}
    return value, None


def _typed_date(text: str, place: Locale) -> tuple[float, dict[str, str]] | None:
    if match := _ISO_DATE.fullmatch(text):
        year, month, day, hour, minute, second = match.groups()
        pattern = "yyyy-mm-dd"
    elif match := _DOTTED_DATE.fullmatch(text):
        first, sign, then, year, hour, minute, second = match.groups()
        if sign not in place.date:
            return None
        month, day = (first, then) if place.date.startswith("m") else (then, first)
        pattern = place.date
    else:
        return None
    try:
        when = datetime(int(year), int(month), int(day), int(hour or 0), int(minute or 0), int(second or 0))  # noqa: DTZ001
    except ValueError:
        return None
    if hour is None:
        return int(serial(when)), {"type": "DATE", "pattern": pattern}
    return serial(when), {"type": "DATE_TIME", "pattern": f"{pattern} h:mm:ss"}
