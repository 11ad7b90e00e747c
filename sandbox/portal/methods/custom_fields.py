"""``task.item.userfield.*`` and ``user.userfield.*``: api-reference/tasks/user-field/, api-reference/user/userfields/.

The same fields of two kinds of things, with two ways of refusing: tasks say ``ERROR_CORE``, users mostly an empty code.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sandbox.portal.conditions import Column, Kind, read_conditions
from sandbox.portal.custom_fields import SETTINGS, CustomField, CustomFields
from sandbox.portal.errors import RestError
from sandbox.portal.legacy_call import LegacyCall
from sandbox.portal.loose import as_flag, as_int, as_list, as_object, as_text
from sandbox.portal.portal import Portal
from sandbox.portal.rest import JSON, Answer, Caller, Params, page, rest_method

TASK_PAGES = "api-reference/tasks/user-field/task-item-user-field"
USER_PAGES = "api-reference/user/userfields/user-userfield"
USER_SCOPES = ("user.userfield", "user")

LABELS = ("EDIT_FORM_LABEL", "LIST_COLUMN_LABEL", "LIST_FILTER_LABEL", "ERROR_MESSAGE", "HELP_MESSAGE")
LANGUAGES = (
    "ar", "br", "de", "en", "fr", "id", "it", "ja", "kz", "la", "ms", "pl", "ru", "sc", "tc", "th", "tr", "ua", "vn",
)  # fmt: skip
"""Languages of the interface; a label in words alone is for all of them."""

TYPES: list[JSON] = [
    {"ID": "string", "title": "Строка"},
    {"ID": "integer", "title": "Целое число"},
    {"ID": "double", "title": "Число"},
    {"ID": "boolean", "title": "Да/Нет"},
    {"ID": "enumeration", "title": "Список"},
    {"ID": "datetime", "title": "Дата/Время"},
    {"ID": "date", "title": "Дата"},
    {"ID": "money", "title": "Деньги"},
    {"ID": "url", "title": "Ссылка"},
    {"ID": "address", "title": "Адрес Google карты"},
    {"ID": "file", "title": "Файл"},
    {"ID": "employee", "title": "Привязка к пользователю"},
    {"ID": "crm_status", "title": "Привязка к справочникам CRM"},
    {"ID": "iblock_section", "title": "Привязка к разделам инф. блоков"},
    {"ID": "iblock_element", "title": "Привязка к элементам инфоблоков"},
    {"ID": "crm", "title": "Привязка к элементам CRM"},
]

DESCRIPTION: dict[str, JSON] = {
    "ID": {"type": "int", "title": "Ид", "isReadOnly": True},
    "ENTITY_ID": {"type": "string", "title": "Объект", "isImmutable": True},
    "FIELD_NAME": {"type": "string", "title": "Код", "isImmutable": True},
    "USER_TYPE_ID": {"type": "string", "title": "Тип данных", "isImmutable": True},
    "XML_ID": {"type": "string", "title": "Внешний Ид (XML ID)"},
    "SORT": {"type": "int", "title": "Сортировка"},
    "MULTIPLE": {"type": "char", "title": "Множественное"},
    "MANDATORY": {"type": "char", "title": "Обязательное"},
    "SHOW_FILTER": {"type": "char", "title": "Показывать в фильтре списка"},
    "SHOW_IN_LIST": {"type": "char", "title": "Показывать в списке"},
    "EDIT_IN_LIST": {"type": "char", "title": "Разрешать редактирование пользователем"},
    "IS_SEARCHABLE": {"type": "char", "title": "Значения поля участвуют в поиске"},
    "EDIT_FORM_LABEL": {"type": "string", "title": "Подпись в форме редактирования"},
    "LIST_COLUMN_LABEL": {"type": "string", "title": "Заголовок в списке"},
    "LIST_FILTER_LABEL": {"type": "string", "title": "Подпись фильтра в списке"},
    "ERROR_MESSAGE": {"type": "string", "title": "Сообщение об ошибке"},
    "HELP_MESSAGE": {"type": "string", "title": "Помощь"},
    "LIST": {"type": "uf_enum_element", "title": "Элементы списка", "isMultiple": True},
    "SETTINGS": {"type": "object", "title": "Дополнительные настройки (зависят от типа)"},
}

COLUMNS: dict[str, Column[CustomField]] = {
    "ID": Column(Kind.NUMBER, lambda known: known.id),
    "FIELD_NAME": Column(Kind.TEXT, lambda known: known.name),
    "USER_TYPE_ID": Column(Kind.TEXT, lambda known: known.type),
    "XML_ID": Column(Kind.TEXT, lambda known: known.xml_id or ""),
    "SORT": Column(Kind.NUMBER, lambda known: known.sort),
    "MULTIPLE": Column(Kind.FLAG, lambda known: int(known.multiple)),
    "MANDATORY": Column(Kind.FLAG, lambda known: int(known.mandatory)),
    "SHOW_FILTER": Column(Kind.TEXT, lambda known: known.show_filter),
    "SHOW_IN_LIST": Column(Kind.FLAG, lambda known: int(known.show_in_list)),
    "EDIT_IN_LIST": Column(Kind.FLAG, lambda known: int(known.edit_in_list)),
    "IS_SEARCHABLE": Column(Kind.FLAG, lambda known: int(known.searchable)),
}
PREFIXES = ("!", "<=", "<", ">=", ">", "=")

# Of tasks. Positional, as everything under ``task.item``: names do not matter.


@rest_method("task.item.userfield.add", scope="task", docs=f"{TASK_PAGES}-add.md")
def add_task_field(portal: Portal, caller: Caller, params: Params) -> JSON:
    """``[PARAMS]``. Only four types are documented as supported; others are made all the same (real answers to
    ``integer``, in the tests of b24phpsdk)."""
    fields = LegacyCall("UserField::add", params).array(0)
    require_admin(caller, "ERROR_CORE", "Access denied")
    return add_field(portal.tasks.fields, fields, "ERROR_CORE").id


@rest_method("task.item.userfield.update", scope="task", docs=f"{TASK_PAGES}-update.md")
def update_task_field(portal: Portal, caller: Caller, params: Params) -> JSON:
    """``[ID, DATA]``."""
    call = LegacyCall("UserField::update", params)
    if not call.given(0) or not call.given(1):
        raise invalid_arguments("update")
    require_admin(caller, "ERROR_CORE", "Access denied")
    change_field(portal.tasks.fields, require_field(portal.tasks.fields, call.arguments[0]), call.array(1))
    return True


@rest_method("task.item.userfield.delete", scope="task", docs=f"{TASK_PAGES}-delete.md")
def delete_task_field(portal: Portal, caller: Caller, params: Params) -> JSON:
    """``[ID]``."""
    call = LegacyCall("UserField::delete", params)
    if not call.given(0):
        raise invalid_arguments("delete")
    require_admin(caller, "ERROR_CORE", "Access denied")
    known = require_field(portal.tasks.fields, call.arguments[0])
    if known.system:
        raise RestError("ERROR_CORE", "Access denied")
    portal.tasks.fields.delete(known)
    return True


@rest_method("task.item.userfield.get", scope="task", docs=f"{TASK_PAGES}-get.md")
def get_task_field(portal: Portal, caller: Caller, params: Params) -> Answer:
    """``[ID]``. With the labels, which the list has not."""
    call = LegacyCall("UserField::get", params)
    if not call.given(0):
        raise RestError("ERROR_CORE", "No parameters found.")
    known = require_field(portal.tasks.fields, call.arguments[0])
    labels: dict[str, JSON] = {name: known.labels.get(name) or dict.fromkeys(LANGUAGES, "") for name in LABELS}
    return Answer({**show(portal.tasks.fields, known), **labels}, total=0)


@rest_method("task.item.userfield.getlist", scope="task", docs=f"{TASK_PAGES}-get-list.md")
def list_task_fields(portal: Portal, caller: Caller, params: Params) -> Answer:
    """``[ORDER, FILTER]``. Everything at once; ``total`` is always 0."""
    call = LegacyCall("UserField::getList", params)
    found = arranged(portal.tasks.fields, call.array(0), call.array(1))
    return Answer([show(portal.tasks.fields, known) for known in found], total=0)


@rest_method("task.item.userfield.gettypes", scope="task", docs=f"{TASK_PAGES}-get-types.md")
def list_types(portal: Portal, caller: Caller, params: Params) -> Answer:
    return Answer(TYPES, total=0)


@rest_method("task.item.userfield.getfields", scope="task", docs=f"{TASK_PAGES}-get-fields.md")
def describe(portal: Portal, caller: Caller, params: Params) -> Answer:
    return Answer(DESCRIPTION, total=0)


# Of users


@rest_method("user.userfield.add", scope=USER_SCOPES, docs=f"{USER_PAGES}-add.md")
def add_user_field(portal: Portal, caller: Caller, params: Params) -> JSON:
    require_admin(caller, "", "Access denied.")
    return add_field(portal.staff.fields, params.optional_object("fields"), "").id


@rest_method("user.userfield.update", scope=USER_SCOPES, docs=f"{USER_PAGES}-update.md")
def update_user_field(portal: Portal, caller: Caller, params: Params) -> JSON:
    require_admin(caller, "", "Access denied.")
    known = require_user_field(portal, params)
    change_field(portal.staff.fields, known, params.optional_object("fields"))
    return True


@rest_method("user.userfield.delete", scope=USER_SCOPES, docs=f"{USER_PAGES}-delete.md")
def delete_user_field(portal: Portal, caller: Caller, params: Params) -> JSON:
    require_admin(caller, "", "Access denied.")
    portal.staff.fields.delete(require_user_field(portal, params))
    return True


@rest_method("user.userfield.list", scope=USER_SCOPES, docs=f"{USER_PAGES}-list.md")
def list_user_fields(portal: Portal, caller: Caller, params: Params) -> Answer:
    require_admin(caller, "", "Access denied.")
    found = arranged(portal.staff.fields, params.optional_object("order"), params.optional_object("filter"))
    return page([show(portal.staff.fields, known) for known in found], params.start())


# What both do


def add_field(fields: CustomFields, sent: Mapping[str, JSON], code: str) -> CustomField:
    """``code`` is the one of a refusal for a missing name or type."""
    kind = (as_text(sent.get("USER_TYPE_ID")) or "").strip()
    if not kind:
        raise RestError(code, "The 'USER_TYPE_ID' field is not found.")
    if kind not in SETTINGS:
        raise RestError("ERROR_CORE", "Указан неверный пользовательский тип.<br>")
    name = (as_text(sent.get("FIELD_NAME")) or "").strip()
    if not name:
        raise RestError(code, "The 'FIELD_NAME' field is not found.")
    name = fields.full_name(name)
    if fields.named(name) is not None:
        raise RestError("ERROR_CORE", f"Поле {name} для объекта {fields.entity} уже существует.<br>")
    made = fields.add(name, kind)
    change_field(fields, made, sent)
    return made


def change_field(fields: CustomFields, known: CustomField, sent: Mapping[str, JSON]) -> None:
    """Neither name nor type; a boolean is never multiple."""
    changes: dict[str, object] = {}
    switches = {
        "MULTIPLE": "multiple",
        "MANDATORY": "mandatory",
        "SHOW_IN_LIST": "show_in_list",
        "EDIT_IN_LIST": "edit_in_list",
        "IS_SEARCHABLE": "searchable",
    }
    for name, attribute in switches.items():
        if name in sent:
            changes[attribute] = bool(as_flag(sent[name])) and not (name == "MULTIPLE" and known.type == "boolean")
    if "XML_ID" in sent:
        changes["xml_id"] = as_text(sent["XML_ID"]) or None
    if "SORT" in sent:
        changes["sort"] = as_int(sent["SORT"]) or 100
    if "SHOW_FILTER" in sent:
        changes["show_filter"] = (as_text(sent["SHOW_FILTER"]) or "N").upper()[:1]
    if "SETTINGS" in sent:
        changes["settings"] = as_object(sent["SETTINGS"]) or {}
    if "LIST" in sent and known.type == "enumeration":
        changes["choices"] = fields.choices(as_object(element) or {} for element in as_list(sent["LIST"]))
    labels = read_labels(sent)
    if labels:
        changes["labels"] = labels
    fields.update(known, **changes)


def read_labels(sent: Mapping[str, JSON]) -> dict[str, dict[str, str]]:
    """``LABEL`` is all of them that are not given themselves; words alone are for every language."""
    labels: dict[str, dict[str, str]] = {}
    for name in LABELS:
        value = sent.get(name, sent.get("LABEL"))
        if value is None:
            continue
        said = as_object(value)
        words = as_text(value) or ""
        labels[name] = {
            language: words if said is None else as_text(said.get(language)) or "" for language in LANGUAGES
        }
    return labels


def arranged(fields: CustomFields, order: Mapping[str, JSON], sent: Mapping[str, JSON]) -> list[CustomField]:
    conditions = read_conditions(sent, COLUMNS, PREFIXES)
    found = [known for known in fields.all() if all(c.test(COLUMNS[c.name].read(known)) for c in conditions)]
    for name, way in reversed(list(order.items())):
        if name in COLUMNS:
            found.sort(key=sort_key(COLUMNS[name]), reverse=(as_text(way) or "").upper().startswith("DESC"))
    return found


def sort_key(column: Column[CustomField]) -> Callable[[CustomField], int | str]:
    def key(known: CustomField) -> int | str:
        value = column.read(known)
        return value if isinstance(value, (int, str)) else ""

    return key


def require_admin(caller: Caller, code: str, words: str) -> None:
    if not caller.admin:
        raise RestError(code, words)


def require_field(fields: CustomFields, value: JSON) -> CustomField:
    number = as_int(value)
    if number is None or number <= 0:
        raise RestError("ERROR_CORE", "ID is not defined or invalid.")
    known = fields.get(number)
    if known is None:
        raise RestError("ERROR_NOT_FOUND", f"The entity with ID '{number}' is not found.")
    return known


def require_user_field(portal: Portal, params: Params) -> CustomField:
    number = as_int(params.get("id"))
    if number is None or number <= 0:
        raise RestError("", "ID is not defined or invalid.")
    known = portal.staff.fields.get(number)
    if known is None:
        raise RestError("ERROR_NOT_FOUND", f"The entity with ID '{number}' is not found.")
    return known


def invalid_arguments(name: str) -> RestError:
    words = f"Invalid arguments for Bitrix\\Tasks\\Integration\\Rest\\Task\\UserField::{name}"
    return RestError("ERROR_CORE", f"TASKS_ERROR_EXCEPTION_#0; {words}; 0/TE<br>")


def show(fields: CustomFields, known: CustomField) -> dict[str, JSON]:
    shown: dict[str, JSON] = {
        "ID": str(known.id),
        "ENTITY_ID": fields.entity,
        "FIELD_NAME": known.name,
        "USER_TYPE_ID": known.type,
        "XML_ID": known.xml_id,
        "SORT": str(known.sort),
        "MULTIPLE": yes(known.multiple),
        "MANDATORY": yes(known.mandatory),
        "SHOW_FILTER": known.show_filter,
        "SHOW_IN_LIST": yes(known.show_in_list),
        "EDIT_IN_LIST": yes(known.edit_in_list),
        "IS_SEARCHABLE": yes(known.searchable),
        "SETTINGS": dict(known.settings) or [],
    }
    if known.type == "enumeration":
        shown["LIST"] = [
            {
                "ID": str(choice.id),
                "SORT": str(choice.sort),
                "VALUE": choice.value,
                "DEF": yes(choice.default),
                "XML_ID": choice.xml_id,
            }
            for choice in known.choices
        ]
    return shown


def yes(value: bool) -> str:
    return "Y" if value else "N"
