"""The pass (S57): what the portal can demand of a card on the way into its last stages, the gate's second layer.

Only the service gives it out, in the same write that moves the card: a portal that demands the field checks it when the
stage changes, whoever changes it.
"""

from __future__ import annotations

from datetime import datetime

from rules import execution
from rules.calendar import working_time
from rules.model import Case, Stage
from rules.rulebook import Rulebook


def is_needed_at(stage: Stage) -> bool:
    return stage in (Stage.FINALIZATION, Stage.SUCCESS)


def given(case: Case, book: Rulebook, now: datetime) -> str:
    """The pass of a case whose blocking work is done."""
    done = execution.progress(case)
    return f"Допущен {moment(book, case, now)}: {done[0].lower() + done[1:] if done else 'изменений не требуется'}"


def by_override(who: str, book: Rulebook, case: Case, now: datetime) -> str:
    """The pass of a case that somebody answers for (R15)."""
    return f"Пропуск: {who}, {moment(book, case, now)}"


def moment(book: Rulebook, case: Case, now: datetime) -> str:
    """As people here read it, in the company's time zone."""
    return f"{now.astimezone(working_time(book.calendar, case.staff).zone):%d.%m.%Y %H:%M}"
