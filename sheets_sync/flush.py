"""Take changed cases to the sheet: two calls for up to three hundred of them, applied once, and checked.

What the caller keeps, for each spreadsheet: ``next_token`` (1 at first), the ``places`` of the last flush (hints only),
and for each case a version and the version delivered. A case is dirty when they differ; its rows in all tables travel
together. A lease lets one worker flush at
a time; should two do it all the same, they carry the same token and Google refuses the second. Then, while rows are
dirty and there is progress:

1. take the dirty cases with their versions, three hundred at most, and ``flush`` them with ``next_token`` and
   ``places``;
2. in one transaction write down what came out: next token and places; for ``delivered`` keys, the version that was
   sent; ``doubtful`` keys, or all the others when ``all_dirty``, dirty again; ``refused`` keys parked for a person to
   see.

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
from sheets_sync.edits import (
    ALL_DIRTY,
    TOKEN_BASE,
    TOKEN_KEY,
    TOKENS_KEPT,
    NewSheet,
    Plan,
    Sheet,
    Size,
    free_title,
    token_id,
)
from sheets_sync.errors import OutcomeUnknown, Refused
from sheets_sync.gateway import Gateway
from sheets_sync.layout import Place
from sheets_sync.look import NOWHERE, Found, column_name, find_tables, key_text
from sheets_sync.record import CaseRecord
from sheets_sync.rows import Row
from sheets_sync.tables import TABLES, AnyTable, owner

MOST_ROWS = 300
MOST_BYTES = 1_800_000
"""Google recommends payloads of up to 2 MB (developers.google.com/workspace/sheets/api/limits)."""

_SWEEP_EVERY = 100
_SHOWN = "updatedSpreadsheet.sheets(properties.sheetId,data.rowData.values.effectiveValue)"


@dataclass(frozen=True)
class Flushed:
    """What is known after one flush. Keys in none of the sets were not sent yet."""

    next_token: int
    places: Mapping[int, Place] = field(default_factory=dict)
    """Where each table stands, by sheet."""
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
    places: Mapping[int, Place] = NOWHERE,
    tables: Sequence[AnyTable] = TABLES,
) -> Flushed:
    """Send the first of ``records`` that fit into one batch. Keys must be distinct (ValueError).

    Blocks; costs no call for no records, two as a rule. Raises TryLater, OutcomeUnknown, AccessLost, and Refused when
    a sheet itself, not a row, is the trouble.
    """
    chunk = first_chunk([_rows(record, zone, tables) for record in records])
    refused_alone = False
    while chunk:
        plan = _plan(chunk, token, sheet, places, tables)
        try:
            answer = sheet.batch_update(plan.requests, then_show=_key_columns(plan), fields=_SHOWN)
        except Refused as refusal:
            if (spent := sheet.metadata(token_id(token))) is not None:
                fresh = spent.get("metadataValue") == ALL_DIRTY
                return Flushed(token + 1, places, doubtful=plan.sent, all_dirty=fresh)
            if len(chunk) == 1 and refused_alone:
                return Flushed(token, places, refused={chunk[0].key: refusal.detail})
            refused_alone = len(chunk) == 1
            chunk = chunk[: max(1, len(chunk) // 2)]  # isolates a bad row; a sheet that changed meanwhile is seen anew
            continue
        return _verified(plan, answer, token)
    return Flushed(token, places)


@dataclass(frozen=True)
class CaseRows:
    """All rows of one case, by table."""

    key: str
    rows: Mapping[AnyTable, tuple[Row, ...]]

    @property
    def weight(self) -> int:
        return sum(row.weight for rows in self.rows.values() for row in rows)


def _rows(record: CaseRecord, zone: tzinfo, tables: Sequence[AnyTable]) -> CaseRows:
    return CaseRows(record.key, {table: table.rows(record, zone) for table in tables})


def first_chunk(cases: Sequence[CaseRows]) -> list[CaseRows]:
    """As many cases as one request may carry, at least one. Raises ValueError for a key that comes twice."""
    if doubled := [key for key, times in Counter(one.key for one in cases).items() if times > 1]:
        raise ValueError(f"One flush cannot take a key twice: {', '.join(doubled[:3])}.")
    chunk: list[CaseRows] = []
    weight = 0
    for one in cases[:MOST_ROWS]:
        weight += one.weight
        if chunk and weight > MOST_BYTES:
            break
        chunk.append(one)
    return chunk


def highest_token(sheet: Gateway) -> int:
    """The highest token the spreadsheet has seen, 0 for none: where to go on after a database was restored."""
    return max((one["metadataId"] - TOKEN_BASE for one in sheet.metadata_by_key(TOKEN_KEY)), default=0)


def _plan(
    chunk: Sequence[CaseRows], token: int, sheet: Gateway, places: Mapping[int, Place], tables: Sequence[AnyTable]
) -> Plan:
    found = find_tables(sheet, places, tables)
    rows = {table: [row for case in chunk for row in case.rows[table]] for table in tables}
    old_tokens: list[int] = []
    if token % _SWEEP_EVERY == 0:
        known = sorted(one["metadataId"] for one in sheet.metadata_by_key(TOKEN_KEY))
        old_tokens = [one for one in known if one < token_id(token) - TOKENS_KEPT]
    return edits.plan([case.key for case in chunk], rows, _standing(found, tables), token, old_tokens)


def _standing(found: Found, tables: Sequence[AnyTable]) -> dict[AnyTable, Sheet | NewSheet]:
    standing: dict[AnyTable, Sheet | NewSheet] = {}
    for table in tables:
        if table in found.missing:
            standing[table] = NewSheet(free_title(table.title, found.titles))
        else:
            seen, layout = found.tables[table]
            standing[table] = Sheet(seen.title, Size(seen.row_count, seen.column_count), layout)
    return standing


def _key_columns(plan: Plan) -> list[str]:
    """The ranges that will show the keys afterwards."""
    names = [(one.title, column_name(one.place.key_column)) for one in plan.tables]
    return [f"{title}!{column}1:{column}" for title, column in names]


def _verified(plan: Plan, answer: Mapping[str, Any], token: int) -> Flushed:
    """A case has arrived when each of its rows stands once and no other row of it is left."""
    doubtful: set[str] = set()
    for table in plan.tables:
        counts = Counter(_keys_after(answer, table.table))
        doubtful |= {owner(key) for key in table.wanted if counts[key] != 1}
        doubtful |= {owner(key) for key in counts if owner(key) in plan.sent and key not in table.wanted}
        doubtful |= {owner(key) for key in table.known if counts[key] != 1 and owner(key) not in plan.sent}
    return Flushed(
        token + 1,
        {table.table.sheet_id: table.place for table in plan.tables},
        plan.sent - doubtful,
        frozenset(doubtful),
        all_dirty=plan.all_dirty,
        repairs=plan.repairs,
    )


def _keys_after(answer: Mapping[str, Any], table: AnyTable) -> list[str]:
    """The table's keys as the write's answer shows them. Raises OutcomeUnknown when the answer does not show them."""
    for sheet in answer.get("updatedSpreadsheet", {}).get("sheets", ()):
        if sheet.get("properties", {}).get("sheetId", 0) == table.sheet_id and sheet.get("data"):
            rows = sheet["data"][0].get("rowData", ())
            cells: list[Mapping[str, Any]] = [next(iter(one.get("values", ())), {}) for one in rows]
            texts = [key_text(next(iter(cell.get("effectiveValue", {}).values()), "")) for cell in cells]
            return [text for text in texts if table.key_form.fullmatch(text)]
    raise OutcomeUnknown(f"The answer to a write does not show the keys of the sheet {table.title}.")
