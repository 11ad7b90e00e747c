"""The numbers of the health report, as Prometheus reads them."""

from __future__ import annotations

import re

import httpx
import pytest

from app.web.application import create_app
from app.web.metrics import HELP, as_text

REPORT = {
    "status": "degraded",
    "portals": {
        "main": {
            "connected": True,
            "silence": {"since": None, "changes": 17},
            "events": {"ONCRMDEALUPDATE": {"changes": 120, "untold": 3}, "ONTASKUPDATE": {"changes": 5, "untold": 0}},
        },
        "other": {"connected": False, "error": "AccessLost: s3cret", "silence": None, "events": {}},
    },
    "keys_waiting": 7,
    "keys_running": 2,
    "failing": [{"key": "case:main:24", "error": "Refused"}],
    "parked": 1,
    "rows_refused": [],
    "events_stored": 1_000_000,
    "found_by_sweep": 4,
    "left_out": {'a "funnel"\\of\nmany words': 12},
    "rows_not_mirrored": 0,
}
LINE = re.compile(r'[a-z0-9_]+(\{[a-z]+="(?:[^"\\\n]|\\.)*"(,[a-z]+="(?:[^"\\\n]|\\.)*")*\})? [0-9.e+]+')


@pytest.mark.parametrize(
    "line",
    [
        "capa24_healthy 0",
        'capa24_portal_connected{portal="main"} 1',
        'capa24_portal_connected{portal="other"} 0',
        'capa24_portal_silent{portal="main"} 1',
        'capa24_changes_untold{portal="main",event="ONCRMDEALUPDATE"} 3',
        "capa24_keys_parked 1",
        "capa24_keys_failing 1",
        "capa24_rows_refused 0",
        "capa24_events_stored 1e+06",
        'capa24_left_out{funnel="a \\"funnel\\"\\\\of\\nmany words"} 12',
    ],
)
def test_a_number_of_the_report_is_a_line(line):
    assert line in as_text(REPORT).splitlines()


def test_every_line_has_the_form_and_every_number_its_meaning():
    lines = as_text(REPORT).splitlines()
    samples = [line for line in lines if not line.startswith("#")]
    assert all(LINE.fullmatch(line) for line in samples), samples
    named = {re.split(r"[{ ]", line)[0] for line in samples}
    assert named == set(HELP)
    assert sum(line.startswith("# TYPE ") for line in lines) == len(HELP)


def test_no_text_of_the_report_gets_there():
    assert "s3cret" not in as_text(REPORT)
    assert "case:main:24" not in as_text(REPORT)


async def test_a_report_that_cannot_be_made_is_told_as_not_healthy(reception, caplog):
    async def report():
        raise OSError

    transport = httpx.ASGITransport(create_app(reception, report))
    async with httpx.AsyncClient(transport=transport, base_url="http://capa24.test") as client:
        answer = await client.get("/metrics")
    assert (answer.status_code, answer.text.splitlines()[-1]) == (200, "capa24_healthy 0")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
