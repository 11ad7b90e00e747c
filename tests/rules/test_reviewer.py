"""Who checks whether measures worked (R20): independent of the case, here, and not always the same person."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from rules import execution, reviewer
from rules.model import Stage
from rules.rulebook import Rulebook
from rules.rulebook.schema import Effectiveness
from tests.builders import (
    BOOK,
    DIRECTOR,
    INSPECTOR,
    LOGISTICS_HEAD,
    MANAGER,
    OTHER_INSPECTOR,
    QUALITY_HEAD,
    SALES_HEAD,
    a_measure,
    a_staff,
    reached,
    with_task,
)

BY_ROLE = BOOK.model_copy(update={"effectiveness": Effectiveness(reviewer="logistics_head")})


@pytest.mark.parametrize(
    ("changes", "book", "chosen", "why"),
    [
        ({}, BOOK, OTHER_INSPECTOR, "a member of the quality department who doesn't lead the case"),
        ({"inspector_id": OTHER_INSPECTOR}, BOOK, INSPECTOR, "the other way round"),
        ({"responsible_id": OTHER_INSPECTOR}, BOOK, QUALITY_HEAD, "their own work"),
        ({"staff": a_staff(fired=[OTHER_INSPECTOR])}, BOOK, QUALITY_HEAD, "left; the head of quality at last"),
        ({"staff": a_staff(absent=[OTHER_INSPECTOR])}, BOOK, QUALITY_HEAD, "absent today"),
        (
            {"staff": a_staff(absent=[OTHER_INSPECTOR, QUALITY_HEAD])},
            BOOK,
            OTHER_INSPECTOR,
            "all are absent: whoever is first, the check is in two months",
        ),
        ({"measures": (a_measure(1, responsible_id=OTHER_INSPECTOR),)}, BOOK, QUALITY_HEAD, "executor of a measure"),
        ({"measures": (a_measure(1, employee_id=OTHER_INSPECTOR),)}, BOOK, QUALITY_HEAD, "the one who was trained"),
        ({"staff": a_staff(fired=[OTHER_INSPECTOR, QUALITY_HEAD])}, BOOK, DIRECTOR, "the head above"),
        ({}, BY_ROLE, LOGISTICS_HEAD, "the role of the rulebook"),
        ({"responsible_id": LOGISTICS_HEAD}, BY_ROLE, DIRECTOR, "the role's own work: the head above"),
    ],
)
@pytest.mark.requirement("R20")
def test_the_reviewer_had_no_part_in_the_case(changes: dict[str, Any], book: Rulebook, chosen: int, why: str) -> None:
    case = reached(Stage.FINALIZATION, **{"reviewer_id": None, **changes})
    assert reviewer.choose(case, book) == chosen, why


@pytest.mark.requirement("R20")
def test_somebody_who_was_given_a_measures_task_does_not_check_it() -> None:
    case = with_task(reached(Stage.FINALIZATION), execution.slot(a_measure(1)), responsible_id=OTHER_INSPECTOR)
    assert reviewer.choose(case, BOOK) == QUALITY_HEAD


@pytest.mark.parametrize("person", [SALES_HEAD + 100, INSPECTOR, MANAGER])
def test_a_reviewer_on_the_card_who_can_not_be_is_replaced(person: int) -> None:
    assert reviewer.choose(reached(Stage.FINALIZATION, reviewer_id=person), BOOK) == OTHER_INSPECTOR


def test_an_independent_person_on_the_card_stays_though_absent() -> None:
    staff = a_staff(absent=[DIRECTOR])
    assert reviewer.choose(reached(Stage.FINALIZATION, reviewer_id=DIRECTOR, staff=staff), BOOK) == DIRECTOR


def test_where_everybody_carried_out_something_the_head_of_quality_checks() -> None:
    everybody = tuple(a_measure(id_, responsible_id=id_) for id_ in a_staff().people if id_ != MANAGER)
    case = reached(Stage.FINALIZATION, measures=everybody, reviewer_id=None)
    assert reviewer.choose(case, BOOK) == QUALITY_HEAD


def test_the_work_goes_round() -> None:
    staff = a_staff()
    third = replace(staff.people[OTHER_INSPECTOR], id=50, name="Третий")
    case = reached(Stage.FINALIZATION, reviewer_id=None, staff=replace(staff, people={**staff.people, 50: third}))
    assert {reviewer.choose(replace(case, id=number), BOOK) for number in range(1, 7)} == {OTHER_INSPECTOR, 50}
