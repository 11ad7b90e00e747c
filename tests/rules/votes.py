"""Cases with votes on two measures: who ticked what, and whether they closed it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from rules import ballot
from rules.model import Case, Stage, Task, UserId
from rules.rulebook import Rulebook
from tests.builders import BOOK, LOGISTICS_HEAD, NOON, SALES_HEAD, a_checklist, a_task, reached

MEMBERS = (SALES_HEAD, LOGISTICS_HEAD)
BOTH = ("№1 Мера 1", "№2 Мера 2")
FIRST = BOTH[:1]
NONE: tuple[str, ...] = ()


def a_vote(case: Case, member: UserId, ticked: tuple[str, ...] | None = BOTH, **changes: Any) -> Task:
    """A vote, closed by its member with a reason where one is due; ``ticked=None`` has not been given yet."""
    vote = a_task(
        ballot.slot(case, member),
        number=vote_id(member),
        responsible=member,
        checklist=a_checklist(*BOTH, done=ticked or ()),
    )
    if ticked is not None:
        vote = replace(vote, closed_at=NOON, closed_by=member, result="" if ticked == BOTH else "Нет людей")
    return replace(vote, **changes)


def vote_id(member: UserId) -> int:
    return 80 + member


def voting(first: tuple[str, ...] | None, second: tuple[str, ...] | None, **changes: Any) -> Case:
    """A case whose two members have ticked this. ``changes`` come after the votes were given."""
    return replace(ballots({SALES_HEAD: first, LOGISTICS_HEAD: second}), **changes)


def ballots(ticked: dict[UserId, tuple[str, ...] | None], **changes: Any) -> Case:
    """A case in approval whose commission is these people. ``changes`` come before the votes were given."""
    case = reached(Stage.APPROVAL, commission=tuple(ticked), **changes)
    votes = tuple(a_vote(case, member, lines) for member, lines in ticked.items())
    return replace(case, tasks=(*case.tasks, *votes))


def a_book(book: Rulebook = BOOK, *, chair: str | None = None, **approval: Any) -> Rulebook:
    """The small rulebook with another way to decide."""
    return book.model_copy(
        update={
            "approval": book.approval.model_copy(update=approval),
            "quality": book.quality.model_copy(update={"chair": chair}),
        }
    )
