"""``crm.timeline.comment.*``. ``api-reference/crm/timeline/comments/``."""

from __future__ import annotations

from sandbox.portal.clock import iso
from sandbox.portal.crm.collection import Item
from sandbox.portal.crm.descriptions import describe
from sandbox.portal.crm.filters import Column, sort_rows
from sandbox.portal.crm.kinds import Kind
from sandbox.portal.crm.saving import file_url
from sandbox.portal.crm.timeline import Comment
from sandbox.portal.crm.values import INTEGER, MOMENT, NewFile, StoredFile, read_file
from sandbox.portal.errors import RestError
from sandbox.portal.loose import as_int, as_list, as_text
from sandbox.portal.portal import Portal
from sandbox.portal.rest import JSON, Answer, Caller, Params, page, rest_method

DOCS = "api-reference/crm/timeline/comments/"


@rest_method("crm.timeline.comment.add", scope="crm", docs=DOCS + "crm-timeline-comment-add.md")
def add_comment(portal: Portal, caller: Caller, params: Params) -> JSON:
    """The author is the caller. The key must be exactly ``fields``, in lower case."""
    fields = params.require_object("fields")
    kind, item = require_owner(portal, fields)
    text = as_text(fields.get("COMMENT")) or ""
    if not text.strip():
        raise RestError("INVALID_ARG_VALUE", "Пустой комментарий")
    comment = Comment(
        portal.next_id("timeline"),
        kind.entity_type_id,
        item.id,
        caller.user_id,
        portal.clock.now(),
        text,
        store_files(portal, fields.get("FILES")),
    )
    portal.crm.timeline.add(comment)
    portal.crm.saving.touch(kind, item, caller.user_id)
    announce(portal, "Add", comment, caller)
    return comment.id


@rest_method("crm.timeline.comment.update", scope="crm", docs=DOCS + "crm-timeline-comment-update.md")
def update_comment(portal: Portal, caller: Caller, params: Params) -> JSON:
    """``FILES`` is the full new set: old files are dropped."""
    comment = portal.crm.timeline.get(params.require_int("id"))
    if comment is None:
        raise RestError("NOT_FOUND", "Not found.")
    require_right(caller, comment)
    fields = params.require_object("fields")
    if "COMMENT" in fields:
        text = as_text(fields["COMMENT"]) or ""
        if not text.strip():
            raise RestError("INVALID_ARG_VALUE", "Пустой комментарий")
        comment.text = text
    if "FILES" in fields:
        comment.files = store_files(portal, fields["FILES"])
    announce(portal, "Update", comment, caller)
    return comment.id


@rest_method("crm.timeline.comment.get", scope="crm", docs=DOCS + "crm-timeline-comment-get.md")
def get_comment(portal: Portal, caller: Caller, params: Params) -> JSON:
    """Refusals have an empty code here, unlike those of ``add``."""
    number = as_int(params.get("id"))
    if number is None or number <= 0:
        raise RestError("", "ID is not defined or invalid.")
    comment = portal.crm.timeline.get(number)
    if comment is None:
        raise RestError("", "Not found.")
    return show_comment(portal, comment)


@rest_method("crm.timeline.comment.list", scope="crm", docs=DOCS + "crm-timeline-comment-list.md")
def list_comments(portal: Portal, caller: Caller, params: Params) -> Answer:
    owner = params.filter()
    kind = portal.crm.kind_named(as_text(owner.get("ENTITY_TYPE")) or "")
    number = as_int(owner.get("ENTITY_ID"))
    if kind is None or number is None:
        raise RestError("", "Access denied.")
    comments = sort_rows(portal.crm.timeline.of(kind.entity_type_id, number), params.order(), COLUMNS)
    select = params.select()
    rows: list[JSON] = [
        {name: value for name, value in show_comment(portal, comment).items() if not select or name in select}
        for comment in comments
    ]
    return page(rows, params.start())


@rest_method("crm.timeline.comment.delete", scope="crm", docs=DOCS + "crm-timeline-comment-delete.md")
def delete_comment(portal: Portal, caller: Caller, params: Params) -> JSON:
    comment = portal.crm.timeline.get(params.require_int("id"))
    if comment is None:
        raise RestError("NOT_FOUND", "Not found.")
    require_right(caller, comment)
    portal.crm.timeline.delete(comment)
    announce(portal, "Delete", comment, caller)
    return None


@rest_method("crm.timeline.comment.fields", scope="crm", docs=DOCS + "crm-timeline-comment-fields.md")
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


def require_owner(portal: Portal, fields: dict[str, JSON]) -> tuple[Kind, Item]:
    """The item a comment is for; raises ``100`` for missing fields, ``OWNER_NOT_FOUND``."""
    number, entity_type = as_int(fields.get("ENTITY_ID")), as_text(fields.get("ENTITY_TYPE"))
    if number is None or not entity_type:
        raise RestError("100", "Не переданы обязательные поля ENTITY_ID, ENTITY_TYPE")
    kind = portal.crm.kind_named(entity_type)
    item = portal.crm.items(kind.entity_type_id).get(number) if kind else None
    if kind is None or item is None:
        raise RestError("OWNER_NOT_FOUND", "Владелец элемента не найден")
    return kind, item


def require_right(caller: Caller, comment: Comment) -> None:
    """Comments are changed by their author and by administrators (unverified)."""
    if not caller.admin and caller.user_id != comment.author_id:
        raise RestError("ACCESS_DENIED", "Недостаточно прав")


def announce(portal: Portal, what: str, comment: Comment, caller: Caller) -> None:
    """The page's sample has ``data[ID]`` without ``FIELDS``."""
    portal.changed(
        f"crm.timeline.comment.{what.lower()}",
        id=comment.id,
        entity_type_id=comment.entity_type_id,
        entity_id=comment.entity_id,
        by=caller.user_id,
    )
    portal.emit(f"onCrmTimelineComment{what}", {"ID": str(comment.id)})


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


def show_comment(portal: Portal, comment: Comment) -> dict[str, JSON]:
    """``FILES`` is a map by file id: ``{}`` without files, as on the page."""
    author = portal.staff.user(comment.author_id)
    return {
        "ID": str(comment.id),
        "ENTITY_ID": str(comment.entity_id),
        "ENTITY_TYPE": portal.crm.kind(comment.entity_type_id).symbol.lower(),
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
