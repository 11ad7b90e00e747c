"""What is written on the card of a case and on its measures, flat: name to text, to be compared with what was there.

Names: a ``CaseField``; ``answer.{question}``; ``measure.{id}.{MeasureField}`` and ``measure.{id}.TITLE``. Values are
codes and numbers, lists with a line for each entry: other words in the rulebook are no change of a case.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from rules.decision import FieldValue
from rules.model import (
    CASE_FIELD_TITLES,
    EFFECT_TITLES,
    LOST_TASK_TITLES,
    MEASURE_FIELD_TITLES,
    Case,
    CaseField,
    Effect,
    LostTask,
    Measure,
    MeasureField,
    Staff,
    same_text,
)
from rules.rulebook import Rulebook
from rules.survey import answer_text

Written = Mapping[str, str]

TITLE = "TITLE"

UNWATCHED = frozenset({CaseField.GATE_NOTE, CaseField.NEWS_POST})
"""The service alone writes these, and not always through a command that says what."""

ATTRIBUTES: Mapping[CaseField, str] = {field: field.lower() for field in CaseField if field not in UNWATCHED} | {
    CaseField.RESPONSIBLE: "responsible_id",
    CaseField.INSPECTOR: "inspector_id",
    CaseField.PASS: "gate_pass",
    CaseField.REVIEWER: "reviewer_id",
}
"""Where a field of the card stands in an observation."""

MEASURE_ATTRIBUTES: Mapping[str, str] = {field: field.lower() for field in MeasureField} | {
    MeasureField.EXECUTOR: "responsible_id",
    MeasureField.EMPLOYEE: "employee_id",
    MeasureField.TASK: "task_id",
    TITLE: "title",
}

_PEOPLE = frozenset({
    CaseField.RESPONSIBLE, CaseField.INSPECTOR, CaseField.COMMISSION, CaseField.REVIEWER,
    MeasureField.EXECUTOR, MeasureField.EMPLOYEE,
})  # fmt: skip
_DAYS = frozenset({CaseField.CHECK_ON, MeasureField.DUE})


@dataclass(frozen=True)
class Edit:
    """One value that is not what it was; an empty text is an empty field."""

    name: str
    was: str
    now: str


def written(case: Case) -> dict[str, str]:
    """Everything that is filled."""
    values = {str(field): as_written(getattr(case, attribute)) for field, attribute in ATTRIBUTES.items()}
    values |= {f"answer.{code}": as_written(answer) for code, answer in case.answers.items()}
    for measure in case.measures:
        values |= of_measure(measure)
    return {name: value for name, value in values.items() if value}


def of_measure(measure: Measure) -> dict[str, str]:
    return {
        f"measure.{measure.id}.{field}": as_written(getattr(measure, attribute))
        for field, attribute in MEASURE_ATTRIBUTES.items()
    }


def as_written(value: FieldValue) -> str:
    """A value as it is compared."""
    if isinstance(value, tuple):
        return "\n".join(str(each) for each in value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float):
        return f"{value:.10g}"
    return "" if value is None else str(value)


def edits(before: Written, now: Written) -> tuple[Edit, ...]:
    """What differs, by the order of names as they stand now; spaces and line ends don't count."""
    names = dict.fromkeys((*now, *before))
    found = (Edit(name, before.get(name, ""), now.get(name, "")) for name in names)
    return tuple(edit for edit in found if not same_text(edit.was, edit.now))


def caption(name: str, book: Rulebook) -> str:
    """What people call it: «Вердикт», the text of a question, «мера №5, срок»."""
    part, _, rest = name.partition(".")
    if part == "answer":
        return f"«{book.questions[rest].text}»" if rest in book.questions else f"ответ «{rest}»"
    if part == "measure":
        number, _, field = rest.partition(".")
        title = "название" if field == TITLE else MEASURE_FIELD_TITLES[MeasureField(field)].lower()
        return f"мера №{number}, {title}"
    return f"«{CASE_FIELD_TITLES[CaseField(name)]}»"


def in_words(name: str, value: str, staff: Staff, book: Rulebook) -> str:
    """A value as people read it; «пусто» when there is none. Codes that left the rulebook stay codes."""
    if not value:
        return "пусто"
    part, _, rest = name.partition(".")
    if part == "answer":
        return _answer(rest, value, staff, book)
    field = rest.partition(".")[2] if part == "measure" else name
    if field in _PEOPLE:
        return ", ".join(_name(staff, number) for number in value.split("\n"))
    if field in _DAYS:
        return _day(value)
    titles = _titles(field, book)
    return ", ".join(titles.get(code, code) for code in value.split("\n")) if titles else value


def sentences(found: Sequence[Edit], staff: Staff, book: Rulebook) -> tuple[str, ...]:
    """The edits for people: a measure that came or went is one sentence."""
    whole = {_of(edit): edit for edit in found if edit.name.endswith(f".{TITLE}") and not (edit.was and edit.now)}
    told = []
    for edit in found:
        of = _of(edit)
        if of not in whole:
            told.append(_sentence(edit, staff, book))
        elif edit is whole[of]:
            parts = [each for each in found if _of(each) == of and each is not edit]
            told.append(_measure_sentence(edit, parts, staff, book))
    return tuple(told)


def _of(edit: Edit) -> str:
    """``measure.5`` for a value of this measure; else the value's own name."""
    return edit.name.rpartition(".")[0] if edit.name.startswith("measure.") else edit.name


def _sentence(edit: Edit, staff: Staff, book: Rulebook) -> str:
    was, now = (in_words(edit.name, value, staff, book) for value in (edit.was, edit.now))
    return f"{caption(edit.name, book)}: " + (f"было «{was}», стало «{now}»" if edit.was else f"«{now}»")


def _measure_sentence(title: Edit, parts: Sequence[Edit], staff: Staff, book: Rulebook) -> str:
    number = title.name.split(".")[1]
    if not title.now:
        return f"удалена мера №{number} «{title.was}»"
    filled = (
        f"{caption(part.name, book).partition(', ')[2]}: {in_words(part.name, part.now, staff, book)}"
        for part in parts
        if part.now
    )
    return f"добавлена мера №{number} «{title.now}» ({'; '.join(filled)})"


def _answer(question: str, value: str, staff: Staff, book: Rulebook) -> str:
    asked = book.questions.get(question)
    if asked is not None and asked.type == "user":
        return _name(staff, value)
    if asked is not None and asked.type == "date":
        return _day(value)
    return answer_text(book, question, tuple(value.split("\n"))) if asked is not None and asked.choices else value


def _name(staff: Staff, number: str) -> str:
    return staff.name_of(int(number)) if number.isdecimal() else number


def _day(value: str) -> str:
    try:
        return f"{date.fromisoformat(value):%d.%m.%Y}"
    except ValueError:
        return value


def _titles(field: str, book: Rulebook) -> Mapping[str, str]:
    """The words behind the codes of a list."""
    match field:
        case CaseField.VERDICT:
            return _words((code, each.title) for code, each in book.verdicts.items())
        case CaseField.VIOLATIONS:
            return _words((code, each.title) for code, each in book.violations.items())
        case CaseField.CAUSE_CATEGORY:
            return _words((code, each.title) for code, each in book.causes.items())
        case CaseField.EFFECT:
            return _words((code, EFFECT_TITLES[code]) for code in Effect)
        case MeasureField.KIND:
            return _words((code, each.title) for code, each in book.measure_kinds.items())
        case MeasureField.DEPARTMENT:
            return _words((code, each.title) for code, each in book.departments.items())
        case MeasureField.TEMPLATE:
            return _words((code, each.title) for code, each in book.measure_templates.items())
        case MeasureField.DECISION:
            return _words((code, LOST_TASK_TITLES[code]) for code in LostTask)
    return {}


def _words(titles: Iterable[tuple[str, str]]) -> Mapping[str, str]:
    return dict(titles)
