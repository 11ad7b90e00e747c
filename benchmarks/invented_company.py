"""A company that doesn't exist, and its cases of three years as the service would have put them away: the same for the
same seed. For looking at the dashboard, for its tests and for measuring it.

Over the years its quality grows and its cases cost less; every month has weekends, every process its own habits.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

from rules.model import Department, Person, Staff
from rules.rulebook import Rulebook

PORTAL = "main"
MOSCOW = timezone(timedelta(hours=3))
YEARS = 3

DIRECTION, SALES, RETAIL, WHOLESALE, LOGISTICS, SERVICE, MARKETING, QUALITY, IT = range(1, 10)
_DEPARTMENTS = {
    DIRECTION: ("Дирекция", None),
    SALES: ("Отдел продаж", DIRECTION),
    RETAIL: ("Розница", SALES),
    WHOLESALE: ("Опт", SALES),
    LOGISTICS: ("Логистика", DIRECTION),
    SERVICE: ("Сервис", DIRECTION),
    MARKETING: ("Маркетинг", DIRECTION),
    QUALITY: ("Отдел контроля качества", DIRECTION),
    IT: ("Отдел ИТ", DIRECTION),
}
DIRECTOR, SALES_HEAD, RETAIL_HEAD, WHOLESALE_HEAD, LOGISTICS_HEAD, SERVICE_HEAD, MARKETING_HEAD, QUALITY_HEAD = range(
    1, 9
)
_HEADS = {
    DIRECTION: DIRECTOR,
    SALES: SALES_HEAD,
    RETAIL: RETAIL_HEAD,
    WHOLESALE: WHOLESALE_HEAD,
    LOGISTICS: LOGISTICS_HEAD,
    SERVICE: SERVICE_HEAD,
    MARKETING: MARKETING_HEAD,
    QUALITY: QUALITY_HEAD,
}
_NAMES = (
    "Виктор Соколов", "Ольга Морозова", "Ирина Белова", "Денис Титов", "Павел Новиков", "Андрей Павлов",
    "Екатерина Лебедева", "Татьяна Семёнова",
)  # fmt: skip
_FIRST = (
    "Илья",
    "Дарья",
    "Сергей",
    "Алина",
    "Марина",
    "Роман",
    "Юлия",
    "Максим",
    "Константин",
    "Тимур",
    "Вера",
    "Олег",
)
_LAST = (
    "Кузнец", "Попович", "Волк", "Зайченко", "Голубь", "Виноград", "Бондаренко", "Беляк", "Сафин", "Орлик", "Ершовец",
    "Макаренко", "Шевчук", "Гончар", "Климук", "Савченко", "Мельник",
)  # fmt: skip
_WORKS_IN = {
    "retail": (RETAIL, SALES),
    "wholesale": (WHOLESALE,),
    "leads": (MARKETING,),
    "service": (SERVICE, LOGISTICS),
}
_SHARE = {"retail": 0.42, "wholesale": 0.21, "leads": 0.22, "service": 0.15}
_THINGS = {
    "retail": ("Холодильник", "Кофемашина", "Кухонный гарнитур", "Сплит-система", "Диван"),
    "wholesale": ("Поставка: сеть «Уют»", "Опт: кабель", "Опт: крепёж", "Рамочный договор", "Тендер: освещение"),
    "leads": ("Заявка с сайта", "Звонок", "Выставка", "Повторное обращение", "Маркетплейс"),
    "service": ("Ремонт кондиционера", "Замена компрессора", "Пусконаладка", "Плановое ТО", "Гарантийный выезд"),
}
_FAULTS = {
    "retail": ("communication", "terms", "documents", "discount", "card", "process_gap"),
    "wholesale": ("documents", "terms", "shipment", "discount", "card", "personal_data"),
    "leads": ("reaction", "communication", "card", "personal_data"),
    "service": ("parts", "reaction", "act", "repeat_visit", "communication"),
}


@dataclass(frozen=True)
class Company:
    staff: Staff
    workers: dict[int, tuple[int, ...]]
    """By department, who works there and is not the head of all."""


def a_company(people: int = 46) -> Company:
    """Heads, four inspectors, and the others spread over the departments."""
    chance = random.Random(7)
    persons = {number: Person(number, name, True, ()) for number, name in enumerate(_NAMES, 1)}
    workers: dict[int, list[int]] = {department: [] for department in _DEPARTMENTS}
    for department, head in _HEADS.items():
        persons[head] = Person(head, persons[head].name, True, (department,))
    places = [QUALITY] * 4 + chance.choices(
        (RETAIL, WHOLESALE, LOGISTICS, SERVICE, MARKETING), (12, 8, 4, 6, 6), k=max(0, people - len(_HEADS) - 4)
    )
    for number, department in enumerate(places, len(_HEADS) + 1):
        name = f"{_FIRST[number % len(_FIRST)]} {_LAST[number % len(_LAST)]}"
        suffix = f" {number // 204 + 1}" if number >= 204 else ""
        persons[number] = Person(number, name + suffix, number != 40, (department,))
        workers[department].append(number)
    departments = {
        number: Department(number, name, parent, _HEADS.get(number)) for number, (name, parent) in _DEPARTMENTS.items()
    }
    staff = Staff(persons, departments, service_id=900)
    return Company(staff, {department: tuple(found) for department, found in workers.items()})


def records(company: Company, book: Rulebook, count: int, until: date, seed: int = 1) -> Iterator[dict[str, Any]]:
    """Plain records, oldest first, as ``mirror_rows`` keeps them; the latest cases are still open."""
    chance = random.Random(seed)
    days = YEARS * 365
    first = datetime(until.year, until.month, until.day, 9, tzinfo=MOSCOW) - timedelta(days=days)
    for number in range(1, count + 1):
        far = (number - 0.5) / count
        started = first + timedelta(days=days * far, hours=chance.uniform(0, 9))
        if started.weekday() >= 5:
            started -= timedelta(days=started.weekday() - 4)
        yield _Case(company, book, chance, number, started, far, until).record()


class _Case:
    """One invented case; ``far`` runs from 0 to 1 over the years."""

    def __init__(
        self,
        company: Company,
        book: Rulebook,
        chance: random.Random,
        number: int,
        started: datetime,
        far: float,
        until: date,
    ) -> None:
        self.company, self.book, self.chance = company, book, chance
        self.number, self.started, self.far = number, started, far
        self.left = (datetime(until.year, until.month, until.day, 20, tzinfo=UTC) - started).total_seconds() / 86400
        self.funnel = chance.choices(list(_SHARE), list(_SHARE.values()))[0]

    def record(self) -> dict[str, Any]:
        chance, book, far = self.chance, self.book, self.far
        department = chance.choice(_WORKS_IN[self.funnel])
        pool = self.company.workers[department] or (_HEADS[department],)
        person = pool[min(int(chance.expovariate(2.2) * len(pool) / 1.6), len(pool) - 1)]
        skill = 0.25 * math.sin(person * 12.9898)
        inspectors = self.company.workers[QUALITY]
        inspector = inspectors[(self.number * 7 + person) % len(inspectors)] if inspectors else QUALITY_HEAD
        goodness = min(0.97, max(0.03, 0.42 + 0.3 * far + skill + chance.gauss(0, 0.02)))
        dice = chance.random()
        verdict = "correct" if dice < goodness else chance.choices(
            ("improvable", "partly_correct", "incorrect"), (5, 4 - 2 * far, 1.2 - far)
        )[0]  # fmt: skip
        clean = book.verdicts[verdict].measures == "none"
        pace = (1.25 - 0.55 * far) * chance.lognormvariate(0, 0.35)
        survey, analysis = 6 * pace, 11 * pace
        approval, changes = (0.0, 0.0) if clean else (13 * pace, 42 * pace * chance.uniform(0.6, 1.4))
        working = survey + analysis + approval + changes
        lasts = working / 9 * 7 / 5
        stage, finalised = self._stage(lasts, clean)
        cancelled = stage == "CANCELLED"
        decided = stage not in ("SURVEY", "ANALYSIS") and not cancelled
        faults = [] if clean or not decided else self._faults(verdict)
        measures = [] if clean or not decided else self._measures(faults, finalised)
        hours = {
            "survey": 0.2,
            "analysis": round(1.6 * pace, 2) if decided else 0.0,
            "approval": 0.0 if clean or not decided else round(0.9 * pace, 2),
            "changes": round(sum(each["hours_spent"] for each in measures), 2),
            "check": 0.0,
        }
        checked = measures and finalised is not None and self.left > 75
        effect = ""
        if checked:
            hours["check"] = round(0.8 * pace, 2)
            effect = chance.choices(
                ("effective", "partly", "not_effective", "inconclusive"), (6 + 4 * far, 2, 2 - far, 0.7)
            )[0]
        happy = min(0.95, 0.45 + 0.3 * far + (0.15 if clean else -0.2) + skill / 2)
        score, answer = chance.choices(
            ((100, "Доволен"), (50, "Скорее доволен"), (0, "Недоволен")), (happy, 0.3, max(0.03, 0.8 - happy))
        )[0]
        rated = stage != "SURVEY" and self.funnel != "leads"
        deviation = stage != "SURVEY" and chance.random() < 0.09
        title, above = self.company.staff.departments[department].name, [department]
        above += [node.id for node in self.company.staff.chain_of(self.company.staff.departments[department])][1:]
        gravest = max((each["severity_code"] for each in faults), key=_gravity, default="")
        return {
            "edition": 2,
            "key": f"{PORTAL}:deal:{self.number}#1" if chance.random() > 0.02 else f"{PORTAL}:deal:{self.number}#2",
            "portal": PORTAL,
            "case_id": self.number,
            "case_url": f"https://example.bitrix24.ru/crm/type/1030/details/{self.number}/",
            "source_url": f"https://example.bitrix24.ru/crm/deal/details/{self.number}/",
            "funnel": book.funnel(self.funnel).title,
            "funnel_code": self.funnel,
            "source_title": f"{chance.choice(_THINGS[self.funnel])}, № {1000 + self.number}",
            "round": 1 if chance.random() > 0.02 else 2,
            "stage": _STAGES[stage],
            "stage_code": stage,
            "stage_since": None,
            "verdict": book.verdicts[verdict].title if decided else "",
            "verdict_code": verdict if decided else "",
            "verdict_reason": "",
            "violations": faults,
            "severity": "",
            "severity_code": gravest,
            "cause_category": "",
            "started_at": self.started.isoformat(),
            "finalised_at": finalised.isoformat() if finalised is not None else None,
            "measures": measures,
            "responsible": self.company.staff.name_of(person),
            "responsible_id": person,
            "department": title,
            "department_ids": above,
            "inspector": self.company.staff.name_of(inspector),
            "inspector_id": inspector,
            "commission": [],
            "commission_ids": [],
            "points": book.verdicts[verdict].points if stage == "SUCCESS" else None,
            "hours_spent": round(sum(hours.values()), 2),
            "hours_planned": round(sum(each["hours_planned"] for each in measures), 2),
            "satisfaction": answer if rated else "",
            "satisfaction_score": float(score) if rated else None,
            "terms_kept": "",
            "deviation": deviation,
            "age": {"calendar": round(24 * lasts, 2), "working": round(working, 2)},
            "survey_time": _time(survey, hours["survey"]),
            "analysis_time": _time(analysis, hours["analysis"]),
            "approval_time": _time(approval, hours["approval"]),
            "changes_time": _time(changes, hours["changes"]),
            "closed_time": _time(0, hours["check"]),
            "approval_rounds": 0 if clean or not decided else chance.choices((1, 2, 3), (8, 2, 0.5))[0],
            "gate_reverts": int(chance.random() < 0.03),
            "overrides": int(chance.random() < 0.008),
            "deviation_to_triage": _span(analysis) if deviation and decided else None,
            "finding_to_approval": _span(approval + analysis * 0.4) if measures and finalised is not None else None,
            "effect": effect,
            "effect_code": effect,
            "effect_planned_on": None,
            "effect_checked_at": None,
            "recurred": bool(checked) and chance.random() < 0.06 - 0.03 * far,
            "news_asked": 9 if measures and stage == "SUCCESS" else None,
            "news_read": chance.randint(5 + round(2 * far), 9) if measures and stage == "SUCCESS" else None,
            "training_ordered": sum(each["training"] for each in measures),
            "training_done": sum(each["training"] and each["done_at"] is not None for each in measures),
        }

    def _stage(self, lasts: float, clean: bool) -> tuple[str, datetime | None]:
        if self.chance.random() < 0.012:
            return "CANCELLED", self.started + timedelta(days=min(3.0, self.left))
        if lasts < self.left:
            return "SUCCESS", self.started + timedelta(days=lasts)
        gone = self.left / lasts
        if clean or gone < 0.25:
            return ("SURVEY" if gone < 0.1 else "ANALYSIS"), None
        return next(
            name for limit, name in ((0.35, "FORMULATION"), (0.55, "APPROVAL"), (9, "CHANGES")) if gone < limit
        ), None

    def _faults(self, verdict: str) -> list[dict[str, Any]]:
        most = {"improvable": 1, "partly_correct": 2, "incorrect": 3}[verdict]
        codes = _FAULTS[self.funnel]
        weights = [1 / (1 + place) for place in range(len(codes))]
        found = dict.fromkeys(self.chance.choices(codes, weights, k=self.chance.randint(most - 1, most)))
        return [
            {"title": kind.title, "code": code, "severity": "", "severity_code": kind.severity, "requirement": ""}
            for code in found
            for kind in (self.book.violations[code],)
        ]

    def _measures(self, faults: list[dict[str, Any]], finalised: datetime | None) -> list[dict[str, Any]]:
        chance, kinds = self.chance, self.book.measure_kinds
        made = []
        for number in range(max(1, len(faults)) + (chance.random() < 0.3)):
            code = chance.choices(list(kinds), (8, 7, 2, 6, 3, 3, 1)[: len(kinds)])[0]
            planned = float(chance.choice((1, 2, 3, 4, 6)))
            done = finalised is not None or chance.random() < 0.4
            made.append(
                {
                    "title": _MEASURES[(self.number + number) % len(_MEASURES)],
                    "id": self.number * 10 + number,
                    "url": "",
                    "kind": kinds[code].title,
                    "kind_code": code,
                    "department": "",
                    "executor": "",
                    "employee": "",
                    "training": kinds[code].employee,
                    "due": None,
                    "done_at": (finalised or self.started).isoformat() if done else None,
                    "hours_planned": planned,
                    "hours_spent": round(planned * chance.uniform(0.6, 1.5) * (1.3 - 0.5 * self.far), 2)
                    if done
                    else 0.0,
                }
            )
        return made


_STAGES = {
    "SURVEY": "Опрос",
    "ANALYSIS": "Анализ",
    "FORMULATION": "Формулирование мер",
    "APPROVAL": "Согласование",
    "CHANGES": "Изменения",
    "SUCCESS": "Закрыт успешно",
    "CANCELLED": "Отменён",
}
_MEASURES = (
    "Добавить проверку реквизитов перед отправкой договора",
    "Уточнить норматив стадии «КП» в регламенте продаж",
    "Обучить менеджера стандарту общения с клиентом",
    "Сверять отгрузку со спецификацией вдвоём",
    "Пересмотреть неснижаемый остаток запасных частей",
    "Напоминать о первом ответе за десять минут",
    "Изменить форму акта: подпись клиента обязательна",
)


def _gravity(severity: str) -> int:
    return ("", "minor", "major", "critical").index(severity)


def _time(working: float, spent: float) -> dict[str, float]:
    return {"calendar": round(working * 2.6, 2), "working": round(working, 2), "spent": spent}


def _span(working: float) -> dict[str, float]:
    return {"calendar": round(working * 2.6, 2), "working": round(working, 2)}
