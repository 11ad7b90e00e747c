"""The plan for the question whether the measures worked (R20): made with the decision, counted from the closing.

Criterion, baseline, date and reviewer stand on the card, and people may change them there. The check itself:
``effect_check``; its numbers: ``effect_numbers``; who does it: ``reviewer``.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from rules import effect_numbers, execution, reviewer
from rules.calendar import working_time
from rules.decision import Command, FieldValue, UpdateCase
from rules.model import CASE_FIELD_TITLES, Case, CaseField, Stage, StageEntry
from rules.rulebook import Rulebook

PREFIX = "effect"

NO_RESULT: Mapping[CaseField, FieldValue] = {
    CaseField.EFFECT: None,
    CaseField.EFFECT_DATA: "",
    CaseField.EFFECT_NOTE: "",
}
NO_PLAN: Mapping[CaseField, FieldValue] = {
    CaseField.CRITERION: "",
    CaseField.BASELINE: None,
    CaseField.CHECK_ON: None,
    CaseField.REVIEWER: None,
}


def needed(case: Case) -> bool:
    """A case without measures has nothing whose effect could be checked."""
    return bool(case.measures)


def check_slot(case: Case, number: int) -> str:
    """Each closing has checks of its own."""
    first = f"{PREFIX}:{case.arrived.id}"
    return first if number == 1 else f"{first}:{number}"


# --- Other measures after those that did not work --------------------------------------------------------------------


def disproof(entry: StageEntry) -> str:
    """Mark of the note that reopens a case after this closing."""
    return f"ineffective-{entry.id}"


def _reopenings(case: Case) -> tuple[datetime, ...]:
    """When the case was opened again because its measures had not worked."""
    moves = zip(case.entries, case.entries[1:], strict=False)
    return tuple(after.at for closed, after in moves if disproof(closed) in case.told)


def attempt(case: Case) -> int:
    """1 for the first set of measures, 2 after it was found not to work, and so on."""
    return 1 + len(_reopenings(case))


def nothing_new(case: Case) -> bool:
    """Were the measures found not to work, and is no work ordered since: all of it was done before?"""
    reopenings = _reopenings(case)
    if not reopenings:
        return False
    tasks = [case.task(execution.slot(measure)) for measure in case.measures]
    return all(task is not None and task.closed_at is not None and task.closed_at <= reopenings[-1] for task in tasks)


# --- The plan --------------------------------------------------------------------------------------------------------


def missing(case: Case) -> tuple[str, ...]:
    """What the plan lacks (R20), in the words of the card."""
    if not needed(case):
        return ()
    lacking = {
        CaseField.CRITERION: not case.criterion,
        CaseField.CHECK_ON: case.check_on is None,
        CaseField.REVIEWER: case.reviewer_id is None,
    }
    return tuple(f"заполните «{CASE_FIELD_TITLES[field]}»" for field, empty in lacking.items() if empty)


def plan(case: Case, book: Rulebook) -> tuple[Command, ...]:
    """What the plan lacks, filled in; a reviewer who can't be independent is replaced. What people wrote stays."""
    if not needed(case):
        return ()
    changes: dict[CaseField, FieldValue] = {}
    if not case.criterion:
        changes[CaseField.CRITERION] = book.effectiveness.criterion
    if case.baseline is None and (baseline := effect_numbers.baseline(case, book)) is not None:
        changes[CaseField.BASELINE] = baseline
    if case.check_on is None:
        changes[CaseField.CHECK_ON] = _planned_date(case, book)
    person = reviewer.choose(case, book)
    if person is not None and person != case.reviewer_id:
        changes[CaseField.REVIEWER] = person
    return (UpdateCase(changes),) if changes else ()


def _planned_date(case: Case, book: Rulebook) -> date:
    """Counted from the closing; while there is none, from the day when the last measure is due."""
    if case.stage is Stage.SUCCESS:
        return after_days(day_of(case.arrived.at, case, book), book)
    due = [measure.due for measure in case.measures if measure.due is not None]
    return after_days(max(due, default=day_of(case.arrived.at, case, book)), book)


def after_days(day: date, book: Rulebook) -> date:
    return day + timedelta(days=book.effectiveness.after_days)


def at_closing(case: Case, book: Rulebook) -> dict[CaseField, FieldValue]:
    """The date counts from the real closing, unless a person chose one; no result is left of an earlier closing."""
    if not needed(case) or case.task(check_slot(case, 1)) is not None:
        return {}
    changes: dict[CaseField, FieldValue] = {}
    real = _planned_date(case, book)
    if case.check_on != real and not _chosen(case, book):
        changes[CaseField.CHECK_ON] = real
    if case.effect or case.effect_data or case.effect_note:
        changes |= NO_RESULT
    return changes


def _chosen(case: Case, book: Rulebook) -> bool:
    """Did a person choose the date? It is neither the plan's nor past."""
    plans = {after_days(measure.due, book) for measure in case.measures if measure.due is not None}
    return (
        case.check_on is not None and case.check_on > day_of(case.arrived.at, case, book) and case.check_on not in plans
    )


def day_of(moment: datetime, case: Case, book: Rulebook) -> date:
    return moment.astimezone(working_time(book.calendar, case.staff).zone).date()
