"""Is the work getting done? ``GET /health`` for monitoring and operators at night, ``GET /metrics`` for its numbers."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse

from app.web.metrics import CONTENT_TYPE, as_text

log = logging.getLogger(__name__)


def health_routes(report: Callable[[], Awaitable[Mapping[str, Any]]]) -> APIRouter:
    """200 when ``report()["status"]`` is ok, else 503; the body says what is wrong.

    A report that can't be made (the database is gone) is a 503 too, never a crash of the question itself. However many
    ask, one report is made at a time: it counts rows, and whoever reaches the address may ask.
    """
    routes = APIRouter()
    one_at_a_time = asyncio.Lock()

    async def told() -> Mapping[str, Any]:
        async with one_at_a_time:
            try:
                return await report()
            except Exception as error:
                log.exception("health can't be told")
                return {"status": "degraded", "error": type(error).__name__}

    @routes.get("/health")
    async def health() -> JSONResponse:
        found = await told()
        return JSONResponse(dict(found), 200 if found["status"] == "ok" else 503)

    @routes.get("/metrics")
    async def metrics() -> Response:
        return Response(as_text(await told()), media_type=CONTENT_TYPE)

    return routes
