"""Who leads a case (S24, S63, S91)."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from rules.decision import UpdateCase
from rules.inspector import appoint, choose, working
from rules.model import CaseField, Staff, Stage
from tests.builders import BOOK, INSPECTOR, MANAGER, OTHER_INSPECTOR, QUALITY_HEAD, a_case, a_staff


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
