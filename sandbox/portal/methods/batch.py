"""``batch``: up to 50 calls in one request. ``settings/how-to-call-rest-api/batch.md``, contract 1.7."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from sandbox.portal import dispatch, php
from sandbox.portal.errors import RestError
from sandbox.portal.loose import as_object, as_text
from sandbox.portal.portal import Portal
from sandbox.portal.rest import JSON, Answer, Caller, Params, rest_method

LONGEST = 50
REFERENCE = re.compile(r"\$result((?:\[[^\[\]]*\])+)")
STEP = re.compile(r"\[([^\[\]]*)\]")


@rest_method("batch", docs="settings/how-to-call-rest-api/batch.md", batchable=False)
def batch(portal: Portal, caller: Caller, params: Params) -> JSON:
    """Always answers 200, whatever became of the commands, also when there are none. With ``halt`` the first error is
    the last thing done; nothing is undone. Commands beyond the fiftieth get ``ERROR_BATCH_LENGTH_EXCEEDED``."""
    params = params.upper()
    commands = as_object(params.get("CMD")) or {}
    results: dict[str, JSON] = {}
    errors: dict[str, JSON] = {}
    totals: dict[str, JSON] = {}
    nexts: dict[str, JSON] = {}
    times: dict[str, JSON] = {}
    halt = params.flag("HALT")
    for place, (key, command) in enumerate(commands.items()):
        if place >= LONGEST:
            errors[key] = RestError("ERROR_BATCH_LENGTH_EXCEEDED", "Max batch length exceeded").as_json()
            continue
        name, sent = read_command(command, results)
        reply = dispatch.call(portal, caller, name, Params(sent), batched=True)
        if isinstance(reply.outcome, Answer):
            results[key] = reply.outcome.result
            if reply.outcome.total is not None:
                totals[key] = reply.outcome.total
            if reply.outcome.next is not None:
                nexts[key] = reply.outcome.next
            times[key] = reply.time
        else:
            errors[key] = reply.outcome.as_json()
            if halt:
                break
    return {
        "result": as_php_array(results),
        "result_error": as_php_array(errors),
        "result_total": as_php_array(totals),
        "result_next": as_php_array(nexts),
        "result_time": as_php_array(times),
    }


def command_names(params: Params) -> list[str]:
    """The methods a batch is about to call."""
    commands = (as_object(params.upper().get("CMD")) or {}).values()
    return [read_command(command, {})[0] for command in commands]


def read_command(command: JSON, results: Mapping[str, JSON]) -> tuple[str, dict[str, JSON]]:
    """``method?a=b&c[d]=e``, or a map with ``method`` and ``params`` as SDKs offer it. References to earlier results,
    bare or url-encoded, are replaced in values; what they do not find is an empty string (unverified)."""
    parts = as_object(command)
    if parts is not None and not isinstance(command, str):
        sent = as_object(parts.get("params")) or {}
        return as_text(parts.get("method")) or "", {key: resolve_all(value, results) for key, value in sent.items()}
    name, _, query = (as_text(command) or "").partition("?")
    decoded = php.decode_query(query)
    return name.strip().strip("/"), {key: resolve_all(value, results) for key, value in decoded.items()}


def resolve_all(value: JSON, results: Mapping[str, JSON]) -> JSON:
    if isinstance(value, str):
        return resolve(value, results)
    if isinstance(value, Mapping):
        return {resolve_text(key, results): resolve_all(below, results) for key, below in value.items()}
    if isinstance(value, Sequence):
        return [resolve_all(below, results) for below in value]
    return value


def resolve(text: str, results: Mapping[str, JSON]) -> JSON:
    """A value that is one reference becomes what it points at, of any type; inside text it is printed."""
    whole = REFERENCE.fullmatch(text)
    return look_up(whole[1], results) if whole else resolve_text(text, results)


def resolve_text(text: str, results: Mapping[str, JSON]) -> str:
    return REFERENCE.sub(lambda match: as_text(look_up(match[1], results)) or "", text)


def look_up(path: str, results: Mapping[str, JSON]) -> JSON:
    here: JSON = results
    for step in STEP.findall(path):
        below = as_object(here)
        if below is None or step not in below:
            return ""
        here = below[step]
    return here


def as_php_array(values: Mapping[str, JSON]) -> JSON:
    """PHP writes a map with the keys 0..n-1 as a list, an empty one too. So errors lose their keys (contract 1.7)."""
    if all(key == str(place) for place, key in enumerate(values)):
        return list(values.values())
    return dict(values)
