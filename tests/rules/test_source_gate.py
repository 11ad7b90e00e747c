"""The option that work isn't finished before its survey is answered: the gate's mechanics on the source item."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rules import survey
from rules.decide import decide
from rules.decision import CreateTask, MoveSource, Tell
from rules.model import SourceNow, Stage
from tests.builders import BOOK, GOOD_ANSWERS, MANAGER, NOON, SALES_HEAD, a_case, a_task, closed
from tests.rules.simulated_portal import SimulatedPortal

FUNNELS = tuple(
    funnel.model_copy(update={"survey_before_closing": True, "final_stages": ("Документы подписаны",)})
    if funnel.code == "retail"
    else funnel
    for funnel in BOOK.funnels
)
GATED = BOOK.model_copy(update={"funnels": FUNNELS})

DRAGGED = SourceNow(
    title="Насосы",
    funnel="retail",
    responsible_id=MANAGER,
    closed=True,
    moved_by=SALES_HEAD,
    entry_id=31,
    before="C6:SIGNED",
)


def test_a_deal_won_before_its_survey_goes_back_and_both_people_are_told() -> None:
    decision = decide(a_case(source_now=DRAGGED), GATED, NOON)
    told, move = decision.commands
    assert isinstance(told, Tell)
    assert (told.mark, told.to) == ("source-gate-31", (SALES_HEAD, MANAGER))
    assert "опрос не завершён, ждём ответа" in told.text
    assert move == MoveSource("C6:SIGNED")


def test_exactly_one_note_a_move() -> None:
    """A crash between the note and the move, then somebody drags again: the second move has a number of its own."""
    portal = SimulatedPortal(a_case(source_now=DRAGGED), GATED)
    portal.look()
    portal.case = replace(portal.case, source_now=DRAGGED)
    assert [type(command) for command in portal.look().commands] == [MoveSource]
    portal.case = replace(portal.case, source_now=replace(DRAGGED, entry_id=32))
    portal.look()
    assert [note.mark for note in portal.notes] == ["source-gate-31", "source-gate-32"]


@pytest.mark.parametrize(
    "source",
    [
        replace(DRAGGED, closed=False),
        # where it came from isn't known: nothing is guessed
        replace(DRAGGED, before=None),
        None,
    ],
)
def test_otherwise_the_survey_goes_on_as_always(source: SourceNow | None) -> None:
    (task,) = decide(a_case(source_now=source), GATED, NOON).commands
    assert isinstance(task, CreateTask)
    assert task.slot == survey.SLOT


def test_a_rulebook_without_the_option_lets_the_deal_go() -> None:
    (task,) = decide(a_case(source_now=DRAGGED), BOOK, NOON).commands
    assert isinstance(task, CreateTask)


def test_an_answered_survey_opens_the_way() -> None:
    answered = a_case(source_now=DRAGGED, answers=GOOD_ANSWERS, tasks=(closed(a_task(survey.SLOT)),))
    portal = SimulatedPortal(answered, GATED)
    portal.settle()
    assert portal.case.stage is Stage.ANALYSIS
    assert portal.case.source_now == DRAGGED
