"""``event.offline.*``: what waits for an application, for administrators. ``api-reference/events/``."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, cast

from sandbox.portal.arguments import access_denied, empty_argument, wrong_argument
from sandbox.portal.conditions import Column, Kind, read_conditions
from sandbox.portal.errors import RestError
from sandbox.portal.features import OFFLINE_EXTENDED
from sandbox.portal.loose import as_int, as_object, as_text, is_array
from sandbox.portal.methods.events import application_of, connector_of
from sandbox.portal.offline_events import OfflineEvent
from sandbox.portal.portal import Portal
from sandbox.portal.rest import JSON, PAGE, Answer, Caller, Params, page, rest_method

DOCS = "api-reference/events/"

SHOWN: Mapping[str, Column[OfflineEvent]] = {
    "ID": Column(Kind.NUMBER, lambda record: record.id),
    "TIMESTAMP_X": Column(Kind.MOMENT, lambda record: record.at),
    "EVENT_NAME": Column(Kind.TEXT, lambda record: record.event),
    "MESSAGE_ID": Column(Kind.TEXT, lambda record: record.message_id),
}
LISTED: Mapping[str, Column[OfflineEvent]] = {
    **SHOWN,
    "PROCESS_ID": Column(Kind.TEXT, lambda record: record.process_id),
    "ERROR": Column(Kind.NUMBER, lambda record: int(record.error)),
}
PREFIXES = ("=", ">", "<", ">=", "<=", "@", "%")
KEY = re.compile(r"([^A-Za-z]*)(.*)", re.DOTALL)


@rest_method("event.offline.get", docs=DOCS + "event-offline-get.md", app_only=True)
def get(portal: Portal, caller: Caller, params: Params) -> JSON:
    """``clear=1`` gives records and forgets them, ``clear=0`` reserves them under a ``process_id``. With the
    ``process_id`` of a package its records come again; together with ``clear=1`` the whole package is forgotten."""
    require_admin(caller)
    sent = params.upper()
    clear = sent.optional_int("CLEAR", 1) != 0
    if not clear:
        portal.features.require(OFFLINE_EXTENDED, "extended offline events handling")
    limit = sent.optional_int("LIMIT", PAGE)
    if limit <= 0:
        raise wrong_argument("Value must be positive integer", "LIMIT")
    process_id = sent.text("PROCESS_ID").strip() if sent.get("PROCESS_ID") is not None else None
    offline, queue = portal.events.offline, queue_of(portal, caller, sent)
    in_question = [
        record
        for record in queue
        if record.process_id == (process_id or "") and record.error is (sent.optional_int("ERROR") == 1)
    ]
    chosen = choose(in_question, sent, SHOWN, by="TIMESTAMP_X")[:limit]
    if clear:
        offline.remove([record for record in queue if record.process_id == process_id] if process_id else chosen)
    elif process_id is None:
        process_id = offline.reserve(chosen)
    return {"process_id": process_id, "events": [record.as_json() for record in chosen]}


@rest_method("event.offline.list", docs=DOCS + "event-offline-list.md", app_only=True)
def list_(portal: Portal, caller: Caller, params: Params) -> Answer:
    """The queue as it is, reserved and erroneous records included; nothing changes."""
    require_admin(caller)
    sent = params.upper()
    rows: list[JSON] = [
        {**record.as_json(), "PROCESS_ID": record.process_id, "ERROR": str(int(record.error))}
        for record in choose(queue_of(portal, caller, sent), sent, LISTED, by="ID")
    ]
    return page(rows, sent.start("START"))


@rest_method("event.offline.clear", docs=DOCS + "event-offline-clear.md", app_only=True)
def clear(portal: Portal, caller: Caller, params: Params) -> JSON:
    """A package, or only these of its records. The page lets ``id`` win over ``message_id``."""
    require_admin(caller)
    sent = params.upper()
    process_id = process_of(sent)
    package = [record for record in queue_of(portal, caller, sent) if record.process_id == process_id]
    if sent.get("ID") is not None:
        numbers = {as_int(value) for value in list_of(sent, "ID", "Value must be array of integers")}
        if any(number is None or number <= 0 for number in numbers):
            raise wrong_argument("Value must be array of integers", "id")
        package = [record for record in package if record.id in numbers]
    elif sent.get("MESSAGE_ID") is not None:
        messages = messages_of(sent)
        package = [record for record in package if record.message_id in messages]
    portal.events.offline.remove(package)
    return True


@rest_method("event.offline.error", docs=DOCS + "event-offline-error.md", app_only=True)
def error(portal: Portal, caller: Caller, params: Params) -> JSON:
    """These records could not be handled: they leave the package, and are given only to ``error=1``."""
    require_admin(caller)
    sent = params.upper()
    process_id, messages = process_of(sent), messages_of(sent)
    application = application_of(caller)
    portal.events.offline.mark_wrong(application.id, connector_of(portal, sent), process_id, messages)
    return True


def require_admin(caller: Caller) -> None:
    if not caller.admin:
        raise access_denied()


def queue_of(portal: Portal, caller: Caller, sent: Params) -> list[OfflineEvent]:
    return portal.events.offline.of(application_of(caller).id, connector_of(portal, sent))


def process_of(sent: Params) -> str:
    if sent.get("PROCESS_ID") is None:
        raise empty_argument("PROCESS_ID")
    return sent.text("PROCESS_ID").strip()


def messages_of(sent: Params) -> set[str]:
    values = list_of(sent, "MESSAGE_ID", "Value must be array of MESSAGE_ID values")
    return {(as_text(value) or "").strip() for value in values}


def list_of(sent: Params, name: str, complaint: str) -> list[JSON]:
    value = as_object(sent.get(name))
    if value is None:
        raise wrong_argument(complaint, name.lower())
    return list(value.values())


def choose(
    records: Iterable[OfflineEvent], sent: Params, columns: Mapping[str, Column[OfflineEvent]], *, by: str
) -> list[OfflineEvent]:
    """Those the filter lets through, in the order asked for. Names and operations that are not on the page are
    errors (api-reference/events/event-offline-get.md)."""
    conditions = read_conditions(read_filter(sent, columns), columns, PREFIXES)
    found = [record for record in records if all(one.test(columns[one.name].read(record)) for one in conditions)]
    for name, direction in reversed(read_order(sent, columns) or [(by, "ASC")]):
        found.sort(key=cast(Callable[[OfflineEvent], Any], columns[name].read), reverse=direction == "DESC")
    return found


def read_filter(sent: Params, columns: Mapping[str, object]) -> dict[str, JSON]:
    value = sent.get("FILTER")
    asked = {} if value is None or value == "" else as_object(value)
    if asked is None:
        raise RestError("ERROR_ARGUMENT", "The filter is not an array.")
    for key, wanted in asked.items():
        match = KEY.fullmatch(key.upper())
        operation, name = match.groups() if match else ("", key)
        if operation and operation not in PREFIXES:
            raise RestError("ERROR_ARGUMENT", f"Filter operation not allowed: {operation}")
        if name not in columns:
            raise RestError("ERROR_ARGUMENT", f"Filter field not allowed: {name}")
        if is_array(wanted):
            raise RestError("ERROR_ARGUMENT", f"The value of an argument '{key.upper()}' has an invalid type")
    return {key.upper(): wanted for key, wanted in asked.items()}


def read_order(sent: Params, columns: Mapping[str, object]) -> list[tuple[str, str]]:
    value = sent.get("ORDER")
    asked = {} if value is None or value == "" else as_object(value)
    if asked is None:
        raise RestError("ERROR_ARGUMENT", "The order is not an array.")
    order = [(name.upper(), (as_text(way) or "").upper()) for name, way in asked.items()]
    for name, way in order:
        if name not in columns:
            raise RestError("ERROR_ARGUMENT", f"Order field not allowed: {name}")
        if way not in ("ASC", "DESC"):
            raise RestError("ERROR_ARGUMENT", "Order direction should be one of {ASC|DESC}")
    return order
