"""Bring one key to the state its rulebook asks for.

Events never come this far: they only mark keys dirty (``app.web``). Here we read what is true now, ask ``rules`` what
is missing, and do that. Twice in a row is harmless; late is fine.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, dataclass, field, is_dataclass, replace
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any, assert_never

from app.controller.carry_out import CaseAddress, carry_out, create_case, is_gone_else_put_back, item_is_gone
from app.controller.connection import Connection
from app.controller.deleted import observe_deleted, put_away
from app.controller.observe import (
    CaseObservation,
    observe_case,
    parent_case,
    source_item,
    source_of,
    watched_funnel,
)
from app.controller.points_booking import book_points
from app.controller.progress import Progress
from app.keys import CaseKey, Key, MeasureKey, SourceKey
from app.record.observation import Observation
from app.record.witness import Witness
from app.storage.journal import Journal
from app.storage.known_objects import KnownObjects
from app.storage.left_out import LeftOut, LeftOutWork
from app.storage.points import PointsLedger
from bitrix.refs import ItemRef
from rules import later_edits
from rules.decide import decide
from rules.decision import (
    AddChecklistItems,
    Command,
    CompleteTask,
    CreateCase,
    CreateTask,
    Decision,
    MoveCase,
    MoveSource,
    PostNews,
    ReassignTask,
    RenewTask,
    Tell,
    UpdateCase,
    UpdateMeasure,
)
from rules.deletion import decide_deleted
from rules.intake import decide_source
from rules.model import STAGE_TITLES, Source, SourceRef
from rules.rulebook import Rulebook

decisions = logging.getLogger("capa24.decisions")
"""Every decision that differs from the one before, in words; the journal holds them whole."""


@dataclass(frozen=True)
class Outcome:
    """What one look led to. ``also_look_at``: keys that this look found to be concerned, once ``others_see_it_in`` is
    over: another process may have read just before what they are to be told of."""

    commands: tuple[Command, ...] = ()
    look_again_at: datetime | None = None
    because: tuple[str, ...] = ()
    also_look_at: tuple[Key, ...] = ()
    others_see_it_in: timedelta = timedelta(0)


@dataclass(frozen=True)
class Desk:
    """What a look works with besides the portal."""

    book: Rulebook
    clock: Callable[[], datetime]
    journal: Journal
    known: KnownObjects
    witness: Witness
    left_out: LeftOutWork
    ledger: PointsLedger
    mirror: Callable[[CaseObservation, Connection], Awaitable[None]]
    earlier: Mapping[str, Rulebook] = field(default_factory=dict)
    """Editions of the rulebook before ``book``, by version: cases keep the one they began with."""
    progress: Progress = field(default_factory=Progress)
    settle: timedelta = timedelta(seconds=1)
    """How long after its own writes a look waits for the next one: a portal may show them late (contract 11.30)."""


async def reconcile(key: Key, connection: Connection, desk: Desk) -> Outcome:
    """One look at one key. Raises BitrixError when the portal doesn't answer or refuses."""
    match key:
        case SourceKey():
            return await _reconcile_source(key, connection, desk)
        case CaseKey():
            return await _reconcile_case(key, connection, desk)
        case MeasureKey():
            case_id = await parent_case(key.id, connection)
            if case_id is None:
                return Outcome(because=("мера без разбора",))
            return Outcome(because=("мера принадлежит разбору",), also_look_at=(CaseKey(key.portal, case_id),))
        case _:
            assert_never(key)


async def _reconcile_source(key: SourceKey, connection: Connection, desk: Desk) -> Outcome:
    if key.entity_type_id == connection.layout.case.entity_type_id:  # sorted before this portal's layout was known
        return Outcome(also_look_at=(CaseKey(key.portal, key.id),))
    if key.entity_type_id == connection.layout.measure.entity_type_id:
        return Outcome(also_look_at=(MeasureKey(key.portal, key.id),))
    item = await source_item(SourceRef(key.entity_type_id, key.id), connection)
    if item is None:
        return Outcome(because=("элемент удалён",))
    if watched_funnel(item, connection, desk.book) is None:
        return Outcome(because=("воронка не описана в своде правил",))
    seen = await source_of(item, connection, desk.book)
    source = seen.source
    decision = decide_source(source, desk.book, connection.layout.case.created_at)
    await _write_down(key, decision, desk)
    await _count(key, source, decision, desk)
    await desk.progress.begin(key, decision.commands, desk.clock(), partial(item_is_gone, connection=connection))
    concerned = [CaseKey(key.portal, case) for case in seen.cases]
    for command in decision.commands:
        if isinstance(command, CreateCase):
            item = await create_case(command, connection)
            concerned.append(CaseKey(key.portal, item.ref.id))
            desk.progress.done(key, command, desk.clock(), item.ref)
            await desk.journal.write(key.portal, str(key), "command", _entry(command, decision))
    return Outcome(decision.commands, decision.look_again_at, decision.because, tuple(concerned))


async def _count(key: SourceKey, source: Source, decision: Decision, desk: Desk) -> None:
    """What gets no case is counted until it gets one (S81)."""
    if not source.closings or source.funnel is None:
        return
    name = source.ref.round_key(len(source.closings))
    if decision.left_out is not None:
        closed_at = source.closings[-1].at
        await desk.left_out.put(LeftOut(key.portal, name, source.funnel, decision.left_out, closed_at))
    else:
        await desk.left_out.forget(key.portal, name)


async def _reconcile_case(key: CaseKey, connection: Connection, desk: Desk) -> Outcome:
    seen = await observe_case(key.id, connection, desk.book, desk.earlier)
    if seen is None:
        return await _reconcile_deleted(key, connection, desk)
    await connection.make_sure()
    told_too_early = await desk.known.remember(
        key.portal, key.id, [task.id for task in seen.case.tasks], [measure.id for measure in seen.case.measures]
    )
    kept = await desk.witness.look(key, seen, connection)
    await _write_edits_down(key, seen, kept, desk)
    decision = decide_case(seen, kept, desk.clock())
    await _write_down(key, decision, desk)
    address = address_of(seen, connection)
    is_gone = partial(is_gone_else_put_back, case=address, connection=connection)
    await desk.progress.begin(key, decision.commands, desk.clock(), is_gone)
    for command in decision.commands:
        made = await carry_out(command, address, connection)
        desk.progress.done(key, command, desk.clock(), made)
        kept = await desk.witness.done(key, kept, command, _entry(command, decision))
    if decision.commands:
        await connection.make_sure()
    if not seen.case.history_lags:  # what the history counts and times would be told wrong
        await book_points(seen, key.portal, desk.ledger, desk.clock())
        await desk.mirror(seen, connection)
    if decision.also_look_at:  # they have to see what this case says now
        connection.archive.forget(seen.case.funnel)
    again = desk.clock() + desk.settle if decision.commands or told_too_early else decision.look_again_at
    also = tuple(CaseKey(key.portal, other) for other in decision.also_look_at)
    return Outcome(decision.commands, again, decision.because, also, connection.archive.fresh_for)


def decide_case(seen: CaseObservation, kept: Observation, now: datetime) -> Decision:
    """What the process asks for, after what must be said of later edits."""
    edited = later_edits.report(seen.case, seen.book, kept.settled)
    decision = decide(seen.case, seen.book, now)
    because = (*edited.because, *decision.because)
    remarks = seen.remarks if because else ()
    return replace(decision, commands=(*edited.commands, *decision.commands), because=(*because, *remarks))


async def _reconcile_deleted(key: CaseKey, connection: Connection, desk: Desk) -> Outcome:
    remains = await observe_deleted(key.id, await desk.witness.stage_of(key), connection)
    if remains is None:
        return Outcome(because=("разбора нет на портале, или это не элемент сервиса",))
    decision = decide_deleted(remains.case, desk.book)
    await _write_down(key, decision, desk)
    await put_away(remains, decision, connection)
    source = SourceKey(key.portal, remains.source.entity_type_id, remains.source.id)
    return Outcome(decision.commands, None, decision.because, (source,) if remains.case.was_open else ())


async def _write_edits_down(key: CaseKey, seen: CaseObservation, kept: Observation, desk: Desk) -> None:
    found = later_edits.found(seen.case, kept.settled)
    if found:
        body = {
            "because": list(later_edits.report(seen.case, seen.book, kept.settled).because),
            "values": [asdict(edit) for edit in found],
        }
        await desk.journal.write_changed(key.portal, str(key), "edited_later", body)


def address_of(seen: CaseObservation, connection: Connection) -> CaseAddress:
    case = seen.case
    return CaseAddress(
        ref=ItemRef(connection.layout.case.entity_type_id, case.id),
        category_id=connection.layout.funnels[case.funnel],
        source=case.source,
        title=case.title,
    )


async def _write_down(key: Key, decision: Decision, desk: Desk) -> None:
    """A decision goes to the journal before it is carried out; the same waiting is written once."""
    if decision.commands or decision.because:
        body = {"because": list(decision.because), "commands": [as_json(command) for command in decision.commands]}
        if await desk.journal.write_changed(key.portal, str(key), "decision", body):
            wanted = ", ".join(in_words(command) for command in decision.commands)
            decisions.info("%s — %s → %s", key, "; ".join(decision.because), wanted or "ждём")


def in_words(command: Command) -> str:
    """A command for people who read the log."""
    match command:
        case CreateCase():
            return "завести разбор"
        case CreateTask(title=title):
            return f"поставить задачу «{title}»"
        case AddChecklistItems():
            return "дополнить чек-лист"
        case RenewTask(task_id):
            return f"вернуть задачу №{task_id} в работу"
        case ReassignTask(task_id):
            return f"передать задачу №{task_id}"
        case CompleteTask(task_id):
            return f"закрыть задачу №{task_id}"
        case UpdateCase():
            return "записать в карточку"
        case UpdateMeasure():
            return "записать в карточку меры"
        case MoveSource():
            return "вернуть исходный элемент на прежнюю стадию"
        case MoveCase(to):
            return f"перевести на стадию «{STAGE_TITLES[to]}»"
        case Tell():
            return "написать в карточку и сообщить"
        case PostNews():
            return "опубликовать новость"
        case _:
            assert_never(command)


def _entry(command: Command, decision: Decision) -> dict[str, Any]:
    """A command for the journal, with the reasons it was asked for."""
    return {**as_json(command), "because": list(decision.because)}


def as_json(command: Command) -> dict[str, Any]:
    """A command as plain data, for the journal."""
    return {"do": type(command).__name__, **{name: _plain(value) for name, value in asdict(command).items()}}


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return _plain(asdict(value))
    if isinstance(value, Mapping):
        return {str(name): _plain(each) for name, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    if isinstance(value, date):
        return value.isoformat()
    return value
