"""The parameters of one call of REST 3.0. Nothing is loose here: a number in quotes is not a number."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.portal.php import JSON
from sandbox.portal.rest3.entities import FLAG, INT, LIST, TEXT, Kind, WrongType
from sandbox.portal.rest3.refusals import invalid_request, missing, mistyped


class Query:
    """Typed readers. An absent and a null parameter are the same: not given."""

    def __init__(self, said: Mapping[str, JSON]) -> None:
        self.raw = dict(said)

    def get(self, name: str) -> JSON:
        return self.raw.get(name)

    def has(self, name: str) -> bool:
        return self.raw.get(name) is not None

    def require_int(self, name: str) -> int:
        return int(self._require(name, INT))

    def require_text(self, name: str) -> str:
        return str(self._require(name, TEXT))

    def require_list(self, name: str) -> list[JSON]:
        return list(self._require(name, LIST))

    def optional_int(self, name: str) -> int | None:
        return int(self._read(name, INT)) if self.has(name) else None

    def optional_text(self, name: str) -> str | None:
        return str(self._read(name, TEXT)) if self.has(name) else None

    def flag(self, name: str) -> bool:
        return bool(self._read(name, FLAG)) if self.has(name) else False

    def require_object(self, name: str) -> dict[str, JSON]:
        """A map; an empty list is an empty map, and neither counts as given."""
        value = self.get(name)
        if value is None or value == [] or value == {}:
            raise invalid_request(missing(name))
        if not isinstance(value, Mapping):
            raise invalid_request(mistyped(name, "array"))
        return dict(value)

    def require_ids(self, name: str) -> list[int]:
        """A list of numbers."""
        values = self.require_list(name)
        try:
            return [INT.read(value) for value in values]
        except WrongType:
            raise invalid_request(mistyped(name, "int[]")) from None

    def _require(self, name: str, kind: Kind) -> Any:
        if not self.has(name):
            raise invalid_request(missing(name))
        return self._read(name, kind)

    def _read(self, name: str, kind: Kind) -> Any:
        try:
            return kind.read(self.get(name))
        except WrongType:
            raise invalid_request(mistyped(name, kind.complained)) from None
