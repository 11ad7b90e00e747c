"""Bring one key to the state its rulebook asks for.

Events never come this far: they only mark keys dirty (``app.web``). Here we read what is true now, ask ``rules`` what
is missing, and do that. Twice in a row is harmless; late is fine.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, dataclass, field, is_dataclass
from datetime import datetime, timedelta
from typing import Any, assert_never

from app.controller.carry_out import CaseAddress, carry_out, create_case
from app.controller.connection import Connection
from app.controller.observe import CaseObservation, observe_case, observe_source, parent_case
from app.controller.progress import Progress
from app.keys import CaseKey, Key, MeasureKey, SourceKey
from app.storage.journal import Journal
from app.storage.known_objects import KnownObjects
from bitrix.refs import ItemRef
from rules.decide import decide
from rules.decision import (
    AddChecklistItems,
    Command,
    CompleteTask,
    CreateCase,
    CreateTask,
    Decision,
    MoveCase,
    PostNews,
    ReassignTask,
    RenewTask,
    Tell,
    UpdateCase,
)
from rules.intake import decide_source
from rules.model import STAGE_TITLES, SourceRef
from rules.rulebook import Rulebook

decisions = logging.getLogger("capa24.decisions")
"""Every decision that differs from the one before, in words; the journal holds them whole."""


@dataclass(frozen=True)
class Outcome:
    """What one look led to. ``also_look_at``: keys that this look found to be concerned."""

    commands: tuple[Command, ...] = ()
    look_again_at: datetime | None = None
    because: tuple[str, ...] = ()
    also_look_at: tuple[Key, ...] = ()


@dataclass(frozen=True)
class Desk:
    """What a look works with besides the portal."""

    book: Rulebook
    clock: Callable[[], datetime]
    journal: Journal
    known: KnownObjects
    mirror: Callable[[CaseObservation, Connection], Awaitable[None]]
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
    source = await observe_source(SourceRef(key.entity_type_id, key.id), connection)
    if source is None:
        return Outcome(because=("элемент удалён",))
    decision = decide_source(source, desk.book, connection.layout.case.created_at)
    await _write_down(key, decision, desk)
    desk.progress.begin(key, decision.commands)
    created = []
    for command in decision.commands:
        if isinstance(command, CreateCase):
            item = await create_case(command, connection)
            created.append(CaseKey(key.portal, item.ref.id))
            await _done(key, command, desk)
    return Outcome(decision.commands, decision.look_again_at, decision.because, tuple(created))


async def _reconcile_case(key: CaseKey, connection: Connection, desk: Desk) -> Outcome:
    seen = await observe_case(key.id, connection, desk.book)
    if seen is None:
        return Outcome(because=("разбора нет на портале, или это не элемент сервиса",))
    told_too_early = await desk.known.remember(
        key.portal, key.id, [task.id for task in seen.case.tasks], [measure.id for measure in seen.case.measures]
    )
    decision = decide(seen.case, desk.book, desk.clock())
    await _write_down(key, decision, desk)
    desk.progress.begin(key, decision.commands)
    address = address_of(seen, connection)
    for command in decision.commands:
        await carry_out(command, address, connection)
        await _done(key, command, desk)
    await desk.mirror(seen, connection)
    again = desk.clock() + desk.settle if decision.commands or told_too_early else decision.look_again_at
    return Outcome(decision.commands, again, decision.because)


def address_of(seen: CaseObservation, connection: Connection) -> CaseAddress:
    case = seen.case
    return CaseAddress(
        ref=ItemRef(connection.layout.case.entity_type_id, case.id),
        category_id=connection.layout.funnels[case.funnel],
        source=case.source,
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
        case MoveCase(to):
            return f"перевести на стадию «{STAGE_TITLES[to]}»"
        case Tell():
            return "написать в карточку и сообщить"
        case PostNews():
            return "опубликовать новость"
        case _:
            assert_never(command)


async def _done(key: Key, command: Command, desk: Desk) -> None:
    desk.progress.done(key, command)
    await desk.journal.write(key.portal, str(key), "command", as_json(command))


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
    if isinstance(value, datetime):
        return value.isoformat()
    return value
