"""Stage «Опрос»: dependent questions, and who answers (S11, S15-S22)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules import survey
from rules.decide import decide
from rules.decision import CreateTask, RenewTask, Tell
from rules.model import Answer, Staff, Stage
from rules.rulebook import Rulebook
from rules.rulebook.schema import Escalation, Option, Question
from tests.builders import (
    BOOK,
    DIRECTOR,
    GOOD_ANSWERS,
    MANAGER,
    NOON,
    QUALITY_HEAD,
    SALES_HEAD,
    STRANGER,
    a_case,
    a_staff,
    a_task,
    closed,
)
from tests.rules.simulated_portal import SimulatedPortal

ASKED = BOOK.funnel("retail").survey
ALWAYS = ["satisfaction", "terms_kept", "deviations"]


@pytest.mark.requirement("S11")
@pytest.mark.parametrize(
    ("answers", "seen", "missing"),
    [
        # nothing yet: the questions that depend on nothing
        ({}, ALWAYS, ALWAYS),
        (GOOD_ANSWERS, ALWAYS, []),
        # an answer opens a question
        (
            {**GOOD_ANSWERS, "satisfaction": "low"},
            ["satisfaction", "dissatisfied_why", "terms_kept", "deviations"],
            ["dissatisfied_why"],
        ),
        # and closes it again; the old answer does no harm
        ({**GOOD_ANSWERS, "dissatisfied_why": "Долго"}, ALWAYS, []),
        # opened but not required
        ({**GOOD_ANSWERS, "deviations": ("deviation",)}, [*ALWAYS, "deviations_what"], []),
        # one of several options makes it required
        (
            {**GOOD_ANSWERS, "deviations": ("deviation", "special_case")},
            [*ALWAYS, "deviations_what"],
            ["deviations_what"],
        ),
        # an empty answer is none
        ({**GOOD_ANSWERS, "satisfaction": "", "deviations": ()}, ALWAYS, ["satisfaction", "deviations"]),
    ],
)  # fmt: skip
def test_answers_show_and_require_other_questions(
    answers: Mapping[str, Answer], seen: list[str], missing: list[str]
) -> None:
    """S11."""
    assert [each.question for each in survey.visible(ASKED, answers)] == seen
    assert list(survey.unanswered(ASKED, answers)) == missing


def test_a_hidden_question_s_old_answer_opens_nothing() -> None:
    """Chains: «why» depends on «satisfaction», something further on «why»; when «why» is hidden, so is the rest."""
    further = ASKED[1].model_copy(
        update={"question": "deviations_what", "visible_when": {"dissatisfied_why": ("Долго",)}}
    )
    chain = (ASKED[0], ASKED[1], further)
    answers = {"satisfaction": "high", "dissatisfied_why": "Долго"}
    assert [each.question for each in survey.visible(chain, answers)] == ["satisfaction"]
    shown = survey.visible(chain, {**answers, "satisfaction": "low"})
    assert [each.question for each in shown] == ["satisfaction", "dissatisfied_why", "deviations_what"]


@given(
    st.dictionaries(
        st.sampled_from([each.question for each in ASKED]),
        st.sampled_from(["", "high", "low", "yes", "no", "x"])
        | st.lists(st.sampled_from(["none", "deviation", "special_case"]), unique=True).map(tuple),
    )
)
def test_only_what_is_seen_is_asked_for(answers: dict[str, Answer]) -> None:
    seen = {each.question for each in survey.visible(ASKED, answers)}
    missing = survey.unanswered(ASKED, answers)
    assert set(missing) <= seen
    assert not any(answers.get(question) for question in missing)


@pytest.mark.requirement("S16")
@pytest.mark.parametrize(
    ("responsible", "staff", "addressee"),
    [
        # S16: the person responsible for the source item
        (MANAGER, a_staff(), MANAGER),
        # who has left: their head (S12)
        (MANAGER, a_staff(fired=[MANAGER]), SALES_HEAD),
        # whose head has left as well: above
        (MANAGER, a_staff(fired=[MANAGER, SALES_HEAD]), DIRECTOR),
        # a head who left: not to themselves
        (SALES_HEAD, a_staff(fired=[SALES_HEAD]), DIRECTOR),
        # nobody is responsible, or somebody the portal doesn't know: the head of quality
        (None, a_staff(), QUALITY_HEAD),
        (STRANGER, a_staff(), QUALITY_HEAD),
    ],
)
def test_somebody_who_works_here_is_asked(responsible: int | None, staff: Staff, addressee: int) -> None:
    decision = survey.work(a_case(responsible_id=responsible, staff=staff), BOOK, NOON)
    (task,) = decision.commands
    assert isinstance(task, CreateTask)
    assert task.responsible_id == addressee


def test_when_nobody_can_be_asked_the_case_says_so() -> None:
    everybody = a_staff(fired=range(1, 9))
    decision = survey.work(a_case(staff=everybody), BOOK, NOON)
    assert decision.commands == ()
    assert "некому отправить опрос" in decision.because[0]


@pytest.mark.requirement("S8", "S15")
def test_the_assignment_names_the_questions_and_when_they_are_asked() -> None:
    """S8, S15: one exact assignment, due in two working days."""
    (task,) = survey.work(a_case(), BOOK, NOON).commands
    assert isinstance(task, CreateTask)
    assert task.title == "Опрос по итогам работы: Насосы"
    assert "[*]Доволен ли клиент?" in task.description
    assert "[*]Чем недоволен? (если «Доволен ли клиент?» — Недоволен)" in task.description
    assert "Отклонение, Частный случай" in task.description
    assert task.deadline is not None
    assert f"{task.deadline:%d.%m %H:%M}" == "25.11 18:00"


def test_a_survey_with_all_answers_still_waits_for_its_task() -> None:
    """Closing the task is the manager's word that it is final."""
    case = a_case(answers=GOOD_ANSWERS, tasks=(a_task("survey"),))
    assert survey.missing(case, BOOK) == ("опрос не завершён, ждём ответа: Мария Продавцова",)
    assert survey.work(case, BOOK, NOON).commands == ()


def test_a_finished_survey_lacks_nothing() -> None:
    assert survey.missing(a_case(answers=GOOD_ANSWERS, tasks=(closed(a_task("survey")),)), BOOK) == ()


def test_a_survey_closed_unanswered_goes_back() -> None:
    decision = survey.work(a_case(tasks=(closed(a_task("survey")),)), BOOK, NOON)
    told, renewed = decision.commands
    assert isinstance(told, Tell)
    assert renewed == RenewTask(1)
    assert decision.because[0] == "нет ответа: «Доволен ли клиент?»"


def test_the_inspector_reads_the_answers_in_words() -> None:
    """S18, S24: texts, not codes; what was not asked isn't there."""
    case = a_case(Stage.ANALYSIS, answers={**GOOD_ANSWERS, "deviations": ("deviation", "special_case")})
    assert survey.answers_as_text(case, BOOK) == (
        "Доволен ли клиент? — Доволен",
        "Сроки соблюдены? — Да",
        "Были ли отклонения? — Отклонение, Частный случай",
        "Что произошло? — нет ответа",
    )


@pytest.mark.parametrize(
    ("question", "answer", "text"),
    [
        ("satisfaction", "low", "Недоволен"),
        ("terms_kept", "no", "Нет"),
        ("dissatisfied_why", "Долго", "Долго"),
        ("deviations", (), ""),
        # an option that has left the rulebook is shown as it is stored
        ("satisfaction", "abolished", "abolished"),
        # a question that this rulebook doesn't have
        ("unheard_of", "x", ""),
    ],
)
def test_an_answer_in_words(question: str, answer: Answer, text: str) -> None:
    assert survey.answer_text(BOOK, question, answer) == text


# --- silence ---------------------------------------------------------------------------------------------------------


def silent_until(days: int, book: Rulebook = BOOK) -> SimulatedPortal:
    """A survey given out on Monday noon, due on Wednesday; that many days have passed without a word."""
    portal = SimulatedPortal(book=book)
    portal.settle()
    portal.now = NOON + timedelta(days=days)
    portal.settle()
    return portal


def test_a_survey_without_an_answer_is_closed_and_the_analysis_goes_on() -> None:
    """R3, S91: silence doesn't stop the process, and is on record; the person and the head know."""
    assert silent_until(6).case.stage is Stage.SURVEY
    portal = silent_until(7)  # Monday again: Wednesday's term and three working days
    portal.now += timedelta(hours=6)
    portal.settle()
    assert portal.case.stage is Stage.ANALYSIS
    assert portal.slot(survey.SLOT).closed
    (note,) = portal.notes_marked("no-answer-")
    assert note.to == (MANAGER, SALES_HEAD)
    assert "нет ответа: «Доволен ли клиент?»" in note.text


def test_the_inspector_sees_that_there_was_no_answer() -> None:
    portal = silent_until(8)
    assert "Доволен ли клиент? — нет ответа" in survey.answers_as_text(portal.case, BOOK)


def test_a_case_put_back_to_the_survey_asks_again() -> None:
    portal = silent_until(8)
    portal.drag(Stage.SURVEY)
    portal.settle()
    assert portal.case.stage is Stage.SURVEY
    assert not portal.slot(survey.SLOT).closed


def test_a_rulebook_may_wait_for_ever() -> None:
    patient = BOOK.model_copy(update={"escalation": Escalation(survey_closes_after_days=0)})
    assert silent_until(300, patient).case.stage is Stage.SURVEY


def test_the_look_that_gives_up_is_planned() -> None:
    portal = SimulatedPortal(book=BOOK.model_copy(update={"escalation": Escalation(remind_hours_before=0)}))
    portal.settle()
    moments = []
    while not portal.notes_marked("no-answer-"):
        again = decide(portal.case, portal.book, portal.now).look_again_at
        assert again is not None
        moments.append(again)
        portal.now = again
        portal.look()
    assert f"{moments[-1]:%d.%m %H:%M}" == "30.11 18:00"


# --- Answers as numbers ----------------------------------------------------------------------------------------------

SCALED = BOOK.model_copy(
    update={
        "questions": {
            "satisfaction": Question(
                text="Доволен?",
                type="choice",
                options=(Option(code="high", text="Да", score=100), Option(code="unknown", text="Не знаю")),
            ),
            "marks": Question(text="Оценка", type="number"),
            "words": Question(text="Слова", type="text"),
        }
    }
)


@pytest.mark.requirement("S86")
@pytest.mark.parametrize(
    ("question", "answer", "score"),
    [
        ("satisfaction", "high", 100),
        ("satisfaction", "unknown", None),
        ("satisfaction", "", None),
        ("satisfaction", ("high",), None),
        ("marks", "4,5", 4.5),
        ("marks", "хорошо", None),
        ("marks", "nan", None),
        ("words", "5", None),
        ("not_asked", "high", None),
    ],
)
def test_an_answer_on_a_scale_is_a_number(question: str, answer: Answer, score: float | None) -> None:
    assert survey.score(SCALED, question, answer) == score


@pytest.mark.requirement("S21", "S88")
@pytest.mark.parametrize(
    ("answer", "named"),
    [
        (("none",), False),
        (("deviation",), True),
        (("none", "special_case"), True),
        ("no", False),
        ("yes", True),
        ((), False),
    ],
)
def test_a_deviation_is_named_or_not(answer: Answer, named: bool) -> None:
    case = a_case(answers={"deviations": answer})
    assert survey.names_deviation(case, BOOK) is named
    assert not survey.names_deviation(case, SCALED), "the question isn't asked"
