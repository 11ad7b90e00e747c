"""What a portal posts to us: an event is a value made from bytes, before any framework sees it.

Three shapes come in, all form-encoded (contract of the vendor: api-reference/events/index.md):

- the outgoing webhook: ``event``, ``data[FIELDS][ID]``, ``auth[application_token]``;
- the application: the same, often with access tokens in ``auth``;
- a robot's webhook: no ``event`` but ``document_id[2]=DEAL_42`` (tutorials/bizproc/activity.md).

An event says that something changed and which; what changed has to be read. It is delivered once, in any order.
"""

import hmac
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from typing import NamedTuple

from bitrix.refs import (
    COMPANY,
    CONTACT,
    DEAL,
    FIRST_DYNAMIC,
    LEAD,
    QUOTE,
    SMART_INVOICE,
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

LONGEST_BODY = 1024 * 1024
ROBOT = "ROBOT"

_EVENT_NAME = re.compile(r"[A-Z0-9_.:\\-]{1,100}", re.ASCII)
_ID = re.compile(r"[0-9]{1,18}", re.ASCII)
_TIMESTAMP = re.compile(r"[0-9]{1,11}", re.ASCII)
_FORM = "application/x-www-form-urlencoded"
_TYPES = {"LEAD": LEAD, "DEAL": DEAL, "CONTACT": CONTACT, "COMPANY": COMPANY, "QUOTE": QUOTE}


class BadEvent(ValueError):
    """The body is not an event of a portal; the message says why and repeats no secret."""


@dataclass(frozen=True)
class Event:
    name: str
    """Upper case, with the suffix some events of smart processes have: ``ONCRMDYNAMICITEMUPDATE_1030``; ``ROBOT``."""
    subject: Ref | None
    """What changed; None for events this module does not know. A comment of a task is told as its task."""
    action: str
    """``ADD``, ``UPDATE``, ``DELETE``, ``MOVETOCATEGORY``, ``COMMENTADD`` ...; empty when there is no telling."""
    domain: str | None
    member_id: str | None
    """The id of the portal, the same for ever (the domain may change)."""
    application_token: str | None = field(repr=False)
    raw: Mapping[str, Form] = field(repr=False)
    """All of it but `auth`."""
    auth: Mapping[str, Form] = field(repr=False)
    """All of ``auth``. An application's holds access tokens: log it never."""

    @property
    def ts(self) -> datetime | None:
        """When it was sent, which may be long after the change."""
        return _moment(self.raw.get("ts"))

    @classmethod
    def parse(cls, body: bytes, content_type: str | None = None) -> "Event":
        """Raises `BadEvent` and nothing else, on whatever bytes. At most `LONGEST_BODY` of them are looked at."""
        if len(body) > LONGEST_BODY:
            raise BadEvent(f"the body has {len(body)} bytes, more than {LONGEST_BODY}")
        _require_form(content_type)
        try:
            raw = decode_form(body)
        except BadForm as error:
            raise BadEvent(f"the body is not a form: {error}") from None
        auth = raw.pop("auth", {})
        if not isinstance(auth, dict):
            raise BadEvent("auth is not a map")
        name, action, subject = _told(raw)
        return cls(
            name=name,
            subject=subject,
            action=action,
            domain=_word(auth, "domain"),
            member_id=_word(auth, "member_id"),
            application_token=_word(auth, "application_token"),
            raw=raw,
            auth=auth,
        )


@dataclass(frozen=True)
class Telling:
    """What an event that was kept (`Event.raw`) told of, and when it was sent."""

    subject: Ref | None
    ts: datetime | None

    @classmethod
    def of(cls, raw: Mapping[str, Form]) -> "Telling":
        """Raises `BadEvent` for what never was an event."""
        return cls(_told(raw)[2], _moment(raw.get("ts")))


def token_matches(event: Event, tokens: Iterable[str]) -> bool:
    """Whether the event carries one of the tokens, in a time that tells nothing about them. No tokens, no match."""
    carried = (event.application_token or "").encode()
    found = False
    for token in tokens:
        found |= hmac.compare_digest(carried, token.encode())
    return found and bool(carried)


def _told(raw: Mapping[str, Form]) -> tuple[str, str, Ref | None]:
    """Name, action and subject."""
    if "event" in raw:
        name = raw["event"]
        if not isinstance(name, str):
            raise BadEvent("event is not the name of an event")
        name, reading = _named(name)
        if reading is None:
            return name, "", None
        data = raw.get("data", {})
        match, read = reading
        return name, match["action"], read(match, _Told(name, data if isinstance(data, dict) else {}))
    if "document_id" in raw:
        return ROBOT, "", _document(raw["document_id"])
    raise BadEvent("neither an event nor a robot's call: it has no event and no document_id")


class _Told(NamedTuple):
    """The ``data`` of an event."""

    name: str
    data: dict[str, Form]

    def id(self, *path: str) -> int:
        """The number at the path; raises `BadEvent` when it is not one."""
        number = self.id_or_none(*path)
        if number is None:
            raise BadEvent(
                f"{self.name} does not say what changed: no id at data{''.join(f'[{step}]' for step in path)}"
            )
        return number

    def id_or_none(self, *path: str) -> int | None:
        node: Form = self.data
        for step in path:
            # What is not there is written as the word "undefined" where a map is expected.
            if not isinstance(node, dict) or step not in node:
                return None
            node = node[step]
        return int(node) or None if isinstance(node, str) and _ID.fullmatch(node) else None

    def either(self, *paths: tuple[str, ...]) -> int:
        found = (self.id_or_none(*path) for path in paths)
        return next((number for number in found if number is not None), None) or self.id(*paths[0])


def _item(match: re.Match[str], told: _Told) -> Ref:
    return ItemRef(_TYPES[match["type"]], told.id("FIELDS", "ID"))


def _dynamic_item(match: re.Match[str], told: _Told) -> Ref:
    suffix = int(match["suffix"]) if match["suffix"] else None
    entity_type_id = told.id_or_none("FIELDS", "ENTITY_TYPE_ID") or suffix
    if entity_type_id is None or (entity_type_id < FIRST_DYNAMIC and entity_type_id != SMART_INVOICE):
        raise BadEvent(f"{told.name} does not say whose item it is: no data[FIELDS][ENTITY_TYPE_ID]")
    if suffix is not None and suffix != entity_type_id:
        raise BadEvent(f"{told.name} contradicts itself: data[FIELDS][ENTITY_TYPE_ID] is {entity_type_id}")
    return ItemRef(entity_type_id, told.id("FIELDS", "ID"))


def _task(match: re.Match[str], told: _Told) -> Ref:
    return TaskRef(told.either(("FIELDS_AFTER", "ID"), ("FIELDS_BEFORE", "ID")))


def _task_of_comment(match: re.Match[str], told: _Told) -> Ref:
    return TaskRef(told.either(("FIELDS_AFTER", "TASK_ID"), ("FIELDS_BEFORE", "TASK_ID")))


def _comment(match: re.Match[str], told: _Told) -> Ref:
    return CommentRef(told.either(("FIELDS", "ID"), ("ID",)))


def _activity(match: re.Match[str], told: _Told) -> Ref:
    return ActivityRef(told.either(("FIELDS", "ID"), ("ID",)))


def _smart_process(match: re.Match[str], told: _Told) -> Ref:
    return SmartProcessRef(told.id("FIELDS", "ID"))


def _group(match: re.Match[str], told: _Told) -> Ref:
    return GroupRef(told.id("FIELDS", "ID"))


def _post(match: re.Match[str], told: _Told) -> Ref:
    return PostRef(told.id("FIELDS", "POST_ID"))


def _user(match: re.Match[str], told: _Told) -> Ref:
    return UserRef(told.id("ID"))


# Source: api-reference/events/events.md and the page of each event. User-field and recurring events
# (ONCRMDEALUSERFIELDADD, ONCRMDEALRECURRINGADD) carry ids of something else and stay unknown.
_KNOWN: tuple[tuple[re.Pattern[str], Callable[[re.Match[str], _Told], Ref]], ...] = (
    (re.compile(r"ONCRM(?P<type>LEAD|DEAL|CONTACT|COMPANY|QUOTE)(?P<action>ADD|UPDATE|DELETE)"), _item),
    (re.compile(r"ONCRM(?P<type>DEAL)(?P<action>MOVETOCATEGORY)"), _item),
    (re.compile(r"ONCRMDYNAMICITEM(?P<action>ADD|UPDATE|DELETE)(?:_(?P<suffix>[0-9]{1,9}))?"), _dynamic_item),
    (re.compile(r"ONTASK(?P<action>ADD|UPDATE|DELETE)"), _task),
    (re.compile(r"ONTASK(?P<action>COMMENT(?:ADD|UPDATE|DELETE))"), _task_of_comment),
    (re.compile(r"ONCRMTIMELINECOMMENT(?P<action>ADD|UPDATE|DELETE)"), _comment),
    (re.compile(r"ONCRMACTIVITY(?P<action>ADD|UPDATE|DELETE)"), _activity),
    (re.compile(r"ONCRMTYPE(?P<action>ADD|UPDATE|DELETE)"), _smart_process),
    (re.compile(r"ONSONETGROUP(?P<action>ADD|UPDATE|DELETE)"), _group),
    (re.compile(r"ONLIVEFEEDPOST(?P<action>ADD|UPDATE|DELETE)"), _post),
    (re.compile(r"ONUSER(?P<action>ADD)"), _user),
)


@lru_cache(maxsize=256)
def _named(name: str) -> tuple[str, tuple[re.Match[str], Callable[[re.Match[str], _Told], Ref]] | None]:
    """In upper case, with what it says and how to read the rest; the same few names come all the time."""
    name = name.upper()
    if not _EVENT_NAME.fullmatch(name):
        raise BadEvent("event is not the name of an event")
    return name, next(((match, read) for known, read in _KNOWN if (match := known.fullmatch(name))), None)


def _document(document_id: Form) -> Ref | None:
    """The last of module, class, document; None for documents that are no CRM items."""
    parts = list(document_id.values()) if isinstance(document_id, dict) else [document_id]
    try:
        return ItemRef.from_document(str(parts[-1]))
    except ValueError:
        return None


@lru_cache(maxsize=64)
@lru_cache(maxsize=64)
def _require_form(content_type: str | None) -> None:
    kind, _, rest = (content_type or _FORM).lower().partition(";")
    if kind.strip() != _FORM:
        raise BadEvent(f"a portal posts {_FORM}, this is {kind.strip()[:60]!r}")
    charset = re.search(r"charset\s*=\s*\"?([^\s\";]+)", rest)
    if charset and charset[1] not in ("utf-8", "utf8"):
        raise BadEvent(f"a portal writes UTF-8, this is {charset[1][:20]!r}")


def _word(auth: Mapping[str, Form], name: str) -> str | None:
    value = auth.get(name)
    return value if isinstance(value, str) and value else None


def _moment(ts: "Form | None") -> datetime | None:
    """A strange time loses no event: it is only told, never used to decide."""
    if not isinstance(ts, str) or not _TIMESTAMP.fullmatch(ts):
        return None
    return datetime.fromtimestamp(int(ts), UTC)
