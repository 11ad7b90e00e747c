"""People."""

import pytest

from bitrix.call import JSON, Answer
from bitrix.calls.users import Profile, User, list_users, profile

PERSON: dict[str, JSON] = {
    "ID": "3",
    "ACTIVE": True,
    "NAME": "Анна",
    "LAST_NAME": "Седова",
    "EMAIL": "anna@example.ru",
    "TIME_ZONE": "",
    "IS_ONLINE": "N",
    # dates come as an empty object, or in formats of their own; nobody here reads them
    "TIMESTAMP_X": {},
    "LAST_ACTIVITY_DATE": "2024-07-23 08:08:50",
    "WORK_POSITION": "Инспектор",
    "UF_DEPARTMENT": [1, 4],
    "USER_TYPE": "employee",
}


def test_a_person() -> None:
    page = list_users().read(Answer([PERSON], total=1))
    assert page.rows == (User(3, True, "Анна Седова", "anna@example.ru", (1, 4), "Инспектор", None, "employee"),)


@pytest.mark.parametrize(
    ("row", "name"),
    [
        ({"ID": "3", "NAME": "", "LAST_NAME": "Седова"}, "Седова"),
        ({"ID": "3", "NAME": " Анна ", "LAST_NAME": None}, "Анна"),
        ({"ID": "3"}, ""),
    ],
)
def test_a_narrow_scope_or_a_bare_profile_leaves_gaps(row: dict[str, JSON], name: str) -> None:
    (person,) = list_users().read(Answer([row]))
    assert (person.name, person.email, person.department_ids, person.active) == (name, "", (), False)


def test_people_are_listed_by_growing_id() -> None:
    params = list_users({"ACTIVE": True}, 50).params
    assert isinstance(params, dict)
    assert (params["FILTER"], params["sort"], params["order"], params["start"]) == ({"ACTIVE": True}, "ID", "ASC", 50)
    assert "FILTER" not in list_users().params


def test_whose_rights_the_webhook_has() -> None:
    call = profile()
    assert (call.method, call.params) == ("profile", {})
    answer: dict[str, JSON] = {
        "ID": "1",
        "ADMIN": True,
        "NAME": "Иван",
        "LAST_NAME": "Ли",
        "TIME_ZONE": "Asia/Omsk",
    }
    assert call.read(Answer(answer)) == Profile(1, True, "Иван Ли", "Asia/Omsk")
