"""What the numbers say about measures (R20, R21): how often the same violations were found before and after."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from rules import past
from rules.calendar import working_time
from rules.model import EFFECT_TITLES, Case, Effect, PastCase
from rules.rulebook import Rulebook
from rules.words import decimal


@dataclass(frozen=True)
class Numbers:
    """How often the same violations were found before the case and after its closing; shares in percent."""

    before: tuple[PastCase, ...]
    after: tuple[PastCase, ...]
    share_before: float | None
    share_after: float | None

    def suggests(self, share_at_most: float) -> Effect:
        """What the numbers say; the reviewer decides."""
        if self.share_before is None or self.share_after is None:
            return Effect.INCONCLUSIVE
        if self.share_after <= share_at_most * self.share_before:
            return Effect.EFFECTIVE
        return Effect.PARTLY if self.share_after < self.share_before else Effect.NOT_EFFECTIVE


def share(cases: Sequence[PastCase], case: Case, book: Rulebook) -> float | None:
    """Percent with the same violations; a case without violations has nothing to compare."""
    return past.share(cases, case.violations, book.effectiveness.least_cases) if case.violations else None


def baseline(case: Case, book: Rulebook) -> float | None:
    """The share before the case was opened; ``None`` when too few cases are known."""
    return share(past.before(case, book.effectiveness.window_days), case, book)


def count(case: Case, book: Rulebook, now: datetime) -> Numbers:
    before = past.before(case, book.effectiveness.window_days)
    after = past.decided_between(case.past, case.arrived.at, now)
    planned = case.baseline if case.baseline is not None else share(before, case, book)
    return Numbers(before, after, planned if case.violations else None, share(after, case, book))


def in_words(numbers: Numbers, case: Case, book: Rulebook) -> str:
    least = book.effectiveness.least_cases
    suggestion = EFFECT_TITLES[numbers.suggests(book.effectiveness.share_at_most)].lower()
    why = f" (нужно хотя бы {least} разборов до и после)" if not _enough(numbers) and case.violations else ""
    return (
        f"До мер, за {book.effectiveness.window_days} дн. до разбора: {_counted(numbers.before, case)}, "
        f"{_in_percent(numbers.share_before)}. "
        f"После закрытия {case.arrived.at.astimezone(working_time(book.calendar, case.staff).zone):%d.%m.%Y}: "
        f"{_counted(numbers.after, case)}, {_in_percent(numbers.share_after)}. По числам: {suggestion}{why}."
    )


def _enough(numbers: Numbers) -> bool:
    return numbers.share_before is not None and numbers.share_after is not None


def _counted(cases: Sequence[PastCase], case: Case) -> str:
    return f"разборов {len(cases)}, с теми же нарушениями {len(past.with_violations(cases, case.violations))}"


def _in_percent(share: float | None) -> str:
    return "доля не определена" if share is None else f"доля {decimal(share)} %"
