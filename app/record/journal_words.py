"""Entries of the journal as people read them, at the terminal and in the record of a case."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from app.storage.journal import Entry
from rules import card
from rules.model import STAGE_TITLES, Staff, Stage
from rules.rulebook import Rulebook

KINDS = {
    "observed": "Замечено на портале",
    "decision": "Решено",
    "command": "Сделано сервисом",
    "edited_later": "Изменено после утверждения",
    "error": "Сбой",
    "found_by_sweep": "Найдено обходом",
    "began": "Журнал начат",
    "rebuilt": "Восстановлено с портала",
    "hand_edit": "Правка в таблице отчёта",
}


def kind_in_words(entry: Entry) -> str:
    return KINDS.get(entry.kind, entry.kind)


def lines(entry: Entry, staff: Staff, book: Rulebook) -> tuple[str, ...]:
    """What the entry says, a sentence a line. The commands of a decision have entries of their own."""
    body = entry.body
    match entry.kind:
        case "observed":
            return tuple(_observed(body))
        case "command":
            return (_command(body, staff, book),)
        case "error":
            return (str(body.get("error", "")),)
        case _:
            return _texts(body.get("because")) or ("без пояснений",)


def _observed(body: Mapping[str, Any]) -> Iterator[str]:
    yield from (str(change.get("text", "")) for change in body.get("changes", ()))
    if body.get("and_more"):
        yield f"и ещё изменений: {body['and_more']}"
    editor = body.get("card_changed_by")
    if isinstance(editor, Mapping):
        yield f"карточку последним изменил(а): {editor.get('name')}"


def _texts(found: Any) -> tuple[str, ...]:
    return tuple(str(each) for each in found) if isinstance(found, list) else ()


def _command(body: Mapping[str, Any], staff: Staff, book: Rulebook) -> str:
    """The command with what matters in it; commands of other releases keep their own name."""
    match body.get("do"):
        case "CreateCase":
            return f"завести разбор «{body.get('title')}»"
        case "CreateTask":
            return f"поставить задачу «{body.get('title')}» ({_person(body.get('responsible_id'), staff)})"
        case "AddChecklistItems":
            return f"дополнить чек-лист задачи №{body.get('task_id')}: {_joined(body.get('titles'))}"
        case "RenewTask":
            return f"вернуть задачу №{body.get('task_id')} в работу"
        case "ReassignTask":
            return f"передать задачу №{body.get('task_id')}: {_person(body.get('responsible_id'), staff)}"
        case "CompleteTask":
            return f"закрыть задачу №{body.get('task_id')}"
        case "UpdateCase":
            return f"записать в карточку: {_changes(body, '', staff, book)}"
        case "UpdateMeasure":
            prefix = f"measure.{body.get('measure_id')}."
            return f"записать в карточку: {_changes(body, prefix, staff, book)}"
        case "MoveSource":
            return "вернуть исходный элемент на прежнюю стадию"
        case "MoveCase":
            return f"перевести на стадию «{_stage(body.get('to'))}»"
        case "Tell":
            people = ", ".join(_person(each, staff) for each in body.get("to") or ())
            return f"сообщить{f' ({people})' if people else ''}: {body.get('text', '')}"
        case "PostNews":
            return f"опубликовать новость «{body.get('title')}»"
        case other:
            return str(other)


def _stage(code: Any) -> str:
    return STAGE_TITLES[Stage(code)] if code in set(Stage) else str(code)


def _person(number: Any, staff: Staff) -> str:
    return staff.name_of(number) if isinstance(number, int) else str(number)


def _changes(body: Mapping[str, Any], prefix: str, staff: Staff, book: Rulebook) -> str:
    changes = body.get("changes")
    title = body.get("title")
    values = {**(changes if isinstance(changes, Mapping) else {}), **({card.TITLE: title} if title else {})}
    return "; ".join(_change(f"{prefix}{name}", value, staff, book) for name, value in values.items())


def _change(name: str, value: Any, staff: Staff, book: Rulebook) -> str:
    written = card.as_written(tuple(value) if isinstance(value, list) else value)
    try:
        return f"{card.caption(name, book)} — {card.in_words(name, written, staff, book)}"
    except ValueError:  # a field of another release
        return f"{name} — {written}"


def _joined(value: Any) -> str:
    found = value if isinstance(value, list) else [value]
    return ", ".join(str(each) for each in found if each is not None)
