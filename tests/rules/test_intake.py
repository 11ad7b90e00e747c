"""Which finished work becomes a case: once a closing (S13-S16, S23, S81)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from rules.decision import CreateCase
from rules.intake import case_title, decide_source
from rules.model import Closing, Source, SourceRef
from rules.rulebook import Rulebook, SourceCondition
from tests.builders import BOOK, HOUR, MANAGER, NOON, a_source

DAY = 24 * HOUR
WEEK_AGO = NOON - 7 * DAY
TWICE = (Closing(WEEK_AGO, outcome="success"), Closing(NOON, outcome="success"))
LEAD: dict[str, Any] = {"ref": SourceRef(1, 42), "funnel": "leads"}


@pytest.mark.parametrize(
    ("source", "round_"),
    [
        (a_source(), 1),
        # lost deals teach as much
        (a_source(closings=(Closing(NOON - HOUR, outcome="fail"),)), 1),
        # reopened and closed again: the second closing
        (a_source(closings=TWICE, rounds_with_case=frozenset({1})), 2),
        # a closing that nobody analysed is no reason to count anew
        (a_source(closings=TWICE), 2),
        (a_source(**LEAD), 1),
        # closed in the very moment from which work is watched
        (a_source(closings=(Closing(WEEK_AGO, outcome="success"),)), 1),
    ],
)
def test_a_closing_becomes_a_case(source: Source, round_: int) -> None:
    (command,) = decide_source(source, BOOK, WEEK_AGO).commands
    assert isinstance(command, CreateCase)
    assert command.round == round_
    assert command.source == source.ref
    assert command.responsible_id == MANAGER


@pytest.mark.parametrize(
    ("source", "because"),
    [
        # S13: the rulebook says which processes are watched
        (a_source(funnel=None), "воронка не описана в своде правил"),
        (a_source(funnel="abolished"), "воронка не описана в своде правил"),
        (a_source(closed=False), "элемент ещё в работе"),
        # reopened: its earlier closing is a matter of its own case, if it has one
        (a_source(closed=False, rounds_with_case=frozenset({1})), "элемент ещё в работе"),
        # the portal writes its history a moment after the card
        (a_source(closings=()), "история стадий портала этого ещё не показывает"),
        # one case a closing, however often it is looked at
        (a_source(rounds_with_case=frozenset({1})), "разбор этого завершения уже есть"),
        # S14: which outcomes are analysed is configuration
        (a_source(**LEAD, closings=(Closing(NOON, outcome="fail"),)), "итог «провал» в воронке «Обращения» не"),
        # what was finished before the service came stays as it was
        (
            a_source(closings=(Closing(WEEK_AGO - HOUR, outcome="success"),)),
            "завершён до начала анализа (16.11.2026 12:00)",
        ),
        # or before the day that the rulebook names
        (
            a_source(**LEAD, closings=(Closing(NOON - 14 * DAY, outcome="success"),)),
            "до начала анализа (10.11.2026 00:00)",
        ),
    ],
)
def test_everything_else_is_left_alone_with_a_reason(source: Source, because: str) -> None:
    decision = decide_source(source, BOOK, WEEK_AGO)
    assert decision.commands == ()
    assert because in decision.because[0]


def test_a_funnel_may_reach_back_behind_the_installation() -> None:
    """``active_from`` of 10 November, the service is a week old: work of the 11th is analysed."""
    source = a_source(**LEAD, closings=(Closing(NOON - 12 * DAY, outcome="success"),))
    assert len(decide_source(source, BOOK, WEEK_AGO).commands) == 1


def test_two_looks_at_once_name_the_same_case() -> None:
    """Its key is the closing, not the moment: carried out twice it is found, not doubled."""
    first, second = (decide_source(a_source(), BOOK, WEEK_AGO) for _ in range(2))
    assert first == second


@pytest.mark.parametrize(
    ("source", "round_", "title"),
    [
        (a_source(), 1, "Сделка №42 «Насосы»"),
        (a_source(**LEAD), 1, "Лид №42 «Насосы»"),
        (a_source(ref=SourceRef(1090, 42)), 1, "Элемент №42 «Насосы»"),
        (a_source(), 3, "Сделка №42 «Насосы», повторно (3)"),
    ],
)
def test_a_case_is_called_after_its_source(source: Source, round_: int, title: str) -> None:
    assert case_title(source, round_) == title


# --- what the rulebook leaves out ------------------------------------------------------------------------------------


def with_funnel(**changes: object) -> Rulebook:
    funnels = tuple(each.model_copy(update=changes) if each.code == "retail" else each for each in BOOK.funnels)
    return BOOK.model_copy(update={"funnels": funnels})


@pytest.mark.parametrize(
    ("condition", "value", "analysed"),
    [
        ({"at_least": 100_000}, 100_000, True),
        ({"at_least": 100_000}, 99_999.99, False),
        # money as Bitrix24 writes it
        ({"at_least": 100_000}, "120000.00|RUB", True),
        ({"at_least": 100_000}, "120000.00", True),
        ({"at_least": 100_000}, "много", False),
        ({"at_least": 100_000}, None, False),
        ({"at_least": 10, "at_most": 20}, 21, False),
        ({"one_of": ("SALE", "SERVICE")}, "SALE", True),
        ({"one_of": ("SALE", "SERVICE")}, "COMPLEX", False),
        ({"one_of": ("1",)}, 1, True),
        # nothing but a name: the field has to be filled
        ({}, "что-то", True),
        ({}, "", False),
        ({}, None, False),
    ],
)
def test_conditions_on_the_items_fields(
    condition: dict[str, object], value: str | float | None, analysed: bool
) -> None:
    """«only deals above 100 000»: what doesn't fit is left out, and says so."""
    only_if = (SourceCondition.model_validate({"field": "opportunity", "words": "дороже 100 000", **condition}),)
    decision = decide_source(a_source(fields={"opportunity": value}), with_funnel(only_if=only_if), WEEK_AGO)
    assert bool(decision.commands) is analysed
    assert decision.left_out == (None if analysed else "не выполнено условие: дороже 100 000")


def test_every_nth_item_is_the_same_at_each_look_and_about_every_nth() -> None:
    book = with_funnel(every_nth=5)
    chosen = [
        number
        for number in range(1, 1001)
        if decide_source(replace(a_source(), ref=SourceRef(2, number)), book, WEEK_AGO).commands
    ]
    assert 150 < len(chosen) < 250
    left_out = decide_source(replace(a_source(), ref=SourceRef(2, chosen[0] + 1)), book, WEEK_AGO)
    assert left_out.left_out in (None, "не попал в выборку: анализируется каждый 5-й")


@pytest.mark.requirement("S14")
def test_a_stage_before_the_last_can_start_the_analysis() -> None:
    """S14: which stage is final for the analysis is the customer's business."""
    book = with_funnel(final_stages=("Документы подписаны",))
    signed = a_source(closings=(Closing(NOON - HOUR, outcome="Документы подписаны"),))
    assert decide_source(signed, book, WEEK_AGO).commands
    won = decide_source(a_source(closings=(Closing(NOON - HOUR, outcome="success"),)), book, WEEK_AGO)
    assert won.left_out == "итог «успех» в воронке «Розница» не анализируется"


def test_the_case_remembers_the_rulebook_it_started_with() -> None:
    """R3: a questionnaire has a version."""
    (wanted,) = decide_source(a_source(), BOOK, WEEK_AGO).commands
    assert isinstance(wanted, CreateCase)
    assert wanted.rules == BOOK.version == "test-1"
