"""Ready measures: choosing one in a measure's card fills what is empty there (S44, S91).

What a person wrote stays, so filling twice does nothing, and a measure may differ from its template in anything.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from rules.calendar import working_time
from rules.decision import FieldValue, UpdateMeasure
from rules.model import Case, Measure, MeasureField
from rules.rulebook import Rulebook
from rules.rulebook.schema import MeasureTemplate


def untitled(measure: Measure, book: Rulebook) -> bool:
    """Nobody has named it: the portal calls an item without a title by its type and number.

    The pattern ``{entityTypeName} #{id}`` is documented in crm.item.add; that ``entityTypeName`` of a smart process is
    its title is unverified.
    """
    return measure.title.strip() in ("", f"{book.names.measure} #{measure.id}")


def offered(case: Case, book: Rulebook) -> tuple[MeasureTemplate, ...]:
    """Templates made for a violation that was found here, or for any."""
    return tuple(
        template
        for template in book.measure_templates.values()
        if not template.violations or set(template.violations) & set(case.violations)
    )


def fill(case: Case, book: Rulebook, now: datetime) -> Iterator[UpdateMeasure]:
    """What the chosen templates have to say where people have said nothing yet."""
    for measure in case.measures:
        template = book.measure_templates.get(measure.template or "")
        if template is None:
            continue
        changes = _empty_fields(case, book, measure, template, now)
        title = template.title if untitled(measure, book) else None
        if changes or title is not None:
            yield UpdateMeasure(measure.id, changes, title)


def _empty_fields(
    case: Case, book: Rulebook, measure: Measure, template: MeasureTemplate, now: datetime
) -> dict[MeasureField, FieldValue]:
    due = working_time(book.calendar, case.staff, measure.responsible_id).due(now, template.days).date()
    values: dict[MeasureField, tuple[object, FieldValue]] = {
        MeasureField.KIND: (measure.kind, template.kind),
        MeasureField.TARGET: (measure.target, template.target),
        MeasureField.DEPARTMENT: (measure.department, template.department),
        MeasureField.DUE: (measure.due, due),
        MeasureField.PLANNED_HOURS: (measure.planned_hours, template.planned_hours),
        MeasureField.EXPECTED: (measure.expected, template.expected),
    }
    return {field: offer for field, (written, offer) in values.items() if written in (None, "")}
