"""Fields of tasks as clients write them: ``fields`` of ``tasks.task.add`` and ``.update``, checked and understood.

Source: api-reference/tasks/fields.md, tasks-task-add.md, tasks-task-update.md. Names are in upper case; unknown ones
are ignored.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, TypeAlias

from sandbox.portal.errors import RestError
from sandbox.portal.loose import as_flag, as_int, as_list, as_object, as_text
from sandbox.portal.moments import read_moment
from sandbox.portal.php import JSON
from sandbox.portal.task_files import check_files
from sandbox.portal.tasks import Status, Task

if TYPE_CHECKING:
    from sandbox.portal.portal import Portal

LONGEST_PLAN = timedelta(seconds=2**31 - 1)
"""The page says "too long a duration" without a number (unverified)."""

SYSTEM_USER_FIELDS = frozenset({"UF_CRM_TASK", "UF_TASK_WEBDAV_FILES", "UF_MAIL_MESSAGE"})

SWITCHES = {1: "dates_from_subtasks", 2: "completes_with_subtasks", 3: "result_required"}
"""``CODE`` of ``SE_PARAMETER``."""

Reader: TypeAlias = "Callable[[Portal, JSON], object]"


def read_fields(portal: Portal, fields: Mapping[str, JSON], task: Task | None, by: int) -> dict[str, object]:
    """New values by attribute of ``Task``. ``task`` is the one to be changed, ``None`` for a new one.

    Raises ``ERROR_CORE`` with the portal's words.
    """
    values: dict[str, object] = {}
    for name, value in fields.items():
        known = READERS.get(name)
        if known is not None:
            attribute, reader = known
            values[attribute] = reader(portal, value)
    values.update(read_switches(fields.get("SE_PARAMETER")))
    kept = (task.user_fields if task else None) or {}
    custom = portal.tasks.fields.read({name: value for name, value in fields.items() if name not in SYSTEM_USER_FIELDS})
    if custom:
        values["user_fields"] = {**kept, **custom}
    check_mandatory(portal, {**kept, **custom})
    check_files(portal, read_files(fields), task, by)
    check_parent(portal, values, task, by)
    check_group(portal, values, task, by)
    check_stage(portal, values, task)
    check_plan(values, task)
    return values


def text(portal: Portal, value: JSON) -> str:
    return as_text(value) or ""


def optional_text(portal: Portal, value: JSON) -> str | None:
    return as_text(value) or None


def title(portal: Portal, value: JSON) -> str:
    words = (as_text(value) or "").strip()
    if not words:
        raise refusal("Не указано название задачи")
    return words


def flag(portal: Portal, value: JSON) -> bool:
    return bool(as_flag(value))


def number(portal: Portal, value: JSON) -> int:
    return max(as_int(value) or 0, 0)


def optional_number(portal: Portal, value: JSON) -> int | None:
    return as_int(value)


def numbers(portal: Portal, value: JSON) -> tuple[int, ...]:
    return tuple(dict.fromkeys(found for found in map(as_int, as_list(value)) if found))


def words(portal: Portal, value: JSON) -> tuple[str, ...]:
    """A list, or words with commas between them (how tags are written is not documented; unverified)."""
    elements = value.split(",") if isinstance(value, str) else [as_text(element) or "" for element in as_list(value)]
    return tuple(dict.fromkeys(word.strip() for word in elements if word.strip()))


def responsible(portal: Portal, value: JSON) -> int:
    user_id = as_int(value)
    if not user_id:
        raise refusal("Не указан исполнитель")
    if portal.staff.user(user_id) is None:
        raise refusal("Пользователь указанный в поле &quot;Исполнитель&quot; не найден")
    return user_id


def creator(portal: Portal, value: JSON) -> int:
    """The words are unverified."""
    user_id = as_int(value)
    if not user_id or portal.staff.user(user_id) is None:
        raise refusal("Пользователь указанный в поле &quot;Постановщик&quot; не найден")
    return user_id


def people(portal: Portal, value: JSON) -> tuple[int, ...]:
    """Users that do not exist are left out (unverified)."""
    return tuple(user_id for user_id in numbers(portal, value) if portal.staff.user(user_id) is not None)


def status(portal: Portal, value: JSON) -> Status:
    try:
        return Status(as_int(value) or 0)
    except ValueError:
        raise refusal("Некорректный статус") from None


def priority(portal: Portal, value: JSON) -> int:
    """Anything that is none is the middle one (unverified)."""
    wanted = as_int(value)
    return wanted if wanted in {0, 1, 2} else 1


def mark(portal: Portal, value: JSON) -> str | None:
    word = as_text(value)
    return word if word in {"N", "P"} else None


def moment(portal: Portal, value: JSON) -> datetime | None:
    """Nothing clears it. A text that is no moment is refused; the words are unverified."""
    if value is None or value is False or value == "":
        return None
    found = read_moment(value)
    if found is None:
        raise refusal("Некорректная дата")
    return found


def bindings(portal: Portal, value: JSON) -> tuple[str, ...]:
    """What a task may not be bound to is silently left out (contract 6.1)."""
    codes = dict.fromkeys(as_text(code) or "" for code in as_list(value))
    return tuple(code for code in codes if code and portal.crm.accepts_task_binding(code))


READERS: dict[str, tuple[str, Reader]] = {
    "TITLE": ("title", title),
    "DESCRIPTION": ("description", text),
    "RESPONSIBLE_ID": ("responsible", responsible),
    "CREATED_BY": ("created_by", creator),
    "ACCOMPLICES": ("accomplices", people),
    "AUDITORS": ("auditors", people),
    "STATUS": ("status", status),
    "PRIORITY": ("priority", priority),
    "MARK": ("mark", mark),
    "PARENT_ID": ("parent", number),
    "GROUP_ID": ("group", number),
    "STAGE_ID": ("stage", number),
    "DEADLINE": ("deadline", moment),
    "START_DATE_PLAN": ("start_plan", moment),
    "END_DATE_PLAN": ("end_plan", moment),
    "XML_ID": ("xml_id", optional_text),
    "TAGS": ("tags", words),
    "UF_CRM_TASK": ("bindings", bindings),
    "DEPENDS_ON": ("depends_on", numbers),
    "ALLOW_CHANGE_DEADLINE": ("allow_change_deadline", flag),
    "ALLOW_TIME_TRACKING": ("allow_time_tracking", flag),
    "TASK_CONTROL": ("control", flag),
    "ADD_IN_REPORT": ("add_in_report", flag),
    "MATCH_WORK_TIME": ("match_work_time", flag),
    "TIME_ESTIMATE": ("time_estimate", number),
    "DURATION_PLAN": ("duration_plan", optional_number),
    "DURATION_TYPE": ("duration_type", text),
    "FLOW_ID": ("flow", number),
}
"""Attribute of ``Task`` and the reader of its value, by the name in the request."""


def read_switches(parameters: JSON) -> dict[str, object]:
    """``[{CODE: 3, VALUE: "Y"}]``; codes that are not given stay as they are."""
    switches: dict[str, object] = {}
    for parameter in as_list(parameters):
        said = as_object(parameter) or {}
        attribute = SWITCHES.get(as_int(said.get("CODE")) or 0)
        if attribute is not None:
            switches[attribute] = bool(as_flag(said.get("VALUE")))
    return switches


def check_mandatory(portal: Portal, values: Mapping[str, JSON]) -> None:
    for known in portal.tasks.fields.all():
        if known.mandatory and known.is_empty(values.get(known.name)):
            raise refusal(f"Не введено значение обязательного поля {known.title}")


def read_files(fields: Mapping[str, JSON]) -> tuple[str, ...]:
    """Codes as they were sent: ``n123``, ``45``. What becomes of them is in ``task_files``, since a task must be there
    before a file can hang on it."""
    codes = (as_text(element) for element in as_list(fields.get("UF_TASK_WEBDAV_FILES")))
    return tuple(dict.fromkeys(code for code in codes if code))


def check_parent(portal: Portal, values: Mapping[str, object], task: Task | None, by: int) -> None:
    parent = values.get("parent")
    if not isinstance(parent, int) or parent == 0:
        return
    if task is not None and parent == task.id:
        raise refusal("Невозможно привязать узел к самому себе")
    above = portal.tasks.get(parent)
    if above is None or not portal.tasks.rights.may_read(above, by):
        raise refusal("Задача указанная в поле &quot;Надзадача&quot; не найдена")
    while task is not None and above is not None:
        if above.parent == task.id:
            raise refusal("Создание зацикленных связей в задачах запрещено")
        above = portal.tasks.get(above.parent)


def check_group(portal: Portal, values: Mapping[str, object], task: Task | None, by: int) -> None:
    """A group that does not exist, or that the user is not in, is refused (not documented; unverified)."""
    group = values.get("group")
    if not isinstance(group, int) or group == 0 or (task is not None and group == task.group):
        return
    if portal.workgroups.get(group) is None:
        raise refusal("Группа не найдена")
    if portal.workgroups.role(group, by) is None and not portal.staff.is_admin(by):
        raise refusal("Недостаточно прав для создания задач в группе")


def check_stage(portal: Portal, values: dict[str, object], task: Task | None) -> None:
    """A column of another group, or of none, is not taken (unverified)."""
    stage = values.get("stage")
    if not isinstance(stage, int) or stage == 0:
        return
    group = values.get("group", task.group if task else 0)
    column = portal.tasks.kanban.get(stage)
    if column is None or (column.owner_type, column.owner_id) != ("G", group):
        del values["stage"]


def check_plan(values: Mapping[str, object], task: Task | None) -> None:
    begin = values.get("start_plan", task.start_plan if task else None)
    end = values.get("end_plan", task.end_plan if task else None)
    if not isinstance(begin, datetime) or not isinstance(end, datetime):
        return
    if end < begin:
        raise refusal("В планировании сроков указана дата окончания меньшая даты старта")
    if end - begin > LONGEST_PLAN:
        raise refusal("В планировании сроков указана слишком большая длительность задачи")


def refusal(words: str) -> RestError:
    """Business errors of this section end with a line break (contract 6.1)."""
    return RestError("ERROR_CORE", f"{words}<br>")
