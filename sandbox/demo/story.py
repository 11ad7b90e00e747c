"""The story: five pieces of work of a trading company on their way through «Анализ и коррекции»."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sandbox.demo.office import (
    ACT,
    CONTENT,
    DEAL,
    DEVIATIONS,
    FIRST_REPLY,
    LEAD,
    LEAD_QUALITY,
    PARTS,
    PARTS_DAYS,
    REACTION,
    REPEAT_VISIT,
    REPEAT_VISIT_WHY,
    RETAIL,
    SATISFACTION,
    STEPS,
    TERMS,
    TERMS_WHY,
    VISITED_BY,
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
        self.screen.act(4, "Сервисная заявка: смарт-процесс компании, своя воронка, свои вопросы")
        self.service_request()
        self.screen.act(5, "Событие потерялось по дороге")
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
                "Факты нарушений": [
                    "Нарушены сроки стадии: «КП» заняло 9 дней при норме 3",
                    "Ошибка в документах: в спецификации №118 указана старая цена",
                ],
                "Причина": "В стадии «КП» нет срока и ответственного юриста",
                "Немедленная коррекция": "Спецификация исправлена и подписана заново",
                "Последствия для клиента": "Отгрузка на неделю позже, клиент получил скидку",
                "Возможны ли похожие случаи?": "Да: срока стадии «КП» нет ни в одной оптовой сделке",
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
            trained=self.office.sellers[0],
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
        for title, result in STEPS.items():
            inspector = self.office.finish_step(case, title, result)
            self.screen.did(inspector.name, f"{title[0].lower()}{title[1:]}: «{result}»")
        self.screen.did(self.office.confirm_news(case).name, "подтверждает черновик новости")
        self.office.wait_for_stage(case, "Закрыт успешно")
        post_id = int(self.office.value(case, "Номер новости"))
        post = self.office.company.admin.call("log.blogpost.get", {"POST_ID": post_id})[0]
        self.screen.note(f"Новость: {post['TITLE']}")
        hours = f"{self.office.value(case, 'Затраты на коррекцию, ч'):g}".replace(".", ",")
        self.screen.told(f"Затраты на коррекцию: {hours} ч; разбор закрыт.")
        reviewer = self.office.company.person(int(self.office.value(case, "Проверяет результативность")))
        day = datetime.fromisoformat(self.office.value(case, "Дата проверки результативности"))
        self.screen.told(f"Подействовали ли меры, проверит {reviewer.name} {day:%d.%m.%Y}.")

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
        self.screen.told(f"Баллы на карточке: {self.office.value(case, 'Премиальные баллы'):g}.")

    def service_request(self) -> None:
        engineer, requests, request = self.office.complete_request("Кофемашина протекает")
        self.screen.did(engineer.name, f"закрывает сервисную заявку №{request} как выполненную")
        case = self.office.case_of(requests.entity_type_id, request)
        self.office.answer_survey(
            case,
            {
                SATISFACTION: "Скорее доволен", REACTION: 3, TERMS: "Да", PARTS: "Пришлось заказывать", PARTS_DAYS: 4,
                ACT: "Да", REPEAT_VISIT: "Да", REPEAT_VISIT_WHY: ["Не было запасной части"], VISITED_BY: engineer.id,
                DEVIATIONS: ["Не было"],
            },
        )  # fmt: skip
        self.screen.did(engineer.name, "опрос сервиса: запчасть ждали 4 дня, к клиенту ездили дважды")
        inspector = self.office.analyse(
            case,
            {
                "Вердикт": "Частично корректный",
                "Типы нарушений": ["Повторный визит по вине сервиса"],
                "Факты нарушений": ["Повторный визит по вине сервиса: помпы не было в машине и на складе"],
                "Причина": "Ходовая запасная часть не входит в неснижаемый запас",
                "Немедленная коррекция": "Помпа заказана и установлена",
                "Последствия для клиента": "Кофемашина не работала четыре дня",
                "Возможны ли похожие случаи?": "Да, с любой ходовой запасной частью",
            },
        )
        self.screen.did(inspector.name, "проходит протокол сервиса: акт, запчасти, повторный визит")
        self._formulate_by_template(case)

    def _formulate_by_template(self, case: int) -> None:
        """One choice in an empty measure is enough."""
        task = self.office.task(case, "Сформулировать меры")
        inspector = self.office.owner(task)
        ready = "Пересмотреть неснижаемый запас запасных частей"
        measure = self.office.measures.add(inspector, ready, (self.office.cases, case), {"Готовая мера": ready})
        self.screen.did(inspector.name, f"выбирает готовую меру «{ready}»")

        def expected() -> str | None:
            item = self.office.measures.items({"id": measure})[0]
            return self.office.measures.value(item, "Ожидаемый результат") or None

        self.screen.told(f"Остальные поля меры заполнил сервис. Ожидаемый результат: {until(expected, 'поля меры')}.")
        inspector.complete(task)
        members = [self.office.company.person(int(each)).name for each in self.office.value(case, "Комиссия")]
        self.office.wait_for_tasks(case, "Согласовать меры", len(members))
        self.screen.told(f"Теперь голосуют {' и '.join(members)}: у каждого своя задача. На этом мы их оставим.")

    def lost_event(self) -> None:
        seller = self.office.sellers[1]
        company = self.office.company
        found_before = self.health()["found_by_sweep"]
        # The first event too: the service looks a moment after it, and could find the deal closed already.
        company.control("faults", [{"on": "event", "event": "ONCRMDEALADD", "do": "drop", "times": 1}])
        deal = self.office.new_deal(seller, RETAIL, "Гриндер с потерянным событием")
        company.control("settle")
        company.control("faults", [{"on": "event", "event": "ONCRMDEALUPDATE", "entity_id": deal, "do": "drop"}])
        self.office.win(seller, deal, RETAIL)
        self.screen.did(seller.name, f"закрывает сделку №{deal}; вебхуки о ней пропадают")
        case = self.office.case_of(DEAL, deal)
        self.office.task(case, "Опрос")
        until(lambda: self.health()["found_by_sweep"] > found_before or None, "обход посчитает находку")
        self.screen.told("Обход нашёл закрытую сделку: разбор создан, опрос выдан; потеря посчитана в /health.")

    def _won_deal(self, seller: Person, funnel: str, title: str) -> int:
        deal = self.office.won_deal(seller, funnel, title)
        self.screen.did(seller.name, f"закрывает сделку №{deal} воронки «{funnel}» как успешную")
        return deal
