"""A record with sensible values, and a caller that keeps what ``flush`` asks its caller to keep."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sheets_sync.audit import Audit, audit
from sheets_sync.errors import OutcomeUnknown, TryLater
from sheets_sync.flush import Flushed, flush
from sheets_sync.gateway import Gateway
from sheets_sync.layout import Place
from sheets_sync.record import CaseRecord, Measure, StageTime, Violation

MOSCOW = ZoneInfo("Europe/Moscow")


def a_record(number: int = 1, **changes: Any) -> CaseRecord:
    values: dict[str, Any] = {
        "key": f"deal:{number}#1",
        "portal": "example.bitrix24.ru",
        "case_id": number,
        "case_url": f"https://example.bitrix24.ru/case/{number}/",
        "source_url": f"https://example.bitrix24.ru/crm/deal/details/{number}/",
        "funnel": "Розничные продажи",
        "source_title": f"Сделка {number}",
        "round": 1,
        "stage": "Анализ",
        "verdict": "",
        "violations": (
            Violation("Срыв срока", "terms", "значительное", "major", "Регламент, п. 4"),
            Violation("Ошибка в договоре", "contract", "незначительное", "minor"),
        ),
        "severity": "средняя",
        "started_at": datetime(2026, 3, 2, 6, 30, tzinfo=UTC),
        "finalised_at": None,
        "analysis_time": StageTime(calendar=1.25),
        "measures": (
            Measure("Дополнить регламент", id=10 * number, kind="Изменение регламента", hours_planned=4, hours_spent=2),
        ),
        "responsible": "Иванов Пётр",
        "inspector": "Сидорова Анна",
        "commission": ("Орлов", "Зайцева"),
        "points": None,
        "hours_spent": 3.5,
        "hours_planned": 4.0,
        "satisfaction": "доволен",
    }
    return CaseRecord(**(values | changes))


class Caller:
    """The service's side of the protocol in ``sheets_sync.flush``, in memory."""

    def __init__(self, sheet: Gateway, records: Iterable[CaseRecord] = ()) -> None:
        self.sheet = sheet
        self.truth: dict[str, CaseRecord] = {}
        self.dirty: set[str] = set()
        self.parked: dict[str, str] = {}
        self.repairs: list[str] = []
        self.token = 1
        self.places: Mapping[int, Place] = {}
        for record in records:
            self.change(record)

    def change(self, record: CaseRecord) -> None:
        self.truth[record.key] = record
        self.dirty.add(record.key)

    def flush_once(self, token: int | None = None) -> Flushed:
        chosen = [self.truth[key] for key in sorted(self.dirty)]
        outcome = flush(chosen, token=token or self.token, sheet=self.sheet, zone=MOSCOW, places=self.places)
        self.write_down(outcome)
        return outcome

    def write_down(self, outcome: Flushed) -> None:
        self.token, self.places = outcome.next_token, outcome.places
        if outcome.all_dirty:
            self.dirty |= self.truth.keys()
        self.dirty -= outcome.delivered
        self.dirty |= outcome.doubtful & self.truth.keys()
        self.parked |= outcome.refused
        self.dirty -= outcome.refused.keys()
        self.repairs += outcome.repairs

    def deliver(self, most: int = 20) -> int:
        """Flush until nothing is dirty, waiting for nothing; answers how many flushes it took."""
        for flushes in range(most):
            if not self.dirty:
                return flushes
            try:
                self.flush_once()
            except (TryLater, OutcomeUnknown):
                continue  # the same token again
        raise AssertionError(f"still dirty after {most} flushes: {self.dirty}")

    def compare(self) -> Audit:
        """Find what users broke, and mark it dirty."""
        found = audit(list(self.truth.values()), sheet=self.sheet, zone=MOSCOW, places=self.places)
        self.dirty |= self.truth.keys() if found.all_dirty else found.dirty & self.truth.keys()
        return found
