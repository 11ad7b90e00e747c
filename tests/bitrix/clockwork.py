"""Time that only moves when somebody sleeps."""

import asyncio


class Clockwork:
    """A clock and the sleep that belongs to it: hours pass at once."""

    def __init__(self, now: float = 1_800_000_000.0) -> None:
        self.now = now
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        due = self.now + seconds
        await asyncio.sleep(0)  # whoever is ready goes first, as in a real wait
        self.now = max(self.now, due)
