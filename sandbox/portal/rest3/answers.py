"""Answers kept for repeats: the ``Idempotency-Key`` of REST 3.0 (rest-v3.md, "Повторный вызов без дублей").

A key is unique per webhook or application, user and method; a successful answer is kept for 24 hours of the portal's
clock. Two requests at the same time may both run on a portal; the sandbox does one after the other.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from sandbox.portal.clock import Clock
from sandbox.portal.php import JSON
from sandbox.portal.rest import Caller
from sandbox.portal.rest3.refusals import Refusal, refused

KEPT = 24 * 3600
LONGEST_KEY = 255


@dataclass(frozen=True)
class Name:
    """Whose key it is, and for which method."""

    source: str
    user_id: int
    method: str
    key: str


@dataclass(frozen=True)
class KeptAnswer:
    request: str
    """The parameters it answers, as ``fingerprint`` writes them."""
    body: Mapping[str, JSON]
    until: float


class KeptAnswers:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._answers: dict[Name, KeptAnswer] = {}

    def find(self, name: Name, said: Mapping[str, JSON]) -> Mapping[str, JSON] | None:
        """The answer to this very request. Raises 422 when the key was used for another one."""
        kept = self._answers.get(name)
        if kept is None or kept.until <= self._clock.timestamp():
            return None
        if kept.request != fingerprint(said):
            raise reused()
        return kept.body

    def keep(self, name: Name, said: Mapping[str, JSON], body: Mapping[str, JSON]) -> None:
        now = self._clock.timestamp()
        self._answers = {old: kept for old, kept in self._answers.items() if kept.until > now}
        self._answers[name] = KeptAnswer(fingerprint(said), body, now + KEPT)


def name_of(caller: Caller, method: str, key: str) -> Name:
    return Name(caller.source, caller.user_id, method.lower(), check_key(key))


def check_key(key: str) -> str:
    """1 to 255 printable characters of ASCII; raises 400 for anything else."""
    if not 1 <= len(key) <= LONGEST_KEY or not all(" " <= character <= "~" for character in key):
        raise refused(
            "INVALIDIDEMPOTENCYKEYEXCEPTION",
            f"Значение заголовка Idempotency-Key должно содержать от 1 до {LONGEST_KEY} печатных символов ASCII",
        )
    return key


def reused() -> Refusal:
    return refused(
        "IDEMPOTENCYKEYREUSEDEXCEPTION", "Ключ Idempotency-Key уже использован с другим телом запроса", status=422
    )


def fingerprint(said: Mapping[str, JSON]) -> str:
    """What makes two bodies the same: parameters and values, whatever their order; a token is no parameter (how a
    portal compares is unverified)."""
    return json.dumps({name: value for name, value in said.items() if name != "auth"}, sort_keys=True)
