"""Whose turn it is. Calls wait in lanes, one for each caller or kind of work, and lanes take turns.

So somebody with thousands of calls slows only their own lane. Lanes in the background wait for those in the foreground:
they get the places of a batch that nobody else wants, and now and then a request of their own.
"""

from collections import deque
from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from bitrix.batching import LARGEST_BATCH, MOST_COMMANDS, Command, Parcel
from bitrix.call import Together

PATIENCE_IN_BACKGROUND = 8
"""Of so many requests one is for the background, when it waits."""
LONGEST_BATCH = 30.0
"""Seconds the commands of one batch may last together, as far as is known; the portal gives up after 60 (limits.md)."""


class LaneName(NamedTuple):
    name: str
    background: bool = False


class Gate(Protocol):
    """Knows what may leave now, and is told what does."""

    def ready_at(self, parcel: Parcel, *, background: bool) -> float: ...

    @property
    def now(self) -> float: ...

    def seconds(self, parcel: Parcel) -> float: ...

    def leaves(self, parcel: Parcel) -> None: ...

    def most_together(self, together: Together) -> int: ...


@dataclass
class _Line:
    """The calls of one lane. Those of one kind keep their order; a kind that may not leave yet blocks no other."""

    lane: LaneName
    _kinds: dict[object, deque[tuple[int, Parcel]]] = field(default_factory=dict)

    def append(self, number: int, parcel: Parcel) -> None:
        self._kinds.setdefault(parcel.kind, deque()).append((number, parcel))

    def heads(self) -> Iterator[tuple[int, Parcel]]:
        """The first of each kind. Calls whose sender went away are dropped; they never left."""
        for kind, waiting in list(self._kinds.items()):
            while waiting and waiting[0][1].promise.done():
                waiting.popleft()
            if waiting:
                yield waiting[0]
            else:
                del self._kinds[kind]

    def next(self, gate: Gate, *, together: bool) -> Parcel | None:
        """Who came first of those that may leave now; with ``together`` only of those that share a request."""
        ready = [
            (number, parcel)
            for number, parcel in self.heads()
            if (parcel.command is not None or not together)
            and gate.ready_at(parcel, background=self.lane.background) <= gate.now
        ]
        return min(ready, key=lambda one: one[0])[1] if ready else None

    def pop(self, parcel: Parcel) -> None:
        waiting = self._kinds[parcel.kind]
        waiting.popleft()
        if not waiting:
            del self._kinds[parcel.kind]

    def __bool__(self) -> bool:
        return bool(self._kinds)

    def weight(self, gate: Gate) -> float:
        """How many commands its calls are; reads of one kind share one."""
        return sum(
            len(waiting) / (1 if (together := waiting[0][1].together) is None else gate.most_together(together))
            for waiting in self._kinds.values()
        )

    def everybody(self) -> list[Parcel]:
        return [parcel for waiting in self._kinds.values() for _, parcel in waiting]


@dataclass
class Queue:
    """Calls that wait for a place, lane by lane."""

    _lines: dict[LaneName, _Line] = field(default_factory=dict)
    _turns: tuple[deque[_Line], deque[_Line]] = field(default_factory=lambda: (deque(), deque()))
    """The lanes with somebody in them, foreground and background; whose turn is next stands first."""
    _came: int = 0
    _requests_without_background: int = 0

    def __bool__(self) -> bool:
        return bool(self._lines)

    def append(self, lane: LaneName, parcel: Parcel) -> None:
        line = self._lines.get(lane)
        if line is None:
            line = self._lines[lane] = _Line(lane)
            self._turns[lane.background].append(line)
        self._came += 1
        line.append(self._came, parcel)

    def ready_at(self, gate: Gate) -> float | None:
        """When the next call may leave; None: nobody waits."""
        soonest: float | None = None
        for line in self._in_turn():
            for _, parcel in line.heads():
                moment = gate.ready_at(parcel, background=line.lane.background)
                soonest = moment if soonest is None else min(soonest, moment)
                if soonest <= gate.now:
                    return soonest
            if not line:
                self._turns[line.lane.background].remove(line)
                del self._lines[line.lane]
        return soonest

    def fills_a_request(self, gate: Gate) -> bool:
        """Whether those who wait are as many as one request holds, or somebody among them travels alone."""
        weight = 0.0
        for line in self._in_turn():
            if any(parcel.command is None for _, parcel in line.heads()):
                return True
            weight += line.weight(gate)
            if weight >= MOST_COMMANDS:
                return True
        return False

    def take_load(self, gate: Gate) -> "Load | None":
        """What leaves in the next request: one that travels alone, or as many as a batch holds. None: nobody may."""
        load = Load(gate)
        foreground, background = self._turns
        if self._requests_without_background >= PATIENCE_IN_BACKGROUND - 1:
            foreground, background = background, foreground
        for turns in (foreground, background):
            self._take_turns(turns, load)
        if not load.commands:
            return None
        passed_by = bool(self._turns[1]) and not load.background
        self._requests_without_background = self._requests_without_background + 1 if passed_by else 0
        return load

    def take_all(self) -> list[Parcel]:
        parcels = [parcel for line in self._lines.values() for parcel in line.everybody() if not parcel.promise.done()]
        self._lines.clear()
        for turns in self._turns:
            turns.clear()
        return parcels

    def _take_turns(self, turns: deque[_Line], load: "Load") -> None:
        """One call of each lane, and again; a lane that has nothing for this load keeps its place for the next."""
        kept: deque[_Line] = deque()
        while turns and not load.full:
            line = turns.popleft()
            parcel = line.next(load.gate, together=bool(load.commands))
            if parcel is not None and load.take(parcel, line.lane):
                line.pop(parcel)
                back = turns
            else:
                back = kept
            if line:
                back.append(line)
            else:
                del self._lines[line.lane]
        turns.extendleft(reversed(kept))

    def _in_turn(self) -> list[_Line]:
        return [line for turns in self._turns for line in turns]


@dataclass
class Load:
    """What leaves together."""

    gate: Gate
    commands: list[Command] = field(default_factory=list)
    background: bool = False
    """Somebody of the background is in it."""
    full: bool = False
    _open: dict[Hashable, int] = field(default_factory=dict)
    """By the kind of its calls: the place of the command that may have room for another of them."""
    _reached: dict[LaneName, int] = field(default_factory=dict)
    """The place of the last command of each lane: what its sender said later isn't done earlier."""
    _size: int = 0
    _seconds: float = 0.0

    @property
    def parcels(self) -> list[Parcel]:
        return [parcel for command in self.commands for parcel in command.parcels]

    def take(self, parcel: Parcel, lane: LaneName) -> bool:
        """False when it would be too much for one request; then the load is full."""
        size = len(parcel.command or "")
        place = self._place_for(parcel, lane)
        begins = place == len(self.commands)
        seconds = self.gate.seconds(parcel) if begins else 0.0
        self.full = bool(self.commands) and (
            self._size + size > LARGEST_BATCH or self._seconds + seconds > LONGEST_BATCH or place == MOST_COMMANDS
        )
        if self.full:
            return False
        if begins:
            self.commands.append(Command([]))
            self.gate.leaves(parcel)
        self.commands[place].parcels.append(parcel)
        if parcel.together is not None:
            self._open[parcel.together.kind] = place
        self._reached[lane] = place
        self._size += size
        self._seconds += seconds
        self.background |= lane.background
        self.full = parcel.command is None
        return True

    def _place_for(self, parcel: Parcel, lane: LaneName) -> int:
        """In a command that is under way anyhow and has room for this call; else behind the last one."""
        together = parcel.together
        place = self._open.get(together.kind, -1) if together is not None else -1
        if together is None or place < self._reached.get(lane, 0):
            return len(self.commands)
        has_room = len(self.commands[place].parcels) < self.gate.most_together(together)
        return place if has_room else len(self.commands)
