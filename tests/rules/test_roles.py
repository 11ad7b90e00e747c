"""A role is filled by the head of a department, or by the person it names."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from rules import authority, commission, quorum, reviewer
from rules.model import CaseField, Person, Stage
from rules.roles import filled_by
from rules.rulebook import Role, Rulebook, RulebookError, load
from tests.builders import (
    BOOK,
    DEVELOPER,
    DIRECTOR,
    LOGISTICS_HEAD,
    MANAGER,
    QUALITY_HEAD,
    SALES_HEAD,
    SMALL_BOOK,
    a_case,
    a_staff,
    reached,
)

EXPERT = Role(title="Эксперт", person="Денис Кодов")


def a_book(role: Role = EXPERT, **sections: Any) -> Rulebook:
    """The small rulebook, its IT seat given to a named person."""
    return BOOK.model_copy(update={"roles": {**BOOK.roles, "it_head": role}, **sections})


@pytest.mark.parametrize(
    ("name", "changes", "never", "who"),
    [
        ("Денис Кодов", {}, set(), DEVELOPER),
        ("кодов  денис", {}, set(), DEVELOPER),  # as some portals order names
        ("Денис Кодов", {"fired": [DEVELOPER]}, set(), DIRECTOR),  # his department has no head
        ("Денис Кодов", {}, {DEVELOPER}, DIRECTOR),
        ("Мария Продавцова", {"fired": [MANAGER]}, set(), SALES_HEAD),
        ("Никто", {}, set(), None),
    ],
)
def test_a_named_person_fills_the_role_else_the_head_above(name, changes, never, who):
    role = Role(title="Эксперт", person=name)
    assert filled_by(role, a_staff(**changes), never=frozenset(never)) == who


def test_of_namesakes_who_works_here_is_meant():
    staff = a_staff()
    former = Person(0, "Денис Кодов", active=False, department_ids=(2,))
    assert filled_by(EXPERT, replace(staff, people={0: former, **staff.people})) == DEVELOPER


@pytest.mark.requirement("S12", "R12")
def test_a_named_person_sits_in_the_commission_and_the_card_says_who_stands_in():
    case = a_case(Stage.ANALYSIS, violations=("gap",))
    assert commission.compose(case, a_book()) == (DEVELOPER,)
    book = a_book(EXPERT.model_copy(update={"substitutes": ("sales_head",)}))
    away = replace(case, staff=a_staff(absent=[DEVELOPER]))
    told = commission.appoint(away, book)
    assert told[CaseField.COMMISSION] == (SALES_HEAD,)
    assert "Эксперт: нарушение «Случай не предусмотрен» (замещает: Денис Кодов отсутствует)" in str(
        told[CaseField.COMMISSION_RULE]
    )


def test_a_name_that_nobody_bears_leaves_the_seat_to_the_head_of_quality():
    case = a_case(Stage.ANALYSIS, violations=("gap",))
    assert commission.compose(case, a_book(Role(title="Эксперт", person="Пётр Пропавший"))) == (QUALITY_HEAD,)


def test_a_named_person_chairs_reviews_overrides_and_speaks_for_their_department():
    quality = BOOK.quality.model_copy(update={"chair": "it_head"})
    effect = BOOK.effectiveness.model_copy(update={"reviewer": "it_head"})
    gate = BOOK.gate.model_copy(update={"override": ("it_head",)})
    book = a_book(quality=quality, effectiveness=effect, gate=gate)
    case = reached(Stage.APPROVAL, commission=(SALES_HEAD, LOGISTICS_HEAD, DEVELOPER), reviewer_id=None)
    assert commission.chair(case, book) == DEVELOPER
    assert reviewer.choose(case, book) == DEVELOPER
    assert authority.overriders(case, book) == (DEVELOPER,)
    assert quorum.departments(case, book)["ИТ"] == {DEVELOPER}


@pytest.mark.parametrize("place", ["{title: ИТ}", "{title: ИТ, head_of: ИТ, person: Денис Кодов}"])
def test_a_role_is_a_head_or_a_person(place):
    text = SMALL_BOOK.read_text(encoding="utf-8")
    line = next(line for line in text.splitlines() if line.strip().startswith("it_head:"))
    with pytest.raises(RulebookError) as error:
        load(text.replace(line, f"  it_head: {place}"), "book.yaml")
    assert "head_of (руководитель отдела) или person (имя сотрудника)" in str(error.value)
