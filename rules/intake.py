"""Which finished work becomes a case (S13-S16, S23): once a closing, however often it is looked at."""

from __future__ import annotations

from datetime import datetime

from rules.decision import CreateCase, Decision
from rules.model import Source
from rules.rulebook import Rulebook


def decide_source(source: Source, book: Rulebook, watched_since: datetime) -> Decision:
    """A case for the latest closing of the item, if the rulebook wants one and none exists.

    ``watched_since``: when this portal's smart process was created; what was closed before stays unanalysed unless the
    funnel's ``active_from`` says otherwise.
    """
    if source.funnel is None:
        return Decision(because=("воронка не описана в своде правил",))
    funnel = book.funnel(source.funnel)
    if not source.closed or not source.closings:
        return Decision(because=("элемент ещё в работе",))
    last = source.closings[-1]
    outcome = "success" if last.success else "fail"
    if outcome not in funnel.final_stages:
        return Decision(because=(f"итог «{outcome}» в воронке «{funnel.title}» не анализируется",))
    since = watched_since
    if funnel.active_from is not None:
        since = since.replace(
            year=funnel.active_from.year, month=funnel.active_from.month, day=funnel.active_from.day,
            hour=0, minute=0, second=0, microsecond=0,
        )  # fmt: skip
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
