"""The ``xmlId`` of a case read back: which round of which source item it is about."""

from __future__ import annotations

from rules.model import SourceRef


def parse_round_key(xml_id: str | None) -> tuple[SourceRef, int] | None:
    """``deal:42#1`` read back; ``None`` for an item that isn't the service's."""
    name, _, round_ = (xml_id or "").partition("#")
    kind, _, number = name.partition(":")
    if not (round_.isascii() and round_.isdigit() and number.isascii() and number.isdigit()):
        return None
    type_id = {"lead": 1, "deal": 2}.get(kind)
    if type_id is None and kind.startswith("item") and kind[4:].isdigit():
        type_id = int(kind[4:])
    return (SourceRef(type_id, int(number)), int(round_)) if type_id is not None else None
