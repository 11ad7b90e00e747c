"""The numbers of a report from what our own database holds: the records of all cases, and the work left without one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, tzinfo
from typing import Any

from app.controller.case_record import as_record
from app.storage.left_out import Counted
from sheets_sync.record import CaseRecord
from sheets_sync.summary import Coverage, Summary, summarise


def coverage_of(
    records: Iterable[CaseRecord], left_out: Iterable[Counted], titles: Mapping[str, str], portals: Collection[str] = ()
) -> tuple[Coverage, ...]:
    """By funnel, as ``titles`` name and order them by code; of the portals named, of all when none are (S81)."""
    cases = Counter(record.funnel_code for record in records)
    left: Counter[str] = Counter()
    for counted in left_out:
        if not portals or counted.portal in portals:
            left[counted.funnel] += counted.items
    codes = [*titles, *sorted((cases.keys() | left.keys()) - titles.keys() - {""})]
    return tuple(Coverage(titles.get(code, code), cases[code], left[code]) for code in codes)


def numbers_of(
    stored: Sequence[Mapping[str, Any]],
    left_out: Sequence[Counted],
    titles: Mapping[str, str],
    portals: Collection[str],
    now: datetime,
    zone: tzinfo,
) -> tuple[list[CaseRecord], Summary]:
    """The records read back, and their summary. Takes seconds for tens of thousands: not for the event loop."""
    records = [as_record(each) for each in stored]
    return records, summarise(records, coverage_of(records, left_out, titles, portals), now, zone)
