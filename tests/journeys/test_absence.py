"""Somebody is on leave, as their calendar says: inspectors, heads, and who takes their place."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from sandbox.demo.office import CONTENT, Office
from sandbox.demo.people import Person
from tests.journeys.test_stages import a_case, up_to_formulation

Quiet = Callable[[int], None]


def send_on_leave(office: Office, person: Person) -> None:
    """Some days around today, in the person's calendar."""
    now = datetime.now(UTC)
    days = {"from": (now - timedelta(days=2)).isoformat(), "to": (now + timedelta(days=2)).isoformat()}
    office.company.control("calendar", {"user_id": person.id, **days, "whole_days": True})


@pytest.mark.requirement("S12", "S45", "R12")
def test_a_head_on_leave_is_stood_in_for_and_the_card_says_by_whom(office: Office, nothing_left_to_do: Quiet) -> None:
    away = office.company.head_of("Логистика")
    send_on_leave(office, away)
    case = up_to_formulation(office, "Отпуск руководителя")
    assert away.id not in office.value(case, "Комиссия")
    assert f"замещает: {away.name} отсутствует" in office.value(case, "Почему такая комиссия")
    nothing_left_to_do(case)


@pytest.mark.requirement("S24")
def test_an_inspector_on_leave_gets_nothing_new(office: Office, nothing_left_to_do: Quiet) -> None:
    away = office.company.members_of("Отдел контроля качества")[0]
    send_on_leave(office, away)
    for title in ("Первая", "Вторая", "Третья"):
        case = a_case(office, title)
        office.answer_survey(case, CONTENT)
        assert office.owner(office.task(case, "Анализ")) != away
        nothing_left_to_do(case)
