"""``disk.*`` over HTTP, and files that hang on tasks (api-reference/disk/)."""

from __future__ import annotations

import base64

import pytest

from sandbox.portal.access import Application
from sandbox.portal.dispatch import call
from sandbox.portal.rest import Caller, Params


def encoded(text):
    return base64.b64encode(text.encode()).decode()


def storage_of(desk, user):
    """The user's own storage."""
    [storage] = desk.call("disk.storage.getList", {"filter": {"ENTITY_TYPE": "user", "ENTITY_ID": str(user)}}, by=user)
    return storage


def upload(desk, user=1, name="a.txt", text="Привет", **more):
    storage = storage_of(desk, user)["ID"]
    params = {"id": storage, "data": {"NAME": name}, "fileContent": [name, encoded(text)], **more}
    return desk.call("disk.storage.uploadFile", params, by=user)


def children(desk, folder, *, by=1, **request):
    return [row["NAME"] for row in desk.call("disk.folder.getChildren", {"id": folder, **request}, by=by)]


def test_everyone_sees_their_own_storage_and_the_common_one(desk, company):
    desk.portal.workgroups.add("Продажи", owner=company.boss, members=[company.seller])

    def kinds(by):
        return sorted(storage["ENTITY_TYPE"] for storage in desk.call("disk.storage.getList", by=by))

    assert kinds(company.seller) == ["common", "group", "user"]
    assert kinds(company.outsider) == ["common", "user"]
    assert len(kinds(1)) == 7  # an administrator sees them all


def test_a_new_file_shows_numbers_a_read_one_strings(desk):
    made = upload(desk)
    read = desk.call("disk.file.get", {"id": made["ID"]})

    assert (made["ID"], read["ID"]) == (int(read["ID"]), str(made["ID"]))
    assert (made["DELETED_TYPE"], read["DELETED_TYPE"]) == (0, "0")
    assert (made["DELETED_BY"], read["DELETED_BY"]) == (None, "0")
    assert (made["SIZE"], made["TYPE"], made["GLOBAL_CONTENT_VERSION"]) == ("12", "file", 1)
    assert made["STORAGE_ID"] == storage_of(desk, 1)["ID"]
    assert list(made)[:5] == ["ID", "NAME", "CODE", "STORAGE_ID", "TYPE"]


def test_a_name_is_taken_once_unless_a_free_one_is_wanted(desk):
    upload(desk, name="отчёт.docx")
    params = {"data": {"NAME": "отчёт.docx"}, "fileContent": encoded("x"), "id": storage_of(desk, 1)["ID"]}

    assert desk.refusal("disk.storage.uploadFile", params) == (400, "DISK_OBJ_22000")
    assert desk.call("disk.storage.uploadFile", {**params, "generateUniqueName": True})["NAME"] == "отчёт (1).docx"


def test_folders_hold_folders_and_files(desk):
    storage = storage_of(desk, 1)
    top = desk.call("disk.storage.addFolder", {"id": storage["ID"], "data": {"NAME": "Папка"}})
    inner = desk.call("disk.folder.addSubFolder", {"id": top["ID"], "data": {"NAME": "Внутри"}})
    desk.call("disk.folder.uploadFile", {"id": top["ID"], "data": {"NAME": "b.txt"}, "fileContent": encoded("x")})

    assert children(desk, top["ID"]) == ["Внутри", "b.txt"]
    assert children(desk, top["ID"], filter={"TYPE": "file"}) == ["b.txt"]
    assert children(desk, top["ID"], order={"NAME": "DESC"}) == ["Внутри", "b.txt"]
    assert children(desk, top["ID"], filter={"%NAME": "нутр"}) == ["Внутри"]
    assert desk.call("disk.storage.getChildren", {"id": storage["ID"]})[0]["ID"] == str(top["ID"])
    path = desk.call("disk.folder.get", {"id": inner["ID"]})["DETAIL_URL"]
    assert path.endswith("/company/personal/user/1/disk/path/Папка/Внутри")


def test_copying_takes_everything_along_and_moving_leaves_nothing(desk):
    storage = storage_of(desk, 1)["ID"]
    source, target = (
        desk.call("disk.storage.addFolder", {"id": storage, "data": {"NAME": name}})["ID"] for name in ("Из", "В")
    )
    file = desk.call("disk.folder.uploadFile", {"id": source, "data": {"NAME": "a.txt"}, "fileContent": encoded("x")})[
        "ID"
    ]

    copied = desk.call("disk.folder.copyTo", {"id": source, "targetFolderId": target})
    assert children(desk, copied["ID"]) == ["a.txt"]
    moved = desk.call("disk.file.moveTo", {"id": file, "targetFolderId": target})
    assert (moved["PARENT_ID"], children(desk, source)) == (target, [])
    assert desk.refusal("disk.folder.moveTo", {"id": target, "targetFolderId": copied["ID"]})[0] == 400


def test_the_bin_gives_back(desk):
    file = upload(desk)["ID"]
    root = storage_of(desk, 1)["ROOT_OBJECT_ID"]

    thrown = desk.call("disk.file.markDeleted", {"id": file})
    assert (thrown["DELETED_TYPE"], thrown["DELETED_BY"], children(desk, root)) == ("3", "1", [])
    upload(desk)
    restored = desk.call("disk.file.restore", {"id": file})
    assert (restored["DELETED_TYPE"], restored["NAME"]) == (0, "a (1).txt")
    assert desk.call("disk.file.delete", {"id": file}) is True
    assert desk.refusal("disk.file.get", {"id": file}) == (400, "ERROR_NOT_FOUND")


def test_folders_go_with_all_they_hold(desk):
    storage = storage_of(desk, 1)
    folder = desk.call("disk.storage.addFolder", {"id": storage["ID"], "data": {"NAME": "Папка"}})["ID"]
    file = desk.call("disk.folder.uploadFile", {"id": folder, "data": {"NAME": "a.txt"}, "fileContent": encoded("x")})[
        "ID"
    ]

    assert desk.call("disk.folder.markDeleted", {"id": folder})["DELETED_TYPE"] == 3
    assert desk.call("disk.folder.restore", {"id": folder})["DELETED_TYPE"] == 0
    assert desk.call("disk.folder.deleteTree", {"id": folder}) is True
    assert desk.refusal("disk.file.get", {"id": file}) == (400, "ERROR_NOT_FOUND")
    assert desk.refusal("disk.folder.deleteTree", {"id": storage["ROOT_OBJECT_ID"]}) == (400, "DISK_OBJ_22000")


def test_versions_can_be_gone_back_to(desk):
    file = upload(desk, text="Раз")["ID"]
    second = desk.call("disk.file.uploadVersion", {"id": file, "fileContent": ["a.txt", encoded("Второй")]})
    assert (second["GLOBAL_CONTENT_VERSION"], second["SIZE"]) == (2, "12")

    newest, first = desk.call("disk.file.getVersions", {"id": file})
    assert (newest["GLOBAL_CONTENT_VERSION"], first["SIZE"]) == ("2", "6")
    assert desk.call("disk.version.get", {"id": first["ID"]}) == first
    restored = desk.call("disk.file.restoreFromVersion", {"id": file, "versionId": first["ID"]})
    assert (restored["GLOBAL_CONTENT_VERSION"], restored["SIZE"]) == (3, "6")
    other = upload(desk, name="b.txt")["ID"]
    assert desk.refusal("disk.file.restoreFromVersion", {"id": other, "versionId": first["ID"]}) == (
        400,
        "DISK_FILE_22004",
    )


def test_others_read_what_was_shared_with_them(desk, company):
    storage = storage_of(desk, company.boss)["ID"]
    folder = desk.call("disk.storage.addFolder", {"id": storage, "data": {"NAME": "Папка"}}, by=company.boss)["ID"]
    rights = [{"TASK_ID": 71, "ACCESS_CODE": f"D{company.purchasing}"}]
    file = upload(desk, company.boss, name="закупки.txt", rights=rights)["ID"]

    assert desk.refusal("disk.folder.get", {"id": folder}, by=company.seller) == (400, "ACCESS_DENIED")
    share = {"id": folder, "userId": company.seller, "taskName": "disk_access_read"}
    assert desk.call("disk.folder.shareToUser", share, by=company.boss) is True
    assert desk.call("disk.folder.get", {"id": folder}, by=company.seller)["NAME"] == "Папка"
    assert desk.refusal("disk.folder.rename", {"id": folder, "newName": "x"}, by=company.seller)[1] == "ACCESS_DENIED"
    more = {**share, "userId": company.buyer, "taskName": "disk_access_full"}
    assert desk.refusal("disk.folder.shareToUser", more, by=company.seller) == (400, "ACCESS_DENIED")
    assert desk.call("disk.file.get", {"id": file}, by=company.buyer)["NAME"] == "закупки.txt"
    assert desk.refusal("disk.file.get", {"id": file}, by=company.seller) == (400, "ACCESS_DENIED")


def test_search_goes_through_what_one_may_read(desk, company):
    upload(desk, company.boss, name="Отчёт за январь.txt")
    folder = desk.call(
        "disk.storage.addFolder",
        {"id": storage_of(desk, company.boss)["ID"], "data": {"NAME": "Отчёты"}},
        by=company.boss,
    )["ID"]

    def found(by=company.boss, **request):
        return [row["NAME"] for row in desk.call("disk.file.search", {"QUERY": "отчёт", **request}, by=by)]

    assert found() == ["Отчёт за январь.txt"]
    assert found(TYPE="all") == ["Отчёт за январь.txt", "Отчёты"]
    assert found(TYPE="all", FILTER={"FOLDER_ID": folder}) == []
    assert found(by=company.seller) == []


@pytest.mark.parametrize(
    ("method", "params", "code"),
    [
        ("disk.storage.get", {}, "ERROR_ARGUMENT"),
        ("disk.storage.get", {"id": 999}, "ERROR_NOT_FOUND"),
        ("disk.storage.rename", {"id": 1, "newName": "x"}, ""),
        ("disk.storage.addFolder", {"id": 1, "data": {}}, "ERROR_ARGUMENT"),
        ("disk.storage.uploadFile", {"id": 1, "data": {}, "fileContent": "eA=="}, "DISK_BASE_SERVICE_22001"),
        (
            "disk.storage.uploadFile",
            {"id": 1, "data": {"NAME": "x"}, "fileContent": "не base64"},
            "ERROR_COULD_NOT_SAVE_FILE",
        ),
        ("disk.storage.uploadFile", {"id": 1, "data": {"NAME": "x"}, "fileContent": "eA==", "rights": [5]}, ""),
        ("disk.folder.get", {"id": 999}, "ERROR_NOT_FOUND"),
        ("disk.folder.markDeleted", {"id": 1}, "DISK_OBJ_22000"),
        ("disk.file.get", {"id": 1}, "ERROR_NOT_FOUND"),  # a folder is no file
        ("disk.file.search", {}, "ERROR_ARGUMENT"),
        ("disk.file.search", {"QUERY": "ab"}, "INVALID_QUERY"),
        ("disk.file.search", {"QUERY": "abc", "TYPE": "picture"}, "INVALID_TYPE"),
        ("disk.file.search", {"QUERY": "abc", "FILTER": {"NAME": "x"}}, "INVALID_FILTER"),
        ("disk.file.search", {"QUERY": "abc", "FILTER": {"STORAGE_ID": 999}}, "NOT_FOUND"),
        ("disk.attachedObject.get", {"id": 999}, "ERROR_NOT_FOUND"),
        ("disk.version.get", {"id": 999}, "ERROR_NOT_FOUND"),
    ],
)
def test_refusals(desk, method, params, code):
    desk.call("disk.storage.getList")

    assert desk.refusal(method, params) == (400, code)


def test_uploading_to_an_address_of_its_own_is_not_built(desk):
    root = storage_of(desk, 1)["ROOT_OBJECT_ID"]

    assert desk.refusal("disk.folder.uploadFile", {"id": root}) == (501, "NOT_BUILT_IN_SANDBOX")


def test_an_application_has_a_storage_of_its_own(desk):
    application = Application(7, "local.1", "secret", "token", "Качество", frozenset({"disk"}))
    caller = Caller(1, admin=True, scopes=frozenset({"disk"}), webhook_id=0, application=application)

    def ask(method, **params):
        return call(desk.portal, caller, method, Params(params)).envelope()["result"]

    storage = ask("disk.storage.getForApp")
    assert (storage["ENTITY_TYPE"], storage["ENTITY_ID"], storage["NAME"]) == ("restapp", "7", "Качество")
    assert ask("disk.storage.rename", id=storage["ID"], newName="Архив")["NAME"] == "Архив"
    assert ask("disk.storage.getForApp")["ID"] == storage["ID"]


def test_levels_of_access_and_kinds_of_storages(desk):
    assert [right["NAME"] for right in desk.call("disk.rights.getTasks")] == [
        "disk_access_full",
        "disk_access_edit",
        "disk_access_read",
    ]
    assert desk.call("disk.storage.getTypes") == ["user", "common", "group"]
    for thing in ("storage", "folder", "file"):
        assert desk.call(f"disk.{thing}.getFields")["ID"] == {
            "TYPE": "integer",
            "USE_IN_FILTER": True,
            "USE_IN_SHOW": True,
        }


# Files of tasks


def test_a_file_is_attached_to_a_task(desk, company):
    file = upload(desk, company.boss, name="акт.pdf")["ID"]
    task = desk.portal.tasks.add("Задача", created_by=company.boss, responsible=company.seller)
    desk.events()

    attached = desk.call("tasks.task.files.attach", {"taskId": task.id, "fileId": file}, by=company.boss)

    assert desk.events() == ["ONTASKUPDATE"]
    select = {"taskId": task.id, "select": ["UF_TASK_WEBDAV_FILES"]}
    shown = desk.call("tasks.task.get", select, by=company.seller)["task"]["ufTaskWebdavFiles"]
    assert shown == [attached["attachmentId"]]
    hung = desk.call("disk.attachedObject.get", {"id": shown[0]}, by=company.seller)
    assert (hung["OBJECT_ID"], hung["ENTITY_ID"], hung["NAME"]) == (str(file), str(task.id), "акт.pdf")
    assert desk.refusal("disk.attachedObject.get", {"id": shown[0]}, by=company.outsider) == (400, "ACCESS_DENIED")


def test_files_are_written_as_drive_objects_and_replaced_as_a_whole(desk):
    first, second = upload(desk)["ID"], upload(desk, name="b.txt")["ID"]
    fields = {"TITLE": "Задача", "RESPONSIBLE_ID": 1, "UF_TASK_WEBDAV_FILES": [f"n{first}"]}
    task = desk.call("tasks.task.add", {"fields": fields})["task"]["id"]

    def files():
        shown = desk.call("tasks.task.get", {"taskId": task, "select": ["UF_TASK_WEBDAV_FILES"]})["task"]
        return shown["ufTaskWebdavFiles"]

    [kept] = files()
    desk.call("tasks.task.update", {"taskId": task, "fields": {"UF_TASK_WEBDAV_FILES": [str(kept), f"n{second}"]}})
    assert files()[0] == kept
    assert len(files()) == 2
    desk.call("tasks.task.update", {"taskId": task, "fields": {"UF_TASK_WEBDAV_FILES": []}})
    assert files() is False


def test_only_files_one_may_read_are_attached(desk, company):
    file = upload(desk, company.boss)["ID"]
    task = desk.portal.tasks.add("Задача", created_by=company.seller, responsible=company.seller)
    attach = {"taskId": task.id, "fileId": file}

    assert desk.words("tasks.task.files.attach", attach, by=company.seller) == "Недостаточно прав.<br>"
    assert (
        desk.words("tasks.task.files.attach", {**attach, "fileId": 999}, by=company.seller) == "Недостаточно прав.<br>"
    )
    assert desk.refusal("tasks.task.files.attach", attach, by=company.outsider) == (400, "0")
    assert desk.refusal("tasks.task.files.attach", {"taskId": task.id}) == (400, "100")
    assert desk.refusal("tasks.task.files.attach", {"taskId": task.id, "fileId": "x"}) == (400, "100")
    fields = {"TITLE": "Задача", "RESPONSIBLE_ID": 1, "UF_TASK_WEBDAV_FILES": ["n999"]}
    assert desk.refusal("tasks.task.add", {"fields": fields}) == (400, "ERROR_CORE")
