"""``GET /health``: is the work getting done? For monitoring and for the operator at night."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from fastapi import APIRouter
from fastapi.responses import JSONResponse

log = logging.getLogger(__name__)


def health_routes(report: Callable[[], Awaitable[Mapping[str, Any]]]) -> APIRouter:
    """200 when ``report()["status"]`` is ok, else 503; the body says what is wrong.

    A report that can't be made (the database is gone) is a 503 too, never a crash of the question itself.
    """
    routes = APIRouter()

    @routes.get("/health")
    async def health() -> JSONResponse:
        try:
            told = await report()
        except Exception as error:
            log.exception("health can't be told")
            told = {"status": "degraded", "error": type(error).__name__}
        return JSONResponse(dict(told), 200 if told["status"] == "ok" else 503)

    return routes
