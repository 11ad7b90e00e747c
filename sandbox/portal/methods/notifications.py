"""``im.notify*``: api-reference/chats/notifications/. Flat upper-case parameters."""

from __future__ import annotations

import json
from collections.abc import Mapping

from sandbox.portal.errors import RestError
from sandbox.portal.loose import as_int, as_text
from sandbox.portal.notices import PERSONAL, SYSTEM
from sandbox.portal.php import JSON
from sandbox.portal.portal import Portal
from sandbox.portal.rest import Caller, Params, rest_method

LARGEST_ATTACH = 60_000
"""Characters."""


@rest_method("im.notify", scope="im", docs="api-reference/chats/notifications/im-notify.md")
def notify(portal: Portal, caller: Caller, params: Params) -> JSON:
    fields = params.upper().raw
    return send(portal, caller, fields, SYSTEM if as_text(fields.get("TYPE")) == SYSTEM else PERSONAL)


@rest_method("im.notify.personal.add", scope="im", docs="api-reference/chats/notifications/im-notify-personal-add.md")
def notify_personally(portal: Portal, caller: Caller, params: Params) -> JSON:
    return send(portal, caller, params.upper().raw, PERSONAL)


@rest_method("im.notify.system.add", scope="im", docs="api-reference/chats/notifications/im-notify-system-add.md")
def notify_by_system(portal: Portal, caller: Caller, params: Params) -> JSON:
    return send(portal, caller, params.upper().raw, SYSTEM)


@rest_method("im.notify.delete", scope="im", docs="api-reference/chats/notifications/im-notify-delete.md")
def delete_notice(portal: Portal, caller: Caller, params: Params) -> JSON:
    """By ``ID`` one of the caller's own (unverified), by ``TAG`` or ``SUB_TAG`` those of the application."""
    fields = params.upper().raw
    notice_id = as_int(fields.get("ID")) or 0
    tag, sub_tag = as_text(fields.get("TAG")) or "", as_text(fields.get("SUB_TAG")) or ""
    if notice_id > 0:
        notice = portal.notices.get(notice_id)
        return notice is not None and notice.user_id == caller.user_id and portal.notices.delete(notice_id)
    if not tag and not sub_tag:
        raise RestError("PARAMS_ERROR", "Incorrect params")
    application = as_text(fields.get("CLIENT_ID")) or ""
    if not application:
        raise RestError("ACCESS_DENIED", "Access denied! Client ID not specified", status=403)
    return portal.notices.delete_tagged(application, tag=tag, sub_tag=sub_tag)


def send(portal: Portal, caller: Caller, fields: Mapping[str, JSON], kind: str) -> JSON:
    """The id of the notice, ``false`` for a user there is not.

    Tags go with ``CLIENT_ID`` through a webhook. What happens to a tag without one is not said: here it is dropped, so
    that it replaces nothing (unverified).
    """
    user_id = as_int(fields.get("USER_ID")) or 0
    if user_id <= 0:
        raise RestError("USER_ID_EMPTY", "User ID can't be empty")
    text = (as_text(fields.get("MESSAGE")) or "").strip()
    if not text:
        raise RestError("MESSAGE_EMPTY", "Message can't be empty")
    check_attach(fields.get("ATTACH"))
    if not portal.staff.is_active(user_id):
        return False
    application = as_text(fields.get("CLIENT_ID")) or ""
    notice = portal.notices.add(
        user_id,
        text,
        author=caller.user_id if kind == PERSONAL else 0,
        kind=kind,
        application=application,
        tag=(as_text(fields.get("TAG")) or "") if application else "",
        sub_tag=(as_text(fields.get("SUB_TAG")) or "") if application else "",
    )
    return notice.id


def check_attach(attach: JSON) -> None:
    """An object, or the same as JSON text."""
    if not attach:
        return
    if isinstance(attach, str):
        try:
            attach = json.loads(attach)
        except ValueError:
            raise RestError("ATTACH_ERROR", "Incorrect attach params") from None
    if not isinstance(attach, (Mapping, list)):
        raise RestError("ATTACH_ERROR", "Incorrect attach params")
    if len(json.dumps(attach, ensure_ascii=False)) > LARGEST_ATTACH:
        raise RestError("ATTACH_OVERSIZE", "You have exceeded the maximum allowable size of attach")
