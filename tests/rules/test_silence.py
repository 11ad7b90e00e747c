"""A vote that doesn't come: some days after the term a substitute is asked instead (S12, S91, R12)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from rules import approval, ballot, silence
from rules.decide import decide
from rules.decision import CompleteTask, CreateTask, Tell, UpdateCase
from rules.model import Case, CaseField, Stage
from tests.builders import BOOK, DIRECTOR, HOUR, INSPECTOR, LOGISTICS_HEAD, SALES_HEAD, a_staff, with_task
from tests.rules.simulated_portal import SimulatedPortal
from tests.rules.votes import BOTH, FIRST, vote_id, voting

MOSCOW = ZoneInfo("Europe/Moscow")
TERM = datetime(2026, 11, 25, 18, tzinfo=MOSCOW)
"""A Wednesday; two working days later is Friday."""
STEPS_IN = datetime(2026, 11, 27, 18, tzinfo=MOSCOW)


def silent(**changes: object) -> Case:
    """Sales has voted, logistics hasn't."""
    return with_task(replace(voting(BOTH, None), **changes), slot(LOGISTICS_HEAD), deadline=TERM)  # type: ignore[arg-type]


def slot(member: int) -> str:
    return ballot.slot(voting(BOTH, None), member)


@pytest.mark.requirement("S12", "S91", "R12")
def test_a_silent_member_gives_way_to_the_substitute_with_a_note_and_a_line_on_the_card() -> None:
    told, card = approval.work(silent(), BOOK, STEPS_IN).commands
    line = f"№{DIRECTOR} Дарья Директорова — голосует вместо участника: Лев Складов — нет голоса, срок был 25.11.2026"
    assert isinstance(told, Tell)
    assert told.to == (DIRECTOR, LOGISTICS_HEAD, INSPECTOR)
    assert line in told.text
    assert isinstance(card, UpdateCase)
    assert card.changes[CaseField.COMMISSION] == (SALES_HEAD, DIRECTOR)
    assert card.changes[CaseField.COMMISSION_RULE] == f"{silent().commission_rule}\n{line}"


@pytest.mark.parametrize(
    ("case", "at"),
    [
        (silent(), STEPS_IN),
        # a member has the time again that passed before the case came here, or before the vote was given back
        (silent(entries=(*silent().entries[:-1], replace(silent().entered, at=TERM + 24 * HOUR))),
         STEPS_IN + timedelta(days=3)),
        (silent(told=frozenset({f"reason-{vote_id(LOGISTICS_HEAD)}-{int((TERM + 24 * HOUR).timestamp())}"})),
         STEPS_IN + timedelta(days=3)),
        # nobody to ask instead, nothing to wait for
        (silent(staff=a_staff(fired=[DIRECTOR], heads={5: None})), None),
        (voting(BOTH, BOTH), None),
        # a task without a term is waited for
        (voting(BOTH, None), None),
    ],
)  # fmt: skip
def test_when_a_substitute_is_asked(case: Case, at: datetime | None) -> None:
    """The next look is due then, and until then nothing happens."""
    assert [step_in.at for step_in in silence.step_ins(case, BOOK)] == ([at] if at else [])
    if at is not None:
        before = approval.work(case, BOOK, at - HOUR)
        assert before.commands == ()
        assert before.look_again_at == at


def test_never_when_the_rulebook_says_so() -> None:
    book = BOOK.model_copy(update={"escalation": BOOK.escalation.model_copy(update={"substitute_votes_after_days": 0})})
    assert list(silence.step_ins(silent(), book)) == []


def test_a_crash_after_the_note_only_writes_the_card() -> None:
    told, card = approval.work(silent(), BOOK, STEPS_IN).commands
    assert isinstance(told, Tell)
    assert approval.work(silent(told=frozenset({told.mark})), BOOK, STEPS_IN).commands == (card,)


def absent_since(*people: int) -> SimulatedPortal:
    """A vote under way, with these people away from now on."""
    portal = SimulatedPortal()
    portal.run_to(Stage.FORMULATION)
    portal.add_measure(due=date(2027, 6, 1))
    portal.run_to(Stage.APPROVAL)
    portal.edit_card(staff=a_staff(absent=people))
    portal.do_the_job(portal.slot(ballot.slot(portal.case, SALES_HEAD)))
    portal.settle()
    return portal


@pytest.mark.requirement("S12", "R12")
def test_an_absent_member_s_vote_is_given_by_the_substitute_and_the_case_goes_on() -> None:
    portal = absent_since(LOGISTICS_HEAD)
    left = portal.slot(ballot.slot(portal.case, LOGISTICS_HEAD))
    portal.pass_time(timedelta(days=10))
    portal.settle()
    assert portal.case.commission == (SALES_HEAD, DIRECTOR)
    assert portal.task(left.id).closed
    portal.do_the_job(portal.slot(ballot.slot(portal.case, DIRECTOR)))
    portal.settle()
    assert portal.case.stage is Stage.CHANGES
    assert "отсутствует" in portal.case.commission_rule
    (minutes,) = portal.notes_marked("protocol-")
    assert "Дарья Директорова" in minutes.text


def test_whom_a_person_seats_again_is_asked_again_and_left_in_peace() -> None:
    portal = absent_since()
    portal.pass_time(timedelta(days=10))
    portal.settle()
    assert portal.case.commission == (SALES_HEAD, DIRECTOR)
    portal.edit_card(commission=(SALES_HEAD, LOGISTICS_HEAD))
    portal.settle()
    portal.pass_time(timedelta(days=30))
    portal.settle()
    assert portal.case.commission == (SALES_HEAD, LOGISTICS_HEAD)
    assert not portal.slot(ballot.slot(portal.case, LOGISTICS_HEAD)).closed


def test_a_silent_substitute_gives_way_to_somebody_else_and_never_to_who_gave_way_before() -> None:
    portal = absent_since()
    for _ in range(4):
        portal.pass_time(timedelta(days=10))
        portal.settle()
    assert LOGISTICS_HEAD not in portal.case.commission
    assert portal.case.stage is Stage.APPROVAL
    assert len(portal.notes_marked("substitute-")) == len(silence.replaced(portal.case))


def test_a_vote_given_back_for_its_reason_keeps_its_member() -> None:
    """Who voted late and forgot the reason isn't silent."""
    portal = absent_since()
    portal.pass_time(timedelta(days=10))
    vote = portal.slot(ballot.slot(portal.case, LOGISTICS_HEAD))
    portal.close(vote)
    portal.settle()
    assert portal.case.commission == (SALES_HEAD, LOGISTICS_HEAD)
    assert decide(portal.case, BOOK, portal.now).commands == ()


def test_the_substitute_gets_the_vote_and_the_member_s_is_put_away() -> None:
    case = silent(commission=(SALES_HEAD, DIRECTOR))
    put_away, asked = approval.work(case, BOOK, STEPS_IN).commands
    assert put_away == CompleteTask(vote_id(LOGISTICS_HEAD))
    assert isinstance(asked, CreateTask)
    assert asked.responsible_id == DIRECTOR
    assert FIRST[0] in asked.checklist
