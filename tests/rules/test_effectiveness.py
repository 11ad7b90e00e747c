"""The plan for the check of measures (R20): criterion, baseline, date, reviewer."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from rules import approval, effectiveness, finalization
from rules.decision import UpdateCase
from rules.model import Case, CaseField, Effect, Stage
from tests.builders import BOOK, INSPECTOR, NOON, OTHER_INSPECTOR, a_measure, reached
from tests.rules.test_past import a_past_case

UNPLANNED = {"criterion": "", "check_on": None, "reviewer_id": None}
PAST = tuple(a_past_case(n, violations=("terms",) if n % 2 else ("documents",)) for n in range(1, 7))


def planned(case: Case) -> dict[CaseField, object]:
    (update,) = effectiveness.plan(case, BOOK)
    assert isinstance(update, UpdateCase)
    return dict(update.changes)


@pytest.mark.requirement("R20")
def test_the_decision_comes_with_a_plan() -> None:
    """When the commission has approved: criterion, baseline from past cases, date from the last term, reviewer."""
    case = reached(Stage.CHANGES, past=PAST, **UNPLANNED)
    assert planned(case) == {
        CaseField.CRITERION: "Доля разборов с теми же нарушениями снизилась вдвое",
        CaseField.BASELINE: 50.0,
        CaseField.CHECK_ON: date(2026, 12, 10) + timedelta(days=60),
        CaseField.REVIEWER: OTHER_INSPECTOR,
    }


@pytest.mark.requirement("R20")
def test_it_is_written_when_the_approval_is_left() -> None:
    case = reached(Stage.APPROVAL, past=PAST)
    changes = [dict(each.changes) for each in approval.leave(case, BOOK) if isinstance(each, UpdateCase)]
    assert any({CaseField.CRITERION, CaseField.CHECK_ON, CaseField.REVIEWER} <= set(change) for change in changes)


def test_what_a_person_wrote_stays() -> None:
    case = reached(Stage.CHANGES, past=PAST, criterion="Ни одной жалобы", check_on=date(2027, 3, 1), baseline=12.0)
    assert effectiveness.plan(case, BOOK) == ()


def test_too_few_cases_have_no_baseline() -> None:
    assert CaseField.BASELINE not in planned(reached(Stage.CHANGES, past=PAST[:4], **UNPLANNED))


def test_measures_without_a_violation_have_no_baseline() -> None:
    case = reached(Stage.CHANGES, verdict="improvable", past=PAST, **UNPLANNED)
    assert CaseField.BASELINE not in planned(replace(case, violations=()))


def test_a_case_without_measures_needs_no_plan() -> None:
    case = reached(Stage.SUCCESS, verdict="correct")
    assert (effectiveness.plan(case, BOOK), effectiveness.missing(case)) == ((), ())


@pytest.mark.parametrize("field", ["criterion", "check_on", "reviewer_id"])
@pytest.mark.requirement("R20")
def test_finalization_is_not_left_without_a_plan(field: str) -> None:
    """The minimum acceptance of R20; the service fills in what it can."""
    empty = "" if field == "criterion" else None
    case = reached(Stage.SUCCESS, **{field: empty})
    case = replace(case, stage=Stage.FINALIZATION, entries=case.entries[:-1])
    assert len(finalization.missing(case, BOOK)) == 1
    (update,) = finalization.work(case, BOOK, NOON).commands
    assert isinstance(update, UpdateCase)


def test_the_inspector_of_the_case_is_no_reviewer() -> None:
    case = reached(Stage.FINALIZATION, reviewer_id=INSPECTOR)
    assert planned(case) == {CaseField.REVIEWER: OTHER_INSPECTOR}


@pytest.mark.parametrize(
    ("check_on", "from_closing"),
    [
        (None, date(2027, 1, 22)),
        # counted from the terms of the measures
        (date(2027, 2, 8), date(2027, 1, 22)),
        # past
        (date(2026, 11, 1), date(2027, 1, 22)),
        # a person's choice
        (date(2027, 5, 1), None),
        (date(2026, 12, 1), None),
        # counted from the closing already
        (date(2027, 1, 22), None),
    ],
)
@pytest.mark.requirement("R20")
def test_the_date_counts_from_the_real_closing(check_on: date | None, from_closing: date | None) -> None:
    changes = effectiveness.at_closing(reached(Stage.SUCCESS, check_on=check_on), BOOK)
    assert changes == ({} if from_closing is None else {CaseField.CHECK_ON: from_closing})


def test_no_result_of_an_earlier_closing_is_left() -> None:
    case = reached(Stage.SUCCESS, check_on=date(2027, 5, 1), effect=Effect.EFFECTIVE, effect_note="Помогло")
    assert effectiveness.at_closing(case, BOOK) == dict(effectiveness.NO_RESULT)


def test_measures_without_terms_are_planned_from_today() -> None:
    case = reached(Stage.FINALIZATION, measures=(a_measure(1, due=None),), check_on=None)
    assert planned(case) == {CaseField.CHECK_ON: date(2027, 1, 22)}
