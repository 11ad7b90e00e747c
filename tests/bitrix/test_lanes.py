"""Who travels with whom and in which order: within a lane, between lanes, and between foreground and background."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bitrix.batching import LARGEST_BATCH, MOST_COMMANDS, Parcel, pack
from bitrix.call import Call, Together
from bitrix.lanes import LONGEST_BATCH, PATIENCE_IN_BACKGROUND, LaneName, Load, Queue

DEFAULT = LaneName("")


@dataclass
class OpenGate:
    """Methods named here may leave later, and last so many seconds; all others at once, in no time."""

    now: float = 0.0
    later: dict[str, float] = field(default_factory=dict)
    lasts: dict[str, float] = field(default_factory=dict)
    together: int = 3
    left: list[Parcel] = field(default_factory=list)

    def ready_at(self, parcel: Parcel, *, background: bool) -> float:
        return max(self.later.get(method, 0.0) for method in parcel.methods)

    def seconds(self, parcel: Parcel) -> float:
        return sum(self.lasts.get(method, 0.0) for method in parcel.methods)

    def most_together(self, together: Together) -> int:
        return self.together

    def leaves(self, parcel: Parcel) -> None:
        self.left.append(parcel)


def a_call(number: int, *, method: str = "echo", alone: bool = False, text: str = "") -> Parcel:
    return pack(Call(method, {"id": number, "text": text}, read=lambda answer: answer.result, batchable=not alone))


def numbers(parcels: list[Parcel]) -> list[Any]:
    return [parcel.params["id"] for parcel in parcels]  # type: ignore[index,call-overload]


def loads_of(queue: Queue, gate: OpenGate | None = None) -> list[list[Any]]:
    loads = []
    while (load := queue.take_load(gate or OpenGate())) is not None:
        loads.append(numbers(load.parcels))
    return loads


async def test_a_load_keeps_the_order_in_which_calls_came() -> None:
    queue = Queue()
    for number, alone in enumerate([False, True, False, False, True, False]):
        queue.append(DEFAULT, a_call(number, alone=alone))
    # those that travel alone are passed by, and pass nobody themselves
    assert loads_of(queue) == [[0, 2, 3, 5], [1], [4]]
    assert not queue


async def test_a_batch_holds_fifty_commands() -> None:
    queue = Queue()
    for number in range(MOST_COMMANDS + 1):
        queue.append(DEFAULT, a_call(number))
    assert loads_of(queue) == [list(range(MOST_COMMANDS)), [MOST_COMMANDS]]


async def test_a_batch_does_not_grow_too_large_but_the_largest_call_leaves_too() -> None:
    queue = Queue()
    for number, size in enumerate([LARGEST_BATCH * 2, LARGEST_BATCH // 2, LARGEST_BATCH // 3, LARGEST_BATCH // 2]):
        queue.append(DEFAULT, a_call(number, text="x" * size))
    assert loads_of(queue) == [[0], [1, 2], [3]]


async def test_a_batch_of_heavy_methods_is_shorter_but_the_heaviest_call_leaves_too() -> None:
    queue = Queue()
    gate = OpenGate(lasts={"heavy": LONGEST_BATCH / 2, "endless": LONGEST_BATCH * 2})
    for number, method in enumerate(["heavy", "heavy", "heavy", "light", "endless", "light"]):
        queue.append(DEFAULT, a_call(number, method=method))
    assert loads_of(queue, gate) == [[0, 1], [2, 3], [4], [5]]


async def test_whose_sender_went_away_never_leaves() -> None:
    queue = Queue()
    parcels = [a_call(number) for number in range(3)]
    for parcel in parcels:
        queue.append(DEFAULT, parcel)
    parcels[0].promise.cancel()
    parcels[2].promise.cancel()
    assert loads_of(queue) == [[1]]
    queue.append(LaneName("other"), parcels[0])
    assert queue.ready_at(OpenGate()) is None
    assert not queue
    queue.append(DEFAULT, parcels[0])
    assert queue.take_all() == []


async def test_lanes_take_turns_so_who_has_much_delays_nobody() -> None:
    queue = Queue()
    for number in range(1_000):
        queue.append(LaneName("busy"), a_call(number))
    for number in range(1_000, 1_003):
        queue.append(LaneName("small"), a_call(number))
    queue.append(LaneName("late"), a_call(2_000))
    first = loads_of(queue)[0]
    assert first[:7] == [0, 1_000, 2_000, 1, 1_001, 2, 1_002]
    assert first[7:] == list(range(3, 46))


async def test_who_travels_alone_gets_a_turn_too() -> None:
    queue = Queue()
    for number in range(200):
        queue.append(LaneName("many"), a_call(number))
    queue.append(LaneName("alone"), a_call(1_000, alone=True))
    queue.append(LaneName("alone"), a_call(1_001, alone=True))
    loads = loads_of(queue)
    assert [loads.index([1_000]), loads.index([1_001])] == [1, 3]


async def test_the_background_gets_the_places_nobody_wants() -> None:
    queue = Queue()
    for number in range(100):
        queue.append(LaneName("export", background=True), a_call(1_000 + number))
    for number in range(10):
        queue.append(DEFAULT, a_call(number))
    first, second, third = loads_of(queue)
    assert first == [*range(10), *range(1_000, 1_040)]
    assert (len(second), len(third)) == (50, 10)


async def test_the_background_waits_for_the_foreground_but_not_for_ever() -> None:
    queue = Queue()
    for number in range(2_000):
        queue.append(DEFAULT, a_call(number))
    for number in range(2):
        queue.append(LaneName("export", background=True), a_call(5_000 + number, alone=True))
    loads = loads_of(queue)
    turn = loads.index([5_000])
    assert turn == PATIENCE_IN_BACKGROUND - 1
    assert loads.index([5_001]) == turn + PATIENCE_IN_BACKGROUND


async def test_a_method_that_rests_blocks_no_other() -> None:
    queue, gate = Queue(), OpenGate(later={"slow": 5.0})
    for number, method in enumerate(["slow", "quick", "slow", "quick"]):
        queue.append(DEFAULT, a_call(number, method=method))
    assert loads_of(queue, gate) == [[1, 3]]
    assert queue.ready_at(gate) == 5.0
    gate.now = 5.0
    assert loads_of(queue, gate) == [[0, 2]]


async def test_what_leaves_is_counted_at_once() -> None:
    """So that the gate can hold back the next call of the same load."""

    class OneAtATime(OpenGate):
        def ready_at(self, parcel: Parcel, *, background: bool) -> float:
            return 1.0 if self.left else 0.0

    queue, gate = Queue(), OneAtATime()
    for number in range(3):
        queue.append(DEFAULT, a_call(number))
    assert loads_of(queue, gate) == [[0]]
    gate.left.clear()
    assert loads_of(queue, gate) == [[1]]


LANES = st.builds(LaneName, st.sampled_from("abc"), st.booleans())


@given(
    calls=st.lists(st.tuples(LANES, st.sampled_from(["m", "n"]), st.booleans(), st.booleans()), max_size=300),
    resting=st.sets(st.sampled_from(["m", "n"]), max_size=1),
)
async def test_everybody_who_stays_leaves_once_in_the_order_of_their_lane(
    calls: list[tuple[LaneName, str, bool, bool]], resting: set[str]
) -> None:
    queue, gate = Queue(), OpenGate(later=dict.fromkeys(resting, 1.0))
    for number, (lane, method, alone, leaves) in enumerate(calls):
        parcel = a_call(number, method=method, alone=alone)
        queue.append(lane, parcel)
        if leaves:
            parcel.promise.cancel()
    loads = loads_of(queue, gate)
    gate.now = 1.0
    loads += loads_of(queue, gate)
    assert not queue
    left = Counter(number for load in loads for number in load)
    assert left == Counter(number for number, one in enumerate(calls) if not one[3])
    of_one_kind: dict[object, list[int]] = {}
    for load in loads:
        assert len(load) <= MOST_COMMANDS
        assert len(load) == 1 or not any(calls[number][2] for number in load)
        for number in load:
            of_one_kind.setdefault(calls[number][:3], []).append(number)
    assert all(order == sorted(order) for order in of_one_kind.values())


def a_read(number: int) -> Parcel:
    together = Together("echo", (number,), ask=lambda ids: Call("all", {"ids": list(ids)}, read=str), row_field="id")
    return pack(Call("echo", {"id": number}, read=str, together=together))


def commands_of(load: Load | None) -> list[list[Any]]:
    assert load is not None
    return [numbers(command.parcels) for command in load.commands]


async def test_reads_of_one_kind_are_one_command_as_far_as_it_has_room() -> None:
    queue = Queue()
    for number in range(5):
        queue.append(LaneName(str(number)), a_read(number))
    queue.append(LaneName("other"), a_call(9))
    assert commands_of(queue.take_load(OpenGate())) == [[0, 1, 2], [3, 4], [9]]


async def test_a_read_joins_nothing_that_comes_before_what_its_sender_said_first() -> None:
    queue = Queue()
    queue.append(LaneName("a"), a_read(1))
    for parcel in (a_call(2), a_read(3)):
        queue.append(LaneName("b"), parcel)
    assert commands_of(queue.take_load(OpenGate())) == [[1], [2], [3]]


async def test_two_thousand_and_five_hundred_reads_are_one_request() -> None:
    queue, gate = Queue(), OpenGate(together=50)
    for number in range(2_501):
        queue.append(LaneName(str(number)), a_read(number))
    load = queue.take_load(gate)
    assert [len(command) for command in commands_of(load)] == [50] * MOST_COMMANDS
    assert commands_of(queue.take_load(gate)) == [[2_500]]


async def test_a_request_is_full_by_commands_not_by_calls() -> None:
    queue, gate = Queue(), OpenGate(together=50)
    for number in range(100):
        queue.append(DEFAULT, a_read(number))
    assert not queue.fills_a_request(gate)
    for number in range(48):
        queue.append(DEFAULT, a_call(number))
    assert queue.fills_a_request(gate)


async def test_who_travels_alone_fills_a_request() -> None:
    queue = Queue()
    queue.append(DEFAULT, a_call(1, alone=True))
    assert queue.fills_a_request(OpenGate())
