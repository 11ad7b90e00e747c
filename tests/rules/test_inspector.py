"""Who leads a case (S24, S63, S91)."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping

import pytest

from rules.decision import UpdateCase
from rules.inspector import appoint, choose, working
from rules.model import CaseField, Staff, Stage
from tests.builders import BOOK, DEVELOPER, INSPECTOR, MANAGER, OTHER_INSPECTOR, QUALITY_HEAD, a_case, a_staff
from tests.rules.simulated_portal import PowerCutError, SimulatedPortal


@pytest.mark.requirement("S24", "S91")
@pytest.mark.parametrize(
    ("load", "responsible", "staff", "chosen"),
    [
        # nobody has anything: the first
        ({}, MANAGER, a_staff(), INSPECTOR),
        # the one with fewer open cases
        ({INSPECTOR: 2, OTHER_INSPECTOR: 1}, MANAGER, a_staff(), OTHER_INSPECTOR),
        # a tie is decided the same way each time
        ({INSPECTOR: 1, OTHER_INSPECTOR: 1}, MANAGER, a_staff(), INSPECTOR),
        # never the person analysed, however idle
        ({OTHER_INSPECTOR: 9}, INSPECTOR, a_staff(), OTHER_INSPECTOR),
        # somebody who left inspects nothing
        ({}, MANAGER, a_staff(fired=[INSPECTOR]), OTHER_INSPECTOR),
        # the head, when there is nobody else
        ({}, MANAGER, a_staff(fired=[INSPECTOR, OTHER_INSPECTOR]), QUALITY_HEAD),
        ({INSPECTOR: 50, OTHER_INSPECTOR: 50}, MANAGER, a_staff(), INSPECTOR),
        # somebody on leave gets nothing new, however idle
        ({OTHER_INSPECTOR: 9}, MANAGER, a_staff(absent=[INSPECTOR]), OTHER_INSPECTOR),
        # both away: the head, who is there
        ({}, MANAGER, a_staff(absent=[INSPECTOR, OTHER_INSPECTOR]), QUALITY_HEAD),
        # nobody is there: whoever has least waits for his return, the head last
        ({INSPECTOR: 1}, MANAGER, a_staff(absent=[INSPECTOR, OTHER_INSPECTOR, QUALITY_HEAD]), OTHER_INSPECTOR),
        # nobody at all, or only the person analysed
        ({}, MANAGER, a_staff(fired=[INSPECTOR, OTHER_INSPECTOR, QUALITY_HEAD]), None),
        ({}, QUALITY_HEAD, a_staff(fired=[INSPECTOR, OTHER_INSPECTOR]), None),
    ],
)
def test_work_is_spread_fairly(load: Mapping[int, int], responsible: int, staff: Staff, chosen: int | None) -> None:
    case = a_case(Stage.ANALYSIS, responsible_id=responsible, staff=staff, open_cases_of=load)
    assert choose(case, BOOK) == chosen


@pytest.mark.parametrize(
    ("inspector", "responsible", "is_working"),
    [
        (INSPECTOR, MANAGER, True),
        (None, MANAGER, False),
        # left the company
        (OTHER_INSPECTOR, MANAGER, False),
        # a deal of the inspector's own
        (INSPECTOR, INSPECTOR, False),
        # whoever a person put on the card, of whatever department
        (QUALITY_HEAD, MANAGER, True),
    ],
)
def test_an_inspector_works_here_and_judges_others(inspector: int | None, responsible: int, is_working: bool) -> None:
    staff = a_staff(fired=[OTHER_INSPECTOR])
    case = a_case(Stage.ANALYSIS, inspector_id=inspector, responsible_id=responsible, staff=staff)
    assert (working(case) is not None) is is_working


def test_the_card_is_given_to_the_inspector() -> None:
    decision = appoint(a_case(Stage.ANALYSIS), BOOK)
    assert decision.commands == (UpdateCase({CaseField.INSPECTOR: INSPECTOR}, assigned_to=INSPECTOR),)
    assert "Инна Контролёрова" in decision.because[0]


def test_an_inspector_on_leave_keeps_his_case() -> None:
    case = a_case(Stage.ANALYSIS, inspector_id=INSPECTOR, staff=a_staff(absent=[INSPECTOR]))
    assert working(case) == INSPECTOR


def test_a_case_given_to_somebody_absent_says_that_there_was_nobody_else() -> None:
    everybody = [INSPECTOR, OTHER_INSPECTOR, QUALITY_HEAD]
    decision = appoint(a_case(Stage.ANALYSIS, staff=a_staff(absent=everybody)), BOOK)
    assert "хотя и отсутствует" in decision.because[0]


# --- Another inspector on the card -----------------------------------------------------------------------------------


def led(**changes: object) -> SimulatedPortal:
    portal = SimulatedPortal()
    portal.run_to(Stage.ANALYSIS)
    if changes:
        portal.edit_card(**changes)
    return portal


@pytest.mark.requirement("S12", "S24")
def test_a_new_inspector_on_the_card_gets_the_open_work_and_both_are_told_once():
    portal = led()
    task = portal.slot("analysis")
    assert task.responsible_id == INSPECTOR
    portal.edit_card(inspector_id=OTHER_INSPECTOR)
    assert portal.settle() == 1
    assert portal.slot("analysis").responsible_id == OTHER_INSPECTOR
    assert portal.case.assigned_id == OTHER_INSPECTOR
    (note,) = portal.notes_marked("inspector-")
    assert note.to == (OTHER_INSPECTOR, INSPECTOR)
    assert f"Переданы задачи: №{task.id} «{task.title}»." in note.text
    assert "поле «Сотрудник ОКК»" in note.text


def test_what_the_predecessor_had_passed_on_and_what_others_do_stays_where_it_is():
    portal = led()
    portal.hand_over(portal.slot("analysis"), QUALITY_HEAD)
    portal.edit_card(inspector_id=OTHER_INSPECTOR)
    portal.settle()
    assert portal.slot("analysis").responsible_id == QUALITY_HEAD
    assert "Открытых задач для передачи нет" in portal.notes_marked("inspector-")[0].text


def test_an_inspector_whom_somebody_took_off_the_card_keeps_nothing():
    portal = led(open_cases_of={INSPECTOR: 3})
    portal.edit_card(inspector_id=None)
    portal.settle()
    assert portal.case.inspector_id == OTHER_INSPECTOR
    assert portal.slot("analysis").responsible_id == OTHER_INSPECTOR


def test_the_responsible_field_of_the_card_follows_the_inspector():
    portal = led(assigned_id=QUALITY_HEAD)
    portal.settle()
    assert portal.case.assigned_id == INSPECTOR
    assert portal.slot("analysis").responsible_id == INSPECTOR


def test_a_power_cut_in_a_handover_loses_and_doubles_nothing():
    for after in range(4):
        portal = led(inspector_id=OTHER_INSPECTOR)
        with contextlib.suppress(PowerCutError):
            portal.look(power_cut_after=after)
        portal.settle()
        assert portal.slot("analysis").responsible_id == portal.case.assigned_id == OTHER_INSPECTOR
        assert len(portal.notes_marked("inspector-")) == 1


@pytest.mark.requirement("S16")
def test_a_corrected_name_on_the_card_takes_the_survey_along():
    portal = SimulatedPortal()
    portal.settle()
    portal.edit_card(responsible_id=DEVELOPER)
    portal.settle()
    assert portal.slot("survey").responsible_id == portal.case.assigned_id == DEVELOPER
