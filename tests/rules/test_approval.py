"""Stage «Согласование»: every member votes, and a vote belongs to the set it was given on (S47, S48)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rules import approval, ballot
from rules.decision import (
    AddChecklistItems,
    CompleteTask,
    CreateTask,
    MoveCase,
    ReassignTask,
    RenewTask,
    Tell,
    UpdateCase,
)
from rules.model import Case, CaseField, Stage
from tests.builders import (
    BOOK,
    DEVELOPER,
    DIRECTOR,
    HOUR,
    INSPECTOR,
    LOGISTICS_HEAD,
    NOON,
    QUALITY_HEAD,
    SALES_HEAD,
    SERVICE,
    STRANGER,
    a_checklist,
    a_measure,
    a_staff,
    moved,
    reached,
    with_task,
)
from tests.rules.votes import BOTH, FIRST, MEMBERS, NONE, a_book, ballots, vote_id, voting

FIRST_ID, SECOND_ID = (vote_id(member) for member in MEMBERS)


@pytest.mark.parametrize(
    ("case", "missing"),
    [
        (voting(BOTH, BOTH), ()),
        (voting(BOTH, None), ("ждём голос: Лев Складов",)),
        (reached(Stage.APPROVAL), ("ждём голос: Сергей Сбытов", "ждём голос: Лев Складов")),
        # one line unticked is one measure refused
        (voting(BOTH, BOTH[:1]), ("не утверждена мера «Мера 2»",)),
        # nothing is left to decide: nobody is waited for
        (voting(NONE, None), ("не утверждена мера «Мера 1»", "не утверждена мера «Мера 2»")),
        # ticked but not closed is not said yet
        (
            with_task(voting(None, BOTH), ballot.slot(reached(Stage.APPROVAL), SALES_HEAD),
                      checklist=a_checklist(*BOTH, done=BOTH)),
            ("ждём голос: Сергей Сбытов",),
        ),
        # nobody to vote, nothing to vote on
        (voting(BOTH, BOTH, commission=()), ("комиссия не назначена: укажите её участников в карточке",)),
        (voting(BOTH, BOTH, measures=()), ("нет мер, которые можно согласовать",)),
        # a member added later hasn't voted
        (voting(BOTH, BOTH, commission=(*MEMBERS, DIRECTOR)), ("ждём голос: Дарья Директорова",)),
        # a member removed needn't
        (voting(BOTH, None, commission=(SALES_HEAD,)), ()),
        # a measure edited after the votes
        (
            voting(BOTH, None, measures=(a_measure(1, title="Иначе"), a_measure(2, department="logistics"))),
            ("меры изменены после голосования, ждём новый голос: Сергей Сбытов", "ждём голос: Лев Складов"),
        ),
    ],
)  # fmt: skip
def test_the_set_is_approved_when_every_member_ticked_every_line(case: Case, missing: tuple[str, ...]) -> None:
    assert approval.missing(case, BOOK) == missing


@pytest.mark.requirement("S34", "S47", "S48", "S8", "S10")
def test_every_member_gets_the_measures_as_a_checklist() -> None:
    """S8: a task with a checklist works on a phone; nobody meets. What is approved is what will be changed."""
    first, second = approval.work(reached(Stage.APPROVAL), BOOK, NOON).commands
    assert isinstance(first, CreateTask)
    assert isinstance(second, CreateTask)
    assert (first.responsible_id, second.responsible_id) == MEMBERS
    assert first.checklist == BOTH
    assert (
        "[*]№1 Мера 1 — Изменение регламента: Стадия «КП» в воронке «Опт»; выполняет Продажи; "
        "срок 10.12.2026; по плану 4 ч; ожидаемый результат: Срок стадии соблюдается"
    ) in first.description
    assert "это и есть изменения" in first.description
    assert first.slot != second.slot


def test_whoever_has_voted_isn_t_asked_again() -> None:
    """The votes given are kept while the others are waited for."""
    assert approval.work(voting(BOTH, None), BOOK, NOON).commands == ()


@pytest.mark.requirement("S47")
def test_a_refusal_takes_the_set_back_at_once_with_every_reason() -> None:
    protocol, told, *rest = approval.work(voting(None, FIRST), BOOK, NOON).commands
    assert isinstance(protocol, Tell)
    assert protocol.to == ()
    assert isinstance(told, Tell)
    assert told.to == (INSPECTOR,)
    assert told.text.splitlines() == [
        "Комплекс мер возвращён на доработку:",
        "• не утверждена мера «Мера 2» — Лев Складов: Нет людей",
    ]
    assert rest == [CompleteTask(FIRST_ID), MoveCase(Stage.FORMULATION)]


def test_a_crash_after_the_notes_only_moves() -> None:
    case = voting(NONE, BOTH)
    protocol, told, _ = approval.work(case, BOOK, NOON).commands
    assert isinstance(protocol, Tell)
    assert isinstance(told, Tell)
    after = replace(case, told=frozenset({protocol.mark, told.mark}))
    assert approval.work(after, BOOK, NOON).commands == (MoveCase(Stage.FORMULATION),)


@pytest.mark.requirement("S47")
def test_a_majority_names_each_measure_it_turned_down_with_the_reasons() -> None:
    """What was approved isn't mentioned: it needs no edit."""
    case = ballots({SALES_HEAD: FIRST, LOGISTICS_HEAD: FIRST, QUALITY_HEAD: BOTH})
    assert approval.work(case, a_book(quorum="majority"), NOON).because == (
        "не утверждена мера «Мера 2» — Сергей Сбытов: Нет людей; Лев Складов: Нет людей",
    )


def test_a_minority_s_no_is_no_obstacle_to_a_majority() -> None:
    book = a_book(quorum="majority")
    case = ballots({SALES_HEAD: BOTH, LOGISTICS_HEAD: NONE, QUALITY_HEAD: BOTH, DIRECTOR: BOTH})
    assert approval.missing(case, book) == ()


def test_a_vote_that_came_in_doesn_t_change_by_people_joining() -> None:
    """Two of three were a majority; with two more it isn't yet, and the votes given still count."""
    book = a_book(quorum="majority")
    case = ballots({SALES_HEAD: BOTH, LOGISTICS_HEAD: BOTH, QUALITY_HEAD: None})
    assert approval.missing(case, book) == ()
    joined = replace(case, commission=(*case.commission, DIRECTOR, DEVELOPER))
    assert approval.missing(joined, book) == tuple(
        f"ждём голос: {name}" for name in ("Вера Качественная", "Дарья Директорова", "Денис Кодов")
    )


# --- a refusal without a reason --------------------------------------------------------------------------------------


def wordless(**changes: object) -> Case:
    """A member left a measure unticked and closed the task without a word."""
    return with_task(voting(FIRST, BOTH), slot_of(SALES_HEAD), result="", **changes)


def slot_of(member: int) -> str:
    return ballot.slot(reached(Stage.APPROVAL), member)


@pytest.mark.requirement("S47")
def test_a_refusal_without_a_reason_goes_back_to_who_refused_with_what_to_do() -> None:
    case = wordless()
    told, renewed = approval.work(case, BOOK, NOON).commands
    assert isinstance(told, Tell)
    assert told.to == (SALES_HEAD,)
    assert "Напишите в результате задачи" in told.text
    assert renewed == RenewTask(FIRST_ID)
    assert approval.missing(case, BOOK) == ("ждём причину отказа: Сергей Сбытов",)


def test_a_crash_before_it_went_back_says_nothing_twice() -> None:
    told = approval.work(wordless(), BOOK, NOON).commands[0]
    assert isinstance(told, Tell)
    again = approval.work(replace(wordless(), told=frozenset({told.mark})), BOOK, NOON)
    assert again.commands == (RenewTask(FIRST_ID),)


def test_closed_without_a_word_a_second_time_it_counts() -> None:
    """Nobody is asked for ever: the inspector sees that there is no reason."""
    told = approval.work(wordless(), BOOK, NOON).commands[0]
    assert isinstance(told, Tell)
    stubborn = replace(wordless(closed_at=NOON + HOUR), told=frozenset({told.mark}))
    assert approval.work(stubborn, BOOK, NOON).because == (
        "не утверждена мера «Мера 2» — Сергей Сбытов: причина не указана в результате задачи",
    )


def test_where_the_rulebook_asks_for_no_reason_the_refusal_counts_at_once() -> None:
    assert approval.work(wordless(), a_book(reason_required=False), NOON).commands[-1] == MoveCase(Stage.FORMULATION)


# --- somebody else's hands -------------------------------------------------------------------------------------------


@pytest.mark.requirement("S47", "R13")
def test_a_vote_that_somebody_else_closed_is_no_vote() -> None:
    """An administrator who closes tasks approves nothing; the note names them."""
    case = with_task(voting(BOTH, BOTH), slot_of(SALES_HEAD), closed_by=INSPECTOR)
    assert approval.missing(case, BOOK) == (
        "голос не учтён, задачу закрыл(а) Инна Контролёрова, ждём голос: Сергей Сбытов",
    )
    told, renewed = approval.work(case, BOOK, NOON).commands
    assert isinstance(told, Tell)
    assert told.to == (SALES_HEAD, INSPECTOR)
    assert "закрыл(а) Инна Контролёрова" in told.text
    assert renewed == RenewTask(FIRST_ID)
    assert approval.work(replace(case, told=frozenset({told.mark})), BOOK, NOON).commands == (renewed,)


def test_a_vote_that_the_service_put_away_is_wanted_again_without_reproach() -> None:
    """A member who is seated again after giving way, a set that becomes again what it was."""
    case = with_task(voting(None, BOTH), slot_of(SALES_HEAD), closed_at=NOON, closed_by=SERVICE)
    assert approval.missing(case, BOOK) == ("ждём голос: Сергей Сбытов",)
    assert approval.work(case, BOOK, NOON).commands == (RenewTask(FIRST_ID),)


def test_where_the_portal_doesn_t_say_who_closed_it_the_task_s_owner_voted() -> None:
    assert approval.missing(with_task(voting(BOTH, BOTH), slot_of(SALES_HEAD), closed_by=None), BOOK) == ()


@pytest.mark.parametrize("to", [DEVELOPER, INSPECTOR, LOGISTICS_HEAD, STRANGER])
def test_a_vote_can_t_be_delegated(to: int) -> None:
    """Not even to another member: nobody has two votes."""
    case = with_task(voting(None, BOTH), slot_of(SALES_HEAD), responsible_id=to)
    told, back = approval.work(case, BOOK, NOON).commands
    assert isinstance(told, Tell)
    assert SALES_HEAD in told.to
    assert back == ReassignTask(FIRST_ID, SALES_HEAD)
    assert approval.work(replace(case, told=frozenset({told.mark})), BOOK, NOON).commands == (back,)


@pytest.mark.requirement("R12", "R13")
def test_a_substitute_may_vote_for_the_member_and_it_is_written_down() -> None:
    case = with_task(voting(None, None), slot_of(SALES_HEAD), responsible_id=DIRECTOR)
    (told,) = approval.work(case, BOOK, NOON).commands
    assert isinstance(told, Tell)
    assert told.text == "Сергей Сбытов передаёт голос заместителю: голосует Дарья Директорова."
    voted = with_task(voting(BOTH, BOTH), slot_of(SALES_HEAD), responsible_id=DIRECTOR, closed_by=DIRECTOR)
    assert approval.missing(voted, BOOK) == ()


def test_a_substitute_s_vote_stands_when_they_go_on_leave_the_next_day() -> None:
    voted = with_task(voting(BOTH, None), slot_of(SALES_HEAD), responsible_id=DIRECTOR, closed_by=DIRECTOR)
    (told,) = approval.work(voted, BOOK, NOON).commands
    assert isinstance(told, Tell)
    away = replace(voted, told=frozenset({told.mark}), staff=a_staff(absent=[DIRECTOR]))
    assert approval.work(away, BOOK, NOON).commands == ()
    assert approval.missing(away, BOOK) == ("ждём голос: Лев Складов",)


def test_lines_deleted_from_a_vote_come_back() -> None:
    case = with_task(voting(None, BOTH), slot_of(SALES_HEAD), checklist=a_checklist(BOTH[0]))
    assert approval.work(case, BOOK, NOON).commands == (AddChecklistItems(FIRST_ID, BOTH[1:]),)


# --- terms that nobody can keep --------------------------------------------------------------------------------------


@pytest.mark.requirement("R11")
def test_a_term_that_passed_during_the_vote_goes_back_for_a_new_one() -> None:
    """Nobody approves what can't be done in time."""
    late = NOON.replace(month=12, day=11)
    decision = approval.work(voting(BOTH, None), BOOK, late)
    assert decision.commands[-1] == MoveCase(Stage.FORMULATION)
    assert decision.because[0] == "срок меры «Мера 1» (10.12.2026) прошёл: назначьте новый"
    waiting = approval.work(voting(BOTH, None), BOOK, late.replace(day=10))
    assert waiting.commands == ()
    assert waiting.look_again_at is not None, "no event tells that the day is over (simulation, seed 160176)"
    assert approval.work(voting(BOTH, None), BOOK, waiting.look_again_at).commands == decision.commands


def test_a_vote_after_the_term_approves_nothing() -> None:
    case = with_task(voting(BOTH, BOTH), slot_of(LOGISTICS_HEAD), closed_at=NOON.replace(month=12, day=11))
    assert approval.missing(case, BOOK)[0] == "срок меры «Мера 1» (10.12.2026) прошёл: назначьте новый"


# --- what was decided ------------------------------------------------------------------------------------------------


def decided(**changes: object) -> Case:
    """A case whose approval was written down and left; then something changed."""
    case = voting(BOTH, BOTH)
    protocol, _ = approval.leave(case, BOOK)
    assert isinstance(protocol, Tell)
    return replace(moved(replace(case, told=frozenset({protocol.mark})), Stage.CHANGES), **changes)  # type: ignore[arg-type]


@pytest.mark.requirement("S47", "R13")
@pytest.mark.parametrize(
    "changes",
    [
        {"commission": (SALES_HEAD, LOGISTICS_HEAD, DIRECTOR)},
        {"commission": ()},
        {"staff": a_staff(fired=[SALES_HEAD, LOGISTICS_HEAD])},
        {"tasks": ()},
    ],
)
def test_a_decision_written_down_stands_whatever_changes_later(changes: dict[str, object]) -> None:
    assert approval.missing(decided(**changes), BOOK) == ()


def test_an_edit_or_a_vote_taken_back_opens_the_question_again() -> None:
    edited = decided(measures=(a_measure(1, title="Иначе"), a_measure(2, department="logistics")))
    assert approval.missing(edited, BOOK) != ()
    taken_back = with_task(decided(), slot_of(SALES_HEAD), closed_at=None, closed_by=None)
    assert approval.missing(taken_back, BOOK) == ("ждём голос: Сергей Сбытов",)


def test_another_visit_to_the_approval_needs_another_decision() -> None:
    """Dragged back to the commission and away again: what was decided before isn't the answer any more."""
    case = moved(moved(decided(), Stage.APPROVAL), Stage.CHANGES)
    reopened = with_task(case, slot_of(LOGISTICS_HEAD), closed_at=None, closed_by=None)
    assert approval.missing(reopened, BOOK) == ("ждём голос: Лев Складов",)
    assert approval.missing(replace(case, commission=(*MEMBERS, DIRECTOR)), BOOK) == ("ждём голос: Дарья Директорова",)


# --- the rest --------------------------------------------------------------------------------------------------------


def test_a_line_reworded_by_a_voter_is_not_the_measure() -> None:
    """What can't be read as «№…» of a measure approves nothing."""
    lines = a_checklist("да", "№2 Мера 2", done=["да", "№2 Мера 2"])
    case = with_task(voting(None, BOTH), slot_of(SALES_HEAD), checklist=lines, closed_at=NOON, result="Не ясно")
    assert approval.missing(case, BOOK) == ("не утверждена мера «Мера 1»",)


@pytest.mark.requirement("S47", "R13")
def test_an_edit_during_the_vote_voids_votes_and_says_so_once() -> None:
    """S47, R13: a vote belongs to the text it was given on."""
    before = voting(None, None)
    case = moved(before, Stage.APPROVAL, NOON - HOUR)
    case = replace(case, measures=(a_measure(1, title="Иначе"), case.measures[1]))
    told, *rest = approval.work(case, BOOK, NOON).commands
    assert isinstance(told, Tell)
    assert told.to == MEMBERS
    assert [type(command) for command in rest] == [CompleteTask, CompleteTask, CreateTask, CreateTask]
    again = approval.work(replace(case, told=frozenset({told.mark})), BOOK, NOON).commands
    assert [type(command) for command in again] == [CompleteTask, CompleteTask, CreateTask, CreateTask]


def test_a_new_edition_after_a_return_is_no_surprise_to_announce() -> None:
    """The old votes were closed before the case came here again: that is the ordinary way."""
    case = moved(voting(BOTH, BOTH), Stage.APPROVAL, NOON)
    case = replace(case, measures=(a_measure(1, title="Иначе"), case.measures[1]))
    assert [type(command) for command in approval.work(case, BOOK, NOON).commands] == [CreateTask, CreateTask]


def test_a_member_who_leaves_gives_way_before_anything_else() -> None:
    decision = approval.work(voting(None, None, staff=a_staff(fired=[LOGISTICS_HEAD])), BOOK, NOON)
    seated = decision.commands[-1]
    assert isinstance(seated, UpdateCase)
    assert seated.changes[CaseField.COMMISSION] == (SALES_HEAD, DIRECTOR)
    assert decision.because == ("Лев Складов не может голосовать: состав комиссии уточнён",)


def test_a_vote_of_somebody_no_longer_in_the_commission_is_put_away_without_a_word() -> None:
    case = voting(None, None, commission=(SALES_HEAD,))
    assert approval.work(case, BOOK, NOON).commands == (CompleteTask(80 + LOGISTICS_HEAD),)


def test_an_approval_put_back_by_a_person_is_voted_anew() -> None:
    """A head asks the commission to think again: the same ballots, open again."""
    case = moved(reached(Stage.CHANGES), Stage.APPROVAL)
    ids = tuple(task.id for task in case.tasks_for(ballot.PREFIX))
    assert approval.work(case, BOOK, NOON).commands == tuple(RenewTask(id_) for id_ in ids)


def test_leaving_puts_needless_votes_away_and_writes_the_decision_down() -> None:
    """A majority doesn't wait for the last vote."""
    case = ballots({SALES_HEAD: BOTH, LOGISTICS_HEAD: BOTH, DIRECTOR: None})
    put_away, protocol, _ = approval.leave(case, a_book(quorum="majority"))
    assert put_away == CompleteTask(vote_id(DIRECTOR))
    assert isinstance(protocol, Tell)
    assert protocol.mark == f"protocol-{case.entered.id}-{case.measures_hash}"


@pytest.mark.requirement("R20")
def test_the_plan_for_the_effect_is_made_with_the_decision() -> None:
    """Criterion, date and reviewer stand on the card before anything is changed; what people wrote stays."""
    plan = approval.leave(voting(BOTH, BOTH, criterion="Ни одной просрочки"), BOOK)[-1]
    assert isinstance(plan, UpdateCase)
    assert {CaseField.CHECK_ON, CaseField.REVIEWER} <= set(plan.changes)
    assert CaseField.CRITERION not in plan.changes


def test_a_vote_that_the_service_put_away_turns_nothing() -> None:
    """A crash between putting it away and moving on: the decision is still the same."""
    book = a_book(quorum="majority")
    case = ballots({SALES_HEAD: BOTH, LOGISTICS_HEAD: BOTH, DIRECTOR: None})
    after = with_task(case, ballot.slot(case, DIRECTOR), closed_at=NOON, closed_by=INSPECTOR)
    assert approval.missing(after, book) == ()


def test_nothing_to_approve_goes_back_to_the_inspector() -> None:
    told, *put_away, move = approval.work(voting(None, None, measures=()), BOOK, NOON).commands
    assert isinstance(told, Tell)
    assert "согласовывать нечего" in told.text
    assert put_away == [CompleteTask(FIRST_ID), CompleteTask(SECOND_ID)]
    assert move == MoveCase(Stage.FORMULATION)


# --- a critical violation --------------------------------------------------------------------------------------------

QUALITY = BOOK.model_copy(
    update={
        "roles": {
            **BOOK.roles,
            "quality_head": BOOK.roles["sales_head"].model_copy(
                update={"title": "Руководитель качества", "head_of": "Отдел качества"}
            ),
        }
    }
)
GRAVE = a_book(QUALITY, quorum="majority", critical_needs="quality_head")


def grave(ticked: dict[int, tuple[str, ...] | None]) -> Case:
    return ballots(ticked, violations=("documents",), facts=("Чужие реквизиты",))


@pytest.mark.requirement("S47")
def test_a_critical_violation_seats_whoever_must_agree() -> None:
    seated = approval.work(grave({SALES_HEAD: None}), GRAVE, NOON).commands[-1]
    assert isinstance(seated, UpdateCase)
    assert QUALITY_HEAD in seated.changes[CaseField.COMMISSION]  # type: ignore[operator]


@pytest.mark.requirement("S47")
def test_a_majority_isn_t_enough_for_a_critical_violation() -> None:
    """The quality lead's yes is needed, and the lead's no is enough."""
    others = {SALES_HEAD: BOTH, LOGISTICS_HEAD: BOTH}
    assert approval.missing(grave({**others, QUALITY_HEAD: None}), GRAVE) == ("ждём голос: Вера Качественная",)
    assert approval.missing(grave({**others, QUALITY_HEAD: FIRST}), GRAVE) == ("не утверждена мера «Мера 2»",)
    assert approval.missing(grave({**others, QUALITY_HEAD: BOTH}), GRAVE) == ()


def test_with_nobody_for_that_role_the_case_waits_and_says_so() -> None:
    case = replace(grave({SALES_HEAD: BOTH}), staff=a_staff(fired=[QUALITY_HEAD, DIRECTOR]))
    assert approval.missing(case, GRAVE) == (
        "нарушение критическое: без голоса «Руководитель качества» решения нет, голосовать некому",
    )
