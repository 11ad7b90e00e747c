"""A small calculator for formulas: arithmetic, comparisons, text joining, references and the commonest functions.

What it does not know answers ``#NAME?``, as a spreadsheet does for a misspelt function. References in a formula do not
follow inserted or deleted rows here (they do in Google Sheets).
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable
from typing import Protocol

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


_TOKEN = re.compile(
    r"""\s*(?:
        (?P<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)
      | (?P<text>"(?:[^"]|"")*")
      | (?P<ref>(?:(?:'(?:[^']|'')+'|[^\W\d]\w*)!)?\$?[A-Za-z]{1,3}\$?\d+(?::\$?[A-Za-z]{0,3}\$?\d*)?(?![\w(])
          | (?:(?:'(?:[^']|'')+'|[^\W\d]\w*)!)?\$?[A-Za-z]{1,3}:\$?[A-Za-z]{1,3}(?![\w(]))
      | (?P<name>[^\W\d][\w.]*)
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
        match = _TOKEN.match(text, position)
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
            raise FormulaError("NAME", f"Unknown range name: '{upper}'.")
        arguments: list[list[Value]] = []
        while not self.take(")"):
            arguments.append(self._argument())
            if not self.take(",", ";") and self.peek() != ")":
                raise FormulaError("ERROR", "Formula parse error.")
        function = _FUNCTIONS.get(upper)
        if function is None:
            raise FormulaError("NAME", f"Unknown function: '{upper}'.")
        return function(arguments)

    def _argument(self) -> list[Value]:
        """A range alone is all its values; anything else is one."""
        if self.position < len(self.tokens):
            kind, text = self.tokens[self.position]
            follower = self.tokens[self.position + 1][1] if self.position + 1 < len(self.tokens) else ""
            if kind == "ref" and ":" in text and follower in {",", ";", ")"}:
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


def _round(arguments: list[list[Value]]) -> Value:
    places = int(number_of(arguments[1][0])) if len(arguments) > 1 else 0
    shifted = number_of(arguments[0][0]) * 10**places
    return math.copysign(math.floor(abs(shifted) + 0.5), shifted) / float(10**places)


_FUNCTIONS: dict[str, Callable[[list[list[Value]]], Value]] = {
    "SUM": lambda a: sum(numbers(_flat(a))),
    "AVERAGE": _average,
    "COUNT": lambda a: len(numbers(_flat(a))),
    "COUNTA": lambda a: sum(value is not None for value in _flat(a)),
    "MIN": lambda a: min(numbers(_flat(a)), default=0),
    "MAX": lambda a: max(numbers(_flat(a)), default=0),
    "IF": _if,
    "ROUND": _round,
    "ABS": lambda a: abs(number_of(a[0][0])),
    "LEN": lambda a: len(text_of(a[0][0])),
    "CONCATENATE": lambda a: "".join(text_of(value) for value in _flat(a)),
    "HYPERLINK": lambda a: a[1][0] if len(a) > 1 else a[0][0],
    "UPPER": lambda a: text_of(a[0][0]).upper(),
    "LOWER": lambda a: text_of(a[0][0]).lower(),
}
