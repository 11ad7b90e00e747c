"""``GET /health``: is the work getting done? For monitoring and for the operator at night."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from fastapi import APIRouter
from fastapi.responses import JSONResponse


def health_routes(report: Callable[[], Awaitable[Mapping[str, Any]]]) -> APIRouter:
    """200 when ``report()["status"]`` is ok, else 503; the body says what is wrong."""
    routes = APIRouter()

    @routes.get("/health")
    async def health() -> JSONResponse:
        told = await report()
        return JSONResponse(dict(told), 200 if told["status"] == "ok" else 503)

    return routes
