"""The stored facts: what the documentation says about each method. Where they come from: ``documented/README.md``."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from sandbox.coverage.shapes import Shape

FOLDER = Path(__file__).with_name("documented")
INDEX = FOLDER / "index.json"


@dataclass(frozen=True)
class Entry:
    """A line of the index: every documented method has one, built or not. ``page`` is written like ``Method.docs``."""

    method: str
    version: int
    page: str
    scope: str
    application_only: bool
    deprecated: bool


@dataclass(frozen=True)
class Parameter:
    """``required`` is ``None`` where the page doesn't mark required ones. ``members`` are the documented names inside
    an object, with their types; empty where the page has no table of them."""

    type: str
    required: bool | None
    members: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Refusal:
    """``status`` is ``None`` where the page doesn't say it. Codes common to all methods are not here."""

    status: int | None
    code: str


@dataclass(frozen=True)
class Facts:
    """What one page says. ``answers`` are the shapes of its examples of success, the envelope without ``time``;
    ``recorded`` those of real portals, whose word counts more."""

    page: str
    parameters: Mapping[str, Parameter]
    fields_of: Mapping[str, Mapping[str, str]]
    """Where ``fields`` depend on the type of CRM object: a tab of the page to its names and types."""
    request: Shape
    """All examples of requests, merged."""
    answers: tuple[Shape, ...]
    recorded: tuple[Shape, ...]
    named: frozenset[str]
    """Keys that tables of the page, or its section's list of fields, name without an example."""
    refusals: tuple[Refusal, ...]
    """The table of errors."""
    refusal_examples: tuple[Refusal, ...]


def section_of(method: str) -> str:
    """The file, without its ending: ``crm.deal.list`` is in ``crm.deal``, ``user.get`` in ``user``."""
    words = method.lower().split(".")
    return ".".join(words[:2]) if words[0] in ("crm", "task", "tasks") and len(words) > 2 else words[0]


def file_of(method: str, version: int) -> Path:
    return FOLDER / f"{'rest3.' if version == 3 else ''}{section_of(method)}.json"


@cache
def index() -> Mapping[tuple[str, int], Entry]:
    """Every documented method, under its lower-case name and version."""
    rows = json.loads(INDEX.read_text(encoding="utf-8"))["methods"]
    entries = (Entry(*row) for row in rows)
    return {(entry.method.lower(), entry.version): entry for entry in entries}


@cache
def facts(method: str, version: int = 2) -> Facts | None:
    """``None`` for a method nobody gathered: run ``python -m sandbox.coverage gather``."""
    return read(file_of(method, version)).get(method.lower())


@cache
def read(path: Path) -> Mapping[str, Facts]:
    if not path.exists():
        return {}
    stored = json.loads(path.read_text(encoding="utf-8"))
    return {method.lower(): from_json(found) for method, found in stored.items()}


def source() -> Mapping[str, Any]:
    """Repository, commit and licence of the documentation the facts come from."""
    found: Mapping[str, Any] = json.loads(INDEX.read_text(encoding="utf-8"))["source"]
    return found


def from_json(stored: Mapping[str, Any]) -> Facts:
    return Facts(
        page=stored["page"],
        parameters={
            name: Parameter(one["type"], one.get("required"), one.get("members", {}))
            for name, one in stored.get("parameters", {}).items()
        },
        fields_of=stored.get("fields_of", {}),
        request=stored.get("request", {}),
        answers=tuple(stored.get("answers", ())),
        recorded=tuple(stored.get("recorded", ())),
        named=frozenset(stored.get("named", ())),
        refusals=tuple(Refusal(*row) for row in stored.get("refusals", ())),
        refusal_examples=tuple(Refusal(*row) for row in stored.get("refusal_examples", ())),
    )


def to_json(found: Facts) -> dict[str, Any]:
    """Without what is empty."""
    parameters = {
        name: {"type": one.type}
        | ({} if one.required is None else {"required": one.required})
        | ({"members": dict(one.members)} if one.members else {})
        for name, one in found.parameters.items()
    }
    whole = {
        "page": found.page,
        "parameters": parameters,
        "fields_of": found.fields_of,
        "request": found.request,
        "answers": list(found.answers),
        "recorded": list(found.recorded),
        "named": sorted(found.named),
        "refusals": list(rows(found.refusals)),
        "refusal_examples": list(rows(found.refusal_examples)),
    }
    return {name: value for name, value in whole.items() if value}


def rows(refusals: tuple[Refusal, ...]) -> Iterator[list[int | str | None]]:
    ordered = sorted(set(refusals), key=lambda one: (one.status or 0, one.code))
    return ([one.status, one.code] for one in ordered)
