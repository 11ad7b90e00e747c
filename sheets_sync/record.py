"""What one row of the sheet is made of: a case, already observed and summed up."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

KEY = re.compile(r"[^\s:#]+:[^\s#]+#\d+")
"""What a key looks like:

``deal:42#1``, ``item:1090:12#2``. Cells of the key column that do not match are users' own.
"""


@dataclass(frozen=True)
class CaseRecord:
    """One case in one round. All moments are aware; all times are calendar hours.

    ``key`` must be unique in the spreadsheet it goes to. Raises ValueError for a key that does not look like one, and
    for naive moments.
    """

    key: str
    portal: str
    case_id: int
    case_url: str
    source_url: str
    funnel: str
    source_title: str
    round: int
    stage: str
    verdict: str
    violations: tuple[str, ...]
    severity: str
    started_at: datetime
    finalised_at: datetime | None
    hours_analysis_formulation: float
    hours_approval: float
    hours_changes_finalization: float
    measures: tuple[str, ...]
    responsible: str
    inspector: str
    commission: tuple[str, ...]
    points: float | None
    hours_spent: float
    hours_planned: float
    satisfaction: str

    def __post_init__(self) -> None:
        if not KEY.fullmatch(self.key):
            raise ValueError(f"The key of a row looks like deal:42#1, not like {self.key!r}.")
        for name in ("started_at", "finalised_at"):
            moment: datetime | None = getattr(self, name)
            if moment is not None and moment.tzinfo is None:
                raise ValueError(f"{name} of {self.key} has no time zone; pass an aware datetime.")
