"""Section ``portal.drive``: storages, folders, files with their versions, and what files are attached to.

How they look is in ``methods/drive.py``. Contents are kept in memory.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sandbox.portal.portal import Portal

USER, GROUP, COMMON, APPLICATION = "user", "group", "common", "restapp"
"""``ENTITY_TYPE`` of a storage."""

COMMON_ENTITY = "shared_files_s1"


class Right(IntEnum):
    """From less to more. Numbers are those of ``TASK_ID`` (api-reference/disk/rights/disk-rights-get-tasks.md)."""

    READ = 71
    EDIT = 75
    FULL = 79


class NameTakenError(Exception):
    """There is such a name in the folder already."""


@dataclass(slots=True)
class Storage:
    id: int
    name: str
    kind: str
    entity: str
    root: int
    """Id of its folder at the top."""


@dataclass(slots=True)
class Version:
    id: int
    object_id: int
    number: int
    name: str
    content: bytes
    at: datetime
    by: int


@dataclass
class Thing:
    """A folder, or a file: then it has versions."""

    id: int
    name: str
    storage: int
    parent: int
    """0 for the folder at the top of its storage."""
    created: datetime
    created_by: int
    updated: datetime
    updated_by: int
    deleted: datetime | None = None
    deleted_by: int = 0
    in_bin: bool = False
    versions: list[Version] = field(default_factory=list)
    """Oldest first; empty for a folder."""
    rights: dict[str, Right] = field(default_factory=dict)
    """Given on it and all below it, by access code: ``U5``, ``D4``, ``DR4``, ``*``."""

    @property
    def is_file(self) -> bool:
        return bool(self.versions)

    @property
    def size(self) -> int:
        return len(self.versions[-1].content) if self.versions else 0


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that hangs on a task."""

    id: int
    object_id: int
    entity_id: int
    at: datetime
    by: int


class Drive:
    def __init__(self, portal: Portal) -> None:
        self._portal = portal
        self._storages: dict[tuple[str, str], Storage] = {}
        self._things: dict[int, Thing] = {}
        self._below: dict[int, list[int]] = {}
        self._versions: dict[int, Version] = {}
        self._attachments: dict[int, Attachment] = {}

    # Storages

    def storage_of(self, kind: str, entity: str, name: str) -> Storage:
        """Made when it is first asked for."""
        key = (kind, entity)
        if key not in self._storages:
            number = self._portal.next_id("disk_storage")
            root = self._put(Thing(self._next(), name, number, 0, *self._now(0), *self._now(0)))
            self._storages[key] = Storage(number, name, kind, entity, root.id)
        return self._storages[key]

    def storages(self) -> list[Storage]:
        """Of every employee and every group, the common one, and those of applications; by id."""
        self.storage_of(COMMON, COMMON_ENTITY, "Общий диск")
        for user in self._portal.staff.users():
            self.storage_of(USER, str(user.id), user.full_name)
        for group in self._portal.workgroups.all():
            self.storage_of(GROUP, str(group.id), group.name)
        return sorted(self._storages.values(), key=lambda storage: storage.id)

    def storage(self, storage_id: int) -> Storage | None:
        return next((storage for storage in self.storages() if storage.id == storage_id), None)

    # What is in them

    def get(self, object_id: int) -> Thing | None:
        if object_id not in self._things:
            self.storages()
        return self._things.get(object_id)

    def version(self, version_id: int) -> Version | None:
        return self._versions.get(version_id)

    def children(self, folder: Thing) -> list[Thing]:
        """Without what is in the bin."""
        things = (self._things[number] for number in self._below.get(folder.id, ()))
        return [thing for thing in things if not thing.in_bin]

    def all(self) -> Iterator[Thing]:
        """By id, the folders at the top and the bin left out."""
        return (thing for thing in self._things.values() if thing.parent and not self._is_binned(thing))

    def add_folder(self, parent: Thing, name: str, *, by: int, rights: dict[str, Right] | None = None) -> Thing:
        """Raises ``NameTakenError``."""
        self._check_name(parent, name)
        folder = Thing(self._next(), name, parent.storage, parent.id, *self._now(by), *self._now(by))
        folder.rights.update(rights or {})
        return self._put(folder)

    def add_file(
        self,
        parent: Thing,
        name: str,
        content: bytes,
        *,
        by: int,
        unique: bool = False,
        rights: dict[str, Right] | None = None,
    ) -> Thing:
        """``unique`` finds a free name: ``file (1).docx``. Raises ``NameTakenError``."""
        if unique:
            name = self._free_name(parent, name)
        self._check_name(parent, name)
        file = Thing(self._next(), name, parent.storage, parent.id, *self._now(by), *self._now(by))
        file.rights.update(rights or {})
        self._add_version(file, name, content, by)
        return self._put(file)

    def add_version(self, file: Thing, content: bytes, *, by: int) -> None:
        self._add_version(file, file.name, content, by)
        self._touch(file, by)

    def rename(self, thing: Thing, name: str, *, by: int) -> None:
        """Raises ``NameTakenError``."""
        if name != thing.name:
            self._check_name(self._things[thing.parent], name)
            thing.name = name
            self._touch(thing, by)

    def move(self, thing: Thing, target: Thing, *, by: int) -> None:
        """Raises ``NameTakenError``; also for a folder that would come to lie in itself (unverified)."""
        if target.id == thing.id or any(above.id == thing.id for above in self.above(target)):
            raise NameTakenError(thing.name)
        self._check_name(target, thing.name)
        self._below[thing.parent].remove(thing.id)
        self._below.setdefault(target.id, []).append(thing.id)
        thing.parent = target.id
        for found in self._tree(thing):
            found.storage = target.storage
        self._touch(thing, by)

    def copy(self, thing: Thing, target: Thing, *, by: int) -> Thing:
        """With everything in it; a file with its newest version alone. Raises ``NameTakenError``."""
        if thing.is_file:
            return self.add_file(target, thing.name, thing.versions[-1].content, by=by)
        inside = list(self.children(thing))
        copied = self.add_folder(target, thing.name, by=by)
        for child in inside:
            self.copy(child, copied, by=by)
        return copied

    def throw_away(self, thing: Thing, *, by: int) -> None:
        """Into the bin."""
        thing.in_bin = True
        thing.deleted, thing.deleted_by = self._portal.clock.now(), by
        self._portal.changed("disk.delete", id=thing.id, by=by)

    def restore(self, thing: Thing, *, by: int) -> None:
        """Out of the bin, under another name where its own is taken by now."""
        thing.name = self._free_name(self._things[thing.parent], thing.name)
        thing.in_bin = False
        self._touch(thing, by)

    def delete(self, thing: Thing) -> None:
        """For good, with everything in it; what it was attached to keeps nothing of it."""
        for found in self._tree(thing):
            del self._things[found.id]
            self._below.pop(found.id, None)
            for version in found.versions:
                del self._versions[version.id]
            for attachment in [a for a in self._attachments.values() if a.object_id == found.id]:
                del self._attachments[attachment.id]
        self._below[thing.parent].remove(thing.id)
        self._portal.changed("disk.delete", id=thing.id)

    def above(self, thing: Thing) -> Iterator[Thing]:
        """The folders it lies in, the nearest first."""
        here = self._things.get(thing.parent)
        while here is not None:
            yield here
            here = self._things.get(here.parent)

    # Who may

    def may(self, user_id: int, thing: Thing, right: Right) -> bool:
        """One's own storage, a group's for its members, the common one for everyone to edit, all for administrators;
        and what was given on the thing or on a folder above it."""
        if self._portal.staff.is_admin(user_id) or self._owns(user_id, thing, right):
            return True
        given = [
            held
            for place in (thing, *self.above(thing))
            for code, held in place.rights.items()
            if self._is(user_id, code)
        ]
        return max(given, default=0) >= right

    def _owns(self, user_id: int, thing: Thing, right: Right) -> bool:
        storage = next(storage for storage in self._storages.values() if storage.id == thing.storage)
        if storage.kind == USER:
            return storage.entity == str(user_id)
        if storage.kind == GROUP:
            return self._portal.workgroups.role(int(storage.entity), user_id) is not None
        return storage.kind == APPLICATION or (right <= Right.EDIT and self._portal.staff.is_active(user_id))

    def _is(self, user_id: int, code: str) -> bool:
        number = int(code.lstrip("UDR") or 0) if code.lstrip("UDR").isdigit() else 0
        if code == "*":
            return True
        if code.startswith("DR"):
            return user_id in self._portal.staff.people_below(number)
        if code.startswith("D"):
            return user_id in self._portal.staff.people_in(number)
        return code.startswith("U") and number == user_id

    # What files hang on

    def attach(self, file: Thing, task_id: int, *, by: int) -> Attachment:
        attachment = Attachment(self._portal.next_id("disk_attachment"), file.id, task_id, self._portal.clock.now(), by)
        self._attachments[attachment.id] = attachment
        return attachment

    def attachment(self, attachment_id: int) -> Attachment | None:
        return self._attachments.get(attachment_id)

    # Inside

    def _next(self) -> int:
        return self._portal.next_id("disk_object")

    def _now(self, by: int) -> tuple[datetime, int]:
        return self._portal.clock.now(), by

    def _put(self, thing: Thing) -> Thing:
        self._things[thing.id] = thing
        if thing.parent:
            self._below.setdefault(thing.parent, []).append(thing.id)
            self._portal.changed("disk.add", id=thing.id, by=thing.created_by)
        return thing

    def _touch(self, thing: Thing, by: int) -> None:
        thing.updated, thing.updated_by = self._now(by)
        self._portal.changed("disk.update", id=thing.id, by=by)

    def _add_version(self, file: Thing, name: str, content: bytes, by: int) -> None:
        number = self._portal.next_id("disk_version")
        version = Version(number, file.id, len(file.versions) + 1, name, content, self._portal.clock.now(), by)
        file.versions.append(version)
        self._versions[number] = version

    def _tree(self, thing: Thing) -> list[Thing]:
        found = [thing]
        for number in self._below.get(thing.id, ()):
            found.extend(self._tree(self._things[number]))
        return found

    def _is_binned(self, thing: Thing) -> bool:
        return thing.in_bin or any(above.in_bin for above in self.above(thing))

    def _check_name(self, parent: Thing, name: str) -> None:
        if name in self._names(self.children(parent)):
            raise NameTakenError(name)

    def _names(self, things: Iterable[Thing]) -> set[str]:
        return {thing.name for thing in things}

    def _free_name(self, parent: Thing, name: str) -> str:
        taken = self._names(self.children(parent))
        stem, dot, extension = name.rpartition(".")
        if not dot:
            stem, extension = name, ""
        number, free = 0, name
        while free in taken:
            number += 1
            free = f"{stem} ({number}){dot}{extension}"
        return free
