"""What can go wrong between us and a portal, sorted by what the caller should do next.

    BitrixError
    ├── TryLater           the same call may work later          -> back off, come again
    │   ├── Unreachable    never sent, or only a read
    │   ├── Throttled      QUERY_LIMIT_EXCEEDED
    │   └── MethodPaused   OPERATION_TIME_LIMIT, until .resumes_at
    ├── OutcomeUnknown     a write went out, no clear answer     -> observe again, never resend
    ├── AccessLost         the token or webhook is dead          -> stop this portal, tell its owner .loss
    │   └── TokenExpired   an access token lived its hour        -> refresh it, then the same call
    ├── Refused            the portal understood and said no     -> a human has to look
    │   ├── NotFound       there is no such thing
    │   └── ScopeMissing   a permission was not given            -> its owner adds it
    ├── TooLate            it waited past its `leaves_by`      -> not sent; may I still?
    └── Gibberish          the answer is not what the docs say   -> our bug or a vendor change

`TryLater` for a write means that it was surely not applied; when that is not sure, it is `OutcomeUnknown`.
Sources: error-codes.md, _includes/system-errors.md, settings/oauth/error-codes.md, api-reference/rest-v3.md.
"""

import html
import re
from collections.abc import Mapping
from copy import copy
from datetime import datetime
from enum import Enum
from typing import Any, NamedTuple, Self

from bitrix.call import JSON, Call

LONGEST_DETAIL = 300


class BitrixError(Exception):
    """Carries the method, the code and status of the answer (if there was one) and its text.

    The text (`detail`) is in the language of the portal: show it, never compare with it.
    """

    def __init__(self, method: str, *, code: str = "", status: int | None = None, detail: str = "") -> None:
        super().__init__(method)
        self.method = method
        self.code = code
        self.status = status
        self.detail = plain_text(detail)

    def __str__(self) -> str:
        code = self.code or "no code"
        answer = "" if self.status is None else f" ({code}, HTTP {self.status})"
        return f"{self.method}: {type(self).__name__}{answer}{': ' if self.detail else ''}{self.detail}"

    def __repr__(self) -> str:
        return f"<{self}>"

    def about(self, method: str) -> Self:
        """The same error, as another call meets it."""
        twin = copy(self)
        twin.method = method
        return twin


class TryLater(BitrixError):
    """The same call may work later, and was not applied."""


class Unreachable(TryLater):
    """The portal did not answer; a write was never sent."""


class Throttled(TryLater):
    """Too many requests to this portal from this address (limits.md)."""


class MethodPaused(TryLater):
    """This one method used up its execution time; other methods go on (limits.md)."""

    def __init__(
        self,
        method: str,
        *,
        code: str = "",
        status: int | None = None,
        detail: str = "",
        resumes_at: datetime | None = None,
    ) -> None:
        super().__init__(method, code=code, status=status, detail=detail)
        self.resumes_at = resumes_at


class OutcomeUnknown(BitrixError):
    """A write left us and no clear answer came back: it may have been applied, or may still be."""


class Loss(Enum):
    """Why an access is lost: who has to restore it, and where."""

    CREDENTIALS = "the webhook or token is not known: deleted, regenerated, or never given"
    OWNER = "whoever the webhook or token belongs to was dismissed"
    GRANT = "the application has to be authorised again: its refresh token is used up or too old"
    APPLICATION = "the application is not installed there, or its keys are wrong"
    NOT_ADMITTED = "the administrator did not open the application to this user"
    PAYMENT = "the subscription of the application is over"
    PORTAL = "the portal was closed"
    BLOCKED = "the vendor blocked it by hand; only their support lifts that"
    HOUR = "the access token lived its hour, and nobody renewed it"


class AccessLost(BitrixError):
    """No call will work on this portal until somebody restores the access."""

    @property
    def loss(self) -> Loss:
        """A webhook whose portal has no plan with REST any more is told as ACCESS_DENIED, like a missing right, and so
        becomes `Refused` (_includes/system-errors.md)."""
        return _LOSSES.get(self.code.strip().upper(), Loss.CREDENTIALS)


class TokenExpired(AccessLost):
    """The access token of an application lived its hour (settings/oauth/auto-renewal.md)."""


class Refused(BitrixError):
    """The portal understood the call and said no; repeating it changes nothing."""


class NotFound(Refused):
    """The thing that the call is about is not there, or its type is not."""


class ScopeMissing(Refused):
    """The webhook or application has no permission for this part of the API (api-reference/scopes/permissions.md)."""


class TooLate(BitrixError):
    """The call waited longer than its `leaves_by` allows, and was surely not sent."""


class Gibberish(BitrixError):
    """The answer is not what the documentation says."""


_V3 = "BITRIX_REST_V3_EXCEPTION_"

REACTION: Mapping[str, type[BitrixError]] = {
    # the portal failed in the middle: whether a write happened is open
    "INTERNAL_SERVER_ERROR": OutcomeUnknown,
    "ERROR_UNEXPECTED_ANSWER": OutcomeUnknown,
    "0X000040": OutcomeUnknown,  # task.elapseditem.*: "unknown error"
    # limits: checked before the method runs
    "QUERY_LIMIT_EXCEEDED": Throttled,
    "OPERATION_TIME_LIMIT": MethodPaused,
    # the door is closed for every call
    "NO_AUTH_FOUND": AccessLost,
    "INVALID_TOKEN": AccessLost,
    "EXPIRED_TOKEN": TokenExpired,
    "AUTHORIZATION_ERROR": AccessLost,
    "APPLICATION_NOT_FOUND": AccessLost,
    "NOT_INSTALLED": AccessLost,
    "ERROR_OAUTH": AccessLost,
    "WRONG_CLIENT": AccessLost,
    "INVALID_CLIENT": AccessLost,
    "INVALID_GRANT": AccessLost,
    "INVALID_SCOPE": AccessLost,
    "PAYMENT_REQUIRED": AccessLost,
    "USER_ACCESS_ERROR": AccessLost,
    "PORTAL_DELETED": AccessLost,
    "OVERLOAD_LIMIT": AccessLost,  # blocked by hand; only the vendor's support lifts it
    # the call itself was refused, whoever repeats it
    "INVALID_REQUEST": Refused,
    "INVALID_CREDENTIALS": Refused,
    "ACCESS_DENIED": Refused,
    "ACCESS_ERROR": Refused,
    "ACCESSEXCEPTION": Refused,
    "INSUFFICIENT_SCOPE": ScopeMissing,
    "WRONG_AUTH_TYPE": Refused,
    "ERROR_WRONG_CONTEXT": Refused,
    "ERROR_WRONG_APPLICATION": Refused,
    "METHOD_CONFIRM_WAITING": Refused,
    "METHOD_CONFIRM_DENIED": Refused,
    "ALLOWED_ONLY_INTRANET_USER": Refused,
    "ERROR_METHOD_NOT_FOUND": Refused,
    "ERROR_MANIFEST_IS_NOT_AVAILABLE": Refused,
    "ERROR_BATCH_METHOD_NOT_ALLOWED": Refused,
    "ERROR_BATCH_LENGTH_EXCEEDED": Refused,
    "ERROR_EVENT_NOT_FOUND": Refused,
    # there is no such thing
    "NOT_FOUND": NotFound,
    "OWNER_NOT_FOUND": NotFound,
    "TASK_NOT_FOUND": NotFound,
    "BOT_NOT_FOUND": NotFound,
    "ERROR_PLACEMENT_NOT_FOUND": NotFound,
    "SONET_CONTROLLER_LIVEFEED_BLOG_NOT_FOUND": NotFound,
    "0X000001": NotFound,  # task.elapseditem.*: task not found
    # single methods
    "ERROR_CORE": Refused,
    "ERROR_ARGUMENT": Refused,
    "INVALID_ARG_VALUE": Refused,
    "BX_ERROR": Refused,
    "BX_EMPTY_REQUIRED": Refused,
    "LIMIT_EXCEEDED": Refused,
    "CRM_FIELD_ERROR_VALUE_NOT_VALID": Refused,
    "CRM_FIELD_ERROR_REQUIRED": Refused,  # seen on portals, not documented
    "CREATE_DYNAMIC_ITEM_RESTRICTED": Refused,
    "UPDATE_DYNAMIC_ITEM_RESTRICTED": Refused,
    "CREATE_DYNAMIC_TYPE_RESTRICTED": Refused,
    "UPDATE_DYNAMIC_TYPE_RESTRICTED": Refused,
    "ENTITY_TYPE_NOT_SUPPORTED": Refused,
    "ADDING_DISABLED": Refused,
    "REMOVING_DISABLED": Refused,
    "WRONG_DATETIME_FORMAT": Refused,
    "EMPTY_TITLE": Refused,
    "CANT_DELETE_FIRST": Refused,
    "IS_SYSTEM": Refused,
    "ACCESS_DENIED_MOVE": Refused,
    "ILLEGAL_NEW_LINK": Refused,
    "ACTION_NOT_ALLOWED": Refused,
    "1048582": Refused,  # 0x100006, tasks: not allowed, or no such task
    "0X100002": Refused,
    "0X000004": Refused,
    "0X000100": Refused,
    "ERROR_IMAGE_ID": Refused,
    "USER_ID_EMPTY": Refused,
    "MESSAGE_EMPTY": Refused,
    "EMPTY_MESSAGE": Refused,
    "ATTACH_OVERSIZE": Refused,
    "ATTACH_ERROR": Refused,
    "BOT_OWNERSHIP_ERROR": Refused,
    "BOT_TOKEN_NOT_SPECIFIED": Refused,
    "SONET_CONTROLLER_LIVEFEED_BLOGPOST_ADD_ERROR": Refused,
    "SONET_CONTROLLER_LIVEFEED_BLOGPOST_MODULE_BLOG_NOT_INSTALLED": Refused,
    "ERROR_ACTIVITY_ALREADY_INSTALLED": Refused,
    "ERROR_ACTIVITY_VALIDATION_FAILURE": Refused,
    "ERROR_ACTIVITY_ADD_FAILURE": Refused,
    "ERROR_WRONG_HANDLER_URL": Refused,
    "ERROR_UNSUPPORTED_PROTOCOL": Refused,
    "ERROR_HANDLER_ALREADY_EXIST": Refused,
    "ERROR_PLACEMENT_MAX_COUNT": Refused,
    "ERROR_PLACEMENT_USER_MODE": Refused,
    "WRONG_FIELD_VALUE": Refused,
    "ERROR_EMPTY_LAYOUT": Refused,
    "FIELD_IS_REQUIRED": Refused,
    "FIELD_IS_REDUNDANT": Refused,
    "ENUM_FIELD": Refused,
    "TOO_MANY_ITEMS": Refused,
    "KEY_CONTAIN_WRONG_SYMBOLS": Refused,
    "INCOMING_ACTIVITY_CAN_NOT_BE_WITH_DEADLINE": Refused,
    "WRONG_LANG": Refused,
    "UNSUITABLE_TIMELINE_ITEM": Refused,
    # REST 3.0
    _V3 + "INVALIDJSONEXCEPTION": Refused,
    _V3 + "INVALIDSELECTEXCEPTION": Refused,
    _V3 + "VALIDATION_REQUESTVALIDATIONEXCEPTION": Refused,
    _V3 + "UNKNOWNDTOPROPERTYEXCEPTION": Refused,
    _V3 + "UNKNOWNFILTEROPERATOREXCEPTION": Refused,
    _V3 + "ENTITYNOTFOUNDEXCEPTION": NotFound,
    _V3 + "ACCESSDENIEDEXCEPTION": Refused,
    _V3 + "INSUFFICIENTSCOPEEXCEPTION": ScopeMissing,
    _V3 + "IDEMPOTENCYKEYREUSEDEXCEPTION": Refused,
    _V3 + "INVALIDIDEMPOTENCYKEYEXCEPTION": Refused,
}
"""What a code asks for, whatever the status: 400 means "not found", "no rights" and "bad value" alike."""

_LOSSES: Mapping[str, Loss] = {
    "AUTHORIZATION_ERROR": Loss.OWNER,  # b24pysdk, errors: "Unable to authorize user"
    "INVALID_GRANT": Loss.GRANT,
    "APPLICATION_NOT_FOUND": Loss.APPLICATION,
    "NOT_INSTALLED": Loss.APPLICATION,
    "WRONG_CLIENT": Loss.APPLICATION,
    "INVALID_CLIENT": Loss.APPLICATION,
    "INVALID_SCOPE": Loss.APPLICATION,
    "USER_ACCESS_ERROR": Loss.NOT_ADMITTED,
    "PAYMENT_REQUIRED": Loss.PAYMENT,
    "PORTAL_DELETED": Loss.PORTAL,
    "OVERLOAD_LIMIT": Loss.BLOCKED,
    "EXPIRED_TOKEN": Loss.HOUR,
}

REACTION_TO_STATUS: Mapping[int, type[BitrixError]] = {
    401: AccessLost,
    429: Throttled,
}
"""What a status asks for when the code says nothing (empty, a bare integer, prose)."""

_SAYS_NOTHING = re.compile(r"-?[0-9]{0,6}|.*[^A-Za-z0-9_].*", re.ASCII | re.DOTALL)
"""An empty code, ``0``, ``100``, ``-``, a sentence like ``Access denied.``: only the status is left to go by."""


def is_known(code: str) -> bool:
    """Whether the documentation, or this table, knows the code; codes that say nothing count as known."""
    code = code.strip().upper()
    return code in REACTION or _SAYS_NOTHING.fullmatch(code) is not None


class Fault(NamedTuple):
    """The error part of an answer, as it came: the code (may be empty) and the text."""

    code: str
    detail: str


def fault_in(body: JSON) -> Fault | None:
    """The error of an answer of REST 2.0 or 3.0, or of one command of a batch; None when it is not an error."""
    if not isinstance(body, Mapping) or "error" not in body or "result" in body:
        return None
    error = body["error"]
    if isinstance(error, Mapping):
        return _fault_of_version_3(error)
    return Fault("" if error is None else str(error), str(body.get("error_description") or ""))


def reaction(status: int, code: str) -> type[BitrixError]:
    """Code first, status only when the code says nothing. `OutcomeUnknown` still has to ask whether the call writes."""
    code = code.strip().upper()
    if code == "INVALID_CREDENTIALS" and status == 401:
        return AccessLost  # documented as missing rights (403); with 401 it is a wrong token
    if code in REACTION:
        return REACTION[code]
    if status in REACTION_TO_STATUS:
        return REACTION_TO_STATUS[status]
    return OutcomeUnknown if status >= 500 else Refused


def classify(
    call: Call[Any], status: int, code: str, detail: str, *, resumes_at: datetime | None = None
) -> BitrixError:
    """The error that an answer amounts to. Code first; a bare 5xx may hide a write that happened.

    ``status`` of a command inside a batch is that of the batch, 200. ``resumes_at`` is when a paused method
    is expected back.
    """
    kind = reaction(status, code)
    if kind is OutcomeUnknown and not call.writes:
        kind = TryLater
    if kind is MethodPaused:
        return MethodPaused(call.method, code=code, status=status, detail=detail, resumes_at=resumes_at)
    return kind(call.method, code=code, status=status, detail=detail)


def unanswered(call: Call[Any], detail: str, *, status: int | None = None) -> BitrixError:
    """The call went out and nothing usable came back."""
    kind = OutcomeUnknown if call.writes else Unreachable
    return kind(call.method, status=status, detail=detail)


def unreadable(call: Call[Any], status: int, detail: str) -> BitrixError:
    """An answer came back that is no answer of the REST API: a page of a proxy, a cut-off text."""
    if status in REACTION_TO_STATUS:
        return REACTION_TO_STATUS[status](call.method, status=status, detail=detail)
    if status >= 500 or (call.writes and status < 300):
        return unanswered(call, detail, status=status)
    return Gibberish(call.method, status=status, detail=detail)


def plain_text(text: str) -> str:
    """Text for people out of what may be HTML: tags dropped, entities read, blanks folded, cut to a line."""
    text = html.unescape(re.sub(r"<[^<>]{0,200}>", " ", html.unescape(text[: LONGEST_DETAIL * 8])))
    text = " ".join(text.split())
    return text if len(text) <= LONGEST_DETAIL else text[: LONGEST_DETAIL - 1] + "…"


def _fault_of_version_3(error: Mapping[str, JSON]) -> Fault:
    detail = str(error.get("message") or "")
    validation = error.get("validation")
    if isinstance(validation, list):
        wrong = [f"{one.get('field')}: {one.get('message')}" for one in validation if isinstance(one, Mapping)]
        detail = "; ".join([detail, *wrong])
    return Fault(str(error.get("code") or ""), detail)
