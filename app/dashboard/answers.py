"""The database's answers to a question, within what the reader may see. Every number of the screen comes from here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from app.dashboard.figures import Step, added_up, begun, by_days, folded
from app.dashboard.question import FIRST_DAY, Moment, Period, Preset, Question
from app.dashboard.scope import Scope, below
from app.storage.case_facts import FACETS, By, CaseFacts, Counted, Facet, Sums, Visible, Wanted
from app.storage.journal import Journal
from app.storage.left_out import LeftOutWork
from rules.model import Department, Staff
from rules.rulebook import Rulebook

UNKNOWN = "не указано"
_DATES: Mapping[Moment, By] = {Moment.STARTED: "started_on", Moment.FINALISED: "finalised_on"}


@dataclass(frozen=True)
class Reader:
    """Who asks, on which portal, and what they may see today."""

    portal: str
    person: int
    scope: Scope
    staff: Staff


@dataclass(frozen=True)
class Named:
    """A value that cases have, to filter by, and how many have it."""

    code: str | int
    title: str
    cases: int


@dataclass(frozen=True)
class Choices:
    """What there is to filter by, among the cases the reader may see."""

    funnels: Sequence[Named]
    departments: Sequence[Named]
    people: Sequence[Named]
    inspectors: Sequence[Named]

    @property
    def cases(self) -> int:
        """All that the reader may see."""
        return sum(each.cases for each in self.funnels)

    def title(self, field: str, code: object) -> str | None:
        """The name of a value of one of the four, if any case has it."""
        return next((each.title for each in getattr(self, field) if each.code == code), None)


@dataclass(frozen=True)
class Row:
    """A person or a department, and the sums of their cases."""

    id: int | None
    title: str
    sums: Sums
    note: str = ""
    depth: int = 0
    """How far below the first rows a department stands; its cases are counted in those above as well."""


@dataclass(frozen=True)
class Answers:
    question: Question
    reader: Reader
    book: Rulebook
    choices: Choices
    total: Sums
    before: Sums | None
    """The period before; ``None`` when there is none to compare with, or nothing in it."""
    course: Sequence[tuple[Step, Sums]]
    verdicts: Mapping[str, Sequence[tuple[Step, Sums]]]
    """By verdict; the cases without one under the empty code."""
    funnels: Mapping[str, Sums]
    departments: Sequence[Row]
    people: Sequence[Row]
    inspectors: Sequence[Row]
    """Empty unless the reader may see everything: part of an inspector's work tells nothing about it."""
    satisfaction: Mapping[str, int]
    effects: Mapping[str, int]
    violations: Sequence[Counted]
    kinds: Sequence[Counted]
    left_out: Mapping[str, int] | None
    """Finished work without a case, by funnel; ``None`` where it isn't known whose work it was."""
    own_steps: int | None
    """What the service did by itself (S91): all that its journal tells, so ``None`` where only part is asked for."""


def wanted(question: Question, reader: Reader) -> Wanted:
    """The question as the database takes it. What the reader may see is part of it, whatever is asked."""
    scope, period = reader.scope, question.period
    department = question.department
    return Wanted(
        portal=reader.portal,
        visible=Visible(scope.whole, scope.departments, scope.people),
        since=period.since if period.since > FIRST_DAY else None,
        until=period.until,
        by=_DATES[question.by],
        funnel=question.funnel,
        departments=below(department, reader.staff) if department is not None else None,
        person=question.person,
        inspector=question.inspector,
        verdict=question.verdict,
        violation=question.violation,
        kind=question.kind,
        state=question.state,
    )


async def choices_of(facts: CaseFacts, reader: Reader, book: Rulebook) -> Choices:
    """Over all time: a filter shows what it can find. Names are today's, or those of the time when nobody has them."""
    scope, staff = reader.scope, reader.staff
    counted = await facts.facets(
        Wanted(reader.portal, Visible(scope.whole, scope.departments, scope.people)),
    )
    return Choices(
        _named(counted, 0, {funnel.code: funnel.title for funnel in book.funnels}),
        _named(counted, 1, {department.id: department.name for department in staff.departments.values()}),
        _named(counted, 2, {person.id: person.name for person in staff.people.values()}),
        _named(counted, 3, {person.id: person.name for person in staff.people.values()}) if scope.whole else (),
    )


def _named(facets: Mapping[Facet, int], at: int, titles: Mapping[Any, str]) -> list[Named]:
    """By title."""
    counts: dict[Any, int] = {}
    for facet, cases in facets.items():
        counts[facet[at]] = counts.get(facet[at], 0) + cases
    found = [Named(code, titles.get(code, f"№{code}"), cases) for code, cases in counts.items() if code is not None]
    return sorted(found, key=lambda one: (one.title.casefold(), str(one.code)))


async def answer(
    question: Question, reader: Reader, book: Rulebook, facts: CaseFacts, left_out: LeftOutWork, journal: Journal
) -> Answers:
    asked = wanted(question, reader)
    if question.preset is Preset.ALL and (first := await facts.first_day(asked)) is not None:
        question = replace(question, period=Period(min(first, question.period.until), question.period.until))
    clean = [code for code, verdict in book.verdicts.items() if verdict.measures == "none"]
    moment = "day" if by_days(question.period) else "month"
    parts = await facts.sums(asked, clean, moment, "verdict")
    whose = await facts.sums(asked, clean, *FACETS)
    choices = await choices_of(facts, reader, book)
    said = await facts.counts(asked, "satisfaction", "effect")
    course = begun(folded(_by(parts, 0), question.period))
    by_verdict = {
        code: folded({at: sums for (at, verdict), sums in parts.items() if verdict == code}, question.period)[
            -len(course) :
        ]
        for code in {verdict for _, verdict in parts}
    }
    return Answers(
        question=question,
        reader=reader,
        book=book,
        choices=choices,
        total=added_up(parts.values()),
        before=await _before(question, reader, facts, clean),
        course=course,
        verdicts=by_verdict,
        funnels=_by(whose, 0),
        departments=_departments(_rows(_by(whose, 1), choices.departments), reader),
        people=_people(_rows(_by(whose, 2), choices.people), reader.staff),
        inspectors=_rows(_by(whose, 3), choices.inspectors) if reader.scope.whole else (),
        satisfaction=_counted(said, 0),
        effects=_counted(said, 1),
        violations=await facts.violations(asked),
        kinds=await facts.measures(asked),
        left_out=await _left_out(question, reader, book, left_out),
        own_steps=await _own_steps(question, reader, book, journal),
    )


async def _before(question: Question, reader: Reader, facts: CaseFacts, clean: Sequence[str]) -> Sums | None:
    period = question.before()
    if period is None:
        return None
    found = await facts.sums(wanted(question.within(period), reader), clean)
    sums = added_up(found.values())
    return sums if sums.cases else None


def _by(parts: Mapping[tuple[Any, ...], Sums], at: int) -> dict[Any, Sums]:
    """Sums by one of the columns they were asked by."""
    found: dict[Any, Sums] = {}
    for key, sums in parts.items():
        found[key[at]] = found[key[at]] + sums if key[at] in found else sums
    return found


def _counted(counts: Mapping[tuple[str, ...], int], at: int) -> dict[str, int]:
    found: dict[str, int] = {}
    for key, cases in counts.items():
        if key[at]:
            found[key[at]] = found.get(key[at], 0) + cases
    return found


def _rows(parts: Mapping[int | None, Sums], named: Sequence[Named]) -> list[Row]:
    """The most cases first; what belongs to nobody is a row as well, so that the rows sum to the total."""
    titles = {each.code: each.title for each in named}
    rows = [Row(id_, UNKNOWN if id_ is None else titles.get(id_, f"№{id_}"), sums) for id_, sums in parts.items()]
    return sorted(rows, key=lambda row: (-row.sums.cases, row.title))


def _departments(own: Sequence[Row], reader: Reader) -> list[Row]:
    """As a tree, each with all below it, as the filter by department counts. The reader's own tops stand first.

    The company as a whole is no row unless it has cases of its own; a department that the company has no more is a top.
    """
    rows = {row.id: row for row in own}
    for row in own:
        for node in _chain(row, reader.staff):
            if (reader.scope.whole or node.id in reader.scope.departments) and node.parent_id is not None:
                rows.setdefault(node.id, Row(node.id, node.name, Sums()))

    def parent(row: Row) -> int | None:
        above = _chain(row, reader.staff)
        in_a_circle = bool(above) and above[-1].parent_id in {node.id for node in above}
        return above[1].id if len(above) > 1 and above[1].id in rows and not in_a_circle else None

    children: dict[int | None, list[Row]] = {}
    for row in rows.values():
        children.setdefault(parent(row), []).append(row)

    def tree(row: Row, depth: int) -> list[Row]:
        below = [tree(child, depth + 1) for child in children.get(row.id, ()) if row.id is not None]
        whole = added_up([row.sums, *(branch[0].sums for branch in below)])
        return [replace(row, sums=whole, depth=depth), *(each for branch in _by_size(below) for each in branch)]

    return [each for branch in _by_size([tree(row, 0) for row in children.get(None, ())]) for each in branch]


def _chain(row: Row, staff: Staff) -> Sequence[Department]:
    """The department and those above it; nothing when the company has it no more."""
    department = staff.departments.get(row.id) if row.id is not None else None
    return tuple(staff.chain_of(department)) if department is not None else ()


def _by_size(branches: list[list[Row]]) -> list[list[Row]]:
    return sorted(branches, key=lambda branch: (-branch[0].sums.cases, branch[0].title))


def _people(rows: Sequence[Row], staff: Staff) -> list[Row]:
    return [replace(row, note="не работает") if row.id is not None and staff.has_left(row.id) else row for row in rows]


async def _left_out(
    question: Question, reader: Reader, book: Rulebook, left_out: LeftOutWork
) -> Mapping[str, int] | None:
    if not _of_everybody(question, reader) or question.by is not Moment.STARTED:
        return None
    counted = await left_out.between(reader.portal, *_moments(question.period, book))
    return {funnel: items for funnel, items in counted.items() if question.funnel in (None, funnel)}


async def _own_steps(question: Question, reader: Reader, book: Rulebook, journal: Journal) -> int | None:
    if not _of_everybody(question, reader) or question.funnel is not None:
        return None
    return await journal.count_between(reader.portal, "command", *_moments(question.period, book))


def _of_everybody(question: Question, reader: Reader) -> bool:
    return reader.scope.whole and question.department is None and question.person is None


def _moments(period: Period, book: Rulebook) -> tuple[datetime, datetime]:
    """From the first midnight to the one after the last day."""
    zone = ZoneInfo(book.calendar.time_zone)
    return (
        datetime.combine(period.since, time(), zone),
        datetime.combine(period.until + timedelta(days=1), time(), zone),
    )
