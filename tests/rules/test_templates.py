"""Ready measures: choosing one in a measure's card fills what is empty there (S91)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from rules import formulation, templates
from rules.decision import CreateTask, UpdateMeasure
from rules.model import Measure, MeasureField, Stage
from rules.rulebook.schema import MeasureTemplate
from tests.builders import BOOK, INSPECTOR, NOON, a_measure, a_task, closed, reached
from tests.rules.simulated_portal import SimulatedPortal

NORM = MeasureTemplate(
    title="Уточнить норматив стадии",
    kind="regulation",
    target="Регламент, норматив стадии",
    department="sales",
    planned_hours=4,
    days=10,
    expected="Норматив однозначен",
    violations=("terms",),
)
TALK = NORM.model_copy(update={"title": "Обучить общению", "violations": ("gap",)})
ANY = NORM.model_copy(update={"title": "Сказать на планёрке", "violations": ()})
WITH_TEMPLATES = BOOK.model_copy(update={"measure_templates": {"norm": NORM, "talk": TALK, "any": ANY}})


def chosen(**fields: object) -> Measure:
    """A measure in whose card somebody chose a template, and filled these fields."""
    return replace(Measure(5, "Мера коррекции #5", template="norm"), **fields)  # type: ignore[arg-type]


def filled(measure: Measure) -> tuple[UpdateMeasure, ...]:
    return tuple(templates.fill(reached(Stage.FORMULATION, measures=(measure,)), WITH_TEMPLATES, NOON))


@pytest.mark.requirement("R11")
def test_a_chosen_template_fills_an_empty_measure() -> None:
    """Ten working days from Monday the 23rd of November is Monday the 7th of December."""
    assert filled(chosen()) == (
        UpdateMeasure(
            5,
            {
                MeasureField.KIND: "regulation",
                MeasureField.TARGET: "Регламент, норматив стадии",
                MeasureField.DEPARTMENT: "sales",
                MeasureField.DUE: date(2026, 12, 7),
                MeasureField.PLANNED_HOURS: 4.0,
                MeasureField.EXPECTED: "Норматив однозначен",
            },
            title="Уточнить норматив стадии",
        ),
    )


@pytest.mark.parametrize(
    ("measure", "changes", "title"),
    [
        # what a person wrote stays, 0 hours included
        (chosen(title="Свой текст", planned_hours=0.0, due=date(2026, 12, 1), expected="Своё", department="it"),
         {MeasureField.KIND: "regulation", MeasureField.TARGET: "Регламент, норматив стадии"}, None),
        (replace(a_measure(5), template="norm"), None, None),
        # named by the portal or by nobody
        (replace(a_measure(5), template="norm", title="Мера коррекции #5"), {}, "Уточнить норматив стадии"),
        (replace(a_measure(5), template="norm", title=" "), {}, "Уточнить норматив стадии"),
        # somebody else's number is a name that a person gave
        (replace(a_measure(5), template="norm", title="Мера коррекции #4"), None, None),
        # no template, or one that the rulebook has no more
        (Measure(5, ""), None, None),
        (chosen(template="abolished"), None, None),
    ],
)  # fmt: skip
def test_what_a_person_wrote_stays(measure: Measure, changes: dict[MeasureField, object] | None, title: str) -> None:
    assert filled(measure) == (() if changes is None else (UpdateMeasure(5, changes, title),))  # type: ignore[arg-type]


@pytest.mark.requirement("S91")
def test_the_assignment_lists_the_templates_that_fit_what_was_found() -> None:
    (task,) = formulation.work(reached(Stage.FORMULATION), WITH_TEMPLATES, NOON).commands
    assert isinstance(task, CreateTask)
    assert "«Готовая мера»" in task.description
    assert "[*]Уточнить норматив стадии\n[*]Сказать на планёрке\n" in task.description
    assert "Обучить общению" not in task.description


def test_without_templates_the_assignment_doesn_t_speak_of_them() -> None:
    (task,) = formulation.work(reached(Stage.FORMULATION), BOOK, NOON).commands
    assert isinstance(task, CreateTask)
    assert "Готовая мера" not in task.description


def test_a_set_closed_too_early_is_filled_before_anybody_is_blamed() -> None:
    case = reached(Stage.FORMULATION, measures=(chosen(),))
    case = replace(case, tasks=(*case.tasks, closed(a_task(formulation.SLOT, number=60, responsible=INSPECTOR))))
    decision = formulation.work(case, WITH_TEMPLATES, NOON)
    assert [type(command) for command in decision.commands] == [UpdateMeasure]
    assert "готовых мер" in decision.because[0]


@pytest.mark.requirement("S91")
def test_a_measure_of_nothing_but_a_template_is_voted_on() -> None:
    """On a phone: add a child item, choose the template, close the task."""
    portal = SimulatedPortal(book=WITH_TEMPLATES)
    portal.run_to(Stage.FORMULATION)
    portal.edit_card(measures=(chosen(),))
    portal.close(portal.slot(formulation.SLOT))
    portal.settle()
    assert portal.case.stage is Stage.APPROVAL
    assert portal.case.measures[0].title == "Уточнить норматив стадии"
