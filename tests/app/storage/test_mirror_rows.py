"""Rows on their way to the spreadsheet: none is lost, none is sent without need."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from app.storage.mirror_rows import MirrorRows, ParkedRow, SheetState

KEY = "deal:42#1"
NEXT = SheetState(next_token=2, place={"header_row": 1, "key_column": 0})


@pytest.fixture
def rows(database) -> MirrorRows:
    return MirrorRows(database, "report")


async def waiting(rows: MirrorRows) -> dict[str, int]:
    return {row.key: row.version for row in await rows.waiting(300)}


async def test_only_a_change_makes_a_new_version(rows):
    assert await rows.put("main", KEY, {"stage": "Опрос", "measures": ("a",)})
    assert not await rows.put("main", KEY, {"measures": ["a"], "stage": "Опрос"})
    assert await rows.put("main", KEY, {"stage": "Анализ", "measures": []})
    (row,) = await rows.waiting(300)
    assert (row.portal, row.key, row.version, row.record) == ("main", KEY, 2, {"stage": "Анализ", "measures": []})


async def test_a_row_seen_to_arrive_waits_no_more(rows):
    await rows.put("main", KEY, {"hours": 1})
    await rows.settle(await rows.waiting(300), NEXT, delivered={KEY})
    assert (await waiting(rows), await rows.count_waiting()) == ({}, 0)
    await rows.put("main", KEY, {"hours": 1})
    assert await waiting(rows) == {}
    await rows.put("main", KEY, {"hours": 2})
    assert (await waiting(rows), await rows.count_waiting()) == ({KEY: 2}, 1)


async def test_a_version_made_during_a_flush_keeps_waiting(rows):
    await rows.put("main", KEY, {"hours": 1})
    sent = await rows.waiting(300)
    await rows.put("main", KEY, {"hours": 2})
    await rows.settle(sent, NEXT, delivered={KEY})
    assert await waiting(rows) == {KEY: 2}


async def test_a_row_sent_but_not_seen_keeps_waiting(rows):
    await rows.put("main", KEY, {"hours": 1})
    await rows.put("main", "deal:43#1", {"hours": 1})
    await rows.settle(await rows.waiting(300), NEXT, delivered={"deal:43#1"})
    assert await waiting(rows) == {KEY: 1}


async def test_a_doubtful_row_is_sent_again_even_if_it_had_arrived_before(rows):
    await rows.put("main", KEY, {"hours": 1})
    await rows.settle(await rows.waiting(300), NEXT, delivered={KEY})
    await rows.settle([], NEXT, doubtful={KEY, "deal:nobody#1"})
    assert await waiting(rows) == {KEY: 1}


async def test_a_new_sheet_gets_everything_but_what_just_arrived(rows):
    for number in range(3):
        await rows.put("main", f"deal:{number}#1", {"hours": number})
    await rows.settle(await rows.waiting(300), NEXT, delivered={"deal:0#1", "deal:1#1", "deal:2#1"})
    await rows.put("main", "deal:1#1", {"hours": 10})
    await rows.settle(await rows.waiting(300), NEXT, delivered={"deal:1#1"}, all_dirty=True)
    assert await waiting(rows) == {"deal:0#1": 1, "deal:2#1": 1}


async def test_a_refused_row_is_parked_until_it_changes(rows):
    await rows.put("main", KEY, {"title": "x" * 60_000})
    await rows.put("main", "deal:43#1", {"hours": 1})
    await rows.settle(await rows.waiting(300), NEXT, delivered={"deal:43#1"}, refused={KEY: "cell too long"})
    assert await waiting(rows) == {}
    assert await rows.parked() == [ParkedRow("main", KEY, "cell too long")]
    await rows.put("main", KEY, {"title": "short"})
    assert (await waiting(rows), await rows.parked()) == ({KEY: 2}, [])
    await rows.settle(await rows.waiting(300), NEXT, delivered={KEY})
    assert (await waiting(rows), await rows.parked()) == ({}, [])


async def test_a_doubtful_batch_lets_a_parked_row_try_once_more(rows):
    await rows.put("main", KEY, {"hours": 1})
    await rows.settle(await rows.waiting(300), NEXT, refused={KEY: "no"})
    await rows.settle([], NEXT, all_dirty=True)
    assert await waiting(rows) == {KEY: 1}


async def test_the_token_and_the_place_are_kept_with_what_arrived(rows, database):
    assert await rows.state() == SheetState(next_token=1, place=None)
    await rows.settle([], NEXT)
    assert await MirrorRows(database, "report").state() == NEXT
    await rows.settle([], SheetState(next_token=3))
    assert await rows.state() == SheetState(next_token=3, place=None)


async def test_another_spreadsheet_gets_all_rows_and_its_own_token(rows, database):
    await rows.put("main", KEY, {"hours": 1})
    await rows.settle(await rows.waiting(300), NEXT, delivered={KEY})
    other = MirrorRows(database, "another report")
    assert (await waiting(other), await other.state()) == ({KEY: 1}, SheetState())
    await other.settle(await other.waiting(300), NEXT, delivered={KEY})
    assert (await waiting(other), await waiting(rows)) == ({}, {})


async def test_no_more_rows_than_asked_for_come_at_once(rows):
    for number in range(5):
        await rows.put("main", f"deal:{number}#1", {})
    assert [row.key for row in await rows.waiting(2)] == ["deal:0#1", "deal:1#1"]
    assert await rows.count_waiting() == 5


async def test_half_an_outcome_is_never_written_down(rows):
    """A token that moved on without its rows, or rows without their token, would be sent twice or never."""
    await rows.put("main", KEY, {"hours": 1})
    sent = await rows.waiting(300)
    with pytest.raises((sa.exc.StatementError, TypeError), match="not JSON"):
        await rows.settle(sent, SheetState(2, place={"not": {"json"}}), delivered={KEY})
    assert (await waiting(rows), await rows.state()) == ({KEY: 1}, SheetState())


async def test_records_of_an_earlier_edition_are_told(rows):
    await rows.put("main", "deal:1#1", {"case_id": 1})
    await rows.put("main", "deal:2#1", {"case_id": 2, "edition": 2})
    await rows.put("other", "deal:3#1", {"case_id": 3, "edition": 1})
    assert await rows.outdated(2) == [("main", 1), ("other", 3)]
    assert await rows.outdated(3) == [("main", 2), ("main", 1), ("other", 3)]


NOON = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


async def test_one_process_at_a_time_holds_a_spreadsheet(rows, database):
    assert await rows.hold("first", NOON, NOON + 5 * MINUTE)
    assert not await rows.hold("second", NOON + MINUTE, NOON + 6 * MINUTE)
    assert await rows.hold("first", NOON + 4 * MINUTE, NOON + 9 * MINUTE), "it keeps what it has"
    assert await MirrorRows(database, "another").hold("second", NOON, NOON + MINUTE)
    assert await rows.hold("second", NOON + 9 * MINUTE, NOON + 14 * MINUTE), "a dead process's lease ends"
    await rows.let_go("first")
    assert not await rows.hold("first", NOON + 10 * MINUTE, NOON + 15 * MINUTE), "what it let go wasn't its own"
    await rows.let_go("second")
    assert await rows.hold("first", NOON + 10 * MINUTE, NOON + 15 * MINUTE)
    assert await rows.state() == SheetState(next_token=1)


async def test_a_spreadsheet_held_by_a_clock_that_was_put_back_since_is_free(rows):
    assert await rows.hold("first", NOON + 24 * HOUR, NOON + 24 * HOUR + MINUTE)
    assert await rows.hold("second", NOON, NOON + MINUTE)
    assert not await rows.hold("third", NOON - MINUTE / 2, NOON + MINUTE / 2), "clocks of two machines differ a little"


async def test_a_worker_that_slept_does_not_set_the_token_back(rows):
    await rows.settle([], SheetState(next_token=9))
    await rows.settle([], SheetState(next_token=6))
    assert (await rows.state()).next_token == 9


async def test_a_report_of_some_portals_shows_their_rows_alone(database):
    for portal in ("moscow", "tula", "omsk"):
        await MirrorRows(database).put(portal, KEY, {"portal": portal})
    ours = MirrorRows(database, "regions", ("tula", "omsk"))
    assert [row.portal for row in await ours.waiting(9)] == ["omsk", "tula"]
    assert [record["portal"] for record in await ours.records()] == ["omsk", "tula"]
    assert (await ours.count_waiting(), await ours.edition()) == (2, (2, 2))


async def test_what_arrived_is_what_the_sheet_is_compared_with(rows):
    await rows.put("main", KEY, {"hours": 1})
    await rows.put("main", "deal:43#1", {"hours": 5})
    await rows.settle(await rows.waiting(300), NEXT, delivered={KEY})
    assert await rows.arrived() == [{"hours": 1}]
    await rows.put("main", KEY, {"hours": 2})
    assert await rows.arrived() == [], "a newer version is on its way"


@pytest.mark.parametrize(("keys", "everything", "again"), [({KEY}, False, [KEY]), ((), True, [KEY, "deal:43#1"])])
async def test_rows_that_users_broke_are_sent_again(rows, keys, everything, again):
    await rows.put("main", KEY, {"hours": 1})
    await rows.put("main", "deal:43#1", {"hours": 1})
    await rows.settle(await rows.waiting(300), NEXT, delivered={KEY, "deal:43#1"})
    await rows.send_again(keys, all_of_them=everything)
    assert sorted(await waiting(rows)) == again


async def test_any_number_of_records_is_read_page_by_page(database):
    rows = MirrorRows(database)
    for portal in ("moscow", "tula"):
        for number in range(5):
            await rows.put(portal, f"deal:{number}#1", {"portal": portal, "number": number})
    paged = [record async for record in rows.each(page=3)]
    assert paged == await rows.records()
    assert len(paged) == 10
    assert [record["portal"] async for record in MirrorRows(database, portals=("tula",)).each(page=5)] == ["tula"] * 5
