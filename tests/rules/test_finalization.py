"""Stage «Финализация»: documents, systems, news, close, in this order (S58-S62)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import rules
from rules import finalization
from rules.decision import CreateTask, PostNews, RenewTask, Tell, UpdateCase
from rules.model import Case, Stage
from rules.rulebook import load
from tests.builders import BOOK, INSPECTOR, NOON, a_measure, a_staff, a_task, closed, moved, reached, with_task

DOCUMENTS, SYSTEMS = BOOK.finalization.steps


def finishing(*states: str, **changes: Any) -> Case:
    """A case in finalization whose steps are «open» or «closed», in their order."""
    case = reached(Stage.FINALIZATION)
    steps = zip(BOOK.finalization.steps, states, strict=False)
    tasks = [a_task(finalization.slot(step), number=i, responsible=INSPECTOR) for i, (step, _) in enumerate(steps, 100)]
    tasks = [closed(task) if state == "closed" else task for task, state in zip(tasks, states, strict=True)]
    return replace(case, tasks=(*case.tasks, *tasks), **changes)


NEWS = "новость для сотрудников не опубликована"


@pytest.mark.parametrize(
    ("case", "missing"),
    [
        (finishing(), ("не выполнено: «Опубликовать документы»", "не выполнено: «Опубликовать настройки»", NEWS)),
        (finishing("closed"), ("не выполнено: «Опубликовать настройки»", NEWS)),
        (finishing("closed", "closed"), (NEWS,)),
        (finishing("closed", "closed", news_post_id=5), ()),
        # reopened by hand: not done
        (finishing("open", "closed", news_post_id=5), ("не выполнено: «Опубликовать документы»",)),
        # nothing was changed, so nothing is announced
        (finishing("closed", "closed", measures=()), ()),
    ],
)
def test_what_is_left_to_do(case: Case, missing: tuple[str, ...]) -> None:
    assert finalization.missing(case, BOOK) == missing


@pytest.mark.parametrize(
    ("case", "next_task"),
    [
        (finishing(), "final:documents"),
        # S58: the second step waits for the first
        (finishing("open"), None),
        (finishing("closed"), "final:systems"),
        (finishing("closed", "open"), None),
    ],
)
@pytest.mark.requirement("S58")
def test_steps_are_asked_for_one_after_another(case: Case, next_task: str | None) -> None:
    commands = finalization.work(case, BOOK, NOON).commands
    assert [command.slot for command in commands if isinstance(command, CreateTask)] == [next_task] * bool(next_task)
    assert len(commands) == bool(next_task)


@pytest.mark.requirement("S59")
def test_a_step_tells_what_was_changed() -> None:
    (task,) = finalization.work(finishing(), BOOK, NOON).commands
    assert isinstance(task, CreateTask)
    assert task.title == "Опубликовать документы: Насосы"
    assert "Укажите версию до и после." in task.description
    assert "[*]Мера 1 (Стадия «КП» в воронке «Опт»)" in task.description


@pytest.mark.requirement("S61")
def test_the_news_goes_to_those_who_use_the_process() -> None:
    (news,) = finalization.work(finishing("closed", "closed"), BOOK, NOON).commands
    assert isinstance(news, PostNews)
    assert news.departments == ("Продажи",)
    assert news.title == "Изменения: Розница"
    assert "• Мера 1: Срок стадии соблюдается" in news.text


@pytest.mark.parametrize("title", ["{measures}", "{funnel} {title}", "{0}", "{", "\\1", "{nothing}"])
def test_a_deal_may_be_called_anything(title: str) -> None:
    """The name of a deal is text, not a template."""
    (news,) = finalization.work(finishing("closed", "closed", source_title=title), BOOK, NOON).commands
    assert isinstance(news, PostNews)
    assert f"По разбору «{title}»" in news.text


def test_a_finalization_put_back_by_a_person_begins_again_in_order() -> None:
    back = moved(reached(Stage.SUCCESS), Stage.FINALIZATION)
    first, second = (back.task(finalization.slot(step)) for step in (DOCUMENTS, SYSTEMS))
    assert first is not None
    assert second is not None
    assert finalization.work(back, BOOK, NOON).commands == (RenewTask(first.id),)
    assert finalization.missing(back, BOOK) == (
        "не выполнено: «Опубликовать документы»",
        "не выполнено: «Опубликовать настройки»",
    )


REQUIRED = BOOK.model_copy(
    update={
        "finalization": BOOK.finalization.model_copy(
            update={
                "steps": tuple(step.model_copy(update={"result": "required"}) for step in BOOK.finalization.steps),
            }
        )
    }
)


@pytest.mark.parametrize("result", ["", "  ", "—", "...\n"])
@pytest.mark.requirement("R16", "R17")
def test_a_step_without_its_required_result_comes_back_and_says_what_is_missing(result: str) -> None:
    case = with_task(finishing("closed"), finalization.slot(DOCUMENTS), result=result)
    told, renewed = finalization.work(case, REQUIRED, NOON).commands
    assert isinstance(told, Tell)
    assert "в результате задачи напишите: Укажите версию до и после." in told.text
    assert told.to == (INSPECTOR,)
    assert renewed == RenewTask(100)
    assert "не выполнено: «Опубликовать документы»" in finalization.missing(case, REQUIRED)


@pytest.mark.requirement("R16")
def test_it_comes_back_once_a_closing() -> None:
    case = with_task(finishing("closed"), finalization.slot(DOCUMENTS), result="")
    told, renewed = finalization.work(case, REQUIRED, NOON).commands
    assert isinstance(told, Tell)
    heard = replace(case, told=case.told | {told.mark})
    assert finalization.work(heard, REQUIRED, NOON).commands == (renewed,)


@pytest.mark.requirement("S59", "R16")
def test_a_result_that_says_something_finishes_the_step() -> None:
    case = with_task(finishing("closed"), finalization.slot(DOCUMENTS), result="Регламент: версия 3 вместо 2")
    (task,) = finalization.work(case, REQUIRED, NOON).commands
    assert isinstance(task, CreateTask)
    assert task.slot == "final:systems"


@pytest.mark.requirement("S59", "S60", "R16", "R17", "R22", "R23")
def test_the_shipped_book_wants_documents_systems_and_risks_written_down_in_this_order() -> None:
    file = Path(rules.__file__).parent / "books" / "trading-house.ru.yaml"
    steps = load(file.read_text(encoding="utf-8"), file.name).finalization.steps
    assert [step.code for step in steps] == ["documents", "systems", "risks"]
    assert {step.result for step in steps} == {"required"}
    for step, words in zip(steps, ("версию до и после", "что изменено", "риски и возможности"), strict=True):
        assert words in step.description


def test_a_fired_inspector_is_replaced_first() -> None:
    case = finishing(staff=a_staff(fired=[INSPECTOR]), measures=(a_measure(),))
    (command,) = finalization.work(case, BOOK, NOON).commands
    assert isinstance(command, UpdateCase)
