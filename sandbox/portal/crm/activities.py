"""Activities: calls, meetings, mails, universal to-dos and what applications configure.

Source: api-reference/crm/timeline/activities/. Each is bound to at least one item; its owner is the first it was
bound to.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import TYPE_CHECKING

from sandbox.portal.crm.filters import Column
from sandbox.portal.crm.rows import Rows
from sandbox.portal.crm.timeline import Owner
from sandbox.portal.crm.values import INTEGER, MOMENT, TEXT, Stored
from sandbox.portal.errors import RestError
from sandbox.portal.php import JSON

if TYPE_CHECKING:
    from sandbox.portal.portal import Portal

MEETING, CALL, TASK, MAIL, BY_PROVIDER = 1, 2, 3, 4, 6
WAITING, COMPLETED, AUTO_COMPLETED = 1, 2, 3
"""``STATUS`` (api-reference/crm/data-types.md)."""
TODO, CONFIGURABLE, OF_APPLICATION = "CRM_TODO", "CONFIGURABLE_REST_APP", "REST_APP"
"""``PROVIDER_ID``; that of configurable activities is known from crm.activity.list on real portals (unverified)."""
MOST_BINDINGS = 100


@dataclass
class Activity:
    id: int
    owners: list[Owner]
    type_id: int
    provider_id: str
    provider_type_id: str
    subject: str
    responsible_id: int
    author_id: int
    editor_id: int
    created: datetime
    updated: datetime
    start: datetime | None = None
    end: datetime | None = None
    deadline: datetime | None = None
    status: int = WAITING
    priority: int = 2
    notify_type: int = 0
    notify_value: int = 0
    description: str = ""
    description_type: int = 1
    direction: int = 0
    location: str = ""
    provider_group_id: str | None = None
    associated_entity_id: int = 0
    originator_id: str | None = None
    origin_id: str | None = None
    settings: Mapping[str, JSON] = field(default_factory=dict)
    provider_params: Mapping[str, JSON] = field(default_factory=dict)
    provider_data: str | None = None
    incoming_channel: bool = False
    communications: list[dict[str, JSON]] = field(default_factory=list)
    ping_offsets: list[int] = field(default_factory=list)
    layout: Mapping[str, JSON] = field(default_factory=dict)
    """Of a configurable activity."""
    badge_code: str = ""
    application_id: int = 0
    """Whose configurable activity it is."""

    @property
    def completed(self) -> bool:
        return self.status != WAITING


CHANGEABLE = frozenset(one.name for one in fields(Activity)) - {"id", "owners", "author_id", "created"}


class Activities(Rows[Activity]):
    """Changes are announced; the items an activity is bound to remember when something last happened there."""

    def __init__(self, portal: Portal) -> None:
        super().__init__()
        self._portal = portal
        self._of_item: dict[Owner, list[int]] = {}

    def of(self, owner: Owner) -> list[Activity]:
        """Oldest first."""
        found = (self.get(number) for number in self._of_item.get(owner, []))
        return [activity for activity in found if activity is not None]

    def start(
        self, owners: list[Owner], type_id: int, provider_id: str, provider_type_id: str, subject: str, by: int
    ) -> Activity:
        """A new activity that nobody knows of yet; ``announce_new`` finishes it."""
        now = self._portal.clock.now()
        number = self._portal.next_id("activity")
        return Activity(number, owners, type_id, provider_id, provider_type_id, subject, by, by, by, now, now)

    def announce_new(self, activity: Activity) -> None:
        self.add(activity)
        for owner in activity.owners:
            self._of_item.setdefault(owner, []).append(activity.id)
        self._touch_owners(activity, activity.author_id)
        self._announce("ADD", activity, activity.author_id)

    def change(self, activity: Activity, by: int, values: Mapping[str, object]) -> None:
        """Set fields of ``Activity`` by their names. Raises ``KeyError`` for one that does not change."""
        unknown = set(values) - CHANGEABLE
        if unknown:
            raise KeyError(f"an activity has no changeable field {sorted(unknown)[0]!r}")
        with self.changing(activity, COLUMN_KEYS):
            for name, value in values.items():
                setattr(activity, name, value)
            activity.editor_id, activity.updated = by, self._portal.clock.now()
        self._touch_owners(activity, by)
        self._announce("UPDATE", activity, by)

    def delete(self, activity: Activity, by: int) -> None:
        self._touch_owners(activity, by)
        self._forget(activity)
        self._announce("DELETE", activity, by)

    def bind(self, activity: Activity, owner: Owner) -> None:
        """Raises ``ACTIVITY_IS_ALREADY_BOUND``; what is said to the 101st item is not documented (unverified)."""
        if owner in activity.owners:
            raise RestError("ACTIVITY_IS_ALREADY_BOUND", "Дело уже привязано к этому элементу")
        if len(activity.owners) >= MOST_BINDINGS:
            raise RestError("BINDINGS_LIMIT_EXCEEDED", f"Дело привязано к {MOST_BINDINGS} элементам, больше нельзя")
        with self.changing(activity, COLUMN_KEYS):
            activity.owners.append(owner)
        self._of_item.setdefault(owner, []).append(activity.id)

    def unbind(self, activity: Activity, owner: Owner) -> None:
        """Raises ``BINDING_NOT_FOUND``, ``LAST_BINDING_CANNOT_BE_DELETED``."""
        if owner not in activity.owners:
            raise RestError("BINDING_NOT_FOUND", "Дело не привязано к этому элементу")
        if len(activity.owners) == 1:
            raise RestError("LAST_BINDING_CANNOT_BE_DELETED", "Нельзя удалять единственную привязку дела к сущности")
        with self.changing(activity, COLUMN_KEYS):
            activity.owners.remove(owner)
        self._of_item[owner].remove(activity.id)

    def forget_item(self, owner: Owner) -> None:
        """Activities that belong to a deleted item alone go with it, without a word (unverified)."""
        for activity in self.of(owner):
            if len(activity.owners) == 1:
                self._forget(activity)
            else:
                self.unbind(activity, owner)

    def _forget(self, activity: Activity) -> None:
        for owner in activity.owners:
            self._of_item[owner].remove(activity.id)
        self.remove(activity)
        self._portal.crm.timeline.forget_activity(activity.id)

    def _touch_owners(self, activity: Activity, by: int) -> None:
        crm = self._portal.crm
        for entity_type_id, number in activity.owners:
            item = crm.items(entity_type_id).get(number)
            if item is not None:
                crm.saving.touch(crm.kind(entity_type_id), item, by)

    def _announce(self, what: str, activity: Activity, by: int) -> None:
        self._portal.changed(f"crm.activity.{what.lower()}", id=activity.id, by=by)
        self._portal.emit(f"ONCRMACTIVITY{what}", {"FIELDS": {"ID": str(activity.id)}})


def flag(*, on: bool) -> str:
    return "Y" if on else "N"


def text_of(name: str) -> Column[Activity]:
    return Column(name, TEXT, lambda activity: getattr(activity, name))


def number_of(name: str) -> Column[Activity]:
    return Column(name, INTEGER, lambda activity: getattr(activity, name))


def moment_of(name: str) -> Column[Activity]:
    return Column(name, MOMENT, lambda activity: getattr(activity, name))


def owner_part(place: int) -> Column[Activity]:
    def get(activity: Activity) -> Stored:
        return activity.owners[0][place]

    return Column(("owner_type_id", "owner_id")[place], INTEGER, get)


COLUMNS: Mapping[str, Column[Activity]] = {
    "ID": Column("id", INTEGER, lambda activity: activity.id),
    "OWNER_ID": owner_part(1),
    "OWNER_TYPE_ID": owner_part(0),
    "TYPE_ID": number_of("type_id"),
    "PROVIDER_ID": text_of("provider_id"),
    "PROVIDER_TYPE_ID": text_of("provider_type_id"),
    "PROVIDER_GROUP_ID": text_of("provider_group_id"),
    "ASSOCIATED_ENTITY_ID": number_of("associated_entity_id"),
    "SUBJECT": text_of("subject"),
    "CREATED": moment_of("created"),
    "LAST_UPDATED": moment_of("updated"),
    "START_TIME": moment_of("start"),
    "END_TIME": moment_of("end"),
    "DEADLINE": moment_of("deadline"),
    "COMPLETED": Column("completed", TEXT, lambda activity: flag(on=activity.completed)),
    "STATUS": number_of("status"),
    "RESPONSIBLE_ID": number_of("responsible_id"),
    "PRIORITY": number_of("priority"),
    "NOTIFY_TYPE": number_of("notify_type"),
    "NOTIFY_VALUE": number_of("notify_value"),
    "DESCRIPTION": text_of("description"),
    "DESCRIPTION_TYPE": number_of("description_type"),
    "DIRECTION": number_of("direction"),
    "LOCATION": text_of("location"),
    "ORIGINATOR_ID": text_of("originator_id"),
    "ORIGIN_ID": text_of("origin_id"),
    "AUTHOR_ID": number_of("author_id"),
    "EDITOR_ID": number_of("editor_id"),
    "IS_INCOMING_CHANNEL": Column("incoming_channel", TEXT, lambda activity: flag(on=activity.incoming_channel)),
}
"""What ``crm.activity.list`` filters and sorts by."""
COLUMN_KEYS = frozenset(column.key for column in COLUMNS.values())
