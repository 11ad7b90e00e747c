"""What a customer may change: funnels, questions, protocols, violations, roles, measures, terms.

``load`` turns YAML text into a checked, frozen ``Rulebook`` or raises ``RulebookError``, whose problems name file,
line and a sentence that a non-programmer understands (in Russian: quality managers write these files).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
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
    points: float = 0


class MeasureKind(_Entry):
    title: Text


class ExecutingDepartment(_Entry):
    """Who carries measures out: a department of the company, its work group and kanban (S51, S52)."""

    title: Text
    department: Text
    group: Text


class Terms(_Entry):
    """Working days people have for their assignments."""

    survey: int = Field(2, ge=1)
    analysis: int = Field(3, ge=1)
    measures: int = Field(3, ge=1)
    vote: int = Field(2, ge=1)
    change: int = Field(10, ge=1)
    finalization: int = Field(2, ge=1)


class Gate(_Entry):
    """How often a dragged case is put back at once before somebody is asked."""

    reverts_in_a_row: int = Field(5, ge=1)
    pause_minutes: int = Field(60, ge=1)


class FinalizationStep(_Entry):
    code: Code
    title: Text
    description: str = ""


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
    violations: Mapping[Code, ViolationType]
    verdicts: Mapping[Code, Verdict]
    measure_kinds: Mapping[Code, MeasureKind]
    departments: Mapping[Code, ExecutingDepartment]
    kanban: tuple[Text, ...] = Field(min_length=1)
    terms: Terms = Terms()
    gate: Gate = Gate()
    finalization: Finalization

    def funnel(self, code: str) -> Funnel:
        return next(funnel for funnel in self.funnels if funnel.code == code)


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


def load(text: str, file: str = "rulebook.yaml") -> Rulebook:
    """The rulebook in this YAML text. Raises RulebookError with every problem found."""
    loader = yaml.SafeLoader(text)
    try:
        node = loader.get_single_node()
        if node is None:
            raise RulebookError((Problem(file, 1, "файл пуст: опишите хотя бы одну воронку"),))
        lines = dict(_lines(node))
        repeated = tuple(
            Problem(file, line, f"ключ «{key}» указан дважды: оставьте один") for key, line in _repeated(node)
        )
        if repeated:
            raise RulebookError(repeated)
        data = loader.construct_document(node)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = mark.line + 1 if mark else 1
        sentence = f"это не YAML: {error.problem or error.context}; проверьте отступы и двоеточия"
        raise RulebookError((Problem(file, where, sentence),)) from None
    except yaml.YAMLError as error:
        raise RulebookError((Problem(file, 1, f"файл не читается как YAML: {error}"),)) from None
    finally:
        loader.dispose()
    if not isinstance(data, dict):
        raise RulebookError((Problem(file, 1, "ожидались разделы «funnels», «questions» и другие, а не список"),))
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


def _lines(node: yaml.Node, path: Path = (), line: int | None = None) -> Iterator[tuple[Path, int]]:
    """Where each entry stands; an entry of a mapping stands where its key does."""
    yield path, node.start_mark.line + 1 if line is None else line
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield from _lines(value, (*path, str(key.value)), key.start_mark.line + 1)
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            yield from _lines(value, (*path, index))


def _repeated(node: yaml.Node) -> Iterator[tuple[str, int]]:
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            if str(key.value) in seen:
                yield str(key.value), key.start_mark.line + 1
            seen.add(str(key.value))
            yield from _repeated(value)
    elif isinstance(node, yaml.SequenceNode):
        for value in node.value:
            yield from _repeated(value)


def _line_of(path: Path, lines: Mapping[Path, int]) -> int:
    """The line of the nearest thing that really stands in the file."""
    for length in range(len(path), -1, -1):
        if path[:length] in lines:
            return lines[path[:length]]
    return 1


def _sentence(error: Any) -> str:
    """Pydantic's finding in words for a quality manager."""
    path = error["loc"]
    name = ".".join(str(part) for part in path) or "файл"
    last = str(path[-1]) if path else "файл"
    given = error.get("input")
    kind: str = error["type"]
    context: Mapping[str, Any] = error.get("ctx", {})
    words: dict[str, Callable[[], str]] = {
        "missing": lambda: f"не хватает «{last}» (в {name})",
        "extra_forbidden": lambda: f"«{last}» здесь не бывает: проверьте написание (в {name})",
        "literal_error": lambda: f"«{given}» не подходит для «{last}»: возможны {context.get('expected')}",
        "string_pattern_mismatch": lambda: (
            f"код «{given}» не подходит: латинские строчные буквы, цифры и «_», с буквы, до 24 знаков"
        ),
        "string_type": lambda: f"«{name}» должно быть текстом, а не «{given}»",
        "string_too_short": lambda: f"«{name}» пусто: впишите текст",
        "too_short": lambda: f"«{name}» пусто: нужен хотя бы один пункт",
    }
    if kind in words:
        return words[kind]()
    if kind.startswith(("int", "float", "greater", "less", "bool", "date")):
        return f"«{given}» не подходит для «{name}»: {error['msg']}"
    return f"«{name}»: {error['msg']}"


def _contradictions(book: Rulebook) -> Iterator[tuple[Path, str]]:
    """What each entry alone can't know: references that lead nowhere, doubles, impossible conditions."""
    codes = [funnel.code for funnel in book.funnels]
    for index, funnel in enumerate(book.funnels):
        here: Path = ("funnels", index)
        if codes.index(funnel.code) != index:
            yield (*here, "code"), f"воронка с кодом «{funnel.code}» уже есть выше"
        if funnel.source.type == "deal" and funnel.source.funnel is None:
            yield (*here, "source"), "для сделок укажите название воронки: funnel: Розничные продажи"
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
