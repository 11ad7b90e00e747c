"""What a sealed case still does: its news is read, a repetition is noted, its measures are checked.

Between those it sleeps: every part says when it has to look again, and nothing else wakes it but people.
"""

from __future__ import annotations

from datetime import datetime

from rules import effect_check, news, recurrence
from rules.decision import Decision
from rules.model import Case
from rules.rulebook import Rulebook


def work(case: Case, book: Rulebook, now: datetime) -> Decision:
    """All parts at once; the check comes last, since it may open the case again."""
    parts = (news.follow(case, book, now), recurrence.follow(case, book), effect_check.follow(case, book, now))
    moments = [part.look_again_at for part in parts if part.look_again_at is not None]
    return Decision(
        commands=tuple(command for part in parts for command in part.commands),
        look_again_at=min(moments, default=None),
        because=tuple(sentence for part in parts for sentence in part.because),
    )
