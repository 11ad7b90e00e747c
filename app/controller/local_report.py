"""The report as a file on this machine, for people without Google: written anew when a record has changed."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from app.controller.mirror import LEASE, Health, Report
from app.controller.report_numbers import numbers_of
from app.storage.mirror_rows import ParkedRow
from sheets_sync.workbook import write_workbook

log = logging.getLogger(__name__)

REST = 9
"""Times as long as a writing lasted nothing is written after it: a large report takes a tenth of one processor core."""


class LocalReport:
    """Keeps one XLSX file until cancelled. It is made anew when it is missing, too."""

    def __init__(self, report: Report, file: Path, clock: Callable[[], datetime]) -> None:
        self._report = report
        self._file = file
        self._clock = clock
        self._holder = uuid4().hex
        self._shows: tuple[object, ...] | None = None
        self._rests_until = clock()
        self.health = Health()

    async def run(self) -> None:
        self._rests_until = self._clock()
        try:
            while True:
                wait = await self.turn()
                await asyncio.sleep(wait.total_seconds())
        finally:
            await self._report.rows.let_go(self._holder)

    async def take_over(self) -> None:
        """Nobody else is there: who held the file is dead."""
        await self._report.rows.let_go()

    async def rows_waiting(self) -> int:
        """A file is written whole; nothing waits for it one by one."""
        return 0

    async def refused(self) -> list[ParkedRow]:
        """A file takes every row; texts too long for a cell are cut."""
        return []

    async def offer_again(self, key: str | None = None) -> int:
        return 0

    async def told(self) -> dict[str, Any]:
        """For /health."""
        return {"kind": "xlsx", "portals": sorted(self._report.portals), **self.health.as_plain()}

    async def turn(self) -> timedelta:
        """Write the file if it doesn't show what it should; answers how long until the next turn."""
        now, rows = self._clock(), self._report.rows
        if now >= self._rests_until and await rows.hold(self._holder, now, now + LEASE):
            left_out = await self._report.left_out.by_reason()
            should_show = (await rows.edition(), now.astimezone(self._report.zone).date(), *left_out)
            if should_show != self._shows or not self._file.exists():
                await self._write(now)
                if self.health.error is None:
                    self._shows = should_show
                self._rests_until = self._clock() + REST * (self._clock() - now)
        return self._report.settings.every

    async def _write(self, now: datetime) -> None:
        report = self._report
        stored, left_out = await report.rows.records(), await report.left_out.by_reason()

        def write() -> None:
            records, summary = numbers_of(stored, left_out, report.titles, report.portals, now, report.zone)
            write_workbook(self._file, records, summary, report.zone)

        try:
            await asyncio.to_thread(write)
        except OSError as error:
            self.health.error = f"{self._file}: {error.strerror or error}"
            log.warning("report not written: %s", self.health.error)
        else:
            self.health.error, self.health.flushed_at = None, self._clock()
