"""Who comes in, and what they can get out: the whole matrix of readers, through HTTP."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from html import unescape
from typing import Any

import pytest

from app.dashboard.passes import Bearer, sign
from app.dashboard.routes import NotConnected
from benchmarks.invented_company import (
    DIRECTOR,
    LOGISTICS_HEAD,
    MARKETING_HEAD,
    PORTAL,
    QUALITY,
    QUALITY_HEAD,
    RETAIL,
    RETAIL_HEAD,
    SALES,
    SALES_HEAD,
    WHOLESALE,
    Company,
)
from bitrix.errors import Unreachable
from tests.app.dashboard.conftest import NOW, SECRET, Screens

Told = list[dict[str, Any]]
Record = Mapping[str, Any]


def cases_in(text: str) -> set[int]:
    """Numbers of the cases in a CSV answer."""
    rows = list(csv.reader(io.StringIO(text.removeprefix("\ufeff")), delimiter=";"))
    return {int(row[0]) for row in rows[1:]}


def own(person: int) -> Callable[[Record, Company], bool]:
    return lambda record, _: record["responsible_id"] == person


def of_departments(*ids: int) -> Callable[[Record, Company], bool]:
    """Of people who work there today, or whose work it was when it was done there."""

    def holds(record: Record, company: Company) -> bool:
        person = company.staff.people[record["responsible_id"]]
        return record["department_ids"][0] in ids or bool(set(person.department_ids) & set(ids))

    return holds


def everything(_: Record, __: Company) -> bool:
    return True


RETAILER = "a seller in retail"


@pytest.mark.requirement("S90", "S67")
@pytest.mark.parametrize(
    ("person", "visible"),
    [
        (RETAILER, None),
        (RETAIL_HEAD, of_departments(RETAIL)),
        (SALES_HEAD, of_departments(SALES, RETAIL, WHOLESALE)),
        (QUALITY_HEAD, everything),
        ("an inspector", everything),
        (DIRECTOR, everything),
    ],
)
async def test_everybody_sees_theirs_and_nothing_else(
    screens: Screens, told: Told, company: Company, person: int | str, visible: Any
) -> None:
    number = {RETAILER: company.workers[RETAIL][0], "an inspector": company.workers[QUALITY][0]}.get(
        str(person), person
    )
    assert isinstance(number, int)
    holds = visible or own(number)
    seen = {record["case_id"] for record in told if holds(record, company)}
    hidden = [record for record in told if not holds(record, company)]
    everywhere = [
        await screens.get(path, number)
        for path in ("/dashboard?period=all", "/dashboard/cases?period=all", "/dashboard/cases.csv?period=all")
    ]
    assert [answer.status_code for answer in everywhere] == [200, 200, 200]
    assert cases_in(everywhere[2].text) == seen
    text = unescape("".join(answer.text for answer in everywhere))
    for record in hidden:
        assert record["source_title"] not in text
        assert f"/details/{record['case_id']}/" not in text
    strangers = (
        {record["responsible"] for record in hidden}
        - {name for record in told if holds(record, company) for name in (record["responsible"], record["inspector"])}
        - {company.staff.name_of(number)}
    )
    assert [name for name in strangers if name in text] == []


@pytest.mark.requirement("S90")
@pytest.mark.parametrize("head", [RETAIL_HEAD, SALES_HEAD, MARKETING_HEAD])
async def test_asking_for_what_is_hidden_finds_what_does_not_exist(
    screens: Screens, told: Told, company: Company, head: int
) -> None:
    """The same page as for numbers that nobody has, but for the number itself."""
    stranger = company.workers[QUALITY][1]
    foreign = next(r for r in told if r["responsible_id"] in company.workers[6] and r["violations"])  # of the service
    for parameter, hidden, invented in (
        ("person", foreign["responsible_id"], 31337),
        ("department", foreign["department_ids"][0], 31337),
        ("person", stranger, 31337),
    ):
        for page in ("/dashboard", "/dashboard/cases"):
            one = await screens.get(f"{page}?period=all&{parameter}={hidden}", head)
            other = await screens.get(f"{page}?period=all&{parameter}={invented}", head)
            assert one.status_code == 200
            assert _said(one.text, hidden) == _said(other.text, invented)
            assert foreign["responsible"] not in unescape(one.text)
        assert (
            cases_in((await screens.get(f"/dashboard/cases.csv?period=all&{parameter}={hidden}", head)).text) == set()
        )


def _said(text: str, number: int) -> list[str]:
    """What a page says, without its addresses and the values of its form; ``number`` is what was asked for."""
    said = re.sub(r"<[^>]+>", " ", text)
    return ["N" if word == str(number) else word for word in said.split()]


@pytest.mark.requirement("S90")
async def test_own_pages_tell_nothing_of_the_others(screens: Screens, told: Told, company: Company) -> None:
    person = company.workers[RETAIL][0]
    page = unescape((await screens.get("/dashboard?period=all", person)).text)
    mine = [record for record in told if record["responsible_id"] == person]
    assert f"из {len(mine)} завершённых" in page
    assert "Как работают подчинённые" not in page
    assert "Без разбора" not in page, "whose work was left out isn't known"
    assert 'name="person"' not in page
    assert 'name="department"' not in page


# --- Coming in -------------------------------------------------------------------------------------------------------


def a_link(person: int = QUALITY_HEAD, **bearer: Any) -> str:
    return sign(
        Bearer(**{"portal": PORTAL, "person": person, "until": NOW + timedelta(days=35), **bearer}), "link", SECRET
    )


async def test_a_link_becomes_a_cookie_and_leaves_the_address(screens: Screens) -> None:
    async with screens.client() as client:
        entered = await client.get(f"/dashboard/enter/{a_link()}")
        assert (entered.status_code, entered.headers["location"]) == (303, "/dashboard")
        cookie = entered.headers["set-cookie"]
        assert a_link() not in cookie
        for wanted in ("HttpOnly", "SameSite=lax", "Path=/dashboard", f"Max-Age={35 * 86400}"):
            assert wanted in cookie
        assert "Secure" not in cookie
        screen = await client.get("/dashboard")
        assert "Татьяна Семёнова" in screen.text
        left = await client.post("/dashboard/leave")
        assert left.status_code == 200
        assert (await client.get("/dashboard")).status_code == 401


async def test_over_https_the_cookie_stays_there(screens: Screens) -> None:
    screens.dashboard = replace(screens.dashboard, over_https=True)
    entered = await screens.get(f"/dashboard/enter/{a_link()}")
    assert "Secure" in entered.headers["set-cookie"]


@pytest.mark.requirement("S90")
@pytest.mark.parametrize(
    "link",
    [
        a_link(until=NOW),
        a_link()[:-2] + "AA",
        "x" + a_link(),
        "nonsense",
        sign(Bearer(PORTAL, QUALITY_HEAD, NOW + timedelta(days=1)), "session", SECRET),
        sign(Bearer(PORTAL, QUALITY_HEAD, NOW + timedelta(days=1)), "link", "another secret, as long"),
    ],
    ids=["expired", "tampered", "longer", "nonsense", "a session's", "another secret's"],
)
async def test_a_link_that_is_not_ours_opens_nothing(screens: Screens, link: str) -> None:
    refused = await screens.get(f"/dashboard/enter/{link}")
    assert refused.status_code == 403
    assert "set-cookie" not in refused.headers
    assert "Откройте панель по своей ссылке" in refused.text
    assert link not in refused.text


@pytest.mark.requirement("S90")
@pytest.mark.parametrize("path", ["/dashboard", "/dashboard/cases", "/dashboard/cases.csv"])
async def test_strangers_the_fired_and_the_late_are_told_the_same(
    screens: Screens, company: Company, path: str
) -> None:
    fired = replace(company.staff.people[SALES_HEAD], active=False)
    screens.staff = replace(company.staff, people={**company.staff.people, SALES_HEAD: fired})
    answers = [
        await screens.get(path),
        await screens.get(path, SALES_HEAD),
        await screens.get(path, 31337),
        await screens.get(path, QUALITY_HEAD, until=NOW),
        await screens.get(path, QUALITY_HEAD, portal="gone"),
    ]
    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.text for answer in answers}) == 1


@pytest.mark.requirement("S90")
async def test_a_pass_of_another_portal_sees_that_portal(screens: Screens) -> None:
    """Which is empty: nobody's cases leak from one company into another."""
    page = await screens.get("/dashboard?period=all", QUALITY_HEAD, portal="other")
    assert page.status_code == 200
    assert "Разборов ещё нет" in page.text
    assert cases_in((await screens.get("/dashboard/cases.csv?period=all", QUALITY_HEAD, portal="other")).text) == set()


@pytest.mark.requirement("S90")
async def test_who_was_head_yesterday_is_asked_today(screens: Screens, company: Company) -> None:
    assert "видит: Отдел продаж" in (await screens.get("/dashboard", SALES_HEAD)).text
    departments = {**company.staff.departments}
    departments[SALES] = replace(departments[SALES], head_id=LOGISTICS_HEAD)
    screens.staff = replace(company.staff, departments=departments)
    assert "видит свои разборы" in (await screens.get("/dashboard", SALES_HEAD)).text
    assert "видит: Логистика, Отдел продаж" in (await screens.get("/dashboard", LOGISTICS_HEAD)).text


@pytest.mark.parametrize("failing", [NotConnected(), Unreachable("user.get", detail="down")])
async def test_a_portal_that_does_not_say_who_is_who_shows_nothing(screens: Screens, failing: Exception) -> None:
    screens.failing = failing
    page = await screens.get("/dashboard", QUALITY_HEAD)
    assert (page.status_code, page.headers["retry-after"]) == (503, "60")
    assert "Портал сейчас не отвечает" in page.text
    assert "Качество процессов" not in page.text


async def test_without_a_secret_there_is_no_dashboard_but_a_word_on_how_to_get_one(screens: Screens) -> None:
    screens.dashboard = replace(screens.dashboard, secret=None)
    for path in ("/dashboard", "/dashboard/cases", f"/dashboard/enter/{a_link()}"):
        page = await screens.get(path, QUALITY_HEAD)
        assert page.status_code == 503
        assert "CAPA24_SECRET" in page.text


async def test_every_page_keeps_strangers_out_of_the_browser(screens: Screens) -> None:
    for path in ("/dashboard", "/dashboard/cases", "/dashboard/cases.csv", "/dashboard/enter/x"):
        headers = (await screens.get(path, QUALITY_HEAD)).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["cache-control"] == "no-store"


# --- What the pages say ----------------------------------------------------------------------------------------------


@pytest.mark.requirement("S64", "S65", "S66", "S67", "S81", "S82", "S83", "S84", "S85", "S86", "S87", "S88", "S89")
async def test_the_screen_answers_the_questions_without_javascript(screens: Screens) -> None:
    page = unescape((await screens.get("/dashboard", QUALITY_HEAD)).text)
    for question in (
        "Сколько процессов проанализировано",
        "Сколько и каких коррекций назначено",
        "Какие ресурсы на это уходят",
        "Как работают подчинённые",
        "Становится ли лучше и быстрее",
        "Знают ли процесс, помогают ли меры",
    ):
        assert question in page
    for number in (
        "Охват",
        "Нарушений на 100 разборов",
        "Затраты на разбор",
        "Срок разбора",
        "Удовлетворённость клиентов",
        "Новость прочитали",
        "Новое и исключения разобраны за",
        "Меры согласованы за",
        "Меры подействовали",
    ):
        assert number in page
    charts, tables = page.count("<canvas"), page.count('<details class="behind" open>')
    assert charts == tables >= 8, "behind each chart stand its numbers, open until a script closes them"
    assert "style=" not in page
    assert "onclick" not in page


async def test_nothing_is_fetched_from_elsewhere(screens: Screens) -> None:
    page = (await screens.get("/dashboard", QUALITY_HEAD)).text
    fetched = re.findall(r'(?:src|<link[^>]* href)="([^"]*)"', page)
    assert fetched
    assert all(address.startswith("/dashboard/static/") for address in fetched)
    for address in fetched:
        assert (await screens.get(address)).status_code == 200


@pytest.mark.parametrize("path", ["/dashboard", "/dashboard/cases"])
@pytest.mark.parametrize(
    "parameter", ["funnel", "verdict", "violation", "kind", "since", "page", "state", "by", "person"]
)
async def test_what_is_typed_into_the_address_stays_text(screens: Screens, path: str, parameter: str) -> None:
    page = await screens.get(f"{path}?{parameter}=%22%3E%3Cscript%3Ealert(1)%3C/script%3E", QUALITY_HEAD)
    assert page.status_code == 200
    assert "<script>alert" not in page.text
    assert '"><script' not in page.text


async def test_an_empty_period_says_what_to_do(screens: Screens) -> None:
    page = (await screens.get("/dashboard?since=2020-01-01&until=2020-01-31", QUALITY_HEAD)).text
    assert "За этот период разборов нет" in page
    assert "Выберите период длиннее" in page


async def test_a_list_has_pages(screens: Screens, told: Told) -> None:
    titles: list[str] = []
    pages = -(-len(told) // 50)
    for number in range(1, pages + 1):
        text = (await screens.get(f"/dashboard/cases?period=all&page={number}", QUALITY_HEAD)).text
        assert f"&amp;page={pages}" in text
        titles += re.findall(r"<small>№(\d+) ·", text)
    assert sorted(map(int, titles)) == sorted(record["case_id"] for record in told)


async def test_a_condition_of_the_list_can_be_lifted(screens: Screens) -> None:
    page = unescape((await screens.get("/dashboard/cases?period=all&violation=terms&state=faulty", QUALITY_HEAD)).text)
    assert "нарушение: Нарушены сроки стадии" in page
    assert 'href="/dashboard/cases?period=all&state=faulty"' in page
    assert 'href="/dashboard/cases?period=all&violation=terms"' in page
    assert 'href="/dashboard?period=all"' in page


@pytest.mark.parametrize("version", ["old", "..%2f..", ""])
async def test_only_the_files_of_the_page_are_served(screens: Screens, version: str) -> None:
    assert (await screens.get(f"/dashboard/static/{version}/page.css")).status_code == 404
    assert (await screens.get(f"/dashboard/static/{version}/../../../settings.py")).status_code == 404
