"""The nouns: who heads whom, which votes belong to which set, and what a person's move back means."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.model import Case, Department, Measure, SourceRef, Staff, Stage, gate_mark, hash_of
from tests.builders import (
    DEVELOPER,
    DIRECTOR,
    IT,
    LOGISTICS,
    LOGISTICS_HEAD,
    MINUTE,
    NOON,
    SALES,
    SALES_HEAD,
    STRANGER,
    a_case,
    a_measure,
    a_staff,
    a_task,
    closed,
    moved,
    reached,
)

# --- staff (S12, S45) ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("department", "staff", "never", "head"),
    [
        # the plain case
        ("Продажи", a_staff(), (), SALES_HEAD),
        # people write names as they like
        ("продажи", a_staff(), (), SALES_HEAD),
        # no head: the one above
        ("ИТ", a_staff(), (), DIRECTOR),
        # the head has left: the one above
        ("Продажи", a_staff(fired=[SALES_HEAD]), (), DIRECTOR),
        # the head's own deal is analysed: the one above
        ("Продажи", a_staff(), (SALES_HEAD,), DIRECTOR),
        # nobody up to the top
        ("Продажи", a_staff(fired=[SALES_HEAD, DIRECTOR]), (), None),
        # a department the company doesn't have
        ("Юристы", a_staff(), (), None),
        # a head whom the portal doesn't know as an employee
        ("ИТ", a_staff(heads={IT: STRANGER}), (), DIRECTOR),
    ],
)
def test_the_head_is_looked_for_upwards(department: str, staff: Staff, never: tuple[int, ...], head: int) -> None:
    assert staff.head_of(department, never=frozenset(never)) == head


def test_a_loop_in_the_structure_ends_the_search() -> None:
    staff = Staff(departments={1: Department(1, "А", parent_id=2), 2: Department(2, "Б", parent_id=1)})
    assert staff.head_of("А") is None


def test_of_two_departments_with_one_name_the_one_at_hand_counts() -> None:
    """«Отдел продаж» of two branches: a fired manager's survey goes to the head of his own."""
    staff = a_staff()
    twin = Department(77, "Продажи", parent_id=None, head_id=DEVELOPER)
    staff = replace(staff, departments={**staff.departments, 77: twin})
    assert staff.head_above(twin) == DEVELOPER
    assert staff.head_of("Продажи") == SALES_HEAD


def test_members_are_those_who_work_here_and_the_head() -> None:
    staff = a_staff(heads={SALES: LOGISTICS_HEAD}, fired=[SALES_HEAD])
    assert LOGISTICS_HEAD in staff.members_of("Продажи")
    assert SALES_HEAD not in staff.members_of("Продажи")
    assert staff.members_of("Юристы") == ()


@pytest.mark.parametrize(
    ("user", "left"),
    [
        (SALES_HEAD, True),
        (LOGISTICS_HEAD, False),
        # somebody of an outsourced integrator isn't in the list, and hasn't left
        (STRANGER, False),
    ],
)
def test_only_known_people_can_leave(user: int, left: bool) -> None:
    assert a_staff(fired=[SALES_HEAD]).has_left(user) is left


@pytest.mark.parametrize(
    ("user", "name"), [(None, "не назначен"), (STRANGER, "сотрудник №99"), (SALES_HEAD, "Сергей Сбытов")]
)
def test_everybody_has_a_name(user: int | None, name: str) -> None:
    assert a_staff().name_of(user) == name


# --- keys ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("entity_type_id", "key"), [(2, "deal:42#1"), (1, "lead:42#1"), (1090, "item1090:42#1")]
)  # fmt: skip
def test_a_round_has_one_name_on_the_portal(entity_type_id: int, key: str) -> None:
    """S23: deals, leads and smart-process items alike."""
    assert SourceRef(entity_type_id, 42).round_key(1) == key


# --- measures and votes (R13) ----------------------------------------------------------------------------------------

measures = st.builds(
    Measure,
    id=st.integers(1, 5),
    title=st.text(max_size=5),
    target=st.text(max_size=5),
    department=st.none() | st.sampled_from(["sales", "it"]),
    due=st.none() | st.just(date(2026, 12, 1)),
    planned_hours=st.none() | st.sampled_from([2, 2.0, 8.5]),
)


@given(st.permutations([a_measure(1), a_measure(2), a_measure(3)]))
def test_the_order_in_which_measures_are_listed_changes_no_vote(order: list[Measure]) -> None:
    assert hash_of(tuple(order)) == hash_of((a_measure(1), a_measure(2), a_measure(3)))


@given(st.lists(measures, max_size=3), st.lists(measures, max_size=3))
def test_equal_sets_have_equal_names(one: list[Measure], other: list[Measure]) -> None:
    if one == other:
        assert hash_of(tuple(one)) == hash_of(tuple(other))


@pytest.mark.parametrize(
    ("change", "is_other_work"),
    [
        # who, when and how long: another vote, the same work
        ({"responsible_id": DEVELOPER}, False),
        ({"due": date(2027, 1, 1)}, False),
        ({"planned_hours": 5.0}, False),
        # what is to be done: another vote, and other work
        ({"title": "Иначе"}, True),
        ({"kind": "training"}, True),
        ({"target": "Регламент 5"}, True),
        ({"department": "it"}, True),
        ({"expected": "Иное"}, True),
    ],
)
def test_any_edit_asks_for_votes_and_some_for_new_work(change: dict[str, object], is_other_work: bool) -> None:
    before, after = a_measure(1), a_measure(1, **change)
    assert hash_of((before,)) != hash_of((after,))
    assert (before.substance != after.substance) is is_other_work


def test_a_number_is_the_same_however_the_portal_writes_it() -> None:
    assert a_measure(planned_hours=2).content == a_measure(planned_hours=2.0).content


# --- moves -----------------------------------------------------------------------------------------------------------


def test_a_move_forward_is_no_reopening() -> None:
    assert reached(Stage.CHANGES).reopened_at is None


def test_a_detour_over_a_stage_of_the_customer_s_own_is_no_reopening() -> None:
    """Such a stage isn't ours and isn't in the history we see: the same stage stands there twice."""
    assert moved(reached(Stage.CHANGES), Stage.CHANGES).reopened_at is None


def test_a_fresh_case_came_from_nowhere() -> None:
    case = a_case(Stage.SURVEY)
    assert case.came_from is None
    assert case.reopened_at is None


def test_a_person_s_move_back_reopens_the_stage() -> None:
    assert moved(reached(Stage.FINALIZATION), Stage.CHANGES).reopened_at == NOON


def test_the_gate_s_own_move_back_reopens_nothing() -> None:
    """S57: there the work was never finished, so there is nothing to do anew."""
    case = reached(Stage.FINALIZATION)
    sent_back = replace(moved(case, Stage.CHANGES), told=frozenset({gate_mark(case.entered)}))
    assert sent_back.reopened_at is None


@pytest.mark.parametrize(
    ("stage", "closed_at", "accepted"),
    [
        # put back to the survey at noon: what was done before doesn't count there
        (Stage.SURVEY, NOON - MINUTE, False),
        (Stage.SURVEY, NOON, False),
        (Stage.SURVEY, NOON + MINUTE, True),
        # what was done for another stage still counts
        (Stage.ANALYSIS, NOON - MINUTE, True),
    ],
)
def test_work_done_before_a_case_was_put_back_doesn_t_count_in_that_stage(
    stage: Stage, closed_at: object, accepted: bool
) -> None:
    case = moved(reached(Stage.FORMULATION), Stage.SURVEY)
    assert case.accepted(closed(a_task("any"), closed_at), stage) is accepted  # type: ignore[arg-type]


def test_no_task_and_an_open_task_are_not_accepted() -> None:
    case = a_case()
    assert not case.accepted(None, Stage.SURVEY)
    assert not case.accepted(a_task("survey"), Stage.SURVEY)


def test_tasks_of_a_prefix_don_t_include_lookalikes() -> None:
    """«measures» is the assignment to word them, «measure:1:…» a measure's own task."""
    case: Case = a_case(tasks=(a_task("measures"), a_task("measure:1:ab", number=2)))
    assert [task.id for task in case.tasks_for("measure")] == [2]


def test_the_stages_stand_in_the_order_of_the_process() -> None:
    assert [stage for stage in Stage if stage.is_final] == [Stage.SUCCESS, Stage.CANCELLED]
    assert Stage.SURVEY.position < Stage.ANALYSIS.position < Stage.FINALIZATION.position < Stage.SUCCESS.position


def test_departments_of_this_company_have_the_heads_the_tests_rely_on() -> None:
    staff = a_staff()
    assert staff.departments[LOGISTICS].head_id == LOGISTICS_HEAD
    assert staff.departments[IT].head_id is None
