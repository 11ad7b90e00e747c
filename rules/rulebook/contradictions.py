"""What no entry of a rulebook can know alone: references that lead nowhere, doubles, impossible conditions.

Every finding is a place and a sentence for a quality manager; ``loading`` adds the line.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from difflib import get_close_matches
from functools import cache
from zoneinfo import available_timezones

from holidays import list_supported_countries

from rules.rulebook.schema import NEWS_WORDS, OUTCOMES, AskedQuestion, Funnel, Question, Rulebook, SourceCondition

Path = tuple[str | int, ...]
"""Where an entry stands: ``("funnels", 0, "survey", 2, "question")``."""

Finding = tuple[Path, str]


def contradictions(book: Rulebook) -> Iterator[Finding]:
    """Everything that is wrong in a book whose entries are all well formed."""
    yield from _questions(book)
    yield from _funnels(book)
    yield from _references_to_roles(book)
    yield from _roles(book)
    yield from _quality(book)
    yield from _verdicts(book)
    yield from _measures(book)
    yield from _departments(book)
    yield from _calendar(book)
    yield from _finalization(book)


# --- Questions and funnels -------------------------------------------------------------------------------------------


def _questions(book: Rulebook) -> Iterator[Finding]:
    for code, question in book.questions.items():
        if question.type in ("choice", "several") and len(question.options) < 2:
            yield ("questions", code), f"вопросу «{question.text}» нужны варианты ответа (options), хотя бы два"
        if question.type not in ("choice", "several") and question.options:
            yield ("questions", code, "options"), f"у вопроса типа {question.type} вариантов ответа не бывает"
        for index, option in _repeated([option.code for option in question.options]):
            yield ("questions", code, "options", index), f"вариант «{option}» указан дважды"
        for index, text in _repeated([option.text for option in question.options]):
            yield ("questions", code, "options", index), f"два варианта с текстом «{text}»: люди их не различат"
    texts = {code: question.text for code, question in book.questions.items()}
    for code, text in _same_titles(texts):
        yield ("questions", code, "text"), f"вопрос «{text}» уже есть выше: на карточке их не различить"


def _funnels(book: Rulebook) -> Iterator[Finding]:
    for index, code in _repeated([funnel.code for funnel in book.funnels]):
        yield ("funnels", index, "code"), f"воронка с кодом «{code}» уже есть выше"
    for index, _ in _repeated([funnel.title.casefold() for funnel in book.funnels]):
        yield ("funnels", index, "title"), f"воронка с названием «{book.funnels[index].title}» уже есть выше"
    for index, funnel in enumerate(book.funnels):
        here: Path = ("funnels", index)
        yield from _source(book, funnel, index)
        yield from _final_stages(funnel, here)
        for position, condition in enumerate(funnel.only_if):
            yield from _condition(condition, (*here, "only_if", position))
        for position, step in _repeated(funnel.protocol):
            yield (*here, "protocol", position), f"шаг протокола «{step}» указан дважды"
        yield from _survey(book, funnel, here)


def _source(book: Rulebook, funnel: Funnel, index: int) -> Iterator[Finding]:
    source, here = funnel.source, ("funnels", index, "source")
    if source.type == "deal" and source.funnel is None:
        yield here, "для сделок укажите название воронки: funnel: Розничные продажи"
    if source.type == "smart_process" and source.process is None:
        yield here, "для смарт-процесса укажите его название: process: Сервисные заявки"
    if source.type != "smart_process" and source.process is not None:
        yield (*here, "process"), "название процесса (process) бывает только у type: smart_process: уберите его"
    if source.type == "lead" and source.funnel is not None:
        yield (*here, "funnel"), "у лидов нет воронок: уберите funnel"
    if source.process in (book.names.case, book.names.measure):
        yield (*here, "process"), f"«{source.process}» — собственный смарт-процесс разборов: он сам себя не разбирает"
    for other in book.funnels[:index]:
        if (other.source.type, other.source.process) != (source.type, source.process):
            continue
        if other.source.funnel == source.funnel:
            yield here, f"за элементами воронки «{funnel.title}» уже следит другая воронка выше: «{other.title}»"
        elif source.type == "smart_process" and None in (source.funnel, other.source.funnel):
            whole = funnel if source.funnel is None else other
            yield here, f"за всеми воронками процесса «{source.process}» следит «{whole.title}»: укажите funnel у обеих"


def _final_stages(funnel: Funnel, here: Path) -> Iterator[Finding]:
    for index, stage in _repeated(funnel.final_stages):
        yield (*here, "final_stages", index), f"стадия «{stage}» указана дважды"
    if funnel.survey_before_closing and set(funnel.final_stages) & set(OUTCOMES):
        yield (
            (*here, "survey_before_closing"),
            "чтобы опрос был до завершения, укажите в final_stages стадию перед последней, без success и fail",
        )


def _condition(condition: SourceCondition, here: Path) -> Iterator[Finding]:
    least, most = condition.at_least, condition.at_most
    if least is not None and most is not None and least > most:
        yield (*here, "at_least"), f"от {least:g} до {most:g}: такого числа нет, поменяйте at_least и at_most местами"
    if condition.one_of and (least is not None or most is not None):
        yield (*here, "one_of"), "либо границы (at_least, at_most), либо список значений (one_of): оставьте одно"


def _survey(book: Rulebook, funnel: Funnel, here: Path) -> Iterator[Finding]:
    asked_before: set[str] = set()
    for position, asked in enumerate(funnel.survey):
        path = (*here, "survey", position)
        if asked.question not in book.questions:
            yield (*path, "question"), _nowhere("вопроса", asked.question, "questions", book.questions)
        if asked.question in asked_before:
            yield (*path, "question"), f"вопрос «{asked.question}» уже задан выше"
        if asked.required and asked.required_when:
            yield (*path, "required_when"), f"«{asked.question}» обязателен и без условия: добавьте required: false"
        yield from _dependencies(book, asked, asked_before, path)
        asked_before.add(asked.question)


def _dependencies(book: Rulebook, asked: AskedQuestion, before: Collection[str], path: Path) -> Iterator[Finding]:
    for field in ("visible_when", "required_when"):
        for other, answers in getattr(asked, field).items():
            here = (*path, field)
            if other not in before:
                yield here, f"«{asked.question}» зависит от «{other}», а он должен стоять выше в опросе"
                continue
            question = book.questions.get(other)
            if question is None:
                continue
            if not question.choices:
                yield here, _not_a_choice(other, question)
            for answer in answers if question.choices else ():
                known = sorted(option.code for option in question.choices)
                if answer not in known:
                    yield here, f"у вопроса «{other}» нет ответа «{answer}»: возможны {', '.join(known)}"


def _not_a_choice(code: str, question: Question) -> str:
    return f"от ответа на «{code}» (type: {question.type}) зависеть нельзя: нужен вопрос с вариантами или yes_no"


# --- People ----------------------------------------------------------------------------------------------------------


def _references_to_roles(book: Rulebook) -> Iterator[Finding]:
    """Every place that names a role."""
    named: list[tuple[Path, Sequence[str | None]]] = [
        (("quality", "commission_always"), book.quality.commission_always),
        (("quality", "chair"), [book.quality.chair]),
        (("approval", "critical_needs"), [book.approval.critical_needs]),
        (("gate", "override"), book.gate.override),
        (("effectiveness", "reviewer"), [book.effectiveness.reviewer]),
        (("retention", "readers"), book.retention.readers),
        *((("violations", code, "roles"), violation.roles) for code, violation in book.violations.items()),
        *((("roles", code, "substitutes"), role.substitutes) for code, role in book.roles.items()),
    ]
    for here, codes in named:
        for code in codes:
            if code is not None and code not in book.roles:
                yield here, _nowhere("роли", code, "roles", book.roles)
        for _, code in _repeated([code for code in codes if code is not None]):
            yield here, f"роль «{code}» указана дважды"


def _roles(book: Rulebook) -> Iterator[Finding]:
    for code, title in _same_titles({code: role.title for code, role in book.roles.items()}):
        yield ("roles", code, "title"), f"роль с названием «{title}» уже есть выше"
    for code, role in book.roles.items():
        if (role.head_of is None) == (role.person is None):
            yield ("roles", code), "укажите, чья это роль: head_of (руководитель отдела) или person (имя сотрудника)"
        here = ("roles", code, "substitutes")
        if code in role.substitutes:
            yield here, f"роль «{code}» замещает сама себя: уберите её из substitutes"
        for other in role.substitutes:
            substitute = book.roles.get(other)
            if substitute is None or other == code:
                continue
            if role.head_of and substitute.head_of and substitute.head_of.casefold() == role.head_of.casefold():
                yield here, f"«{other}» — руководитель того же отдела «{role.head_of}»: замещать некому"
            if role.person and substitute.person and substitute.person.casefold() == role.person.casefold():
                yield here, f"«{other}» — тот же сотрудник «{role.person}»: замещать некому"
    for circle in _circles({code: role.substitutes for code, role in book.roles.items()}):
        yield (
            ("roles", circle[0], "substitutes"),
            f"замещают друг друга по кругу: {' → '.join((*circle, circle[0]))}: уберите одну из ссылок",
        )


def _circles(substitutes: dict[str, tuple[str, ...]]) -> Iterator[tuple[str, ...]]:
    """Roles that stand in for one another in a ring of two or more; each ring once, from its first role."""
    order = list(substitutes)
    for start in order:
        earlier = set(order[: order.index(start)])
        path: list[str] = []
        found = _way_back(start, start, substitutes, earlier, path)
        if found and len(path) > 1:
            yield tuple(path)


def _way_back(start: str, here: str, substitutes: dict[str, tuple[str, ...]], seen: set[str], path: list[str]) -> bool:
    path.append(here)
    seen.add(here)
    for other in substitutes.get(here, ()):
        if other == start and here != start:
            return True
        if other not in seen and _way_back(start, other, substitutes, seen, path):
            return True
    path.pop()
    return False


def _quality(book: Rulebook) -> Iterator[Finding]:
    smallest, largest = book.quality.commission_smallest, book.quality.commission_largest
    if smallest > largest:
        yield (
            ("quality", "commission_smallest"),
            f"наименьшая комиссия ({smallest}) больше наибольшей ({largest}): поменяйте числа",
        )
    always = dict.fromkeys(book.quality.commission_always)
    if len(always) > largest:
        yield (
            ("quality", "commission_always"),
            f"в каждую комиссию входит ролей: {len(always)}, а наибольшая комиссия — {largest} (commission_largest)",
        )


# --- Analysis and measures -------------------------------------------------------------------------------------------


def _verdicts(book: Rulebook) -> Iterator[Finding]:
    if not any(verdict.measures == "none" for verdict in book.verdicts.values()):
        yield ("verdicts",), "нужен хотя бы один вердикт без мер (measures: none), «абсолютно корректный»"
    lists = {
        "violations": {code: each.title for code, each in book.violations.items()},
        "causes": {code: each.title for code, each in book.causes.items()},
        "verdicts": {code: each.title for code, each in book.verdicts.items()},
        "measure_kinds": {code: each.title for code, each in book.measure_kinds.items()},
        "measure_templates": {code: each.title for code, each in book.measure_templates.items()},
        "departments": {code: each.title for code, each in book.departments.items()},
    }
    for section, titles in lists.items():
        for code, title in _same_titles(titles):
            yield (section, code, "title"), f"название «{title}» уже есть выше: в списке на карточке их не различить"


def _measures(book: Rulebook) -> Iterator[Finding]:
    for code, template in book.measure_templates.items():
        here: Path = ("measure_templates", code)
        if template.kind not in book.measure_kinds:
            yield (*here, "kind"), _nowhere("вида меры", template.kind, "measure_kinds", book.measure_kinds)
        if template.department not in book.departments:
            yield (*here, "department"), _nowhere("подразделения", template.department, "departments", book.departments)
        for index, violation in enumerate(template.violations):
            if violation not in book.violations:
                yield (*here, "violations", index), _nowhere("нарушения", violation, "violations", book.violations)


def _departments(book: Rulebook) -> Iterator[Finding]:
    groups = {code: each.group for code, each in book.departments.items()}
    for code, group in _same_titles(groups):
        yield ("departments", code, "group"), f"группа «{group}» уже отдана другому подразделению выше"
    for index, column in _repeated(book.kanban):
        yield ("kanban", index), f"колонка канбана «{column}» указана дважды"


# --- Calendar, finalization ------------------------------------------------------------------------------------------


@cache
def _countries() -> frozenset[str]:
    return frozenset(list_supported_countries())


@cache
def _time_zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _calendar(book: Rulebook) -> Iterator[Finding]:
    calendar = book.calendar
    if calendar.begins >= calendar.ends:
        yield ("calendar", "begins"), f"день начинается в {calendar.begins}, а кончается в {calendar.ends}: проверьте"
    if calendar.country not in _countries():
        yield ("calendar", "country"), f"праздники страны «{calendar.country}» неизвестны: возможны RU, BY, KZ и другие"
    if calendar.time_zone not in _time_zones():
        yield (
            ("calendar", "time_zone"),
            f"часового пояса «{calendar.time_zone}» нет: пишется как Europe/Moscow или Asia/Vladivostok",
        )
    for day in sorted(set(calendar.days_off) & set(calendar.working_days)):
        yield ("calendar", "working_days"), f"{day:%d.%m.%Y} назван и нерабочим (days_off), и рабочим (working_days)"


def _finalization(book: Rulebook) -> Iterator[Finding]:
    for index, step in _repeated([step.code for step in book.finalization.steps]):
        yield ("finalization", "steps", index, "code"), f"шаг с кодом «{step}» уже есть выше"
    for part in ("title", "text"):
        for word in re.findall(r"\{(\w+)\}", getattr(book.finalization.news, part)):
            if word not in NEWS_WORDS:
                yield (
                    ("finalization", "news", part),
                    f"вместо «{{{word}}}» нечего подставить: возможны {', '.join(NEWS_WORDS)}",
                )
    if book.finalization.news.remind_readers_after_days and not book.finalization.news.important:
        yield (
            ("finalization", "news", "remind_readers_after_days"),
            "напоминать можно только о важной новости: добавьте important: true",
        )
    if book.names.case.casefold() == book.names.measure.casefold():
        yield ("names", "measure"), "у разбора и меры одно название: это два разных смарт-процесса"


# --- Words -----------------------------------------------------------------------------------------------------------


def _nowhere(what: str, code: str, section: str, known: Iterable[str]) -> str:
    """A reference that leads nowhere, with the code that was probably meant."""
    alike = get_close_matches(code, list(known), n=1, cutoff=0.75)
    return f"{what} «{code}» нет в разделе {section}" + (f"; может быть, «{alike[0]}»?" if alike else "")


def _repeated(values: Sequence[str]) -> Iterator[tuple[int, str]]:
    """Where a value stands that stands further up already."""
    seen: set[str] = set()
    for index, value in enumerate(values):
        if value in seen:
            yield index, value
        seen.add(value)


def _same_titles(titles: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Codes whose title another code further up has already, however it is capitalised."""
    codes = list(titles)
    for index, _ in _repeated([title.casefold() for title in titles.values()]):
        yield codes[index], titles[codes[index]]
