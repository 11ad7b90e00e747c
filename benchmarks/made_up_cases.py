"""Records of a made-up company: as many cases as wanted, over the last year, the same for the same seed.

Quality gets better over the year, so that charts have something to show. Nothing here is measured.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from sheets_sync.record import CaseRecord, Measure, Span, StageTime, Violation
from sheets_sync.summary import Coverage

END = datetime(2026, 11, 27, 15, 0, tzinfo=UTC)
PORTAL = "main"
ADDRESS = "https://example.bitrix24.ru"

FUNNELS = {"retail": "Розничные продажи", "wholesale": "Оптовые продажи", "leads": "Обращения", "service": "Сервис"}
SALES = ("Ирина Белова", "Олег Кравцов", "Мария Продавцова", "Тимур Сафин", "Анна Лисина", "Павел Дорохов",
         "Светлана Юрьева", "Глеб Назаров")  # fmt: skip
INSPECTORS = ("Инна Контролёрова", "Олег Проверкин", "Вера Качественная")
DEPARTMENTS = ("Отдел продаж", "Отдел опта", "Сервис")
VIOLATIONS = (
    Violation("Нарушены сроки", "terms", "значительное", "major", "Регламент продаж, п. 4.2"),
    Violation("Ошибки в документах", "documents", "значительное", "major", "Инструкция по договорам"),
    Violation("Не зафиксирован звонок", "call", "незначительное", "minor", "Стандарт общения, п. 2"),
    Violation("Отгружено не то", "shipment", "критическое", "critical", "Регламент отгрузки, п. 1"),
    Violation("Скидка без согласования", "discount", "значительное", "major", "Политика цен, п. 7"),
    Violation("Нет закрывающих документов", "closing", "незначительное", "minor", "Учётная политика"),
    Violation("Неполная карточка клиента", "card", "незначительное", "minor", "Стандарт ведения CRM"),
    Violation("Не предложены запасные части", "parts", "незначительное", "minor", "Стандарт сервиса, п. 5"),
)
WEIGHTS = (30, 22, 14, 9, 8, 7, 6, 4)
KINDS = (("regulation", "Изменение регламента"), ("bitrix24", "Изменение процесса в Битрикс24"),
         ("training", "Обучение"), ("other_system", "Изменение в другой системе"))  # fmt: skip
VERDICTS = (("correct", "Абсолютно корректный"), ("improvable", "Корректный, можно улучшить"),
            ("partly_correct", "Частично корректный"))  # fmt: skip
SATISFIED = (("Доволен", 100.0), ("Скорее доволен", 50.0), ("Недоволен", 0.0))
EFFECTS = (("effective", "Результативно"), ("partly", "Частично результативно"), ("not_effective", "Не результативно"),
           ("inconclusive", "Данных мало"))  # fmt: skip


def made_up(count: int, seed: int = 1) -> Iterator[CaseRecord]:
    """By growing number of the deal."""
    chance = random.Random(seed)
    for number in range(1, count + 1):
        yield _case(number, number / count, chance)


def coverage(count: int) -> tuple[Coverage, ...]:
    share = count // len(FUNNELS)
    return tuple(Coverage(title, share, share // (20 + 15 * place)) for place, title in enumerate(FUNNELS.values()))


def _case(number: int, progress: float, chance: random.Random) -> CaseRecord:
    """``progress``: 0 a year ago, 1 today."""
    funnel_code, funnel = chance.choice(list(FUNNELS.items()))
    started = END - timedelta(days=365 * (1 - progress)) - timedelta(minutes=chance.randrange(600))
    better = 0.6 * progress
    verdict_code, verdict = chance.choices(VERDICTS, (0.3 + better, 0.35, 0.35 - better / 2))[0]
    found = () if verdict_code == "correct" else tuple(dict.fromkeys(chance.choices(VIOLATIONS, WEIGHTS, k=2)))
    survey, analysis = chance.uniform(4, 30), chance.uniform(10, 60) * (1.3 - better)
    approval = 0.0 if not found else chance.uniform(8, 50) * (1.2 - better)
    changes = 0.0 if not found else chance.uniform(60, 300) * (1.3 - better)
    age = survey + analysis + approval + changes
    finished = started + timedelta(hours=age)
    open_ = finished > END
    measures = tuple(
        _measure(number, place, started, None if open_ else finished, chance) for place in range(len(found))
    )
    satisfied, score = chance.choices(SATISFIED, (0.5 + better, 0.35, 0.25 - better / 3))[0]
    effect_code, effect = chance.choices(EFFECTS, (60, 18, 9, 13))[0]
    checked = not open_ and bool(measures) and finished < END - timedelta(days=60)
    spent = sum(measure.hours_spent for measure in measures)
    person = chance.randrange(len(SALES))
    inspector = chance.randrange(len(INSPECTORS))
    read = chance.uniform(0.6, 1.0)
    return CaseRecord(
        key=f"{PORTAL}:deal:{number}#1", portal=PORTAL, case_id=number,
        case_url=f"{ADDRESS}/crm/type/1030/details/{number}/",
        source_url=f"{ADDRESS}/crm/deal/details/{number}/",
        funnel=funnel, funnel_code=funnel_code, source_title=f"Поставка №{number}", round=1,
        stage="Изменения" if open_ else "Закрыт успешно", stage_code="CHANGES" if open_ else "SUCCESS",
        stage_since=min(finished, END), verdict=verdict, verdict_code=verdict_code,
        violations=found, severity=found[0].severity if found else "",
        severity_code=found[0].severity_code if found else "", cause_category="Процесс" if found else "",
        started_at=started, finalised_at=None if open_ else finished, measures=measures,
        responsible=SALES[person], responsible_id=100 + person, department=DEPARTMENTS[person % 3],
        department_ids=(10 + person % 3, 1), inspector=INSPECTORS[inspector], inspector_id=200 + inspector,
        commission=("Сергей Сбытов", "Лев Складов") if found else (), commission_ids=(301, 302) if found else (),
        points=10.0 if verdict_code == "correct" and not open_ else None,
        hours_spent=round(spent + 2.5, 2), hours_planned=sum(measure.hours_planned for measure in measures),
        satisfaction=satisfied, satisfaction_score=score,
        terms_kept="Нет" if any(each.code == "terms" for each in found) else "Да",
        deviation=chance.random() < 0.1, age=_span(age), survey_time=_time(survey, 0.3),
        analysis_time=_time(analysis, 1.7),
        approval_time=_time(approval, 0.5 if found else 0), changes_time=_time(changes, round(spent, 2)),
        approval_rounds=(1 + (chance.random() < 0.15)) if found else 0, gate_reverts=int(chance.random() < 0.05),
        deviation_to_triage=_span(analysis / 2) if chance.random() < 0.1 else None,
        finding_to_approval=_span(approval + 5) if found else None,
        effect=effect if checked else "", effect_code=effect_code if checked else "",
        effect_checked_at=finished + timedelta(days=60) if checked else None,
        recurred=checked and chance.random() < 0.07,
        news_asked=24 if measures else None, news_read=round(24 * read) if measures else None,
        training_ordered=sum(measure.training for measure in measures),
        training_done=sum(measure.training and measure.done_at is not None for measure in measures),
    )  # fmt: skip


def _measure(number: int, place: int, started: datetime, done: datetime | None, chance: random.Random) -> Measure:
    code, kind = chance.choice(KINDS)
    planned = float(chance.choice((2, 4, 8, 16)))
    return Measure(
        f"{kind}: норматив стадии «КП»", id=number * 10 + place, url=f"{ADDRESS}/crm/type/1032/details/{number * 10}/",
        kind=kind, kind_code=code, department=chance.choice(DEPARTMENTS), executor=chance.choice(SALES),
        employee=chance.choice(SALES) if code == "training" else "", training=code == "training",
        due=(started + timedelta(days=14)).date(), done_at=done, hours_planned=planned,
        hours_spent=round(planned * chance.uniform(0.6, 1.5), 2) if done else 0.0,
    )  # fmt: skip


def _span(hours: float) -> Span:
    return Span(round(hours, 2), round(hours / 3, 2))


def _time(hours: float, spent: float) -> StageTime:
    return StageTime(round(hours, 2), round(hours / 3, 2), spent)
