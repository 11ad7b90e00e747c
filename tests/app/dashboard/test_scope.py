"""Who may see whose cases (S90), by the structure of the company as it is now."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.dashboard.scope import Scope, below, scope_of
from benchmarks.invented_company import (
    DIRECTION,
    DIRECTOR,
    LOGISTICS,
    MARKETING_HEAD,
    QUALITY,
    QUALITY_HEAD,
    RETAIL,
    RETAIL_HEAD,
    SALES,
    SALES_HEAD,
    WHOLESALE,
    Company,
)
from rules.model import Department, Staff

pytestmark = pytest.mark.requirement("S90")
QUALITY_NAME = "Отдел контроля качества"
WHOLE = Scope(whole=True)


@pytest.fixture
def staff(company: Company) -> Staff:
    return company.staff


def seen_by(person: int, staff: Staff) -> Scope:
    scope = scope_of(person, staff, QUALITY_NAME)
    assert scope is not None
    return scope


def worker_of(department: int, company: Company) -> int:
    return company.workers[department][0]


def test_a_person_sees_their_own(company: Company) -> None:
    person = worker_of(RETAIL, company)
    assert seen_by(person, company.staff) == Scope(people=frozenset({person}))
    assert seen_by(person, company.staff).is_personal


@pytest.mark.parametrize(
    ("head", "departments"),
    [
        # with the sub-departments
        (SALES_HEAD, {SALES, RETAIL, WHOLESALE}),
        # a head below sees neither the one above nor the one beside
        (RETAIL_HEAD, {RETAIL}),
    ],
)
def test_a_head_sees_their_departments(head: int, departments: set[int], staff: Staff) -> None:
    scope = seen_by(head, staff)
    assert scope.departments == departments
    working_there = {each.id for each in staff.people.values() if departments & set(each.department_ids)}
    assert scope.people == working_there | {head}
    assert not scope.whole


def test_the_quality_department_and_whoever_heads_the_company_see_all(company: Company) -> None:
    for person in (QUALITY_HEAD, worker_of(QUALITY, company), DIRECTOR):
        assert seen_by(person, company.staff) == WHOLE


def test_a_head_of_quality_who_is_listed_elsewhere_still_heads_it(staff: Staff) -> None:
    moved = replace(staff.people[QUALITY_HEAD], department_ids=(LOGISTICS,))
    assert seen_by(QUALITY_HEAD, replace(staff, people={**staff.people, QUALITY_HEAD: moved})) == WHOLE


def test_part_of_the_quality_department_is_part_of_it(company: Company) -> None:
    staff, person = company.staff, worker_of(QUALITY, company)
    departments = {**staff.departments, 77: Department(77, "Аудит", QUALITY)}
    people = {**staff.people, person: replace(staff.people[person], department_ids=(77,))}
    assert seen_by(person, replace(staff, departments=departments, people=people)) == WHOLE


@pytest.mark.parametrize("person", [QUALITY_HEAD, SALES_HEAD, DIRECTOR, RETAIL_HEAD])
def test_whoever_left_sees_nothing_whatever_they_headed(person: int, staff: Staff) -> None:
    fired = replace(staff.people[person], active=False)
    assert scope_of(person, replace(staff, people={**staff.people, person: fired}), QUALITY_NAME) is None


def test_a_stranger_sees_nothing(staff: Staff) -> None:
    assert scope_of(31337, staff, QUALITY_NAME) is None


def test_the_structure_of_today_counts(company: Company) -> None:
    """A head who lost the department sees their own again; a department moved elsewhere goes along."""
    staff = company.staff
    without = {**staff.departments, SALES: replace(staff.departments[SALES], head_id=None)}
    assert seen_by(SALES_HEAD, replace(staff, departments=without)).is_personal
    moved = {**staff.departments, WHOLESALE: replace(staff.departments[WHOLESALE], parent_id=DIRECTION)}
    assert seen_by(SALES_HEAD, replace(staff, departments=moved)).departments == {SALES, RETAIL}


def test_a_department_above_that_cannot_be_seen_makes_nobody_head_of_the_company(staff: Staff) -> None:
    departments = {id_: each for id_, each in staff.departments.items() if id_ != DIRECTION}
    assert not seen_by(MARKETING_HEAD, replace(staff, departments=departments)).whole


def test_departments_in_a_circle_end_somewhere(staff: Staff) -> None:
    circle = {**staff.departments, SALES: replace(staff.departments[SALES], parent_id=RETAIL)}
    assert below(SALES, replace(staff, departments=circle)) == {SALES, RETAIL, WHOLESALE}
