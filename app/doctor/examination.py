"""What a doctor looks at: the portal as it answers now, our settings, the events that came. Reads only."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from app.controller.loss_meter import Silence
from app.provision.blueprint import Blueprint
from app.provision.standing import Standing, read_standing
from app.settings import PortalSettings
from app.storage.inbox import Inbox
from bitrix.calls.system import granted_scopes, server_time
from bitrix.calls.users import Profile, profile
from bitrix.client import Portal
from bitrix.errors import BitrixError


@dataclass(frozen=True)
class Examination:
    """One portal."""

    name: str
    settings: PortalSettings
    asked_at: datetime
    answered_at: datetime
    portal_time: datetime
    scopes: frozenset[str]
    caller: Profile
    standing: Standing | None
    """``None`` when it can't be read, see ``refusal``."""
    refusal: str | None
    last_event: datetime | None
    """When the portal last told of a change, as far as our database remembers."""
    silence: Silence | None = None
    """The sweep finds changes and no event comes."""


async def examine(
    name: str,
    settings: PortalSettings,
    portal: Portal,
    blueprint: Blueprint,
    inbox: Inbox,
    clock: Callable[[], datetime],
    silence: Silence | None = None,
) -> Examination:
    """Raises BitrixError when the portal doesn't answer even the simplest questions."""
    asked_at = clock()
    portal_time = await portal.send(server_time())
    answered_at = clock()
    scopes, caller, last_event = await asyncio.gather(
        portal.send(granted_scopes()), portal.send(profile()), inbox.last_received(name)
    )
    standing, refusal = None, None
    try:
        standing = await read_standing(portal, blueprint)
    except BitrixError as error:
        refusal = str(error)
    return Examination(
        name, settings, asked_at, answered_at, portal_time, scopes, caller, standing, refusal, last_event, silence
    )
