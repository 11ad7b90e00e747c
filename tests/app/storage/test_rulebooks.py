"""Editions of the rulebook: each is kept once, and one version means one content."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from app.storage.rulebooks import Rulebooks, VersionReused
from app.storage.schema import rulebooks as table
from rules.rulebook import load
from tests.builders import SMALL_BOOK

TEXT = SMALL_BOOK.read_text(encoding="utf-8")
STRICTER = TEXT.replace("protocol: [Прослушать звонки,", "protocol: [Прослушать все звонки,")
NEXT = STRICTER.replace('version: "test-1"', 'version: "test-2"')


@pytest.fixture
def rulebooks(database, clock) -> Rulebooks:
    return Rulebooks(database, clock)


async def keep(rulebooks: Rulebooks, text: str):
    return await rulebooks.keep(load(text), text)


async def test_the_first_start_knows_no_earlier_edition(rulebooks, database):
    assert await keep(rulebooks, TEXT) == {}
    assert await keep(rulebooks, TEXT) == {}
    rows = await database.read(lambda c: c.execute(sa.select(table.c.version, table.c.text)).all())
    assert rows == [("test-1", TEXT)]


async def test_earlier_editions_come_back_by_their_version(rulebooks):
    await keep(rulebooks, TEXT)
    earlier = await keep(rulebooks, NEXT)
    assert set(earlier) == {"test-1"}
    assert earlier["test-1"].funnel("retail").protocol[0] == "Прослушать звонки"
    assert set(await keep(rulebooks, TEXT)) == {"test-2"}  # and back again


async def test_another_content_under_the_same_version_is_refused_with_what_to_do(rulebooks):
    await keep(rulebooks, TEXT)
    with pytest.raises(VersionReused) as refused:
        await keep(rulebooks, STRICTER)
    said = str(refused.value)
    assert "«test-1»" in said
    assert "смените version:" in said
    assert "воронка «Розница»: протокол" in said
    assert await keep(rulebooks, TEXT) == {}


async def test_the_company_may_change_without_a_new_version(rulebooks):
    await keep(rulebooks, TEXT)
    moved = TEXT.replace("head_of: Продажи", "head_of: Логистика")
    assert moved != TEXT
    assert await keep(rulebooks, moved) == {}


async def test_an_edition_that_cannot_be_read_any_more_is_as_good_as_lost(rulebooks, database):
    await keep(rulebooks, TEXT)
    spoilt = sa.update(table).values(text="version: [")
    await database.write(lambda connection: connection.execute(spoilt))
    assert await keep(rulebooks, NEXT) == {}
    assert await keep(rulebooks, STRICTER) == {"test-2": load(NEXT)}  # stored anew under its name
