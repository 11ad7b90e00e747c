"""A portal in memory with one case on it: it carries commands out, and people do to it what people do.

Not a model of Bitrix24 (``sandbox`` is), only of what the rules may rely on: a command is carried out exactly as it
says, time never stands still, and every move of the card is a new row of its history. Commands that make no sense there
(a second task for a slot, a note told twice, a closed task completed) fail at once.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Any, assert_never

from rules import analysis, authority, effectiveness, formulation, inspector, override, survey, violations
from rules.decide import decide
from rules.decision import (
    AddChecklistItems,
    Command,
    CompleteTask,
    CreateCase,
    CreateTask,
    Decision,
    MoveCase,
    MoveSource,
    PostNews,
    ReassignTask,
    RenewTask,
    Tell,
    UpdateCase,
    UpdateMeasure,
)
from rules.execution import blocking_tasks, is_blocking, is_lost, open_tasks
from rules.model import (
    Case,
    CaseField,
    Effect,
    LostTask,
    Measure,
    MeasureField,
    Stage,
    StageEntry,
    Task,
    Tick,
    UserId,
    gate_mark,
)
from rules.rulebook import Rulebook
from tests.builders import BOOK, GOOD_ANSWERS, INSPECTOR, MINUTE, NOON, SERVICE, a_case, a_measure, a_staff

CARD = {
    CaseField.INSPECTOR: "inspector_id",
    CaseField.VERDICT_REASON: "verdict_reason",
    CaseField.SIMILAR: "similar",
    CaseField.COMMISSION: "commission",
    CaseField.COMMISSION_RULE: "commission_rule",
    CaseField.PROGRESS: "progress",
    CaseField.PASS: "gate_pass",
    CaseField.OVERRIDE: "override",
    CaseField.CANCEL_REASON: "cancel_reason",
    CaseField.POINTS: "points",
    CaseField.HOURS: "hours",
    CaseField.NEWS_READ: "news_read",
    CaseField.CRITERION: "criterion",
    CaseField.BASELINE: "baseline",
    CaseField.CHECK_ON: "check_on",
    CaseField.REVIEWER: "reviewer_id",
    CaseField.EFFECT: "effect",
    CaseField.EFFECT_DATA: "effect_data",
    CaseField.EFFECT_NOTE: "effect_note",
    CaseField.NEWS_POST: "news_post_id",
    CaseField.RECURRED: "recurred",
}
"""Where the fields that the service writes stand in the next observation; the gate's note is only read by people."""

MEASURE = {
    MeasureField.KIND: "kind",
    MeasureField.TARGET: "target",
    MeasureField.DEPARTMENT: "department",
    MeasureField.DUE: "due",
    MeasureField.PLANNED_HOURS: "planned_hours",
    MeasureField.EXPECTED: "expected",
    MeasureField.TASK: "task_id",
    MeasureField.DECISION: "decision",
}

MOST_LOOKS = 30


class PowerCutError(Exception):
    """The service died between two commands."""


class SimulatedPortal:
    def __init__(self, case: Case | None = None, book: Rulebook = BOOK) -> None:
        case = case or a_case(Stage.SURVEY)
        self.case = replace(case, assigned_id=case.assigned_id or case.inspector_id or case.responsible_id)
        self.book = book
        self.now = NOON
        self.notes: list[Tell] = []
        self.news: list[PostNews] = []
        self.service_moves: list[tuple[Stage, Stage]] = []
        self.put_back_and_untouched = False
        """A person moved the card back, and nobody did anything since."""
        self._last_id = 1000

    # --- the service -------------------------------------------------------------------------------------------------

    def look(self, *, power_cut_after: int | None = None) -> Decision:
        """One look: decide, carry out. A power cut leaves the first few commands done."""
        decision = decide(self.case, self.book, self.now)
        assert decide(self.case, self.book, self.now) == decision, "the same observation, another answer"
        for number, command in enumerate(decision.commands):
            if number == power_cut_after:
                raise PowerCutError
            self._carry_out(command)
        self._tick()
        return decision

    def settle(self) -> int:
        """Looks until nothing is left to do now; says how many looks did something. A pause of the gate is waited for,
        terms of assignments are not."""
        busy, pauses = 0, 0
        while True:
            decision = self.look()
            if decision.commands:
                busy += 1
                assert busy <= MOST_LOOKS, f"no quiet after {MOST_LOOKS} looks: {decision.because}"
            elif decision.look_again_at is not None and self._is_parked():
                pauses += 1
                assert pauses <= 2, f"the gate waits again and again: {decision.because}"
                self.now = max(self.now, decision.look_again_at)
            elif decision.look_again_at is None or decision.look_again_at > self.now:  # else a term passed just now
                self._check_rest(decision)
                return busy

    def _is_parked(self) -> bool:
        """Is the card where it may not stay, and the gate tired of taking it back?"""
        return f"parked-{self.case.entered.id}" in self.case.told

    def _check_rest(self, decision: Decision) -> None:
        again = decide(self.case, self.book, self.now)
        assert again.commands == (), f"a second look finds something to do: {again.commands}"
        assert again.because or self.case.stage.is_final, "a case waits and nobody knows for what"
        if self.case.stage in (Stage.FINALIZATION, Stage.SUCCESS):
            answered_for = override.excuses(self.case, Stage.CHANGES)
            assert answered_for or not open_tasks(self.case), "S57: finalization with a blocking task open"
            assert decision == again
        if self.case.stage is Stage.CANCELLED:
            assert self.notes_marked(f"cancelled-{self.case.entered.id}-"), "cancelled, and nobody says why"
        if self.case.stage.position < Stage.FINALIZATION.position:
            assert not self.case.gate_pass, "a pass that the service didn't give"
        if not self.case.stage.is_final and inspector.working(self.case) is not None:
            wanted = {
                Stage.ANALYSIS: _those(self.case.task(analysis.SLOT)),
                Stage.FORMULATION: _those(self.case.task(formulation.SLOT)),
                Stage.CHANGES: blocking_tasks(self.case),
            }.get(self.case.stage, ())
            stranded = [task for task in wanted if not task.closed and self.case.staff.has_left(task.responsible_id)]
            assert not stranded, f"work waits for somebody who left: {stranded}"
            begun = self.case.stage.position >= Stage.ANALYSIS.position
            assert not begun or self.case.assigned_id == self.case.inspector_id, "the card names two inspectors"

    def _carry_out(self, command: Command) -> None:
        case = self.case
        match command:
            case CreateTask():
                assert case.task(command.slot) is None, f"a second task for {command.slot}"
                assert case.staff.is_active(command.responsible_id), f"{command.slot} is given to somebody who left"
                task = Task(
                    self._new_id(), command.slot, command.title, command.responsible_id,
                    deadline=command.deadline, created_at=self.now,
                    checklist=tuple(Tick(title) for title in command.checklist),
                    hours_planned=command.planned_hours or 0.0,
                )  # fmt: skip
                self.case = replace(case, tasks=(*case.tasks, task))
            case AddChecklistItems(task_id, titles):
                task = self.task(task_id)
                self._change(task, checklist=(*task.checklist, *(Tick(title) for title in titles)))
            case RenewTask(task_id, deadline):
                task = self.task(task_id)
                assert task.closed, "an open task is renewed"
                self._change(task, closed_at=None, closed_by=None, deadline=deadline or task.deadline)
            case CompleteTask(task_id):
                assert not self.task(task_id).closed, "a closed task is completed"
                given_up = case.stage is Stage.CANCELLED
                assert given_up or not is_blocking(self.task(task_id)), "only people close blocking tasks"
                self._change(self.task(task_id), closed_at=self.now, closed_by=SERVICE)
            case ReassignTask(task_id, responsible_id):
                assert self.task(task_id).responsible_id != responsible_id
                self._change(self.task(task_id), responsible_id=responsible_id)
            case UpdateCase(changes, assigned_to):
                written = {CARD[field]: value for field, value in changes.items()}
                written |= {} if assigned_to is None else {"assigned_id": assigned_to}
                assert any(getattr(case, name) != value for name, value in written.items()), "nothing is changed"
                self.case = replace(case, **written)
            case UpdateMeasure(measure_id, changes, title):
                measure = next(each for each in case.measures if each.id == measure_id)
                filled = {MEASURE[field]: value for field, value in changes.items()}
                filled |= {} if title is None else {"title": title}
                assert any(getattr(measure, name) != value for name, value in filled.items()), "nothing is changed"
                self._change_measure(measure_id, **filled, changed_by=SERVICE)
            case MoveCase(to, changes):
                written = {CARD[field]: value for field, value in changes.items() if field in CARD}
                self.case = replace(case, **written)
                self._service_moves(to)
            case MoveSource():
                assert case.source_now is not None
                assert case.source_now.closed, "an open source is put back"
                self.case = replace(case, source_now=replace(case.source_now, closed=False))
            case Tell():
                assert command.mark not in case.told, f"told twice: {command.mark}"
                assert command.text.strip()
                if command.mark.startswith("override-"):
                    assert case.override, "let past the guards without a reason"
                    assert case.moved_by in authority.overriders(case, self.book), "by somebody who may not"
                if command.mark.startswith("cancelled-"):
                    assert case.cancel_reason, "cancelled without a reason"
                    assert case.moved_by in authority.cancellers(case, self.book), "by somebody who may not"
                self.notes.append(command)
                self.case = replace(case, told=case.told | {command.mark})
            case PostNews():
                assert case.news_post_id is None, "the news is posted twice"
                self.news.append(command)
                self.case = replace(case, news_post_id=self._new_id())
            case CreateCase():
                raise AssertionError("a case never creates cases")
            case _:
                assert_never(command)

    def _service_moves(self, to: Stage) -> None:
        """The service takes one stage at a time, never runs on by itself, and explains each way back."""
        here = self.case.stage
        assert to is not here
        if to.position > here.position:
            clean = to is Stage.SUCCESS or (here is not Stage.FINALIZATION and to is Stage.CHANGES)
            assert to.position == here.position + 1 or (clean and not self.case.measures), f"{here} jumps to {to}"
            if here is Stage.SURVEY and survey.closed_without_answer(self.case):
                self.put_back_and_untouched = False  # the time for an answer was up
            assert not self.put_back_and_untouched, f"put back to {here} by a person, and runs on to {to}"
        else:
            explained = {f"{word}-{self.case.entered.id}" for word in ("gate", "return", "ineffective")}
            assert explained & self.case.told, f"sent back from {here} to {to} without a word"
        self.service_moves.append((here, to))
        self.case = replace(self.case, moved_by=SERVICE)
        self._enter(to)

    # --- people ------------------------------------------------------------------------------------------------------

    def drag(self, to: Stage, by: UserId = 1) -> None:
        here = self.case.stage
        self._somebody_acts()
        # After a power cut between the gate's note and its move, the next move back is taken for the gate's own.
        unambiguous = gate_mark(self.case.entered) not in self.case.told
        self.put_back_and_untouched = to.position < here.position and unambiguous
        self.case = replace(self.case, moved_by=by)
        self._enter(to)

    def close(self, task: Task, result: str = "", *, by: UserId | None = None) -> None:
        """By whoever is responsible for it, unless somebody else is named."""
        self._somebody_acts()
        self._change(
            task,
            closed_at=self.now,
            closed_by=task.responsible_id if by is None else by,
            result=result,
            hours_spent=task.hours_spent + 0.5,
        )

    def reopen(self, task: Task) -> None:
        self._somebody_acts()
        self._change(task, closed_at=None, closed_by=None)

    def delete(self, task: Task) -> None:
        self._somebody_acts()
        self.case = replace(self.case, tasks=tuple(each for each in self.case.tasks if each.id != task.id))

    def hand_over(self, task: Task, to: UserId) -> None:
        self._somebody_acts()
        self._change(task, responsible_id=to)

    def tick(self, task: Task, *numbers: int, done: bool = True) -> None:
        """Lines by position; none means all."""
        self._somebody_acts()
        chosen = numbers or range(len(task.checklist))
        lines = (replace(line, done=done) if i in chosen else line for i, line in enumerate(task.checklist))
        self._change(task, checklist=tuple(lines))

    def cut_checklist(self, task: Task, keep: int = 0) -> None:
        self._somebody_acts()
        self._change(task, checklist=task.checklist[:keep])

    def edit_card(self, **fields: Any) -> None:
        self._somebody_acts()
        self.case = replace(self.case, **fields)

    def add_measure(self, **fields: Any) -> Measure:
        self._somebody_acts()
        measure = a_measure(self._new_id(), **fields)
        self.case = replace(self.case, measures=(*self.case.measures, measure))
        return measure

    def edit_measure(self, measure_id: int, *, by: UserId = INSPECTOR, **fields: Any) -> None:
        self._somebody_acts()
        self._change_measure(measure_id, changed_by=by, **fields)

    def delete_measure(self, measure_id: int) -> None:
        self._somebody_acts()
        self.case = replace(self.case, measures=tuple(each for each in self.case.measures if each.id != measure_id))

    def company(
        self,
        *,
        fired: Iterable[UserId] = (),
        heads: dict[int, UserId | None] | None = None,
        absent: Iterable[UserId] = (),
    ) -> None:
        """The company changes: these people have left, these are on leave, these departments have other heads."""
        self._somebody_acts()
        self.case = replace(self.case, staff=a_staff(fired=fired, heads=heads, absent=absent))

    def do_the_job(self, task: Task) -> None:
        """What the task asks for is done honestly, and the task is closed."""
        kind = task.slot.split(":")[0]
        if kind == survey.SLOT:
            self.edit_card(answers={**self.case.answers, **GOOD_ANSWERS})
        elif kind == analysis.SLOT and self.case.verdict is None:
            self.edit_card(verdict="partly_correct", violations=("terms",))
        elif kind == formulation.SLOT:
            self._word_measures()
        elif kind == effectiveness.PREFIX:
            self.edit_card(effect=Effect.EFFECTIVE)
        if kind == analysis.SLOT:
            self._write_findings()
        self.tick(self.task(task.id))
        self.close(self.task(task.id), result="Сделано")

    def _write_findings(self) -> None:
        """What the inspector leaves on the card; clean work has no violations."""
        verdict = analysis.verdict_of(self.case, self.book)
        if verdict is not None and verdict.measures == "none":
            self.edit_card(violations=())
        elif verdict is not None and verdict.facts == "required" and not violations.found(self.case, self.book):
            self.edit_card(violations=("terms",))
        facts = tuple(f"Факт {code}" for code in self.case.violations)
        self.edit_card(facts=facts, correction="Исправлено", consequences="Никаких")
        if verdict is not None and verdict.cause == "required":
            self.edit_card(whys=("Спешили", "Не было замены", "Отпуск не согласован"), similar_answer="Возможны")

    def _word_measures(self) -> None:
        """A measure, if there is none yet or those that are there did not work, and terms that can still be kept."""
        if not self.case.measures or effectiveness.nothing_new(self.case):
            self.add_measure()
        for measure in self.case.measures:
            if measure.due is not None and measure.due < self.now.date():
                self.edit_measure(measure.id, due=self.now.date() + timedelta(days=20))

    def work(self) -> bool:
        """Everybody does the tasks that are open and wants deleted ones again; False when there is nothing to do."""
        waiting = [task for task in self.case.tasks if not task.closed]
        for task in waiting:
            self.do_the_job(self.task(task.id))
        lost = [measure for measure in self.case.measures if is_lost(self.case, measure)]
        for measure in lost:
            decider = next(iter(authority.deciders(self.case, self.book)))
            self.edit_measure(measure.id, decision=LostTask.AGAIN, by=decider)
        return bool(waiting or lost)

    def run_to(self, stage: Stage) -> None:
        """Honest work until the case stands in this stage and is settled."""
        for _ in range(20):
            self.settle()
            if self.case.stage is stage:
                return
            assert self.work(), f"nothing to work on in {self.case.stage}: {decide(self.case, self.book, self.now)}"
        raise AssertionError(f"{stage} not reached, the case stands in {self.case.stage}")

    # --- bookkeeping -------------------------------------------------------------------------------------------------

    def task(self, task_id: int) -> Task:
        return next(task for task in self.case.tasks if task.id == task_id)

    def slot(self, slot: str) -> Task:
        found = self.case.task(slot)
        assert found is not None, f"no task for {slot}"
        return found

    @property
    def path(self) -> tuple[Stage, ...]:
        return tuple(entry.stage for entry in self.case.entries)

    def notes_marked(self, prefix: str) -> list[Tell]:
        return [note for note in self.notes if note.mark.startswith(prefix)]

    def pass_time(self, time: timedelta) -> None:
        self.now += time

    def _somebody_acts(self) -> None:
        self.put_back_and_untouched = False
        self._tick()

    def _tick(self) -> None:
        self.now += MINUTE

    def _enter(self, stage: Stage) -> None:
        entry = StageEntry(self._new_id(), stage, self.now)
        self.case = replace(self.case, stage=stage, entries=(*self.case.entries, entry))

    def _change(self, task: Task, **changes: Any) -> None:
        changed = (replace(each, **changes) if each.id == task.id else each for each in self.case.tasks)
        self.case = replace(self.case, tasks=tuple(changed))

    def _change_measure(self, measure_id: int, **fields: Any) -> None:
        changed = (replace(each, **fields) if each.id == measure_id else each for each in self.case.measures)
        self.case = replace(self.case, measures=tuple(changed))

    def _new_id(self) -> int:
        self._last_id += 1
        return self._last_id


def _those(task: Task | None) -> tuple[Task, ...]:
    return () if task is None else (task,)
