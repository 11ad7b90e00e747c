"""People of the company, as they are: some do what they were asked, others whatever comes to their mind.

They act through the portal's own methods with their own rights; what the portal refuses them just doesn't happen.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from random import Random
from typing import Any

from sandbox.portal import dispatch
from sandbox.portal.access import SCOPES
from sandbox.portal.crm.timeline import Comment
from sandbox.portal.portal import Portal
from sandbox.portal.rest import Answer, Caller, Params
from sandbox.portal.tasks import Task as PortalTask
from tests.simulation.story import Story

ADMINISTRATOR = 1
LEAD, DEAL, REQUEST = 1, 2, 140
COMPLETED = "5"
STAGES = ("NEW", "ANALYSIS", "FORMULATION", "APPROVAL", "CHANGES", "FINALIZATION", "SUCCESS", "FAIL")
"""Of a case, in their order; the codes of the portal."""

ANSWERS = {
    "Насколько клиент доволен, по вашему мнению?": "Доволен",
    "Соблюдены ли сроки и нормативы?": "Да",
    "Были ли отклонения или частные случаи, не предусмотренные процессом?": ["Не было"],
    "Соответствует ли обращение профилю клиента?": "Да",
    "Через сколько минут дан первый ответ?": 5,
    "Через сколько часов после заявки начали работу?": 2,
    "Запасные части": "Не понадобились",
    "Подписан ли акт выполненных работ?": "Да",
    "Понадобился ли повторный визит?": "Нет",
}
"""Of somebody who has nothing to complain about, in every funnel."""
FINDINGS: Mapping[str, Mapping[str, Any]] = {
    "clean": {"Вердикт": "Абсолютно корректный"},
    "improvable": {"Вердикт": "Корректный, есть что улучшить"},
    "faulty": {
        "Вердикт": "Частично корректный",
        "Типы нарушений": ["Нарушены сроки стадии"],
        "Факты нарушений": ["Девять дней вместо трёх"],
        "Немедленная коррекция": "Переписано",
        "Последствия для клиента": "Ждал",
        "Причина": "Нет срока",
        "Возможны ли похожие случаи?": "Да",
    },
    "critical": {
        "Вердикт": "Некорректный",
        "Обоснование вердикта": "Отгрузили не то",
        "Типы нарушений": ["Ошибка отгрузки", "Ошибка в документах"],
        "Факты нарушений": ["Ошибка отгрузки: не тот товар", "Ошибка в документах: старая цена"],
        "Немедленная коррекция": "Заменено",
        "Последствия для клиента": "Возврат",
        "Причина": "Никто не сверил",
        "Возможны ли похожие случаи?": "Да",
    },
}

INDUSTRY = 0.8
"""How often industrious people do their jobs instead of whatever comes to their mind."""


class RefusedError(Exception):
    """The portal doesn't allow it to this person."""


@dataclass(frozen=True)
class Words:
    """Fields of a card by the label that people see; made once, when the portal is provisioned."""

    entity_type_id: int
    names: Mapping[str, str]
    options: Mapping[str, Mapping[str, int]]

    def fields(self, values: Mapping[str, Any]) -> dict[str, Any]:
        return {self.names[label]: self._stored(label, value) for label, value in values.items() if label in self.names}

    def _stored(self, label: str, value: Any) -> Any:
        options = self.options.get(label)
        if not options:
            return value
        return [options[each] for each in value] if isinstance(value, list) else options.get(value, value)


@dataclass(frozen=True)
class Task:
    id: int
    case: int
    slot: str
    responsible: int
    closed: bool
    title: str


class Office:
    """The portal through the eyes of its people."""

    def __init__(self, portal: Portal) -> None:
        self.portal = portal

    def call(self, user: int, method: str, params: Any = None) -> Any:
        """Raises RefusedError."""
        caller = Caller(user, self.portal.staff.is_admin(user), frozenset(SCOPES), 0)
        if not self.portal.staff.is_active(user):
            raise RefusedError("fired")
        reply = dispatch.call(self.portal, caller, method, Params(params or {})).envelope()
        if "error" in reply:
            raise RefusedError(f"{reply['error']} {reply.get('error_description')}")
        return reply["result"]

    def admin(self, method: str, params: Any = None) -> Any:
        return self.call(ADMINISTRATOR, method, params)

    # --- words ---

    @cached_property
    def case_words(self) -> Words:
        return self._words("Анализ и коррекции")

    @cached_property
    def measure_words(self) -> Words:
        return self._words("Мера коррекции")

    def _words(self, title: str) -> Words:
        number = int(self.admin("crm.type.list", {"filter": {"title": title}})["types"][0]["entityTypeId"])
        fields = self.admin("crm.item.fields", {"entityTypeId": number, "useOriginalUfNames": "Y"})["fields"]
        own = {field["title"]: (name, field) for name, field in fields.items() if name.upper().startswith("UF_")}
        return Words(
            number,
            {label: name for label, (name, _) in own.items()},
            {
                label: {item["VALUE"]: int(item["ID"]) for item in field["items"]}
                for label, (_, field) in own.items()
                if field.get("items")
            },
        )

    @cached_property
    def wholesale(self) -> int:
        found = self.admin("crm.category.list", {"entityTypeId": DEAL})["categories"]
        return next(int(each["id"]) for each in found if each["name"] == "Оптовые продажи")

    @cached_property
    def repairs(self) -> int:
        return int(self.admin("crm.category.list", {"entityTypeId": REQUEST})["categories"][0]["id"])

    # --- what stands ---

    def cases(self) -> list[dict[str, Any]]:
        where = {"entityTypeId": self.case_words.entity_type_id, "useOriginalUfNames": "Y"}
        found: list[dict[str, Any]] = self.admin("crm.item.list", where)["items"]
        return found

    def measures(self, case: int) -> list[dict[str, Any]]:
        where = {f"parentId{self.case_words.entity_type_id}": case}
        asked = {"entityTypeId": self.measure_words.entity_type_id, "filter": where, "useOriginalUfNames": "Y"}
        found: list[dict[str, Any]] = self.admin("crm.item.list", asked)["items"]
        return found

    def tasks(self, case: int) -> list[Task]:
        """Those that the service made and that still hang on the case."""
        binding = self.binding(case)
        select = ["ID", "TITLE", "STATUS", "RESPONSIBLE_ID", "XML_ID"]
        found = self.admin("tasks.task.list", {"filter": {"UF_CRM_TASK": binding}, "select": select})["tasks"]
        prefix = f"capa24:{case}:"
        return [
            Task(
                int(each["id"]),
                case,
                each["xmlId"].removeprefix(prefix),
                int(each["responsibleId"]),
                each["status"] == COMPLETED,
                each["title"],
            )
            for each in found
            if (each.get("xmlId") or "").startswith(prefix)
        ]

    def page(self, method: str, params: Mapping[str, Any], start: int) -> Answer:
        """One page of a list, as the administrator sees it."""
        caller = Caller(ADMINISTRATOR, True, frozenset(SCOPES), 0)
        reply = dispatch.call(self.portal, caller, method, Params({**params, "start": start}))
        if not isinstance(reply.outcome, Answer):
            raise RefusedError(str(reply.outcome))
        return reply.outcome

    def every_task(self) -> list[PortalTask]:
        found = (self.portal.tasks.get(number) for number in self.portal.tasks.ids())
        return [task for task in found if task is not None]

    def notes(self, case: int) -> list[str]:
        """Comments in the timeline of the case, oldest first."""
        return [note.text for note in self.portal.crm.timeline.of((self.case_words.entity_type_id, case), Comment)]

    def news(self) -> list[str]:
        return [post.text for post in self.portal.feed.all()]

    def binding(self, case: int) -> str:
        return f"T{self.case_words.entity_type_id:x}_{case}"

    def stage(self, case: Mapping[str, Any]) -> str:
        return str(case["stageId"]).rpartition(":")[2]

    def is_closed(self, case: Mapping[str, Any]) -> bool:
        return self.stage(case) in ("SUCCESS", "FAIL")

    def sources(self, entity_type_id: int) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.admin("crm.item.list", {"entityTypeId": entity_type_id})["items"]
        return found

    # --- doing things ---

    def fill(self, who: int, words: Words, item: int, values: Mapping[str, Any]) -> None:
        self._update(who, words.entity_type_id, item, words.fields(values))

    def drag(self, who: int, case: Mapping[str, Any], stage: str) -> None:
        type_id, category = self.case_words.entity_type_id, case["categoryId"]
        fields = {"stageId": f"DT{type_id}_{category}:{stage}", "categoryId": category}
        self._update(who, type_id, int(case["id"]), fields)

    def _update(self, who: int, entity_type_id: int, item: int, fields: Mapping[str, Any]) -> None:
        self.call(
            who,
            "crm.item.update",
            {"entityTypeId": entity_type_id, "id": item, "fields": fields, "useOriginalUfNames": "Y"},
        )

    def move_source(self, who: int, entity_type_id: int, item: int, stage: str) -> None:
        self._update(who, entity_type_id, item, {"stageId": stage})

    def tick(self, who: int, task: int, done: Callable[[str], bool]) -> None:
        for line in self.call(who, "task.checklistitem.getlist", [task]):
            if int(line["PARENT_ID"]):
                method = "complete" if done(line["TITLE"]) else "renew"
                self.call(who, f"task.checklistitem.{method}", [task, line["ID"]])

    def report(self, who: int, task: int, text: str) -> None:
        found = self.portal.tasks.get(task)
        if found is not None:
            self.portal.tasks.results.add(found, text, by=who)

    def complete(self, who: int, task: int) -> None:
        self.call(who, "tasks.task.complete", {"taskId": task})

    def add_measure(self, who: int, case: int, title: str, *, complete: bool = True, days: int = 14) -> None:
        words = self.measure_words
        due = (self.portal.clock.now() + timedelta(days=days)).date().isoformat()
        values: dict[str, Any] = {"Вид меры": "Изменение регламента"}
        if complete:
            values |= {
                "Объект изменения": "Регламент продаж",
                "Подразделение": "Отдел продаж",
                "Срок": due,
                "Плановые часы": 4,
                "Ожидаемый результат": f"Сделано: {title}",
            }
        fields = {"title": title, f"parentId{self.case_words.entity_type_id}": case, **words.fields(values)}
        asked = {"entityTypeId": words.entity_type_id, "fields": fields, "useOriginalUfNames": "Y"}
        self.call(who, "crm.item.add", asked)

    # --- doing what one was asked to ---

    def do_the_job(self, task: Task, finding: str = "faulty", *, refuses: bool = False) -> str:
        """The assignment as it was meant, and the task completed. Gives what was done, in words."""
        who, kind = task.responsible, task.slot.partition(":")[0]
        match kind:
            case "survey":
                self.fill(who, self.case_words, task.case, ANSWERS)
            case "analysis":
                self.tick(who, task.id, lambda line: True)
                self.fill(who, self.case_words, task.case, FINDINGS[finding])
            case "measures":
                for measure in self.measures(task.case):
                    self._mend(who, int(measure["id"]))
                if not self.measures(task.case):
                    self.add_measure(who, task.case, "Назначить срок стадии")
            case "vote":
                self.tick(who, task.id, lambda line: not refuses)
                if refuses:
                    self.report(who, task.id, "Не лечит причину")
            case "final":
                self.report(who, task.id, "Версия 3 вместо 2")
            case "effect":
                answer = {"Результативность": "Результативно", "Вывод проверяющего": "Стало лучше"}
                self.fill(who, self.case_words, task.case, answer)
        self.complete(who, task.id)
        return f"does «{task.title}» ({task.slot})"

    def _mend(self, who: int, measure: int) -> None:
        due = (self.portal.clock.now() + timedelta(days=20)).date().isoformat()
        values = {
            "Объект изменения": "Регламент продаж",
            "Подразделение": "Отдел продаж",
            "Срок": due,
            "Плановые часы": 4,
            "Ожидаемый результат": f"Исправлено {self.portal.clock.now():%d %H:%M:%S}",
        }
        self.fill(who, self.measure_words, measure, values)


class People:
    """Who does something now is a matter of luck, and so is what."""

    def __init__(
        self,
        office: Office,
        chance: Random,
        story: Story,
        robot: int,
        later: Callable[[float, Callable[[], None]], None],
    ) -> None:
        self.office = office
        self.chance = chance
        self._story = story
        self._robot = robot
        self._later = later
        self.industrious = False
        self.moved: Callable[[int, str], None] = lambda case, stage: None
        """Is told of every card that somebody moved."""
        self.let_time_pass: Callable[[float], None] = lambda seconds: None
        """Is asked to skip as many seconds, when nobody is in the middle of something."""
        self.deleted_cases: set[str] = set()
        """By their ``xmlId``: what somebody deleted need not be there."""
        self.deleted_measures: dict[int, datetime] = {}
        self.lost_tasks: dict[int, datetime] = {}
        """When they were deleted, tasks also when they were taken out of the card; by number."""
        self.drags: Counter[int] = Counter()
        """By case, how often somebody moved its card."""
        self._names = {user.id: f"{user.name} {user.last_name}" for user in office.portal.staff.users()}
        self._deeds: Sequence[tuple[float, str, Callable[[], str | None]]] = (
            (16, "does a job", self.do_a_job),
            (3, "refuses measures", self.refuse_measures),
            (2, "closes a task unread", self.close_a_task),
            (2, "reopens a task", self.reopen_a_task),
            (3, "deletes a task", self.delete_a_task),
            (1.5, "deletes a task that blocks", self.delete_a_blocking_task),
            (1, "detaches a task", self.detach_a_task),
            (1.5, "hands a task over", self.hand_over),
            (1, "unticks lines", self.untick),
            (1, "deletes a line", self.delete_a_line),
            (4, "drags a card on", lambda: self.drag(forward=True)),
            (3, "drags a card back", lambda: self.drag(forward=False)),
            (2, "drags again and again", self.drag_again_and_again),
            (1.5, "answers for a move", self.override),
            (1.5, "cancels", self.cancel),
            (0.7, "deletes a case", self.delete_a_case),
            (1.5, "adds a measure", self.add_a_measure),
            (2, "edits a measure", self.edit_a_measure),
            (5, "edits between two votes", self.edit_between_two_votes),
            (1, "deletes a measure", self.delete_a_measure),
            (1.5, "decides about a lost task", self.decide_about_a_lost_task),
            (1.5, "edits a card", self.edit_a_card),
            (4, "closes a source", self.close_a_source),
            (2, "reopens a source", self.reopen_a_source),
            (0.7, "deletes a source", self.delete_a_source),
            (2, "edits a source", self.edit_a_source),
            (1, "goes on leave", self.go_on_leave),
            (0.7, "is fired", self.fire),
            (0.7, "becomes head", self.new_head),
        )

    def do_only_what_events_tell(self) -> None:
        """Nobody is fired, promoted or on leave, and no line of a checklist is unticked or deleted."""
        self._never((self.go_on_leave, self.fire, self.new_head, self.untick, self.delete_a_line))

    def do_only_what_lists_show(self) -> None:
        """Nor is anything deleted: it stands in no list of what changed."""
        self.do_only_what_events_tell()
        self._never(
            (
                self.delete_a_task,
                self.delete_a_blocking_task,
                self.delete_a_case,
                self.delete_a_measure,
                self.delete_a_source,
            )
        )

    def _never(self, deeds: Sequence[Callable[[], str | None]]) -> None:
        self._deeds = tuple(each for each in self._deeds if each[2] not in deeds)

    def act(self) -> None:
        """One of them does one thing, if it can be done at all."""
        if self.industrious and self.chance.random() < INDUSTRY and self._did("does a job", self.do_a_job):
            return
        for _ in range(6):
            weights = [weight for weight, _, _ in self._deeds]
            ((_, kind, deed),) = self.chance.choices(self._deeds, weights)
            if self._did(kind, deed):
                return

    def _did(self, kind: str, deed: Callable[[], str | None]) -> bool:
        """False when there was nothing to do it to."""
        try:
            told = deed()
        except RefusedError as refusal:
            self._story.tell("people", f"{kind}: the portal refuses ({refusal})", f"{kind} (refused)")
            return True
        if told is not None:
            self._story.tell("people", told, kind)
        return told is not None

    def name(self, user: int) -> str:
        return self._names.get(user, str(user))

    # --- whom and what it concerns ---

    def _anybody(self) -> int:
        return self.chance.choice([user.id for user in self.office.portal.staff.users() if user.active
                                   and user.id != self._robot and user.user_type != "extranet"])  # fmt: skip

    def _head_of(self, name: str) -> int | None:
        return next((each.head for each in self.office.portal.staff.departments() if each.name == name), None)

    def _case(self) -> dict[str, Any] | None:
        cases = self.office.cases()
        return self.chance.choice(cases) if cases else None

    def _task(self, *, closed: bool | None = None) -> Task | None:
        found = [
            task
            for case in self.office.cases()
            for task in self.office.tasks(int(case["id"]))
            if closed is None or task.closed is closed
        ]
        return self.chance.choice(found) if found else None

    # --- deeds: each says what was done, or None when there was nothing to do it to ---

    def do_a_job(self) -> str | None:
        task = self._task(closed=False)
        if task is None:
            return None
        finding = self.chance.choice(("clean", "improvable", "faulty", "faulty", "critical"))
        self._story.count(f"job {task.slot.partition(':')[0]}")
        return f"{self.name(task.responsible)} {self.office.do_the_job(task, finding)}"

    def refuse_measures(self) -> str | None:
        task = self._task(closed=False)
        if task is None or not task.slot.startswith("vote"):
            return None
        return f"{self.name(task.responsible)} refuses: {self.office.do_the_job(task, refuses=True)}"

    def close_a_task(self) -> str | None:
        task = self._task(closed=False)
        if task is None:
            return None
        who = task.responsible if self.chance.random() < 0.6 else ADMINISTRATOR
        self.office.complete(who, task.id)
        return f"{self.name(who)} just closes task {task.id} «{task.title}» ({task.slot})"

    def reopen_a_task(self) -> str | None:
        task = self._task(closed=True)
        if task is None:
            return None
        self.office.admin("tasks.task.renew", {"taskId": task.id})
        return f"somebody reopens task {task.id} «{task.title}» ({task.slot})"

    def delete_a_task(self) -> str | None:
        return self._delete(self._task(closed=self.chance.choice((None, False))))

    def delete_a_blocking_task(self) -> str | None:
        task = self._task(closed=False)
        return self._delete(task if task is not None and task.slot.startswith("measure:") else None)

    def _delete(self, task: Task | None) -> str | None:
        if task is None:
            return None
        self.office.admin("tasks.task.delete", {"taskId": task.id})
        self.lost_tasks[task.id] = self.office.portal.clock.now()
        return f"somebody deletes task {task.id} «{task.title}» ({task.slot})"

    def detach_a_task(self) -> str | None:
        task = self._task()
        if task is None:
            return None
        self.office.admin("tasks.task.update", {"taskId": task.id, "fields": {"UF_CRM_TASK": []}})
        self.lost_tasks[task.id] = self.office.portal.clock.now()
        return f"somebody takes task {task.id} ({task.slot}) out of the case's card"

    def hand_over(self) -> str | None:
        task = self._task(closed=False)
        if task is None:
            return None
        to = self._anybody()
        self.office.admin("tasks.task.update", {"taskId": task.id, "fields": {"RESPONSIBLE_ID": to}})
        return f"task {task.id} ({task.slot}) is handed to {self.name(to)}"

    def untick(self) -> str | None:
        task = self._task()
        if task is None:
            return None
        self.office.tick(ADMINISTRATOR, task.id, lambda line: False)
        return f"somebody unticks the lines of task {task.id} ({task.slot})"

    def delete_a_line(self) -> str | None:
        task = self._task()
        lines = self.office.admin("task.checklistitem.getlist", [task.id]) if task is not None else []
        if task is None or not lines:
            return None
        line = self.chance.choice(lines)
        self.office.admin("task.checklistitem.delete", [task.id, line["ID"]])
        return f"somebody deletes a line of task {task.id} ({task.slot}): {line['TITLE']}"

    def _drag(self, who: int, case: Mapping[str, Any], stage: str) -> None:
        self.office.drag(who, case, stage)
        self.drags[int(case["id"])] += 1
        self.moved(int(case["id"]), stage)

    def drag(self, *, forward: bool) -> str | None:
        case = self._case()
        if case is None:
            return None
        place = STAGES.index(self.office.stage(case))
        possible = STAGES[place + 1 :] if forward else STAGES[:place]
        if not possible:
            return None
        who, stage = self._anybody(), self.chance.choice(possible)
        self._drag(who, case, stage)
        return f"{self.name(who)} drags case {case['id']} from {self.office.stage(case)} to {stage}"

    def drag_again_and_again(self) -> str | None:
        """Somebody who doesn't read notes, or a robot of the customer's."""
        case = self._case()
        if case is None or self.office.stage(case) not in STAGES[:5]:
            return None
        who, number = self._anybody(), int(case["id"])
        for times in range(14):
            self._later(times * 4.0, lambda: self._insist(who, number))
        return f"{self.name(who)} begins to drag case {number} to FINALIZATION again and again"

    def _insist(self, who: int, number: int) -> None:
        case = next((each for each in self.office.cases() if int(each["id"]) == number), None)
        if case is None or self.office.stage(case) == "FINALIZATION":
            return
        self._insist_on(
            lambda: self._drag(who, case, "FINALIZATION"),
            f"{self.name(who)} drags case {number} to FINALIZATION once more",
        )

    def override(self) -> str | None:
        case, head = self._case(), self._head_of("Отдел контроля качества")
        if case is None or head is None or self.office.stage(case) not in STAGES[:6]:
            return None
        who = head if self.chance.random() < 0.8 else self._anybody()
        reason = f"Нельзя ждать {self.chance.randrange(1000)}"
        self.office.fill(who, self.office.case_words, int(case["id"]), {"Основание пропуска": reason})
        stage = self.chance.choice(STAGES[STAGES.index(self.office.stage(case)) + 1 : 7])
        self._drag(who, case, stage)
        return f"{self.name(who)} answers for moving case {case['id']} to {stage}: {reason}"

    def cancel(self) -> str | None:
        case, head = self._case(), self._head_of("Отдел контроля качества")
        if case is None or head is None or self.office.stage(case) == "FAIL":
            return None
        who = head if self.chance.random() < 0.7 else self._anybody()
        if self.chance.random() < 0.8:
            reason = f"По ошибке {self.chance.randrange(1000)}"
            self.office.fill(who, self.office.case_words, int(case["id"]), {"Причина отмены": reason})
        self._drag(who, case, "FAIL")
        return f"{self.name(who)} cancels case {case['id']}"

    def delete_a_case(self) -> str | None:
        case = self._case()
        if case is None:
            return None
        self.office.admin("crm.item.delete", {"entityTypeId": self.office.case_words.entity_type_id, "id": case["id"]})
        self.deleted_cases.add(str(case.get("xmlId")))
        return f"somebody deletes case {case['id']} ({case.get('xmlId')})"

    def add_a_measure(self) -> str | None:
        case = self._case()
        if case is None:
            return None
        complete = self.chance.random() < 0.6
        self.office.add_measure(
            self._anybody(), int(case["id"]), f"Мера {self.chance.randrange(1000)}", complete=complete,
            days=self.chance.choice((0, 3, 20)),
        )  # fmt: skip
        return f"somebody adds {'a' if complete else 'half a'} measure to case {case['id']}"

    def _measure(self) -> dict[str, Any] | None:
        case = self._case()
        found = self.office.measures(int(case["id"])) if case is not None else []
        return self.chance.choice(found) if found else None

    def edit_a_measure(self) -> str | None:
        measure = self._measure()
        if measure is None:
            return None
        values = self.chance.choice(
            (
                {"Ожидаемый результат": f"Иначе {self.chance.randrange(1000)}"},
                {"Плановые часы": self.chance.randrange(1, 9)},
                {"Подразделение": "Логистика"},
                {"Объект изменения": ""},
            )
        )
        self.office.fill(self._anybody(), self.office.measure_words, int(measure["id"]), values)
        return f"somebody edits measure {measure['id']}: {values}"

    def edit_between_two_votes(self) -> str | None:
        """One votes, then somebody edits a measure, and an hour later the others vote."""
        case = self._case()
        votes = self._open_votes(int(case["id"])) if case is not None else []
        if len(votes) < 2:
            return None
        task = self.chance.choice(votes)
        told = self.office.do_the_job(task)
        self._later(2.0, lambda: self._edit_a_measure_of(task.case))
        self._later(4.0, lambda: self.let_time_pass(3600.0))
        for times in range(4):
            self._later(10.0 + 5.0 * times, lambda: self._vote_on(task.case))
        return f"{self.name(task.responsible)} {told}, but somebody is about to edit a measure"

    def _edit_a_measure_of(self, case: int) -> None:
        measures = self.office.measures(case)
        if measures:
            measure, who = self.chance.choice(measures), self._anybody()
            self._insist_on(lambda: self.office.fill(who, self.office.measure_words, int(measure["id"]),
                                                     {"Ожидаемый результат": f"Иначе {self.chance.randrange(1000)}"}),
                            f"{self.name(who)} edits measure {measure['id']}")  # fmt: skip

    def _open_votes(self, case: int) -> list[Task]:
        return [each for each in self.office.tasks(case) if each.slot.startswith("vote") and not each.closed]

    def _vote_on(self, case: int) -> None:
        for task in self._open_votes(case)[:1]:
            told = f"{self.name(task.responsible)} votes on case {case}"
            self._insist_on(lambda task=task: self.office.do_the_job(task), told)  # type: ignore[misc]

    def _insist_on(self, deed: Callable[[], object], told: str) -> None:
        """A later part of a deed that needs several."""
        try:
            deed()
        except RefusedError:
            return
        self._story.tell("people", told)

    def delete_a_measure(self) -> str | None:
        """Of a case in work: of a closed one it is noticed the next day, if no event tells."""
        case = self._case()
        found = self.office.measures(int(case["id"])) if case is not None and not self.office.is_closed(case) else []
        if not found:
            return None
        measure = self.chance.choice(found)
        asked = {"entityTypeId": self.office.measure_words.entity_type_id, "id": measure["id"]}
        self.office.admin("crm.item.delete", asked)
        self.deleted_measures[int(measure["id"])] = self.office.portal.clock.now()
        return f"somebody deletes measure {measure['id']} «{measure['title']}»"

    def decide_about_a_lost_task(self) -> str | None:
        measure, head = self._measure(), self._head_of("Отдел контроля качества")
        if measure is None or head is None:
            return None
        who = head if self.chance.random() < 0.7 else self._anybody()
        decision = self.chance.choice(("Поставить задачу снова", "Работа больше не нужна"))
        self.office.fill(who, self.office.measure_words, int(measure["id"]), {"Если задача удалена": decision})
        return f"{self.name(who)} decides about the task of measure {measure['id']}: {decision}"

    def edit_a_card(self) -> str | None:
        case = self._case()
        if case is None:
            return None
        values = self.chance.choice(
            (
                FINDINGS[self.chance.choice(tuple(FINDINGS))],
                {"Соблюдены ли сроки и нормативы?": "Нет"},
                {"Типы нарушений": ["Ошибка в документах"], "Факты нарушений": []},
                {"Комиссия": [self._anybody(), self._anybody()]},
                {"Сотрудник ОКК": self._anybody()},
                {"Премиальные баллы": 77},
                {"Чья работа разбирается": self._anybody()},
                {"Задачи мер": "что угодно", "Допуск к финализации": "пропустить"},
            )
        )
        self.office.fill(self._anybody(), self.office.case_words, int(case["id"]), values)
        return f"somebody writes into the card of case {case['id']}: {values}"

    # --- sources ---

    def _source(self, *, closed: bool) -> tuple[int, dict[str, Any]] | None:
        kind = self.chance.choice((DEAL, DEAL, LEAD, REQUEST))
        found = [item for item in self.office.sources(kind) if is_closed(kind, item) is closed]
        return (kind, self.chance.choice(found)) if found else None

    def close_a_source(self) -> str | None:
        found = self._source(closed=False)
        if found is None:
            return None
        kind, item = found
        who = int(item["assignedById"])
        stage = self.chance.choice(final_stages(kind, item))
        self.office.move_source(who, kind, int(item["id"]), stage)
        return f"{self.name(who)} closes {kind}/{item['id']} as {stage}"

    def reopen_a_source(self) -> str | None:
        found = self._source(closed=True)
        if found is None:
            return None
        kind, item = found
        stage = self.chance.choice((first_stage(kind, item), *final_stages(kind, item)))
        self.office.move_source(ADMINISTRATOR, kind, int(item["id"]), stage)
        return f"somebody moves {kind}/{item['id']} from {item['stageId']} to {stage}"

    def delete_a_source(self) -> str | None:
        found = self._source(closed=self.chance.random() < 0.7)
        if found is None:
            return None
        kind, item = found
        self.office.admin("crm.item.delete", {"entityTypeId": kind, "id": item["id"]})
        return f"somebody deletes {kind}/{item['id']}"

    def edit_a_source(self) -> str | None:
        found = self._source(closed=self.chance.random() < 0.5)
        if found is None:
            return None
        kind, item = found
        fields = {"title": f"Иначе {self.chance.randrange(100)}", "assignedById": self._anybody()}
        self.office.call(ADMINISTRATOR, "crm.item.update", {"entityTypeId": kind, "id": item["id"], "fields": fields})
        return f"somebody renames {kind}/{item['id']} and gives it to {self.name(fields['assignedById'])}"

    # --- the company ---

    def go_on_leave(self) -> str | None:
        who, now = self._anybody(), self.office.portal.clock.now()
        until = now + timedelta(days=self.chance.randrange(1, 15))
        self.office.portal.calendars.add(
            who, now - timedelta(days=1), until, name="Отпуск", accessibility="absent", whole_days=True
        )
        return f"{self.name(who)} is away until {until:%d.%m}"

    def fire(self) -> str | None:
        who = self._anybody()
        if who == ADMINISTRATOR:
            return None
        self.office.portal.staff.update_user(who, active=False)
        return f"{self.name(who)} is fired"

    def new_head(self) -> str | None:
        department = self.chance.choice(self.office.portal.staff.departments())
        who = self._anybody()
        self.office.admin("department.update", {"ID": department.id, "UF_HEAD": who})
        return f"{self.name(who)} becomes head of «{department.name}»"


def is_closed(kind: int, item: Mapping[str, Any]) -> bool:
    code = str(item["stageId"]).rpartition(":")[2]
    return (
        code
        in {
            DEAL: ("WON", "LOSE", "APOLOGY"),
            LEAD: ("CONVERTED", "JUNK"),
            REQUEST: ("SUCCESS", "FAIL"),
        }[kind]
    )


def final_stages(kind: int, item: Mapping[str, Any]) -> tuple[str, ...]:
    codes = {DEAL: ("WON", "LOSE"), LEAD: ("CONVERTED", "JUNK"), REQUEST: ("SUCCESS", "FAIL")}[kind]
    return tuple(f"{_prefix(kind, item)}{code}" for code in codes)


def first_stage(kind: int, item: Mapping[str, Any]) -> str:
    return f"{_prefix(kind, item)}NEW"


def _prefix(kind: int, item: Mapping[str, Any]) -> str:
    if kind == LEAD:
        return ""
    if kind == DEAL:
        return f"C{item['categoryId']}:" if int(item["categoryId"]) else ""
    return f"DT{kind}_{item['categoryId']}:"
