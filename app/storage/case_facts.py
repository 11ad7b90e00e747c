"""The reported cases once more, flat: one row a case with indexed columns, so that the dashboard's questions about
100,000 cases are answered by sums of the database and nobody parses records.

Written in the transaction that puts the case's row away (``mirror_rows``); derived from it, so it can be lost. A record
of the first edition tells too little: its case has no facts until the service has looked at it again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from functools import partial
from typing import Any, Literal, cast

import sqlalchemy as sa

from app.storage.database import Database
from app.storage.schema import case_facts as facts
from app.storage.schema import case_measures as measures
from app.storage.schema import case_violations as violations
from app.storage.schema import mirror_rows

AT_ONCE = 500
"""Records brought up to date in one transaction."""

SUCCESS, CANCELLED = "SUCCESS", "CANCELLED"
By = Literal["started_on", "finalised_on"]
FACETS = ("funnel", "department_id", "responsible_id", "inspector_id")
Facet = tuple[str, int | None, int | None, int | None]


@dataclass(frozen=True)
class Visible:
    """Whose cases the reader may see; every query asks for it."""

    whole: bool = False
    departments: frozenset[int] = frozenset()
    people: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Wanted:
    """Cases of one portal that a reader may see and asks for. ``None`` asks for nothing in particular."""

    portal: str
    visible: Visible
    since: date | None = None
    until: date | None = None
    by: By = "started_on"
    funnel: str | None = None
    departments: frozenset[int] | None = None
    person: int | None = None
    inspector: int | None = None
    verdict: str | None = None
    violation: str | None = None
    kind: str | None = None
    state: str | None = None


@dataclass(frozen=True)
class Sums:
    """What adds up over cases. Hours in stages are working hours; those of closed cases alone are in ``closed_…``."""

    cases: int = 0
    analysed: int = 0
    closed: int = 0
    cancelled: int = 0
    clean: int = 0
    """Analysed, with a verdict that asks for no measures."""
    faulty: int = 0
    """Analysed, with violations."""
    violations: int = 0
    """Found in analysed cases."""
    measures: int = 0
    """Of cases that weren't given up."""
    points: float = 0.0
    hours_spent: float = 0.0
    hours_planned: float = 0.0
    spent_survey: float = 0.0
    spent_analysis: float = 0.0
    spent_approval: float = 0.0
    spent_changes: float = 0.0
    spent_check: float = 0.0
    closed_spent: float = 0.0
    closed_survey: float = 0.0
    closed_analysis: float = 0.0
    closed_approval: float = 0.0
    closed_changes: float = 0.0
    rated: int = 0
    """Cases whose survey tells the client's satisfaction on a scale."""
    satisfaction: float = 0.0
    deviations: int = 0
    triaged: int = 0
    hours_to_triage: float = 0.0
    remedied: int = 0
    hours_to_remedy: float = 0.0
    checked: int = 0
    """The effect of the measures was checked, and there were data enough."""
    effective: int = 0
    recurred: int = 0
    reopened: int = 0
    approved: int = 0
    approval_rounds: int = 0
    gate_reverts: int = 0
    overrides: int = 0
    news_asked: int = 0
    news_read: int = 0
    training_ordered: int = 0
    training_done: int = 0

    def __add__(self, other: Sums) -> Sums:
        return Sums(*(getattr(self, each.name) + getattr(other, each.name) for each in fields(self)))


@dataclass(frozen=True)
class Counted:
    """How often something was found or ordered, e.g. a type of violation, with one of the titles it has borne."""

    code: str
    title: str
    items: int
    hours_planned: float = 0.0
    hours_spent: float = 0.0
    done: int = 0


def put_in(connection: sa.Connection, portal: str, key: str, record: Mapping[str, Any]) -> None:
    """What this record tells, in place of what was known. Inside somebody else's writing transaction."""
    for forget in _FORGET:
        connection.execute(forget, {"of_portal": portal, "of_key": key})
    _insert(connection, [(portal, key, record)])


_FORGET = tuple(
    sa.delete(table).where(table.c.portal == sa.bindparam("of_portal"), table.c.key == sa.bindparam("of_key"))
    for table in (facts, violations, measures)
)


class CaseFacts:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def catch_up(self) -> int:
        """Facts of all records that have none, e.g. after an upgrade; answers how many there were."""
        done, last = 0, ("", "")
        while page := await self._database.write(partial(_catch_up, after=last)):
            done, last = done + len(page), page[-1]
        return done

    async def sums(self, wanted: Wanted, clean: Sequence[str], *by: str) -> dict[tuple[Any, ...], Sums]:
        """Sums by these columns; ``month`` and ``day`` are those of the date that ``wanted`` goes by.

        ``clean`` are the verdicts that ask for no measures.
        """
        keys = [_column(name, wanted.by).label(f"key_{name}") for name in by]
        query = _among(sa.select(*keys, *_sums(clean)), wanted).group_by(*keys)
        rows = await self._database.read(lambda connection: connection.execute(query).all())
        return {tuple(row[: len(by)]): Sums(*(value or 0 for value in row[len(by) :])) for row in rows}

    async def facets(self, wanted: Wanted) -> dict[Facet, int]:
        """How many cases there are of each combination of ``FACETS``, answered from an index alone."""
        return cast("dict[Facet, int]", await self.counts(wanted, *FACETS))

    async def counts(self, wanted: Wanted, *by: str) -> dict[tuple[Any, ...], int]:
        """Cases by these columns."""
        keys = [facts.c[name] for name in by]
        query = _among(sa.select(*keys, sa.func.count()), wanted).group_by(*keys)
        rows = await self._database.read(lambda connection: connection.execute(query).all())
        return {tuple(row[:-1]): row[-1] for row in rows}

    async def violations(self, wanted: Wanted) -> list[Counted]:
        """Types of violations found in analysed cases, the most frequent first (S85)."""
        found = sa.select(violations.c.code, sa.func.max(violations.c.title), sa.func.count()).where(_ANALYSED)
        query = _among(found, wanted, violations).group_by(violations.c.code)
        rows = await self._database.read(lambda connection: connection.execute(query).all())
        return _ranked(Counted(*row) for row in rows)

    async def measures(self, wanted: Wanted) -> list[Counted]:
        """Kinds of measures ordered, with what they cost, the most frequent first (S65, S66)."""
        hours = (sa.func.sum(measures.c.hours_planned), sa.func.sum(measures.c.hours_spent))
        counted = (sa.func.count(), *hours, _count(measures.c.done))
        ordered = sa.select(measures.c.kind, sa.func.max(measures.c.kind_title), *counted)
        query = _among(ordered.where(facts.c.stage != CANCELLED), wanted, measures).group_by(measures.c.kind)
        rows = await self._database.read(lambda connection: connection.execute(query).all())
        return _ranked(Counted(*row) for row in rows)

    async def cases(self, wanted: Wanted, limit: int, offset: int = 0) -> list[sa.Row[Any]]:
        """The cases themselves, the latest first."""
        order = (facts.c[wanted.by].desc(), facts.c.case_id.desc())
        query = _among(sa.select(facts), wanted).order_by(*order).limit(limit).offset(offset)
        return list(await self._database.read(lambda connection: connection.execute(query).all()))

    async def details(self, portal: str, keys: Sequence[str]) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
        """Titles of violations and of measures by case, of cases that ``cases`` has answered."""

        def titles(connection: sa.Connection, table: sa.Table) -> dict[str, list[str]]:
            query = sa.select(table.c.key, table.c.title).where(table.c.portal == portal, table.c.key.in_(keys))
            found: dict[str, list[str]] = {}
            for key, title in connection.execute(query.order_by(table.c.key, table.c.number)):
                found.setdefault(key, []).append(title)
            return found

        return await self._database.read(
            lambda connection: (titles(connection, violations), titles(connection, measures))
        )

    async def count(self, wanted: Wanted) -> int:
        query = _among(sa.select(sa.func.count()), wanted)
        return int(await self._database.read(lambda connection: connection.execute(query).scalar_one()))

    async def first_day(self, wanted: Wanted) -> date | None:
        """The day of the earliest of these cases."""
        query = _among(sa.select(sa.func.min(facts.c[wanted.by])), wanted)
        found = await self._database.read(lambda connection: connection.execute(query).scalar())
        return date.fromisoformat(found) if found else None


# --- From records to facts -------------------------------------------------------------------------------------------


def _catch_up(connection: sa.Connection, after: tuple[str, str]) -> list[tuple[str, str]]:
    """One transaction's worth of records without facts, behind this portal and key.

    The records are locked before it is asked once more which have no facts: a look may just be putting one away.
    """
    known = sa.and_(facts.c.portal == mirror_rows.c.portal, facts.c.key == mirror_rows.c.key)
    here = sa.tuple_(mirror_rows.c.portal, mirror_rows.c.key)
    lacking = (
        sa.select(mirror_rows.c.portal, mirror_rows.c.key)
        .select_from(sa.outerjoin(mirror_rows, facts, known))
        .where(facts.c.key.is_(None), here > after)
        .order_by(mirror_rows.c.portal, mirror_rows.c.key)
        .limit(AT_ONCE)
    )
    keys = [(portal, key) for portal, key in connection.execute(lacking)]
    records = connection.execute(
        sa.select(mirror_rows.c.portal, mirror_rows.c.key, mirror_rows.c.record)
        .where(here.in_(keys))
        .order_by(mirror_rows.c.portal, mirror_rows.c.key)
        .with_for_update()
    ).all()
    there = {
        (portal, key)
        for portal, key in connection.execute(
            sa.select(facts.c.portal, facts.c.key).where(sa.tuple_(facts.c.portal, facts.c.key).in_(keys))
        )
    }
    _insert(connection, [(row.portal, row.key, row.record) for row in records if (row.portal, row.key) not in there])
    return keys


def _insert(connection: sa.Connection, records: Sequence[tuple[str, str, Mapping[str, Any]]]) -> None:
    """Records that tell enough, whose keys have no facts."""
    lines: dict[sa.Table, list[dict[str, Any]]] = {facts: [], violations: [], measures: []}
    for portal, key, record in records:
        if "funnel_code" not in record:
            continue
        here = {"portal": portal, "key": key}
        lines[facts].append({**here, **_fact(record)})
        lines[violations] += ({**here, "number": at, **row} for at, row in enumerate(_violations(record), 1))
        lines[measures] += ({**here, "number": at, **row} for at, row in enumerate(_measures(record), 1))
    for table, rows in lines.items():
        if rows:
            connection.execute(sa.insert(table), rows)


def _fact(record: Mapping[str, Any]) -> dict[str, Any]:
    departments = record["department_ids"]
    cancelled = record["stage_code"] == CANCELLED
    return {
        "case_id": record["case_id"],
        "case_url": record["case_url"],
        "source_title": record["source_title"],
        "round": record["round"],
        "funnel": record["funnel_code"],
        "funnel_title": record["funnel"],
        "stage": record["stage_code"],
        "stage_title": record["stage"],
        "verdict": "" if cancelled else record["verdict_code"],
        "verdict_title": "" if cancelled else record["verdict"],
        "severity": record["severity_code"],
        "started_on": _day(record["started_at"]),
        "finalised_on": _day(record["finalised_at"]),
        "responsible_id": record["responsible_id"],
        "responsible": record["responsible"],
        "department_id": departments[0] if departments else None,
        "department": record["department"],
        "inspector_id": record["inspector_id"],
        "inspector": record["inspector"],
        "violations": len(record["violations"]),
        "measures": len(record["measures"]),
        "points": record["points"] or 0.0,
        "hours_spent": record["hours_spent"],
        "hours_planned": record["hours_planned"],
        "spent_survey": record["survey_time"]["spent"],
        "spent_analysis": record["analysis_time"]["spent"],
        "spent_approval": record["approval_time"]["spent"],
        "spent_changes": record["changes_time"]["spent"],
        "spent_check": record["closed_time"]["spent"],
        "hours_survey": record["survey_time"]["working"],
        "hours_analysis": record["analysis_time"]["working"],
        "hours_approval": record["approval_time"]["working"],
        "hours_changes": record["changes_time"]["working"],
        "satisfaction": record["satisfaction"],
        "satisfaction_score": record["satisfaction_score"],
        "deviation": record["deviation"],
        "hours_to_triage": _working(record["deviation_to_triage"]),
        "hours_to_remedy": _working(record["finding_to_approval"]),
        "effect": record["effect_code"],
        "recurred": record["recurred"],
        "approval_rounds": record["approval_rounds"],
        "gate_reverts": record["gate_reverts"],
        "overrides": record["overrides"],
        "news_asked": record["news_asked"] or 0,
        "news_read": record["news_read"] or 0,
        "training_ordered": record["training_ordered"],
        "training_done": record["training_done"],
    }


def _day(moment: str | None) -> str | None:
    """``2026-11-02``, in the zone in which the portal told the moment."""
    return moment[:10] if moment else None


def _working(span: Mapping[str, float] | None) -> float | None:
    return span["working"] if span is not None else None


def _violations(record: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for each in record["violations"]:
        yield {"code": each["code"], "title": each["title"], "severity": each["severity_code"]}


def _measures(record: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for each in record["measures"]:
        yield {
            "kind": each["kind_code"],
            "kind_title": each["kind"],
            "title": each["title"],
            "done": each["done_at"] is not None,
            "hours_planned": each["hours_planned"],
            "hours_spent": each["hours_spent"],
        }


# --- Queries ---------------------------------------------------------------------------------------------------------


def _among(query: sa.Select[Any], wanted: Wanted, joined: sa.Table | None = None) -> sa.Select[Any]:
    """The query over the cases wanted, and over what ``joined`` has of them."""
    source: sa.FromClause = facts
    if joined is not None:
        source = sa.join(facts, joined, sa.and_(joined.c.portal == facts.c.portal, joined.c.key == facts.c.key))
    return query.select_from(source).where(*_conditions(wanted))


def _conditions(wanted: Wanted) -> Iterator[sa.ColumnElement[bool]]:
    yield facts.c.portal == wanted.portal
    if not wanted.visible.whole:
        yield _visible(wanted.visible)
    if wanted.since is not None:
        yield facts.c[wanted.by] >= wanted.since.isoformat()
    if wanted.until is not None:
        yield facts.c[wanted.by] <= wanted.until.isoformat()
    if wanted.departments is not None:
        yield facts.c.department_id.in_(sorted(wanted.departments))
    for column, value in (
        (facts.c.funnel, wanted.funnel),
        (facts.c.responsible_id, wanted.person),
        (facts.c.inspector_id, wanted.inspector),
        (facts.c.verdict, wanted.verdict),
    ):
        if value is not None:
            yield column == value
    if wanted.violation is not None:
        yield _has(violations, violations.c.code == wanted.violation)
    if wanted.kind is not None:
        yield _has(measures, measures.c.kind == wanted.kind)
    if wanted.state is not None:
        yield _STATES[wanted.state]


def _visible(visible: Visible) -> sa.ColumnElement[bool]:
    """An empty list is left out: SQLite would not use an index for the other one."""
    people = facts.c.responsible_id.in_(sorted(visible.people))
    if not visible.departments:
        return people
    return sa.or_(facts.c.department_id.in_(sorted(visible.departments)), people)


def _has(table: sa.Table, which: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    return sa.exists().where(table.c.portal == facts.c.portal, table.c.key == facts.c.key, which).correlate(facts)


_ANALYSED = facts.c.verdict != ""
_CLOSED = facts.c.stage == SUCCESS
_STATES = {
    "open": facts.c.finalised_on.is_(None),
    "closed": _CLOSED,
    "faulty": sa.and_(_ANALYSED, facts.c.violations > 0),
    "deviation": facts.c.deviation,
    "recurred": facts.c.recurred,
    "not_effective": facts.c.effect == "not_effective",
}
_CHECKED = facts.c.effect.in_(("effective", "partly", "not_effective"))


def _count(which: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
    return sa.func.sum(sa.case((which, 1), else_=0))


def _of_closed(column: sa.ColumnElement[Any]) -> sa.ColumnElement[float]:
    return sa.func.sum(sa.case((_CLOSED, column), else_=0.0))


def _sums(clean: Sequence[str]) -> list[sa.ColumnElement[Any]]:
    """In the order of ``Sums``."""
    total, each = sa.func.sum, facts.c
    return [
        sa.func.count(),
        _count(_ANALYSED),
        _count(_CLOSED),
        _count(each.stage == CANCELLED),
        _count(each.verdict.in_(list(clean))),
        _count(_STATES["faulty"]),
        total(sa.case((_ANALYSED, each.violations), else_=0)),
        total(sa.case((each.stage != CANCELLED, each.measures), else_=0)),
        total(each.points),
        total(each.hours_spent),
        total(each.hours_planned),
        total(each.spent_survey),
        total(each.spent_analysis),
        total(each.spent_approval),
        total(each.spent_changes),
        total(each.spent_check),
        _of_closed(each.hours_spent),
        _of_closed(each.hours_survey),
        _of_closed(each.hours_analysis),
        _of_closed(each.hours_approval),
        _of_closed(each.hours_changes),
        sa.func.count(each.satisfaction_score),
        total(each.satisfaction_score),
        _count(each.deviation),
        sa.func.count(each.hours_to_triage),
        total(each.hours_to_triage),
        sa.func.count(each.hours_to_remedy),
        total(each.hours_to_remedy),
        _count(_CHECKED),
        _count(each.effect == "effective"),
        _count(each.recurred),
        _count(each.round > 1),
        _count(each.approval_rounds > 0),
        total(each.approval_rounds),
        total(each.gate_reverts),
        total(each.overrides),
        total(each.news_asked),
        total(each.news_read),
        total(each.training_ordered),
        total(each.training_done),
    ]


def _column(name: str, by: By) -> sa.ColumnElement[Any]:
    match name:
        case "day":
            return facts.c[by]
        case "month":
            return sa.func.substr(facts.c[by], 1, 7)
        case _:
            return facts.c[name]


def _ranked(found: Iterator[Counted]) -> list[Counted]:
    return sorted(found, key=lambda one: (-one.items, one.title))
