"""Take changed cases to the sheet: two calls for up to three hundred of them, applied once, and checked.

What the caller keeps, for each spreadsheet: ``next_token`` (1 at first), the ``Place`` of the last flush (a hint only),
and for each row a version and the version delivered. A row is dirty when they differ. A lease lets one worker flush at
a time; should two do it all the same, they carry the same token and Google refuses the second. Then, while rows are
dirty and there is progress:

1. take the dirty rows with their versions, three hundred at most, and ``flush`` them with ``next_token`` and ``place``;
2. in one transaction write down what came out: next token and place; for ``delivered`` keys, the version that was sent;
   ``doubtful`` keys, or all the others when ``all_dirty``, dirty again; ``refused`` keys parked for a person to see.

The errors say what to do with everything else (``sheets_sync.errors``). After OutcomeUnknown or a crash nothing is
written down: the next flush takes the same token. If the lost batch had been applied, Google refuses the token, the
outcome is ``doubtful`` with the next token, and the flush after it finds the rows in their places. What a lost answer
would have told about rows that were not sent comes out in the comparison with ``keys_standing`` now and then.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import tzinfo
from typing import Any

from sheets_sync import edits
from sheets_sync.columns import COLUMNS, Column
from sheets_sync.edits import ALL_DIRTY, SHEET_ID, TOKEN_BASE, TOKEN_KEY, TOKENS_KEPT, Plan, Size, token_id
from sheets_sync.errors import OutcomeUnknown, Refused
from sheets_sync.gateway import Gateway
from sheets_sync.layout import START, Layout, Place, Seen
from sheets_sync.look import NoSheet, column_name, find_table, key_text
from sheets_sync.record import CaseRecord
from sheets_sync.rows import Row, row

MOST_ROWS = 300
MOST_BYTES = 1_500_000
"""Google recommends payloads of up to 2 MB (developers.google.com/workspace/sheets/api/limits)."""

_SWEEP_EVERY = 100
_SHOWN = "updatedSpreadsheet.sheets(properties.sheetId,data.rowData.values.effectiveValue)"


@dataclass(frozen=True)
class Flushed:
    """What is known after one flush. Keys in none of the sets were not sent yet."""

    next_token: int
    place: Place = START
    delivered: frozenset[str] = frozenset()
    """Seen in the sheet exactly once, by the write's own answer."""
    doubtful: frozenset[str] = frozenset()
    """To be sent again: not seen, seen twice, or sent by a batch whose answer was lost.

    May name rows that were not sent.
    """
    refused: Mapping[str, str] = field(default_factory=dict)
    """Key -> what Google said about a row that it does not take, twice."""
    all_dirty: bool = False
    """The sheet or some of its columns are new: every row but the delivered ones has to be sent again."""
    repairs: tuple[str, ...] = ()
    """What was found broken and mended, in Russian."""

    @property
    def progress(self) -> bool:
        return bool(self.delivered or self.doubtful or self.refused)


def flush(
    records: Sequence[CaseRecord],
    *,
    token: int,
    sheet: Gateway,
    zone: tzinfo,
    place: Place = START,
    columns: Sequence[Column] = COLUMNS,
) -> Flushed:
    """Send the first of ``records`` that fit into one batch. Keys must be distinct (ValueError).

    Blocks; costs no call for no records, two as a rule. Raises TryLater, OutcomeUnknown, AccessLost, and Refused when
    the sheet itself, not a row, is the trouble.
    """
    chunk = first_chunk([row(record, zone, columns) for record in records])
    refused_alone = False
    while chunk:
        plan, then_show = _plan(chunk, token, sheet, place, columns)
        try:
            answer = sheet.batch_update(plan.requests, then_show=then_show, fields=_SHOWN)
        except Refused as refusal:
            if (spent := sheet.metadata(token_id(token))) is not None:
                fresh = spent.get("metadataValue") == ALL_DIRTY
                return Flushed(token + 1, place, doubtful=plan.sent, all_dirty=fresh)
            if len(chunk) == 1 and refused_alone:
                return Flushed(token, place, refused={chunk[0].key: refusal.detail})
            refused_alone = len(chunk) == 1
            chunk = chunk[: max(1, len(chunk) // 2)]  # isolates a bad row; a sheet that changed meanwhile is seen anew
            continue
        return _verified(plan, answer, token)
    return Flushed(token, place)


def first_chunk(rows: Sequence[Row]) -> list[Row]:
    """As many rows as one request may carry, at least one. Raises ValueError for a key that comes twice."""
    if doubled := [key for key, times in Counter(one.key for one in rows).items() if times > 1]:
        raise ValueError(f"One flush cannot take a key twice: {', '.join(doubled[:3])}.")
    chunk: list[Row] = []
    weight = 0
    for one in rows[:MOST_ROWS]:
        weight += one.weight
        if chunk and weight > MOST_BYTES:
            break
        chunk.append(one)
    return chunk


def highest_token(sheet: Gateway) -> int:
    """The highest token the spreadsheet has seen, 0 for none: where to go on after a database was restored."""
    return max((one["metadataId"] - TOKEN_BASE for one in sheet.metadata_by_key(TOKEN_KEY)), default=0)


def _plan(
    chunk: Sequence[Row], token: int, sheet: Gateway, place: Place, columns: Sequence[Column]
) -> tuple[Plan, str]:
    """What to send, and the range that will show the keys afterwards."""
    found = find_table(sheet, place, columns)
    if isinstance(found, NoSheet):
        title = edits.free_title(found.titles)
        quoted = "'" + title.replace("'", "''") + "'"
        plan = edits.plan_new_sheet(chunk, title, token, columns)
    else:
        seen, layout = found
        quoted = seen.title
        plan = _plan_in(seen, layout, chunk, token, sheet, columns)
    column = column_name(plan.place.key_column)
    return plan, f"{quoted}!{column}1:{column}"


def _plan_in(
    seen: Seen, layout: Layout, chunk: Sequence[Row], token: int, sheet: Gateway, columns: Sequence[Column]
) -> Plan:
    old_tokens: list[int] = []
    if token % _SWEEP_EVERY == 0:
        known = sorted(one["metadataId"] for one in sheet.metadata_by_key(TOKEN_KEY))
        old_tokens = [one for one in known if one < token_id(token) - TOKENS_KEPT]
    return edits.plan(chunk, Size(seen.row_count, seen.column_count), layout, token, old_tokens, columns)


def _verified(plan: Plan, answer: Mapping[str, Any], token: int) -> Flushed:
    counts = Counter(_keys_after(answer))
    delivered = frozenset(key for key in plan.sent if counts[key] == 1)
    unclear = frozenset(key for key in plan.sent | plan.known if counts[key] != 1)
    return Flushed(
        token + 1,
        plan.place,
        delivered,
        unclear,
        all_dirty=plan.all_dirty,
        repairs=plan.repairs,
    )


def _keys_after(answer: Mapping[str, Any]) -> list[str]:
    """The key column as the write's answer shows it. Raises OutcomeUnknown when the answer does not show it."""
    for sheet in answer.get("updatedSpreadsheet", {}).get("sheets", ()):
        if sheet.get("properties", {}).get("sheetId", 0) == SHEET_ID and sheet.get("data"):
            rows = sheet["data"][0].get("rowData", ())
            cells: list[Mapping[str, Any]] = [next(iter(one.get("values", ())), {}) for one in rows]
            return [key_text(next(iter(cell.get("effectiveValue", {}).values()), "")) for cell in cells]
    raise OutcomeUnknown("The answer to a write does not show the key column.")
