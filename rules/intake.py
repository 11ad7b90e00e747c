"""Which finished work becomes a case (S13-S16, S23): once a closing, however often it is looked at."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime, time

from rules.decision import CreateCase, Decision
from rules.model import Source
from rules.rulebook import Funnel, Rulebook, SourceCondition

OUTCOME_TITLES = {"success": "успех", "fail": "провал"}


def decide_source(source: Source, book: Rulebook, watched_since: datetime) -> Decision:
    """A case for the latest closing of the item, if the rulebook wants one and none exists.

    ``watched_since``: when this portal's smart process was created; what was closed before stays unanalysed unless the
    funnel's ``active_from`` says otherwise. What the rulebook leaves out is said in ``left_out``, to be counted (S81).
    """
    funnel = book.find_funnel(source.funnel)
    if funnel is None:
        return Decision(because=("воронка не описана в своде правил",))
    if not source.closed:
        return Decision(because=("элемент ещё в работе",))
    if not source.closings:
        return Decision(because=("элемент завершён, но история стадий портала этого ещё не показывает",))
    last = source.closings[-1]
    round_ = len(source.closings)
    if round_ in source.rounds_with_case:
        return Decision(because=("разбор этого завершения уже есть",))
    reason = next(_left_out(source, funnel, watched_since), None)
    if reason is not None:
        return Decision(because=(reason,), left_out=reason)
    title = case_title(source, round_)
    wanted = CreateCase(source.ref, round_, funnel.code, title, source.responsible_id, rules=book.version)
    return Decision((wanted,), because=(f"элемент завершён {last.at:%d.%m.%Y %H:%M}, разбора ещё нет",))


def analysed_since(funnel: Funnel, watched_since: datetime) -> datetime:
    """What was closed earlier gets no case."""
    if funnel.active_from is None:
        return watched_since
    return datetime.combine(funnel.active_from, time.min, tzinfo=watched_since.tzinfo)


def _left_out(source: Source, funnel: Funnel, watched_since: datetime) -> Iterator[str]:
    """Why the rulebook doesn't want this closing analysed."""
    last = source.closings[-1]
    if last.outcome not in funnel.final_stages:
        outcome = OUTCOME_TITLES.get(last.outcome, last.outcome)
        yield f"итог «{outcome}» в воронке «{funnel.title}» не анализируется"
    since = analysed_since(funnel, watched_since)
    if last.at < since:
        yield f"завершён до начала анализа ({since:%d.%m.%Y %H:%M})"
    for condition in funnel.only_if:
        if not _holds(condition, source):
            yield f"не выполнено условие: {condition.words}"
    if _lot(source) % funnel.every_nth:
        yield f"не попал в выборку: анализируется каждый {funnel.every_nth}-й"


def _holds(condition: SourceCondition, source: Source) -> bool:
    value = source.fields.get(condition.field)
    if condition.one_of and str(value) not in condition.one_of:
        return False
    if condition.at_least is None and condition.at_most is None:
        return value not in (None, "")
    number = _number(value)
    if number is None:
        return False
    return (condition.at_least is None or number >= condition.at_least) and (
        condition.at_most is None or number <= condition.at_most
    )


def _number(value: str | float | None) -> float | None:
    """A sum as Bitrix24 gives it: a number, its text, or money with a currency, ``120000.00|RUB``."""
    if isinstance(value, str):
        try:
            return float(value.partition("|")[0])
        except ValueError:
            return None
    return value


def _lot(source: Source) -> int:
    """The same for every look, and nothing that the people concerned could choose or foresee."""
    return int.from_bytes(hashlib.sha256(f"{source.ref.kind}:{source.ref.id}".encode()).digest()[:8])


def case_title(source: Source, round_: int) -> str:
    kind = {1: "Лид", 2: "Сделка"}.get(source.ref.entity_type_id, "Элемент")
    again = f", повторно ({round_})" if round_ > 1 else ""
    return f"{kind} №{source.ref.id} «{source.title}»{again}"
