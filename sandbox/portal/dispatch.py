"""From the name of a method to its answer: existence, permissions, limits, the call itself, the stopwatch.

Used once for a plain request and once for every command of a batch.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from sandbox.portal.actors import Actor
from sandbox.portal.application_only import application_required, confirmation_for, refusal_for
from sandbox.portal.clock import SERVER_ZONE
from sandbox.portal.errors import RestError
from sandbox.portal.loose import as_text
from sandbox.portal.php import JSON
from sandbox.portal.rest import METHODS, Answer, Caller, Method, Params

if TYPE_CHECKING:
    from sandbox.portal.portal import Portal

log = logging.getLogger("sandbox")


@dataclass(frozen=True)
class Reply:
    """What became of one call: an answer or an error, and the ``time`` block either way."""

    outcome: Answer | RestError
    time: dict[str, JSON]

    @property
    def status(self) -> int:
        return self.outcome.status if isinstance(self.outcome, RestError) else 200

    def envelope(self) -> dict[str, JSON]:
        """The body of the HTTP answer (contract 1.2, 1.3). Errors have neither ``result`` nor ``time``."""
        if isinstance(self.outcome, RestError):
            return dict(self.outcome.as_json())
        body: dict[str, JSON] = {"result": self.outcome.result}
        if self.outcome.next is not None:
            body["next"] = self.outcome.next
        if self.outcome.total is not None:
            body["total"] = self.outcome.total
        return {**body, "time": self.time}


def call(portal: Portal, caller: Caller, name: str, params: Params, *, batched: bool = False) -> Reply:
    """Run one method. Never raises: what goes wrong is the outcome."""
    stopwatch = Stopwatch(portal)
    key = name.lower()
    outcome: Answer | RestError
    try:
        method = find(key, name, caller)
        permit(method, caller, batched=batched)
        portal.limits.check_operating(key, caller.source)
    except RestError as refusal:
        outcome = refusal
        seconds = stopwatch.seconds()
    else:
        outcome = run(method, portal, caller, params)
        seconds = stopwatch.seconds()
        if key != "batch":
            portal.limits.spend(key, caller.source, seconds)
    portal.requested(
        method=name,
        user_id=caller.user_id,
        batched=batched,
        params={} if key == "batch" else without_secrets(params),
        error=outcome.code if isinstance(outcome, RestError) else None,
    )
    return Reply(outcome, stopwatch.time_block(seconds, key, caller.source))


def find(key: str, name: str, caller: Caller) -> Method:
    """A built method; raises 404 for a name that does not exist, 501 for one we have not built, and the documented
    refusal for one that a webhook may not call anyway."""
    method = METHODS.get(key)
    if method is not None and (caller.application or not method.app_only):
        return method
    documented = documented_methods().get(key)
    if method is None and documented is None:
        raise not_found()
    refusal = confirmation_for(key) if caller.application else refusal_for(key)
    if refusal is not None:
        raise refusal
    if method is not None:
        raise application_required()
    raise RestError(
        "NOT_BUILT_IN_SANDBOX", f"{documented} is documented, but this sandbox has not built it yet", status=501
    )


def exists(name: str) -> bool:
    """A method of this name is built or documented."""
    return name.lower() in METHODS or name.lower() in documented_methods()


def not_found() -> RestError:
    return RestError("ERROR_METHOD_NOT_FOUND", "Method not found!", status=404)


def permit(method: Method, caller: Caller, *, batched: bool) -> None:
    if method.scope and not caller.scopes.intersection(method.scope):
        token = "access token" if caller.application else "webhook token"
        raise RestError(
            "insufficient_scope", f"The request requires higher privileges than provided by the {token}", status=403
        )
    if batched and not method.batchable:
        raise RestError("ERROR_BATCH_METHOD_NOT_ALLOWED", "Method is not allowed for batch usage", status=405)


def run(method: Method, portal: Portal, caller: Caller, params: Params) -> Answer | RestError:
    try:
        with portal.acting(actor_of(portal, caller, params)):
            result = method.handler(portal, caller, params)
    except RestError as refusal:
        return refusal
    except Exception:
        log.exception("%s failed inside the sandbox", method.name)
        return RestError("INTERNAL_SERVER_ERROR", f"{method.name} failed inside the sandbox, see its log", status=500)
    return result if isinstance(result, Answer) else Answer(result)


def actor_of(portal: Portal, caller: Caller, params: Params) -> Actor:
    """``auth_connector`` is sent beside the other parameters; that of a ``batch`` holds for its commands."""
    application_id = caller.application.id if caller.application else 0
    return Actor(caller.user_id, application_id, as_text(params.get("auth_connector")) or portal.actor.connector)


class Stopwatch:
    """The ``time`` block of an answer: the portal's calendar, real durations."""

    def __init__(self, portal: Portal) -> None:
        self._portal = portal
        self._began = time.perf_counter()
        self._date_start = portal.clock.now()
        self._start = portal.clock.timestamp()

    def seconds(self) -> float:
        return time.perf_counter() - self._began

    def time_block(self, seconds: float, method: str, source: str) -> dict[str, JSON]:
        date = self._date_start.astimezone(SERVER_ZONE).isoformat(timespec="seconds")
        return {
            "start": self._start,
            "finish": self._start + seconds,
            "duration": seconds,
            "processing": seconds,
            "date_start": date,
            "date_finish": date,
            "operating_reset_at": self._portal.limits.resets_at(method, source),
            "operating": self._portal.limits.operating(method, source) or 0,
        }


def without_secrets(params: Params) -> dict[str, JSON]:
    """Parameters for the journal. ``auth`` carries a token in the requests of applications."""
    return {name: value for name, value in params.raw.items() if name.lower() != "auth"}


@cache
def documented_methods() -> dict[str, str]:
    """Documented method names as they are spelled in the documentation, under their lower-case names."""
    listing = Path(__file__).with_name("documented_methods.txt").read_text(encoding="utf-8")
    names = (line.strip() for line in listing.splitlines())
    return {name.lower(): name for name in names if name and not name.startswith("#")}
