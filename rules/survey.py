"""Stage «Опрос»: the person responsible for the source item sums up the work (S15-S22).

Answers live in the user fields of the case card. Which questions are visible and which are required depends on the
other answers (S11); the same conditions are evaluated here whoever filled the fields, and wherever.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from math import isfinite

from rules.assignment import assign, give_back, term
from rules.calendar import working_time
from rules.deadlines import head_of
from rules.decision import Command, CompleteTask, CreateTask, Decision, ReassignTask, Tell, UpdateCase, do
from rules.model import Answer, Case, Stage, Task, UserId
from rules.rulebook import AskedQuestion, Rulebook

SLOT = "survey"

SATISFACTION = "satisfaction"
"""The question of S19, if the rulebook asks it."""
TERMS_KEPT = "terms_kept"
"""The question of S20, if the rulebook asks it."""
DEVIATIONS = "deviations"
"""The question of S21, if the rulebook asks it."""
NO_DEVIATION = ("none", "no")
"""Answers to it that name nothing."""


def _holds(condition: Mapping[str, tuple[str, ...]], answers: Mapping[str, Answer]) -> bool:
    def given(question: str) -> set[str]:
        answer = answers.get(question, ())
        return {answer} if isinstance(answer, str) else set(answer)

    return all(given(question) & set(accepted) for question, accepted in condition.items())


def visible(asked: tuple[AskedQuestion, ...], answers: Mapping[str, Answer]) -> Iterator[AskedQuestion]:
    """The questions a person sees with these answers; a hidden question's old answer opens nothing."""
    counted: dict[str, Answer] = {}
    for each in asked:
        if _holds(each.visible_when, counted):
            if each.question in answers:
                counted[each.question] = answers[each.question]
            yield each


def unanswered(asked: tuple[AskedQuestion, ...], answers: Mapping[str, Answer]) -> tuple[str, ...]:
    """Codes of the questions that must be answered, with these answers, and aren't."""
    seen = tuple(visible(asked, answers))
    counted = {each.question: answers[each.question] for each in seen if each.question in answers}
    return tuple(
        each.question
        for each in seen
        if not counted.get(each.question)
        and (each.required or (each.required_when and _holds(each.required_when, counted)))
    )


def missing(case: Case, book: Rulebook) -> tuple[str, ...]:
    """Why the case can't leave the survey."""
    if closed_without_answer(case):
        return ()
    task = case.task(SLOT)
    if not case.accepted(task, Stage.SURVEY):
        who = case.staff.name_of(task.responsible_id if task else case.responsible_id)
        return (f"опрос не завершён, ждём ответа: {who}",)
    return unanswered_texts(case, book)


def unanswered_texts(case: Case, book: Rulebook) -> tuple[str, ...]:
    asked = book.funnel(case.funnel).survey
    return tuple(f"нет ответа: «{book.questions[code].text}»" for code in unanswered(asked, case.answers))


def work(case: Case, book: Rulebook, now: datetime) -> Decision:
    """The survey task exists and is open until every required question is answered."""
    task = case.task(SLOT)
    if task is not None and task.closed:
        return do(
            give_back(case, task, Stage.SURVEY, unanswered_texts(case, book)),
            because=missing(case, book),
        )
    addressee = case.responsible_id if case.staff.is_active(case.responsible_id) else _substitute(case, book)
    if addressee is None:
        return Decision(because=("некому отправить опрос: ответственный не работает, руководитель не найден",))
    gives_up_at = _gives_up_at(case, book)
    if gives_up_at is not None and gives_up_at <= now:
        return do((_no_answer(case, book, addressee),), because=("опрос остался без ответа, анализ идёт без него",))
    handed = _handed_over(case, task, addressee)
    given = do(handed or assign(case, _task(case, book, addressee, now)), because=missing(case, book))
    return replace(given, look_again_at=gives_up_at)


def leave(case: Case, book: Rulebook) -> Sequence[Command]:
    """An assignment that nobody answered doesn't stay in anybody's list."""
    task = case.task(SLOT)
    return (CompleteTask(task.id),) if task is not None and not task.closed else ()


def closed_without_answer(case: Case) -> bool:
    """Was this survey given up, with «нет ответа» recorded (R3)? A case put back to the survey asks again."""
    return _no_answer_mark(case) in case.told


def _no_answer_mark(case: Case) -> str:
    asked = [entry.id for entry in case.entries if entry.stage is Stage.SURVEY]
    return f"no-answer-{asked[-1] if asked else 0}"


def _gives_up_at(case: Case, book: Rulebook) -> datetime | None:
    """When the analysis goes on without the answers: working days after the term; never without one."""
    task = case.task(SLOT)
    days = book.escalation.survey_closes_after_days
    if task is None or task.closed or task.deadline is None or not days:
        return None
    asked_since = max(task.deadline, case.entered.at)  # a case put back to the survey asks with patience again
    return working_time(book.calendar, case.staff, task.responsible_id).due(asked_since, days)


def _no_answer(case: Case, book: Rulebook, addressee: UserId) -> Tell:
    lines = unanswered_texts(case, book) or ("задача не завершена",)
    listed = "\n".join(f"• {line}" for line in lines)
    head = head_of(case, book, addressee)
    return Tell(
        _no_answer_mark(case),
        f"Опрос закрыт без ответа ({case.staff.name_of(addressee)}), анализ пойдёт без него:\n{listed}",
        to=tuple(dict.fromkeys(person for person in (addressee, head) if person is not None)),
    )


def _substitute(case: Case, book: Rulebook) -> int | None:
    """The responsible person has left: their head answers, else the head of quality."""
    person = case.staff.people.get(case.responsible_id) if case.responsible_id is not None else None
    never = frozenset((person.id,)) if person else frozenset()
    for department_id in person.department_ids if person else ():
        department = case.staff.departments.get(department_id)
        head = case.staff.head_above(department, never=never) if department else None
        if head is not None:
            return head
    return case.staff.head_of(book.quality.department, never=never)


def _handed_over(case: Case, task: Task | None, addressee: UserId) -> tuple[Command, ...]:
    """Somebody corrected on the card whose work it is: the question goes along, unless it was passed on already."""
    before = case.assigned_id
    if before is None or before == addressee or addressee != case.responsible_id:
        return ()
    theirs = (ReassignTask(task.id, addressee),) if task is not None and task.responsible_id == before else ()
    return (*theirs, UpdateCase({}, assigned_to=addressee))


def _task(case: Case, book: Rulebook, addressee: int, now: datetime) -> CreateTask:
    questions = "\n".join(
        f"[*]{book.questions[asked.question].text}{_hint(asked, book)}" for asked in book.funnel(case.funnel).survey
    )
    return CreateTask(
        slot=SLOT,
        title=f"Опрос по итогам работы: {case.source_title}",
        description=(
            f"Подведите итоги: ответьте на вопросы в полях карточки «{book.names.case}» (она привязана к задаче) "
            f"и завершите задачу.\n[LIST]\n{questions}\n[/LIST]"
        ),
        responsible_id=addressee,
        deadline=term(case, book, addressee, now, book.terms.survey),
    )


def _hint(asked: AskedQuestion, book: Rulebook) -> str:
    if not asked.visible_when:
        return ""
    reasons = (
        f"«{book.questions[other].text}» — {', '.join(_option_text(book, other, answer) for answer in answers)}"
        for other, answers in asked.visible_when.items()
    )
    return f" (если {'; '.join(reasons)})"


def _option_text(book: Rulebook, question: str, code: str) -> str:
    return next((option.text for option in book.questions[question].choices if option.code == code), code)


def answer_text(book: Rulebook, question: str, answer: Answer) -> str:
    """An answer in words: option codes become what the person saw; empty stays empty."""
    if question not in book.questions:
        return ""
    codes = (answer,) if isinstance(answer, str) else answer
    return ", ".join(_option_text(book, question, code) for code in codes if code)


def score(book: Rulebook, question: str, answer: Answer) -> float | None:
    """An answer on a scale as a number: what the option is worth, or the number that was typed; else ``None``."""
    asked = book.questions.get(question)
    if asked is None or not isinstance(answer, str):
        return None
    if asked.type == "number":
        return _typed(answer)
    return next((option.score for option in asked.choices if option.code == answer), None)


def _typed(text: str) -> float | None:
    try:
        number = float(text.replace(",", "."))
    except ValueError:
        return None
    return number if isfinite(number) else None


def names_deviation(case: Case, book: Rulebook) -> bool:
    """Did the survey tell of something that the process doesn't foresee (S21)?"""
    answer = case.answers.get(DEVIATIONS, ()) if DEVIATIONS in book.questions else ()
    given = (answer,) if isinstance(answer, str) else answer
    return any(each and each not in NO_DEVIATION for each in given)


def answers_as_text(case: Case, book: Rulebook) -> tuple[str, ...]:
    """The visible questions with their answers, for the inspector's assignment (S18, S24)."""
    return tuple(
        f"{book.questions[asked.question].text} — "
        f"{answer_text(book, asked.question, case.answers.get(asked.question, '')) or 'нет ответа'}"
        for asked in visible(book.funnel(case.funnel).survey, case.answers)
    )
