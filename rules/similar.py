"""Do similar cases exist (R9)? What the service finds among the funnel's other cases, in words for the inspector.

Similar: the same source item, the same violation type, or a violation of the same person. The answer to the question
stays the inspector's own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rules.decision import FieldValue
from rules.model import EFFECT_TITLES, Case, CaseField, Effect, PastCase, same_text
from rules.rulebook import Rulebook

MOST_LINES = 7
LONGEST_TITLE = 80


@dataclass(frozen=True)
class Match:
    """Another case, and what makes it similar."""

    past: PastCase
    violations: tuple[str, ...]
    """Codes of the violation types that both have."""
    same_source: bool
    same_person: bool

    @property
    def weight(self) -> tuple[float, ...]:
        """The source tells most, then the violation; what helped stands before what didn't; then the latest."""
        helped = self.past.effect is Effect.EFFECTIVE
        return (
            4 * self.same_source + 3 * bool(self.violations) + 2 * helped + self.same_person,
            len(self.violations),
            self.past.opened_at.timestamp(),
            self.past.id,
        )


def matches(case: Case) -> tuple[Match, ...]:
    """Similar cases, best first."""
    compared = (_compare(case, past) for past in case.past)
    found = [
        match
        for match in compared
        if match.same_source or (match.past.verdict is not None and (match.violations or match.same_person))
    ]
    return tuple(sorted(found, key=lambda match: match.weight, reverse=True))


def lines(case: Case, book: Rulebook) -> tuple[str, ...]:
    """The best of them, one a line; how many more there are."""
    found = matches(case)
    more = len(found) - MOST_LINES
    shown = tuple(_line(match, book) for match in found[:MOST_LINES])
    return (*shown, f"и ещё похожих разборов: {more}") if more > 0 else shown


def changes(case: Case, book: Rulebook) -> dict[CaseField, FieldValue]:
    """What the card should say, where it says something else."""
    wanted = "\n".join(lines(case, book))
    return {} if same_text(case.similar, wanted) else {CaseField.SIMILAR: wanted}


def _compare(case: Case, past: PastCase) -> Match:
    return Match(
        past,
        violations=tuple(code for code in case.violations if code in past.violations),
        same_source=past.source == case.source,
        same_person=bool(past.violations) and past.responsible_id == case.responsible_id is not None,
    )


def _line(match: Match, book: Rulebook) -> str:
    past = match.past
    title = past.title if len(past.title) <= LONGEST_TITLE else past.title[: LONGEST_TITLE - 1] + "…"
    because = [
        "тот же элемент" if match.same_source else "",
        f"то же нарушение: {_titles(match.violations, book)}" if match.violations else "",
        "тот же сотрудник" if match.same_person else "",
    ]
    if match.same_person and not match.violations:
        because[-1] += f", нарушение: {_titles(past.violations, book)}"
    effect = ""
    if past.effect is Effect.EFFECTIVE:
        effect = " — меры признаны результативными"
    elif past.effect is not None:
        effect = f" — меры: {EFFECT_TITLES[past.effect].lower()}"
    return f"{title} ({past.opened_at:%d.%m.%Y}): {'; '.join(each for each in because if each)}{effect}"


def _titles(codes: Sequence[str], book: Rulebook) -> str:
    return ", ".join(f"«{book.violations[code].title}»" for code in codes if code in book.violations) or "другое"
