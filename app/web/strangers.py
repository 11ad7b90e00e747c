"""Who keeps bringing wrong tokens: counted by address, in bounded memory.

A limit here never shuts out a valid token: portals of one cloud share their addresses with everybody else's portals,
and an event that is refused never comes again. It spares the log and tells a stranger to stop.
"""

from __future__ import annotations

import ipaddress
from collections import OrderedDict
from collections.abc import Callable
from functools import lru_cache

MINUTE = 60.0
REMEMBERED = 10_000
"""Addresses; of more of them, those that were quiet the longest are forgotten."""


class Strangers:
    """``clock`` counts seconds. An address may be refused ``most`` times at once, and so often a minute."""

    def __init__(self, most: int, clock: Callable[[], float]) -> None:
        self._most = most
        self._clock = clock
        self._level: OrderedDict[str, tuple[float, float]] = OrderedDict()
        """By network: a level that every refusal raises by one and time lowers, and when it was so."""

    def refused(self, address: str) -> None:
        network = network_of(address)
        self._level[network] = (self._now(network) + 1, self._clock())
        self._level.move_to_end(network)
        if len(self._level) > REMEMBERED:
            self._level.popitem(last=False)

    def __len__(self) -> int:
        """Networks remembered."""
        return len(self._level)

    def is_over_limit(self, address: str) -> bool:
        return bool(self._level) and self._now(network_of(address)) >= self._most

    def _now(self, network: str) -> float:
        level, at = self._level.get(network, (0.0, 0.0))
        return max(0.0, level - (self._clock() - at) * self._most / MINUTE)


@lru_cache(maxsize=4096)
def network_of(address: str) -> str:
    """Of IPv6 the first 64 bits: a single caller has all the rest to choose from. What is no address stays as it is."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv4Address):
        return address
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((parsed, 64), strict=False))
