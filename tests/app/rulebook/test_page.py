"""What ``docs/howto/rulebook.ru.md`` says about a portal and about editions is what people will read."""

from __future__ import annotations

import pytest

from app.rulebook.against_portal import compare
from app.storage.database import Database
from app.storage.rulebooks import Rulebooks, VersionReused
from rules.rulebook import load
from tests.app.conftest import Clock
from tests.app.fake_portal import FakePortal
from tests.rules.test_rulebook_page import PAGE, SHIPPED, table

MISTAKES = table("| Было | Написали | Что скажет `rules check --portal` |")


@pytest.mark.parametrize(("before", "after", "message"), MISTAKES, ids=[row[1] for row in MISTAKES])
async def test_a_quoted_message_about_the_portal_is_really_said(
    bare_portal: FakePortal, before: str, after: str, message: str
) -> None:
    assert before in SHIPPED
    found = await compare(bare_portal, load(SHIPPED.replace(before, after, 1)))  # type: ignore[arg-type]
    assert [each.sentence for each in found if each.sentence.startswith(message.strip())]


async def test_the_refusal_of_a_changed_book_under_the_old_version_is_quoted(database: Database, clock: Clock) -> None:
    """Requirement of the page's last section."""
    quoted = "свод правил изменён, а версия прежняя"
    assert quoted in PAGE
    editions = Rulebooks(database, clock)
    await editions.keep(load(SHIPPED), SHIPPED)
    changed = SHIPPED.replace("Прослушать первый звонок", "Прослушать все звонки")
    with pytest.raises(VersionReused, match=quoted):
        await editions.keep(load(changed), changed)
