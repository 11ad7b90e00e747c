"""``bizproc.robot.*``, ``bizproc.activity.*``: steps of automation that call an application, and its answers.

``api-reference/bizproc/``. Robots and activities differ only in where one can put them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import urlsplit

from sandbox.portal.access import Application
from sandbox.portal.arguments import check_handler_url
from sandbox.portal.errors import RestError
from sandbox.portal.loose import as_flag, as_int, as_object, as_text
from sandbox.portal.methods.events import application_of
from sandbox.portal.php import JSON
from sandbox.portal.portal import Portal
from sandbox.portal.rest import Caller, Handler, Params, rest_method
from sandbox.portal.robots import Step

DOCS = "api-reference/bizproc/"
CODE = re.compile(r"[A-Za-z0-9.\-_]+")
PROPERTY = re.compile(r"[A-Za-z][A-Za-z0-9_]*")


def add(*, is_robot: bool) -> Handler:
    def method(portal: Portal, caller: Caller, params: Params) -> JSON:
        require_admin(caller)
        application, sent = application_of(caller), params.upper().raw
        if not sent:
            raise invalid("Empty data!")
        code = code_of(sent)
        check_handler(application, sent.get("HANDLER"))
        if not sent.get("NAME"):
            raise invalid("Empty activity NAME!")
        check_description(sent)
        step = Step(application, code, is_robot, as_text(sent.get("HANDLER")) or "", sent.get("NAME"))
        portal.robots.register(described(step, sent))
        portal.changed("bizproc.step.add", application=application.id, code=code, by=caller.user_id)
        return True

    return method


def update(*, is_robot: bool) -> Handler:
    def method(portal: Portal, caller: Caller, params: Params) -> JSON:
        require_admin(caller)
        application, sent = application_of(caller), params.upper()
        code = code_of(sent.raw)
        fields = Params(as_object(sent.get("FIELDS")) or {}).upper().raw
        step = portal.robots.step(application, code, is_robot=is_robot)
        if not fields:
            raise invalid("No fields to update")
        if "HANDLER" in fields:
            check_handler(application, fields["HANDLER"])
        check_description(fields)
        portal.robots.change(described(step, fields))
        portal.changed("bizproc.step.update", application=application.id, code=code, by=caller.user_id)
        return True

    return method


def delete(*, is_robot: bool) -> Handler:
    def method(portal: Portal, caller: Caller, params: Params) -> JSON:
        require_admin(caller)
        application, code = application_of(caller), code_of(params.upper().raw)
        portal.robots.remove(portal.robots.step(application, code, is_robot=is_robot))
        portal.changed("bizproc.step.delete", application=application.id, code=code, by=caller.user_id)
        return True

    return method


def list_(*, is_robot: bool) -> Handler:
    def method(portal: Portal, caller: Caller, params: Params) -> JSON:
        require_admin(caller)
        return [step.code for step in portal.robots.steps(application_of(caller), is_robot=is_robot)]

    return method


for word, robot in (("robot", True), ("activity", False)):
    for verb, make in (("add", add), ("update", update), ("delete", delete), ("list", list_)):
        page = f"{DOCS}bizproc-{word}/bizproc-{word}-{verb}.md"
        rest_method(f"bizproc.{word}.{verb}", scope="bizproc", docs=page, app_only=True)(make(is_robot=robot))


@rest_method("bizproc.event.send", scope="bizproc", docs=DOCS + "bizproc-robot/bizproc-event-send.md")
def send(portal: Portal, caller: Caller, params: Params) -> JSON:
    """Guarded by the token alone, so a webhook may call it too."""
    sent = params.upper()
    values: JSON = sent.optional_object("RETURN_VALUES")
    portal.robots.answer(sent.text("EVENT_TOKEN"), values, sent.text("LOG_MESSAGE"))
    return True


@rest_method("bizproc.activity.log", scope="bizproc", docs=DOCS + "bizproc-activity/bizproc-activity-log.md")
def log(portal: Portal, caller: Caller, params: Params) -> JSON:
    sent = params.upper()
    message = sent.text("LOG_MESSAGE")
    if not message:
        raise RestError("ERROR_EMPTY_LOG_MESSAGE", "Empty log message!")
    portal.robots.log(sent.text("EVENT_TOKEN"), message)
    return True


def require_admin(caller: Caller) -> None:
    """400 here, unlike 403 of events and widgets (bizproc-robot-add.md)."""
    if not caller.admin:
        raise RestError("ACCESS_DENIED", "Access denied!")


def invalid(words: str) -> RestError:
    return RestError("ERROR_ACTIVITY_VALIDATION_FAILURE", words)


def code_of(sent: Mapping[str, JSON]) -> str:
    code = as_text(sent.get("CODE")) or ""
    if not code:
        raise invalid("Empty activity code!")
    if not CODE.fullmatch(code):
        raise invalid("Wrong activity code!")
    return code


def check_handler(application: Application, value: JSON) -> None:
    """The host must be that of the application; the code of this refusal is not on the page (unverified)."""
    url = as_text(value) or ""
    check_handler_url(url)
    if application.handler and urlsplit(url).hostname != urlsplit(application.handler).hostname:
        raise RestError("ERROR_HANDLER_URL_MATCH", "Handler URL host doesn't match application url")


def check_description(sent: Mapping[str, JSON]) -> None:
    for name in ("PROPERTIES", "RETURN_PROPERTIES"):
        if sent.get(name) is not None:
            check_properties(sent[name])
    document_type = sent.get("DOCUMENT_TYPE")
    if document_type is not None and len(as_object(document_type) or {}) != 3:
        raise invalid("Wrong activity DOCUMENT_TYPE!")
    if sent.get("FILTER") is not None and as_object(sent["FILTER"]) is None:
        raise invalid("Wrong activity FILTER!")


def check_properties(value: JSON) -> None:
    properties = as_object(value)
    if properties is None:
        raise invalid("Wrong properties array!")
    for key, described_as in properties.items():
        if not PROPERTY.fullmatch(key):
            raise invalid(f"Wrong property key {key}!")
        if not Params(as_object(described_as) or {}).upper().get("NAME"):
            raise invalid(f"Empty property NAME {key}!")


def described(step: Step, sent: Mapping[str, JSON]) -> Step:
    """The step with what is said about it; what is not said stays."""
    if "HANDLER" in sent:
        step = replace(step, handler=as_text(sent["HANDLER"]) or "")
    if "NAME" in sent:
        step = replace(step, name=sent["NAME"])
    if "AUTH_USER_ID" in sent:
        step = replace(step, auth_user_id=as_int(sent["AUTH_USER_ID"]) or 0)
    if "USE_SUBSCRIPTION" in sent:
        step = replace(
            step, use_subscription=sent["USE_SUBSCRIPTION"] == "" or as_flag(sent["USE_SUBSCRIPTION"]) is not False
        )
    if "PROPERTIES" in sent:
        step = replace(step, properties=as_object(sent["PROPERTIES"]) or {})
    if "RETURN_PROPERTIES" in sent:
        step = replace(step, return_properties=as_object(sent["RETURN_PROPERTIES"]) or {})
    return step
