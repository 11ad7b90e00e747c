"""What an id belongs to: references to the things of a portal, and the spellings Bitrix24 has for them.

One CRM item has four spellings: ``D_42`` in bindings (task field UF_CRM_TASK, user fields of type ``crm``),
``DEAL_42`` in business processes, ``deal`` + 42 in the timeline, 2 + 42 in ``crm.item.*``.
Source: api-reference/crm/data-types.md (table of object types).
"""

import re
from dataclasses import dataclass

LEAD = 1
DEAL = 2
CONTACT = 3
COMPANY = 4
QUOTE = 7
SMART_INVOICE = 31
FIRST_DYNAMIC = 128

_SHORT_CODES = {LEAD: "L", DEAL: "D", CONTACT: "C", COMPANY: "CO", QUOTE: "Q", SMART_INVOICE: "SI"}
_LONG_CODES = {
    LEAD: "LEAD",
    DEAL: "DEAL",
    CONTACT: "CONTACT",
    COMPANY: "COMPANY",
    QUOTE: "QUOTE",
    SMART_INVOICE: "SMART_INVOICE",
}
_BY_SHORT_CODE = {code: entity_type_id for entity_type_id, code in _SHORT_CODES.items()}
_BY_LONG_CODE = {code: entity_type_id for entity_type_id, code in _LONG_CODES.items()}

# Ids are at most 64-bit; the bound also keeps `int()` cheap on hostile input.
_BINDING = re.compile(r"(?:T(?P<hex>[0-9a-fA-F]{2,8})|(?P<code>[A-Z]{1,2}))_(?P<id>[0-9]{1,19})", re.ASCII)
_DOCUMENT = re.compile(r"(?:DYNAMIC_(?P<number>[0-9]{1,9})|(?P<code>[A-Z]+(?:_[A-Z]+)?))_(?P<id>[0-9]{1,19})", re.ASCII)


@dataclass(frozen=True, order=True)
class ItemRef:
    """One CRM item: a deal, a lead, an item of a smart process."""

    entity_type_id: int
    id: int

    def __str__(self) -> str:
        return self.document

    @property
    def binding(self) -> str:
        """``L_7``, ``D_42``, ``T406_24``: for UF_CRM_TASK and user fields of type ``crm``."""
        return f"{self._short_code}_{self.id}"

    @classmethod
    def from_binding(cls, text: str) -> "ItemRef":
        """Raises `ValueError` when the text is not a binding of a CRM item."""
        match = _BINDING.fullmatch(text.strip())
        if match and match["hex"] and int(match["hex"], 16) >= FIRST_DYNAMIC:
            return cls(int(match["hex"], 16), int(match["id"]))
        if match and match["code"] in _BY_SHORT_CODE:
            return cls(_BY_SHORT_CODE[match["code"]], int(match["id"]))
        raise ValueError(f"not a binding of a CRM item (like D_42 or T406_24): {text[:40]!r}")

    @property
    def document(self) -> str:
        """``DEAL_42``, ``DYNAMIC_1030_24``: the last element of ``document_id`` in robots and business processes."""
        return f"{_LONG_CODES.get(self.entity_type_id) or f'DYNAMIC_{self.entity_type_id}'}_{self.id}"

    @classmethod
    def from_document(cls, text: str) -> "ItemRef":
        """Raises `ValueError` when the text is not the document id of a CRM item."""
        match = _DOCUMENT.fullmatch(text.strip())
        if match and match["number"] and int(match["number"]) >= FIRST_DYNAMIC:
            return cls(int(match["number"]), int(match["id"]))
        if match and match["code"] in _BY_LONG_CODE:
            return cls(_BY_LONG_CODE[match["code"]], int(match["id"]))
        raise ValueError(f"not a document id of a CRM item (like DEAL_42 or DYNAMIC_1030_24): {text[:40]!r}")

    @property
    def timeline_type(self) -> str:
        """``deal``, ``lead``, ``dynamic_1030``: ENTITY_TYPE of ``crm.timeline.*``.

        For a quote (7) and an invoice (31) no page shows it; the lower-cased long code is unverified.
        """
        return (_LONG_CODES.get(self.entity_type_id) or f"DYNAMIC_{self.entity_type_id}").lower()

    @property
    def _short_code(self) -> str:
        return _SHORT_CODES.get(self.entity_type_id) or f"T{self.entity_type_id:x}"


@dataclass(frozen=True, order=True)
class TaskRef:
    id: int


@dataclass(frozen=True, order=True)
class CommentRef:
    """A comment in the timeline of a CRM item. (A comment of a task is told as the `TaskRef` of its task.)"""

    id: int


@dataclass(frozen=True, order=True)
class ActivityRef:
    id: int


@dataclass(frozen=True, order=True)
class SmartProcessRef:
    """The definition of a smart process, by the id of ``crm.type.*`` (not by entityTypeId)."""

    id: int


@dataclass(frozen=True, order=True)
class GroupRef:
    id: int


@dataclass(frozen=True, order=True)
class PostRef:
    """A post of the live feed."""

    id: int


@dataclass(frozen=True, order=True)
class UserRef:
    id: int


Ref = ItemRef | TaskRef | CommentRef | ActivityRef | SmartProcessRef | GroupRef | PostRef | UserRef
