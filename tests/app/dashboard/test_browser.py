"""The dashboard in a real browser, at a desk and on a phone, with scripts and without.

Runs in the Chromium the machine has; without one these tests are skipped.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from app.dashboard.passes import Bearer, sign
from benchmarks.invented_company import PORTAL, QUALITY_HEAD, RETAIL, Company
from rules.rulebook import Rulebook
from tests.app.dashboard.conftest import NOW, SECRET
from tests.app.dashboard.serving import serving

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on this machine")

PATIENCE = 60_000
expect.set_options(timeout=PATIENCE)

DESK = {"viewport": {"width": 1400, "height": 900}}
PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}


@pytest.fixture(scope="module")
def home(filled: str, book: Rulebook, company: Company) -> Iterator[str]:
    with serving(filled, book, company) as address:
        yield address


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def enter(chromium: Browser, home: str) -> Iterator[Callable[..., Page]]:
    """Open the dashboard by a link, as a person does; at the end nobody's browser may have complained."""
    complaints: list[str] = []
    contexts = []

    def entered(size: Any, person: int = QUALITY_HEAD, *, scripts: bool = True) -> Page:
        context = chromium.new_context(locale="ru-RU", base_url=home, java_script_enabled=scripts, **size)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(f"/dashboard/enter/{sign(Bearer(PORTAL, person, NOW + timedelta(days=35)), 'link', SECRET)}")
        return page

    yield entered
    for context in contexts:
        context.close()
    assert complaints == []


def fits(page: Page) -> bool:
    """Nothing sticks out to the right."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize("who", ["quality", "seller"])
def test_the_screen_is_drawn_and_fits(enter: Callable[..., Page], company: Company, size: Any, who: str) -> None:
    page = enter(size, QUALITY_HEAD if who == "quality" else company.workers[RETAIL][0])
    expect(page).to_have_url("/dashboard")
    assert fits(page)
    drawn = page.evaluate(
        "[...document.querySelectorAll('canvas')].map((one) => Chart.getChart(one).data.labels.length)"
    )
    assert drawn
    assert min(drawn) > 0
    assert page.locator("details.behind[open]").count() == 0
    page.goto("/dashboard/cases")
    expect(page.locator("table.cases tbody tr").first).to_be_visible()
    assert fits(page)


def test_without_scripts_the_numbers_are_open(enter: Callable[..., Page]) -> None:
    page = enter(DESK, scripts=False)
    expect(page.locator("details.behind table").first).to_be_visible()
    expect(page.locator("canvas").first).to_be_hidden()
    page.locator('select[name="funnel"]').select_option("retail")
    page.get_by_role("button", name="Показать", exact=True).last.click()
    expect(page.locator("h1")).to_have_text("Розничные продажи")


def test_a_filter_answers_at_once_and_keeps_the_period(enter: Callable[..., Page]) -> None:
    page = enter(DESK)
    page.get_by_role("link", name="Всё время").click()
    expect(page.locator(".filters nav .here")).to_have_text(
        "Всё время"
    )  # or the choice would be made on the page before
    page.locator('select[name="funnel"]').select_option("wholesale")
    expect(page.locator("h1")).to_have_text("Оптовые продажи")
    expect(page.locator(".filters nav .here")).to_have_text("Всё время")


def test_a_column_leads_to_its_cases(enter: Callable[..., Page], told: list[dict[str, Any]]) -> None:
    page = enter(DESK)
    spot = page.evaluate(
        """() => {
          const chart = Chart.getChart(document.querySelector("canvas"));
          const {x, y, base} = chart.getDatasetMeta(0).data[5].getProps(["x", "y", "base"], true);
          return {x, y: (y + base) / 2, cases: chart.data.datasets[0].data[5]};
        }"""
    )
    page.locator("canvas").first.click(position={"x": spot["x"], "y": spot["y"]})
    expect(page.locator("h1")).to_have_text(f"Разборы: {spot['cases']}")
    expect(page.locator(".chips")).to_contain_text("вердикт: Абсолютно корректный")


def test_a_long_table_shows_the_rest_when_it_is_wanted(enter: Callable[..., Page]) -> None:
    page = enter(DESK)
    people = page.locator("article", has=page.get_by_role("heading", name="Сотрудники")).locator("tbody tr")
    shown = people.locator("visible=true").count()
    page.get_by_role("button", name="Показать ещё").first.click()
    assert people.locator("visible=true").count() == people.count() > shown
