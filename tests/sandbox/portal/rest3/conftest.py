"""The desk of ``methods/conftest.py`` with a chair for REST 3.0."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from tests.sandbox.portal.methods.conftest import NOON, Company, Desk, WatchedPortal, client, company, desk, host

__all__ = ["NOON", "Company", "Desk", "Desk3", "WatchedPortal", "client", "company", "desk", "host"]

PREFIX = "BITRIX_REST_V3_EXCEPTION_"
REQUEST = "VALIDATION_REQUESTVALIDATIONEXCEPTION"
OBJECT = "VALIDATION_DTOVALIDATIONEXCEPTION"


@dataclass
class Desk3:
    """Calls methods of REST 3.0 as any user, through a webhook with every scope."""

    desk: Desk

    @property
    def portal(self) -> WatchedPortal:
        return self.desk.portal

    def address(self, method: str, *, by: int = 1, scopes: frozenset[str] = frozenset()) -> str:
        key = (by, scopes)
        if key not in self.desk.secrets:
            self.desk.secrets[key] = self.portal.access.create(by, scopes or None).secret
        return f"{self.desk.address}/rest/api/{by}/{self.desk.secrets[key]}/{method}"

    def send(
        self,
        method: str,
        said: Any = None,
        *,
        by: int = 1,
        scopes: frozenset[str] = frozenset(),
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        body = {} if said is None else said
        address = self.address(method, by=by, scopes=scopes)
        return self.desk.client.post(address, json=body, headers=dict(headers or {}))

    def call(self, method: str, said: Any = None, *, by: int = 1) -> Any:
        """``result`` of a call that must succeed."""
        answer = self.send(method, said, by=by)
        assert answer.status_code == 200, answer.text
        return answer.json()["result"]

    def refusal(self, method: str, said: Any = None, *, by: int = 1) -> tuple[int, str]:
        """Status and code, without the common prefix, of a call that must be refused."""
        answer = self.send(method, said, by=by)
        assert answer.status_code >= 400, answer.text
        body = answer.json()
        assert body.keys() == {"error"}
        assert body["error"].keys() >= {"code", "message"}
        return answer.status_code, body["error"]["code"].removeprefix(PREFIX)

    def faults(self, method: str, said: Any = None, *, by: int = 1) -> list[tuple[str | None, str]]:
        """Fields and words of ``validation``."""
        body = self.send(method, said, by=by).json()
        return [(one.get("field"), one["message"]) for one in body["error"]["validation"]]


@pytest.fixture
def desk3(desk: Desk) -> Desk3:
    return Desk3(desk)


@pytest.fixture
def task(desk3: Desk3, company: Company):
    return desk3.portal.tasks.add("Подготовить отчёт", responsible=company.seller, created_by=company.boss)
