"""Where the table is, whatever users did to the sheet."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from sheets_sync.columns import COLUMNS
from sheets_sync.layout import START, Layout, Look, Place, Seen, locate
from sheets_sync.tables import CASES

HEADINGS = tuple(column.heading for column in COLUMNS)
PORTAL, FUNNEL = COLUMNS[1], COLUMNS[6]
ALL_TAGS = {heading: index for index, heading in enumerate(HEADINGS)}


def a_look(
    *,
    header: tuple[str, ...] = HEADINGS,
    keys: tuple[str, ...] = ("Ключ", "deal:1#1", "deal:2#1"),
    place: Place = START,
    tags: Mapping[str, int] | None = None,
    expected: bool = True,
) -> Seen:
    return Seen(place, "Данные", 10, max(len(header), len(HEADINGS)), header, keys, tags, expected)


def located(seen: Seen) -> Layout:
    found = locate(seen)
    assert isinstance(found, Layout), found
    return found


def test_an_empty_table_where_it_was_left_costs_no_second_look() -> None:
    assert located(a_look(keys=("Ключ",))).rows == {}


def test_an_untouched_sheet_is_understood_at_the_first_look() -> None:
    layout = located(a_look())
    assert layout.columns == {column: index for index, column in enumerate(COLUMNS)}
    assert layout.rows == {"deal:1#1": (1,), "deal:2#1": (2,)}
    assert layout.last_row == 2
    assert not layout.repairs


@pytest.mark.parametrize(
    ("header", "at"),
    [
        # users swapped two columns
        ((*HEADINGS[:1], HEADINGS[6], *HEADINGS[2:6], HEADINGS[1], *HEADINGS[7:]), {PORTAL: 6, FUNNEL: 1}),
        # users put a column of their own between ours
        ((*HEADINGS[:1], "Заметки", *HEADINGS[1:]), {PORTAL: 2, FUNNEL: 7}),
        # spaces and case do not matter
        ((*HEADINGS[:1], "  портал ", *HEADINGS[2:]), {PORTAL: 1, FUNNEL: 6}),
    ],
)
def test_columns_are_found_by_their_headings(header: tuple[str, ...], at: dict[object, int]) -> None:
    columns = located(a_look(header=header)).columns
    assert {column: columns[column] for column in (PORTAL, FUNNEL)} == at


@pytest.mark.parametrize(
    ("seen", "then"),
    [
        # a column was inserted before the key: read that column
        (a_look(header=("Моё", *HEADINGS), keys=("Моё", "x")), Look(Place(0, 1), with_tags=False)),
        # rows were inserted above the header: read that row
        (a_look(header=("Отчёт",), keys=("Отчёт", "", "Ключ", "deal:1#1")), Look(Place(2, 0), with_tags=False)),
        # a heading is missing: ask where the column was
        (a_look(header=HEADINGS[:-1]), Look(START, with_tags=True)),
        # a heading of ours stands there twice: ask which column is ours
        (a_look(header=(*HEADINGS, "Портал")), Look(START, with_tags=True)),
        # the heading of a key column without any keys, where the table was not expected: ask whether it is ours
        (a_look(keys=("Ключ",), expected=False), Look(START, with_tags=True)),
        # it is not: the tagged column is
        (a_look(keys=("Ключ",), tags=ALL_TAGS | {"Ключ": 4}), Look(Place(0, 4), with_tags=True)),
        # neither heading nor key: ask
        (a_look(header=(), keys=()), Look(START, with_tags=True)),
        # the tags know the key column to be elsewhere
        (a_look(header=("Моё",), keys=("Моё",), tags={"Ключ": 3}), Look(Place(0, 3), with_tags=True)),
        # keys begin further down than the row looked at: look right above them
        (a_look(header=("x",), keys=("x", "", "", "deal:1#1"), tags={"Ключ": 0}), Look(Place(2, 0), with_tags=True)),
    ],
)
def test_when_one_look_is_not_enough_it_says_where_to_look_next(seen: Seen, then: Look) -> None:
    assert locate(seen) == then


@pytest.mark.parametrize(("tags", "at"), [({"Ключ": 1}, 1), ({}, 0), ({"Ключ": 7}, 0)])
def test_of_two_columns_with_our_heading_the_tagged_one_is_ours(tags: dict[str, int], at: int) -> None:
    header = ("Ключ", *HEADINGS)
    found = locate(a_look(header=header, keys=("Ключ", "deal:1#1"), place=Place(0, at), tags=tags))
    assert isinstance(found, Layout)
    assert found.columns[CASES.key] == at


def test_a_renamed_heading_is_respected_when_the_tag_knows_the_column() -> None:
    header = (HEADINGS[0], "Наш портал", *HEADINGS[2:])
    layout = located(a_look(header=header, tags=ALL_TAGS))
    assert layout.columns[PORTAL] == 1
    assert not layout.missing
    assert not layout.blank_headings


def test_a_renamed_heading_without_a_tag_looks_like_a_missing_column() -> None:
    layout = located(a_look(header=(HEADINGS[0], "Наш портал", *HEADINGS[2:]), tags={}))
    assert layout.missing == (PORTAL,)
    assert layout.repairs == ("Лист «Данные»: столбцы добавлены справа: «Портал».",)


def test_a_renamed_key_heading_is_found_by_the_keys_below_it() -> None:
    layout = located(a_look(header=("ID", *HEADINGS[1:]), keys=("ID", "deal:1#1"), tags=ALL_TAGS))
    assert layout.columns[CASES.key] == 0
    assert not layout.insert_header
    assert not layout.missing


def test_an_erased_heading_is_written_again() -> None:
    layout = located(a_look(header=(HEADINGS[0], "", *HEADINGS[2:]), tags=ALL_TAGS))
    assert layout.blank_headings == {PORTAL}
    assert layout.repairs == ("Лист «Данные»: стёртые заголовки восстановлены: «Портал».",)


def test_a_deleted_header_row_is_inserted_again() -> None:
    seen = a_look(header=("deal:1#1", "portal"), keys=("deal:1#1", "deal:2#1"), tags=ALL_TAGS)
    layout = located(seen)
    assert layout.insert_header
    assert layout.header_row == 0
    assert layout.blank_headings == set(COLUMNS)
    assert layout.rows == {"deal:1#1": (0,), "deal:2#1": (1,)}
    assert layout.repairs == ("Лист «Данные»: строка заголовков была удалена — восстановлена.",)


def test_without_header_and_tags_no_column_of_the_users_is_taken_for_ours() -> None:
    layout = located(a_look(header=("deal:1#1", "моё"), keys=("deal:1#1",), tags={}))
    assert layout.columns == {CASES.key: 0}
    assert layout.missing == COLUMNS[1:]


def test_a_deleted_key_column_is_missing_and_said_so() -> None:
    tags = {heading: index for index, heading in enumerate(HEADINGS[1:])}
    layout = located(a_look(header=HEADINGS[1:], keys=("Портал", "p1"), tags=tags))
    assert layout.missing == (CASES.key,)
    assert any("«Ключ» был удалён" in repair for repair in layout.repairs)


def test_an_emptied_sheet_gets_its_headings_back_where_they_were() -> None:
    layout = located(a_look(header=(), keys=(), tags=ALL_TAGS))
    assert layout.blank_headings == set(COLUMNS)
    assert not layout.missing
    assert not layout.rows


def test_rows_above_a_header_that_users_sorted_away_are_still_rows() -> None:
    layout = located(a_look(keys=("deal:2#1", "Ключ", "deal:1#1"), place=Place(1, 0)))
    assert layout.rows == {"deal:2#1": (0,), "deal:1#1": (2,)}


def test_doubled_keys_and_users_texts_in_the_key_column() -> None:
    layout = located(a_look(keys=("Ключ", "deal:1#1", "итого", "deal:1#1", "", "deal:2#1")))
    assert layout.rows == {"deal:1#1": (1, 3), "deal:2#1": (5,)}
    assert layout.repairs == ("Лист «Данные»: повторы строк: deal:1#1.",)
