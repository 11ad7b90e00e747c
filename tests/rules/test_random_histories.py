"""Whatever people do to a case, in whatever order, the rules bring it to rest, and S57 holds.

What is checked at every step and at every rest stands in ``simulated_portal``: at most one task a slot, nothing told
or posted twice, one stage at a time, each way back explained, a person who moves the card back is obeyed, no rest in
finalization or success with a blocking task open that nobody answers for, nothing cancelled without a reason, and a
second look at an unchanged portal finds nothing to do.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from rules import closing, points
from rules.decide import decide
from rules.execution import blocking_tasks, is_lost
from rules.model import Effect, LostTask, PastCase, SourceRef, Stage, Task, gate_mark
from rules.quorum import POLICIES
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
    QUALITY,
    QUALITY_HEAD,
    SALES,
    SALES_HEAD,
    STRANGER,
)
from tests.rules.simulated_portal import MOST_LOOKS, PowerCutError, SimulatedPortal
from tests.rules.votes import a_book

PEOPLE = (
    MANAGER, INSPECTOR, OTHER_INSPECTOR, QUALITY_HEAD, SALES_HEAD, LOGISTICS_HEAD, DIRECTOR, DEVELOPER
)  # fmt: skip
person = st.sampled_from(PEOPLE)
texts = st.sampled_from(["", "а", "Стадия «КП»", "Проверять до отгрузки"])

OTHER_CASES = tuple(
    PastCase(
        number, f"Сделка №{number}", SourceRef(2, 42 + number % 2), 9, MANAGER, NOON, verdict="partly_correct",
        violations=("terms",)
    )
    for number in range(100, 104)
)  # fmt: skip

ANSWERS = {
    "satisfaction": st.sampled_from(["", "high", "low", "unknown"]),
    "dissatisfied_why": texts,
    "terms_kept": st.sampled_from(["", "yes", "no"]),
    "deviations": st.sampled_from([(), ("none",), ("deviation",), ("special_case",), ("none", "special_case")]),
    "deviations_what": texts,
}
MEASURE = {
    "title": texts,
    "kind": st.sampled_from([None, "regulation", "training", "unknown"]),
    "target": texts,
    "department": st.sampled_from([None, "sales", "logistics", "it", "unknown"]),
    "responsible_id": st.none() | person | st.just(STRANGER),
    "due": st.sampled_from([None, date(2026, 11, 1), date(2026, 11, 27), date(2027, 3, 1)]),
    "planned_hours": st.sampled_from([None, 0.0, 2.0, 8.0]),
    "expected": texts,
    "task_id": st.sampled_from([None, 1, 5000]),
}
CARD = {
    "verdict": st.sampled_from([None, "correct", "improvable", "partly_correct", "incorrect", "unknown"]),
    "violations": st.lists(st.sampled_from(["terms", "documents", "gap", "unknown"]), unique=True).map(tuple),
    "facts": st.lists(st.sampled_from(["Факт", "Нарушены сроки: [критическое] Факт"]), max_size=3).map(tuple),
    "correction": texts,
    "whys": st.lists(st.just("Потому"), max_size=3).map(tuple),
    "past": st.lists(st.sampled_from(OTHER_CASES), max_size=3).map(tuple),
    "commission": st.lists(person, unique=True, max_size=3).map(tuple),
    "inspector_id": st.none() | person,
    "responsible_id": st.none() | person | st.just(STRANGER),
    "points": st.sampled_from([None, 0.0, 10.0, 3.0]),
    "criterion": texts,
    "check_on": st.none() | st.dates(date(2026, 11, 1), date(2027, 6, 1)),
    "reviewer_id": st.none() | person | st.just(STRANGER),
    "effect": st.sampled_from([None, *Effect]),
    "effect_note": texts,
    "gate_pass": texts,
    "override": texts,
    "cancel_reason": texts,
}


class RandomHistory(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.portal = SimulatedPortal()
        self.service_is_up = False

    def _tasks(self, *, closed: bool | None = None) -> list[Task]:
        return [task for task in self.portal.case.tasks if closed is None or task.closed is closed]

    @initialize(
        stage=st.sampled_from([stage for stage in Stage if stage is not Stage.CANCELLED]),
        clean=st.booleans(),
        up=st.booleans(),
        quorum=st.sampled_from(sorted(POLICIES)),
    )
    def a_case_has_come_so_far(self, stage: Stage, clean: bool, up: bool, quorum: str) -> None:
        """Honest work up to a stage, so that trouble begins anywhere on the way and not only at its start."""
        self.portal.book = a_book(quorum=quorum, critical_needs="it_head")
        if clean and stage in (Stage.ANALYSIS, Stage.SUCCESS):
            self.portal.run_to(Stage.ANALYSIS)
            self.portal.edit_card(verdict="correct")
        self.portal.run_to(stage)
        self.service_is_up = up

    # --- the service -------------------------------------------------------------------------------------------------

    @rule()
    def the_service_looks_once(self) -> None:
        self.portal.look()

    @rule(after=st.integers(0, 3))
    def the_service_dies_in_the_middle(self, after: int) -> None:
        try:
            self.portal.look(power_cut_after=after)
        except PowerCutError:
            return

    @rule(data=st.data())
    def the_service_dies_again_and_again_until_it_is_done(self, data: st.DataObject) -> None:
        """Each look gets a little further; nothing is done or said twice."""
        for _ in range(MOST_LOOKS):
            try:
                if not self.portal.look(power_cut_after=data.draw(st.integers(1, 4))).commands:
                    return
            except PowerCutError:
                continue
        raise AssertionError("power cuts keep the case busy for ever")

    @rule(up=st.booleans())
    def the_service_goes_down_or_comes_back(self, up: bool) -> None:
        self.service_is_up = up

    @invariant()
    def the_service_keeps_up_with_people(self) -> None:
        """While it is up, it settles after each thing that people do; while it is down, they pile up."""
        if not self.service_is_up:
            return
        reverts = len(self.portal.notes_marked("gate-"))
        self.portal.settle()
        assert len(self.portal.notes_marked("gate-")) - reverts <= 2, "the gate fights with itself"

    @rule()
    def a_look_at_a_lagging_history_does_nothing(self) -> None:
        case = self.portal.case
        lagging = replace(case, entries=case.entries[:-1])
        if not lagging.entries or lagging.entered.stage is not case.stage:
            assert decide(lagging, self.portal.book, self.portal.now).commands == ()

    # --- honest people -----------------------------------------------------------------------------------------------

    @precondition(lambda self: self._tasks(closed=False))
    @rule(data=st.data())
    def somebody_does_a_task_properly(self, data: st.DataObject) -> None:
        self.portal.do_the_job(data.draw(st.sampled_from(self._tasks(closed=False))))

    @rule()
    def everybody_works_and_the_service_settles(self) -> None:
        self.portal.settle()
        self.portal.work()
        self.portal.settle()

    # --- everybody else ----------------------------------------------------------------------------------------------

    @rule(to=st.sampled_from(Stage), by=person)
    def somebody_drags_the_card(self, to: Stage, by: int) -> None:
        if to is not self.portal.case.stage:
            self.portal.drag(to, by)

    @precondition(lambda self: self.portal.case.stage is not Stage.SURVEY)
    @rule(data=st.data(), by=person)
    def somebody_puts_the_case_back(self, data: st.DataObject, by: int) -> None:
        earlier = [stage for stage in Stage if stage.position < self.portal.case.stage.position]
        self.portal.drag(data.draw(st.sampled_from(earlier)), by)

    @precondition(lambda self: blocking_tasks(self.portal.case))
    @rule(data=st.data())
    def somebody_takes_up_a_change_again(self, data: st.DataObject) -> None:
        self.portal.reopen(data.draw(st.sampled_from(blocking_tasks(self.portal.case))))

    @rule()
    def the_work_turns_out_to_have_been_clean(self) -> None:
        self.portal.edit_card(verdict="correct", measures=())

    @precondition(lambda self: self._tasks(closed=False))
    @rule(data=st.data(), result=texts, by=st.none() | person)
    def somebody_closes_a_task(self, data: st.DataObject, result: str, by: int | None) -> None:
        self.portal.close(data.draw(st.sampled_from(self._tasks(closed=False))), result, by=by)

    @precondition(lambda self: self._tasks(closed=True))
    @rule(data=st.data())
    def somebody_reopens_a_task(self, data: st.DataObject) -> None:
        self.portal.reopen(data.draw(st.sampled_from(self._tasks(closed=True))))

    @precondition(lambda self: self._tasks())
    @rule(data=st.data())
    def somebody_deletes_a_task(self, data: st.DataObject) -> None:
        self.portal.delete(data.draw(st.sampled_from(self._tasks())))

    @precondition(lambda self: self._tasks())
    @rule(data=st.data(), to=person | st.just(STRANGER))
    def somebody_hands_a_task_over(self, data: st.DataObject, to: int) -> None:
        self.portal.hand_over(data.draw(st.sampled_from(self._tasks())), to)

    @precondition(lambda self: self._tasks())
    @rule(data=st.data(), lines=st.sets(st.integers(0, 3), min_size=1), done=st.booleans())
    def somebody_ticks_or_unticks(self, data: st.DataObject, lines: set[int], done: bool) -> None:
        self.portal.tick(data.draw(st.sampled_from(self._tasks())), *lines, done=done)

    @precondition(lambda self: self._tasks())
    @rule(data=st.data(), keep=st.integers(0, 2))
    def somebody_deletes_lines(self, data: st.DataObject, keep: int) -> None:
        self.portal.cut_checklist(data.draw(st.sampled_from(self._tasks())), keep)

    @rule(data=st.data(), question=st.sampled_from(list(ANSWERS)))
    def somebody_answers(self, data: st.DataObject, question: str) -> None:
        answer = data.draw(ANSWERS[question])
        self.portal.edit_card(answers={**self.portal.case.answers, question: answer})

    @rule(data=st.data(), field=st.sampled_from(list(CARD)))
    def somebody_edits_the_card(self, data: st.DataObject, field: str) -> None:
        self.portal.edit_card(**{field: data.draw(CARD[field])})

    @precondition(lambda self: len(self.portal.case.measures) < 4)
    @rule()
    def somebody_adds_a_measure(self) -> None:
        self.portal.add_measure()

    @precondition(lambda self: self.portal.case.measures)
    @rule(data=st.data(), field=st.sampled_from(list(MEASURE)), by=person)
    def somebody_edits_a_measure(self, data: st.DataObject, field: str, by: int) -> None:
        measure = data.draw(st.sampled_from(self.portal.case.measures))
        self.portal.edit_measure(measure.id, by=by, **{field: data.draw(MEASURE[field])})

    @precondition(lambda self: blocking_tasks(self.portal.case))
    @rule(data=st.data())
    def somebody_deletes_a_change(self, data: st.DataObject) -> None:
        self.portal.delete(data.draw(st.sampled_from(blocking_tasks(self.portal.case))))

    @precondition(lambda self: self.portal.case.measures)
    @rule(data=st.data(), decision=st.none() | st.sampled_from(LostTask), by=person)
    def somebody_decides_about_a_deleted_task(self, data: st.DataObject, decision: LostTask | None, by: int) -> None:
        lost = [measure for measure in self.portal.case.measures if is_lost(self.portal.case, measure)]
        measure = data.draw(st.sampled_from(lost or self.portal.case.measures))
        self.portal.edit_measure(measure.id, decision=decision, by=by)

    @rule(to=st.sampled_from(Stage), reason=texts, by=person | st.just(QUALITY_HEAD))
    def somebody_answers_for_a_move(self, to: Stage, reason: str, by: int) -> None:
        self.portal.edit_card(override=reason)
        self.somebody_drags_the_card(to, by)

    @precondition(lambda self: self.portal.case.stage is not Stage.CANCELLED)
    @rule(reason=texts, by=person | st.sampled_from([INSPECTOR, QUALITY_HEAD]))
    def somebody_cancels(self, reason: str, by: int) -> None:
        self.portal.edit_card(cancel_reason=reason)
        self.portal.drag(Stage.CANCELLED, by)

    @precondition(lambda self: self.portal.case.stage is Stage.CANCELLED)
    @rule(to=st.sampled_from(Stage), by=person)
    def somebody_takes_the_case_up_again(self, to: Stage, by: int) -> None:
        self.somebody_drags_the_card(to, by)

    @precondition(lambda self: self.portal.case.measures)
    @rule(data=st.data())
    def somebody_deletes_a_measure(self, data: st.DataObject) -> None:
        self.portal.delete_measure(data.draw(st.sampled_from(self.portal.case.measures)).id)

    @rule(
        fired=st.sets(person, max_size=4),
        heads=st.dictionaries(st.sampled_from([SALES, LOGISTICS, IT, QUALITY]), st.none() | person),
        absent=st.sets(person, max_size=4),
    )
    def the_company_changes(self, fired: set[int], heads: dict[int, int | None], absent: set[int]) -> None:
        self.portal.company(fired=fired, heads=heads, absent=absent)

    @rule(hours=st.integers(1, 100))
    def time_passes(self, hours: int) -> None:
        self.portal.pass_time(timedelta(hours=hours))

    @rule(days=st.integers(20, 120))
    def months_pass(self, days: int) -> None:
        """Measures come to their check."""
        self.portal.pass_time(timedelta(days=days))

    # --- always ------------------------------------------------------------------------------------------------------

    @invariant()
    def decide_always_has_an_answer_and_the_same_one(self) -> None:
        case, now = self.portal.case, self.portal.now
        assert decide(case, self.portal.book, now) == decide(case, self.portal.book, now)

    @invariant()
    def a_slot_has_at_most_one_task(self) -> None:
        slots = [task.slot for task in self.portal.case.tasks]
        assert len(slots) == len(set(slots))

    @invariant()
    def the_gate_speaks_at_most_once_a_move(self) -> None:
        moves = {gate_mark(entry) for entry in self.portal.case.entries}
        marks = [note.mark for note in self.portal.notes_marked("gate-")]
        assert len(marks) == len(set(marks))
        assert set(marks) <= moves

    def teardown(self) -> None:
        """In the end there is rest; with everybody back and honest, a closed case with the points it deserves."""
        self.portal.settle()
        self.portal.company()
        self.portal.edit_card(responsible_id=MANAGER, inspector_id=INSPECTOR)
        for measure in self.portal.case.measures:
            self.portal.edit_measure(measure.id, **_complete)
        if self.portal.case.verdict not in BOOK.verdicts:
            self.portal.edit_card(verdict="partly_correct")
        if not self.portal.case.violations:
            self.portal.edit_card(violations=("terms",))
        if self.portal.case.stage is Stage.CANCELLED:
            self.portal.drag(Stage.SURVEY)
        corrected_by_hand = closing.sealed(self.portal.case)  # what people change after a closing is theirs
        self.portal.run_to(Stage.SUCCESS)
        assert corrected_by_hand or (self.portal.case.points or 0) == points.deserved(self.portal.case, BOOK)


_complete = {
    "title": "Мера", "kind": "training", "target": "Регламент", "department": "it", "due": date(2028, 1, 1),
    "planned_hours": 1.0, "expected": "Лучше",
}  # fmt: skip

RandomHistory.TestCase.settings = settings(
    max_examples=100, stateful_step_count=30, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
TestRandomHistory = RandomHistory.TestCase
