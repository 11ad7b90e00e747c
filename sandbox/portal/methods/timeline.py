"""``crm.timeline.comment.*``, ``.bindings.*``, ``.item.*`` and ``.note.*``. ``api-reference/crm/timeline/``."""

from __future__ import annotations

from sandbox.portal.clock import iso
from sandbox.portal.crm.collection import Item
from sandbox.portal.crm.descriptions import describe
from sandbox.portal.crm.filters import Column, sort_rows
from sandbox.portal.crm.kinds import Kind
from sandbox.portal.crm.rights import READ
from sandbox.portal.crm.saving import file_url
from sandbox.portal.crm.timeline import ACTIVITY, RECORD, Comment, Owner, Record
from sandbox.portal.crm.values import INTEGER, MOMENT, NewFile, StoredFile, read_file
from sandbox.portal.errors import RestError
from sandbox.portal.loose import as_int, as_list, as_text
from sandbox.portal.portal import Portal
from sandbox.portal.rest import JSON, Answer, Caller, Params, page, rest_method

COMMENTS = "api-reference/crm/timeline/comments/"
BINDINGS = "api-reference/crm/timeline/bindings/"
PINS = "api-reference/crm/timeline/actions/"
NOTES = "api-reference/crm/timeline/note/"

# Comments


@rest_method("crm.timeline.comment.add", scope="crm", docs=COMMENTS + "crm-timeline-comment-add.md")
def add_comment(portal: Portal, caller: Caller, params: Params) -> JSON:
    """The author is the caller. The key must be exactly ``fields``, in lower case."""
    fields = params.require_object("fields")
    kind, item = require_owner(portal, fields)
    comment = Comment(
        id=portal.next_id("timeline"),
        owners=[(kind.entity_type_id, item.id)],
        author_id=caller.user_id,
        created=portal.clock.now(),
        text=read_comment(fields.get("COMMENT")),
        files=store_files(portal, fields.get("FILES")),
    )
    portal.crm.timeline.add(comment)
    portal.crm.saving.touch(kind, item, caller.user_id)
    announce(portal, "Add", comment, caller)
    return comment.id


@rest_method("crm.timeline.comment.update", scope="crm", docs=COMMENTS + "crm-timeline-comment-update.md")
def update_comment(portal: Portal, caller: Caller, params: Params) -> JSON:
    """``FILES`` is the full new set: old files are dropped."""
    comment = require_comment(portal, caller, params)
    fields = params.require_object("fields")
    if "COMMENT" in fields:
        comment.text = read_comment(fields["COMMENT"])
    if "FILES" in fields:
        comment.files = store_files(portal, fields["FILES"])
    announce(portal, "Update", comment, caller)
    return comment.id


@rest_method("crm.timeline.comment.get", scope="crm", docs=COMMENTS + "crm-timeline-comment-get.md")
def get_comment(portal: Portal, caller: Caller, params: Params) -> JSON:
    """Refusals have an empty code here, unlike those of ``add``."""
    number = as_int(params.lower().get("id"))
    if number is None or number <= 0:
        raise RestError("", "ID is not defined or invalid.")
    comment = portal.crm.timeline.comment(number)
    if comment is None:
        raise RestError("", "Not found.")
    if comment.owners and not any(portal.crm.may_see(owner) for owner in comment.owners):
        raise RestError("", "Access denied.")
    return show_comment(portal, comment, comment.owners[0] if comment.owners else None)


@rest_method("crm.timeline.comment.list", scope="crm", docs=COMMENTS + "crm-timeline-comment-list.md")
def list_comments(portal: Portal, caller: Caller, params: Params) -> Answer:
    """A comment bound to several items is shown as one of the item that was asked for."""
    sent = params.filter()
    kind = portal.crm.kind_named(as_text(sent.get("ENTITY_TYPE")) or "")
    number = as_int(sent.get("ENTITY_ID"))
    if kind is None or number is None:
        raise RestError("", "Access denied.")
    owner = (kind.entity_type_id, number)
    if number in portal.crm.items(kind.entity_type_id) and not portal.crm.may_see(owner):
        raise RestError("", "Access denied.")
    comments = sort_rows(portal.crm.timeline.of(owner, Comment), params.order(), COLUMNS)
    select = params.select()
    rows: list[JSON] = [
        {name: value for name, value in show_comment(portal, comment, owner).items() if not select or name in select}
        for comment in comments
    ]
    return page(rows, params.start())


@rest_method("crm.timeline.comment.delete", scope="crm", docs=COMMENTS + "crm-timeline-comment-delete.md")
def delete_comment(portal: Portal, caller: Caller, params: Params) -> JSON:
    """With an owner named, a comment bound to several items goes from that one; without, it is refused (inferred from
    the note and the code on the page)."""
    comment = require_comment(portal, caller, params)
    owner = named_owner(portal, params)
    if len(comment.owners) > 1:
        if owner is None:
            raise RestError("MULTIPLE_BINDINGS", "Элемент имеет привязки к нескольким элементам")
        portal.crm.timeline.unbind(comment, owner)
    else:
        announce(portal, "Delete", comment, caller)
        portal.crm.timeline.delete(comment)
    return None


@rest_method("crm.timeline.comment.fields", scope="crm", docs=COMMENTS + "crm-timeline-comment-fields.md")
def comment_fields(portal: Portal, caller: Caller, params: Params) -> JSON:
    return {
        "ID": describe("integer", "ID", read_only=True),
        "CREATED": describe("datetime", "Дата добавления", read_only=True),
        "ENTITY_ID": describe("integer", "ID элемента, к которому привязан комментарий", required=True, immutable=True),
        "ENTITY_TYPE": describe(
            "string", "Тип элемента, к которому привязан комментарий", required=True, immutable=True
        ),
        "AUTHOR_ID": describe("integer", "Автор", immutable=True),
        "COMMENT": describe("string", "Текст комментария"),
        "FILES": describe("attached_diskfile", "Список файлов", multiple=True),
    }


# Bindings


@rest_method("crm.timeline.bindings.bind", scope="crm", docs=BINDINGS + "crm-timeline-bindings-bind.md")
def bind(portal: Portal, caller: Caller, params: Params) -> JSON:
    """A second time changes nothing and is ``true`` too (unverified)."""
    record, owner = read_binding(portal, params)
    portal.crm.timeline.bind(record, owner)
    return True


@rest_method("crm.timeline.bindings.unbind", scope="crm", docs=BINDINGS + "crm-timeline-bindings-unbind.md")
def unbind(portal: Portal, caller: Caller, params: Params) -> JSON:
    """The last binding can go too; the record stays (unverified)."""
    record, owner = read_binding(portal, params)
    portal.crm.timeline.unbind(record, owner)
    return True


@rest_method("crm.timeline.bindings.list", scope="crm", docs=BINDINGS + "crm-timeline-bindings-list.md")
def list_bindings(portal: Portal, caller: Caller, params: Params) -> Answer:
    """Of a record that does not exist there are none."""
    number = as_int(params.filter().get("OWNER_ID"))
    if number is None or number <= 0:
        raise RestError("", "OWNER_ID is not defined or invalid.")
    record = portal.crm.timeline.get(number)
    owners = [owner for owner in record.owners if portal.crm.may_see(owner)] if record else []
    rows: list[JSON] = [
        {"OWNER_ID": str(number), "ENTITY_ID": str(owner[1]), "ENTITY_TYPE": type_word(portal, owner)}
        for owner in owners
    ]
    return page(rows, params.start())


@rest_method("crm.timeline.bindings.fields", scope="crm", docs=BINDINGS + "crm-timeline-bindings-fields.md")
def binding_fields(portal: Portal, caller: Caller, params: Params) -> JSON:
    return {
        "OWNER_ID": describe("integer", "ID записи таймлайна", required=True, immutable=True),
        "ENTITY_ID": describe("integer", "ID элемента", required=True, immutable=True),
        "ENTITY_TYPE": describe("string", "Тип элемента", required=True, immutable=True),
    }


# Pins


@rest_method("crm.timeline.item.pin", scope="crm", docs=PINS + "crm-timeline-item-pin.md")
def pin(portal: Portal, caller: Caller, params: Params) -> JSON:
    record, owner = require_placed(portal, params)
    portal.crm.timeline.pin(record, owner)
    return None


@rest_method("crm.timeline.item.unpin", scope="crm", docs=PINS + "crm-timeline-item-unpin.md")
def unpin(portal: Portal, caller: Caller, params: Params) -> JSON:
    record, owner = require_placed(portal, params)
    portal.crm.timeline.unpin(record, owner)
    return None


# Notes


@rest_method("crm.timeline.note.save", scope="crm", docs=NOTES + "crm-timeline-note-save.md")
def save_note(portal: Portal, caller: Caller, params: Params) -> JSON:
    item_type, number = require_noted(portal, params)
    portal.crm.timeline.write_note(item_type, number, params.require_text("text"), caller.user_id, portal.clock.now())
    return True


@rest_method("crm.timeline.note.get", scope="crm", docs=NOTES + "crm-timeline-note-get.md")
def get_note(portal: Portal, caller: Caller, params: Params) -> JSON:
    note = portal.crm.timeline.note(*require_noted(portal, params, READ))
    if note is None:
        raise RestError("NOT_FOUND", "Элемент не найден")
    return {
        "text": note.text,
        "createdById": note.created_by,
        "createdTime": iso(note.created),
        "updatedById": note.updated_by,
        "updatedTime": iso(note.updated),
    }


@rest_method("crm.timeline.note.delete", scope="crm", docs=NOTES + "crm-timeline-note-delete.md")
def delete_note(portal: Portal, caller: Caller, params: Params) -> JSON:
    if not portal.crm.timeline.delete_note(*require_noted(portal, params)):
        raise RestError("NOT_FOUND", "Элемент не найден")
    return True


# Readers


def require_owner(portal: Portal, fields: dict[str, JSON]) -> tuple[Kind, Item]:
    """The item a comment is for; raises ``100`` for missing fields, ``OWNER_NOT_FOUND``, ``ACCESS_DENIED``."""
    number, entity_type = as_int(fields.get("ENTITY_ID")), as_text(fields.get("ENTITY_TYPE"))
    if number is None or not entity_type:
        raise RestError("100", "Не переданы обязательные поля ENTITY_ID, ENTITY_TYPE")
    kind = portal.crm.kind_named(entity_type)
    return portal.crm.require_owner(kind.entity_type_id if kind else 0, number)


def read_comment(sent: JSON) -> str:
    text = as_text(sent) or ""
    if not text.strip():
        raise RestError("INVALID_ARG_VALUE", "Пустой комментарий")
    return text


def require_comment(portal: Portal, caller: Caller, params: Params) -> Comment:
    """To be changed: comments are changed by their author and by administrators (unverified)."""
    comment = portal.crm.timeline.comment(params.lower().require_int("id"))
    if comment is None:
        raise RestError("NOT_FOUND", "Not found.")
    owner = named_owner(portal, params)
    if owner is not None and owner not in comment.owners:
        raise RestError("NOT_FOUND", "Not found.")
    if not caller.admin and caller.user_id != comment.author_id:
        raise RestError("ACCESS_DENIED", "Недостаточно прав")
    return comment


def named_owner(portal: Portal, params: Params) -> Owner | None:
    """``ownerTypeId`` with ``ownerId``, which need not be sent; raises ``OWNER_NOT_FOUND``."""
    entity_type_id, number = params.optional_int("ownerTypeId"), params.optional_int("ownerId")
    if entity_type_id is None or number is None:
        return None
    portal.crm.require_owner(entity_type_id, number)
    return entity_type_id, number


def required_owner(portal: Portal, params: Params, action: str) -> Owner:
    owner = (params.require_int("ownerTypeId"), params.require_int("ownerId"))
    portal.crm.require_owner(*owner, action)
    return owner


def require_placed(portal: Portal, params: Params) -> tuple[Record, Owner]:
    """A record and the item in whose timeline it is pinned."""
    number = params.require_int("id")
    owner = required_owner(portal, params, "update")
    record = portal.crm.timeline.get(number)
    if record is None:
        raise RestError("NOT_FOUND", "Not found.")
    return record, owner


def require_noted(portal: Portal, params: Params, action: str = "update") -> tuple[int, int]:
    """What a note is written to: the kind of thing and its id. It must stand in the timeline of the named item."""
    owner = (params.require_int("ownerTypeId"), params.require_int("ownerId"))
    item_type, number = params.require_int("itemType"), params.require_int("itemId")
    item = portal.crm.items(owner[0]).get(owner[1]) if portal.crm.exists(owner[0]) else None
    noted: Record | object | None = None
    if item is not None and item_type == RECORD:
        record = portal.crm.timeline.get(number)
        noted = record if record is not None and owner in record.owners else None
    elif item is not None and item_type == ACTIVITY:
        noted = next((one for one in portal.crm.activities.of(owner) if one.id == number), None)
    if noted is None:
        raise RestError("NOT_FOUND", "Элемент не найден")
    portal.crm.require_owner(*owner, action)
    return item_type, number


def read_binding(portal: Portal, params: Params) -> tuple[Record, Owner]:
    """A record and an item; every refusal has an empty code."""
    fields = params.require_object("fields")
    for name in ("OWNER_ID", "ENTITY_ID"):
        if (as_int(fields.get(name)) or 0) <= 0:
            raise RestError("", f"{name} is not defined or invalid.")
    kind = portal.crm.kind_named(as_text(fields.get("ENTITY_TYPE")) or "")
    if kind is None:
        raise RestError("", "ENTITY_TYPE is not defined or invalid.")
    record = portal.crm.timeline.get(as_int(fields["OWNER_ID"]) or 0)
    if record is None:
        raise RestError("", "Not found.")
    owner = (kind.entity_type_id, as_int(fields["ENTITY_ID"]) or 0)
    try:
        portal.crm.require_owner(*owner)
    except RestError:
        raise RestError("", "Access denied.") from None
    return record, owner


def store_files(portal: Portal, sent: JSON) -> list[StoredFile]:
    files: list[StoredFile] = []
    for element in as_list(sent):
        try:
            file = read_file(element)
        except ValueError:
            raise RestError("INVALID_ARG_VALUE", "Неверное значение поля FILES") from None
        if isinstance(file, NewFile):
            number = portal.next_id("file")
            files.append(StoredFile(number, file.name, file.content, file_url(portal.address, number)))
    return files


# Answers


def announce(portal: Portal, what: str, comment: Comment, caller: Caller) -> None:
    """The page's sample has ``data[ID]`` without ``FIELDS``."""
    places = {"entity_type_id": comment.owners[0][0], "entity_id": comment.owners[0][1]} if comment.owners else {}
    portal.changed(f"crm.timeline.comment.{what.lower()}", id=comment.id, by=caller.user_id, **places)
    portal.emit(f"onCrmTimelineComment{what}", {"ID": str(comment.id)})


def type_word(portal: Portal, owner: Owner) -> str:
    return portal.crm.kind(owner[0]).symbol.lower()


def show_comment(portal: Portal, comment: Comment, owner: Owner | None) -> dict[str, JSON]:
    """``FILES`` is a map by file id: ``{}`` without files, as on the page."""
    author = portal.staff.user(comment.author_id)
    return {
        "ID": str(comment.id),
        "ENTITY_ID": str(owner[1]) if owner else None,
        "ENTITY_TYPE": type_word(portal, owner) if owner else None,
        "CREATED": iso(comment.created),
        "COMMENT": comment.text,
        "AUTHOR_ID": str(comment.author_id),
        "FILES": {
            str(file.id): {
                "id": file.id,
                "date": iso(comment.created),
                "type": "file",
                "name": file.name,
                "size": len(file.content) * 3 // 4,
                "authorId": comment.author_id,
                "authorName": author.full_name if author else "",
                "urlShow": file.url,
                "urlDownload": file.url,
            }
            for file in comment.files
        },
    }


COLUMNS: dict[str, Column[Comment]] = {
    "ID": Column("ID", INTEGER, lambda comment: comment.id),
    "CREATED": Column("CREATED", MOMENT, lambda comment: comment.created),
    "AUTHOR_ID": Column("AUTHOR_ID", INTEGER, lambda comment: comment.author_id),
}
