"""The flush against a spreadsheet over HTTP: how many calls, applied once, checked, and told honestly."""

from __future__ import annotations

import pytest

from sandbox.sheets.requests import apply
from sheets_sync.columns import COLUMNS
from sheets_sync.edits import token_id
from sheets_sync.errors import AccessLost, OutcomeUnknown, Refused, TryLater
from sheets_sync.flush import MOST_ROWS, flush, highest_token
from sheets_sync.gateway import Gateway
from sheets_sync.layout import START
from sheets_sync.look import column_name, keys_standing
from sheets_sync.tables import CASES, TABLES, AnyTable
from tests.sheets_sync.builders import MOSCOW, Caller, a_record
from tests.sheets_sync.conftest import BOOK, Google

READ, WRITE = "values.batchGetByDataFilter", "batchUpdate"


SHEET_ID = CASES.sheet_id


def shown(google: Google, table: AnyTable = CASES) -> dict[str, dict[str, object]]:
    """Key -> heading -> value, as the sheet has them; a key that stands twice fails."""
    sheet = google.book.sheet(table.sheet_id)
    cells = {(r, c): cell.get("userEnteredValue") for r, c, cell in sheet.grid.cells(sheet.grid.whole)}
    headings = {c: value["stringValue"] for (r, c), value in cells.items() if r == 0 and value}
    key_column = next(c for c, heading in headings.items() if heading == "Ключ")
    found: dict[str, dict[str, object]] = {}
    for row_index in range(1, sheet.grid.row_count):
        key = (cells.get((row_index, key_column)) or {}).get("stringValue")
        if key is not None:
            assert key not in found, f"{key} stands twice"
            found[key] = {heading: cells.get((row_index, c)) or {} for c, heading in headings.items()}
    return found


def truth(caller: Caller, table: AnyTable = CASES) -> dict[str, dict[str, object]]:
    return {
        row.key: {column.heading: dict(cell) for column, cell in zip(table.columns, row.cells, strict=True)}
        for record in caller.truth.values()
        for row in table.rows(record, MOSCOW)
    }


def assert_equal_to_the_truth(google: Google, caller: Caller) -> None:
    for table in TABLES:
        assert shown(google, table) == truth(caller, table)


# How many calls


def test_nothing_to_say_costs_nothing(google: Google, gateway: Gateway) -> None:
    outcome = flush([], token=5, sheet=gateway, zone=MOSCOW)
    assert outcome.next_token == 5
    assert not outcome.progress
    assert google.called == []


def test_the_first_flush_makes_the_sheet(google: Google, gateway: Gateway) -> None:
    caller = Caller(gateway, [a_record(1), a_record(2)])
    outcome = caller.flush_once()
    assert google.called == [READ, "get", WRITE]
    assert outcome.delivered == {"deal:1#1", "deal:2#1"}
    assert outcome.all_dirty
    assert outcome.repairs == tuple(f"Лист «{title}» создан." for title in ("Данные", "Нарушения", "Меры"))
    assert_equal_to_the_truth(google, caller)


@pytest.mark.parametrize("count", [1, 300])
def test_two_calls_whatever_the_number(google: Google, gateway: Gateway, count: int) -> None:
    caller = Caller(gateway, [a_record(0)])
    caller.deliver()
    google.desk.journal.clear()
    for number in range(count):
        caller.change(a_record(number, stage="Изменения"))
    outcome = caller.flush_once()
    assert google.called == [READ, WRITE]
    assert len(outcome.delivered) == count
    assert_equal_to_the_truth(google, caller)


def test_more_rows_than_one_request_may_carry_take_two_calls_each_time(google: Google, gateway: Gateway) -> None:
    caller = Caller(gateway, [a_record(number) for number in range(2 * MOST_ROWS + 1)])
    assert caller.deliver() == 3
    assert google.called == [READ, "get", WRITE, READ, WRITE, READ, WRITE]
    assert_equal_to_the_truth(google, caller)


def test_long_texts_are_sent_in_smaller_batches(google: Google, gateway: Gateway) -> None:
    long = "я" * 45_000  # 90 kB a cell, in the sheet of cases and in that of violations
    caller = Caller(gateway, [a_record(number, verdict=long, severity=long) for number in range(6)])
    assert caller.deliver() == 2
    assert_equal_to_the_truth(google, caller)


def test_a_column_before_the_key_costs_one_look_and_only_once(google: Google, gateway: Gateway) -> None:
    caller = Caller(gateway, [a_record(1)])
    caller.deliver()
    users(google, {"insertDimension": {"range": dimension("COLUMNS", 0, 2)}})
    google.desk.journal.clear()
    caller.change(a_record(1, stage="Согласование"))
    caller.deliver()
    assert google.called == [READ, READ, WRITE]
    google.desk.journal.clear()
    caller.change(a_record(1, stage="Изменения"))
    caller.deliver()
    assert google.called == [READ, WRITE]
    assert_equal_to_the_truth(google, caller)


def test_a_hint_that_points_outside_of_the_grid_is_forgotten(google: Google, gateway: Gateway) -> None:
    caller = Caller(gateway, [a_record(1)])
    users(google, {"updateSpreadsheetProperties": {"properties": {"title": "x"}, "fields": "title"}})
    caller.deliver()
    users(google, {"insertDimension": {"range": dimension("COLUMNS", 0, 30)}})
    caller.change(a_record(1))
    caller.deliver()
    users(google, {"deleteDimension": {"range": dimension("COLUMNS", 0, 30)}})
    assert caller.places[SHEET_ID].key_column == 30
    caller.change(a_record(1, stage="Изменения"))
    caller.deliver()
    assert caller.places[SHEET_ID] == START
    assert_equal_to_the_truth(google, caller)


# What the cells are


def test_values_are_typed_and_text_is_never_a_formula(google: Google, gateway: Gateway) -> None:
    caller = Caller(gateway, [a_record(1, source_title='=HYPERLINK("http://evil")', responsible="+1", points=1.5)])
    caller.deliver()
    cells = shown(google)["deal:1#1"]
    assert cells["Источник"] == {"stringValue": '=HYPERLINK("http://evil")'}
    assert cells["Ответственный"] == {"stringValue": "+1"}
    assert cells["Премиальные баллы"] == {"numberValue": 1.5}
    assert cells["Завершён"] == {"boolValue": False}


def test_dates_are_shown_as_dates_in_new_rows_too(google: Google, gateway: Gateway) -> None:
    caller = Caller(gateway, [a_record(1)])
    caller.deliver()
    caller.change(a_record(2))
    caller.deliver()
    column = column_name([column.heading for column in COLUMNS].index("Дата старта"))
    (found,) = gateway_values(gateway, f"Данные!{column}1:{column}3")
    assert found == [["Дата старта"], ["02.03.2026 09:30"], ["02.03.2026 09:30"]]


def test_a_second_flush_of_the_same_changes_nothing(google: Google, gateway: Gateway) -> None:
    caller = Caller(gateway, [a_record(1), a_record(2)])
    caller.deliver()
    before = shown(google)
    size = google.book.sheet(SHEET_ID).grid.row_count
    caller.dirty |= caller.truth.keys()
    caller.deliver()
    assert shown(google) == before
    assert google.book.sheet(SHEET_ID).grid.row_count == size


def test_an_emptied_value_empties_its_cell(google: Google, gateway: Gateway) -> None:
    caller = Caller(gateway, [a_record(1, points=7)])
    caller.deliver()
    caller.change(a_record(1, points=None, verdict=""))
    caller.deliver()
    assert shown(google)["deal:1#1"]["Премиальные баллы"] == {}


# Trouble

KINDS = (
    "quota error unavailable bad_gateway drop apply_then_drop apply_then_error apply_then_bad_gateway".split()  # noqa: SIM905
)


@pytest.mark.parametrize("fault", KINDS)
@pytest.mark.parametrize("skip", range(5))
def test_a_fault_at_any_call_leaves_every_key_once(google: Google, gateway: Gateway, fault: str, skip: int) -> None:
    """Five calls: the three that make the sheet, the two that change it."""
    google.fail(fault, skip=skip)
    caller = Caller(gateway, [a_record(1), a_record(2)])
    caller.deliver()
    caller.change(a_record(2, stage="Изменения"))
    caller.change(a_record(3))
    caller.deliver()
    assert_equal_to_the_truth(google, caller)
    assert len(google.book.sheets) == 1 + len(TABLES)
    assert google.desk.faults.waiting == []


@pytest.mark.parametrize("fault", ["apply_then_drop", "drop"])
def test_after_a_lost_answer_the_same_token_decides(google: Google, gateway: Gateway, fault: str) -> None:
    caller = Caller(gateway, [a_record(1)])
    caller.deliver()
    caller.change(a_record(2))
    google.fail(fault, on="*batchUpdate")
    with pytest.raises(OutcomeUnknown):
        caller.flush_once()
    google.desk.journal.clear()
    outcome = caller.flush_once()
    if fault == "drop":  # it never arrived
        assert google.called == [READ, WRITE]
        assert outcome.delivered == {"deal:2#1"}
    else:  # it had been applied: one GET more, then the row is where it belongs
        assert google.called == [READ, WRITE, "developerMetadata.get"]
        assert outcome.doubtful == {"deal:2#1"}
        caller.deliver()
    assert_equal_to_the_truth(google, caller)


def test_a_lost_answer_to_the_making_of_the_sheet_still_dirties_every_row(google: Google, gateway: Gateway) -> None:
    caller = Caller(gateway, [a_record(1), a_record(2)])
    caller.deliver()
    users(google, {"deleteSheet": {"sheetId": SHEET_ID}})
    caller.change(a_record(2))
    google.fail("apply_then_drop", on="*batchUpdate")
    caller.deliver()
    assert_equal_to_the_truth(google, caller)


def test_two_workers_with_the_same_token_write_once(google: Google, gateway: Gateway) -> None:
    """The lease ran out while the first worker slept; it wakes up and sends what it had planned."""
    caller = Caller(gateway, [a_record(1)])
    caller.deliver()
    other = Gateway(BOOK, base=google.base)
    records = [a_record(2)]
    slow = flush(records, token=caller.token, sheet=gateway, zone=MOSCOW)
    late = flush(records, token=caller.token, sheet=other, zone=MOSCOW)
    assert slow.delivered == {"deal:2#1"}
    assert late.delivered == frozenset()
    assert late.doubtful == {"deal:2#1"}
    assert late.next_token == slow.next_token
    assert keys_standing(other) == {"deal:1#1": 1, "deal:2#1": 1}
    other.close()


def test_a_row_that_google_does_not_take_is_set_apart_and_the_rest_delivered(google: Google, gateway: Gateway) -> None:
    caller = Caller(gateway, [a_record(0)])
    caller.deliver()
    for number in range(1, 9):
        caller.change(a_record(number, stage="ядовитая" if number == 6 else "Анализ"))
    google.desk.faults.waiting.append(_refuses("ядовитая"))
    caller.deliver(most=30)
    assert set(caller.parked) == {"deal:6#1"}
    assert "Refused by a fault" in caller.parked["deal:6#1"]
    assert keys_standing(gateway) == {f"deal:{number}#1": 1 for number in (0, 1, 2, 3, 4, 5, 7, 8)}


def _refuses(text: str) -> object:
    from sandbox.sheets.faults import Fault

    return Fault("refuse", "spreadsheets.batchUpdate", times=1000, when_body_has=text)


def test_one_refusal_of_a_single_row_may_have_been_bad_luck(google: Google, gateway: Gateway) -> None:
    """For instance the sheet was renamed between the two calls: the second look sees the new name."""
    caller = Caller(gateway, [a_record(1)])
    caller.deliver()
    caller.change(a_record(1, stage="Изменения"))
    google.fail("refuse", on="*batchUpdate")
    outcome = caller.flush_once()
    assert outcome.delivered == {"deal:1#1"}
    assert_equal_to_the_truth(google, caller)


def test_a_sheet_of_ours_that_refuses_to_be_read_is_an_error_not_a_new_sheet(google: Google, gateway: Gateway) -> None:
    caller = Caller(gateway, [a_record(1)])
    caller.deliver()
    caller.change(a_record(1))
    google.fail("refuse", on="*values*")
    with pytest.raises(Refused):
        caller.flush_once()
    assert len(google.book.sheets) == 1 + len(TABLES)


def test_quota_waits_and_loses_nothing(google: Google, gateway: Gateway) -> None:
    google.desk.quota.limits = {"Read": 60, "Write": 2}
    caller = Caller(gateway, [a_record(1)])
    caller.deliver()
    caller.change(a_record(2))
    caller.deliver()
    caller.change(a_record(3))
    with pytest.raises(TryLater) as busy:
        caller.flush_once()
    assert busy.value.wait == 60
    google.desk.clock_offset += busy.value.wait
    caller.deliver()
    assert_equal_to_the_truth(google, caller)


def test_lost_access_names_the_remedy_and_keeps_the_rows_dirty(google: Google, gateway: Gateway) -> None:
    caller = Caller(gateway, [a_record(1)])
    google.desk.closed.add(BOOK)
    with pytest.raises(AccessLost, match="Откройте доступ к таблице"):
        caller.flush_once()
    google.desk.closed.clear()
    caller.deliver()
    assert_equal_to_the_truth(google, caller)


def test_a_protected_sheet_is_lost_access_not_a_bad_row(google: Google, gateway: Gateway) -> None:
    caller = Caller(gateway, [a_record(1)])
    caller.deliver()
    google.book.sheet(SHEET_ID).listed("protectedRanges").append(
        {"protectedRangeId": 5, "range": {"sheetId": SHEET_ID}, "requestingUserCanEdit": False}
    )
    caller.change(a_record(1, stage="Изменения"))
    with pytest.raises(AccessLost, match="Снимите защиту"):
        caller.flush_once()


# Tokens


def test_tokens_are_swept_and_the_highest_is_found_again(google: Google, gateway: Gateway) -> None:
    caller = Caller(gateway, [a_record(1)])
    caller.deliver()
    for token in (2, 99, 100, 299):
        caller.dirty.add("deal:1#1")
        caller.flush_once(token=token)
    google.desk.journal.clear()
    caller.dirty.add("deal:1#1")
    caller.flush_once(token=300)
    assert google.called == [READ, "developerMetadata.search", WRITE]
    assert [one["metadataId"] - token_id(0) for one in google.book.metadata if one["location"].get("spreadsheet")] == [
        100,
        299,
        300,
    ]
    assert highest_token(gateway) == 300


def test_an_unused_spreadsheet_has_seen_no_token(gateway: Gateway) -> None:
    assert highest_token(gateway) == 0


def test_a_key_cannot_be_sent_twice_in_one_flush(gateway: Gateway) -> None:
    with pytest.raises(ValueError, match="deal:1#1"):
        flush([a_record(1), a_record(1)], token=1, sheet=gateway, zone=MOSCOW)


# What users do between the two calls


@pytest.mark.parametrize(
    "meddling",
    [
        # sorted the other way round
        [{"sortRange": {"range": {"sheetId": SHEET_ID, "startRowIndex": 1},
                        "sortSpecs": [{"dimensionIndex": 0, "sortOrder": "DESCENDING"}]}}],
        # deleted a row above
        [{"deleteDimension": {"range": {"sheetId": SHEET_ID, "dimension": "ROWS", "startIndex": 1, "endIndex": 2}}}],
        # inserted rows above
        [{"insertDimension": {"range": {"sheetId": SHEET_ID, "dimension": "ROWS", "startIndex": 1, "endIndex": 3}}}],
        # renamed the sheet
        [{"updateSheetProperties": {"properties": {"sheetId": SHEET_ID, "title": "Отчёт"}, "fields": "title"}}],
        # deleted it
        [{"deleteSheet": {"sheetId": SHEET_ID}}],
        # deleted the last column
        [{"deleteDimension": {"range": {"sheetId": SHEET_ID, "dimension": "COLUMNS",
                                        "startIndex": len(COLUMNS) - 1, "endIndex": len(COLUMNS)}}}],
    ],
)  # fmt: skip
def test_meddling_between_look_and_write_is_seen_and_mended(google: Google, meddling: list[dict[str, object]]) -> None:
    gateway = _MeddledGateway(google, meddling)
    caller = Caller(gateway, [a_record(number) for number in range(1, 6)])
    caller.deliver()
    gateway.armed = True
    caller.change(a_record(4, stage="Изменения"))
    caller.change(a_record(9))
    caller.deliver()
    caller.compare()
    caller.deliver()
    assert_equal_to_the_truth(google, caller)
    gateway.close()


def test_a_sort_between_look_and_write_is_noticed_by_the_write_itself(google: Google) -> None:
    """Row 4 holds key 2 by then: key 4 stands twice, key 2 is gone, and neither counts as delivered."""
    specs = [{"dimensionIndex": 0, "sortOrder": "DESCENDING"}]
    sort = {"sortRange": {"range": {"sheetId": SHEET_ID, "startRowIndex": 1}, "sortSpecs": specs}}
    gateway = _MeddledGateway(google, [sort])
    caller = Caller(gateway, [a_record(number) for number in range(1, 6)])
    caller.deliver()
    gateway.armed = True
    caller.change(a_record(4, stage="Изменения"))
    outcome = caller.flush_once()
    assert outcome.delivered == frozenset()
    assert outcome.doubtful == {"deal:2#1", "deal:4#1"}
    caller.deliver()
    assert_equal_to_the_truth(google, caller)
    gateway.close()


class _MeddledGateway(Gateway):
    """Users edit the sheet right before our next write arrives."""

    def __init__(self, google: Google, meddling: list[dict[str, object]]) -> None:
        super().__init__(BOOK, base=google.base)
        self._google = google
        self._meddling = meddling
        self.armed = False

    def batch_update(self, edits, *, then_show, fields):  # type: ignore[no-untyped-def]
        if self.armed:
            self.armed = False
            users(self._google, *self._meddling)
        return super().batch_update(edits, then_show=then_show, fields=fields)


# Tools


def users(google: Google, *requests: dict[str, object]) -> None:
    """What people do in the browser."""
    after, _ = apply(google.book, list(requests))
    google.desk.keep(after)


def dimension(kind: str, start: int, end: int) -> dict[str, object]:
    return {"sheetId": SHEET_ID, "dimension": kind, "startIndex": start, "endIndex": end}


def gateway_values(gateway: Gateway, a1: str) -> list[list[list[object]]]:
    """Formatted values, as people see them."""
    found = gateway._client.values_batch_get(gateway.spreadsheet_id, [a1])
    return [one["values"] for one in found["valueRanges"]]
