"""Stage «Закрыт успешно»: the case gets its points, its cost and its last note, and is left in peace (S37, S62, S77).

It is done here and not on the way, so that a card which a person dragged over the last line is closed as completely.
"""

from __future__ import annotations

from datetime import datetime

from rules import execution, points
from rules.decision import CompleteTask, Decision, FieldValue, Tell, UpdateCase, do
from rules.model import Case, CaseField, Stage
from rules.rulebook import Rulebook


def sealed(case: Case) -> bool:
    """Closed, and said so. Nothing asks questions of it any more, even if the rulebook or the company changes later.

    What a person changes in a closed case is another matter: a new verdict, another set of measures or a blocking task
    that is open again break the seal.
    """
    return case.stage is Stage.SUCCESS and _mark(case) in case.told and not execution.open_tasks(case)


def _mark(case: Case) -> str:
    return f"closed-{case.entered.id}-{case.verdict or 'none'}-{case.measures_hash}"


def work(case: Case, book: Rulebook, now: datetime) -> Decision:
    """Everything that a closing leaves behind. The note comes last: it is what seals the case."""
    changes: dict[CaseField, FieldValue] = {}
    deserved = points.deserved(case, book)
    if (case.points or 0) != deserved:
        changes[CaseField.POINTS] = deserved
    hours = round(case.hours_spent, 2)
    if case.hours != hours:
        changes[CaseField.HOURS] = hours
    needless = (CompleteTask(task.id) for task in case.tasks if not task.closed)
    told = Tell(_mark(case), _summary(case, book), to=(case.responsible_id,) if case.responsible_id is not None else ())
    return do(
        (UpdateCase(changes) if changes else None, *needless, told),
        because=("разбор закрыт успешно: подводим итог",),
    )


def _summary(case: Case, book: Rulebook) -> str:
    verdict = book.verdicts.get(case.verdict) if case.verdict is not None else None
    lines = (
        f"Разбор закрыт: {case.title}.",
        f"Вердикт: «{verdict.title}»." if verdict is not None else "",
        points.sentence(case, book),
        f"Выполнено мер: {len(case.measures)}." if case.measures else "",
        f"Затрачено часов: {round(case.hours_spent, 2):g}." if case.hours_spent else "",
    )
    return "\n".join(line for line in lines if line)
