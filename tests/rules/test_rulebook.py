"""The rulebook: what a customer may write, and how mistakes are explained: file, line, a sentence for a manager."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

import rules
from rules.rulebook import NEWS_WORDS, Rulebook, RulebookError, load
from tests.builders import BOOK, SMALL_BOOK

TEXT = SMALL_BOOK.read_text(encoding="utf-8")
LINES = TEXT.splitlines()
BOOKS = sorted((Path(rules.__file__).parent / "books").glob("*.yaml"))

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
def test_every_shipped_book_loads(book: Path) -> None:
    """S13: several key processes; S36: three outcomes; S54: five kanban stages."""
    loaded = load(book.read_text(encoding="utf-8"), book.name)
    assert len(loaded.funnels) == 3
    assert len(loaded.verdicts) == 3
    assert len(loaded.kanban) == 5


@pytest.mark.parametrize("book", BOOKS, ids=lambda book: book.name)
def test_a_shipped_book_uses_everything_it_declares(book: Path) -> None:
    """A question nobody is asked, or a role nobody needs, is a mistake of ours."""
    loaded = load(book.read_text(encoding="utf-8"), book.name)
    assert {each.question for funnel in loaded.funnels for each in funnel.survey} == set(loaded.questions)
    assert {role for violation in loaded.violations.values() for role in violation.roles} == set(loaded.roles)
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
        # conditions without effect
        ("        required: false\n", "", "«deviations_what» обязателен и без условия: добавьте required: false"),
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


@settings(max_examples=200, deadline=None)
@given(st.lists(PIECES | st.text(max_size=8), max_size=12).map("".join) | st.lists(PIECES, max_size=12).map("\n".join))
def test_nonsense_is_a_rulebook_error_and_nothing_else(text: str) -> None:
    survives(text)


@settings(max_examples=150, deadline=None)
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
def books_with_a_stranger_inside(draw: st.DrawFn) -> str:
    """The small book, one value of which is replaced by anything at all."""
    data = yaml.safe_load(TEXT)
    place = data
    while True:
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
        key = draw(st.sampled_from(keys))
        inner = place[key]
        if not isinstance(inner, (dict, list)) or not inner or draw(st.booleans()):
            place[key] = draw(anything)
            return yaml.safe_dump(data, allow_unicode=True)
        place = inner


@settings(max_examples=80, deadline=None)
@given(books_with_a_stranger_inside())
def test_a_value_of_any_shape_anywhere_is_explained(text: str) -> None:
    survives(text)


def test_news_words_are_all_used_by_somebody() -> None:
    assert set(re.findall(r"\{(\w+)\}", BOOK.finalization.news.title + BOOK.finalization.news.text)) == set(NEWS_WORDS)
