"""The check of the measures (R21): on its day, by somebody independent, with the numbers, and with consequences."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules import effect_check, effect_numbers, effectiveness, finalization
from rules.decide import decide
from rules.decision import CreateTask
from rules.effect_numbers import Numbers
from rules.model import Effect, PastCase, Stage, Task
from rules.rulebook import Rulebook
from rules.rulebook.schema import Effectiveness
from tests.builders import (
    BOOK,
    DIRECTOR,
    INSPECTOR,
    MANAGER,
    NOON,
    OTHER_INSPECTOR,
    QUALITY_HEAD,
    SALES_HEAD,
    reached,
)
from tests.rules.simulated_portal import PowerCutError, SimulatedPortal
from tests.rules.test_past import DAY, a_past_case

BEFORE = tuple(a_past_case(number, days_ago=10 + number) for number in range(1, 7))
"""Six cases before this one, all of them late."""


def after(*found: tuple[str, ...]) -> tuple[PastCase, ...]:
    """Cases after the closing with these violations."""
    return tuple(a_past_case(50 + n, days_ago=-5 - n, violations=codes) for n, codes in enumerate(found))


def closed_portal(past: Iterable[PastCase] = (), book: Rulebook = BOOK) -> SimulatedPortal:
    """A case closed with measures, sealed, and what the funnel was like since."""
    portal = SimulatedPortal(reached(Stage.SUCCESS, baseline=100.0), book)
    portal.settle()
    portal.case = replace(portal.case, past=(*BEFORE, *past))
    portal.settle()
    return portal


def on_the_day(past: Iterable[PastCase] = (), book: Rulebook = BOOK) -> SimulatedPortal:
    """The same on the day of the check: the reviewer is asked."""
    portal = closed_portal(past, book)
    portal.now = decide(portal.case, book, portal.now).look_again_at or portal.now
    portal.settle()
    return portal


def check(portal: SimulatedPortal) -> Task:
    """The newest check."""
    return max(portal.case.tasks_for(effectiveness.PREFIX), key=lambda task: task.id)


def answer(portal: SimulatedPortal, effect: Effect | None, note: str = "Проверено", **closing: object) -> None:
    portal.edit_card(effect=effect, effect_note=note)
    portal.close(check(portal), **closing)  # type: ignore[arg-type]
    portal.settle()


# --- On its day ------------------------------------------------------------------------------------------------------


@pytest.mark.requirement("R20", "R21")
def test_on_the_day_the_reviewer_gets_the_check_with_the_numbers() -> None:
    portal = closed_portal(after((), (), ("terms",), (), ()))
    assert portal.case.tasks_for(effectiveness.PREFIX) == ()
    portal.now = decide(portal.case, BOOK, portal.now).look_again_at or portal.now
    decision = portal.look()
    (task,) = [command for command in decision.commands if isinstance(command, CreateTask)]
    assert task.responsible_id == OTHER_INSPECTOR
    assert "Критерий: Доля разборов с теми же нарушениями снизилась вдвое." in task.description
    numbers = (
        "До мер, за 90 дн. до разбора: разборов 6, с теми же нарушениями 6, доля 100 %. "
        "После закрытия 23.11.2026: разборов 5, с теми же нарушениями 1, доля 20 %. По числам: результативно."
    )
    assert numbers in task.description
    assert portal.case.effect_data == numbers
    assert portal.case.effect is None, "the service suggests, the reviewer decides"


def test_when_everybody_independent_has_left_nobody_is_asked_and_somebody_new_is() -> None:
    """Found by random histories: the check went to the reviewer on the card, who had been fired."""
    portal = closed_portal()
    portal.company(fired=(OTHER_INSPECTOR, QUALITY_HEAD, DIRECTOR))
    portal.now = decide(portal.case, BOOK, portal.now).look_again_at or portal.now
    portal.settle()
    assert portal.case.tasks_for(effectiveness.PREFIX) == ()
    waiting = decide(portal.case, BOOK, portal.now)
    assert waiting.because == ("проверить результативность некому: укажите проверяющего в карточке",)
    portal.company(fired=(OTHER_INSPECTOR,))
    assert waiting.look_again_at is not None, "no event tells that somebody works here again"
    portal.now = waiting.look_again_at
    portal.settle()
    assert check(portal).responsible_id == QUALITY_HEAD


@pytest.mark.parametrize(
    ("before", "later", "suggestion"),
    [
        (40.0, 20.0, Effect.EFFECTIVE),
        (40.0, 20.1, Effect.PARTLY),
        (40.0, 40.0, Effect.NOT_EFFECTIVE),
        (40.0, 90.0, Effect.NOT_EFFECTIVE),
        (0.0, 0.0, Effect.EFFECTIVE),
        (0.0, 5.0, Effect.NOT_EFFECTIVE),
        # too little data says so
        (None, 20.0, Effect.INCONCLUSIVE),
        (40.0, None, Effect.INCONCLUSIVE),
    ],
)
@pytest.mark.requirement("R21")
def test_what_the_numbers_suggest(before: float | None, later: float | None, suggestion: Effect) -> None:
    assert Numbers((), (), before, later).suggests(0.5) is suggestion


@pytest.mark.requirement("R21")
def test_too_little_data_is_called_so() -> None:
    portal = on_the_day(after((), ()))
    assert "доля не определена" in portal.case.effect_data
    assert "данных мало (нужно хотя бы 5 разборов до и после)" in portal.case.effect_data


def test_measures_without_violations_have_no_share() -> None:
    case = reached(Stage.SUCCESS, violations=(), past=(*BEFORE, *after((), (), (), (), ())))
    numbers = effect_numbers.count(case, BOOK, NOON + 60 * DAY)
    assert (numbers.share_before, numbers.share_after) == (None, None)


def test_a_closed_case_sleeps_until_then() -> None:
    portal = closed_portal()
    assert decide(portal.case, BOOK, portal.now).look_again_at == datetime.fromisoformat("2027-01-22T09:00+03:00")


def test_a_plan_that_somebody_erased_is_filled_in_again() -> None:
    portal = closed_portal()
    portal.edit_card(criterion="", check_on=None, reviewer_id=None)
    portal.settle()
    assert (portal.case.check_on, portal.case.reviewer_id) == (datetime(2027, 1, 22).date(), OTHER_INSPECTOR)  # noqa: DTZ001


def test_a_deleted_check_is_asked_for_again() -> None:
    portal = on_the_day()
    first = check(portal)
    portal.delete(first)
    portal.settle()
    assert check(portal).id != first.id
    assert check(portal).slot == first.slot


def test_terms_watch_the_check() -> None:
    portal = on_the_day()
    deadline = check(portal).deadline
    assert deadline is not None
    portal.now = deadline + timedelta(days=5)
    portal.settle()
    assert portal.notes_marked(f"late-{check(portal).id}-")[0].to == (OTHER_INSPECTOR,)
    assert portal.notes_marked(f"escalated-{check(portal).id}-")[0].to == (QUALITY_HEAD,)


@pytest.mark.requirement("R20")
def test_a_reviewer_who_left_is_replaced() -> None:
    portal = on_the_day()
    portal.company(fired=[OTHER_INSPECTOR])
    portal.settle()
    assert (portal.case.reviewer_id, check(portal).responsible_id) == (QUALITY_HEAD, QUALITY_HEAD)


@pytest.mark.requirement("R20")
def test_the_check_is_not_handed_to_the_inspector() -> None:
    portal = on_the_day()
    portal.hand_over(check(portal), INSPECTOR)
    portal.settle()
    assert check(portal).responsible_id == OTHER_INSPECTOR


def test_an_independent_person_may_take_it_over() -> None:
    portal = on_the_day()
    portal.hand_over(check(portal), QUALITY_HEAD)
    portal.settle()
    assert check(portal).responsible_id == QUALITY_HEAD


# --- The answer ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("effect", "note", "by", "missing"),
    [
        (None, "Проверено", None, "выберите в карточке «Результативность»"),
        (Effect.NOT_EFFECTIVE, "", None, "напишите вывод"),
        (Effect.PARTLY, "", None, "напишите вывод"),
        (Effect.EFFECTIVE, "Хорошо", INSPECTOR, "проверку завершает независимый проверяющий"),
        (Effect.EFFECTIVE, "Хорошо", SALES_HEAD, "проверку завершает независимый проверяющий"),
    ],
)
@pytest.mark.requirement("R21")
def test_an_unfinished_answer_comes_back(effect: Effect | None, note: str, by: int | None, missing: str) -> None:
    portal = on_the_day()
    answer(portal, effect, note, by=by)
    assert not check(portal).closed
    (told,) = portal.notes_marked("unfinished-")
    assert missing in told.text
    assert portal.case.stage is Stage.SUCCESS


@pytest.mark.requirement("R21")
def test_effective_measures_leave_the_case_closed() -> None:
    portal = on_the_day()
    answer(portal, Effect.EFFECTIVE, "")
    (told,) = portal.notes_marked("checked-")
    assert told.to == (INSPECTOR, QUALITY_HEAD)
    assert "результативно. Проверил(а): Олег Проверкин." in told.text
    assert told.text.endswith("Разбор остаётся закрытым.")
    assert decide(portal.case, BOOK, portal.now).look_again_at is None


@pytest.mark.requirement("R21")
def test_the_conclusion_may_stand_in_the_tasks_result() -> None:
    portal = on_the_day()
    answer(portal, Effect.PARTLY, "", result="Сроки лучше, документы нет")
    assert portal.case.effect_note == "Сроки лучше, документы нет"
    (told,) = portal.notes_marked("checked-")
    assert told.text.endswith("Разбор остаётся закрытым: решите, нужны ли дополнительные меры.")
    assert portal.case.stage is Stage.SUCCESS


@pytest.mark.requirement("R21", "R27")
def test_measures_that_did_not_work_reopen_the_case() -> None:
    portal = on_the_day()
    answer(portal, Effect.NOT_EFFECTIVE, "Сроки нарушают по-прежнему")
    case = portal.case
    assert case.stage is Stage.FORMULATION
    (told,) = portal.notes_marked("ineffective-")
    assert "Сроки нарушают по-прежнему" in told.text
    assert (case.criterion, case.baseline, case.check_on, case.reviewer_id) == ("", None, None, None)
    assert (case.effect, case.effect_note, case.news_post_id) == (None, "", None)
    task = portal.slot("measures")
    assert not task.closed


@pytest.mark.requirement("R21")
def test_a_rulebook_may_reopen_what_worked_in_part() -> None:
    book = BOOK.model_copy(update={"effectiveness": Effectiveness(when_partly="reopen")})
    portal = on_the_day(book=book)
    answer(portal, Effect.PARTLY, "Только на складе")
    assert portal.case.stage is Stage.FORMULATION


def reopened() -> SimulatedPortal:
    portal = on_the_day()
    answer(portal, Effect.NOT_EFFECTIVE, "Не помогло")
    return portal


@pytest.mark.requirement("R27")
def test_a_reopened_case_needs_work_that_was_not_done_before() -> None:
    portal = reopened()
    portal.close(portal.slot("measures"))
    portal.settle()
    assert portal.case.stage is Stage.FORMULATION
    assert "принятые меры не подействовали" in portal.notes_marked("unfinished-")[-1].text
    portal.drag(Stage.SUCCESS)
    portal.settle()
    assert portal.case.stage is Stage.FORMULATION, "nor is it dragged past that"


@pytest.mark.requirement("R27")
def test_a_reopened_case_is_finished_anew_and_checked_again() -> None:
    portal = reopened()
    portal.run_to(Stage.SUCCESS)
    steps = [portal.slot(finalization.slot(step, number=2)) for step in BOOK.finalization.steps]
    assert all(step.closed for step in steps)
    assert [post.signature for post in portal.news] == ["Разбор №7, новые меры (2)"]
    assert effectiveness.attempt(portal.case) == 2
    assert not effectiveness.nothing_new(portal.case)
    assert portal.case.check_on is not None
    assert portal.case.check_on > portal.now.date() + timedelta(days=55)
    portal.pass_time(timedelta(days=61))
    portal.settle()
    assert not check(portal).closed


@pytest.mark.requirement("R21")
def test_too_little_data_is_checked_again_twice_at_most() -> None:
    portal = on_the_day()
    for number in (1, 2, 3):
        assert check(portal).slot.count(":") == (1 if number == 1 else 2)
        answer(portal, Effect.INCONCLUSIVE)
        note = portal.notes_marked("checked-")[-1]
        assert ("Повторная проверка через 60 дн." in note.text) is (number < 3)
        portal.pass_time(timedelta(days=61))
        portal.settle()
    assert "проверка окончена без вывода" in portal.notes_marked("checked-")[-1].text
    assert len(portal.case.tasks_for(effectiveness.PREFIX)) == effect_check.MOST_CHECKS
    assert decide(portal.case, BOOK, portal.now).look_again_at is None


def test_the_next_check_begins_with_an_empty_answer() -> None:
    portal = on_the_day()
    answer(portal, Effect.INCONCLUSIVE)
    assert portal.case.effect is Effect.INCONCLUSIVE, "the record keeps it until then"
    portal.pass_time(timedelta(days=61))
    portal.settle()
    assert (portal.case.effect, portal.case.effect_note) == (None, "")
    portal.close(check(portal))
    portal.settle()
    assert not check(portal).closed


def test_a_check_taken_up_again_is_answered_again() -> None:
    portal = on_the_day()
    answer(portal, Effect.EFFECTIVE)
    portal.reopen(check(portal))
    answer(portal, Effect.NOT_EFFECTIVE, "Я ошибся")
    assert portal.case.stage is Stage.FORMULATION


@settings(deadline=None)
@given(
    effect=st.sampled_from([None, *Effect]),
    note=st.sampled_from(["", "Вывод"]),
    cuts=st.lists(st.integers(0, 3), max_size=6),
    by=st.sampled_from([None, INSPECTOR, MANAGER]),
)
def test_a_crash_anywhere_leads_to_the_same_end(
    effect: Effect | None, note: str, cuts: list[int], by: int | None
) -> None:
    def played(power_cuts: Iterable[int]) -> SimulatedPortal:
        portal = closed_portal()
        portal.now = decide(portal.case, BOOK, portal.now).look_again_at or portal.now
        for step in ("asked", "answered"):
            if step == "answered":
                portal.edit_card(effect=effect, effect_note=note)
                portal.close(check(portal), by=by)
            for cut in power_cuts:
                try:
                    portal.look(power_cut_after=cut)
                except PowerCutError:
                    continue
            portal.settle()
        return portal

    whole, broken = played(()), played(cuts)
    assert broken.case.stage is whole.case.stage
    assert [task.slot for task in broken.case.tasks] == [task.slot for task in whole.case.tasks]
    assert sorted(note.mark.split("-")[0] for note in broken.notes) == sorted(
        note.mark.split("-")[0] for note in whole.notes
    )


def test_the_staff_of_the_day_counts() -> None:
    """R20: independence is judged when the check is given, not when it was planned."""
    portal = closed_portal()
    portal.case = replace(portal.case, inspector_id=OTHER_INSPECTOR)
    portal.settle()
    portal.now = decide(portal.case, BOOK, portal.now).look_again_at or portal.now
    portal.settle()
    assert check(portal).responsible_id == INSPECTOR
