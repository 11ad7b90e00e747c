"""From the card of a sealed case to the ledger of points."""

from __future__ import annotations

from datetime import datetime

from app.controller.observe import CaseObservation
from app.storage.points import BookedCase, PointsLedger, Posting
from rules import closing, points


async def book_points(seen: CaseObservation, portal: str, ledger: PointsLedger, now: datetime) -> None:
    """What the ledger lacks of this case. While it isn't sealed, its points may still change.

    The first entries bear the moment of the closing, so that a ledger that was lost is written again with the periods
    it had; corrections bear the present.
    """
    case = seen.case
    if not closing.sealed(case):
        return
    booked = BookedCase(portal, case.id, case.source.round_key(case.round))
    postings = [
        Posting(entry.person, case.staff.name_of(entry.person), entry.amount, entry.rule)
        for entry in points.booked(case, seen.book)
    ]
    at = case.arrived.at if await ledger.is_empty_of(booked) else now
    await ledger.settle(booked, postings, at, points.period_of(at, seen.book))
