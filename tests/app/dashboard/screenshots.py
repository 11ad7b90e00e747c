"""The pictures of the dashboard in ``docs/images``: ``python -m tests.app.dashboard.screenshots``.

A company that doesn't exist, three thousand of its cases, the Chromium of this machine.
"""

from __future__ import annotations

import asyncio
import random
import sys
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

from app.dashboard.passes import Bearer, sign
from app.settings import SHIPPED_RULEBOOK
from app.storage.database import Database
from app.storage.left_out import LeftOut, LeftOutWork
from app.storage.mirror_rows import MirrorRows
from app.wiring import read_rulebook
from benchmarks.invented_company import PORTAL, QUALITY_HEAD, RETAIL, a_company, records
from tests.app.dashboard.conftest import NOW, SECRET, TODAY
from tests.app.dashboard.serving import serving
from tests.app.dashboard.test_browser import CHROMIUM, DESK, PHONE

IMAGES = Path("docs/images")
CASES = 3000
BOOK = read_rulebook(SHIPPED_RULEBOOK)
COMPANY = a_company()
PICTURES: tuple[tuple[str, Any, int, str, int, int], ...] = (
    # name, size, person, path, where the picture begins and how high it is
    ("dashboard", DESK, QUALITY_HEAD, "/dashboard", 0, 1640),
    ("dashboard-people", DESK, QUALITY_HEAD, "/dashboard", 2860, 1740),
    ("dashboard-cases", DESK, QUALITY_HEAD, "/dashboard/cases?funnel=wholesale&violation=documents", 0, 1000),
    ("dashboard-phone", PHONE, COMPANY.workers[RETAIL][1], "/dashboard", 0, 1500),
)


def main() -> None:
    if CHROMIUM is None:
        sys.exit("There is no Chromium on this machine.")
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/capa24.db"
        asyncio.run(fill(url))
        with serving(url, BOOK, COMPANY) as home:
            take(home)


async def fill(url: str) -> None:
    database = await Database.open(url)
    rows, left_out, chance = MirrorRows(database), LeftOutWork(database), random.Random(3)
    for record in records(COMPANY, BOOK, CASES, TODAY):
        await rows.put(PORTAL, record["key"], record)
    for number in range(CASES // 40):
        closed_at = NOW - timedelta(days=chance.uniform(0, 1000))
        funnel, name = chance.choice(("retail", "leads")), f"deal:{10**6 + number}#1"
        await left_out.put(LeftOut(PORTAL, name, funnel, "не попал в выборку", closed_at))
    await database.close()


def take(home: str) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"], env={"LANGUAGE": "ru"})
        for name, size, person, path, begin, height in PICTURES:
            context = browser.new_context(locale="ru-RU", base_url=home, **size)
            page = context.new_page()
            link = sign(Bearer(PORTAL, person, NOW + timedelta(days=1)), "link", SECRET)
            page.goto(f"/dashboard/enter/{link}")
            page.goto(path)
            area: Any = {"x": 0, "y": begin, "width": size["viewport"]["width"], "height": height}
            page.screenshot(path=IMAGES / f"{name}.png", full_page=True, clip=area)
            context.close()
        browser.close()


if __name__ == "__main__":
    main()
