"""``crm.timeline.logmessage.*``, ``.icon.*`` and ``.logo.*``. ``api-reference/crm/timeline/logmessage/``."""

from __future__ import annotations

from sandbox.portal.clock import iso
from sandbox.portal.crm.filters import Column, sort_rows
from sandbox.portal.crm.pictures import Picture, Pictures
from sandbox.portal.crm.rights import READ
from sandbox.portal.crm.timeline import LogMessage
from sandbox.portal.crm.values import INTEGER, MOMENT
from sandbox.portal.errors import RestError
from sandbox.portal.methods.items import require_crm_admin
from sandbox.portal.params import missing
from sandbox.portal.portal import Portal
from sandbox.portal.rest import JSON, Answer, Caller, Params, page, rest_method

DOCS = "api-reference/crm/timeline/logmessage/"
SHORT_PAGE = 10


@rest_method("crm.timeline.logmessage.add", scope="crm", docs=DOCS + "crm-timeline-logmessage-add.md")
def add_log_message(portal: Portal, caller: Caller, params: Params) -> JSON:
    """Codes of icons that nobody registered are taken too (unverified)."""
    fields = Params(params.require_object("fields"))
    owner = (fields.require_int("entityTypeId"), fields.require_int("entityId"))
    title, text, icon = (require_filled(fields, name) for name in ("title", "text", "iconCode"))
    kind, item = portal.crm.require_owner(*owner)
    message = LogMessage(
        id=portal.next_id("timeline"),
        owners=[owner],
        author_id=caller.user_id,
        created=portal.clock.now(),
        title=title,
        text=text,
        icon=icon,
        application_id=application_of(caller),
    )
    portal.crm.timeline.add(message)
    portal.crm.saving.touch(kind, item, caller.user_id)
    portal.changed("crm.timeline.logmessage.add", id=message.id, by=caller.user_id)
    return {"logMessage": show_message(message)}


@rest_method("crm.timeline.logmessage.get", scope="crm", docs=DOCS + "crm-timeline-logmessage-get.md")
def get_log_message(portal: Portal, caller: Caller, params: Params) -> JSON:
    """Only what ``logmessage.add`` made is found."""
    message = require_message(portal, params)
    portal.crm.require_owner(*message.owners[0], READ)
    return {"logMessage": show_message(message)}


@rest_method("crm.timeline.logmessage.list", scope="crm", docs=DOCS + "crm-timeline-logmessage-list.md")
def list_log_messages(portal: Portal, caller: Caller, params: Params) -> Answer:
    """Ten on a page; the newest first unless ``order`` says otherwise."""
    owner = (params.require_int("entityTypeId"), params.require_int("entityId"))
    portal.crm.require_owner(*owner, READ)
    order = params.order() or [("id", "DESC")]
    rows: list[JSON] = [
        show_message(message) for message in sort_rows(portal.crm.timeline.of(owner, LogMessage), order, COLUMNS)
    ]
    return page(rows, params.start(), size=SHORT_PAGE)


@rest_method("crm.timeline.logmessage.delete", scope="crm", docs=DOCS + "crm-timeline-logmessage-delete.md")
def delete_log_message(portal: Portal, caller: Caller, params: Params) -> JSON:
    message = require_message(portal, params)
    portal.crm.require_owner(*message.owners[0])
    if message.application_id != application_of(caller):
        raise RestError(
            "REMOVING_DISABLED", "Запись таймлайна создана в контексте другого REST-приложения и не может быть удалена"
        )
    portal.crm.timeline.delete(message)
    portal.changed("crm.timeline.logmessage.delete", id=message.id, by=caller.user_id)
    return True


@rest_method("crm.timeline.icon.add", scope="crm", docs=DOCS + "icons/crm-timeline-icon-add.md")
def add_icon(portal: Portal, caller: Caller, params: Params) -> JSON:
    return {"icon": add_picture(portal.crm.icons, caller, params)}


@rest_method("crm.timeline.icon.get", scope="crm", docs=DOCS + "icons/crm-timeline-icon-get.md")
def get_icon(portal: Portal, caller: Caller, params: Params) -> JSON:
    return {"icon": show_picture(portal.crm.icons.require(params.require_text("code")))}


@rest_method("crm.timeline.icon.list", scope="crm", docs=DOCS + "icons/crm-timeline-icon-list.md")
def list_icons(portal: Portal, caller: Caller, params: Params) -> Answer:
    return Answer({"icons": [show_picture(icon) for icon in portal.crm.icons.all()]}, len(portal.crm.icons.all()))


@rest_method("crm.timeline.icon.delete", scope="crm", docs=DOCS + "icons/crm-timeline-icon-delete.md")
def delete_icon(portal: Portal, caller: Caller, params: Params) -> JSON:
    return delete_picture(portal.crm.icons, caller, params)


@rest_method("crm.timeline.logo.add", scope="crm", docs=DOCS + "logo/crm-timeline-logo-add.md")
def add_logo(portal: Portal, caller: Caller, params: Params) -> JSON:
    return {"logo": add_picture(portal.crm.logos, caller, params)}


@rest_method("crm.timeline.logo.get", scope="crm", docs=DOCS + "logo/crm-timeline-logo-get.md")
def get_logo(portal: Portal, caller: Caller, params: Params) -> JSON:
    return {"logo": show_picture(portal.crm.logos.require(params.require_text("code")))}


@rest_method("crm.timeline.logo.list", scope="crm", docs=DOCS + "logo/crm-timeline-logo-list.md")
def list_logos(portal: Portal, caller: Caller, params: Params) -> Answer:
    return Answer({"logos": [show_picture(logo) for logo in portal.crm.logos.all()]}, len(portal.crm.logos.all()))


@rest_method("crm.timeline.logo.delete", scope="crm", docs=DOCS + "logo/crm-timeline-logo-delete.md")
def delete_logo(portal: Portal, caller: Caller, params: Params) -> JSON:
    return delete_picture(portal.crm.logos, caller, params)


def add_picture(pictures: Pictures, caller: Caller, params: Params) -> JSON:
    require_crm_admin(caller)
    return show_picture(pictures.add(params.require_text("code"), params.require_text("fileContent")))


def delete_picture(pictures: Pictures, caller: Caller, params: Params) -> JSON:
    require_crm_admin(caller)
    pictures.delete(params.require_text("code"))
    return True


def require_filled(fields: Params, name: str) -> str:
    text = fields.require_text(name)
    if not text.strip():
        raise missing(name)
    return text


def require_message(portal: Portal, params: Params) -> LogMessage:
    number = params.require_int("id")
    message = portal.crm.timeline.log_message(number)
    if message is None:
        raise RestError("NOT_FOUND", f"Timeline logmessage not found for id {number}")
    return message


def application_of(caller: Caller) -> int:
    """0 for everything that is done through a webhook."""
    return caller.application.id if caller.application else 0


def show_message(message: LogMessage) -> dict[str, JSON]:
    return {
        "id": message.id,
        "created": iso(message.created),
        "authorId": message.author_id,
        "title": message.title,
        "text": message.text,
        "iconCode": message.icon,
    }


def show_picture(picture: Picture) -> dict[str, JSON]:
    return {"code": picture.code, "isSystem": picture.system, "fileUri": picture.uri}


COLUMNS: dict[str, Column[LogMessage]] = {
    "id": Column("id", INTEGER, lambda message: message.id),
    "created": Column("created", MOMENT, lambda message: message.created),
}
