"""The rulebook as a picture: what happens to a finished piece of work, in the order in which it happens.

A ``Line`` is text with lines below it; how it looks in a terminal is the screen's business (``app.rulebook.screen``).
``mermaid`` writes the same process as a diagram for a document.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from rules.model import STAGE_TITLES, Stage
from rules.rulebook import AskedQuestion, Funnel, Rulebook, Severity, SourceCondition, Verdict
from rules.rulebook.schema import Condition
from rules.words import counted, decimal

SEVERITY_TITLES: dict[Severity, str] = {
    "critical": "критическое",
    "major": "значительное",
    "minor": "незначительное",
}
OUTCOME_WORDS = {"success": "успех", "fail": "провал"}
QUORUM_WORDS = {
    "everyone": "решают все члены комиссии единогласно",
    "majority": "решает большинство, при равенстве — председатель",
    "one_per_department": "нужен голос от каждого отдела",
}
TYPE_WORDS = {
    "several": "можно несколько",
    "number": "число",
    "date": "дата",
    "text": "текст",
    "user": "сотрудник",
}


class Kind(StrEnum):
    """What a line is about, for whoever colours it."""

    STAGE = "stage"
    QUESTION = "question"
    CONDITION = "condition"
    PERSON = "person"
    GRAVE = "grave"
    GOOD = "good"
    PLAIN = "plain"


@dataclass(frozen=True)
class Line:
    text: str
    aside: str = ""
    """Said more quietly beside it."""
    kind: Kind = Kind.PLAIN
    below: tuple[Line, ...] = ()


def funnels(book: Rulebook) -> tuple[Line, ...]:
    """What differs from funnel to funnel: the trigger, the questions, the protocol, the readers of the news."""
    return tuple(_funnel(funnel, book) for funnel in book.funnels)


def process(book: Rulebook) -> tuple[Line, ...]:
    """What all funnels share, from the verdict to the check of effectiveness."""
    return (
        _verdicts(book),
        _deciders(book),
        _formulation(book),
        _approval(book),
        _changes(book),
        _finalization(book),
        _effectiveness(book),
        _always(book),
    )


def route(book: Rulebook) -> tuple[str, ...]:
    """The stages in order, each with the working days it may take."""
    terms = {
        Stage.SURVEY: book.terms.survey,
        Stage.ANALYSIS: book.terms.analysis,
        Stage.FORMULATION: book.terms.measures,
        Stage.APPROVAL: book.terms.vote,
        Stage.CHANGES: book.terms.change,
        Stage.FINALIZATION: book.terms.finalization,
    }
    return (*(f"{STAGE_TITLES[stage]} · {days} дн." for stage, days in terms.items()), STAGE_TITLES[Stage.SUCCESS])


def counts(book: Rulebook) -> str:
    """One line that tells a reader how much there is."""
    return ", ".join(
        (
            f"воронок {len(book.funnels)}",
            f"вопросов {len(book.questions)}",
            f"шагов протоколов {sum(len(funnel.protocol) for funnel in book.funnels)}",
            f"типов нарушений {len(book.violations)}",
            f"ролей {len(book.roles)}",
            f"вердиктов {len(book.verdicts)}",
            f"видов мер {len(book.measure_kinds)}",
            f"готовых мер {len(book.measure_templates)}",
            f"подразделений {len(book.departments)}",
        )
    )


# --- A funnel --------------------------------------------------------------------------------------------------------


def _funnel(funnel: Funnel, book: Rulebook) -> Line:
    return Line(
        funnel.title,
        aside=funnel.code,
        kind=Kind.STAGE,
        below=(
            _trigger(funnel),
            Line(
                f"{STAGE_TITLES[Stage.SURVEY]}: ответственный отвечает",
                f"{working_days(book.terms.survey)}{', до этого работу не завершить' * funnel.survey_before_closing}",
                Kind.PERSON,
                tuple(_questions(funnel, book)),
            ),
            Line(
                f"{STAGE_TITLES[Stage.ANALYSIS]}: инспектор проходит протокол",
                working_days(book.terms.analysis),
                Kind.PERSON,
                tuple(Line(f"☐ {step}") for step in funnel.protocol),
            ),
            Line("Новость получат", ", ".join(funnel.news_for) or "все сотрудники", Kind.PERSON),
        ),
    )


def _trigger(funnel: Funnel) -> Line:
    remarks = (
        f"с {funnel.active_from:%d.%m.%Y}" if funnel.active_from is not None else "",
        f"каждая {funnel.every_nth}-я работа" if funnel.every_nth > 1 else "",
    )
    return Line(
        f"Когда: {trigger(funnel)}",
        ", ".join(remark for remark in remarks if remark),
        Kind.CONDITION,
        tuple(Line(f"только если: {each.words}", _bounds(each), Kind.CONDITION) for each in funnel.only_if),
    )


def trigger(funnel: Funnel) -> str:
    """«сделка воронки «Розничные продажи» → успех или провал»."""
    source = funnel.source
    of_funnel = f" воронки «{source.funnel}»" if source.funnel is not None else ""
    what = {
        "deal": f"сделка{of_funnel}",
        "lead": "лид",
        "smart_process": f"элемент «{source.process}»{of_funnel}",
    }[source.type]
    ends = " или ".join(OUTCOME_WORDS.get(stage, f"стадия «{stage}»") for stage in funnel.final_stages)
    return f"{what} → {ends}"


def _bounds(condition: SourceCondition) -> str:
    parts = (
        f"от {decimal(condition.at_least)}" if condition.at_least is not None else "",
        f"до {decimal(condition.at_most)}" if condition.at_most is not None else "",
        f"одно из: {', '.join(condition.one_of)}" if condition.one_of else "",
    )
    return f"поле {condition.field} {' '.join(part for part in parts if part) or 'заполнено'}"


def _questions(funnel: Funnel, book: Rulebook) -> Iterator[Line]:
    """Questions that are always asked, each with those that hang on its answers below it."""
    under: dict[str | None, list[AskedQuestion]] = {}
    for asked in funnel.survey:
        under.setdefault(next(iter(asked.visible_when), None), []).append(asked)

    def lines(parent: str | None) -> Iterator[Line]:
        for asked in under.get(parent, ()):
            yield _question(asked, parent, book, tuple(lines(asked.question)))

    yield from lines(None)


def _question(asked: AskedQuestion, parent: str | None, book: Rulebook, below: tuple[Line, ...]) -> Line:
    question = book.questions[asked.question]
    answers = " / ".join(option.text for option in question.choices)
    how = answers if question.type != "several" else f"{answers}, {TYPE_WORDS['several']}"
    remarks = [how or TYPE_WORDS[question.type]]
    others = {code: answers for code, answers in asked.visible_when.items() if code != parent}
    if others:
        remarks.append(f"и если {_condition(others, parent, book)}")
    if asked.required_when:
        remarks.append(f"обязательно, если {_condition(asked.required_when, parent, book)}")
    elif not asked.required:
        remarks.append("не обязательно")
    when = f"{' / '.join(_titles(book, parent, asked.visible_when[parent]))} → " if parent is not None else ""
    return Line(f"{when}{question.text}", "; ".join(remarks), Kind.QUESTION, below)


def _condition(condition: Condition, parent: str | None, book: Rulebook) -> str:
    """In words; the question that stands just above needs no name."""
    return " и ".join(
        (f"«{book.questions[code].text}» — " if code != parent else "") + " / ".join(_titles(book, code, answers))
        for code, answers in condition.items()
    )


def _titles(book: Rulebook, code: str, answers: tuple[str, ...]) -> list[str]:
    texts = {option.code: option.text for option in book.questions[code].choices}
    return [texts.get(answer, answer) for answer in answers]


# --- What all funnels share ------------------------------------------------------------------------------------------


def _verdicts(book: Rulebook) -> Line:
    return Line(
        "Вердикт",
        "чем кончается анализ",
        Kind.STAGE,
        tuple(_verdict(verdict) for verdict in book.verdicts.values()),
    )


def _verdict(verdict: Verdict) -> Line:
    points = f"{_points(verdict.points)} ответственному" if verdict.points else ""
    if verdict.measures == "none":
        return Line(f"{verdict.title} → разбор закрыт", points, Kind.GOOD)
    needed = (
        "нарушения с фактами" if verdict.facts == "required" else "",
        "причина" if verdict.cause == "required" else "",
        "обоснование" if verdict.reason == "required" else "",
    )
    asks = ", ".join(each for each in needed if each)
    remarks = (f"нужны: {asks}" if asks else "", points)
    return Line(f"{verdict.title} → меры", "; ".join(each for each in remarks if each), Kind.PLAIN)


def _deciders(book: Rulebook) -> Line:
    """Who sits in the commission for which violation, the gravest first."""
    lines = [
        Line(
            violation.title,
            "; ".join(part for part in (SEVERITY_TITLES[violation.severity], violation.requirement) if part),
            Kind.GRAVE if severity == "critical" else Kind.PLAIN,
            (Line(f"решают: {_role_titles(book, violation.roles)}", kind=Kind.PERSON),),
        )
        for severity in SEVERITY_TITLES
        for violation in book.violations.values()
        if violation.severity == severity
    ]
    return Line("Нарушения и комиссия", "по типу нарушения видно, кто решает", Kind.STAGE, tuple(lines))


def _formulation(book: Rulebook) -> Line:
    kinds = ", ".join(
        f"{kind.title}{' (названному сотруднику)' * kind.employee}" for kind in book.measure_kinds.values()
    )
    ready = tuple(
        Line(
            template.title,
            f"{book.measure_kinds[template.kind].title}, {book.departments[template.department].title}, "
            f"{decimal(template.planned_hours)} ч, {working_days(template.days)}",
        )
        for template in book.measure_templates.values()
    )
    return Line(
        STAGE_TITLES[Stage.FORMULATION],
        working_days(book.terms.measures),
        Kind.STAGE,
        (Line(f"Виды мер: {kinds}"), *((Line("Готовые меры", below=ready),) if ready else ())),
    )


def _approval(book: Rulebook) -> Line:
    quality = book.quality
    always = _role_titles(book, quality.commission_always)
    chair = book.roles[quality.chair].title if quality.chair is not None else "первый член комиссии"
    critical = book.approval.critical_needs
    stand_ins = tuple(
        Line(f"{role.title} ← {_role_titles(book, role.substitutes)}", "замещает отсутствующего")
        for role in book.roles.values()
        if role.substitutes
    )
    return Line(
        STAGE_TITLES[Stage.APPROVAL],
        working_days(book.terms.vote),
        Kind.STAGE,
        (
            Line(
                f"Комиссия: от {quality.commission_smallest} до {quality.commission_largest} человек"
                + (f", всегда входят: {always}" if always else ""),
                f"председатель — {chair}",
                Kind.PERSON,
            ),
            Line(_capital(QUORUM_WORDS[book.approval.quorum])),
            *(
                (Line(f"Критическое нарушение: нужен голос «{book.roles[critical].title}»", kind=Kind.GRAVE),)
                if critical is not None
                else ()
            ),
            *((Line("Отказ принимается только с причиной"),) if book.approval.reason_required else ()),
            *stand_ins,
        ),
    )


def _changes(book: Rulebook) -> Line:
    departments = tuple(
        Line(
            f"{each.title} → группа «{each.group}»",
            _executor(each.department, each.integrator, each.flow),
            Kind.PERSON,
        )
        for each in book.departments.values()
    )
    return Line(
        STAGE_TITLES[Stage.CHANGES],
        "каждая мера — блокирующая задача в группе подразделения",
        Kind.STAGE,
        (Line(f"Канбан: {' → '.join(book.kanban)}"), *departments),
    )


def _executor(department: str, integrator: str | None, flow: int | None) -> str:
    if integrator is not None:
        return f"делает {integrator}, следит руководитель: {department}"
    return f"раздаёт поток №{flow}" if flow is not None else f"отвечает руководитель: {department}"


def _finalization(book: Rulebook) -> Line:
    news = book.finalization.news
    how = (
        "важное сообщение: отметки о прочтении" if news.important else "",
        "инспектор подтверждает черновик" if news.confirm else "",
        f"напоминание через {working_days(news.remind_readers_after_days)}" if news.remind_readers_after_days else "",
    )
    steps = (
        Line(f"{number}. {step.title}", "с результатом" if step.result == "required" else "")
        for number, step in enumerate(book.finalization.steps, start=1)
    )
    last = len(book.finalization.steps) + 1
    headline = re.sub(r"\{\w+\}", "…", news.title)
    return Line(
        STAGE_TITLES[Stage.FINALIZATION],
        f"по порядку, на каждый шаг {working_days(book.terms.finalization)}",
        Kind.STAGE,
        (
            *steps,
            Line(f"{last}. Новость: {headline}", ", ".join(each for each in how if each)),
            Line(f"{last + 1}. {STAGE_TITLES[Stage.SUCCESS]}", kind=Kind.GOOD),
        ),
    )


def _effectiveness(book: Rulebook) -> Line:
    plan = book.effectiveness
    reviewer = book.roles[plan.reviewer].title if plan.reviewer is not None else "коллега инспектора из отдела качества"
    return Line(
        "Проверка результативности",
        f"через {plan.after_days} дней после закрытия",
        Kind.STAGE,
        (
            Line(plan.criterion, f"сравнение с прошлыми {plan.window_days} днями"),
            Line(f"Проверяет: {reviewer}", working_days(book.terms.effectiveness), Kind.PERSON),
            Line(f"Меньше {plan.least_cases} разборов до или после → «данных мало»"),
        ),
    )


def _always(book: Rulebook) -> Line:
    """What holds all the way: deadlines, the gate, points, records."""
    escalation, calendar = book.escalation, book.calendar
    remind = f"за {escalation.remind_hours_before} раб. ч — исполнителю, " if escalation.remind_hours_before else ""
    override = _role_titles(book, book.gate.override) or "никто"
    silent = escalation.survey_closes_after_days
    period = {"month": "месяц", "quarter": "квартал", "year": "год"}[book.points.period]
    readers = _role_titles(book, book.retention.readers)
    return Line(
        "На всём пути",
        kind=Kind.STAGE,
        below=(
            Line(f"Напоминания: {remind}в срок, через {working_days(escalation.head_after_days)} — руководителю"),
            *((Line(f"Молчание в опросе {working_days(silent)} после срока → «нет ответа»"),) if silent else ()),
            Line(
                f"Рабочий день {calendar.begins}:00-{calendar.ends}:00, праздники {calendar.country}",
                calendar.time_zone,
            ),
            Line("Карточку, которую перетащили раньше времени, сервис возвращает", f"пропустить может: {override}"),
            Line(f"Баллы считаются за {period}" + ", могут быть сняты повторным разбором" * book.points.taken_back),
            Line(f"Записи хранятся {_years(book.retention.years)}", f"полностью видят: {readers}" if readers else ""),
        ),
    )


def _role_titles(book: Rulebook, codes: Iterable[str]) -> str:
    return ", ".join(book.roles[code].title for code in codes)


def working_days(days: int) -> str:
    return counted(days, "рабочий день", "рабочих дня", "рабочих дней")


def _years(years: int) -> str:
    return counted(years, "год", "года", "лет")


def _points(points: float) -> str:
    return "+" + counted(points, "балл", "балла", "баллов")


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


# --- The diagram -----------------------------------------------------------------------------------------------------


def mermaid(book: Rulebook) -> str:
    """The process as a Mermaid flowchart: funnels with their questions, verdicts, deciders, departments, the end."""
    return "\n".join(("flowchart TD", *(f"  {line}" for line in _diagram(book)))) + "\n"


def _diagram(book: Rulebook) -> Iterator[str]:
    for number, funnel in enumerate(book.funnels):
        yield from _funnel_diagram(book, funnel, f"f{number}")
    yield f'verdict{{"{_label("Вердикт")}"}}'
    for number, verdict in enumerate(book.verdicts.values()):
        goes_on = verdict.measures == "required"
        yield f'verdict -- "{_label(verdict.title)}" --> {"commission" if goes_on else f"good{number}"}'
        if not goes_on:
            points = f" · {_points(verdict.points)}" if verdict.points else ""
            yield f'good{number}(["{_label(f"Закрыт успешно{points}")}"])'
    yield from _commission_diagram(book)
    yield f'commission --> formulation["{_label("Формулирование мер")}"]'
    yield f'formulation --> approval{{"{_label("Согласование: " + QUORUM_WORDS[book.approval.quorum])}"}}'
    yield 'approval -- "отказ с причиной" --> formulation'
    yield 'approval -- "утверждено" --> changes'
    yield f'subgraph changes ["{_label("Изменения: канбан " + " → ".join(book.kanban))}"]'
    for number, each in enumerate(book.departments.values()):
        yield f'  d{number}["{_rows(each.title, *([each.integrator] if each.integrator is not None else []))}"]'
    yield "end"
    before = "changes"
    for number, step in enumerate(book.finalization.steps):
        yield f'{before} --> s{number}["{_label(step.title)}"]'
        before = f"s{number}"
    yield f'{before} --> news["{_label("Новость сотрудникам")}"]'
    yield f'news --> success(["{_label(STAGE_TITLES[Stage.SUCCESS])}"])'
    days = book.effectiveness.after_days
    yield f'success -. "через {days} дней" .-> effect{{"{_label("Меры сработали?")}"}}'
    yield 'effect -- "нет" --> formulation'


def _funnel_diagram(book: Rulebook, funnel: Funnel, node: str) -> Iterator[str]:
    yield f'subgraph {node} ["{_label(funnel.title)}"]'
    yield f'  {node}t(["{_label(trigger(funnel))}"])'
    always = [book.questions[each.question].text for each in funnel.survey if not each.visible_when]
    yield f'  {node}t --> {node}q["{_rows("Опрос ответственного", *always)}"]'
    yield f'  {node}q --> {node}p["{_rows("Протокол", *funnel.protocol)}"]'
    for number, asked in enumerate(each for each in funnel.survey if each.visible_when):
        when = "; ".join(" / ".join(_titles(book, *each)) for each in asked.visible_when.items())
        yield f'  {node}q -. "{_label(when)}" .-> {node}q{number}["{_label(book.questions[asked.question].text)}"]'
    yield "end"
    yield f"{node}p --> verdict"


def _commission_diagram(book: Rulebook) -> Iterator[str]:
    """Each violation with the roles that decide on it."""
    yield f'subgraph commission ["{_label("Комиссия по типам нарушений")}"]'
    yield "  direction LR"
    seats = {code: f"r{number}" for number, code in enumerate(book.roles)}
    needed = {role for violation in book.violations.values() for role in violation.roles}
    for code, node in seats.items():
        if code in needed:
            yield f'  {node}["{_label(book.roles[code].title)}"]'
    for number, violation in enumerate(book.violations.values()):
        roles = " & ".join(seats[role] for role in violation.roles)
        yield f'  v{number}("{_label(violation.title)}") --> {roles}'
    yield "end"


def _rows(*texts: str) -> str:
    return "<br>".join(_label(text) for text in texts)


def _label(text: str) -> str:
    """Text that Mermaid takes as text: its own signs as entities, see mermaid.js.org/syntax/flowchart.html."""
    for sign, entity in (("#", "#35;"), ("&", "#38;"), ('"', "#34;"), ("<", "#60;"), (">", "#62;"), ("`", "#96;")):
        text = text.replace(sign, entity)
    return " ".join(text.split())
