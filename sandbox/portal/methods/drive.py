"""``disk.*``: api-reference/disk/.

An object just made shows its numbers as numbers, one that was read as strings (samples of the pages). Files are
uploaded as base64 inside the call; uploading to an address of its own is not built, nor is downloading.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TypeVar

from sandbox.portal.clock import iso
from sandbox.portal.conditions import Column, Kind, read_conditions
from sandbox.portal.drive import APPLICATION, NameTakenError, Right, Storage, Thing, Version
from sandbox.portal.errors import RestError
from sandbox.portal.loose import as_flag, as_int, as_list, as_object, as_text
from sandbox.portal.portal import Portal
from sandbox.portal.rest import JSON, Answer, Caller, Params, page, rest_method

Row = TypeVar("Row")

PAGES = "api-reference/disk"
PREFIXES = ("!=%", "!%=", "=%", "%=", "!%", "!@", "!=", ">=", "<=", ">", "<", "@", "%", "=", "!")

RIGHTS = {"disk_access_full": Right.FULL, "disk_access_edit": Right.EDIT, "disk_access_read": Right.READ}
RIGHT_TITLES = {Right.FULL: "Полный доступ", Right.EDIT: "Редактирование", Right.READ: "Чтение"}

STORAGE_COLUMNS: dict[str, Column[Storage]] = {
    "ID": Column(Kind.NUMBER, lambda storage: storage.id),
    "NAME": Column(Kind.MASK, lambda storage: storage.name),
    "CODE": Column(Kind.TEXT, lambda storage: ""),
    "ENTITY_TYPE": Column(Kind.TEXT, lambda storage: storage.kind),
    "ENTITY_ID": Column(Kind.TEXT, lambda storage: storage.entity),
}

COLUMNS: dict[str, Column[Thing]] = {
    "ID": Column(Kind.NUMBER, lambda thing: thing.id),
    "NAME": Column(Kind.MASK, lambda thing: thing.name),
    "TYPE": Column(Kind.TEXT, lambda thing: kind_of(thing)),
    "CODE": Column(Kind.TEXT, lambda thing: ""),
    "STORAGE_ID": Column(Kind.NUMBER, lambda thing: thing.storage),
    "PARENT_ID": Column(Kind.NUMBER, lambda thing: thing.parent),
    "CREATE_TIME": Column(Kind.MOMENT, lambda thing: thing.created),
    "UPDATE_TIME": Column(Kind.MOMENT, lambda thing: thing.updated),
    "DELETE_TIME": Column(Kind.MOMENT, lambda thing: thing.deleted),
    "DELETED_TYPE": Column(Kind.NUMBER, lambda thing: 3 if thing.in_bin else 0),
}

VERSION_COLUMNS: dict[str, Column[Version]] = {
    "ID": Column(Kind.NUMBER, lambda version: version.id),
    "OBJECT_ID": Column(Kind.NUMBER, lambda version: version.object_id),
    "SIZE": Column(Kind.NUMBER, lambda version: len(version.content)),
    "NAME": Column(Kind.MASK, lambda version: version.name),
    "CREATE_TIME": Column(Kind.MOMENT, lambda version: version.at),
    "CREATED_BY": Column(Kind.NUMBER, lambda version: version.by),
}

# Storages


@rest_method("disk.storage.getFields", scope="disk", docs=f"{PAGES}/storage/disk-storage-get-fields.md")
def storage_fields(portal: Portal, caller: Caller, params: Params) -> JSON:
    return described(
        ID="integer", NAME="string", CODE="string", MODULE_ID="-string", ENTITY_TYPE="string", ENTITY_ID="string",
        ROOT_OBJECT_ID="-integer",
    )  # fmt: skip


@rest_method("disk.storage.getTypes", scope="disk", docs=f"{PAGES}/storage/disk-storage-get-types.md")
def storage_types(portal: Portal, caller: Caller, params: Params) -> JSON:
    return ["user", "common", "group"]


@rest_method("disk.storage.getList", scope="disk", docs=f"{PAGES}/storage/disk-storage-get-list.md")
def list_storages(portal: Portal, caller: Caller, params: Params) -> Answer:
    """Those whose folder at the top the caller may read."""
    storages = [s for s in portal.drive.storages() if readable(portal, caller, portal.drive.get(s.root))]
    found = arranged(params, storages, STORAGE_COLUMNS)
    by_id = {storage.id: storage for storage in found}
    return page(
        list(by_id), params.start(), wrap=lambda ids: [show_storage(by_id[n]) for n in ids if isinstance(n, int)]
    )


@rest_method("disk.storage.get", scope="disk", docs=f"{PAGES}/storage/disk-storage-get.md")
def get_storage(portal: Portal, caller: Caller, params: Params) -> JSON:
    return show_storage(require_storage(portal, caller, params, Right.READ))


@rest_method("disk.storage.getForApp", scope="disk", docs=f"{PAGES}/storage/disk-storage-get-for-app.md")
def storage_of_application(portal: Portal, caller: Caller, params: Params) -> JSON:
    """Made when it is first asked for."""
    application = caller.application
    if application is None:
        raise RestError("ACCESS_DENIED", "Access denied! Application context required", 403)
    return show_storage(portal.drive.storage_of(APPLICATION, str(application.id), application.title))


@rest_method("disk.storage.rename", scope="disk", docs=f"{PAGES}/storage/disk-storage-rename.md")
def rename_storage(portal: Portal, caller: Caller, params: Params) -> JSON:
    """Only that of the application."""
    storage = require_storage(portal, caller, params, Right.FULL)
    if storage.kind != APPLICATION:
        raise RestError("", "Access denied (invalid type of storage)")
    storage.name = require_name(params, "newName")
    return show_storage(storage)


@rest_method("disk.storage.getChildren", scope="disk", docs=f"{PAGES}/storage/disk-storage-get-children.md")
def storage_children(portal: Portal, caller: Caller, params: Params) -> Answer:
    storage = require_storage(portal, caller, params, Right.READ)
    return listed(portal, params, portal.drive.children(root_of(portal, storage)))


@rest_method("disk.storage.addFolder", scope="disk", docs=f"{PAGES}/storage/disk-storage-add-folder.md")
def add_folder_to_storage(portal: Portal, caller: Caller, params: Params) -> JSON:
    storage = require_storage(portal, caller, params, Right.EDIT)
    return add_folder(portal, caller, params, root_of(portal, storage))


@rest_method("disk.storage.uploadFile", scope="disk", docs=f"{PAGES}/storage/disk-storage-upload-file.md")
def upload_to_storage(portal: Portal, caller: Caller, params: Params) -> JSON:
    storage = require_storage(portal, caller, params, Right.EDIT)
    if params.get("fileContent") is None:
        raise argument("Parameter #2")
    return upload(portal, caller, params, root_of(portal, storage))


# Folders


@rest_method("disk.folder.getFields", scope="disk", docs=f"{PAGES}/folder/disk-folder-get-fields.md")
def folder_fields(portal: Portal, caller: Caller, params: Params) -> JSON:
    return described(
        ID="integer", NAME="string", TYPE="enum", CODE="string", STORAGE_ID="integer", REAL_OBJECT_ID="-integer",
        PARENT_ID="integer", CREATE_TIME="datetime", UPDATE_TIME="datetime", DELETE_TIME="datetime",
        CREATED_BY="-integer", UPDATED_BY="-integer", DELETED_BY="-integer", DELETED_TYPE="enum",
    )  # fmt: skip


@rest_method("disk.folder.get", scope="disk", docs=f"{PAGES}/folder/disk-folder-get.md")
def get_folder(portal: Portal, caller: Caller, params: Params) -> JSON:
    return show(portal, require_folder(portal, caller, params, Right.READ))


@rest_method("disk.folder.getChildren", scope="disk", docs=f"{PAGES}/folder/disk-folder-get-children.md")
def folder_children(portal: Portal, caller: Caller, params: Params) -> Answer:
    folder = require_folder(portal, caller, params, Right.READ)
    return listed(portal, params, portal.drive.children(folder))


@rest_method("disk.folder.addSubFolder", scope="disk", docs=f"{PAGES}/folder/disk-folder-add-subfolder.md")
def add_subfolder(portal: Portal, caller: Caller, params: Params) -> JSON:
    return add_folder(portal, caller, params, require_folder(portal, caller, params, Right.EDIT))


@rest_method("disk.folder.uploadFile", scope="disk", docs=f"{PAGES}/folder/disk-folder-upload-file.md")
def upload_to_folder(portal: Portal, caller: Caller, params: Params) -> JSON:
    folder = require_folder(portal, caller, params, Right.EDIT)
    if params.get("fileContent") is None:
        raise RestError(
            "NOT_BUILT_IN_SANDBOX", "Uploading to an address of its own is not built: pass fileContent", status=501
        )
    return upload(portal, caller, params, folder)


@rest_method("disk.folder.rename", scope="disk", docs=f"{PAGES}/folder/disk-folder-rename.md")
def rename_folder(portal: Portal, caller: Caller, params: Params) -> JSON:
    return rename(portal, caller, require_folder(portal, caller, params, Right.EDIT), params)


@rest_method("disk.folder.copyTo", scope="disk", docs=f"{PAGES}/folder/disk-folder-copy-to.md")
def copy_folder(portal: Portal, caller: Caller, params: Params) -> JSON:
    return copy(portal, caller, require_folder(portal, caller, params, Right.READ), params)


@rest_method("disk.folder.moveTo", scope="disk", docs=f"{PAGES}/folder/disk-folder-move-to.md")
def move_folder(portal: Portal, caller: Caller, params: Params) -> JSON:
    return move(portal, caller, require_folder(portal, caller, params, Right.EDIT), params)


@rest_method("disk.folder.markDeleted", scope="disk", docs=f"{PAGES}/folder/disk-folder-mark-deleted.md")
def throw_folder_away(portal: Portal, caller: Caller, params: Params) -> JSON:
    folder = require_folder(portal, caller, params, Right.FULL)
    if not folder.parent:
        raise RestError("DISK_OBJ_22000", "Could not delete root folder")
    portal.drive.throw_away(folder, by=caller.user_id)
    return {**show(portal, folder), "DELETED_TYPE": 3}


@rest_method("disk.folder.restore", scope="disk", docs=f"{PAGES}/folder/disk-folder-restore.md")
def restore_folder(portal: Portal, caller: Caller, params: Params) -> JSON:
    return restore(portal, caller, require_folder(portal, caller, params, Right.EDIT))


@rest_method("disk.folder.deleteTree", scope="disk", docs=f"{PAGES}/folder/disk-folder-delete-tree.md")
def delete_folder(portal: Portal, caller: Caller, params: Params) -> JSON:
    folder = require_folder(portal, caller, params, Right.FULL)
    if not folder.parent:
        raise RestError("DISK_OBJ_22000", "Could not delete root folder")
    portal.drive.delete(folder)
    return True


@rest_method("disk.folder.getExternalLink", scope="disk", docs=f"{PAGES}/folder/disk-folder-get-external-link.md")
def link_to_folder(portal: Portal, caller: Caller, params: Params) -> JSON:
    return external_link(portal, require_folder(portal, caller, params, Right.READ))


@rest_method("disk.folder.shareToUser", scope="disk", docs=f"{PAGES}/folder/disk-folder-share-to-user.md")
def share_folder(portal: Portal, caller: Caller, params: Params) -> JSON:
    folder = require_folder(portal, caller, params, Right.READ)
    user_id = require_number(params, "userId")
    right = RIGHTS.get(as_text(params.get("taskName")) or "")
    if right is None or not portal.drive.may(caller.user_id, folder, right):
        raise denied()
    folder.rights[f"U{user_id}"] = right
    return True


# Files


@rest_method("disk.file.getFields", scope="disk", docs=f"{PAGES}/file/disk-file-get-fields.md")
def file_fields(portal: Portal, caller: Caller, params: Params) -> JSON:
    return described(
        ID="integer", NAME="string", TYPE="enum", CODE="string", STORAGE_ID="integer", PARENT_ID="integer",
        CREATE_TIME="datetime", UPDATE_TIME="datetime", DELETE_TIME="datetime", CREATED_BY="-integer",
        UPDATED_BY="-integer", DELETED_BY="-integer", GLOBAL_CONTENT_VERSION="-integer", FILE_ID="-integer",
        SIZE="-integer", DELETED_TYPE="enum",
    )  # fmt: skip


@rest_method("disk.file.get", scope="disk", docs=f"{PAGES}/file/disk-file-get.md")
def get_file(portal: Portal, caller: Caller, params: Params) -> JSON:
    return show(portal, require_file(portal, caller, params, Right.READ))


@rest_method("disk.file.rename", scope="disk", docs=f"{PAGES}/file/disk-file-rename.md")
def rename_file(portal: Portal, caller: Caller, params: Params) -> JSON:
    return rename(portal, caller, require_file(portal, caller, params, Right.EDIT), params)


@rest_method("disk.file.copyTo", scope="disk", docs=f"{PAGES}/file/disk-file-copy-to.md")
def copy_file(portal: Portal, caller: Caller, params: Params) -> JSON:
    return copy(portal, caller, require_file(portal, caller, params, Right.READ), params)


@rest_method("disk.file.moveTo", scope="disk", docs=f"{PAGES}/file/disk-file-move-to.md")
def move_file(portal: Portal, caller: Caller, params: Params) -> JSON:
    return move(portal, caller, require_file(portal, caller, params, Right.EDIT), params)


@rest_method("disk.file.markDeleted", scope="disk", docs=f"{PAGES}/file/disk-file-mark-deleted.md")
def throw_file_away(portal: Portal, caller: Caller, params: Params) -> JSON:
    file = require_file(portal, caller, params, Right.EDIT)
    portal.drive.throw_away(file, by=caller.user_id)
    return show(portal, file)


@rest_method("disk.file.restore", scope="disk", docs=f"{PAGES}/file/disk-file-restore.md")
def restore_file(portal: Portal, caller: Caller, params: Params) -> JSON:
    return restore(portal, caller, require_file(portal, caller, params, Right.EDIT))


@rest_method("disk.file.delete", scope="disk", docs=f"{PAGES}/file/disk-file-delete.md")
def delete_file(portal: Portal, caller: Caller, params: Params) -> JSON:
    portal.drive.delete(require_file(portal, caller, params, Right.FULL))
    return True


@rest_method("disk.file.getExternalLink", scope="disk", docs=f"{PAGES}/file/disk-file-get-external-link.md")
def link_to_file(portal: Portal, caller: Caller, params: Params) -> JSON:
    return external_link(portal, require_file(portal, caller, params, Right.READ))


@rest_method("disk.file.uploadVersion", scope="disk", docs=f"{PAGES}/file/disk-file-upload-version.md")
def upload_version(portal: Portal, caller: Caller, params: Params) -> JSON:
    file = require_file(portal, caller, params, Right.EDIT)
    if params.get("fileContent") is None:
        raise argument("Parameter #1")
    content = read_content(params.get("fileContent"))
    if content is None:
        raise RestError("DISK_FILE_22002", "Could not save file")
    portal.drive.add_version(file, content, by=caller.user_id)
    return {**show(portal, file), "GLOBAL_CONTENT_VERSION": len(file.versions)}


@rest_method("disk.file.getVersions", scope="disk", docs=f"{PAGES}/file/disk-file-get-versions.md")
def list_versions(portal: Portal, caller: Caller, params: Params) -> Answer:
    """Those before the newest one too; newest first."""
    file = require_file(portal, caller, params, Right.READ)
    versions = list(reversed(arranged(params, file.versions, VERSION_COLUMNS)))
    return page([show_version(portal, version) for version in versions], params.start())


@rest_method("disk.file.restoreFromVersion", scope="disk", docs=f"{PAGES}/file/disk-file-restore-from-version.md")
def restore_version(portal: Portal, caller: Caller, params: Params) -> JSON:
    file = require_file(portal, caller, params, Right.FULL)
    version = portal.drive.version(require_number(params, "versionId"))
    if version is None:
        raise not_found(as_int(params.get("versionId")) or 0)
    if version.object_id != file.id:
        raise RestError("DISK_FILE_22004", "Невозможно восстановить версию из другого файла")
    portal.drive.add_version(file, version.content, by=caller.user_id)
    return {**show(portal, file), "GLOBAL_CONTENT_VERSION": len(file.versions)}


@rest_method("disk.file.search", scope="disk", docs=f"{PAGES}/file/disk-file-search.md")
def search_files(portal: Portal, caller: Caller, params: Params) -> Answer:
    """By a part of the name. No ``total``; ``next`` while there is more (unverified)."""
    if params.get("QUERY") is None:
        raise RestError("ERROR_ARGUMENT", "Invalid value of parameter { Parameter #0 [ <required> $QUERY ] }.")
    query = " ".join((as_text(params.get("QUERY")) or "").split()).casefold()
    if not 3 <= len(query) <= 255:
        raise RestError("INVALID_QUERY", "Search query is invalid. (INVALID_QUERY).")
    wanted = params.text("TYPE", "file")
    if wanted not in {"file", "folder", "all"}:
        raise RestError("INVALID_TYPE", "Search result type is invalid. (INVALID_TYPE).")
    inside = search_places(portal, caller, params)
    start = min(max(params.start(), 0), 1000)
    found = [
        thing
        for thing in portal.drive.all()
        if query in thing.name.casefold()
        and wanted in ("all", kind_of(thing))
        and all(place(thing) for place in inside)
        and readable(portal, caller, thing)
    ]
    end = start + 50
    rows: list[JSON] = [show(portal, thing) for thing in found[start:end]]
    return Answer(rows, None, end if end < len(found) else None)


@rest_method("disk.version.get", scope="disk", docs=f"{PAGES}/version/disk-version-get.md")
def get_version(portal: Portal, caller: Caller, params: Params) -> JSON:
    number = require_number(params, "id")
    version = portal.drive.version(number)
    file = None if version is None else portal.drive.get(version.object_id)
    if version is None or file is None:
        raise not_found(number)
    if not readable(portal, caller, file):
        raise denied()
    return show_version(portal, version)


@rest_method("disk.attachedObject.get", scope="disk", docs=f"{PAGES}/attached-object/disk-attached-object-get.md")
def get_attachment(portal: Portal, caller: Caller, params: Params) -> JSON:
    """Whoever may see the task may see what hangs on it."""
    number = require_number(params, "id")
    attachment = portal.drive.attachment(number)
    file = None if attachment is None else portal.drive.get(attachment.object_id)
    if attachment is None or file is None:
        raise not_found(number)
    task = portal.tasks.get(attachment.entity_id)
    may = task is not None and portal.tasks.rights.may_read(task, caller.user_id)
    if not may and not readable(portal, caller, file):
        raise denied()
    return {
        "ID": str(attachment.id),
        "OBJECT_ID": str(file.id),
        "MODULE_ID": "tasks",
        "ENTITY_TYPE": "tasks_task",
        "ENTITY_ID": str(attachment.entity_id),
        "CREATE_TIME": iso(attachment.at),
        "CREATED_BY": str(attachment.by),
        "DOWNLOAD_URL": f"{portal.address}/bitrix/tools/disk/uf.php?attachedId={attachment.id}&action=download&ncc=1",
        "NAME": file.name,
        "SIZE": str(file.size),
    }


@rest_method("disk.rights.getTasks", scope="disk", docs=f"{PAGES}/rights/disk-rights-get-tasks.md")
def list_rights(portal: Portal, caller: Caller, params: Params) -> JSON:
    return [{"ID": str(int(right)), "NAME": name, "TITLE": RIGHT_TITLES[right]} for name, right in RIGHTS.items()]


# What several of them do


def add_folder(portal: Portal, caller: Caller, params: Params, parent: Thing) -> JSON:
    data = params.optional_object("data")
    name = (as_text(data.get("NAME")) or "").strip()
    if not name:
        raise argument("Parameter #1")
    try:
        folder = portal.drive.add_folder(parent, name, by=caller.user_id, rights=read_rights(params))
    except NameTakenError:
        raise RestError("DISK_OBJ_22000", "Папка с таким именем уже есть") from None
    return show_new(portal, folder)


def upload(portal: Portal, caller: Caller, params: Params, parent: Thing) -> JSON:
    """``data {NAME}`` and ``fileContent [name, base64]``, or base64 alone."""
    name = (as_text(params.optional_object("data").get("NAME")) or "").strip()
    if not name:
        raise RestError("DISK_BASE_SERVICE_22001", "Error: required parameter NAME (DISK_BASE_SERVICE_22001)")
    content = read_content(params.get("fileContent"))
    if content is None:
        raise RestError("ERROR_COULD_NOT_SAVE_FILE", "Could not save file")
    unique = bool(as_flag(params.get("generateUniqueName")))
    try:
        file = portal.drive.add_file(
            parent, name, content, by=caller.user_id, unique=unique, rights=read_rights(params)
        )
    except NameTakenError:
        raise file_name_taken() from None
    return show_new(portal, file)


def rename(portal: Portal, caller: Caller, thing: Thing, params: Params) -> JSON:
    name = require_name(params, "newName")
    if not thing.parent:
        raise denied()
    try:
        portal.drive.rename(thing, name, by=caller.user_id)
    except NameTakenError:
        raise name_taken(thing) from None
    return show(portal, thing)


def copy(portal: Portal, caller: Caller, thing: Thing, params: Params) -> JSON:
    target = require_target(portal, caller, params)
    try:
        return show_new(portal, portal.drive.copy(thing, target, by=caller.user_id))
    except NameTakenError:
        raise name_taken(thing) from None


def move(portal: Portal, caller: Caller, thing: Thing, params: Params) -> JSON:
    target = require_target(portal, caller, params)
    if not thing.parent:
        raise denied()
    try:
        portal.drive.move(thing, target, by=caller.user_id)
    except NameTakenError:
        raise name_taken(thing) from None
    return {**show(portal, thing), "PARENT_ID": target.id}


def restore(portal: Portal, caller: Caller, thing: Thing) -> JSON:
    if thing.in_bin:
        portal.drive.restore(thing, by=caller.user_id)
    return {**show(portal, thing), "DELETED_TYPE": 0}


def listed(portal: Portal, params: Params, things: list[Thing]) -> Answer:
    by_id = {thing.id: thing for thing in arranged(params, things, COLUMNS)}
    return page(
        list(by_id), params.start(), wrap=lambda ids: [show(portal, by_id[n]) for n in ids if isinstance(n, int)]
    )


def arranged(params: Params, rows: list[Row], columns: Mapping[str, Column[Row]]) -> list[Row]:
    """Those that fit ``filter``, in the ``order`` asked for."""
    conditions = read_conditions(params.filter(), columns, PREFIXES)
    found = [row for row in rows if all(condition.test(columns[condition.name].read(row)) for condition in conditions)]
    for name, way in reversed(params.order()):
        if name in columns:
            found.sort(key=sort_key(columns[name]), reverse=way.startswith("DESC"))
    return found


def sort_key(column: Column[Row]) -> Callable[[Row], tuple[bool, int | str | datetime]]:
    """What has no value comes first."""

    def key(row: Row) -> tuple[bool, int | str | datetime]:
        value = column.read(row)
        if value is None or isinstance(value, frozenset):
            return (False, 0)
        return (True, value.casefold() if isinstance(value, str) else value)

    return key


def search_places(portal: Portal, caller: Caller, params: Params) -> list[Callable[[Thing], bool]]:
    sent = params.get("FILTER")
    wanted = as_object(sent)
    if sent is not None and wanted is None:
        raise no_such_place()
    if set(wanted or {}) - {"STORAGE_ID", "FOLDER_ID"}:
        raise RestError("INVALID_FILTER", "Search filter contains an unknown field. (INVALID_FILTER).")
    places: list[Callable[[Thing], bool]] = []
    storage_id, folder_id = as_int((wanted or {}).get("STORAGE_ID")), as_int((wanted or {}).get("FOLDER_ID"))
    if storage_id:
        storage = portal.drive.storage(storage_id)
        if storage is None or not readable(portal, caller, root_of(portal, storage)):
            raise no_such_place()
        places.append(lambda thing: thing.storage == storage_id)
    if folder_id:
        folder = portal.drive.get(folder_id)
        if folder is None or folder.is_file or not readable(portal, caller, folder):
            raise no_such_place()
        if storage_id and folder.storage != storage_id:
            raise no_such_place()
        places.append(lambda thing: any(above.id == folder_id for above in portal.drive.above(thing)))
    return places


# Reading


def require_number(params: Params, name: str, place: int = 0) -> int:
    number = as_int(params.get(name))
    if number is None:
        raise argument(f"Parameter #{place}")
    return number


def require_name(params: Params, name: str) -> str:
    if params.get(name) is None:
        raise argument("Parameter #1")
    words = (as_text(params.get(name)) or "").strip()
    if not words:
        raise RestError("0", "Empty name")
    return words


def require_storage(portal: Portal, caller: Caller, params: Params, right: Right) -> Storage:
    number = require_number(params, "id")
    storage = portal.drive.storage(number)
    if storage is None:
        raise not_found(number)
    if not portal.drive.may(caller.user_id, root_of(portal, storage), right):
        raise denied()
    return storage


def require_folder(portal: Portal, caller: Caller, params: Params, right: Right) -> Thing:
    number = require_number(params, "id", 1)
    return allowed(portal, caller, number, right, files=False)


def require_file(portal: Portal, caller: Caller, params: Params, right: Right) -> Thing:
    number = require_number(params, "id")
    return allowed(portal, caller, number, right, files=True)


def require_target(portal: Portal, caller: Caller, params: Params) -> Thing:
    return allowed(portal, caller, require_number(params, "targetFolderId", 1), Right.EDIT, files=False)


def allowed(portal: Portal, caller: Caller, number: int, right: Right, *, files: bool) -> Thing:
    thing = portal.drive.get(number)
    if thing is None or thing.is_file is not files:
        raise not_found(number)
    if not portal.drive.may(caller.user_id, thing, right):
        raise denied()
    return thing


def root_of(portal: Portal, storage: Storage) -> Thing:
    root = portal.drive.get(storage.root)
    if root is None:
        raise LookupError(f"storage {storage.id} has lost its folder {storage.root}")
    return root


def readable(portal: Portal, caller: Caller, thing: Thing | None) -> bool:
    return thing is not None and portal.drive.may(caller.user_id, thing, Right.READ)


def read_content(value: JSON) -> bytes | None:
    """``None`` for what is no base64."""
    parts = as_list(value)
    text = as_text(parts[-1]) if parts else None
    if not text:
        return None
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None


def read_rights(params: Params) -> dict[str, Right]:
    """``[{TASK_ID, ACCESS_CODE}]``."""
    rights: dict[str, Right] = {}
    for given in as_list(params.get("rights")):
        said = as_object(given) or {}
        number, code = as_int(said.get("TASK_ID")), as_text(said.get("ACCESS_CODE"))
        if number not in set(Right) or not code:
            raise RestError("", "Invalid rights format")
        rights[code] = Right(number)
    return rights


# Showing


def kind_of(thing: Thing) -> str:
    return "file" if thing.is_file else "folder"


def show(portal: Portal, thing: Thing) -> dict[str, JSON]:
    """A thing that was read."""
    shown = show_new(portal, thing)
    numbers = ("ID", "REAL_OBJECT_ID", "DELETED_TYPE", "GLOBAL_CONTENT_VERSION", "FILE_ID")
    texts: dict[str, JSON] = {name: str(shown[name]) for name in numbers if name in shown}
    return {**shown, **texts, "DELETED_BY": str(thing.deleted_by)}


def show_new(portal: Portal, thing: Thing) -> dict[str, JSON]:
    """A thing that was made by this very call."""
    shown: dict[str, JSON] = {
        "ID": thing.id,
        "NAME": thing.name,
        "CODE": None,
        "STORAGE_ID": str(thing.storage),
        "TYPE": kind_of(thing),
    }
    if not thing.is_file:
        shown["REAL_OBJECT_ID"] = thing.id
    shown["PARENT_ID"] = str(thing.parent)
    shown["DELETED_TYPE"] = 3 if thing.in_bin else 0
    if thing.is_file:
        shown["GLOBAL_CONTENT_VERSION"] = len(thing.versions)
        shown["FILE_ID"] = thing.versions[-1].id
        shown["SIZE"] = str(thing.size)
    shown.update(
        {
            "CREATE_TIME": iso(thing.created),
            "UPDATE_TIME": iso(thing.updated),
            "DELETE_TIME": iso(thing.deleted) if thing.deleted else None,
            "CREATED_BY": str(thing.created_by),
            "UPDATED_BY": str(thing.updated_by),
            "DELETED_BY": None,
        }
    )
    if thing.is_file:
        shown["DOWNLOAD_URL"] = f"{portal.address}/rest/download.json?token=disk%7C{thing.id}"
    shown["DETAIL_URL"] = detail_url(portal, thing)
    return shown


def detail_url(portal: Portal, thing: Thing) -> str:
    storage = portal.drive.storage(thing.storage)
    homes = {"user": "company/personal/user/{}/disk", "group": "workgroups/group/{}/disk", "common": "docs"}
    home = homes.get(storage.kind if storage else "", "docs").format(storage.entity if storage else "")
    names = [above.name for above in portal.drive.above(thing) if above.parent]
    path = "/".join([*reversed(names), thing.name])
    return f"{portal.address}/{home}/{'file' if thing.is_file else 'path'}/{path}"


def show_storage(storage: Storage) -> dict[str, JSON]:
    return {
        "ID": str(storage.id),
        "NAME": storage.name,
        "CODE": None,
        "MODULE_ID": "disk",
        "ENTITY_TYPE": storage.kind,
        "ENTITY_ID": storage.entity,
        "ROOT_OBJECT_ID": str(storage.root),
    }


def show_version(portal: Portal, version: Version) -> dict[str, JSON]:
    return {
        "ID": str(version.id),
        "OBJECT_ID": str(version.object_id),
        "SIZE": str(len(version.content)),
        "NAME": version.name,
        "GLOBAL_CONTENT_VERSION": str(version.number),
        "CREATE_TIME": iso(version.at),
        "CREATED_BY": str(version.by),
        "DOWNLOAD_URL": f"{portal.address}/rest/download.json?token=disk%7C{version.object_id}%7C{version.id}",
    }


def external_link(portal: Portal, thing: Thing) -> str:
    """Short, and always the same for the same thing."""
    return f"{portal.address}/~{thing.id:05x}"


def described(**types: str) -> dict[str, JSON]:
    """Types of fields; one that cannot be filtered by has a minus in front."""
    return {
        name: {"TYPE": kind.lstrip("-"), "USE_IN_FILTER": not kind.startswith("-"), "USE_IN_SHOW": True}
        for name, kind in types.items()
    }


# Refusing


def argument(place: str) -> RestError:
    return RestError("ERROR_ARGUMENT", f"Invalid value of parameter {{{place}}}")


def not_found(number: int) -> RestError:
    return RestError("ERROR_NOT_FOUND", f"Could not find entity with id `{number}`")


def denied() -> RestError:
    return RestError("ACCESS_DENIED", "Access denied")


def no_such_place() -> RestError:
    return RestError("NOT_FOUND", "Search scope was not found. (NOT_FOUND).")


def file_name_taken() -> RestError:
    return RestError("DISK_OBJ_22000", "Файл с таким именем уже есть")


def name_taken(thing: Thing) -> RestError:
    return file_name_taken() if thing.is_file else RestError("DISK_OBJ_22000", "Папка с таким именем уже есть")
