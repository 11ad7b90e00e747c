"""YAML text into a checked rulebook, or everything that is wrong with it: file, line, sentence.

The sentences are Russian, for a quality manager who never heard of pydantic.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import yaml
from pydantic import ValidationError

from rules.rulebook.contradictions import contradictions
from rules.rulebook.schema import Rulebook


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


@dataclass(frozen=True)
class BookFile:
    """A rulebook with the places of its entries, for whoever finds a mistake in it later, e.g. against a portal."""

    book: Rulebook
    file: str
    lines: Mapping[Path, int]

    def problem(self, path: Path, sentence: str) -> Problem:
        return Problem(self.file, _line_of(path, self.lines), sentence)


def load(text: str, file: str = "rulebook.yaml") -> Rulebook:
    """The rulebook in this YAML text. Raises RulebookError with every problem found."""
    return load_file(text, file).book


def load_file(text: str, file: str) -> BookFile:
    """The same with the places of its entries."""
    data, lines = _read(text, file)
    try:
        book = Rulebook.model_validate(data)
    except ValidationError as error:
        raise RulebookError(
            tuple(Problem(file, _line_of(each["loc"], lines), _sentence(each)) for each in error.errors())
        ) from None
    found = BookFile(book, file, lines)
    problems = tuple(found.problem(path, sentence) for path, sentence in contradictions(book))
    if problems:
        raise RulebookError(problems)
    return found


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
            f"код страны «{given}» не подходит: нужны две заглавные латинские буквы, например RU"
            if last == "country"
            else f"код «{given}» не подходит: латинские строчные буквы, цифры и «_», с буквы, до 24 знаков"
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
