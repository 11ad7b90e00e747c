"""``batch`` of REST 3.0: a list of calls, each with its own answer, or one error for all of them.

The first error ends it and is the whole answer; what was done before stays done. Later calls may use what earlier ones
found: ``{"$ref": "task.id"}``, ``{"$refArray": "tasks.id"}``. There is no upper limit of fifty: that one is the older
version's (b24jssdk #465). Source: rest-v3.md, settings/how-to-call-rest-api/batch-v3.md of the documentation.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sandbox.portal.dispatch import Stopwatch
from sandbox.portal.loose import as_list
from sandbox.portal.php import JSON
from sandbox.portal.rest import Caller
from sandbox.portal.rest3.calls import VERSION, Done, Reply, call, note
from sandbox.portal.rest3.refusals import Refusal, invalid_select, no_such_method

if TYPE_CHECKING:
    from sandbox.portal.portal import Portal

NAME = "batch"


@dataclass(frozen=True)
class Command:
    method: str
    query: Mapping[str, JSON] | Sequence[JSON]
    alias: str
    """``as``, or its place."""


def run(portal: Portal, caller: Caller, said: Mapping[str, JSON] | Sequence[JSON]) -> Reply:
    """Never raises, like ``calls.call``."""
    stopwatch = Stopwatch(portal)
    outcome: Done | Refusal
    results: list[JSON] = []
    found: dict[str, JSON] = {}
    try:
        for command in read_commands(said):
            if command.method.lower() == NAME:
                raise no_such_method(command.method)
            query = resolve(command.query, found)
            reply = call(portal, caller, command.method, query if isinstance(query, Mapping) else {}, batched=True)
            if not isinstance(reply.outcome, Done):
                note(portal, caller, NAME, {}, reply.outcome)
                return reply
            results.append(reply.outcome.result)
            remember(found, command.alias, reply.outcome.result)
        outcome = Done(results)
    except Refusal as refusal:
        outcome = refusal
    note(portal, caller, NAME, {}, outcome)
    return Reply(outcome, stopwatch.time_block(stopwatch.seconds(), VERSION + NAME, caller.source))


def command_names(said: JSON) -> list[str]:
    """The methods a batch is about to call, as far as they can be read."""
    commands = (command for command in as_list(said) if isinstance(command, Mapping))
    return [method for method in (command.get("method") for command in commands) if isinstance(method, str)]


def read_commands(said: Mapping[str, JSON] | Sequence[JSON]) -> list[Command]:
    """Every entry of the body is a command, those of a map too: a list and a map with the keys 0..n-1 are the same to
    PHP, and the ``cmd`` of the older version is no command (b24jssdk #455)."""
    commands: list[Command] = []
    for place, entry in enumerate(as_list(said)):
        method = entry.get("method") if isinstance(entry, Mapping) else None
        query = entry.get("query") if isinstance(entry, Mapping) else None
        if not isinstance(method, str) or isinstance(query, str) or not isinstance(query, (Mapping, Sequence)):
            raise invalid_select('Each request item must have a "method" and "query" attribute')
        alias = entry.get("as") if isinstance(entry, Mapping) else None
        name = alias if isinstance(alias, str) and alias else str(place)
        if any(name == command.alias for command in commands):
            raise invalid_select(f"Batch request has two aliases with same name '{name}'")
        commands.append(Command(method, query, name))
    return commands


def remember(found: dict[str, JSON], alias: str, result: JSON) -> None:
    """Only what was read can be referred to: the ``item`` of a get, the ``items`` of a list. So can the item of an
    ``add`` that answers one (unverified)."""
    if isinstance(result, Mapping):
        for kind in ("item", "items"):
            if kind in result:
                found[alias] = result[kind]


def resolve(value: JSON, found: Mapping[str, JSON]) -> JSON:
    """References replaced at any depth. Raises ``INVALIDSELECTEXCEPTION`` for one that leads nowhere."""
    if isinstance(value, Mapping):
        if set(value) == {"$ref"}:
            return referred(value["$ref"], found)
        if set(value) == {"$refArray"}:
            return collected(value["$refArray"], found)
        return {name: resolve(one, found) for name, one in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [resolve(one, found) for one in value]
    return value


def referred(path: JSON, found: Mapping[str, JSON]) -> JSON:
    here: JSON = found
    for step in path.split(".") if isinstance(path, str) else [""]:
        if isinstance(here, Sequence) and not isinstance(here, str) and step.isdecimal() and int(step) < len(here):
            here = here[int(step)]
        elif isinstance(here, Mapping) and step in here:
            here = here[step]
        else:
            raise invalid_select(f"Path '{path}' not found in context")
    return here


def collected(path: JSON, found: Mapping[str, JSON]) -> JSON:
    alias, dot, name = path.rpartition(".") if isinstance(path, str) else ("", "", "")
    if not dot:
        raise invalid_select("Invalid $refArray format - expected 'path.to.array.field'")
    rows = referred(alias, found)
    if not isinstance(rows, Sequence) or isinstance(rows, str):
        raise invalid_select(f"Path '{alias}' must point to an array or iterable")
    if not all(isinstance(row, Mapping) and name in row for row in rows):
        raise invalid_select(f"Field '{name}' not found in items")
    return [row[name] for row in rows if isinstance(row, Mapping)]
