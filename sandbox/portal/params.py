"""The parameters of one call, read the way the portal reads them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import overload

from sandbox.portal.errors import RestError
from sandbox.portal.loose import as_flag, as_int, as_list, as_object, as_text
from sandbox.portal.php import JSON


class Params:
    """Typed readers over decoded parameters. Names are matched exactly, as the newer modules of the portal do;
    the older ones (``user.get``, ``sonet_group.create``...) turn their names to upper case first: ``params.upper()``.

    A missing or unreadable parameter raises the portal's own error ``100`` (status 400).
    """

    def __init__(self, values: Mapping[str, JSON] | Sequence[JSON]) -> None:
        if isinstance(values, Mapping):
            self.raw: dict[str, JSON] = dict(values)
        else:
            self.raw = {str(index): value for index, value in enumerate(values)}

    @property
    def positional(self) -> list[JSON]:
        """The values in order, for the methods that ignore names (``task.checklistitem.*``, contract 1.1)."""
        return list(self.raw.values())

    def upper(self) -> Params:
        """The same parameters under upper-case names."""
        return Params({name.upper(): value for name, value in self.raw.items()})

    def lower(self) -> Params:
        """The same parameters under lower-case names: the old methods of the CRM take ``ID`` for ``id``."""
        return Params({name.lower(): value for name, value in self.raw.items()})

    def has(self, name: str) -> bool:
        return name in self.raw

    def get(self, name: str) -> JSON:
        """The value as it came; ``None`` when absent."""
        return self.raw.get(name)

    def require(self, name: str) -> JSON:
        """The value as it came; absent and null are errors."""
        value = self.raw.get(name)
        if value is None:
            raise missing(name)
        return value

    def require_int(self, name: str) -> int:
        value = as_int(self.require(name))
        if value is None:
            raise mistyped(name, "int")
        return value

    @overload
    def optional_int(self, name: str) -> int | None: ...
    @overload
    def optional_int(self, name: str, default: int) -> int: ...
    def optional_int(self, name: str, default: int | None = None) -> int | None:
        """``default`` for an absent, null or empty value."""
        value = self.raw.get(name)
        if value is None or value == "":
            return default
        number = as_int(value)
        if number is None:
            raise mistyped(name, "int")
        return number

    def require_object(self, name: str) -> dict[str, JSON]:
        """A map; an empty array is an empty map."""
        value = as_object(self.require(name))
        if value is None:
            raise mistyped(name, "array")
        return value

    def optional_object(self, name: str) -> dict[str, JSON]:
        """A map, empty when the parameter is absent or empty."""
        value = self.raw.get(name)
        return {} if value is None or value == "" else self.require_object(name)

    def require_text(self, name: str) -> str:
        value = as_text(self.require(name))
        if value is None:
            raise mistyped(name, "string")
        return value

    def text(self, name: str, default: str = "") -> str:
        value = self.raw.get(name)
        return default if value is None else self.require_text(name)

    def flag(self, name: str, *, default: bool = False) -> bool:
        """``Y``/``N``, ``1``/``0``, ``true``/``false``; anything else counts as not said."""
        value = as_flag(self.raw.get(name))
        return default if value is None else value

    def values(self, name: str) -> list[JSON]:
        """A list; a scalar is a list of one, absent is empty."""
        return as_list(self.raw.get(name))

    def int_list(self, name: str) -> list[int]:
        """Whole numbers of a list, a map or a lone value; what is not a number is an error."""
        numbers = [as_int(value) for value in self.values(name)]
        if None in numbers:
            raise mistyped(name, "int[]")
        return [number for number in numbers if number is not None]

    def text_list(self, name: str) -> list[str]:
        """The scalars of a list, printed; nested things are skipped."""
        return [text for text in (as_text(value) for value in self.values(name)) if text is not None]

    def select(self, name: str = "select") -> list[str]:
        """The names to return; empty means the method's default."""
        return self.text_list(name)

    def filter(self, name: str = "filter") -> dict[str, JSON]:
        """Prefixed names and their values, not interpreted here."""
        return self.optional_object(name)

    def order(self, name: str = "order") -> list[tuple[str, str]]:
        """Pairs of a field and its direction as they were sent, the direction in upper case and not yet checked."""
        return [(field, (as_text(way) or "").upper()) for field, way in self.optional_object(name).items()]

    def start(self, name: str = "start") -> int:
        """Offset of the first row; -1 means "do not count". Anything unreadable is 0, as in PHP."""
        number = as_int(self.raw.get(name))
        return 0 if number is None else max(number, -1)


def missing(name: str) -> RestError:
    """The portal's answer to an absent required parameter (contract 4.1, 15)."""
    return RestError("100", f"Could not find value for parameter {{{name}}}")


def mistyped(name: str, wanted: str) -> RestError:
    return RestError("100", f"Invalid value of parameter {{{name}}}: a value of type {wanted} is expected")
