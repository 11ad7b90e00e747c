"""What a doctor says about an examination: what is in order, what to mend, what only a person can see. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from app.doctor.examination import Examination
from app.provision.blueprint import Blueprint
from app.provision.plan import NotOnPortal, plan
from app.provision.standing import Standing
from rules.model import CASE_FIELD_TITLES, STAGE_TITLES, CaseField, Stage
from rules.roles import filled_by
from rules.rulebook import Rulebook

MOST_CLOCK_DIFFERENCE = timedelta(minutes=1)
SILENCE = timedelta(days=7)
"""A company that works changes a deal or a task more often than that."""


class State(StrEnum):
    GOOD = "good"
    WRONG = "wrong"
    """Something doesn't work, or will not."""
    NOTE = "note"
    """Works, and somebody should know."""
    BY_HAND = "by_hand"
    """REST can't tell: a person has to look."""


@dataclass(frozen=True)
class Finding:
    state: State
    about: str
    says: str
    remedy: str = ""


@dataclass(frozen=True)
class Scope:
    """A right of the webhook; any one of ``codes`` is enough."""

    codes: tuple[str, ...]
    what_for: str
    needed: bool = True


LEAST_SCOPES = (
    Scope(("crm",), "сделки, лиды, смарт-процессы, таймлайн"),
    Scope(("userfieldconfig",), "поля карточек разбора и меры"),
    Scope(("task",), "задачи, чек-листы, канбан групп"),
    Scope(("sonet_group", "socialnetwork", "sonet"), "группы подразделений"),
    Scope(("user_brief", "user_basic", "user"), "кто работает и кто уволен"),
    Scope(("department",), "руководители отделов"),
    Scope(("im",), "уведомления"),
    Scope(("log",), "новость об изменениях"),
    Scope(("calendar",), "кто отсутствует: без этого права все считаются на месте", needed=False),
)
"""The least the service works with (docs/howto/connect.ru.md)."""

BY_HAND = (
    Finding(
        State.BY_HAND,
        "Права на стадии",
        f"кто может перемещать разбор на «{STAGE_TITLES[Stage.FINALIZATION]}» и «{STAGE_TITLES[Stage.SUCCESS]}», через "
        "REST не видно",
        "CRM → «Анализ и коррекции» → ⚙ → Права доступа (docs/howto/connect.ru.md, раздел 9, шаг 1)",
    ),
    Finding(
        State.BY_HAND,
        "Обязательный допуск",
        f"требует ли портал поле «{CASE_FIELD_TITLES[CaseField.PASS]}» на стадии "
        f"«{STAGE_TITLES[Stage.FINALIZATION]}», через REST не видно",
        "карточка разбора → поле → ⚙ → Настроить → Обязательное (docs/howto/connect.ru.md, раздел 9, шаг 2)",
    ),
    Finding(
        State.BY_HAND,
        "Роботы",
        "что делают роботы на стадиях разбора, вебхуку не видно",
        "CRM → «Анализ и коррекции» → Роботы: ни один не должен перемещать карточку",
    ),
)


def findings(seen: Examination, blueprint: Blueprint, book: Rulebook) -> Iterator[Finding]:
    """In the order in which one would mend them."""
    yield Finding(State.GOOD, "Связь", f"портал {seen.settings.host} отвечает")
    yield _clock(seen)
    yield from _scopes(seen)
    yield from _caller(seen, book)
    if seen.standing is None:
        yield Finding(State.WRONG, "Портал", f"прочитать не удалось: {seen.refusal}", "сначала исправьте права вебхука")
    else:
        yield from _departments(seen.standing, blueprint)
        yield from _prepared(seen.standing, blueprint)
        yield from _override(seen.standing, book)
    yield from _events(seen)
    yield _limits(seen)
    yield from BY_HAND


def unreachable(name: str, why: str, remedy: str) -> Finding:
    """The portal doesn't answer: nothing else can be said about it."""
    return Finding(State.WRONG, "Связь", f"портал {name} не отвечает: {why}", remedy)


def _clock(seen: Examination) -> Finding:
    """The portal's answer is from some moment between question and answer."""
    ahead = seen.portal_time - seen.answered_at - timedelta(seconds=1)  # it counts whole seconds
    behind = seen.asked_at - seen.portal_time - timedelta(seconds=1)
    if ahead <= MOST_CLOCK_DIFFERENCE and behind <= MOST_CLOCK_DIFFERENCE:
        return Finding(State.GOOD, "Часы", "у портала и у нас одно время")
    seconds = round(max(ahead, behind).total_seconds())
    return Finding(
        State.WRONG,
        "Часы",
        f"наши часы {'отстают' if ahead > behind else 'спешат'} на {seconds} с: сроки и порядок событий будут неверны",
        "включите синхронизацию времени (NTP) на машине сервиса",
    )


def _scopes(seen: Examination) -> Iterator[Finding]:
    lacking = [scope for scope in LEAST_SCOPES if not seen.scopes & set(scope.codes)]
    listed = [" или ".join(scope.codes) + f" ({scope.what_for})" for scope in lacking if scope.needed]
    tick = "Приложения → Разработчикам → входящий вебхук → Настройка прав: отметьте недостающее"
    if listed:
        yield Finding(State.WRONG, "Права вебхука", f"не хватает: {', '.join(listed)}", tick)
    else:
        yield Finding(State.GOOD, "Права вебхука", "всё нужное отмечено")
    for scope in lacking:
        if not scope.needed:
            yield Finding(State.NOTE, "Права вебхука", f"нет права {scope.codes[0]}: {scope.what_for}", tick)
    known = {code for scope in LEAST_SCOPES for code in scope.codes} | {"basic"}
    superfluous = sorted(seen.scopes - known)
    if superfluous:
        yield Finding(
            State.NOTE,
            "Права вебхука",
            f"отмечено лишнее: {', '.join(superfluous)}",
            "адрес вебхука — это пароль: чем меньше прав, тем меньше вреда от его утечки",
        )


def _caller(seen: Examination, book: Rulebook) -> Iterator[Finding]:
    who = f"{seen.caller.name or 'без имени'} (№{seen.caller.id})"
    if seen.caller.admin:
        yield Finding(State.GOOD, "Владелец вебхука", f"{who}, администратор")
    else:
        yield Finding(
            State.WRONG,
            "Владелец вебхука",
            f"{who} — не администратор: смарт-процессы, поля и состав групп ему не изменить",
            "дайте права администратора или создайте вебхук под сотрудником, у которого они есть",
        )
    if seen.standing is None:
        return
    staff = seen.standing.staff
    person = staff.people.get(seen.caller.id)
    if person is not None and not person.active:
        yield Finding(State.WRONG, "Владелец вебхука", f"{who} уволен: вебхук перестанет работать", "создайте новый")
    heads = {department.head_id for department in staff.departments.values()}
    if seen.caller.id in heads or seen.caller.id in staff.members_of(book.quality.department):
        yield Finding(
            State.NOTE,
            "Владелец вебхука",
            f"{who} сам участвует в разборах: решения, которые записаны от его имени, сервис не отличит от своих и не "
            "примет",
            "заведите для вебхука отдельного сотрудника, например «Система качества»",
        )


def _departments(standing: Standing, blueprint: Blueprint) -> Iterator[Finding]:
    staff, whole = standing.staff, True
    for name in blueprint.departments:
        department = staff.department_named(name)
        if department is None:
            continue  # told with what is missing on the portal
        head = staff.head_of(name)
        if head is None:
            whole = False
            yield Finding(
                State.WRONG,
                "Отделы",
                f"у отдела «{name}» нет руководителя, и выше по структуре тоже",
                "Сотрудники → Структура компании: назначьте руководителя",
            )
        elif head != department.head_id:
            whole = False
            yield Finding(
                State.NOTE,
                "Отделы",
                f"у отдела «{name}» нет работающего руководителя: вместо него {staff.name_of(head)}",
                "Сотрудники → Структура компании",
            )
    if whole:
        yield Finding(State.GOOD, "Отделы", "у всех отделов свода правил есть руководители")


def _prepared(standing: Standing, blueprint: Blueprint) -> Iterator[Finding]:
    try:
        steps = plan(blueprint, standing)
    except NotOnPortal as error:
        yield Finding(State.WRONG, "Портал", str(error), "исправьте название в своде правил или создайте на портале")
        return
    if not steps:
        yield Finding(
            State.GOOD, "Портал", "смарт-процессы, стадии, поля и группы с канбаном на месте: готовить нечего"
        )
    for step in steps:
        yield Finding(State.WRONG, "Портал", f"нужно: {step}", "capa24 provision")


def _override(standing: Standing, book: Rulebook) -> Iterator[Finding]:
    roles = [book.roles[code] for code in book.gate.override]
    people = {person for role in roles if (person := filled_by(role, standing.staff)) is not None}
    if people:
        names = ", ".join(sorted(standing.staff.name_of(person) for person in people))
        yield Finding(State.GOOD, "Пропуск без завершённых задач", f"может дать {names}, записав основание")
    else:
        yield Finding(
            State.NOTE,
            "Пропуск без завершённых задач",
            "не может дать никто",
            "раздел gate.override свода правил называет роли, которым это можно",
        )


def _events(seen: Examination) -> Iterator[Finding]:
    if not seen.settings.application_tokens and seen.settings.robot_secret is None:
        yield Finding(
            State.WRONG,
            "События",
            "не указан ни токен исходящего вебхука, ни секрет робота: события отклоняются, работает только обход",
            "CAPA24_PORTALS__ИМЯ__APPLICATION_TOKENS (docs/howto/connect.ru.md, раздел 6)",
        )
        return
    check = "проверьте адрес обработчика и события исходящего вебхука; без событий работает только обход"
    if seen.last_event is None:
        yield Finding(State.WRONG, "События", "ещё не пришло ни одного", check)
    elif seen.silence is not None:
        yield Finding(
            State.WRONG,
            "События",
            f"портал молчит: последнее пришло {seen.last_event:%d.%m.%Y %H:%M}, с тех пор обход нашёл изменений: "
            f"{seen.silence.changes}",
            check,
        )
    elif seen.answered_at - seen.last_event > SILENCE:
        days = (seen.answered_at - seen.last_event).days
        yield Finding(State.WRONG, "События", f"последнее пришло {seen.last_event:%d.%m.%Y}, {days} дн. назад", check)
    else:
        yield Finding(State.GOOD, "События", f"приходят, последнее {seen.last_event:%d.%m.%Y %H:%M}")


def _limits(seen: Examination) -> Finding:
    return Finding(
        State.NOTE,
        "Пределы",
        f"считаем, что портал принимает {seen.settings.burst} запросов сразу и {seen.settings.requests_per_second:g} в "
        "секунду",
        "на тарифе Enterprise больше: CAPA24_PORTALS__ИМЯ__BURST=250 и REQUESTS_PER_SECOND=5",
    )
