"""What a user does with their bell (api-reference/chats/notifications/)."""

from __future__ import annotations

import pytest


@pytest.fixture
def notices(desk, company):
    """Ids of three notices of the seller, oldest first: from the boss, from the system, from the boss."""
    sent = (("im.notify.personal.add", "Первое"), ("im.notify.system.add", "Второе"), ("im.notify", "Третье"))
    return [desk.call(method, {"USER_ID": company.seller, "MESSAGE": text}, by=company.boss) for method, text in sent]


def test_notices_come_newest_first(desk, company, notices):
    answer = desk.call("im.notify.get", by=company.seller)

    assert (answer["total_count"], answer["total_unread_count"]) == (3, 3)
    assert [row["id"] for row in answer["notifications"]] == notices[::-1]
    assert [(row["author_id"], row["notify_type"]) for row in answer["notifications"]] == [
        (company.boss, 2),
        (0, 4),
        (company.boss, 2),
    ]
    assert [user["id"] for user in answer["users"]] == [company.boss]


def test_a_page_of_notices(desk, company, notices):
    answer = desk.call("im.notify.get", {"LAST_ID": notices[2], "LAST_TYPE": 3, "LIMIT": 1}, by=company.seller)

    assert [row["id"] for row in answer["notifications"]] == [notices[1]]


@pytest.mark.parametrize(
    ("method", "params", "read"),
    [
        ("im.notify.read", lambda ids: {"ID": ids[1]}, [False, True, True]),
        ("im.notify.read", lambda ids: {"ID": ids[1], "ONLY_CURRENT": "Y"}, [False, True, False]),
        ("im.notify.read", lambda ids: {}, [False, False, False]),
        ("im.notify.read.list", lambda ids: {"IDS": [ids[0], ids[2]]}, [True, False, True]),
        ("im.notify.read.all", lambda ids: {}, [True, True, True]),
    ],
)
def test_reading(desk, company, notices, method, params, read):
    desk.call(method, params(notices), by=company.seller)

    assert [notice["read"] for notice in desk.portal.notices.of(company.seller)] == read


def test_unreading(desk, company, notices):
    assert desk.call("im.notify.read.all", by=company.seller) == {"result": True, "newCounter": 0}
    desk.call("im.notify.read", {"ID": notices[2], "ACTION": "N"}, by=company.seller)

    assert desk.call("im.notify.get", by=company.seller)["total_unread_count"] == 1


@pytest.mark.parametrize(
    ("request_", "found"),
    [
        ({"SEARCH_TEXT": "втор"}, ["Второе"]),
        ({"SEARCH_AUTHORS": [0]}, ["Второе"]),
        ({"SEARCH_TYPE": "rest"}, ["Третье", "Второе", "Первое"]),
        ({"SEARCH_TYPE": "tasks"}, []),
        ({"SEARCH_DATE": "2026-01-15T00:00:00+03:00", "LIMIT": 2}, ["Третье", "Второе"]),
        ({"SEARCH_DATE_FROM": "2026-01-16", "SEARCH_DATE_TO": "2026-01-17"}, []),
    ],
)
def test_searching(desk, company, notices, request_, found):
    answer = desk.call("im.notify.history.search", request_, by=company.seller)

    assert [row["text"] for row in answer["notifications"]] == found


def test_an_answer_reaches_the_sender(desk, company, notices):
    answered = desk.call("im.notify.answer", {"NOTIFY_ID": notices[0], "ANSWER_TEXT": "Да"}, by=company.seller)

    assert answered == {"result_message": ["Ваш ответ успешно отправлен."]}
    there = desk.call("im.dialog.messages.get", {"DIALOG_ID": str(company.seller)}, by=company.boss)
    assert [message["text"] for message in there["messages"]] == ["Да"]
    assert desk.call("im.notify.answer", {"NOTIFY_ID": notices[1], "ANSWER_TEXT": "Да"}, by=company.seller) is False


@pytest.mark.parametrize(
    ("method", "params", "code"),
    [
        ("im.notify.get", {"LAST_ID": 5}, "LAST_ID_AND_LAST_TYPE"),
        ("im.notify.get", {"LAST_ID": "x", "LAST_TYPE": 3}, "LAST_ID_STRING"),
        ("im.notify.history.search", {"SEARCH_TEXT": "ab"}, "SEARCH_TEXT_ERROR"),
        ("im.notify.read.list", {"IDS": 5}, "PARAMS_ERROR"),
        ("im.notify.answer", {"ANSWER_TEXT": "Да"}, "ID_ERROR"),
        ("im.notify.answer", {"NOTIFY_ID": 5}, "ANSWER_TEXT_ERROR"),
        ("im.notify.confirm", {"NOTIFY_ID": 5}, "NOTIFY_VALUE_ERROR"),
    ],
)
def test_refusals(desk, method, params, code):
    assert desk.refusal(method, params) == (400, code)
