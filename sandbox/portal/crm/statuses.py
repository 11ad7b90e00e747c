"""Dictionaries of the CRM (sources, deal types...) and, among them, the stages of its funnels.

Source: api-reference/crm/status/. A stage is an entry of a dictionary named after its funnel: ``DEAL_STAGE_3``,
``DYNAMIC_1030_STAGE_15``; its semantics (in process, success, failure) cannot be changed later.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from sandbox.portal.errors import RestError

PROCESS, SUCCESS, FAILURE = "P", "S", "F"

STAGE_DICTIONARY = re.compile(r"STATUS|QUOTE_STATUS|DEAL_STAGE(_\d+)?|DYNAMIC_\d+_STAGE_\d+|SMART_INVOICE_STAGE_\d+")
SAFE_CODE = re.compile(r"[A-Za-z0-9_-]+")
SAFE_CODE_WANTED = re.compile(r"STATUS|QUOTE_STATUS|DEAL_STAGE(_\d+)?")
"""Other dictionaries take any characters."""
LENGTHS = {"STATUS": 21, "DEAL_STAGE": 22, "QUOTE_STATUS": 22}
LONGEST = 50


@dataclass
class Status:
    id: int
    entity_id: str
    status_id: str
    """With the prefix of its funnel: ``C3:NEW``, ``DT1030_15:NEW``."""
    name: str
    sort: int
    color: str = ""
    semantics: str = PROCESS
    system: bool = False
    name_init: str = ""
    """The name a system entry was created with."""
    category_id: int | None = None


@dataclass(frozen=True)
class Dictionary:
    """What stands behind an ``ENTITY_ID``. ``prefix`` is put before the codes of its entries: ``C3``, ``DT1030_15``."""

    id: str
    name: str
    entity_type_id: int | None = None
    category_id: int | None = None
    prefix: str = ""

    @property
    def has_stages(self) -> bool:
        return STAGE_DICTIONARY.fullmatch(self.id) is not None

    def full_code(self, code: str) -> str:
        return code if not self.prefix or code.startswith(f"{self.prefix}:") else f"{self.prefix}:{code}"


@dataclass(frozen=True)
class Entry:
    """A dictionary entry to be created with its dictionary; the code is without a prefix."""

    code: str
    name: str
    color: str = ""
    semantics: str = PROCESS
    system: bool = False


class Statuses:
    def __init__(self) -> None:
        self._next_id = 1
        self._by_id: dict[int, Status] = {}
        self._dictionaries: dict[str, Dictionary] = {}
        self._entries: dict[str, dict[str, Status]] = {}

    # Dictionaries

    def create_dictionary(self, dictionary: Dictionary, entries: Iterable[Entry]) -> None:
        """Entries get SORT 10, 20, 30..."""
        self._dictionaries[dictionary.id] = dictionary
        self._entries[dictionary.id] = {}
        for place, entry in enumerate(entries, start=1):
            self._store(
                dictionary,
                Status(
                    id=0,
                    entity_id=dictionary.id,
                    status_id=dictionary.full_code(entry.code),
                    name=entry.name,
                    sort=place * 10,
                    color=entry.color,
                    semantics=entry.semantics,
                    system=entry.system,
                    name_init=entry.name if entry.system else "",
                ),
            )

    def drop_dictionary(self, entity_id: str) -> None:
        for status in self._entries.pop(entity_id, {}).values():
            del self._by_id[status.id]
        self._dictionaries.pop(entity_id, None)

    def rename_dictionary(self, entity_id: str, name: str) -> None:
        old = self._dictionaries[entity_id]
        self._dictionaries[entity_id] = Dictionary(entity_id, name, old.entity_type_id, old.category_id, old.prefix)

    def dictionary(self, entity_id: str) -> Dictionary | None:
        return self._dictionaries.get(entity_id)

    def dictionaries(self) -> list[Dictionary]:
        return list(self._dictionaries.values())

    def dictionaries_of(self, entity_type_id: int) -> list[str]:
        """``ENTITY_ID`` of the stages of each funnel."""
        return [one.id for one in self._dictionaries.values() if one.entity_type_id == entity_type_id]

    # Entries

    def all(self) -> list[Status]:
        return sorted(self._by_id.values(), key=lambda status: (status.sort, status.id))

    def of(self, entity_id: str) -> list[Status]:
        """Entries of a dictionary in the order a person sees them."""
        return sorted(self._entries.get(entity_id, {}).values(), key=lambda status: (status.sort, status.id))

    def get(self, number: int) -> Status | None:
        return self._by_id.get(number)

    def find(self, entity_id: str, status_id: str) -> Status | None:
        return self._entries.get(entity_id, {}).get(status_id)

    def first(self, entity_id: str) -> Status | None:
        """The stage a new item gets, the default value of a dictionary field."""
        entries = self.of(entity_id)
        return entries[0] if entries else None

    def add(
        self, entity_id: str, code: str, name: str, *, sort: int = 10, color: str = "", semantics: str = PROCESS
    ) -> Status:
        """A new entry; raises the refusals of ``crm.status.add``, most of which have an empty code."""
        dictionary = self._dictionaries.get(entity_id)
        if dictionary is None:
            raise RestError("", "Specified entity type is not supported.")
        if not name.strip():
            raise RestError("", 'Не заполнено обязательное поле "Заголовок"')
        full_code = dictionary.full_code(code)
        self._check_code(dictionary, code)
        if full_code in self._entries[entity_id]:
            raise RestError("ERROR_CORE", "Указанный идентификатор статуса, уже существует.")
        if dictionary.has_stages:
            self._check_place(entity_id, sort, semantics, besides=None)
        status = Status(0, entity_id, full_code, name, sort, color, semantics)
        self._store(dictionary, status)
        return status

    def update(self, status: Status, *, name: str | None, sort: int | None, color: str | None) -> bool:
        """Change what is given; semantics are not among it (crm-status-update.md). ``False`` when nothing differs."""
        if name is not None and not name.strip():
            raise RestError("", 'Не заполнено обязательное поле "Заголовок"')
        dictionary = self._dictionaries[status.entity_id]
        if sort is not None and sort != status.sort and dictionary.has_stages:
            self._check_place(status.entity_id, sort, status.semantics, besides=status)
        before = (status.name, status.sort, status.color)
        status.name = status.name if name is None else name
        status.sort = status.sort if sort is None else sort
        status.color = status.color if color is None else color
        return before != (status.name, status.sort, status.color)

    def delete(self, status: Status, *, forced: bool) -> None:
        """Whether items are on the stage is the caller's check. The last stage of a group stays."""
        if status.system and not forced:
            raise RestError(
                "",
                'CRM System Status can be deleted only if parameter FORCED is specified and equal to "Y".',
            )
        if self._dictionaries[status.entity_id].has_stages and not any(
            other.semantics == status.semantics and other is not status for other in self.of(status.entity_id)
        ):
            raise RestError("", "Error on deleting status.")
        del self._entries[status.entity_id][status.status_id]
        del self._by_id[status.id]

    def _store(self, dictionary: Dictionary, status: Status) -> None:
        status.id = self._next_id
        self._next_id += 1
        status.category_id = dictionary.category_id if dictionary.prefix else None
        self._by_id[status.id] = status
        self._entries[dictionary.id][status.status_id] = status

    def _check_code(self, dictionary: Dictionary, code: str) -> None:
        bare = code.removeprefix(f"{dictionary.prefix}:") if dictionary.prefix else code
        limit = LENGTHS.get(dictionary.id, LONGEST)
        if len(dictionary.full_code(code)) > limit:
            raise RestError("", f"Длина идентификатора статуса не должна превышать {limit}")
        if SAFE_CODE_WANTED.fullmatch(dictionary.id) and not SAFE_CODE.fullmatch(bare):
            raise RestError("", "Идентификатор статуса содержит недопустимые символы")

    def _check_place(self, entity_id: str, sort: int, semantics: str, besides: Status | None) -> None:
        """Stages in process stand before the successful one, and that one before the failed ones. The text for a failed
        stage and for a second successful one is not documented (unverified)."""
        others = [status for status in self._entries[entity_id].values() if status is not besides]
        won = [status.sort for status in others if status.semantics == SUCCESS]
        in_process = [status.sort for status in others if status.semantics == PROCESS]
        failed = [status.sort for status in others if status.semantics == FAILURE]
        if semantics == SUCCESS and won:
            raise RestError("", "Успешная стадия может быть только одна")
        if semantics == PROCESS and any(sort > place for place in won):
            raise RestError("", "Нельзя создать промежуточную стадию после успешной")
        if semantics == SUCCESS and (any(sort < p for p in in_process) or any(sort > p for p in failed)):
            raise RestError("", "Успешная стадия должна стоять после промежуточных и перед провальными")
        if semantics == FAILURE and any(sort < place for place in won):
            raise RestError("", "Нельзя создать провальную стадию перед успешной")
