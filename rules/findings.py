"""What an analysis leaves on the card besides its verdict: violations, what was put right at once, the cause (R4-R10).

What is owed depends on the verdict; each thing missing is named in the words of the card.
"""

from __future__ import annotations

from collections.abc import Iterator

from rules import violations
from rules.decision import FieldValue
from rules.model import CASE_FIELD_TITLES, Case, CaseField
from rules.rulebook import Rulebook, Verdict

SHORTEST_CHAIN = 3
"""Answers to «why?» that make a cause by themselves."""


def owed(case: Case, book: Rulebook, verdict: Verdict) -> Iterator[str]:
    """What the card lacks for this verdict."""
    yield from _violations(case, book, verdict)
    yield from violations.unfinished(case, book)
    if violations.found(case, book):
        yield from _first_aid(case)
    yield from _reason(case, book, verdict)
    if verdict.cause == "required":
        yield from _cause(case, book)
        if not case.similar_answer:
            yield f"ответьте в поле {named(CaseField.SIMILAR_ANSWER)}"


def reason(case: Case, book: Rulebook) -> dict[CaseField, FieldValue]:
    """Why clean work needs no measures: said by the service when the inspector has nothing to add (R10)."""
    verdict = book.verdicts.get(case.verdict) if case.verdict is not None else None
    clean = verdict is not None and verdict.measures == "none" and not violations.found(case, book)
    if not clean or case.verdict_reason or case.measures:
        return {}
    return {CaseField.VERDICT_REASON: "Протокол пройден, нарушений не выбрано: меры не нужны."}


def _violations(case: Case, book: Rulebook, verdict: Verdict) -> Iterator[str]:
    chosen = bool(violations.found(case, book))
    if verdict.facts == "required" and not chosen:
        yield f"для вердикта «{verdict.title}» выберите типы нарушений"
    if verdict.facts == "optional" and verdict.measures == "none" and chosen:
        yield f"вердикт «{verdict.title}» — без нарушений, а они выбраны: смените вердикт или снимите нарушения"


def _first_aid(case: Case) -> Iterator[str]:
    """Correction and consequences (R7); «не потребовалась» is an answer too."""
    if not case.correction:
        yield f"заполните поле {named(CaseField.CORRECTION)}: что исправлено сразу или почему это не нужно"
    if not case.consequences:
        yield f"заполните поле {named(CaseField.CONSEQUENCES)}: что нарушение значило для клиента"


def _reason(case: Case, book: Rulebook, verdict: Verdict) -> Iterator[str]:
    if case.verdict_reason:
        return
    if verdict.measures == "none" and verdict.facts == "required":
        yield f"заполните поле {named(CaseField.VERDICT_REASON)}: почему при нарушениях меры не нужны"
    elif verdict.reason == "required":
        yield f"заполните поле {named(CaseField.VERDICT_REASON)}: почему выбран вердикт «{verdict.title}»"


def _cause(case: Case, book: Rulebook) -> Iterator[str]:
    """Any one will do: a text, a category, a chain of whys, or the reason why no cause is looked for (R8)."""
    if case.cause or case.cause_category in book.causes or case.no_cause or len(case.whys) >= SHORTEST_CHAIN:
        return
    if case.whys:
        yield (
            f"цепочка {named(CaseField.WHYS)} коротка: ответов {len(case.whys)}, нужно не меньше {SHORTEST_CHAIN}; "
            f"или заполните поле {named(CaseField.CAUSE)}"
        )
        return
    category = f", {named(CaseField.CAUSE_CATEGORY)}" if book.causes else ""
    yield (
        f"укажите причину: {named(CaseField.CAUSE)}{category} или {named(CaseField.WHYS)} "
        f"(не меньше {SHORTEST_CHAIN} ответов); если причину не ищете, напишите в поле {named(CaseField.NO_CAUSE)}"
    )


def named(field: CaseField) -> str:
    """The field as the card calls it, in quotes."""
    return f"«{CASE_FIELD_TITLES[field]}»"
