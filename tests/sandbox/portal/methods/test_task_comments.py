"""``task.commentitem.*``: comments are messages of the task's chat, or of a forum on portals with the old card."""

from __future__ import annotations

import pytest


@pytest.fixture
def task(desk, company):
    return desk.portal.tasks.add("Разобрать сделку", created_by=company.boss, responsible=company.seller)


def said_in_chat(desk, task, by=1):
    chat = desk.call("tasks.task.get", {"taskId": task.id, "select": ["CHAT_ID"]}, by=by)["task"]["chatId"]
    return desk.call("im.dialog.messages.get", {"DIALOG_ID": f"chat{chat}"}, by=by)["messages"]


def test_a_comment_is_a_message_of_the_chat(desk, company, task):
    number = desk.call("task.commentitem.add", [task.id, {"POST_MESSAGE": "Готово"}], by=company.seller)

    newest, first = said_in_chat(desk, task, by=company.boss)

    assert (newest["id"], newest["author_id"], newest["text"]) == (number, company.seller, "Готово")
    assert (first["author_id"], first["text"], first["uuid"]) == (0, "Борис Начальников создал задачу", None)


def test_the_chat_tells_what_happens_to_the_task(desk, company, task):
    said_in_chat(desk, task)
    desk.call("tasks.task.start", {"taskId": task.id}, by=company.seller)
    desk.call("tasks.task.complete", {"taskId": task.id}, by=company.seller)

    assert [message["text"] for message in said_in_chat(desk, task)] == [
        "Светлана Продавцова завершил задачу",
        "Светлана Продавцова начал выполнение задачи",
        "Борис Начальников создал задачу",
    ]


def test_the_chat_is_for_those_who_see_the_task(desk, company, task):
    said_in_chat(desk, task)
    dialog = {"DIALOG_ID": f"chat{task.chat}"}

    assert desk.refusal("im.dialog.messages.get", dialog, by=company.outsider) == (403, "ACCESS_ERROR")
    assert desk.call("im.dialog.get", dialog, by=company.seller)["entity_type"] == "TASKS_TASK"


def test_the_new_card_has_no_comments_to_get_or_change(desk, task):
    number = desk.call("task.commentitem.add", [task.id, {"POST_MESSAGE": "Готово"}])

    assert desk.call("task.commentitem.getlist", [task.id]) == []
    assert "#512" in desk.words("task.commentitem.get", [task.id, number])
    assert "#4;" in desk.words("task.commentitem.update", [task.id, number, {"POST_MESSAGE": "Нет"}])
    assert "#4;" in desk.words("task.commentitem.delete", [task.id, number])


def test_a_forum_keeps_comments_by_their_ids(desk, company, task):
    desk.portal.tasks.comments.in_forum = True
    desk.events()

    first = desk.call("task.commentitem.add", {"TASKID": task.id, "FIELDS": {"POST_MESSAGE": "Раз"}}, by=company.seller)
    second = desk.call("task.commentitem.add", [task.id, {"POST_MESSAGE": "Два", "AUTHOR_ID": company.boss}])
    assert desk.call("task.commentitem.update", [task.id, first, {"POST_MESSAGE": "Три"}], by=company.seller) is True

    rows = desk.call("task.commentitem.getlist", [task.id, {"ID": "asc"}])
    assert [(row["ID"], row["POST_MESSAGE"], row["AUTHOR_ID"]) for row in rows] == [
        (str(first), "Три", str(company.seller)),
        (str(second), "Два", str(company.boss)),
    ]
    assert desk.call("task.commentitem.get", [task.id, second]) == rows[1]
    assert desk.call("task.commentitem.delete", [task.id, first], by=company.seller) is True
    assert desk.events() == ["ONTASKCOMMENTADD", "ONTASKCOMMENTADD", "ONTASKCOMMENTUPDATE", "ONTASKCOMMENTDELETE"]


@pytest.mark.parametrize(
    ("sent", "found"),
    [
        ([{"ID": "desc"}], ["Два", "Раз"]),
        ([{"AUTHOR_NAME": "asc"}, {}], ["Раз", "Два"]),
        ([{"ID": "asc"}, {"AUTHOR_ID": 1}], ["Два"]),
        ([{}, {"!AUTHOR_ID": 1}], ["Раз"]),
        ([{}, {">=POST_DATE": "2026-01-15"}], ["Два", "Раз"]),
        ([{}, {"<POST_DATE": "2026-01-15"}], []),
    ],
)
def test_the_forum_is_sorted_and_filtered(desk, company, task, sent, found):
    desk.portal.tasks.comments.in_forum = True
    desk.portal.staff.update_user(1, last_name="Ющенко", name="Яков")
    desk.call("task.commentitem.add", [task.id, {"POST_MESSAGE": "Раз", "AUTHOR_ID": company.seller}])
    desk.call("task.commentitem.add", [task.id, {"POST_MESSAGE": "Два"}])

    assert [row["POST_MESSAGE"] for row in desk.call("task.commentitem.getlist", [task.id, *sent])] == found


@pytest.mark.parametrize(
    ("method", "arguments", "words"),
    [
        ("add", [1, {"POST_MESSAGE": " "}], "Не указан текст комментария"),
        ("add", [999, {"POST_MESSAGE": "x"}], "Недостаточно прав"),
        ("add", [1, {"POST_MESSAGE": "x", "TITLE": "y"}], 'must not contain key "TITLE"'),
        ("add", ["x", {"POST_MESSAGE": "x"}], "#256"),
        ("get", [1], "(itemId) expected"),
        ("getlist", [1, {">=POST_DATE": "asc"}], "(arOrder) for method ctaskcommentitem::getlist() must not contain"),
        ("getlist", [1, {}, {"%POST_DATE": "x"}], "(arFilter) for method ctaskcommentitem::getlist() must not contain"),
        ("getlist", [999], "#8"),
    ],
)
def test_refusals(desk, task, method, arguments, words):
    answer = desk.send(f"task.commentitem.{method}", arguments)

    assert answer.json()["error"] == "ERROR_CORE"
    assert words in answer.json()["error_description"]


def test_the_oldest_method_takes_the_text_alone(desk, task):
    assert isinstance(desk.call("task.comment.add", [task.id, "Готово"]), int)
    assert desk.portal.tasks.comments.of_task(task.id)[0].text == "Готово"


def test_actions_on_comments(desk, company, task):
    desk.portal.tasks.comments.in_forum = True
    number = desk.call("task.commentitem.add", [task.id, {"POST_MESSAGE": "Раз"}], by=company.seller)

    def allowed(by):
        return [desk.call("task.commentitem.isactionallowed", [task.id, number, action], by=by) for action in (1, 2, 3)]

    assert allowed(company.seller) == [True, True, True]
    assert allowed(company.boss) == [True, False, False]
    assert allowed(company.outsider) == [False, False, False]


@pytest.mark.parametrize("name", ["commentitem", "item", "checklistitem", "elapseditem"])
def test_a_manifest_is_there_to_be_read(desk, name):
    assert desk.call(f"task.{name}.getmanifest")["REST: shortname alias to class"] == name
