"""``tasks.task.*``: api-reference/tasks/. What a user does for themselves alone is in ``task_user_actions.py``.

Names in requests are in upper case, in answers in camelCase. A refusal looks different from method to method, as the
pages have it: ``0`` here, ``1048582`` there.
"""

from __future__ import annotations

from collections.abc import Callable, Set

from sandbox.portal.clock import iso
from sandbox.portal.errors import RestError
from sandbox.portal.loose import as_flag, as_int, as_list, as_text, is_array
from sandbox.portal.params import missing
from sandbox.portal.portal import Portal
from sandbox.portal.rest import JSON, Answer, Caller, Params, page, rest_method
from sandbox.portal.task_fields import read_fields, read_files, refusal
from sandbox.portal.task_files import attach_files
from sandbox.portal.task_rights import DOERS, Role
from sandbox.portal.task_search import find_tasks
from sandbox.portal.task_view import in_card, in_list
from sandbox.portal.tasks import HistoryRecord, NotAllowedError, ResultRequiredError, Status, Task

NO_ACCESS = "1048582"
NOT_ALLOWED_WORDS = "Действие над задачей не разрешено"


@rest_method("tasks.task.add", scope="task", docs="api-reference/tasks/tasks-task-add.md")
def add_task(portal: Portal, caller: Caller, params: Params) -> JSON:
    """The caller is the creator unless ``CREATED_BY`` says otherwise."""
    fields = require_fields(params)
    values = read_fields(portal, {"TITLE": "", "RESPONSIBLE_ID": 0, **fields}, None, caller.user_id)
    values.setdefault("created_by", caller.user_id)
    task = portal.tasks.add(by=caller.user_id, **values)  # type: ignore[arg-type]
    task.files = attach_files(portal, task, read_files(fields), caller.user_id)
    return {"task": in_card(portal, caller.user_id, task)}


@rest_method("tasks.task.update", scope="task", docs="api-reference/tasks/tasks-task-update.md")
def update_task(portal: Portal, caller: Caller, params: Params) -> JSON:
    """Who may not edit the task may still move its deadline, status or column, where those rights are theirs."""
    task_id = require_task_id(params)
    fields = require_fields(params)
    task = readable_task(portal, caller, task_id)
    denied = RestError("0", f"{NOT_ALLOWED_WORDS} (internal error)")
    if task is None:
        raise denied
    values = read_fields(portal, fields, task, caller.user_id)
    names = {*values, "files"} if "UF_TASK_WEBDAV_FILES" in fields else {*values}
    if not may_update(portal, caller, task, names):
        raise denied
    if "files" in names:
        values["files"] = attach_files(portal, task, read_files(fields), caller.user_id)
    try:
        portal.tasks.update(task, values, by=caller.user_id)
    except ResultRequiredError:
        raise denied from None
    return {"task": in_card(portal, caller.user_id, task)}


@rest_method("tasks.task.get", scope="task", docs="api-reference/tasks/tasks-task-get.md")
def get_task(portal: Portal, caller: Caller, params: Params) -> JSON:
    """A task that does not exist, or that the caller may not see, is an empty answer and no error."""
    task_id = require_task_id(params)
    select = require_array(params, "select") or ["*"]
    task = readable_task(portal, caller, task_id)
    if task is None:
        return []
    # The chat of the new card comes by default here, and is missing where a task was changed.
    chat = ["CHAT_ID"] if "*" in select else []
    return {"task": in_card(portal, caller.user_id, task, [*select, *chat])}


@rest_method("tasks.task.list", scope="task", docs="api-reference/tasks/tasks-task-list.md")
def list_tasks(portal: Portal, caller: Caller, params: Params) -> Answer:
    select = [name for name in require_array(params, "select") if name != "subStatus"]
    found = find_tasks(portal, caller.user_id, params.filter(), params.order())
    extras = frozenset(name for name, value in params.optional_object("params").items() if as_flag(value))
    by_deadline = params.order()[:1] and params.order()[0][0] == "DEADLINE"

    def row(task_id: JSON) -> dict[str, JSON]:
        task = portal.tasks.get(task_id) if isinstance(task_id, int) else None
        if task is None:
            raise LookupError(f"task {task_id} was found but is not there")
        shown = in_list(portal, caller.user_id, task, select, extras)
        # What the portal sorts by to keep tasks without a deadline at the end shows up in the row.
        return {**shown, "lengthDeadline": "1" if task.deadline else "0"} if by_deadline else shown

    return page(found, params.start(), wrap=lambda ids: {"tasks": [row(task_id) for task_id in ids]})


@rest_method("tasks.task.files.attach", scope="task", docs="api-reference/tasks/tasks-task-files-attach.md")
def attach_file(portal: Portal, caller: Caller, params: Params) -> JSON:
    """A file of the drive that the caller may read."""
    task_id = require_task_id(params)
    file_id = as_int(params.require("fileId"))
    if file_id is None:
        words = f"Invalid value {{{as_text(params.get('fileId'))}}} to match with parameter {{fileId}}."
        raise RestError("100", f"{words} Should be value of type int. (internal error)")
    task = readable_task(portal, caller, task_id)
    if task is None or not portal.tasks.rights.may("EDIT", task, caller.user_id):
        raise RestError("0", "Access denied (internal error)")
    attached = attach_files(portal, task, [f"n{file_id}"], caller.user_id)
    portal.tasks.update(task, {"files": (*task.files, *attached)}, by=caller.user_id)
    return {"attachmentId": attached[0]}


@rest_method("tasks.task.delete", scope="task", docs="api-reference/tasks/tasks-task-delete.md")
def delete_task(portal: Portal, caller: Caller, params: Params) -> JSON:
    task = portal.tasks.get(require_task_id(params))
    if task is None or not portal.tasks.rights.may("REMOVE", task, caller.user_id):
        raise RestError(NO_ACCESS, "Нет доступа к удалению задачи")
    portal.tasks.delete(task, by=caller.user_id)
    return {"task": True}


@rest_method("tasks.task.delegate", scope="task", docs="api-reference/tasks/tasks-task-delegate.md")
def delegate_task(portal: Portal, caller: Caller, params: Params) -> JSON:
    task = portal.tasks.get(require_task_id(params))
    user_id = params.require_int("userId")
    if task is None or not portal.tasks.rights.may("DELEGATE", task, caller.user_id):
        raise RestError("0", NOT_ALLOWED_WORDS)
    if not portal.staff.is_active(user_id):
        raise refusal("Пользователь указанный в поле &quot;Исполнитель&quot; не найден")
    portal.tasks.delegate(task, user_id, by=caller.user_id)
    return {"task": in_card(portal, caller.user_id, task)}


STATUS_METHODS = {
    # method: (action, code of its refusal, page)
    "tasks.task.start": ("START", "0", "status/tasks-task-start.md"),
    "tasks.task.pause": ("PAUSE", NO_ACCESS, "status/tasks-task-pause.md"),
    "tasks.task.defer": ("DEFER", NO_ACCESS, "status/tasks-task-defer.md"),
    "tasks.task.complete": ("COMPLETE", "0", "status/tasks-task-complete.md"),
    "tasks.task.renew": ("RENEW", NO_ACCESS, "status/tasks-task-renew.md"),
    "tasks.task.approve": ("APPROVE", NO_ACCESS, "tasks-task-approve.md"),
    "tasks.task.disapprove": ("DISAPPROVE", NO_ACCESS, "tasks-task-disapprove.md"),
}


def status_method(action: str, code: str) -> Callable[[Portal, Caller, Params], JSON]:
    def perform(portal: Portal, caller: Caller, params: Params) -> JSON:
        task = portal.tasks.get(require_task_id(params))
        if task is None:
            raise RestError(code, NOT_ALLOWED_WORDS)
        if action == "APPROVE" and accepted_before(portal, caller, task):
            return {"task": in_card(portal, caller.user_id, task)}
        try:
            portal.tasks.perform(action, task, by=caller.user_id)
        except NotAllowedError:
            raise RestError(code, NOT_ALLOWED_WORDS) from None
        return {"task": in_card(portal, caller.user_id, task)}

    return perform


def accepted_before(portal: Portal, caller: Caller, task: Task) -> bool:
    """Whoever accepts the work may do so again, to no effect: clients accept completed tasks on real portals (TaskTest
    of b24phpsdk)."""
    return task.status is Status.COMPLETED and portal.tasks.rights.accepts(task, caller.user_id)


for method_name, (method_action, refusal_code, method_page) in STATUS_METHODS.items():
    rest_method(method_name, scope="task", docs=f"api-reference/tasks/{method_page}")(
        status_method(method_action, refusal_code)
    )


@rest_method("tasks.task.getaccess", scope="task", docs="api-reference/tasks/tasks-task-get-access.md")
def get_access(portal: Portal, caller: Caller, params: Params) -> JSON:
    """Users that do not exist may do nothing; who may not see the task learns nothing."""
    task_id = require_task_id(params)
    users = [as_int(user) or 0 for user in require_array_values(params, "users")] or [caller.user_id]
    task = readable_task(portal, caller, task_id)
    if task is None:
        return {"allowedActions": []}
    return {"allowedActions": {str(user): portal.tasks.rights.actions(task, user) for user in users}}


@rest_method("tasks.task.history.list", scope="task", docs="api-reference/tasks/tasks-task-history-list.md")
def list_history(portal: Portal, caller: Caller, params: Params) -> JSON:
    """Newest first unless ``order`` says otherwise; nothing for a task that does not exist."""
    task = portal.tasks.get(require_task_id(params))
    if task is None:
        return {"list": []}
    if not portal.tasks.rights.may_read(task, caller.user_id):
        raise RestError("0", "Access denied. (internal error)")
    records = portal.tasks.history(task.id)
    wanted = {as_text(field) for field in as_list(params.filter().get("FIELD"))}
    if wanted:
        records = [record for record in records if record.field in wanted]
    ways = dict(params.order())
    ascending = any(way.startswith("ASC") for way in ways.values())
    records.sort(key=lambda record: (record.at, record.id), reverse=not ascending)
    return {"list": [shown_record(portal, record) for record in records]}


@rest_method("tasks.task.getFields", scope="task", docs="api-reference/tasks/tasks-task-get-fields.md")
def get_fields(portal: Portal, caller: Caller, params: Params) -> JSON:
    own: dict[str, JSON] = {
        known.name: field(known.title, known.type) for known in portal.tasks.fields.all() if not known.system
    }
    return {"fields": {**FIELDS, **own}}


def require_task_id(params: Params, name: str = "taskId") -> int:
    """Every method of the section says the same when the number is missing or is none. Pages name it ``taskId``, and
    portals take ``id`` as well (b24jssdk, deprecated-call.spec.ts; many programs live on it)."""
    sent = params.get("id") if params.get(name) is None else params.get(name)
    if sent is None:
        raise RestError("100", "CTaskItem All parameters in the constructor must have real class type (internal error)")
    task_id = as_int(sent)
    if task_id is None or task_id <= 0:
        raise RestError("0", "wrong task id (internal error)")
    return task_id


def require_fields(params: Params) -> dict[str, JSON]:
    """Absent and empty are the same error."""
    fields = params.optional_object("fields")
    if not fields:
        raise missing("fields")
    return fields


def require_array(params: Params, name: str) -> list[str]:
    return [word for word in (as_text(value) for value in require_array_values(params, name)) if word is not None]


def require_array_values(params: Params, name: str) -> list[JSON]:
    value = params.get(name)
    if value is not None and not is_array(value):
        words = f"Invalid value {{{as_text(value)}}} to match with parameter {{{name}}}. Should be value of type array."
        raise RestError("100", f"{words} (internal error)")
    return as_list(value)


def readable_task(portal: Portal, caller: Caller, task_id: int) -> Task | None:
    task = portal.tasks.get(task_id)
    return task if task is not None and portal.tasks.rights.may_read(task, caller.user_id) else None


def may_update(portal: Portal, caller: Caller, task: Task, names: Set[str]) -> bool:
    """Documented for those with the right to edit; what others may change follows from the actions they have
    (unverified)."""
    rights = portal.tasks.rights
    if rights.may("EDIT", task, caller.user_id):
        return True
    roles = rights.roles(task, caller.user_id)
    theirs: set[str] = set()
    if rights.may("CHANGE_DEADLINE", task, caller.user_id):
        theirs |= {"deadline", "start_plan", "end_plan"}
    if roles & DOERS:
        theirs |= {"status"}
    if Role.GROUP_MEMBER in roles:
        theirs |= {"stage"}
    return names <= theirs


def shown_record(portal: Portal, record: HistoryRecord) -> dict[str, JSON]:
    user = portal.staff.user(record.user_id)
    return {
        "id": record.id,
        "createdDate": iso(record.at),
        "field": record.field,
        "value": {"from": record.before, "to": record.after},
        "user": {
            "id": record.user_id,
            "name": user.name if user else "",
            "lastName": user.last_name if user else "",
            "secondName": user.second_name if user else "",
            "login": user.email if user else "",
        },
    }


YES_NO: dict[str, JSON] = {"Y": "Да", "N": "Нет"}


def field(title: str | None, kind: str, **more: JSON) -> dict[str, JSON]:
    return {"title": title, "type": kind, **more}


def switch(title: str | None, default: JSON = "N") -> dict[str, JSON]:
    return field(title, "enum", values=YES_NO, default=default)


FIELDS: dict[str, JSON] = {
    "ID": field("ID", "integer", primary=True),
    "PARENT_ID": field("ID базовой задачи", "integer", default=0),
    "TITLE": field("Название", "string", required=True),
    "DESCRIPTION": field("Описание", "string"),
    "MARK": field("Оценка", "enum", values={"N": "Отрицательная", "P": "Положительная"}, default=None),
    "PRIORITY": field("Приоритет", "enum", values={"2": "Высокий", "1": "Средний", "0": "Низкий"}, default=1),
    "STATUS": field(
        "Статус",
        "enum",
        values={
            "2": "Ждёт выполнения",
            "3": "Выполняется",
            "4": "Ожидает контроля",
            "5": "Завершена",
            "6": "Отложена",
        },
        default=2,
    ),
    "MULTITASK": switch("Множественная задача"),
    "NOT_VIEWED": switch(None),
    "REPLICATE": switch("Повторяемая задача"),
    "GROUP_ID": field("Проект", "integer", default=0),
    "STAGE_ID": field("Стадия", "integer", default=0),
    "SPRINT_ID": field("Спринт", "integer", default=0),
    "BACKLOG_ID": field("Бэклог", "integer", default=0),
    "CREATED_BY": field("Постановщик", "integer", required=True),
    "CREATED_DATE": field(None, "datetime"),
    "RESPONSIBLE_ID": field("Исполнитель", "integer", required=True),
    "ACCOMPLICES": field(None, "array"),
    "AUDITORS": field(None, "array"),
    "CHANGED_BY": field("Изменил", "integer"),
    "CHANGED_DATE": field("Дата изменения", "datetime"),
    "STATUS_CHANGED_BY": field("Изменил статус", "integer"),
    "STATUS_CHANGED_DATE": field("Дата изменения статуса", "datetime"),
    "CLOSED_BY": field("Закрыл задачу", "integer", default=None),
    "CLOSED_DATE": field("Дата закрытия", "datetime", default=None),
    "ACTIVITY_DATE": field(None, "datetime", default=None),
    "DATE_START": field("Дата начала", "datetime", default=None),
    "DEADLINE": field("Крайний срок", "datetime", default=None),
    "START_DATE_PLAN": field("Плановое начало", "datetime", default=None),
    "END_DATE_PLAN": field("Плановое завершение", "datetime", default=None),
    "GUID": field("GUID", "string", default=None),
    "XML_ID": field("XML_ID", "string", default=None),
    "COMMENTS_COUNT": field("Кол-во комментариев", "integer", default=0),
    "SERVICE_COMMENTS_COUNT": field(None, "integer", default=0),
    "NEW_COMMENTS_COUNT": field(None, "integer", default=0),
    "ALLOW_CHANGE_DEADLINE": switch(None),
    "ALLOW_TIME_TRACKING": switch(None),
    "TASK_CONTROL": switch("Принять работу"),
    "ADD_IN_REPORT": switch("Добавить в отчет"),
    "FORKED_BY_TEMPLATE_ID": switch("Создано из шаблона"),
    "TIME_ESTIMATE": field("Затраченое время", "integer"),
    "TIME_SPENT_IN_LOGS": field("Затраченое время из истории изменений", "integer"),
    "MATCH_WORK_TIME": field("Пропустить выходные дни", "integer"),
    "FORUM_TOPIC_ID": field("FORUM_TOPIC_ID", "integer"),
    "FORUM_ID": field("FORUM_ID", "integer"),
    "SITE_ID": field("SITE_ID", "string"),
    "SUBORDINATE": switch("Задача подчиненного", default=None),
    "FAVORITE": switch(None, default=None),
    "EXCHANGE_MODIFIED": field("EXCHANGE_MODIFIED", "datetime", default=None),
    "EXCHANGE_ID": field("EXCHANGE_ID", "integer", default=None),
    "OUTLOOK_VERSION": field("OUTLOOK_VERSION", "integer", default=None),
    "VIEWED_DATE": field("Дата последнего просмотра", "datetime"),
    "SORTING": field("Индекс сортировки", "double"),
    "DURATION_PLAN": field("Затрачено (план)", "integer"),
    "DURATION_FACT": field("Затрачено (фактически)", "integer"),
    "CHECKLIST": field(None, "array"),
    "DURATION_TYPE": field(
        "DURATION_TYPE",
        "enum",
        values=["secs", "mins", "hours", "days", "weeks", "monts", "years"],
        default="days",
    ),
    "IS_MUTED": switch(None),
    "IS_PINNED": switch(None),
    "IS_PINNED_IN_GROUP": switch(None),
    "FLOW_ID": field("Поток", "integer", default=0),
    "UF_CRM_TASK": field("Элементы CRM", "crm"),
    "UF_TASK_WEBDAV_FILES": field("Загрузить файлы", "disk_file"),
    "UF_MAIL_MESSAGE": field(None, "mail_message"),
}
"""The portal's own description of its fields, spelling included (api-reference/tasks/tasks-task-get-fields.md)."""
