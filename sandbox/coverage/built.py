"""The methods this sandbox has, of both versions."""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.portal import rest
from sandbox.portal.rest3 import registry


@dataclass(frozen=True)
class Built:
    """``docs`` is the page its author followed."""

    name: str
    version: int
    docs: str

    @property
    def called(self) -> str:
        """The name in our files, which tell the versions apart."""
        return f"v3:{self.name}" if self.version == 3 else self.name

    @property
    def key(self) -> tuple[str, int]:
        return self.name.lower(), self.version


def built_methods() -> list[Built]:
    """Sorted by name and version."""
    rest.load_methods()
    registry.load_methods()
    old = [Built(method.name, 2, method.docs) for method in rest.METHODS.values()]
    new = [Built(method.name, 3, method.docs) for method in registry.METHODS.values()]
    return sorted([*old, *new], key=lambda one: one.key)
