"""What can go wrong between us and a spreadsheet, sorted by what the caller should do next.

    SheetsError
    ├── TryLater         nothing was changed; the same call may work later  -> wait, keep the rows dirty
    ├── OutcomeUnknown   a write went out, no clear answer                  -> the same token again: it cannot apply
    twice ├── AccessLost       key, sharing or id is wrong                        -> stop this spreadsheet, tell its
    owner ``remedy`` └── Refused          Google understood and said no                      -> a row or a request is at
    fault

No text holds a token or a key.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

QUOTA_PERIOD = 60.0
"""Seconds until Google's quota is refilled (developers.google.com/workspace/sheets/api/limits)."""


class SheetsError(Exception):
    """``status`` is the HTTP status, 0 when there was none."""

    def __init__(self, detail: str, *, status: int = 0) -> None:
        super().__init__(detail)
        self.detail = detail
        self.status = status


class TryLater(SheetsError):
    """``wait`` is how many seconds Google asks for; None leaves it to the caller's back-off."""

    def __init__(self, detail: str, *, status: int = 0, wait: float | None = None) -> None:
        super().__init__(detail, status=status)
        self.wait = wait


class OutcomeUnknown(SheetsError):
    pass


class AccessLost(SheetsError):
    """``remedy`` tells the owner of the spreadsheet, in Russian, what to do."""

    def __init__(self, detail: str, *, remedy: str, status: int = 0) -> None:
        super().__init__(detail, status=status)
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.detail} {self.remedy}"


class Refused(SheetsError):
    pass


_FULL = "В таблице кончилось место (10 миллионов ячеек): удалите лишние листы или заведите новую таблицу в настройках."
_BUSY = {408, 425, 500, 502, 503, 504}
_QUOTA_REASONS = {"RATE_LIMIT_EXCEEDED", "rateLimitExceeded", "userRateLimitExceeded", "RESOURCE_EXHAUSTED"}
_SWITCHED_OFF = {"SERVICE_DISABLED", "accessNotConfigured"}


def classify(
    status: int, body: object, *, writes: bool, robot: str | None = None, retry_after: str | None = None
) -> SheetsError:
    """The error for an answer that is not 2xx. ``body`` is its JSON, or anything else when it was none.

    The HTTP status is trusted over the code inside the body: a proxy's 502 page has none.
    """
    error = _error_of(body)
    said = str(error.get("message", "")).strip()
    detail = f"Google Sheets answered {status}" + (f": {said}" if said else ".")
    reasons = _reasons(error)
    if status == 429 or (status == 403 and reasons & _QUOTA_REASONS):
        return TryLater(detail, status=status, wait=_seconds(retry_after) or QUOTA_PERIOD)
    if status in _BUSY or status >= 500:
        return OutcomeUnknown(detail, status=status) if writes else TryLater(detail, status=status)
    if status in {401, 403, 404}:
        return AccessLost(detail, status=status, remedy=_remedy(status, reasons, robot))
    if "protected cell or object" in said:
        return AccessLost(detail, status=status, remedy=_unprotect(robot))
    if "number of cells in the workbook above the limit" in said:
        return AccessLost(detail, status=status, remedy=_FULL)
    return Refused(detail, status=status)


def _remedy(status: int, reasons: set[str], robot: str | None) -> str:
    if reasons & _SWITCHED_OFF:
        return "Включите Google Sheets API в проекте Google Cloud, которому принадлежит ключ."
    if status == 401:
        return "Проверьте ключ сервисного аккаунта: он отозван, удалён или относится к другому проекту."
    if status == 403:
        return f"Откройте доступ к таблице на редактирование для {robot or 'сервисного аккаунта'}."
    return "Проверьте идентификатор таблицы в настройках: такой таблицы нет или она удалена."


def _unprotect(robot: str | None) -> str:
    return (
        f"Снимите защиту с листа или добавьте {robot or 'сервисный аккаунт'} в список тех, кому разрешено его менять."
    )


def _error_of(body: object) -> Mapping[str, Any]:
    error = body.get("error") if isinstance(body, Mapping) else None
    return error if isinstance(error, Mapping) else {}


def _reasons(error: Mapping[str, Any]) -> set[str]:
    """ErrorInfo.reason of the Sheets API, errors[].reason of the Drive API."""
    listed = [*_items(error.get("details")), *_items(error.get("errors"))]
    return {str(one["reason"]) for one in listed if isinstance(one, Mapping) and "reason" in one}


def _items(value: object) -> list[object]:
    return list(value) if isinstance(value, list) else []


def _seconds(header: str | None) -> float | None:
    """Retry-After in seconds. Google is not known to send it (unverified), a proxy may; a date is not understood."""
    try:
        return max(0.0, float(header)) if header else None
    except ValueError:
        return None
