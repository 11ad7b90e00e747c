"""``differences.yaml``: what is known to be otherwise than the documentation says, with a reason for each."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

FILE = Path(__file__).with_name("differences.yaml")


@dataclass(frozen=True)
class Known:
    """``*`` in methods, paths and words stands for anything. ``defect`` marks what still has to be built or mended."""

    methods: tuple[str, ...]
    at: tuple[str, ...]
    """Paths in an answer; for refusals, codes."""
    what: str
    reason: str
    defect: bool

    def covers(self, method: str, at: str, what: str) -> bool:
        return fits(self.methods, method) and fits(self.at, at) and fits((self.what,), what)

    @property
    def patterns(self) -> list[tuple[str, str, str]]:
        """What this entry says, word for word: each has to be needed."""
        return [(self.reason, kind, pattern) for kind in ("method", "at") for pattern in self._of(kind)]

    def patterns_of(self, method: str, at: str) -> list[tuple[str, str, str]]:
        """Those that a difference of this method, at this place, needs."""
        texts = {"method": method, "at": at}
        return [one for one in self.patterns if fits((one[2],), texts[one[1]])]

    def _of(self, kind: str) -> tuple[str, ...]:
        return self.methods if kind == "method" else self.at

    def concerns(self, method: str) -> bool:
        return fits(self.methods, method)


def fits(patterns: Sequence[str], text: str) -> bool:
    return any(re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), text) for pattern in patterns)


@cache
def known_differences() -> Mapping[str, tuple[Known, ...]]:
    """``answers``, ``refusals`` and ``behaviour``, in the order of the file. REST 3.0 is ``v3:tasks.task.get``."""
    stored = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return {section: tuple(read(row) for row in rows or ()) for section, rows in stored.items()}


def read(row: Mapping[str, Any]) -> Known:
    return Known(
        words(row["method"]),
        words(row.get("at", "*")),
        row.get("what", "*"),
        " ".join(row["reason"].split()),
        row.get("defect", False),
    )


def words(value: str | Sequence[str]) -> tuple[str, ...]:
    return (str(value),) if isinstance(value, (str, int)) else tuple(map(str, value))
