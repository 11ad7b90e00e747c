"""From a checkout of the vendor's documentation to ``documented/``: names, types, shapes and codes, no sentences."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from sandbox.coverage.facts import (
    FOLDER,
    INDEX,
    Entry,
    Facts,
    Parameter,
    Refusal,
    file_of,
    to_json,
)
from sandbox.coverage.pages import Block, Page, read_page, read_parameters
from sandbox.coverage.shapes import JSON, Shape, fold, merge, shape_of

REPOSITORY = "https://github.com/bitrix-tools/b24-rest-docs"
SPECIFICATIONS = "_assets/simulator/spec/methods"
FIELD_PAGES = {
    "crm.item.": "api-reference/crm/universal/object-fields.md",
    "tasks.task.": "api-reference/tasks/fields.md",
}
"""Pages that list the fields of what these methods show."""


def gather(
    docs: Path,
    commit: str,
    built: Iterable[tuple[str, int]],
    recordings: Mapping[str, Shape],
    into: Path = FOLDER,
) -> None:
    """Write the index of all methods, and the facts of every section that has a built method.

    ``built`` are lower-case names with their versions, ``recordings`` the shapes of real answers by method.
    """
    pages = read_pages(docs)
    into.mkdir(exist_ok=True)
    for old in into.glob("*.json"):
        old.unlink()
    write_index(into / INDEX.name, pages.values(), commit)
    sections = {file_of(*key).name for key in built}
    files: dict[str, dict[str, Any]] = {}
    for key in sorted(pages):
        file, page = file_of(*key).name, pages[key]
        if file in sections:
            real = [recordings[page.method]] if page.version == 2 and page.method in recordings else []
            facts = read_facts(docs, page, real)
            facts = replace(facts, named=facts.named | shown_by_fields_method(pages, page))
            files.setdefault(file, {})[page.method] = to_json(facts)
    for file, found in files.items():
        text = pretty(dict(sorted(found.items())))
        (into / file).write_text(text + "\n", encoding="utf-8")


def read_pages(docs: Path) -> dict[tuple[str, int], Page]:
    """Pages of methods by lower-case name and version. Where two pages have the same title, the one with an answer."""
    found: dict[tuple[str, int], Page] = {}
    for path in sorted([*docs.glob("api-reference/**/*.md"), *docs.glob("settings/**/*.md")]):
        page = read_page(path.relative_to(docs).as_posix(), path.read_text(encoding="utf-8"))
        if page is None or not is_method(page):
            continue
        key = page.method.lower(), page.version
        if key not in found or "## Обработка ответа" not in found[key].text:
            found[key] = page
    return found


def is_method(page: Page) -> bool:
    """Not an event, a function of the browser's library, or a page about many methods."""
    about_rest = "## Обработка ответа" in page.text or "## Параметры" in page.text or "/rest/" in page.text
    return about_rest and not page.method.startswith(("BX24.", "on", "ON")) and ".on." not in page.method.lower()


def write_index(file: Path, pages: Iterable[Page], commit: str) -> None:
    entries = sorted(
        (
            Entry(one.method, one.version, one.path, " ".join(one.scope), one.application_only, one.deprecated)
            for one in pages
        ),
        key=lambda one: (one.method.lower(), one.version),
    )
    source = json.dumps({"repository": REPOSITORY, "commit": commit, "licence": "MIT, Copyright (c) 2024 Bitrix"})
    rows = ",\n".join(json.dumps(list(vars(one).values()), ensure_ascii=False) for one in entries)
    file.write_text(f'{{"source": {source},\n"methods": [\n{rows}\n]}}\n', encoding="utf-8")


def read_facts(docs: Path, page: Page, recordings: Iterable[Shape]) -> Facts:
    specification = read_specification(docs, page)
    blocks = list(page.blocks())
    return Facts(
        page=page.path,
        # the descriptions are generated now and then, and a page may have learnt of a parameter since
        parameters=read_from_page(page) | (described_parameters(specification, page) if specification else {}),
        fields_of={
            tab: {one.name: one.type for one in sorted(fields, key=lambda one: one.name)}
            for tab, fields in page.field_tabs().items()
            if fields
        },
        request=merged(shape_of(body) for body in page.requests()),
        answers=tuple(distinct(envelope(block) for block in blocks if "result" in keys(block))),
        recorded=tuple(recordings),
        named=frozenset(page.names() | section_fields(docs, page) | entity_fields(specification)),
        refusals=tuple(Refusal(status, code) for status, code in page.codes()),
        refusal_examples=tuple(distinct(refusal(block) for block in blocks if "error" in keys(block))),
    )


def read_specification(docs: Path, page: Page) -> Mapping[str, Any] | None:
    """The vendor's machine-readable description; ``None`` for pages without a table of parameters."""
    path = docs / SPECIFICATIONS / f"{page.method}.json"
    if not path.exists():
        return None
    found: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found if found["source"]["file"] == page.path else None


def described_parameters(specification: Mapping[str, Any], page: Page) -> dict[str, Parameter]:
    """Empty where the page has no chapter of parameters: there the specification describes the answer."""
    tables = specification["defs"]
    found = {}
    for one in specification["params"] if "#|" in page.section("Параметр") else ():
        if one["name"].endswith("\\"):
            continue  # UF_*, torn at its star
        table = tables.get(str(one.get("ref", "")).rpartition("/")[2], {})
        members = {inner["name"]: inner["base"] for inner in table.get("fields", ()) if inner["name"] != "\\"}
        members = members or {inner.name: inner.type for inner in page.parameters_of(one["name"])}
        required = None if one["required"] == "unknown" else bool(one["required"])
        found[one["name"]] = Parameter(one["base"], required, dict(sorted(members.items())))
    return found


def read_from_page(page: Page) -> dict[str, Parameter]:
    marked = "required.md" in page.text
    return {
        one.name: Parameter(
            one.type,
            one.required if marked else None,
            {inner.name: inner.type for inner in page.parameters_of(one.name)},
        )
        for one in page.parameters()
    }


def entity_fields(specification: Mapping[str, Any] | None) -> set[str]:
    return {name for name in (specification or {}).get("entityFields", ()) if name.isidentifier()}


def section_fields(docs: Path, page: Page) -> set[str]:
    path = next((path for prefix, path in FIELD_PAGES.items() if page.method.startswith(prefix)), None)
    if path is None:
        return set()
    return {one.name for one in read_parameters((docs / path).read_text(encoding="utf-8"))}


def shown_by_fields_method(pages: Mapping[tuple[str, int], Page], page: Page) -> set[str]:
    """What ``user.fields`` answers are the keys ``user.get`` may show."""
    fields = pages.get((page.method.lower().rpartition(".")[0] + ".fields", page.version))
    results = [keys(block).get("result") for block in fields.blocks()] if fields else []
    described = [result.get("fields", result) for result in results if isinstance(result, Mapping)]
    return {fold(name) for one in described if isinstance(one, Mapping) for name in one}


def keys(block: Block) -> Mapping[str, JSON]:
    return block.value if isinstance(block.value, Mapping) else {}


def envelope(block: Block) -> Shape:
    return shape_of({name: value for name, value in keys(block).items() if name != "time"})


def refusal(block: Block) -> Refusal:
    error = keys(block)["error"]
    code = error.get("code", "") if isinstance(error, Mapping) else error
    return Refusal(block.status, str(code))


def merged(shapes: Iterator[Shape]) -> Shape:
    whole: Shape | None = None
    for shape in shapes:
        whole = shape if whole is None else merge(whole, shape)
    return {} if whole is None else whole


def distinct(found: Iterable[Any]) -> list[Any]:
    kept: list[Any] = []
    for one in found:
        if one not in kept:
            kept.append(one)
    return kept


def pretty(value: Any, indent: str = "") -> str:
    """JSON with a line for everything that fits into one: short enough to store, long enough to compare by line."""
    line = json.dumps(value, ensure_ascii=False)
    if len(indent) + len(line) <= LINE or not isinstance(value, (dict, list)) or not value:
        return line
    deeper = indent + " "
    if isinstance(value, dict):
        inner = [f"{deeper}{json.dumps(key, ensure_ascii=False)}: {pretty(one, deeper)}" for key, one in value.items()]
        return "{\n" + ",\n".join(inner) + f"\n{indent}}}"
    if all(isinstance(one, str) for one in value):
        words = textwrap.wrap(line[1:-1], LINE - len(deeper), break_long_words=False, break_on_hyphens=False)
        return "[\n" + "\n".join(deeper + word for word in words) + f"\n{indent}]"
    return "[\n" + ",\n".join(deeper + pretty(one, deeper) for one in value) + f"\n{indent}]"


LINE = 118
