"""A portal on a desk for the tests of its methods: real HTTP in front, the state at hand behind."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import httpx
import pytest

from sandbox.portal.access import Application
from sandbox.portal.clock import Clock
from sandbox.portal.php import JSON
from sandbox.portal.portal import Portal
from sandbox.running import serving
from sandbox.server import Host

NOON = datetime.fromisoformat("2026-01-15T12:00:00+03:00")


class WatchedPortal(Portal):
    """Remembers what it announced; delivery has tests of its own."""

    def __init__(self) -> None:
        self.announced: list[tuple[str, Mapping[str, JSON]]] = []
        clock = Clock()
        clock.freeze(NOON)
        super().__init__(clock=clock)

    def emit(self, event: str, data: Mapping[str, JSON]) -> None:
        self.announced.append((event, data))
        super().emit(event, data)


@dataclass
class Desk:
    """Calls methods as any user. Time stands at ``NOON`` until a test moves it."""

    address: str
    client: httpx.Client
    portal: WatchedPortal
    secrets: dict[tuple[int, frozenset[str]], str] = field(default_factory=dict)

    def send(
        self,
        method: str,
        params: Mapping[str, object] | Sequence[object] = (),
        *,
        by: int = 1,
        scopes: frozenset[str] = frozenset(),
    ) -> httpx.Response:
        """By default with every scope."""
        key = (by, scopes)
        if key not in self.secrets:
            self.secrets[key] = self.portal.access.create(by, scopes or None).secret
        return self.client.post(f"{self.address}/rest/{by}/{self.secrets[key]}/{method}", json=params or {})

    def body(self, method: str, params: Mapping[str, object] | Sequence[object] = (), *, by: int = 1) -> dict:
        """The envelope of a call that must succeed."""
        answer = self.send(method, params, by=by)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def call(self, method: str, params: Mapping[str, object] | Sequence[object] = (), *, by: int = 1):
        """``result`` of a call that must succeed."""
        return self.body(method, params, by=by)["result"]

    def refusal(
        self, method: str, params: Mapping[str, object] | Sequence[object] = (), *, by: int = 1
    ) -> tuple[int, str]:
        """Status and error code of a call that must be refused."""
        answer = self.send(method, params, by=by)
        assert answer.status_code >= 400, answer.text
        assert set(answer.json()) >= {"error", "error_description"}
        return answer.status_code, answer.json()["error"]

    def words(self, method: str, params: Mapping[str, object] | Sequence[object] = (), *, by: int = 1) -> str:
        """Description of the error of a call that must be refused."""
        answer = self.send(method, params, by=by)
        assert answer.status_code >= 400, answer.text
        return answer.json()["error_description"]

    def events(self) -> list[str]:
        """Names of what was announced since the last question."""
        names = [name for name, _ in self.portal.announced]
        self.portal.announced.clear()
        return names


@dataclass
class App:
    """An application on the desk, calling on behalf of any user."""

    desk: Desk
    application: Application
    tokens: dict[int, str] = field(default_factory=dict)

    def send(self, method: str, params: Mapping[str, object] | None = None, *, by: int = 1) -> httpx.Response:
        if by not in self.tokens:
            self.tokens[by] = self.desk.portal.oauth.issue(self.application, by).access_token
        body = {**(params or {}), "auth": self.tokens[by]}
        return self.desk.client.post(f"{self.desk.address}/rest/{method}", json=body)

    def body(self, method: str, params: Mapping[str, object] | None = None, *, by: int = 1) -> dict:
        answer = self.send(method, params, by=by)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def call(self, method: str, params: Mapping[str, object] | None = None, *, by: int = 1):
        return self.body(method, params, by=by)["result"]

    def refusal(self, method: str, params: Mapping[str, object] | None = None, *, by: int = 1) -> tuple[int, str, str]:
        """Status, code and words of a call that must be refused."""
        answer = self.send(method, params, by=by)
        told = answer.json()
        assert "result" not in told
        return answer.status_code, told["error"], told["error_description"]


@dataclass
class Company:
    """People of the usual story. The administrator (1) heads the company, the boss their department."""

    boss: int
    seller: int
    buyer: int
    outsider: int
    sales: int
    purchasing: int


@pytest.fixture(scope="session")
def host() -> Iterator[tuple[Host, str]]:
    home = Host()
    with serving(home):
        yield home, home.addresses["portal"]


@pytest.fixture(scope="session")
def client() -> Iterator[httpx.Client]:
    with httpx.Client(trust_env=False) as session:
        yield session


@pytest.fixture
def desk(host: tuple[Host, str], client: httpx.Client) -> Desk:
    home, address = host
    home.portal = portal = WatchedPortal()
    return Desk(address, client, portal)


@pytest.fixture
def app(desk: Desk) -> App:
    return App(desk, desk.portal.access.install("Качество"))


@pytest.fixture
def company(desk: Desk) -> Company:
    staff = desk.portal.staff
    sales = staff.add_department("Отдел продаж")
    purchasing = staff.add_department("Отдел закупок")
    boss = staff.add_user("Борис", "Начальников", departments=[sales.id], position="Руководитель отдела")
    seller = staff.add_user("Светлана", "Продавцова", departments=[sales.id], position="Менеджер", gender="F")
    buyer = staff.add_user("Захар", "Закупкин", departments=[purchasing.id], time_zone="Asia/Vladivostok")
    outsider = staff.add_user("Олег", "Посторонний", departments=[purchasing.id])
    staff.update_department(sales.id, head=boss.id)
    return Company(boss.id, seller.id, buyer.id, outsider.id, sales.id, purchasing.id)
