"""Stage «Согласование»: every member of the commission votes on the whole set (S34, S47, S48).

A member's task has the measures as its checklist: tick what you approve, close the task. A vote belongs to the set it
was given on (its hash is part of the task's slot), so an edit of any measure asks everybody anew.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

from rules import commission
from rules.assignment import assign
from rules.calendar import due
from rules.decision import Command, CompleteTask, CreateTask, Decision, MoveCase, RenewTask, Tell, do
from rules.model import Case, Measure, Stage, Task, UserId
from rules.rulebook import Rulebook

PREFIX = "vote"


def slot(case: Case, member: UserId) -> str:
    return f"{PREFIX}:{case.measures_hash}:{member}"


def ballot_line(measure: Measure) -> str:
    """The checklist line that stands for this measure; the number finds it again."""
    return f"№{measure.id} {measure.title}"


def _approved(vote: Task) -> frozenset[int]:
    numbers = (re.match(r"№(\d+)", tick.title) for tick in vote.checklist if tick.done)
    return frozenset(int(number.group(1)) for number in numbers if number)


def votes(case: Case) -> tuple[Task, ...]:
    """The commission's votes on the set as it is now."""
    found = (case.task(slot(case, member)) for member in case.commission)
    return tuple(vote for vote in found if vote is not None)


def rejections(case: Case) -> tuple[Measure, ...]:
    """Measures that somebody left unticked in a vote on the present set."""
    cast = [_approved(vote) for vote in votes(case) if vote.closed]
    return tuple(measure for measure in case.measures if any(measure.id not in approved for approved in cast))


def missing(case: Case, book: Rulebook) -> tuple[str, ...]:
    """Why the set isn't approved: every member must have closed a vote with every line ticked."""
    if not case.commission:
        return ("комиссия не назначена: укажите её участников в карточке",)
    if not case.measures:
        return ("нет мер, которые можно согласовать",)
    waiting = tuple(
        f"{_wait(case, member)}: {case.staff.name_of(member)}"
        for member in case.commission
        if not case.accepted(case.task(slot(case, member)), Stage.APPROVAL)
    )
    turned_down = tuple(f"не утверждена мера «{measure.title}»" for measure in rejections(case))
    return (*turned_down, *waiting)


def _wait(case: Case, member: UserId) -> str:
    """A member who voted on an earlier set is asked anew, and everybody who asks why sees the reason."""
    earlier = any(vote.closed and vote.slot.endswith(f":{member}") for vote in _stale(case))
    return "меры изменены после голосования, ждём новый голос" if earlier else "ждём голос"


def work(case: Case, book: Rulebook, now: datetime) -> Decision:
    """Every member has a vote on the present set; votes on an earlier one are put away; a refusal goes back."""
    if not case.measures:
        return _return(case, (), [])
    if commission.able(case) != case.commission or not case.commission:
        nobody = "комиссию составить не из кого: проверьте руководителей отделов в структуре компании"
        return do(commission.fill(case, book), because=(nobody,) if not case.commission else _gone(case))
    cast = [vote for vote in votes(case) if case.accepted(vote, Stage.APPROVAL)]
    refused = rejections(case) if cast else ()
    if refused:
        return _return(case, refused, cast)
    commands: list[Command] = [*_void(case), *leave(case, book)]
    for member in case.commission:
        vote = case.task(slot(case, member))
        if vote is not None and vote.closed:
            commands.extend(() if case.accepted(vote, Stage.APPROVAL) else (RenewTask(vote.id),))
        else:
            commands.extend(assign(case, _task(case, book, member, now)))
    return do(commands, because=missing(case, book))


def leave(case: Case, book: Rulebook) -> Sequence[Command]:
    """Votes nobody waits for any more don't stay in anybody's list."""
    return [CompleteTask(vote.id) for vote in _stale(case) if not vote.closed]


def _gone(case: Case) -> tuple[str, ...]:
    unable = (member for member in case.commission if member not in commission.able(case))
    return tuple(f"{case.staff.name_of(member)} не может голосовать: состав комиссии уточнён" for member in unable)


def _void(case: Case) -> tuple[Tell, ...]:
    """An edit during the vote is said aloud, once for each new set."""
    earlier = [vote for vote in _stale(case) if not vote.slot.startswith(f"{PREFIX}:{case.measures_hash}:")]
    if not any(vote.closed_at is None or vote.closed_at > case.entered.at for vote in earlier):
        return ()
    told = Tell(
        mark=f"void-{case.measures_hash}",
        text="Комплекс мер изменён, прежние голоса сняты: проголосуйте по новой редакции.",
        to=case.commission,
    )
    return () if told.mark in case.told else (told,)


def _stale(case: Case) -> tuple[Task, ...]:
    """Votes on another set, or of people who no longer sit in the commission."""
    valid = {slot(case, member) for member in case.commission}
    return tuple(task for task in case.tasks_for(PREFIX) if task.slot not in valid)


def _return(case: Case, refused: tuple[Measure, ...], votes_cast: list[Task]) -> Decision:
    """Back to formulation, with the reasons of those who refused."""
    sentences = [f"не утверждена мера «{measure.title}»" for measure in refused] or ["согласовывать нечего"]
    for vote in votes_cast:
        if any(measure.id not in _approved(vote) for measure in refused):
            reason = vote.result.strip() or "причина не указана в результате задачи"
            sentences.append(f"{case.staff.name_of(vote.responsible_id)}: {reason}")
    told = Tell(
        mark=f"return-{case.entered.id}",
        text="Комплекс мер возвращён на доработку:\n" + "\n".join(f"• {each}" for each in sentences),
        to=(case.inspector_id,) if case.inspector_id is not None else (),
    )
    return do(
        (None if told.mark in case.told else told, MoveCase(Stage.FORMULATION)),
        because=sentences,
    )


def _task(case: Case, book: Rulebook, member: UserId, now: datetime) -> CreateTask:
    lines = "\n".join(
        f"[*]№{measure.id} {measure.title} — {book.measure_kinds[measure.kind].title if measure.kind else ''}: "
        f"{measure.target}; ожидаемый результат: {measure.expected}; срок {measure.due:%d.%m.%Y}; "
        f"часов {measure.planned_hours:g}"
        for measure in case.measures
    )
    return CreateTask(
        slot=slot(case, member),
        title=f"Согласовать меры: {case.source_title}",
        description=(
            f"Меры по итогам разбора:\n[LIST]\n{lines}\n[/LIST]\nОтметьте в чек-листе меры, которые утверждаете, и "
            "завершите задачу. Если мера не утверждена, оставьте её без отметки и напишите причину в результате задачи."
        ),
        responsible_id=member,
        deadline=due(now, book.terms.vote),
        checklist=tuple(ballot_line(measure) for measure in case.measures),
    )
