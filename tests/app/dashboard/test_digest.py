"""The notification of the month: who gets it, when, and that everybody gets it once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from shutil import copy
from typing import Any

import pytest

from app.dashboard.digest import Digest, Links, letter, month_due, readers
from app.dashboard.passes import read
from app.dashboard.question import Period
from app.storage.case_facts import CaseFacts, Sums
from app.storage.cursors import Cursors
from app.storage.database import Database
from benchmarks.invented_company import (
    DIRECTOR,
    LOGISTICS_HEAD,
    MARKETING_HEAD,
    PORTAL,
    QUALITY,
    QUALITY_HEAD,
    RETAIL,
    RETAIL_HEAD,
    SALES_HEAD,
    SERVICE_HEAD,
    WHOLESALE_HEAD,
    Company,
)
from bitrix.call import Call
from bitrix.errors import Refused, Unreachable
from rules.model import Staff
from rules.rulebook import Rulebook
from tests.app.dashboard.conftest import SECRET

NOVEMBER = Period(date(2026, 11, 1), date(2026, 11, 30))
TUESDAY = datetime(2026, 12, 1, 9, 30, tzinfo=UTC)
HEADS = {DIRECTOR, SALES_HEAD, RETAIL_HEAD, WHOLESALE_HEAD, LOGISTICS_HEAD, SERVICE_HEAD, MARKETING_HEAD, QUALITY_HEAD}


@dataclass
class Messenger:
    """A portal that keeps the notifications it was given, by person and tag; a call may fail."""

    name: str
    company: Staff
    given: dict[int, str] = field(default_factory=dict)
    calls: list[int] = field(default_factory=list)
    failing: dict[int, Exception] = field(default_factory=dict)

    @property
    def portal(self) -> Messenger:
        return self

    async def staff(self) -> Staff:
        return self.company

    async def send(self, call: Call[Any]) -> Any:
        person = int(str(call.params["USER_ID"]))
        self.calls.append(person)
        if person in self.failing:
            raise self.failing[person]
        assert call.params["TAG"] == "capa24-digest-2026-11"
        self.given[person] = str(call.params["MESSAGE"])


@pytest.fixture
async def database(filled: str, tmp_path: Path) -> AsyncIterator[Database]:
    """A copy, to write into."""
    file = tmp_path / "capa24.db"
    copy(filled.removeprefix("sqlite:///"), file)
    opened = await Database.open(f"sqlite:///{file}")
    yield opened
    await opened.close()


@pytest.fixture
def messenger(company: Company) -> Messenger:
    return Messenger(PORTAL, company.staff)


@pytest.fixture
def digest_of(database: Database, book: Rulebook, messenger: Messenger) -> Any:
    def made(audience: Any = "heads", at: datetime = TUESDAY) -> Digest:
        links = Links("https://capa24.test", SECRET)
        connections: Any = {PORTAL: messenger}
        return Digest(connections, book, CaseFacts(database), Cursors(database), links, audience, lambda: at)

    return made


async def test_heads_and_the_quality_department_are_told_and_nobody_twice(
    digest_of: Any, messenger: Messenger, company: Company
) -> None:
    told = await digest_of().send(messenger)
    assert told == len(messenger.given) == len(messenger.calls)
    assert set(messenger.given) <= HEADS | set(company.workers[QUALITY])
    assert {QUALITY_HEAD, DIRECTOR, SALES_HEAD} <= set(messenger.given)
    assert await digest_of().send(messenger) == 0
    assert len(messenger.calls) == told


@pytest.mark.requirement("S90")
async def test_everyone_is_told_of_their_own_cases(
    digest_of: Any, messenger: Messenger, told: list[dict[str, Any]]
) -> None:
    await digest_of("everyone").send(messenger)
    of_november = [record for record in told if record["started_at"].startswith("2026-11")]
    working = {person.id for person in messenger.company.people.values() if person.active}
    assert {record["responsible_id"] for record in of_november} & working <= set(messenger.given)
    ordinary = next(
        person for person in messenger.given if person in {r["responsible_id"] for r in of_november} - HEADS
    )
    own = sum(record["responsible_id"] == ordinary for record in of_november)
    assert messenger.given[ordinary].startswith("[B]Ваши разборы, ноябрь 2026[/B]")
    assert f"из {own};" in messenger.given[ordinary]


async def test_the_link_in_it_opens_the_dashboard_for_this_person(digest_of: Any, messenger: Messenger) -> None:
    await digest_of().send(messenger)
    text = messenger.given[SALES_HEAD]
    link = text.split("[URL=https://capa24.test/dashboard/enter/")[1].split("]")[0]
    bearer = read(link, "link", SECRET, TUESDAY + timedelta(days=30))
    assert (bearer.portal, bearer.person) == (PORTAL, SALES_HEAD)


async def test_what_a_failing_portal_left_is_told_next_time(digest_of: Any, messenger: Messenger) -> None:
    messenger.failing[QUALITY_HEAD] = Unreachable("im.notify.system.add", detail="down")
    with pytest.raises(Unreachable):
        await digest_of().send(messenger)
    before = list(messenger.given)
    messenger.failing.clear()
    await digest_of().send(messenger)
    assert QUALITY_HEAD in messenger.given
    assert [messenger.calls.count(person) for person in before] == [1] * len(before)


async def test_one_who_cannot_be_notified_keeps_nobody_else_waiting(digest_of: Any, messenger: Messenger) -> None:
    messenger.failing[DIRECTOR] = Refused("im.notify.system.add", detail="no such user")
    await digest_of().send(messenger)
    assert QUALITY_HEAD in messenger.given
    await digest_of().send(messenger)
    assert messenger.calls.count(DIRECTOR) == 1


@pytest.mark.parametrize(
    ("now", "due"),
    [
        # the first of December is a Tuesday; work begins at nine in Moscow
        (datetime(2026, 12, 1, 5, 59, tzinfo=UTC), None),
        (datetime(2026, 12, 1, 6, 0, tzinfo=UTC), NOVEMBER),
        # a service that was down on that morning tells it within a week, and not later
        (datetime(2026, 12, 7, 12, 0, tzinfo=UTC), NOVEMBER),
        (datetime(2026, 12, 9, 12, 0, tzinfo=UTC), None),
        (datetime(2026, 11, 30, 20, 59, tzinfo=UTC), None),
        # in January work begins after the holidays
        (datetime(2026, 1, 8, 12, 0, tzinfo=UTC), None),
        (datetime(2026, 1, 12, 12, 0, tzinfo=UTC), Period(date(2025, 12, 1), date(2025, 12, 31))),
    ],
)
def test_it_is_due_on_the_first_working_morning(now: datetime, due: Period | None, book: Rulebook) -> None:
    assert month_due(now, book) == due


def test_neither_the_fired_nor_the_service_itself_are_told(company: Company, book: Rulebook) -> None:
    staff = company.staff
    fired = replace(staff.people[SALES_HEAD], active=False)
    without = replace(staff, people={**staff.people, SALES_HEAD: fired}, service_id=DIRECTOR)
    told = {reader.person for reader in readers(PORTAL, without, book, "everyone")}
    assert not {SALES_HEAD, DIRECTOR, 40} & told
    assert company.workers[RETAIL][0] in told


def test_the_letter_says_what_there_is_to_say(company: Company, book: Rulebook) -> None:
    reader = next(iter(readers(PORTAL, company.staff, book, "heads")))
    text = letter(Sums(cases=12, analysed=10, clean=8, violations=3, measures=4), NOVEMBER, reader, "https://x.test/y")
    assert text.splitlines()[0] == "[B]Качество процессов, ноябрь 2026[/B]"
    assert "разобрано 10 из 12; без замечаний 80\u00a0%; нарушений 3; мер назначено 4." in text
    assert "удовлетворённость" not in text
