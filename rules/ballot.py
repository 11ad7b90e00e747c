"""A vote as a member gives it: a task whose checklist is the set of measures (S34, S47).

Tick what you approve, say in the result why not the rest, close the task. A vote belongs to the member and to the set
it was asked about: both are part of the task's slot. It counts when the member closed it, or the member's substitute,
and a refusal has its reason (docs/decisions/0010-one-vote-on-measures-and-changes.md).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from rules import commission
from rules.model import Case, Measure, Stage, Task, UserId
from rules.rulebook import Rulebook
from rules.words import decimal

PREFIX = "vote"


@dataclass(frozen=True)
class Vote:
    """A vote that counts."""

    member: UserId
    by: UserId
    """Who gave it: the member, or a substitute."""
    at: datetime
    approved: frozenset[int]
    """Ids of the measures ticked."""
    reason: str

    def approves(self, measure: Measure) -> bool:
        return measure.id in self.approved


def slot(case: Case, member: UserId) -> str:
    return f"{PREFIX}:{case.measures_hash}:{member}"


def on_this_set(case: Case) -> tuple[Task, ...]:
    """Votes on the set as it is now, whoever was asked."""
    return case.tasks_for(f"{PREFIX}:{case.measures_hash}")


def member_of(task: Task) -> UserId:
    """Who was asked."""
    return int(task.slot.rpartition(":")[2])


def line(measure: Measure) -> str:
    """The checklist line that stands for this measure; the number finds it again."""
    return f"№{measure.id} {measure.title}"


def cast(case: Case, book: Rulebook) -> tuple[Vote, ...]:
    """The votes of the commission that count for the set as it is now."""
    return tuple(vote for vote in ever_cast(case, book) if vote.member in case.commission)


def ever_cast(case: Case, book: Rulebook) -> tuple[Vote, ...]:
    """The same with those of people who sit in the commission no longer."""
    votes = (read(case, book, task) for task in on_this_set(case))
    return tuple(vote for vote in votes if vote is not None)


def read(case: Case, book: Rulebook, task: Task) -> Vote | None:
    """The vote that this task holds, if it counts."""
    if task.closed_at is None or not case.accepted(task, Stage.APPROVAL):
        return None
    if put_away(case, task) or intruder(case, book, task) is not None or owes_reason(case, book, task):
        return None
    return Vote(member_of(task), closer(task), task.closed_at, _ticked(task), task.result.strip())


def put_away(case: Case, task: Task) -> bool:
    """Closed by the service itself when nobody waited for it: nobody has voted here."""
    return task.closed and closer(task) == case.staff.service_id and not _ticked(task) and not task.result.strip()


def closer(task: Task) -> UserId:
    """Who gave the vote; where the portal doesn't tell who closed a task, whoever was responsible for it."""
    return task.closed_by if task.closed_by is not None else task.responsible_id


def holder(task: Task) -> UserId:
    """In whose hands the vote is: whoever closed it, or has it open."""
    return closer(task) if task.closed else task.responsible_id


def intruder(case: Case, book: Rulebook, task: Task) -> UserId | None:
    """Who holds or has closed this vote without the right to: neither its member nor the member's substitute."""
    person = holder(task)
    return None if person == member_of(task) or _is_deputy(case, book, task, person) else person


def _is_deputy(case: Case, book: Rulebook, task: Task, person: UserId) -> bool:
    """Accepted as a substitute once, accepted for this vote: a vote that came in doesn't change with the company."""
    accepted = deputy_mark(task, person) in case.told
    return accepted or person == commission.substitute_for(case, book, member_of(task))


def deputy_mark(task: Task, person: UserId) -> str:
    """Mark of the note that this person votes for the member who passed the task on (R12)."""
    return f"deputy-{task.id}-{person}"


def owes_reason(case: Case, book: Rulebook, task: Task) -> bool:
    """A refusal without a word, closed for the first time: asked back once, then it counts as it is."""
    if not book.approval.reason_required or task.closed_at is None or task.result.strip():
        return False
    if all(measure.id in _ticked(task) for measure in case.measures):
        return False
    return not _asked_back(case, "reason", task) - {mark("reason", task)}


def mark(word: str, task: Task) -> str:
    """Mark of what is said about this very closing of a vote."""
    moment = int(task.closed_at.timestamp()) if task.closed_at is not None else 0
    return f"{word}-{task.id}-{moment}"


def given_back_at(case: Case, task: Task) -> datetime | None:
    """When this vote last went back to its member: from then on they have time again."""
    marks = _asked_back(case, "reason", task) | _asked_back(case, "foreign", task)
    moments = (datetime.fromtimestamp(int(told.rpartition("-")[2]), UTC) for told in marks)
    return max(moments, default=None)


def _asked_back(case: Case, word: str, task: Task) -> frozenset[str]:
    pattern = re.compile(rf"{word}-{task.id}-\d+")
    return frozenset(told for told in case.told if pattern.fullmatch(told))


def _ticked(task: Task) -> frozenset[int]:
    numbers = (re.match(r"№(\d+)", tick.title) for tick in task.checklist if tick.done)
    return frozenset(int(number.group(1)) for number in numbers if number)


def described(case: Case, book: Rulebook, measure: Measure) -> str:
    """The measure in full, as it is voted on and as the decision is kept (R11)."""
    kind = book.measure_kinds.get(measure.kind or "")
    department = book.departments.get(measure.department or "")
    integrator = f" (подрядчик: {department.integrator})" if department is not None and department.integrator else ""
    parts = (
        f"{kind.title if kind is not None else 'вид не указан'}: {measure.target}",
        f"кого касается: {case.staff.name_of(measure.employee_id)}" if measure.employee_id is not None else "",
        f"выполняет {department.title}{integrator}" if department is not None else "",
        f"исполнитель {case.staff.name_of(measure.responsible_id)}" if measure.responsible_id is not None else "",
        f"срок {measure.due:%d.%m.%Y}" if measure.due is not None else "",
        f"по плану {decimal(measure.planned_hours)} ч" if measure.planned_hours is not None else "",
        f"ожидаемый результат: {measure.expected}",
    )
    return f"{line(measure)} — " + "; ".join(part for part in parts if part)
