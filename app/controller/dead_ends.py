"""A key that can't be worked on is told to the head of quality: what it is, why, and what helps."""

from __future__ import annotations

import logging

from app.controller.connection import Connection
from app.keys import CaseKey, Key, MeasureKey, SourceKey
from bitrix.calls.notifications import notify
from bitrix.refs import ItemRef
from rules.rulebook import Rulebook

log = logging.getLogger(__name__)

LONGEST_ERROR = 500


async def tell_of_dead_end(key: Key, error: str, connection: Connection, book: Rulebook) -> bool:
    """False: there is nobody to tell. Raises BitrixError."""
    head = (await connection.staff()).head_of(book.quality.department)
    if head is None:
        log.error("%s is parked, and the quality department has no head to tell", key)
        return False
    what, ref = _named(key, connection)
    harmless = error[:LONGEST_ERROR].replace("[", "(").replace("]", ")")  # BB codes in what a portal answered
    text = (
        f"Система качества не может продолжить: [URL={connection.card_url(ref)}]{what}[/URL]. Причина: {harmless}\n"
        f"Когда она устранена, администратор сервиса выполнит: capa24 retry {key}"
    )
    await connection.portal.send(notify(head, text, tag=f"capa24|{connection.name}|stuck|{key}"))
    return True


def _named(key: Key, connection: Connection) -> tuple[str, ItemRef]:
    layout = connection.layout
    match key:
        case CaseKey(id=number):
            return f"разбор №{number}", ItemRef(layout.case.entity_type_id, number)
        case MeasureKey(id=number):
            return f"мера №{number}", ItemRef(layout.measure.entity_type_id, number)
        case SourceKey(entity_type_id=entity_type_id, id=number):
            return f"завершённый элемент №{number}", ItemRef(entity_type_id, number)
