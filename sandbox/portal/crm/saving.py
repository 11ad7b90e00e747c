"""What happens when a CRM item is created, changed or deleted.

Source: crm-item-add.md, crm-item-update.md; contract 4.1 and 4.6. Events fire after the change is stored, and nothing
can stop it: REST knows no veto.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sandbox.portal.crm import client_links
from sandbox.portal.crm.collection import Item
from sandbox.portal.crm.currencies import BASE, CURRENCIES
from sandbox.portal.crm.fields import Field
from sandbox.portal.crm.imported_history import read_past
from sandbox.portal.crm.kinds import COMPANY, CONTACT, DEAL, LEAD, QUOTE, Kind, Schema
from sandbox.portal.crm.rights import ADD, DELETE, IMPORT, UPDATE
from sandbox.portal.crm.stage_history import CHANGED_FUNNEL, CREATED, FINISHED, MOVED
from sandbox.portal.crm.statuses import PROCESS, Status
from sandbox.portal.crm.values import ContactPoint, KeptFile, NewFile, Scalar, Stored, StoredFile
from sandbox.portal.errors import RestError
from sandbox.portal.php import JSON

if TYPE_CHECKING:
    from sandbox.portal.crm.section import Crm
    from sandbox.portal.portal import Portal

PLANNED_DURATION = timedelta(days=7)
"""``closedate`` of a new deal or smart-process item: not the moment it was closed."""
NUMBERS = frozenset({"quoteNumber", "accountNumber"})
"""What the portal numbers by itself: a new quote or invoice gets its own id (crm-quote-get.md)."""

Values = dict[str, Stored]


class Saving:
    def __init__(self, portal: Portal, crm: Crm) -> None:
        self._portal = portal
        self._crm = crm

    def add(self, schema: Schema, sent: Mapping[str, JSON], by: int, *, original: bool = False) -> Item:
        """A new item. Unknown and read-only fields are ignored. Raises ``CRM_FIELD_ERROR_VALUE_NOT_VALID``, ``100`` for
        a multiple field that is no array, ``CRM_FIELD_ERROR_REQUIRED`` for an empty one that is mandatory, or is on
        this stage (unverified), ``ACCESS_DENIED``."""
        item = self._create(schema, sent, by, ADD, {}, original=original)
        self._portal.robots.entered(schema.kind, item)
        return item

    def import_item(self, schema: Schema, sent: Mapping[str, JSON], by: int, *, original: bool = False) -> Item:
        """A new item with the history it had elsewhere: no robots, a right of its own, and an administrator may say who
        created, changed and moved it and when. Raises like ``add`` (import/index.md)."""
        youngest = self._crm.items(schema.kind.entity_type_id).last()
        past = read_past(
            schema,
            sent,
            admin=self._portal.staff.is_admin(by),
            youngest=youngest.values.get("createdTime") if youngest else None,
            now=self._portal.clock.now(),
        )
        return self._create(schema, sent, by, IMPORT, past, original=original)

    def _create(
        self, schema: Schema, sent: Mapping[str, JSON], by: int, right: str, past: Values, *, original: bool
    ) -> Item:
        kind, now = schema.kind, self._portal.clock.now()
        values = self._defaults(schema, by, now) | self._read(schema, sent, original=original, known={})
        self._place(schema, values, current=None)
        self._crm.rights.require(self._portal.actor.user_id, right, kind, values)
        self._check_required(schema, values)
        number = self._portal.next_id(f"crm_item_{kind.entity_type_id}")
        if any(one.name == "title" for one in schema.fields) and not values.get("title"):
            values["title"] = f"{kind.title} #{number}"
        values |= {one.name: str(number) for one in schema.fields if one.name in NUMBERS and not values.get(one.name)}
        values |= {"createdBy": by, "updatedBy": by, "createdTime": now, "updatedTime": now}
        values |= {"lastActivityBy": by, "lastActivityTime": now}
        if kind.has_stages:
            values |= {"movedBy": by, "movedTime": now}
        values |= past
        self._derive(kind, values)
        item = Item(number, {name: value for name, value in values.items() if value is not None})
        self._crm.items(kind.entity_type_id).add(item)
        self._crm.client_links.follow(kind.entity_type_id, item, {})
        if kind.has_stages:
            self._write_history(kind, CREATED, item, now)
        self._announce("ADD", kind, item.id, by, list(sent))
        return item

    def update(self, schema: Schema, item: Item, sent: Mapping[str, JSON], by: int, *, original: bool = False) -> bool:
        """Change an item; an update that changes nothing is not saved and raises nothing: ``False``. Mandatory fields
        are checked only when the stage changes inside the same funnel. Raises like ``add``, and an empty code for a
        stage one may not move to."""
        kind, now = schema.kind, self._portal.clock.now()
        self._crm.rights.require(self._portal.actor.user_id, UPDATE, kind, item.values)
        values = self._read(schema, sent, original=original, known=item.values)
        self._place(schema, values, current=item)
        changes = {name: value for name, value in values.items() if not same(item.values.get(name), value)}
        if not changes:
            return False
        moved_stage, moved_funnel = "stageId" in changes, "categoryId" in changes
        if moved_stage:
            after = {**item.values, **changes}
            self._crm.rights.require_stage(self._portal.actor.user_id, kind, after, str(changes["stageId"]))
        if moved_stage and not moved_funnel:
            self._check_required(schema, {**item.values, **changes})
        if moved_stage:
            changes |= {"movedBy": by, "movedTime": now}
            if kind.dynamic:
                changes["previousStageId"] = item.values.get("stageId")
        self._derive(kind, changes, item.values)
        changes |= {"updatedBy": by, "updatedTime": now, "lastActivityBy": by, "lastActivityTime": now}
        before = {name: item.values.get(name) for name in changes}
        self._crm.items(kind.entity_type_id).change(item, changes)
        self._crm.client_links.follow(kind.entity_type_id, item, {**item.values, **before})
        if moved_stage or moved_funnel:
            self._write_history(kind, self._movement(kind, item, moved_funnel), item, now)
        if moved_funnel and kind.entity_type_id == DEAL:
            self._announce_deal_funnel(item, by, list(sent))
        else:
            self._announce("UPDATE", kind, item.id, by, sorted(changes))
        if moved_stage:
            self._portal.robots.entered(kind, item)
        return True

    def delete(self, kind: Kind, item: Item, by: int) -> None:
        """Children lose their parent, without being updated (unverified). Raises ``ACCESS_DENIED``."""
        self._crm.rights.require(self._portal.actor.user_id, DELETE, kind, item.values)
        number = kind.entity_type_id
        field = f"parentId{number}"
        for relation in self._crm.relations.children_of(number):
            children = self._crm.items(relation.child)
            for child_id in list(children.with_value(field, item.id)):
                child = children.get(child_id)
                if child is not None:
                    children.change(child, {field: None})
        self._crm.items(number).remove(item)
        self._crm.client_links.forget(number, item)
        self._crm.product_rows.forget(kind, item)
        self._crm.history.forget_item(number, item.id)
        self._crm.timeline.forget_item((number, item.id))
        self._crm.activities.forget_item((number, item.id))
        self._announce("DELETE", kind, item.id, by, [])

    def touch(self, kind: Kind, item: Item, by: int) -> None:
        """Something happened in the timeline: no update, no event."""
        self._crm.items(kind.entity_type_id).change(
            item, {"lastActivityBy": by, "lastActivityTime": self._portal.clock.now()}
        )

    # Values

    def _read(self, schema: Schema, sent: Mapping[str, JSON], *, original: bool, known: Mapping[str, Stored]) -> Values:
        values: Values = {}
        for name, value in sent.items():
            field = schema.find(name, original=original)
            if field is None or field.read_only or field.disabled:
                continue
            values[field.name] = self._settle(field, field.read(value), known.get(field.name))
        client_links.complete(schema, values)
        return values

    def _settle(self, field: Field, value: Stored, before: Stored) -> Stored:
        """What a value means on this portal: references must exist, files get ids, statuses are in a dictionary."""
        if field.name.startswith("parentId") and isinstance(value, int) and value:
            parent = int(field.name.removeprefix("parentId"))
            if self._crm.items(parent).get(value) is None:
                raise field.invalid()
        if field.name.startswith("parentId") and value == 0:
            return None
        if field.type == "file":
            return self._store_files(field, value, before)
        if field.type == "crm_multifield" and isinstance(value, tuple):
            return self._merge_contact_points(value, before)
        in_dictionary = field.status_type and field.name != "stageId" and isinstance(value, str)
        if in_dictionary and self._crm.statuses.find(field.status_type, str(value)) is None:
            raise field.invalid()
        if field.type == "crm_currency" and value is not None and value not in CURRENCIES:
            raise field.invalid()
        return value

    def _store_files(self, field: Field, value: Stored, before: Stored) -> Stored:
        """The full new set: files that are not named are gone, and a wrong id erases (api-reference/files/)."""
        kept = {file.id: file for file in as_tuple(before) if isinstance(file, StoredFile)}
        stored: list[Scalar] = []
        for sent in as_tuple(value):
            if isinstance(sent, NewFile):
                number = self._portal.next_id("file")
                stored.append(StoredFile(number, sent.name, sent.content, file_url(self._portal.address, number)))
            elif isinstance(sent, KeptFile) and sent.id in kept:
                stored.append(kept[sent.id])
        if field.multiple:
            return tuple(stored)
        return stored[0] if stored else None

    def _merge_contact_points(self, sent: tuple[Scalar, ...], before: Stored) -> Stored:
        """Those with an id are changed, or deleted by an empty value; the others are added."""
        points = {point.id: point for point in as_tuple(before) if isinstance(point, ContactPoint)}
        for point in sent:
            if not isinstance(point, ContactPoint):
                continue
            if not point.value:
                points.pop(point.id, None)
            elif point.id in points:
                points[point.id] = point
            else:
                new = replace(point, id=self._portal.next_id("contact_point"))
                points[new.id] = new
        return tuple(points.values())

    def _defaults(self, schema: Schema, by: int, now: datetime) -> Values:
        """What a new item has where nothing was sent (crm-item-add.md)."""
        today = now.date()
        common: Values = {
            "opened": True,
            "assignedById": by,
            "currencyId": BASE,
            "begindate": today,
            "closedate": today + PLANNED_DURATION,
            "actualDate": today + PLANNED_DURATION,
            "export": True,
            "revenue": 0,
        }
        values: Values = {}
        for field in schema.fields:
            if field.name in common:
                values[field.name] = common[field.name]
            elif field.name in ("typeId", "sourceId"):
                first = self._crm.statuses.first(field.status_type)
                values[field.name] = first.status_id if first else None
        for own in self._crm.user_fields.of(schema.kind.user_field_entity):
            default = own.default_value(now)
            if default is not None and default != "":
                values[own.name] = own.as_field().read(default)
        if schema.kind.entity_type_id in (CONTACT, COMPANY):
            values["categoryId"] = 0
        return values

    def _check_required(self, schema: Schema, values: Mapping[str, Stored]) -> None:
        kind, stage_id = schema.kind, values.get("stageId")
        wanted: set[str] = set()
        if kind.has_stages and isinstance(stage_id, str):
            stages = self._crm.statuses.of(kind.stage_dictionary(as_funnel(values)))
            wanted = self._crm.requirements.fields_wanted(stages, stage_id)
        for field in schema.fields:
            if (field.required or field.name in wanted) and values.get(field.name) in (None, (), ""):
                raise RestError("CRM_FIELD_ERROR_REQUIRED", f'Не заполнено обязательное поле "{field.title}"')

    # Stages

    def _place(self, schema: Schema, values: Values, current: Item | None) -> None:
        """Complete and check the funnel and the stage of ``values``."""
        kind = schema.kind
        if not kind.has_stages and not kind.has_funnels:
            return
        before = current.values if current else {}
        funnel_id = self._funnel(schema, values, before)
        changes_funnel = kind.has_funnels and before.get("categoryId") != funnel_id
        if kind.has_funnels and (changes_funnel or "categoryId" in values):
            values["categoryId"] = funnel_id
        if not kind.has_stages:
            return
        dictionary = kind.stage_dictionary(funnel_id)
        wanted = values.get("stageId")
        if isinstance(wanted, str) and self._crm.statuses.find(dictionary, wanted):
            return
        if wanted is not None and not self._forgives_stage(kind, values, current):
            field = schema.find("stageId", original=True)
            raise field.invalid() if field else RestError("NOT_FOUND", "Стадия не найдена")
        if wanted is not None or changes_funnel or current is None:
            first = self._crm.statuses.first(dictionary)
            values["stageId"] = first.status_id if first else None
        else:
            values.pop("stageId", None)

    def _funnel(self, schema: Schema, values: Values, before: Mapping[str, Stored]) -> int:
        """The funnel the item will be in. Of a smart process a stage without ``categoryId`` means the default funnel
        (crm-item-update.md: "если идентификатор не указан, смарт-процесс будет перемещен в основную воронку")."""
        kind = schema.kind
        if not kind.has_funnels:
            return 0
        wanted = values.get("categoryId")
        if isinstance(wanted, int):
            if self._crm.funnels.get(kind, wanted) is None:
                field = schema.find("categoryId", original=True)
                raise field.invalid() if field else RestError("NOT_FOUND", "Воронка не найдена")
            return wanted
        values.pop("categoryId", None)
        current = before.get("categoryId")
        if not isinstance(current, int) or (kind.dynamic and values.get("stageId") is not None):
            return self._crm.funnels.default(kind).id
        return current

    def _forgives_stage(self, kind: Kind, values: Values, current: Item | None) -> bool:
        """An item of a smart process sent to the default funnel by a forgotten ``categoryId`` lands on its first stage
        (inferred), instead of being refused."""
        return (
            current is not None
            and kind.dynamic
            and values.get("categoryId") is not None
            and (values["categoryId"] != current.values.get("categoryId"))
        )

    def _derive(self, kind: Kind, values: Values, before: Mapping[str, Stored] | None = None) -> None:
        """Fields that follow from others: semantics, "closed", phones."""
        stage = values.get("stageId")
        if isinstance(stage, str) and not kind.dynamic:
            semantics = self._semantics(kind, {**(before or {}), **values})
            final = semantics != PROCESS
            values["stageSemanticId"] = semantics
            if kind.entity_type_id in (DEAL, QUOTE):
                values["closed"] = final
            if kind.entity_type_id == DEAL:
                first = self._crm.statuses.first(kind.stage_dictionary(as_funnel({**(before or {}), **values})))
                values["isNew"] = first is not None and first.status_id == stage
            if kind.entity_type_id == LEAD:
                values["dateClosed"] = self._portal.clock.now() if final else None
        if "fm" in values:
            values |= contact_summary(as_tuple(values["fm"]))

    def _semantics(self, kind: Kind, values: Mapping[str, Stored]) -> str:
        status = self._stage(kind, values)
        return status.semantics if status else PROCESS

    def _stage(self, kind: Kind, values: Mapping[str, Stored]) -> Status | None:
        return self._crm.statuses.find(kind.stage_dictionary(as_funnel(values)), str(values.get("stageId")))

    def _movement(self, kind: Kind, item: Item, moved_funnel: bool) -> int:
        if moved_funnel:
            return CHANGED_FUNNEL
        return MOVED if self._semantics(kind, item.values) == PROCESS else FINISHED

    def _write_history(self, kind: Kind, type_: int, item: Item, now: datetime) -> None:
        self._crm.history.write(
            kind.entity_type_id,
            type_,
            item.id,
            now,
            as_funnel(item.values),
            self._semantics(kind, item.values),
            str(item.values.get("stageId") or ""),
        )

    # Announcements

    def _announce(self, what: str, kind: Kind, number: int, by: int, fields: list[str]) -> None:
        """Smart processes raise a generic event and one with the type in its name; the others one of their own."""
        self._note(what, kind.entity_type_id, number, by, fields)
        if not kind.dynamic:
            self._portal.emit(f"ONCRM{kind.symbol}{what}", {"FIELDS": {"ID": str(number)}})
            return
        data = {"FIELDS": {"ID": str(number), "ENTITY_TYPE_ID": str(kind.entity_type_id)}}
        self._portal.emit(f"ONCRMDYNAMICITEM{what}", data)
        self._portal.emit(f"ONCRMDYNAMICITEM{what}_{kind.entity_type_id}", data)

    def _announce_deal_funnel(self, item: Item, by: int, fields: list[str]) -> None:
        """Not an UPDATE, and only applications can hear it (api-reference/crm/deals/events/)."""
        self._note("UPDATE", DEAL, item.id, by, fields)
        self._portal.emit(
            "ONCRMDEALMOVETOCATEGORY",
            {
                "FIELDS": {
                    "ID": str(item.id),
                    "CATEGORY_ID": str(item.values.get("categoryId") or 0),
                    "STAGE_ID": str(item.values.get("stageId") or ""),
                }
            },
        )

    def _note(self, what: str, entity_type_id: int, number: int, by: int, fields: list[str]) -> None:
        self._portal.changed(f"crm.item.{what.lower()}", entity_type_id=entity_type_id, id=number, by=by, fields=fields)


def same(before: Stored, after: Stored) -> bool:
    """Empty values of different looks are the same."""
    return before == after or (before in (None, "", ()) and after in (None, "", ()))


def as_tuple(value: Stored) -> tuple[Scalar, ...]:
    return value if isinstance(value, tuple) else () if value is None else (value,)


def as_funnel(values: Mapping[str, Stored]) -> int:
    funnel = values.get("categoryId")
    return funnel if isinstance(funnel, int) else 0


def file_url(address: str, number: int) -> str:
    return f"{address}/bitrix/services/main/ajax.php?action=crm.controller.item.getFile&fileId={number}"


def contact_summary(points: tuple[Scalar, ...]) -> Values:
    """The flat fields that repeat ``fm``."""
    known = [point for point in points if isinstance(point, ContactPoint)]

    def first(type_id: str, value_type: str | None = None) -> str:
        fitting = (p.value for p in known if p.type_id == type_id and value_type in (None, p.value_type))
        return next(fitting, "")

    return {
        "hasPhone": bool(first("PHONE")),
        "hasEmail": bool(first("EMAIL")),
        "phone": first("PHONE"),
        "phoneWork": first("PHONE", "WORK"),
        "phoneMobile": first("PHONE", "MOBILE"),
        "phoneMailing": first("PHONE", "MAILING"),
        "email": first("EMAIL"),
        "emailWork": first("EMAIL", "WORK"),
        "emailHome": first("EMAIL", "HOME"),
        "emailMailing": first("EMAIL", "MAILING"),
    }
