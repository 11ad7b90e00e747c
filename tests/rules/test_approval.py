"""Stage «Согласование»: every member votes, and a vote belongs to the set it was given on (S47, S48)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from rules import approval
from rules.decision import CompleteTask, CreateTask, MoveCase, RenewTask, Tell, UpdateCase
from rules.model import Case, CaseField, Stage, Task
from tests.builders import (
    BOOK,
    DIRECTOR,
    HOUR,
    INSPECTOR,
    LOGISTICS_HEAD,
    NOON,
    SALES_HEAD,
    a_checklist,
    a_measure,
    a_staff,
    a_task,
    moved,
    reached,
    with_task,
)

MEMBERS = (SALES_HEAD, LOGISTICS_HEAD)
NAMES = {SALES_HEAD: "Сергей Сбытов", LOGISTICS_HEAD: "Лев Складов"}
BOTH = ("№1 Мера 1", "№2 Мера 2")


def a_vote(case: Case, member: int, *, ticked: tuple[str, ...] | None = BOTH, **changes: Any) -> Task:
    """A vote; ``ticked=None`` has not been given yet."""
    lines = a_checklist(*BOTH, done=ticked or ())
    vote = a_task(approval.slot(case, member), number=80 + member, responsible=member, checklist=lines)
    return replace(vote, closed_at=None if ticked is None else NOON, **changes)


def voting(first: tuple[str, ...] | None, second: tuple[str, ...] | None, **changes: Any) -> Case:
    """A case whose two members have ticked this."""
    case = reached(Stage.APPROVAL)
    votes = (a_vote(case, SALES_HEAD, ticked=first), a_vote(case, LOGISTICS_HEAD, ticked=second))
    return replace(case, tasks=(*case.tasks, *votes), **changes)


@pytest.mark.parametrize(
    ("case", "missing"),
    [
        (voting(BOTH, BOTH), ()),
        (voting(BOTH, None), ("ждём голос: Лев Складов",)),
        (reached(Stage.APPROVAL), ("ждём голос: Сергей Сбытов", "ждём голос: Лев Складов")),
        # one line unticked is one measure refused
        (voting(BOTH, BOTH[:1]), ("не утверждена мера «Мера 2»",)),
        (voting((), None), ("не утверждена мера «Мера 1»", "не утверждена мера «Мера 2»", "ждём голос: Лев Складов")),
        # ticked but not closed is not said yet
        (
            with_task(voting(None, BOTH), approval.slot(reached(Stage.APPROVAL), SALES_HEAD),
                      checklist=a_checklist(*BOTH, done=BOTH)),
            ("ждём голос: Сергей Сбытов",),
        ),
        # nobody to vote, nothing to vote on
        (voting(BOTH, BOTH, commission=()), ("комиссия не назначена: укажите её участников в карточке",)),
        (voting(BOTH, BOTH, measures=()), ("нет мер, которые можно согласовать",)),
        # a member added later hasn't voted
        (voting(BOTH, BOTH, commission=(*MEMBERS, DIRECTOR)), ("ждём голос: Дарья Директорова",)),
        # a member removed needn't
        (voting(BOTH, None, commission=(SALES_HEAD,)), ()),
        # a measure edited after the votes
        (
            voting(BOTH, None, measures=(a_measure(1, title="Иначе"), a_measure(2, department="logistics"))),
            ("меры изменены после голосования, ждём новый голос: Сергей Сбытов", "ждём голос: Лев Складов"),
        ),
    ],
)  # fmt: skip
def test_the_set_is_approved_when_every_member_ticked_every_line(case: Case, missing: tuple[str, ...]) -> None:
    assert approval.missing(case, BOOK) == missing


def test_every_member_gets_the_measures_as_a_checklist() -> None:
    """S8, S34: a task with a checklist works on a phone; nobody meets."""
    first, second = approval.work(reached(Stage.APPROVAL), BOOK, NOON).commands
    assert isinstance(first, CreateTask)
    assert isinstance(second, CreateTask)
    assert (first.responsible_id, second.responsible_id) == MEMBERS
    assert first.checklist == BOTH
    assert "[*]№1 Мера 1 — Изменение регламента: Стадия «КП» в воронке «Опт»" in first.description
    assert "срок 10.12.2026; часов 4" in first.description
    assert first.slot != second.slot


def test_whoever_has_voted_isn_t_asked_again() -> None:
    """The votes given are kept while the others are waited for."""
    case = voting(BOTH, None)
    assert approval.work(case, BOOK, NOON).commands == ()


def test_a_refusal_takes_the_set_back_at_once_with_every_reason() -> None:
    case = with_task(voting(BOTH, BOTH[:1]), approval.slot(voting(None, None), LOGISTICS_HEAD), result="Нет людей")
    told, move = approval.work(case, BOOK, NOON).commands
    assert isinstance(told, Tell)
    assert told.to == (INSPECTOR,)
    assert told.text.splitlines() == [
        "Комплекс мер возвращён на доработку:",
        "• не утверждена мера «Мера 2»",
        "• Лев Складов: Нет людей",
    ]
    assert move == MoveCase(Stage.FORMULATION)


def test_a_crash_after_the_note_only_moves() -> None:
    case = voting((), BOTH)
    told = approval.work(case, BOOK, NOON).commands[0]
    assert isinstance(told, Tell)
    assert approval.work(replace(case, told=frozenset({told.mark})), BOOK, NOON).commands == (
        MoveCase(Stage.FORMULATION),
    )


def test_a_line_reworded_by_a_voter_is_not_the_measure() -> None:
    """What can't be read as «№…» of a measure approves nothing."""
    case = reached(Stage.APPROVAL)
    vote = a_vote(case, SALES_HEAD, checklist=a_checklist("да", "№2 Мера 2", done=["да", "№2 Мера 2"]))
    case = replace(case, tasks=(*case.tasks, vote))
    assert [measure.id for measure in approval.rejections(case)] == [1]


def test_an_edit_during_the_vote_voids_votes_and_says_so_once() -> None:
    """S47, R13: a vote belongs to the text it was given on."""
    before = voting(None, None)
    case = moved(before, Stage.APPROVAL, NOON - HOUR)
    case = replace(case, measures=(a_measure(1, title="Иначе"), case.measures[1]))
    told, *rest = approval.work(case, BOOK, NOON).commands
    assert isinstance(told, Tell)
    assert told.to == MEMBERS
    assert [type(command) for command in rest] == [CompleteTask, CompleteTask, CreateTask, CreateTask]
    again = approval.work(replace(case, told=frozenset({told.mark})), BOOK, NOON).commands
    assert [type(command) for command in again] == [CompleteTask, CompleteTask, CreateTask, CreateTask]


def test_a_new_edition_after_a_return_is_no_surprise_to_announce() -> None:
    """The old votes were closed before the case came here again: that is the ordinary way."""
    case = moved(voting(BOTH, BOTH), Stage.APPROVAL, NOON)
    case = replace(case, measures=(a_measure(1, title="Иначе"), case.measures[1]))
    assert [type(command) for command in approval.work(case, BOOK, NOON).commands] == [CreateTask, CreateTask]


def test_a_member_who_leaves_gives_way_before_anything_else() -> None:
    decision = approval.work(voting(None, None, staff=a_staff(fired=[LOGISTICS_HEAD])), BOOK, NOON)
    assert decision.commands == (UpdateCase({CaseField.COMMISSION: (SALES_HEAD, DIRECTOR)}),)
    assert decision.because == ("Лев Складов не может голосовать: состав комиссии уточнён",)


def test_a_vote_of_somebody_no_longer_in_the_commission_is_put_away_without_a_word() -> None:
    case = voting(None, None, commission=(SALES_HEAD,))
    assert approval.work(case, BOOK, NOON).commands == (CompleteTask(80 + LOGISTICS_HEAD),)


def test_an_approval_put_back_by_a_person_is_voted_anew() -> None:
    """A head asks the commission to think again: the same ballots, open again."""
    case = moved(reached(Stage.CHANGES), Stage.APPROVAL)
    ids = tuple(task.id for task in case.tasks_for(approval.PREFIX))
    assert approval.work(case, BOOK, NOON).commands == tuple(RenewTask(id_) for id_ in ids)


def test_leaving_puts_needless_votes_away() -> None:
    assert list(approval.leave(voting(BOTH, None, commission=(SALES_HEAD,)), BOOK)) == [
        CompleteTask(80 + LOGISTICS_HEAD)
    ]


def test_nothing_to_approve_goes_back_to_the_inspector() -> None:
    told, move = approval.work(voting(None, None, measures=()), BOOK, NOON).commands
    assert isinstance(told, Tell)
    assert "согласовывать нечего" in told.text
    assert move == MoveCase(Stage.FORMULATION)
