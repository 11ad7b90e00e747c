"""The pictures in ``docs/images``: ``python -m tests.sandbox.cards.screenshots``.

Plays the demonstration, lets a few people do a few things more, and takes the pictures in the Chromium the machine has.
Needs the development dependencies (Playwright).
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, sync_playwright

from sandbox.demo.office import CONTENT, Office
from sandbox.demo.people import Company
from sandbox.demo.processes import COMMAND
from tests.sandbox.cards.test_browser import CHROMIUM, DESKTOP, PHONE, Seat

IMAGES = Path("docs/images")
DEALS = [
    # title, amount, stage, who
    ("Кофейный уголок для коворкинга", 412000, "QUALIFICATION", 6),
    ("Зерно, 40 мешков в месяц", 960000, "OFFER", 7),
    ("Стаканы и крышки на квартал", 238500, "OFFER", 6),
    ("Кофемашины для сети пекарен", 2150000, "CONTRACT", 7),
    ("Вендинг в бизнес-центре", 780000, "PREPAYMENT", 6),
    ("Сироп и топпинги", 134900, "NEW", 7),
    ("Помпы и диспенсеры", 89900, "NEW", 6),
]

NEWS = """Срок подготовки — [b]три рабочих дня[/b], юриста назначает руководитель отдела.
[LIST]
[*]карточка не уйдёт дальше, пока открыта хоть одна задача
[*]отклонения разбирает отдел контроля качества
[/LIST]
Вопросы — [user=15]Татьяне Семёновой[/user]."""


def main() -> None:
    if CHROMIUM is None:
        sys.exit("There is no Chromium on this machine.")
    IMAGES.mkdir(exist_ok=True)
    with told_story() as addresses, sync_playwright() as playwright:
        company = Company(addresses["Вебхук"], addresses["Управление"])
        try:
            paths = afterwards(company)
        finally:
            company.close()
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        for name, size, user, path, scroll_to in paths:
            take(browser, addresses["Портал"], name, size, user, path, scroll_to)
        browser.close()


@contextmanager
def told_story() -> Iterator[dict[str, str]]:
    """``capa24 demo --keep``; the addresses it ends with."""
    with subprocess.Popen([str(COMMAND), "demo", "--keep"], stdout=subprocess.PIPE, text=True) as demo:
        assert demo.stdout is not None
        addresses: dict[str, str] = {}
        try:
            for line in demo.stdout:
                if found := re.match(r"│ (Портал|Вебхук|Управление): +(\S+)", line):
                    addresses[found[1]] = found[2]
                if "Остановить" in line:
                    break
            yield addresses
        finally:
            demo.terminate()


def afterwards(company: Company) -> list[tuple[str, dict[str, object], int, str, str]]:
    """More deals, a case in the middle of its analysis, an important post. Answers what to photograph."""
    office = Office(company)
    funnel = company.funnel_id("Оптовые продажи")
    for title, amount, stage, who in DEALS:
        fields = {"title": title, "opportunity": amount, "categoryId": funnel, "stageId": f"C{funnel}:{stage}"}
        company.person(who).call("crm.item.add", {"entityTypeId": 2, "fields": fields})
    case = newest_open_case(office)
    office.answer_survey(case, CONTENT)
    task = office.task(case, "Анализ")
    inspector = office.owner(task)
    points = [line for line in inspector.call("task.checklistitem.getlist", [task["id"]]) if int(line["PARENT_ID"])]
    for line in points[1:]:
        inspector.call("task.checklistitem.complete", [task["id"], line["ID"]])
    inspector.call("tasks.task.start", {"taskId": task["id"]})
    company.person(2).call(
        "log.blogpost.add",
        {
            "POST_TITLE": "С понедельника работаем по новому регламенту «КП»",
            "POST_MESSAGE": NEWS,
            "IMPORTANT": "Y",
        },
    )
    closed = f"/crm/type/{office.cases.entity_type_id}/details/2/"
    return [
        ("sandbox-kanban", DESKTOP, 6, f"/crm/deal/kanban/category/{funnel}/", ""),
        ("sandbox-card", {"viewport": {"width": 1280, "height": 900}}, inspector.id, closed, ""),
        ("sandbox-task-phone", PHONE, inspector.id, task_path(inspector.id, task), "#checklists"),
        ("sandbox-feed", DESKTOP, 4, "/stream/", ""),
    ]


def newest_open_case(office: Office) -> int:
    """One whose survey still waits for an answer."""
    cases = office.company.admin.call(
        "crm.item.list", {"entityTypeId": office.cases.entity_type_id, "order": {"id": "DESC"}}
    )["items"]
    return next(int(case["id"]) for case in cases if office.cases.stage_name(case) == "Опрос")


def task_path(user: int, task: Any) -> str:
    return f"/company/personal/user/{user}/tasks/task/view/{task['id']}/"


def take(browser: Browser, home: str, name: str, size: dict[str, object], user: int, path: str, scroll_to: str) -> None:
    seat = Seat(browser, home, size, user)
    seat.page.goto(path)
    if scroll_to:
        seat.page.evaluate("where => document.querySelector(where).scrollIntoView({block: 'start'})", scroll_to)
    seat.page.screenshot(path=IMAGES / f"{name}.png")
    seat.context.close()
    sys.stdout.write(f"{IMAGES / name}.png\n")


if __name__ == "__main__":
    main()
