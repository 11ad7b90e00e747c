"""``department.*`` over HTTP (api-reference/departments/)."""

from __future__ import annotations

import pytest


def names(desk, params=()):
    return [department["NAME"] for department in desk.call("department.get", params)]


def test_departments_have_mixed_types_and_only_what_they_have(desk, company):
    root, sales, purchasing = desk.call("department.get")

    assert root == {"ID": "1", "NAME": "Компания", "SORT": 500, "UF_HEAD": "1"}
    assert sales == {
        "ID": str(company.sales), "NAME": "Отдел продаж", "SORT": 500, "PARENT": "1", "UF_HEAD": str(company.boss),
    }  # fmt: skip
    assert "UF_HEAD" not in purchasing


@pytest.mark.parametrize(
    ("params", "found"),
    [
        ({}, ["Компания", "Отдел продаж", "Отдел закупок"]),
        ({"ID": 2}, ["Отдел продаж"]),
        ({"ID": [2, 3]}, ["Отдел продаж", "Отдел закупок"]),
        ({"NAME": "Отдел закупок"}, ["Отдел закупок"]),
        ({"NAME": "Отдел"}, []),
        ({"PARENT": 1}, ["Отдел продаж", "Отдел закупок"]),
        ({"UF_HEAD": 2}, ["Отдел продаж"]),
        # "sort" is the order, and with a number in it a condition
        ({"sort": "NAME", "order": "DESC", "PARENT": 1}, ["Отдел продаж", "Отдел закупок"]),
        ({"SORT": "NAME", "ORDER": "asc", "PARENT": 1}, ["Отдел закупок", "Отдел продаж"]),
        ({"SORT": 500, "PARENT": 1, "ID": 3}, ["Отдел закупок"]),
        ({"SORT": 100}, []),
    ],
)
def test_conditions_stand_at_the_top(desk, company, params, found):
    assert names(desk, params) == found


def test_pages_go_on_with_start_in_any_case(desk):
    for number in range(59):
        desk.portal.staff.add_department(f"Отдел {number}")

    first, last = desk.body("department.get"), desk.body("department.get", {"START": 50})

    assert (len(first["result"]), first["total"], first["next"]) == (50, 60, 50)
    assert len(last["result"]) == 10
    assert desk.call("department.get", {"start": 50}) == last["result"]


def test_the_structure_is_changed(desk, company):
    number = desk.call("department.add", {"NAME": "ОКК", "PARENT": 1, "UF_HEAD": company.boss, "SORT": 450})
    assert desk.call("department.update", {"ID": number, "NAME": "Отдел качества", "UF_HEAD": 0}) is True
    assert desk.call("department.get", {"ID": number}) == [
        {"ID": str(number), "NAME": "Отдел качества", "SORT": 450, "PARENT": "1"}
    ]

    below = desk.call("department.add", {"NAME": "Лаборатория", "PARENT": number})
    assert desk.call("department.delete", {"ID": number}) is True
    assert desk.call("department.get", {"ID": below})[0]["PARENT"] == "1"


def test_people_of_a_deleted_department_go_one_level_up(desk, company):
    desk.call("department.delete", {"ID": company.sales})

    assert desk.call("user.get", {"ID": company.seller})[0]["UF_DEPARTMENT"] == [1]


@pytest.mark.parametrize(
    ("method", "params", "words"),
    [
        ("department.add", {"PARENT": 1}, "Не введено название раздела.<br>"),
        ("department.add", {"NAME": "x"}, "В структуре компании должен быть только один раздел верхнего уровня"),
        (
            "department.add",
            {"NAME": "x", "PARENT": 99},
            "В структуре компании должен быть только один раздел верхнего уровня",
        ),
        ("department.update", {"ID": 99, "NAME": "x"}, "Department not found"),
        ("department.update", {"ID": 1, "PARENT": 2}, "Department cannot be moved below itself"),
        ("department.delete", {"ID": 99}, "Department not found"),
        ("department.delete", {"ID": 1}, "Access denied"),
    ],
)
def test_refusals(desk, company, method, params, words):
    answer = desk.send(method, params)

    assert (answer.status_code, answer.json()["error"], answer.json()["error_description"]) == (
        400,
        "ERROR_CORE",
        words,
    )


def test_only_administrators_change_the_structure(desk, company):
    assert desk.words("department.add", {"NAME": "x", "PARENT": 1}, by=company.boss) == "Access denied"


def test_fields_have_names(desk):
    assert desk.call("department.fields")["UF_HEAD"] == "Руководитель"
