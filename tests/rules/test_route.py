"""The route of a case: which rooms it passes for the verdict it got (S4, S36-S39)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rules import execution, finalization
from rules.model import Case, Stage
from rules.route import CLEAN_ROUTE, FULL_ROUTE, ROOMS, next_stage, route_of
from rules.rulebook import FinalizationStep
from tests.builders import BOOK, a_measure, a_task, reached

OPEN_TASK = a_task(execution.slot(a_measure(1)), number=99)


@pytest.mark.parametrize(
    ("case", "to"),
    [
        (reached(Stage.SURVEY), Stage.ANALYSIS),
        (reached(Stage.ANALYSIS), Stage.FORMULATION),
        (reached(Stage.FORMULATION), Stage.APPROVAL),
        (reached(Stage.APPROVAL), Stage.CHANGES),
        (reached(Stage.CHANGES), Stage.FINALIZATION),
        (reached(Stage.FINALIZATION), Stage.SUCCESS),
        # S37: straight to success
        (replace(reached(Stage.ANALYSIS), verdict="correct"), Stage.SUCCESS),
        # from wherever the verdict became clean
        (replace(reached(Stage.FORMULATION), verdict="correct"), Stage.SUCCESS),
        # unless a task was given out: it blocks (S56)
        (replace(reached(Stage.FORMULATION), verdict="correct", tasks=(OPEN_TASK,)), Stage.CHANGES),
        (replace(reached(Stage.CHANGES), verdict="correct", measures=(), tasks=(OPEN_TASK,)), Stage.SUCCESS),
    ],
)
def test_where_a_finished_stage_leads(case: Case, to: Stage) -> None:
    assert next_stage(case, BOOK) is to


@pytest.mark.parametrize("verdict", [None, "improvable", "partly_correct", "abolished"])
def test_every_verdict_but_the_clean_one_goes_the_full_way(verdict: str | None) -> None:
    assert route_of(replace(reached(Stage.ANALYSIS), verdict=verdict), BOOK) == FULL_ROUTE


def test_clean_work_with_a_task_given_out_waits_for_it_and_for_nothing_else_new() -> None:
    case = replace(reached(Stage.CHANGES), verdict="correct", measures=(), tasks=(OPEN_TASK,))
    assert route_of(case, BOOK) == (*CLEAN_ROUTE, ROOMS[Stage.CHANGES])


@pytest.mark.requirement("S7")
def test_the_route_is_the_rulebooks_not_the_programs() -> None:
    """Which outcome asks for measures, and what is done before a case is closed, the customer says."""
    case = replace(reached(Stage.ANALYSIS), verdict="improvable")
    assert next_stage(case, BOOK) is Stage.FORMULATION
    lenient = {**BOOK.verdicts, "improvable": BOOK.verdicts["improvable"].model_copy(update={"measures": "none"})}
    assert next_stage(case, BOOK.model_copy(update={"verdicts": lenient})) is Stage.SUCCESS
    steps = (FinalizationStep(code="archive", title="Сдать в архив"),)
    short = BOOK.model_copy(update={"finalization": BOOK.finalization.model_copy(update={"steps": steps})})
    ending = reached(Stage.FINALIZATION, tasks=())
    assert [reason for reason in finalization.missing(ending, short) if "выполнено" in reason] == [
        "не выполнено: «Сдать в архив»"
    ]


def test_every_open_stage_has_its_room() -> None:
    assert set(ROOMS) == {stage for stage in Stage if not stage.is_final}
    assert [room.stage.position for room in FULL_ROUTE] == sorted(room.stage.position for room in FULL_ROUTE)
    assert set(CLEAN_ROUTE) < set(FULL_ROUTE)
