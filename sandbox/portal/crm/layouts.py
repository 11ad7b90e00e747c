"""How applications may furnish the timeline: the structure of a layout and what the portal says to a wrong one.

Source: api-reference/crm/timeline/activities/configurable/structure/. The codes are those of
crm-activity-configurable-add.md; their texts are not documented.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from sandbox.portal.errors import RestError
from sandbox.portal.loose import as_object, as_text
from sandbox.portal.php import JSON

KEY = re.compile(r"[A-Za-z0-9_-]+")
MOST_BLOCKS = 20
LANGUAGES = frozenset({"ru", "en", "de", "kz", "ua", "br", "fr", "it", "la", "pl", "tc", "sc", "tr", "vn", "ms", "id"})
"""Which are installed depends on the portal (unverified)."""

Check: TypeAlias = Callable[[JSON, str], None]
"""Raises the portal's refusal; the text is where in the layout the value stands."""


def anything(value: JSON, where: str) -> None:
    """Flags, parameters and other values that no page restricts."""


def text(value: JSON, where: str) -> None:
    """A text, or texts by language (field-types.md)."""
    translations = as_object(value)
    if translations is None:
        if as_text(value) is None:
            raise RestError("WRONG_FIELD_VALUE", f"Wrong value of field {where}")
        return
    strange = next((language for language in translations if language not in LANGUAGES), None)
    if strange is not None:
        raise RestError("WRONG_LANG", f"Language {strange} of field {where} is not installed")


def one_of(*allowed: str) -> Check:
    def check(value: JSON, where: str) -> None:
        if as_text(value) not in allowed:
            raise RestError("ENUM_FIELD", f"Field {where} must be one of: {', '.join(allowed)}")

    return check


def map_of(each: Check, most: int | None = None, least: int = 0) -> Check:
    """Things under keys of the application's choice."""

    def check(value: JSON, where: str) -> None:
        things = object_at(value, where)
        if len(things) < least:
            raise RestError("FIELD_IS_REQUIRED", f"Field {where} is required")
        if most is not None and len(things) > most:
            raise RestError("TOO_MANY_ITEMS", f"Field {where} has more than {most} items")
        for key, thing in things.items():
            if not KEY.fullmatch(key):
                raise RestError("KEY_CONTAIN_WRONG_SYMBOLS", f"Key {key} of field {where} has wrong symbols")
            each(thing, f"{where}.{key}")

    return check


@dataclass(frozen=True)
class Part:
    """An object with known fields."""

    required: Mapping[str, Check]
    optional: Mapping[str, Check]

    def __call__(self, value: JSON, where: str) -> None:
        sent = object_at(value, where)
        for name, check in self.required.items():
            if sent.get(name) in (None, ""):
                raise RestError("FIELD_IS_REQUIRED", f"Field {where}.{name} is required")
            check(sent[name], f"{where}.{name}")
        for name, element in sent.items():
            if name in self.optional:
                self.optional[name](element, f"{where}.{name}")
            elif name not in self.required:
                raise RestError("FIELD_IS_REDUNDANT", f"Field {where}.{name} is redundant")


def object_at(value: JSON, where: str) -> dict[str, JSON]:
    sent = as_object(value)
    if sent is None:
        raise RestError("WRONG_FIELD_VALUE", f"Wrong value of field {where}")
    return sent


def by_type(parts: Mapping[str, Check]) -> Check:
    """The field ``type`` tells what the rest is like."""

    def check(value: JSON, where: str) -> None:
        kind = as_text(object_at(value, where).get("type"))
        if kind is None:
            raise RestError("FIELD_IS_REQUIRED", f"Field {where}.type is required")
        one_of(*parts)(kind, f"{where}.type")
        parts[kind](value, where)

    return check


SCOPE = one_of("web", "mobile")
ACTION = by_type(
    {
        "redirect": Part({"type": anything}, {"uri": text}),
        "restEvent": Part(
            {"type": anything, "id": text},
            {"actionParams": anything, "animationType": one_of("disable", "loader")},
        ),
        "openRestApp": Part({"type": anything}, {"actionParams": anything, "sliderParams": anything}),
    }
)


def block(required: Mapping[str, Check], optional: Mapping[str, Check]) -> Part:
    """A content block: its type beside its properties."""
    return Part({"type": anything, "properties": Part(required, {**optional, "scope": SCOPE})}, {})


INLINE_BLOCKS: dict[str, Check] = {
    "text": block(
        {"value": text},
        {
            "multiline": anything,
            "title": text,
            "bold": anything,
            "size": one_of("xs", "sm", "md"),
            "color": one_of("base_50", "base_60", "base_70", "base_90"),
        },
    ),
    "link": block({"text": text, "action": ACTION}, {"bold": anything}),
    "deadline": block({}, {"readonly": anything}),
}
INLINE = by_type(INLINE_BLOCKS)
BLOCK = by_type(
    {
        **INLINE_BLOCKS,
        "largeText": block({"value": text}, {}),
        "withTitle": block({"title": text, "block": INLINE}, {"inline": anything}),
        "lineOfBlocks": block({"blocks": map_of(INLINE, least=1)}, {}),
    }
)
CLICKABLE: dict[str, Check] = {"scope": SCOPE, "hideIfReadonly": anything}
TAG = Part(
    {"title": text, "type": one_of("warning", "success", "failure", "primary", "secondary")},
    {"action": ACTION, **CLICKABLE},
)
BUTTON = Part({"title": text, "type": one_of("primary", "secondary"), "action": ACTION}, CLICKABLE)
MENU = Part(
    {},
    {
        "showPinItem": anything,
        "showPostponeItem": anything,
        "showDeleteItem": anything,
        "items": map_of(Part({"title": text, "action": ACTION}, CLICKABLE)),
    },
)
ACTIVITY_LAYOUT = Part(
    {
        "icon": Part({"code": text}, {}),
        "header": Part({"title": text}, {"titleAction": ACTION, "tags": map_of(TAG, most=2)}),
        "body": Part({"logo": Part({"code": text}, {"action": ACTION})}, {"blocks": map_of(BLOCK, most=MOST_BLOCKS)}),
    },
    {"footer": Part({}, {"buttons": map_of(BUTTON, most=2), "menu": MENU})},
)
"""``LayoutDto``. Whether ``body.blocks`` may be missing the page says in two ways; it may."""
BLOCKS_LAYOUT = Part({"blocks": map_of(BLOCK, most=MOST_BLOCKS, least=1)}, {})
"""``RestAppLayoutDto``."""
