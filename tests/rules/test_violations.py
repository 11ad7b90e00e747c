"""Which fact belongs to which violation, how grave it is, what it violates (S30-S32, R4-R6)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.violations import Found, found, unfinished, worst
from tests.builders import BOOK, a_case

TERMS, DOCUMENTS, GAP = (BOOK.violations[code].title for code in ("terms", "documents", "gap"))


def facts_of(*facts: str, violations: tuple[str, ...] = ("terms", "documents")) -> dict[str, tuple[str, ...]]:
    return {each.code: each.facts for each in found(a_case(violations=violations, facts=facts), BOOK)}


@pytest.mark.requirement("S31", "R4")
@pytest.mark.parametrize(
    ("facts", "of_terms", "of_documents"),
    [
        # a line that begins with the title belongs to that type, in whatever order
        (("Ошибка в документах: старая цена", "Нарушены сроки: 9 дней"), ("9 дней",), ("старая цена",)),
        (("Нарушены сроки — 9 дней", "ошибка  в документах:цена"), ("9 дней",), ("цена",)),
        # other lines fill what has no fact yet, in order
        (("9 дней", "старая цена"), ("9 дней",), ("старая цена",)),
        (("старая цена", "Нарушены сроки: 9 дней"), ("9 дней",), ("старая цена",)),
        # what is left belongs to the last violation
        (("9 дней", "цена", "и подпись"), ("9 дней",), ("цена", "и подпись")),
        # several facts of one violation
        (("Нарушены сроки: КП", "Нарушены сроки: договор", "цена"), ("КП", "договор"), ("цена",)),
        # the title alone is no fact, and neither is a title in the middle
        (("Нарушены сроки:",), (), ()),
        (("Нарушены сроки-нормативы",), ("Нарушены сроки-нормативы",), ()),
        (("По делу: Ошибка в документах: цена",), ("По делу: Ошибка в документах: цена",), ()),
        ((), (), ()),
    ],
)
def test_facts_find_their_violations(
    facts: tuple[str, ...], of_terms: tuple[str, ...], of_documents: tuple[str, ...]
) -> None:
    assert facts_of(*facts) == {"terms": of_terms, "documents": of_documents}


@pytest.mark.requirement("S32", "R5", "R6")
def test_the_rulebook_says_how_grave_a_violation_is_and_what_it_violates() -> None:
    case = a_case(violations=("terms", "abolished"), facts=("9 дней",))
    assert found(case, BOOK) == (Found("terms", "Нарушены сроки", "major", "Регламент продаж, п. 4.2", ("9 дней",)),)


@pytest.mark.requirement("R5", "R6")
@pytest.mark.parametrize(
    ("fact", "severity", "requirement"),
    [
        ("[критическое] отгрузка сорвана", "critical", "Регламент продаж, п. 4.2"),
        ("[Незначительное] на час", "minor", "Регламент продаж, п. 4.2"),
        ("[Договор, п. 7] на день", "major", "Договор, п. 7"),
        ("[критичное] [Договор, п. 7] сорвана", "critical", "Договор, п. 7"),
        ("[критическое] Нарушены сроки: [Договор] сорвана", "critical", "Договор"),
        # brackets further on are part of the fact, empty ones say nothing
        ("сорвана [критическое]", "major", "Регламент продаж, п. 4.2"),
        ("[] сорвана", "major", "Регламент продаж, п. 4.2"),
        # a requirement may begin like a severity
        ("[Критические отгрузки, п. 1] сорвана", "major", "Критические отгрузки, п. 1"),
    ],
)
def test_the_inspector_may_say_otherwise_in_brackets(fact: str, severity: str, requirement: str) -> None:
    (one,) = found(a_case(violations=("terms",), facts=(fact,)), BOOK)
    assert (one.severity, one.requirement) == (severity, requirement)
    assert one.facts


@pytest.mark.requirement("R6")
@pytest.mark.parametrize(
    ("violations", "facts", "severity"),
    [
        ((), (), None),
        (("gap",), (), "minor"),
        (("gap", "documents", "terms"), (), "critical"),
        (("gap", "terms"), ("[критическое] пожар",), "critical"),
        (("documents",), ("[незначительное] опечатка",), "minor"),
    ],
)
def test_a_case_is_as_grave_as_its_worst_violation(
    violations: tuple[str, ...], facts: tuple[str, ...], severity: str | None
) -> None:
    assert worst(a_case(violations=violations, facts=facts), BOOK) == severity


@pytest.mark.requirement("S31")
@pytest.mark.parametrize(
    ("facts", "owed"),
    [
        (("9 дней", "цена"), []),
        (("9 дней",), ["нет факта нарушения: добавьте в поле «Факты нарушений» строку «Ошибка в документах: …»"]),
        (
            ("9 дней", "цена", "Случай не предусмотрен: возврат"),
            [
                "в поле «Факты нарушений» есть «Случай не предусмотрен», а такой тип нарушения не выбран: "
                "выберите его или уберите строку"
            ],
        ),
    ],
)
def test_what_lacks_is_named_with_the_line_to_add(facts: tuple[str, ...], owed: list[str]) -> None:
    assert list(unfinished(a_case(violations=("terms", "documents"), facts=facts), BOOK)) == owed


@given(st.lists(st.sampled_from([TERMS, DOCUMENTS, GAP]), unique=True), st.data())
def test_the_line_that_is_asked_for_is_the_line_that_helps(titles: list[str], data: st.DataObject) -> None:
    """Whoever adds the lines named back, in whatever order, owes nothing more."""
    codes = {violation.title: code for code, violation in BOOK.violations.items()}
    violations = tuple(codes[title] for title in titles)
    lines = data.draw(st.permutations([f"{title}: что-то случилось" for title in titles]))
    case = a_case(violations=violations, facts=tuple(lines))
    assert list(unfinished(case, BOOK)) == []
    assert all(each.facts == ("что-то случилось",) for each in found(case, BOOK))


@given(
    st.lists(st.text(max_size=40), max_size=6), st.lists(st.sampled_from(["terms", "documents", "gap"]), unique=True)
)
def test_nothing_people_write_is_lost_or_counted_twice(facts: list[str], violations: list[str]) -> None:
    case = a_case(violations=tuple(violations), facts=tuple(facts))
    kept = [fact for each in found(case, BOOK) for fact in each.facts]
    assert all(fact in "\n".join(facts) for fact in kept)
    assert len(kept) <= len(facts)
