"""``crm.timeline.layout.blocks.*`` and ``crm.activity.layout.blocks.*``: what an application adds to what is there.

``api-reference/crm/timeline/layout-blocks/``, ``api-reference/crm/timeline/activities/layout-blocks/``. Each
application has its own set and sees no other.
"""

from __future__ import annotations

from sandbox.portal.crm.activities import CONFIGURABLE
from sandbox.portal.crm.layouts import BLOCKS_LAYOUT
from sandbox.portal.crm.rights import READ, UPDATE
from sandbox.portal.crm.timeline import ACTIVITY, RECORD
from sandbox.portal.errors import RestError
from sandbox.portal.methods.log_messages import application_of
from sandbox.portal.portal import Portal
from sandbox.portal.rest import JSON, Caller, Params, rest_method

TIMELINE = "api-reference/crm/timeline/layout-blocks/"
ACTIVITIES = "api-reference/crm/timeline/activities/layout-blocks/"


@rest_method(
    "crm.timeline.layout.blocks.set",
    scope="crm",
    docs=TIMELINE + "crm-timeline-layout-blocks-set.md",
    app_only=True,
)
def set_record_blocks(portal: Portal, caller: Caller, params: Params) -> JSON:
    """Not for log messages."""
    number = require_record(portal, params, UPDATE)
    if portal.crm.timeline.log_message(number) is not None:
        raise RestError("UNSUITABLE_TIMELINE_ITEM", "Тип записи таймлайна не подходит для контентных блоков")
    return set_blocks(portal, caller, params, RECORD, number)


@rest_method(
    "crm.timeline.layout.blocks.get",
    scope="crm",
    docs=TIMELINE + "crm-timeline-layout-blocks-get.md",
    app_only=True,
)
def get_record_blocks(portal: Portal, caller: Caller, params: Params) -> JSON:
    return get_blocks(portal, caller, RECORD, require_record(portal, params, READ))


@rest_method(
    "crm.timeline.layout.blocks.delete",
    scope="crm",
    docs=TIMELINE + "crm-timeline-layout-blocks-delete.md",
    app_only=True,
)
def delete_record_blocks(portal: Portal, caller: Caller, params: Params) -> JSON:
    return delete_blocks(portal, caller, RECORD, require_record(portal, params, UPDATE))


@rest_method(
    "crm.activity.layout.blocks.set",
    scope="crm",
    docs=ACTIVITIES + "crm-activity-layout-blocks-set.md",
    app_only=True,
)
def set_activity_blocks(portal: Portal, caller: Caller, params: Params) -> JSON:
    """Not for configurable activities."""
    number = require_activity(portal, params, UPDATE)
    activity = portal.crm.activities.get(number)
    if activity is not None and activity.provider_id == CONFIGURABLE:
        raise RestError(
            "UNSUITABLE_ACTIVITY_TYPE_ERROR",
            "Тип данного дела не подходит для добавления набора дополнительных контентных блоков",
        )
    return set_blocks(portal, caller, params, ACTIVITY, number)


@rest_method(
    "crm.activity.layout.blocks.get",
    scope="crm",
    docs=ACTIVITIES + "crm-activity-layout-blocks-get.md",
    app_only=True,
)
def get_activity_blocks(portal: Portal, caller: Caller, params: Params) -> JSON:
    return get_blocks(portal, caller, ACTIVITY, require_activity(portal, params, READ))


@rest_method(
    "crm.activity.layout.blocks.delete",
    scope="crm",
    docs=ACTIVITIES + "crm-activity-layout-blocks-delete.md",
    app_only=True,
)
def delete_activity_blocks(portal: Portal, caller: Caller, params: Params) -> JSON:
    return delete_blocks(portal, caller, ACTIVITY, require_activity(portal, params, UPDATE))


def require_record(portal: Portal, params: Params, action: str) -> int:
    """Id of a timeline record of the named item."""
    owner = (params.require_int("entityTypeId"), params.require_int("entityId"))
    number = params.require_int("timelineId")
    portal.crm.require_owner(*owner, action)
    record = portal.crm.timeline.get(number)
    if record is None or owner not in record.owners:
        raise RestError("NOT_FOUND", "Запись таймлайна не найдена")
    return number


def require_activity(portal: Portal, params: Params, action: str) -> int:
    """Id of an activity of the named item."""
    owner = (params.require_int("entityTypeId"), params.require_int("entityId"))
    number = params.require_int("activityId")
    portal.crm.require_owner(*owner, action)
    activity = portal.crm.activities.get(number)
    if activity is None or owner not in activity.owners:
        raise RestError("NOT_FOUND", "Дело не найдено")
    return number


def set_blocks(portal: Portal, caller: Caller, params: Params, item_type: int, number: int) -> JSON:
    layout = params.require_object("layout")
    BLOCKS_LAYOUT(layout, "layout")
    portal.crm.timeline.set_blocks(application_of(caller), item_type, number, layout)
    return {"success": True}


def get_blocks(portal: Portal, caller: Caller, item_type: int, number: int) -> JSON:
    """What comes when there is no set is not documented: ``null`` (unverified)."""
    return {"layout": portal.crm.timeline.blocks(application_of(caller), item_type, number)}


def delete_blocks(portal: Portal, caller: Caller, item_type: int, number: int) -> JSON:
    if not portal.crm.timeline.delete_blocks(application_of(caller), item_type, number):
        raise RestError("NOT_FOUND", "Набор дополнительных контентных блоков не найден")
    return {"success": True}
