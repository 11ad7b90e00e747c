"""What is true on the portal now: one look, in two rounds of calls that travel as one or two requests.

Reads only. The first round reads the card and everything that names it; the second what hangs on those tasks. A source
item needs one round.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from app.controller.connection import Connection
from app.controller.fields import Card
from app.controller.slots import mark_of, slot_of
from app.provision.blueprint import question_field
from bitrix.calls.checklists import ChecklistItem, list_checklist
from bitrix.calls.items import Item, get_item, list_items
from bitrix.calls.stage_history import StageEntry as HistoryRow
from bitrix.calls.stage_history import list_stage_history
from bitrix.calls.task_results import list_results
from bitrix.calls.tasks import Task as PortalTask
from bitrix.calls.tasks import TaskStatus, list_tasks
from bitrix.calls.timeline import list_comments
from bitrix.errors import Refused
from bitrix.refs import ItemRef
from rules.inspector import working
from rules.model import Case, CaseField, Closing, Measure, Source, SourceRef, Staff, Stage, StageEntry, Task, Tick
from rules.rulebook import Rulebook

HOUR = 3600


@dataclass(frozen=True)
class CaseObservation:
    """A case with the portal's own objects behind it, for whoever carries commands out or mirrors it."""

    case: Case
    item: Item
    source: Item | None
    tasks: tuple[PortalTask, ...]


async def observe_source(ref: SourceRef, connection: Connection) -> Source | None:
    """The source item, its closings and the rounds that have a case; ``None`` when it was deleted."""
    portal, layout = connection.portal, connection.layout
    item, history, cases = await asyncio.gather(
        _item(connection, ItemRef(ref.entity_type_id, ref.id)),
        connection.every(list_stage_history(ref.entity_type_id, where={"OWNER_ID": ref.id})),
        portal.send(
            list_items(layout.case.entity_type_id, where={"=%xmlId": f"{ref.kind}:{ref.id}#%"}, select=("id", "xmlId"))
        ),
    )
    if item is None:
        return None
    return Source(
        ref=ref,
        title=item.title,
        funnel=layout.sources.get((ref.entity_type_id, item.category_id))
        or layout.sources.get((ref.entity_type_id, None)),
        responsible_id=item.assigned_by_id,
        closed=item.stage_semantic in ("S", "F"),
        closings=_closings(history),
        rounds_with_case=frozenset(
            parsed[1] for case in cases.rows if (parsed := parse_round_key(case.xml_id)) is not None
        ),
    )


def _closings(history: Sequence[HistoryRow]) -> tuple[Closing, ...]:
    """Runs of final stages: a move from one final stage to another is not a second closing."""
    ordered = sorted(history, key=lambda row: row.id)
    return tuple(
        Closing(rows[0].entered_at, rows[-1].semantics == "S")
        for final, run in groupby(ordered, key=lambda row: row.semantics in ("S", "F"))
        if final and (rows := list(run))
    )


def parse_round_key(xml_id: str | None) -> tuple[SourceRef, int] | None:
    """``deal:42#1`` read back; ``None`` for an item that isn't the service's."""
    name, _, round_ = (xml_id or "").partition("#")
    kind, _, number = name.partition(":")
    if not (round_.isascii() and round_.isdigit() and number.isascii() and number.isdigit()):
        return None
    type_id = {"lead": 1, "deal": 2}.get(kind)
    if type_id is None and kind.startswith("item") and kind[4:].isdigit():
        type_id = int(kind[4:])
    return (SourceRef(type_id, int(number)), int(round_)) if type_id is not None else None


async def observe_case(case_id: int, connection: Connection, book: Rulebook) -> CaseObservation | None:
    """Everything the rules may know about the case; ``None`` when it is gone or isn't the service's own."""
    layout = connection.layout
    ref = ItemRef(layout.case.entity_type_id, case_id)
    item, measures, tasks, history, comments, staff = await asyncio.gather(
        _item(connection, ref),
        connection.every(
            list_items(layout.measure.entity_type_id, where={f"parentId{layout.case.entity_type_id}": case_id})
        ),
        connection.every(list_tasks(where={"UF_CRM_TASK": ref.binding})),
        connection.every(list_stage_history(layout.case.entity_type_id, where={"OWNER_ID": case_id})),
        connection.every(list_comments(ref)),
        connection.staff(),
    )
    written = _written_on(item, connection, book) if item is not None else None
    if item is None or written is None:
        return None
    known = replace(
        written,
        entries=_entries(history, connection),
        staff=staff,
        measures=tuple(_measure(measure, connection) for measure in sorted(measures, key=lambda each: each.ref.id)),
        told=frozenset(mark for comment in comments if (mark := mark_of(comment.text)) is not None),
    )
    ours = {task.id: (slot, task) for task in tasks if (slot := slot_of(task.xml_id or "", case_id)) is not None}
    source, load, details = await asyncio.gather(
        _item(connection, ItemRef(known.source.entity_type_id, known.source.id)),
        _open_cases(connection) if _lacks_inspector(known) else _nobody(),
        asyncio.gather(*(_details(connection, task) for _, task in ours.values())),
    )
    case = replace(
        known,
        source_title=source.title if source is not None else item.title,
        tasks=tuple(
            _task(slot, task, ticks, result)
            for (slot, task), (ticks, result) in zip(ours.values(), details, strict=True)
        ),
        open_cases_of=load,
    )
    return CaseObservation(case, item, source, tuple(task for _, task in ours.values()))


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
        answers={
            code: answer
            for code, question in book.questions.items()
            if (answer := card.answer(question_field(code), question))
        },
        violations=card.choices(CaseField.VIOLATIONS),
        facts=card.texts(CaseField.FACTS),
        correction=card.text(CaseField.CORRECTION),
        cause=card.text(CaseField.CAUSE),
        verdict=card.choice(CaseField.VERDICT),
        commission=card.people(CaseField.COMMISSION),
        points=card.number(CaseField.POINTS),
        hours=card.number(CaseField.HOURS),
        news_post_id=_number(card.number(CaseField.NEWS_POST)),
    )


def _lacks_inspector(case: Case) -> bool:
    """Must the rules choose somebody now, for which they need to know who is how busy?"""
    return Stage.ANALYSIS.position <= case.stage.position and not case.stage.is_final and working(case) is None


async def parent_case(measure_id: int, connection: Connection) -> int | None:
    """The case a measure belongs to."""
    item = await _item(connection, ItemRef(connection.layout.measure.entity_type_id, measure_id))
    return item.parents.get(connection.layout.case.entity_type_id) if item is not None else None


async def _item(connection: Connection, ref: ItemRef) -> Item | None:
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
        kind=card.choice("KIND"),
        target=card.text("TARGET"),
        department=card.choice("DEPARTMENT"),
        responsible_id=card.person("EXECUTOR"),
        due=card.day("DUE"),
        planned_hours=card.number("PLANNED_HOURS"),
        expected=card.text("EXPECTED"),
    )


def _task(slot: str, task: PortalTask, ticks: Sequence[ChecklistItem], result: str) -> Task:
    return Task(
        id=task.id,
        slot=slot,
        title=task.title,
        responsible_id=task.responsible_id or 0,
        closed_at=task.closed_at if task.status == TaskStatus.COMPLETED else None,
        checklist=tuple(Tick(each.title, each.done) for each in ticks if each.parent_id is not None),
        result=result,
        hours_spent=task.time_spent / HOUR,
        hours_planned=task.time_estimate / HOUR,
    )


def _number(value: float | None) -> int | None:
    return int(value) if value else None
