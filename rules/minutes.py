"""The minutes of a decision: who voted how, when and on which edition, by which rule, with what result (R13).

A note in the case, which the journal keeps too: once each time an approval is left, whichever way. Minutes of an
approval also say to later looks that the set was approved, whatever the company or the rulebook look like by then.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rules import ballot, commission, quorum
from rules.ballot import Vote
from rules.calendar import working_time
from rules.decision import Tell
from rules.model import Case, Stage, StageEntry, UserId
from rules.rulebook import Rulebook


def approved_before(case: Case) -> bool:
    """Has the commission approved this very set, when the case was last with it, and nobody taken a vote back?"""
    last = next((entry for entry in reversed(case.entries) if entry.stage is Stage.APPROVAL), None)
    if last is None or case.stage.position <= Stage.APPROVAL.position:
        return False
    return _mark(case, last) in case.told and all(task.closed for task in ballot.on_this_set(case))


def returned_before(case: Case) -> bool:
    """Has the commission sent this very set back?"""
    ending = f"-{case.measures_hash}-returned"
    return any(told.startswith("protocol-") and told.endswith(ending) for told in case.told)


def of_approval(case: Case, book: Rulebook) -> tuple[Tell, ...]:
    return _once(case, Tell(_mark(case, case.entered), _text(case, book, "комплекс мер утверждён")))


def of_return(case: Case, book: Rulebook, reasons: Sequence[str]) -> tuple[Tell, ...]:
    result = f"комплекс мер возвращён на доработку: {'; '.join(reasons)}"
    return _once(case, Tell(f"{_mark(case, case.entered)}-returned", _text(case, book, result)))


def _mark(case: Case, entry: StageEntry) -> str:
    return f"protocol-{entry.id}-{case.measures_hash}"


def _once(case: Case, told: Tell) -> tuple[Tell, ...]:
    return () if told.mark in case.told else (told,)


def _text(case: Case, book: Rulebook, result: str) -> str:
    measures = "\n".join(f"• {ballot.described(case, book, measure)}" for measure in case.measures)
    votes = "\n".join(f"• {each}" for each in _voices(case, book))
    return (
        f"Протокол решения комиссии\nРешение: {result}.\nПравило: {quorum.rule(case, book)}.\n"
        f"Редакция {case.measures_hash}:\n{measures}\nГолоса:\n{votes}"
    )


def _voices(case: Case, book: Rulebook) -> Iterator[str]:
    counted = {vote.member: vote for vote in ballot.cast(case, book)}
    for member in case.commission:
        name = f"{case.staff.name_of(member)} ({', '.join(roles_of(case, book, member))})"
        vote = counted.get(member)
        yield f"{name}: {_said(case, book, vote)}" if vote is not None else f"{name}: не голосовал(а)"
    for vote in ballot.ever_cast(case, book):
        if vote.member not in case.commission:
            name = case.staff.name_of(vote.member)
            yield f"{name} (уже не в комиссии, голос не учтён): {_said(case, book, vote)}"


def _said(case: Case, book: Rulebook, vote: Vote) -> str:
    zone = working_time(book.calendar, case.staff).zone
    yes = ", ".join(f"№{measure.id}" for measure in case.measures if vote.approves(measure))
    no = ", ".join(f"№{measure.id}" for measure in case.measures if not vote.approves(measure))
    parts = (
        f"голосовал(а) {case.staff.name_of(vote.by)}" if vote.by != vote.member else "",
        f"за {yes}" if yes else "",
        f"против {no}" if no else "",
        f"{'причина' if no else 'замечание'}: {vote.reason}" if vote.reason else "причина не указана" if no else "",
        f"{vote.at.astimezone(zone):%d.%m.%Y %H:%M}",
    )
    return "; ".join(part for part in parts if part)


def roles_of(case: Case, book: Rulebook, member: UserId) -> tuple[str, ...]:
    """In which roles the member sits in the commission."""
    sits = commission.members_by_role(case, book)
    titles = [book.roles[role].title for role, seated in sits.items() if seated == member]
    if len(case.commission) > 1 and commission.chair(case, book) == member:
        titles.append("председатель")
    return tuple(titles) or ("участник комиссии",)
