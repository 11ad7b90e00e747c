"""A small calculator for formulas: arithmetic, comparisons, text joining, references and the commonest functions.

What it does not know answers ``#NAME?``, as a spreadsheet does for a misspelt function. How references follow inserted
rows and copied cells is in ``references``.
"""

from __future__ import annotations

import math
import re
import statistics
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Protocol

from sandbox.sheets.formats import moment, serial

Value = float | int | str | bool | None


class FormulaError(Exception):
    """An error value: ``kind`` is ErrorType of the API, e.g. DIVIDE_BY_ZERO."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


SHOWN = {
    "ERROR": "#ERROR!",
    "NULL_VALUE": "#NULL!",
    "DIVIDE_BY_ZERO": "#DIV/0!",
    "VALUE": "#VALUE!",
    "REF": "#REF!",
    "NAME": "#NAME?",
    "NUM": "#NUM!",
    "N_A": "#N/A",
}


class References(Protocol):
    """What the calculator asks of the spreadsheet."""

    def value(self, reference: str) -> Value: ...

    def values(self, reference: str) -> Iterable[Value]: ...

    def now(self) -> float:
        """The serial number of this moment in the time zone of the spreadsheet."""


TOKEN = re.compile(
    r"""\s*(?:
        (?P<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)
      | (?P<text>"(?:[^"]|"")*")
      | (?P<ref>(?:(?:'(?:[^']|'')+'|[^\W\d]\w*)!)?\$?[A-Za-z]{1,3}\$?[1-9]\d*(?::\$?[A-Za-z]{0,3}\$?\d*)?(?![\w(])
          | (?:(?:'(?:[^']|'')+'|[^\W\d]\w*)!)?\$?[A-Za-z]{1,3}:\$?[A-Za-z]{1,3}(?![\w(])
          | \#REF!)
      | (?P<name>'(?:[^']|'')+'(?!!)|[^\W\d][\w.]*)
      | (?P<op><=|>=|<>|[-+*/^&=<>(),;%])
    )""",
    re.VERBOSE,
)


def calculate(formula: str, references: References) -> Value:
    """The value of ``=...``. Raises FormulaError."""
    parser = _Parser(_tokens(formula[1:]), references)
    value = parser.comparison()
    if parser.position < len(parser.tokens):
        raise FormulaError("ERROR", "Formula parse error.")
    return value


def _tokens(text: str) -> list[tuple[str, str]]:
    tokens = []
    position = 0
    while text[position:].strip():
        match = TOKEN.match(text, position)
        if not match or match.lastgroup is None:
            raise FormulaError("ERROR", "Formula parse error.")
        tokens.append((match.lastgroup, match[match.lastgroup]))
        position = match.end()
    return tokens


class _Parser:
    def __init__(self, tokens: list[tuple[str, str]], references: References) -> None:
        self.tokens = tokens
        self.references = references
        self.position = 0

    def peek(self) -> str:
        return self.tokens[self.position][1] if self.position < len(self.tokens) else ""

    def take(self, *wanted: str) -> str:
        found = self.peek()
        if found in wanted and self.tokens[self.position][0] == "op":
            self.position += 1
            return found
        return ""

    def comparison(self) -> Value:
        left = self.joined()
        while sign := self.take("=", "<>", "<", ">", "<=", ">="):
            left = _compare(sign, left, self.joined())
        return left

    def joined(self) -> Value:
        left = self.sum()
        while self.take("&"):
            left = text_of(left) + text_of(self.sum())
        return left

    def sum(self) -> Value:
        left = self.product()
        while sign := self.take("+", "-"):
            right = self.product()
            left = number_of(left) + number_of(right) if sign == "+" else number_of(left) - number_of(right)
        return left

    def product(self) -> Value:
        left = self.power()
        while sign := self.take("*", "/"):
            right = number_of(self.power())
            if sign == "/" and right == 0:
                raise FormulaError("DIVIDE_BY_ZERO", "Function DIVIDE parameter 2 cannot be zero.")
            left = number_of(left) * right if sign == "*" else number_of(left) / right
        return left

    def power(self) -> Value:
        left = self.unary()
        while self.take("^"):
            left = float(number_of(left) ** number_of(self.unary()))
        return left

    def unary(self) -> Value:
        if self.take("-"):
            return -number_of(self.unary())
        if self.take("+"):
            return self.unary()
        value = self.atom()
        while self.take("%"):
            value = number_of(value) / 100
        return value

    def atom(self) -> Value:
        if self.position >= len(self.tokens):
            raise FormulaError("ERROR", "Formula parse error.")
        kind, text = self.tokens[self.position]
        self.position += 1
        if kind == "number":
            return float(text) if "." in text or "e" in text.lower() else int(text)
        if kind == "text":
            return text[1:-1].replace('""', '"')
        if kind == "ref":
            if text == "#REF!":
                raise FormulaError("REF", "Reference does not exist.")
            return self.references.value(text)
        if kind == "name":
            return self._named(text)
        if text == "(":
            value = self.comparison()
            self._expect(")")
            return value
        raise FormulaError("ERROR", "Formula parse error.")

    def _named(self, name: str) -> Value:
        upper = name.upper()
        if upper in {"TRUE", "FALSE"} and not self.take("("):
            return upper == "TRUE"
        if not self.take("("):
            return self.references.value(name)
        if upper in {"TODAY", "NOW"}:
            self._expect(")")
            now = self.references.now()
            return math.floor(now) if upper == "TODAY" else now
        if upper in {"IFERROR", "IFNA"}:
            return self._iferror()
        arguments: list[list[Value]] = []
        while not self.take(")"):
            arguments.append(self._argument())
            if not self.take(",", ";") and self.peek() != ")":
                raise FormulaError("ERROR", "Formula parse error.")
        function = _FUNCTIONS.get(upper)
        if function is None:
            raise FormulaError("NAME", f"Unknown function: '{upper}'.")
        try:
            return function(arguments)
        except IndexError:
            raise FormulaError("N_A", f"Wrong number of arguments to {upper}.") from None

    def _iferror(self) -> Value:
        start = self.position
        try:
            value = self.comparison()
        except FormulaError:
            self.position = start
            self._skip_argument()
            value = self.comparison() if self.take(",", ";") else None
        else:
            if self.take(",", ";"):
                self._skip_argument()
        self._expect(")")
        return value

    def _skip_argument(self) -> None:
        """To the comma or the bracket that ends the argument."""
        depth = 0
        while self.position < len(self.tokens):
            kind, text = self.tokens[self.position]
            if kind == "op" and depth == 0 and text in {",", ";", ")"}:
                return
            depth += {"(": 1, ")": -1}.get(text, 0) if kind == "op" else 0
            self.position += 1

    def _argument(self) -> list[Value]:
        """A range alone is all its values; anything else is one."""
        if self.position < len(self.tokens):
            kind, text = self.tokens[self.position]
            follower = self.tokens[self.position + 1][1] if self.position + 1 < len(self.tokens) else ""
            is_range = (kind == "ref" and ":" in text) or (kind == "name" and text.upper() not in {"TRUE", "FALSE"})
            if is_range and follower in {",", ";", ")"}:
                self.position += 1
                return list(self.references.values(text))
        return [self.comparison()]

    def _expect(self, sign: str) -> None:
        if not self.take(sign):
            raise FormulaError("ERROR", "Formula parse error.")


def number_of(value: Value) -> float:
    if value is None or value == "":
        return 0
    if isinstance(value, str):
        try:
            return float(value)
        except ValueError:
            raise FormulaError("VALUE", f"'{value}' is a text and cannot be coerced to a number.") from None
    return int(value) if isinstance(value, bool) else value


def text_of(value: Value) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    return f"{value:.10g}" if isinstance(value, float) else str(value)


def _compare(sign: str, left: Value, right: Value) -> bool:
    if isinstance(left, str) or isinstance(right, str):
        a, b = text_of(left).lower(), text_of(right).lower()
        return {"=": a == b, "<>": a != b, "<": a < b, ">": a > b, "<=": a <= b, ">=": a >= b}[sign]
    x, y = number_of(left), number_of(right)
    return {"=": x == y, "<>": x != y, "<": x < y, ">": x > y, "<=": x <= y, ">=": x >= y}[sign]


def _flat(arguments: list[list[Value]]) -> list[Value]:
    return [value for argument in arguments for value in argument]


def numbers(values: Iterable[Value]) -> list[float]:
    """What SUM and its relatives count: numbers, not texts, booleans or blanks."""
    return [value for value in values if isinstance(value, int | float) and not isinstance(value, bool)]


def _average(arguments: list[list[Value]]) -> Value:
    found = numbers(_flat(arguments))
    if not found:
        raise FormulaError("DIVIDE_BY_ZERO", "Evaluation of function AVERAGE caused a divide by zero error.")
    return sum(found) / len(found)


def _if(arguments: list[list[Value]]) -> Value:
    first = [argument[0] if argument else None for argument in arguments]
    if len(first) < 2:
        raise FormulaError("N_A", "Wrong number of arguments to IF.")
    otherwise = first[2] if len(first) > 2 else False
    return first[1] if first[0] not in (False, None, 0, "") else otherwise


def _criterion(wanted: Value) -> Callable[[Value], bool]:
    """What COUNTIF and its relatives compare with: a value, ``">5"``, or a text with ``*`` and ``?``."""
    text = text_of(wanted)
    match = re.fullmatch(r"(<=|>=|<>|<|>|=)(.*)", text, re.DOTALL)
    sign, operand = (match[1], match[2]) if match else ("=", text)
    try:
        number = float(operand)
    except ValueError:
        shape = re.compile(re.escape(operand).replace(r"\*", ".*").replace(r"\?", "."), re.IGNORECASE | re.DOTALL)
        if sign in {"=", "<>"}:
            return lambda value: (shape.fullmatch(text_of(value)) is not None) is (sign == "=")
        return lambda value: isinstance(value, str) and _compare(sign, value, operand)
    return lambda value: (
        bool(numbers([value]) and _compare(sign, value, number)) or (sign == "<>" and not numbers([value]))
    )


def _chosen(values: list[Value], conditions: list[list[Value]]) -> list[Value]:
    """The values at the places where every (range, criterion) pair holds."""
    tests = [(conditions[at], _criterion(next(iter(conditions[at + 1]), None))) for at in range(0, len(conditions), 2)]
    return [
        value for at, value in enumerate(values) if all(at < len(cells) and holds(cells[at]) for cells, holds in tests)
    ]


def _sumif(arguments: list[list[Value]]) -> Value:
    summed = arguments[2] if len(arguments) > 2 else arguments[0]
    return sum(numbers(_chosen(summed, arguments[:2])))


def _averageif(arguments: list[list[Value]]) -> Value:
    return _average([_chosen(arguments[2] if len(arguments) > 2 else arguments[0], arguments[:2])])


def _number(arguments: list[list[Value]], at: int, otherwise: float | None = None) -> float:
    if otherwise is not None and len(arguments) <= at:
        return otherwise
    return number_of(next(iter(arguments[at]), None))


def _text(arguments: list[list[Value]], at: int) -> str:
    return text_of(next(iter(arguments[at]), None))


def _date(arguments: list[list[Value]]) -> Value:
    year, month, day = (int(_number(arguments, at)) for at in range(3))
    year, month = year + (month - 1) // 12, (month - 1) % 12 + 1
    try:
        return int(serial(datetime(year, month, 1))) + day - 1  # noqa: DTZ001 - a serial number has no time zone
    except ValueError:
        raise FormulaError("NUM", "Function DATE got a date out of range.") from None


def _mod(arguments: list[list[Value]]) -> Value:
    if not _number(arguments, 1):
        raise FormulaError("DIVIDE_BY_ZERO", "Function MOD parameter 2 cannot be zero.")
    return _number(arguments, 0) % _number(arguments, 1)


def _rounded(direction: Callable[[float], float]) -> Callable[[list[list[Value]]], Value]:
    def rounded(arguments: list[list[Value]]) -> Value:
        scale = 10.0 ** int(_number(arguments, 1, 0))
        number = _number(arguments, 0) * scale
        return math.copysign(direction(abs(number)), number) / scale

    return rounded


_FUNCTIONS: dict[str, Callable[[list[list[Value]]], Value]] = {
    "SUM": lambda a: sum(numbers(_flat(a))),
    "AVERAGE": _average,
    "COUNT": lambda a: len(numbers(_flat(a))),
    "COUNTA": lambda a: sum(value is not None for value in _flat(a)),
    "COUNTBLANK": lambda a: sum(value in (None, "") for value in _flat(a)),
    "COUNTUNIQUE": lambda a: len({value for value in _flat(a) if value is not None}),
    "COUNTIF": lambda a: len(_chosen(a[0], a[:2])),
    "COUNTIFS": lambda a: len(_chosen(a[0], a)),
    "SUMIF": _sumif,
    "SUMIFS": lambda a: sum(numbers(_chosen(a[0], a[1:]))),
    "AVERAGEIF": _averageif,
    "MIN": lambda a: min(numbers(_flat(a)), default=0),
    "MAX": lambda a: max(numbers(_flat(a)), default=0),
    "MEDIAN": lambda a: statistics.median(numbers(_flat(a)) or [0]),
    "PRODUCT": lambda a: math.prod(numbers(_flat(a))),
    "IF": _if,
    "AND": lambda a: all(number_of(value) for value in _flat(a)),
    "OR": lambda a: any(number_of(value) for value in _flat(a)),
    "NOT": lambda a: not _number(a, 0),
    "ISBLANK": lambda a: next(iter(a[0]), None) is None,
    "ISNUMBER": lambda a: bool(numbers(a[0][:1])),
    "ISTEXT": lambda a: isinstance(next(iter(a[0]), None), str),
    "ROUND": _rounded(lambda number: math.floor(number + 0.5)),
    "ROUNDUP": _rounded(math.ceil),
    "ROUNDDOWN": _rounded(math.floor),
    "INT": lambda a: math.floor(_number(a, 0)),
    "MOD": _mod,
    "ABS": lambda a: abs(_number(a, 0)),
    "DATE": _date,
    "YEAR": lambda a: moment(_number(a, 0)).year,
    "MONTH": lambda a: moment(_number(a, 0)).month,
    "DAY": lambda a: moment(_number(a, 0)).day,
    "LEN": lambda a: len(_text(a, 0)),
    "LEFT": lambda a: _text(a, 0)[: int(_number(a, 1, 1))],
    "RIGHT": lambda a: _text(a, 0)[-int(_number(a, 1, 1)) :] if _number(a, 1, 1) else "",
    "MID": lambda a: _text(a, 0)[int(_number(a, 1)) - 1 :][: int(_number(a, 2))],
    "TRIM": lambda a: " ".join(_text(a, 0).split()),
    "CONCATENATE": lambda a: "".join(text_of(value) for value in _flat(a)),
    "HYPERLINK": lambda a: a[1][0] if len(a) > 1 else a[0][0],
    "UPPER": lambda a: _text(a, 0).upper(),
    "LOWER": lambda a: _text(a, 0).lower(),
}
