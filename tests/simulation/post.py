"""The portal's events on their way to the service: each is sent once, and may be lost, doubled, late or overtaken."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from sandbox.portal.event_queue import Delivery
from sandbox.portal.php import encode

if TYPE_CHECKING:
    from tests.simulation.process import Process
    from tests.simulation.story import Story
    from tests.simulation.weather import Weather
    from tests.simulation.world import World

FORM = b"application/x-www-form-urlencoded"


class Post:
    """Stands where the portal has its queue of outgoing calls."""

    def __init__(
        self,
        world: World,
        weather: Weather,
        story: Story,
        door: Callable[[], Process | None],
        acknowledged: Callable[[Process], None],
    ) -> None:
        self._world = world
        self._weather = weather
        self._story = story
        self._door = door
        self._acknowledged = acknowledged
        self.under_way = 0
        self.at_the_door: Counter[str] = Counter()
        """How many a process was given and has not answered."""

    def put(self, delivery: Delivery) -> None:
        chance = self._weather.chance
        fate = self._weather.of_event()
        self._story.count("event")
        if fate is not None:
            self._story.tell("post", f"~ {fate}: {_words(delivery)}", f"event {fate}")
        match fate:
            case "dropped":
                return
            case "doubled":
                self._send(delivery, chance.uniform(0.05, 0.5))
                self._send(delivery, chance.choice((0.0, 0.1, 5.0, 60.0)))
            case "delayed":
                self._send(delivery, chance.uniform(1, 100))
            case "reordered":
                self._send(delivery, chance.uniform(0.05, 6))
            case _:
                self._send(delivery, 0.05)

    def _send(self, delivery: Delivery, seconds: float) -> None:
        self.under_way += 1
        self._world.after(seconds, lambda: self._arrive(delivery))

    def _arrive(self, delivery: Delivery) -> None:
        self.under_way -= 1
        process = self._door()
        if process is None:
            self._story.tell("post", f"~ nobody at home: {_words(delivery)}", "event nobody at home")
            return
        body = encode(delivery.body(int(self._world.seconds())))
        content = body if isinstance(body, bytes) else body.encode()
        self.at_the_door[process.name] += 1
        process.loop.create_task(self._hand_over(process, content, _words(delivery)))

    async def _hand_over(self, process: Process, body: bytes, words: str) -> None:
        status = await call(process.web, "/bitrix/events", body)
        if process.dead:
            return
        self.at_the_door[process.name] -= 1
        if status == 204:
            self._acknowledged(process)
        else:
            self._story.tell(process.name, f"answers {status} to {words}", "event refused")


async def call(app: Any, path: str, body: bytes) -> int:
    """One POST of a form, as a web server would hand it over. Gives the status."""
    status = 0
    asked = False

    async def receive() -> Mapping[str, Any]:
        nonlocal asked
        if asked:
            return {"type": "http.disconnect"}
        asked = True
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Mapping[str, Any]) -> None:
        nonlocal status
        if message["type"] == "http.response.start":
            status = message["status"]

    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": b"",
        "headers": [(b"host", b"capa24.test"), (b"content-type", FORM), (b"content-length", str(len(body)).encode())],
        "client": ("192.0.2.1", 4711),
        "server": ("capa24.test", 80),
    }
    await app(scope, receive, send)
    return status


def _words(delivery: Delivery) -> str:
    data: Any = delivery.data
    places = [data, *(data.get(name) or {} for name in ("FIELDS", "FIELDS_AFTER", "FIELDS_BEFORE"))]
    found = {name: place[name] for place in places if isinstance(place, Mapping) for name in place}
    kind = f"{found['ENTITY_TYPE_ID']}/" if found.get("ENTITY_TYPE_ID") else ""
    return f"{delivery.event} {kind}{found.get('ID', '?')}"
