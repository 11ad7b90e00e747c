"""Who is told about a term: its owner before and at it, the head after it, nobody twice (S8, S91)."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules import survey
from rules.decide import decide
from rules.decision import Tell
from rules.model import Stage
from rules.rulebook.schema import Escalation
from tests.builders import (
    BOOK,
    HOUR,
    INSPECTOR,
    MANAGER,
    NOON,
    OTHER_INSPECTOR,
    QUALITY_HEAD,
    SALES_HEAD,
    a_case,
    a_staff,
    a_task,
)
from tests.rules.simulated_portal import SimulatedPortal

MOSCOW = ZoneInfo("Europe/Moscow")
PATIENT = BOOK.model_copy(update={"escalation": Escalation(survey_closes_after_days=0)})
"""Waits for answers for ever, so that only the terms speak."""
WEDNESDAY_EVENING = datetime(2026, 11, 25, 18, 0, tzinfo=MOSCOW)


def waiting(**changes: object) -> SimulatedPortal:
    """A case whose survey is due on Wednesday evening."""
    task = a_task(survey.SLOT, number=5, deadline=WEDNESDAY_EVENING, created_at=NOON)
    return SimulatedPortal(a_case(tasks=(task,), **changes), PATIENT)


def look_at(portal: SimulatedPortal, moment: datetime) -> list[tuple[str, tuple[int, ...]]]:
    """What one look at this moment says, and to whom."""
    portal.now = moment
    commands = portal.look().commands
    return [(command.mark.split("-")[0], command.to) for command in commands if isinstance(command, Tell)]


def test_the_owner_is_reminded_then_told_then_the_head() -> None:
    portal = waiting()
    assert look_at(portal, WEDNESDAY_EVENING - 5 * HOUR) == []
    assert look_at(portal, WEDNESDAY_EVENING - 4 * HOUR) == [("remind", (MANAGER,))]
    assert look_at(portal, WEDNESDAY_EVENING) == [("late", (MANAGER,))]
    assert look_at(portal, WEDNESDAY_EVENING + 23 * HOUR) == []
    assert look_at(portal, WEDNESDAY_EVENING + 24 * HOUR) == [("escalated", (SALES_HEAD,))]
    assert look_at(portal, WEDNESDAY_EVENING + timedelta(days=90)) == []


def test_each_look_says_when_the_next_one_is_due() -> None:
    portal = waiting()
    moments = []
    for _ in range(3):
        decision = decide(portal.case, PATIENT, portal.now)
        assert decision.look_again_at is not None
        moments.append(decision.look_again_at)
        look_at(portal, decision.look_again_at)
    assert moments == [WEDNESDAY_EVENING - 4 * HOUR, WEDNESDAY_EVENING, WEDNESDAY_EVENING + 24 * HOUR]
    assert decide(portal.case, PATIENT, portal.now).look_again_at is None


def test_after_a_silence_of_the_service_no_reminder_of_a_term_that_has_passed() -> None:
    assert look_at(waiting(), WEDNESDAY_EVENING + 48 * HOUR) == [("late", (MANAGER,)), ("escalated", (SALES_HEAD,))]


def test_a_new_term_is_watched_anew() -> None:
    portal = waiting()
    look_at(portal, WEDNESDAY_EVENING)
    later = WEDNESDAY_EVENING + 48 * HOUR
    portal._change(portal.task(5), deadline=later)
    assert look_at(portal, later) == [("late", (MANAGER,))]


def test_work_put_back_after_its_term_gets_a_new_one() -> None:
    """Nobody is late for what was done in time and is wanted again."""
    portal = SimulatedPortal(book=PATIENT)
    portal.run_to(Stage.ANALYSIS)
    first = portal.slot(survey.SLOT)
    portal.now = (first.deadline or portal.now) + timedelta(days=30)
    portal.drag(Stage.SURVEY)
    portal.settle()
    renewed = portal.slot(survey.SLOT)
    assert not renewed.closed
    assert renewed.deadline is not None
    assert renewed.deadline > portal.now
    assert portal.notes_marked(f"late-{first.id}-") == []


def test_a_task_closed_unfinished_after_its_term_keeps_it() -> None:
    portal = waiting(answers={})
    portal.now = WEDNESDAY_EVENING + HOUR
    portal.close(portal.slot(survey.SLOT))
    portal.settle()
    assert portal.slot(survey.SLOT).deadline == WEDNESDAY_EVENING


def test_nobody_is_reminded_of_a_task_that_is_younger_than_the_reminder() -> None:
    task = a_task(survey.SLOT, deadline=WEDNESDAY_EVENING, created_at=WEDNESDAY_EVENING - 3 * HOUR)
    portal = SimulatedPortal(a_case(tasks=(task,)))
    assert look_at(portal, WEDNESDAY_EVENING - 2 * HOUR) == []


@pytest.mark.parametrize(
    ("owner", "changes", "told"),
    [
        (MANAGER, {}, SALES_HEAD),
        # the head is late themselves: whoever is above
        (SALES_HEAD, {}, 7),
        # the head has left
        (MANAGER, {"fired": [SALES_HEAD]}, 7),
        (INSPECTOR, {}, QUALITY_HEAD),
        # somebody outside of the structure: the head of quality
        (99, {}, QUALITY_HEAD),
    ],
)
def test_the_head_is_found_in_the_structure_of_today(owner: int, changes: dict[str, list[int]], told: int) -> None:
    task = a_task(survey.SLOT, responsible=owner, deadline=WEDNESDAY_EVENING)
    portal = SimulatedPortal(a_case(tasks=(task,), staff=a_staff(**changes)))
    assert ("escalated", (told,)) in look_at(portal, WEDNESDAY_EVENING + 48 * HOUR)


def test_tasks_of_every_stage_are_watched() -> None:
    for stage in (Stage.SURVEY, Stage.ANALYSIS, Stage.FORMULATION, Stage.APPROVAL, Stage.CHANGES, Stage.FINALIZATION):
        portal = SimulatedPortal()
        portal.run_to(stage)
        (first, *_) = [task for task in portal.case.tasks if not task.closed]
        assert first.deadline is not None, stage
        portal.now = first.deadline
        portal.look()
        assert portal.notes_marked(f"late-{first.id}-"), stage


@given(hours=st.lists(st.integers(0, 200), max_size=12))
def test_whenever_looks_happen_everybody_is_told_once(hours: list[int]) -> None:
    portal = waiting(inspector_id=OTHER_INSPECTOR)
    for hour in sorted(hours):
        portal.now = max(portal.now, NOON + hour * HOUR)
        portal.look()  # the portal fails when a mark is told twice
    kinds = [note.mark.split("-")[0] for note in portal.notes]
    assert sorted(kinds) == sorted(set(kinds))
