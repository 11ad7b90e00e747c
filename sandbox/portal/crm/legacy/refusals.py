"""How the older methods say no."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sandbox.portal.errors import RestError


@contextmanager
def older_refusals() -> Iterator[None]:
    """What the shared path refuses, in the words of the older methods: texts stay, codes are empty."""
    try:
        yield
    except RestError as refusal:
        if refusal.code == "ERROR_CORE" or refusal.status != 400:
            raise
        denied = refusal.code == "ACCESS_DENIED"
        raise RestError("", "Access denied." if denied else refusal.description) from None
