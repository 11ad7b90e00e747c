"""``tasks.flow.Flow.*`` over HTTP (api-reference/tasks/flow/)."""

from __future__ import annotations

import pytest


def create(desk, name="Заявки", *, by=1, **more):
    data = {
        "name": name,
        "plannedCompletionTime": 7200,
        "distributionType": "queue",
        "responsibleList": [["user", str(by)]],
        **more,
    }
    return desk.call("tasks.flow.Flow.create", {"flowData": data}, by=by)


def test_a_new_flow_looks_as_documented(desk, company):
    flow = create(desk, by=company.boss, description="Описание", matchWorkTime=0, notifyOnQueueOverflow=10)

    assert flow == {
        "id": 1,
        "creatorId": company.boss,
        "ownerId": company.boss,
        "groupId": 1,
        "templateId": 0,
        "efficiency": 0,
        "active": True,
        "plannedCompletionTime": 7200,
        "activity": "2026-01-15T12:00:00+03:00",
        "name": "Заявки",
        "description": "Описание",
        "distributionType": "queue",
        "responsibleList": [["user", str(company.boss)]],
        "demo": False,
        "responsibleCanChangeDeadline": False,
        "matchWorkTime": False,
        "taskControl": False,
        "notifyAtHalfTime": False,
        "notifyOnQueueOverflow": 10,
        "notifyOnTasksInProgressOverflow": None,
        "notifyWhenEfficiencyDecreases": None,
        "taskCreators": [["meta-user", "all-users"]],
        "team": [["user", str(company.boss)]],
        "trialFeatureEnabled": False,
    }
    assert desk.call("tasks.flow.Flow.get", {"flowId": 1}) == flow


def test_a_flow_without_a_group_gets_one_of_its_name(desk, company):
    flow = create(desk, by=company.boss, responsibleList=[["department", str(company.sales)]])

    group = desk.portal.workgroups.get(flow["groupId"])
    assert (group.name, set(group.members)) == ("Заявки", {company.boss, company.seller})
    assert desk.call("tasks.flow.Flow.delete", {"flowData": {"id": flow["id"]}}, by=company.boss) == {"deleted": True}
    assert desk.portal.workgroups.get(flow["groupId"]) is group


def test_with_a_moderator_the_team_is_the_rest_of_the_group(desk, company):
    group = desk.portal.workgroups.add("Продажи", owner=company.boss, members=[company.seller])
    moderator = {"distributionType": "manually", "responsibleList": [["user", str(company.boss)]]}

    flow = create(desk, by=company.boss, groupId=group.id, **moderator)

    assert flow["team"] == [["user", str(company.seller)]]


def test_a_flow_changes_and_is_switched(desk):
    flow = create(desk)["id"]

    changed = desk.call("tasks.flow.Flow.update", {"flowData": {"id": flow, "name": "Новые", "taskControl": 1}})
    assert (changed["name"], changed["taskControl"]) == ("Новые", True)
    assert desk.call("tasks.flow.Flow.activate", {"flowId": flow}) is True
    assert desk.call("tasks.flow.Flow.get", {"flowId": flow})["active"] is False
    assert [desk.call("tasks.flow.Flow.pin", {"flowId": flow}) for _ in range(3)] == [True, False, True]


def test_names_are_unique(desk):
    flow = create(desk)["id"]
    data = {
        "name": "Заявки",
        "plannedCompletionTime": 60,
        "distributionType": "himself",
        "responsibleList": [["user", "1"]],
    }

    def exists(**more):
        return desk.call("tasks.flow.Flow.isExists", {"flowData": {"name": "Заявки", **more}})["exists"]

    assert desk.words("tasks.flow.Flow.create", {"flowData": data}) == "Поток с таким названием уже существует"
    assert (exists(), exists(id=flow)) == (True, False)
    other = create(desk, "Другие")["id"]
    assert desk.refusal("tasks.flow.Flow.update", {"flowData": {"id": other, "name": "Заявки"}}) == (400, "0")


def test_only_those_of_the_flow_see_and_change_it(desk, company):
    flow = create(desk, by=company.boss, taskCreators=[["user", str(company.seller)]])["id"]

    assert desk.call("tasks.flow.Flow.get", {"flowId": flow}, by=company.seller)["id"] == flow
    assert desk.refusal("tasks.flow.Flow.activate", {"flowId": flow}, by=company.seller) == (400, "0")
    assert desk.refusal("tasks.flow.Flow.get", {"flowId": flow}, by=company.outsider) == (400, "0")
    assert desk.refusal("tasks.flow.Flow.pin", {"flowId": flow}, by=company.outsider) == (400, "0")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"distributionType": "by lot"}, "distributionType"),
        ({"plannedCompletionTime": -1}, "plannedCompletionTime"),
        ({"responsibleList": [["user"]]}, "responsibleList"),
        ({"name": " "}, "name"),
        ({"ownerId": 999}, "ownerId"),
        ({"groupId": 999}, "groupId"),
    ],
)
def test_what_cannot_be(desk, change, field):
    data = {
        "name": "Заявки",
        "plannedCompletionTime": 60,
        "distributionType": "queue",
        "responsibleList": [["user", "1"]],
        **change,
    }

    words = desk.words("tasks.flow.Flow.create", {"flowData": data})

    assert words == f"'{field}': field's value has an invalid value"


def test_refusals(desk):
    guest = desk.portal.staff.add_user("Гость", user_type="extranet").id

    assert desk.refusal("tasks.flow.Flow.create", {}) == (400, "100")
    assert desk.refusal("tasks.flow.Flow.create", {"flowData": {"name": "x"}}, by=guest) == (400, "0")
    assert desk.words("tasks.flow.Flow.update", {"flowData": {"id": 999}}) == "Flow not found"
