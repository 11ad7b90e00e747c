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


def protobuf_text(value: object, indent: str = "") -> str:
    """JSON inside JSON, the way messages about a bad value print it (recorded)."""
    inner = indent + "  "
    if isinstance(value, list):
        parts = [f"{inner}values {{\n{inner}  {protobuf_text(item, inner + '  ')}{inner}}}\n" for item in value]
        return f"list_value {{\n{''.join(parts)}{indent}}}\n"
    if isinstance(value, dict):
        parts = [
            f'{inner}fields {{\n{inner}  key: "{name}"\n{inner}  value {{\n'
            f"{inner}    {protobuf_text(item, inner + '    ')}{inner}  }}\n{inner}}}\n"
            for name, item in value.items()
        ]
        return f"struct_value {{\n{''.join(parts)}{indent}}}\n"
    if isinstance(value, bool):
        return f"bool_value: {str(value).lower()}\n"
    if isinstance(value, int | float):
        return f"number_value: {float(value)}\n"
    return "null_value: NULL_VALUE\n" if value is None else f'string_value: "{value}"\n'


def not_found() -> SheetsError:
    """Recorded."""
    return SheetsError(404, "NOT_FOUND", "Requested entity was not found.")


def forbidden() -> SheetsError:
    """Recorded."""
    return SheetsError(403, "PERMISSION_DENIED", "The caller does not have permission")


def not_built(name: str) -> SheetsError:
    """Documented by Google, not built here: loud, never an empty success."""
    return SheetsError(501, "UNIMPLEMENTED", f"{name} exists in Google Sheets but is not built in this sandbox.")


def quota_exceeded(
    kind: str,
    limit: int,
    period: str = "per minute per user",
    name: str = "",
) -> SheetsError:
    """``kind`` is "Read" or "Write". Recorded for reads of a user; quota_limit_value is quoted in n8n-io/n8n #16750."""
    return SheetsError(
        429,
        "RESOURCE_EXHAUSTED",
        f"Quota exceeded for quota metric '{kind} requests' and limit '{kind} requests {period}' of service "
        "'sheets.googleapis.com' for consumer 'project_number:0'.",
        [
            {
                "@type": "type.googleapis.com/google.rpc.ErrorInfo",
                "reason": "RATE_LIMIT_EXCEEDED",
                "domain": "googleapis.com",
                "metadata": {
                    "service": "sheets.googleapis.com",
                    "consumer": "projects/0",
                    "quota_limit": name or f"{kind}RequestsPerMinutePerUser",
                    "quota_limit_value": str(limit),
                    "quota_metric": f"sheets.googleapis.com/{kind.lower()}_requests",
                },
            }
        ],
    )
