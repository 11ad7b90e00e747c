"""Does the portal show what the last look made? If not, making it once more would make it twice.

A portal that takes a task and doesn't list it would otherwise get another one at every look. What somebody deleted
meanwhile is made again: whether it is hidden or gone, the portal says when it is asked for that very thing.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.keys import Key
from bitrix.refs import ItemRef, TaskRef
from rules.decision import AddChecklistItems, Command, CreateCase, CreateTask, PostNews

Made = ItemRef | TaskRef
"""What a command added, where it can be asked for by its id."""

PATIENCE = timedelta(minutes=15)
"""How long the portal may take to show something that can't be asked for by its id."""


class SameAgain(Exception):
    """The portal accepted a command in the look before and shows nothing of it; a person has to see why."""


@dataclass(frozen=True)
class _Added:
    at: datetime
    made: Made | None


class Progress:
    """What the last look at each key added to the portal."""

    def __init__(self) -> None:
        self._added: dict[str, dict[str, _Added]] = {}

    async def begin(
        self, key: Key, commands: tuple[Command, ...], now: datetime, is_gone: Callable[[Made], Awaitable[bool]]
    ) -> None:
        """Before a look acts. Raises SameAgain when it would add what the look before has added."""
        before = self._added.get(str(key), {})
        names = [name for command in commands if (name := added_by(command)) is not None and name in before]
        hidden = [name for name in names if not await _is_over(before[name], now, is_gone)]
        if hidden:
            raise SameAgain(f"портал принял, но не показывает: {', '.join(sorted(hidden))}")
        self._added.pop(str(key), None)

    def expects(self, key: Key) -> bool:
        """Has the last look added something that no look has seen yet?"""
        return str(key) in self._added

    def done(self, key: Key, command: Command, now: datetime, made: Made | None = None) -> None:
        """The portal accepted this command."""
        name = added_by(command)
        if name is not None:
            self._added.setdefault(str(key), {})[name] = _Added(now, made)


async def _is_over(added: _Added, now: datetime, is_gone: Callable[[Made], Awaitable[bool]]) -> bool:
    """May it be made again?"""
    if added.made is not None:
        return await is_gone(added.made)
    return not timedelta(0) <= now - added.at <= PATIENCE  # or the clock was put back


def added_by(command: Command) -> str | None:
    """The name of what a command adds to the portal; ``None`` for commands that only change what is there."""
    match command:
        case CreateCase(source=source, round=round_):
            return f"разбор {source.round_key(round_)}"
        case CreateTask(slot=slot):
            return f"задача {slot}"
        case AddChecklistItems(task_id, titles):
            return f"пункты чек-листа задачи {task_id}: {'; '.join(titles)}"
        case PostNews(signature=signature):
            return f"новость {signature}"
        case _:
            return None
