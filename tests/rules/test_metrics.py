"""Numbers of one case for the report (S69-S77)."""

from __future__ import annotations

import pytest

from rules.metrics import ANALYSIS_AND_FORMULATION, APPROVAL, CHANGES_AND_FINALIZATION, hours_in, metrics_of
from rules.model import Stage
from tests.builders import HOUR, NOON, moved, reached, with_task


def test_the_stages_sum_to_the_age_of_the_case() -> None:
    """One hour a stage: three before the approval, one for it, two after."""
    numbers = metrics_of(reached(Stage.SUCCESS), NOON)
    assert (numbers.hours_analysis_formulation, numbers.hours_approval, numbers.hours_changes_finalization) == (3, 1, 2)
    assert numbers.finalised_at is not None
    assert numbers.finalised_at - numbers.started_at == 6 * HOUR


def test_the_open_stage_counts_up_to_now() -> None:
    case = reached(Stage.APPROVAL)
    assert hours_in(case, APPROVAL, case.entered.at + 5 * HOUR) == 5


def test_a_second_visit_counts_too() -> None:
    """R24: sent back for two hours, then forward again."""
    case = reached(Stage.CHANGES)
    back = moved(case, Stage.FORMULATION, case.entered.at + HOUR)
    forth = moved(back, Stage.CHANGES, case.entered.at + 3 * HOUR)
    assert hours_in(forth, ANALYSIS_AND_FORMULATION, NOON) == 3 + 2


def test_a_clock_behind_the_portal_s_gives_no_negative_hours() -> None:
    case = reached(Stage.SURVEY)
    assert hours_in(case, ANALYSIS_AND_FORMULATION, case.entered.at - HOUR) == 0


@pytest.mark.parametrize("stage", [stage for stage in Stage if not stage.is_final])
def test_an_open_case_has_no_final_date(stage: Stage) -> None:
    assert metrics_of(reached(stage), NOON).finalised_at is None


def test_spent_and_planned_hours_are_summed() -> None:
    """S77."""
    case = with_task(reached(Stage.SUCCESS), "analysis", hours_spent=1.256)
    case = with_task(case, "survey", hours_spent=0.5)
    numbers = metrics_of(case, NOON)
    assert numbers.hours_spent == 1.76
    assert numbers.hours_planned == 8.0


def test_the_groups_cover_every_open_stage_once() -> None:
    groups = [*ANALYSIS_AND_FORMULATION, *APPROVAL, *CHANGES_AND_FINALIZATION]
    assert groups == [stage for stage in Stage if not stage.is_final]
