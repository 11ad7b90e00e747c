"""What a customer may change: funnels, questions, protocols, violations, roles, measures, terms.

``load`` turns YAML text into a checked, frozen ``Rulebook`` or raises ``RulebookError``, whose problems name file,
line and a sentence that a non-programmer understands (in Russian: quality managers write these files).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationError

Code = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,23}$")]
Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]


def _yes_no(value: object) -> object:
    """YAML reads ``yes`` as true, people write «да»; both mean the option code."""
    words = {True: "yes", False: "no", "да": "yes", "нет": "no"}
    if isinstance(value, list):
        return tuple(_yes_no(each) for each in value)
    return words.get(value, value) if isinstance(value, (bool, str)) else value


def _as_tuple(value: object) -> object:
    value = _yes_no(value)
    return value if isinstance(value, tuple) else (value,)


Condition = Mapping[Code, Annotated[tuple[str, ...], BeforeValidator(_as_tuple)]]
"""Question code to the answers that make it true; several questions must all hold."""


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Option(_Entry):
    code: Code
    text: Text


YES_NO = (Option(code="yes", text="Да"), Option(code="no", text="Нет"))


class Question(_Entry):
    """A question of the survey; one user field of the case card (S17-S22)."""

    text: Text
    type: Literal["choice", "several", "yes_no", "number", "date", "text", "user"]
    options: tuple[Option, ...] = ()

    @property
    def choices(self) -> tuple[Option, ...]:
        return YES_NO if self.type == "yes_no" else self.options


class AskedQuestion(_Entry):
    """A question as one funnel asks it, with its dependencies (S11)."""

    question: Code
    required: bool = True
    visible_when: Condition = Field(default_factory=dict)
    required_when: Condition = Field(default_factory=dict)


class SourceFunnel(_Entry):
    """Which items are watched (S13, S23)."""

    type: Literal["deal", "lead"]
    funnel: Text | None = None
    """Name of the deal funnel as Bitrix24 shows it; leads have none."""


class Funnel(_Entry):
    """One source process: who is asked what, and how it is analysed (S26)."""

    code: Code
    title: Text
    source: SourceFunnel
    final_stages: tuple[Literal["success", "fail"], ...] = ("success", "fail")
    active_from: date | None = None
    """Work finished earlier is not analysed; by default, what was finished before the smart process existed."""
    survey: tuple[AskedQuestion, ...]
    protocol: tuple[Text, ...] = Field(min_length=1)
    news_for: tuple[Text, ...] = ()


class Role(_Entry):
    """A place in the company; who fills it is looked up when it is needed (S12, S45)."""

    title: Text
    head_of: Text


class ViolationType(_Entry):
    title: Text
    severity: Literal["minor", "major", "critical"]
    roles: tuple[Code, ...] = Field(min_length=1)


class Verdict(_Entry):
    """An outcome of the analysis (S36-S39)."""

    title: Text
    measures: Literal["none", "required"]
    facts: Literal["required", "optional"] = "optional"
    points: float = Field(0, ge=0, le=1_000_000, allow_inf_nan=False)


class MeasureKind(_Entry):
    title: Text


class ExecutingDepartment(_Entry):
    """Who carries measures out: a department of the company, its work group and kanban (S51, S52)."""

    title: Text
    department: Text
    group: Text


class Terms(_Entry):
    """Working days people have for their assignments."""

    survey: int = Field(2, ge=1, le=250)
    analysis: int = Field(3, ge=1, le=250)
    measures: int = Field(3, ge=1, le=250)
    vote: int = Field(2, ge=1, le=250)
    change: int = Field(10, ge=1, le=250)
    finalization: int = Field(2, ge=1, le=250)


class Gate(_Entry):
    """How often a dragged case is put back at once before somebody is asked."""

    reverts_in_a_row: int = Field(5, ge=1, le=100)
    pause_minutes: int = Field(60, ge=1, le=10_080)


class FinalizationStep(_Entry):
    code: Code
    title: Text
    description: str = ""


NEWS_WORDS = ("funnel", "title", "measures")
"""What news may mention in braces."""


class News(_Entry):
    title: Text
    text: Text


class Finalization(_Entry):
    """What is done in order before a case is closed (S58-S62)."""

    steps: tuple[FinalizationStep, ...] = Field(min_length=1)
    news: News


class SmartProcessNames(_Entry):
    case: Text = "Анализ и коррекции"
    measure: Text = "Мера коррекции"


class QualityDepartment(_Entry):
    department: Text
    commission_always: tuple[Code, ...] = ()


class Rulebook(_Entry):
    """The customer's configuration of the whole process."""

    version: Text
    names: SmartProcessNames = SmartProcessNames()
    quality: QualityDepartment
    questions: Mapping[Code, Question]
    funnels: tuple[Funnel, ...] = Field(min_length=1)
    roles: Mapping[Code, Role]
    violations: Mapping[Code, ViolationType] = Field(min_length=1)
    verdicts: Mapping[Code, Verdict]
    measure_kinds: Mapping[Code, MeasureKind] = Field(min_length=1)
    departments: Mapping[Code, ExecutingDepartment] = Field(min_length=1)
    kanban: tuple[Text, ...] = Field(min_length=1)
    terms: Terms = Terms()
    gate: Gate = Gate()
    finalization: Finalization

    def funnel(self, code: str) -> Funnel:
        """Raises KeyError for a funnel this rulebook doesn't have."""
        found = self.find_funnel(code)
        if found is None:
            raise KeyError(code)
        return found

    def find_funnel(self, code: str | None) -> Funnel | None:
        return next((funnel for funnel in self.funnels if funnel.code == code), None)


# --- loading ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Problem:
    """One mistake in a rulebook; ``line`` counts from 1."""

    file: str
    line: int
    sentence: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.sentence}"


class RulebookError(Exception):
    """A rulebook that can't be used, with everything that is wrong in it."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


Path = tuple[str | int, ...]

MOST_CHARACTERS = 500_000
MOST_ENTRIES = 50_000
MOST_LEVELS = 30
"""A rulebook of a real company is a small part of this; whatever is beyond was not written by hand."""


def load(text: str, file: str = "rulebook.yaml") -> Rulebook:
    """The rulebook in this YAML text. Raises RulebookError with every problem found."""
    data, lines = _read(text, file)
    try:
        book = Rulebook.model_validate(data)
    except ValidationError as error:
        raise RulebookError(
            tuple(Problem(file, _line_of(each["loc"], lines), _sentence(each)) for each in error.errors())
        ) from None
    problems = tuple(Problem(file, _line_of(path, lines), sentence) for path, sentence in _contradictions(book))
    if problems:
        raise RulebookError(problems)
    return book


def _read(text: str, file: str) -> tuple[object, Mapping[Path, int]]:
    """The plain data of the file, and where each entry of it stands. Raises RulebookError."""
    if len(text) > MOST_CHARACTERS:
        raise RulebookError((Problem(file, 1, f"файл слишком велик: больше {MOST_CHARACTERS} знаков"),))
    try:
        loader = _Loader(text)
        try:
            node = loader.get_single_node()
            if not isinstance(node, yaml.MappingNode):
                raise RulebookError((Problem(file, 1, "ожидались разделы «funnels», «questions» и другие"),))
            lines = dict(_lines(node))
            problems = tuple(Problem(file, line, sentence) for line, sentence in _bad_keys(node))
            if problems:
                raise RulebookError(problems)
            return loader.construct_document(node), lines
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise RulebookError((Problem(file, mark.line + 1 if mark else 1, _syntax(error)),)) from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise RulebookError((Problem(file, line, f"недопустимый знак с кодом {error.character}"),)) from None


class _ComplaintError(yaml.MarkedYAMLError):
    """YAML that is correct and has no place in a rulebook; says so in our words."""

    def __init__(self, sentence: str, mark: Any) -> None:
        super().__init__(problem=sentence, problem_mark=mark)


class _Loader(yaml.SafeLoader):
    """Plain data only: no tags, no depths, and a number or date that Python can't hold has a line as every mistake."""

    level = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        event = self.peek_event()  # type: ignore[no-untyped-call]
        if isinstance(event, (yaml.ScalarEvent, yaml.CollectionStartEvent)) and event.tag is not None:
            raise _ComplaintError(f"теги («{_short(event.tag)}») здесь не нужны: уберите", event.start_mark)
        if self.level == MOST_LEVELS:
            raise _ComplaintError(f"слишком глубокая вложенность: больше {MOST_LEVELS} уровней", event.start_mark)
        self.level += 1
        node = super().compose_node(parent, index)
        self.level -= 1
        return node

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        try:
            return super().construct_object(node, deep)
        except ValueError:
            sentence = f"«{_short(node.value)}» не читается как число или дата: возьмите в кавычки"
            raise _ComplaintError(sentence, node.start_mark) from None


def _lines(root: yaml.Node) -> Iterator[tuple[Path, int]]:
    """Where each entry stands; an entry of a mapping stands where its key does. Raises MarkedYAMLError.

    Aliases are followed, so this is also where a file that multiplies itself by them is refused.
    """
    waiting: list[tuple[Path, yaml.Node, int]] = [((), root, root.start_mark.line + 1)]
    seen = 0
    while waiting:
        path, node, line = waiting.pop()
        seen += 1
        if seen > MOST_ENTRIES or len(path) > MOST_LEVELS:
            raise _ComplaintError("ссылки «*» размножают файл: уберите их", node.start_mark)
        yield path, line
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                name = key.value if isinstance(key, yaml.ScalarNode) else ""
                waiting.append(((*path, name), value, key.start_mark.line + 1))
        elif isinstance(node, yaml.SequenceNode):
            waiting.extend(((*path, index), each, each.start_mark.line + 1) for index, each in enumerate(node.value))


def _bad_keys(node: yaml.Node | None) -> Iterator[tuple[int, str]]:
    """Keys that are not text, or stand there twice: YAML itself would keep the last one and say nothing."""
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            line = key.start_mark.line + 1
            if not isinstance(key, yaml.ScalarNode):
                yield line, "ключ должен быть словом, а не списком или разделом"
                continue
            if key.tag not in (TEXT_TAG, MERGE_TAG):
                yield line, f"ключ «{_short(key.value)}» YAML читает не как текст: возьмите его в кавычки"
            if key.value in seen:
                yield line, f"ключ «{_short(key.value)}» указан дважды: оставьте один"
            seen.add(key.value)
            yield from _bad_keys(value)
    elif isinstance(node, yaml.SequenceNode):
        for value in node.value:
            yield from _bad_keys(value)


TEXT_TAG = "tag:yaml.org,2002:str"
MERGE_TAG = "tag:yaml.org,2002:merge"

SYNTAX = (
    (
        "mapping values are not allowed",
        "двоеточие не на месте: проверьте отступ, а текст с двоеточием возьмите в кавычки",
    ),
    ("'\\t' that cannot start", "отступ сделан табуляцией: замените её пробелами"),
    ("cannot start any token", "текст начинается со знака, который YAML понимает по-своему: возьмите его в кавычки"),
    ("expected <block end>", "сбился отступ: сравните строку с соседними"),
    ("could not find expected ':'", "после ключа не хватает двоеточия"),
    ("unexpected end of stream", "не закрыта кавычка"),
    ("expected ',' or", "не закрыта скобка или не хватает запятой"),
    ("unknown escape", "знак «\\\\» в двойных кавычках имеет свой смысл: возьмите текст в одинарные"),
    ("alphabetic or numeric", "имя после «&» или «*» пишется латинскими буквами; если это просто текст, нужны кавычки"),
    ("undefined alias", "ссылка «*» ведёт в никуда: такого имени «&» выше нет"),
    ("duplicate anchor", "имя «&» дано дважды"),
    ("but found another document", "в файле несколько документов («---»): оставьте один"),
)


def _syntax(error: yaml.MarkedYAMLError) -> str:
    """What YAML's parser complains about, in words for a quality manager."""
    problem = error.problem or ""
    if isinstance(error, _ComplaintError):
        return problem
    known = next((sentence for part, sentence in SYNTAX if part in problem), None)
    return f"это не YAML: {known or 'проверьте отступы, кавычки и двоеточия'}"


def _line_of(path: Path, lines: Mapping[Path, int]) -> int:
    """The line of the nearest thing that really stands in the file."""
    for length in range(len(path), -1, -1):
        if path[:length] in lines:
            return lines[path[:length]]
    return 1


def _sentence(error: Any) -> str:
    """Pydantic's finding in words for a quality manager."""
    path = [str(part) for part in error["loc"] if part != "[key]"]
    name = ".".join(path)
    last = path[-1] if path else "файл"
    given = _short(error.get("input"))
    kind: str = error["type"]
    limits: Mapping[str, Any] = error.get("ctx", {})
    expected = str(limits.get("expected")).replace(" or ", " или ")
    words = {
        "missing": f"не хватает «{last}» (в {name})",
        "extra_forbidden": f"«{last}» здесь не бывает: проверьте написание (в {name})",
        "literal_error": f"«{given}» не подходит для «{last}»: возможны {expected}",
        "string_pattern_mismatch": (
            f"код «{given}» не подходит: латинские строчные буквы, цифры и «_», с буквы, до 24 знаков"
        ),
        "string_type": f"«{name}» должно быть текстом, а не «{given}»: впишите текст или возьмите в кавычки",
        "string_too_short": f"«{name}» пусто: впишите текст",
        "too_short": f"«{name}» пусто: нужен хотя бы один пункт",
        "greater_than_equal": f"«{given}» не подходит для «{name}»: наименьшее значение {limits.get('ge')}",
        "less_than_equal": f"«{given}» не подходит для «{name}»: наибольшее значение {limits.get('le')}",
        "int_from_float": f"«{given}» не подходит для «{name}»: нужно целое число",
        "tuple_type": f"«{name}» должно быть списком, а не «{given}»",
    }
    shapes = {
        ("int", "float", "finite", "decimal"): f"«{given}» не подходит для «{name}»: нужно число",
        ("bool",): f"«{given}» не подходит для «{name}»: нужно true или false",
        ("date",): f"«{given}» не подходит для «{name}»: нужна дата вида 2026-11-30",
        ("model", "dict", "mapping"): f"«{name}» должно быть разделом с ключами, а не «{given}»",
    }
    shape = next((sentence for starts, sentence in shapes.items() if kind.startswith(starts)), None)
    return words.get(kind) or shape or f"«{given}» не подходит для «{name}»"


def _short(given: object) -> str:
    text = " ".join(str(given).split())
    return text if len(text) <= 40 else text[:40] + "…"


def _contradictions(book: Rulebook) -> Iterator[tuple[Path, str]]:
    """What each entry alone can't know: references that lead nowhere, doubles, impossible conditions."""
    codes = [funnel.code for funnel in book.funnels]
    for index, funnel in enumerate(book.funnels):
        here: Path = ("funnels", index)
        if codes.index(funnel.code) != index:
            yield (*here, "code"), f"воронка с кодом «{funnel.code}» уже есть выше"
        if funnel.source.type == "deal" and funnel.source.funnel is None:
            yield (*here, "source"), "для сделок укажите название воронки: funnel: Розничные продажи"
        watched = [(other.source.type, other.source.funnel) for other in book.funnels[:index]]
        if (funnel.source.type, funnel.source.funnel) in watched:
            yield (*here, "source"), f"за элементами воронки «{funnel.title}» уже следит другая воронка выше"
        yield from _survey_contradictions(book, funnel, here)
    for code, violation in book.violations.items():
        for role in violation.roles:
            if role not in book.roles:
                yield ("violations", code, "roles"), f"роли «{role}» нет в разделе roles"
    for role in book.quality.commission_always:
        if role not in book.roles:
            yield ("quality", "commission_always"), f"роли «{role}» нет в разделе roles"
    for code, question in book.questions.items():
        if question.type in ("choice", "several") and len(question.options) < 2:
            yield ("questions", code), f"вопросу «{question.text}» нужны варианты ответа (options), хотя бы два"
        if question.type not in ("choice", "several") and question.options:
            yield ("questions", code, "options"), f"у вопроса типа {question.type} вариантов ответа не бывает"
        options = [option.code for option in question.options]
        for index, option in enumerate(options):
            if option in options[:index]:
                yield ("questions", code, "options", index), f"вариант «{option}» указан дважды"
    steps = [step.code for step in book.finalization.steps]
    for index, step in enumerate(steps):
        if step in steps[:index]:
            yield ("finalization", "steps", index, "code"), f"шаг с кодом «{step}» уже есть выше"
    for part in ("title", "text"):
        for word in re.findall(r"\{(\w+)\}", getattr(book.finalization.news, part)):
            if word not in NEWS_WORDS:
                yield (
                    ("finalization", "news", part),
                    f"вместо «{{{word}}}» нечего подставить: возможны {', '.join(NEWS_WORDS)}",
                )
    if not any(verdict.measures == "none" for verdict in book.verdicts.values()):
        yield ("verdicts",), "нужен хотя бы один вердикт без мер (measures: none), «абсолютно корректный»"


def _survey_contradictions(book: Rulebook, funnel: Funnel, here: Path) -> Iterator[tuple[Path, str]]:
    asked_before: set[str] = set()
    for position, asked in enumerate(funnel.survey):
        path = (*here, "survey", position)
        if asked.question not in book.questions:
            yield (*path, "question"), f"вопроса «{asked.question}» нет в разделе questions"
        if asked.question in asked_before:
            yield (*path, "question"), f"вопрос «{asked.question}» уже задан выше"
        if asked.required and asked.required_when:
            yield (*path, "required_when"), f"«{asked.question}» обязателен и без условия: добавьте required: false"
        for field in ("visible_when", "required_when"):
            for other, answers in getattr(asked, field).items():
                if other not in asked_before:
                    yield (*path, field), f"«{asked.question}» зависит от «{other}», а он должен стоять выше в опросе"
                    continue
                known = {option.code for option in book.questions[other].choices} if other in book.questions else set()
                for answer in answers:
                    if known and answer not in known:
                        yield (
                            (*path, field),
                            f"у вопроса «{other}» нет ответа «{answer}»: возможны {', '.join(sorted(known))}",
                        )
        asked_before.add(asked.question)
