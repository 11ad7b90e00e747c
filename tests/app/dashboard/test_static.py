"""What the browser gets: our files, and Chart.js exactly as it was published."""

from __future__ import annotations

import hashlib
import re

import pytest

from app.dashboard.page import ASSETS, FOLDER, address_of
from app.dashboard.sections import PALETTE
from tests.app.dashboard.conftest import Screens

CHART = "chart-4.6.1.umd.min.js"


def test_the_chart_library_is_unchanged_and_its_licence_beside_it() -> None:
    assert hashlib.sha256(ASSETS[CHART].content).hexdigest() == (
        "87364cc2b2a76a6684929e7d6b80b18a897794db38400caff1fcf1791c6925d2"
    )
    assert "MIT License" in (FOLDER / "static" / "chart-LICENSE.md").read_text(encoding="utf-8")
    assert CHART in (FOLDER / "static" / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("encoding", ["gzip", "identity"])
async def test_a_file_is_kept_for_ever_under_the_name_of_its_content(screens: Screens, encoding: str) -> None:
    async with screens.client() as client:
        answer = await client.get(address_of(CHART), headers={"accept-encoding": encoding})
    assert answer.content == ASSETS[CHART].content
    assert answer.headers.get("content-encoding", "identity") == encoding
    assert "immutable" in answer.headers["cache-control"]
    assert answer.headers["content-type"].startswith("text/javascript")


def test_our_files_fetch_nothing() -> None:
    for name in ("page.css", "page.js"):
        text = (FOLDER / "static" / name).read_text(encoding="utf-8")
        assert re.findall(r"https?://|url\(|@import|fetch\(|XMLHttpRequest|eval\(|innerHTML", text) == []


def test_the_list_and_the_charts_paint_a_verdict_alike() -> None:
    css = (FOLDER / "static" / "page.css").read_text(encoding="utf-8")
    assert re.findall(r"\.dot\.of\d::before \{ background: (#\w+);", css) == list(PALETTE)
