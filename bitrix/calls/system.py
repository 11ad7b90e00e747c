"""What the portal says about itself and about the caller's access (no scope needed)."""

from datetime import datetime

from bitrix.call import Answer, Call
from bitrix.readers import Row, one
from bitrix.tidy import Untidy, as_bool, as_datetime, as_texts


def server_time() -> Call[datetime]:
    """Source: api-reference/common/system/server-time.md."""
    return Call("server.time", read=_read_time)


def granted_scopes() -> Call[frozenset[str]]:
    """The scopes ticked for this webhook or application. Source: api-reference/common/system/scope.md."""
    return Call("scope", read=_read_scopes)


def method_exists(name: str) -> Call[bool]:
    """Whether this portal has the method, granted or not. Source: api-reference/common/system/method-get.md."""
    return Call("method.get", {"name": name.lower()}, read=one(_is_existing))


def method_available(name: str) -> Call[bool]:
    """Whether the caller's scopes reach the method. Source: api-reference/common/system/method-get.md."""
    return Call("method.get", {"name": name.lower()}, read=one(_is_available))


def _read_time(answer: Answer) -> datetime:
    now = as_datetime(answer.result, "result")
    if now is None:
        raise Untidy("result is empty instead of the time")
    return now


def _read_scopes(answer: Answer) -> frozenset[str]:
    return frozenset(as_texts(answer.result, "result"))


def _is_existing(row: Row) -> bool:
    return as_bool(row.get("isExisting"), "isExisting")


def _is_available(row: Row) -> bool:
    return as_bool(row.get("isAvailable"), "isAvailable")
