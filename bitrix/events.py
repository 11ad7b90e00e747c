"""What a portal tells about itself: events, parsed from the bytes of a request.

Three shapes come in: the outgoing webhook, the application's event (with tokens in ``auth``), and the robot's webhook
(``document_id[2]=DEAL_42``). Sources: api-reference/events/index.md, tutorials/bizproc/activity.md. Pure.
"""

import hmac
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from bitrix.refs import (
    COMPANY,
    CONTACT,
    DEAL,
    LEAD,
    ActivityRef,
    CommentRef,
    GroupRef,
    ItemRef,
    PostRef,
    Ref,
    SmartProcessRef,
    TaskRef,
    UserRef,
)
from bitrix.wire import BadForm, Form, decode_form

LARGEST_BODY = 1024 * 1024
ROBOT = "ROBOT"

_CRM = {"DEAL": DEAL, "LEAD": LEAD, "CONTACT": CONTACT, "COMPANY": COMPANY}
_ITEM = re.compile(r"ONCRM(DEAL|LEAD|CONTACT|COMPANY)([A-Z]+)")
_DYNAMIC = re.compile(r"ONCRMDYNAMICITEM(ADD|UPDATE|DELETE)(?:_(\d{1,9}))?")
_OTHER = (
    (re.compile(r"ONTASKCOMMENT(ADD|UPDATE|DELETE)"), "task comment"),
    (re.compile(r"ONTASK(ADD|UPDATE|DELETE)"), "task"),
    (re.compile(r"ONCRMTIMELINECOMMENT(ADD|UPDATE|DELETE)"), "comment"),
    (re.compile(r"ONCRMACTIVITY(ADD|UPDATE|DELETE)"), "activity"),
    (re.compile(r"ONCRMTYPE(ADD|UPDATE|DELETE)"), "smart process"),
    (re.compile(r"ONSONETGROUP(ADD|UPDATE|DELETE)"), "group"),
    (re.compile(r"ONLIVEFEEDPOST(ADD|UPDATE|DELETE)"), "post"),
    (re.compile(r"ONUSER(ADD)"), "user"),
)
_NAME = re.compile(r"[A-Z][A-Z0-9_]{2,99}")
_ID = re.compile(r"[0-9]{1,18}")


class BadEvent(ValueError):
    """A request that is not an event of Bitrix24; the text says why."""


@dataclass(frozen=True)
class Event:
    """One delivery. It says that something happened to the subject, never what changed."""

    name: str
    """Upper case, as bound: ``ONCRMDEALUPDATE``, ``ONCRMDYNAMICITEMUPDATE_1030``; ``ROBOT`` for a robot's call."""
    subject: Ref | None
    action: str
    """``ADD``, ``UPDATE``, ``DELETE``, ``MOVETOCATEGORY``, or empty."""
    domain: str | None
    member_id: str | None
    application_token: str | None = field(repr=False)
    ts: datetime | None
    """When it left the portal's queue; not when the change was made."""
    raw: Mapping[str, object] = field(repr=False, default_factory=dict)
    """The whole form without ``auth``."""

    @classmethod
    def parse(cls, body: bytes, content_type: str | None = None) -> "Event":
        """Raises BadEvent, and nothing else, whatever the bytes."""
        if len(body) > LARGEST_BODY:
            raise BadEvent(f"larger than {LARGEST_BODY} bytes")
        if content_type and not content_type.lower().startswith("application/x-www-form-urlencoded"):
            raise BadEvent(f"Content-Type is {content_type[:60]!r}, expected application/x-www-form-urlencoded")
        try:
            form = decode_form(body)
        except BadForm as error:
            raise BadEvent(str(error)) from None
        auth = _map(form, "auth")
        document = _map(form, "document_id")
        name, subject, action = _of_robot(document) if document and "event" not in form else _of_event(form)
        return cls(
            name=name,
            subject=subject,
            action=action,
            domain=_text(auth, "domain"),
            member_id=_text(auth, "member_id"),
            application_token=_text(auth, "application_token"),
            ts=_moment(_text(form, "ts")),
            raw={key: value for key, value in form.items() if key != "auth"},
        )


def token_matches(event: Event, tokens: Iterable[str]) -> bool:
    """Whether the event shows one of these tokens. Takes as long for a wrong token as for a right one."""
    shown = (event.application_token or "").encode()
    matches = [hmac.compare_digest(shown, token.encode()) for token in tokens if token]
    return bool(shown) and any(matches)


def _of_robot(document: Form) -> tuple[str, Ref | None, str]:
    """``document_id`` is [module, document class, ``DEAL_42``]."""
    last = document.get("2")
    if not isinstance(last, str):
        raise BadEvent("document_id has no third part like DEAL_42")
    try:
        return ROBOT, ItemRef.from_document(last), ""
    except ValueError as error:
        raise BadEvent(str(error)) from None


def _of_event(form: Form) -> tuple[str, Ref | None, str]:
    given = form.get("event")
    if not isinstance(given, str):
        raise BadEvent("no field «event» and no «document_id»")
    name = given.upper()
    if _NAME.fullmatch(name) is None:
        raise BadEvent(f"not a name of an event: {given[:40]!r}")
    data = _map(form, "data")
    fields = _map(data, "FIELDS") or data
    if dynamic := _DYNAMIC.fullmatch(name):
        entity_type_id = dynamic[2] or _text(fields, "ENTITY_TYPE_ID")
        return name, ItemRef(_number(entity_type_id, name), _number(_text(fields, "ID"), name)), dynamic[1]
    if item := _ITEM.fullmatch(name):
        subject = ItemRef(_CRM[item[1]], _number(_text(fields, "ID"), name)) if "ID" in fields else None
        return name, subject, item[2]
    for pattern, kind in _OTHER:
        if other := pattern.fullmatch(name):
            return name, _subject(kind, data, name), other[1]
    return name, None, ""


def _subject(kind: str, data: Form, name: str) -> Ref:
    fields = _map(data, "FIELDS") or data
    if kind.startswith("task"):
        after, before = _map(data, "FIELDS_AFTER"), _map(data, "FIELDS_BEFORE")
        wanted = "TASK_ID" if kind == "task comment" else "ID"
        return TaskRef(_number(_text(after, wanted) or _text(before, wanted), name))
    refs: dict[str, Callable[[int], Ref]] = {
        "comment": CommentRef,
        "activity": ActivityRef,
        "smart process": SmartProcessRef,
        "group": GroupRef,
        "user": UserRef,
        "post": PostRef,
    }
    return refs[kind](_number(_text(fields, "POST_ID" if kind == "post" else "ID"), name))


def _map(form: Form, name: str) -> Form:
    value = form.get(name)
    return value if isinstance(value, dict) else {}


def _text(form: Form, name: str) -> str | None:
    value = form.get(name)
    return value if isinstance(value, str) and value and value != "undefined" else None


def _number(text: str | None, name: str) -> int:
    if text is None or not text.isascii() or _ID.fullmatch(text) is None:
        raise BadEvent(f"{name} without the number of what it is about")
    return int(text)


def _moment(text: str | None) -> datetime | None:
    if text is None or not text.isascii() or not text.isdigit() or len(text) > 11:
        return None
    return datetime.fromtimestamp(int(text), UTC)
