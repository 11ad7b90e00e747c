"""What a proof of coverage says. Pure; ``reading`` asks the portal.

Counted is what the portal's stage history tells: an item that reached a final stage (or one that starts an analysis) of
a watched funnel, by its latest such closing. An item that was finished twice between two looks gets one case, for the
latest.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from rules.intake import analysed_since, decide_source
from rules.model import Source, SourceRef
from rules.rulebook import Rulebook


class Reason(StrEnum):
    """Why a finished item has no case."""

    BY_RULE = "by_rule"
    BEFORE = "before"
    IN_WORK = "in_work"
    ELSEWHERE = "elsewhere"
    DELETED = "deleted"
    NOT_YET = "not_yet"
    ERROR = "error"

    @property
    def is_gap(self) -> bool:
        """The rulebook wants a case and there is none."""
        return self in (Reason.NOT_YET, Reason.ERROR)


REASON_TITLES = {
    Reason.BY_RULE: "не анализируется по своду правил",
    Reason.BEFORE: "завершён до начала анализа",
    Reason.IN_WORK: "снова в работе",
    Reason.ELSEWHERE: "перенесён в воронку, которой нет в своде правил",
    Reason.DELETED: "удалён с портала",
    Reason.NOT_YET: "ещё не рассмотрен",
    Reason.ERROR: "ошибка",
}


@dataclass(frozen=True)
class Finish:
    """An item's latest entry into a final or starting stage."""

    ref: SourceRef
    funnel: str
    """Where it was finished; code in the rulebook."""
    at: datetime


@dataclass(frozen=True)
class Missing:
    """A finished item without a case."""

    finish: Finish
    reason: Reason
    words: str
    title: str = ""
    """Empty when the item needn't be read to know the reason."""


@dataclass(frozen=True)
class FunnelCoverage:
    code: str
    title: str
    finished: int
    missing: tuple[Missing, ...]
    """The latest first."""

    @property
    def with_case(self) -> int:
        return self.finished - len(self.missing)

    @property
    def gaps(self) -> int:
        """How many lack a case that the rulebook wants."""
        return sum(each.reason.is_gap for each in self.missing)

    def by_reason(self) -> Mapping[Reason, int]:
        return Counter(each.reason for each in self.missing)


@dataclass(frozen=True)
class Coverage:
    """The proof for one portal."""

    portal: str
    funnels: tuple[FunnelCoverage, ...]
    doubled: tuple[str, ...]
    """Closings with more than one case, ``deal:42#1``: there must be none."""

    @property
    def proven(self) -> bool:
        return not self.doubled and not any(funnel.gaps for funnel in self.funnels)


def coverage(
    portal: str,
    book: Rulebook,
    finished: Iterable[Finish],
    missing: Collection[Missing],
    doubled: Iterable[str] = (),
) -> Coverage:
    """``missing``: those of the finished that have no case. Every funnel of the rulebook is named, in its order."""
    counted = Counter(each.funnel for each in finished)
    latest_first = sorted(missing, key=lambda each: each.finish.at, reverse=True)
    return Coverage(
        portal,
        tuple(
            FunnelCoverage(
                funnel.code,
                funnel.title,
                counted[funnel.code],
                tuple(each for each in latest_first if each.finish.funnel == funnel.code),
            )
            for funnel in book.funnels
        ),
        tuple(sorted(doubled)),
    )


def is_before(finish: Finish, book: Rulebook, watched_since: datetime) -> bool:
    return finish.at < analysed_since(book.funnel(finish.funnel), watched_since)


def before(finish: Finish) -> Missing:
    return Missing(finish, Reason.BEFORE, REASON_TITLES[Reason.BEFORE])


def judge(
    finish: Finish, source: Source | None, book: Rulebook, watched_since: datetime, error: str | None
) -> Missing | None:
    """``None``: it has a case. ``source``: the item as it stands now; ``error``: why looks at it fail, if they do."""
    if source is None:
        return Missing(finish, Reason.DELETED, REASON_TITLES[Reason.DELETED])
    if source.closings and len(source.closings) in source.rounds_with_case:
        return None
    reason, words = _reason(finish, source, book, watched_since)
    if error is not None and reason is Reason.NOT_YET:
        reason, words = Reason.ERROR, error
    return Missing(finish, reason, words, source.title)


def _reason(finish: Finish, source: Source, book: Rulebook, watched_since: datetime) -> tuple[Reason, str]:
    if source.funnel is None:
        return Reason.ELSEWHERE, REASON_TITLES[Reason.ELSEWHERE]
    if not source.closed:
        return Reason.IN_WORK, REASON_TITLES[Reason.IN_WORK]
    decision = decide_source(source, book, watched_since)
    if decision.left_out is None:
        return Reason.NOT_YET, REASON_TITLES[Reason.NOT_YET]
    return Reason.BEFORE if is_before(finish, book, watched_since) else Reason.BY_RULE, decision.left_out
