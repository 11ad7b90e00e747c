"""The messenger over HTTP: ``im.chat.*``, ``im.dialog.*``, ``im.message.*``, ``im.recent.*`` (api-reference/chats/)."""

from __future__ import annotations

import pytest


@pytest.fixture
def chat(desk, company):
    """Of the boss and the seller."""
    return desk.call("im.chat.add", {"USERS": [company.seller], "TITLE": "Проект", "COLOR": "PINK"}, by=company.boss)


def say(desk, dialog, text="Привет", *, by=1, **more):
    return desk.call("im.message.add", {"DIALOG_ID": str(dialog), "MESSAGE": text, **more}, by=by)


def texts(desk, dialog, *, by=1, **request):
    answer = desk.call("im.dialog.messages.get", {"DIALOG_ID": str(dialog), **request}, by=by)
    return [message["text"] for message in answer["messages"]]


# Chats


def test_a_new_chat_says_who_was_invited(desk, company, chat):
    answer = desk.call("im.dialog.messages.get", {"DIALOG_ID": f"chat{chat}"}, by=company.seller)

    assert answer["chat_id"] == chat
    assert [(m["author_id"], m["uuid"], m["params"]) for m in answer["messages"]] == [
        (0, None, {"CODE": ["CHAT_JOIN"], "NOTIFY": "N"})
    ]
    assert f"[USER={company.boss} REPLACE]Борис Начальников[/USER] пригласил" in answer["messages"][0]["text"]


def test_the_card_of_a_chat(desk, company, chat):
    card = desk.call("im.dialog.get", {"DIALOG_ID": f"chat{chat}"}, by=company.seller)

    assert (card["id"], card["name"], card["color"], card["type"]) == (chat, "Проект", "#f76187", "chat")
    assert (card["owner"], card["role"], card["manager_list"]) == (company.boss, "member", [company.boss])
    assert (card["user_counter"], card["message_count"], card["counter"]) == (2, 1, 0)
    assert card["dialog_id"] == f"chat{chat}"
    assert card["date_create"] == "2026-01-15T12:00:00+03:00"


def test_a_chat_is_found_by_its_external_code(desk):
    number = desk.call("im.chat.add", {"ENTITY_TYPE": "CRM", "ENTITY_ID": "DEAL|5"})

    assert desk.call("im.chat.get", {"ENTITY_TYPE": "CRM", "ENTITY_ID": "DEAL|5"}) == {"ID": number}
    assert desk.call("im.chat.get", {"ENTITY_TYPE": "CRM", "ENTITY_ID": "DEAL|6"}) is None
    link = desk.call("im.dialog.get", {"DIALOG_ID": f"chat{number}"})["entity_link"]
    assert link == {"type": "DEAL", "url": "/crm/deal/details/5/", "id": "DEAL|5"}


def test_people_come_and_go(desk, company, chat):
    def members(by=company.boss):
        return desk.call("im.chat.user.list", {"CHAT_ID": chat}, by=by)

    assert desk.call("im.chat.user.add", {"CHAT_ID": chat, "USERS": [company.buyer, 999]}, by=company.seller) is True
    assert members() == [company.boss, company.seller, company.buyer]
    assert desk.refusal("im.chat.user.delete", {"CHAT_ID": chat, "USER_ID": company.boss}, by=company.seller) == (
        400,
        "ACCESS_DENIED_KICK",
    )
    assert desk.call("im.chat.user.delete", {"CHAT_ID": chat, "USER_ID": company.buyer}, by=company.boss) is True
    assert desk.refusal("im.chat.user.list", {"CHAT_ID": chat}, by=company.buyer) == (400, "ACCESS_ERROR")
    assert desk.call("im.chat.leave", {"CHAT_ID": chat}, by=company.boss) is True
    assert members(by=company.seller) == [company.seller]
    assert desk.call("im.dialog.get", {"DIALOG_ID": f"chat{chat}"}, by=company.seller)["owner"] == company.seller


def test_the_owner_changes_name_color_and_owner(desk, company, chat):
    assert desk.call("im.chat.updateTitle", {"CHAT_ID": chat, "TITLE": " Новый "}, by=company.boss) is True
    assert desk.call("im.chat.updateColor", {"CHAT_ID": chat, "COLOR": "AQUA"}, by=company.boss) is True
    assert desk.call("im.chat.setOwner", {"CHAT_ID": chat, "USER_ID": company.seller}, by=company.boss) is True
    assert desk.call("im.chat.updateAvatar", {"CHAT_ID": chat, "AVATAR": "iVBORw0KGgoAAAA"}, by=company.boss) is True

    card = desk.call("im.dialog.get", {"DIALOG_ID": f"chat{chat}"}, by=company.boss)
    assert (card["name"], card["color"], card["owner"], bool(card["avatar"])) == (
        "Новый",
        "#1eb4aa",
        company.seller,
        True,
    )


@pytest.mark.parametrize(
    ("method", "params", "refusal"),
    [
        ("im.chat.updateTitle", {}, (400, "CHAT_ID_EMPTY")),
        ("im.chat.updateTitle", {"CHAT_ID": "chat1"}, (400, "CHAT_ID_EMPTY")),
        ("im.chat.updateTitle", {"DIALOG_ID": "5", "TITLE": "x"}, (400, "DIALOG_ID_EMPTY")),
        ("im.chat.updateTitle", {"CHAT_ID": 999, "TITLE": "x"}, (400, "ACCESS_ERROR")),
        ("im.chat.updateTitle", {"CHAT_ID": 1, "TITLE": " "}, (400, "TITLE_EMPTY")),
        ("im.chat.updateColor", {"CHAT_ID": 1, "COLOR": "ULTRA"}, (400, "WRONG_COLOR")),
        ("im.chat.updateColor", {"CHAT_ID": 1, "COLOR": "RED"}, (400, "WRONG_REQUEST")),
        ("im.chat.updateAvatar", {"CHAT_ID": 1, "AVATAR": "text"}, (400, "AVATAR_ERROR")),
        ("im.chat.setOwner", {"CHAT_ID": 1}, (400, "USER_ID_EMPTY")),
        ("im.chat.setOwner", {"CHAT_ID": 1, "USER_ID": 999}, (400, "WRONG_REQUEST")),
        ("im.chat.user.delete", {"CHAT_ID": 1}, (400, "USER_ID_EMPTY")),
        ("im.chat.user.delete", {"CHAT_ID": 1, "USER_ID": 999}, (400, "USER_NOT_FOUND")),
        ("im.chat.mute", {}, (400, "CHAT_ID_EMPTY")),
        ("im.chat.mute", {"CHAT_ID": 999}, (403, "ACCESS_ERROR")),
        ("im.dialog.get", {}, (400, "DIALOG_ID_EMPTY")),
        ("im.dialog.get", {"DIALOG_ID": "chatx"}, (400, "DIALOG_ID_EMPTY")),
        ("im.dialog.get", {"DIALOG_ID": "chat999"}, (403, "ACCESS_ERROR")),
        ("im.dialog.messages.get", {"DIALOG_ID": "chat1", "LAST_ID": "x"}, (400, "LAST_ID_STRING")),
        ("im.dialog.messages.search", {}, (400, "CHAT_ID_EMPTY")),
        ("im.dialog.unread", {"DIALOG_ID": "chat1"}, (400, "MESSAGE_ID_ERROR")),
        ("im.message.add", {"DIALOG_ID": "chat1"}, (400, "MESSAGE_EMPTY")),
        ("im.message.add", {"MESSAGE": "x"}, (400, "USER_ID_EMPTY")),
        ("im.message.add", {"DIALOG_ID": "999", "MESSAGE": "x"}, (400, "USER_NOT_FOUND")),
        ("im.message.add", {"DIALOG_ID": "chat999", "MESSAGE": "x"}, (400, "ACCESS_ERROR")),
        ("im.message.add", {"DIALOG_ID": "chat1", "MESSAGE": "x", "KEYBOARD": "?"}, (400, "KEYBOARD_ERROR")),
        ("im.message.add", {"DIALOG_ID": "chat1", "MESSAGE": "x", "REPLY_ID": 999}, (400, "REPLY_ACCESS_ERROR")),
        ("im.message.update", {"MESSAGE_ID": 999, "MESSAGE": "x"}, (400, "CANT_EDIT_MESSAGE")),
        ("im.message.delete", {"MESSAGE_ID": "x"}, (400, "MESSAGE_ID_ERROR")),
        ("im.message.share", {"MESSAGE_ID": 1, "DIALOG_ID": "chat1", "TYPE": "CALEND"}, (501, "NOT_BUILT_IN_SANDBOX")),
        ("im.recent.pin", {}, (400, "DIALOG_ID_EMPTY")),
        ("im.recent.hide", {"DIALOG_ID": "chat999"}, (400, "DIALOG_ID_EMPTY")),
        ("im.user.get", {"ID": 0}, (400, "ID_EMPTY")),
        ("im.user.get", {"ID": 999}, (400, "USER_NOT_EXISTS")),
        ("im.user.list.get", {"ID": 1}, (400, "INVALID_FORMAT")),
        ("im.user.status.set", {"STATUS": "DND"}, (400, "STATUS_ERROR")),
        ("im.department.get", {}, (400, "INVALID_FORMAT")),
        ("im.department.employees.get", {"ID": []}, (400, "ID_EMPTY")),
        ("im.search.user.list", {"FIND": "я"}, (400, "FIND_SHORT")),
    ],
)
def test_refusals(desk, method, params, refusal):
    desk.call("im.chat.add", {"TITLE": "Первый", "COLOR": "RED", "MESSAGE": "Начнём"})

    assert desk.refusal(method, params) == refusal


# Messages


def test_a_private_conversation_is_named_after_the_other_one(desk, company):
    number = say(desk, company.seller, "Как дела?", by=company.boss)

    there = desk.call("im.dialog.messages.get", {"DIALOG_ID": str(company.boss)}, by=company.seller)
    assert [(m["id"], m["text"], m["unread"]) for m in there["messages"]] == [(number, "Как дела?", True)]
    assert [user["name"] for user in there["users"]] == ["Борис Начальников"]
    card = desk.call("im.dialog.get", {"DIALOG_ID": str(company.boss)}, by=company.seller)
    assert (card["name"], card["message_type"], card["counter"]) == ("Борис Начальников", "P", 1)


def test_the_chat_of_a_group_has_its_members(desk, company):
    group = desk.portal.workgroups.add("Продажи", owner=company.boss, members=[company.seller])

    say(desk, f"sg{group.id}", by=company.seller)

    assert texts(desk, f"sg{group.id}", by=company.boss) == ["Привет"]
    assert desk.refusal("im.dialog.get", {"DIALOG_ID": f"sg{group.id}"}, by=company.outsider)[0] == 403


def test_messages_come_newest_first_and_by_cursor(desk):
    chat = f"chat{desk.call('im.chat.add')}"
    numbers = [say(desk, chat, str(n)) for n in range(5)]

    assert texts(desk, chat) == ["4", "3", "2", "1", "0"]
    assert texts(desk, chat, LIMIT=2) == ["4", "3"]
    assert texts(desk, chat, LIMIT=2, LAST_ID=numbers[3]) == ["2", "1"]
    assert texts(desk, chat, LIMIT=2, FIRST_ID=numbers[0]) == ["2", "1"]


def test_search_looks_into_the_text_and_at_the_date(desk):
    number = desk.call("im.chat.add")
    say(desk, f"chat{number}", "Счёт выставлен")
    say(desk, f"chat{number}", "Оплачено")

    def found(**request):
        answer = desk.call("im.dialog.messages.search", {"CHAT_ID": number, **request})
        return [message["text"] for message in answer["messages"]]

    assert found(SEARCH_MESSAGE="счёт") == ["Счёт выставлен"]
    assert found(DATE="2026-01-15", ORDER={"ID": "ASC"}) == ["Счёт выставлен", "Оплачено"]
    assert found(DATE_FROM="2026-01-16") == []


def test_ones_own_message_can_be_changed_and_taken_back(desk, company, chat):
    number = say(desk, f"chat{chat}", by=company.seller)

    assert desk.refusal("im.message.update", {"MESSAGE_ID": number, "MESSAGE": "x"}, by=company.boss)[0] == 400
    assert desk.call("im.message.update", {"MESSAGE_ID": number, "MESSAGE": "Иначе"}, by=company.seller) is True
    assert texts(desk, f"chat{chat}", by=company.boss, LIMIT=1) == ["Иначе"]
    assert desk.call("im.message.delete", {"MESSAGE_ID": number}, by=company.seller) is True
    assert "Иначе" not in texts(desk, f"chat{chat}", by=company.boss)


def test_likes(desk, company, chat):
    number = say(desk, f"chat{chat}", by=company.seller)
    like = {"MESSAGE_ID": number}

    assert desk.call("im.message.like", like, by=company.boss) is True
    newest = desk.call("im.dialog.messages.get", {"DIALOG_ID": f"chat{chat}"}, by=company.boss)["messages"][0]
    assert newest["params"] == {"LIKE": [company.boss]}
    assert desk.refusal("im.message.like", {**like, "ACTION": "plus"}, by=company.boss) == (400, "WITHOUT_CHANGES")
    assert desk.call("im.message.like", like, by=company.boss) is True
    assert desk.refusal("im.message.like", {**like, "ACTION": "minus"}, by=company.boss) == (400, "WITHOUT_CHANGES")


def test_a_message_becomes_a_task_or_a_post(desk, company, chat):
    number = say(desk, f"chat{chat}", "Позвонить клиенту", by=company.seller)
    share = {"MESSAGE_ID": number, "DIALOG_ID": f"chat{chat}"}

    assert desk.call("im.message.share", {**share, "TYPE": "TASK"}, by=company.boss) is True
    assert desk.call("im.message.share", {**share, "TYPE": "POST"}, by=company.boss) is True

    [task] = [desk.portal.tasks.get(task_id) for task_id in desk.portal.tasks.ids()]
    assert (task.title, task.responsible, task.auditors) == ("Позвонить клиенту", company.boss, (company.seller,))
    assert [post.text for post in desk.portal.feed.all()] == ["Позвонить клиенту"]


def test_an_answer_stays_in_its_chat(desk):
    one, other = desk.call("im.chat.add"), desk.call("im.chat.add")
    number = say(desk, f"chat{one}")

    assert isinstance(say(desk, f"chat{one}", REPLY_ID=number), int)
    assert desk.refusal("im.message.add", {"DIALOG_ID": f"chat{other}", "MESSAGE": "x", "REPLY_ID": number}) == (
        400,
        "REPLY_FROM_OTHER_CHAT_ERROR",
    )


# What is unread


def test_reading_and_unreading(desk, company, chat):
    first = say(desk, f"chat{chat}", by=company.boss)
    say(desk, f"chat{chat}", by=company.boss)

    def read(**request):
        return desk.call("im.dialog.read", {"DIALOG_ID": f"chat{chat}", **request}, by=company.seller)

    def total():
        return desk.call("im.counters.get", by=company.seller)["TYPE"]["ALL"]

    assert total() == 2
    assert read(MESSAGE_ID=first) == {"dialogId": f"chat{chat}", "chatId": chat, "lastId": first, "counter": 1}
    assert read()["counter"] == 0
    desk.call("im.dialog.unread", {"DIALOG_ID": f"chat{chat}", "MESSAGE_ID": first}, by=company.seller)
    assert total() == 2
    assert desk.call("im.dialog.read.all", by=company.seller) is True
    assert total() == 0


def test_counters_tell_chats_dialogs_and_muted_apart(desk, company, chat):
    say(desk, f"chat{chat}", by=company.boss)
    say(desk, company.seller, by=company.buyer)
    desk.portal.notices.add(company.seller, "Приглашение")

    assert desk.call("im.counters.get", by=company.seller) == {
        "TYPE": {"ALL": 3, "NOTIFY": 1, "CHAT": 1, "LINES": 0, "DIALOG": 1, "MESSENGER": 2},
        "CHAT": {str(chat): 1},
        "CHAT_MUTED": [],
        "CHAT_UNREAD": [],
        "LINES": [],
        "DIALOG": {str(company.buyer): 1},
        "DIALOG_UNREAD": [],
    }
    desk.call("im.chat.mute", {"CHAT_ID": chat, "MUTE": "Y"}, by=company.seller)
    desk.call("im.recent.unread", {"DIALOG_ID": str(company.buyer), "ACTION": "Y"}, by=company.seller)
    counters = desk.call("im.counters.get", by=company.seller)
    assert (counters["CHAT"], counters["CHAT_MUTED"]) == ([], {str(chat): 1})
    assert counters["DIALOG_UNREAD"] == [company.buyer]


def test_the_list_of_recent_chats(desk, company, chat):
    say(desk, f"chat{chat}", by=company.boss)
    say(desk, company.seller, "Личное", by=company.boss)

    def shown(method="im.recent.list", **request):
        answer = desk.call(method, request, by=company.seller)
        return [row["id"] for row in (answer["items"] if method.endswith("list") else answer)]

    assert shown() == [company.boss, f"chat{chat}"]
    assert shown("im.recent.get", SKIP_DIALOG="Y") == [f"chat{chat}"]
    desk.call("im.recent.pin", {"DIALOG_ID": f"chat{chat}"}, by=company.seller)
    assert shown() == [f"chat{chat}", company.boss]
    desk.call("im.recent.hide", {"DIALOG_ID": f"chat{chat}"}, by=company.seller)
    assert shown() == [company.boss]
    say(desk, f"chat{chat}", "Ещё одно", by=company.boss)
    assert shown() == [f"chat{chat}", company.boss]


def test_what_was_looked_for_is_remembered(desk, company, chat):
    for dialog in (f"chat{chat}", str(company.boss)):
        assert desk.call("im.search.last.add", {"DIALOG_ID": dialog}, by=company.seller) is True

    rows = desk.call("im.search.last.get", by=company.seller)
    assert [(row["id"], row["type"]) for row in rows] == [(company.boss, "user"), (f"chat{chat}", "chat")]
    desk.call("im.search.last.delete", {"DIALOG_ID": f"chat{chat}"}, by=company.seller)
    assert len(desk.call("im.search.last.get", by=company.seller)) == 1


# People


def test_a_person_in_the_messenger(desk, company):
    desk.call("im.user.status.set", {"STATUS": "dnd"}, by=company.seller)
    desk.call("im.user.status.idle.start", {"AGO": 5}, by=company.seller)

    person = desk.call("im.user.get", {"ID": company.seller})
    assert (person["name"], person["first_name"], person["gender"]) == ("Светлана Продавцова", "Светлана", "F")
    assert (person["status"], person["idle"]) == ("dnd", "2026-01-15T11:55:00+03:00")
    assert person["departments"] == [company.sales]
    assert desk.call("im.user.status.get", by=company.seller) == "dnd"
    desk.call("im.user.status.idle.end", by=company.seller)
    assert desk.call("im.user.get", by=company.seller)["idle"] is False


def test_several_people_at_once(desk, company):
    by_id = desk.call("im.user.list.get", {"ID": [company.seller, 999]})
    listed = desk.call("im.user.list.get", {"ID": [company.seller, 999], "RESULT_TYPE": "array"})

    assert by_id == {str(company.seller): listed[0], "999": None}


def test_departments_in_the_messenger(desk, company):
    wanted = {"ID": [company.sales]}

    assert desk.call("im.department.get", wanted) == [
        {
            "id": company.sales,
            "name": "Отдел продаж",
            "full_name": "Отдел продаж / Компания",
            "manager_user_id": company.boss,
        }
    ]
    assert desk.call("im.department.employees.get", wanted) == {str(company.sales): [company.boss, company.seller]}
    assert desk.call("im.department.managers.get", wanted) == {str(company.sales): [company.boss]}
    assert desk.call("im.department.colleagues.list", by=company.seller) == [company.boss]


def test_searches(desk, company, chat):
    assert list(desk.call("im.search.user.list", {"FIND": "продавцова"})) == [str(company.seller)]
    assert [row["id"] for row in desk.call("im.search.chat.list", {"FIND": "про"}, by=company.seller)] == [chat]
    assert [row["id"] for row in desk.call("im.search.department.list", {"FIND": "продаж"})] == [company.sales]
    assert desk.call("im.search.user.list", {"FIND": "нет такого"}) == []


def test_people_from_outside_see_no_structure(desk):
    guest = desk.portal.staff.add_user("Гость", user_type="extranet")

    assert desk.refusal("im.department.get", {"ID": [1]}, by=guest.id) == (403, "ACCESS_ERROR")
