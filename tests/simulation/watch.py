"""What must hold at every moment, not only in the end: the watch sees each change a service makes on the portal."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sandbox.portal.tasks import Status
from sandbox.portal.tasks import Task as PortalTask
from tests.simulation.people import STAGES

if TYPE_CHECKING:
    from tests.simulation.run import Run

RECENTLY = timedelta(seconds=60)
"""Before a service's write: what people changed so lately, its look may not have seen."""
AT_THE_SAME_TIME = timedelta(seconds=10)
"""As long as a request may last."""
REVERTS_IN_A_ROW = 5
"""``gate.reverts_in_a_row`` of the rulebook; then the gate waits an hour and asks a person."""
PAUSE = timedelta(minutes=55)
SUBSTANCE = ("Вид меры", "Объект изменения", "Подразделение", "Исполнитель", "Срок", "Плановые часы",
             "Ожидаемый результат")  # fmt: skip
"""What of a measure is voted on, beside its title."""

Content = dict[int, tuple[Any, ...]]


@dataclass(frozen=True)
class Move:
    """Of a case's card."""

    to: str
    at: datetime
    by_service: bool


class Watch:
    def __init__(self, run: Run) -> None:
        self._run = run
        self.service_moves: Counter[int] = Counter()
        """By case, how often a service moved it."""
        self._moves: defaultdict[int, list[Move]] = defaultdict(list)
        """By case."""
        self._voted_on: dict[str, Content] = {}
        """The measures as they were when the votes on them were asked for, by case and hash."""
        for task in run.office.every_task():
            self._task_made(task.id)

    def person_moved(self, case: int, stage: str) -> None:
        self._moves[case].append(Move(stage, self._run.world.calendar(), by_service=False))

    def service_changed(self, process: str, changes: list[dict[str, Any]]) -> None:
        """A request of a service did this."""
        for change in changes:
            self._run.story.count(f"write {change['what']}")
            if change["what"] == "task.add":
                self._task_made(int(change["id"]))
            elif change["what"] == "crm.item.update" and self._moved_a_case(change):
                self._moved(process, int(change["id"]))

    def _moved_a_case(self, change: dict[str, Any]) -> bool:
        return change["entity_type_id"] == self._run.office.case_words.entity_type_id and "stageId" in change["fields"]

    def _task_made(self, number: int) -> None:
        task = self._run.portal.tasks.get(number)
        name = (task.xml_id or "") if task is not None else ""
        if ":vote:" in name:
            case = int(name.split(":")[1])
            self._voted_on.setdefault(name.rpartition(":")[0], self._content(case))
        if ":measure:" in name:
            self._nobody_must_decide(int(name.split(":")[1]), int(name.split(":")[3]))

    def _nobody_must_decide(self, case: int, measure: int) -> None:
        """S56: a lost task is given out again when a named person said so; its number has left the card then."""
        card = next((each for each in self._run.office.measures(case) if int(each["id"]) == measure), {})
        number = int(card.get(self._run.office.measure_words.names["Номер задачи"]) or 0)
        lost_at = self._run.people.lost_tasks.get(number)
        if lost_at is not None and lost_at < self._lately():
            self._wrong(f"task {number} of measure {measure} was lost and given out again, nobody was asked")

    def _content(self, case: int) -> Content:
        names = [self._run.office.measure_words.names[label] for label in SUBSTANCE]
        return {
            int(measure["id"]): (measure["title"], *(measure.get(name) or None for name in names))
            for measure in self._run.office.measures(case)
        }

    def _moved(self, process: str, case: int) -> None:
        self.service_moves[case] += 1
        item = next((each for each in self._run.office.cases() if int(each["id"]) == case), None)
        stage = self._run.office.stage(item) if item is not None else "?"
        self._moves[case].append(Move(stage, self._run.world.calendar(), by_service=True))
        self._run.story.tell(process, f"moves case {case} to {stage}", f"to {stage}")
        if not self._goes_on(case):
            return
        if stage in ("FINALIZATION", "SUCCESS") and not self._answered_for(case):
            self._past_open_tasks(case, stage)
        if stage == "CHANGES":
            self._as_voted_on(case)
        if stage == "FINALIZATION" and not self._answered_for(case):
            self._every_measure_was_done(case)

    def _goes_on(self, case: int) -> bool:
        """Not so a case that was cancelled without a right to: it comes back to wherever it was. Nor one that somebody
        dragged while it was being taken back from somewhere else."""
        before = [move for move in self._moves[case][:-1] if not move.by_service]
        if before and self._run.world.calendar() - before[-1].at < AT_THE_SAME_TIME:
            return False
        type_id = self._run.office.case_words.entity_type_id
        asked = {"entityTypeId": type_id, "filter": {"OWNER_ID": case}, "order": {"ID": "DESC"}}
        rows: Any = self._run.office.page("crm.stagehistory.list", asked, 0).result
        stages = [STAGES.index(str(row["STAGE_ID"]).rpartition(":")[2]) for row in rows["items"][:2]]
        return len(stages) == 2 and stages[1] < stages[0]

    def _wrong(self, words: str) -> None:
        self._run.story.mistakes.append(words)

    def _lately(self) -> datetime:
        return self._run.portal.clock.now() - RECENTLY

    def _marks(self, case: int) -> list[str]:
        return [note.rpartition("capa24 · ")[2] for note in self._run.office.notes(case) if "capa24 · " in note]

    def _answered_for(self, case: int) -> bool:
        return any(mark.startswith("override-") for mark in self._marks(case))

    def _past_open_tasks(self, case: int, stage: str) -> None:
        """S57."""
        for task in open_blocking_tasks(self._run, case):
            if max(task.changed, task.status_changed, task.created) < self._lately():
                self._wrong(f"case {case} was moved to {stage} past open task {task.id} {task.xml_id}")

    def _every_measure_was_done(self, case: int) -> None:
        """S56: a deleted task is not a finished one, until a named person says so."""
        if any(mark.startswith("dispensed-") for mark in self._marks(case)):
            return
        done = {str(task.xml_id).split(":")[3] for task in blocking_tasks(self._run, case)}
        for measure in self._run.office.measures(case):
            if str(measure["id"]) not in done and datetime.fromisoformat(measure["updatedTime"]) < self._lately():
                self._wrong(f"case {case} was moved to FINALIZATION, measure {measure['id']} has no task")

    def _as_voted_on(self, case: int) -> None:
        """S47: what is carried out is what was approved."""
        votes = [task for task in self._run.office.every_task() if f"capa24:{case}:vote:" in (task.xml_id or "")]
        if not votes or self._answered_for(case):
            return
        newest = str(max(votes, key=lambda task: task.id).xml_id).rpartition(":")[0]
        asked = self._voted_on.get(newest)
        edited = [datetime.fromisoformat(each["updatedTime"]) for each in self._run.office.measures(case)]
        edited += [at for each, at in self._run.people.deleted_measures.items() if each in (asked or ())]
        if asked is not None and asked != self._content(case) and all(at < self._lately() for at in edited):
            self._wrong(f"case {case} was moved to CHANGES with measures that nobody voted on")

    def fights(self) -> list[int]:
        """Cases that were taken back to one stage more often in a row than the gate may."""
        return [case for case, moves in self._moves.items() if _longest_row(moves) > REVERTS_IN_A_ROW + 1]


def _longest_row(moves: list[Move]) -> int:
    """How often in a row a drag was soon answered by the same way back. It begins anew when somebody puts the card back
    there, or further, without being asked."""
    longest, in_a_row, back_to, dragged_at = 0, 0, "", None
    for move in moves:
        if not move.by_service:
            dragged_at = move.at
            if back_to and STAGES.index(move.to) <= STAGES.index(back_to):
                in_a_row = 0
        else:
            answered = dragged_at is not None and move.at - dragged_at < PAUSE
            in_a_row = in_a_row + 1 if answered and move.to == back_to else int(answered)
            back_to, dragged_at, longest = move.to, None, max(longest, in_a_row)
    return longest


def blocking_tasks(run: Run, case: int) -> list[PortalTask]:
    prefixes = (f"capa24:{case}:measure:", f"capa24:{case}:rework:")
    binding = run.office.binding(case)
    return [
        task
        for task in run.office.every_task()
        if (task.xml_id or "").startswith(prefixes) and binding in task.bindings
    ]


def open_blocking_tasks(run: Run, case: int) -> list[PortalTask]:
    return [task for task in blocking_tasks(run, case) if task.status is not Status.COMPLETED]
