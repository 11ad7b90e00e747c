"""What people do with cases on the portal, whoever tells the story: the demonstration, or a test of a journey."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any

from sandbox.demo.people import Company, Person, SmartProcess, until

CASE = "Анализ и коррекции"
MEASURE = "Мера коррекции"
RETAIL = "Розничные продажи"
WHOLESALE = "Оптовые продажи"
REQUESTS = "Сервисные заявки"
"""A smart process of the company's own."""
DEAL, LEAD = 2, 1
COMPLETED = "5"

SATISFACTION = "Насколько клиент доволен, по вашему мнению?"
TERMS = "Соблюдены ли сроки и нормативы?"
TERMS_WHY = "Какие сроки нарушены и почему?"
DEVIATIONS = "Были ли отклонения или частные случаи, не предусмотренные процессом?"
LEAD_QUALITY = "Соответствует ли обращение профилю клиента?"
STEPS = {
    "Опубликовать изменения в документации": "Регламент продаж: версия 3 вместо 2, действует с понедельника",
    "Опубликовать изменения в Битрикс24": "Стадия «КП»: было без срока, стало три дня",
    "Оценить риски и побочные эффекты": "Другие процессы не затронуты, изменений рисков не требуется",
}
"""The steps of the finalization in their order, and what somebody writes into each task's result."""

FIRST_REPLY = "Через сколько минут дан первый ответ?"
REACTION = "Через сколько часов после заявки начали работу?"
PARTS = "Запасные части"
PARTS_DAYS = "Сколько дней ждали запасные части?"
ACT = "Подписан ли акт выполненных работ?"
REPEAT_VISIT = "Понадобился ли повторный визит?"
REPEAT_VISIT_WHY = "Из-за чего понадобился повторный визит?"
VISITED_BY = "Кто выезжал к клиенту?"

CONTENT = {SATISFACTION: "Доволен", TERMS: "Да", DEVIATIONS: ["Не было"]}
"""A survey of somebody who has nothing to complain about."""

Task = Mapping[str, Any]


class Office:
    """A provisioned portal seen by its people; questions go to the portal, answers come as plain data."""

    def __init__(self, company: Company) -> None:
        self.company = company
        self.cases: SmartProcess = company.smart_process(CASE)
        self.measures: SmartProcess = company.smart_process(MEASURE)
        self.sellers = company.members_of("Отдел продаж")

    # --- source items ---

    def new_deal(self, seller: Person, funnel: str, title: str, amount: int = 1000) -> int:
        fields = {"title": title, "opportunity": amount, "categoryId": self.company.funnel_id(funnel)}
        return int(seller.call("crm.item.add", {"entityTypeId": DEAL, "fields": fields})["item"]["id"])

    def win(self, seller: Person, deal: int, funnel: str) -> None:
        category = self.company.funnel_id(funnel)
        stage = f"C{category}:WON" if category else "WON"
        seller.call("crm.item.update", {"entityTypeId": DEAL, "id": deal, "fields": {"stageId": stage}})

    def won_deal(self, seller: Person, funnel: str, title: str) -> int:
        deal = self.new_deal(seller, funnel, title)
        self.win(seller, deal, funnel)
        return deal

    def junk_lead(self, seller: Person, title: str) -> int:
        added = seller.call("crm.item.add", {"entityTypeId": LEAD, "fields": {"title": title}})
        lead = int(added["item"]["id"])
        seller.call("crm.item.update", {"entityTypeId": LEAD, "id": lead, "fields": {"stageId": "JUNK"}})
        return lead

    def complete_request(self, title: str) -> tuple[Person, SmartProcess, int]:
        """Whoever answers for this service request moves it to its last stage."""
        requests = self.company.smart_process(REQUESTS)
        request = requests.items({"title": title})[0]
        engineer = self.company.person(int(request["assignedById"]))
        requests.move(engineer, request, "Выполнена")
        return engineer, requests, int(request["id"])

    # --- the case ---

    def case_of(self, entity_type_id: int, source: int) -> int:
        where = {f"parentId{entity_type_id}": source}
        return int(until(lambda: self.cases.items(where) or None, "появится разбор")[0]["id"])

    def item(self, case: int) -> dict[str, Any]:
        item: dict[str, Any] = self.company.admin.call(
            "crm.item.get", {"entityTypeId": self.cases.entity_type_id, "id": case, "useOriginalUfNames": "Y"}
        )["item"]
        return item

    def value(self, case: int, label: str) -> Any:
        """A field of the card by the label people see, as soon as it is filled in."""
        return until(lambda: self.cases.value(self.item(case), label), f"на карточке разбора {case}: «{label}»")

    def stage(self, case: int) -> str:
        return self.cases.stage_name(self.item(case))

    def wait_for_stage(self, case: int, stage: str) -> dict[str, Any]:
        def look() -> dict[str, Any] | None:
            item = self.item(case)
            return item if self.cases.stage_name(item) == stage else None

        return until(look, f"стадия «{stage}»")

    def notes(self, case: int) -> list[str]:
        """The timeline of the case, newest first."""
        found = self.company.admin.call(
            "crm.timeline.comment.list",
            {
                "filter": {"ENTITY_ID": case, "ENTITY_TYPE": f"dynamic_{self.cases.entity_type_id}"},
                "order": {"ID": "DESC"},
            },
        )
        return [str(note["COMMENT"]) for note in found]

    def wait_for_note(self, case: int, words: str) -> str:
        return until(lambda: next((note for note in self.notes(case) if words in note), None), f"запись «{words}»")

    def tasks(self, case: int) -> list[Task]:
        select = ["ID", "TITLE", "STATUS", "RESPONSIBLE_ID", "GROUP_ID", "STAGE_ID", "XML_ID", "UF_CRM_TASK"]
        found: list[Task] = self.company.admin.call(
            "tasks.task.list", {"filter": {"UF_CRM_TASK": self.cases.binding(case)}, "select": select}
        )["tasks"]
        return found

    def wait_for_tasks(
        self, case: int, title: str, count: int = 1, only: Callable[[Task], bool] = lambda task: True
    ) -> list[Task]:
        """So many open tasks of the case whose title begins so."""

        def look() -> list[Task] | None:
            tasks = [
                task
                for task in self.tasks(case)
                if task["title"].startswith(title) and task["status"] != COMPLETED and only(task)
            ]
            return tasks if len(tasks) >= count else None

        return until(look, f"задача «{title}»")

    def task(self, case: int, title: str) -> Task:
        return self.wait_for_tasks(case, title)[0]

    def owner(self, task: Task) -> Person:
        return self.company.person(int(task["responsibleId"]))

    def is_closed(self, task: Task) -> bool:
        found = self.company.admin.call("tasks.task.get", {"taskId": task["id"], "select": ["ID", "STATUS"]})
        return bool(found["task"]["status"] == COMPLETED)

    # --- assignments ---

    def answer_survey(self, case: int, answers: Mapping[str, Any]) -> Person:
        """The responsible person answers in the card and completes the task."""
        task = self.task(case, "Опрос")
        who = self.owner(task)
        self.cases.fill(who, case, answers)
        who.complete(task)
        return who

    def analyse(self, case: int, found: Mapping[str, Any]) -> Person:
        """The inspector ticks the protocol, fills in the card and completes the task."""
        task = self.task(case, "Анализ")
        inspector = self.owner(task)
        until(lambda: inspector.tick(task) or None, "протокол в чек-листе")
        self.cases.fill(inspector, case, found)
        inspector.complete(task)
        return inspector

    def add_measure(
        self,
        who: Person,
        case: int,
        title: str,
        kind: str,
        target: str,
        department: str,
        *,
        trained: Person | None = None,
    ) -> int:
        """A complete measure, due in two weeks."""
        due = date.today() + timedelta(days=14)  # noqa: DTZ011 - a person's calendar
        concerns = {} if trained is None else {"Кого касается (обучение)": trained.id}
        return self.measures.add(
            who,
            title,
            (self.cases, case),
            {
                "Вид меры": kind,
                "Объект изменения": target,
                "Подразделение": department,
                "Срок": due.isoformat(),
                "Плановые часы": 4,
                "Ожидаемый результат": f"Сделано: {title}",
                **concerns,
            },
        )

    def vote(self, vote: Task, *, leave_out: str = "", reason: str = "") -> Person:
        """A member ticks the measures (all, or all but one, saying why) and completes the task."""
        member = self.owner(vote)
        until(lambda: member.tick(vote, leave_out=leave_out) or leave_out or None, "меры в чек-листе")
        if reason:
            member.report(vote, reason)
        member.complete(vote)
        return member

    def finish_step(self, case: int, title: str, result: str) -> Person:
        """The step of the finalization whose title begins so: its result is written down, the task completed."""
        task = self.task(case, title)
        who = self.owner(task)
        who.report(task, result)
        who.complete(task)
        return who

    def confirm_news(self, case: int, text: str = "") -> Person:
        """The draft is published as it is, or with this text instead."""
        task = self.task(case, "Подтвердить новость")
        who = self.owner(task)
        if text:
            who.report(task, text)
        who.complete(task)
        return who

    def change_tasks(self, case: int, count: int) -> list[Task]:
        """The open tasks of the measures, in the departments' groups."""
        return self.wait_for_tasks(case, "", count, only=lambda task: int(task["groupId"] or 0) > 0)
