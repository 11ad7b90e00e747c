"""What the analysis found: each violation with its severity, the requirement it breaks, its facts (S30-S32, R4-R6).

On the card, types are a multiple list and facts a multiple text. Which line belongs to which type, and what may stand
in brackets before it: docs/decisions/0009-violations-are-a-list-with-facts.md.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from rules.model import CASE_FIELD_TITLES, Case, CaseField
from rules.rulebook import Rulebook, Severity

SEVERITY: dict[Severity, str] = {"minor": "незначительное", "major": "значительное", "critical": "критическое"}
"""From mild to grave."""

_BRACKETS = re.compile(r"\s*\[([^\]]*)\]\s*")
_SEVERITY_WORDS: dict[str, Severity] = {"незначительн": "minor", "значительн": "major", "критич": "critical"}


@dataclass(frozen=True)
class Found:
    """One violation of this case."""

    code: str
    title: str
    severity: Severity
    requirement: str
    """What it violates; empty when neither the rulebook nor the inspector says."""
    facts: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Line:
    """A line of the facts: the violation type it names, its remarks in brackets, and the fact itself."""

    code: str | None
    remarks: tuple[str, ...]
    text: str


def found(case: Case, book: Rulebook) -> tuple[Found, ...]:
    """The violations as they were chosen. Types that have left the rulebook since are left out.

    A line that begins with a type's title belongs to it; the others fill, in their order, the violations that have no
    fact yet, and what is left then belongs to the last one.
    """
    chosen = [code for code in case.violations if code in book.violations]
    lines = [_read(fact, book) for fact in case.facts]
    of: dict[str, list[_Line]] = {code: [line for line in lines if line.code == code] for code in chosen}
    nameless = [line for line in lines if line.code is None and line.text]
    for code in chosen:
        if nameless and not any(line.text for line in of[code]):
            of[code].append(nameless.pop(0))
    if chosen:
        of[chosen[-1]].extend(nameless)
    return tuple(_found(code, of[code], book) for code in chosen)


def worst(case: Case, book: Rulebook) -> Severity | None:
    """Severity of the case: the gravest of its violations (R6)."""
    graveness = list(SEVERITY)
    return max((each.severity for each in found(case, book)), key=graveness.index, default=None)


def unfinished(case: Case, book: Rulebook) -> Iterator[str]:
    """What the inspector still owes for the violations chosen, with the very line to add."""
    field = CASE_FIELD_TITLES[CaseField.FACTS]
    for each in found(case, book):
        if not each.facts:
            yield f"нет факта нарушения: добавьте в поле «{field}» строку «{each.title}: …»"
    for code in dict.fromkeys(_read(fact, book).code for fact in case.facts):
        if code is not None and code not in case.violations:
            title = book.violations[code].title
            yield f"в поле «{field}» есть «{title}», а такой тип нарушения не выбран: выберите его или уберите строку"


def _found(code: str, lines: list[_Line], book: Rulebook) -> Found:
    type_ = book.violations[code]
    severity, requirement = type_.severity, type_.requirement
    for remark in (remark for line in lines for remark in line.remarks):
        said = _severity_in(remark)
        if said is not None:
            severity = said
        else:
            requirement = remark
    return Found(code, type_.title, severity, requirement, tuple(line.text for line in lines if line.text))


def _severity_in(remark: str) -> Severity | None:
    """«критическое», «Критичное»: one word, in whatever form."""
    if len(remark.split()) != 1:
        return None
    return next((it for stem, it in _SEVERITY_WORDS.items() if remark.casefold().startswith(stem)), None)


def _read(fact: str, book: Rulebook) -> _Line:
    """Remarks may stand before the title of the type or after it."""
    before, rest = _remarks(fact)
    for code in sorted(book.violations, key=lambda code: -len(book.violations[code].title)):
        named = re.match(_beginning(book.violations[code].title), rest, re.IGNORECASE)
        if named is not None:
            after, text = _remarks(rest[named.end() :])
            return _Line(code, before + after, text)
    return _Line(None, before, rest)


def _remarks(text: str) -> tuple[tuple[str, ...], str]:
    remarks: list[str] = []
    while (bracketed := _BRACKETS.match(text)) is not None:
        remarks.append(bracketed.group(1).strip())
        text = text[bracketed.end() :]
    return tuple(remark for remark in remarks if remark), text.strip()


@cache
def _beginning(title: str) -> str:
    """The title with a colon or a dash after it; people write е for ё, and any number of spaces."""
    words = r"\s+".join(re.escape(word) for word in title.split())
    return re.sub("[её]", "[её]", words, flags=re.IGNORECASE) + r"(?:\s*:|\s+[-–—](?=\s|$))"
