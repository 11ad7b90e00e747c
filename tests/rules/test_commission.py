"""Who decides: violation types name roles, roles name places, the live structure names people (S33, S45, S46)."""

from __future__ import annotations

import pytest

from rules import commission
from rules.decision import UpdateCase
from rules.model import CaseField, Staff, Stage
from tests.builders import (
    BOOK,
    DEVELOPER,
    DIRECTOR,
    IT,
    LOGISTICS_HEAD,
    MANAGER,
    QUALITY_HEAD,
    SALES_HEAD,
    a_case,
    a_staff,
)


@pytest.mark.parametrize(
    ("violations", "roles"),
    [
        (("terms",), ["sales_head", "logistics_head"]),
        # each role once, in the order of what was found
        (("gap", "documents", "terms"), ["it_head", "sales_head", "logistics_head"]),
        # nothing found, or a type that has left the rulebook since
        ((), []),
        (("abolished",), []),
    ],
)
def test_violations_call_for_roles(violations: tuple[str, ...], roles: list[str]) -> None:
    assert list(commission.roles(a_case(violations=violations), BOOK)) == roles


def test_a_rulebook_may_put_somebody_into_every_commission() -> None:
    quality = BOOK.quality.model_copy(update={"commission_always": ("it_head",)})
    book = BOOK.model_copy(update={"quality": quality})
    assert list(commission.roles(a_case(violations=("documents",)), book)) == ["sales_head", "it_head"]


@pytest.mark.parametrize(
    ("violations", "staff", "responsible", "members"),
    [
        (("terms",), a_staff(), MANAGER, (SALES_HEAD, LOGISTICS_HEAD)),
        # IT has no head: the director
        (("gap",), a_staff(), MANAGER, (DIRECTOR,)),
        (("gap",), a_staff(heads={IT: DEVELOPER}), MANAGER, (DEVELOPER,)),
        # two places, one person
        (("terms", "gap"), a_staff(fired=[LOGISTICS_HEAD]), MANAGER, (SALES_HEAD, DIRECTOR)),
        # nobody judges measures about their own work
        (("documents",), a_staff(), SALES_HEAD, (DIRECTOR,)),
        # no violation: the head of quality alone (S38)
        ((), a_staff(), MANAGER, (QUALITY_HEAD,)),
        ((), a_staff(), QUALITY_HEAD, (DIRECTOR,)),
        # everybody called for is gone: the head of quality rather than nobody
        (("terms",), a_staff(fired=[SALES_HEAD, LOGISTICS_HEAD, DIRECTOR]), MANAGER, (QUALITY_HEAD,)),
        (("terms",), a_staff(fired=[SALES_HEAD, LOGISTICS_HEAD, DIRECTOR, QUALITY_HEAD]), MANAGER, ()),
    ],
)
def test_roles_become_the_people_who_fill_them_today(
    violations: tuple[str, ...], staff: Staff, responsible: int, members: tuple[int, ...]
) -> None:
    case = a_case(violations=violations, staff=staff, responsible_id=responsible)
    assert commission.compose(case, BOOK) == members


@pytest.mark.parametrize(
    ("on_the_card", "written"),
    [
        ((), (SALES_HEAD, LOGISTICS_HEAD)),
        ((SALES_HEAD,), (SALES_HEAD, LOGISTICS_HEAD)),
        # already so, in whatever order
        ((LOGISTICS_HEAD, SALES_HEAD), None),
        # from an earlier analysis
        ((DIRECTOR,), (SALES_HEAD, LOGISTICS_HEAD)),
    ],
)
def test_the_card_names_the_commission_that_the_analysis_calls_for(
    on_the_card: tuple[int, ...], written: tuple[int, ...] | None
) -> None:
    case = a_case(Stage.ANALYSIS, violations=("terms",), commission=on_the_card)
    expected = () if written is None else (UpdateCase({CaseField.COMMISSION: written}),)
    assert commission.appoint(case, BOOK) == expected


@pytest.mark.parametrize(
    ("on_the_card", "written"),
    [
        # a member whom a person added stays, whoever is called for joins
        ((DIRECTOR, SALES_HEAD), (DIRECTOR, SALES_HEAD, LOGISTICS_HEAD)),
        ((DIRECTOR, SALES_HEAD, LOGISTICS_HEAD), None),
        # whoever left, and whoever is analysed, gives way
        ((DEVELOPER, SALES_HEAD, LOGISTICS_HEAD), (SALES_HEAD, LOGISTICS_HEAD)),
        ((MANAGER, SALES_HEAD, LOGISTICS_HEAD), (SALES_HEAD, LOGISTICS_HEAD)),
    ],
)
def test_seats_are_filled_without_undoing_what_people_chose(
    on_the_card: tuple[int, ...], written: tuple[int, ...] | None
) -> None:
    case = a_case(Stage.APPROVAL, violations=("terms",), commission=on_the_card, staff=a_staff(fired=[DEVELOPER]))
    expected = () if written is None else (UpdateCase({CaseField.COMMISSION: written}),)
    assert commission.fill(case, BOOK) == expected
