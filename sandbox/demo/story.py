"""The story: four pieces of work of a trading company on their way through «Анализ и коррекции»."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sandbox.demo.people import Company, Person, SmartProcess, StoryBroke, until
from sandbox.demo.screen import Screen

CASE = "Анализ и коррекции"
MEASURE = "Мера коррекции"
RETAIL = "Розничные продажи"
WHOLESALE = "Оптовые продажи"
DEAL, LEAD = 2, 1
COMPLETED = "5"
KANBAN = ("Ожидает планирования", "В работе на тесте", "Тестирование", "Публикация", "Приёмка")

SATISFACTION = "Насколько клиент доволен, по вашему мнению?"
TERMS = "Соблюдены ли сроки и нормативы?"
TERMS_WHY = "Какие сроки нарушены и почему?"
DEVIATIONS = "Были ли отклонения или частные случаи, не предусмотренные процессом?"
LEAD_QUALITY = "Соответствует ли обращение профилю клиента?"
FIRST_REPLY = "Через сколько минут дан первый ответ?"

Task = Mapping[str, Any]


@dataclass
class Story:
    """Plays on a portal that is provisioned; ``service_dies`` and ``service_returns`` are the power cut."""

    company: Company
    screen: Screen
    service_dies: Callable[[], None]
    service_returns: Callable[[], None]

    def __post_init__(self) -> None:
        self.cases: SmartProcess = self.company.smart_process(CASE)
        self.measures: SmartProcess = self.company.smart_process(MEASURE)
        self.sellers = self.company.members_of("Отдел продаж")

    def play(self) -> None:
        self.screen.act(1, "Розничная сделка: всё по правилам")
        self.clean_deal()
        self.screen.act(2, "Оптовая сделка: нарушения, меры, согласование, изменения")
        self.faulty_deal()
        self.screen.act(3, "Лид другой воронки")
        self.lead()
        self.screen.act(4, "Событие потерялось по дороге")
        self.lost_event()

    # --- act 1 ---

    def clean_deal(self) -> None:
        seller = self.sellers[0]
        case = self._case_of(DEAL, self._won_deal(seller, RETAIL, "Кофемашина для офиса", 48_000))
        self._answer_survey(
            case, {SATISFACTION: "Доволен", TERMS: "Да", DEVIATIONS: ["Не было"]}, "клиент доволен, сроки соблюдены"
        )
        self._analyse(case, {"Вердикт": "Абсолютно корректный"}, "вердикт «Абсолютно корректный»")
        self._wait_for_stage(case, "Закрыт успешно")
        self.screen.told(
            f"Баллы на карточке: {self._value(case, 'Премиальные баллы'):g}; разбор закрыт сразу, мер нет."
        )

    # --- act 2 ---

    def faulty_deal(self) -> None:
        seller = self.sellers[1]
        case = self._case_of(DEAL, self._won_deal(seller, WHOLESALE, "Партия чая, 12 тонн", 3_400_000))
        self._survey_closed_too_early(case, seller)
        self._answer_survey(
            case, {TERMS_WHY: "КП согласовывали 9 дней вместо 3: ждали юристов"}, "дописывает, какие сроки нарушены"
        )
        found = {
            "Вердикт": "Частично корректный",
            "Типы нарушений": ["Нарушены сроки стадии", "Ошибка в документах"],
            "Факты нарушений": ["Стадия «КП»: 9 дней при норме 3", "В спецификации №118 указана старая цена"],
            "Причина": "В стадии «КП» нет срока и ответственного юриста",
            "Немедленная коррекция": "Спецификация исправлена и подписана заново",
        }
        self._analyse(case, found, "две ошибки с фактами, вердикт «Частично корректный»")
        self._formulate(case)
        self._approve_without_service(case)
        self._change(case)
        self._finalise(case)

    def _survey_closed_too_early(self, case: int, seller: Person) -> None:
        task = self._task(case, "Опрос")
        self.cases.fill(seller, case, {SATISFACTION: "Скорее доволен", TERMS: "Нет", DEVIATIONS: ["Не было"]})
        seller.complete(task)
        self.screen.did(seller.name, "отвечает «сроки не соблюдены», но не пишет почему, и завершает задачу")
        until(lambda: self._status(task) != COMPLETED or None, "опрос вернётся в работу")
        self.screen.note(self._last_note(case))

    def _formulate(self, case: int) -> None:
        task = self._task(case, "Сформулировать меры")
        inspector = self.company.person(int(task["responsibleId"]))
        commission = [self.company.person(int(each)).name for each in self._value(case, "Комиссия")]
        self.screen.told(f"Комиссия по типам нарушений и структуре компании: {', '.join(commission)}")
        due = (date.today() + timedelta(days=14)).isoformat()  # noqa: DTZ011 - a person's calendar
        self.measures.add(
            inspector,
            "Изменить процесс стадии «КП» в воронке «Оптовые продажи»",
            (self.cases, case),
            {
                "Вид меры": "Изменение процесса в Битрикс24",
                "Объект изменения": "Воронка «Оптовые продажи», стадия «КП»",
                "Подразделение": "Отдел ИТ",
                "Срок": due,
                "Плановые часы": 6,
                "Ожидаемый результат": "КП согласуется за 3 дня, срок виден на карточке",
            },
        )
        self.measures.add(
            inspector,
            "Провести тренинг по спецификациям",
            (self.cases, case),
            {
                "Вид меры": "Обучение сотрудника",
                "Объект изменения": "Менеджеры оптовых продаж",
                "Подразделение": "Отдел продаж",
                "Срок": due,
                "Плановые часы": 4,
                "Ожидаемый результат": "Ошибок в спецификациях нет месяц подряд",
            },
        )
        inspector.complete(task)
        self.screen.did(inspector.name, "добавляет две меры в карточку и завершает задачу")

    def _approve_without_service(self, case: int) -> None:
        votes = self._wait_for_tasks(case, "Согласовать меры", len(self._value(case, "Комиссия")))
        self.screen.told("Сервис убит (SIGKILL). Люди работают дальше: события некому принять.")
        self.service_dies()
        for vote in votes:
            member = self.company.person(int(vote["responsibleId"]))
            ticked = member.tick(vote)
            member.complete(vote)
            self.screen.did(member.name, f"отмечает меры ({len(ticked)}) и завершает согласование")
        self.service_returns()
        self.screen.told("Сервис запущен снова и сам находит, что пропустил.")

    def _change(self, case: int) -> None:
        tasks = self._wait_for_tasks(case, "", 2, only=lambda task: int(task["groupId"] or 0) > 0)
        it, training = sorted(tasks, key=lambda task: "стадии" not in task["title"])
        developer = self.company.person(int(it["responsibleId"]))
        teacher = self.company.person(int(training["responsibleId"]))
        self._through_kanban(it, developer)
        developer.log_hours(it, 5.5, "Срок стадии и автоматическая задача юристу")
        developer.complete(it)
        self.screen.did(developer.name, f"«{it['title']}»: {' → '.join(KANBAN)}; 5,5 ч; завершает")

        head = self.company.head_of("Отдел продаж")
        item = self._wait_for_stage(case, "Изменения")
        self.cases.move(head, item, "Финализация")
        self.screen.did(head.name, "перетаскивает карточку на «Финализацию», хотя обучение ещё не проведено")
        until(lambda: "возвращён на стадию" in self._last_note(case) or None, "гейт вернёт карточку")
        self._wait_for_stage(case, "Изменения")
        self.screen.note(self._last_note(case))

        teacher.log_hours(training, 3, "Тренинг для пяти менеджеров")
        teacher.complete(training)
        self.screen.did(teacher.name, f"«{training['title']}»: 3 ч; завершает")

    def _through_kanban(self, task: Task, executor: Person) -> None:
        columns = executor.call("task.stages.get", {"entityId": int(task["groupId"])})
        by_title = {column["TITLE"]: int(column["ID"]) for column in columns.values()}
        for title in KANBAN[1:]:
            executor.call("task.stages.movetask", {"id": int(task["id"]), "stageId": by_title[title]})

    def _finalise(self, case: int) -> None:
        for title in ("Опубликовать изменения в документации", "Опубликовать изменения в Битрикс24"):
            task = self._task(case, title)
            inspector = self.company.person(int(task["responsibleId"]))
            inspector.complete(task)
            self.screen.did(inspector.name, f"завершает: {title.lower()}")
        self._wait_for_stage(case, "Закрыт успешно")
        posts = self.company.admin.call("log.blogpost.get", {"POST_ID": int(self._value(case, "Номер новости"))})
        self.screen.note(f"Новость: {posts[0].get('TITLE') or posts[0].get('POST_TITLE')}")
        self.screen.told(f"Затраты на коррекцию: {self._value(case, 'Затраты на коррекцию, ч'):g} ч; разбор закрыт.")

    # --- act 3 ---

    def lead(self) -> None:
        seller = self.sellers[0]
        added = seller.call("crm.item.add", {"entityTypeId": LEAD, "fields": {"title": "Заявка с сайта: аренда"}})
        lead = int(added["item"]["id"])
        seller.call("crm.item.update", {"entityTypeId": LEAD, "id": lead, "fields": {"stageId": "JUNK"}})
        self.screen.did(seller.name, f"закрывает лид №{lead} как некачественный")
        case = self._case_of(LEAD, lead)
        self._answer_survey(
            case,
            {LEAD_QUALITY: "Нет", FIRST_REPLY: 7, DEVIATIONS: ["Не было"]},
            "обращение не по профилю, ответ за 7 минут",
        )
        self._analyse(case, {"Вердикт": "Абсолютно корректный"}, "закрыто верно")
        self._wait_for_stage(case, "Закрыт успешно")

    # --- act 4 ---

    def lost_event(self) -> None:
        seller = self.sellers[1]
        deal = self._new_deal(seller, RETAIL, "Гриндер с потерянным событием", 21_000)
        self.company.control("settle")
        self.company.control("faults", [{"on": "event", "event": "ONCRMDEALUPDATE", "entity_id": deal, "do": "drop"}])
        self._win(seller, deal, RETAIL)
        self.screen.told("Вебхук об этой сделке пропал. Ждём обхода…")
        case = self._case_of(DEAL, deal)
        self._task(case, "Опрос")
        self.screen.told("Обход нашёл закрытую сделку: разбор создан, опрос выдан.")

    # --- what people do in every act ---

    def _won_deal(self, seller: Person, funnel: str, title: str, amount: int) -> int:
        deal = self._new_deal(seller, funnel, title, amount)
        self._win(seller, deal, funnel)
        return deal

    def _new_deal(self, seller: Person, funnel: str, title: str, amount: int) -> int:
        fields = {"title": title, "opportunity": amount, "categoryId": self.company.funnel_id(funnel)}
        return int(seller.call("crm.item.add", {"entityTypeId": DEAL, "fields": fields})["item"]["id"])

    def _win(self, seller: Person, deal: int, funnel: str) -> None:
        category = self.company.funnel_id(funnel)
        stage = f"C{category}:WON" if category else "WON"
        seller.call("crm.item.update", {"entityTypeId": DEAL, "id": deal, "fields": {"stageId": stage}})
        self.screen.did(seller.name, f"закрывает сделку №{deal} воронки «{funnel}» как успешную")

    def _case_of(self, entity_type_id: int, source: int) -> int:
        where = {f"parentId{entity_type_id}": source}
        found = until(lambda: self.cases.items(where) or None, "появится разбор")
        return int(found[0]["id"])

    def _answer_survey(self, case: int, answers: Mapping[str, Any], said: str) -> None:
        task = self._task(case, "Опрос")
        who = self.company.person(int(task["responsibleId"]))
        self.cases.fill(who, case, answers)
        who.complete(task)
        self.screen.did(who.name, f"опрос: {said}")

    def _analyse(self, case: int, found: Mapping[str, Any], said: str) -> None:
        task = self._task(case, "Анализ")
        inspector = self.company.person(int(task["responsibleId"]))
        until(lambda: inspector.tick(task) or None, "протокол в чек-листе")
        self.cases.fill(inspector, case, found)
        inspector.complete(task)
        self.screen.did(inspector.name, f"проходит протокол; {said}")

    def _task(self, case: int, title: str) -> Task:
        return self._wait_for_tasks(case, title, 1)[0]

    def _wait_for_tasks(
        self, case: int, title: str, count: int, only: Callable[[Task], bool] = lambda task: True
    ) -> list[Task]:
        """Open tasks of the case whose title begins so; a task counts when its checklist is as long as its text says."""

        def look() -> list[Task] | None:
            tasks = [
                task
                for task in self.tasks(case)
                if task["title"].startswith(title) and task["status"] != COMPLETED and only(task)
            ]
            return tasks if len(tasks) >= count else None

        return until(look, f"задача «{title}»")

    def tasks(self, case: int) -> list[Task]:
        select = ["ID", "TITLE", "STATUS", "RESPONSIBLE_ID", "GROUP_ID", "XML_ID", "UF_CRM_TASK"]
        found: list[Task] = self.company.admin.call(
            "tasks.task.list", {"filter": {"UF_CRM_TASK": self.cases.binding(case)}, "select": select}
        )["tasks"]
        return found

    def _status(self, task: Task) -> str:
        status: str = self.company.admin.call("tasks.task.get", {"taskId": task["id"], "select": ["ID", "STATUS"]})[
            "task"
        ]["status"]
        return status

    def _item(self, case: int) -> dict[str, Any]:
        item: dict[str, Any] = self.company.admin.call(
            "crm.item.get", {"entityTypeId": self.cases.entity_type_id, "id": case, "useOriginalUfNames": "Y"}
        )["item"]
        return item

    def _value(self, case: int, label: str) -> Any:
        value = self.cases.value(self._item(case), label)
        if value is None:
            raise StoryBroke(f"на карточке разбора {case} пусто: «{label}»")
        return value

    def _wait_for_stage(self, case: int, stage: str) -> dict[str, Any]:
        def look() -> dict[str, Any] | None:
            item = self._item(case)
            return item if self.cases.stage_name(item) == stage else None

        return until(look, f"стадия «{stage}»")

    def _last_note(self, case: int) -> str:
        notes = self.company.admin.call(
            "crm.timeline.comment.list",
            {
                "filter": {"ENTITY_ID": case, "ENTITY_TYPE": f"dynamic_{self.cases.entity_type_id}"},
                "order": {"ID": "DESC"},
            },
        )
        return str(notes[0]["COMMENT"]) if notes else ""
