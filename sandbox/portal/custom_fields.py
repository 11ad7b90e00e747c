"""Fields people add to users and tasks: ``portal.staff.fields``, ``portal.tasks.fields``.

Those of the CRM are another matter, in ``crm/user_fields.py``. Requests and answers are in
``methods/custom_fields.py``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sandbox.portal.clock import iso
from sandbox.portal.loose import as_flag, as_int, as_list, as_number, as_text
from sandbox.portal.moments import read_moment
from sandbox.portal.php import JSON

if TYPE_CHECKING:
    from sandbox.portal.portal import Portal

SETTINGS: Mapping[str, Mapping[str, JSON]] = {
    "string": {"SIZE": 20, "ROWS": 1, "REGEXP": "", "MIN_LENGTH": 0, "MAX_LENGTH": 0, "DEFAULT_VALUE": ""},
    "integer": {"SIZE": 20, "MIN_VALUE": 0, "MAX_VALUE": 0, "DEFAULT_VALUE": None},
    "double": {"PRECISION": 4, "SIZE": 20, "MIN_VALUE": 0, "MAX_VALUE": 0, "DEFAULT_VALUE": None},
    "boolean": {"DEFAULT_VALUE": 0, "DISPLAY": "CHECKBOX", "LABEL": ["", ""], "LABEL_CHECKBOX": ""},
    "datetime": {"DEFAULT_VALUE": {"TYPE": "NONE", "VALUE": ""}, "USE_SECOND": "Y", "USE_TIMEZONE": "N"},
    "date": {"DEFAULT_VALUE": {"TYPE": "NONE", "VALUE": ""}},
    "enumeration": {"DISPLAY": "LIST", "LIST_HEIGHT": 1, "CAPTION_NO_VALUE": "", "SHOW_NO_VALUE": "Y"},
    "money": {"DEFAULT_VALUE": ""},
    "url": {"POPUP": "Y", "SIZE": 20, "MIN_LENGTH": 0, "MAX_LENGTH": 0, "DEFAULT_VALUE": "", "ROWS": 1},
    "address": {"SHOW_MAP": "Y"},
    "file": {"SIZE": 20, "LIST_WIDTH": 200, "LIST_HEIGHT": 200, "MAX_ALLOWED_SIZE": 0, "EXTENSIONS": []},
    "employee": {},
    "crm": {"LEAD": "Y", "CONTACT": "Y", "COMPANY": "Y", "DEAL": "Y"},
    "crm_status": {"ENTITY_TYPE": ""},
    "iblock_section": {},
    "iblock_element": {},
}
"""Of each type there is, what its fields have when nothing is said."""


@dataclass(slots=True)
class Choice:
    """An element of a list."""

    id: int
    value: str
    sort: int
    default: bool
    xml_id: str


@dataclass
class CustomField:
    id: int
    name: str
    type: str
    xml_id: str | None = None
    sort: int = 100
    multiple: bool = False
    mandatory: bool = False
    show_filter: str = "N"
    show_in_list: bool = True
    edit_in_list: bool = True
    searchable: bool = False
    settings: dict[str, JSON] = field(default_factory=dict)
    labels: dict[str, dict[str, str]] = field(default_factory=dict)
    """``EDIT_FORM_LABEL`` and its neighbours, each by language."""
    choices: list[Choice] = field(default_factory=list)
    system: bool = False
    """Came with the portal: shown among the others, but neither changed nor deleted."""

    @property
    def title(self) -> str:
        words = self.labels.get("EDIT_FORM_LABEL", {})
        return words.get("ru") or words.get("en") or self.name

    def read(self, value: JSON) -> JSON:
        """What is kept of a value that was written; what cannot be understood is nothing."""
        if self.multiple:
            values = [self._read_one(element) for element in as_list(value)]
            return [element for element in values if element is not None]
        return self._read_one(as_list(value)[0] if isinstance(value, list) and value else value)

    def _read_one(self, value: JSON) -> JSON:
        if self.type in ("integer", "enumeration", "employee", "file"):
            return as_int(value)
        if self.type == "double":
            return as_number(value)
        if self.type == "boolean":
            return "1" if as_flag(value) else "0"
        if self.type in ("date", "datetime"):
            moment = read_moment(value)
            return None if moment is None else iso(moment)
        return as_text(value) or None

    def is_empty(self, value: JSON) -> bool:
        return value is None or value == [] or value == ""


class CustomFields:
    """``entity`` is ``USER`` or ``TASKS_TASK``, ``prefix`` what every name begins with."""

    def __init__(self, portal: Portal, entity: str, prefix: str) -> None:
        self._portal = portal
        self.entity = entity
        self.prefix = prefix
        self._fields: dict[int, CustomField] = {}

    def all(self) -> list[CustomField]:
        """By id."""
        return list(self._fields.values())

    def get(self, field_id: int) -> CustomField | None:
        return self._fields.get(field_id)

    def named(self, name: str) -> CustomField | None:
        return next((known for known in self._fields.values() if known.name == name), None)

    def full_name(self, name: str) -> str:
        """``DEALS`` and ``UF_DEALS`` become ``UF_USR_DEALS`` (api-reference/user/userfields/user-userfield-add.md)."""
        upper = name.upper()
        return upper if upper.startswith(self.prefix) else self.prefix + upper.removeprefix("UF_")

    def add(self, name: str, kind: str, **fields: object) -> CustomField:
        """``fields`` are those of ``CustomField``. The name must be free and the type one of ``SETTINGS``, or a system
        field's own."""
        made = CustomField(self._portal.next_id("custom_field"), self.full_name(name), kind)
        made.settings = dict(SETTINGS.get(kind, {}))
        self._fields[made.id] = made
        self.update(made, **fields)
        return made

    def update(self, known: CustomField, **fields: object) -> None:
        """Change attributes by their names; ``settings`` and ``labels`` are merged into what there is."""
        for name, value in fields.items():
            kept = getattr(known, name)
            if isinstance(kept, dict) and isinstance(value, dict):
                kept.update(value)
            else:
                setattr(known, name, value)
        self._portal.changed("custom_field.update", id=known.id, entity=self.entity)

    def delete(self, known: CustomField) -> None:
        del self._fields[known.id]
        self._portal.changed("custom_field.delete", id=known.id, entity=self.entity)

    def choices(self, values: Iterable[Mapping[str, JSON]]) -> list[Choice]:
        """Elements of a list from ``[{VALUE, SORT, DEF, XML_ID}]``."""
        made: list[Choice] = []
        for said in values:
            number = self._portal.next_id("custom_choice")
            made.append(
                Choice(
                    id=number,
                    value=as_text(said.get("VALUE")) or "",
                    sort=as_int(said.get("SORT")) or 100 * len(made),
                    default=bool(as_flag(said.get("DEF"))),
                    xml_id=as_text(said.get("XML_ID"))
                    or hashlib.md5(f"{self.entity}{number}".encode(), usedforsecurity=False).hexdigest(),
                )
            )
        return made

    def read(self, sent: Mapping[str, JSON]) -> dict[str, JSON]:
        """Values of the known fields among what was sent; names nobody has made are passed over."""
        return {known.name: known.read(sent[known.name]) for known in self.all() if known.name in sent}

    def show(self, kept: Mapping[str, JSON]) -> dict[str, JSON]:
        """Every field with its value; nothing is ``false`` in a multiple one, as in the system's own."""
        return {
            known.name: kept.get(known.name) or (False if known.multiple else kept.get(known.name))
            for known in self.all()
            if not known.system
        }
