"""The story: four pieces of work of a trading company on their way through «Анализ и коррекции»."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.demo.office import (
    CONTENT,
    DEAL,
    DEVIATIONS,
    FIRST_REPLY,
    LEAD,
    LEAD_QUALITY,
    RETAIL,
    SATISFACTION,
    TERMS,
    TERMS_WHY,
    WHOLESALE,
    Office,
    Task,
)
from sandbox.demo.people import Person, until
from sandbox.demo.screen import Screen

KANBAN = ("Ожидает планирования", "В работе на тесте", "Тестирование", "Публикация", "Приёмка")


@dataclass
class Story:
    """Plays on a portal that is provisioned; ``service_dies`` and ``service_returns`` are the power cut."""

    office: Office
    screen: Screen
    service_dies: Callable[[], None]
    service_returns: Callable[[], None]
    health: Callable[[], Mapping[str, Any]]
    """What the service tells about itself."""

    def play(self) -> None:
        self.screen.act(1, "Розничная сделка: всё по правилам")
        self.clean_deal()
        self.screen.act(2, "Оптовая сделка: нарушения, меры, согласование, изменения")
        self.faulty_deal()
        self.screen.act(3, "Лид другой воронки")
        self.lead()
        self.screen.act(4, "Событие потерялось по дороге")
        self.lost_event()

    def clean_deal(self) -> None:
        case = self.office.case_of(DEAL, self._won_deal(self.office.sellers[0], RETAIL, "Кофемашина для офиса"))
        seller = self.office.answer_survey(case, CONTENT)
        self.screen.did(seller.name, "опрос: клиент доволен, сроки соблюдены, отклонений нет")
        inspector = self.office.analyse(case, {"Вердикт": "Абсолютно корректный"})
        self.screen.did(inspector.name, "проходит протокол; вердикт «Абсолютно корректный»")
        self.office.wait_for_stage(case, "Закрыт успешно")
        points = self.office.value(case, "Премиальные баллы")
        self.screen.told(f"Баллы на карточке: {points:g}; разбор закрыт сразу, мер нет.")

    def faulty_deal(self) -> None:
        seller = self.office.sellers[1]
        case = self.office.case_of(DEAL, self._won_deal(seller, WHOLESALE, "Партия чая, 12 тонн"))
        self._survey_closed_too_early(case, seller)
        inspector = self.office.analyse(
            case,
            {
                "Вердикт": "Частично корректный",
                "Типы нарушений": ["Нарушены сроки стадии", "Ошибка в документах"],
                "Факты нарушений": ["Стадия «КП»: 9 дней при норме 3", "В спецификации №118 указана старая цена"],
                "Причина": "В стадии «КП» нет срока и ответственного юриста",
                "Немедленная коррекция": "Спецификация исправлена и подписана заново",
            },
        )
        self.screen.did(inspector.name, "протокол пройден: два нарушения с фактами, «Частично корректный»")
        self._formulate(case)
        self._approve_without_service(case)
        self._change(case)
        self._finalise(case)

    def _survey_closed_too_early(self, case: int, seller: Person) -> None:
        task = self.office.task(case, "Опрос")
        self.office.answer_survey(case, {SATISFACTION: "Скорее доволен", TERMS: "Нет", DEVIATIONS: ["Не было"]})
        self.screen.did(seller.name, "отвечает «сроки не соблюдены», но не пишет почему, и завершает задачу")
        self.screen.note(self.office.wait_for_note(case, TERMS_WHY))
        until(lambda: not self.office.is_closed(task) or None, "опрос вернётся в работу")
        self.office.answer_survey(case, {TERMS_WHY: "КП согласовывали 9 дней вместо 3: ждали юристов"})
        self.screen.did(seller.name, "дописывает, какие сроки нарушены, и завершает опрос снова")

    def _formulate(self, case: int) -> None:
        task = self.office.task(case, "Сформулировать меры")
        inspector = self.office.owner(task)
        members = [self.office.company.person(int(each)).name for each in self.office.value(case, "Комиссия")]
        self.screen.told(f"Комиссия по типам нарушений и структуре компании: {', '.join(members)}")
        self.office.add_measure(
            inspector,
            case,
            "Изменить процесс стадии «КП» в воронке «Оптовые продажи»",
            "Изменение процесса в Битрикс24",
            "Воронка «Оптовые продажи», стадия «КП»",
            "Отдел ИТ",
        )
        self.office.add_measure(
            inspector,
            case,
            "Провести тренинг по спецификациям",
            "Обучение сотрудника",
            "Менеджеры оптовых продаж",
            "Отдел продаж",
        )
        inspector.complete(task)
        self.screen.did(inspector.name, "добавляет в карточку две меры и завершает задачу")

    def _approve_without_service(self, case: int) -> None:
        votes = self.office.wait_for_tasks(case, "Согласовать меры", len(self.office.value(case, "Комиссия")))
        until(lambda: all(self._ballot_lines(vote) == 2 for vote in votes) or None, "обе меры в чек-листах")
        self.service_dies()
        self.screen.told("Сервис убит (SIGKILL). Люди работают дальше: принять события некому.")
        for vote in votes:
            self.screen.did(self.office.vote(vote).name, "отмечает обе меры и завершает согласование")
        self.service_returns()
        self.screen.told("Сервис запущен снова и сам находит, что пропустил.")

    def _ballot_lines(self, vote: Task) -> int:
        lines = self.office.owner(vote).call("task.checklistitem.getlist", [vote["id"]])
        return sum(bool(int(line["PARENT_ID"])) for line in lines)

    def _change(self, case: int) -> None:
        tasks = self.office.change_tasks(case, 2)
        it, training = sorted(tasks, key=lambda task: "стадии" not in task["title"])
        developer, teacher = self.office.owner(it), self.office.owner(training)
        self._through_kanban(it, developer)
        developer.log_hours(it, 5.5, "Срок стадии и автоматическая задача юристу")
        developer.complete(it)
        self.screen.did(developer.name, f"«{it['title']}»: {' → '.join(KANBAN)}; 5,5 ч; завершает")

        head = self.office.company.head_of("Отдел продаж")
        self.office.cases.move(head, self.office.wait_for_stage(case, "Изменения"), "Финализация")
        self.screen.did(head.name, "перетаскивает карточку на «Финализацию», хотя тренинг ещё не проведён")
        self.screen.note(self.office.wait_for_note(case, "возвращён на стадию"))
        self.office.wait_for_stage(case, "Изменения")

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
            task = self.office.task(case, title)
            inspector = self.office.owner(task)
            inspector.complete(task)
            self.screen.did(inspector.name, f"завершает: {title[0].lower()}{title[1:]}")
        self.office.wait_for_stage(case, "Закрыт успешно")
        post_id = int(self.office.value(case, "Номер новости"))
        post = self.office.company.admin.call("log.blogpost.get", {"POST_ID": post_id})[0]
        self.screen.note(f"Новость: {post['TITLE']}")
        hours = self.office.value(case, "Затраты на коррекцию, ч")
        self.screen.told(f"Затраты на коррекцию: {hours:g} ч; разбор закрыт.")

    def lead(self) -> None:
        seller = self.office.sellers[0]
        lead = self.office.junk_lead(seller, "Заявка с сайта: аренда кофемашины")
        self.screen.did(seller.name, f"закрывает лид №{lead} как некачественный")
        case = self.office.case_of(LEAD, lead)
        self.office.answer_survey(case, {LEAD_QUALITY: "Нет", FIRST_REPLY: 7, DEVIATIONS: ["Не было"]})
        self.screen.did(seller.name, "опрос: обращение не по профилю, первый ответ за 7 минут")
        inspector = self.office.analyse(case, {"Вердикт": "Абсолютно корректный"})
        self.screen.did(inspector.name, "проходит протокол этой воронки: закрыто верно")
        self.office.wait_for_stage(case, "Закрыт успешно")

    def lost_event(self) -> None:
        seller = self.office.sellers[1]
        company = self.office.company
        deal = self.office.new_deal(seller, RETAIL, "Гриндер с потерянным событием")
        company.control("settle")
        until(lambda: self.health()["keys_waiting"] == 0 or None, "сервис посмотрит на новую сделку")
        found_before = self.health()["found_by_sweep"]
        company.control("faults", [{"on": "event", "event": "ONCRMDEALUPDATE", "entity_id": deal, "do": "drop"}])
        self.office.win(seller, deal, RETAIL)
        self.screen.did(seller.name, f"закрывает сделку №{deal}; вебхук о ней пропадает")
        case = self.office.case_of(DEAL, deal)
        self.office.task(case, "Опрос")
        until(lambda: self.health()["found_by_sweep"] > found_before or None, "обход посчитает находку")
        self.screen.told("Обход нашёл закрытую сделку: разбор создан, опрос выдан; потеря посчитана в /health.")

    def _won_deal(self, seller: Person, funnel: str, title: str) -> int:
        deal = self.office.won_deal(seller, funnel, title)
        self.screen.did(seller.name, f"закрывает сделку №{deal} воронки «{funnel}» как успешную")
        return deal
