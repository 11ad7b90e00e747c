"""One look at a case, and whole stories of cases: each person in turn, the unpleasant ones included."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rules import analysis, ballot, execution, formulation, survey
from rules.decide import HISTORY_LAG, decide
from rules.decision import MoveCase, ReassignTask, UpdateCase
from rules.model import CaseField, LostTask, Stage
from tests.builders import (
    BOOK,
    DEVELOPER,
    DIRECTOR,
    INSPECTOR,
    IT,
    LOGISTICS,
    LOGISTICS_HEAD,
    MANAGER,
    NOON,
    OTHER_INSPECTOR,
    QUALITY_HEAD,
    SALES,
    SALES_HEAD,
    a_case,
    entries,
    moved,
    reached,
)
from tests.rules.simulated_portal import SimulatedPortal

FULL = (
    Stage.SURVEY, Stage.ANALYSIS, Stage.FORMULATION, Stage.APPROVAL, Stage.CHANGES, Stage.FINALIZATION, Stage.SUCCESS,
)  # fmt: skip


@pytest.fixture
def portal() -> SimulatedPortal:
    return SimulatedPortal()


# --- the way ---------------------------------------------------------------------------------------------------------


@pytest.mark.requirement("S1", "S4", "S5")
def test_honest_work_takes_the_case_through_every_stage_in_order(portal: SimulatedPortal) -> None:
    """S1-S62: nobody moves the card by hand, and it arrives."""
    portal.run_to(Stage.SUCCESS)
    assert portal.path == FULL


def test_clean_work_is_closed_at_once_with_points(portal: SimulatedPortal) -> None:
    """S37: «absolutely correct» gets its points, and nobody is bothered with measures."""
    portal.run_to(Stage.ANALYSIS)
    portal.edit_card(verdict="correct")
    portal.run_to(Stage.SUCCESS)
    assert portal.path == (Stage.SURVEY, Stage.ANALYSIS, Stage.SUCCESS)
    assert portal.case.points == 10
    (note,) = portal.notes
    assert note.to == (MANAGER,)
    assert "начислено 10 баллов" in note.text
    assert {task.slot for task in portal.case.tasks} == {survey.SLOT, analysis.SLOT}


@pytest.mark.requirement("S4")
@pytest.mark.parametrize("stage", [stage for stage in FULL if stage is not Stage.SUCCESS])
def test_a_finished_stage_is_left_for_the_next_one(stage: Stage) -> None:
    """S4: exact routes. The stage before says that it is finished, in words."""
    here = reached(FULL[FULL.index(stage) + 1])
    before = replace(here, stage=stage, entries=here.entries[:-1])
    decision = decide(before, BOOK, NOON)
    move = decision.commands[-1]
    assert isinstance(move, MoveCase)
    assert move.to is FULL[FULL.index(stage) + 1]
    assert "завершена" in decision.because[0]


@pytest.mark.parametrize(
    "history",
    [
        # the portal's stage history is written after the card: the newest row may lag behind
        entries(Stage.SURVEY),
        # a case born a moment ago
        (),
    ],
)
def test_a_history_that_lags_behind_the_card_is_waited_for(history: tuple) -> None:  # type: ignore[type-arg]
    decision = decide(replace(reached(Stage.ANALYSIS), entries=history), BOOK, NOON)
    assert decision.commands == ()
    assert decision.look_again_at == NOON + HISTORY_LAG
    assert decision.because


def test_a_funnel_that_the_rulebook_lost_is_said_and_breaks_nothing() -> None:
    decision = decide(a_case(Stage.ANALYSIS, funnel="service"), BOOK, NOON)
    assert decision.commands == ()
    assert "service" in decision.because[0]


def test_whoever_leaves_the_analysis_takes_the_commission_along() -> None:
    """S33: in the same look, so that the commission can help to word the measures."""
    case = reached(Stage.FORMULATION, commission=(), commission_rule="")
    case = replace(case, stage=Stage.ANALYSIS, entries=case.entries[:-1])
    seated, moved = decide(case, BOOK, NOON).commands
    assert isinstance(seated, UpdateCase)
    assert seated.changes[CaseField.COMMISSION] == (SALES_HEAD, LOGISTICS_HEAD)
    assert moved == MoveCase(Stage.FORMULATION)


# --- the manager -----------------------------------------------------------------------------------------------------


def test_a_manager_who_closes_the_survey_unanswered_gets_it_back_with_the_questions(portal: SimulatedPortal) -> None:
    """S17, S91."""
    portal.settle()
    portal.close(portal.slot(survey.SLOT))
    portal.settle()
    assert portal.case.stage is Stage.SURVEY
    assert not portal.slot(survey.SLOT).closed
    (note,) = portal.notes
    assert note.to == (MANAGER,)
    assert "Доволен ли клиент?" in note.text


def test_a_manager_who_closes_it_unanswered_again_is_told_again(portal: SimulatedPortal) -> None:
    portal.settle()
    for _ in range(3):
        portal.close(portal.slot(survey.SLOT))
        portal.settle()
    assert len(portal.notes) == 3


def test_a_survey_dragged_to_success_comes_back_with_one_note(portal: SimulatedPortal) -> None:
    """S57: the card says «Закрыт успешно» for a moment, and nothing of a closing happened."""
    portal.settle()
    portal.drag(Stage.SUCCESS, by=SALES_HEAD)
    portal.settle()
    assert portal.case.stage is Stage.SURVEY
    (note,) = portal.notes
    assert note.mark.startswith("gate-")
    assert note.to == (SALES_HEAD,)
    assert portal.case.points is None


def test_a_fired_manager_s_survey_goes_to_their_head(portal: SimulatedPortal) -> None:
    """S12: roles, not persons; the task that was open already goes too."""
    portal.settle()
    portal.company(fired=[MANAGER])
    decision = portal.look()
    assert decision.commands == (ReassignTask(portal.slot(survey.SLOT).id, SALES_HEAD),)
    portal.run_to(Stage.SUCCESS)


# --- the inspector ---------------------------------------------------------------------------------------------------


def test_an_inspector_who_closes_with_an_unticked_protocol_gets_it_back(portal: SimulatedPortal) -> None:
    """S25, S81: every item passes the protocol check."""
    portal.run_to(Stage.ANALYSIS)
    portal.edit_card(verdict="correct")
    portal.tick(portal.slot(analysis.SLOT), 0, 2)
    portal.close(portal.slot(analysis.SLOT))
    portal.settle()
    assert portal.case.stage is Stage.ANALYSIS
    (note,) = portal.notes
    assert "Сверить сроки" in note.text
    assert "Прослушать звонки" not in note.text


def test_an_inspector_who_deletes_the_protocol_and_closes_gets_it_back_whole(portal: SimulatedPortal) -> None:
    portal.run_to(Stage.ANALYSIS)
    portal.edit_card(verdict="correct")
    portal.cut_checklist(portal.slot(analysis.SLOT))
    portal.close(portal.slot(analysis.SLOT))
    portal.settle()
    assert portal.case.stage is Stage.ANALYSIS
    assert len(portal.slot(analysis.SLOT).unticked) == 3


@pytest.mark.parametrize("stage", [Stage.ANALYSIS, Stage.FORMULATION, Stage.CHANGES, Stage.FINALIZATION])
def test_a_fired_inspector_is_replaced_wherever_the_case_stands(portal: SimulatedPortal, stage: Stage) -> None:
    """S91: no step depends on somebody remembering that a colleague has left."""
    portal.run_to(stage)
    portal.company(fired=[portal.case.inspector_id or 0])
    portal.settle()
    assert portal.case.inspector_id in (INSPECTOR, OTHER_INSPECTOR)
    assert all(portal.case.staff.is_active(task.responsible_id) for task in portal.case.tasks if not task.closed)
    portal.run_to(Stage.SUCCESS)


def test_without_anybody_in_the_quality_department_the_case_says_so(portal: SimulatedPortal) -> None:
    portal.settle()
    portal.company(fired=[INSPECTOR, OTHER_INSPECTOR, QUALITY_HEAD])
    portal.work()
    portal.settle()
    assert portal.case.stage is Stage.ANALYSIS
    assert "Отдел качества" in decide(portal.case, BOOK, portal.now).because[0]


# --- the commission --------------------------------------------------------------------------------------------------


def test_a_refusal_goes_back_to_the_inspector_with_its_reason(portal: SimulatedPortal) -> None:
    """S47: reject path; the reason of the member reaches the person who words the measures."""
    portal.run_to(Stage.APPROVAL)
    vote = portal.slot(ballot.slot(portal.case, SALES_HEAD))
    portal.close(vote, result="Срок нереальный")
    portal.settle()
    assert portal.case.stage is Stage.FORMULATION
    assert not portal.slot(formulation.SLOT).closed
    (note,) = portal.notes_marked("return-")
    assert note.to == (portal.case.inspector_id,)
    assert "Сергей Сбытов: Срок нереальный" in note.text


def test_a_member_without_a_reason_is_asked_for_it_once_and_then_named_as_one(portal: SimulatedPortal) -> None:
    portal.run_to(Stage.APPROVAL)
    for _ in range(2):
        portal.close(portal.slot(ballot.slot(portal.case, SALES_HEAD)), result="  ")
        portal.settle()
    assert len(portal.notes_marked("reason-")) == 1
    assert "Сергей Сбытов: причина не указана" in portal.notes[-1].text


def test_a_refused_set_can_t_be_sent_again_unchanged(portal: SimulatedPortal) -> None:
    portal.run_to(Stage.APPROVAL)
    portal.close(portal.slot(ballot.slot(portal.case, SALES_HEAD)), result="Срок нереальный")
    portal.settle()
    portal.close(portal.slot(formulation.SLOT))
    portal.settle()
    assert portal.case.stage is Stage.FORMULATION
    assert "отклонена комиссией" in portal.notes[-1].text


def test_a_changed_set_is_voted_on_anew_and_passes(portal: SimulatedPortal) -> None:
    portal.run_to(Stage.APPROVAL)
    portal.close(portal.slot(ballot.slot(portal.case, SALES_HEAD)), result="Срок нереальный")
    portal.settle()
    portal.edit_measure(portal.case.measures[0].id, planned_hours=1.0)
    portal.run_to(Stage.SUCCESS)
    assert len(portal.case.tasks_for(ballot.PREFIX)) == 4


def test_a_commission_that_shrinks_is_filled_from_the_structure(portal: SimulatedPortal) -> None:
    """S33, S45: a head who left during the vote gives way to whoever heads the department now."""
    portal.run_to(Stage.APPROVAL)
    assert portal.case.commission == (SALES_HEAD, LOGISTICS_HEAD)
    portal.company(fired=[LOGISTICS_HEAD])
    portal.settle()
    assert portal.case.commission == (SALES_HEAD, DIRECTOR)
    left = portal.slot(ballot.slot(portal.case, LOGISTICS_HEAD))
    assert left.closed
    portal.run_to(Stage.SUCCESS)


def test_a_vote_given_before_leaving_counts(portal: SimulatedPortal) -> None:
    portal.run_to(Stage.APPROVAL)
    portal.work()
    portal.company(fired=[LOGISTICS_HEAD])
    portal.run_to(Stage.CHANGES)
    assert portal.case.commission == (SALES_HEAD, LOGISTICS_HEAD)


def test_a_commission_of_nobody_waits_and_says_so(portal: SimulatedPortal) -> None:
    portal.run_to(Stage.APPROVAL)
    portal.company(fired=[SALES_HEAD, LOGISTICS_HEAD, DIRECTOR, QUALITY_HEAD])
    portal.settle()
    assert portal.case.stage is Stage.APPROVAL
    assert portal.case.commission == ()
    assert "составить не из кого" in decide(portal.case, BOOK, portal.now).because[0]
    portal.company(fired=[SALES_HEAD, LOGISTICS_HEAD])
    portal.run_to(Stage.CHANGES)
    assert portal.case.commission == (DIRECTOR,)


# --- measures after the vote -----------------------------------------------------------------------------------------


def test_a_measure_edited_after_approval_is_approved_and_done_anew(portal: SimulatedPortal) -> None:
    """S47, S56: the vote was on another text, and so was the work."""
    portal.run_to(Stage.CHANGES)
    portal.work()
    done = portal.case.tasks_for(execution.PREFIX)[0]
    portal.edit_measure(portal.case.measures[0].id, target="Стадия «Счёт»")
    portal.settle()
    assert portal.case.stage is Stage.APPROVAL
    assert "меры изменены после голосования" in portal.notes[-1].text
    portal.work()
    portal.settle()
    assert portal.case.stage is Stage.CHANGES
    again = portal.slot(execution.slot(portal.case.measures[0]))
    assert again.id != done.id
    assert not again.closed
    portal.run_to(Stage.SUCCESS)


def test_a_later_term_is_approved_but_not_done_anew(portal: SimulatedPortal) -> None:
    portal.run_to(Stage.CHANGES)
    task = portal.slot(execution.slot(portal.case.measures[0]))
    portal.edit_measure(portal.case.measures[0].id, planned_hours=16.0)
    portal.settle()
    assert portal.case.stage is Stage.APPROVAL
    for member in portal.case.commission:
        portal.do_the_job(portal.slot(ballot.slot(portal.case, member)))
    portal.settle()
    assert portal.case.stage is Stage.CHANGES
    assert portal.case.tasks_for(execution.PREFIX) == (task,)


def test_the_task_of_a_deleted_measure_blocks_until_a_person_closes_it(portal: SimulatedPortal) -> None:
    """S56: all issued tasks are blocking; the executor and the inspector are told why it is there."""
    portal.run_to(Stage.FORMULATION)
    first, second = portal.add_measure(), portal.add_measure(department="logistics")
    portal.run_to(Stage.CHANGES)
    portal.delete_measure(second.id)
    portal.settle()
    for member in portal.case.commission:
        portal.do_the_job(portal.slot(ballot.slot(portal.case, member)))
    portal.settle()
    portal.do_the_job(portal.slot(execution.slot(first)))
    portal.settle()
    assert portal.case.stage is Stage.CHANGES
    (note,) = portal.notes_marked("needless-")
    assert note.to == (LOGISTICS_HEAD, portal.case.inspector_id)
    portal.close(portal.slot(execution.slot(second)))
    portal.settle()
    assert portal.case.stage is Stage.FINALIZATION


def test_without_any_measure_left_the_case_goes_back_to_formulation(portal: SimulatedPortal) -> None:
    portal.run_to(Stage.CHANGES)
    portal.delete_measure(portal.case.measures[0].id)
    portal.settle()
    assert portal.case.stage is Stage.FORMULATION
    assert "не создано ни одной меры" in portal.notes_marked("gate-")[0].text


# --- a verdict that changes late -------------------------------------------------------------------------------------


def test_a_verdict_that_becomes_clean_while_measures_are_worded_closes_the_case_with_points(
    portal: SimulatedPortal,
) -> None:
    portal.run_to(Stage.FORMULATION)
    portal.edit_card(verdict="correct", violations=())
    portal.close(portal.slot(formulation.SLOT))
    portal.settle()
    assert portal.case.stage is Stage.SUCCESS
    assert portal.case.points == 10


def test_a_verdict_that_becomes_clean_when_tasks_are_out_waits_for_them(portal: SimulatedPortal) -> None:
    """S56: an issued task blocks, also when nobody wants measures any more."""
    portal.run_to(Stage.CHANGES)
    (measure,) = portal.case.measures
    portal.edit_card(verdict="correct", violations=())
    portal.delete_measure(measure.id)
    portal.settle()
    assert portal.case.stage is Stage.CHANGES
    portal.close(portal.slot(execution.slot(measure)))
    portal.settle()
    assert portal.case.stage is Stage.SUCCESS
    assert portal.news == []


def test_a_verdict_worse_than_the_one_the_case_was_closed_with_opens_it_again_and_takes_the_points(
    portal: SimulatedPortal,
) -> None:
    portal.run_to(Stage.ANALYSIS)
    portal.edit_card(verdict="correct")
    portal.run_to(Stage.SUCCESS)
    portal.edit_card(verdict="partly_correct")
    portal.settle()
    assert portal.case.stage is Stage.ANALYSIS
    portal.edit_card(violations=("terms",))
    portal.run_to(Stage.SUCCESS)
    assert portal.case.points == 0
    assert len(portal.notes_marked("closed-")) == 2
    assert "сняты" in portal.notes_marked("closed-")[1].text


# --- whoever drags the card ------------------------------------------------------------------------------------------


def test_a_head_who_drags_the_card_past_open_tasks_finds_it_back_with_the_reason(portal: SimulatedPortal) -> None:
    """S57, and the story that the demo tells."""
    portal.run_to(Stage.CHANGES)
    portal.drag(Stage.FINALIZATION, by=SALES_HEAD)
    portal.settle()
    assert portal.case.stage is Stage.CHANGES
    (note,) = portal.notes_marked("gate-")
    assert note.to == (SALES_HEAD,)
    assert "открыта задача" in note.text
    assert portal.case.tasks_for(execution.REWORK) == ()


def test_somebody_who_fights_the_gate_is_slowed_down_and_reported(portal: SimulatedPortal) -> None:
    """Reverts never fight: after three in a row the head of quality is asked, and the next one waits."""
    portal.run_to(Stage.CHANGES)
    for _ in range(3):
        portal.drag(Stage.FINALIZATION, by=SALES_HEAD)
        portal.settle()
    portal.drag(Stage.FINALIZATION, by=SALES_HEAD)
    portal.look()
    assert portal.case.stage is Stage.FINALIZATION
    (asked,) = portal.notes_marked("parked-")
    assert asked.to == (QUALITY_HEAD,)
    assert portal.look().commands == ()
    portal.settle()
    assert portal.case.stage is Stage.CHANGES
    assert len(portal.notes_marked("gate-")) == 4


@pytest.mark.parametrize("back_to", FULL[:-1])
def test_a_case_put_back_from_success_is_worked_on_there_and_closed_again(
    portal: SimulatedPortal, back_to: Stage
) -> None:
    """A human who moves a case back is obeyed; nothing that was done since is asked for twice."""
    portal.run_to(Stage.SUCCESS)
    closed = {task.id for task in portal.case.tasks}
    portal.drag(back_to, by=QUALITY_HEAD)
    portal.settle()
    assert portal.case.stage is back_to
    assert [task for task in portal.case.tasks if not task.closed]
    portal.run_to(Stage.SUCCESS)
    assert len(portal.news) == 1
    assert len({task.id for task in portal.case.tasks} - closed) == (1 if back_to is Stage.CHANGES else 0)


@pytest.mark.parametrize("back_to", FULL[:-1])
def test_a_clean_case_put_back_from_success_is_worked_on_too(portal: SimulatedPortal, back_to: Stage) -> None:
    """«Absolutely correct», and somebody doubts it: the case waits for them."""
    portal.run_to(Stage.ANALYSIS)
    portal.edit_card(verdict="correct")
    portal.run_to(Stage.SUCCESS)
    portal.drag(back_to, by=QUALITY_HEAD)
    portal.settle()
    assert not portal.case.stage.is_final
    assert [task for task in portal.case.tasks if not task.closed]


# --- tasks and the company -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("decision", "then"), [(LostTask.AGAIN, Stage.CHANGES), (LostTask.NEEDLESS, Stage.FINALIZATION)]
)
def test_a_blocking_task_that_is_deleted_waits_for_a_named_person(
    portal: SimulatedPortal, decision: LostTask, then: Stage
) -> None:
    """S56: what is deleted is not done, and not silently ordered again."""
    portal.run_to(Stage.CHANGES)
    task = portal.slot(execution.slot(portal.case.measures[0]))
    portal.delete(task)
    portal.settle()
    assert portal.case.stage is Stage.CHANGES
    assert portal.case.task(task.slot) is None
    (measure,) = portal.case.measures
    portal.edit_measure(measure.id, decision=decision, by=INSPECTOR)
    portal.settle()
    assert portal.case.stage is then
    portal.run_to(Stage.SUCCESS)


@pytest.mark.parametrize("stage", [Stage.FINALIZATION, Stage.SUCCESS])
def test_a_blocking_task_reopened_late_takes_the_case_back(portal: SimulatedPortal, stage: Stage) -> None:
    """S57 holds for a closed case as well."""
    portal.run_to(stage)
    portal.reopen(portal.slot(execution.slot(portal.case.measures[0])))
    portal.settle()
    assert portal.case.stage is Stage.CHANGES
    portal.run_to(Stage.SUCCESS)


def test_a_department_without_a_head_works_for_the_head_above(portal: SimulatedPortal) -> None:
    """S45, S50."""
    portal.run_to(Stage.FORMULATION)
    measure = portal.add_measure(department="it")
    portal.run_to(Stage.CHANGES)
    assert portal.slot(execution.slot(measure)).responsible_id == DIRECTOR
    portal.company(heads={IT: DEVELOPER}, fired=[DIRECTOR])
    portal.settle()
    assert portal.slot(execution.slot(measure)).responsible_id == DEVELOPER


def test_a_task_handed_to_an_outside_integrator_stays_there(portal: SimulatedPortal) -> None:
    """S51: people decide who does the work; a stranger to the staff list is not a fired colleague."""
    portal.run_to(Stage.CHANGES)
    task = portal.slot(execution.slot(portal.case.measures[0]))
    portal.hand_over(task, to=99)
    portal.settle()
    assert portal.slot(task.slot).responsible_id == 99
    assert "сотрудник №99" in portal.case.progress


def test_a_closed_case_survives_a_new_rulebook_and_a_new_company(portal: SimulatedPortal) -> None:
    """Old cases are records: neither a question added today nor a reorganisation reopens them."""
    portal.run_to(Stage.SUCCESS)
    portal.book = BOOK.model_copy(update={"violations": {}, "roles": {}, "measure_kinds": {}})
    portal.company(fired=[SALES_HEAD, LOGISTICS_HEAD, DIRECTOR, QUALITY_HEAD], heads={SALES: None, LOGISTICS: None})
    assert portal.settle() == 0
    assert portal.case.stage is Stage.SUCCESS


# --- the law of the house --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("stage", list(Stage))
def test_a_second_look_finds_nothing_left_to_do(stage: Stage) -> None:
    """Whatever stage a fresh card is dragged to: after finitely many looks there is quiet (design section 1)."""
    portal = SimulatedPortal(a_case(stage))
    portal.settle()
    assert portal.look().commands == ()


@pytest.mark.parametrize("stage", list(FULL))
@pytest.mark.parametrize("verdict", ["correct", "improvable", "partly_correct"])
def test_a_second_look_at_a_case_that_came_here_properly_finds_nothing(stage: Stage, verdict: str) -> None:
    portal = SimulatedPortal(reached(stage, verdict=verdict))
    portal.settle()
    assert portal.look().commands == ()


def test_a_case_moved_back_and_forth_unseen_ends_where_it_is_allowed() -> None:
    """Three moves between two looks: only the place where the card stands counts."""
    case = reached(Stage.CHANGES)
    for to in (Stage.ANALYSIS, Stage.SUCCESS, Stage.FINALIZATION):
        case = moved(case, to)
    portal = SimulatedPortal(case)
    portal.settle()
    assert portal.case.stage is Stage.CHANGES
    assert len(portal.notes_marked("gate-")) == 1
