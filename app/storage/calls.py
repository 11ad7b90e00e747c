"""On PostgreSQL a process that marks keys calls the others, so that none has to ask again and again.

A call that is missed costs a few seconds: who waits looks now and then by itself.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

import psycopg
import sqlalchemy as sa

from app.storage.dialects import POSTGRESQL

log = logging.getLogger(__name__)

CHANNEL = "capa24_due"
AGAIN = 5.0
"""Seconds until another try, when the server does not answer."""


def call_in(connection: sa.Connection) -> None:
    """Heard by the others when this transaction is committed; once, however often it was called in it."""
    if connection.dialect.name == POSTGRESQL:
        connection.exec_driver_sql(f"NOTIFY {CHANNEL}")


async def heed(url: sa.URL, wake: Callable[[], None]) -> None:
    """``wake`` at every call, until cancelled."""
    address = url.set(drivername="postgresql").render_as_string(hide_password=False)
    while True:
        try:
            async with await psycopg.AsyncConnection.connect(address, autocommit=True) as connection:
                await connection.execute(f"LISTEN {CHANNEL}")
                async for _ in connection.notifies():
                    wake()
        except psycopg.OperationalError as error:
            log.warning("not listening for calls of other processes: %s", type(error).__name__)
        await asyncio.sleep(AGAIN)
