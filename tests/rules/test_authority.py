"""Who may decide what the rules leave to a named person (S56, R15)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rules import authority
from rules.model import Case, Stage
from tests.builders import (
    BOOK,
    DIRECTOR,
    INSPECTOR,
    LOGISTICS_HEAD,
    QUALITY,
    QUALITY_HEAD,
    SALES_HEAD,
    SERVICE,
    a_staff,
    reached,
)

CASE = reached(Stage.CHANGES)


@pytest.mark.parametrize(
    ("case", "people"),
    [
        (CASE, (QUALITY_HEAD,)),
        # a role is filled by whoever heads the department today
        (replace(CASE, staff=a_staff(heads={QUALITY: INSPECTOR})), (INSPECTOR,)),
        (replace(CASE, staff=a_staff(fired=[QUALITY_HEAD])), (DIRECTOR,)),
        # nobody lets a case about their own work pass
        (replace(CASE, responsible_id=QUALITY_HEAD), (DIRECTOR,)),
        # nor does the service's account, whoever owns it
        (replace(CASE, staff=replace(a_staff(), service_id=QUALITY_HEAD)), (DIRECTOR,)),
        (replace(CASE, staff=a_staff(fired=[QUALITY_HEAD, DIRECTOR])), ()),
    ],
)
@pytest.mark.requirement("R15")
def test_who_may_override(case: Case, people: tuple[int, ...]) -> None:
    assert authority.overriders(case, BOOK) == people


def test_a_rulebook_without_such_roles_lets_nobody_override() -> None:
    book = BOOK.model_copy(update={"gate": BOOK.gate.model_copy(update={"override": ()})})
    assert authority.overriders(CASE, book) == ()
    assert authority.cancellers(CASE, book) == (INSPECTOR, QUALITY_HEAD)


def test_who_may_cancel_and_who_decides_about_lost_tasks() -> None:
    assert authority.cancellers(CASE, BOOK) == (INSPECTOR, QUALITY_HEAD)
    assert authority.deciders(CASE, BOOK) == (INSPECTOR, SALES_HEAD, LOGISTICS_HEAD, QUALITY_HEAD)


@pytest.mark.parametrize(
    "case",
    [
        replace(CASE, staff=a_staff(fired=[INSPECTOR])),
        replace(CASE, responsible_id=INSPECTOR),
        replace(CASE, inspector_id=SERVICE),
        replace(CASE, inspector_id=None),
    ],
)
def test_an_inspector_who_left_or_is_concerned_decides_nothing(case: Case) -> None:
    assert authority.cancellers(case, BOOK) == (QUALITY_HEAD,)
    assert INSPECTOR not in authority.deciders(case, BOOK)


def test_nobody_is_called_so() -> None:
    assert authority.names(CASE, ()) == "никто"
    assert authority.names(CASE, (INSPECTOR, SALES_HEAD)) == "Инна Контролёрова, Сергей Сбытов"
