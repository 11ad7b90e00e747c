"""Stage «Изменения»: one blocking task a measure, in the kanban of the department that does it (S50-S57)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from rules import execution
from rules.decision import CreateTask, ReassignTask, RenewTask, Tell, UpdateMeasure
from rules.model import Case, LostTask, Measure, MeasureField, Staff, Stage
from tests.builders import (
    BOOK,
    DEVELOPER,
    DIRECTOR,
    HOUR,
    INSPECTOR,
    IT,
    LOGISTICS_HEAD,
    MANAGER,
    NOON,
    QUALITY_HEAD,
    SALES_HEAD,
    SERVICE,
    STRANGER,
    a_measure,
    a_staff,
    a_task,
    closed,
    moved,
    reached,
)

MEASURES = (a_measure(1, task_id=90), a_measure(2, department="logistics", task_id=91))


def at_work(first: str, second: str, **changes: Any) -> Case:
    """A case in its changes; each of two tasks is «open», «closed», «none» (never given out) or «lost» (deleted)."""
    case = reached(Stage.CHANGES)
    tasks, measures = [], []
    for number, (measure, state) in enumerate(zip(MEASURES, (first, second), strict=True), 90):
        task = a_task(execution.slot(measure), number=number, responsible=SALES_HEAD, title=measure.title)
        if state in ("open", "closed"):
            tasks.append(closed(task) if state == "closed" else task)
        measures.append(replace(measure, task_id=None) if state == "none" else measure)
    case = replace(case, measures=tuple(measures), tasks=(*case.tasks, *tasks))
    return replace(case, **changes)


LOST = "задача №90 по мере «Мера 1» удалена, и никто не решил, как быть"
REMAINS = "открыта задача №90 «Мера 1», исполнитель Сергей Сбытов"


@pytest.mark.parametrize(
    ("case", "missing"),
    [
        (at_work("closed", "closed"), ()),
        # S57: one open task is enough
        (at_work("open", "closed"), (REMAINS,)),
        # a task never made is not a task done
        (at_work("none", "closed"), ("по мере «Мера 1» нет задачи",)),
        (at_work("open", "none"), ("по мере «Мера 2» нет задачи", REMAINS)),
        # the measure is gone, its task is still blocking (S56)
        (at_work("open", "closed", measures=MEASURES[1:]), (REMAINS,)),
        (at_work("closed", "closed", measures=MEASURES[1:]), ()),
        # reworded after the work was done: other work
        (
            at_work("closed", "closed", measures=(a_measure(1, target="Иное", task_id=90), MEASURES[1])),
            ("по мере «Мера 1» нет задачи",),
        ),
        # deleted: somebody has to decide
        (at_work("lost", "closed"), (LOST,)),
        (at_work("lost", "open"), (LOST, "открыта задача №91 «Мера 2», исполнитель Сергей Сбытов")),
        # nothing was ordered
        (replace(reached(Stage.CHANGES), measures=()), ()),
    ],
)
def test_what_holds_the_case(case: Case, missing: tuple[str, ...]) -> None:
    assert execution.missing(case, BOOK) == missing


@pytest.mark.parametrize(
    ("measure", "staff", "person"),
    [
        # the person whom the measure names (S42, S43)
        (a_measure(responsible_id=DEVELOPER), a_staff(), DEVELOPER),
        # who has left: the department's head
        (a_measure(responsible_id=DEVELOPER), a_staff(fired=[DEVELOPER]), SALES_HEAD),
        (a_measure(), a_staff(), SALES_HEAD),
        (a_measure(department="logistics"), a_staff(), LOGISTICS_HEAD),
        # no head: above
        (a_measure(department="it"), a_staff(), DIRECTOR),
        (a_measure(department="it"), a_staff(heads={IT: DEVELOPER}), DEVELOPER),
        # nobody up to the top: the inspector, rather than nobody
        (a_measure(department="it"), a_staff(fired=[DIRECTOR]), INSPECTOR),
    ],
)
def test_a_measure_is_done_by_a_person_who_works_here(measure: Measure, staff: Staff, person: int) -> None:
    """S50-S52."""
    case = reached(Stage.CHANGES, staff=staff)
    assert execution.executor(case, BOOK, measure, instead=INSPECTOR) == person


@pytest.mark.requirement("S6", "S50", "S52", "S53", "S56", "R14")
def test_each_measure_gets_its_task_in_its_department() -> None:
    """Department and so its group's kanban, executor, deadline, planned hours, and that it blocks."""
    first, second = execution.work(reached(Stage.CHANGES), BOOK, NOON).commands
    assert isinstance(first, CreateTask)
    assert isinstance(second, CreateTask)
    assert (first.department, second.department) == ("sales", "logistics")
    assert (first.responsible_id, second.responsible_id) == (SALES_HEAD, LOGISTICS_HEAD)
    assert first.auditors == (INSPECTOR,)
    assert first.planned_hours == 4.0
    assert first.deadline is not None
    assert f"{first.deadline:%d.%m.%Y %H:%M}" == "10.12.2026 18:00"
    assert "блокирует финализацию" in first.description
    assert first.description.startswith("Изменение регламента: Стадия «КП» в воронке «Опт»\nОжидаемый результат: Срок")
    assert "Основание: разбор №7 — Сделка №42 «Насосы»" in first.description


@pytest.mark.requirement("S49", "S55")
def test_the_title_is_the_inspector_s_own_wording() -> None:
    worded = a_measure(1, title="Изменить процесс стадии «КП» в воронке «Продажи ОПТ»")
    (task,) = tasks_for(worded)
    assert task.title == "Изменить процесс стадии «КП» в воронке «Продажи ОПТ»"


def tasks_for(*measures: Measure, **department: Any) -> tuple[CreateTask, ...]:
    """What is given out for these measures; the sales department of the rulebook changed like this."""
    sales = BOOK.departments["sales"].model_copy(update=department)
    book = BOOK.model_copy(update={"departments": {**BOOK.departments, "sales": sales}})
    commands = execution.work(reached(Stage.CHANGES, measures=measures), book, NOON).commands
    return tuple(command for command in commands if isinstance(command, CreateTask))


@pytest.mark.requirement("S51")
def test_an_outsourced_integrator_is_named_and_the_department_looks_after_the_task() -> None:
    (task,) = tasks_for(a_measure(1), integrator="ООО «Интегратор»")
    assert task.responsible_id == SALES_HEAD
    assert "подрядчик «ООО «Интегратор»», задачу ведёт Сергей Сбытов" in task.description


@pytest.mark.parametrize(
    ("measure", "flow"),
    [
        # the flow of the group chooses who does it
        (a_measure(1), 15),
        # whom the measure names does it, whatever the flow would choose
        (a_measure(1, responsible_id=DEVELOPER), None),
    ],
)
def test_a_task_flow_hands_out_what_the_measure_gives_to_nobody(measure: Measure, flow: int | None) -> None:
    (task,) = tasks_for(measure, flow=15)
    assert task.flow == flow


@pytest.mark.requirement("S42", "S43")
def test_whoever_is_trained_takes_part_in_the_task() -> None:
    (task,) = tasks_for(a_measure(1, kind="training", employee_id=DEVELOPER))
    assert task.accomplices == (DEVELOPER,)
    assert "Кого касается: Денис Кодов" in task.description
    (own,) = tasks_for(a_measure(1, kind="training", employee_id=DEVELOPER, responsible_id=DEVELOPER))
    assert (own.responsible_id, own.accomplices) == (DEVELOPER, ())


def test_a_measure_that_became_incomplete_gets_a_task_all_the_same() -> None:
    """A case let past its formulation: better a task with gaps than none."""
    (task,) = tasks_for(a_measure(1, kind="unknown", department="unknown", due=None))
    assert task.department is None
    assert task.responsible_id == INSPECTOR


def test_work_of_somebody_who_left_is_taken_over() -> None:
    """S91: by the department for a measure, by the inspector for everything else that blocks."""
    case = at_work("open", "open", measures=MEASURES[1:], staff=a_staff(fired=[SALES_HEAD]))
    rework = a_task("rework:3", number=99, responsible=SALES_HEAD)
    case = replace(case, tasks=(*case.tasks, rework), told=frozenset({"needless-90"}))
    assert execution.work(case, BOOK, NOON).commands == (
        ReassignTask(91, LOGISTICS_HEAD),
        ReassignTask(90, INSPECTOR),
        ReassignTask(99, INSPECTOR),
    )


def test_what_is_under_way_is_left_alone() -> None:
    assert execution.work(at_work("open", "closed"), BOOK, NOON).commands == ()


def test_the_owner_of_a_task_without_a_measure_is_told_once() -> None:
    case = at_work("open", "open", measures=MEASURES[1:])
    (told,) = execution.work(case, BOOK, NOON).commands
    assert isinstance(told, Tell)
    assert told.to == (SALES_HEAD, INSPECTOR)
    assert "№90 «Мера 1»" in told.text
    assert execution.work(replace(case, told=frozenset({told.mark})), BOOK, NOON).commands == ()


def test_a_case_put_back_when_all_was_done_asks_what_to_do_anew() -> None:
    """The person who put it back is named; until somebody answers, the case stays."""
    case = moved(reached(Stage.FINALIZATION), Stage.CHANGES)
    assert execution.missing(case, BOOK) == ("разбор возвращён на стадию «Изменения», а доработки ещё не было",)
    (task,) = execution.work(case, BOOK, NOON).commands
    assert isinstance(task, CreateTask)
    assert task.responsible_id == INSPECTOR
    assert "Мария Продавцова" in task.description


def test_a_measure_without_a_task_is_named_beside_the_missing_rework() -> None:
    case = moved(reached(Stage.FINALIZATION), Stage.CHANGES)
    case = replace(case, measures=(*case.measures, a_measure(3)))
    assert execution.missing(case, BOOK) == (
        "по мере «Мера 3» нет задачи",
        "разбор возвращён на стадию «Изменения», а доработки ещё не было",
    )


def test_the_answer_may_be_the_rework_or_any_task_done_again() -> None:
    back = moved(reached(Stage.FINALIZATION), Stage.CHANGES)
    rework = closed(a_task(f"rework:{back.entered.id}", number=99), NOON + HOUR)
    assert execution.missing(replace(back, tasks=(*back.tasks, rework)), BOOK) == ()
    slot = execution.slot(back.measures[0])
    redone = replace(back, tasks=tuple(replace(t, closed_at=NOON + HOUR) if t.slot == slot else t for t in back.tasks))
    assert execution.missing(redone, BOOK) == ()


def test_a_rework_that_was_closed_before_is_renewed() -> None:
    back = moved(reached(Stage.FINALIZATION), Stage.CHANGES)
    rework = closed(a_task(f"rework:{back.entered.id}", number=99), NOON)
    assert execution.work(replace(back, tasks=(*back.tasks, rework)), BOOK, NOON).commands == (RenewTask(99),)


def test_open_work_needs_no_rework() -> None:
    case = moved(at_work("open", "closed"), Stage.FINALIZATION)
    assert execution.work(moved(case, Stage.CHANGES), BOOK, NOON).commands == ()


def test_a_measure_without_a_day_has_the_rulebook_s_term() -> None:
    """Can't happen behind the guards of the formulation; were it to, the task is due in ten working days."""
    first, _ = execution.work(
        reached(Stage.CHANGES, measures=(a_measure(1, due=None), MEASURES[1])), BOOK, NOON
    ).commands
    assert isinstance(first, CreateTask)
    assert first.deadline is not None
    assert first.deadline.date() == date(2026, 12, 7)


# --- The number of the task in the measure's card, and what a deleted task leads to (S56) ----------------------------


def lost(decision: LostTask | None = None, by: int | None = None, **changes: Any) -> Case:
    """The first measure's task was deleted, and this person wrote this decision into the measure."""
    case = at_work("lost", "closed", **changes)
    first, second = case.measures
    return replace(case, measures=(replace(first, decision=decision, changed_by=by), second))


def commands_for(case: Case) -> tuple[Any, ...]:
    return execution.work(case, BOOK, NOON).commands


@pytest.mark.requirement("R14")
def test_the_number_of_a_task_is_written_into_its_measure() -> None:
    """After a crash between the task and this write, the next look finds the task by its slot and writes it."""
    case = at_work("open", "open")
    fresh = tuple(replace(measure, task_id=None) for measure in case.measures)
    assert commands_for(replace(case, measures=fresh)) == (
        UpdateMeasure(1, {MeasureField.TASK: 90}),
        UpdateMeasure(2, {MeasureField.TASK: 91}),
    )


def test_a_task_finished_before_its_number_was_written_leaves_it_on_the_way_out() -> None:
    case = at_work("closed", "closed", measures=(a_measure(1), MEASURES[1]))
    assert execution.leave(case, BOOK) == [UpdateMeasure(1, {MeasureField.TASK: 90})]


def test_a_reworded_measure_remembers_its_new_task() -> None:
    """The old one, still open, holds the case until somebody closes it."""
    reworded = a_measure(1, target="Иное", task_id=90)
    case = at_work("open", "closed", measures=(reworded, MEASURES[1]))
    given, told = commands_for(case)
    assert isinstance(given, CreateTask)
    assert isinstance(told, Tell)
    new = a_task(execution.slot(reworded), number=95)
    case = replace(case, tasks=(*case.tasks, new), told=frozenset({told.mark}))
    assert commands_for(case) == (UpdateMeasure(1, {MeasureField.TASK: 95}),)


def test_a_task_deleted_before_its_number_was_written_is_given_out_again() -> None:
    """Nobody can miss what nobody remembers; the work is still ordered."""
    (given,) = commands_for(at_work("none", "closed"))
    assert isinstance(given, CreateTask)


@pytest.mark.requirement("S56")
def test_a_deleted_blocking_task_blocks_and_is_told_once() -> None:
    case = lost()
    (told,) = commands_for(case)
    assert isinstance(told, Tell)
    assert told.to == (INSPECTOR, QUALITY_HEAD)
    assert "удалена или отвязана от карточки" in told.text
    assert "«Поставить задачу снова» или «Работа больше не нужна»" in told.text
    assert "Решить может: Инна Контролёрова, Сергей Сбытов, Лев Складов, Вера Качественная." in told.text
    quiet = replace(case, told=frozenset({told.mark}))
    assert commands_for(quiet) == ()
    assert execution.missing(quiet, BOOK) == (LOST,)


@pytest.mark.parametrize(
    ("person", "commission", "may"),
    [
        (INSPECTOR, (), True),
        # fills a role of gate.override
        (QUALITY_HEAD, (), True),
        (SALES_HEAD, (SALES_HEAD,), True),
        (SALES_HEAD, (), False),
        # whose work is analysed
        (MANAGER, (MANAGER,), False),
        # the portal can't tell who it was
        (SERVICE, (SERVICE,), False),
        (STRANGER, (), False),
        (None, (), False),
    ],
)
@pytest.mark.parametrize("decision", list(LostTask))
@pytest.mark.requirement("S56")
def test_who_decides_about_a_deleted_task(
    person: int | None, commission: tuple[int, ...], may: bool, decision: LostTask
) -> None:
    told, *rest = commands_for(lost(decision, person, commission=commission))
    assert isinstance(told, Tell)
    assert ("Решил(а)" in told.text) is may
    if not may:
        assert "не принято" in told.text
        assert rest == [UpdateMeasure(1, {MeasureField.DECISION: None})]


def test_a_refused_decision_is_told_once_a_person() -> None:
    case = lost(LostTask.NEEDLESS, MANAGER)
    told, clear = commands_for(case)
    assert told.to == (MANAGER,)
    assert commands_for(replace(case, told=frozenset({told.mark}))) == (clear,)


def test_needless_work_counts_as_done_from_the_note_on() -> None:
    """Whoever edits the measure afterwards takes nothing back."""
    case = lost(LostTask.NEEDLESS, INSPECTOR)
    (told,) = commands_for(case)
    assert "Инна Контролёрова: работа больше не нужна" in told.text
    assert execution.missing(case, BOOK) == (LOST,)
    decided = replace(lost(LostTask.NEEDLESS, MANAGER), told=frozenset({told.mark}))
    assert execution.missing(decided, BOOK) == ()
    assert commands_for(decided) == ()


def test_needless_work_that_is_reworded_is_other_work() -> None:
    case = lost(LostTask.NEEDLESS, INSPECTOR)
    (told,) = commands_for(case)
    first, second = case.measures
    reworded = replace(case, measures=(replace(first, target="Иное"), second), told=frozenset({told.mark}))
    assert execution.missing(reworded, BOOK) == (LOST,)


def test_work_wanted_again_gets_a_new_task() -> None:
    case = lost(LostTask.AGAIN, INSPECTOR)
    told, forget, given = commands_for(case)
    assert "Инна Контролёрова: поставить задачу снова" in told.text
    assert forget == UpdateMeasure(1, {MeasureField.TASK: None, MeasureField.DECISION: None})
    assert given.slot == execution.slot(case.measures[0])


def test_a_decision_about_a_task_that_is_there_says_nothing() -> None:
    """Chosen beforehand, it would be in somebody else's name when the task is deleted."""
    case = at_work("open", "closed")
    early = (replace(case.measures[0], decision=LostTask.NEEDLESS, changed_by=INSPECTOR), case.measures[1])
    assert commands_for(replace(case, measures=early)) == (UpdateMeasure(1, {MeasureField.DECISION: None}),)


def test_a_task_bound_to_the_card_again_is_found_again() -> None:
    """Taken out of UF_CRM_TASK it looked deleted; nobody had decided yet."""
    case = replace(at_work("open", "closed"), told=frozenset({"lost-90"}))
    assert commands_for(case) == ()
    assert execution.missing(case, BOOK) == (REMAINS,)


# --- Progress on the card --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("case", "says"),
    [
        (at_work("none", "none"), "Закрыто 0 из 2; ждём: Мера 1, Мера 2"),
        (at_work("open", "closed"), "Закрыто 1 из 2; ждём: Мера 1 (Сергей Сбытов)"),
        (at_work("closed", "closed"), "Закрыто 2 из 2"),
        (at_work("lost", "closed"), "Закрыто 1 из 2; ждём: Мера 1"),
        # a task of a measure that is gone counts while it holds the case
        (at_work("open", "closed", measures=MEASURES[1:]), "Закрыто 1 из 2; ждём: Мера 1 (Сергей Сбытов)"),
        (replace(reached(Stage.CHANGES), measures=()), ""),
    ],
)
def test_progress_is_said_in_one_line(case: Case, says: str) -> None:
    assert execution.progress(case) == says


def test_progress_stays_short_however_much_there_is_to_do() -> None:
    many = tuple(a_measure(number, title="Очень длинное название меры " * 9) for number in range(1, 30))
    said = execution.progress(reached(Stage.CHANGES, measures=many))
    assert said.endswith(" и ещё 24")
    assert len(said) < 500


def test_needless_work_is_progress() -> None:
    case = lost(LostTask.NEEDLESS, INSPECTOR)
    (told,) = commands_for(case)
    assert execution.progress(replace(case, told=frozenset({told.mark}))) == "Закрыто 2 из 2"
