"""A violation that comes back marks the case whose measures should have prevented it (S2, R27)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from rules import recurrence
from rules.decide import decide
from rules.decision import MoveCase
from rules.model import Case, PastCase, Stage
from tests.builders import BOOK, INSPECTOR, NOON, QUALITY_HEAD, reached
from tests.rules.simulated_portal import SimulatedPortal
from tests.rules.test_past import DAY, a_past_case


def closed_case(number: int, days_ago: float, **changes: Any) -> PastCase:
    """Opened five days before it was closed."""
    return a_past_case(number, days_ago=days_ago + 5, closed_at=NOON - days_ago * DAY, **changes)


# --- The later case --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("past", "concerned", "why"),
    [
        ([closed_case(3, 20)], (3,), "the same violation, against which there were measures"),
        ([closed_case(3, 20), closed_case(4, 10)], (4,), "the latest measures should have prevented it"),
        ([closed_case(3, 20, violations=("documents",))], (), "another violation"),
        ([closed_case(3, 20, verdict="correct", violations=("terms",))], (), "no measures were taken"),
        ([a_past_case(3)], (), "still open"),
        ([closed_case(3, -1)], (), "closed later than this one began"),
        ([], (), "the first of its kind"),
    ],
)
@pytest.mark.requirement("S2", "R27")
def test_the_analysis_names_the_case_it_repeats(past: list[PastCase], concerned: tuple[int, ...], why: str) -> None:
    assert recurrence.concerned(reached(Stage.ANALYSIS, violations=("terms",), past=tuple(past)), BOOK) == concerned, (
        why
    )


def test_each_violation_has_its_own_predecessor() -> None:
    past = (closed_case(3, 20), closed_case(4, 10, violations=("documents",)), closed_case(5, 30, violations=("gap",)))
    assert recurrence.concerned(reached(Stage.ANALYSIS, violations=("terms", "documents"), past=past), BOOK) == (3, 4)


@pytest.mark.requirement("S2")
def test_a_case_that_leaves_its_analysis_has_the_earlier_one_looked_at() -> None:
    portal = SimulatedPortal()
    portal.run_to(Stage.ANALYSIS)
    portal.case = replace(portal.case, past=(closed_case(3, 20),))
    portal.work()
    for _ in range(5):
        decision = portal.look()
        if any(isinstance(command, MoveCase) for command in decision.commands):
            break
    assert decision.also_look_at == (3,)


# --- The earlier case ------------------------------------------------------------------------------------------------


def closed_portal(*later: PastCase) -> SimulatedPortal:
    """A sealed case with measures against late terms, and what came after it."""
    portal = SimulatedPortal(reached(Stage.SUCCESS))
    portal.settle()
    portal.case = replace(portal.case, past=later)
    return portal


def later_case(number: int, days: float = 10, **changes: Any) -> PastCase:
    return a_past_case(number, days_ago=-days, **changes)


@pytest.mark.requirement("S2", "R27")
def test_the_earlier_case_is_marked_and_its_people_are_told_once() -> None:
    portal = closed_portal(later_case(12))
    portal.settle()
    assert portal.case.recurred == "Повторилось: разбор №12 (Сделка №12), 03.12.2026"
    (note,) = portal.notes_marked("recurred-")
    assert note.to == (INSPECTOR, QUALITY_HEAD)
    assert "не предотвратили: «Нарушены сроки»" in note.text
    assert portal.settle() == 0


@pytest.mark.parametrize(
    ("later", "why"),
    [
        ([later_case(12, violations=("documents",))], "another violation"),
        ([later_case(12, verdict=None)], "not judged yet"),
        ([a_past_case(12, days_ago=1)], "begun before this one was closed"),
        (
            [later_case(12, days=10), a_past_case(11, days_ago=-2, closed_at=NOON + 5 * DAY)],
            "the measures of case 11 should have prevented case 12; case 11 itself is noted",
        ),
    ],
)
def test_what_is_no_repetition_of_this_case(later: list[PastCase], why: str) -> None:
    portal = closed_portal(*later)
    portal.settle()
    assert "№12" not in portal.case.recurred, why


def test_each_later_case_is_added_and_none_is_forgotten() -> None:
    portal = closed_portal(later_case(12), later_case(13, 11))
    portal.settle()
    portal.case = replace(portal.case, past=(later_case(14, 400),))  # the others are out of reach by now
    portal.settle()
    assert [line.split(" (")[0] for line in portal.case.recurred.splitlines()] == [
        "Повторилось: разбор №12",
        "Повторилось: разбор №13",
        "Повторилось: разбор №14",
    ]


def test_what_happens_all_the_time_is_told_ten_times_at_most() -> None:
    portal = closed_portal(*(later_case(number, days=number) for number in range(10, 40)))
    portal.settle()
    assert len(portal.notes_marked("recurred-")) == recurrence.MOST_TOLD
    assert portal.settle() == 0


def test_a_crash_between_note_and_card_is_harmless() -> None:
    portal = closed_portal(later_case(12))
    case: Case = replace(portal.case, told=portal.case.told | {"recurred-12"})
    (update,) = recurrence.follow(case, BOOK).commands
    assert "№12" in str(update)


def test_a_case_without_measures_could_prevent_nothing() -> None:
    portal = closed_portal(later_case(12))
    assert recurrence.follow(replace(portal.case, measures=()), BOOK).commands == ()


def test_a_closed_case_sleeps_until_the_check_of_its_measures() -> None:
    portal = closed_portal()
    decision = decide(portal.case, BOOK, portal.now)
    assert decision.commands == ()
    assert decision.look_again_at is not None
    assert decision.look_again_at - portal.now > timedelta(days=50)
