"""What is done before the first look at a portal of which the database knows nothing: it is new, or was lost.

What was lost is named in the journal, which starts anew: nobody shall take its first page for the first day. And a
predecessor may have died with a write under way, of which nothing is known any more, not even a lease: before the
portal has surely done it or never will, a look would do it a second time.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta

from app.controller.connection import Connection
from app.storage.cursors import Cursors
from app.storage.journal import Journal
from bitrix.calls.items import list_items

LOST = (
    "записи журнала, сделанные раньше",
    "события, принятые раньше, и счёт потерянных",
    "прежние редакции свода правил: начатые разборы идут по нынешней",
    "правки утверждённого, сделанные, пока базы не было: о них не сказано в карточках",
)
"""What the portal doesn't hold."""

RECOVERED = "очередь, связи задач и мер с разборами, наблюдения, строки отчёта, баллы, учёт работы без разбора"


def portal_key(portal: str) -> str:
    """Under which the journal writes about a portal as a whole."""
    return f"portal:{portal}"


async def begin(connection: Connection, cursors: Cursors, journal: Journal, longest_request: timedelta) -> None:
    """Nothing, where the portal is known. Raises BitrixError."""
    if await cursors.any_of(connection.name):
        return
    cases = await connection.portal.send(list_items(connection.layout.case.entity_type_id, select=("id",)))
    present = cases.total or len(cases)
    because = [f"база данных начата заново, на портале уже есть разборов: {present}", *lost_in_words()]
    if not present:
        because = ["журнал начат: разборов на портале ещё нет"]
    body = {"because": because, "cases": present}
    await journal.write_changed(connection.name, portal_key(connection.name), "began", body)
    if present:
        await asyncio.sleep(longest_request.total_seconds())


def lost_in_words() -> list[str]:
    return [f"не восстановить: {each}" for each in LOST]
