"""``crm.activity.*``: the system activities, and what all activities share. ``api-reference/crm/timeline/activities/``.

Refusals of the older methods have an empty code, and their parameters are found under their names in any case; those of
``binding.*`` have a code and exact names.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sandbox.portal.clock import iso
from sandbox.portal.crm.activities import (
    BY_PROVIDER,
    CALL,
    COLUMNS,
    COMPLETED,
    CONFIGURABLE,
    MAIL,
    MEETING,
    OF_APPLICATION,
    WAITING,
    Activity,
    flag,
)
from sandbox.portal.crm.descriptions import describe
from sandbox.portal.crm.filters import Filter, both, compile_filter
from sandbox.portal.crm.rights import READ, UPDATE
from sandbox.portal.crm.timeline import Owner
from sandbox.portal.errors import RestError
from sandbox.portal.loose import as_flag, as_int, as_list, as_object, as_text
from sandbox.portal.moments import read_moment
from sandbox.portal.portal import Portal
from sandbox.portal.rest import JSON, PAGE, Answer, Caller, Params, rest_method

BASE = "api-reference/crm/timeline/activities/activity-base/"
BINDING = "api-reference/crm/timeline/activities/binding/"

PROVIDERS = {MEETING: ("CRM_MEETING", "MEETING"), CALL: ("VOXIMPLANT_CALL", "CALL"), MAIL: ("CRM_EMAIL", "EMAIL")}
"""``PROVIDER_ID`` and ``PROVIDER_TYPE_ID`` by type; that of a call is on the page, the others are what portals have
(unverified)."""
WITH_COMMUNICATIONS = frozenset({CALL, MAIL})
"""Types that want to know with whom; a meeting may go without (unverified)."""


@rest_method("crm.activity.add", scope="crm", docs=BASE + "crm-activity-add.md")
def add_activity(portal: Portal, caller: Caller, params: Params) -> JSON:
    """Without ``RESPONSIBLE_ID`` it is whoever is responsible for the owner: the page calls the field required, and
    b24phpsdk's ActivityTest does without."""
    fields = params.lower().require_object("fields")
    type_id = as_int(fields.get("TYPE_ID")) or 0
    provider = provider_of(type_id, fields, caller)
    subject = as_text(fields.get("SUBJECT")) or ""
    if not subject.strip():
        raise refusal("The field SUBJECT is not defined or empty.")
    responsible = as_int(fields.get("RESPONSIBLE_ID")) or responsible_for_owner(portal, fields)
    if responsible is None:
        raise refusal("The field RESPONSIBLE_ID is not defined or invalid.")
    communications = read_communications(type_id, fields)
    owners = read_owners(portal, fields, communications)
    activity = portal.crm.activities.start(owners, type_id, *provider, subject, caller.user_id)
    for name, value in read_fields({**fields, "RESPONSIBLE_ID": responsible}).items():
        setattr(activity, name, value)
    activity.communications = communications
    if type_id != BY_PROVIDER and activity.start is not None:
        activity.deadline = activity.start
    portal.crm.activities.announce_new(activity)
    return activity.id


@rest_method("crm.activity.update", scope="crm", docs=BASE + "crm-activity-update.md")
def update_activity(portal: Portal, caller: Caller, params: Params) -> JSON:
    """Owner and type stay as they are. The page calls many fields required; what is not sent stays as it was
    (unverified)."""
    params = params.lower()
    activity = require_activity(portal, params, UPDATE)
    if activity.provider_id == CONFIGURABLE:
        raise refusal("Use crm.activity.configurable.update for this activity provider.")
    fields = params.require_object("fields")
    if "SUBJECT" in fields and not (as_text(fields["SUBJECT"]) or "").strip():
        raise refusal("The field SUBJECT is not defined or empty.")
    changes = read_fields(fields)
    if "COMMUNICATIONS" in fields:
        changes["communications"] = read_communications(activity.type_id, fields)
    if activity.type_id != BY_PROVIDER and "start" in changes:
        changes["deadline"] = changes["start"]
    portal.crm.activities.change(activity, caller.user_id, changes)
    return True


@rest_method("crm.activity.get", scope="crm", docs=BASE + "crm-activity-get.md")
def get_activity(portal: Portal, caller: Caller, params: Params) -> JSON:
    return show_activity(require_activity(portal, params.lower(), READ))


@rest_method("crm.activity.list", scope="crm", docs=BASE + "crm-activity-list.md")
def list_activities(portal: Portal, caller: Caller, params: Params) -> Answer:
    """What stands at items that may be read. A filter or order by an unknown field is passed over, as in the other old
    lists of the CRM (unverified)."""
    activities, params = portal.crm.activities, params.lower()
    sent = {name: value for name, value in params.filter().items() if bare(name) in COLUMNS}
    order = [(name, way) for name, way in params.order() if name in COLUMNS] or [("START_TIME", "ASC")]
    wanted = both(compile_filter(sent, COLUMNS), bound_to(params.filter().get("BINDINGS")))
    visible = Filter[Activity](lambda activity: any(portal.crm.may_see(owner) for owner in activity.owners))
    if portal.crm.rights.limited(caller.user_id):
        wanted = both(wanted, visible)
    found = activities.search(wanted, order, COLUMNS, params.start(), PAGE)
    select = params.select()
    rows: list[JSON] = [choose(show_activity(activity), activity, select) for activity in found.items]
    return Answer(rows, found.total or 0, found.next)


@rest_method("crm.activity.delete", scope="crm", docs=BASE + "crm-activity-delete.md")
def delete_activity(portal: Portal, caller: Caller, params: Params) -> JSON:
    portal.crm.activities.delete(require_activity(portal, params.lower(), UPDATE), caller.user_id)
    return True


@rest_method("crm.activity.fields", scope="crm", docs=BASE + "crm-activity-fields.md")
def activity_fields(portal: Portal, caller: Caller, params: Params) -> JSON:
    described: dict[str, JSON] = {
        name: describe(
            type_,
            title,
            required=name in REQUIRED,
            read_only=name in READ_ONLY,
            immutable=name in IMMUTABLE,
            multiple=name in MULTIPLE,
        )
        for name, type_, title in FIELDS
    }
    described["WEBDAV_ELEMENTS"] = {
        **describe("diskfile", "Добавленные файлы", multiple=True),
        "isDeprecated": True,
    }
    return described


@rest_method("crm.activity.communication.fields", scope="crm", docs=BASE + "crm-activity-communication-fields.md")
def communication_fields(portal: Portal, caller: Caller, params: Params) -> JSON:
    return {
        "ID": describe("integer", "ID", read_only=True),
        "ACTIVITY_ID": describe("integer", "Дело", read_only=True),
        "ENTITY_ID": describe("integer", "ID элемента сущности"),
        "ENTITY_TYPE_ID": describe("integer", "Тип сущности"),
        "TYPE": describe("string", "Тип"),
        "VALUE": describe("string", "Значение"),
    }


# Bindings


@rest_method("crm.activity.binding.add", scope="crm", docs=BINDING + "crm-activity-binding-add.md")
def add_binding(portal: Portal, caller: Caller, params: Params) -> JSON:
    activity = require_bound(portal, params)
    owner = (params.require_int("entityTypeId"), params.require_int("entityId"))
    portal.crm.require_owner(*owner)
    portal.crm.activities.bind(activity, owner)
    return True


@rest_method("crm.activity.binding.delete", scope="crm", docs=BINDING + "crm-activity-binding-delete.md")
def delete_binding(portal: Portal, caller: Caller, params: Params) -> JSON:
    activity = require_bound(portal, params)
    owner = (params.require_int("entityTypeId"), params.require_int("entityId"))
    portal.crm.require_owner(*owner)
    portal.crm.activities.unbind(activity, owner)
    return True


@rest_method("crm.activity.binding.list", scope="crm", docs=BINDING + "crm-activity-binding-list.md")
def list_activity_bindings(portal: Portal, caller: Caller, params: Params) -> JSON:
    """Only items that may be read. No ``total`` on the page."""
    activity = require_bound(portal, params)
    return [{"entityTypeId": owner[0], "entityId": owner[1]} for owner in activity.owners if portal.crm.may_see(owner)]


@rest_method("crm.activity.binding.move", scope="crm", docs=BINDING + "crm-activity-binding-move.md")
def move_binding(portal: Portal, caller: Caller, params: Params) -> JSON:
    activity = require_bound(portal, params)
    source = (params.require_int("sourceEntityTypeId"), params.require_int("sourceEntityId"))
    target = (params.require_int("targetEntityTypeId"), params.require_int("targetEntityId"))
    if source[0] != target[0]:
        raise RestError(
            "SOURCE_AND_TARGET_ENTITY_TYPES_ARE_NOT_EQUAL_ERROR",
            "Невозможно перенести дело из одного типа объекта CRM в другой",
        )
    if source == target:
        raise RestError("SOURCE_AND_TARGET_ENTITY_ID_ARE_EQUAL_ERROR", "Невозможно перенести дело в то же самое дело")
    portal.crm.require_owner(*source)
    portal.crm.require_owner(*target)
    if source not in activity.owners:
        raise RestError("BINDING_NOT_FOUND", "Дело не привязано к этому элементу")
    portal.crm.activities.bind(activity, target)
    portal.crm.activities.unbind(activity, source)
    return True


# Readers


def refusal(words: str) -> RestError:
    return RestError("", words)


def provider_of(type_id: int, fields: Mapping[str, JSON], caller: Caller) -> tuple[str, str]:
    """``PROVIDER_ID`` and ``PROVIDER_TYPE_ID``. Raises for the types that cannot be made here."""
    if type_id in PROVIDERS:
        return PROVIDERS[type_id]
    if not 0 < type_id <= BY_PROVIDER:
        raise refusal("The field TYPE_ID is not defined or invalid.")
    provider = as_text(fields.get("PROVIDER_ID")) or ""
    if type_id != BY_PROVIDER or not provider:
        raise refusal("The custom activity without provider is not supported in current context.")
    if provider == CONFIGURABLE:
        raise refusal("Use crm.activity.configurable.add for this activity provider.")
    if provider == OF_APPLICATION and caller.application is None:
        raise refusal("Application context required.")
    return provider, as_text(fields.get("PROVIDER_TYPE_ID")) or provider


def read_communications(type_id: int, fields: Mapping[str, JSON]) -> list[dict[str, JSON]]:
    sent = [as_object(element) for element in as_list(fields.get("COMMUNICATIONS"))]
    if None in sent or (not sent and type_id in WITH_COMMUNICATIONS):
        raise refusal("The field COMMUNICATIONS is not defined or invalid.")
    if type_id == CALL and len(sent) > 1:
        raise refusal("The only one communication is allowed for activity of specified type.")
    return [dict(element) for element in sent if element is not None]


def responsible_for_owner(portal: Portal, fields: Mapping[str, JSON]) -> int | None:
    entity_type_id, number = as_int(fields.get("OWNER_TYPE_ID")) or 0, as_int(fields.get("OWNER_ID")) or 0
    owner = portal.crm.items(entity_type_id).get(number) if portal.crm.exists(entity_type_id) else None
    responsible = None if owner is None else owner.values.get("assignedById")
    return responsible if isinstance(responsible, int) else None


def read_owners(portal: Portal, fields: Mapping[str, JSON], communications: list[dict[str, JSON]]) -> list[Owner]:
    """The named owner first, then those the communications are with. Raises for items that are not there."""
    named = [(as_int(fields.get("OWNER_TYPE_ID")), as_int(fields.get("OWNER_ID")))]
    named += [(as_int(each.get("ENTITY_TYPE_ID")), as_int(each.get("ENTITY_ID"))) for each in communications]
    owners: list[Owner] = []
    for entity_type_id, number in named:
        if not entity_type_id or not number or (entity_type_id, number) in owners:
            continue
        try:
            portal.crm.require_owner(entity_type_id, number)
        except RestError as denied:
            if denied.code == "ACCESS_DENIED":
                raise refusal("Access denied.") from None
            continue
        owners.append((entity_type_id, number))
    if not owners:
        raise refusal(
            "Could not build binding. Please ensure that owner info and communications are defined correctly."
        )
    return owners


def read_fields(fields: Mapping[str, JSON]) -> dict[str, object]:
    """What ``add`` and ``update`` set, under the names of ``Activity``; what cannot be read is left out."""
    read: dict[str, object] = {}
    for name, attribute in TEXTS.items():
        text = as_text(fields.get(name))
        if text is not None:
            read[attribute] = text
    for name, attribute in NUMBERS.items():
        number = as_int(fields.get(name))
        if number is not None:
            read[attribute] = number
    for name, attribute in MOMENTS.items():
        if name in fields:
            read[attribute] = read_moment(fields[name])
    for name, attribute in MAPS.items():
        if name in fields:
            read[attribute] = as_object(fields[name]) or {}
    completed = as_flag(fields.get("COMPLETED"))
    if completed is not None and "STATUS" not in fields:
        read["status"] = COMPLETED if completed else WAITING
    return read


TEXTS = {
    "SUBJECT": "subject",
    "DESCRIPTION": "description",
    "LOCATION": "location",
    "ORIGINATOR_ID": "originator_id",
    "ORIGIN_ID": "origin_id",
    "PROVIDER_DATA": "provider_data",
    "PROVIDER_GROUP_ID": "provider_group_id",
}
NUMBERS = {
    "RESPONSIBLE_ID": "responsible_id",
    "PRIORITY": "priority",
    "NOTIFY_TYPE": "notify_type",
    "NOTIFY_VALUE": "notify_value",
    "DESCRIPTION_TYPE": "description_type",
    "DIRECTION": "direction",
    "STATUS": "status",
    "ASSOCIATED_ENTITY_ID": "associated_entity_id",
}
MOMENTS = {"START_TIME": "start", "END_TIME": "end"}
MAPS = {"SETTINGS": "settings", "PROVIDER_PARAMS": "provider_params"}


def require_activity(portal: Portal, params: Params, action: str) -> Activity:
    """Raises with an empty code, as the older methods do."""
    activity = portal.crm.activities.get(params.require_int("id"))
    if activity is None:
        raise refusal("Activity is not found.")
    if not any(portal.crm.may(owner, action) for owner in activity.owners):
        raise refusal("Access denied.")
    return activity


def require_bound(portal: Portal, params: Params) -> Activity:
    activity = portal.crm.activities.get(params.require_int("activityId"))
    if activity is None:
        raise RestError("NOT_FOUND", "Элемент не найден")
    return activity


def bare(name: str) -> str:
    """The field of a filter without its prefix."""
    return name.lstrip("!<>=@%")


def bound_to(sent: JSON) -> Filter[Activity]:
    """``BINDINGS`` of a filter: any of these, by type, by id or by both. A real portal may show an activity once for
    each; here it comes once."""
    wanted = [
        (as_int(pair.get("OWNER_TYPE_ID")), as_int(pair.get("OWNER_ID")))
        for pair in map(as_object, as_list(sent))
        if pair is not None
    ]
    if not wanted:
        return Filter(lambda activity: True, empty=True)

    def test(activity: Activity) -> bool:
        return any(
            type_id in (None, owner[0]) and number in (None, owner[1])
            for owner in activity.owners
            for type_id, number in wanted
        )

    return Filter(test)


# Answers


def show_activity(activity: Activity) -> dict[str, JSON]:
    """Numbers are strings here; empty maps are lists."""
    owner_type_id, owner_id = activity.owners[0]
    return {
        "ID": str(activity.id),
        "OWNER_ID": str(owner_id),
        "OWNER_TYPE_ID": str(owner_type_id),
        "TYPE_ID": str(activity.type_id),
        "PROVIDER_ID": activity.provider_id,
        "PROVIDER_TYPE_ID": activity.provider_type_id,
        "PROVIDER_GROUP_ID": activity.provider_group_id,
        "ASSOCIATED_ENTITY_ID": str(activity.associated_entity_id),
        "SUBJECT": activity.subject,
        "CREATED": iso(activity.created),
        "LAST_UPDATED": iso(activity.updated),
        "START_TIME": show_time(activity.start),
        "END_TIME": show_time(activity.end),
        "DEADLINE": show_time(activity.deadline),
        "COMPLETED": flag(on=activity.completed),
        "STATUS": str(activity.status),
        "RESPONSIBLE_ID": str(activity.responsible_id),
        "PRIORITY": str(activity.priority),
        "NOTIFY_TYPE": str(activity.notify_type),
        "NOTIFY_VALUE": str(activity.notify_value),
        "DESCRIPTION": activity.description,
        "DESCRIPTION_TYPE": str(activity.description_type),
        "DIRECTION": str(activity.direction),
        "LOCATION": activity.location,
        "SETTINGS": activity.settings or [],
        "ORIGINATOR_ID": activity.originator_id,
        "ORIGIN_ID": activity.origin_id,
        "AUTHOR_ID": str(activity.author_id),
        "EDITOR_ID": str(activity.editor_id),
        "PROVIDER_PARAMS": activity.provider_params or [],
        "PROVIDER_DATA": activity.provider_data,
        "RESULT_MARK": "0",
        "RESULT_VALUE": None,
        "RESULT_SUM": None,
        "RESULT_CURRENCY_ID": None,
        "RESULT_STATUS": "0",
        "RESULT_STREAM": "0",
        "RESULT_SOURCE_ID": None,
        "AUTOCOMPLETE_RULE": "0",
    }


def choose(shown: dict[str, JSON], activity: Activity, select: list[str]) -> dict[str, JSON]:
    """Some fields come only when they are named."""
    on_request: dict[str, JSON] = {
        "COMMUNICATIONS": [show_communication(place, each) for place, each in enumerate(activity.communications, 1)],
        "FILES": [],
        "IS_INCOMING_CHANNEL": flag(on=activity.incoming_channel),
    }
    if not select or "*" in select:
        return shown | {name: on_request[name] for name in select if name in on_request}
    return {name: value for name, value in (shown | on_request).items() if name in (*select, "ID")}


def show_communication(place: int, sent: dict[str, JSON]) -> JSON:
    return {
        "ID": str(place),
        "TYPE": as_text(sent.get("TYPE")) or "",
        "VALUE": as_text(sent.get("VALUE")) or "",
        "ENTITY_ID": as_text(sent.get("ENTITY_ID")) or "0",
        "ENTITY_TYPE_ID": as_text(sent.get("ENTITY_TYPE_ID")) or "0",
        "ENTITY_SETTINGS": [],
    }


def show_time(moment: datetime | None) -> str | None:
    return iso(moment) if moment else None


FIELDS: tuple[tuple[str, str, str], ...] = (
    ("ID", "integer", "ID"), ("OWNER_ID", "integer", "ID владельца"),
    ("OWNER_TYPE_ID", "crm_enum_ownertype", "Тип владельца"), ("TYPE_ID", "crm_enum_activitytype", "Тип"),
    ("PROVIDER_ID", "string", "ID провайдера"), ("PROVIDER_TYPE_ID", "string", "Тип провайдера"),
    ("PROVIDER_GROUP_ID", "string", "Тип коннектора"),
    ("ASSOCIATED_ENTITY_ID", "integer", "ID связанной с делом сущности"), ("SUBJECT", "string", "Тема"),
    ("START_TIME", "datetime", "Начало"), ("END_TIME", "datetime", "Срок"),
    ("DEADLINE", "datetime", "Срок исполнения"), ("COMPLETED", "char", "Выполнено"),
    ("STATUS", "crm_enum_activitystatus", "Статус"), ("RESPONSIBLE_ID", "user", "Ответственный"),
    ("PRIORITY", "crm_enum_activitypriority", "Важность"),
    ("NOTIFY_TYPE", "crm_enum_activitynotifytype", "Тип уведомлений"),
    ("NOTIFY_VALUE", "integer", "Параметр уведомления"), ("DESCRIPTION", "string", "Описание"),
    ("DESCRIPTION_TYPE", "crm_enum_contenttype", "Тип описания"),
    ("DIRECTION", "crm_enum_activitydirection", "Направление"), ("LOCATION", "string", "Место"),
    ("CREATED", "datetime", "Дата создания"), ("AUTHOR_ID", "user", "Создал"),
    ("LAST_UPDATED", "datetime", "Дата изменения"), ("EDITOR_ID", "user", "Изменил"),
    ("SETTINGS", "object", "Настройки"), ("ORIGIN_ID", "string", "Внешний код"),
    ("ORIGINATOR_ID", "string", "Внешний источник"), ("RESULT_STATUS", "integer", "RESULT_STATUS"),
    ("RESULT_STREAM", "integer", "RESULT_STREAM"), ("RESULT_SOURCE_ID", "string", "RESULT_SOURCE_ID"),
    ("PROVIDER_PARAMS", "object", "Параметры провайдера"), ("PROVIDER_DATA", "string", "Данные провайдера"),
    ("RESULT_MARK", "integer", "RESULT_MARK"), ("RESULT_VALUE", "double", "RESULT_VALUE"),
    ("RESULT_SUM", "double", "RESULT_SUM"), ("RESULT_CURRENCY_ID", "string", "RESULT_CURRENCY_ID"),
    ("AUTOCOMPLETE_RULE", "integer", "Автозаполнение"), ("BINDINGS", "crm_activity_binding", "Привязки"),
    ("COMMUNICATIONS", "crm_activity_communication", "Канал коммуникации"), ("FILES", "diskfile", "Файлы"),
    ("WEBDAV_ELEMENTS", "diskfile", "Добавленные файлы"), ("IS_INCOMING_CHANNEL", "char", "IS_INCOMING_CHANNEL"),
)  # fmt: skip
REQUIRED = frozenset({"TYPE_ID", "SUBJECT", "RESPONSIBLE_ID", "COMMUNICATIONS"})
READ_ONLY = frozenset({
    "ID", "ASSOCIATED_ENTITY_ID", "CREATED", "AUTHOR_ID", "LAST_UPDATED", "EDITOR_ID", "BINDINGS",
    "IS_INCOMING_CHANNEL",
})  # fmt: skip
IMMUTABLE = frozenset({"OWNER_ID", "OWNER_TYPE_ID", "TYPE_ID"})
MULTIPLE = frozenset({"BINDINGS", "COMMUNICATIONS", "FILES", "WEBDAV_ELEMENTS"})
