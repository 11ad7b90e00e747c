"""The way of a case into the spreadsheet: a row is written down at each look, and flushed on its own time.

Sheets being slow or down never delays a case: a look only leaves a record in our own database (design section 2.6).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from app.controller.connection import Connection
from app.controller.observe import CaseObservation
from app.storage.mirror_rows import MirrorRows
from rules.analysis import SEVERITY
from rules.metrics import metrics_of
from rules.model import STAGE_TITLES, Case
from rules.rulebook import Rulebook
from rules.survey import answer_text
from sheets_sync.record import CaseRecord

log = logging.getLogger(__name__)

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


class Mirroring:
    """Flushes rows until cancelled; a failed flush waits longer each time and loses nothing."""

    def __init__(
        self,
        rows: MirrorRows,
        flush: Callable[[], Awaitable[int]],
        every: timedelta,
    ) -> None:
        self._rows = rows
        self._flush = flush
        self._every = every
        self.last_error: str | None = None

    async def run(self) -> None:
        failures = 0
        while True:
            try:
                while await self._flush():
                    continue
                failures, self.last_error = 0, None
            except Exception as error:  # noqa: BLE001 - whatever the mirror suffers, the process goes on; health shows it
                failures += 1
                self.last_error = f"{type(error).__name__}: {error}"
                log.warning("rows not mirrored: %s", self.last_error)
            await asyncio.sleep(self._every.total_seconds() * 2 ** min(failures, 6))
