"""The way of cases into a Google spreadsheet: rows at once, the comparison and the charts at their own times.

Sheets being slow or down never delays a case: a look only leaves a record in our own database (design section 2.6). One
process at a time writes to a spreadsheet; the others look now and then whether it is still there.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, TypeVar
from uuid import uuid4
from zoneinfo import ZoneInfo

from app.controller.case_record import EDITION, as_record
from app.controller.report_numbers import numbers_of
from app.keys import CaseKey
from app.settings import SheetsSettings
from app.storage.dirty_keys import DirtyKeys
from app.storage.left_out import LeftOutWork
from app.storage.mirror_rows import MirrorRows, ParkedRow, SheetState
from sheets_sync.audit import HandEdit, audit
from sheets_sync.errors import SheetsError, TryLater
from sheets_sync.flush import MOST_ROWS, flush
from sheets_sync.furnish import Furnished, Memory, furnish
from sheets_sync.gateway import Gateway
from sheets_sync.layout import Place
from sheets_sync.pacing import Calls, Pace
from sheets_sync.record import CaseRecord

log = logging.getLogger(__name__)

T = TypeVar("T")

LOOKS_APART = timedelta(seconds=5)
"""Between two looks that only make a record anew: the portal's day goes on meanwhile."""
LEASE = timedelta(minutes=2)
"""Longer than the work of a turn takes. Should it not be, two write with the same token, and Google refuses one."""
LONGEST_BACK_OFF = 6
"""Doublings of the interval after failures: some ten minutes."""
MOST_REPAIRS = 10
MOST_AGAIN = 500
"""Broken rows that are sent again one by one; more of them, and everything is."""

FLUSH, AUDIT, FURNISH = Calls(reads=3, writes=1), Calls(reads=3), Calls(reads=3, writes=1)
"""What each may need; the pace keeps so much room."""

Told = Callable[[HandEdit, CaseRecord], Awaitable[None]]


async def renew(rows: MirrorRows, dirty: DirtyKeys, now: datetime) -> int:
    """Have the cases looked at whose record an earlier version of the service made; answers how many there are."""
    found = await rows.outdated(EDITION)
    for number, (portal, case_id) in enumerate(found, 1):
        await dirty.mark((CaseKey(portal, case_id),), now + number * LOOKS_APART, origin="self")
    return len(found)


def open_sheet(settings: SheetsSettings) -> Gateway:
    """Raises ValueError when there is no spreadsheet, or for an address or key that can't work."""
    if settings.spreadsheet is None:
        raise ValueError("there is no spreadsheet to mirror to")
    return Gateway(settings.spreadsheet, key=settings.credentials, base=settings.api)


@dataclass(frozen=True)
class Report:
    """One report: where it goes, whose cases it shows (of all portals when none is named), what it is made of."""

    settings: SheetsSettings
    rows: MirrorRows
    left_out: LeftOutWork
    titles: Mapping[str, str]
    """Of the funnels, by code."""
    portals: Collection[str] = ()

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.settings.time_zone)


@dataclass
class Health:
    """What /health tells about a report, besides what waits for it."""

    error: str | None = None
    flushed_at: datetime | None = None
    compared_at: datetime | None = None
    hand_edits: int = 0
    """Cells found edited by hand and put right since the start."""
    repairs: deque[str] = field(default_factory=lambda: deque(maxlen=MOST_REPAIRS))
    """The last of what people broke and the service mended, in words."""

    def as_plain(self) -> dict[str, Any]:
        moments = {"flushed_at": self.flushed_at, "compared_at": self.compared_at}
        told = {name: at.isoformat() if at is not None else None for name, at in moments.items()}
        return {"error": self.error, **told, "hand_edits": self.hand_edits, "repairs": list(self.repairs)}

    def mended(self, what: str, at: datetime) -> None:
        log.warning("report mended: %s", what)
        self.repairs.append(f"{at:%d.%m.%Y %H:%M} {what}")


class Mirroring:
    """Keeps one spreadsheet until cancelled; a failed call waits longer each time and loses nothing."""

    def __init__(
        self,
        report: Report,
        clock: Callable[[], datetime],
        opening: Callable[[SheetsSettings], Gateway] = open_sheet,
        pace: Pace | None = None,
        tell: Told | None = None,
    ) -> None:
        self._report = report
        self._rows = report.rows
        self._settings = report.settings
        self._clock = clock
        self._open = opening
        self._pace = pace or Pace()
        self._tell = tell
        self._holder = uuid4().hex
        self._thread = _one_thread()
        self._gateway: Gateway | None = None
        self._failures = 0
        self._compare_at = self._furnish_at = clock()  # noted anew by each run
        self._next_row = 0
        self.health = Health()

    async def run(self) -> None:
        """One thread talks to Google: gspread blocks, and promises nothing about threads (contract 5.6)."""
        self._compare_at = self._furnish_at = self._clock()
        try:
            while True:
                wait = await self.turn()
                await asyncio.sleep(wait.total_seconds())
        finally:
            await self.close()

    async def take_over(self) -> None:
        """Nobody else is there: who held the spreadsheet is dead."""
        await self._rows.let_go()

    async def close(self) -> None:
        """It may run again afterwards."""
        if self._gateway is not None:
            self._gateway.close()
            self._gateway = None
        self._thread.shutdown(wait=False)
        self._thread = _one_thread()
        await self._rows.let_go(self._holder)

    async def rows_waiting(self) -> int:
        return await self._rows.count_waiting()

    async def refused(self) -> list[ParkedRow]:
        """Rows that Google does not take as they are."""
        return await self._rows.parked()

    async def offer_again(self, key: str | None = None) -> int:
        """Offer Google this refused row once more, or all of them; how many there are."""
        return await self._rows.unpark(key)

    async def told(self) -> dict[str, Any]:
        """For /health."""
        return {
            "kind": "google",
            "portals": sorted(self._report.portals),
            "rows_waiting": await self.rows_waiting(),
            **self.health.as_plain(),
        }

    async def turn(self) -> timedelta:
        """Do what is due now; answers how long until the next turn."""
        try:
            wait = await self._work()
        except (SheetsError, ValueError, OSError) as error:
            self._failures += 1
            self.health.error = f"{type(error).__name__}: {error}"
            log.warning("report not kept: %s", self.health.error)
            asked = error.wait if isinstance(error, TryLater) else None
            return max(
                self._settings.every * (1 << min(self._failures, LONGEST_BACK_OFF)), timedelta(seconds=asked or 0)
            )
        self._failures, self.health.error = 0, None
        return wait

    async def _work(self) -> timedelta:
        while True:
            if not await self._hold():
                return self._settings.every
            work, needs = await self._due()
            if work is None:
                return self._settings.every
            if wait := self._pace.wait(needs, self._clock()):
                return wait
            await self._measured(work)

    async def _hold(self) -> bool:
        now = self._clock()
        return await self._rows.hold(self._holder, now, now + LEASE)

    async def _due(self) -> tuple[Callable[[Gateway], Awaitable[None]] | None, Calls]:
        """Rows first; then the comparison, then the charts."""
        if await self._rows.count_waiting():
            return self._flush, FLUSH
        if self._clock() >= self._compare_at:
            return self._compare, AUDIT
        if self._clock() >= self._furnish_at:
            return self._furnish, FURNISH
        return None, Calls()

    async def _measured(self, work: Callable[[Gateway], Awaitable[None]]) -> None:
        """Whatever became of it, Google has counted the calls."""
        if self._gateway is None:
            self._gateway = await self._in_thread(lambda: self._open(self._settings))
        before = self._gateway.used
        try:
            await work(self._gateway)
        finally:
            after = self._gateway.used
            self._pace.sent(Calls(after.reads - before.reads, after.writes - before.writes), self._clock())

    async def _flush(self, gateway: Gateway) -> None:
        waiting = await self._rows.waiting(MOST_ROWS)
        state = await self._rows.state()
        zone, places = self._report.zone, _places(state)
        records = [as_record(row.record) for row in waiting]
        done = await self._in_thread(
            lambda: flush(records, token=state.next_token, sheet=gateway, zone=zone, places=places)
        )
        await self._rows.settle(
            waiting,
            SheetState(done.next_token, {**(state.place or {}), **_as_plain(done.places)}),
            delivered=done.delivered,
            doubtful=done.doubtful,
            refused=done.refused,
            all_dirty=done.all_dirty,
        )
        self.health.flushed_at = self._clock()
        for repair in done.repairs:
            self.health.mended(repair, self._clock())
        for key, reason in done.refused.items():
            log.error("Google does not take the row %s: %s", key, reason)

    async def _compare(self, gateway: Gateway) -> None:
        """What users deleted, doubled or wrote over is told and sent again."""
        stored = await self._rows.arrived()
        state = await self._rows.state()
        zone, places, first_row = self._report.zone, _places(state), self._next_row
        records = {record.key: record for record in await self._in_thread(lambda: [as_record(each) for each in stored])}
        self._compare_at = self._clock() + self._settings.compare_every
        if not records:
            return
        found = await self._in_thread(
            lambda: audit(list(records.values()), sheet=gateway, zone=zone, places=places, first_row=first_row)
        )
        self._next_row = found.next_row
        self.health.compared_at = self._clock()
        broken = found.dirty & records.keys()
        for edit in (edit for edit in found.edits if edit.case in records):
            await self._told(edit, records[edit.case])
        if lost := [key for key in found.missing if key in records]:
            self.health.mended(f"Удалённые строки вернутся: {len(lost)}, например {lost[0]}.", self._clock())
        await self._rows.send_again(broken, all_of_them=found.all_dirty or len(broken) > MOST_AGAIN)

    async def _told(self, edit: HandEdit, record: CaseRecord) -> None:
        self.health.hand_edits += 1
        self.health.mended(f"{edit.key}: {hand_edit_in_words(edit)}", self._clock())
        if self._tell is not None:
            await self._tell(edit, record)

    async def _furnish(self, gateway: Gateway) -> None:
        """Pivots and charts; the numbers behind them are counted anew when a record has changed."""
        now, report = self._clock(), self._report
        self._furnish_at = now + self._settings.numbers_every
        if not (await self._rows.edition())[0]:
            return
        stored, left_out = await self._rows.records(), await report.left_out.by_reason()
        state = await self._rows.state()
        places, memory = _places(state), _memory(state)

        def make() -> Furnished:
            _, summary = numbers_of(stored, left_out, report.titles, report.portals, now, report.zone)
            return furnish(summary, sheet=gateway, zone=report.zone, places=places, memory=memory)

        done = await self._in_thread(make)
        remembered = {"numbers": done.memory.numbers, "pivots": done.memory.pivots,
                      "charts": {str(id_): made for id_, made in done.memory.charts.items()}}  # fmt: skip
        if done.memory != memory:
            await self._rows.settle([], replace(state, place={**(state.place or {}), "furniture": remembered}))
        for made in done.made:
            if memory == Memory():
                log.info("report: %s", made)  # the first time, nobody broke anything
            else:
                self.health.mended(made, self._clock())

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)


def _one_thread() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=1, thread_name_prefix="sheets")


def hand_edit_in_words(edit: HandEdit) -> str:
    """For the journal and the log: what stood there, what stands there again."""
    found = "пусто" if edit.found is None else f"«{edit.found}»"
    wanted = "пусто" if edit.wanted is None else f"«{edit.wanted}»"
    return f"в таблице, лист «{edit.sheet}», столбец «{edit.heading}» изменён вручную: {found}; возвращено: {wanted}"


def _places(state: SheetState) -> dict[int, Place]:
    return {int(sheet): Place(**at) for sheet, at in (state.place or {}).items() if sheet.isdigit()}


def _as_plain(places: Mapping[int, Place]) -> dict[str, Any]:
    return {str(sheet): asdict(place) for sheet, place in places.items()}


def _memory(state: SheetState) -> Memory:
    kept = (state.place or {}).get("furniture", {})
    charts = {int(id_): made for id_, made in kept.get("charts", {}).items()}
    return Memory(kept.get("numbers", ""), kept.get("pivots", ""), charts)
