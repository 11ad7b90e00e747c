"""A field of a CRM item on its card: how its value reads, what it is entered with, and what a form means by it.

Works from the type of the field alone, whatever the field is for.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from markupsafe import Markup

from sandbox.cards import addresses, wording
from sandbox.cards.addresses import Link
from sandbox.cards.bbcode import SAFE_LINK
from sandbox.cards.visit import Form, Row, Visit, read_rows
from sandbox.cards.wording import Wording
from sandbox.portal.crm.fields import Field
from sandbox.portal.crm.kinds import Kind
from sandbox.portal.loose import as_flag, as_int, as_list, as_object, as_text
from sandbox.portal.php import JSON

TARGETS = {"crm_lead": 1, "crm_deal": 2, "crm_contact": 3, "crm_company": 4, "crm_quote": 7}
"""Types of fields that keep the id of an item of this type."""
PEOPLE = frozenset({"user", "employee"})
CHOICES = {
    "enumeration",
    "crm_status",
    "crm_category",
    "crm_currency",
    "crm_entity",
    "crm",
    "boolean",
    *TARGETS,
    *PEOPLE,
}
NOT_ENTERED = frozenset({"file", "crm_multifield", "location"})
"""Types the page shows and does not change."""
WIDGETS = {"text": "area", "integer": "number", "double": "number", "date": "date", "datetime": "moment", "url": "url"}
MOST_OPTIONS = 50
"""Items offered in a field that links to them: the newest ones."""


@dataclass(frozen=True)
class Shown:
    """One value in words; ``href`` is empty where it leads nowhere."""

    words: str | Markup
    href: str = ""
    user_id: int = 0


@dataclass(frozen=True)
class FieldView:
    name: str
    title: str
    widget: str
    """``text``, ``area``, ``number``, ``date``, ``moment``, ``url`` or ``choice``."""
    multiple: bool
    required: bool
    shown: tuple[Shown, ...]
    entered: tuple[str, ...]
    """The value as inputs hold it."""
    options: tuple[tuple[str, str], ...] = ()
    """Value and words of each choice."""

    @property
    def was(self) -> str:
        """``entered`` in one hidden input, so that only what a person changed is sent: meanwhile somebody else may
        have changed the rest."""
        return json.dumps(self.entered, ensure_ascii=False)


def can_be_entered(field: Field) -> bool:
    return not (field.read_only or field.disabled or field.hidden or field.type in NOT_ENTERED)


def view(visit: Visit, field: Field, values: Row, *, editing: bool = False) -> FieldView:
    """``values`` is an item as ``crm.item.get`` shows it, user fields under their original names."""
    value = values.get(field.name)
    given = [one for one in (as_list(value) if field.multiple else [value]) if not is_empty(field, one)]
    return FieldView(
        name=field.name,
        title=title(field),
        widget="choice" if field.type in CHOICES else WIDGETS.get(field.type, "area" if is_long(field) else "text"),
        multiple=field.multiple,
        required=field.required,
        shown=tuple(show(visit, field, one, values) for one in given),
        entered=tuple(enter(field, one) for one in given),
        options=tuple(options(visit, field, given, values)) if editing and field.type in CHOICES else (),
    )


def is_empty(field: Field, value: JSON) -> bool:
    """Where 0 is what the portal shows for nothing, it is nothing."""
    if value is None or value == "":
        return True
    return value == 0 and value is not False and (field.empty == 0 or field.type in CHOICES)


def title(field: Field) -> str:
    """Two multiple fields have no name on a portal but that of the constant."""
    return {"CONTACT_IDS": "Контакты", "COMPANY_IDS": "Компании"}.get(field.title, field.title)


def is_long(field: Field) -> bool:
    """People write more than a line into most user fields of type ``string``, whatever their settings say."""
    return field.type == "string" and field.dynamic


def show(visit: Visit, field: Field, value: JSON, values: Row) -> Shown:
    say, portal = Wording(visit.portal), visit.portal
    if field.type in PEOPLE:
        number = as_int(value) or 0
        return Shown(say.name(number), addresses.person(number), number)
    target = target_of(field)
    if target:
        return linked(addresses.of_item(portal, target, as_int(value) or 0))
    if field.type == "crm":
        return linked(addresses.of_code(portal, as_text(value) or ""))
    if field.type == "url":
        address = as_text(value) or ""
        return Shown(address, address if SAFE_LINK.fullmatch(address) else "")
    if field.type == "text" or (field.type == "string" and field.dynamic):
        return Shown(say.text(value))
    readers: dict[str, Callable[[], str]] = {
        "boolean": lambda: "Да" if as_flag(value) else "Нет",
        "date": lambda: say.day(value),
        "datetime": lambda: say.moment(value),
        "enumeration": lambda: field.options.get(as_int(value) or 0, as_text(value) or ""),
        "crm_status": lambda: status_name(visit, field.status_type, as_text(value) or ""),
        "crm_category": lambda: funnel_name(visit, values, as_int(value) or 0),
        "double": lambda: say.amount(value, values.get("currencyId") if field.name == "opportunity" else ""),
        "money": lambda: say.amount(*((as_text(value) or "").split("|", 1))),
        "file": lambda: f"Файл №{(as_object(value) or {}).get('id')}",
    }
    reader = readers.get(field.type)
    return Shown(reader() if reader else as_text(value) or "")


def linked(link: Link) -> Shown:
    return Shown(link.title, link.href)


def target_of(field: Field) -> int:
    """The type of items whose ids this field keeps; 0 for other fields."""
    if field.type == "crm_entity":
        return as_int(field.settings.get("parentEntityTypeId")) or 0
    return TARGETS.get(field.type, 0)


def status_name(visit: Visit, dictionary: str, code: str) -> str:
    found = visit.portal.crm.statuses.find(dictionary, code)
    return found.name if found else code


def funnel_name(visit: Visit, values: Row, funnel_id: int) -> str:
    found = visit.portal.crm.funnels.get(kind_of(visit, values), funnel_id)
    return found.name if found else str(funnel_id)


def kind_of(visit: Visit, values: Row) -> Kind:
    return visit.portal.crm.kind(as_int(values.get("entityTypeId")) or 0)


def enter(field: Field, value: JSON) -> str:
    """As an input holds it."""
    text = as_text(value) or ""
    if field.type == "date":
        return wording.local_moment(value)[:10]
    if field.type == "datetime":
        return wording.local_moment(value)
    if field.type == "boolean":
        return "Y" if as_flag(value) else "N"
    return text


def options(visit: Visit, field: Field, given: Iterable[JSON], values: Row) -> list[tuple[str, str]]:
    """What can be chosen; what is chosen already is always among it."""
    found = list(offered(visit, field, values))
    known = {value for value, _ in found}
    kept = [(text, show(visit, field, one, values).words) for one in given if (text := as_text(one) or "") not in known]
    return found if field.type == "boolean" else [*found, *((value, str(words)) for value, words in kept if value)]


def offered(visit: Visit, field: Field, values: Row) -> Iterable[tuple[str, str]]:
    crm = visit.portal.crm
    if field.type == "boolean":
        return [("Y", "Да"), ("N", "Нет")]
    if field.type == "enumeration":
        return [(str(number), words) for number, words in field.options.items()]
    if field.type == "crm_status":
        return [(status.status_id, status.name) for status in crm.statuses.of(field.status_type)]
    if field.type == "crm_category":
        return [(str(funnel.id), funnel.name) for funnel in crm.funnels.of(kind_of(visit, values))]
    if field.type == "crm_currency":
        return [(code, f"{code}, {sign}") for code, sign in wording.CURRENCIES.items()]
    if field.type in PEOPLE:
        people = [user for user in visit.portal.staff.users() if user.active]
        return [(str(user.id), user.full_name) for user in sorted(people, key=lambda user: user.full_name.casefold())]
    target = target_of(field)
    if target:
        return [(str(number), words) for number, words in newest(visit, target)]
    if field.type == "crm":
        kinds = [kind for kind in crm.kinds() if as_flag(field.settings.get(kind.symbol))]
        return [
            (f"{kind.short}_{number}", words) for kind in kinds for number, words in newest(visit, kind.entity_type_id)
        ]
    return []


def newest(visit: Visit, entity_type_id: int) -> list[tuple[int, str]]:
    """Items this person may see, as ``crm.item.list`` gives them."""
    asked: Row = {
        "entityTypeId": entity_type_id,
        "order": {"id": "DESC"},
        "select": ["id", "title", "name", "lastName"],
    }
    kind = visit.portal.crm.kind(entity_type_id)
    rows = read_rows(visit.call("crm.item.list", asked), "items")[:MOST_OPTIONS]
    return [(number, addresses.title_of(kind, number, dict(row))) for row in rows if (number := as_int(row["id"]) or 0)]


def changed(form: Form, fields: Iterable[Field]) -> Row:
    """What the person changed, as ``crm.item.update`` takes it. A field is in the form when ``was.NAME`` is."""
    sent: Row = {}
    for field in fields:
        if f"was.{field.name}" not in dict(form.fields) or not can_be_entered(field):
            continue
        entered = form.texts(f"f.{field.name}")
        if entered != read_was(form.text(f"was.{field.name}")):
            sent[field.name] = meant(field, entered)
    return sent


def read_was(text: str) -> list[str]:
    try:
        values = [(as_text(one) or "").strip() for one in as_list(json.loads(text))]
    except ValueError:
        return []
    return [value for value in values if value]


def meant(field: Field, entered: list[str]) -> JSON:
    values: list[JSON] = [wording.portal_moment(one) if field.type == "datetime" else one for one in entered]
    if field.multiple:
        return values
    return values[0] if values else ""
