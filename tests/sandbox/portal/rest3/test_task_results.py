"""``tasks.task.result.*`` of REST 3.0. Samples: api-reference/tasks/result/."""

from __future__ import annotations

import pytest

from tests.sandbox.portal.rest3.conftest import OBJECT, REQUEST

DENIED = (403, "ACCESSDENIEDEXCEPTION")


@pytest.fixture
def result(desk3, task, company):
    return desk3.portal.tasks.results.add(task, "Черновик", by=company.seller)


class TestAdd:
    def test_the_sample(self, desk3, task, company):
        said = {"fields": {"taskId": task.id, "text": "Работа по задаче выполнена"}}
        assert desk3.call("tasks.task.result.add", said, by=company.seller) == {
            "item": {
                "id": 1,
                "taskId": task.id,
                "text": "Работа по задаче выполнена",
                "authorId": company.seller,
                "createdAt": "2026-01-15T12:00:00+03:00",
                "updatedAt": None,
                "status": "open",
                "fileIds": [],
                "rights": {"edit": True, "remove": True},
                "messageId": None,
            }
        }

    def test_the_older_version_shows_it(self, desk3, task, company):
        desk3.call("tasks.task.result.add", {"fields": {"taskId": task.id, "text": "Готово"}}, by=company.seller)
        [older] = desk3.desk.call("tasks.task.result.list", {"taskId": task.id})
        assert (older["text"], older["commentId"], older["createdBy"]) == ("Готово", 0, company.seller)

    @pytest.mark.parametrize(
        ("fields", "code", "faults"),
        [
            ({"text": "x"}, OBJECT, [("taskId", 'Не заполнено обязательное поле "taskId"')]),
            ({"taskId": 1}, OBJECT, [("text", 'Не заполнено обязательное поле "text"')]),
            ({"taskId": 1, "text": " "}, OBJECT, [("text", 'Не заполнено обязательное поле "text"')]),
            (
                {"taskId": 1, "text": "x", "fileIds": [1]},
                OBJECT,
                [("fileIds", "Поле `fileIds` не доступно к заполнению")],
            ),
            (
                {"taskId": "1", "text": "x"},
                REQUEST,
                [("taskId", "В поле `taskId` требуется тип данных `int` для такого запроса")],
            ),
            ({"taskId": -1, "text": "x"}, REQUEST, [("taskId", "Task id must be positive")]),
            ({"taskId": 999, "text": "x"}, REQUEST, [("taskId", "Task not found")]),
        ],
    )
    def test_refusals(self, desk3, task, fields, code, faults):
        assert desk3.refusal("tasks.task.result.add", {"fields": fields}) == (400, code)
        assert desk3.faults("tasks.task.result.add", {"fields": fields}) == faults

    def test_without_fields(self, desk3):
        assert desk3.faults("tasks.task.result.add") == [("fields", "Обязательное поле `fields` не указано")]

    def test_of_a_task_one_may_not_read(self, desk3, task, company):
        said = {"fields": {"taskId": task.id, "text": "x"}}
        assert desk3.refusal("tasks.task.result.add", said, by=company.outsider) == DENIED


class TestFromAMessage:
    @pytest.fixture
    def message(self, desk3, task, company):
        return desk3.portal.tasks.comments.add(task, "Сделано", author=company.seller)

    def test_the_words_and_the_number_of_the_message(self, desk3, task, message, company):
        said = {"fields": {"messageId": message.id}}
        item = desk3.call("tasks.task.result.addfromchatmessage", said, by=company.boss)["item"]
        assert (item["taskId"], item["text"], item["authorId"]) == (task.id, "Сделано", company.boss)
        assert item["messageId"] == message.id

    def test_refusals(self, desk3, message, company):
        method = "tasks.task.result.addfromchatmessage"
        assert desk3.refusal(method, {"fields": {"text": "x"}}) == (400, OBJECT)
        assert desk3.refusal(method, {"fields": {"messageId": message.id, "fileIds": []}}) == (400, OBJECT)
        assert desk3.refusal(method, {"fields": {"messageId": "x"}}) == (400, REQUEST)
        assert desk3.refusal(method, {"fields": {"nope": 1, "messageId": 1}}) == (400, "UNKNOWNDTOPROPERTYEXCEPTION")
        assert desk3.faults(method, {"fields": {"messageId": 999}}) == [("messageId", "Message is not from task chat")]
        assert desk3.refusal(method, {"fields": {"messageId": message.id}}, by=company.outsider) == DENIED

    def test_a_message_of_another_chat(self, desk3, company):
        portal = desk3.portal
        elsewhere = portal.chats.say(portal.chats.create("Чат", owner=1), "Привет", author=1)
        said = {"fields": {"messageId": elsewhere.id}}
        [(field, _)] = desk3.faults("tasks.task.result.addfromchatmessage", said)
        assert field == "messageId"


class TestUpdateAndDelete:
    def test_the_text_changes(self, desk3, result, company):
        desk3.portal.clock.advance(300)
        said = {"id": result.id, "fields": {"text": "Проверено"}}
        item = desk3.call("tasks.task.result.update", said, by=company.seller)["item"]
        assert (item["text"], item["updatedAt"]) == ("Проверено", "2026-01-15T12:05:00+03:00")

    def test_gone(self, desk3, task, result, company):
        deleted = desk3.call("tasks.task.result.delete", {"id": result.id}, by=company.seller)
        assert deleted == {"result": True}
        assert desk3.portal.tasks.results.of_task(task.id) == []

    def test_only_the_author(self, desk3, result, company):
        update = {"id": result.id, "fields": {"text": "x"}}
        for by in (1, company.boss, company.outsider):
            assert desk3.refusal("tasks.task.result.update", update, by=by) == DENIED
            assert desk3.refusal("tasks.task.result.delete", {"id": result.id}, by=by) == DENIED
        assert desk3.refusal("tasks.task.result.delete", {"id": 999}) == DENIED

    @pytest.mark.parametrize("method", ["tasks.task.result.update", "tasks.task.result.delete"])
    @pytest.mark.parametrize(
        ("said", "fields"),
        [
            ({}, [None, None]),
            ({"id": 1, "filter": [["id", 1]]}, [None]),
            ({"filter": [["id", 1]]}, ["id"]),
            ({"id": "1"}, ["id"]),
        ],
    )
    def test_an_id_and_nothing_else(self, desk3, result, method, said, fields):
        faults = desk3.faults(method, {"fields": {"text": "x"}, **said})
        assert [field for field, _ in faults] == fields

    @pytest.mark.parametrize(
        ("fields", "code"),
        [
            ({"fileIds": []}, OBJECT),
            ({"text": "x", "fileIds": []}, OBJECT),
            ({"text": "x", "taskId": 2}, OBJECT),
            ({"text": 5}, REQUEST),
            ({"text": "x", "nope": 5}, "UNKNOWNDTOPROPERTYEXCEPTION"),
        ],
    )
    def test_fields_that_are_refused(self, desk3, result, company, fields, code):
        said = {"id": result.id, "fields": fields}
        assert desk3.refusal("tasks.task.result.update", said, by=company.seller) == (400, code)


class TestList:
    def test_the_sample(self, desk3, task, company):
        desk3.portal.tasks.results.add(task, "Первый", by=company.seller)
        desk3.portal.clock.advance(60)
        desk3.portal.tasks.results.add(task, "Второй", by=company.seller)
        said = {
            "filter": [["taskId", task.id]],
            "select": ["id", "taskId", "text", "authorId", "createdAt", "status", "messageId"],
            "order": {"createdAt": "DESC"},
            "pagination": {"limit": 10, "offset": 0},
        }
        newest, oldest = desk3.call("tasks.task.result.list", said, by=company.seller)["items"]
        assert newest == {
            "id": 2,
            "taskId": task.id,
            "text": "Второй",
            "authorId": company.seller,
            "createdAt": "2026-01-15T12:01:00+03:00",
            "status": "open",
            "messageId": None,
        }
        assert oldest["text"] == "Первый"

    def test_rights_are_those_of_who_asks(self, desk3, task, result, company):
        said = {"filter": [["taskId", task.id]], "select": ["rights"]}
        [of_boss] = desk3.call("tasks.task.result.list", said, by=company.boss)["items"]
        assert of_boss == {"rights": {"edit": False, "remove": False}}

    @pytest.mark.parametrize("said", [{}, {"filter": []}, {"filter": None}])
    def test_the_filter_must_not_be_empty(self, desk3, said):
        assert desk3.faults("tasks.task.result.list", said) == [("filter", "Значение поля не может быть пустым")]

    @pytest.mark.parametrize(
        "conditions",
        [
            [["id", 1]],
            [["taskId", ">", 1]],
            [["taskId", "!=", 1]],
            [{"logic": "or", "conditions": [["taskId", 1], ["id", 1]]}],
        ],
    )
    def test_the_filter_must_name_the_task(self, desk3, conditions):
        refused = desk3.refusal("tasks.task.result.list", {"filter": conditions})
        assert refused == (400, "VALIDATION_REQUESTFILTERVALIDATIONEXCEPTION")
        [(field, _)] = desk3.faults("tasks.task.result.list", {"filter": conditions})
        assert field == "filter.taskId"

    def test_a_task_one_may_not_read(self, desk3, task, company):
        said = {"filter": [["taskId", task.id]]}
        assert desk3.refusal("tasks.task.result.list", said, by=company.outsider) == DENIED
        assert desk3.refusal("tasks.task.result.list", {"filter": [["taskId", 999]]}) == DENIED
