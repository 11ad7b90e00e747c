"""How moments, amounts and people look to a reader of Russian."""

from __future__ import annotations

import html
import re
from datetime import date, datetime, timedelta

from markupsafe import Markup

from sandbox.cards import bbcode
from sandbox.portal.clock import SERVER_ZONE
from sandbox.portal.errors import RestError
from sandbox.portal.loose import as_int, as_number, as_text
from sandbox.portal.moments import read_moment
from sandbox.portal.php import JSON
from sandbox.portal.portal import Portal

MONTHS = ("января", "февраля", "марта", "апреля", "мая", "июня", "июля", "августа", "сентября", "октября", "ноября",
          "декабря")  # fmt: skip
CURRENCIES = {"RUB": "₽", "USD": "$", "EUR": "€", "KZT": "₸", "BYN": "Br"}
NARROW = "\N{NO-BREAK SPACE}"
TONES = 8
"""Colours of the circles people are shown in."""


class Wording:
    """Words about one portal at one moment; templates call it ``say``."""

    def __init__(self, portal: Portal) -> None:
        self._portal = portal
        self._now = portal.clock.now()

    def moment(self, value: JSON) -> str:
        """``сегодня, 16:01``, ``3 марта, 09:00``, ``3 марта 2025, 09:00``; nothing for no moment."""
        at = read_moment(value)
        return f"{self._calendar(at.date())}, {at:%H:%M}" if at else ""

    def day(self, value: JSON) -> str:
        at = read_moment(value)
        return self._calendar(at.date()) if at else ""

    def is_past(self, value: JSON) -> bool:
        at = read_moment(value)
        return at is not None and at < self._now

    def text(self, value: JSON) -> Markup:
        return bbcode.as_html(as_text(value) or "", self._portal.address)

    def name(self, user_id: JSON) -> str:
        """``Илья Кузнецов``; the number of somebody who is not there, nothing for nobody."""
        number = as_int(user_id) or 0
        user = self._portal.staff.user(number)
        return user.full_name or user.email if user else (f"№{number}" if number else "")

    def initials(self, user_id: JSON) -> str:
        return "".join(word[0] for word in self.name(user_id).split()[:2]).upper()

    def tone(self, user_id: JSON) -> int:
        return (as_int(user_id) or 0) % TONES

    def amount(self, value: JSON, currency: JSON = "") -> str:
        """``186 000 ₽``."""
        number = as_number(value)
        if number is None:
            return as_text(value) or ""
        shown = f"{number:,.0f}" if number.is_integer() else f"{number:,.2f}".rstrip("0").replace(".", ";")
        shown = shown.replace(",", NARROW).replace(";", ",")
        sign = CURRENCIES.get(as_text(currency) or "", as_text(currency) or "")
        return f"{shown}{NARROW}{sign}".rstrip()

    def duration(self, seconds: JSON) -> str:
        """``2 ч 30 мин``."""
        minutes = round((as_number(seconds) or 0) / 60)
        hours, rest = divmod(minutes, 60)
        parts = [f"{hours}{NARROW}ч"] if hours else []
        return " ".join([*parts, f"{rest}{NARROW}мин"] if rest or not hours else parts)

    def color(self, value: JSON) -> str:
        """A colour fit for a style sheet; stages come as ``#39A8EF``, columns of tasks as ``00C4FB``."""
        code = (as_text(value) or "").lstrip("#")
        return f"#{code}" if re.fullmatch(r"[0-9A-Fa-f]{6}|[0-9A-Fa-f]{3}", code) else "#aebbc9"

    def _calendar(self, day: date) -> str:
        today = self._now.astimezone(SERVER_ZONE).date()
        near = {today: "сегодня", today - timedelta(days=1): "вчера", today + timedelta(days=1): "завтра"}
        if day in near:
            return near[day]
        words = f"{day.day} {MONTHS[day.month - 1]}"
        return words if day.year == today.year else f"{words} {day.year}"


def count(number: int, one: str, few: str, many: str) -> str:
    """``1 задача``, ``3 задачи``, ``11 задач``."""
    tens, ones = number % 100 // 10, number % 10
    form = many if tens == 1 or ones == 0 or ones > 4 else one if ones == 1 else few
    return f"{number}{NARROW}{form}"


def refusal(error: RestError) -> str:
    """What the portal said, as plain text; it writes line breaks and entities of HTML into some descriptions."""
    words = re.sub(r"<br\s*/?>", "\n", error.description, flags=re.IGNORECASE)
    return html.unescape(words).strip() or f"Ошибка {error.code}"


def local_moment(value: JSON) -> str:
    """For an input of type ``datetime-local``."""
    at = read_moment(value)
    return at.strftime("%Y-%m-%dT%H:%M") if at else ""


def portal_moment(text: str) -> str:
    """What such an input sends, as the portal reads it: in the server's time."""
    try:
        return datetime.fromisoformat(text).replace(tzinfo=SERVER_ZONE).isoformat()
    except ValueError:
        return text
