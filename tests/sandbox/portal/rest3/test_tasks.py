"""``tasks.task.*`` of REST 3.0. Samples: tasks-task-{add,get,list,update,delete}-rest-v3.md, fields-rest-v3.md."""

from __future__ import annotations

import pytest

from sandbox.portal.tasks import Status
from tests.sandbox.portal.rest3.conftest import OBJECT, REQUEST

SAMPLE = [
    "id", "title", "description", "deadline", "needsControl", "startPlan", "endPlan", "fileIds", "checklist", "epicId",
    "storyPoints", "priority", "status", "statusChanged", "parentId", "containsChecklist", "containsSubTasks",
    "containsRelatedTasks", "containsGanttLinks", "containsPlacements", "containsResults", "numberOfReminders",
    "chatId", "plannedDuration", "actualDuration", "durationType", "started", "estimatedTime", "replicate", "changed",
    "closed", "activity", "guid", "xmlId", "exchangeId", "exchangeModified", "outlookVersion", "mark",
    "allowsChangeDeadline", "allowsTimeTracking", "matchesWorkTime", "addInReport", "isMultitask", "siteId",
    "deadlineCount", "declineReason", "forumTopicId", "link", "rights", "archiveLink", "crmItemIds", "requireResult",
    "matchesSubTasksTime", "autocompleteSubTasks", "allowsChangeDatePlan", "maxDeadlineChangeDate",
    "maxDeadlineChanges", "requireDeadlineChangeReason", "inFavorite", "inPin", "inGroupPin", "inMute", "dependsOn",
    "scenarios",
]  # fmt: skip

RIGHTS = [
    "read", "watch", "mute", "createResult", "edit", "remove", "complete", "approve", "disapprove", "start", "take",
    "delegate", "defer", "renew", "deadline", "datePlan", "changeDirector", "changeResponsible", "changeAccomplices",
    "pause", "timeTracking", "mark", "changeStatus", "reminder", "addAuditors", "elapsedTime", "favorite",
    "checklistAdd", "checklistEdit", "checklistSave", "checklistToggle", "automate", "resultEdit", "completeResult",
    "removeResult", "resultRead", "admin", "createSubtask", "copy", "saveAsTemplate", "attachFile", "detachFile",
    "detachParent", "createGanttDependence", "sort",
]  # fmt: skip


class TestAdd:
    def test_the_sample(self, desk3, company):
        lead = desk3.desk.call("crm.item.add", {"entityTypeId": 1, "fields": {"title": "Лид"}})["item"]["id"]
        item = desk3.call(
            "tasks.task.add",
            {
                "fields": {
                    "title": "Название задачи",
                    "deadline": "2025-12-31T23:59:59+02:00",
                    "creatorId": company.boss,
                    "responsibleId": company.seller,
                    "crmItemIds": [f"L_{lead}"],
                }
            },
        )["item"]
        assert list(item) == SAMPLE
        assert list(item["rights"]) == RIGHTS
        expected = {
            "title": "Название задачи",
            "description": "",
            "deadline": "2026-01-01T00:59:59+03:00",
            "needsControl": False,
            "fileIds": None,
            "checklist": [],
            "priority": "average",
            "status": "pending",
            "statusChanged": None,
            "parentId": None,
            "plannedDuration": 0,
            "durationType": "days",
            "changed": "2026-01-15T12:00:00+03:00",
            "xmlId": None,
            "outlookVersion": 1,
            "mark": "none",
            "addInReport": None,
            "siteId": "s1",
            "crmItemIds": [f"L_{lead}"],
            "inFavorite": [],
            "scenarios": ["default"],
        }
        assert {name: item[name] for name in expected} == expected
        assert item["link"] == f"/company/personal/user/1/tasks/task/view/{item['id']}/"

    def test_it_is_the_same_task_and_the_same_event_as_in_the_older_version(self, desk3, company):
        desk3.desk.events()
        fields = {
            "title": "Задача",
            "creatorId": company.boss,
            "responsibleId": company.seller,
            "xmlId": "capa:1",
            "needsControl": True,
            "requireResult": "Y",
            "priority": "high",
            "accomplices": [company.buyer],
            "auditors": [{"id": 1}],
            "estimatedTime": 3600,
        }
        number = desk3.call("tasks.task.add", {"fields": fields})["item"]["id"]
        task = desk3.portal.tasks.get(number)
        assert (task.xml_id, task.control, task.result_required, task.priority) == ("capa:1", True, True, 2)
        assert (task.accomplices, task.auditors, task.time_estimate) == ((company.buyer,), (1,), 3600)
        assert desk3.desk.events() == ["ONTASKADD"]
        assert desk3.desk.call("tasks.task.get", {"taskId": number})["task"]["xmlId"] == "capa:1"

    @pytest.mark.parametrize(
        ("fields", "faults"),
        [
            ({"creatorId": 1, "responsibleId": 1}, ["title"]),
            ({"title": None, "creatorId": 1, "responsibleId": 1}, ["title"]),
            ({"deadline": "x"}, ["title", "creatorId", "responsibleId"]),
        ],
    )
    def test_what_is_missing_is_named_all_at_once(self, desk3, fields, faults):
        assert desk3.faults("tasks.task.add", {"fields": fields}) == [
            (name, f"Обязательное поле `{name}` не указано") for name in faults
        ]

    @pytest.mark.parametrize("said", [{}, {"fields": {}}, {"fields": []}, {"fields": None}])
    def test_without_fields(self, desk3, said):
        assert desk3.faults("tasks.task.add", said) == [("fields", "Обязательное поле `fields` не указано")]

    @pytest.mark.parametrize(
        ("name", "value", "wanted"),
        [
            ("deadline", "31.12.2025", "DateTime"),
            ("deadline", 5, "DateTime"),
            ("startPlan", "soon", "DateTime"),
            ("title", 5, "string"),
            ("description", ["x"], "string"),
            ("responsibleId", "1", "int"),
            ("creatorId", True, "int"),
            ("groupId", 1.5, "int"),
            ("needsControl", "yes", "bool"),
            ("needsControl", 1, "bool"),
            ("crmItemIds", "D_1", "array"),
            ("accomplices", ["1"], "int[]"),
        ],
    )
    def test_types(self, desk3, name, value, wanted):
        fields = {"title": "Т", "creatorId": 1, "responsibleId": 1, name: value}
        words = f"В поле `{name}` требуется тип данных `{wanted}` для такого запроса"
        assert desk3.faults("tasks.task.add", {"fields": fields}) == [(name, words)]

    @pytest.mark.parametrize(
        ("fields", "name", "words"),
        [
            ({"responsibleId": 99}, "responsibleId", 'Пользователь указанный в поле "Исполнитель" не найден'),
            ({"parentId": 99}, "parentId", 'Задача указанная в поле "Надзадача" не найдена'),
            (
                {"startPlan": "2026-02-01T10:00:00+03:00", "endPlan": "2026-01-01T10:00:00+03:00"},
                "endPlan",
                "В планировании сроков указана дата окончания меньшая даты старта",
            ),
            (
                {"startPlan": "2026-02-01T10:00:00+03:00", "endPlan": "2126-01-01T10:00:00+03:00"},
                "endPlan",
                "В планировании сроков указана слишком большая длительность задачи",
            ),
        ],
    )
    def test_what_the_rules_of_tasks_refuse(self, desk3, fields, name, words):
        said = {"fields": {"title": "Т", "creatorId": 1, "responsibleId": 1, **fields}}
        assert desk3.refusal("tasks.task.add", said) == (400, REQUEST)
        assert desk3.faults("tasks.task.add", said) == [(name, words)]

    @pytest.mark.parametrize("name", ["creatorId", "title", "status", "priority", "mark", "groupId"])
    def test_the_field_is_blamed_for_its_value(self, desk3, name):
        value = {"creatorId": 99, "groupId": 99, "title": "  "}.get(name, "nonsense")
        said = {"fields": {"title": "Т", "creatorId": 1, "responsibleId": 1, name: value}}
        assert [field for field, _ in desk3.faults("tasks.task.add", said)] == [name]
        assert len(desk3.portal.tasks) == 0

    @pytest.mark.parametrize("name", ["nope", "TITLE", "creator.id", "UF_CRM_TASK"])
    def test_unknown_fields_are_refused(self, desk3, name):
        said = {"fields": {"title": "Т", "creatorId": 1, "responsibleId": 1, name: 1}}
        assert desk3.refusal("tasks.task.add", said) == (400, "UNKNOWNDTOPROPERTYEXCEPTION")

    @pytest.mark.parametrize("name", ["id", "created", "creator", "parent", "chat"])
    def test_fields_nobody_writes(self, desk3, name):
        said = {"fields": {"title": "Т", "creatorId": 1, "responsibleId": 1, name: 1}}
        [(field, words)] = desk3.faults("tasks.task.add", said)
        assert (field, "Editable" in words) == (name, True)

    def test_what_a_portal_computes_is_taken_and_comes_to_nothing(self, desk3):
        fields = {"title": "Т", "creatorId": 1, "responsibleId": 1, "containsResults": True, "outlookVersion": 7}
        item = desk3.call("tasks.task.add", {"fields": fields})["item"]
        assert (item["containsResults"], item["outlookVersion"]) == (False, 1)


class TestGet:
    def test_the_base_set_and_the_related_fields(self, desk3, task):
        said = {"id": task.id, "select": ["responsible.name", "responsible.email"]}
        item = desk3.call("tasks.task.get", said)["item"]
        assert set(item) == {*SAMPLE, "responsible"}
        assert item["responsible"] == {"name": "Светлана Продавцова", "email": f"user{task.responsible}@example.org"}

    def test_only_what_is_selected(self, desk3, task):
        said = {"id": task.id, "select": ["id", "chat.id", "chat.entityId", "chat.entityType"]}
        assert desk3.call("tasks.task.get", said)["item"] == {
            "id": task.id,
            "chat": {"id": task.chat, "entityId": task.id, "entityType": "TASKS_TASK"},
        }

    def test_an_unknown_field_of_the_task_goes_unnoticed(self, desk3, task):
        assert desk3.call("tasks.task.get", {"id": task.id, "select": ["id", "nope"]})["item"] == {"id": task.id}

    @pytest.mark.parametrize(
        ("select", "field", "entity"),
        [
            (["responsible.stageId"], "stageId", "UserDto"),
            (["parent.nope"], "nope", "TaskDto"),
            (["title.x"], "title", "TaskDto"),
            (["nope.x"], "nope", "TaskDto"),
        ],
    )
    def test_an_unknown_field_of_a_related_object_does_not(self, desk3, task, select, field, entity):
        answer = desk3.send("tasks.task.get", {"id": task.id, "select": select})
        assert answer.status_code == 400
        assert answer.json()["error"]["message"] == f"Неизвестное поле `{field}` для сущности `{entity}`"

    def test_a_path_without_end(self, desk3, task):
        said = {"id": task.id, "select": ["parent." * 500 + "id"]}
        assert desk3.refusal("tasks.task.get", said) == (400, "INVALIDSELECTEXCEPTION")

    def test_everything_related(self, desk3, company):
        portal = desk3.portal
        group = portal.workgroups.add("Проект", project=True)
        column = portal.tasks.kanban.columns("G", group.id)[1]
        parent = portal.tasks.add("Родитель", responsible=1)
        task = portal.tasks.add(
            "Задача",
            responsible=company.seller,
            created_by=company.boss,
            group=group.id,
            stage=column.id,
            parent=parent.id,
            auditors=(company.buyer,),
            tags=("срочно",),
        )
        portal.tasks.elapsed_time.add(task, 120, "Звонок", user_id=company.seller, by=company.seller)
        portal.tasks.update(task, {"status": Status.COMPLETED}, by=company.seller)
        select = [
            "group.name",
            "group.type",
            "stage.title",
            "parent.title",
            "parent.parent.id",
            "auditors.name",
            "accomplices.id",
            "creator.gender",
            "closedBy.id",
            "statusChangedBy.id",
            "changedBy.name",
            "tags.name",
            "elapsedTime.seconds",
            "creator.image.src",
            "flow.name",
            "id",
        ]
        item = desk3.call("tasks.task.get", {"id": task.id, "select": select})["item"]
        assert item == {
            "id": task.id,
            "creator": {"image": None, "gender": ""},
            "group": {"name": "Проект", "type": "project"},
            "stage": {"title": column.title},
            "flow": None,
            "accomplices": [],
            "auditors": [{"name": "Захар Закупкин"}],
            "parent": {"title": "Родитель", "parent": None},
            "changedBy": {"name": "Светлана Продавцова"},
            "statusChangedBy": {"id": company.seller},
            "closedBy": {"id": company.seller},
            "tags": [{"name": "срочно"}],
            "elapsedTime": {"seconds": 120},
        }

    @pytest.mark.parametrize(
        ("said", "status", "code"),
        [
            ({}, 400, REQUEST),
            ({"id": "1"}, 400, REQUEST),
            ({"id": None}, 400, REQUEST),
            ({"id": 999}, 400, "ENTITYNOTFOUNDEXCEPTION"),
            ({"id": -1}, 400, "ENTITYNOTFOUNDEXCEPTION"),
            ({"id": 10**30}, 400, "ENTITYNOTFOUNDEXCEPTION"),
        ],
    )
    def test_refusals(self, desk3, said, status, code):
        assert desk3.refusal("tasks.task.get", said) == (status, code)

    def test_words_of_not_found(self, desk3):
        message = desk3.send("tasks.task.get", {"id": 2}).json()["error"]["message"]
        assert message == "Запись с ID = `2` не найдена"

    def test_a_task_of_others(self, desk3, task, company):
        assert desk3.refusal("tasks.task.get", {"id": task.id}, by=company.outsider) == (403, "ACCESSDENIEDEXCEPTION")


class TestList:
    @pytest.fixture
    def tasks(self, desk3, company):
        add = desk3.portal.tasks.add
        return [
            add("Б", responsible=company.seller, created_by=company.boss, priority=2),
            add("А", responsible=company.buyer, created_by=company.buyer),
            add("В", responsible=company.seller, created_by=company.boss, status=Status.IN_PROGRESS),
        ]

    def test_only_ids_unless_selected_by_id(self, desk3, tasks):
        assert desk3.call("tasks.task.list") == {"items": [{"id": task.id} for task in tasks]}

    def test_the_sample(self, desk3, tasks):
        said = {
            "select": ["id", "title", "responsibleId", "deadline", "status"],
            "filter": [["id", ">", tasks[0].id]],
            "order": {"id": "ASC"},
            "pagination": {"page": 1, "limit": 20, "offset": 0},
        }
        first, second = desk3.call("tasks.task.list", said)["items"]
        assert list(first) == ["id", "title", "responsibleId", "deadline", "status"]
        assert (second["title"], second["deadline"], second["status"]) == ("В", None, "in_progress")

    def test_everybody_sees_their_own(self, desk3, tasks, company):
        def seen(by):
            return [row["id"] for row in desk3.call("tasks.task.list", by=by)["items"]]

        assert seen(company.outsider) == []
        assert seen(company.buyer) == [tasks[1].id]
        assert seen(company.boss) == [tasks[0].id, tasks[2].id]

    def test_sorted_by_title(self, desk3, tasks):
        said = {"select": ["title"], "order": {"title": "DESC"}}
        assert [row["title"] for row in desk3.call("tasks.task.list", said)["items"]] == ["В", "Б", "А"]

    @pytest.mark.parametrize("name", ["title", "status", "xmlId", "responsibleId", "groupId"])
    def test_only_the_id_is_filterable(self, desk3, name):
        [(field, words)] = desk3.faults("tasks.task.list", {"filter": [[name, "=", 1]]})
        assert (field, "Filterable" in words) == (name, True)

    @pytest.mark.parametrize(("limit", "rows"), [(20, 20), (50, 50), (51, 50), (1000, 50)])
    def test_fifty_rows_whatever_is_asked(self, desk3, limit, rows):
        for number in range(60):
            desk3.portal.tasks.add(f"Задача {number}", responsible=1)
        assert len(desk3.call("tasks.task.list", {"pagination": {"limit": limit}})["items"]) == rows


class TestUpdate:
    def test_what_was_given_changes(self, desk3, task, company):
        fields = {"title": "Новое", "status": "in_progress", "responsibleId": company.buyer, "deadline": None}
        assert desk3.call("tasks.task.update", {"id": task.id, "fields": fields}) == {"result": True}
        assert (task.title, task.status, task.responsible) == ("Новое", Status.IN_PROGRESS, company.buyer)
        assert desk3.desk.events()[-1:] == ["ONTASKUPDATE"]

    def test_nothing_new_is_nothing_done(self, desk3, task):
        desk3.desk.events()
        assert desk3.call("tasks.task.update", {"id": task.id, "fields": {"title": task.title}}) == {"result": True}
        assert desk3.desk.events() == []

    @pytest.mark.parametrize(
        ("fields", "field", "words"),
        [
            (
                {"creatorId": 1},
                "creatorId",
                "В DTO `TaskDto` в поле `creatorId` требуется наличие атрибута `Editable` для такого запроса",
            ),
            ({"parentId": 1}, "parentId", "Невозможно привязать узел к самому себе"),
            ({"deadline": "x"}, "deadline", "В поле `deadline` требуется тип данных `DateTime` для такого запроса"),
        ],
    )
    def test_refusals(self, desk3, task, fields, field, words):
        assert task.id == 1
        assert desk3.faults("tasks.task.update", {"id": task.id, "fields": fields}) == [(field, words)]

    @pytest.mark.parametrize(("said", "field"), [({"fields": {"title": "x"}}, "id"), ({"id": 1}, "fields")])
    def test_what_is_missing(self, desk3, task, said, field):
        assert [name for name, _ in desk3.faults("tasks.task.update", said)] == [field]

    def test_no_access_and_no_task_look_the_same(self, desk3, task, company):
        fields = {"fields": {"title": "x"}}
        denied = (403, "ACCESSDENIEDEXCEPTION")
        assert desk3.refusal("tasks.task.update", {"id": 999, **fields}) == denied
        assert desk3.refusal("tasks.task.update", {"id": task.id, **fields}, by=company.outsider) == denied
        assert desk3.refusal("tasks.task.update", {"id": task.id, **fields}, by=company.seller) == denied

    def test_a_result_that_is_required_is_missed(self, desk3, task):
        desk3.portal.tasks.update(task, {"result_required": True}, by=1)
        said = {"id": task.id, "fields": {"status": "completed"}}
        assert desk3.refusal("tasks.task.update", said) == (403, "ACCESSDENIEDEXCEPTION")
        desk3.portal.tasks.results.add(task, "Готово", by=1)
        desk3.call("tasks.task.update", said)
        assert task.status is Status.COMPLETED


class TestDelete:
    def test_gone(self, desk3, task):
        assert desk3.call("tasks.task.delete", {"id": task.id}) == {"result": True}
        assert desk3.portal.tasks.get(task.id) is None
        assert desk3.desk.events()[-1] == "ONTASKDELETE"

    def test_refusals(self, desk3, task, company):
        denied = (403, "ACCESSDENIEDEXCEPTION")
        assert desk3.refusal("tasks.task.delete", {}) == (400, REQUEST)
        assert desk3.refusal("tasks.task.delete", {"id": "x"}) == (400, REQUEST)
        assert desk3.refusal("tasks.task.delete", {"id": 999}) == denied
        assert desk3.refusal("tasks.task.delete", {"id": task.id}, by=company.seller) == denied


class TestAccess:
    def test_the_sample(self, desk3, task, company):
        rights = desk3.call("tasks.task.access.get", {"id": task.id}, by=company.boss)
        assert set(rights) == set(RIGHTS)
        assert (rights["edit"], rights["complete"], rights["renew"], rights["approve"]) == (True, True, False, False)

    def test_a_doer_may_less(self, desk3, task, company):
        rights = desk3.call("tasks.task.access.get", {"id": task.id}, by=company.seller)
        assert (rights["read"], rights["start"], rights["edit"], rights["remove"]) == (True, True, False, False)

    def test_strangers_may_nothing(self, desk3, task, company):
        of_stranger = desk3.call("tasks.task.access.get", {"id": task.id}, by=company.outsider)
        of_nothing = desk3.call("tasks.task.access.get", {"id": 999})
        assert set(of_stranger.values()) == set(of_nothing.values()) == {False}

    @pytest.mark.parametrize("said", [{}, {"id": "8017"}])
    def test_refusals(self, desk3, said):
        assert desk3.refusal("tasks.task.access.get", said) == (400, REQUEST)


class TestFiles:
    @pytest.fixture
    def file(self, desk3):
        [storage] = desk3.desk.call("disk.storage.getlist", {"filter": {"ENTITY_TYPE": "common"}})
        content = ["report.txt", "0J7RgtGH0ZHRgg=="]
        said = {"id": storage["ID"], "data": {"NAME": "report.txt"}, "fileContent": content}
        return int(desk3.desk.call("disk.storage.uploadfile", said)["ID"])

    def test_a_file_of_the_drive_is_attached(self, desk3, task, file):
        assert desk3.call("tasks.task.file.attach", {"taskId": task.id, "fileIds": [file]}) == {"result": True}
        item = desk3.call("tasks.task.get", {"id": task.id, "select": ["fileIds"]})["item"]
        assert item == {"fileIds": list(task.files)}
        assert len(task.files) == 1

    def test_a_new_task_may_bring_its_files(self, desk3, file):
        fields = {"title": "Т", "creatorId": 1, "responsibleId": 1, "fileIds": [file]}
        number = desk3.call("tasks.task.add", {"fields": fields})["item"]["id"]
        assert len(desk3.portal.tasks.get(number).files) == 1

    @pytest.mark.parametrize(
        ("said", "faults"),
        [
            ({"fileIds": [1]}, ["taskId"]),
            ({"taskId": 1}, ["fileIds"]),
            ({"taskId": "1", "fileIds": [1]}, ["taskId"]),
            ({"taskId": 1, "fileIds": 1}, ["fileIds"]),
            ({"taskId": 1, "fileIds": ["x"]}, ["fileIds"]),
            ({"taskId": 1, "fileIds": [999]}, [None]),
            ({"taskId": 999, "fileIds": [1]}, [None]),
        ],
    )
    def test_refusals(self, desk3, task, said, faults):
        assert desk3.refusal("tasks.task.file.attach", said) == (400, REQUEST)
        assert [field for field, _ in desk3.faults("tasks.task.file.attach", said)] == faults
        assert task.files == ()


class TestMessages:
    def test_said_in_the_chat_of_the_task(self, desk3, task, company):
        desk3.desk.events()
        said = {"fields": {"taskId": task.id, "text": "Сообщение из внешней системы"}}
        assert desk3.call("tasks.task.chat.message.send", said, by=company.seller) == {"result": True}
        [comment] = desk3.portal.tasks.comments.of_task(task.id)
        assert (comment.author, comment.text) == (company.seller, "Сообщение из внешней системы")
        assert desk3.desk.events() == ["ONTASKCOMMENTADD"]

    @pytest.mark.parametrize(
        ("said", "status", "code"),
        [
            ({}, 400, REQUEST),
            ({"fields": {"text": "x"}}, 400, OBJECT),
            ({"fields": {"taskId": 1}}, 400, OBJECT),
            ({"fields": {"taskId": 1, "text": "  "}}, 400, OBJECT),
            ({"fields": {"taskId": "1", "text": "x"}}, 400, REQUEST),
            ({"fields": {"taskId": 1, "text": ["x"]}}, 400, REQUEST),
            ({"fields": {"taskId": 1, "text": "x", "nope": 1}}, 400, "UNKNOWNDTOPROPERTYEXCEPTION"),
            ({"fields": {"taskId": 1, "text": "x", "id": 1}}, 400, OBJECT),
            ({"fields": {"taskId": 999, "text": "x"}}, 403, "ACCESSDENIEDEXCEPTION"),
        ],
    )
    def test_refusals(self, desk3, task, said, status, code):
        assert desk3.refusal("tasks.task.chat.message.send", said) == (status, code)

    def test_who_may_not_read_may_not_speak(self, desk3, task, company):
        said = {"fields": {"taskId": task.id, "text": "x"}}
        refused = desk3.refusal("tasks.task.chat.message.send", said, by=company.outsider)
        assert refused == (403, "ACCESSDENIEDEXCEPTION")
