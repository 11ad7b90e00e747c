"""Stage «Закрыт успешно»: the case gets its points, its cost and its last note, and is sealed (S37, S62, S76, S77).

It is done here and not on the way, so that a card which a person dragged over the last line is closed as completely.
A closed case is in one of three states:

- *closing*: what a closing leaves behind isn't written down yet. The last note seals it;
- *sealed*: what is finished stays finished. Whatever the rulebook or the company look like later, no stage is asked for
  again; what is still to come (readers of the news, the check of the measures, a repetition) is ``afterwards``;
- *broken open* by what a person changes: another verdict, another set of measures, a blocking task that is open again.
  Then the gate looks at it as at any case, and if it may stay, it is closed anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from rules import effectiveness, execution, news, points
from rules.decision import CompleteTask, Decision, FieldValue, Tell, UpdateCase, do
from rules.metrics import Part, Span, metrics_of
from rules.model import Case, CaseField, Stage, Task
from rules.rulebook import Rulebook
from rules.words import decimal


def sealed(case: Case) -> bool:
    """Closed, and said so. Blocking tasks that were left open by an override are named in the seal."""
    if case.stage is not Stage.SUCCESS:
        return False
    open_now = {str(task.id) for task in execution.open_tasks(case)}
    return any(open_now <= named for named in _seals(case))


def _seals(case: Case) -> Iterator[set[str]]:
    """The open tasks named in each seal of this closing, verdict and set of measures."""
    whole = _seal(case, ())
    for mark in case.told:
        if mark == whole or mark.startswith(f"{whole}-"):
            yield set(mark.removeprefix(whole).removeprefix("-").split("."))


def _seal(case: Case, left_open: Iterable[Task]) -> str:
    named = ".".join(str(task.id) for task in left_open)
    return f"closed-{case.arrived.id}-{case.verdict or 'none'}-{case.measures_hash}" + (f"-{named}" if named else "")


def work(case: Case, book: Rulebook, now: datetime) -> Decision:
    """Everything that a closing leaves behind. The note comes last: it is what seals the case.

    Blocking tasks are never completed here: only people do that.
    """
    changes: dict[CaseField, FieldValue] = {}
    deserved = points.deserved(case, book)
    if (case.points or 0) != deserved:
        changes[CaseField.POINTS] = deserved
    hours = round(case.hours_spent, 2)
    if case.hours != hours:
        changes[CaseField.HOURS] = hours
    changes |= news.at_closing(case, book)
    changes |= effectiveness.at_closing(case, book)
    left_open = execution.open_tasks(case)
    kept = {task.id for task in (*left_open, *case.tasks_for(effectiveness.PREFIX))}
    needless = (CompleteTask(task.id) for task in case.tasks if not task.closed and task.id not in kept)
    told = Tell(
        _seal(case, left_open),
        "\n".join(_summary(case, book, now)),
        to=(case.responsible_id,) if case.responsible_id is not None else (),
    )
    return do(
        (UpdateCase(changes) if changes else None, *needless, told),
        because=("разбор закрыт успешно: подводим итог",),
    )


def _summary(case: Case, book: Rulebook, now: datetime) -> Iterator[str]:
    """Verdict, points, measures, time and cost, and what is still to come."""
    yield f"Разбор закрыт: {case.title}."
    verdict = book.verdicts.get(case.verdict) if case.verdict is not None else None
    if verdict is not None:
        yield f"Вердикт: «{verdict.title}»."
    yield from points.sentences(case, book)
    if case.measures:
        yield f"Выполнено мер: {len(case.measures)}."
        yield from (f"• {measure.title}: {measure.expected}" for measure in case.measures)
    yield from (
        f"Не завершена задача №{task.id} «{task.title}»: {case.staff.name_of(task.responsible_id)}."
        for task in execution.open_tasks(case)
    )
    numbers = metrics_of(case, book, now)
    parts = numbers.parts
    yield (
        f"Время: опрос {_duration(parts[Part.SURVEY])}, "
        f"анализ и формулирование {_duration(parts[Part.ANALYSIS_FORMULATION])}, "
        f"согласование {_duration(parts[Part.APPROVAL])}, "
        f"изменения и финализация {_duration(parts[Part.CHANGES_FINALIZATION])}."
    )
    planned = f", по плану {decimal(numbers.hours_planned)} ч" if numbers.hours_planned else ""
    if numbers.hours_spent or planned:
        yield f"Затрачено {decimal(numbers.hours_spent)} ч{planned}."
    if effectiveness.needed(case):
        yield f"Результативность мер проверяет {case.staff.name_of(case.reviewer_id)}."


def _duration(span: Span) -> str:
    """Calendar time in days and hours."""
    days, rest = divmod(round(span.calendar), 24)
    return f"{days} дн. {rest} ч" if days else f"{rest} ч"
