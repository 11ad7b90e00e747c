"""The names by which the service finds its own objects again."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.controller.slots import case_named_by, mark_of, note_text, signature_of, signed, slot_of, task_name

marks = st.from_regex(r"[a-z]+-[0-9a-f:.-]{1,20}", fullmatch=True)


@given(st.integers(1, 10**9), st.text(min_size=1))
def test_a_task_is_found_by_its_name(case_id, slot):
    assert slot_of(task_name(case_id, slot), case_id) == slot
    assert case_named_by(task_name(case_id, slot)) == case_id


@pytest.mark.parametrize("xml_id", ["", "capa24:24", "capa24:240:survey", "other:24:survey", "xcapa24:24:survey"])
def test_a_task_of_somebody_else_has_no_slot(xml_id):
    assert slot_of(xml_id, 24) is None


@pytest.mark.parametrize("xml_id", ["", "capa24:24", "capa24:x:survey", "other:24:survey", f"capa24:{10**30}:survey"])
def test_a_task_of_somebody_else_names_no_case(xml_id):
    assert case_named_by(xml_id) is None


@given(st.text(), marks)
def test_a_note_carries_its_mark_whatever_it_says(text, mark):
    assert mark_of(note_text(text, mark)) == mark


@given(st.text(), marks, marks)
def test_a_quoted_mark_is_not_the_notes_own(text, quoted, mark):
    assert mark_of(note_text(note_text(text, quoted), mark)) == mark


@pytest.mark.parametrize("ending", ["\n", "  ", "\r\n\r\n"])
def test_spaces_that_a_portal_adds_do_not_hide_the_mark(ending):
    assert mark_of(note_text("текст", "gate-17") + ending) == "gate-17"


@pytest.mark.parametrize("text", ["", "обычный комментарий", "capa24 · gate-17 — так называлась заметка"])
def test_what_people_write_has_no_mark(text):
    assert mark_of(text) is None


@given(st.text(), st.integers(1, 10**9))
def test_news_are_found_by_their_last_line_in_words(text, number):
    assert signature_of(signed(text, f"Разбор №{number}") + "\n") == f"Разбор №{number}"
