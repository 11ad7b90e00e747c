"""The last answer of a benchmark: a table on the screen, and the same beside the program."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console
from rich.table import Table


@dataclass
class Answer:
    """``notes`` stand below the table, a paragraph each."""

    program: Path
    title: str
    question: str
    columns: Sequence[str]
    rows: list[Sequence[str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    arguments: str = ""
    """Of another question to the same program, `` --million``."""

    def tell(self) -> None:
        table = Table(*self.columns, title=self.title)
        for row in self.rows:
            table.add_row(*row)
        console = Console()
        console.print(table)
        for note in self.notes:
            console.print(note)
        file = f"{self.program.stem}{self.arguments.replace(' --', '_')}.md"
        self.program.with_name(file).write_text(self._written(), encoding="utf-8")

    def _written(self) -> str:
        sides = ["---", *["---:"] * (len(self.columns) - 1)]
        lines = [self.columns, sides, *self.rows]
        return "\n".join(
            [
                f"# {self.title}",
                "",
                self.question,
                "",
                f"Last answer of `.venv/bin/python -m benchmarks.{self.program.stem}{self.arguments}`, two processor"
                f" cores, load average {os.getloadavg()[1]:.1f} in the last five minutes.",
                "",
                *(f"| {' | '.join(line)} |" for line in lines),
                "",
                *(f"{note}\n" for note in self.notes),
            ]
        )
