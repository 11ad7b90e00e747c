"""A person in a real browser, at a desk and with a phone in the hand.

Runs in the Chromium the machine has; without one these tests are skipped.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, Response, expect, sync_playwright

from tests.sandbox.cards.conftest import CASE, Office

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on this machine")

PATIENCE = 60_000
expect.set_options(timeout=PATIENCE)

DESKTOP = {"viewport": {"width": 1280, "height": 800}}
PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


class Seat:
    """A page of a browser that somebody sits at; what the browser complains of is kept."""

    def __init__(self, chromium: Browser, home: str, size: dict[str, object], user: int = 1) -> None:
        self.context = chromium.new_context(locale="ru-RU", base_url=home, **size)
        self.context.add_cookies([{"name": "sandbox_person", "value": str(user), "url": home}])
        self.page: Page = self.context.new_page()
        self.page.set_default_timeout(PATIENCE)
        self.complaints: list[str] = []
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _hear(self, message: ConsoleMessage) -> None:
        # a refused action is answered 403 and shown to the person; the browser mentions it on its own
        if message.type in ("error", "warning") and "status of 403" not in message.text:
            self.complaints.append(message.text)

    def fits(self) -> bool:
        """Nothing sticks out to the right."""
        return bool(self.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


@pytest.fixture(params=["desktop", "phone"])
def size(request: pytest.FixtureRequest) -> dict[str, object]:
    return DESKTOP if request.param == "desktop" else PHONE


@pytest.fixture
def sit(chromium: Browser, desk) -> Iterator:
    """Take a seat; at the end nobody's browser may have complained."""
    seats: list[Seat] = []

    def take(size: dict[str, object], user: int = 1) -> Seat:
        seats.append(Seat(chromium, desk.home, size, user))
        return seats[-1]

    yield take
    for seat in seats:
        seat.context.close()
    assert [complaint for seat in seats for complaint in seat.complaints] == []


def drag(page: Page, tile: Locator, column: Locator) -> None:
    """The page shows a dropped tile in its column first and tells the portal afterwards; here both have happened."""

    def move(answer: Response) -> bool:
        return answer.request.method == "POST"

    with page.expect_response(move):
        tile.drag_to(column)


def stage_of(box, office: Office) -> str:
    return box.call("crm.item.get", entityTypeId=2, id=office.deal)["item"]["stageId"]


def test_every_page_fits_and_is_quiet(sit, office, size):
    seat = sit(size)
    for path in office.pages:
        seat.page.goto(path)
        assert seat.fits(), path
        expect(seat.page.locator("h1")).to_be_visible()


def test_a_deal_is_dragged(box, sit, office):
    page = sit(DESKTOP).page
    page.goto("/crm/deal/kanban/")
    tile, column = page.locator(f"#tile-{office.deal}"), page.locator('[data-column="TALK"]')
    drag(page, tile, column)
    expect(column.locator(f"#tile-{office.deal}")).to_be_visible()
    expect(column.locator(".count")).to_have_text("1")
    assert stage_of(box, office) == "TALK"


def test_a_drag_that_is_refused_goes_back_with_the_words(box, sit, office):
    page = sit(DESKTOP).page
    page.goto(f"/crm/type/{CASE}/kanban/")
    first = page.locator("[data-column]").first
    name = first.get_attribute("data-column")
    page.locator("[data-column]").nth(2).evaluate("column => column.dataset.column = 'NOWHERE'")
    drag(page, page.locator(f"#tile-{office.case}"), page.locator("[data-column]").nth(2))
    expect(page.locator("#toast.shown")).not_to_be_empty()
    expect(page.locator(f'[data-column="{name}"] #tile-{office.case}')).to_be_visible()


def test_a_deal_is_sent_on_from_the_menu(box, sit, office, size):
    """Without a mouse: the button of the card and Enter."""
    seat = sit(size)
    page = seat.page
    page.goto("/crm/deal/kanban/")
    button = page.locator(f"#tile-{office.deal} [data-move]")
    button.focus()
    button.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Переместить «Кухня»")
    expect(dialog.get_by_role("button", name="Новая")).to_be_disabled()
    dialog.get_by_role("button", name="Переговоры").press("Enter")
    expect(page.locator(f'[data-column="TALK"] #tile-{office.deal}')).to_be_attached()
    expect(dialog).to_be_hidden()
    assert stage_of(box, office) == "TALK"
    assert seat.fits()


def test_the_whole_route_of_a_card(box, sit, office, size):
    seat = sit(size, office.seller)
    page = seat.page
    page.goto(office.card)
    # stages
    page.locator("#stages button").nth(1).click()
    expect(page.locator("#stages button").nth(1)).to_have_attribute("aria-current", "step")
    page.get_by_role("button", name="Завершить").click()
    page.get_by_role("dialog").locator("button").first.click()
    expect(page.locator("#stages .end")).to_be_visible()
    # fields
    page.locator("#section-own .edit").click()
    page.get_by_label("UF_CRM_2_STRING", exact=True).fill("Дверца отрегулирована")
    page.get_by_label("UF_CRM_2_ENUMERATION_MANY").get_by_label("нет").check()
    page.locator("#section-own").get_by_role("button", name="Сохранить").click()
    expect(page.locator("#section-own")).to_contain_text("Дверца отрегулирована")
    expect(page.locator("#section-own form")).to_have_count(0)
    # a comment
    page.get_by_label("Комментарий").fill("Сделано")
    page.get_by_role("button", name="Добавить").click()
    expect(page.locator(".timeline")).to_contain_text("Сделано")
    expect(page.get_by_label("Комментарий")).to_have_value("")
    # a child
    page.locator(".children .edit").click()
    page.get_by_label("Название").fill("Петля")
    page.get_by_role("button", name="Создать").click()
    expect(page.locator(".children")).to_contain_text("Петля")
    assert seat.fits()


def test_a_task_is_done(box, sit, office, size):
    seat = sit(size, office.seller)
    page = seat.page
    page.goto("/")
    page.get_by_role("link", name="Мои задачи").click()
    page.get_by_role("link", name="Позвонить").click()
    page.get_by_role("button", name="Начать").click()
    expect(page.locator("#about .chip")).to_have_text("Выполняется")
    page.get_by_role("checkbox", name="Подпункт").click()
    expect(page.get_by_role("checkbox", name="Подпункт")).to_be_checked()
    page.get_by_role("checkbox", name="Пункт", exact=True).press("Space")
    expect(page.get_by_role("checkbox", name="Пункт", exact=True)).to_be_checked()
    page.get_by_label("Комментарий").fill("Дозвонился")
    page.get_by_role("button", name="Отправить").click()
    expect(page.locator("#comments")).to_contain_text("Дозвонился")
    page.get_by_role("button", name="Завершить").click()
    expect(page.locator("#about .chip")).to_have_text("Завершена")
    assert box.call("tasks.task.get", taskId=office.task)["task"]["status"] == "5"
    assert seat.fits()


def test_one_plays_everybody(sit, office, size):
    page = sit(size).page
    page.goto("/stream/")
    with page.expect_navigation():
        page.get_by_label("Кто вы").select_option(str(office.seller))
    expect(page.get_by_role("link", name="Уведомления: 1")).to_be_visible()
    with page.expect_navigation():
        page.get_by_role("button", name="Прочитано").click()
    expect(page.get_by_text("Вы прочитали")).to_be_visible()
    page.get_by_role("link", name="Уведомления: 1").click()
    page.get_by_role("link", name="сделку").click()
    expect(page.locator("h1")).to_have_text("Кухня")


def test_tasks_of_a_group_are_dragged(box, sit, office):
    page = sit(DESKTOP, office.seller).page
    page.goto(f"/workgroups/group/{office.group}/tasks/")
    last = page.locator("[data-column]").last
    drag(page, page.locator(f"#tile-{office.task}"), last)
    expect(last.locator(f"#tile-{office.task}")).to_be_visible()
    assert box.call("tasks.task.get", taskId=office.task)["task"]["stageId"] == last.get_attribute("data-column")


def test_pages_keep_up_and_nothing_typed_is_lost(box, sit, office):
    """While somebody writes, others move the card, rename it and say something."""
    page = sit(DESKTOP).page
    page.goto(office.card)
    box_of_words = page.get_by_label("Комментарий")
    box_of_words.fill("Пишу длинный ком")
    page.locator("#background summary").click()
    box.call("crm.item.update", entityTypeId=CASE, id=office.case, fields={"title": "Новое имя"})
    owner = {"ENTITY_ID": office.case, "ENTITY_TYPE": f"dynamic_{CASE}"}
    box.call("crm.timeline.comment.add", fields={**owner, "COMMENT": "Голос со стороны"})
    expect(page.locator("h1")).to_have_text("Новое имя")
    expect(page.locator(".timeline")).to_contain_text("Голос со стороны")
    expect(box_of_words).to_have_value("Пишу длинный ком")
    expect(page.locator("#background")).to_have_attribute("open", "")
    box_of_words.press_sequentially("ментарий")
    page.get_by_role("button", name="Добавить").click()
    expect(page.locator(".timeline")).to_contain_text("Пишу длинный комментарий")


def test_a_refusal_is_shown_and_what_was_typed_stays(sit, office):
    page = sit(DESKTOP).page
    page.goto(f"{office.card}?edit=own")
    amount = page.get_by_label("UF_CRM_2_MONEY", exact=True)
    amount.fill("много")
    page.locator("#section-own").get_by_role("button", name="Сохранить").click()
    expect(page.locator("#toast.shown")).to_have_text(re.compile("Неверное значение"))
    expect(amount).to_have_value("много")


def test_one_more_value(box, sit, office):
    page = sit(DESKTOP).page
    page.goto(f"{office.card}?edit=own")
    inputs = page.locator('[name="f.UF_CRM_2_INTEGER_MANY"]')
    inputs.last.fill("8")
    page.get_by_role("button", name="Ещё одно значение: UF_CRM_2_INTEGER_MANY").click()
    inputs.last.fill("9")
    page.locator("#section-own").get_by_role("button", name="Сохранить").click()
    expect(page.locator("#section-own form")).to_have_count(0)
    item = box.call("crm.item.get", entityTypeId=CASE, id=office.case, useOriginalUfNames="Y")["item"]
    assert item["UF_CRM_2_INTEGER_MANY"] == [7, 8, 9]


def test_the_page_of_an_application_opens_in_a_frame(box, sit, office, listen):
    listener = listen()
    box.control("applications", {"title": "Разборы", "handler": listener.url, "scopes": ["crm"]})
    seat = sit(DESKTOP, office.seller)
    with seat.page.expect_response(lambda answer: answer.url.startswith(listener.url)):
        seat.page.goto("/")
        seat.page.get_by_role("link", name="Разборы").click()
    assert listener.events[0]["PLACEMENT"] == "DEFAULT"
    assert seat.page.frame(name="application") is not None


def test_without_scripts_the_buttons_work_too(chromium, desk, box, office):
    context = chromium.new_context(java_script_enabled=False, base_url=desk.home)
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(office.task_card)
    page.get_by_role("checkbox", name="Подпункт").click()
    expect(page.get_by_role("checkbox", name="Подпункт")).to_be_checked()
    page.goto("/stream/")
    page.locator("#person").select_option(str(office.seller))
    page.get_by_role("button", name="Войти").click()
    expect(page.get_by_role("link", name="Уведомления: 1")).to_be_visible()
    context.close()
