"""The check of a closed case (R21): asked for on its day, answered by the reviewer, with consequences.

The service only computes and suggests. Not effective: the case is reopened for other measures. Too little data: checked
again, twice at most. Partly: what the rulebook says.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from rules import effect_numbers, reviewer
from rules.assignment import give_back, term
from rules.calendar import working_time
from rules.decision import NOTHING, CreateTask, Decision, FieldValue, MoveCase, ReassignTask, Tell, UpdateCase, do
from rules.effectiveness import NO_PLAN, NO_RESULT, after_days, check_slot, day_of, disproof, needed, plan
from rules.model import CASE_FIELD_TITLES, EFFECT_TITLES, Case, CaseField, Effect, Stage, Task, UserId, same_text
from rules.reviewer import involved_in
from rules.rulebook import Rulebook

MOST_CHECKS = 3
"""The first check and, while the data are too few, two more."""

AFRESH: Mapping[CaseField, FieldValue] = {
    **NO_PLAN,
    **NO_RESULT,
    CaseField.NEWS_POST: None,
    CaseField.NEWS_READ: "",
}
"""What a reopened case forgets: other measures get a plan, a check and news of their own."""


@dataclass(frozen=True)
class Check:
    """One of the checks of this closing, counted from 1."""

    number: int
    task: Task


def follow(case: Case, book: Rulebook, now: datetime) -> Decision:
    """What the check of a closed case needs now."""
    if not needed(case):
        return NOTHING
    last = _last_check(case)
    if last is None:
        return _await(case, book, 1, now)
    if not last.task.closed:
        return _keep(case, book, last.task)
    if not _concluded(case, last.task):
        return _conclude(case, book, last)
    if case.effect not in (None, Effect.INCONCLUSIVE) or last.number == MOST_CHECKS:
        return NOTHING
    again_on = _again_on(case, book, last.task)
    if again_on is not None:
        return do((UpdateCase({CaseField.CHECK_ON: again_on}),), because=(_coming(again_on),))
    return _await(case, book, last.number + 1, now)


def _last_check(case: Case) -> Check | None:
    found = ((number, case.task(check_slot(case, number))) for number in range(MOST_CHECKS, 0, -1))
    return next((Check(number, task) for number, task in found if task is not None), None)


def _await(case: Case, book: Rulebook, number: int, now: datetime) -> Decision:
    """Nothing until the day of the check; what somebody erased of the plan is filled in again."""
    lacking = plan(case, book)
    if lacking:
        return do(lacking, because=("план проверки результативности дополнен",))
    if case.check_on is None:
        return Decision(because=("дата проверки результативности не указана в карточке",))
    time = working_time(book.calendar, case.staff)
    due = time.begin_of(case.check_on)
    if case.reviewer_id is None or not case.staff.is_active(case.reviewer_id):
        tomorrow = time.begin_of(day_of(now, case, book) + timedelta(days=1))
        return Decision(
            look_again_at=max(due, tomorrow),  # no event tells that somebody works here again
            because=("проверить результативность некому: укажите проверяющего в карточке",),
        )
    if now < due:
        return Decision(look_again_at=due, because=(_coming(case.check_on),))
    return _ask(case, book, number, case.reviewer_id, now)


def _coming(day: date) -> str:
    return f"проверка результативности {day:%d.%m.%Y}"


def _again_on(case: Case, book: Rulebook, last: Task) -> date | None:
    """The date of the next check, if the card still shows that of the last one."""
    if last.closed_at is None:
        return None
    checked_on = day_of(last.closed_at, case, book)
    still_to_come = case.check_on is not None and case.check_on > checked_on
    return None if still_to_come else after_days(checked_on, book)


def _ask(case: Case, book: Rulebook, number: int, person: UserId, now: datetime) -> Decision:
    """The numbers are written down and the reviewer is asked, in this order: the task says that it was done."""
    data = effect_numbers.in_words(effect_numbers.count(case, book, now), case, book)
    blank = case.effect is None and not case.effect_note and same_text(case.effect_data, data)
    card = UpdateCase({**NO_RESULT, CaseField.EFFECT_DATA: data})
    task = _task(case, book, number, person, data, now)
    return do(
        (None if blank else card, task),
        because=(f"пора проверить результативность мер, проверяет {case.staff.name_of(person)}",),
    )


def _keep(case: Case, book: Rulebook, task: Task) -> Decision:
    """The check is with somebody independent who works here."""
    because = (f"проверяет результативность {case.staff.name_of(task.responsible_id)}",)
    person = reviewer.choose(case, book)
    if person is None:
        return Decision(because=because)
    unfit = task.responsible_id in involved_in(case) or case.staff.has_left(task.responsible_id)
    return do(
        (
            UpdateCase({CaseField.REVIEWER: person}) if person != case.reviewer_id else None,
            ReassignTask(task.id, person) if unfit and task.responsible_id != person else None,
        ),
        because=because,
    )


# --- The result ------------------------------------------------------------------------------------------------------


def _mark(task: Task, effect: Effect) -> str:
    closed_at = int(task.closed_at.timestamp()) if task.closed_at is not None else 0
    return f"checked-{task.id}-{closed_at}-{effect}"


def _concluded(case: Case, task: Task) -> bool:
    """Was this answer heard? An inconclusive one leaves the card when the next check begins."""
    return _mark(task, case.effect or Effect.INCONCLUSIVE) in case.told


def _conclude(case: Case, book: Rulebook, check: Check) -> Decision:
    """The reviewer's answer is written down, with what follows from it; an unfinished one goes back."""
    task = check.task
    lacking = tuple(_owed(case, task))
    if case.effect is None or lacking:
        return do(give_back(case, task, Stage.SUCCESS, lacking), because=lacking)
    conclusion = case.effect_note or task.result.strip()
    noted = None if case.effect_note == conclusion else UpdateCase({CaseField.EFFECT_NOTE: conclusion})
    reopens = _reopens(case.effect, book)
    mark = disproof(case.entered) if reopens else _mark(task, case.effect)
    told = Tell(mark, _report(case, case.effect, book, check, conclusion), to=_concerned(case, book))
    return do(
        (
            noted,
            None if told.mark in case.told else told,
            MoveCase(Stage.FORMULATION, AFRESH) if reopens else None,
        ),
        because=(f"результативность мер: {EFFECT_TITLES[case.effect].lower()}",),
    )


def _owed(case: Case, task: Task) -> Iterator[str]:
    if case.effect is None:
        yield f"выберите в карточке «{CASE_FIELD_TITLES[CaseField.EFFECT]}»"
    if case.effect in (Effect.PARTLY, Effect.NOT_EFFECTIVE) and not (case.effect_note or task.result.strip()):
        yield f"напишите вывод в поле «{CASE_FIELD_TITLES[CaseField.EFFECT_NOTE]}» или в результате задачи"
    if task.closed_by is not None and task.closed_by in involved_in(case) and task.closed_by != task.responsible_id:
        yield f"проверку завершает независимый проверяющий, а не {case.staff.name_of(task.closed_by)}"


def _reopens(effect: Effect, book: Rulebook) -> bool:
    return effect is Effect.NOT_EFFECTIVE or (effect is Effect.PARTLY and book.effectiveness.when_partly == "reopen")


def _report(case: Case, effect: Effect, book: Rulebook, check: Check, conclusion: str) -> str:
    lines = (
        f"Проверка результативности ({case.title}): {EFFECT_TITLES[effect].lower()}. "
        f"Проверил(а): {case.staff.name_of(check.task.responsible_id)}.",
        f"Критерий: {case.criterion}." if case.criterion else "",
        case.effect_data,
        f"Вывод: {conclusion}" if conclusion else "",
        _consequence(effect, book, check.number),
    )
    return "\n".join(line for line in lines if line)


def _consequence(effect: Effect, book: Rulebook, number: int) -> str:
    """What follows, in the rulebook's words."""
    if _reopens(effect, book):
        return "Разбор открыт заново: нужны другие меры."
    match effect:
        case Effect.INCONCLUSIVE if number < MOST_CHECKS:
            return f"Повторная проверка через {book.effectiveness.after_days} дн."
        case Effect.INCONCLUSIVE:
            return "Данных не набралось и после повторных проверок: проверка окончена без вывода."
        case Effect.PARTLY:
            return "Разбор остаётся закрытым: решите, нужны ли дополнительные меры."
        case _:
            return "Разбор остаётся закрытым."


def _concerned(case: Case, book: Rulebook) -> tuple[UserId, ...]:
    people = (case.inspector_id, case.staff.head_of(book.quality.department))
    return tuple(dict.fromkeys(each for each in people if each is not None and case.staff.is_active(each)))


def _task(case: Case, book: Rulebook, number: int, person: UserId, data: str, now: datetime) -> CreateTask:
    measures = "\n".join(f"[*]{measure.title}: {measure.expected}" for measure in case.measures)
    effects = ", ".join(f"«{title}»" for title in EFFECT_TITLES.values())
    return CreateTask(
        slot=check_slot(case, number),
        title=f"Проверить результативность мер: {case.source_title}",
        description=(
            f"Принятые меры:\n[LIST]\n{measures}\n[/LIST]\nКритерий: {case.criterion}.\n{data}\n"
            f"Решаете вы: выберите в карточке «{book.names.case}» поле "
            f"«{CASE_FIELD_TITLES[CaseField.EFFECT]}» ({effects}), напишите вывод в поле "
            f"«{CASE_FIELD_TITLES[CaseField.EFFECT_NOTE]}» и завершите задачу."
        ),
        responsible_id=person,
        deadline=term(case, book, person, now, book.terms.effectiveness),
    )
