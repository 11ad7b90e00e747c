"""What the Sheets API answers when it refuses: ``{"error": {"code", "message", "status", "details"?}}``.

Texts marked "recorded" come from real answers (gspread's recorded traffic, issue threads); the others only have the
form.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


class SheetsError(Exception):
    """A refusal, raised anywhere below the server and turned into an HTTP answer there."""

    def __init__(self, code: int, status: str, message: str, details: Sequence[Mapping[str, Any]] = ()) -> None:
        super().__init__(message)
        self.code = code
        self.status = status
        self.message = message
        self.details = tuple(details)

    def body(self) -> dict[str, Any]:
        error: dict[str, Any] = {"code": self.code, "message": self.message, "status": self.status}
        if self.details:
            error["details"] = [dict(detail) for detail in self.details]
        return {"error": error}


def invalid(message: str, details: Sequence[Mapping[str, Any]] = ()) -> SheetsError:
    return SheetsError(400, "INVALID_ARGUMENT", message, details)


def malformed(violations: Sequence[tuple[str, str]]) -> SheetsError:
    """A body that does not have the documented shape; ``violations`` are (field, description). Recorded."""
    details = [
        {
            "@type": "type.googleapis.com/google.rpc.BadRequest",
            "fieldViolations": [
                {"field": field, "description": text} if field else {"description": text} for field, text in violations
            ],
        }
    ]
    return invalid("\n".join(text for _, text in violations), details)


def not_found() -> SheetsError:
    """Recorded."""
    return SheetsError(404, "NOT_FOUND", "Requested entity was not found.")


def forbidden() -> SheetsError:
    """Recorded."""
    return SheetsError(403, "PERMISSION_DENIED", "The caller does not have permission")


def not_built(name: str) -> SheetsError:
    """Documented by Google, not built here: loud, never an empty success."""
    return SheetsError(501, "UNIMPLEMENTED", f"{name} exists in Google Sheets but is not built in this sandbox.")


def quota_exceeded(kind: str, limit: int) -> SheetsError:
    """``kind`` is "Read" or "Write". The form is quoted in n8n-io/n8n #16750."""
    per_minute = f"{kind}RequestsPerMinutePerUser"
    metric = f"sheets.googleapis.com/{kind.lower()}_requests"
    return SheetsError(
        429,
        "RESOURCE_EXHAUSTED",
        f"Quota exceeded for quota metric '{kind} requests' and limit '{kind} requests per minute per user' of service "
        "'sheets.googleapis.com' for consumer 'project_number:0'.",
        [
            {
                "@type": "type.googleapis.com/google.rpc.ErrorInfo",
                "reason": "RATE_LIMIT_EXCEEDED",
                "domain": "googleapis.com",
                "metadata": {
                    "quota_metric": metric,
                    "quota_limit": per_minute,
                    "quota_limit_value": str(limit),
                    "consumer": "projects/0",
                    "service": "sheets.googleapis.com",
                },
            }
        ],
    )
