"""The proof of coverage: every finished item has its case, or a reason why it has none (S81)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

import pytest

from app.controller.reconcile import reconcile
from app.coverage.command import as_data
from app.coverage.proof import Coverage, Reason
from app.coverage.reading import read_coverage
from app.keys import SourceKey
from bitrix.refs import DEAL, LEAD, ItemRef
from rules.rulebook import SourceCondition
from tests.app.conftest import SERVICE_REQUESTS, connect
from tests.app.controller.trading_day import DEAL_42, SOURCE, WHOLESALE, win_deal


def reasons(found: Coverage) -> Mapping[int, Reason]:
    return {one.finish.ref.id: one.reason for funnel in found.funnels for one in funnel.missing}


def numbers(found: Coverage) -> Mapping[str, tuple[int, int]]:
    """(finished, with a case) of the funnels where something was finished."""
    return {funnel.title: (funnel.finished, funnel.with_case) for funnel in found.funnels if funnel.finished}


async def looked_at(number: int, connection, desk) -> None:
    await reconcile(SourceKey("shop", DEAL, number), connection, desk)


@pytest.mark.requirement("S81")
async def test_a_finished_deal_counts_as_missing_until_it_has_its_case(portal, connection, desk, book):
    win_deal(portal)
    found = await read_coverage(connection, book, {})
    assert (numbers(found), reasons(found)) == ({"Оптовые продажи": (1, 0)}, {42: Reason.NOT_YET})
    assert not found.proven
    await looked_at(42, connection, desk)
    found = await read_coverage(connection, book, {})
    assert (numbers(found), reasons(found), found.proven) == ({"Оптовые продажи": (1, 1)}, {}, True)


async def test_an_error_of_the_look_is_the_reason(portal, connection, book):
    win_deal(portal)
    found = await read_coverage(connection, book, {str(SOURCE): "Refused: нет прав"})
    (missing,) = found.funnels[1].missing
    assert (missing.reason, missing.words, missing.title) == (Reason.ERROR, "Refused: нет прав", "Поставка")
    assert not found.proven


async def test_what_the_rulebook_leaves_out_is_named_with_its_words(portal, desk, book, clock):
    only_big = SourceCondition(field="opportunity", at_least=100_000, words="сумма от 100 000")
    funnels = tuple(each.model_copy(update={"only_if": (only_big,)}) for each in book.funnels)
    picky = book.model_copy(update={"funnels": funnels})
    connection = await connect(portal, picky)
    win_deal(portal)
    found = await read_coverage(connection, picky, {})
    assert reasons(found) == {42: Reason.BY_RULE}
    assert found.funnels[1].missing[0].words == "не выполнено условие: сумма от 100 000"
    assert found.proven


async def test_what_was_finished_before_the_analysis_began_needs_no_reading(portal, connection, book, clock):
    clock.forward(days=-30)
    win_deal(portal)
    clock.forward(days=30)
    portal.calls.clear()
    found = await read_coverage(connection, book, {})
    assert reasons(found) == {42: Reason.BEFORE}
    assert portal.calls.count("crm.item.list") == 1  # the cases


async def test_a_deal_that_was_deleted_is_called_so(portal, connection, book):
    win_deal(portal)
    del portal.items[DEAL_42]
    assert reasons(await read_coverage(connection, book, {})) == {42: Reason.DELETED}


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"stageId": "C6:NEW"}, Reason.IN_WORK),
        ({"categoryId": 99, "stageId": "C99:WON"}, Reason.ELSEWHERE),
    ],
)
async def test_a_deal_that_went_on_after_it_was_finished_is_told_by_where_it_is(
    portal, connection, book, fields, reason
):
    win_deal(portal)
    portal.change_item(DEAL_42, {"categoryId": WHOLESALE, **fields})
    found = await read_coverage(connection, book, {})
    assert (reasons(found), found.proven) == ({42: reason}, True)


async def test_a_deal_finished_again_needs_a_second_case(portal, connection, desk, book):
    win_deal(portal)
    await looked_at(42, connection, desk)
    portal.change_item(DEAL_42, {"stageId": "C6:NEW"})
    assert (await read_coverage(connection, book, {})).proven, "it is in work, its closing has a case"
    portal.change_item(DEAL_42, {"stageId": "C6:WON"})
    assert reasons(await read_coverage(connection, book, {})) == {42: Reason.NOT_YET}
    await looked_at(42, connection, desk)
    assert (await read_coverage(connection, book, {})).proven


async def test_two_cases_of_one_closing_are_no_proof(portal, connection, desk, book):
    win_deal(portal)
    await looked_at(42, connection, desk)
    case = next(item for item in portal.items.values() if item.get("xmlId") == "deal:42#1")
    portal.put_item(ItemRef(case["entityTypeId"], 900), {**case, "id": 900})
    found = await read_coverage(connection, book, {})
    assert (found.doubled, found.proven) == (("deal:42#1",), False)


async def test_leads_and_smart_processes_are_counted_as_deals_are(portal, connection, book):
    portal.put_item(ItemRef(LEAD, 7), {"title": "обращение", "stageId": "NEW"})
    portal.change_item(ItemRef(LEAD, 7), {"stageId": "JUNK"})
    category = next(each["id"] for each in portal.categories if each["entityTypeId"] == SERVICE_REQUESTS)
    request = {"title": "ремонт", "categoryId": category, "stageId": f"DT140_{category}:NEW"}
    portal.put_item(ItemRef(SERVICE_REQUESTS, 5), request)
    portal.change_item(ItemRef(SERVICE_REQUESTS, 5), {"stageId": f"DT140_{category}:SUCCESS"})
    assert sum(each.finished for each in (await read_coverage(connection, book, {})).funnels) == 2


async def test_since_a_day_only_what_was_finished_later_counts(portal, connection, book, clock):
    win_deal(portal)
    clock.forward(days=2)
    win_deal(portal, ItemRef(DEAL, 43))
    found = await read_coverage(connection, book, {}, since=clock() - timedelta(days=1))
    assert reasons(found) == {43: Reason.NOT_YET}


@pytest.mark.requirement("S81")
async def test_the_cost_is_lists_not_items(portal, connection, desk, book):
    """A thousand deals that are done, a hundred of them without a case."""
    for number in range(1, 101):
        win_deal(portal, ItemRef(DEAL, number))
    for number in range(101, 1001):
        win_deal(portal, ItemRef(DEAL, number))
        case = {"title": "разбор", "xmlId": f"deal:{number}#1"}
        portal.put_item(ItemRef(connection.layout.case.entity_type_id, 5000 + number), case)
    portal.calls.clear()
    found = await read_coverage(connection, book, {})
    assert (found.funnels[1].finished, found.funnels[1].gaps) == (1000, 100)
    rows = 1000 + 900 + 100 + 3 * 100  # entries into final stages, cases, the items in doubt with their histories
    assert len(portal.calls) <= rows / 50 + 10
    assert set(portal.calls) == {"crm.item.list", "crm.stagehistory.list"}


async def test_the_data_for_other_programs_are_plain(portal, connection, book):
    win_deal(portal)
    told = as_data(await read_coverage(connection, book, {}))
    assert told["proven"] is False
    (missing,) = told["funnels"][1]["missing"]
    assert {name: missing[name] for name in ("item", "reason", "title")} == {
        "item": "deal:42",
        "reason": "not_yet",
        "title": "Поставка",
    }
