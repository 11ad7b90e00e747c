"""Between the rulebook's codes and what the portal stores in user fields: enum ids, PHP's empty values, dates."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from app.provision.layout import FieldLayout, TypeLayout
from bitrix.call import JSON
from bitrix.calls.items import Item
from bitrix.tidy import as_date, as_id, as_ids, as_number, as_text, as_texts
from rules.decision import FieldValue
from rules.model import Answer, CaseField, MeasureField
from rules.rulebook import Question


class Card:
    """Typed access to the user fields of one item."""

    def __init__(self, item: Item, layout: TypeLayout) -> None:
        self._values = item.fields
        self._fields = layout.fields

    def _raw(self, code: str) -> JSON:
        """Nothing for a field that this rulebook doesn't want, e.g. categories of causes."""
        field = self._fields.get(code)
        return self._values.get(field.name) if field is not None else None

    def text(self, code: str) -> str:
        return as_text(self._raw(code)).strip()

    def texts(self, code: str) -> tuple[str, ...]:
        return tuple(text.strip() for text in as_texts(self._raw(code)) if text.strip())

    def number(self, code: str) -> float | None:
        return as_number(self._raw(code))

    def person(self, code: str) -> int | None:
        return as_id(self._raw(code))

    def people(self, code: str) -> tuple[int, ...]:
        """Each once, however often a field that takes several was given the same."""
        return tuple(dict.fromkeys(as_ids(self._raw(code))))

    def day(self, code: str) -> date | None:
        return as_date(self._raw(code))

    def choice(self, code: str) -> str | None:
        option = as_id(self._raw(code))
        return self._fields[code].code_of(option) if option is not None else None

    def choices(self, code: str) -> tuple[str, ...]:
        codes = (self._fields[code].code_of(option) for option in as_ids(self._raw(code)))
        return tuple(dict.fromkeys(each for each in codes if each is not None))

    def answer(self, code: str, question: Question) -> Answer:
        """An answer as the rules know it; empty when there is none."""
        match question.type:
            case "choice" | "yes_no":
                return self.choice(code) or ""
            case "several":
                return self.choices(code)
            case "number":
                number = self.number(code)
                return "" if number is None else f"{number:g}"
            case "date":
                day = self.day(code)
                return "" if day is None else day.isoformat()
            case "user":
                person = self.person(code)
                return "" if person is None else str(person)
            case "text":
                return self.text(code)


def to_portal(
    changes: Mapping[CaseField, FieldValue] | Mapping[MeasureField, FieldValue], layout: TypeLayout
) -> dict[str, JSON]:
    """Changes of a case or measure card as ``fields`` of crm.item.update."""
    return {layout.fields[code].name: _value(value, layout.fields[code]) for code, value in changes.items()}


def _value(value: FieldValue, field: FieldLayout) -> JSON:
    if isinstance(value, tuple):
        return [_value(each, field) for each in value]
    if isinstance(value, str) and field.options:
        return field.options[value]
    if isinstance(value, date):
        return value.isoformat()
    return "" if value is None else value
