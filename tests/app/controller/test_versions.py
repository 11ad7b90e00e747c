"""The rulebook of the service changes while cases are open on the portal; the database is there, or lost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

import rules
from app.controller.reconcile import reconcile
from app.keys import SourceKey
from app.provision.blueprint import blueprint_of
from app.provision.build import build
from bitrix.refs import DEAL, ItemRef
from rules.model import CaseField, Stage
from rules.rulebook import Rulebook, load
from tests.app.conftest import connect
from tests.app.controller.trading_day import SOURCE, TradingDay, win_deal

SHIPPED = Path(rules.__file__).parent / "books" / "trading-house.ru.yaml"


def edition(change: Callable[[dict[str, Any]], None]) -> Rulebook:
    data = yaml.safe_load(SHIPPED.read_text(encoding="utf-8"))
    change(data)
    data["version"] = "next"
    return load(yaml.safe_dump(data, allow_unicode=True, sort_keys=False))


def stricter(data: dict[str, Any]) -> None:
    """Another question, another protocol, and the verdict of the open case is gone."""
    data["questions"]["paid"] = {"text": "Оплата получена?", "type": "yes_no"}
    for funnel in data["funnels"]:
        funnel["survey"].append({"question": "paid"})
        funnel["protocol"] = ["Прослушать вообще всё"]
    del data["verdicts"]["partly_correct"]


def without_wholesale(data: dict[str, Any]) -> None:
    data["funnels"] = [funnel for funnel in data["funnels"] if funnel["code"] != "wholesale"]


async def under(day: TradingDay, new: Rulebook, *, remembered: bool) -> TradingDay:
    """The same day with the service started anew under another rulebook, the portal provisioned for it."""
    old = day.desk.book
    await build(day.portal, blueprint_of(new), say=lambda step: None)  # type: ignore[arg-type]
    earlier = {old.version: old} if remembered else {}
    connection = await connect(day.portal, new, earlier=earlier.values())
    return TradingDay(day.portal, connection, replace(day.desk, book=new, earlier=earlier), day.clock)


@pytest.fixture
async def day(portal, connection, desk, clock) -> TradingDay:
    win_deal(portal)
    return TradingDay(portal, connection, desk, clock)


@pytest.mark.parametrize("change", [stricter, without_wholesale])
@pytest.mark.parametrize("stage", [stage for stage in Stage if not stage.is_final])
async def test_an_open_case_goes_on_to_its_end_as_it_began(day, portal, change, stage):
    await day.until(stage)
    await day.quiet()
    history = len(portal.history[day.case.entity_type_id])
    later = await under(day, edition(change), remembered=True)
    portal.writes.clear()
    await later.look()
    assert portal.writes == [], "the new rulebook asks something of the old case"
    assert len(portal.history[day.case.entity_type_id]) == history
    await later.to_the_end()
    assert later.stage is Stage.SUCCESS
    protocol = next(task for task in portal.tasks.values() if task["xmlId"].endswith(":analysis"))
    lines = [line["TITLE"] for line in portal.checklists[int(protocol["id"])]]
    assert "Прослушать вообще всё" not in lines


async def test_a_case_that_begins_now_begins_with_the_new_rulebook(day, portal):
    await day.until(Stage.ANALYSIS)
    later = await under(day, edition(stricter), remembered=True)
    win_deal(portal, ItemRef(DEAL, 43))
    outcome = await reconcile(SourceKey("shop", DEAL, 43), later.connection, later.desk)
    (key,) = outcome.also_look_at
    await reconcile(key, later.connection, later.desk)
    layout = later.connection.layout.case
    assert portal.items[ItemRef(layout.entity_type_id, key.id)][layout.fields[CaseField.RULES].name] == "next"
    survey = next(task for task in portal.tasks.values() if task["xmlId"] == f"capa24:{key.id}:survey")
    assert "Оплата получена?" in survey["description"]


async def test_nothing_begins_any_more_in_a_funnel_that_was_removed(day, portal):
    await day.until(Stage.ANALYSIS)
    later = await under(day, edition(without_wholesale), remembered=True)
    win_deal(portal, ItemRef(DEAL, 43))
    outcome = await reconcile(SourceKey("shop", DEAL, 43), later.connection, later.desk)
    assert outcome.commands == ()


async def test_without_the_database_the_present_rulebook_holds_and_that_is_said(day):
    await day.until(Stage.ANALYSIS)
    before = day.desk.book.version
    later = await under(day, edition(stricter), remembered=False)
    outcome = await later.look()
    sentence = f"редакция «{before}», с которой начат разбор, сервису неизвестна: действует нынешняя «next»"
    assert sentence in outcome.because
    told = [entry for entry in await later.desk.journal.read(str(later.case_key)) if entry.kind == "decision"]
    assert sentence in told[-1].body["because"]


async def test_the_source_of_an_old_case_is_looked_at_quietly(day, portal):
    await day.until(Stage.ANALYSIS)
    later = await under(day, edition(without_wholesale), remembered=True)
    portal.writes.clear()
    await later.look(SOURCE)
    assert portal.writes == []
