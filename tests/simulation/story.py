"""What happened, line by line, for whoever has to understand a failing seed."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable
from datetime import datetime


class Story:
    """``counts`` says how often each kind of thing happened: a simulation in which nothing does proves nothing."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self.lines: list[str] = []
        self.counts: Counter[str] = Counter()
        self.mistakes: list[str] = []
        """What no service may ever say, whatever happens around it."""

    def tell(self, who: str, what: str, kind: str | None = None) -> None:
        self.lines.append(f"{self._clock():%d.%m %H:%M:%S}  {who:<12} {what}")
        if kind is not None:
            self.counts[kind] += 1

    def count(self, kind: str) -> None:
        self.counts[kind] += 1


class Ear(logging.Handler):
    """Hears what the service logs and writes it into the story; ``speaker`` tells who speaks at this moment."""

    def __init__(self, story: Story, speaker: Callable[[], str]) -> None:
        super().__init__(logging.INFO)
        self._story = story
        self._speaker = speaker

    def emit(self, record: logging.LogRecord) -> None:
        text = record.getMessage()
        self._story.tell(self._speaker(), text if record.levelno < logging.WARNING else f"! {text}")
        if record.name == "capa24.decisions":
            self._story.count("decision")
        if record.levelno >= logging.ERROR and not self._is_weather(record):
            error = record.exc_info[1] if record.exc_info else None
            self._story.mistakes.append(f"{self._speaker()} logged: {text}{f' ({error!r})' if error else ''}")

    @staticmethod
    def _is_weather(record: logging.LogRecord) -> bool:
        """A row that Google refuses is said as an error, and is what the weather did."""
        return record.name == "app.controller.mirror"
