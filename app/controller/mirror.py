"""The way of a case into the spreadsheet: a row is written down at each look, and flushed on its own time.

Sheets being slow or down never delays a case: a look only leaves a record in our own database (design section 2.6).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from datetime import datetime
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from pydantic import TypeAdapter

from app.controller.connection import Connection
from app.controller.observe import CaseObservation
from app.settings import SheetsSettings
from app.storage.mirror_rows import MirrorRows, SheetState
from rules.analysis import SEVERITY
from rules.metrics import metrics_of
from rules.model import STAGE_TITLES, Case
from rules.rulebook import Rulebook
from rules.survey import answer_text
from sheets_sync.errors import SheetsError
from sheets_sync.flush import MOST_ROWS, flush
from sheets_sync.gateway import Gateway
from sheets_sync.layout import START, Place
from sheets_sync.record import CaseRecord

log = logging.getLogger(__name__)

T = TypeVar("T")

_RECORD = TypeAdapter(CaseRecord)

SATISFACTION = "satisfaction"
"""The question of S19; a rulebook without it leaves the column empty."""


def record_of(seen: CaseObservation, connection: Connection, book: Rulebook, now: datetime) -> CaseRecord:
    """One case as one row of the report."""
    case, staff = seen.case, seen.case.staff
    numbers = metrics_of(case, now)
    verdict = book.verdicts.get(case.verdict) if case.verdict is not None else None
    return CaseRecord(
        key=f"{connection.name}:{case.source.round_key(case.round)}",  # one spreadsheet may serve several portals
        portal=connection.name,
        case_id=case.id,
        case_url=connection.card_url(seen.item.ref),
        source_url=connection.card_url(seen.source.ref) if seen.source is not None else "",
        funnel=book.funnel(case.funnel).title,
        source_title=case.source_title,
        round=case.round,
        stage=STAGE_TITLES[case.stage],
        verdict=verdict.title if verdict is not None else "",
        violations=tuple(book.violations[code].title for code in case.violations if code in book.violations),
        severity=_severity(case, book),
        started_at=numbers.started_at,
        finalised_at=numbers.finalised_at,
        hours_analysis_formulation=numbers.hours_analysis_formulation,
        hours_approval=numbers.hours_approval,
        hours_changes_finalization=numbers.hours_changes_finalization,
        measures=tuple(measure.title for measure in case.measures),
        responsible=staff.name_of(case.responsible_id),
        inspector=staff.name_of(case.inspector_id),
        commission=tuple(staff.name_of(member) for member in case.commission),
        points=case.points,
        hours_spent=numbers.hours_spent,
        hours_planned=numbers.hours_planned,
        satisfaction=answer_text(book, SATISFACTION, case.answers.get(SATISFACTION, "")),
    )


def _severity(case: Case, book: Rulebook) -> str:
    """The gravest of the violations found."""
    found = {book.violations[code].severity for code in case.violations if code in book.violations}
    return next((SEVERITY[each] for each in reversed(SEVERITY) if each in found), "")


def as_json(record: CaseRecord) -> dict[str, Any]:
    """A record as it is stored until it is in the sheet."""
    stored: dict[str, Any] = _RECORD.dump_python(record, mode="json")
    return stored


class Mirroring:
    """Flushes rows until cancelled; a failed flush waits longer each time and loses nothing."""

    def __init__(self, rows: MirrorRows, settings: SheetsSettings) -> None:
        if settings.spreadsheet is None:
            raise ValueError("there is no spreadsheet to mirror to")
        self._rows = rows
        self._settings = settings
        self._spreadsheet = settings.spreadsheet
        self._zone = ZoneInfo(settings.time_zone)
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="sheets")
        self.last_error: str | None = None

    async def run(self) -> None:
        """One thread talks to Google: gspread blocks, and promises nothing about threads (contract 5.6)."""
        gateway: Gateway | None = None
        failures = 0
        try:
            while True:
                try:
                    if gateway is None:
                        gateway = await self._in_thread(self._open)
                    while await self._flush(gateway):
                        continue
                    failures, self.last_error = 0, None
                except (SheetsError, ValueError, OSError) as error:
                    failures += 1
                    self.last_error = f"{type(error).__name__}: {error}"
                    log.warning("rows not mirrored: %s", self.last_error)
                await asyncio.sleep(self._settings.every.total_seconds() * 2 ** min(failures, 6))
        finally:
            if gateway is not None:
                gateway.close()
            self._thread.shutdown(wait=False)

    def _open(self) -> Gateway:
        return Gateway(self._spreadsheet, key=self._settings.credentials, base=self._settings.api)

    async def _flush(self, gateway: Gateway) -> bool:
        """Take what waits to the sheet. True when there may be more to take."""
        waiting = await self._rows.waiting(MOST_ROWS)
        if not waiting:
            return False
        state = await self._rows.state()
        place = Place(**state.place) if state.place is not None else START
        records = [_RECORD.validate_python(row.record) for row in waiting]
        done = await self._in_thread(
            lambda: flush(records, token=state.next_token, sheet=gateway, zone=self._zone, place=place)
        )
        await self._rows.settle(
            waiting,
            SheetState(done.next_token, asdict(done.place)),
            delivered=done.delivered,
            doubtful=done.doubtful,
            refused=done.refused,
            all_dirty=done.all_dirty,
        )
        for repair in done.repairs:
            log.warning("sheet repaired: %s", repair)
        for key, reason in done.refused.items():
            log.error("Google does not take the row %s: %s", key, reason)
        return done.progress

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)
