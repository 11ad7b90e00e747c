"""The process of a rulebook drawn in a terminal, for the head of quality; readable from 80 columns on."""

from __future__ import annotations

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.rule import Rule
from rich.text import Text
from rich.tree import Tree

from rules import drawing
from rules.drawing import Kind, Line
from rules.rulebook import Rulebook

WIDEST = 120
"""Longer lines are hard to read."""

STYLES = {
    Kind.STAGE: "bold cyan",
    Kind.QUESTION: "",
    Kind.CONDITION: "yellow",
    Kind.PERSON: "bold",
    Kind.GRAVE: "red",
    Kind.GOOD: "green",
    Kind.PLAIN: "",
}


def show(console: Console, book: Rulebook) -> None:
    width = min(console.width, WIDEST)
    console.print(_picture(book, width), width=width, highlight=False)


def _picture(book: Rulebook, width: int) -> RenderableType:
    return Group(
        Text.assemble((book.names.case, "bold"), (" · редакция ", "dim"), book.version),
        Text(drawing.counts(book), style="dim"),
        Padding(_route(book, width), (1, 0, 0, 0)),
        _heading("Воронки"),
        *(_tree(line) for line in drawing.funnels(book)),
        _heading("Общее для всех воронок"),
        *(_tree(line) for line in drawing.process(book)),
    )


def _heading(title: str) -> RenderableType:
    return Padding(Rule(Text(title, style="bold"), align="left", style="dim", characters="─"), (1, 0, 1, 0))


def _route(book: Rulebook, width: int) -> Text:
    """Stages with arrows; a stage and its days stay together when the line is broken."""
    lines = [""]
    for stage in drawing.route(book):
        longer = f"{lines[-1]} → {stage}" if lines[-1] else stage
        if len(longer) > width and lines[-1]:
            lines.append(f"→ {stage}")
        else:
            lines[-1] = longer
    return Text("\n".join(lines), style="bold cyan")


def _tree(line: Line) -> RenderableType:
    tree = Tree(_label(line), guide_style="dim")
    _grow(tree, line)
    return Padding(tree, (0, 0, 1, 0))


def _grow(tree: Tree, line: Line) -> None:
    for each in line.below:
        _grow(tree.add(_label(each)), each)


def _label(line: Line) -> Text:
    label = Text(line.text, style=STYLES[line.kind])
    if line.aside:
        label.append(f" · {line.aside}", style="not bold dim")
    return label
