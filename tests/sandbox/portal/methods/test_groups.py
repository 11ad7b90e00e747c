"""``sonet_group.*`` and ``socialnetwork.api.workgroup.*`` over HTTP (api-reference/sonet-group/)."""

from __future__ import annotations

import pytest


def create(desk, *, by=1, **fields):
    return desk.call("sonet_group.create", {"NAME": "Закупки", **fields}, by=by)


def test_a_new_group(desk, company):
    number = create(desk, by=company.buyer, DESCRIPTION="Всё о закупках", KEYWORDS="цены,сроки")

    [group] = desk.call("sonet_group.get", {"FILTER": {"ID": number}})
    assert group == {
        "ID": str(number), "SITE_ID": "s1", "NAME": "Закупки", "DESCRIPTION": "Всё о закупках",
        "DATE_CREATE": "2026-01-15T12:00:00+03:00", "DATE_UPDATE": "2026-01-15T12:00:00+03:00", "ACTIVE": "Y",
        "VISIBLE": "Y", "OPENED": "N", "CLOSED": "N", "SUBJECT_ID": "1", "OWNER_ID": str(company.buyer),
        "KEYWORDS": "цены,сроки", "NUMBER_OF_MEMBERS": "1", "DATE_ACTIVITY": "2026-01-15T12:00:00+03:00",
        "SUBJECT_NAME": "Рабочие группы", "PROJECT": "N", "IS_EXTRANET": "N",
    }  # fmt: skip
    assert desk.portal.announced == [("ONSONETGROUPADD", {"FIELDS": {"ID": str(number)}})]


def test_only_an_administrator_names_the_owner(desk, company):
    by_admin = create(desk, OWNER_ID=company.boss)
    by_buyer = create(desk, by=company.buyer, OWNER_ID=company.boss)

    owners = {group["ID"]: group["OWNER_ID"] for group in desk.call("sonet_group.get")}
    assert owners == {str(by_admin): str(company.boss), str(by_buyer): str(company.buyer)}


def test_a_group_is_changed_by_its_owner(desk, company):
    number = create(desk, by=company.buyer)
    desk.events()

    assert (
        desk.call("sonet_group.update", {"GROUP_ID": number, "NAME": "Склад", "CLOSED": "Y"}, by=company.buyer)
        == number
    )
    assert desk.events() == ["ONSONETGROUPUPDATE"]
    assert desk.call("sonet_group.update", {"GROUP_ID": number, "NAME": "Склад"}, by=company.buyer) == number
    assert desk.events() == []  # nothing was different
    assert desk.call("sonet_group.setowner", {"GROUP_ID": number, "USER_ID": company.boss}, by=company.buyer) is True
    assert desk.call("sonet_group.user.get", {"ID": number}) == [
        {"USER_ID": str(company.buyer), "ROLE": "E"},
        {"USER_ID": str(company.boss), "ROLE": "A"},
    ]


def test_a_deleted_group_leaves_its_tasks_behind(desk):
    number = create(desk)
    task = desk.portal.tasks.add("x", responsible=1, group=number)
    desk.events()

    assert desk.call("sonet_group.delete", {"GROUP_ID": number}) is True
    assert desk.events() == ["ONSONETGROUPDELETE"]
    assert desk.call("tasks.task.get", {"taskId": task.id})["task"]["groupId"] == "0"


@pytest.fixture
def groups(desk, company):
    create(desk, NAME="Закупки")
    desk.portal.clock.advance(3600)
    create(desk, NAME="Склад", by=company.buyer, OPENED="Y", PROJECT="Y")
    desk.portal.clock.advance(3600)
    create(desk, NAME="Тайная закупка", by=company.buyer, VISIBLE="N")


@pytest.mark.parametrize(
    ("params", "found"),
    [
        ({}, ["Склад", "Закупки"]),
        ({"IS_ADMIN": "Y"}, ["Тайная закупка", "Склад", "Закупки"]),
        ({"ORDER": {"NAME": "ASC"}}, ["Закупки", "Склад"]),
        ({"GROUP_ID": 2}, ["Склад"]),
        ({"FILTER": {"%NAME": "закуп"}, "IS_ADMIN": "Y"}, ["Тайная закупка", "Закупки"]),
        ({"FILTER": {"!%NAME": "закуп"}}, ["Склад"]),
        ({"FILTER": {"OPENED": "Y"}}, ["Склад"]),
        ({"FILTER": {"!OPENED": "Y"}}, ["Закупки"]),
        ({"FILTER": {"OWNER_ID": 1}}, ["Закупки"]),
        ({"FILTER": {"><ID": [2, 3]}, "IS_ADMIN": "Y"}, ["Тайная закупка", "Склад"]),
        ({"FILTER": {"!><ID": [2, 3]}, "IS_ADMIN": "Y"}, ["Закупки"]),
        ({"FILTER": {">=DATE_CREATE": "2026-01-15T13:00:00+03:00"}}, ["Склад"]),
    ],
)
def test_lists_of_the_older_method(desk, groups, params, found):
    assert [group["NAME"] for group in desk.call("sonet_group.get", params)] == found


def test_hidden_groups_are_their_members_own(desk, groups, company):
    assert len(desk.call("sonet_group.get", by=company.buyer)) == 3
    # the word of somebody who is no administrator does not count
    assert len(desk.call("sonet_group.get", {"IS_ADMIN": "Y"}, by=company.seller)) == 2
    assert desk.words("sonet_group.user.get", {"ID": 3}, by=company.seller) == "Socialnetwork group not found"


def test_lists_of_the_newer_method(desk, groups):
    answer = desk.body(
        "socialnetwork.api.workgroup.list",
        {
            "filter": {"%NAME": "склад"},
            "select": ["ID", "NAME", "TYPE", "AVATAR"],
            "params": {"mode": "mobile", "shouldSelectDialogId": "Y"},
        },
    )

    assert answer["total"] == 1
    assert answer["result"]["workgroups"] == [
        {
            "id": "2",
            "name": "Склад",
            "type": "project",
            "imageId": None,
            "avatarType": None,
            "avatar": "",
            "additionalData": {"role": "", "initiatedByType": ""},
            "dialogId": "",
        }
    ]


def test_without_a_selection_only_ids_come(desk, groups):
    answer = desk.body("socialnetwork.api.workgroup.list", {"order": {"ID": "ASC"}, "params": {"IS_ADMIN": "Y"}})

    assert answer["result"] == {"workgroups": [{"id": "1"}, {"id": "2"}, {"id": "3"}]}
    uncounted = desk.body("socialnetwork.api.workgroup.list", {"start": -1})
    assert "total" not in uncounted


def test_the_card_of_a_group(desk, company):
    number = create(desk, KEYWORDS="цены, сроки")
    desk.call("sonet_group.user.add", {"GROUP_ID": number, "USER_ID": company.buyer})

    card = desk.call(
        "socialnetwork.api.workgroup.get", {"params": {"groupId": number, "select": ["TAGS", "PRIVACY_TYPE"]}}
    )

    assert (card["ID"], card["NAME"], card["TYPE"], card["DATE_CREATE"]) == (
        number,
        "Закупки",
        "group",
        "15.01.2026 12:00:00",
    )
    assert (card["MEMBERS"], card["ORDINARY_MEMBERS"], card["MODERATOR_MEMBERS"]) == (
        [1, company.buyer],
        [company.buyer],
        [1],
    )
    assert (card["TAGS"], card["PRIVACY_CODE"]) == (["цены", "сроки"], "closed")
    assert "OWNER_DATA" not in card


def test_members_come_and_go(desk, company):
    number = create(desk)
    members = {"GROUP_ID": number, "USER_ID": [company.buyer, company.seller, 999]}

    assert desk.call("sonet_group.user.add", members) == [str(company.buyer), str(company.seller)]
    assert desk.call("sonet_group.user.add", members) == []
    assert desk.call("sonet_group.user.update", {"GROUP_ID": number, "USER_ID": company.buyer, "ROLE": "E"}) == [
        str(company.buyer)
    ]
    assert desk.call("sonet_group.user.groups", by=company.buyer) == [
        {"GROUP_ID": str(number), "GROUP_NAME": "Закупки", "ROLE": "E", "GROUP_IMAGE_ID": None, "GROUP_IMAGE": ""}
    ]
    assert desk.call("sonet_group.user.delete", {"GROUP_ID": number, "USER_ID": [company.seller, 1]}) == [
        str(company.seller)
    ]
    assert {member["USER_ID"] for member in desk.call("sonet_group.user.get", {"ID": number})} == {
        "1",
        str(company.buyer),
    }


def test_the_owner_stays_owner(desk):
    number = create(desk)

    assert desk.call("sonet_group.user.update", {"GROUP_ID": number, "USER_ID": 1, "ROLE": "K"}) == []
    assert desk.call("sonet_group.user.delete", {"GROUP_ID": number, "USER_ID": 1}) == []


def test_the_fired_are_no_members(desk, company):
    number = create(desk)
    desk.call("sonet_group.user.add", {"GROUP_ID": number, "USER_ID": company.buyer})
    desk.portal.staff.update_user(company.buyer, active=False)

    assert desk.call("sonet_group.user.get", {"ID": number}) == [{"USER_ID": "1", "ROLE": "A"}]


@pytest.mark.parametrize(
    ("feature", "operation", "member", "outsider"),
    [
        ("tasks", "create_tasks", True, False),
        ("tasks", "delete_tasks", False, False),
        ("blog", "write_post", True, False),
    ],
)
def test_features(desk, company, feature, operation, member, outsider):
    number = create(desk)
    desk.call("sonet_group.user.add", {"GROUP_ID": number, "USER_ID": company.buyer})
    params = {"GROUP_ID": number, "FEATURE": feature, "OPERATION": operation}

    assert desk.call("sonet_group.feature.access", params, by=company.buyer) is member
    assert desk.call("sonet_group.feature.access", params, by=company.seller) is outsider


@pytest.mark.parametrize(
    ("method", "params", "by", "words"),
    [
        ("sonet_group.create", {}, None, "Cannot create group"),
        ("sonet_group.create", {"NAME": "x", "OWNER_ID": 999}, None, "Cannot create group"),
        ("sonet_group.update", {"NAME": "x"}, None, "Wrong group ID"),
        ("sonet_group.update", {"GROUP_ID": 999, "NAME": "x"}, None, "Wrong group ID"),
        ("sonet_group.update", {"GROUP_ID": 1, "NAME": "x"}, "seller", "User has no permissions to update group"),
        ("sonet_group.update", {"GROUP_ID": 1, "NAME": ""}, None, "Cannot update group"),
        ("sonet_group.delete", {"GROUP_ID": 999}, None, "Socialnetwork group not found"),
        ("sonet_group.delete", {"GROUP_ID": 1}, "seller", "User has no permissions to delete group"),
        ("sonet_group.setowner", {"GROUP_ID": 999, "USER_ID": 1}, None, "Invalid workgroup/project ID"),
        ("sonet_group.setowner", {"GROUP_ID": 1, "USER_ID": 999}, None, "Invalid user ID"),
        ("sonet_group.user.add", {"GROUP_ID": "x", "USER_ID": 1}, None, "Wrong group ID"),
        ("sonet_group.user.add", {"GROUP_ID": 999, "USER_ID": 1}, None, "Socialnetwork group not found"),
        ("sonet_group.user.add", {"GROUP_ID": 1}, None, "Wrong user IDs"),
        ("sonet_group.user.add", {"GROUP_ID": 1, "USER_ID": 2}, "seller", "No permissions to add users"),
        ("sonet_group.user.update", {"GROUP_ID": 1, "USER_ID": 2, "ROLE": "A"}, None, "Incorrect role code"),
        ("sonet_group.user.update", {"GROUP_ID": 1, "USER_ID": 2}, "seller", "No permissions to update users role"),
        ("sonet_group.user.delete", {"GROUP_ID": 1}, None, "Wrong user IDs"),
        ("sonet_group.user.get", {}, None, "Wrong socialnetwork group ID"),
        ("sonet_group.user.get", {"ID": 999}, None, "Socialnetwork group not found"),
        ("sonet_group.feature.access", {"GROUP_ID": 1, "FEATURE": "x"}, None, "Wrong feature"),
        ("sonet_group.feature.access", {"GROUP_ID": 1, "FEATURE": "tasks", "OPERATION": "x"}, None, "Wrong operation"),
    ],
)
def test_refusals_have_an_empty_code(desk, company, method, params, by, words):
    create(desk)

    answer = desk.send(method, params, by=getattr(company, by) if by else 1)

    assert (answer.status_code, answer.json()["error"], answer.json()["error_description"]) == (400, "", words)


def test_the_card_of_no_group(desk):
    assert desk.send("socialnetwork.api.workgroup.get", {"params": {"groupId": 999}}).status_code == 400
    assert desk.refusal("socialnetwork.api.workgroup.get") == (400, "100")


@pytest.mark.parametrize("scope", ["sonet", "sonet_group", "socialnetwork"])
def test_any_of_the_three_names_of_the_scope_will_do(desk, scope):
    assert desk.send("sonet_group.get", scopes=frozenset({scope})).status_code == 200


# Invitations and requests


def test_the_invited_are_asked_once_and_join_by_asking_back(desk, company):
    group = desk.portal.workgroups.add("Отдел", owner=company.boss)
    invite = {"GROUP_ID": group.id, "USER_ID": [company.seller, company.boss, 999]}

    assert desk.call("sonet_group.user.invite", invite, by=company.boss) == [str(company.seller)]
    assert desk.call("sonet_group.user.invite", invite, by=company.boss) == []
    assert [notice["author_id"] for notice in desk.portal.notices.of(company.seller)] == [company.boss]
    assert desk.call("sonet_group.user.invite", {**invite, "USER_ID": company.buyer}, by=company.outsider) == []
    assert company.seller not in group.members
    assert desk.call("sonet_group.user.request", {"GROUP_ID": group.id}, by=company.seller) is True
    assert group.members[company.seller] == "K"


def test_a_wish_to_join_waits_for_the_owner_unless_the_group_is_open(desk, company):
    closed = desk.portal.workgroups.add("Закрытая", owner=company.boss)
    opened = desk.portal.workgroups.add("Открытая", owner=company.boss, opened=True)

    for group in (closed, opened):
        assert desk.call("sonet_group.user.request", {"GROUP_ID": group.id}, by=company.seller) is True
    assert (company.seller in closed.members, company.seller in opened.members) == (False, True)
    assert desk.words("sonet_group.user.request", {"GROUP_ID": closed.id}, by=company.seller) == (
        "Cannot request to join group"
    )
    desk.call("sonet_group.user.invite", {"GROUP_ID": closed.id, "USER_ID": company.seller}, by=company.boss)
    assert company.seller in closed.members


@pytest.mark.parametrize(
    ("method", "params", "words"),
    [
        ("invite", {}, "Wrong group ID"),
        ("invite", {"GROUP_ID": 1}, "Wrong user IDs"),
        ("invite", {"GROUP_ID": 999, "USER_ID": 1}, "Socialnetwork group not found"),
        ("request", {"GROUP_ID": 1}, "Socialnetwork group not found"),  # a secret one
    ],
)
def test_invitations_that_cannot_be(desk, company, method, params, words):
    desk.portal.workgroups.add("Тайная", owner=company.boss, visible=False)

    answer = desk.send(f"sonet_group.user.{method}", params, by=company.boss if method == "invite" else company.seller)

    assert (answer.status_code, answer.json()["error"], answer.json()["error_description"]) == (400, "", words)
