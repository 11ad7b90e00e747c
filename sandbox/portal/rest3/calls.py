"""From the name of a method of REST 3.0 to its answer: existence, permissions, limits, the call itself, the stopwatch.

Limits and journal are those of the older version; a method's operating time is its own in each.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from sandbox.portal.dispatch import Stopwatch, actor_of, without_secrets
from sandbox.portal.errors import RestError
from sandbox.portal.params import Params
from sandbox.portal.php import JSON
from sandbox.portal.rest import Caller
from sandbox.portal.rest3.query import Query
from sandbox.portal.rest3.refusals import Refusal, insufficient_scope, no_such_method, refused
from sandbox.portal.rest3.registry import METHODS, Method

if TYPE_CHECKING:
    from sandbox.portal.portal import Portal

log = logging.getLogger("sandbox")

VERSION = "api/"
"""In front of a method's name where the operating time is counted, so that the versions do not share it
(unverified)."""


@dataclass(frozen=True)
class Done:
    """The result of a call, to be shown with the time it took or, ``bare``, alone."""

    result: JSON
    bare: bool = False


@dataclass(frozen=True)
class Reply:
    outcome: Done | Refusal | RestError
    time: dict[str, JSON]

    @property
    def status(self) -> int:
        return 200 if isinstance(self.outcome, Done) else self.outcome.status

    def envelope(self) -> Mapping[str, JSON]:
        """The body of the HTTP answer. Errors have neither ``result`` nor ``time``."""
        if isinstance(self.outcome, (Refusal, RestError)):
            return self.outcome.as_json()
        if self.outcome.bare and isinstance(self.outcome.result, Mapping):
            return self.outcome.result
        return {"result": self.outcome.result, "time": self.time}


def call(portal: Portal, caller: Caller, name: str, said: Mapping[str, JSON], *, batched: bool = False) -> Reply:
    """Run one method. Never raises: what goes wrong is the outcome."""
    stopwatch = Stopwatch(portal)
    key = VERSION + name.lower()
    outcome: Done | Refusal | RestError
    try:
        method = find(name)
        permit(method, caller)
        portal.limits.check_operating(key, caller.source)
    except (Refusal, RestError) as refusal:
        outcome = refusal
        seconds = stopwatch.seconds()
    else:
        outcome = run(method, portal, caller, said)
        seconds = stopwatch.seconds()
        portal.limits.spend(key, caller.source, seconds)
    note(portal, caller, name, said, outcome, batched=batched)
    return Reply(outcome, stopwatch.time_block(seconds, key, caller.source))


def note(
    portal: Portal,
    caller: Caller,
    name: str,
    said: Mapping[str, JSON],
    outcome: Done | Refusal | RestError,
    *,
    batched: bool = False,
    replayed: bool = False,
) -> None:
    """A line of the journal. ``replayed``: nothing was done, an earlier answer was given again."""
    portal.requested(
        method=name,
        version=3,
        user_id=caller.user_id,
        batched=batched,
        replayed=replayed,
        params=without_secrets(Params(said)),
        error=None if isinstance(outcome, Done) else outcome.code,
    )


def find(name: str) -> Method:
    """A built method. Raises 400 for a name that does not exist, 501 for one we have not built."""
    method = METHODS.get(name.lower())
    if method is not None:
        return method
    documented = documented_methods().get(name.lower())
    if documented is None:
        raise no_such_method(name)
    words = f"{documented} of REST 3.0 is documented, but this sandbox has not built it yet"
    raise Refusal("NOT_BUILT_IN_SANDBOX", words, status=501)


def permit(method: Method, caller: Caller) -> None:
    if method.scope and method.scope not in caller.scopes:
        raise insufficient_scope()


def run(method: Method, portal: Portal, caller: Caller, said: Mapping[str, JSON]) -> Done | Refusal | RestError:
    try:
        with portal.acting(actor_of(portal, caller, Params(said))):
            return Done(method.handler(portal, caller, Query(said)), method.bare)
    except (Refusal, RestError) as refusal:
        return refusal
    except Exception:
        log.exception("%s of REST 3.0 failed inside the sandbox", method.name)
        words = f"{method.name} failed inside the sandbox, see its log"
        return refused("INTERNAL_INTERNALEXCEPTION", words, status=500)


@cache
def documented_methods() -> dict[str, str]:
    """Documented names of REST 3.0 under their lower-case form."""
    listing = Path(__file__).with_name("documented_methods.txt").read_text(encoding="utf-8")
    names = (line.strip() for line in listing.splitlines())
    return {name.lower(): name for name in names if name and not name.startswith("#")}
