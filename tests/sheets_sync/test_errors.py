"""Every answer of Google's leads to one thing to do next."""

from __future__ import annotations

import pytest

from sheets_sync.errors import AccessLost, OutcomeUnknown, Refused, SheetsError, TryLater, classify


def a_body(message: str = "", *, reason: str | None = None, old_style: bool = False) -> dict[str, object]:
    error: dict[str, object] = {"message": message, "status": "X"}
    if reason:
        error["errors" if old_style else "details"] = [{"reason": reason}]
    return {"error": error}


@pytest.mark.parametrize(
    ("status", "body", "read", "write"),
    [
        (429, a_body("Quota exceeded", reason="RATE_LIMIT_EXCEEDED"), TryLater, TryLater),
        (429, None, TryLater, TryLater),
        (403, a_body(reason="userRateLimitExceeded", old_style=True), TryLater, TryLater),
        # a bare 5xx may hide a write that happened
        (500, a_body("Internal error encountered."), TryLater, OutcomeUnknown),
        (502, None, TryLater, OutcomeUnknown),
        (503, a_body(), TryLater, OutcomeUnknown),
        (504, "<html>", TryLater, OutcomeUnknown),
        (408, None, TryLater, OutcomeUnknown),
        (401, a_body("invalid authentication credentials"), AccessLost, AccessLost),
        (403, a_body("The caller does not have permission"), AccessLost, AccessLost),
        (403, a_body("Google Sheets API has not been used", reason="SERVICE_DISABLED"), AccessLost, AccessLost),
        (404, a_body("Requested entity was not found."), AccessLost, AccessLost),
        (400, a_body("You are trying to edit a protected cell or object. Please contact"), AccessLost, AccessLost),
        (
            400,
            a_body("This action would increase the number of cells in the workbook above the limit of 10000000 cells."),
            AccessLost,
            AccessLost,
        ),
        (400, a_body("Invalid requests[0].addSheet: No grid with id: 5"), Refused, Refused),
        (400, None, Refused, Refused),
        (413, "too large", Refused, Refused),
    ],
)
def test_what_an_answer_means(status: int, body: object, read: type[SheetsError], write: type[SheetsError]) -> None:
    assert type(classify(status, body, writes=False)) is read
    assert type(classify(status, body, writes=True)) is write


@pytest.mark.parametrize(
    ("header", "seconds"), [(None, 60.0), ("7", 7.0), ("nonsense", 60.0), ("Wed, 21 Oct 2026 07:28:00 GMT", 60.0)]
)
def test_how_long_to_wait_for_quota(header: str | None, seconds: float) -> None:
    error = classify(429, None, writes=True, retry_after=header)
    assert isinstance(error, TryLater)
    assert error.wait == seconds


@pytest.mark.parametrize(
    ("status", "body", "says"),
    [
        (403, a_body("The caller does not have permission"), "robot@example.com"),
        (403, a_body("off", reason="SERVICE_DISABLED"), "Включите Google Sheets API"),
        (404, a_body(), "идентификатор таблицы"),
        (401, a_body(), "ключ сервисного аккаунта"),
        (400, a_body("You are trying to edit a protected cell or object."), "Снимите защиту"),
    ],
)
def test_lost_access_says_what_to_do(status: int, body: object, says: str) -> None:
    error = classify(status, body, writes=True, robot="robot@example.com")
    assert isinstance(error, AccessLost)
    assert says in error.remedy
    assert says in str(error)


@pytest.mark.parametrize("body", [None, 5, [], {"error": "text"}, {"error": {"details": [1], "errors": "x"}}, {}])
def test_bodies_that_are_not_googles_are_no_surprise(body: object) -> None:
    assert classify(400, body, writes=False).status == 400
