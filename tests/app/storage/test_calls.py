"""A process that marks keys calls the others."""

import asyncio
from contextlib import suppress

from app.keys import CaseKey
from app.storage.database import Database
from app.storage.dirty_keys import DirtyKeys


async def listening(database: Database, called: asyncio.Event) -> asyncio.Task[None]:
    """Surely listens when this returns: it hears its own calls."""
    heeding = asyncio.create_task(database.heed(called.set))
    while not called.is_set():
        await database.write(lambda connection: connection.exec_driver_sql("NOTIFY capa24_due"))
        with suppress(TimeoutError):
            async with asyncio.timeout(0.05):
                await called.wait()
    called.clear()
    return heeding


async def test_who_waits_hears_of_a_mark_made_elsewhere(postgresql, clock):
    url = postgresql.new_database()
    worker, web = await Database.open(url), await Database.open(url)
    called = asyncio.Event()
    heeding = await listening(worker, called)
    try:
        await DirtyKeys(web, clock).mark([CaseKey("main", 1)])
        async with asyncio.timeout(20):
            await called.wait()
    finally:
        heeding.cancel()
        await asyncio.gather(heeding, return_exceptions=True)
        await worker.close()
        await web.close()
