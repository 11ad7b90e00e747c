"""Does the portal show what the last look made? If not, making it once more would make it twice.

A portal that takes a task and doesn't list it would otherwise get another one at every look. The memory is one look
deep: what somebody deleted later is made again.
"""

from __future__ import annotations

from app.keys import Key
from rules.decision import AddChecklistItems, Command, CreateCase, CreateTask, PostNews


class SameAgain(Exception):
    """The portal accepted a command in the look before and shows nothing of it; a person has to see why."""


class Progress:
    """What the last look at each key added to the portal."""

    def __init__(self) -> None:
        self._added: dict[str, set[str]] = {}

    def begin(self, key: Key, commands: tuple[Command, ...]) -> None:
        """Before a look acts. Raises SameAgain when it would add what the look before has added."""
        before = self._added.get(str(key), set())
        repeated = {name for command in commands if (name := added_by(command)) is not None} & before
        if repeated:
            raise SameAgain(f"портал принял, но не показывает: {', '.join(sorted(repeated))}")
        self._added.pop(str(key), None)

    def done(self, key: Key, command: Command) -> None:
        """The portal accepted this command."""
        name = added_by(command)
        if name is not None:
            self._added.setdefault(str(key), set()).add(name)


def added_by(command: Command) -> str | None:
    """The name of what a command adds to the portal; ``None`` for commands that only change what is there."""
    match command:
        case CreateCase(source=source, round=round_):
            return f"разбор {source.round_key(round_)}"
        case CreateTask(slot=slot):
            return f"задача {slot}"
        case AddChecklistItems(task_id, titles):
            return f"пункты чек-листа задачи {task_id}: {'; '.join(titles)}"
        case PostNews(mark=mark):
            return f"новость {mark}"
        case _:
            return None
