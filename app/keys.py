"""The names of what may be dirty: a finished source item, a case, a measure (design section 1)."""

from __future__ import annotations

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


def parse_key(text: str, default_portal: str | None = None) -> Key:
    """A key from its text; ``deal:42``, ``lead:7`` and ``case:24`` will do where one portal is configured."""
    kind, *rest = text.strip().split(":")
    if len(rest) == 1 and default_portal is not None:
        rest = [default_portal, *rest]
    try:
        match kind, rest:
            case "source", [portal, entity_type_id, id_]:
                return SourceKey(portal, int(entity_type_id), int(id_))
            case "deal" | "lead", [portal, id_]:
                return SourceKey(portal, DEAL if kind == "deal" else LEAD, int(id_))
            case "case", [portal, id_]:
                return CaseKey(portal, int(id_))
            case "measure", [portal, id_]:
                return MeasureKey(portal, int(id_))
    except ValueError:
        pass
    raise BadKey(
        f"«{text}» не похоже на ключ. Бывает: case:ПОРТАЛ:24, source:ПОРТАЛ:2:42, measure:ПОРТАЛ:5; "
        "с одним порталом короче: case:24, deal:42, lead:7"
    )
