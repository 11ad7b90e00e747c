"""Which finished work becomes a case (S13-S16, S23): once a closing, however often it is looked at."""

from __future__ import annotations

from datetime import datetime, time

from rules.decision import CreateCase, Decision
from rules.model import Source
from rules.rulebook import Rulebook

OUTCOMES = {"success": "успех", "fail": "провал"}


def decide_source(source: Source, book: Rulebook, watched_since: datetime) -> Decision:
    """A case for the latest closing of the item, if the rulebook wants one and none exists.

    ``watched_since``: when this portal's smart process was created; what was closed before stays unanalysed unless the
    funnel's ``active_from`` says otherwise.
    """
    funnel = book.find_funnel(source.funnel)
    if funnel is None:
        return Decision(because=("воронка не описана в своде правил",))
    if not source.closed:
        return Decision(because=("элемент ещё в работе",))
    if not source.closings:
        return Decision(because=("элемент завершён, но история стадий портала этого ещё не показывает",))
    last = source.closings[-1]
    outcome = "success" if last.success else "fail"
    if outcome not in funnel.final_stages:
        return Decision(because=(f"итог «{OUTCOMES[outcome]}» в воронке «{funnel.title}» не анализируется",))
    since = watched_since
    if funnel.active_from is not None:
        since = datetime.combine(funnel.active_from, time.min, tzinfo=since.tzinfo)
    if last.at < since:
        return Decision(because=(f"завершён до начала анализа ({since:%d.%m.%Y %H:%M})",))
    round_ = len(source.closings)
    if round_ in source.rounds_with_case:
        return Decision(because=("разбор этого завершения уже есть",))
    wanted = CreateCase(source.ref, round_, funnel.code, case_title(source, round_), source.responsible_id)
    return Decision((wanted,), because=(f"элемент завершён {last.at:%d.%m.%Y %H:%M}, разбора ещё нет",))


def case_title(source: Source, round_: int) -> str:
    kind = {1: "Лид", 2: "Сделка"}.get(source.ref.entity_type_id, "Элемент")
    again = f", повторно ({round_})" if round_ > 1 else ""
    return f"{kind} №{source.ref.id} «{source.title}»{again}"
