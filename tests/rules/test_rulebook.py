"""The rulebook: what a customer may write, and how mistakes are explained: file, line, a sentence for a manager."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

import rules
from rules import commission
from rules.rulebook import NEWS_WORDS, Rulebook, RulebookError, load
from tests.builders import BOOK, SMALL_BOOK, a_case

TEXT = SMALL_BOOK.read_text(encoding="utf-8")
LINES = TEXT.splitlines()
BOOKS = sorted((Path(rules.__file__).parent / "books").glob("*.yaml"))

A_TEMPLATE = "measure_templates: {talk: {title: Т, target: Т, expected: Т, planned_hours: 1, days: 1, "

ENGLISH = re.compile(r"[Ii]nput should|should be|expected|found|Field required|could not|mapping|Keys")


def problems(text: str) -> list[tuple[int, str]]:
    with pytest.raises(RulebookError) as caught:
        load(text, "book.yaml")
    assert all(problem.file == "book.yaml" for problem in caught.value.problems)
    return [(problem.line, problem.sentence) for problem in caught.value.problems]


def changed(old: str, new: str) -> tuple[str, int]:
    """The small book with one place changed, and the line of that place."""
    assert TEXT.count(old) == 1, old
    return TEXT.replace(old, new), TEXT[: TEXT.index(old)].count("\n") + 1


# --- what ships ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("book", BOOKS, ids=lambda book: book.name)
@pytest.mark.requirement("S13", "S23")
def test_every_shipped_book_switches_several_processes_on(book: Path) -> None:
    """Deals of two funnels, leads, and a smart process of the customer's own."""
    loaded = load(book.read_text(encoding="utf-8"), book.name)
    assert [funnel.source.type for funnel in loaded.funnels] == ["deal", "deal", "lead", "smart_process"]
    assert [funnel.title for funnel in loaded.funnels] == [
        "Розничные продажи", "Оптовые продажи", "Обработка обращений", "Сервис",
    ]  # fmt: skip


@pytest.mark.requirement("S36", "S37", "S38", "S39")
@pytest.mark.parametrize("book", BOOKS, ids=lambda book: book.name)
def test_the_outcomes_are_graded(book: Path) -> None:
    """The three of the case study, and one for work that was wrong, which it doesn't have."""
    verdicts = load(book.read_text(encoding="utf-8"), book.name).verdicts
    assert [(each.title, each.measures, each.facts) for each in verdicts.values()] == [
        ("Абсолютно корректный", "none", "optional"),
        ("Корректный, есть что улучшить", "required", "optional"),
        ("Частично корректный", "required", "required"),
        ("Некорректный", "required", "required"),
    ]
    points = [each.points for each in verdicts.values()]
    assert points[0] > max(points[1:]), "absolutely correct work is rewarded most"


@pytest.mark.requirement("S46")
@pytest.mark.parametrize("book", BOOKS, ids=lambda book: book.name)
def test_a_late_deal_with_a_rude_call_calls_sales_logistics_and_marketing(book: Path) -> None:
    """The composition that the case study gives as its example."""
    loaded = load(book.read_text(encoding="utf-8"), book.name)
    called = commission.roles(a_case(violations=("terms", "communication")), loaded)
    places = [loaded.roles[role].head_of for role in called]
    assert places == ["Отдел продаж", "Логистика", "Маркетинг"]


@pytest.mark.requirement("S19", "S20", "S21", "S22")
@pytest.mark.parametrize("book", BOOKS, ids=lambda book: book.name)
def test_every_funnel_asks_its_own_questions(book: Path) -> None:
    """The three questions of the case study, and every type of question somewhere."""
    loaded = load(book.read_text(encoding="utf-8"), book.name)
    asked = {funnel.code: [each.question for each in funnel.survey] for funnel in loaded.funnels}
    for funnel in ("retail", "wholesale", "service"):
        assert {"satisfaction", "terms_kept", "deviations"} <= set(asked[funnel])
    assert len({tuple(questions) for questions in asked.values()}) == len(asked)
    types = {question.type for question in loaded.questions.values()}
    assert types == {"choice", "several", "yes_no", "number", "date", "text", "user"}


@pytest.mark.requirement("S26", "S27", "S28", "S29")
@pytest.mark.parametrize("book", BOOKS, ids=lambda book: book.name)
def test_every_funnel_is_analysed_by_its_own_protocol(book: Path) -> None:
    """Calls, dates and documents in sales; reaction, act, spare parts and repeated visits in service."""
    loaded = load(book.read_text(encoding="utf-8"), book.name)
    steps = {funnel.code: " ".join(funnel.protocol).casefold() for funnel in loaded.funnels}
    assert len(set(steps.values())) == len(steps)
    for funnel, words in {
        "retail": ("звонки", "сроки", "на ошибки"),
        "wholesale": ("звонки", "сроки", "на ошибки"),
        "service": ("акт", "реакции", "запасные части", "повторного визита"),
    }.items():
        assert all(word in steps[funnel] for word in words), funnel


@pytest.mark.requirement("S40", "S41", "S42", "S43", "S44", "S51", "S54")
@pytest.mark.parametrize("book", BOOKS, ids=lambda book: book.name)
def test_the_shipped_measures_reach_every_kind_of_executor(book: Path) -> None:
    loaded = load(book.read_text(encoding="utf-8"), book.name)
    assert {"regulation", "bitrix24", "other_system", "training"} < set(loaded.measure_kinds)
    assert [code for code, kind in loaded.measure_kinds.items() if kind.employee] == ["training"]
    assert [code for code, each in loaded.departments.items() if each.integrator is not None] == ["integrator"]
    assert "it" in loaded.departments
    assert loaded.kanban == (
        "Ожидает планирования", "В работе на тесте", "Тестирование", "Публикация", "Приёмка",
    )  # fmt: skip


@pytest.mark.parametrize("book", BOOKS, ids=lambda book: book.name)
def test_a_shipped_violation_names_its_requirement(book: Path) -> None:
    """R5: a nonconformity is the non-fulfilment of a requirement."""
    loaded = load(book.read_text(encoding="utf-8"), book.name)
    assert all(violation.requirement for violation in loaded.violations.values())
    assert {violation.severity for violation in loaded.violations.values()} == {"minor", "major", "critical"}
    assert [verdict.measures for verdict in loaded.verdicts.values()] == ["none", *["required"] * 3]


@pytest.mark.parametrize("book", BOOKS, ids=lambda book: book.name)
def test_a_shipped_book_uses_everything_it_declares(book: Path) -> None:
    """A question nobody is asked, or a role nobody needs, is a mistake of ours."""
    loaded = load(book.read_text(encoding="utf-8"), book.name)
    assert {each.question for funnel in loaded.funnels for each in funnel.survey} == set(loaded.questions)
    needed = {role for violation in loaded.violations.values() for role in violation.roles}
    assert needed == set(loaded.roles)
    offered = {template.department for template in loaded.measure_templates.values()}
    assert offered <= set(loaded.departments)
    assert all(funnel.survey for funnel in loaded.funnels)


def test_what_is_left_out_has_a_sensible_value() -> None:
    assert BOOK.names.case == "Анализ и коррекции"
    assert BOOK.terms.survey == 2
    assert BOOK.funnel("retail").final_stages == ("success", "fail")
    assert BOOK.funnel("retail").active_from is None


def test_yes_and_no_mean_the_answers_however_they_are_written() -> None:
    """YAML reads ``no`` as false; people write «нет»."""
    for word in ("no", "No", "false", "нет", "[no]", "[нет]"):
        text, _ = changed("visible_when: {satisfaction: low}", f"visible_when: {{terms_kept: {word}}}")
        text = text.replace("      - question: satisfaction\n", "      - question: terms_kept\n", 1)
        text = text.replace(
            "      - question: terms_kept\n      - question: deviations", "      - question: deviations"
        )
        assert load(text).funnel("retail").survey[1].visible_when == {"terms_kept": ("no",)}, word


def test_funnels_are_found_by_code() -> None:
    assert BOOK.funnel("leads").title == "Обращения"
    assert BOOK.find_funnel("abolished") is None
    assert BOOK.find_funnel(None) is None
    with pytest.raises(KeyError):
        BOOK.funnel("abolished")


def laughs(seed: str, shape: str) -> str:
    """Each line holds the one before nine times."""
    lines = (f"a{n}: &a{n} " + shape.format(", ".join([f"*a{n - 1}"] * 9)) for n in range(1, 12))
    return "\n".join((f"a0: &a0 {seed}", *lines))


# --- one mistake, one line, one sentence -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        # forgotten
        ("quality: {department: Отдел качества}", "quality: {}", "не хватает «department»"),
        # misspelt
        ("    protocol: [Прослушать первый", "    protokol: [Прослушать первый", "«protokol» здесь не бывает"),
        # a value out of the blue
        ("type: number}", "type: numbr}", "«numbr» не подходит для «type»: возможны 'choice', 'several'"),
        ("severity: critical", "severity: fatal", "«fatal» не подходит для «severity»: возможны 'minor', 'major' или"),
        # codes are not names
        ("  gap: {title", "  Пробел: {title", "код «Пробел» не подходит"),
        ("code: leads", "code: Leads-1", "код «Leads-1» не подходит"),
        # a number where a text belongs
        ('version: "test-1"', "version: 2026", "«version» должно быть текстом, а не «2026»"),
        ("title: Розница", "title:", "должно быть текстом, а не «None»"),
        ("title: Розница", "title: '  '", "пусто: впишите текст"),
        # lists and sections
        ("protocol: [Прослушать первый звонок]", "protocol: []", "пусто: нужен хотя бы один пункт"),
        ("protocol: [Прослушать первый звонок]", "protocol: Прослушать", "должно быть списком, а не «Прослушать»"),
        ("quality: {department: Отдел качества}", "quality: Отдел качества", "должно быть разделом с ключами"),
        ("measure_kinds:", "measure_kinds: {}\nx:", "«measure_kinds» пусто"),
        # numbers that make no sense
        ("points: 10", "points: -1", "«-1» не подходит для «verdicts.correct.points»: наименьшее значение 0"),
        ("points: 10", "points: .nan", "«nan» не подходит"),
        ("points: 10", "points: .inf", "«inf» не подходит"),
        ("points: 10", "points: много", "«много» не подходит для «verdicts.correct.points»: нужно число"),
        ("pause_minutes: 60", "pause_minutes: 1.5", "нужно целое число"),
        ("reverts_in_a_row: 3", "reverts_in_a_row: 0", "наименьшее значение 1"),
        ("reverts_in_a_row: 3", "reverts_in_a_row: 9999999", "наибольшее значение 100"),
        ("active_from: 2026-11-10", "active_from: завтра", "нужна дата вида 2026-11-30"),
        ("active_from: 2026-11-10", "active_from: 2026-13-45", "«2026-13-45» не читается как число или дата"),
        ("required: false", "required: иногда", "нужно true или false"),
        # references that lead nowhere
        ("roles: [it_head]", "roles: [cto]", "роли «cto» нет в разделе roles"),
        ("kanban:", "approval: {critical_needs: cto}\nkanban:", "роли «cto» нет в разделе roles"),
        ("quality: {", "quality: {chair: cto, ", "роли «cto» нет в разделе roles"),
        ("kanban:", f"{A_TEMPLATE}kind: magic, department: sales}}}}\nkanban:", "вида меры «magic» нет"),
        ("kanban:", f"{A_TEMPLATE}kind: training, department: moon}}}}\nkanban:", "подразделения «moon» нет"),
        (
            "kanban:",
            f"{A_TEMPLATE}kind: training, department: sales, violations: [sin]}}}}\nkanban:",
            "нарушения «sin» нет в разделе violations",
        ),
        ("      - question: reply_minutes", "      - question: speed", "вопроса «speed» нет в разделе questions"),
        (
            "visible_when: {satisfaction: low}",
            "visible_when: {satisfaction: terrible}",
            "у вопроса «satisfaction» нет ответа «terrible»: возможны high, low",
        ),
        (
            "visible_when: {satisfaction: low}",
            "visible_when: {deviations: none}",
            "«dissatisfied_why» зависит от «deviations», а он должен стоять выше",
        ),
        ("roles: [it_head]", "roles: [it_haed]", "роли «it_haed» нет в разделе roles; может быть, «it_head»?"),
        ("roles: [it_head]", "roles: [it_head, it_head]", "роль «it_head» указана дважды"),
        # conditions without effect
        ("        required: false\n", "", "«deviations_what» обязателен и без условия: добавьте required: false"),
        (
            "visible_when: {satisfaction: low}",
            "visible_when: {satisfaction: [low, low, worst]}",
            "у вопроса «satisfaction» нет ответа «worst»",
        ),
        # doubles
        ("code: leads", "code: retail", "воронка с кодом «retail» уже есть выше"),
        ("source: {type: lead}", "source: {type: deal, funnel: Розничные продажи}", "уже следит другая воронка"),
        ("{code: systems,", "{code: documents,", "шаг с кодом «documents» уже есть выше"),
        ("{code: low, text: Недоволен}", "{code: high, text: Недоволен}", "вариант «high» указан дважды"),
        ("- question: dissatisfied_why\n", "- question: satisfaction\n", "вопрос «satisfaction» уже задан выше"),
        # questions
        ("{type: deal, funnel: Розничные продажи}", "{type: deal}", "для сделок укажите название воронки"),
        ("type: yes_no}", "type: choice}", "нужны варианты ответа"),
        ("type: number}", "type: number, options: [{code: a, text: А}]}", "вариантов ответа не бывает"),
        ("measures: none, points: 10", "measures: required", "нужен хотя бы один вердикт без мер"),
        # news
        ("{measures}", "{меры}", "вместо «{меры}» нечего подставить: возможны funnel, title, measures"),
    ],
)  # fmt: skip
def test_a_mistake_is_explained_where_it_stands(old: str, new: str, sentence: str) -> None:
    text, line = changed(old, new)
    found = problems(text)
    assert sentence in " / ".join(each for _, each in found)
    where = next(number for number, each in found if sentence in each)
    assert abs(where - line) <= 1, f"reported in line {where}, made in line {line}"
    assert not any(ENGLISH.search(each) for _, each in found)


APPENDED = """
approval: {critical_needs: sales_head}
calendar: {country: RU}
measure_templates:
  norm: {title: Норма, kind: regulation, target: РП-01, department: sales, planned_hours: 4, days: 5, expected: Ясно}
"""
"""Sections that the small book leaves out."""


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        # roles, wherever they are named
        ("critical_needs: sales_head", "critical_needs: boss", "роли «boss» нет в разделе roles"),
        ("{department: Отдел качества}", "{department: Отдел качества, chair: boss}", "роли «boss» нет"),
        ("{department: Отдел качества}", "{department: Отдел качества, commission_always: [boss]}", "роли «boss» нет"),
        ("override: [", "override: [boss, ", "роли «boss» нет"),
        ("calendar:", "effectiveness: {reviewer: boss}\ncalendar:", "роли «boss» нет"),
        ("calendar:", "retention: {readers: [boss]}\ncalendar:", "роли «boss» нет"),
        ("head_of: ИТ}", "head_of: ИТ, substitutes: [boss]}", "роли «boss» нет"),
        # substitutes that help nobody
        ("head_of: ИТ}", "head_of: ИТ, substitutes: [it_head]}", "роль «it_head» замещает сама себя"),
        (
            "head_of: Логистика}",
            "head_of: ИТ, substitutes: [it_head]}",
            "«it_head» — руководитель того же отдела «ИТ»: замещать некому",
        ),
        (
            "head_of: Продажи}",
            "head_of: Продажи, substitutes: [logistics_head]}\n"
            "  it2: {title: ИТ-2, head_of: ИТ-2, substitutes: [it3]}\n"
            "  it3: {title: ИТ-3, head_of: ИТ-3, substitutes: [sales_head, it4]}\n"
            "  it4: {title: ИТ-4, head_of: ИТ-4, substitutes: [it2]}",
            "замещают друг друга по кругу: it2 → it3 → it4 → it2",
        ),
        # the commission
        (
            "{department: Отдел качества}",
            "{department: Отдел качества, commission_smallest: 5, commission_largest: 3}",
            "наименьшая комиссия (5) больше наибольшей (3)",
        ),
        (
            "{department: Отдел качества}",
            "{department: Отдел качества, commission_always: [it_head, sales_head], commission_largest: 1}",
            "в каждую комиссию входит ролей: 2, а наибольшая комиссия — 1",
        ),
        # templates
        ("kind: regulation", "kind: regulations", "вида меры «regulations» нет в разделе measure_kinds; может быть,"),
        ("department: sales,", "department: hr,", "подразделения «hr» нет в разделе departments"),
        ("expected: Ясно", "expected: Ясно, violations: [terms, gab]", "нарушения «gab» нет в разделе violations"),
        # the calendar
        ("{country: RU}", "{begins: 18, ends: 9}", "день начинается в 18, а кончается в 9"),
        ("{country: RU}", "{country: XX}", "праздники страны «XX» неизвестны"),
        ("{country: RU}", "{country: россия}", "нужны две заглавные латинские буквы"),
        ("{country: RU}", "{time_zone: Москва}", "часового пояса «Москва» нет"),
        ("{country: RU}", "{time_zone: Europe}", "часового пояса «Europe» нет"),
        (
            "{country: RU}",
            "{days_off: [2026-12-31], working_days: [2026-12-31]}",
            "31.12.2026 назван и нерабочим (days_off), и рабочим (working_days)",
        ),
        # conditions on the source
        (
            "source: {type: lead}",
            "source: {type: lead}\n    only_if: [{field: opportunity, at_least: 5, at_most: 3, words: сумма}]",
            "от 5 до 3: такого числа нет",
        ),
        (
            "source: {type: lead}",
            "source: {type: lead}\n    only_if: [{field: opportunity, at_least: 5, one_of: [a], words: сумма}]",
            "либо границы (at_least, at_most), либо список значений (one_of)",
        ),
        ("source: {type: lead}", "source: {type: lead}\n    only_if: [{field: a, at_least: .nan, words: б}]", "«nan»"),
        # sources
        ("source: {type: lead}", "source: {type: smart_process}", "для смарт-процесса укажите его название"),
        ("source: {type: lead}", "source: {type: lead, process: Заявки}", "бывает только у type: smart_process"),
        ("source: {type: lead}", "source: {type: lead, funnel: Заявки}", "у лидов нет воронок"),
        (
            "source: {type: lead}",
            "source: {type: smart_process, process: Мера коррекции}",
            "«Мера коррекции» — собственный смарт-процесс разборов",
        ),
        ("final_stages: [success]", "final_stages: [success, success]", "стадия «success» указана дважды"),
        ("final_stages: [success]", "survey_before_closing: true", "укажите в final_stages стадию перед последней"),
        ("[Прослушать первый звонок]", "[Звонок, Звонок]", "шаг протокола «Звонок» указан дважды"),
        ("title: Обращения", "title: розница", "воронка с названием «розница» уже есть выше"),
        # a question that nothing can depend on
        (
            "      - question: deviations_what\n        required: false\n",
            "      - question: reply_minutes\n        visible_when: {dissatisfied_why: да}\n"
            "      - question: deviations_what\n        required: false\n",
            "от ответа на «dissatisfied_why» (type: text) зависеть нельзя",
        ),
        # titles that look the same in a list of the card
        ("title: Нарушены сроки,", "title: ошибка в документах,", "название «Ошибка в документах» уже есть выше"),
        ("{title: Обучение}", "{title: Изменение регламента}", "название «Изменение регламента» уже есть выше"),
        ("text: Недоволен}", "text: Доволен}", "два варианта с текстом «Доволен»"),
        ('text: "Сроки соблюдены?"', 'text: "Доволен ли клиент?"', "вопрос «Доволен ли клиент?» уже есть выше"),
        ("title: Руководитель логистики", "title: Руководитель продаж", "роль с названием «Руководитель продаж» уже"),
        ("group: \"Коррекции: ИТ\"", "group: \"Коррекции: логистика\"", "группа «Коррекции: логистика» уже отдана"),
        ("Публикация, Приёмка]", "Публикация, Публикация]", "колонка канбана «Публикация» указана дважды"),
        # finalization
        ("  news:\n", "  news:\n    remind_readers_after_days: 2\n", "напоминать можно только о важной новости"),
        ("calendar:", "names: {case: Разбор, measure: разбор}\ncalendar:", "у разбора и меры одно название"),
    ],
)  # fmt: skip
def test_what_entries_contradict_is_said_where_it_stands(old: str, new: str, sentence: str) -> None:
    whole = TEXT + APPENDED
    assert whole.count(old) == 1, old
    text, line = whole.replace(old, new), whole[: whole.index(old)].count("\n") + 1
    found = problems(text)
    assert sentence in " / ".join(each for _, each in found)
    where = next(number for number, each in found if sentence in each)
    assert line - 1 <= where <= line + new.count("\n") + 1, f"reported in line {where}, made in line {line}"
    assert not any(ENGLISH.search(each) for _, each in found)


@pytest.mark.parametrize(
    ("first", "second", "sentence"),
    [
        ("Ремонт", "Ремонт", "уже следит другая воронка выше: «Розница»"),
        (None, "Ремонт", "за всеми воронками процесса «Заявки» следит «Розница»"),
        ("Ремонт", None, "за всеми воронками процесса «Заявки» следит «Обращения»"),
        ("Ремонт", "Монтаж", None),
    ],
)
def test_the_funnels_of_one_smart_process_are_told_apart(
    first: str | None, second: str | None, sentence: str | None
) -> None:
    def source(funnel: str | None) -> str:
        named = f", funnel: {funnel}" if funnel else ""
        return f"{{type: smart_process, process: Заявки{named}}}"

    text = TEXT.replace("{type: deal, funnel: Розничные продажи}", source(first)).replace(
        "{type: lead}", source(second)
    )
    if sentence is None:
        assert len(load(text).funnels) == 2
    else:
        assert sentence in problems(text)[0][1]


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("    title: Розница", "   title: Розница", "сбился отступ"),
        ("    title: Розница", "\ttitle: Розница", "отступ сделан табуляцией"),
        ("    title: Розница", "    title: Розница: опт", "двоеточие не на месте"),
        ("    title: Розница", "    title: @опт", "возьмите его в кавычки"),
        ("    title: Розница", "    title: *опт", "пишется латинскими буквами"),
        ("    title: Розница", '    title: "C:\\Отчёты"', "возьмите текст в одинарные"),
        ("    title: Розница", "    title: *opt", "ссылка «*» ведёт в никуда"),
        ("source: {type: lead}", "source: {type: lead", "не закрыта скобка"),
        ("    title: Розница", "    title: !!python/object:os.system x", "теги («tag:yaml.org,2002:python"),
        ("    title: Розница", "    title: !!int x", "теги («tag:yaml.org,2002:int»)"),
        ("    title: Розница", "    title: Роз\x07ница", "недопустимый знак с кодом 7"),
        ("    title: Розница", "    title: Розница\n    title: Опт", "ключ «title» указан дважды"),
        ("    title: Розница", "    yes: Розница", "ключ «yes» YAML читает не как текст"),
        ("    title: Розница", "    2026-01-01: Розница", "ключ «2026-01-01» YAML читает не как текст"),
        ("    title: Розница", "    7: Розница", "ключ «7» YAML читает не как текст"),
        ("    title: Розница", "    [a, b]: Розница", "ключ должен быть словом"),
        ("    title: Розница", "    title: " + "9" * 5000, "не читается как число или дата"),
        ("    title: Розница", "    title: 0b_", "не читается как число или дата"),
    ],
)
def test_what_isn_t_yaml_is_explained_where_it_stands(old: str, new: str, sentence: str) -> None:
    text, line = changed(old, new)
    found = problems(text)
    assert sentence in found[0][1], found
    assert abs(found[0][0] - line) <= 1
    assert not ENGLISH.search(found[0][1])


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "ожидались разделы"),
        ("# только комментарий", "ожидались разделы"),
        ("- раз\n- два", "ожидались разделы"),
        ("просто текст", "ожидались разделы"),
        ("a: 1\n---\nb: 2", "несколько документов"),
        ("x: 'не закрыто", "не закрыта кавычка"),
        ("x" * 600_000, "слишком велик"),
        ("[" * 20_000, "слишком глубокая вложенность"),
        ("a: " + "{b: " * 200, "слишком глубокая вложенность"),
        # a file that holds itself
        ("a: &a [*a]", "размножают файл"),
        ("a: &a\n  b: *a", "размножают файл"),
        ("a: &a\n  <<: *a", "размножают файл"),
        # a billion laughs
        (laughs("[ха]", "[{}]"), "размножают файл"),
        (laughs("{к: ха}", "{{<<: [{}]}}"), "размножают файл"),
        # a key that is a file of its own
        ("? &a {*a : 1}\n: 2", "ключ должен быть словом"),
        ("=: 1", "YAML читает не как текст"),
        ("a: =", "это не YAML"),
        ("%YAML 9.9\n---\na: 1", "это не YAML"),
    ],
)  # fmt: skip
def test_a_file_that_is_no_rulebook_at_all_is_refused_quickly(text: str, sentence: str) -> None:
    assert sentence in problems(text)[0][1]


def test_aliases_are_welcome_where_they_help() -> None:
    """Two funnels may share their protocol, written once."""
    text = TEXT.replace("protocol: [Прослушать звонки,", "protocol: &calls [Прослушать звонки,")
    text = text.replace("protocol: [Прослушать первый звонок]", "protocol: *calls")
    book = load(text)
    assert book.funnel("leads").protocol == book.funnel("retail").protocol


def test_every_mistake_is_reported_at_once() -> None:
    text = TEXT.replace("severity: critical", "severity: fatal").replace("points: 10", "points: -1")
    assert len(problems(text)) == 2


def test_the_error_reads_as_a_list_of_places() -> None:
    with pytest.raises(RulebookError, match=r"small\.yaml:\d+: «fatal» не подходит"):
        load(TEXT.replace("severity: critical", "severity: fatal"), "small.yaml")


# --- nothing else ever comes out of it -------------------------------------------------------------------------------

PIECES = st.sampled_from(
    [*LINES, "", " ", "  - ", "- ", ": ", "{", "}", "[", "]", "&a ", "*a", "<<: *a", "!!set", "? ", "|", ">", "---",
     "...", "yes", "null", "~", ".inf", ".nan", "-0", "1e9", "0x", "0o7", "1:60:99", "2026-02-30",
     "2001-12-14T25:00:00Z", "2001-12-14 21:59:43 -99:99", "\t",
     "\u2028", "\ufeff", "\x85", "'", '"', "\\", "%", "@", "`", "#", "="]
)  # fmt: skip


def survives(text: str) -> None:
    """Either a rulebook that is fit for use, or a RulebookError with lines inside the file."""
    try:
        book, found = load(text, "book.yaml"), ()
    except RulebookError as error:
        book, found = None, error.problems
    assert isinstance(book, Rulebook) or found
    for problem in found:
        assert 1 <= problem.line <= len(text.splitlines()) + 1
        assert not ENGLISH.search(problem.sentence.split("«")[0])


@settings(max_examples=100, deadline=None)
@given(st.lists(PIECES | st.text(max_size=8), max_size=12).map("".join) | st.lists(PIECES, max_size=12).map("\n".join))
def test_nonsense_is_a_rulebook_error_and_nothing_else(text: str) -> None:
    survives(text)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, len(TEXT)), st.integers(0, 12), PIECES | st.text(max_size=5))
def test_a_book_with_one_place_broken_is_a_rulebook_error_or_a_rulebook(at: int, cut: int, piece: str) -> None:
    survives(TEXT[:at] + piece + TEXT[at + cut :])


scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6) | st.dates()
anything = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5) | st.integers(), inner, max_size=3),
    max_leaves=8,
)


@st.composite
def books_with_a_stranger_inside(draw: st.DrawFn, data: Any) -> str:
    """A book, one value of which is replaced by anything at all."""
    data = copy.deepcopy(data)
    place = data
    while True:
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
        key = draw(st.sampled_from(keys))
        inner = place[key]
        if not isinstance(inner, (dict, list)) or not inner or draw(st.booleans()):
            place[key] = draw(anything)
            return yaml.safe_dump(data, allow_unicode=True)
        place = inner


@settings(max_examples=60, deadline=None)
@given(books_with_a_stranger_inside(yaml.safe_load(TEXT)))
def test_a_value_of_any_shape_anywhere_is_explained(text: str) -> None:
    survives(text)


SHIPPED = (Path(rules.__file__).parent / "books" / "trading-house.ru.yaml").read_text(encoding="utf-8")
SHIPPED_DATA = yaml.safe_load(SHIPPED)


@settings(max_examples=30, deadline=None)
@given(books_with_a_stranger_inside(SHIPPED_DATA))
def test_a_value_of_any_shape_in_the_shipped_book_is_explained(text: str) -> None:
    survives(text)


@st.composite
def shuffled_books(draw: st.DrawFn) -> str:
    """The shipped book after a clumsy afternoon: entries dropped, swapped, doubled, moved to another place."""
    data = copy.deepcopy(SHIPPED_DATA)
    for _ in range(draw(st.integers(1, 4))):
        one, other = draw(_places(data)), draw(_places(data))
        match draw(st.sampled_from(("drop", "swap", "copy"))):
            case "drop":
                del one[0][one[1]]
            case "swap":
                one[0][one[1]], other[0][other[1]] = copy.deepcopy((other[0][other[1]], one[0][one[1]]))
            case "copy":
                one[0][one[1]] = copy.deepcopy(other[0][other[1]])
    return yaml.safe_dump(data, allow_unicode=True, sort_keys=False)


def _places(data: Any) -> st.SearchStrategy[tuple[Any, Any]]:
    """Every (holder, key) in the data."""

    def walk(holder: Any) -> Iterator[tuple[Any, Any]]:
        for key in list(holder) if isinstance(holder, dict) else range(len(holder)):
            yield holder, key
            if isinstance(holder[key], (dict, list)):
                yield from walk(holder[key])

    found = list(walk(data))
    return st.sampled_from(range(len(found))).map(lambda index: found[index])


@settings(max_examples=40, deadline=None)
@given(shuffled_books())
def test_a_shipped_book_rearranged_is_a_rulebook_error_or_a_rulebook(text: str) -> None:
    survives(text)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, len(SHIPPED)), st.integers(0, 12), PIECES | st.text(max_size=5))
def test_a_shipped_book_with_one_place_broken_names_a_line(at: int, cut: int, piece: str) -> None:
    survives(SHIPPED[:at] + piece + SHIPPED[at + cut :])


def test_news_words_are_all_used_by_somebody() -> None:
    assert set(re.findall(r"\{(\w+)\}", BOOK.finalization.news.title + BOOK.finalization.news.text)) == set(NEWS_WORDS)
