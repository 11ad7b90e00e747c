"""What the portal says when it refuses."""

from __future__ import annotations


class RestError(Exception):
    """A refusal of the portal. ``code`` may be empty or a number (error-codes.md); business errors are 400, even
    "not found" and "access denied". ``extra`` are members beside ``error`` and ``error_description``."""

    def __init__(
        self, code: str | int, description: str, status: int = 400, extra: dict[str, int | str] | None = None
    ) -> None:
        super().__init__(f"{code}: {description}")
        self.code = code
        self.description = description
        self.status = status
        self.extra = extra or {}

    def as_json(self) -> dict[str, int | str]:
        return {"error": self.code, "error_description": self.description, **self.extra}
