"""What is true on the portal now: one look, in two rounds of calls that travel as one or two requests.

Reads only. The first round reads the card and everything that names it; the second what hangs on those tasks. A source
item tells in its first round whether it concerns anybody. Reads of many looks share calls (``bitrix.together``).
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import groupby
from types import MappingProxyType
from typing import TypeVar

from app.controller.connection import Connection
from app.controller.fields import Card
from app.controller.round_key import parse_round_key
from app.controller.slots import mark_of, slot_of
from app.provision.blueprint import question_field
from bitrix.call import JSON
from bitrix.calls.checklists import ChecklistItem, list_checklist
from bitrix.calls.feed import readers_of_important
from bitrix.calls.items import Item, children_of, get_item, items_named, list_items
from bitrix.calls.stage_history import StageEntry as HistoryRow
from bitrix.calls.stage_history import history_of
from bitrix.calls.task_results import list_results
from bitrix.calls.tasks import Task as PortalTask
from bitrix.calls.tasks import TaskStatus, list_tasks
from bitrix.calls.timeline import Comment, list_comments
from bitrix.errors import Refused
from bitrix.refs import ItemRef
from rules.inspector import working
from rules.model import (
    Case,
    CaseField,
    Closing,
    Effect,
    LostTask,
    Measure,
    MeasureField,
    NewsReaders,
    PastCase,
    Source,
    SourceNow,
    SourceRef,
    Staff,
    Stage,
    StageEntry,
    Task,
    Tick,
)
from rules.news import audience, waits_for_readers
from rules.past import wanted
from rules.rulebook import Funnel, Rulebook
from rules.versions import as_started, lost

HOUR = 3600

Choice = TypeVar("Choice", bound=StrEnum)


@dataclass(frozen=True)
class CaseObservation:
    """A case with the portal's own objects behind it, for whoever carries commands out or mirrors it."""

    case: Case
    item: Item
    source: Item | None
    tasks: tuple[PortalTask, ...]
    book: Rulebook
    """The rulebook for this very case, which may have begun with an earlier edition (``rules.versions``)."""
    remarks: tuple[str, ...] = ()
    """What is to be said with every decision about it."""
    comments: tuple[Comment, ...] = ()
    """Its timeline, the newest first."""


@dataclass(frozen=True)
class SourceObservation:
    source: Source
    cases: tuple[int, ...] = ()
    """Their rows tell its title, and one in work may hold its stage."""


async def observe_source(ref: SourceRef, connection: Connection, book: Rulebook) -> Source | None:
    """The source item, its closings and the rounds that have a case; ``None`` when it was deleted."""
    item = await source_item(ref, connection)
    return (await source_of(item, connection, book)).source if item is not None else None


async def source_item(ref: SourceRef, connection: Connection) -> Item | None:
    """All that has to be read of an item that concerns nobody, as most of those that change."""
    return await find_item(connection, ItemRef(ref.entity_type_id, ref.id))


def watched_funnel(item: Item, connection: Connection, book: Rulebook) -> Funnel | None:
    return book.find_funnel(connection.layout.source_funnel(item.ref.entity_type_id, item.category_id))


async def source_of(item: Item, connection: Connection, book: Rulebook) -> SourceObservation:
    """What else the rules ask about an item: how often it was finished, and what became of that."""
    source = as_source(item, await connection.every(history_of(item.ref)), frozenset(), connection, book)
    if not source.closings:
        return SourceObservation(source)
    cases = await _cases_by_round(source.ref, len(source.closings), connection)
    return SourceObservation(replace(source, rounds_with_case=frozenset(cases)), tuple(sorted(cases.values())))


def as_source(
    item: Item, history: Sequence[HistoryRow], rounds: frozenset[int], connection: Connection, book: Rulebook
) -> Source:
    """``history``: all of the item's; ``rounds``: those that have a case."""
    ref = SourceRef(item.ref.entity_type_id, item.ref.id)
    funnel = watched_funnel(item, connection, book)
    triggers = connection.layout.triggers[funnel.code] if funnel is not None else {}
    return Source(
        ref=ref,
        title=item.title,
        funnel=funnel.code if funnel is not None else None,
        responsible_id=item.assigned_by_id,
        closed=_semantic(item, history) in ("S", "F") or item.stage_id in triggers,
        closings=_closings(history, triggers, funnel.final_stages if funnel is not None else ()),
        rounds_with_case=rounds,
        fields={each.field: _plain(item.fields.get(each.field)) for each in funnel.only_if}
        if funnel is not None
        else {},
    )


async def _cases_by_round(ref: SourceRef, rounds: int, connection: Connection) -> Mapping[int, int]:
    names = [ref.round_key(round_) for round_ in range(1, rounds + 1)]
    cases = await connection.every(items_named(connection.layout.case.entity_type_id, names, select=()))
    parsed = ((parse_round_key(case.xml_id), case.ref.id) for case in cases)
    return {named[1]: case for named, case in parsed if named is not None and named[0] == ref}


def _semantic(item: Item, history: Sequence[HistoryRow]) -> str | None:
    """Deals and leads tell it; of a smart process's item only its history knows."""
    if item.stage_semantic is not None:
        return item.stage_semantic
    return next((row.semantics for row in reversed(history) if row.stage_id == item.stage_id), None)


def _closings(history: Sequence[HistoryRow], triggers: Mapping[str, str], wanted: Sequence[str]) -> tuple[Closing, ...]:
    """Runs of stages at the end of the work: a move from one such stage to another is not a second closing.

    A run counts as it ended; when the rulebook doesn't ask for that, as the first stage in it that it asks for.
    """

    def outcome(row: HistoryRow) -> str | None:
        return triggers.get(row.stage_id) or {"S": "success", "F": "fail"}.get(row.semantics)

    closings = []
    ordered = sorted(history, key=lambda row: row.id)
    for ended, run in groupby(ordered, key=lambda row: outcome(row) is not None):
        rows = [(row.entered_at, found) for row in run if (found := outcome(row)) is not None]
        if ended:
            asked_for = [(at, found) for at, found in rows if found in wanted] or rows
            at, first = asked_for[0]
            last = rows[-1][1]
            closings.append(Closing(at, last if last in wanted else first))
    return tuple(closings)


def _plain(value: JSON) -> str | float | None:
    """A field as the rulebook's conditions compare it."""
    if isinstance(value, bool):
        return "Y" if value else "N"
    return value if isinstance(value, (str, int, float)) else None


async def observe_case(
    case_id: int, connection: Connection, present: Rulebook, earlier: Mapping[str, Rulebook] = MappingProxyType({})
) -> CaseObservation | None:
    """Everything the rules may know about the case; ``None`` when it is gone or isn't the service's own.

    ``earlier``: editions of the rulebook before the present one, by version.
    """
    layout = connection.layout
    ref = ItemRef(layout.case.entity_type_id, case_id)
    item, measures, tasks, history, comments, staff = await asyncio.gather(
        find_item(connection, ref),
        connection.every(children_of(ref, layout.measure.entity_type_id)),
        connection.every(list_tasks(where={"UF_CRM_TASK": ref.binding})),
        connection.every(history_of(ref)),
        connection.every(list_comments(ref)),
        connection.staff(),
    )
    if item is None:
        return None
    version, funnel = Card(item, layout.case).text(CaseField.RULES), layout.funnel_of(item.category_id) or ""
    book = as_started(present, earlier.get(version), funnel)
    written = _written_on(item, connection, book)
    if written is None:
        return None
    known = replace(
        written,
        entries=_entries(history, connection),
        staff=staff,
        measures=tuple(_measure(measure, connection) for measure in sorted(measures, key=lambda each: each.ref.id)),
        told=frozenset(mark for comment in comments if (mark := mark_of(comment.text)) is not None),
    )
    ours = {task.id: (slot, task) for task in tasks if (slot := slot_of(task.xml_id or "", case_id)) is not None}
    source_ref = ItemRef(known.source.entity_type_id, known.source.id)
    gated = known.stage is Stage.SURVEY and _is_gated(known.funnel, book)
    source, moves, load, past, readers, details = await asyncio.gather(
        find_item(connection, source_ref),
        connection.every(history_of(source_ref)) if gated else _no_moves(),
        _open_cases(connection) if _lacks_inspector(known) else _nobody(),
        connection.archive.of_funnel(known.funnel) if wanted(known) else _no_cases(),
        _readers(known, connection, book) if waits_for_readers(known, book) else _no_readers(),
        asyncio.gather(*(_details(connection, task) for _, task in ours.values())),
    )
    case = replace(
        known,
        source_title=source.title if source is not None else item.title,
        source_now=_source_now(source, moves, connection) if source is not None else None,
        tasks=tuple(
            read_task(slot, task, ticks, result)
            for (slot, task), (ticks, result) in zip(ours.values(), details, strict=True)
        ),
        open_cases_of=load,
        past=tuple(past_case for past_case in past if past_case.id != case_id),
        readers=readers,
    )
    remark = lost(version, present, earlier.get(version))
    return CaseObservation(
        case,
        item,
        source,
        tuple(task for _, task in ours.values()),
        book,
        remarks=(remark,) if remark is not None else (),
        comments=comments,
    )


def _written_on(item: Item, connection: Connection, book: Rulebook) -> Case | None:
    """What the card itself tells; ``None`` when it isn't a card of the service's."""
    parsed = parse_round_key(item.xml_id)
    stage = connection.layout.stage_of(item.stage_id)
    funnel = connection.layout.funnel_of(item.category_id)
    if parsed is None or stage is None or funnel is None:
        return None
    source, round_ = parsed
    card = Card(item, connection.layout.case)
    return Case(
        id=item.ref.id,
        title=item.title,
        funnel=funnel,
        source=source,
        source_title=item.title,
        round=round_,
        stage=stage,
        entries=(),
        staff=Staff(),
        moved_by=item.moved_by,
        responsible_id=card.person(CaseField.RESPONSIBLE),
        inspector_id=card.person(CaseField.INSPECTOR),
        assigned_id=item.assigned_by_id,
        answers={
            code: answer
            for code, question in book.questions.items()
            if (answer := card.answer(question_field(code), question))
        },
        rules=card.text(CaseField.RULES),
        violations=card.choices(CaseField.VIOLATIONS),
        facts=card.texts(CaseField.FACTS),
        correction=card.text(CaseField.CORRECTION),
        consequences=card.text(CaseField.CONSEQUENCES),
        cause=card.text(CaseField.CAUSE),
        whys=card.texts(CaseField.WHYS),
        cause_category=card.choice(CaseField.CAUSE_CATEGORY),
        no_cause=card.text(CaseField.NO_CAUSE),
        similar=card.text(CaseField.SIMILAR),
        similar_answer=card.text(CaseField.SIMILAR_ANSWER),
        verdict=card.choice(CaseField.VERDICT),
        verdict_reason=card.text(CaseField.VERDICT_REASON),
        commission=card.people(CaseField.COMMISSION),
        commission_rule=card.text(CaseField.COMMISSION_RULE),
        progress=card.text(CaseField.PROGRESS),
        gate_pass=card.text(CaseField.PASS),
        override=card.text(CaseField.OVERRIDE),
        cancel_reason=card.text(CaseField.CANCEL_REASON),
        points=card.number(CaseField.POINTS),
        hours=card.number(CaseField.HOURS),
        news_post_id=_number(card.number(CaseField.NEWS_POST)),
        news_read=card.text(CaseField.NEWS_READ),
        criterion=card.text(CaseField.CRITERION),
        baseline=card.number(CaseField.BASELINE),
        check_on=card.day(CaseField.CHECK_ON),
        reviewer_id=card.person(CaseField.REVIEWER),
        effect=_one_of(Effect, card.choice(CaseField.EFFECT)),
        effect_data=card.text(CaseField.EFFECT_DATA),
        effect_note=card.text(CaseField.EFFECT_NOTE),
        recurred=card.text(CaseField.RECURRED),
    )


def _lacks_inspector(case: Case) -> bool:
    """Must the rules choose somebody now, for which they need to know who is how busy?"""
    return Stage.ANALYSIS.position <= case.stage.position and not case.stage.is_final and working(case) is None


async def parent_case(measure_id: int, connection: Connection) -> int | None:
    """The case a measure belongs to."""
    item = await find_item(connection, ItemRef(connection.layout.measure.entity_type_id, measure_id))
    return item.parents.get(connection.layout.case.entity_type_id) if item is not None else None


async def find_item(connection: Connection, ref: ItemRef) -> Item | None:
    """The item, or ``None`` if the portal says that there is none."""
    try:
        return await connection.portal.send(get_item(ref))
    except Refused as error:
        if error.code == "NOT_FOUND":
            return None
        raise


async def _details(connection: Connection, task: PortalTask) -> tuple[tuple[ChecklistItem, ...], str]:
    """The checklist, and the results of a finished task."""
    if task.status != TaskStatus.COMPLETED:
        return tuple(await connection.portal.send(list_checklist(task.id))), ""
    items, results = await asyncio.gather(
        connection.portal.send(list_checklist(task.id)), connection.portal.send(list_results(task.id))
    )
    return tuple(items), "\n".join(result.text for result in results)


async def _open_cases(connection: Connection) -> Mapping[int, int]:
    """Open cases by inspector, for a fair distribution."""
    layout = connection.layout
    inspector = layout.case.fields[CaseField.INSPECTOR].name
    load: dict[int, int] = {}
    async for item in connection.portal.every(
        list_items(layout.case.entity_type_id, where={"!@stageId": layout.final_stage_ids()}, select=("id", inspector)),
        by="id",
    ):
        person = Card(item, layout.case).person(CaseField.INSPECTOR)
        if person is not None:
            load[person] = load.get(person, 0) + 1
    return load


async def _nobody() -> Mapping[int, int]:
    return {}


async def _no_cases() -> Sequence[PastCase]:
    return ()


async def _readers(case: Case, connection: Connection, book: Rulebook) -> NewsReaders | None:
    """``None`` when the portal doesn't tell, e.g. of a post that was deleted."""
    if case.news_post_id is None:
        return None
    try:
        read = await connection.portal.send(readers_of_important(case.news_post_id))
    except Refused:
        return None
    return NewsReaders(asked=audience(case, book), read=frozenset(read))


async def _no_readers() -> None:
    return None


async def _no_moves() -> tuple[HistoryRow, ...]:
    return ()


def _is_gated(funnel: str, book: Rulebook) -> bool:
    """Does the rulebook hold the source item itself until its survey is answered?"""
    found = book.find_funnel(funnel)
    return found is not None and found.survey_before_closing


def _source_now(item: Item, moves: Sequence[HistoryRow], connection: Connection) -> SourceNow:
    """The item as it stands; ``moves`` are empty unless somebody needs to know where it came from."""
    ordered = sorted(moves, key=lambda row: row.id)
    open_before = [row.stage_id for row in ordered if row.semantics not in ("S", "F")]
    return SourceNow(
        title=item.title,
        funnel=connection.layout.source_funnel(item.ref.entity_type_id, item.category_id),
        responsible_id=item.assigned_by_id,
        closed=_semantic(item, ordered) in ("S", "F"),
        moved_by=item.moved_by,
        entry_id=ordered[-1].id if ordered else None,
        before=open_before[-1] if open_before else None,
    )


def _entries(history: Sequence[HistoryRow], connection: Connection) -> tuple[StageEntry, ...]:
    """The moves of the case; entries into stages added by hand are not the process's business."""
    found = (
        (row, connection.layout.stage_of(row.stage_id))
        for row in sorted(history, key=lambda row: (row.entered_at, row.id))
    )
    return tuple(StageEntry(row.id, stage, row.entered_at) for row, stage in found if stage is not None)


def _measure(item: Item, connection: Connection) -> Measure:
    card = Card(item, connection.layout.measure)
    return Measure(
        id=item.ref.id,
        title=item.title,
        kind=card.choice(MeasureField.KIND),
        target=card.text(MeasureField.TARGET),
        department=card.choice(MeasureField.DEPARTMENT),
        responsible_id=card.person(MeasureField.EXECUTOR),
        employee_id=card.person(MeasureField.EMPLOYEE),
        due=card.day(MeasureField.DUE),
        planned_hours=card.number(MeasureField.PLANNED_HOURS),
        expected=card.text(MeasureField.EXPECTED),
        template=card.choice(MeasureField.TEMPLATE),
        task_id=_number(card.number(MeasureField.TASK)),
        decision=_one_of(LostTask, card.choice(MeasureField.DECISION)),
        changed_by=item.updated_by,
    )


def read_task(slot: str, task: PortalTask, ticks: Sequence[ChecklistItem], result: str) -> Task:
    return Task(
        id=task.id,
        slot=slot,
        title=task.title,
        responsible_id=task.responsible_id or 0,
        deadline=task.deadline,
        created_at=task.created_at,
        closed_by=task.closed_by,
        closed_at=task.closed_at if task.status == TaskStatus.COMPLETED else None,
        checklist=tuple(Tick(each.title, each.done) for each in ticks if each.parent_id is not None),
        result=result,
        hours_spent=task.time_spent / HOUR,
        hours_planned=task.time_estimate / HOUR,
    )


def _one_of(kind: type[Choice], code: str | None) -> Choice | None:
    """A code of ours; an option that people added to the list on the portal says nothing to the rules."""
    return kind(code) if code in set(kind) else None


def _number(value: float | None) -> int | None:
    return int(value) if value else None
