"""What the showcase has for the methods of one section only; brought in when one of them is examined."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from sandbox.portal.rest import Caller
from tests.sandbox.conformity.recipes.activities import BADGE, BLOCKS, CALL, CARD, ENTITY, LAYOUT, NOTE, OWNER, SOON
from tests.sandbox.conformity.recipes.crm import NEW_FIELD, NEW_ROW
from tests.sandbox.conformity.recipes.requisites import NEW_ACCOUNT, NEW_ADDRESS, NEW_REQUISITE, NEW_TEMPLATE
from tests.sandbox.conformity.recipes.tasks import FLOW
from tests.sandbox.conformity.recipes.telephony import NEW_CALL

if TYPE_CHECKING:
    from tests.sandbox.conformity.showcase import Showcase


def tasks(show: Showcase) -> None:
    names = show.names
    names["parent_task"] = rich_task(show, "Начало", RESPONSIBLE_ID=1)
    for name in ("task", "spare_task", "started_task", "closed_task", "task_for_control"):
        control = "Y" if name == "task_for_control" else "N"
        names[name] = rich_task(show, name, PARENT_ID="$parent_task", TASK_CONTROL=control)
    show.call("tasks.task.start", {"taskId": "$started_task"})
    show.call("tasks.task.complete", {"taskId": "$closed_task"})
    show.call("tasks.task.complete", {"taskId": "$task_for_control"}, by=names["seller"])
    names["checklist"] = show.call("task.checklistitem.add", ["$task", {"TITLE": "Список", "PARENT_ID": 0}])
    for name in ("row", "other_row", "spare_row"):
        line = {"TITLE": name, "PARENT_ID": "$checklist", "MEMBERS": {"$boss": {"TYPE": "A"}}}
        names[name] = show.call("task.checklistitem.add", ["$task", line])
    show.call("task.checklistitem.complete", ["$task", "$other_row"])
    time = {"SECONDS": 600, "COMMENT_TEXT": "1", "CREATED_DATE": "2026-01-15T11:00:00+03:00"}
    names["hours"] = show.call("task.elapseditem.add", ["$task", time])
    names["comment"] = show.call("task.commentitem.add", ["$task", {"POST_MESSAGE": "Готово", "AUTHOR_ID": 1}])
    worked_on = show.portal.tasks.get(names["task"])
    assert worked_on is not None
    show.portal.tasks.results.add(worked_on, "Разобрали", by=names["seller"])
    show.call("tasks.task.favorite.add", {"taskId": "$task"})


def rich_task(show: Showcase, title: str, **more: Any) -> int:
    """With something in every field, and a checklist."""
    fields = {
        "TITLE": title, "RESPONSIBLE_ID": "$seller", "DESCRIPTION": "[B]Разобрать[/B]", "GROUP_ID": "$group",
        "DEADLINE": "2026-01-20T18:00:00+03:00", "UF_CRM_TASK": ["D_$deal"], "ACCOMPLICES": ["$boss"], "PRIORITY": 2,
        "AUDITORS": ["$boss"], "START_DATE_PLAN": "2026-01-16T09:00:00+03:00", "TIME_ESTIMATE": 7200,
        "XML_ID": "витрина", "END_DATE_PLAN": "2026-01-19T18:00:00+03:00", "ALLOW_TIME_TRACKING": "Y",
        "TAGS": ["проба"], "STAGE_ID": "$column",
    }  # fmt: skip
    made = show.call("tasks.task.add", {"fields": fields | more})["task"]["id"]
    checklist = show.call("task.checklistitem.add", [made, {"TITLE": "Список", "PARENT_ID": 0}])
    line = show.call("task.checklistitem.add", [made, {"TITLE": "Строка", "PARENT_ID": checklist}])
    show.call("task.checklistitem.add", [made, {"TITLE": "Подстрока", "PARENT_ID": line}])
    return int(made)


MAIL = [{"VALUE": "other@example.org", "VALUE_TYPE": "WORK"}]
PHONE = [{"VALUE": "+74950000003", "VALUE_TYPE": "WORK"}]


def old_entities(show: Showcase) -> None:
    names = show.names
    quote = {"TITLE": "Предложение", "COMPANY_ID": "$company", "CONTACT_ID": "$contact", "OPPORTUNITY": 5}
    names["quote"] = show.call("crm.quote.add", {"fields": quote})
    show.call("crm.quote.contact.items.set", {"id": "$quote", "items": [{"CONTACT_ID": "$contact"}]})
    bank = {"BANKING_DETAILS": "1", "EMPLOYEES": "EMPLOYEES_1"}
    show.call("crm.company.update", {"id": "$company", "fields": bank})
    more = {"IM": [{"VALUE": "anna", "VALUE_TYPE": "TELEGRAM"}]}
    show.call("crm.lead.update", {"id": "$lead", "fields": more})
    tagged = {f"UTM_{one}": "x" for one in ("SOURCE", "MEDIUM", "CAMPAIGN", "CONTENT", "TERM")}
    show.call("crm.contact.update", {"id": "$contact", "fields": {**tagged, "SOURCE_DESCRIPTION": "Сайт"}})
    names["other_contact"] = show.call(
        "crm.contact.add", {"fields": {"NAME": "Другой", "LAST_NAME": "Иной", "EMAIL": MAIL}}
    )
    names["other_company"] = show.call("crm.company.add", {"fields": {"TITLE": "Другая", "PHONE": PHONE}})
    for word in ("company", "contact", "deal", "lead", "quote"):
        field = {**NEW_FIELD, "FIELD_NAME": "KIND"}
        names[f"{word}_field"] = show.call(f"crm.{word}.userfield.add", {"fields": field})
    for word in ("deal", "lead", "quote"):
        row = {"PRODUCT_NAME": "Доставка", "PRICE": 100.5, "QUANTITY": 2}
        show.call(f"crm.{word}.productrows.set", {"id": f"${word}", "rows": [row]})


def solutions(show: Showcase) -> None:
    for name, types in (("solution", ["$type"]), ("empty_solution", [])):
        made = show.call("crm.automatedsolution.add", {"fields": {"title": name, "typeIds": types}})
        show.names[name] = made["automatedSolution"]["id"]


def product_rows(show: Showcase) -> None:
    row = show.call("crm.item.productrow.add", {"fields": NEW_ROW})["productRow"]
    show.names["product_row"] = row["id"]


def activities(show: Showcase) -> None:
    names = show.names
    names["activity"] = show.call("crm.activity.add", {"fields": CALL})
    company = {"activityId": "$activity", "entityTypeId": 4, "entityId": "$company"}
    show.call("crm.activity.binding.add", company)
    names["todo"] = show.call("crm.activity.todo.add", {**OWNER, "deadline": SOON, "title": "Позвонить"})["id"]
    show.call("crm.activity.badge.add", {**BADGE, "code": "mine"}, app=True)
    card = {**OWNER, "fields": {**CARD, "badgeCode": "mine"}, "layout": LAYOUT}
    names["card"] = show.call("crm.activity.configurable.add", card, app=True)["activity"]["id"]
    blocks = {**ENTITY, "activityId": "$activity", "layout": {"blocks": BLOCKS}}
    show.call("crm.activity.layout.blocks.set", blocks, app=True)


def timeline(show: Showcase) -> None:
    names = show.names
    line = {"ENTITY_ID": "$deal", "ENTITY_TYPE": "deal", "COMMENT": "Ещё"}
    names["plain_note"] = show.call("crm.timeline.comment.add", {"fields": line})
    names["todo"] = show.call("crm.activity.todo.add", {**OWNER, "deadline": SOON, "title": "Позвонить"})["id"]
    message = {**ENTITY, "title": "Запись", "text": "Да", "iconCode": "info"}
    made = show.call("crm.timeline.logmessage.add", {"fields": message}, app=True)
    names["log_message"] = made["logMessage"]["id"]
    binding = {"OWNER_ID": "$note", "ENTITY_ID": "$company", "ENTITY_TYPE": "company"}
    show.call("crm.timeline.bindings.bind", {"fields": binding})
    show.call("crm.timeline.note.save", {**NOTE, "text": "Важно"})
    blocks = {**ENTITY, "timelineId": "$note", "layout": {"blocks": BLOCKS}}
    show.call("crm.timeline.layout.blocks.set", blocks, app=True)


def chats(show: Showcase) -> None:
    names = show.names
    chat = {"USERS": ["$seller"], "TITLE": "Витрина", "TYPE": "CHAT", "ENTITY_TYPE": "CRM", "ENTITY_ID": "DEAL|1"}
    names["chat"] = show.call("im.chat.add", chat)
    text = {"DIALOG_ID": "chat$chat", "MESSAGE": "Привет"}
    names["message"] = show.call("im.message.add", text)
    show.call("im.message.add", text, by=names["seller"])
    show.call("im.message.add", {"DIALOG_ID": "$seller", "MESSAGE": "Привет"})
    show.call("im.notify.system.add", {"USER_ID": 1, "MESSAGE": "Внимание"})


def drive(show: Showcase) -> None:
    names = show.names
    names["storage"] = next(
        int(one["ID"]) for one in show.call("disk.storage.getList") if one["ENTITY_TYPE"] == "common"
    )
    for name in ("folder", "other_folder"):
        made = show.call("disk.storage.addFolder", {"id": "$storage", "data": {"NAME": name}})
        names[name] = int(made["ID"])
    note = {"id": "$folder", "data": {"NAME": "note.txt"}, "fileContent": ["note.txt", "0JTQsA=="]}
    names["file"] = int(show.call("disk.folder.uploadFile", note)["ID"])
    show.call("disk.folder.addSubFolder", {"id": "$folder", "data": {"NAME": "Внутри"}})
    show.call("disk.file.uploadVersion", {"id": "$file", "fileContent": ["note.txt", "0J3QtdGC"]})
    names["version"] = int(show.call("disk.file.getVersions", {"id": "$file"})[0]["ID"])
    names["app_storage"] = int(show.call("disk.storage.getForApp", app=True)["ID"])
    attached = show.call("tasks.task.files.attach", {"taskId": "$spare_task", "fileId": "$file"})
    names["attachment"] = attached["attachmentId"]


def attached_file(show: Showcase) -> None:
    drive(show)
    show.call("tasks.task.files.attach", {"taskId": "$task", "fileId": "$file"})


def old_comments(show: Showcase) -> None:
    """On a portal with the old card of tasks, where comments have ids."""
    names = show.names
    show.portal.tasks.comments.in_forum = True
    names["old_task"] = names["task"]
    names["old_comment"] = show.call("task.commentitem.add", ["$task", {"POST_MESSAGE": "Готово"}])


def links(show: Showcase) -> None:
    show.call("task.dependence.add", {"taskIdFrom": "$task", "taskIdTo": "$started_task", "linkType": 2})


def task_fields(show: Showcase) -> None:
    field = {"USER_TYPE_ID": "string", "FIELD_NAME": "KIND", "LABEL": "Вид", "XML_ID": "kind"}
    show.names["task_field"] = show.call("task.item.userfield.add", {"PARAMS": field})


def user_fields(show: Showcase) -> None:
    field = {"USER_TYPE_ID": "crm", "FIELD_NAME": "UF_USR_KIND", "LABEL": "Вид", "SETTINGS": {"DEAL": "Y"}}
    show.names["user_field"] = show.call("user.userfield.add", {"fields": field})


def flows(show: Showcase) -> None:
    show.names["flow"] = show.call("tasks.flow.Flow.create", {"flowData": FLOW})["id"]


def comments_of_posts(show: Showcase) -> None:
    comment = {"POST_ID": "$post", "TEXT": "Да"}
    show.names["post_comment"] = show.call("log.blogcomment.add", comment)


def results(show: Showcase) -> None:
    fields = {"taskId": "$task", "text": "Готово"}
    show.names["result"] = show.call("v3:tasks.task.result.add", {"fields": fields})["item"]["id"]


def event_log(show: Showcase) -> None:
    caller = Caller(1, True, frozenset(), 1)
    show.portal.rest3.event_log.authorized(caller, address="127.0.0.1", user_agent="capa24")


def a_worker_more(show: Showcase) -> None:
    show.portal.staff.update_user(show.names["outsider"], departments=[1, show.names["empty_department"]])


def calendars(show: Showcase) -> None:
    """Everybody in the recipe has something in the calendar."""
    now = show.portal.clock.now()
    for user in (1, show.names["seller"], show.names["boss"]):
        show.portal.calendars.add(user, now, now, name="Отпуск", accessibility="absent", whole_days=True)


def requisites(show: Showcase) -> None:
    """A company's, with an account and an address, and a template that nobody uses."""
    names = show.names
    names["requisite"] = show.call("crm.requisite.add", {"fields": NEW_REQUISITE})
    account = {**NEW_ACCOUNT, "ENTITY_ID": "$requisite"}
    names["account"] = show.call("crm.requisite.bankdetail.add", {"fields": account})
    names["template"] = show.call("crm.requisite.preset.add", {"fields": NEW_TEMPLATE})
    show.call("crm.address.add", {"fields": {**NEW_ADDRESS, "ENTITY_ID": "$requisite"}})


def calls(show: Showcase) -> None:
    """With a contact and a company of one number, whose responsible can be phoned."""
    names, phone = show.names, [{"VALUE": "79062195047", "VALUE_TYPE": "WORK"}]
    show.portal.staff.update_user(names["seller"], profile={"PERSONAL_MOBILE": "79062195047"})
    for word, name in (("contact", {"NAME": "Иван", "LAST_NAME": "Иванов"}), ("company", {"TITLE": "Ромашка"})):
        show.call(f"crm.{word}.add", {"fields": {**name, "PHONE": phone, "ASSIGNED_BY_ID": "$seller"}})
    for name in ("external_call", "finished_call"):
        names[name] = show.call("telephony.externalCall.register", NEW_CALL, app=True)["CALL_ID"]
    over = {"CALL_ID": "$finished_call", "USER_ID": "$seller", "DURATION": 5}
    show.call("telephony.externalCall.finish", over, app=True)


def an_expired_day(show: Showcase) -> None:
    """Begun yesterday and never ended, as in the page's example."""
    show.call("timeman.open")
    show.portal.clock.advance(24 * 3600)


FURNITURE: Mapping[str, tuple[Callable[[Showcase], None], ...]] = {
    "task": (tasks,),
    "v3:tasks.": (tasks,),
    "calendar.": (calendars,),
    "crm.activity.": (activities,),
    "crm.automatedsolution.": (solutions,),
    "crm.company.": (old_entities,),
    "crm.address.": (requisites,),
    "crm.contact.": (old_entities,),
    "crm.deal.": (old_entities,),
    "crm.item.productrow.": (product_rows,),
    "crm.lead.": (old_entities,),
    "crm.quote.": (old_entities,),
    "crm.requisite.": (requisites,),
    "crm.timeline.": (timeline,),
    "disk.": (tasks, drive),
    "im.": (chats,),
    "log.blogcomment.": (comments_of_posts,),
    "task.commentitem.": (old_comments,),
    "task.dependence.delete": (links,),
    "task.item.userfield.": (task_fields,),
    "tasks.flow.": (flows,),
    "tasks.task.files.": (drive,),
    "tasks.task.get": (attached_file,),
    "telephony.": (calls,),
    "timeman.status": (an_expired_day,),
    "user.userfield.": (user_fields,),
    "v3:humanresources.": (a_worker_more,),
    "v3:main.eventlog.": (event_log,),
    "v3:tasks.task.file.": (drive,),
    "v3:tasks.task.result.": (results,),
}
"""By the beginning of a method's name, in the order of need."""
