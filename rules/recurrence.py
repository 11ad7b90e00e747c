"""The same violation again, after measures against it (S2, R27): the earlier case is marked.

A later case names the earlier ones that its violations concern; each of those, at its own look, writes down that it
came back. Only the latest case whose measures should have prevented it is concerned, so that what happens often does
not mark the whole past.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from rules.calendar import working_time
from rules.decision import NOTHING, Decision, Tell, UpdateCase, do
from rules.model import Case, CaseField, PastCase, UserId
from rules.past import with_violations
from rules.rulebook import Rulebook

MOST_TOLD = 10
"""After so many repetitions a case has said what it has to say."""


def concerned(case: Case, book: Rulebook) -> tuple[int, ...]:
    """The earlier cases that should be looked at because of this one's violations, by id."""
    opened = case.entries[0].at
    closed = [past for past in case.past if past.closed_at is not None and past.closed_at < opened]
    found = (_latest(with_violations(_with_measures(closed, book), (code,))) for code in case.violations)
    return tuple(sorted({past.id for past in found if past is not None}))


def _with_measures(cases: Iterable[PastCase], book: Rulebook) -> tuple[PastCase, ...]:
    """Those whose verdict asked for measures."""
    needing = {code for code, verdict in book.verdicts.items() if verdict.measures == "required"}
    return tuple(past for past in cases if past.verdict in needing)


def _latest(cases: Iterable[PastCase]) -> PastCase | None:
    return max(
        cases, key=lambda past: (past.closed_at is not None and past.closed_at.timestamp(), past.id), default=None
    )


def follow(case: Case, book: Rulebook) -> Decision:
    """A closed case with measures notes each case that repeats its violations: told once, and written on its card."""
    told = [past for past in case.past if _mark(past) in case.told]
    fresh = [past for past in _repetitions(case, book) if past not in told][: max(0, MOST_TOLD - len(told))]
    lines = [_line(case, past, book) for past in (*told, *fresh) if not _stands(case, past)]
    if not lines and not fresh:
        return NOTHING
    notes = (Tell(_mark(past), _text(case, past, book), to=_owners(case, book)) for past in fresh)
    written = UpdateCase({CaseField.RECURRED: "\n".join((*case.recurred.splitlines(), *lines))}) if lines else None
    return do((*notes, written), because=lines or [_line(case, past, book) for past in fresh])


def _repetitions(case: Case, book: Rulebook) -> tuple[PastCase, ...]:
    """Later cases with a violation against which no later measures were taken than this case's."""
    if not case.measures:
        return ()
    closed_at = case.arrived.at
    later = (past for past in case.past if past.opened_at > closed_at and past.verdict is not None)
    return tuple(past for past in later if any(_is_ours(case, code, past, book) for code in past.violations))


def _is_ours(case: Case, code: str, later: PastCase, book: Rulebook) -> bool:
    """Is this case the latest one that should have prevented it?"""
    if code not in case.violations:
        return False
    between = (
        past
        for past in case.past
        if past.closed_at is not None and case.arrived.at < past.closed_at < later.opened_at and past.id != later.id
    )
    return not with_violations(_with_measures(between, book), (code,))


def _mark(past: PastCase) -> str:
    return f"recurred-{past.id}"


def _stands(case: Case, past: PastCase) -> bool:
    return re.search(rf"№{past.id}\b", case.recurred) is not None


def _line(case: Case, past: PastCase, book: Rulebook) -> str:
    opened = past.opened_at.astimezone(working_time(book.calendar, case.staff).zone)
    return f"Повторилось: разбор №{past.id} ({past.title}), {opened:%d.%m.%Y}"


def _text(case: Case, past: PastCase, book: Rulebook) -> str:
    shared = [
        book.violations[code].title for code in past.violations if code in case.violations and code in book.violations
    ]
    named = ", ".join(f"«{title}»" for title in shared)
    return f"{_line(case, past, book)}. Меры этого разбора ({case.title}) не предотвратили: {named}."


def _owners(case: Case, book: Rulebook) -> tuple[UserId, ...]:
    people = (case.inspector_id, case.staff.head_of(book.quality.department))
    return tuple(dict.fromkeys(each for each in people if each is not None and case.staff.is_active(each)))
