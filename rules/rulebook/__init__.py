"""What a customer may change: the shapes (``schema``), reading them (``loading``), mistakes (``contradictions``)."""

from rules.rulebook.loading import BookFile, Problem, RulebookError, load, load_file
from rules.rulebook.schema import (
    NEWS_WORDS,
    OUTCOMES,
    AskedQuestion,
    FinalizationStep,
    Funnel,
    Option,
    Question,
    Role,
    Rulebook,
    Severity,
    SourceCondition,
    Verdict,
    ViolationType,
    WorkCalendar,
)

__all__ = [
    "NEWS_WORDS",
    "OUTCOMES",
    "AskedQuestion",
    "BookFile",
    "FinalizationStep",
    "Funnel",
    "Option",
    "Problem",
    "Question",
    "Role",
    "Rulebook",
    "RulebookError",
    "Severity",
    "SourceCondition",
    "Verdict",
    "ViolationType",
    "WorkCalendar",
    "load",
    "load_file",
]
