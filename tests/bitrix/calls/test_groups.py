"""Workgroups."""

from bitrix.call import Answer
from bitrix.calls.groups import Group, Member, add_group, add_members, list_groups, list_members


def test_groups() -> None:
    call = list_groups({"NAME": "Продажи"}, start=50, as_admin=True)
    assert call.params == {"ORDER": {"ID": "ASC"}, "FILTER": {"NAME": "Продажи"}, "start": 50, "IS_ADMIN": "Y"}
    row = {"ID": "77", "NAME": "Продажи", "ACTIVE": "Y", "OWNER_ID": "1271", "DESCRIPTION": None, "PROJECT": "N"}
    assert call.read(Answer([row], total=1)).rows == (Group(77, "Продажи", True, 1271),)
    assert list_groups().params == {"ORDER": {"ID": "ASC"}}


def test_a_new_group() -> None:
    call = add_group("Продажи", "Задачи по коррекциям")
    assert (call.method, call.writes, call.read(Answer(77))) == ("sonet_group.create", True, 77)
    assert call.params == {
        "NAME": "Продажи",
        "DESCRIPTION": "Задачи по коррекциям",
        "VISIBLE": "Y",
        "OPENED": "N",
        "PROJECT": "N",
    }
    owned = add_group("П", "", owner_id=5, opened=True).params
    assert isinstance(owned, dict)
    assert (owned["OWNER_ID"], owned["OPENED"]) == (5, "Y")


def test_members() -> None:
    call = list_members(77)
    assert call.params == {"ID": 77}
    assert call.read(Answer([{"USER_ID": "1269", "ROLE": "A"}])) == (Member(1269, "A"),)
    add = add_members(77, (1271, 1272))
    assert (add.writes, add.params) == (True, {"GROUP_ID": 77, "USER_ID": [1271, 1272]})
    assert add.read(Answer(["1271"])) == (1271,)
    assert add.read(Answer([])) == ()
