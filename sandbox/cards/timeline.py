"""The timeline of a card: what happened to an item, what was said, what is planned."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from markupsafe import Markup

from sandbox.cards import addresses, board, page, wording
from sandbox.cards.visit import Row, Visit
from sandbox.cards.wording import Wording
from sandbox.portal.crm.activities import CONFIGURABLE, TASK
from sandbox.portal.crm.kinds import LEAD, Kind
from sandbox.portal.crm.stage_history import CHANGED_FUNNEL, CREATED, FINISHED
from sandbox.portal.loose import as_int, as_text
from sandbox.portal.moments import read_moment
from sandbox.portal.php import JSON


@dataclass(frozen=True)
class Entry:
    """One row of the timeline."""

    icon: str
    """``comment``, ``stage``, ``task``, ``done``, ``activity``, ``log`` or ``new``."""
    moment: str
    title: str
    text: Markup | str = ""
    author: int = 0
    href: str = ""
    color: str = ""


def bound_tasks(visit: Visit, kind: Kind, number: int) -> list[Row]:
    """Those this person may see, the newest first."""
    select = [
        "ID",
        "TITLE",
        "STATUS",
        "RESPONSIBLE_ID",
        "DEADLINE",
        "CREATED_DATE",
        "CREATED_BY",
        "CLOSED_DATE",
        "CLOSED_BY",
    ]
    asked: Row = {"filter": {"UF_CRM_TASK": f"{kind.short}_{number}"}, "select": list[JSON](select)}
    return visit.rows("tasks.task.list", asked, "tasks")


def entries(visit: Visit, kind: Kind, number: int, item: Row) -> list[Entry]:
    """Newest first. Stage changes have no author: the history of a portal has none."""
    found = [
        *history(visit, kind, number),
        *comments(visit, kind, number),
        *messages(visit, kind, number),
        *told_tasks(visit, kind, number),
        *done_activities(visit, kind, number),
    ]
    if not kind.has_stages:
        found.append(
            Entry(
                "new", as_text(item.get("createdTime")) or "", "Создан элемент", author=as_int(item["createdBy"]) or 0
            )
        )
    return sorted(found, key=lambda entry: entry.moment, reverse=True)


def history(visit: Visit, kind: Kind, number: int) -> Iterable[Entry]:
    if not kind.has_stages:
        return
    asked: Row = {"entityTypeId": kind.entity_type_id, "filter": {"OWNER_ID": number}, "order": {"ID": "DESC"}}
    words = {CREATED: "Создано на стадии", FINISHED: "Завершено", CHANGED_FUNNEL: "Другая воронка"}
    say = Wording(visit.portal)
    for row in visit.rows("crm.stagehistory.list", asked, "items"):
        code = as_text(row.get("STATUS_ID" if kind.entity_type_id == LEAD else "STAGE_ID")) or ""
        stage = visit.portal.crm.statuses.find(kind.stage_dictionary(as_int(row.get("CATEGORY_ID")) or 0), code)
        type_ = as_int(row["TYPE_ID"]) or 0
        yield Entry(
            "new" if type_ == CREATED else "stage",
            as_text(row["CREATED_TIME"]) or "",
            words.get(type_, "Стадия изменена"),
            stage.name if stage else code,
            color=say.color(stage.color if stage else ""),
        )


def comments(visit: Visit, kind: Kind, number: int) -> Iterable[Entry]:
    owner: Row = {"ENTITY_ID": number, "ENTITY_TYPE": kind.symbol.lower()}
    say = Wording(visit.portal)
    for row in visit.rows("crm.timeline.comment.list", {"filter": owner, "order": {"ID": "DESC"}}):
        author = as_int(row["AUTHOR_ID"]) or 0
        yield Entry("comment", as_text(row["CREATED"]) or "", "Комментарий", say.text(row["COMMENT"]), author)


def told_tasks(visit: Visit, kind: Kind, number: int) -> Iterable[Entry]:
    """The end before the beginning, for those of one second."""
    for row in bound_tasks(visit, kind, number):
        href, name = addresses.task(visit.person.id, str(row["id"])), as_text(row["title"]) or ""
        if read_moment(row["closedDate"]):
            author = as_int(row["closedBy"]) or 0
            yield Entry("done", as_text(row["closedDate"]) or "", "Задача завершена", name, author, href)
        author = as_int(row["createdBy"]) or 0
        yield Entry("task", as_text(row["createdDate"]) or "", "Поставлена задача", name, author, href)


def messages(visit: Visit, kind: Kind, number: int) -> Iterable[Entry]:
    """What applications wrote into the log, the last ones."""
    asked: Row = {"entityTypeId": kind.entity_type_id, "entityId": number}
    for row in visit.rows("crm.timeline.logmessage.list", asked):
        author, words = as_int(row["authorId"]) or 0, Wording(visit.portal).text(row["text"])
        yield Entry("log", as_text(row["created"]) or "", as_text(row["title"]) or "", words, author)


# Activities


def activities(visit: Visit, kind: Kind, number: int, *, completed: bool) -> list[Row]:
    """Those that are tasks are shown as tasks."""
    where: Row = {"OWNER_TYPE_ID": kind.entity_type_id, "OWNER_ID": number, "COMPLETED": "Y" if completed else "N"}
    rows = visit.rows("crm.activity.list", {"filter": where, "order": {"ID": "DESC"}})
    return [row for row in rows if row["TYPE_ID"] != str(TASK)]


def done_activities(visit: Visit, kind: Kind, number: int) -> Iterable[Entry]:
    for row in activities(visit, kind, number, completed=True):
        author = as_int(row["RESPONSIBLE_ID"]) or 0
        yield Entry("done", as_text(row["LAST_UPDATED"]) or "", "Дело завершено", subject(row), author)


@dataclass(frozen=True)
class Planned:
    """An activity that is still to be done."""

    id: int
    subject: str
    text: Markup
    person: int
    deadline: JSON
    late: bool
    can_be_done: bool
    """Activities of applications are completed by those."""


def planned(visit: Visit, kind: Kind, number: int) -> list[Planned]:
    """What has the earliest deadline first; what has none last."""
    say = Wording(visit.portal)
    rows = activities(visit, kind, number, completed=False)
    return [
        Planned(
            id=as_int(row["ID"]) or 0,
            subject=subject(row),
            text=say.text(row["DESCRIPTION"]) if row["SUBJECT"] else Markup(),
            person=as_int(row["RESPONSIBLE_ID"]) or 0,
            deadline=row["DEADLINE"],
            late=say.is_past(row["DEADLINE"]),
            can_be_done=row["PROVIDER_ID"] != CONFIGURABLE,
        )
        for row in sorted(rows, key=lambda row: as_text(row["DEADLINE"]) or "9")
    ]


def subject(row: Row) -> str:
    """A to-do may have a description alone."""
    return as_text(row["SUBJECT"]) or as_text(row["DESCRIPTION"]) or "Дело"


# Actions


def owner(visit: Visit) -> tuple[Kind, int]:
    return board.kind_of(visit), visit.number("number")


def comment(visit: Visit) -> str:
    kind, number = owner(visit)
    told: Row = {"ENTITY_ID": number, "ENTITY_TYPE": kind.symbol.lower(), "COMMENT": visit.form.text("text")}
    visit.call("crm.timeline.comment.add", {"fields": told})
    return visit.path


def plan(visit: Visit) -> str:
    """A to-do."""
    kind, number = owner(visit)
    asked: Row = {
        "ownerTypeId": kind.entity_type_id,
        "ownerId": number,
        "deadline": wording.portal_moment(visit.form.text("deadline")),
        "title": visit.form.text("text"),
        "responsibleId": visit.person.id,
    }
    visit.call("crm.activity.todo.add", asked)
    return visit.path


def complete(visit: Visit) -> str:
    visit.call("crm.activity.update", {"id": visit.form.number("activity"), "fields": {"COMPLETED": "Y"}})
    return visit.path


ACTIONS: dict[str, page.Act] = {"comment": comment, "plan": plan, "complete": complete}
