"""What was left without a case: counted once, by funnel and reason, until a case appears after all."""

from dataclasses import replace
from datetime import timedelta

import pytest

from app.storage.left_out import Counted, LeftOut, LeftOutWork
from tests.app.conftest import MONDAY

DEAL = LeftOut("main", "deal:42#1", "retail", "не выполнено условие: дороже 100 000", MONDAY)


@pytest.fixture
def work(database) -> LeftOutWork:
    return LeftOutWork(database)


async def test_a_round_is_counted_once_however_often_it_is_looked_at(work):
    for _ in range(3):
        await work.put(DEAL)
    assert await work.every() == [DEAL]


async def test_another_reason_replaces_the_one_before(work):
    await work.put(DEAL)
    await work.put(replace(DEAL, reason="не попал в выборку"))
    assert [each.reason for each in await work.every()] == ["не попал в выборку"]


async def test_what_got_a_case_after_all_is_not_counted_any_more(work):
    await work.put(DEAL)
    await work.put(replace(DEAL, key="deal:42#2"))
    await work.forget("main", "deal:42#1")
    await work.forget("main", "deal:999#1")
    assert [each.key for each in await work.every()] == ["deal:42#2"]


@pytest.mark.requirement("S81")
async def test_it_is_counted_by_funnel_and_reason(work):
    later = MONDAY + timedelta(days=1)
    await work.put(DEAL)
    await work.put(replace(DEAL, key="deal:43#1", closed_at=later))
    await work.put(replace(DEAL, key="deal:44#1", reason="не попал в выборку"))
    await work.put(replace(DEAL, key="lead:7#1", funnel="leads"))
    assert await work.by_reason() == [
        Counted("main", "leads", DEAL.reason, 1, MONDAY),
        Counted("main", "retail", DEAL.reason, 2, later),
        Counted("main", "retail", "не попал в выборку", 1, MONDAY),
    ]
    assert await work.count() == {"leads": 1, "retail": 3}
