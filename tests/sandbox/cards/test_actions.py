"""What the buttons do: the same as the methods, as the person who is chosen, events and refusals included."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest

from tests.sandbox.cards.conftest import CASE, FIELD_TYPES, REMARK


@pytest.fixture
def item(box, office):
    """The case as the administrator sees it now."""
    return lambda: box.call("crm.item.get", entityTypeId=CASE, id=office.case, useOriginalUfNames="Y")["item"]


@pytest.fixture
def task(box, office):
    return lambda: box.call("tasks.task.get", taskId=office.task, select=["*"])["task"]


# The CRM


def test_a_card_of_the_board_moves_and_subscribers_hear_of_it(box, desk, office, listen):
    listener = listen()
    box.subscribe(listener, "ONCRMDEALUPDATE")
    path = "/crm/deal/kanban/"
    assert desk.be(office.seller).press(path, "move", item=office.deal, column="TALK") == path
    deal = box.call("crm.item.get", entityTypeId=2, id=office.deal)["item"]
    assert (deal["stageId"], deal["movedBy"]) == ("TALK", office.seller)
    box.control("settle")
    assert listener.ids("ONCRMDEALUPDATE") == [str(office.deal)]


def test_a_click_is_no_rest_request(box, desk, office):
    box.control("limits", {"plan": "cloud", "costs": {"crm.item.update": 1000}})
    before = box.journal("request")
    for stage in ("TALK", "NEW", "TALK"):
        desk.press(f"/crm/deal/details/{office.deal}/", "move", stage=stage)
    assert box.journal("request") == before
    assert [change["what"] for change in box.journal("change")][-3:] == ["crm.item.update"] * 3


def test_the_bar_of_stages(box, desk, office, item):
    dictionary = f"DYNAMIC_{CASE}_STAGE_{item()['categoryId']}"
    stages = [row["STATUS_ID"] for row in box.call("crm.status.list", filter={"ENTITY_ID": dictionary})]
    for stage in (stages[1], stages[-1], stages[0]):
        desk.press(office.card, "move", stage=stage)
        assert item()["stageId"] == stage
        assert 'aria-current="step"' in desk.page(office.card)


def test_a_refusal_speaks_the_portals_words(desk, office, item):
    words = desk.refused(office.card, "move", stage="NOWHERE")
    assert words
    assert "<" not in words
    assert desk.refused("/crm/deal/kanban/", "move", item=999, column="TALK") == "Элемент не найден"
    assert desk.refused(office.card, "dance") == "Такого действия на этой странице нет"


def test_without_a_script_the_browser_is_sent_on_or_shown_the_refusal(desk, office):
    headers = {"Origin": desk.home}
    moved = desk.http.post(
        desk.home + "/crm/deal/kanban/", data={"do": "move", "item": office.deal, "column": "TALK"}, headers=headers
    )
    assert (moved.status_code, moved.headers["location"]) == (303, "/crm/deal/kanban/")
    refused = desk.http.post(desk.home + office.card, data={"do": "comment", "text": ""}, headers=headers)
    assert refused.status_code == 403
    assert "Пустой комментарий" in refused.text


NEW_VALUES = {
    "string": "третья\nчетвёртая",
    "integer": "8",
    "double": "2.75",
    "boolean": "N",
    "date": "2026-04-06",
    "datetime": "2026-04-06T11:45",
    "money": "500|RUB",
    "url": "https://example.org/other",
    "employee": "3",
    "crm": "D_2",
}
"""As a browser sends them."""
KEPT = {
    "integer": 8,
    "double": 2.75,
    "employee": 3,
    "date": "2026-04-06T03:00:00+03:00",
    "datetime": "2026-04-06T11:45:00+03:00",
}


@pytest.mark.parametrize("kind", NEW_VALUES)
@pytest.mark.parametrize("many", [False, True])
def test_a_field_of_every_type_is_entered(desk, office, item, kind, many):
    name = f"UF_CRM_2_{kind.upper()}{'_MANY' if many else ''}"
    entered = [NEW_VALUES[kind]] * (2 if many else 1)
    go = desk.press(office.card + "?edit=own", "save", **{f"was.{name}": "[]", f"f.{name}": entered})
    assert go == office.card
    one = KEPT.get(kind, NEW_VALUES[kind])
    assert item()[name] == ([one, one] if many else one)


def test_a_choice_of_several(box, desk, office, item):
    name = "UF_CRM_2_ENUMERATION_MANY"
    fields = box.call("crm.item.fields", entityTypeId=CASE, useOriginalUfNames="Y")["fields"]
    numbers = [one["ID"] for one in fields[name]["items"]]
    desk.press(office.card, "save", **{f"was.{name}": "[]", f"f.{name}": numbers})
    assert item()[name] == [int(number) for number in numbers]
    desk.press(office.card, "save", **{f"was.{name}": '["1"]'})
    assert item()[name] == []


class Inputs(HTMLParser):
    """The pairs a browser would send if one pressed the button at once."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.pairs: list[tuple[str, str]] = []
        self._name = self._text = ""
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        told = dict(attrs)
        if tag == "input" and told.get("name") and (told.get("type") != "checkbox" or "checked" in told):
            self.pairs.append((told["name"], told.get("value", "")))
        elif tag in ("select", "textarea"):
            self._name, self._text = told["name"], ""
        elif tag == "option" and "selected" in told:
            self.pairs.append((self._name, told["value"]))

    def handle_data(self, data):
        self._text += data

    def handle_endtag(self, tag):
        if tag == "textarea":
            self.pairs.append((self._name, self._text.replace("\n", "\r\n")))


@pytest.mark.parametrize("section", ["main", "own", "links"])
def test_a_form_nobody_touched_changes_nothing(box, desk, office, item, section):
    before, changes = item(), len(box.journal("change"))
    inputs = Inputs(desk.page(f"{office.card}?edit={section}"))
    sent: dict[str, list[str]] = {}
    for name, value in inputs.pairs:
        if name.startswith(("f.", "was.")):
            sent.setdefault(name, []).append(value)
    assert sent
    desk.press(office.card, "save", **sent)
    assert item() == before
    assert len(box.journal("change")) == changes


def test_what_somebody_else_changed_meanwhile_stays(box, desk, office, item):
    """Only what differs from what the person saw is sent."""
    box.call(
        "crm.item.update", entityTypeId=CASE, id=office.case, fields={"UF_CRM_2_INTEGER": 99}, useOriginalUfNames="Y"
    )
    names = {"was.UF_CRM_2_INTEGER": '["7"]', "f.UF_CRM_2_INTEGER": "7", "was.title": '["x"]', "f.title": "Другое"}
    desk.press(office.card, "save", **names)
    assert (item()["UF_CRM_2_INTEGER"], item()["title"]) == (99, "Другое")


def test_a_wrong_value_is_refused(desk, office, item):
    words = desk.refused(office.card, "save", **{"was.UF_CRM_2_INTEGER": "[]", "f.UF_CRM_2_INTEGER": "много"})
    assert "Неверное значение" in words
    assert item()["UF_CRM_2_INTEGER"] == FIELD_TYPES["integer"]


def test_read_only_fields_are_not_taken_from_a_form(desk, office, item):
    desk.press(office.card, "save", **{"was.createdBy": "[]", "f.createdBy": "3", "was.id": "[]", "f.id": "77"})
    assert (item()["createdBy"], item()["id"]) == (1, office.case)


def test_a_comment(box, desk, office):
    desk.be(office.head).press(office.card, "comment", text="Проверено")
    found = box.call("crm.timeline.comment.list", filter={"ENTITY_ID": office.case, "ENTITY_TYPE": f"dynamic_{CASE}"})
    assert (found[-1]["COMMENT"], found[-1]["AUTHOR_ID"]) == ("Проверено", str(office.head))
    assert "Проверено" in desk.page(office.card)


def test_a_child_is_made_in_the_card_of_its_parent(box, desk, office):
    path = f"/crm/type/{REMARK}/details/0/?parentId{CASE}={office.case}"
    assert path in desk.page(office.card)
    go = desk.be(office.seller).press(path, "create", **{"was.title": "[]", "f.title": "Новый ящик"})
    assert go == office.card
    children = box.call("crm.item.list", entityTypeId=REMARK, filter={f"parentId{CASE}": office.case})["items"]
    assert [(one["title"], one["createdBy"]) for one in children] == [("Ящик", 1), ("Новый ящик", office.seller)]
    assert "Новый ящик" in desk.page(office.card)


def test_a_new_deal_and_its_end(box, desk, office):
    go = desk.press("/crm/deal/details/0/?stageId=TALK", "create", **{"was.title": "[]", "f.title": "Шкаф"})
    number = int(go.strip("/").rpartition("/")[2])
    assert box.call("crm.item.get", entityTypeId=2, id=number)["item"]["stageId"] == "TALK"
    assert desk.press(go, "delete") == "/crm/deal/"
    assert desk.get(go).status_code == 404


def test_what_is_planned_is_done(box, desk, office):
    desk.be(office.seller)
    desk.press(office.card, "plan", text="Позвонить клиенту", deadline="2026-01-15T11:00")
    activity = box.call("crm.activity.list", filter={"OWNER_TYPE_ID": CASE, "OWNER_ID": office.case})[0]
    assert (activity["DEADLINE"], activity["RESPONSIBLE_ID"]) == ("2026-01-15T11:00:00+03:00", str(office.seller))
    assert 'class="late"' in desk.page(office.card)
    desk.press(office.card, "complete", activity=activity["ID"])
    assert box.call("crm.activity.get", id=activity["ID"])["COMPLETED"] == "Y"
    assert "Дело завершено" in desk.page(office.card)


def test_what_applications_wrote_into_the_log(box, desk, office):
    fields = {
        "entityTypeId": CASE,
        "entityId": office.case,
        "title": "Проверено",
        "text": "[b]да[/b]",
        "iconCode": "info",
    }
    box.call("crm.timeline.logmessage.add", fields=fields)
    page = desk.page(office.card)
    assert "Проверено" in page
    assert "<b>да</b>" in page


# Tasks


def test_a_task_from_start_to_acceptance(box, desk, office, task):
    box.call("tasks.task.update", taskId=office.task, fields={"TASK_CONTROL": "Y"})
    desk.be(office.seller)
    seen = []
    pressed = "seller start pause defer renew start complete head disapprove seller complete head approve"
    for button in pressed.split():
        if button in ("seller", "head"):
            desk.be(getattr(office, button))
            continue
        assert f'value="{button}"' in desk.page(office.task_card), button
        desk.press(office.task_card, button)
        seen.append(task()["status"])
    assert seen == ["3", "2", "6", "2", "3", "4", "2", "4", "5"]


def test_buttons_are_those_the_person_may_press(desk, office):
    desk.be(office.outsider)
    page = desk.page(office.task_card)
    assert 'value="start"' not in page
    assert 'name="do" value="tick"' not in page or "disabled" in page
    assert "не разрешено" in desk.refused(office.task_card, "start")
    assert "недоступно" in desk.refused(office.task_card, "tick", item=2)


def test_ticks_at_every_depth(box, desk, office):
    desk.be(office.seller)
    points = {row["TITLE"]: row for row in box.call("task.checklistitem.getlist", TASKID=office.task)}
    for title in ("Пункт", "Подпункт"):
        desk.press(office.task_card, "tick", item=points[title]["ID"])
    desk.press(office.task_card, "untick", item=points["Пункт"]["ID"])
    after = {row["TITLE"]: row for row in box.call("task.checklistitem.getlist", TASKID=office.task)}
    assert (after["Пункт"]["IS_COMPLETE"], after["Подпункт"]["IS_COMPLETE"]) == ("N", "Y")
    assert after["Подпункт"]["TOGGLED_BY"] == str(office.seller)


def test_points_come_and_go(box, desk, office):
    top = next(row["ID"] for row in box.call("task.checklistitem.getlist", TASKID=office.task) if row["PARENT_ID"] == 0)
    desk.press(office.task_card, "add_point", text="Ещё пункт", parent=top)
    desk.press(office.task_card, "add_point", text="Другой список", parent=0)
    found = {row["TITLE"]: row for row in box.call("task.checklistitem.getlist", TASKID=office.task)}
    assert (found["Ещё пункт"]["PARENT_ID"], found["Другой список"]["PARENT_ID"]) == (top, 0)
    desk.press(office.task_card, "delete_point", item=found["Ещё пункт"]["ID"])
    assert "Ещё пункт" not in desk.page(office.task_card)


def test_words_time_result_and_terms(box, desk, office, task):
    desk.be(office.head)
    desk.press(office.task_card, "comment", text="Как дела?")
    desk.press(office.task_card, "add_result", text="Договорились")
    desk.press(office.task_card, "add_time", hours=1, minutes=15, text="созвон")
    desk.press(office.task_card, "save", DEADLINE="2026-02-01T12:00")
    desk.press(office.task_card, "save", TITLE="Перезвонить", DESCRIPTION="раз\r\nдва")
    desk.press(office.task_card, "delegate", RESPONSIBLE_ID=office.outsider)
    page = desk.page(office.task_card)
    assert "Как дела?" in page
    assert [row["text"] for row in box.call("tasks.task.result.list", taskId=office.task)] == ["Договорились"]
    assert task()["timeSpentInLogs"] == str(5400 + 4500)
    assert (task()["deadline"], task()["title"]) == ("2026-02-01T12:00:00+03:00", "Перезвонить")
    assert (task()["description"], task()["responsibleId"]) == ("раз\nдва", str(office.outsider))


def test_who_only_watches_writes_no_result(desk, office):
    words = desk.be(office.outsider).refused(office.task_card, "add_result", text="Я")
    assert words == "Вы не можете добавить результат к этой задаче"


def test_a_new_task_of_a_card(box, desk, office):
    path = f"/company/personal/user/{office.head}/tasks/task/edit/0/?UF_CRM_TASK=T{CASE:x}_{office.case}"
    fields = {"TITLE": "Измерить", "RESPONSIBLE_ID": office.seller, "DEADLINE": "", "GROUP_ID": office.group}
    go = desk.be(office.head).press(path, "create", **fields)
    number = int(go.strip("/").rpartition("/")[2])
    made = box.call("tasks.task.get", taskId=number, select=["*", "UF_CRM_TASK"])["task"]
    assert (made["createdBy"], made["responsibleId"], made["ufCrmTask"]) == (
        str(office.head), str(office.seller), [f"T{CASE:x}_{office.case}"],
    )  # fmt: skip
    assert "Измерить" in desk.page(office.card)
    assert desk.press(go, "delete") == f"/company/personal/user/{office.head}/tasks/"


def test_the_kanban_of_a_group(box, desk, office, task):
    path = f"/workgroups/group/{office.group}/tasks/"
    columns = [row["ID"] for row in box.call("task.stages.get", entityId=office.group, isAdmin="Y").values()]
    desk.be(office.seller).press(path, "move", item=office.task, column=columns[1])
    assert task()["stageId"] == columns[1]
    assert (
        desk.be(office.outsider).refused(path, "move", item=office.task, column=columns[0])
        == "Вы не можете перемещать эту задачу"
    )
    desk.be(1).press(path, "join")
    assert desk.refused(f"/workgroups/group/{office.group}/tasks/", "move", item=999, column=columns[0])


# People and news


def test_an_important_post_is_read_once(box, desk, office):
    desk.be(office.seller)
    assert "Прочитано" in desk.page("/stream/")
    desk.press("/stream/", "read", post=office.post)
    desk.press("/stream/", "read", post=office.post)
    assert box.call("log.blogpost.getusers.important", POST_ID=office.post) == [str(office.seller)]
    assert "Вы прочитали" in desk.page("/stream/")


def test_a_post_for_one_department(box, desk, office):
    desk.be(office.head).press("/stream/", "write", title="Отделу", text="Только своим", audience="DR2", important="Y")
    assert "Только своим" in desk.be(office.seller).page("/stream/")
    assert "Только своим" not in desk.be(office.outsider).page("/stream/")
    newest = box.call("log.blogpost.getusers.important", POST_ID=3)
    assert newest == []
    assert desk.refused("/stream/", "read", post=3) == "Сообщение не найдено"
    assert desk.refused("/stream/", "delete", post=3)
    assert desk.be(office.head).press("/stream/", "delete", post=3) == "/stream/"


def test_the_bell(desk, office):
    desk.be(office.seller)
    assert 'aria-label="Уведомления: 1"' in desk.page("/")
    assert f'<a href="/crm/deal/details/{office.deal}/">сделку</a>' in desk.page("/online/")
    desk.press("/online/", "read")
    assert 'aria-label="Уведомления: 0"' in desk.page("/")


def test_an_administrator_dismisses_and_appoints(box, desk, office):
    path = f"/company/personal/user/{office.seller}/"
    assert desk.be(office.head).refused(path, "dismiss") == "access_denied"
    desk.be(1).press(path, "appoint", department=2)
    assert box.call("department.get", ID=2)[0]["UF_HEAD"] == str(office.seller)
    desk.press(path, "dismiss")
    assert box.call("user.get", ID=office.seller)[0]["ACTIVE"] is False
    assert "уволен" in desk.page("/company/")
    # whoever sat there as this person is nobody now, and does not press buttons as the administrator by accident
    assert '<option value="1" selected>' in desk.be(office.seller).page("/")
    words = "Выбранный сотрудник здесь больше не работает: выберите, кто вы"
    assert desk.refused(f"/crm/deal/details/{office.deal}/", "move", stage="TALK") == words
    desk.be(1).press(path, "restore")
    assert box.call("user.get", ID=office.seller)[0]["ACTIVE"] is True


# Who sits there


def test_becoming_somebody_else(desk, office):
    headers = {"Origin": desk.home}
    answer = desk.http.post(
        desk.home + "/_cards/person/", data={"user": office.seller, "back": office.card}, headers=headers
    )
    assert (answer.status_code, answer.headers["location"]) == (303, office.card)
    assert "SameSite=strict" in answer.headers["set-cookie"]
    assert "HttpOnly" in answer.headers["set-cookie"]
    assert f'<option value="{office.seller}" selected>' in desk.page("/")


@pytest.mark.parametrize(
    "back", ["//elsewhere.example", "https://elsewhere.example/", "/\\elsewhere", "", "javascript:x"]
)
def test_nobody_is_sent_elsewhere(desk, office, back):
    answer = desk.http.post(
        desk.home + "/_cards/person/", data={"user": 1, "back": back}, headers={"Origin": desk.home}
    )
    assert answer.headers["location"] == "/"


@pytest.mark.parametrize("cookie", ["999", "x", "-1", "", "1e9"])
def test_a_cookie_of_nobody_is_the_administrator(desk, office, cookie):
    desk.http.cookies.set("sandbox_person", cookie)
    assert '<option value="1" selected>' in desk.page("/")


def test_one_cannot_become_who_is_not_there(desk, office):
    answer = desk.post("/_cards/person/", user=999)
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    ("headers", "allowed"),
    [
        # a browser tells where a form comes from; nothing told is no browser of ours
        ({}, False),
        ({"Origin": "HOME"}, True),
        ({"Origin": "HOME", "Sec-Fetch-Site": "same-origin"}, True),
        ({"Sec-Fetch-Site": "same-origin"}, True),
        ({"Origin": "https://elsewhere.example"}, False),
        ({"Origin": "null"}, False),
        ({"Origin": "HOME", "Sec-Fetch-Site": "cross-site"}, False),
        # another port of this machine is another site's page, and a form that a person typed has no page at all
        ({"Origin": "http://127.0.0.1:9"}, False),
        ({"Sec-Fetch-Site": "same-site"}, False),
        ({"Sec-Fetch-Site": "none"}, False),
        ({"Origin": "HOME.elsewhere.example"}, False),
    ],
)
@pytest.mark.parametrize("path", ["/crm/deal/kanban/", "/_cards/person/"])
def test_only_the_portals_own_pages_press_buttons(box, desk, office, headers, allowed, path):
    told = {name: value.replace("HOME", desk.home) for name, value in headers.items()}
    form = {"do": "move", "item": office.deal, "column": "TALK", "user": office.seller}
    answer = desk.http.post(desk.home + path, data=form, headers=told)
    assert (answer.status_code == 303) is allowed
    assert allowed or answer.status_code == 403
    stage = box.call("crm.item.get", entityTypeId=2, id=office.deal)["item"]["stageId"]
    assert (stage == "TALK") is (allowed and path == "/crm/deal/kanban/")


def test_forms_that_are_too_big_or_too_many(desk, office):
    assert desk.post(office.card, do="comment", text="я" * 600_000).status_code == 413
    many = {f"f{number}": "x" for number in range(5001)}
    assert desk.post(office.card, **many).status_code == 400


# Keeping up


def test_pages_learn_that_something_changed(box, desk, office):
    def look(after: int) -> dict:
        return desk.get(f"/_cards/changes/?after={after}").json()

    now = look(0)
    assert now["changed"] is True
    assert look(now["last"]) == {"last": now["last"], "changed": False}
    box.call("crm.item.list", entityTypeId=2)
    assert look(now["last"])["changed"] is False
    box.call("task.checklistitem.complete", TASKID=office.task, ITEMID=2)
    assert look(now["last"])["changed"] is True
    box.control("reset")
    assert look(10**9)["changed"] is True
    assert look(-5)["last"] >= 0
    assert desk.get("/_cards/changes/?after=x").status_code == 200
