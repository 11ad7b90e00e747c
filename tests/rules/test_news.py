"""The news about a case (S61, S84, R18): its draft, its audience, who has read it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules import closing, finalization, news
from rules.decide import decide
from rules.decision import CreateTask, PostNews, RenewTask, Tell, UpdateCase
from rules.model import Case, CaseField, Department, NewsReaders, Person, Stage
from rules.rulebook import Rulebook
from tests.builders import (
    BOOK,
    DEVELOPER,
    HOUR,
    INSPECTOR,
    LOGISTICS_HEAD,
    MANAGER,
    NOON,
    SALES,
    SALES_HEAD,
    a_staff,
    a_task,
    closed,
    reached,
)
from tests.rules.simulated_portal import SimulatedPortal
from tests.rules.test_closing import seal
from tests.rules.test_finalization import finishing

MOSCOW = ZoneInfo("Europe/Moscow")


def with_news(**changes: object) -> Rulebook:
    words = BOOK.finalization.news.model_copy(update=changes)
    return BOOK.model_copy(update={"finalization": BOOK.finalization.model_copy(update={"news": words})})


CONFIRMED = with_news(confirm=True)
IMPORTANT = with_news(important=True, remind_readers_after_days=3)
READY = finishing("closed", "closed")


# --- The draft -------------------------------------------------------------------------------------------------------


@pytest.mark.requirement("S61")
def test_the_inspector_gets_the_draft_before_it_is_published() -> None:
    (task,) = finalization.work(READY, CONFIRMED, NOON).commands
    assert isinstance(task, CreateTask)
    assert (task.slot, task.responsible_id) == ("news", INSPECTOR)
    assert "Изменения: Розница" in task.description
    assert "• Мера 1: Срок стадии соблюдается" in task.description


@pytest.mark.parametrize(
    ("result", "text"),
    [
        ("Теперь срок стадии «КП» — три дня.", "Теперь срок стадии «КП» — три дня."),
        ("", "По разбору «Насосы» изменено: • Мера 1: Срок стадии соблюдается\n• Мера 2: Срок стадии соблюдается"),
        ("  \n", "По разбору «Насосы» изменено: • Мера 1: Срок стадии соблюдается\n• Мера 2: Срок стадии соблюдается"),
    ],
)
@pytest.mark.requirement("S61")
def test_closing_the_task_confirms_and_its_result_replaces_the_draft(result: str, text: str) -> None:
    task = replace(closed(a_task("news", number=200, responsible=INSPECTOR)), result=result)
    (post,) = finalization.work(replace(READY, tasks=(*READY.tasks, task)), CONFIRMED, NOON).commands
    assert isinstance(post, PostNews)
    assert (post.title, post.text) == ("Изменения: Розница", text)


def test_nothing_is_published_while_the_draft_is_open() -> None:
    task = a_task("news", number=200, responsible=INSPECTOR)
    assert finalization.work(replace(READY, tasks=(*READY.tasks, task)), CONFIRMED, NOON).commands == ()


def test_a_finalization_put_back_asks_for_the_draft_again() -> None:
    task = closed(a_task("news", number=200, responsible=INSPECTOR), NOON - 20 * HOUR)
    back = replace(
        READY, entries=(replace(READY.entered, stage=Stage.SUCCESS), replace(READY.entered, id=90, at=NOON - 5 * HOUR))
    )
    back = replace(back, tasks=(*(closed(each) for each in READY.tasks), task))
    assert RenewTask(200) in finalization.work(back, CONFIRMED, NOON).commands


@pytest.mark.requirement("S84")
def test_an_important_message_asks_to_be_confirmed() -> None:
    (post,) = finalization.work(READY, IMPORTANT, NOON).commands
    assert isinstance(post, PostNews)
    assert post.important


# --- The audience ----------------------------------------------------------------------------------------------------


@pytest.mark.requirement("S61")
def test_the_audience_are_those_who_work_in_the_departments_and_below() -> None:
    staff = a_staff(fired=[MANAGER])
    below = Department(30, "Опт", parent_id=SALES, head_id=LOGISTICS_HEAD)
    people = {**staff.people, 41: Person(41, "Анна Оптова", department_ids=(30,))}
    staff = replace(staff, people=people, departments={**staff.departments, 30: below})
    assert news.audience(reached(Stage.SUCCESS, staff=staff), BOOK) == {SALES_HEAD, LOGISTICS_HEAD, 41}


def test_news_for_nobody_in_particular_are_for_everybody() -> None:
    case = reached(Stage.SUCCESS, funnel="leads")
    assert news.audience(case, BOOK) == set(case.staff.people)


# --- The readers -----------------------------------------------------------------------------------------------------


def published(*read: int, book: Rulebook = IMPORTANT, at: datetime = NOON) -> SimulatedPortal:
    """A case closed and sealed, whose news these people have read; four are asked."""
    case = reached(Stage.SUCCESS, entries=(*reached(Stage.SUCCESS).entries[:-1], _entered(at)))
    portal = SimulatedPortal(case, book)
    portal.now = at
    portal.settle()
    readers = NewsReaders(frozenset({MANAGER, SALES_HEAD, DEVELOPER, LOGISTICS_HEAD}), frozenset(read))
    portal.case = replace(portal.case, readers=readers)
    return portal


def _entered(at: datetime):  # type: ignore[no-untyped-def]
    return replace(reached(Stage.SUCCESS).entered, at=at)


def reads(portal: SimulatedPortal, *people: int) -> None:
    assert portal.case.readers is not None
    readers = replace(portal.case.readers, read=portal.case.readers.read | frozenset(people))
    portal.case = replace(portal.case, readers=readers)


@pytest.mark.requirement("R18")
def test_the_counting_begins_with_the_closing() -> None:
    update = closing.work(reached(Stage.SUCCESS), IMPORTANT, NOON).commands[0]
    assert isinstance(update, UpdateCase)
    assert update.changes[CaseField.NEWS_READ] == "0 из 2 (0 %)"
    assert CaseField.NEWS_READ not in closing.work(reached(Stage.SUCCESS), BOOK, NOON).commands[0].changes  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("read", "share"), [((), "0 из 4 (0 %)"), ((MANAGER,), "1 из 4 (25 %)"), ((MANAGER, INSPECTOR), "1 из 4 (25 %)")]
)
@pytest.mark.requirement("R18", "S84")
def test_the_share_of_readers_stands_on_the_card(read: tuple[int, ...], share: str) -> None:
    portal = published(*read)
    portal.settle()
    assert portal.case.news_read == share


@pytest.mark.requirement("R18", "S84")
def test_who_has_not_read_is_reminded_once_after_some_working_days() -> None:
    portal = published(MANAGER)
    portal.settle()
    assert portal.notes_marked("unread-") == []
    portal.now = datetime(2026, 11, 26, 18, 0, tzinfo=MOSCOW)  # three working days after Monday
    portal.settle()
    (reminder,) = portal.notes_marked("unread-")
    assert reminder.to == (SALES_HEAD, LOGISTICS_HEAD, DEVELOPER)
    for _ in range(3):
        portal.pass_time(timedelta(days=1))
        portal.settle()
    assert len(portal.notes_marked("unread-")) == 1


@pytest.mark.requirement("R18")
def test_when_everybody_has_read_it_the_counting_ends() -> None:
    portal = published(MANAGER, SALES_HEAD, DEVELOPER)
    portal.settle()
    reads(portal, LOGISTICS_HEAD)
    portal.pass_time(timedelta(days=1))
    portal.settle()
    (ended,) = portal.notes_marked("readers-")
    assert ended.text == "Новость прочитали: 4 из 4 (100 %)."
    assert not news.waits_for_readers(portal.case, IMPORTANT)


@pytest.mark.requirement("R18")
def test_after_ten_working_days_it_is_written_down_who_has_not() -> None:
    portal = published(MANAGER, SALES_HEAD)
    portal.now = datetime(2026, 12, 7, 18, 0, tzinfo=MOSCOW)
    portal.settle()
    (ended,) = portal.notes_marked("readers-")
    assert ended.text.splitlines() == ["Новость прочитали: 2 из 4 (50 %).", "Не подтвердили: Лев Складов, Денис Кодов."]
    assert not news.waits_for_readers(portal.case, IMPORTANT)


def test_a_closed_case_looks_at_its_readers_once_a_working_day() -> None:
    friday = datetime(2026, 11, 27, 15, 0, tzinfo=MOSCOW)
    portal = published(MANAGER, at=friday)
    portal.settle()
    assert decide(portal.case, IMPORTANT, portal.now).look_again_at == datetime(2026, 11, 30, 9, 0, tzinfo=MOSCOW)


def test_readers_that_nobody_could_ask_for_are_asked_for_the_next_day() -> None:
    portal = published()
    portal.case = replace(portal.case, readers=None)
    decision = news.follow(portal.case, IMPORTANT, NOON)
    assert (decision.commands, decision.look_again_at) == ((), datetime(2026, 11, 24, 9, 0, tzinfo=MOSCOW))
    assert news.follow(portal.case, IMPORTANT, NOON + timedelta(days=30)).look_again_at is None


@pytest.mark.parametrize(
    ("case", "book", "why"),
    [
        (seal(reached(Stage.SUCCESS)), IMPORTANT, "closed before the rulebook asked for confirmations"),
        (seal(reached(Stage.SUCCESS, news_read="0 из 2 (0 %)")), BOOK, "the rulebook no longer asks"),
        (seal(reached(Stage.SUCCESS, news_read="0 из 2 (0 %)", news_post_id=None)), IMPORTANT, "no post"),
        (reached(Stage.FINALIZATION, news_read="0 из 2 (0 %)"), IMPORTANT, "still open"),
    ],
)
def test_readers_are_asked_for_only_while_somebody_waits_for_them(case: Case, book: Rulebook, why: str) -> None:
    assert not news.waits_for_readers(case, book), why


@settings(deadline=None)
@given(
    days=st.lists(st.integers(0, 20), max_size=8), readers=st.lists(st.sampled_from([MANAGER, SALES_HEAD]), max_size=2)
)
def test_whenever_looks_happen_nobody_is_told_twice(days: list[int], readers: list[int]) -> None:
    portal = published()
    for day in sorted(days):
        portal.now = max(portal.now, NOON + timedelta(days=day))
        if readers:
            reads(portal, readers.pop())
        portal.settle()  # the portal fails when a mark is told twice, and checks that a second look is empty
    marks = [note.mark for note in portal.notes if isinstance(note, Tell)]
    assert len(marks) == len(set(marks))
