"""Calls of the older methods of tasks: ``task.checklistitem.*``, ``task.elapseditem.*``, ``task.commentitem.*``.

Their parameters are positional: names are ignored and only the order counts (contract 1.1). Their errors are all
``ERROR_CORE``, with the reason inside the description.
"""

from __future__ import annotations

from sandbox.portal.errors import RestError
from sandbox.portal.loose import as_int, as_object, is_array
from sandbox.portal.params import Params
from sandbox.portal.php import JSON

NOT_ALLOWED = (4, "ACTION_NOT_ALLOWED")
FAILED = (8, "ACTION_FAILED_TO_BE_PROCESSED")
WRONG_ARGUMENTS = (256, "WRONG_ARGUMENTS")
NOT_FOUND = (512, "ITEM_NOT_FOUND_OR_NOT_ACCESSIBLE")


class LegacyCall:
    """``method`` is the name that stands in the portal's own error texts: ``ctaskchecklistitem::add``."""

    def __init__(self, method: str, params: Params) -> None:
        self.method = method
        self.arguments = positional(params)

    def given(self, index: int) -> bool:
        return index < len(self.arguments) and self.arguments[index] is not None

    def integer(self, index: int, name: str) -> int:
        """Raises ``TASKS_ERROR_EXCEPTION_#256`` when it is missing or no number."""
        if not self.given(index):
            raise self.wrong(f"Param #{index} ({name}) expected by method {self.method}(), but not given.")
        number = as_int(self.arguments[index])
        if number is None:
            words = f'for method {self.method}() expected to be of type "integer", but given something else.'
            raise self.wrong(f"Param #{index} ({name}) {words}")
        return number

    def fields(self, index: int) -> dict[str, JSON]:
        """A map with something in it. Raises ``TASKS_ERROR_EXCEPTION_#256``."""
        fields = self.array(index)
        if not fields:
            raise self.wrong(f"Param #{index} (arFields) expected by method {self.method}(), but not given.")
        return fields

    def array(self, index: int) -> dict[str, JSON]:
        """A map, empty when it is not given or is none."""
        return (as_object(self.arguments[index]) or {}) if self.given(index) else {}

    def is_array(self, index: int) -> bool:
        return self.given(index) and is_array(self.arguments[index])

    def wrong(self, words: str) -> RestError:
        return task_exception(WRONG_ARGUMENTS, words)


def positional(params: Params) -> list[JSON]:
    """Values in order. When some came numbered, those are the arguments: what a client adds to the address
    (``bx24_request_id``) must not push them out of place."""
    numbered = {int(name): value for name, value in params.raw.items() if name.isascii() and name.isdigit()}
    return [numbered[index] for index in sorted(numbered)] if numbered else params.positional


def task_exception(kind: tuple[int, str], words: str) -> RestError:
    number, code = kind
    return RestError("ERROR_CORE", f"TASKS_ERROR_EXCEPTION_#{number}; {words}; {number}/TE/{code}<br>")
