"""The web side over a real inbox and a real database; requests travel through ASGI."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import timedelta
from urllib.parse import urlencode

import httpx
import pytest

from app.keys import Key
from app.storage.database import Database
from app.storage.dirty_keys import DirtyKeys
from app.storage.inbox import Inbox
from app.storage.known_objects import KnownObjects
from app.web.application import create_app
from app.web.doors import Door, Doors
from app.web.events import Reception
from app.web.sorting import OwnTypes
from tests.app.conftest import Clock

TOKEN = "t0ken-of-the-webhook"
NEW_TOKEN = "t0ken-after-rotation"
SECRET = "s3cret-of-the-robot"
OWN = OwnTypes(case=1030, measure=1032)
LARGEST = 4096

DOORS = Doors(
    [
        Door("main", "shop.bitrix24.ru", None, (TOKEN, NEW_TOKEN), SECRET),
        Door("moved", "old-name.bitrix24.ru", "member-7", ("t0ken-of-moved",), None),
        Door("local", "127.0.0.1:8080", None, (), None),
    ]
)


def an_event(name: str = "ONCRMDEALUPDATE", token: str = TOKEN, domain: str = "shop.bitrix24.ru", **more: str) -> bytes:
    """The body of a delivery (contract 3.2); ``more`` are fields with ``__`` for brackets."""
    form = {"event": name, "data[FIELDS][ID]": "42", "ts": "1766047124", "auth[domain]": domain,
            "auth[member_id]": "m", "auth[application_token]": token}  # fmt: skip
    for field, value in more.items():
        head, *path = field.split("__")
        form[head + "".join(f"[{step}]" for step in path)] = value
    return urlencode(form).encode()


class Desk:
    """Sends bodies, and knows what became of them."""

    def __init__(self, client: httpx.AsyncClient, dirty: DirtyKeys, inbox: Inbox, known: KnownObjects) -> None:
        self.client = client
        self.known = known
        self.inbox = inbox
        self._dirty = dirty

    async def send(self, body: bytes, path: str = "/bitrix/events", **headers: str) -> httpx.Response:
        form = {"content-type": "application/x-www-form-urlencoded"}
        return await self.client.post(path, content=body, headers={**form, **headers})

    async def marked(self) -> set[Key]:
        return {claim.key for claim in await self._dirty.claim("test", timedelta(minutes=1), limit=100)}


@pytest.fixture
def dirty(database: Database, clock: Clock) -> DirtyKeys:
    return DirtyKeys(database, clock)


@pytest.fixture
def known(database: Database) -> KnownObjects:
    return KnownObjects(database)


@pytest.fixture
async def inbox(database: Database, dirty: DirtyKeys, known: KnownObjects) -> AsyncIterator[Inbox]:
    inbox = Inbox(database, dirty, known, wake=lambda: None, most_waiting=3)
    running = asyncio.create_task(inbox.run())
    yield inbox
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running


@pytest.fixture
def reception(inbox: Inbox, clock: Clock) -> Reception:
    return Reception(
        inbox, DOORS, lambda portal: OWN if portal == "main" else OwnTypes(), lambda: clock().timestamp(), LARGEST
    )


@pytest.fixture
async def web(reception: Reception, dirty: DirtyKeys, inbox: Inbox, known: KnownObjects) -> AsyncIterator[Desk]:
    async def report() -> dict[str, str]:
        return {"status": "ok"}

    transport = httpx.ASGITransport(create_app(reception, report))
    async with httpx.AsyncClient(transport=transport, base_url="http://capa24.test") as client:
        yield Desk(client, dirty, inbox, known)
