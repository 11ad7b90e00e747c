"""Tasks: somebody's list, the card of one with everything that can be done there, a new one."""

from __future__ import annotations

from collections.abc import Callable

from starlette.responses import Response

from sandbox.cards import addresses, page, widgets, wording
from sandbox.cards.visit import Row, Visit
from sandbox.portal.errors import RestError
from sandbox.portal.loose import as_list, as_object, as_text
from sandbox.portal.php import JSON
from sandbox.portal.task_rights import DOERS

STATUSES = {
    "2": ("Ждёт выполнения", "waiting"),
    "3": ("Выполняется", "going"),
    "4": ("Ждёт контроля", "control"),
    "5": ("Завершена", "done"),
    "6": ("Отложена", "deferred"),
}
"""In words, and the class of its chip (api-reference/tasks/fields.md)."""

BUTTONS = (
    # method, its action in the card, words, whether it is the main thing to do
    ("start", "start", "Начать", True),
    ("complete", "complete", "Завершить", True),
    ("approve", "approve", "Принять", True),
    ("disapprove", "disapprove", "Вернуть на доработку", False),
    ("pause", "pause", "Приостановить", False),
    ("defer", "defer", "Отложить", False),
    ("renew", "renew", "Возобновить", True),
)

ROLES = {
    "": ("Все", "MEMBER"),
    "responsible": ("Делаю", "RESPONSIBLE_ID"),
    "accomplice": ("Помогаю", "ACCOMPLICE"),
    "originator": ("Поручил", "CREATED_BY"),
    "auditor": ("Наблюдаю", "AUDITOR"),
}
"""By the role of the person: words, and the name of the filter."""

LIST_FIELDS: list[JSON] = [
    "ID", "TITLE", "STATUS", "DEADLINE", "RESPONSIBLE_ID", "CREATED_BY", "GROUP_ID", "UF_CRM_TASK", "COMMENTS_COUNT",
]  # fmt: skip


def show_tasks(visit: Visit) -> Response:
    """Of the person in the path; what of it the one at the browser may see."""
    owner, role, state = visit.number("user"), visit.query.text("role"), visit.query.text("state")
    if visit.portal.staff.user(owner) is None:
        raise page.absent("Сотрудник не найден")
    if role not in ROLES:
        role = ""
    where: Row = {ROLES[role][1]: owner}
    if state != "all":
        where["!REAL_STATUS"] = 5
    start = max(visit.query.number("start"), 0)
    asked: Row = {"filter": where, "order": {"DEADLINE": "ASC"}, "select": LIST_FIELDS, "start": start}
    answer = visit.answer("tasks.task.list", asked)
    rows = [row for row in map(as_object, as_list((as_object(answer.result) or {})["tasks"])) if row]
    return page.render(
        visit,
        "tasks.html",
        "Мои задачи" if owner == visit.person.id else "Задачи сотрудника",
        owner=owner,
        tasks=rows,
        roles={key: words for key, (words, _) in ROLES.items()},
        role=role,
        state=state,
        start=start,
        next=answer.next,
        total=answer.total or 0,
        statuses=STATUSES,
        crm={str(row["id"]): bindings(visit, row) for row in rows},
    )


def bindings(visit: Visit, task: Row) -> list[addresses.Link]:
    """CRM items a task is bound to; without any the field is ``false``."""
    return [addresses.of_code(visit.portal, as_text(code) or "") for code in as_list(task.get("ufCrmTask") or [])]


def read(visit: Visit) -> Row:
    """The task of the path; raises ``NOT_FOUND`` also for one this person may not see: the method answers nothing."""
    number = visit.number("task")
    answer = visit.call("tasks.task.get", {"taskId": number, "select": ["*", "UF_CRM_TASK", "TAGS"]}) if number else {}
    task = as_object((as_object(answer) or {}).get("task"))
    if not task:
        raise page.absent("Задача не найдена или доступ к ней запрещён")
    return task


def show_task(visit: Visit) -> Response:
    task = read(visit)
    number = visit.number("task")
    allowed = as_object(task["action"]) or {}
    kept = visit.portal.tasks.get(number)
    return page.render(
        visit,
        "task.html",
        as_text(task["title"]) or "",
        task=task,
        allowed=allowed,
        buttons=[button for button in BUTTONS if allowed.get(button[1])],
        statuses=STATUSES,
        crm=bindings(visit, task),
        group=as_object(task["group"]) or None,
        checklists=as_list((as_object(task["checkListTree"]) or {})["descendants"]),
        results=visit.rows("tasks.task.result.list", {"taskId": number}),
        elapsed=visit.rows("task.elapseditem.getlist", [number]),
        comments=visit.portal.tasks.comments.of_task(number),
        history=visit.rows("tasks.task.history.list", {"taskId": number}, "list")[:30],
        result_required=kept is not None and kept.result_required,
        editing=visit.query.text("edit"),
        local_moment=wording.local_moment,
        tabs=widgets.tabs(visit, widgets.TASK_TAB),
        frame=widgets.opened(visit, widgets.TASK_TAB, {"taskId": str(number)}),
    )


# Actions


def status(method: str) -> page.Act:
    def act(visit: Visit) -> str:
        visit.call(f"tasks.task.{method}", {"taskId": visit.number("task")})
        return visit.path

    return act


def tick(visit: Visit) -> str:
    visit.call("task.checklistitem.complete", [visit.number("task"), visit.form.number("item")])
    return visit.path


def untick(visit: Visit) -> str:
    visit.call("task.checklistitem.renew", [visit.number("task"), visit.form.number("item")])
    return visit.path


def add_point(visit: Visit) -> str:
    """``parent`` 0 makes a list of its own."""
    point: Row = {"TITLE": visit.form.text("text"), "PARENT_ID": visit.form.number("parent")}
    visit.call("task.checklistitem.add", [visit.number("task"), point])
    return visit.path


def delete_point(visit: Visit) -> str:
    visit.call("task.checklistitem.delete", [visit.number("task"), visit.form.number("item")])
    return visit.path


def comment(visit: Visit) -> str:
    visit.call("task.commentitem.add", [visit.number("task"), {"POST_MESSAGE": visit.form.text("text")}])
    return visit.path


def add_result(visit: Visit) -> str:
    """From the card, as people do it; who may is unverified: whoever works on the task."""
    tasks = visit.portal.tasks
    task, text = tasks.get(visit.number("task")), visit.form.text("text")
    if task is None or not tasks.rights.roles(task, visit.person.id) & DOERS:
        raise RestError("ACCESS_DENIED", "Вы не можете добавить результат к этой задаче")
    if not text:
        raise RestError("EMPTY", "Напишите результат")
    tasks.results.add(task, text, by=visit.person.id)
    return visit.path


def add_time(visit: Visit) -> str:
    seconds = (visit.form.number("hours") * 60 + visit.form.number("minutes")) * 60
    spent: Row = {"SECONDS": seconds, "COMMENT_TEXT": visit.form.text("text")}
    visit.call("task.elapseditem.add", [visit.number("task"), spent])
    return visit.path


def save(visit: Visit) -> str:
    visit.call("tasks.task.update", {"taskId": visit.number("task"), "fields": entered(visit)})
    return visit.request.url.path


def delegate(visit: Visit) -> str:
    visit.call("tasks.task.delegate", {"taskId": visit.number("task"), "userId": visit.form.number("RESPONSIBLE_ID")})
    return visit.path


def delete(visit: Visit) -> str:
    visit.call("tasks.task.delete", {"taskId": visit.number("task")})
    return addresses.tasks(visit.person.id)


ACTIONS: dict[str, page.Act] = {
    **{method: status(method) for method, *_ in BUTTONS},
    "tick": tick,
    "untick": untick,
    "add_point": add_point,
    "delete_point": delete_point,
    "comment": comment,
    "add_result": add_result,
    "add_time": add_time,
    "save": save,
    "delegate": delegate,
    "delete": delete,
}


# A new task


def show_new(visit: Visit) -> Response:
    return page.render(
        visit,
        "new_task.html",
        "Новая задача",
        crm=[(code, addresses.of_code(visit.portal, code)) for code in visit.query.texts("UF_CRM_TASK")],
        group=visit.query.number("GROUP_ID"),
        groups=visit.portal.workgroups.all(),
    )


def create(visit: Visit) -> str:
    """Whoever is at the browser is the creator; what stands in the address is what the task is bound to."""
    fields = entered(visit)
    codes = visit.query.texts("UF_CRM_TASK")
    if codes:
        fields["UF_CRM_TASK"] = list[JSON](codes)
    answer = as_object(visit.call("tasks.task.add", {"fields": fields})) or {}
    task = as_object(answer["task"]) or {}
    return addresses.task(visit.person.id, as_text(task["id"]) or "")


def entered(visit: Visit) -> Row:
    """Fields of the form under the names of the method."""
    readers: dict[str, Callable[[str], JSON]] = {
        "TITLE": visit.form.text,
        "DESCRIPTION": visit.form.text,
        "RESPONSIBLE_ID": visit.form.number,
        "GROUP_ID": visit.form.number,
        "DEADLINE": lambda name: wording.portal_moment(visit.form.text(name)),
        "ACCOMPLICES": lambda name: list[JSON](visit.form.texts(name)),
        "AUDITORS": lambda name: list[JSON](visit.form.texts(name)),
        "TASK_CONTROL": visit.form.text,
    }
    names = {name for name, _ in visit.form.fields}
    return {name: read(name) for name, read in readers.items() if name in names}


CREATE: dict[str, page.Act] = {"create": create}
