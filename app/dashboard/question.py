"""What a reader asks of the dashboard: a period and filters, as the address of the page holds them.

Whatever somebody types into the address is read as far as it makes sense; the rest is as if it weren't there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from datetime import date, timedelta
from enum import StrEnum
from typing import TypeVar
from urllib.parse import urlencode

Choice = TypeVar("Choice", bound=StrEnum)

LONGEST_WORD = 100
"""Characters of a filter's value."""
FIRST_DAY = date(2000, 1, 1)


@dataclass(frozen=True)
class Period:
    """Days from ``since`` to ``until``, both included."""

    since: date
    until: date

    @property
    def days(self) -> int:
        return (self.until - self.since).days + 1


class Preset(StrEnum):
    """Periods that need no dates typed. Their words are what the reader clicks."""

    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"
    TWELVE_MONTHS = "12months"
    ALL = "all"
    OWN = "own"


PRESET_TITLES = {
    Preset.MONTH: "Месяц",
    Preset.QUARTER: "Квартал",
    Preset.YEAR: "Год",
    Preset.TWELVE_MONTHS: "12 месяцев",
    Preset.ALL: "Всё время",
}
_MONTHS_BACK = {Preset.MONTH: 1, Preset.QUARTER: 3, Preset.YEAR: 12, Preset.TWELVE_MONTHS: 12}


class Moment(StrEnum):
    """By which of its dates a case belongs to a period (S69, S70)."""

    STARTED = "started"
    FINALISED = "finalised"


class State(StrEnum):
    """Which cases of a list are wanted."""

    OPEN = "open"
    CLOSED = "closed"
    FAULTY = "faulty"
    DEVIATION = "deviation"
    RECURRED = "recurred"
    NOT_EFFECTIVE = "not_effective"


STATE_TITLES = {
    State.OPEN: "в работе",
    State.CLOSED: "закрытые",
    State.FAULTY: "с нарушениями",
    State.DEVIATION: "с отклонениями и частными случаями",
    State.RECURRED: "нарушение повторилось",
    State.NOT_EFFECTIVE: "меры не подействовали",
}


@dataclass(frozen=True)
class Question:
    """``department`` stands for itself and all below it. The last five pick cases of a list."""

    period: Period
    preset: Preset = Preset.TWELVE_MONTHS
    by: Moment = Moment.STARTED
    funnel: str | None = None
    department: int | None = None
    person: int | None = None
    inspector: int | None = None
    verdict: str | None = None
    violation: str | None = None
    kind: str | None = None
    state: State | None = None

    def before(self) -> Period | None:
        """The period to compare with: as long, just before. Months are compared with the same days of earlier ones."""
        since, until = self.period.since, self.period.until
        if self.preset is Preset.ALL:
            return None
        if self.preset in _MONTHS_BACK:
            months = _MONTHS_BACK[self.preset]
            ended = since - timedelta(days=1)
            return Period(_months_before(since, months), min(ended, _months_before(until, months)))
        return Period(since - timedelta(days=self.period.days), since - timedelta(days=1))

    def query(self, **changes: object) -> str:
        """The address of this question, or of one that differs in ``changes``: ``?funnel=retail``, or nothing."""
        parameters = list(_parameters(replace(self, **changes)))  # type: ignore[arg-type]
        return f"?{urlencode(parameters)}" if parameters else ""

    def within(self, period: Period) -> Question:
        """The same about a part of the period."""
        return replace(self, period=period, preset=Preset.OWN)


def question_of(parameters: Mapping[str, str], today: date) -> Question:
    """Reads an address."""
    preset, period = _period(parameters, today)
    return Question(
        period,
        preset,
        _one_of(Moment, parameters.get("by")) or Moment.STARTED,
        _word(parameters.get("funnel")),
        _number(parameters.get("department")),
        _number(parameters.get("person")),
        _number(parameters.get("inspector")),
        _word(parameters.get("verdict")),
        _word(parameters.get("violation")),
        _word(parameters.get("kind")),
        _one_of(State, parameters.get("state")),
    )


def _period(parameters: Mapping[str, str], today: date) -> tuple[Preset, Period]:
    """Dates that differ from those of the preset are the reader's own."""
    preset = _one_of(Preset, parameters.get("period")) or Preset.TWELVE_MONTHS
    named = _preset_period(preset, today)
    since, until = _day(parameters.get("since")), _day(parameters.get("until"))
    if (since is None and until is None) or (since, until) == (named.since, named.until):
        return (Preset.TWELVE_MONTHS if preset is Preset.OWN else preset), named
    first, last = since or FIRST_DAY, until or max(today, since or today)
    return Preset.OWN, Period(min(first, last), max(first, last))


def _preset_period(preset: Preset, today: date) -> Period:
    match preset:
        case Preset.MONTH:
            return Period(today.replace(day=1), today)
        case Preset.QUARTER:
            return Period(today.replace(month=3 * ((today.month - 1) // 3) + 1, day=1), today)
        case Preset.YEAR:
            return Period(today.replace(month=1, day=1), today)
        case Preset.ALL:
            return Period(FIRST_DAY, today)
        case _:
            return Period(_months_before(today.replace(day=1), 11), today)


def _months_before(day: date, months: int) -> date:
    """The same day of an earlier month; its last one where it is shorter."""
    at = day.year * 12 + day.month - 1 - months
    first = date(at // 12, at % 12 + 1, 1)
    last = (date((at + 1) // 12, (at + 1) % 12 + 1, 1) - timedelta(days=1)).day
    return first.replace(day=min(day.day, last))


def _parameters(question: Question) -> Iterator[tuple[str, str]]:
    if question.preset is Preset.OWN:
        yield "since", question.period.since.isoformat()
        yield "until", question.period.until.isoformat()
    elif question.preset is not Preset.TWELVE_MONTHS:
        yield "period", question.preset
    if question.by is not Moment.STARTED:
        yield "by", question.by
    for field in fields(question)[3:]:
        value = getattr(question, field.name)
        if value is not None:
            yield field.name, str(value)


def _word(text: str | None) -> str | None:
    return text if text and len(text) <= LONGEST_WORD and text.isprintable() else None


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) <= 15 else None


def _day(text: str | None) -> date | None:
    try:
        found = date.fromisoformat(text or "")
    except ValueError:
        return None
    return found if found.year >= FIRST_DAY.year and found.year < 2200 else None


def _one_of(kind: type[Choice], text: str | None) -> Choice | None:
    return kind(text) if text in set(kind) else None
