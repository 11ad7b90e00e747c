"""Stage «Согласование»: the commission votes on the set of measures, and so on the changes they are (S34, S47, S48).

Every member gets a task with the measures as its checklist (``ballot``); when the votes are enough, the rulebook says
(``quorum``). A vote belongs to the set it was given on, so an edit of any measure asks everybody anew. The decision is
written down either way (``minutes``).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta

from rules import ballot, commission, effectiveness, execution, minutes, quorum, silence
from rules.assignment import assign, term
from rules.calendar import working_time
from rules.decision import Command, CompleteTask, CreateTask, Decision, MoveCase, ReassignTask, RenewTask, Tell, do
from rules.model import Case, Measure, Stage, Task, UserId
from rules.rulebook import Rulebook


def missing(case: Case, book: Rulebook) -> tuple[str, ...]:
    """Why the set isn't approved."""
    if minutes.approved_before(case):
        return ()
    if not case.commission:
        return ("комиссия не назначена: укажите её участников в карточке",)
    if not case.measures:
        return ("нет мер, которые можно согласовать",)
    voted_on = max((_day(vote.at, case, book) for vote in ballot.cast(case, book)), default=None)
    late = _late(case, voted_on) if voted_on is not None else ()
    turned_down = tuple(f"не утверждена мера «{measure.title}»" for measure in quorum.refused(case, book))
    return (*late, *turned_down, *(_waiting(case, book) if quorum.undecided(case, book) else ()))


def _waiting(case: Case, book: Rulebook) -> tuple[str, ...]:
    """Who could still decide."""
    voted = {vote.member for vote in ballot.cast(case, book)}
    silent = (member for member in case.commission if member not in voted)
    waiting = tuple(f"{_wait(case, book, member)}: {case.staff.name_of(member)}" for member in silent)
    if not quorum.critical(case, book) or quorum.critical_voice(case, book) is not None:
        return waiting
    role = book.roles[book.approval.critical_needs or ""].title
    return (*waiting, f"нарушение критическое: без голоса «{role}» решения нет, голосовать некому")


def _wait(case: Case, book: Rulebook, member: UserId) -> str:
    """Whoever asks why a vote is waited for sees the reason."""
    vote = case.task(ballot.slot(case, member))
    if vote is not None and vote.closed and not ballot.put_away(case, vote):
        if ballot.intruder(case, book, vote) is not None:
            return f"голос не учтён, задачу закрыл(а) {case.staff.name_of(ballot.closer(vote))}, ждём голос"
        if ballot.owes_reason(case, book, vote):
            return "ждём причину отказа"
    given = (stale for stale in _stale(case) if stale.closed and not ballot.put_away(case, stale))
    earlier = any(ballot.member_of(stale) == member for stale in given)
    return "меры изменены после голосования, ждём новый голос" if earlier else "ждём голос"


def _late(case: Case, day: date) -> tuple[str, ...]:
    """Measures that nobody can carry out in time any more; their term has to be set anew before a vote makes sense."""
    return tuple(
        f"срок меры «{measure.title}» ({measure.due:%d.%m.%Y}) прошёл: назначьте новый"
        for measure in case.measures
        if measure.due is not None and measure.due < day and not execution.is_done(case, measure)
    )


def _day(moment: datetime, case: Case, book: Rulebook) -> date:
    return moment.astimezone(working_time(book.calendar, case.staff).zone).date()


def _lapses(case: Case, book: Rulebook) -> Iterator[datetime]:
    """When the terms of measures will have passed: no event tells that a day is over."""
    zone = working_time(book.calendar, case.staff).zone
    for measure in case.measures:
        if measure.due is not None and not execution.is_done(case, measure):
            yield datetime.combine(measure.due + timedelta(days=1), time.min, zone)


def work(case: Case, book: Rulebook, now: datetime) -> Decision:
    """Every member has a vote on the present set; votes on an earlier one are put away; a refusal goes back."""
    if not case.measures:
        return _return(case, book, ("согласовывать нечего",))
    if commission.able(case) != case.commission or not case.commission:
        return do(commission.fill(case, book), because=_gone(case) or (commission.NOBODY,))
    if quorum.critical(case, book) and quorum.critical_voice(case, book) is None:
        seated = commission.fill(case, book)
        if seated:
            return do(seated, because=_waiting(case, book))
    reasons = (*_late(case, _day(now, case, book)), *_refusals(case, book))
    if reasons:
        return _return(case, book, reasons)
    step_ins = tuple(silence.step_ins(case, book))
    for step_in in step_ins:
        if step_in.at <= now:
            return silence.replace_member(case, book, step_in)
    commands: list[Command] = [*_void(case), *_put_away(_stale(case))]
    for member in case.commission:
        commands.extend(_ask(case, book, member, now))
    decision = do(commands, because=missing(case, book))
    moments = (*(step_in.at for step_in in step_ins), *_lapses(case, book))
    return replace(decision, look_again_at=min(moments, default=None))


def leave(case: Case, book: Rulebook) -> Sequence[Command]:
    """Votes nobody waits for any more don't stay in anybody's list; the decision is written down, and with it how its
    effect will be judged (R20)."""
    return (
        *_put_away(case.tasks_for(ballot.PREFIX)),
        *minutes.of_approval(case, book),
        *effectiveness.plan(case, book),
    )


def _put_away(votes: Sequence[Task]) -> tuple[Command, ...]:
    return tuple(CompleteTask(vote.id) for vote in votes if not vote.closed)


def _gone(case: Case) -> tuple[str, ...]:
    unable = (member for member in case.commission if member not in commission.able(case))
    return tuple(f"{case.staff.name_of(member)} не может голосовать: состав комиссии уточнён" for member in unable)


def _ask(case: Case, book: Rulebook, member: UserId, now: datetime) -> tuple[Command, ...]:
    """The member's vote: asked for, given back, or in."""
    vote = case.task(ballot.slot(case, member))
    if vote is None or not vote.closed:
        if vote is not None and ballot.intruder(case, book, vote) is not None:
            return _take_back(case, vote, member)
        return (*_passed_on(case, vote, member), *assign(case, _task(case, book, member, now)))
    if ballot.read(case, book, vote) is not None:
        return _passed_on(case, vote, member)
    return (*_said_once(case, _objection(case, book, vote, member)), RenewTask(vote.id))


def _objection(case: Case, book: Rulebook, vote: Task, member: UserId) -> Tell | None:
    """Why this closed vote doesn't count. Nothing is said of one that counted until the case was put back here, or that
    was put away and is wanted again."""
    if not case.accepted(vote, Stage.APPROVAL) or ballot.put_away(case, vote):
        return None
    stranger = ballot.intruder(case, book, vote)
    if stranger is not None:
        return Tell(
            ballot.mark("foreign", vote),
            f"Голос не учтён: задачу «{vote.title}» закрыл(а) {case.staff.name_of(stranger)}, а голосует "
            f"{case.staff.name_of(member)}. Задача снова открыта.",
            to=(member, stranger) if case.staff.is_active(stranger) else (member,),
        )
    return Tell(
        ballot.mark("reason", vote),
        f"В задаче «{vote.title}» отмечены не все меры, а причина не указана. Напишите в результате задачи, почему "
        "мера не утверждена и что в ней изменить, или отметьте её, и завершите задачу снова.",
        to=(member,),
    )


def _passed_on(case: Case, vote: Task | None, member: UserId) -> tuple[Tell, ...]:
    """That a substitute votes, because the member passed the task on, is written down (R12)."""
    if vote is None or ballot.holder(vote) == member:
        return ()
    deputy = ballot.holder(vote)
    text = f"{case.staff.name_of(member)} передаёт голос заместителю: голосует {case.staff.name_of(deputy)}."
    return _said_once(case, Tell(ballot.deputy_mark(vote, deputy), text))


def _take_back(case: Case, vote: Task, member: UserId) -> tuple[Command, ...]:
    """A vote can't be delegated, but for the substitute."""
    holder = vote.responsible_id
    told = Tell(
        f"delegated-{vote.id}-{holder}",
        f"Голос участника комиссии передать нельзя: задача «{vote.title}» возвращена. Голосует "
        f"{case.staff.name_of(member)}.",
        to=(member, holder) if case.staff.is_active(holder) else (member,),
    )
    return (*_said_once(case, told), ReassignTask(vote.id, member))


def _said_once(case: Case, told: Tell | None) -> tuple[Tell, ...]:
    return () if told is None or told.mark in case.told else (told,)


def _void(case: Case) -> tuple[Tell, ...]:
    """An edit during the vote is said aloud, once for each new set."""
    earlier = [vote for vote in _stale(case) if not vote.slot.startswith(f"{ballot.PREFIX}:{case.measures_hash}:")]
    if not any(vote.closed_at is None or vote.closed_at > case.entered.at for vote in earlier):
        return ()
    told = Tell(
        mark=f"void-{case.measures_hash}",
        text="Комплекс мер изменён, прежние голоса сняты: проголосуйте по новой редакции.",
        to=case.commission,
    )
    return _said_once(case, told)


def _stale(case: Case) -> tuple[Task, ...]:
    """Votes on another set, or of people who no longer sit in the commission."""
    valid = {ballot.slot(case, member) for member in case.commission}
    return tuple(task for task in case.tasks_for(ballot.PREFIX) if task.slot not in valid)


def _refusals(case: Case, book: Rulebook) -> tuple[str, ...]:
    """The measures turned down, each with the reasons of those who refused it."""
    votes = ballot.cast(case, book)
    return tuple(f"не утверждена мера «{measure.title}» — {_reasons(case, votes, measure)}"
                 for measure in quorum.refused(case, book))  # fmt: skip


def _reasons(case: Case, votes: Sequence[ballot.Vote], measure: Measure) -> str:
    return "; ".join(
        f"{case.staff.name_of(vote.by)}: {vote.reason or 'причина не указана в результате задачи'}"
        for vote in votes
        if not vote.approves(measure)
    )


def _return(case: Case, book: Rulebook, reasons: Sequence[str]) -> Decision:
    """Back to formulation, with the reasons of those who refused."""
    told = Tell(
        mark=f"return-{case.entered.id}",
        text="Комплекс мер возвращён на доработку:\n" + "\n".join(f"• {each}" for each in reasons),
        to=(case.inspector_id,) if case.inspector_id is not None else (),
    )
    return do(
        (
            *(minutes.of_return(case, book, reasons) if case.measures else ()),
            *_said_once(case, told),
            *_put_away(case.tasks_for(ballot.PREFIX)),
            MoveCase(Stage.FORMULATION),
        ),
        because=reasons,
    )


def _task(case: Case, book: Rulebook, member: UserId, now: datetime) -> CreateTask:
    lines = "\n".join(f"[*]{ballot.described(case, book, measure)}" for measure in case.measures)
    why = "Если мера не утверждена, оставьте её без отметки и напишите в результате задачи, почему и что изменить" + (
        ": без причины задача вернётся." if book.approval.reason_required else "."
    )
    return CreateTask(
        slot=ballot.slot(case, member),
        title=f"Согласовать меры: {case.source_title}",
        description=(
            f"Меры по итогам разбора — это и есть изменения, которые будут сделаны:\n[LIST]\n{lines}\n[/LIST]\n"
            f"Отметьте в чек-листе меры, которые утверждаете, и завершите задачу. {why}\n"
            f"Правило: {quorum.rule(case, book)}."
        ),
        responsible_id=member,
        deadline=term(case, book, member, now, book.terms.vote),
        checklist=tuple(ballot.line(measure) for measure in case.measures),
    )
