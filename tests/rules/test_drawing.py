"""The drawing of a rulebook: everything that decides something is in it, in the order in which it happens."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import rules
from rules import drawing
from rules.drawing import Line
from rules.rulebook import Rulebook, load
from tests.builders import BOOK, SMALL_BOOK

SHIPPED = load((Path(rules.__file__).parent / "books" / "trading-house.ru.yaml").read_text(encoding="utf-8"))
BOOKS = pytest.mark.parametrize("book", [BOOK, SHIPPED], ids=["small", "shipped"])
SMALL = SMALL_BOOK.read_text(encoding="utf-8")


def flat(lines: tuple[Line, ...], depth: int = 0) -> Iterator[tuple[int, str]]:
    for line in lines:
        yield depth, f"{line.text} · {line.aside}" if line.aside else line.text
        yield from flat(line.below, depth + 1)


def drawn(book: Rulebook) -> str:
    return "\n".join(text for _, text in flat((*drawing.funnels(book), *drawing.process(book))))


@BOOKS
def test_everything_that_people_will_meet_is_drawn(book: Rulebook) -> None:
    """S4: exact routes; S7: the customer's own."""
    text = drawn(book)
    for funnel in book.funnels:
        assert funnel.title in text
        assert all(step in text for step in funnel.protocol)
        assert all(book.questions[each.question].text in text for each in funnel.survey)
    titled = (
        book.verdicts, book.violations, book.measure_kinds, book.measure_templates, book.departments,
    )  # fmt: skip
    assert all(entry.title in text for section in titled for entry in section.values())  # type: ignore[attr-defined]
    assert all(step.title in text for step in book.finalization.steps)
    assert all(column in text for column in book.kanban)


@BOOKS
def test_every_violation_says_who_decides(book: Rulebook) -> None:
    """S33, S45."""
    (stage,) = (line for line in drawing.process(book) if line.text == "Нарушения и комиссия")
    deciders = {line.text: line.below[0].text for line in stage.below}
    for violation in book.violations.values():
        assert all(book.roles[role].title in deciders[violation.title] for role in violation.roles)


def test_a_question_hangs_below_the_answer_that_asks_it() -> None:
    """S11."""
    (retail, _) = drawing.funnels(BOOK)
    survey = list(flat(retail.below[1].below))
    assert survey[0] == (0, "Доволен ли клиент? · Доволен / Недоволен")
    assert survey[1] == (1, "Недоволен → Чем недоволен? · текст")
    assert survey[4] == (
        1,
        "Отклонение / Частный случай → Что произошло? · текст; обязательно, если Частный случай",
    )


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (
            "source: {type: deal, funnel: Розничные продажи}",
            "source: {type: smart_process, process: Заявки, funnel: Ремонт}",
            "элемент «Заявки» воронки «Ремонт» → успех или провал",
        ),
        ("final_stages: [success]", "final_stages: [Проверка, fail]", "лид → стадия «Проверка» или провал"),
        ("final_stages: [success]", "every_nth: 3", "с 10.11.2026, каждая 3-я работа"),
        (
            "final_stages: [success]",
            "only_if: [{field: opportunity, at_least: 5, at_most: 9, words: сумма от 5 до 9}]",
            "только если: сумма от 5 до 9 · поле opportunity от 5 до 9",
        ),
        ("final_stages: [success]", "only_if: [{field: UF_A, words: указан договор}]", "поле UF_A заполнено"),
        ("final_stages: [success]", "only_if: [{field: A, one_of: [x, y], words: ж}]", "поле A одно из: x, y"),
        (
            "final_stages: [success]",
            "final_stages: [Проверка]\n    survey_before_closing: true",
            "2 рабочих дня, до этого работу не завершить",
        ),
        ('group: "Коррекции: ИТ"', 'group: "ИТ", integrator: ООО «Ч»', "ИТ → группа «ИТ» · делает ООО «Ч»"),
        ('group: "Коррекции: ИТ"', 'group: "ИТ", flow: 12', "раздаёт поток №12"),
        ("points: 10", "points: 2.5", "+2,5 балла ответственному"),
        ("points: 10", "points: 1", "+1 балл ответственному"),
        ("points: 10", "points: 111", "+111 баллов ответственному"),
    ],
)
def test_the_special_cases_are_said(old: str, new: str, says: str) -> None:
    assert SMALL.count(old) == 1, old
    assert says in drawn(load(SMALL.replace(old, new)))


def test_a_question_with_two_conditions_names_the_one_it_does_not_stand_below() -> None:
    text = SMALL.replace(
        "        required: false\n        visible_when: {deviations: [deviation, special_case]}\n"
        "        required_when: {deviations: special_case}\n",
        "        visible_when: {deviations: special_case, terms_kept: нет}\n",
    )
    assert "Частный случай → Что произошло? · текст; и если «Сроки соблюдены?» — Нет" in drawn(load(text))


def test_the_route_counts_the_working_days() -> None:
    assert drawing.route(BOOK)[0] == "Опрос · 2 дн."
    assert drawing.route(BOOK)[-1] == "Закрыт успешно"
    assert len(drawing.route(BOOK)) == 7


@pytest.mark.parametrize(
    ("days", "words"),
    [(1, "1 рабочий день"), (3, "3 рабочих дня"), (5, "5 рабочих дней"), (11, "11 рабочих дней"),
     (21, "21 рабочий день"), (112, "112 рабочих дней")],
)  # fmt: skip
def test_days_are_counted_in_russian(days: int, words: str) -> None:
    assert drawing.working_days(days) == words


# --- the diagram -----------------------------------------------------------------------------------------------------

NODE = r'\w+(?:\["[^"]*"\]|\(\["[^"]*"\]\)|\("[^"]*"\)|\{"[^"]*"\})?'
EDGE = r'(?:-->|-- "[^"]*" -->|-\. "[^"]*" \.->)'
SHAPES = re.compile(
    rf'flowchart TD|subgraph \w+ \["[^"]*"\]|end|direction LR|{NODE}|{NODE} {EDGE} {NODE}(?: & \w+)*'
)  # fmt: skip


@BOOKS
def test_every_line_of_the_diagram_is_one_that_mermaid_knows(book: Rulebook) -> None:
    lines = [line.strip() for line in drawing.mermaid(book).splitlines()]
    assert [line for line in lines if not SHAPES.fullmatch(line)] == []
    assert sum(line.startswith("subgraph") for line in lines) == lines.count("end") == len(book.funnels) + 2


@BOOKS
def test_the_diagram_leads_from_every_funnel_to_the_end(book: Rulebook) -> None:
    """Every node that is not an end leads on."""
    diagram = drawing.mermaid(book)
    for number in range(len(book.funnels)):
        assert f"f{number}p --> verdict" in diagram
    assert "news --> success" in diagram
    assert diagram.count("verdict -- ") == len(book.verdicts)


def test_words_cannot_break_the_diagram() -> None:
    text = SMALL.replace("title: Розница", """title: 'Розница "Юг" <b>#1</b> & `x`'""")
    diagram = drawing.mermaid(load(text))
    assert "Розница #34;Юг#34; #60;b#62;#35;1#60;/b#62; #38; #96;x#96;" in diagram
    assert all(SHAPES.fullmatch(line.strip()) for line in diagram.splitlines())
