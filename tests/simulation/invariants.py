"""What has to be true when calm has returned, whatever happened before. Asked of the portal, not of the service.

Each question gives the sentences that are wrong about the answer.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from math import inf
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from app.controller.case_record import record_of
from app.controller.observe import observe_case
from app.controller.slots import signature_of
from app.keys import CaseKey, Key, SourceKey
from bitrix.errors import BitrixError
from rules.decision import Command, UpdateCase
from rules.model import CaseField
from sheets_sync.columns import COLUMNS
from sheets_sync.rows import cell
from tests.simulation.company import SPREADSHEET, outside_of_time
from tests.simulation.people import DEAL, LEAD, REQUEST, is_closed
from tests.simulation.process import PORTAL
from tests.simulation.watch import open_blocking_tasks

if TYPE_CHECKING:
    from tests.simulation.run import Run

KINDS = {LEAD: "lead", DEAL: "deal", REQUEST: f"item{REQUEST}"}
HOURS_MAY_DIFFER = 2.0
LONGEST_PAUSE = 3000.0
"""Seconds of a jump that the gate's pause of an hour bears."""
OF_THE_SOURCE = ("Источник", "Ссылка на источник")


def broken(run: Run) -> list[str]:
    """Everything that isn't as it has to be."""
    return [f"{asked.__name__}: {wrong}" for asked in QUESTIONS for wrong in _answers(asked, run)]


def _answers(asked: Callable[[Run], Iterator[str]], run: Run) -> Iterator[str]:
    try:
        yield from asked(run)
    except BitrixError as error:  # in the calm everybody can be asked
        yield f"{error!r}"


def one_case_a_round(run: Run) -> Iterator[str]:
    """S81: every source that is finished has exactly one case for that closing, and no closing has two."""
    cases = Counter(str(case["xmlId"]) for case in run.office.cases())
    yield from (f"{times} cases of {name}" for name, times in cases.items() if times > 1)
    for kind, word in KINDS.items():
        closings = _closings(run, kind)
        for source in run.office.sources(kind):
            name, rounds = f"{word}:{source['id']}", closings.get(int(source["id"]), 0)
            wanted = f"{name}#{rounds}"
            if is_closed(kind, source) and rounds and not cases[wanted] and wanted not in run.people.deleted_cases:
                yield f"{name} is finished for the {rounds}. time and has no case"
            for case in cases:
                if case.startswith(f"{name}#") and int(case.rpartition("#")[2]) > rounds:
                    yield f"{case} exists, but {name} was finished {rounds} times"


def _closings(run: Run, kind: int) -> dict[int, int]:
    """How often each source came to its end: runs of final stages in its history."""
    semantics = "STATUS_SEMANTIC_ID" if kind == LEAD else "STAGE_SEMANTIC_ID"
    found: dict[int, int] = {}
    was_final: dict[int, bool] = {}
    start: int | None = 0
    while start is not None:
        answer = run.office.page("crm.stagehistory.list", {"entityTypeId": kind, "order": {"ID": "ASC"}}, start)
        for entry in answer.result["items"]:
            owner, final = int(entry["OWNER_ID"]), entry[semantics] in ("S", "F")
            if final and not was_final.get(owner, False):
                found[owner] = found.get(owner, 0) + 1
            was_final[owner] = final
        start = answer.next
    return found


def one_task_a_slot(run: Run) -> Iterator[str]:
    """Of the tasks in a case's card: one that somebody took out of it is lost, like one that was deleted."""
    slots = Counter(
        task.xml_id
        for task in run.office.every_task()
        if (task.xml_id or "").startswith("capa24:")
        and run.office.binding(int(str(task.xml_id).split(":")[1])) in task.bindings
    )
    yield from (f"{times} tasks {slot}" for slot, times in slots.items() if times > 1)


def nothing_said_twice(run: Run) -> Iterator[str]:
    """Notes in a timeline carry a mark, posts in the news a last line; each stands once."""
    for case in run.office.cases():
        marks = Counter(_mark(text) for text in run.office.notes(int(case["id"])) if "capa24 · " in text)
        yield from (f"{times} notes {mark} on case {case['id']}" for mark, times in marks.items() if times > 1)
    posts = Counter(signature_of(text) for text in run.office.news())
    yield from (f"{times} posts «{signature}»" for signature, times in posts.items() if times > 1)


def _mark(text: str) -> str:
    return text.rpartition("capa24 · ")[2].strip()


def no_case_past_an_open_task(run: Run) -> Iterator[str]:
    """S57: whoever put it there, it doesn't stay beyond its open tasks, unless a named person answers for that.

    A case that is closed for good stays closed when somebody takes one of its tasks up again.
    """
    for case in run.office.cases():
        stage = run.office.stage(case)
        if stage not in ("FINALIZATION", "SUCCESS"):
            continue
        marks = [_mark(text) for text in run.office.notes(int(case["id"]))]
        if any(mark.startswith(("override-", "closed-")) for mark in marks):
            continue
        for task in open_blocking_tasks(run, int(case["id"])):
            yield f"case {case['id']} stands at {stage}, its task {task.id} ({task.xml_id}) is open"


def reverts_were_bounded(run: Run) -> Iterator[str]:
    """The gate takes a move back once; whoever keeps dragging is not fought without end. By a clock that is put forward
    the gate's pause is soon over."""
    if max(run.weather.clock_jumps, default=0.0) > LONGEST_PAUSE:
        return
    yield from (f"the gate fought over case {case}" for case in run.watch.fights())


def nothing_is_left_failing(run: Run) -> Iterator[str]:
    overview = outside_of_time(run.alive[0].service.dirty.overview())
    yield from (f"{each.key}: {each.error}" for each in overview.failing)


def a_second_look_is_empty(run: Run) -> Iterator[str]:
    """The law of the house, over everything there is on the portal.

    Work whose case was deleted on the portal is left out: whether it gets another one depends on whether the service
    heard of it (docs/decisions/0026-a-deleted-card-is-no-cancellation.md).
    """
    for key in every_key(run):
        before = run.portal.journal.last
        outcome = run.look(key)
        if isinstance(outcome, BaseException):
            yield f"{key}: {outcome!r}"
            continue
        if outcome.commands and all(_follows_others(each) for each in outcome.commands):
            continue
        if outcome.commands:
            wanted = ", ".join(type(each).__name__ for each in outcome.commands)
            yield f"{key} still asks for {wanted}: {outcome.because}"
        changes = run.portal.journal.read(before, "change")
        if changes:
            yield f"{key}: the look changed {[change['what'] for change in changes]}"


def _follows_others(command: Command) -> bool:
    """Similar cases on a card, and how many of those who are asked have read its news, are as old as its last look: no
    event of another case, or of people who come and go, wakes it."""
    return isinstance(command, UpdateCase) and set(command.changes) <= {CaseField.SIMILAR, CaseField.NEWS_READ}


def every_key(run: Run) -> Sequence[Key]:
    cases = [CaseKey(PORTAL, int(case["id"])) for case in run.office.cases()]
    sources = [
        SourceKey(PORTAL, kind, int(source["id"]))
        for kind in KINDS
        for source in run.office.sources(kind)
        if is_closed(kind, source) and not _lost_a_case(run, f"{KINDS[kind]}:{source['id']}#")
    ]
    return [*cases, *sources]


def _lost_a_case(run: Run, rounds: str) -> bool:
    return any(case.startswith(rounds) for case in run.people.deleted_cases)


def the_sheet_equals_the_portal(run: Run) -> Iterator[str]:
    """Each case has its row, once, with what its card says. Hours of an open stage are as old as the last look, and
    where nothing happens and no full pass comes there is none for days."""
    rows, may_differ = _sheet(run), HOURS_MAY_DIFFER if run.weather.told_by == "full pass" else inf
    for case in run.office.cases():
        wanted = run.of(lambda case=case: _record(run, int(case["id"])))  # type: ignore[misc]
        found = [cells for cells in rows if cells[0] == wanted[0]]
        if len(found) != 1:
            yield f"{len(found)} rows of {wanted[0]}"
            continue
        for column, want, have in zip(COLUMNS, wanted, found[0], strict=True):
            if column.heading.endswith(" ч") and abs(float(want or 0) - float(have or 0)) <= may_differ:
                continue
            if column.heading in OF_THE_SOURCE and _source_is_gone(run, case):
                continue  # its row says what it said of the source while there was one
            if want != have:
                yield f"{wanted[0]}, «{column.heading}»: {have!r} instead of {want!r}"


def _source_is_gone(run: Run, case: Mapping[str, Any]) -> bool:
    there = {f"{word}:{source['id']}" for kind, word in KINDS.items() for source in run.office.sources(kind)}
    return str(case["xmlId"]).partition("#")[0] not in there


def _sheet(run: Run) -> list[list[Any]]:
    book = run.desk.spreadsheets[SPREADSHEET]
    sheet = next((one for one in book.sheets if one.title == "Данные"), None)
    if sheet is None:
        return []
    headings = {_value(sheet.grid.cell(0, column)): column for column in range(sheet.grid.column_count)}
    places = [headings.get(column.heading) for column in COLUMNS]
    return [
        [_value(sheet.grid.cell(line, place)) if place is not None else None for place in places]
        for line in range(1, sheet.grid.row_count)
        if sheet.grid.row(line)
    ]


def _value(cell: Any) -> Any:
    found = dict((cell or {}).get("userEnteredValue") or {})
    return next(iter(found.values()), None)


async def _record(run: Run, case: int) -> list[Any]:
    service = run.alive[0].service
    connection = service.connections[PORTAL]
    seen = await observe_case(case, connection, service.book)
    if seen is None:
        return [None] * len(COLUMNS)
    record, zone = record_of(seen, connection, service.book, run.world.calendar()), ZoneInfo("Europe/Moscow")
    cells = (cell(column.read(record), column.kind, zone) for column in COLUMNS)
    return [next(iter(each.values()), None) for each in cells]


def the_journal_is_whole(run: Run) -> Iterator[str]:
    chain = outside_of_time(run.alive[0].service.journal.verify())
    if chain.broken is not None:
        yield f"entry {chain.broken.id} about {chain.broken.key} breaks the chain"


def points_are_booked_once(run: Run) -> Iterator[str]:
    """The ledger of a closed case sums up to what stands on its card."""
    entries = outside_of_time(run.alive[0].service.desk.ledger.entries())
    label = run.office.case_words.names["Премиальные баллы"]
    for case in run.office.cases():
        booked = [entry.posting.amount for entry in entries if entry.case.case_id == int(case["id"])]
        sealed = any(_mark(text).startswith("closed-") for text in run.office.notes(int(case["id"])))
        if sealed and run.office.stage(case) == "SUCCESS" and abs(sum(booked) - float(case.get(label) or 0)) > 0.001:
            yield f"case {case['id']}: {sum(booked):g} points booked, {case.get(label)} on the card"


QUESTIONS: Sequence[Callable[[Run], Iterator[str]]] = (
    one_case_a_round,
    one_task_a_slot,
    nothing_said_twice,
    no_case_past_an_open_task,
    reverts_were_bounded,
    nothing_is_left_failing,
    the_journal_is_whole,
    points_are_booked_once,
    the_sheet_equals_the_portal,
    a_second_look_is_empty,
)
