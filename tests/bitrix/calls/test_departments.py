"""The company structure."""

import pytest

from bitrix.call import JSON, Answer
from bitrix.calls.departments import Department, list_departments


@pytest.mark.parametrize(
    ("row", "department"),
    [
        (
            {"ID": "4", "NAME": "Продажи", "SORT": 500, "PARENT": "1", "UF_HEAD": "7"},
            Department(4, "Продажи", 1, 7, 500),
        ),
        # the root has no parent; a department may have no head, said in two ways
        ({"ID": "1", "NAME": "Компания", "SORT": 500}, Department(1, "Компания", None, None, 500)),
        (
            {"ID": "5", "NAME": "Сервис", "SORT": "10", "PARENT": "1", "UF_HEAD": "0"},
            Department(5, "Сервис", 1, None, 10),
        ),
    ],
)
def test_a_department(row: dict[str, JSON], department: Department) -> None:
    assert list_departments().read(Answer([row], total=1)).rows == (department,)


def test_this_method_spells_its_paging_in_upper_case() -> None:
    assert list_departments(50).params == {"sort": "ID", "order": "ASC", "START": 50}
