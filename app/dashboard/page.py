"""The pages as HTML. Everything is escaped by the templates; nothing is fetched from anywhere but this service."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from app.dashboard import words
from app.dashboard.answers import Answers, Choices, Named, Reader
from app.dashboard.listing import PAGE, ListedCase, conditions
from app.dashboard.question import PRESET_TITLES, Moment, Preset, Question
from app.dashboard.sections import CASES, SCREEN, sections, tiles
from rules.rulebook import Rulebook

FOLDER = Path(__file__).parent
STATIC = "/dashboard/static"
CSV = "/dashboard/cases.csv"


@dataclass(frozen=True)
class Asset:
    """A file for the browser; ``version`` changes with its content, so that it can be kept for ever."""

    content: bytes
    zipped: bytes
    media_type: str
    version: str


def _asset(name: str, media_type: str) -> Asset:
    content = (FOLDER / "static" / name).read_bytes()
    version = hashlib.sha256(content).hexdigest()[:12]
    return Asset(content, gzip.compress(content, mtime=0), media_type, version)


ASSETS: Mapping[str, Asset] = {
    "icon.svg": _asset("icon.svg", "image/svg+xml"),
    "page.css": _asset("page.css", "text/css; charset=utf-8"),
    "page.js": _asset("page.js", "text/javascript; charset=utf-8"),
    "chart-4.6.1.umd.min.js": _asset("chart-4.6.1.umd.min.js", "text/javascript; charset=utf-8"),
}


def address_of(name: str) -> str:
    return f"{STATIC}/{ASSETS[name].version}/{name}"


_PAGES = Environment(
    loader=FileSystemLoader(FOLDER / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_PAGES.globals["static"] = address_of


@dataclass(frozen=True)
class Link:
    title: str
    address: str | None
    chosen: bool = False


@dataclass(frozen=True)
class Nothing:
    """Why the screen is empty, and what to do."""

    title: str
    lines: Sequence[str]


def message(title: str, *lines: str) -> str:
    """A page that only says something."""
    return _PAGES.get_template("message.html.j2").render(title=title, lines=lines)


def screen(answers: Answers, company: str, now: datetime) -> str:
    question = answers.question
    return _PAGES.get_template("screen.html.j2").render(
        **_frame(SCREEN, question, answers.reader, answers.choices, answers.book, company, now),
        heading=_heading(question, answers.choices, answers.reader),
        subheading=_subheading(question, answers),
        nothing=_nothing(answers),
        tiles=tiles(answers),
        sections=sections(answers),
        cases=CASES + question.query(),
    )


def listing(
    cases: Sequence[ListedCase],
    number: int,
    total: int,
    question: Question,
    reader: Reader,
    choices: Choices,
    book: Rulebook,
    company: str,
    now: datetime,
) -> str:
    """Page ``number`` of a list of ``total`` cases."""
    lifted = conditions(question, choices, book)
    picked = dict.fromkeys(("inspector", "verdict", "violation", "kind", "state"))
    return _PAGES.get_template("cases.html.j2").render(
        **_frame(CASES, question, reader, choices, book, company, now),
        total=words.number(total),
        subheading=_period(question),
        conditions=[Link(title, CASES + question.query(**change)) for title, change in lifted],
        headings=("Что разбиралось", "Ответственный", "Вердикт", "Нарушения", "Меры", "Начат — закрыт", "Часы"),
        cases=cases,
        csv=CSV + question.query(),
        back=SCREEN + question.query(**picked),
        pages=list(_pages(number, total, question)),
    )


# --- Around every page -----------------------------------------------------------------------------------------------


def _frame(
    here: str, question: Question, reader: Reader, choices: Choices, book: Rulebook, company: str, now: datetime
) -> dict[str, Any]:
    return {
        "here": here,
        "company": company,
        "who": reader.staff.name_of(reader.person),
        "sees": _sees(reader),
        "question": question,
        "dates": ("", "") if question.preset is Preset.ALL else (question.period.since, question.period.until),
        "period": _dates(question),
        "choices": choices,
        "departments": _departments(choices, reader),
        "presets": _presets(here, question),
        "kept": _kept(question),
        "made_at": f"{now:%d.%m.%Y %H:%M}",
        "zone": book.calendar.time_zone,
    }


def _sees(reader: Reader) -> str:
    if reader.scope.whole:
        return "видит всю компанию"
    if reader.scope.is_personal:
        return "видит свои разборы"
    headed = [each.name for each in reader.staff.departments.values() if each.head_id == reader.person]
    return f"видит: {', '.join(sorted(headed))}"


def _presets(here: str, question: Question) -> list[Link]:
    return [
        Link(title, here + question.query(preset=preset), question.preset is preset)
        for preset, title in PRESET_TITLES.items()
    ]


def _dates(question: Question) -> str:
    if question.preset is Preset.ALL:
        return "за всё время"
    return f"{words.day(question.period.since)} — {words.day(question.period.until)}"


def _kept(question: Question) -> list[tuple[str, str]]:
    """What the form has no field for stays as it was."""
    kept = [(name, getattr(question, name)) for name in ("inspector", "verdict", "violation", "kind", "state")]
    return [("period", question.preset), *((name, str(value)) for name, value in kept if value is not None)]


def _departments(choices: Choices, reader: Reader) -> list[Named]:
    """Those that have cases and, as far as the reader may see them, those above: a department stands for all below."""
    shown = {each.code: each for each in choices.departments}
    for each in choices.departments:
        department = reader.staff.departments.get(int(each.code))
        for node in reader.staff.chain_of(department) if department is not None else ():
            if reader.scope.whole or node.id in reader.scope.departments:
                shown.setdefault(node.id, Named(node.id, node.name, 0))
    return sorted(shown.values(), key=lambda each: each.title.casefold())


def _heading(question: Question, choices: Choices, reader: Reader) -> str:
    for field, code in (
        ("people", question.person),
        ("departments", question.department),
        ("funnels", question.funnel),
    ):
        if code is not None:
            return choices.title(field, code) or "Ничего не найдено"
    return "Ваши показатели" if reader.scope.is_personal else "Качество процессов"


def _period(question: Question) -> str:
    which = "начатые" if question.by is Moment.STARTED else "закрытые"
    period = (
        "за всё время" if question.preset is Preset.ALL else words.span(question.period.since, question.period.until)
    )
    return f"Разборы, {which}: {period}"


def _subheading(question: Question, answers: Answers) -> str:
    told = _period(question)
    before = question.before()
    if answers.before is not None and before is not None:
        told += f". Для сравнения: {words.span(before.since, before.until)}"
    return told


def _nothing(answers: Answers) -> Nothing | None:
    if answers.total.cases or sum((answers.left_out or {}).values()):
        return None
    if answers.choices.cases:
        return Nothing("За этот период разборов нет", ("Выберите период длиннее или снимите условия.",))
    if answers.reader.scope.is_personal:
        return Nothing(
            "Ваших разборов ещё нет",
            ("Разбор появится, когда завершится ваша первая сделка, лид или заявка в наблюдаемой воронке.",),
        )
    return Nothing(
        "Разборов ещё нет",
        (
            "Разбор начинается сам, когда сделка, лид или заявка наблюдаемой воронки доходит до конца.",
            "Если работа завершается, а разборов нет, проверьте подключение: capa24 doctor.",
        ),
    )


def _pages(number: int, total: int, question: Question) -> Iterator[Link]:
    last = max(1, -(-total // PAGE))
    near = sorted(
        {1, 2, number - 2, number - 1, number, number + 1, number + 2, last - 1, last} & set(range(1, last + 1))
    )
    address, before = CASES + (question.query() + "&" if question.query() else "?"), 0
    for each in near:
        if each > before + 1:
            yield Link("…", None)
        yield Link(words.number(each), f"{address}page={each}", each == number)
        before = each
