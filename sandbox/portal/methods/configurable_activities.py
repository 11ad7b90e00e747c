"""``crm.activity.configurable.*`` and ``crm.activity.badge.*``.

``api-reference/crm/timeline/activities/configurable/``. Activities whose look an application makes up; only the
application that made one changes it.
"""

from __future__ import annotations

from collections.abc import Mapping

from sandbox.portal.clock import iso
from sandbox.portal.crm.activities import BY_PROVIDER, COMPLETED, CONFIGURABLE, WAITING, Activity
from sandbox.portal.crm.badges import TYPES, Badge
from sandbox.portal.crm.layouts import ACTIVITY_LAYOUT
from sandbox.portal.crm.rights import READ, UPDATE
from sandbox.portal.errors import RestError
from sandbox.portal.loose import as_flag, as_int, as_list, as_object, as_text
from sandbox.portal.methods.items import require_crm_admin
from sandbox.portal.methods.log_messages import application_of
from sandbox.portal.moments import read_moment
from sandbox.portal.portal import Portal
from sandbox.portal.rest import JSON, Caller, Params, rest_method

DOCS = "api-reference/crm/timeline/activities/configurable/"
DEFAULT_TYPE = "CONFIGURABLE"


@rest_method(
    "crm.activity.configurable.add", scope="crm", docs=DOCS + "crm-activity-configurable-add.md", app_only=True
)
def add_configurable(portal: Portal, caller: Caller, params: Params) -> JSON:
    owner = (params.require_int("ownerTypeId"), params.require_int("ownerId"))
    fields, layout = params.require_object("fields"), read_layout(params)
    try:
        portal.crm.require_owner(*owner, UPDATE)
    except RestError as missing:
        raise RestError("NOT_FOUND", "Not found.") if missing.code == "OWNER_NOT_FOUND" else missing from None
    kind = as_text(fields.get("typeId")) or DEFAULT_TYPE
    changes = read_changes(portal, fields)
    check_incoming(changes.get("incoming_channel"), changes.get("deadline"))
    activity = portal.crm.activities.start([owner], BY_PROVIDER, CONFIGURABLE, kind, "", caller.user_id)
    for name, value in {**changes, "layout": layout, "application_id": application_of(caller)}.items():
        setattr(activity, name, value)
    activity.subject = title_of(layout)
    portal.crm.activities.announce_new(activity)
    return {"activity": {"id": activity.id}}


@rest_method(
    "crm.activity.configurable.update", scope="crm", docs=DOCS + "crm-activity-configurable-update.md", app_only=True
)
def update_configurable(portal: Portal, caller: Caller, params: Params) -> JSON:
    """Either of ``fields`` and ``layout`` may be missing (the page stars both and answers to one; unverified)."""
    activity = require_configurable(portal, params, UPDATE)
    if activity.application_id != application_of(caller):
        raise RestError("ERROR_WRONG_APPLICATION", "Обновить дело может только приложение, которое его создало")
    changes = read_changes(portal, params.optional_object("fields"))
    if params.has("layout"):
        layout = read_layout(params)
        changes |= {"layout": layout, "subject": title_of(layout)}
    check_incoming(
        changes.get("incoming_channel", activity.incoming_channel), changes.get("deadline", activity.deadline)
    )
    portal.crm.activities.change(activity, caller.user_id, changes)
    return {"activity": {"id": activity.id}}


@rest_method(
    "crm.activity.configurable.get", scope="crm", docs=DOCS + "crm-activity-configurable-get.md", app_only=True
)
def get_configurable(portal: Portal, caller: Caller, params: Params) -> JSON:
    activity = require_configurable(portal, params, READ)
    owner_type_id, owner_id = activity.owners[0]
    return {
        "activity": {
            "id": activity.id,
            "ownerTypeId": owner_type_id,
            "ownerId": owner_id,
            "fields": {
                "typeId": activity.provider_type_id,
                "completed": activity.completed,
                "deadline": iso(activity.deadline) if activity.deadline else None,
                "pingOffsets": activity.ping_offsets,
                "isIncomingChannel": activity.incoming_channel,
                "responsibleId": activity.responsible_id,
                "badgeCode": activity.badge_code,
                "originatorId": activity.originator_id,
                "originId": activity.origin_id,
            },
            "layout": activity.layout,
        }
    }


@rest_method("crm.activity.badge.add", scope="crm", docs=DOCS + "badges/crm-activity-badge-add.md")
def add_badge(portal: Portal, caller: Caller, params: Params) -> JSON:
    """What is said to a code that is taken, or to an unknown type, is not documented (unverified)."""
    require_crm_admin(caller)
    code, title, value, type_ = (params.get(name) for name in ("code", "title", "value", "type"))
    if any(sent in (None, "") for sent in (code, title, value, type_)):
        raise RestError("REQUIRED_ARG_MISSING", "Не заполнены обязательные поля")
    name, look = as_text(code) or "", as_text(type_) or ""
    if look not in TYPES:
        raise RestError("INVALID_ARG_VALUE", f"Неизвестный тип бейджа {look}")
    if name in portal.crm.badges:
        raise RestError("ALREADY_EXISTS", f"Бейдж с кодом {name} уже есть")
    portal.crm.badges[name] = Badge(name, title, value, look)
    return {"badge": show_badge(portal.crm.badges[name])}


@rest_method("crm.activity.badge.get", scope="crm", docs=DOCS + "badges/crm-activity-badge-get.md")
def get_badge(portal: Portal, caller: Caller, params: Params) -> JSON:
    return {"badge": show_badge(require_badge(portal, params))}


@rest_method("crm.activity.badge.list", scope="crm", docs=DOCS + "badges/crm-activity-badge-list.md")
def list_badges(portal: Portal, caller: Caller, params: Params) -> JSON:
    return {"badges": [show_badge(badge) for badge in portal.crm.badges.values()]}


@rest_method("crm.activity.badge.delete", scope="crm", docs=DOCS + "badges/crm-activity-badge-delete.md")
def delete_badge(portal: Portal, caller: Caller, params: Params) -> JSON:
    require_crm_admin(caller)
    del portal.crm.badges[require_badge(portal, params).code]
    return True


def require_configurable(portal: Portal, params: Params, action: str) -> Activity:
    activity = portal.crm.activities.get(params.require_int("id"))
    if activity is None or activity.provider_id != CONFIGURABLE:
        raise RestError("NOT_FOUND", "Not found.")
    if not any(portal.crm.may(owner, action) for owner in activity.owners):
        raise RestError("ACCESS_DENIED", "Недостаточно прав для выполнения операции")
    return activity


def read_layout(params: Params) -> Mapping[str, JSON]:
    layout = as_object(params.get("layout"))
    if not layout:
        raise RestError("ERROR_EMPTY_LAYOUT", "Поле layout должно быть заполнено")
    ACTIVITY_LAYOUT(layout, "layout")
    return layout


def read_changes(portal: Portal, fields: Mapping[str, JSON]) -> dict[str, object]:
    """Under the names of ``Activity``. Raises ``WRONG_FIELD_VALUE``."""
    changes: dict[str, object] = {}
    for name, attribute in (("completed", "status"), ("isIncomingChannel", "incoming_channel")):
        on = as_flag(fields.get(name)) if name in fields else None
        if name in fields and on is None:
            raise wrong(name)
        if on is not None:
            changes[attribute] = (COMPLETED if on else WAITING) if attribute == "status" else on
    if fields.get("deadline") not in (None, ""):
        changes["deadline"] = read_moment(fields["deadline"])
        if changes["deadline"] is None:
            raise wrong("deadline")
    elif "deadline" in fields:
        changes["deadline"] = None
    if "pingOffsets" in fields:
        offsets = [as_int(offset) for offset in as_list(fields["pingOffsets"])]
        if None in offsets:
            raise wrong("pingOffsets")
        changes["ping_offsets"] = offsets
    responsible = as_int(fields.get("responsibleId"))
    if "responsibleId" in fields:
        if responsible is None or portal.staff.user(responsible) is None:
            raise wrong("responsibleId")
        changes["responsible_id"] = responsible
    badge = as_text(fields.get("badgeCode"))
    if badge is not None:
        if badge and badge not in portal.crm.badges:
            raise wrong("badgeCode")
        changes["badge_code"] = badge
    for name, attribute in (("originatorId", "originator_id"), ("originId", "origin_id")):
        if name in fields:
            changes[attribute] = as_text(fields[name])
    return changes


def wrong(name: str) -> RestError:
    return RestError("WRONG_FIELD_VALUE", f"Некорректное значение поля {name}")


def check_incoming(incoming: object, deadline: object) -> None:
    if incoming and deadline is not None:
        raise RestError("INCOMING_ACTIVITY_CAN_NOT_BE_WITH_DEADLINE", "Входящее дело не может иметь крайний срок")


def title_of(layout: Mapping[str, JSON]) -> str:
    """The title of the header in Russian, which ``crm.activity.list`` shows as ``SUBJECT`` (unverified)."""
    title = (as_object(layout.get("header")) or {}).get("title")
    translations = as_object(title) or {}
    return as_text(title) or as_text(translations.get("ru")) or as_text(translations.get("en")) or ""


def require_badge(portal: Portal, params: Params) -> Badge:
    badge = portal.crm.badges.get(params.text("code"))
    if badge is None:
        raise RestError("NOT_FOUND", "Not found.")
    return badge


def show_badge(badge: Badge) -> dict[str, JSON]:
    return {"code": badge.code, "title": badge.title, "value": badge.value, "type": badge.type}
