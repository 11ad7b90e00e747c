"""The names by which the service finds its own objects again on the portal.

A task carries ``capa24:{case id}:{slot}`` in its XML_ID; a timeline note ends with a line ``capa24 · {mark}``. News,
which everybody reads, end with a line in words. That is all that is needed to see, after any crash,
what has been done already.
"""

from __future__ import annotations

import re

_TASK = re.compile(r"capa24:([0-9]{1,18}):")
_NOTE = re.compile(r"capa24 · ([\w:.-]+)\s*$")


def task_name(case_id: int, slot: str) -> str:
    return f"capa24:{case_id}:{slot}"


def slot_of(xml_id: str, case_id: int) -> str | None:
    """The slot of one of this case's tasks; ``None`` for a task that isn't ours."""
    prefix = f"capa24:{case_id}:"
    return xml_id.removeprefix(prefix) if xml_id.startswith(prefix) else None


def case_named_by(xml_id: str) -> int | None:
    """Whose task it is, wherever it hangs now; ``None`` for one that isn't ours."""
    found = _TASK.match(xml_id)
    return int(found.group(1)) if found else None


def note_text(text: str, mark: str) -> str:
    return f"{text}\n\ncapa24 · {mark}"


def signed(text: str, signature: str) -> str:
    """News end with a line for its readers."""
    return f"{text}\n\n{signature}"


def signature_of(text: str) -> str:
    return text.rstrip().rpartition("\n")[2].strip()


def mark_of(text: str) -> str | None:
    found = _NOTE.search(text)
    return found.group(1) if found else None
