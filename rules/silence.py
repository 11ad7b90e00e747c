"""A vote that doesn't come: after the term and some days more, a substitute is asked instead (S12, S91, R12).

Reminder, notice and the head are the business of ``deadlines``. Here the commission itself changes: the card says who
votes for whom and why, and everybody concerned is told. Who gave way on this set of measures doesn't come back as the
substitute of a substitute; a member whom a person seats again is asked again and left in peace.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from rules import ballot, commission
from rules.calendar import working_time
from rules.decision import Decision, Tell, UpdateCase, do
from rules.model import Case, CaseField, Task, UserId
from rules.rulebook import Rulebook


@dataclass(frozen=True)
class StepIn:
    """Somebody votes for a silent member from this moment on."""

    member: UserId
    substitute: UserId
    vote: Task
    at: datetime


def step_ins(case: Case, book: Rulebook) -> Iterator[StepIn]:
    """Who would vote for whom, and when, if the votes missing today stay away."""
    days = book.escalation.substitute_votes_after_days
    for member in case.commission if days else ():
        vote = case.task(ballot.slot(case, member))
        if vote is None or vote.closed or vote.deadline is None:
            continue
        gave_way = replaced(case)
        substitute = gave_way.get(member) or commission.substitute_for(case, book, member, never=gave_way)
        if substitute is None or _line(case, book, member, substitute, vote) in case.commission_rule:
            continue
        patient_until = max(vote.deadline, case.entered.at, ballot.given_back_at(case, vote) or vote.deadline)
        at = working_time(book.calendar, case.staff, member).due(patient_until, days)
        yield StepIn(member, substitute, vote, at)


def replace_member(case: Case, book: Rulebook, step_in: StepIn) -> Decision:
    """The commission with the substitute in the member's place. The card comes last: it is what the next look sees."""
    member, substitute = step_in.member, step_in.substitute
    line = _line(case, book, member, substitute, step_in.vote)
    told = Tell(
        _mark(case, member, substitute),
        f"Состав комиссии изменён.\n{line}",
        to=tuple(dict.fromkeys(each for each in (substitute, member, case.inspector_id) if each is not None)),
    )
    members = tuple(dict.fromkeys(substitute if each == member else each for each in case.commission))
    rule = "\n".join(each for each in (case.commission_rule, line) if each)
    return do(
        (
            None if told.mark in case.told else told,
            UpdateCase({CaseField.COMMISSION: members, CaseField.COMMISSION_RULE: rule}),
        ),
        because=(line,),
    )


def replaced(case: Case) -> Mapping[UserId, UserId]:
    """Members who gave way while the present set was voted on, and who votes for each."""
    pattern = re.compile(rf"substitute-{case.measures_hash}-(\d+)-(\d+)")
    found = (pattern.fullmatch(told) for told in sorted(case.told))
    return {int(match.group(1)): int(match.group(2)) for match in found if match is not None}


def _mark(case: Case, member: UserId, substitute: UserId) -> str:
    return f"substitute-{case.measures_hash}-{member}-{substitute}"


def _line(case: Case, book: Rulebook, member: UserId, substitute: UserId, vote: Task) -> str:
    """A line of the card's field «Почему такая комиссия», in the form that ``commission`` reads there."""
    assert vote.deadline is not None  # noqa: S101  a vote without a term is waited for
    term = f"{vote.deadline.astimezone(working_time(book.calendar, case.staff).zone):%d.%m.%Y}"
    why = f"{case.staff.name_of(member)} — нет голоса, срок был {term}"
    away = ", отсутствует" if member in case.staff.absent else ""
    return f"№{substitute} {case.staff.name_of(substitute)} — голосует вместо участника: {why}{away}"
