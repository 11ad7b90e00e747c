"""``telephony.externalCall.*``: api-reference/telephony/."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from datetime import datetime, timedelta

from sandbox.portal.crm.activities import CALL, COMPLETED
from sandbox.portal.crm.collection import Item
from sandbox.portal.crm.kinds import COMPANY, CONTACT, LEAD
from sandbox.portal.crm.timeline import Owner
from sandbox.portal.errors import RestError
from sandbox.portal.external_calls import OUTGOING, TYPES, ExternalCall
from sandbox.portal.loose import as_flag, as_int, as_number, as_text
from sandbox.portal.methods.activities import PROVIDERS
from sandbox.portal.methods.crm_duplicates import has_any, normal
from sandbox.portal.moments import read_moment
from sandbox.portal.php import JSON
from sandbox.portal.portal import Portal
from sandbox.portal.rest import METHODS, Caller, Params, rest_method
from sandbox.portal.staff import User
from sandbox.portal.work_days import CLOSED

DOCS = "api-reference/telephony/telephony-external-call"
SEARCHED = {"CONTACT": CONTACT, "COMPANY": COMPANY, "LEAD": LEAD}
"""In this order (unverified)."""
ANSWERED, MISSED = "200", "304"
RECORDINGS = (".wav", ".mp3")


@rest_method("telephony.externalCall.register", scope="telephony", docs=f"{DOCS}-register.md", app_only=True)
def register(portal: Portal, caller: Caller, params: Params) -> JSON:
    """The object it is about is the one named, else one with this number, else a new lead if one is wanted."""
    sent = params.upper()
    user = require_user(portal, sent)
    type_ = as_int(sent.get("TYPE"))
    if type_ not in TYPES:
        raise failed("Unknown TYPE")
    begun = require_start(portal, sent)
    phone = as_text(sent.get("PHONE_NUMBER")) or ""
    if not normal("PHONE", phone):
        raise failed("Unsupported phone number format")
    owner = named_owner(portal, sent) or found_owner(portal, phone)
    lead = None
    if owner is None and as_flag(sent.get("CRM_CREATE")):
        lead = new_lead(portal, caller, sent, user, phone)
        owner = (LEAD, lead)
    call = portal.external_calls.register(user.id, phone, type_, begun, owner)
    call.line = as_text(sent.get("LINE_NUMBER")) or ""
    call.external_id = as_text(sent.get("EXTERNAL_CALL_ID"))
    return {
        "CALL_ID": call.code,
        "CRM_CREATED_LEAD": lead,
        "CRM_CREATED_ENTITIES": [] if lead is None else [{"ENTITY_TYPE": "LEAD", "ENTITY_ID": lead}],
        **show_owner(portal, call),
    }


@rest_method("telephony.externalCall.finish", scope="telephony", docs=f"{DOCS}-finish.md", app_only=True)
def finish(portal: Portal, caller: Caller, params: Params) -> JSON:
    """``CALL_START_DATE`` is an empty object there, as PHP shows a date it was not asked to print."""
    sent = params.upper()
    if not isinstance(sent.get("CALL_ID"), str):
        raise RestError("INVALID_ARGUMENT", "CALL_ID must be a string")
    user = require_user(portal, sent)
    call = find(portal, sent)
    if call is None:
        raise failed("Call is not found (call should be registered prior to finishing")
    duration = max(as_int(sent.get("DURATION")) or 0, 0)
    code = as_text(sent.get("STATUS_CODE")) or (ANSWERED if duration else MISSED)
    portal.external_calls.finish(call)
    activity = None if call.owner is None else tell(portal, caller, call, user, duration, answered=code == ANSWERED)
    application = caller.application
    return {
        "CALL_ID": call.code,
        "EXTERNAL_CALL_ID": call.external_id,
        "PORTAL_USER_ID": user.id,
        "PHONE_NUMBER": normal("PHONE", call.phone),
        "PORTAL_NUMBER": call.line,
        "INCOMING": str(call.type),
        "CALL_DURATION": duration,
        "CALL_START_DATE": {},
        "CALL_STATUS": int(code == ANSWERED),
        "CALL_VOTE": as_int(sent.get("VOTE")) or 0,
        "COST": as_number(sent.get("COST")) or 0,
        "COST_CURRENCY": as_text(sent.get("COST_CURRENCY")) or "",
        "CALL_FAILED_CODE": code,
        "CALL_FAILED_REASON": as_text(sent.get("FAILED_REASON")) or "",
        "REST_APP_ID": str(application.id) if application is not None else "",
        "REST_APP_NAME": application.title if application is not None else "",
        "CRM_ACTIVITY_ID": activity,
        "COMMENT": None,
        **show_owner(portal, call),
        "ID": call.statistics_id,
    }


@rest_method("telephony.externalCall.show", scope="telephony", docs=f"{DOCS}-show.md")
def show_card(portal: Portal, caller: Caller, params: Params) -> JSON:
    """Nobody sees a card of a call here; ``false`` when there is no such call."""
    return find(portal, params.upper()) is not None


@rest_method("telephony.externalCall.hide", scope="telephony", docs=f"{DOCS}-hide.md")
def hide_card(portal: Portal, caller: Caller, params: Params) -> JSON:
    return find(portal, params.upper()) is not None


@rest_method("telephony.externalCall.attachRecord", scope="telephony", docs=f"{DOCS}-attach-record.md")
def attach_record(portal: Portal, caller: Caller, params: Params) -> JSON:
    """An address is believed and not fetched: the sandbox calls nobody whom a client names (unverified number)."""
    sent = params.upper()
    url, name = as_text(sent.get("RECORD_URL")), sent.get("FILENAME")
    if not url and name is None:
        raise failed("Required parameters are not set. Request should contain or URL or FILENAME parameter")
    call = find(portal, sent)
    if call is None or not call.finished:
        raise failed("Call is not found in the statistic table. Looks like it is not finished yet.")
    if not url:
        require_recording(as_text(name) or "", sent)
    call.record_id = portal.next_id("file")
    portal.changed("external_call.record", call=call.code)
    return {"FILE_ID": call.record_id}


@rest_method("telephony.externalCall.searchCrmEntities", scope="telephony", docs=f"{DOCS}-search-crm-entities.md")
def search_entities(portal: Portal, caller: Caller, params: Params) -> JSON:
    phone = as_text(params.upper().get("PHONE_NUMBER")) or ""
    if not phone:
        raise failed("PHONE_NUMBER is empty")
    return [
        {
            "CRM_ENTITY_TYPE": word,
            "CRM_ENTITY_ID": item.id,
            "ASSIGNED_BY_ID": responsible_for(item),
            "NAME": name_of(item),
            "ASSIGNED_BY": show_responsible(portal, responsible_for(item)),
        }
        for word, item in with_number(portal, phone)
    ]


def failed(words: str) -> RestError:
    return RestError("ERROR_CORE", words)


# --- What was sent ---------------------------------------------------------------------------------------------------


def require_user(portal: Portal, sent: Params) -> User:
    number, inner = as_int(sent.get("USER_ID")), as_text(sent.get("USER_PHONE_INNER"))
    if not number and not inner:
        raise failed("USER_ID or USER_PHONE_INNER should be set")
    user = portal.staff.user(number) if number else user_with_inner(portal, inner or "")
    if user is None or not user.active:
        raise failed("User is not found or is not active")
    return user


def user_with_inner(portal: Portal, inner: str) -> User | None:
    return next((user for user in portal.staff.users() if user.profile.get("UF_PHONE_INNER") == inner), None)


def require_start(portal: Portal, sent: Params) -> datetime:
    text = as_text(sent.get("CALL_START_DATE"))
    moment = read_moment(text) if text else portal.clock.now()
    if moment is None:
        raise failed("CALL_START_DATE should be in the ISO-8601 format")
    return moment


def require_recording(name: str, sent: Params) -> None:
    if not name:
        raise failed("File name is empty")
    if not name.lower().endswith(RECORDINGS):
        raise failed("Wrong file extension. Only wav and mp3 are allowed")
    content = sent.get("FILE_CONTENT")
    if content is None:
        raise RestError(
            "NOT_BUILT_IN_SANDBOX", "Uploading to an address of its own is not built: pass FILE_CONTENT", status=501
        )
    text = as_text(content) or ""
    if not text:
        raise failed("File content is empty.")
    try:
        base64.b64decode(text, validate=True)
    except binascii.Error:
        raise failed("File content is not properly encoded. Base64 encoding is expected.") from None


def find(portal: Portal, sent: Params) -> ExternalCall | None:
    return portal.external_calls.get(as_text(sent.get("CALL_ID")) or "")


# --- The object it is about ------------------------------------------------------------------------------------------


def named_owner(portal: Portal, sent: Params) -> Owner | None:
    """One that isn't there is as good as none (unverified)."""
    kind = portal.crm.kind_named(as_text(sent.get("CRM_ENTITY_TYPE")) or "")
    number = as_int(sent.get("CRM_ENTITY_ID")) or 0
    if kind is None or portal.crm.items(kind.entity_type_id).get(number) is None:
        return None
    return kind.entity_type_id, number


def with_number(portal: Portal, phone: str) -> list[tuple[str, Item]]:
    wanted = {normal("PHONE", phone)} - {""}
    return [
        (word, item)
        for word, entity_type_id in SEARCHED.items()
        for item in portal.crm.items(entity_type_id)
        if has_any(item, "PHONE", wanted)
    ]


def found_owner(portal: Portal, phone: str) -> Owner | None:
    return next(((SEARCHED[word], item.id) for word, item in with_number(portal, phone)), None)


def new_lead(portal: Portal, caller: Caller, sent: Params, user: User, phone: str) -> int:
    fields: dict[str, JSON] = {
        "TITLE": f"{phone} - {'Исходящий' if as_int(sent.get('TYPE')) == OUTGOING else 'Входящий'} звонок",
        "ASSIGNED_BY_ID": user.id,
        "SOURCE_ID": as_text(sent.get("CRM_SOURCE")) or "CALL",
        "PHONE": [{"VALUE": phone, "VALUE_TYPE": "WORK"}],
    }
    added = METHODS["crm.lead.add"].handler(portal, caller, Params({"fields": fields}))
    if not isinstance(added, int):
        raise LookupError("crm.lead.add gave no id")
    return added


def show_owner(portal: Portal, call: ExternalCall) -> dict[str, JSON]:
    """Nothing found: no type, and 0 (unverified)."""
    if call.owner is None:
        return {"CRM_ENTITY_TYPE": "", "CRM_ENTITY_ID": 0}
    return {"CRM_ENTITY_TYPE": portal.crm.kind(call.owner[0]).symbol, "CRM_ENTITY_ID": call.owner[1]}


def tell(portal: Portal, caller: Caller, call: ExternalCall, user: User, seconds: int, *, answered: bool) -> int | None:
    """The call as an activity of its object; ``None`` when that has been deleted meanwhile."""
    if call.owner is None or portal.crm.items(call.owner[0]).get(call.owner[1]) is None:
        return None
    outgoing = call.type == OUTGOING
    subject = f"{'Исходящий' if outgoing else 'Входящий'} звонок {call.phone}"
    activity = portal.crm.activities.start([call.owner], CALL, *PROVIDERS[CALL], subject, caller.user_id)
    activity.responsible_id = user.id
    activity.start, activity.end = call.begun, call.begun + timedelta(seconds=seconds)
    activity.deadline = activity.start
    activity.direction = 2 if outgoing else 1
    activity.origin_id = f"VI_{call.code}"
    if answered:
        activity.status = COMPLETED
    communication: dict[str, JSON] = {"TYPE": "PHONE", "VALUE": call.phone}
    activity.communications = [communication | {"ENTITY_TYPE_ID": str(call.owner[0]), "ENTITY_ID": str(call.owner[1])}]
    portal.crm.activities.announce_new(activity)
    return activity.id


def responsible_for(item: Item) -> int:
    found = item.values.get("assignedById")
    return found if isinstance(found, int) else 0


def name_of(item: Item) -> str:
    named = " ".join(str(item.values[part]) for part in ("name", "lastName") if item.values.get(part))
    return named or str(item.values.get("title") or "")


def show_responsible(portal: Portal, user_id: int) -> JSON:
    user, day = portal.staff.user(user_id), portal.work_days.of(user_id)
    profile: Mapping[str, str] = user.profile if user is not None else {}
    phones = ("USER_PHONE_INNER", "WORK_PHONE", "PERSONAL_PHONE", "PERSONAL_MOBILE")
    stored = {"USER_PHONE_INNER": "UF_PHONE_INNER"}
    return {
        "ID": str(user_id),
        "TIMEMAN_STATUS": CLOSED if day is None else portal.work_days.status(day),
        **{name: profile.get(stored.get(name, name)) or None for name in phones},
    }
