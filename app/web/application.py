"""The web side, put together from what it is given."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from fastapi import APIRouter, FastAPI

from app.web.doors import Refusal
from app.web.events import Intake, Reception, event_routes, refuse
from app.web.health import health_routes


def create_app(reception: Reception, report: Callable[[], Awaitable[Mapping[str, Any]]], *pages: APIRouter) -> Intake:
    """Serve it without an access log: the path of a robot's call holds its secret, that of a link to a page its pass.

    ``report`` tells ``/health`` the state of the service; its ``status`` is ``ok`` or ``degraded``. ``pages`` are what
    people open.
    """
    app = FastAPI(title="capa24", docs_url=None, redoc_url=None, openapi_url=None)
    app.add_exception_handler(Refusal, refuse)
    app.include_router(event_routes(reception))
    app.include_router(health_routes(report))
    for routes in pages:
        app.include_router(routes)
    return Intake(app, reception)
