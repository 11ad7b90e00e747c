"""The names of what may be dirty: a finished source item, a case, a measure (design section 1)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bitrix.refs import DEAL, LEAD


@dataclass(frozen=True, order=True)
class SourceKey:
    """A deal, lead or smart-process item that may need a case."""

    portal: str
    entity_type_id: int
    id: int

    def __str__(self) -> str:
        return f"source:{self.portal}:{self.entity_type_id}:{self.id}"


@dataclass(frozen=True, order=True)
class CaseKey:
    """An item of «Анализ и коррекции»."""

    portal: str
    id: int

    def __str__(self) -> str:
        return f"case:{self.portal}:{self.id}"


@dataclass(frozen=True, order=True)
class MeasureKey:
    """A measure whose case isn't known yet."""

    portal: str
    id: int

    def __str__(self) -> str:
        return f"measure:{self.portal}:{self.id}"


Key = SourceKey | CaseKey | MeasureKey


class BadKey(ValueError):
    """A text that names nothing."""


_NUMBER = re.compile(r"[0-9]{1,19}")
_SOURCES = {"deal": DEAL, "lead": LEAD}


def parse_key(text: str, default_portal: str | None = None) -> Key:
    """A key from its text; ``deal:42``, ``lead:7`` and ``case:24`` will do where ``default_portal`` is given.

    Reads back what ``str`` of a key wrote. Raises BadKey with the forms there are.
    """
    kind, *rest = text.strip().split(":")
    if len(rest) == 1 and default_portal is not None:
        rest = [default_portal, *rest]
    portal, *numbers = rest or [""]
    if portal and all(_NUMBER.fullmatch(number) for number in numbers):
        match kind, [int(number) for number in numbers]:
            case "source", [entity_type_id, id_]:
                return SourceKey(portal, entity_type_id, id_)
            case "deal" | "lead", [id_]:
                return SourceKey(portal, _SOURCES[kind], id_)
            case "case", [id_]:
                return CaseKey(portal, id_)
            case "measure", [id_]:
                return MeasureKey(portal, id_)
    raise BadKey(
        f"«{text[:80]}» не похоже на ключ. Бывает: case:ПОРТАЛ:24, source:ПОРТАЛ:2:42, measure:ПОРТАЛ:5, "
        "deal:ПОРТАЛ:42, lead:ПОРТАЛ:7; с одним порталом короче: case:24, deal:42, lead:7, measure:5"
    )
