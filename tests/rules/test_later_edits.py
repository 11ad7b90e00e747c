"""What was approved or closed upon and is changed afterwards: inspector and head of quality hear of it, once."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rules import later_edits
from rules.decision import Tell
from rules.later_edits import VOTED_ON, Settled, found, report, settled
from rules.model import Case, MeasureField, Stage
from tests.builders import BOOK, INSPECTOR, MANAGER, QUALITY_HEAD, a_measure, a_staff, moved, reached
from tests.rules.simulated_portal import SimulatedPortal


def approved(stage: Stage = Stage.CHANGES) -> tuple[Case, Settled]:
    """A case whose measures are approved, and what is kept of them."""
    case = reached(stage)
    return case, settled(case, BOOK, Settled())


def closed() -> tuple[Case, Settled]:
    """A case that was closed and sealed."""
    portal = SimulatedPortal(reached(Stage.FINALIZATION))
    portal.run_to(Stage.SUCCESS)
    return portal.case, settled(portal.case, BOOK, Settled())


def with_measure(case: Case, **changes: object) -> Case:
    first, *others = case.measures
    return replace(case, measures=(replace(first, **changes), *others))


@pytest.mark.requirement("R26")
def test_a_measure_that_is_changed_after_its_approval_is_reported():
    case, before = approved()
    edited = with_measure(case, target="Другой регламент")
    decision = report(edited, BOOK, settled(edited, BOOK, before))
    (told,) = decision.commands
    assert isinstance(told, Tell)
    assert told.to == (INSPECTOR, QUALITY_HEAD)
    sentence = "мера №1, объект изменения: было «Стадия «КП» в воронке «Опт»», стало «Другой регламент»"
    assert sentence in told.text
    assert decision.because == (f"изменено утверждённое: {sentence}",)


@pytest.mark.requirement("R26")
@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"facts": ("Факт: иной",)}, "«Факты нарушений»: было «Факт: terms», стало «Факт: иной»"),
        ({"verdict": "improvable"}, "«Вердикт»: было «Частично корректный», стало «Есть что улучшить»"),
        ({"answers": {"satisfaction": "low"}}, "«Доволен ли клиент?»: было «Доволен», стало «Недоволен»"),
        ({"violations": ()}, "«Типы нарушений»: было «Нарушены сроки», стало «пусто»"),
    ],
)
def test_findings_that_are_changed_in_a_closed_case_are_reported(change, says):
    case, before = closed()
    edited = replace(case, **change)
    (told,) = report(edited, BOOK, settled(edited, BOOK, before)).commands
    assert says in told.text


def test_each_state_is_told_once_and_a_way_back_is_silent():
    case, before = approved()
    edited = with_measure(case, target="Другой регламент")
    (told,) = report(edited, BOOK, before).commands
    heard = replace(edited, told=edited.told | {told.mark})
    assert report(heard, BOOK, before).commands == ()
    assert report(heard, BOOK, before).because, "the reason stays as long as the difference"
    another = replace(with_measure(heard, target="Третий регламент"))
    assert len(report(another, BOOK, before).commands) == 1
    undone = replace(case, told=heard.told)
    assert report(undone, BOOK, before) == later_edits.NOTHING


@pytest.mark.parametrize(
    "state",
    [
        # nothing was changed
        lambda case: case,
        # put back to work on the measures: they are changed on purpose
        lambda case: moved(with_measure(case, target="Другой"), Stage.FORMULATION),
        lambda case: moved(with_measure(case, target="Другой"), Stage.APPROVAL),
        # given up
        lambda case: moved(with_measure(case, target="Другой"), Stage.CANCELLED),
        # not what was voted on: the service's own bookkeeping, and what becomes of a deleted task
        lambda case: with_measure(case, task_id=77, template="x", changed_by=MANAGER),
    ],
)
def test_these_are_no_later_edits(state):
    case, before = approved()
    assert found(state(case), before) == ()


def test_a_set_that_was_approved_again_is_the_new_truth():
    case, before = approved()
    again = replace(reached(Stage.CHANGES, measures=(a_measure(1, target="Другой"), *case.measures[1:])))
    votes = SimulatedPortal(replace(again, stage=Stage.APPROVAL, entries=again.entries[:-1]))
    votes.run_to(Stage.CHANGES)
    now = settled(votes.case, BOOK, before)
    assert now.approved != before.approved
    assert found(votes.case, now) == ()


def test_a_case_that_is_closed_again_is_settled_anew():
    case, before = closed()
    again = replace(moved(moved(case, Stage.ANALYSIS), Stage.SUCCESS), verdict="improvable")
    assert found(again, before) == ()


def test_a_lost_memory_reports_nothing():
    case, _ = approved()
    edited = with_measure(case, target="Другой")
    assert report(edited, BOOK, settled(edited, BOOK, Settled())) == later_edits.NOTHING


def test_nobody_who_left_is_told():
    case, before = approved()
    edited = replace(with_measure(case, target="Другой"), staff=a_staff(fired=[INSPECTOR]))
    (told,) = report(edited, BOOK, before).commands
    assert told.to == (QUALITY_HEAD,)


def test_what_is_compared_is_what_the_commission_votes_on():
    """``Measure.content`` and this list go together."""
    measure = a_measure(1)
    for name, value in {
        "title": "иначе", "kind": "training", "target": "иначе", "department": "it", "responsible_id": 8,
        "employee_id": 8, "due": None, "planned_hours": 1.0, "expected": "иначе",
    }.items():  # fmt: skip
        edited = replace(measure, **{name: value})
        assert edited.content != measure.content
        case, before = approved()
        assert found(replace(case, measures=(edited, *case.measures[1:])), before), name
    assert len(VOTED_ON) == 9
    assert {MeasureField.TASK, MeasureField.TEMPLATE, MeasureField.DECISION}.isdisjoint(VOTED_ON)
