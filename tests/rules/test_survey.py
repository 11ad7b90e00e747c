"""Stage «Опрос»: dependent questions, and who answers (S11, S15-S22)."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules import survey
from rules.decision import CreateTask, RenewTask, Tell
from rules.model import Answer, Staff, Stage
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

ASKED = BOOK.funnel("retail").survey
ALWAYS = ["satisfaction", "terms_kept", "deviations"]


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


def test_the_assignment_names_the_questions_and_when_they_are_asked() -> None:
    """S8, S15: one exact assignment, due in two working days."""
    (task,) = survey.work(a_case(), BOOK, NOON).commands
    assert isinstance(task, CreateTask)
    assert task.title == "Опрос по итогам работы: Насосы"
    assert "[*]Доволен ли клиент?" in task.description
    assert "[*]Чем недоволен? (если «Доволен ли клиент?» — Недоволен)" in task.description
    assert "Отклонение, Частный случай" in task.description
    assert task.deadline is not None
    assert f"{task.deadline:%d.%m %H:%M}" == "25.11 19:00"


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
