"""How fast a portal may be asked: a leaky bucket, counted by us before the portal has to (limits.md). Pure."""

from dataclasses import dataclass


@dataclass
class LeakyBucket:
    """Every request adds one; ``drain_per_second`` leave. Times are seconds of any steady clock."""

    capacity: int = 50
    drain_per_second: float = 2.0
    level: float = 0.0
    counted_at: float = 0.0

    def wait(self, now: float) -> float:
        """Seconds until one more request fits; 0 when it does."""
        self._drain(now)
        over = self.level + 1 - self.capacity
        return max(0.0, over / self.drain_per_second)

    def add(self, now: float) -> None:
        self._drain(now)
        self.level += 1

    def overflowed(self, now: float) -> None:
        """The portal says it is full, whatever we counted: others ask it from this address too."""
        self._drain(now)
        self.level = max(self.level, float(self.capacity))

    def _drain(self, now: float) -> None:
        self.level = max(0.0, self.level - max(0.0, now - self.counted_at) * self.drain_per_second)
        self.counted_at = now
