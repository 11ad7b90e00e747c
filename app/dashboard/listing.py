"""The cases behind a number: a page of them, or all of them as a CSV file."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from app.dashboard import words
from app.dashboard.answers import Choices, Reader, wanted
from app.dashboard.question import STATE_TITLES, Question
from app.storage.case_facts import CaseFacts
from rules.rulebook import Rulebook

PAGE = 50
CSV_AT_ONCE = 1000
CSV_HEADINGS = (
    "Разбор", "Процесс", "Что разбиралось", "Ссылка", "Круг", "Стадия", "Вердикт", "Ответственный", "Подразделение",
    "Сотрудник ОКК", "Дата старта", "Дата финализации", "Нарушения", "Меры", "Баллы", "Затраты, ч", "План, ч",
    "Удовлетворённость",
)  # fmt: skip
_STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


@dataclass(frozen=True)
class ListedCase:
    number: int
    title: str
    address: str
    funnel: str
    responsible: str
    department: str
    inspector: str
    verdict: str
    place: int | None
    """Of the verdict, among those of the rulebook."""
    stage: str
    round: int
    violations: Sequence[str]
    measures: Sequence[str]
    started: str
    finalised: str
    hours: str
    row: Mapping[str, Any]


async def page_of(
    number: int, question: Question, reader: Reader, book: Rulebook, facts: CaseFacts
) -> Sequence[ListedCase]:
    """Pages are counted from 1."""
    return await _read(question, reader, book, facts, PAGE, (number - 1) * PAGE)


async def as_csv(question: Question, reader: Reader, book: Rulebook, facts: CaseFacts) -> AsyncIterator[bytes]:
    """For a Russian Excel: semicolons, and a mark that this is UTF-8. No cell begins a formula."""
    yield "\N{ZERO WIDTH NO-BREAK SPACE}".encode() + _lines([CSV_HEADINGS])
    offset = 0
    while cases := await _read(question, reader, book, facts, CSV_AT_ONCE, offset):
        yield _lines([_csv_row(case) for case in cases])
        offset += len(cases)


def conditions(question: Question, choices: Choices, book: Rulebook) -> list[tuple[str, Mapping[str, None]]]:
    """What narrows the list, in words, each with the change that lifts it.

    A value that no visible case has is named by nothing but what the reader typed themselves.
    """
    kinds = {code: kind.title for code, kind in book.measure_kinds.items()}
    found = {code: violation.title for code, violation in book.violations.items()}
    verdicts = {code: verdict.title for code, verdict in book.verdicts.items()}
    named = (
        ("funnel", "процесс", choices.title("funnels", question.funnel)),
        ("department", "подразделение", choices.title("departments", question.department)),
        ("person", "сотрудник", choices.title("people", question.person)),
        ("inspector", "разбирает", choices.title("inspectors", question.inspector)),
        ("verdict", "вердикт", verdicts.get(question.verdict or "")),
        ("violation", "нарушение", found.get(question.violation or "")),
        ("kind", "мера", kinds.get(question.kind or "")),
        ("state", "", STATE_TITLES[question.state] if question.state is not None else None),
    )
    return [
        (": ".join(filter(None, (word, title or str(getattr(question, field))))), {field: None})
        for field, word, title in named
        if getattr(question, field) is not None
    ]


async def _read(
    question: Question, reader: Reader, book: Rulebook, facts: CaseFacts, limit: int, offset: int
) -> list[ListedCase]:
    rows = await facts.cases(wanted(question, reader), limit, offset)
    violations, measures = await facts.details(reader.portal, [row.key for row in rows])
    return [_listed(row, violations.get(row.key, []), measures.get(row.key, []), book) for row in rows]


def _listed(row: Any, violations: Sequence[str], measures: Sequence[str], book: Rulebook) -> ListedCase:
    return ListedCase(
        number=row.case_id,
        title=row.source_title,
        address=row.case_url if row.case_url.startswith(("http://", "https://")) else "",
        funnel=row.funnel_title,
        responsible=row.responsible,
        department=row.department,
        inspector=row.inspector,
        verdict=row.verdict_title,
        place=list(book.verdicts).index(row.verdict) if row.verdict in book.verdicts else None,
        stage=row.stage_title,
        round=row.round,
        violations=violations,
        measures=measures,
        started=_day(row.started_on),
        finalised=_day(row.finalised_on),
        hours=words.number(row.hours_spent, 1),
        row=row._mapping,
    )


def _day(text: str | None) -> str:
    return words.day(date.fromisoformat(text)) if text else ""


def _csv_row(case: ListedCase) -> Sequence[str]:
    row = case.row
    return (
        str(case.number),
        case.funnel,
        case.title,
        case.address,
        str(case.round),
        case.stage,
        case.verdict,
        case.responsible,
        case.department,
        case.inspector,
        case.started,
        case.finalised,
        "\n".join(case.violations),
        "\n".join(case.measures),
        _decimal(row["points"]),
        _decimal(row["hours_spent"]),
        _decimal(row["hours_planned"]),
        row["satisfaction"],
    )


def _decimal(value: float) -> str:
    return f"{value:g}".replace(".", ",")


def _lines(rows: Sequence[Sequence[str]]) -> bytes:
    written = io.StringIO()
    csv.writer(written, delimiter=";", quoting=csv.QUOTE_ALL, lineterminator="\r\n").writerows(
        [_harmless(cell) for cell in row] for row in rows
    )
    return written.getvalue().encode()


def _harmless(cell: str) -> str:
    """An apostrophe in front keeps a spreadsheet from computing what somebody wrote into a title.

    Excel skips blanks in front of a formula, and a full-width sign counts as the sign.
    """
    first = cell.lstrip(" \N{NO-BREAK SPACE}\N{ZERO WIDTH NO-BREAK SPACE}")
    if first.startswith((*_STARTS_A_FORMULA, "＝", "＋", "－", "＠")):
        return f"'{cell}"
    return cell
