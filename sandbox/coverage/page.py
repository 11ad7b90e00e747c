"""Printing ``sandbox/COVERAGE.md``: every documented method, built or not, and how it is known that it is right."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path

from sandbox.coverage.built import Built, built_methods
from sandbox.coverage.facts import Entry, facts, index, section_of, source
from sandbox.coverage.known import Known, known_differences
from sandbox.portal.dispatch import documented_methods

PAGE = Path(__file__).parent.with_name("COVERAGE.md")
PARITY = Path(__file__).parents[2] / "tests" / "parity"

NOT_REPEATED = "not repeated"


def coverage_page() -> str:
    """The whole text."""
    built = built_methods()
    entries = every_entry()
    missing = [entry for key, entry in entries.items() if key not in {one.key for one in built}]
    parts = [
        head(built, entries, missing),
        *(built_section(section, methods) for section, methods in by_section(built).items()),
        behaviour(),
        not_built(missing),
    ]
    return "\n".join(parts)


def every_entry() -> dict[tuple[str, int], Entry]:
    """The index, and the names this sandbox knows as documented although no page of theirs describes them."""
    entries = dict(index())
    for key, name in documented_methods().items():
        if (key, 2) not in entries and (key, 3) not in entries:
            entries[key, 2] = Entry(name, 2, "", "", False, False)
    return dict(sorted(entries.items()))


def head(built: list[Built], entries: Mapping[tuple[str, int], Entry], missing: list[Entry]) -> str:
    defects = [one for section in known_differences().values() for one in section if one.defect]
    commit = source()["commit"]
    verified = sum(1 for one in built if evidence(one) != UNVERIFIED)
    return f"""# What of the Bitrix24 REST API this sandbox has

Printed by `python -m sandbox.coverage page`; a test fails when it is out of date.

- Documented methods: {len(entries)} ({sum(1 for one in entries.values() if one.version == 3)} of them REST 3.0).
- Built: {len(built)}, of which {verified} are compared with something outside of this repository.
- Documented and not built: {len(missing)}. They answer `501 NOT_BUILT_IN_SANDBOX` with their name; a name nobody
  documents answers `404 ERROR_METHOD_NOT_FOUND`, as a portal does.
- Known defects (in *italics* below): {len(defects)}.

Facts and pages: [the vendor's documentation]({source()["repository"]}/tree/{commit}) (MIT) as of commit
`{commit[:12]}`, see `sandbox/coverage/documented/README.md`. How a method was verified:

| word | meaning |
|---|---|
| example | every JSON example of its page is repeated, and the answer has the same keys and types |
| refusals | provoked, it refuses with the statuses and codes its page names |
| recorded | its answer has the types of an answer recorded from a real portal |
| parity | a client written by others calls it in `tests/parity` |
| own tests | only this repository's reading of the page is tested |

"app" beside the scope: only an application may call it, a webhook is refused.
"""


def by_section(built: Iterable[Built]) -> dict[str, list[Built]]:
    sections: defaultdict[str, list[Built]] = defaultdict(list)
    for one in built:
        sections["REST 3.0" if one.version == 3 else section_of(one.name)].append(one)
    return dict(sorted(sections.items()))


def built_section(section: str, methods: list[Built]) -> str:
    rows = "\n".join(built_row(one) for one in methods)
    return (
        f"## {section}\n\n| method | page | scope | verified by | known differences |\n|---|---|---|---|---|\n{rows}\n"
    )


def built_row(built: Built) -> str:
    entry = index().get(built.key)
    scope = entry.scope.replace("базовый", "basic") + (" app" if entry.application_only else "") if entry else ""
    page = built.docs.removeprefix("api-reference/").removesuffix(".md")
    return f"| {built.name} | {page} | {scope} | {evidence(built)} | {' '.join(differences(built))} |"


UNVERIFIED = "own tests"


def evidence(built: Built) -> str:
    """What the method was compared with."""
    found = facts(*built.key)
    words = []
    if found is not None and not unrepeated(built):
        words += ["example"] if found.answers else []
        words += ["refusals"] if found.answers and found.refusals else []
        words += ["recorded"] if found.recorded else []
    words += ["parity"] if built.version == 2 and used_by_clients(built.name) else []
    return ", ".join(words) or UNVERIFIED


def unrepeated(built: Built) -> bool:
    name = built.called
    return any(one.what == NOT_REPEATED and one.concerns(name) for one in known_differences()["answers"])


def used_by_clients(method: str) -> bool:
    """Whether a test with a client written by others calls it, by its name or as ``client.crm.deal.list``."""
    return re.search(rf"(?<!\w){re.escape(method)}(?![\w.])", tests_of_clients()) is not None


@cache
def tests_of_clients() -> str:
    return "\n".join(path.read_text(encoding="utf-8") for path in sorted(PARITY.glob("**/test_*.py")))


def differences(built: Built) -> Iterator[str]:
    name = built.called
    for section in ("answers", "refusals", "behaviour"):
        for one in known_differences()[section]:
            if one.concerns(name):
                text = f"{where(one)}{escaped(one.reason)}."
                yield f"*{text}*" if one.defect else text


def where(known: Known) -> str:
    places = ", ".join(f"`{place}`" for place in known.at if place not in ("*", "result"))
    return f"{places}: " if places else ""


def escaped(text: str) -> str:
    return text.replace("|", "\\|")


def behaviour() -> str:
    rows = "\n".join(
        f"- {'*' if one.defect else ''}{one.reason}.{'*' if one.defect else ''}"
        for one in known_differences()["behaviour"]
        if one.methods == ("-",)
    )
    return f"## Protocol and behaviour\n\n{rows}\n"


def not_built(missing: Iterable[Entry]) -> str:
    sections: defaultdict[str, list[str]] = defaultdict(list)
    for entry in missing:
        sections["REST 3.0" if entry.version == 3 else section_of(entry.method)].append(mark(entry))
    rows = "\n".join(f"- **{section}**: {', '.join(names)}" for section, names in sorted(sections.items()))
    legend = "With † for applications only, with (old) where the vendor goes no further."
    return f"## Documented, not built\n\n{legend}\n\n{rows}\n"


def mark(entry: Entry) -> str:
    return entry.method + ("†" if entry.application_only else "") + (" (old)" if entry.deprecated else "")
