"""Numbers of one case for the report (S69-S77, S84-S89, R24)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules import analysis, execution, survey
from rules.deadlines import TERM_OF
from rules.metrics import PART_OF_TASK, Metrics, Part, Span, Training, course, metrics_of
from rules.model import Case, Stage, StageEntry, gate_mark
from rules.news import Read
from rules.rulebook.schema import MeasureKind
from tests.builders import BOOK, HOUR, INSPECTOR, NOON, a_case, a_measure, a_task, closed, moved, reached, with_task


def metrics(case: Case, now: datetime = NOON) -> Metrics:
    return metrics_of(case, BOOK, now)


def calendar(case: Case, part: Part, now: datetime = NOON) -> float:
    return metrics(case, now).parts[part].calendar


def taken_back(case: Case) -> Case:
    """The gate has said that it takes the last move back, and has not moved the card yet."""
    return replace(case, told=case.told | {gate_mark(case.entered)})


# --- Times in stages -------------------------------------------------------------------------------------------------


@pytest.mark.requirement("S71", "S72", "S73", "R24")
def test_the_stages_sum_to_the_age_of_the_case() -> None:
    """One hour a stage."""
    case = reached(Stage.SUCCESS)
    numbers = metrics(case)
    assert {part: span.calendar for part, span in numbers.parts.items()} == {
        Part.SURVEY: 1,
        Part.ANALYSIS_FORMULATION: 2,
        Part.APPROVAL: 1,
        Part.CHANGES_FINALIZATION: 2,
        Part.CLOSED: 0,
    }
    assert numbers.finalised_at == numbers.started_at + 6 * HOUR
    assert numbers.age.calendar == 6


@st.composite
def histories(draw: st.DrawFn) -> Case:
    """Any way through the stages at any speed, some moves taken back by the gate."""
    stages = draw(st.lists(st.sampled_from(Stage), max_size=12))
    gaps = draw(st.lists(st.integers(0, 20 * 86_400), min_size=len(stages), max_size=len(stages)))
    at, entries = NOON, [StageEntry(1, Stage.SURVEY, NOON)]
    for number, (stage, gap) in enumerate(zip(stages, gaps, strict=True), 2):
        at += timedelta(seconds=gap)
        entries.append(StageEntry(number, stage, at))
    told = draw(st.sets(st.sampled_from([gate_mark(entry) for entry in entries])))
    return replace(a_case(), stage=entries[-1].stage, entries=tuple(entries), told=frozenset(told))


@pytest.mark.requirement("S71", "S72", "S73", "R24")
@given(histories(), st.integers(0, 40 * 86_400))
def test_whatever_happened_the_parts_sum_to_the_age(case: Case, later: int) -> None:
    numbers = metrics(case, case.entered.at + timedelta(seconds=later))
    end = numbers.finalised_at or case.entered.at + timedelta(seconds=later)
    assert numbers.age.calendar == pytest.approx((end - case.entries[0].at).total_seconds() / 3600, abs=0.0051)
    parts = numbers.parts.values()
    assert round(sum(part.calendar for part in parts), 2) == numbers.age.calendar
    assert round(sum(part.working for part in parts), 2) == numbers.age.working
    assert all(0 <= part.working <= part.calendar + 0.02 for part in parts)


@pytest.mark.requirement("S71", "S72", "S73")
def test_a_card_dragged_ahead_and_put_back_never_left_its_stage() -> None:
    """Three hours ahead and back count to the analysis, and to nothing else."""
    case = reached(Stage.ANALYSIS)
    ahead = taken_back(moved(case, Stage.CHANGES, case.entered.at + HOUR))
    assert calendar(ahead, Part.ANALYSIS_FORMULATION, case.entered.at + 2 * HOUR) == 2
    back = moved(ahead, Stage.ANALYSIS, case.entered.at + 4 * HOUR)
    now = case.entered.at + 5 * HOUR
    assert calendar(back, Part.ANALYSIS_FORMULATION, now) == 5
    assert calendar(back, Part.CHANGES_FINALIZATION, now) == 0
    assert metrics(back).gate_reverts == 1
    assert metrics(back).stage_since == case.entered.at


def test_a_case_dragged_over_the_last_line_is_not_finalised() -> None:
    dragged = taken_back(moved(reached(Stage.ANALYSIS), Stage.SUCCESS))
    assert metrics(dragged).finalised_at is None


def test_a_closed_case_cancelled_in_vain_was_closed_when_it_was_closed() -> None:
    case = reached(Stage.SUCCESS)
    cancelled = taken_back(moved(case, Stage.CANCELLED, case.entered.at + HOUR))
    again = moved(cancelled, Stage.SUCCESS, case.entered.at + 2 * HOUR)
    assert metrics(again).finalised_at == case.entered.at


def test_the_open_stage_counts_up_to_now() -> None:
    case = reached(Stage.APPROVAL)
    assert calendar(case, Part.APPROVAL, case.entered.at + 5 * HOUR) == 5


def test_a_second_visit_counts_too() -> None:
    """R24: sent back for two hours, then forward again."""
    case = reached(Stage.CHANGES)
    back = moved(case, Stage.FORMULATION, case.entered.at + HOUR)
    forth = moved(back, Stage.CHANGES, case.entered.at + 3 * HOUR)
    assert calendar(forth, Part.ANALYSIS_FORMULATION) == 2 + 2


def test_the_time_a_case_lay_closed_belongs_to_no_stage() -> None:
    case = reached(Stage.SUCCESS)
    reopened = moved(case, Stage.FORMULATION, case.entered.at + 100 * HOUR)
    numbers = metrics(reopened, case.entered.at + 103 * HOUR)
    assert numbers.parts[Part.CLOSED].calendar == 100
    assert numbers.parts[Part.ANALYSIS_FORMULATION].calendar == 2 + 3
    assert numbers.finalised_at is None


def test_working_hours_leave_out_nights_and_weekends() -> None:
    """From Friday 16:00 to Monday 10:00 in Moscow there are two hours and one."""
    friday = datetime.fromisoformat("2026-11-20T16:00:00+03:00")
    case = replace(a_case(), entries=(StageEntry(1, Stage.SURVEY, friday),))
    numbers = metrics(case, datetime.fromisoformat("2026-11-23T10:00:00+03:00"))
    assert numbers.parts[Part.SURVEY] == Span(calendar=66, working=3)


def test_a_clock_behind_the_portal_s_gives_no_negative_hours() -> None:
    case = reached(Stage.SURVEY)
    assert metrics(case, case.entered.at - HOUR).age == Span()


@pytest.mark.parametrize("stage", [stage for stage in Stage if not stage.is_final])
def test_an_open_case_has_no_final_date(stage: Stage) -> None:
    assert metrics(reached(stage)).finalised_at is None


def test_the_first_move_is_the_way_even_if_it_was_taken_back() -> None:
    case = taken_back(a_case())
    assert course(case) == case.entries


# --- Hours and counts ------------------------------------------------------------------------------------------------


@pytest.mark.requirement("S66", "S77", "R24")
def test_spent_hours_are_summed_by_the_part_they_were_spent_in() -> None:
    case = with_task(reached(Stage.SUCCESS), analysis.SLOT, hours_spent=1.256)
    case = with_task(case, survey.SLOT, hours_spent=0.5)
    case = replace(case, tasks=(*case.tasks, a_task("effect:9", number=99, hours_spent=2.0)))
    numbers = metrics(case)
    assert numbers.hours_spent == 3.76
    assert numbers.hours_planned == 8.0
    assert (numbers.spent[Part.SURVEY], numbers.spent[Part.ANALYSIS_FORMULATION]) == (0.5, 1.26)
    assert numbers.spent[Part.CLOSED] == 2


def test_every_kind_of_task_has_a_part() -> None:
    assert PART_OF_TASK.keys() == TERM_OF.keys()


def test_rounds_of_approval_are_counted_without_the_gate_s_moves() -> None:
    case = reached(Stage.CHANGES)
    again = moved(moved(moved(case, Stage.FORMULATION), Stage.APPROVAL), Stage.CHANGES)
    assert (metrics(case).approval_rounds, metrics(again).approval_rounds) == (1, 2)
    dragged = moved(taken_back(moved(reached(Stage.ANALYSIS), Stage.APPROVAL)), Stage.ANALYSIS)
    assert metrics(dragged).approval_rounds == 0


def test_an_override_is_counted_by_its_note() -> None:
    case = reached(Stage.FINALIZATION)
    let_past = replace(case, told=frozenset({f"override-{case.entered.id}-abc"}))
    assert (metrics(case).overrides, metrics(let_past).overrides) == (0, 1)


@pytest.mark.requirement("S84", "R19")
def test_training_is_ordered_and_done() -> None:
    """One of two employees has been trained; a changed regulation trains nobody."""
    kinds = {**BOOK.measure_kinds, "training": MeasureKind(title="Обучение", employee=True)}
    book = BOOK.model_copy(update={"measure_kinds": kinds})
    case = reached(
        Stage.APPROVAL, measures=(a_measure(1), a_measure(2, kind="training"), a_measure(3, kind="training"))
    )
    trained = replace(case, tasks=(*case.tasks, closed(a_task(execution.slot(case.measures[1]), number=50))))
    assert metrics_of(case, book, NOON).training == Training(ordered=2, done=0)
    assert metrics_of(trained, book, NOON).training == Training(ordered=2, done=1)


@pytest.mark.requirement("S84", "R18")
@pytest.mark.parametrize(
    ("card", "told"),
    [("12 из 30 (40 %)", Read(asked=30, read=12)), ("", None), ("прочли почти все", None)],
)
def test_readers_of_the_news_as_the_card_tells_them(card: str, told: Read | None) -> None:
    assert metrics(reached(Stage.SUCCESS, news_read=card)).readers == told


# --- How fast --------------------------------------------------------------------------------------------------------


@pytest.mark.requirement("S88")
def test_from_a_deviation_named_to_its_triage() -> None:
    """The survey was answered half an hour after the start, the analysis finished an hour later."""
    case = reached(Stage.FORMULATION)
    named = replace(case, answers={**case.answers, "deviations": ("deviation",)})
    assert metrics(named).deviation_to_triage == Span(calendar=1, working=0), "before the working day begins"
    assert metrics(case).deviation_to_triage is None, "nothing was named"
    assert metrics(replace(named, tasks=named.tasks[:1])).deviation_to_triage is None, "not analysed yet"


@pytest.mark.requirement("S89")
def test_from_a_finding_to_its_approved_measures() -> None:
    case = reached(Stage.CHANGES)
    assert metrics(case).finding_to_approval == Span(calendar=2.5, working=0)
    assert metrics(reached(Stage.APPROVAL)).finding_to_approval is None


def test_an_analysis_done_again_after_the_approval_has_no_time_to_it() -> None:
    case = with_task(reached(Stage.CHANGES), analysis.SLOT, closed_at=NOON, responsible_id=INSPECTOR)
    assert metrics(case).finding_to_approval is None


@pytest.mark.requirement("R21")
def test_the_check_of_the_measures_has_a_date() -> None:
    case = reached(Stage.SUCCESS)
    checked = replace(case, tasks=(*case.tasks, closed(a_task("effect:9", number=99), NOON + 24 * HOUR)))
    assert metrics(checked).effect_checked_at == NOON + 24 * HOUR
    assert metrics(case).effect_checked_at is None
