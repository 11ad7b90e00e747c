"""The sections R1 to R28 of a record, each filled from the portal as it is and from the journal."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta

from app.record import journal_words
from app.record.dossier import Dossier, Note, day, number
from app.record.section import Group, Section, Table, section
from app.storage.journal import Entry
from rules import analysis, approval, ballot, commission, execution, survey, violations
from rules.metrics import Part, Span, metrics_of
from rules.minutes import roles_of
from rules.model import EFFECT_TITLES, STAGE_TITLES, Measure, Stage, Task
from rules.quorum import rule
from rules.roles import filled_by
from rules.violations import SEVERITY
from rules.words import counted

NOT_FILLED = "поле в карточке не заполнено"
SOURCE_KINDS = {1: "Лид", 2: "Сделка"}
OUTCOMES = {"success": "успех", "fail": "провал"}
KNOWN_STEPS = ("documents", "systems", "risks")
"""Steps of the finalization whose results have numbers of their own here."""


def record(dossier: Dossier) -> tuple[Group, ...]:
    return tuple(Group(title, tuple(write(dossier) for write in sections)) for title, sections in CHAPTERS)


# --- Why there is no data --------------------------------------------------------------------------------------------


def _not_before(dossier: Dossier, stage: Stage, otherwise: str) -> str:
    """A stage that the case has not come to explains what is missing."""
    if dossier.has_reached(stage):
        return otherwise
    if dossier.case.stage is Stage.CANCELLED:
        return f"разбор отменён до стадии «{STAGE_TITLES[stage]}»"
    if _is_clean(dossier) and stage.position > Stage.ANALYSIS.position:
        return "меры не требовались: таков вердикт"
    return f"разбор ещё не дошёл до стадии «{STAGE_TITLES[stage]}»"


def _is_clean(dossier: Dossier) -> bool:
    return dossier.case.verdict is not None and not analysis.needs_measures(dossier.case, dossier.book)


def _nothing_found(dossier: Dossier) -> str:
    """Why there are no violations."""
    case = dossier.case
    if case.verdict is None:
        return _not_before(dossier, Stage.ANALYSIS, "анализ ещё не завершён")
    return "нарушений не найдено"


# --- What was analysed -----------------------------------------------------------------------------------------------


def _r1(dossier: Dossier) -> Section:
    case = dossier.case
    facts = [
        ("Номер разбора", str(case.id)),
        ("Имя разбора", case.source.round_key(case.round)),
        ("Портал", f"{dossier.portal} ({dossier.address})"),
        ("Открыт", dossier.moment(case.entries[0].at if case.entries else dossier.seen.item.created_at)),
        ("Стадия", f"«{STAGE_TITLES[case.stage]}» с {dossier.moment(case.entered.at)}" if case.entries else ""),
        ("Сотрудник ОКК", dossier.name(case.inspector_id)),
        ("Свод правил", f"редакция «{case.rules}»" if case.rules else ""),
        ("Отменён", case.cancel_reason if case.stage is Stage.CANCELLED else ""),
    ]
    return section("R1", "Номер, дата открытия, портал", facts, otherwise="")


def _r2(dossier: Dossier) -> Section:
    case, source = dossier.case, dossier.source
    closings = source.closings if source is not None else ()
    closing = closings[case.round - 1] if len(closings) >= case.round else None
    funnel = dossier.book.find_funnel(case.funnel)
    now = case.source_now
    other = now is not None and now.responsible_id not in (None, case.responsible_id)
    facts = [
        ("Элемент", f"{SOURCE_KINDS.get(case.source.entity_type_id, 'Элемент смарт-процесса')} №{case.source.id}"),
        ("Название", case.source_title),
        ("Воронка", funnel.title if funnel is not None else case.funnel),
        ("Завершён", dossier.moment(closing.at) if closing is not None else ""),
        ("Итог", OUTCOMES.get(closing.outcome, closing.outcome) if closing is not None else ""),
        ("Какое завершение по счёту", str(case.round)),
        ("Ответственный", dossier.name(case.responsible_id)),
        ("Ответственный сейчас", dossier.name(now.responsible_id) if now is not None and other else ""),
        ("Состояние элемента", "" if source is not None else "элемент удалён с портала"),
    ]
    return section("R2", "Исходный элемент и ответственный", facts, otherwise="")


def _r3(dossier: Dossier) -> Section:
    case, book = dossier.case, dossier.book
    task = case.task(survey.SLOT)
    funnel = book.find_funnel(case.funnel)
    asked = tuple(survey.visible(funnel.survey, case.answers)) if funnel is not None else ()
    answered = any(case.answers.get(each.question) for each in asked)
    rows = tuple(
        (book.questions[each.question].text, _answer(dossier, each.question) or "нет ответа") for each in asked
    )
    given_up = survey.closed_without_answer(case)
    facts = [
        ("Кто отвечает", dossier.name(task.responsible_id) if task is not None else ""),
        ("Опрос завершён", _closed(dossier, task)),
        ("Без ответа", "опрос закрыт без ответа в срок, анализ шёл без него" if given_up else ""),
        ("Анкета", f"свод правил, редакция «{case.rules}»" if case.rules and (answered or task is not None) else ""),
    ]
    tables = [
        Table(("Вопрос", "Ответ"), rows if answered or given_up else (), "Ответы на карточке"),
        Table(("Когда замечено", "Что записано"), tuple(_answers_seen(dossier)), "Ответы по журналу сервиса"),
    ]
    return section(
        "R3", "Ответы опроса: кто, когда, на какую анкету", facts, tables, otherwise="опрос ещё не поставлен"
    )


def _answer(dossier: Dossier, question: str) -> str:
    answer = dossier.case.answers.get(question, "")
    if dossier.book.questions[question].type == "user" and isinstance(answer, str) and answer.isdecimal():
        return dossier.name(int(answer))
    return survey.answer_text(dossier.book, question, answer)


def _answers_seen(dossier: Dossier) -> Iterator[tuple[str, str]]:
    """As they came in, and what was changed of them later."""
    texts = {question.text for question in dossier.book.questions.values()}
    for entry in dossier.entries:
        if entry.kind == "observed":
            changes = (str(each.get("text", "")) for each in entry.body.get("changes", ()))
            yield from (
                (dossier.moment(entry.at), text) for text in changes if any(f"«{asked}»" in text for asked in texts)
            )


# --- What was found --------------------------------------------------------------------------------------------------


def _r4(dossier: Dossier) -> Section:
    case, book = dossier.case, dossier.book
    found = violations.found(case, book)
    task = case.task(analysis.SLOT)
    rows = tuple((each.title, "\n".join(each.facts) or "нет данных: факт не записан") for each in found)
    facts = [
        ("Кто записал", dossier.name(case.inspector_id)),
        ("Анализ завершён", _closed(dossier, task)),
        ("Перечень нарушений", f"свод правил, редакция «{case.rules}»" if case.rules else ""),
        ("Пройдено по протоколу", "; ".join(tick.title for tick in task.checklist if tick.done) if task else ""),
    ]
    tables = [Table(("Тип нарушения", "Факты и свидетельства"), rows)]
    if not rows:
        facts = [("Нарушения", _nothing_found(dossier)), *facts[1:]] if case.verdict is not None else []
    return section("R4", "Нарушения и факты", facts, tables, otherwise=_nothing_found(dossier))


def _r5(dossier: Dossier) -> Section:
    found = violations.found(dossier.case, dossier.book)
    rows = tuple((each.title, each.requirement or "нет данных: в своде правил не указано") for each in found)
    tables = [Table(("Тип нарушения", "Нарушенное требование"), rows)]
    return section("R5", "Нарушенные требования", (), tables, otherwise=_nothing_found(dossier))


def _r6(dossier: Dossier) -> Section:
    case, book = dossier.case, dossier.book
    found = violations.found(case, book)
    rows = tuple(
        (
            each.title,
            SEVERITY[each.severity],
            "по справочнику свода правил"
            if each.severity == book.violations[each.code].severity
            else f"определил(а) {dossier.name(case.inspector_id)}: {'; '.join(each.facts)}",
        )
        for each in found
    )
    worst = violations.worst(case, book)
    facts = [("Тяжесть разбора", f"{SEVERITY[worst]} — по самому тяжёлому нарушению" if worst is not None else "")]
    tables = [Table(("Тип нарушения", "Тяжесть", "Почему"), rows)]
    return section("R6", "Тяжесть и её основание", facts, tables, otherwise=_nothing_found(dossier))


def _r7(dossier: Dossier) -> Section:
    case = dossier.case
    facts = [("Исправлено сразу", case.correction), ("Последствия для клиента", case.consequences)]
    reason = NOT_FILLED if violations.found(case, dossier.book) else _nothing_found(dossier)
    return section("R7", "Немедленная коррекция и последствия для клиента", facts, otherwise=reason)


def _r8(dossier: Dossier) -> Section:
    case = dossier.case
    category = dossier.book.causes.get(case.cause_category or "")
    whys = "\n".join(f"{place}. {why}" for place, why in enumerate(case.whys, 1))
    facts = [
        ("Причина", case.cause),
        ("Категория", category.title if category is not None else ""),
        ("Метод «Почему?»", whys),
        ("Причина не ищется", case.no_cause),
    ]
    reason = _not_before(dossier, Stage.ANALYSIS, "анализ ещё не завершён" if case.verdict is None else NOT_FILLED)
    if _is_clean(dossier) and not violations.found(case, dossier.book):
        reason = "нарушений не найдено, искать причину не требовалось"
    return section("R8", "Причина", facts, otherwise=reason)


def _r9(dossier: Dossier) -> Section:
    case = dossier.case
    facts = [("Возможны ли похожие случаи", case.similar_answer), ("Найдено сервисом", case.similar)]
    reason = _not_before(dossier, Stage.ANALYSIS, "похожих разборов сервис не нашёл, ответ в карточке не записан")
    return section("R9", "Похожие случаи", facts, otherwise=reason)


def _r10(dossier: Dossier) -> Section:
    case, book = dossier.case, dossier.book
    verdict = analysis.verdict_of(case, book)
    needs = "меры нужны" if analysis.needs_measures(case, book) else "меры не нужны"
    task = case.task(analysis.SLOT)
    facts = [
        ("Вердикт", verdict.title if verdict is not None else ""),
        ("Решение", needs if verdict is not None else ""),
        ("Обоснование", (case.verdict_reason or f"нет данных: {NOT_FILLED}") if verdict is not None else ""),
        ("Кто решил", dossier.name(case.inspector_id) if verdict is not None else ""),
        ("Когда", _closed(dossier, task) if verdict is not None else ""),
    ]
    reason = _not_before(dossier, Stage.ANALYSIS, "вердикта ещё нет")
    return section("R10", "Решение, нужны ли меры", facts, otherwise=reason)


# --- What was decided ------------------------------------------------------------------------------------------------


def _r11(dossier: Dossier) -> Section:
    case = dossier.case
    columns = ("№", "Мера", "Вид", "Объект", "Владелец", "Срок", "План, ч", "Ожидаемый результат")
    rows = tuple(
        (
            str(each.id),
            each.title,
            _kind(dossier, each),
            each.target,
            _owner(dossier, each),
            day(each.due),
            number(each.planned_hours),
            each.expected,
        )
        for each in case.measures
    )
    reason = _not_before(dossier, Stage.FORMULATION, "мер в карточке нет")
    return section("R11", "Меры", (), [Table(columns, rows)], otherwise=reason)


def _kind(dossier: Dossier, measure: Measure) -> str:
    kind = dossier.book.measure_kinds.get(measure.kind or "")
    return kind.title if kind is not None else ""


def _owner(dossier: Dossier, measure: Measure) -> str:
    """Department or outsourced integrator, executor, and whom it is about."""
    department = dossier.book.departments.get(measure.department or "")
    parts = (
        department.title if department is not None else measure.department or "",
        f"подрядчик {department.integrator}" if department is not None and department.integrator else "",
        dossier.name(measure.responsible_id),
        f"кого касается: {dossier.name(measure.employee_id)}" if measure.employee_id is not None else "",
    )
    return "\n".join(part for part in parts if part)


def _r12(dossier: Dossier) -> Section:
    case, book = dossier.case, dossier.book
    chair = commission.chair(case, book) if case.commission else None
    rows = tuple((dossier.name(member), ", ".join(roles_of(case, book, member))) for member in case.commission)
    facts = [
        ("Председатель", dossier.name(chair) if len(case.commission) > 1 else ""),
        ("Почему такой состав", case.commission_rule),
    ]
    tables = [
        Table(("Участник", "В какой роли"), rows, "Состав"),
        _as_table(dossier, dossier.notes("commission-", "deputy-", "substitute-"), "Изменения состава и замещения"),
    ]
    reason = _not_before(dossier, Stage.FORMULATION, "комиссия не назначена")
    return section("R12", "Комиссия", facts, tables, otherwise=reason)


def _r13(dossier: Dossier) -> Section:
    case, book = dossier.case, dossier.book
    columns = ("Голосует", "Роль", "Решение", "Причина или замечание", "Когда", "Редакция мер")
    rows = tuple(
        row for task in case.tasks_for(ballot.PREFIX) if task.closed and (row := _vote(dossier, task)) is not None
    )
    facts = [
        ("Правило", rule(case, book) if rows else ""),
        ("Нынешняя редакция мер", case.measures_hash if rows else ""),
        ("Утверждено", _approved(dossier) if rows else ""),
    ]
    tables = [
        Table(columns, rows, "Голоса"),
        _as_table(dossier, dossier.notes("protocol-", "return-", "void-"), "Протоколы решений"),
    ]
    reason = _not_before(dossier, Stage.APPROVAL, "голосов ещё нет")
    return section("R13", "Голосование", facts, tables, otherwise=reason)


def _vote(dossier: Dossier, task: Task) -> tuple[str, ...] | None:
    """One vote that was given; ``None`` for an assignment that the service put away itself."""
    case, book = dossier.case, dossier.book
    if ballot.put_away(case, task):
        return None
    member, by = ballot.member_of(task), ballot.closer(task)
    yes = ", ".join(tick.title for tick in task.checklist if tick.done)
    no = ", ".join(task.unticked)
    decision = "\n".join(part for part in (f"за: {yes}" if yes else "", f"против: {no}" if no else "") if part)
    who = dossier.name(member) + (f" (голосовал(а) {dossier.name(by)})" if by != member else "")
    edition = task.slot.split(":")[1]
    return (
        who,
        ", ".join(roles_of(case, book, member)) if member in case.commission else "уже не в комиссии",
        decision,
        task.result,
        dossier.moment(task.closed_at),
        edition if edition == case.measures_hash else f"{edition} (прежняя)",
    )


def _approved(dossier: Dossier) -> str:
    open_questions = approval.missing(dossier.case, dossier.book)
    return f"ещё нет: {'; '.join(open_questions)}" if open_questions else "да, нынешняя редакция"


# --- What was done ---------------------------------------------------------------------------------------------------


def _r14(dossier: Dossier) -> Section:
    case = dossier.case
    blocking = execution.blocking_tasks(case)
    others = tuple(task for task in case.tasks if task not in blocking)
    columns = ("№", "Задача", "Подразделение", "Исполнитель", "Срок", "Завершена", "Часы: план / факт", "Результат")
    tables = [
        Table(columns, tuple(_task(dossier, task) for task in blocking), "Задачи мер"),
        Table(columns, tuple(_task(dossier, task) for task in others), "Остальные задания разбора"),
        _as_table(
            dossier,
            dossier.notes("lost-", "again-", "dispensed-", "needless-", "undecided-"),
            "Удалённые и ненужные задачи",
        ),
    ]
    facts = [("Ход изменений", case.progress)]
    return section("R14", "Задачи", facts, tables, otherwise="задач у разбора ещё нет")


def _task(dossier: Dossier, task: Task) -> tuple[str, ...]:
    measure = next((each for each in dossier.case.measures if execution.slot(each) == task.slot), None)
    department = dossier.book.departments.get(measure.department or "") if measure is not None else None
    where = f"{department.title}\n{department.group}" if department is not None else ""
    return (
        str(task.id),
        task.title,
        where,
        dossier.name(task.responsible_id),
        dossier.moment(task.deadline),
        _closed(dossier, task) or "открыта",
        f"{number(task.hours_planned)} / {number(task.hours_spent)}",
        task.result,
    )


def _r15(dossier: Dossier) -> Section:
    case = dossier.case
    overrides = dossier.notes("override-", "dispensed-")
    facts = [
        ("Пропуски", "" if overrides else "не было: ни один переход не пропущен вопреки правилам"),
        ("Допуск к финализации", case.gate_pass),
        ("Основание на карточке", case.override),
    ]
    tables = [
        _as_table(dossier, overrides, "Кто, когда, почему и что было не завершено"),
        _as_table(dossier, dossier.notes("gate-", "parked-"), "Возвраты карточки контролем переходов"),
    ]
    return section("R15", "Пропуски контроля переходов", facts, tables, otherwise="")


def _step(dossier: Dossier, code: str) -> Table:
    """What the step's task tells: whoever closed it answers for it, from that moment on."""
    rows = tuple(
        (
            task.result or "нет данных: результат задачи пуст",
            dossier.name(ballot.closer(task)),
            dossier.moment(task.closed_at),
        )
        for task in dossier.step(code)
        if task.closed
    )
    return Table(("Что изменено", "Кто подтвердил", "Действует с"), rows)


def _step_reason(dossier: Dossier, code: str) -> str:
    if not any(step.code == code for step in dossier.book.finalization.steps):
        return f"шага «{code}» нет в своде правил"
    return _not_before(dossier, Stage.FINALIZATION, "шаг финализации ещё не выполнен")


def _r16(dossier: Dossier) -> Section:
    others = tuple(
        (step.title, task.result, _closed(dossier, task))
        for step in dossier.book.finalization.steps
        if step.code not in KNOWN_STEPS
        for task in dossier.step(step.code)
        if task.closed
    )
    tables = [_step(dossier, "documents"), Table(("Шаг", "Результат", "Завершён"), others, "Прочие шаги финализации")]
    title = "Изменения документов: версия до и после, кто, с какого дня"
    return section("R16", title, (), tables, otherwise=_step_reason(dossier, "documents"))


def _r17(dossier: Dossier) -> Section:
    reason = _step_reason(dossier, "systems")
    return section("R17", "Изменения в Битрикс24 и других системах", (), [_step(dossier, "systems")], otherwise=reason)


def _r18(dossier: Dossier) -> Section:
    case, readers = dossier.case, dossier.readers
    funnel = dossier.book.find_funnel(case.funnel)
    audience = ", ".join(funnel.news_for) if funnel is not None else ""
    posted = case.news_post_id is not None
    unread = sorted(readers.asked - readers.read) if readers is not None else []
    facts = [
        ("Новость", f"сообщение №{case.news_post_id} в «Новостях»" if posted else ""),
        ("Кому", (audience or "всем сотрудникам") if posted else ""),
        ("Прочитали", case.news_read),
        ("Подтвердили прочтение", dossier.names(sorted(readers.asked & readers.read)) if readers is not None else ""),
        ("Не подтвердили", dossier.names(unread)),
    ]
    tables = [_as_table(dossier, dossier.notes("unread-", "readers-"), "Напоминания и итог")]
    reason = _not_before(dossier, Stage.FINALIZATION, "новость ещё не опубликована")
    return section("R18", "Кого и как известили, кто прочитал", facts, tables, otherwise=reason)


def _r19(dossier: Dossier) -> Section:
    case, book = dossier.case, dossier.book
    about_employees = {code for code, kind in book.measure_kinds.items() if kind.employee}
    training = [each for each in case.measures if each.kind in about_employees or each.employee_id is not None]
    rows = []
    for each in training:
        task = case.task(execution.slot(each))
        done = _closed(dossier, task) or "не завершено"
        result = task.result if task is not None else ""
        rows.append((each.title, dossier.name(each.employee_id), done, result or "нет данных: результат задачи пуст"))
    tables = [Table(("Обучение", "Сотрудник", "Пройдено", "Подтверждение"), tuple(rows))]
    reason = _not_before(dossier, Stage.FORMULATION, "среди мер обучения нет")
    return section("R19", "Обучение", (), tables, otherwise=reason)


# --- Did it work -----------------------------------------------------------------------------------------------------


def _r20(dossier: Dossier) -> Section:
    case, effectiveness = dossier.case, dossier.book.effectiveness
    few = f"не рассчитана: разборов за {effectiveness.window_days} дн. до этого меньше {effectiveness.least_cases}"
    planned = bool(case.criterion or case.check_on)
    facts = [
        ("Критерий", case.criterion),
        ("Чем измеряется", "доля разборов воронки с такими же нарушениями" if planned else ""),
        ("Исходная доля", f"{number(case.baseline)} %" if case.baseline is not None else few if planned else ""),
        ("Дата проверки", day(case.check_on)),
        ("Независимый проверяющий", dossier.name(case.reviewer_id)),
    ]
    reason = _not_before(dossier, Stage.FINALIZATION, "план проверки не составлен")
    return section("R20", "План проверки результативности", facts, otherwise=reason)


def _r21(dossier: Dossier) -> Section:
    case = dossier.case
    checks = tuple(task for task in case.tasks_for("effect") if task.closed)
    facts = [
        ("Результат", EFFECT_TITLES[case.effect] if case.effect is not None else ""),
        ("Данные", case.effect_data),
        ("Вывод", case.effect_note),
    ]
    rows = tuple(
        (task.title, dossier.name(ballot.closer(task)), dossier.moment(task.closed_at), task.result) for task in checks
    )
    tables = [
        Table(("Проверка", "Кто", "Завершена", "Результат задачи"), rows, "Проверки"),
        _as_table(dossier, dossier.notes("checked-", "ineffective-"), "Что следует"),
    ]
    due = f"проверка назначена на {day(case.check_on)}" if case.check_on is not None else "проверка не назначена"
    reason = _not_before(dossier, Stage.FINALIZATION, due)
    return section("R21", "Результат проверки", facts, tables, otherwise=reason)


def _r22(dossier: Dossier) -> Section:
    reason = _step_reason(dossier, "risks")
    return section("R22", "Побочные эффекты", _risks(dossier), otherwise=reason)


def _r23(dossier: Dossier) -> Section:
    reason = _step_reason(dossier, "risks")
    return section("R23", "Риски и возможности", _risks(dossier), otherwise=reason)


def _risks(dossier: Dossier) -> list[tuple[str, str]]:
    """One step of the finalization answers both questions; its result is one text."""
    done = [task for task in dossier.step("risks") if task.closed]
    return [
        fact
        for task in done
        for fact in (
            ("Вывод", task.result or "нет данных: результат задачи пуст"),
            ("Кто и когда", f"{dossier.name(ballot.closer(task))}, {dossier.moment(task.closed_at)}"),
        )
    ]


# --- The account -----------------------------------------------------------------------------------------------------


def _r24(dossier: Dossier) -> Section:
    case = dossier.case
    if not case.entries:
        return section("R24", "Время и затраты", otherwise="история стадий на портале пуста")
    numbers = metrics_of(case, dossier.book, dossier.made_at)
    until = [entry.at for entry in case.entries[1:]] + [None if case.stage.is_final else dossier.made_at]
    rows = tuple(
        (STAGE_TITLES[entry.stage], dossier.moment(entry.at), _length(end - entry.at) if end is not None else "")
        for entry, end in zip(case.entries, until, strict=True)
    )
    facts = [
        ("Опрос", _span(numbers.parts[Part.SURVEY])),
        ("Анализ и формулирование", _span(numbers.parts[Part.ANALYSIS_FORMULATION])),
        ("Согласование", _span(numbers.parts[Part.APPROVAL])),
        ("Изменения и финализация", _span(numbers.parts[Part.CHANGES_FINALIZATION])),
        ("Всего", _span(numbers.age)),
        ("Затрачено по задачам", _hours(numbers.hours_spent)),
        ("Планировалось", _hours(numbers.hours_planned)),
        ("Записано на карточке", _hours(case.hours) if case.hours is not None else ""),
    ]
    tables = [Table(("Стадия", "Вошёл", "Календарное время"), rows, "Путь по стадиям")]
    return section("R24", "Время и затраты", facts, tables, otherwise="")


def _hours(value: float) -> str:
    return f"{number(value)} ч"


def _span(span: Span) -> str:
    return f"{_hours(span.calendar)}, из них рабочих {_hours(span.working)}"


def _length(time: timedelta) -> str:
    """«2 сут 4 ч», «35 мин»."""
    minutes = int(time.total_seconds() // 60)
    days, minutes = divmod(minutes, 24 * 60)
    hours, minutes = divmod(minutes, 60)
    parts = (f"{days} сут" if days else "", f"{hours} ч" if hours else "", f"{minutes} мин" if not days else "")
    return " ".join(part for part in parts if part)


def _r25(dossier: Dossier) -> Section:
    case = dossier.case
    rows = tuple(
        (dossier.moment(each.at), each.posting.name, f"{each.posting.amount:+g}", each.posting.rule, each.period)
        for each in dossier.points
    )
    facts = [
        ("На карточке", number(case.points)),
        ("Кому", dossier.name(case.responsible_id) if case.points else ""),
        ("Начисление", "" if rows or case.points else _no_points(dossier)),
    ]
    tables = [Table(("Когда", "Кому", "Баллы", "Правило и кем утверждено", "Период"), rows, "Записи о баллах")]
    return section("R25", "Премиальные баллы", facts, tables, otherwise="баллы начисляются при закрытии разбора")


def _no_points(dossier: Dossier) -> str:
    """A closed case without points is an answer too."""
    case, verdict = dossier.case, analysis.verdict_of(dossier.case, dossier.book)
    if case.stage is not Stage.SUCCESS or verdict is None:
        return ""
    return f"не начислялись: вердикт «{verdict.title}»"


def _r26(dossier: Dossier) -> Section:
    chain = dossier.chain
    whole = f"цепочка цела, записей в журнале {chain.entries}"
    broken = (
        f"ЦЕПОЧКА НАРУШЕНА на записи №{chain.broken.id} от {dossier.moment(chain.broken.at)}" if chain.broken else ""
    )
    rows = tuple(
        (dossier.moment(entry.at), journal_words.kind_in_words(entry), "\n".join(_entry(dossier, entry)))
        for entry in dossier.entries
    )
    begins = dossier.entries[0].at if dossier.entries else None
    opened = dossier.case.entries[0].at if dossier.case.entries else None
    late = begins is not None and opened is not None and begins - opened > timedelta(hours=1)
    facts = [
        ("Целостность", broken or whole),
        ("Последняя запись", f"№{chain.newest.id}, хэш {chain.newest.hash}" if chain.newest is not None else ""),
        (
            "Неполнота",
            f"журнал начинается {dossier.moment(begins)}, позже открытия разбора: прежняя база утрачена"
            if late
            else "",
        ),
    ]
    tables = [Table(("Когда", "Что", "Содержание"), rows, "Журнал сервиса: не зависит от правок на портале")]
    if not rows:
        return section("R26", "История изменений", otherwise="журнал об этом разборе пуст: прежняя база утрачена")
    return section("R26", "История изменений", facts, tables, otherwise="")


def _entry(dossier: Dossier, entry: Entry) -> tuple[str, ...]:
    return journal_words.lines(entry, dossier.case.staff, dossier.book)


def _r27(dossier: Dossier) -> Section:
    case = dossier.case
    rounds = sorted((past for past in dossier.past if past.source == case.source), key=lambda past: past.round)
    rows = tuple(
        (
            str(past.id),
            past.title,
            "раньше" if past.round < case.round else "позже",
            day(past.opened_at.date()),
            EFFECT_TITLES[past.effect] if past.effect is not None else "",
        )
        for past in rounds
    )
    backwards = [
        (dossier.moment(entry.at), f"«{STAGE_TITLES[before.stage]}» → «{STAGE_TITLES[entry.stage]}»")
        for before, entry in zip(case.entries, case.entries[1:], strict=False)
        if entry.stage.position < before.stage.position
    ]
    facts = [
        (
            "Повторные открытия",
            "" if rows or backwards else "не было: первый разбор этого элемента, назад не возвращали",
        ),
        ("Повторилось", case.recurred),
    ]
    tables = [
        Table(("Разбор №", "Название", "Когда", "Открыт", "Результативность"), rows, "Другие разборы этого элемента"),
        Table(("Когда", "Возврат"), tuple(backwards), "Возвраты на более раннюю стадию"),
    ]
    return section("R27", "Повторы и связь с прежними разборами", facts, tables, otherwise="")


def _r28(dossier: Dossier) -> Section:
    case, book = dossier.case, dossier.book
    end = case.arrived.at if case.stage.is_final and case.entries else None
    years = book.retention.years
    until = f"до {day(_years_later(end.astimezone(dossier.zone).date(), years))}" if end is not None else ""
    readers = ", ".join(
        f"{book.roles[code].title} ({dossier.name(filled_by(book.roles[code], case.staff)) or 'не назначен'})"
        for code in book.retention.readers
        if code in book.roles
    )
    facts = [
        ("Хранить", f"{counted(years, 'год', 'года', 'лет')} после закрытия{f', {until}' if until else ''}"),
        ("Персональные данные", "имена сотрудников, их ответы, оценки, голоса и баллы"),
        ("Кто может читать", readers or "роли не указаны в своде правил (retention.readers)"),
    ]
    return section("R28", "Хранение и доступ к персональным данным", facts, otherwise="")


def _years_later(closed: date, years: int) -> date:
    """The 29th of February ends with the month."""
    try:
        return closed.replace(year=closed.year + years)
    except ValueError:
        return closed.replace(year=closed.year + years, day=28)


# --- Common ----------------------------------------------------------------------------------------------------------


def _closed(dossier: Dossier, task: Task | None) -> str:
    if task is None or task.closed_at is None:
        return ""
    by = f", {dossier.name(task.closed_by)}" if task.closed_by is not None else ""
    return f"{dossier.moment(task.closed_at)}{by}"


def _as_table(dossier: Dossier, notes: Sequence[Note], title: str) -> Table:
    return Table(("Когда", "Запись в карточке"), tuple((dossier.moment(n.at), n.text) for n in notes), title)


CHAPTERS: tuple[tuple[str, tuple[Callable[[Dossier], Section], ...]], ...] = (
    ("Что разбиралось", (_r1, _r2, _r3)),
    ("Что найдено", (_r4, _r5, _r6, _r7, _r8, _r9, _r10)),
    ("Что решено", (_r11, _r12, _r13)),
    ("Что сделано", (_r14, _r15, _r16, _r17, _r18, _r19)),
    ("Помогло ли", (_r20, _r21, _r22, _r23)),
    ("Учёт и след", (_r24, _r25, _r26, _r27, _r28)),
)
