"""Which edition of the rulebook a case is judged by (docs/decisions/0013-a-case-keeps-its-rulebook.md).

What somebody has already answered, checked or decided by stays as it was when the case began: questions, protocol,
violations, causes, verdicts, kinds of measures, steps of the finalization. Who does it, in what time and how firmly the
gate holds is always the company of today.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TypeVar

from rules.rulebook import Funnel, Rulebook

T = TypeVar("T")

KEPT = ("questions", "violations", "causes", "verdicts", "measure_kinds")
"""Sections of which a case keeps the entries it began with. What was added since can be used too: the lists on the card
are shared by all cases."""
REMEMBERED = ("roles", "departments")
"""Sections of today, with the entries that only the earlier edition has: its violations and measures name them."""

SECTION_TITLES = {
    "questions": "вопросы",
    "violations": "типы нарушений",
    "causes": "категории причин",
    "verdicts": "вердикты",
    "measure_kinds": "виды мер",
}


def as_started(current: Rulebook, started: Rulebook | None, funnel: str) -> Rulebook:
    """The rulebook for a case of this funnel that began with ``started``; ``None``: nobody knows it any more.

    The result carries the version of ``started``.
    """
    if started is None or started.version == current.version:
        return current
    kept = {name: _merged(getattr(current, name), getattr(started, name)) for name in KEPT}
    remembered = {name: _merged(getattr(started, name), getattr(current, name)) for name in REMEMBERED}
    return current.model_copy(
        update={
            **kept,
            **remembered,
            "version": started.version,
            "funnels": _funnels(current, started, funnel),
            "finalization": current.finalization.model_copy(update={"steps": started.finalization.steps}),
        }
    )


def _merged(base: Mapping[str, T], stronger: Mapping[str, T]) -> Mapping[str, T]:
    return {**base, **stronger}


def _funnels(current: Rulebook, started: Rulebook, code: str) -> tuple[Funnel, ...]:
    """A funnel that has left the rulebook goes on for the cases that began in it."""
    before, today = started.find_funnel(code), current.find_funnel(code)
    if before is None:
        return current.funnels
    if today is None:
        return (*current.funnels, before)
    mixed = today.model_copy(update={"survey": before.survey, "protocol": before.protocol})
    return tuple(mixed if each.code == code else each for each in current.funnels)


def retired(current: Rulebook, earlier: Iterable[Rulebook]) -> tuple[Funnel, ...]:
    """Funnels that only earlier editions have; of several wordings the latest, ``earlier`` being ordered by age."""
    found = {funnel.code: funnel for book in earlier for funnel in book.funnels}
    return tuple(funnel for code, funnel in found.items() if current.find_funnel(code) is None)


def lost(version: str, current: Rulebook, known: Rulebook | None) -> str | None:
    """The sentence for a case whose edition nobody knows any more: our database was lost, or it can't be read."""
    if known is not None or version in ("", current.version):
        return None
    return f"редакция «{version}», с которой начат разбор, сервису неизвестна: действует нынешняя «{current.version}»"


def differences(one: Rulebook, other: Rulebook) -> Iterator[str]:
    """What changed of that which cases keep; under one version there must be nothing. The rest may change freely."""
    for name in KEPT:
        if getattr(one, name) != getattr(other, name):
            yield SECTION_TITLES[name]
    for code in dict.fromkeys(funnel.code for funnel in (*one.funnels, *other.funnels)):
        before, after = one.find_funnel(code), other.find_funnel(code)
        known = before or after
        title = known.title if known is not None else code
        if before is None or after is None:
            yield f"воронка «{title}» {'добавлена' if before is None else 'убрана'}"
            continue
        if before.survey != after.survey:
            yield f"воронка «{title}»: опрос"
        if before.protocol != after.protocol:
            yield f"воронка «{title}»: протокол"
    if one.finalization.steps != other.finalization.steps:
        yield "шаги финализации"
