"""What a client can find out: descriptions of fields, the OpenAPI document, permissions, the event log."""

from __future__ import annotations

import pytest

from sandbox.portal.rest3.calls import documented_methods
from sandbox.portal.rest3.registry import METHODS, load_methods
from tests.sandbox.portal.rest3.conftest import PREFIX, REQUEST

load_methods()

DESCRIPTION = [
    "name", "type", "title", "description", "validationRules", "requiredGroups", "filterable", "sortable", "editable",
    "multiple", "elementType",
]  # fmt: skip
ENTRY = [
    "id", "timestampX", "severity", "auditTypeId", "moduleId", "itemId", "remoteAddr", "userAgent", "requestUri",
    "siteId", "userId", "guestId", "description",
]  # fmt: skip
SECTIONS = {
    "tasks.task": "title",
    "tasks.task.access": "id",
    "tasks.task.chat.message": "taskId",
    "tasks.task.file": "taskId",
    "tasks.task.result": "text",
    "humanresources.node": "name",
    "humanresources.node.member": "role",
    "humanresources.employee": "userId",
    "main.eventlog": "id",
}


@pytest.mark.parametrize("section", SECTIONS)
def test_fields_of_a_section(desk3, section):
    items = desk3.call(f"{section}.field.list")["items"]
    assert all(list(item) == DESCRIPTION for item in items)
    one = desk3.call(f"{section}.field.get", {"name": SECTIONS[section]})["item"]
    assert one in items


@pytest.mark.parametrize("section", SECTIONS)
def test_what_is_refused_about_fields(desk3, section):
    unknown = {"select": ["unknownField"]}
    assert desk3.refusal(f"{section}.field.list", unknown) == (400, "UNKNOWNDTOPROPERTYEXCEPTION")
    assert desk3.refusal(f"{section}.field.list", {"select": "name"}) == (400, "INVALIDSELECTEXCEPTION")
    assert desk3.refusal(f"{section}.field.get") == (400, REQUEST)
    answer = desk3.send(f"{section}.field.get", {"name": "nope"})
    code = "BITRIX_REST_V3_REALISATION_EXCEPTION_FIELDNOTFOUNDEXCEPTION"
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, code)


@pytest.mark.parametrize(
    ("section", "name", "expected"),
    [
        ("tasks.task", "id", {"type": "int", "filterable": True, "sortable": True, "editable": False}),
        ("tasks.task", "title", {"type": "string", "filterable": False, "requiredGroups": ["add"]}),
        ("tasks.task", "created", {"type": "object", "filterable": False}),
        ("tasks.task", "responsible", {"type": "object", "editable": False}),
        ("tasks.task", "inMute", {"type": "array", "multiple": False}),
        ("tasks.task.access", "id", {"title": "ID", "description": "Идентификатор", "requiredGroups": None}),
        ("tasks.task.chat.message", "id", {"filterable": True, "sortable": True}),
        ("tasks.task.file", "fileIds", {"type": "array", "title": "fileIds", "description": None}),
        ("humanresources.node", "name", {"filterable": False, "sortable": True}),
        ("humanresources.node", "createdAt", {"type": "string", "sortable": True}),
        ("main.eventlog", "timestampX", {"type": "object", "filterable": True, "sortable": True}),
        ("main.eventlog", "severity", {"type": "string", "filterable": False}),
    ],
)
def test_descriptions_as_in_the_samples(desk3, section, name, expected):
    item = desk3.call(f"{section}.field.get", {"name": name, "select": list(expected)})["item"]
    assert item == expected


def test_the_words_about_an_unknown_field(desk3):
    message = desk3.send("tasks.task.field.list", {"select": ["unknownField"]}).json()["error"]["message"]
    assert message == "Неизвестное поле `unknownField` для сущности `DtoFieldDto`"


class TestOpenApi:
    @pytest.mark.parametrize("method", ["rest.documentation.openapi", "documentation"])
    def test_the_document_stands_alone(self, desk3, method):
        document = desk3.desk.client.get(desk3.address(method)).json()
        assert document.keys() == {"openapi", "info", "servers", "tags", "paths", "components"}
        assert (document["openapi"], document["info"]["title"]) == ("3.0.0", "Bitrix24 REST V3 API")
        assert {"name": "tasks", "description": "tasks module methods"} in document["tags"]

    def test_every_built_method_is_in_it(self, desk3):
        paths = desk3.send("documentation").json()["paths"]
        assert {f"/{method.name}" for method in METHODS.values()} | {"/batch"} == set(paths)

    def test_references_lead_somewhere(self, desk3):
        document = desk3.send("documentation").json()
        found = set()

        def look(part):
            if isinstance(part, dict):
                if "$ref" in part:
                    found.add(part["$ref"].removeprefix("#/components/schemas/"))
                for inner in part.values():
                    look(inner)
            if isinstance(part, list):
                for inner in part:
                    look(inner)

        look(document)
        assert found <= document["components"]["schemas"].keys()
        assert {"bitrix.tasks.taskdto", "bitrix.tasks.userdto", "bitrix.humanresources.nodedto"} <= found

    def test_what_a_new_task_needs(self, desk3):
        path = desk3.send("documentation").json()["paths"]["/tasks.task.add"]
        assert path.keys() == {"post"}
        schema = path["post"]["requestBody"]["content"]["application/json"]["schema"]
        assert schema["required"] == ["fields"]
        assert schema["properties"]["fields"]["required"] == ["title", "creatorId", "responsibleId"]

    def test_methods_without_parameters_have_a_get(self, desk3):
        assert desk3.send("documentation").json()["paths"]["/humanresources.node.count"].keys() == {"post", "get"}


def test_permissions_by_module_controller_and_method(desk3):
    found = desk3.call("rest.scope.list", {"filterModule": "rest", "filterMethod": "list"})
    assert found.keys() == {"rest"}
    leaf = found["rest"]["scope"]["list"]
    assert leaf.keys() == {"scope", "title", "description", "fields"}
    assert leaf["scope"] == "rest.scope.list"
    assert "task" in desk3.call("rest.scope.list")["tasks"]


def test_every_method_built_is_a_documented_one():
    assert METHODS.keys() - documented_methods().keys() == set()


class TestEventLog:
    def test_an_authorisation_an_hour(self, desk3, company):
        for _ in range(3):
            desk3.send("tasks.task.list", by=company.seller)
        desk3.portal.clock.advance(3600)
        desk3.send("tasks.task.list", by=company.seller)
        said = {"filter": [["userId", company.seller]], "order": {"id": "ASC"}}
        first, second = desk3.call("main.eventlog.list", said)["items"]
        assert list(first) == ENTRY
        assert (first["auditTypeId"], first["itemId"], first["userId"]) == (
            "USER_AUTHORIZE",
            str(company.seller),
            company.seller,
        )
        assert second["timestampX"] == "2026-01-15T13:00:00+03:00"

    def test_by_moments(self, desk3):
        said = {"filter": [["timestampX", ">=", "2026-01-15"], ["timestampX", "<", "2026-01-16T00:00:00+03:00"]]}
        assert len(desk3.call("main.eventlog.list", said)["items"]) == 1

    def test_one_by_its_id(self, desk3):
        assert desk3.call("main.eventlog.get", {"id": 1, "select": ["id", "siteId"]})["item"] == {
            "id": 1,
            "siteId": "s1",
        }
        assert desk3.refusal("main.eventlog.get", {"id": 999}) == (400, "ENTITYNOTFOUNDEXCEPTION")

    @pytest.mark.parametrize("method", ["list", "get", "tail", "field.list", "field.get"])
    def test_for_administrators(self, desk3, company, method):
        said = {"id": 1, "name": "id"}
        refused = desk3.refusal(f"main.eventlog.{method}", said, by=company.seller)
        assert refused == (403, "ACCESSDENIEDEXCEPTION")

    def test_no_secret_gets_into_it(self, desk3):
        secret = desk3.address("x").split("/")[-2]
        assert secret not in desk3.send("main.eventlog.list").text


def test_codes_carry_the_common_prefix(desk3):
    assert desk3.send("tasks.task.get").json()["error"]["code"].startswith(PREFIX)
