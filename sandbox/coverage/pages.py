"""Reading a page of the vendor's documentation: Markdown with YFM tables, in Russian.

Nothing here is kept as it stands on the page; ``gather.py`` keeps names, types, shapes and codes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from sandbox.coverage.shapes import JSON

TITLE = re.compile(r"^#\s.*?([A-Za-z][\w]*(?:\.[\w]+)*)\s*$")
HEADING = re.compile(r"^#{2,3}\s+(.*?)\s*(?:\{#.*\})?$", re.MULTILINE)
BLOCK = re.compile(r"^[ \t]*```(\w+)[ \t]*\n(.*?)^[ \t]*```", re.MULTILINE | re.DOTALL)
STATUS_LINE = re.compile(r"HTTP-(?:статус|код)([^\n]*)")
STATUS = re.compile(r"\b[2-5]\d\d\b")
ROW = re.compile(r"\|\|(.*?)\|\|(?=\s*(?:\|\||\|#|$))", re.DOTALL)
TABLE = re.compile(r"#\|(.*?)\|#", re.DOTALL)
NAMED_ROW = re.compile(r"^\s*\|\|\s*\*\*([A-Za-z_][\w.|:]*)\\?\*{2}(\\?\*)?[^\n]*\n\s*\[?`([^`\n]+)`", re.MULTILINE)
REQUIRED_ROW = re.compile(r"\*\*[\w.|:]+\\?\*\*\*")
CODE = re.compile(r"`([^`\n]*)`|^\s*([A-Z][A-Z0-9_]{3,}|\d+)\s*$")
VERSION_3_CODE = re.compile(r"`(BITRIX_REST_V3_EXCEPTION_\w+)`")
CURL = re.compile(r"-d\s+'(\{.*?\}|\[.*?\])'\s*\\?\s*\n\s*[\"']?https?://\S*?/(?:rest)/(?:\S*/)?([\w.]+)", re.DOTALL)
APPLICATION_ONLY = re.compile(
    r"(?:Метод работает|^\W*Работает|Запускать метод можно|Вызов метода возможен) только в контексте"
    r"|\|\s*`?Application context required`?\s*\|\s*Метод вызван (?:вне|не из) контекста",
    re.MULTILINE,
)
TAB = re.compile(r"^- (\S[^\n]*)$", re.MULTILINE)


@dataclass(frozen=True)
class Parameter:
    name: str
    type: str
    required: bool


@dataclass(frozen=True)
class Block:
    """A JSON example: the HTTP status named before it, unless there are several, and what it holds."""

    status: int | None
    value: JSON


@dataclass
class Page:
    """``path`` is relative to the documentation, as ``Method.docs`` writes it."""

    path: str
    text: str
    method: str
    version: int
    scope: tuple[str, ...]
    deprecated: bool
    unreadable: int = field(default=0, init=False)
    """JSON examples that are no JSON."""

    @property
    def application_only(self) -> bool:
        return APPLICATION_ONLY.search(self.text) is not None

    def section(self, *titles: str) -> str:
        """The text under the headings that begin so, with what is below them up to a heading of another name."""
        marks = [
            (found.start(), found.group(1), found.group(0).startswith("## ")) for found in HEADING.finditer(self.text)
        ]
        parts: list[str] = []
        wanted = False
        for number, (start, title, chapter) in enumerate(marks):
            if chapter:
                wanted = title.startswith(titles)
            end = marks[number + 1][0] if number + 1 < len(marks) else len(self.text)
            if wanted or title.startswith(titles):
                parts.append(self.text[start:end])
        return "".join(parts)

    def blocks(self) -> Iterator[Block]:
        """Examples of answers on the page."""
        text = self.section("Обработка ответа", "Ответ", "Обработка ошибок", "Возможные ошибки", "Обработка результата")
        for found in BLOCK.finditer(text):
            language, body = found.groups()
            if language != "json" and not body.lstrip().startswith('{"result'):
                continue
            lines = STATUS_LINE.findall(text[: found.start()])
            statuses = STATUS.findall(lines[-1]) if lines else []
            value = read_json(body)
            if value is None:
                self.unreadable += 1
            elif isinstance(value, dict):
                yield Block(int(statuses[0]) if len(statuses) == 1 else None, value)

    def parameters(self) -> list[Parameter]:
        """Those of the method itself, without what stands inside them."""
        chapter = self.section("Параметры метода")
        inner = HEADING.search(chapter, 3)
        return read_parameters(chapter[: inner.start()] if inner else chapter)

    def parameters_of(self, name: str) -> list[Parameter]:
        """The table of what may stand inside the parameter ``name``."""
        return read_parameters(self.section(f"Параметр {name}", f"Параметры {name}", f"Поля {name}"))

    def names(self) -> set[str]:
        """Every name in a table of the answer."""
        return {one.name for one in read_parameters(self.section("Обработка ответа", "Возвращаемые данные"))}

    def requests(self) -> Iterator[JSON]:
        """Bodies of the cURL examples that call this method, without the token."""
        seen: list[JSON] = []
        for body, method in CURL.findall(self.text):
            value = read_json(body)
            if isinstance(value, dict):
                value.pop("auth", None)
            if method.lower().removesuffix(".json") == self.method.lower() and value is not None and value not in seen:
                seen.append(value)
                yield value

    def codes(self) -> list[tuple[int | None, str]]:
        """Error codes of the table, each with its HTTP status where the table says it."""
        section = self.section("Обработка ошибок", "Возможные ошибки")
        found: dict[tuple[int | None, str], None] = {(None, code): None for code in VERSION_3_CODE.findall(section)}
        for table in TABLE.findall(section):
            rows = [[cell.strip() for cell in row.split("|")] for row in ROW.findall(table)]
            heads = [[cell.replace("*", "").strip() for cell in row] for row in rows[:1]]
            if not heads or "Код" not in heads[0]:
                continue
            place = heads[0].index("Код")
            status_place = heads[0].index("Статус") if "Статус" in heads[0] else None
            for row in rows[1:]:
                status = re.search(r"\d{3}", row[status_place]) if status_place is not None else None
                for first, second in CODE.findall(row[place]) if place < len(row) else []:
                    if code := (first or second).strip():
                        found[(int(status.group()) if status else None, code)] = None
                if place < len(row) and row[place].strip("`- —") in ("", "Пустое значение"):
                    found[(int(status.group()) if status else None, "")] = None
        return list(found)

    def field_tabs(self) -> dict[str, list[Parameter]]:
        """The tabs of "Параметр fields": one table a type of CRM object."""
        section = self.section("Параметр fields")
        inside = section.partition("{% list tabs %}")[2]
        marks = list(TAB.finditer(inside))
        return {
            mark.group(1): read_parameters(inside[mark.end() : marks[n + 1].start() if n + 1 < len(marks) else None])
            for n, mark in enumerate(marks)
        }


def read_page(path: str, text: str) -> Page | None:
    """``None`` for a page that describes no method."""
    title = TITLE.match(text.lstrip().partition("\n")[0])
    if title is None or ("." not in title.group(1) and title.group(1).lower() not in ONE_WORD_METHODS):
        return None
    scope = re.search(r">\s*Scope:\s*(.*)", text)
    return Page(
        path,
        text,
        title.group(1),
        3 if "rest-v3" in path or "Метод относится к REST 3.0" in text else 2,
        tuple(re.findall(r"`([\w.]+)`", scope.group(1))) if scope else (),
        "Развитие метода остановлено" in text or "Метод устарел" in text,
    )


ONE_WORD_METHODS = {"batch", "methods", "events", "scope", "profile", "documentation"}


def read_parameters(text: str) -> list[Parameter]:
    rows = {
        name: Parameter(name, kind.strip(), bool(star) or REQUIRED_ROW.search(whole) is not None)
        for name, star, kind, whole in ((*found.groups(), found.group(0)) for found in NAMED_ROW.finditer(text))
    }
    return [one for name, one in rows.items() if not name.endswith("_")]  # UF_* and its kind


def read_json(text: str) -> JSON:
    """Examples may be indented, end in a comma or carry comments; ``None`` for those that are no JSON even so."""
    for attempt in (text, re.sub(r"(?m)^\s*//.*$|\s//[^\"\n]*$", "", text), without_gaps(text)):
        try:
            value: JSON = json.loads(attempt, strict=False)
        except ValueError:
            continue
        return value
    return None


def without_gaps(text: str) -> str:
    """Without comments, ``...``, remarks in Russian and commas before a closing bracket; with those forgotten."""
    bare = re.sub(r"(?m)\s//[^\"\n]*$|/\*.*?\*/|^\s*(?:\.\.\.|…),?\s*$|^\s*[А-Яа-яё][^\"\n]*$", "", text)
    bare = re.sub(r",?\s*(?:\.\.\.|…)\s*(?=[\]}])", "", bare)
    bare = re.sub(r"([\]}\"])(\s*\n\s*)(?=[{\"\[])", r"\1,\2", bare)
    bare = re.sub(r'\\(?!["\\/bfnrtu])|\\(?=[A-Z])', r"\\\\", bare)
    return re.sub(r",(\s*[\]}])", r"\1", bare)
