"""Every documented code asks for a reaction. The lists here are copied from the pages they name, not from the table."""

from typing import Any

import pytest

from bitrix.call import Answer, Call
from bitrix.errors import (
    REACTION,
    AccessLost,
    BitrixError,
    Fault,
    Gibberish,
    Loss,
    MethodPaused,
    NotFound,
    OutcomeUnknown,
    Refused,
    ScopeMissing,
    Throttled,
    TokenExpired,
    TryLater,
    Unreachable,
    classify,
    fault_in,
    is_known,
    plain_text,
    unanswered,
    unreadable,
)


def _result(answer: Answer) -> object:
    return answer.result


READ: Call[Any] = Call("crm.item.get", read=_result)
WRITE: Call[Any] = Call("crm.item.add", read=_result, writes=True)

# _includes/system-errors.md
SYSTEM = [
    (500, "INTERNAL_SERVER_ERROR", TryLater, OutcomeUnknown),
    (500, "ERROR_UNEXPECTED_ANSWER", TryLater, OutcomeUnknown),
    (503, "QUERY_LIMIT_EXCEEDED", Throttled, Throttled),
    (429, "OPERATION_TIME_LIMIT", MethodPaused, MethodPaused),
    (405, "ERROR_BATCH_METHOD_NOT_ALLOWED", Refused, Refused),
    (400, "ERROR_BATCH_LENGTH_EXCEEDED", Refused, Refused),
    (401, "NO_AUTH_FOUND", AccessLost, AccessLost),
    (400, "INVALID_REQUEST", Refused, Refused),
    # lifted by hand only: retrying makes it worse
    (503, "OVERLOAD_LIMIT", AccessLost, AccessLost),
    (403, "ACCESS_DENIED", Refused, Refused),
    (403, "INVALID_CREDENTIALS", Refused, Refused),
    (404, "ERROR_MANIFEST_IS_NOT_AVAILABLE", Refused, Refused),
    (403, "insufficient_scope", ScopeMissing, ScopeMissing),
    (401, "expired_token", TokenExpired, TokenExpired),
    (403, "user_access_error", AccessLost, AccessLost),
    (500, "PORTAL_DELETED", AccessLost, AccessLost),
]

# where the pages and the official clients say more than the table above
BEYOND = [
    # one SDK's live test gets this for a wrong token
    (401, "INVALID_CREDENTIALS", AccessLost, AccessLost),
    (410, "PORTAL_DELETED", AccessLost, AccessLost),
    (401, "insufficient_scope", ScopeMissing, ScopeMissing),
    # api-reference/scopes/confirmation.md
    (401, "METHOD_CONFIRM_WAITING", Refused, Refused),
    (403, "METHOD_CONFIRM_DENIED", Refused, Refused),
    (404, "ERROR_METHOD_NOT_FOUND", Refused, Refused),
    (400, "ERROR_METHOD_NOT_FOUND", Refused, Refused),
    (403, "WRONG_AUTH_TYPE", Refused, Refused),
    # the official SDK
    (401, "INVALID_TOKEN", AccessLost, AccessLost),
    (401, "AUTHORIZATION_ERROR", AccessLost, AccessLost),
    (401, "APPLICATION_NOT_FOUND", AccessLost, AccessLost),
    (401, "ERROR_OAUTH", AccessLost, AccessLost),
    (401, "PAYMENT_REQUIRED", AccessLost, AccessLost),
    (401, "NOT_INSTALLED", AccessLost, AccessLost),
    (403, "ACCESS_ERROR", Refused, Refused),
    # errors may come with a success status
    (200, "WRONG_CLIENT", AccessLost, AccessLost),
    # settings/oauth/error-codes.md, whose statuses are not documented
    (400, "invalid_client", AccessLost, AccessLost),
    (400, "invalid_grant", AccessLost, AccessLost),
    (400, "invalid_scope", AccessLost, AccessLost),
    # business errors: 400 means "not found", "no rights" and "bad value" alike
    (400, "NOT_FOUND", NotFound, NotFound),
    (400, "OWNER_NOT_FOUND", NotFound, NotFound),
    (400, "ERROR_CORE", Refused, Refused),
    (400, "1048582", Refused, Refused),
    # task.elapseditem.add: "unknown error" of a write
    (400, "0x000040", TryLater, OutcomeUnknown),
    (400, "0x000001", NotFound, NotFound),
    # inside a batch the status is that of the batch
    (200, "INTERNAL_SERVER_ERROR", TryLater, OutcomeUnknown),
    (200, "QUERY_LIMIT_EXCEEDED", Throttled, Throttled),
    (200, "NOT_FOUND", NotFound, NotFound),
]

# codes that say nothing: only the status is left
SPEECHLESS = [
    (400, "", Refused, Refused),
    (400, "0", Refused, Refused),
    (400, "100", Refused, Refused),
    (400, "-", Refused, Refused),
    (200, "", Refused, Refused),
    (400, "Access denied.", Refused, Refused),
    (401, "", AccessLost, AccessLost),
    (429, "", Throttled, Throttled),
    (500, "", TryLater, OutcomeUnknown),
    (502, "", TryLater, OutcomeUnknown),
    (503, "0", TryLater, OutcomeUnknown),
    # a stranger goes by its status too
    (400, "SOME_NEW_CODE", Refused, Refused),
    (500, "SOME_NEW_CODE", TryLater, OutcomeUnknown),
]


@pytest.mark.parametrize(("status", "code", "for_read", "for_write"), [*SYSTEM, *BEYOND, *SPEECHLESS])
def test_an_error_says_what_to_do_next(
    status: int, code: str, for_read: type[BitrixError], for_write: type[BitrixError]
) -> None:
    assert type(classify(READ, status, code, "")) is for_read
    assert type(classify(WRITE, status, code, "")) is for_write


@pytest.mark.parametrize(
    ("status", "code", "loss"),
    [
        (401, "NO_AUTH_FOUND", Loss.CREDENTIALS),
        (401, "INVALID_CREDENTIALS", Loss.CREDENTIALS),
        (401, "invalid_token", Loss.CREDENTIALS),
        (401, "", Loss.CREDENTIALS),
        (401, "authorization_error", Loss.OWNER),
        (400, "invalid_grant", Loss.GRANT),
        (401, "APPLICATION_NOT_FOUND", Loss.APPLICATION),
        (401, "NOT_INSTALLED", Loss.APPLICATION),
        (200, "wrong_client", Loss.APPLICATION),
        (400, "invalid_client", Loss.APPLICATION),
        (403, "user_access_error", Loss.NOT_ADMITTED),
        (401, "PAYMENT_REQUIRED", Loss.PAYMENT),
        (500, "PORTAL_DELETED", Loss.PORTAL),
        (503, "OVERLOAD_LIMIT", Loss.BLOCKED),
        (401, "expired_token", Loss.HOUR),
    ],
)
def test_a_lost_access_says_who_can_restore_it(status: int, code: str, loss: Loss) -> None:
    error = classify(READ, status, code, "")
    assert isinstance(error, AccessLost)
    assert error.loss is loss


# Pages of the methods in bitrix/calls, and the rest of the vendor's pages that our notes on the API quote.
DOCUMENTED = """
    INTERNAL_SERVER_ERROR ERROR_UNEXPECTED_ANSWER QUERY_LIMIT_EXCEEDED OPERATION_TIME_LIMIT OVERLOAD_LIMIT
    ERROR_BATCH_METHOD_NOT_ALLOWED ERROR_BATCH_LENGTH_EXCEEDED NO_AUTH_FOUND expired_token INVALID_REQUEST
    ACCESS_DENIED INVALID_CREDENTIALS insufficient_scope user_access_error ERROR_MANIFEST_IS_NOT_AVAILABLE
    PORTAL_DELETED METHOD_CONFIRM_WAITING METHOD_CONFIRM_DENIED ERROR_METHOD_NOT_FOUND WRONG_AUTH_TYPE NOT_FOUND
    INVALID_ARG_VALUE ERROR_CORE ERROR_ARGUMENT allowed_only_intranet_user INVALID_TOKEN AUTHORIZATION_ERROR
    APPLICATION_NOT_FOUND ERROR_OAUTH PAYMENT_REQUIRED ACCESS_ERROR WRONG_CLIENT NOT_INSTALLED
    ERROR_HANDLER_ALREADY_EXIST invalid_request invalid_client invalid_grant invalid_scope AccessException
    ERROR_WRONG_CONTEXT ERROR_EVENT_NOT_FOUND CRM_FIELD_ERROR_VALUE_NOT_VALID CRM_FIELD_ERROR_REQUIRED
    CREATE_DYNAMIC_ITEM_RESTRICTED UPDATE_DYNAMIC_ITEM_RESTRICTED CREATE_DYNAMIC_TYPE_RESTRICTED
    UPDATE_DYNAMIC_TYPE_RESTRICTED BX_ERROR ENTITY_TYPE_NOT_SUPPORTED ADDING_DISABLED REMOVING_DISABLED
    LIMIT_EXCEEDED BX_EMPTY_REQUIRED OWNER_NOT_FOUND WRONG_DATETIME_FORMAT 0 100 1048582 - 0x000001 0x000004
    0x000040 0x000100 0x100002 EMPTY_TITLE CANT_DELETE_FIRST IS_SYSTEM ACCESS_DENIED_MOVE TASK_NOT_FOUND
    ILLEGAL_NEW_LINK ACTION_NOT_ALLOWED ERROR_IMAGE_ID USER_ID_EMPTY MESSAGE_EMPTY ATTACH_OVERSIZE ATTACH_ERROR
    SONET_CONTROLLER_LIVEFEED_BLOGPOST_ADD_ERROR SONET_CONTROLLER_LIVEFEED_BLOGPOST_MODULE_BLOG_NOT_INSTALLED
    SONET_CONTROLLER_LIVEFEED_BLOG_NOT_FOUND ERROR_WRONG_APPLICATION WRONG_FIELD_VALUE ERROR_EMPTY_LAYOUT
    FIELD_IS_REQUIRED FIELD_IS_REDUNDANT ENUM_FIELD TOO_MANY_ITEMS KEY_CONTAIN_WRONG_SYMBOLS
    INCOMING_ACTIVITY_CAN_NOT_BE_WITH_DEADLINE WRONG_LANG UNSUITABLE_TIMELINE_ITEM BOT_NOT_FOUND BOT_OWNERSHIP_ERROR
    EMPTY_MESSAGE BOT_TOKEN_NOT_SPECIFIED ERROR_ACTIVITY_ALREADY_INSTALLED ERROR_ACTIVITY_VALIDATION_FAILURE
    ERROR_ACTIVITY_ADD_FAILURE ERROR_WRONG_HANDLER_URL ERROR_UNSUPPORTED_PROTOCOL ERROR_PLACEMENT_NOT_FOUND
    ERROR_PLACEMENT_MAX_COUNT ERROR_PLACEMENT_USER_MODE BITRIX_REST_V3_EXCEPTION_INVALIDJSONEXCEPTION
    BITRIX_REST_V3_EXCEPTION_INVALIDSELECTEXCEPTION BITRIX_REST_V3_EXCEPTION_VALIDATION_REQUESTVALIDATIONEXCEPTION
    BITRIX_REST_V3_EXCEPTION_UNKNOWNDTOPROPERTYEXCEPTION BITRIX_REST_V3_EXCEPTION_UNKNOWNFILTEROPERATOREXCEPTION
    BITRIX_REST_V3_EXCEPTION_ENTITYNOTFOUNDEXCEPTION BITRIX_REST_V3_EXCEPTION_ACCESSDENIEDEXCEPTION
    BITRIX_REST_V3_EXCEPTION_INSUFFICIENTSCOPEEXCEPTION BITRIX_REST_V3_EXCEPTION_IDEMPOTENCYKEYREUSEDEXCEPTION
    BITRIX_REST_V3_EXCEPTION_INVALIDIDEMPOTENCYKEYEXCEPTION
"""

PROSE = ["Access denied.", "Invalid parameters.", "Status is not found.", "There are active items in this status."]


@pytest.mark.parametrize("code", [*DOCUMENTED.split(), *PROSE, ""])
def test_every_documented_code_has_a_reaction(code: str) -> None:
    assert is_known(code)


def test_a_stranger_is_noticed() -> None:
    assert not is_known("SOME_NEW_CODE")


def test_the_table_is_written_in_the_spelling_it_is_read_in() -> None:
    assert [code for code in REACTION if code != code.upper()] == []


def test_a_later_try_of_a_write_is_never_a_second_write() -> None:
    """Whatever code and status: a write that may have been applied is no TryLater."""
    for status in (200, 400, 401, 403, 404, 429, 500, 502, 503):
        for code in ("", "0", "INTERNAL_SERVER_ERROR", "ERROR_UNEXPECTED_ANSWER", "SOME_NEW_CODE"):
            error = classify(WRITE, status, code, "")
            assert not isinstance(error, TryLater) or isinstance(error, Throttled | MethodPaused)


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ({"error": "NOT_FOUND", "error_description": "нет"}, Fault("NOT_FOUND", "нет")),
        ({"error": "", "error_description": "Wrong group ID"}, Fault("", "Wrong group ID")),
        ({"error": 0, "error_description": "wrong task id"}, Fault("0", "wrong task id")),
        ({"error": 1048582}, Fault("1048582", "")),
        ({"error": None, "error_description": "x"}, Fault("", "x")),
        # REST 3.0
        (
            {
                "error": {
                    "code": "BITRIX_X",
                    "message": "bad",
                    "validation": [{"field": "id", "message": "not a number"}],
                }
            },
            Fault("BITRIX_X", "bad; id: not a number"),
        ),
        ({"error": {"code": "BITRIX_X", "message": "bad", "validation": []}}, Fault("BITRIX_X", "bad")),
        ({"error": {}}, Fault("", "")),
        ({"result": True}, None),
        ({"result": {"error": "X"}}, None),
        ([], None),
        (None, None),
        ("error", None),
    ],
)
def test_a_fault_is_found_in_every_envelope(body: Any, fault: Fault | None) -> None:
    assert fault_in(body) == fault


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Не указано название задачи<br>", "Не указано название задачи"),
        ("поле &quot;Исполнитель&quot;&lt;br&gt;", 'поле "Исполнитель"'),
        ("  two\n\tlines ", "two lines"),
        ("a < b and c > d", "a d"),
        ("x" * 1000, "x" * 299 + "…"),
    ],
)
def test_the_text_of_an_error_is_for_people(text: str, plain: str) -> None:
    assert plain_text(text) == plain


def test_an_error_tells_method_code_status_and_text() -> None:
    error = classify(WRITE, 400, "ERROR_CORE", "Не указан исполнитель<br>")
    assert (error.method, error.code, error.status, error.detail) == (
        "crm.item.add",
        "ERROR_CORE",
        400,
        "Не указан исполнитель",
    )
    assert str(error) == "crm.item.add: Refused (ERROR_CORE, HTTP 400): Не указан исполнитель"
    assert str(classify(READ, 400, "", "")) == "crm.item.get: Refused (no code, HTTP 400)"
    assert str(Unreachable("m", detail="no connection")) == "m: Unreachable: no connection"
    assert repr(error) == f"<{error}>"


@pytest.mark.parametrize(
    ("status", "for_read", "for_write"),
    [
        (200, Gibberish, OutcomeUnknown),
        (302, Gibberish, Gibberish),
        (401, AccessLost, AccessLost),
        (403, Gibberish, Gibberish),
        (404, Gibberish, Gibberish),
        (429, Throttled, Throttled),
        (502, Unreachable, OutcomeUnknown),
    ],
)
def test_a_page_instead_of_an_answer(status: int, for_read: type[BitrixError], for_write: type[BitrixError]) -> None:
    assert type(unreadable(READ, status, "text/html")) is for_read
    assert type(unreadable(WRITE, status, "text/html")) is for_write


def test_silence_after_a_write_leaves_its_outcome_open() -> None:
    assert type(unanswered(READ, "ReadTimeout")) is Unreachable
    assert type(unanswered(WRITE, "ReadTimeout")) is OutcomeUnknown
