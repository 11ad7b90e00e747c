"""Passes: a signed, expiring text that says who somebody is on which portal. What they may see it never says.

A pass has a purpose, so that a link can't be used as a session's cookie, nor the other way round.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

Purpose = Literal["link", "session"]

LONGEST_PASS = 1024
"""Characters; nothing longer is looked at."""


@dataclass(frozen=True)
class Bearer:
    """``person`` is the portal's own number; the pass is worth nothing from ``until`` on."""

    portal: str
    person: int
    until: datetime


class PassRefused(Exception):
    """The pass is forged, cut short, made for something else, or has expired; which of these is not told."""


def sign(bearer: Bearer, purpose: Purpose, secret: str) -> str:
    """Letters, digits, ``-``, ``_`` and one dot."""
    content = json.dumps([bearer.portal, bearer.person, int(bearer.until.timestamp())], separators=(",", ":"))
    said = _encoded(content.encode())
    return f"{said}.{_encoded(_seal(said, purpose, secret))}"


def read(text: str, purpose: Purpose, secret: str, now: datetime) -> Bearer:
    """Raises PassRefused."""
    said, dot, seal = text.partition(".")
    if not dot or len(text) > LONGEST_PASS or not text.isascii():
        raise PassRefused
    if not hmac.compare_digest(seal.encode(), _encoded(_seal(said, purpose, secret)).encode()):
        raise PassRefused
    try:  # what carries our seal was written by us, but perhaps by another release
        portal, person, until = json.loads(base64.urlsafe_b64decode(said + "=" * (-len(said) % 4)))
        bearer = Bearer(str(portal), int(person), datetime.fromtimestamp(until, UTC))
    except (ValueError, TypeError, binascii.Error, OverflowError, OSError):
        raise PassRefused from None
    if now >= bearer.until:
        raise PassRefused
    return bearer


def _seal(said: str, purpose: Purpose, secret: str) -> bytes:
    return hmac.digest(secret.encode(), f"capa24 dashboard {purpose} {said}".encode(), hashlib.sha256)


def _encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()
