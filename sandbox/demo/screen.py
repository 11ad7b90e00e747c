"""What a watcher sees: who did what in Bitrix24, what the service answered and why."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.panel import Panel
from rich.table import Table

DECISION = re.compile(r"INFO capa24\.decisions (?P<key>\S+) — (?P<because>.*?) → (?P<done>.*)$")
"""A line of the service's log that tells a decision; decisions to wait end with «→ ждём»."""

MARK = re.compile(r"capa24 · \S+$")
"""The last line of a note, by which the service finds it again."""

NO_TERMINAL = 110
"""Columns of what is written to a file or a pipe."""


class Screen:
    def __init__(self) -> None:
        terminal = Console(highlight=False)
        self.console = terminal if terminal.is_terminal else Console(highlight=False, width=NO_TERMINAL)
        self._lock = threading.Lock()

    def act(self, number: int, title: str) -> None:
        with self._lock:
            self.console.print()
            self.console.rule(f"[bold]{number}. {escape(title)}[/]", align="left")

    def did(self, who: str, what: str) -> None:
        """A person did something in Bitrix24."""
        self._line(f"[bold cyan]{escape(who)}[/]", escape(what))

    def service(self, key: str, because: str, done: str) -> None:
        """The service decided something."""
        self._line(f"[bold yellow]capa24 · {escape(key)}[/]", f"[dim]{escape(because)}[/] → {escape(done)}")

    def told(self, what: str) -> None:
        """The story itself."""
        self._line("", f"[italic]{escape(what)}[/]")

    def note(self, text: str) -> None:
        """What stands in the portal for people to read: a note in the timeline, a post."""
        for line in text.splitlines():
            if line.strip() and not MARK.match(line):
                self._line("", f"[magenta]│[/] {escape(line)}")

    def check(self, holds: bool, what: str) -> None:
        self._line("[green]✓[/]" if holds else "[bold red]✗[/]", escape(what))

    def table(self, title: str, header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """Turned on its side, a case a column: few cases with long texts read better so."""
        drawn = Table(title=title, title_justify="left", show_header=False, show_lines=True)
        drawn.add_column(style="bold")
        for _ in rows:
            drawn.add_column(overflow="fold", ratio=1)
        for at, name in enumerate(header):
            drawn.add_row(escape(name), *(escape(row[at]) for row in rows))
        with self._lock:
            self.console.print(drawn)

    def panel(self, text: str, title: str) -> None:
        with self._lock:
            self.console.print(Panel(escape(text), title=title, title_align="left", expand=False))

    def address(self, title: str, url: str) -> None:
        """On a line of its own that is never broken: to be copied or clicked."""
        with self._lock:
            self.console.print(f"{escape(title)}:\n{escape(url)}", soft_wrap=True)

    def _line(self, who: str, what: str) -> None:
        line = Table.grid(padding=(0, 2))
        line.add_column(width=18, justify="right")
        line.add_column()
        line.add_row(who, what)
        with self._lock:
            self.console.print(line)

    @contextmanager
    def following(self, log: Path) -> Iterator[None]:
        """Show the service's decisions as they are written into its log."""
        enough = threading.Event()
        follower = threading.Thread(target=self._follow, args=(log, enough), daemon=True)
        follower.start()
        try:
            yield
        finally:
            enough.set()
            follower.join(5)

    def _follow(self, log: Path, enough: threading.Event) -> None:
        place = 0
        while True:
            last_time = enough.is_set()
            if log.exists():
                with log.open("rb") as lines:
                    lines.seek(place)
                    new = lines.read()
                whole = new[: new.rfind(b"\n") + 1]
                place += len(whole)
                for line in whole.decode(errors="replace").splitlines():
                    if (found := DECISION.search(line)) and found["done"] != "ждём":
                        self.service(_short(found["key"]), found["because"], found["done"])
            if last_time:
                return
            enough.wait(0.05)


def _short(key: str) -> str:
    """``source:main:2:42`` is read as «сделка 42»."""
    kind, *rest = key.split(":")
    if kind == "source":
        return f"{ {'1': 'лид', '2': 'сделка'}.get(rest[1], 'элемент') } {rest[2]}"
    return f"разбор {rest[1]}" if kind == "case" else key
