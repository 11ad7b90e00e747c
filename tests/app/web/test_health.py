"""Is the work getting done? 200 or 503, and why."""

import logging
from collections.abc import Mapping
from typing import Any

import httpx
import pytest

from app.web.application import create_app


async def health(reception, report) -> httpx.Response:
    transport = httpx.ASGITransport(create_app(reception, report))
    async with httpx.AsyncClient(transport=transport, base_url="http://capa24.test") as client:
        return await client.get("/health")


@pytest.mark.parametrize(("status", "code"), [("ok", 200), ("degraded", 503)])
async def test_the_status_decides_the_code_and_the_report_is_shown(reception, status, code):
    async def report() -> Mapping[str, Any]:
        return {"status": status, "portals": {"main": {"error": "Unreachable: портал не отвечает"}}}

    answer = await health(reception, report)
    assert answer.status_code == code
    assert answer.json() == await report()


async def test_a_report_that_cannot_be_made_is_told_not_raised(reception, caplog):
    async def report() -> Mapping[str, Any]:
        raise OSError("disk s3cr3t is gone")

    with caplog.at_level(logging.ERROR):
        answer = await health(reception, report)
    assert (answer.status_code, answer.json()) == (503, {"status": "degraded", "error": "OSError"})
    assert "health can't be told" in caplog.text


@pytest.mark.parametrize("path", ["/docs", "/redoc", "/openapi.json", "/"])
async def test_strangers_find_no_description_of_the_service(web, path):
    assert (await web.client.get(path)).status_code == 404
