"""What a user does with a task for themselves (api-reference/tasks/user-actions/), counters, Gantt links."""

from __future__ import annotations

import pytest


@pytest.fixture
def task(desk, company):
    """Given by the boss to the seller."""
    return desk.portal.tasks.add("Разобрать сделку", created_by=company.boss, responsible=company.seller)


@pytest.mark.parametrize(
    ("on", "off", "shown"),
    [("tasks.task.mute", "tasks.task.unmute", "isMuted"), ("tasks.task.pin", "tasks.task.unpin", "isPinned")],
)
def test_a_mark_is_ones_own_and_tells_nobody(desk, company, task, on, off, shown):
    desk.events()

    marked = desk.call(on, {"id": task.id}, by=company.seller)["task"]
    others = desk.call("tasks.task.get", {"taskId": task.id}, by=company.boss)["task"]
    unmarked = desk.call(off, {"id": task.id}, by=company.seller)["task"]

    assert (marked[shown], others[shown], unmarked[shown]) == ("Y", "N", "N")
    assert desk.events() == []


@pytest.mark.parametrize("method", ["tasks.task.mute", "tasks.task.unmute", "tasks.task.pin", "tasks.task.unpin"])
def test_a_mark_on_a_task_one_may_not_see_is_an_empty_answer(desk, company, task, method):
    assert desk.call(method, {"id": task.id}, by=company.outsider) == []
    assert desk.call(method, {"id": 999}) == []
    assert desk.refusal(method, {"id": "x"}) == (400, "0")
    assert desk.refusal(method) == (400, "100")


def test_pinned_tasks_can_come_first(desk, company, task):
    desk.portal.tasks.add("Другая", created_by=company.boss, responsible=company.seller)
    desk.call("tasks.task.pin", {"id": task.id}, by=company.seller)

    found = desk.call("tasks.task.list", {"order": {"IS_PINNED": "desc"}}, by=company.seller)["tasks"]

    assert [row["title"] for row in found] == ["Разобрать сделку", "Другая"]


def test_whoever_sees_a_task_may_watch_it(desk, company, task):
    desk.events()

    watched = desk.call("tasks.task.startwatch", {"taskId": task.id})["task"]
    again = desk.call("tasks.task.startwatch", {"taskId": task.id})["task"]
    left = desk.call("tasks.task.stopwatch", {"taskId": task.id})["task"]

    assert (watched["auditors"], again["auditors"], left["auditors"]) == (["1"], ["1"], [])
    assert desk.events() == ["ONTASKUPDATE", "ONTASKUPDATE"]
    answer = desk.send("tasks.task.startwatch", {"taskId": task.id}, by=company.outsider)
    assert (answer.status_code, answer.json()) == (400, {"error": "1048584", "error_description": "a:0:{}"})


def test_counters_count_what_is_overdue(desk, company, task):
    group = desk.portal.workgroups.add("Отдел", owner=company.boss, members=[company.seller])
    late = {"deadline": desk.portal.clock.now().replace(hour=9)}
    desk.portal.tasks.update(task, late, by=company.boss)
    other = desk.portal.tasks.add(
        "В группе", created_by=company.seller, responsible=company.boss, group=group.id, **late
    )

    def expired(by=company.seller, **asked):
        return desk.call("tasks.task.counters.get", asked, by=by)["expired"]["counter"]

    assert expired() == 2
    assert (expired(type="view_role_responsible"), expired(type="view_role_originator")) == (1, 1)
    assert expired(groupId=group.id) == 1
    assert expired(by=company.boss, userId=company.seller) == 2  # a head sees those of their people
    desk.call("tasks.task.mute", {"id": other.id}, by=company.seller)
    assert expired() == 1


def test_counters_of_others_are_nobodys_business(desk, company):
    body = desk.body("tasks.task.counters.get", {"userId": company.seller}, by=company.outsider)

    assert (body["result"], body["total"]) == ([], 1)
    assert desk.call("tasks.task.counters.get", {"userId": 999}) == []
    assert desk.refusal("tasks.task.counters.get", {"groupId": 999}) == (400, "0")
    assert desk.refusal("tasks.task.counters.get", {"userId": "x"}) == (400, "0")


def test_counters_look_as_documented(desk):
    assert desk.call("tasks.task.counters.get") == {
        "expired": {"counter": 0, "code": 6291456},
        "new_comments": {"counter": 0, "code": 12582912},
    }


def test_the_plan_of_the_day_is_empty_until_somebody_plans(desk):
    assert desk.call("task.planner.getlist") == []


def test_tasks_are_linked_once(desk):
    first, second, third = (desk.portal.tasks.add(f"Задача {n}", responsible=1) for n in range(3))

    def link(before, after, kind=2):
        return {"taskIdFrom": before.id, "taskIdTo": after.id, "linkType": kind}

    assert desk.call("task.dependence.add", link(first, second)) == []
    assert desk.call("task.dependence.add", link(second, third)) == []
    assert desk.refusal("task.dependence.add", link(first, second, 0)) == (400, "ILLEGAL_NEW_LINK")
    assert desk.refusal("task.dependence.add", link(third, first)) == (400, "ILLEGAL_NEW_LINK")  # a circle
    assert desk.refusal("task.dependence.add", link(first, first)) == (400, "ILLEGAL_NEW_LINK")
    assert desk.call("task.dependence.delete", link(first, second)) == []
    assert desk.refusal("task.dependence.delete", link(first, second)) == (400, "ILLEGAL_NEW_LINK")
    assert desk.refusal("task.dependence.add", link(first, second, 7)) == (400, "ACTION_NOT_ALLOWED")


def test_links_are_for_those_who_may_plan(desk, company, task):
    other = desk.portal.tasks.add("Чужая", responsible=1)
    pair = {"taskIdFrom": task.id, "taskIdTo": other.id, "linkType": 1}

    assert desk.refusal("task.dependence.add", pair, by=company.seller) == (400, "ACTION_NOT_ALLOWED")


def test_a_deleted_task_takes_its_links_along(desk):
    first, second = (desk.portal.tasks.add(f"Задача {n}", responsible=1) for n in range(2))
    desk.call("task.dependence.add", {"taskIdFrom": first.id, "taskIdTo": second.id, "linkType": 0})

    desk.call("tasks.task.delete", {"taskId": first.id})

    assert desk.portal.tasks.links.of(second.id) == {}


def test_accepting_again_is_harmless(desk, company):
    task = desk.portal.tasks.add("Задача", created_by=company.boss, responsible=company.seller)
    desk.call("tasks.task.complete", {"taskId": task.id}, by=company.boss)
    desk.events()

    assert desk.call("tasks.task.approve", {"taskId": task.id}, by=company.boss)["task"]["status"] == "5"
    assert desk.events() == []
    assert desk.refusal("tasks.task.approve", {"taskId": task.id}, by=company.seller) == (400, "1048582")
