from __future__ import annotations

import pytest

from sandbox.portal.errors import RestError
from sandbox.portal.portal import Portal


@pytest.fixture
def staff():
    """Company 1 (head 1) → quality 2 (head 2) → laboratory 3 (head 3, worker 4); 5 works in quality."""
    staff = Portal().staff
    quality = staff.add_department("Качество")
    laboratory = staff.add_department("Лаборатория", parent=quality.id)
    for name, department in (("Кира", quality), ("Лев", laboratory), ("Майя", laboratory), ("Нил", quality)):
        staff.add_user(name, departments=[department.id])
    staff.update_department(quality.id, head=2)
    staff.update_department(laboratory.id, head=3)
    return staff


def test_a_new_portal_has_an_administrator_and_a_company():
    staff = Portal().staff

    assert (staff.is_admin(1), staff.is_active(1)) == (True, True)
    assert [(department.id, department.parent, department.head) for department in staff.departments()] == [(1, None, 1)]


@pytest.mark.parametrize(
    ("head", "subordinates"),
    [
        (1, {2, 3, 4, 5}),
        (2, {3, 4, 5}),
        (3, {4}),
        (4, set()),
    ],
)
def test_heads_have_everyone_below(staff, head, subordinates):
    assert staff.subordinates(head) == subordinates
    assert {user.id for user in staff.users() if staff.is_head_over(head, user.id)} == subordinates


def test_the_way_up_ends_at_the_company(staff):
    assert [department.name for department in staff.above(3)] == ["Лаборатория", "Качество", "Компания"]


def test_a_department_without_a_head(staff):
    staff.update_department(3, head=0)

    assert staff.department(3).head is None
    assert staff.subordinates(3) == set()


def test_people_move_between_departments(staff):
    staff.update_user(4, departments=[2])

    assert staff.people_below(3) == {3}
    assert staff.people_below(2) == {2, 3, 4, 5}
    assert staff.subordinates(3) == set()


def test_a_deleted_department_leaves_its_people_and_departments_to_the_one_above(staff):
    staff.delete_department(2)

    assert staff.department(3).parent == 1
    assert staff.user(5).departments == (1,)
    assert staff.subordinates(1) == {2, 3, 4, 5}


@pytest.mark.parametrize("parent", [2, 3])
def test_a_department_does_not_go_below_itself(staff, parent):
    with pytest.raises(RestError, match="below itself"):
        staff.update_department(2, parent=parent)


def test_the_fired_lose_their_rights(staff):
    staff.update_user(1, active=False)

    assert (staff.is_admin(1), staff.is_active(1)) == (False, False)


@pytest.mark.parametrize("changes", [{"salary": 5}, {"id": 7}, {"departments": 5}])
def test_a_typing_error_in_a_seed_is_named(staff, changes):
    with pytest.raises(TypeError):
        staff.update_user(2, **changes)
    with pytest.raises(KeyError):
        staff.update_user(99, name="x")


def test_ids_count_up(staff):
    assert [user.id for user in staff.users()] == [1, 2, 3, 4, 5]
    assert staff.add_department("Ещё").id == 4
