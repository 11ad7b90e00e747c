"""The screen's sections: questions of the head (S64-S67), promises of the process (S81-S91), with their answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from app.dashboard import figures
from app.dashboard.answers import Answers, Row
from app.dashboard.blocks import Cell, Change, Chart, Figure, Section, Series, Table, Tile, Tone
from app.dashboard.figures import Ratio
from app.dashboard.question import State
from app.dashboard.words import counted, number, percent, plural, signed
from app.storage.case_facts import Counted, Sums
from rules.model import EFFECT_TITLES

SCREEN = "/dashboard"
CASES = "/dashboard/cases"

GREEN, BLUE, AMBER, RED, VIOLET, TEAL, GREY = (
    "#1f9d72", "#4a86e8", "#f0a63a", "#d65656", "#8f76c9", "#2aa7b5", "#b6c2d1",
)  # fmt: skip
PALETTE = (GREEN, BLUE, AMBER, RED, VIOLET, TEAL)
MOST_ROWS = 100
"""People in a table; more are found by the filter."""
MOST_BARS = 10

NOTHING = "За этот период и с этими условиями разборов нет. Выберите период длиннее или снимите условия."


def sections(answers: Answers) -> tuple[Section, ...]:
    """All that is shown below the tiles."""
    made = [analysed(answers), quality_and_speed(answers), corrections(answers), resources(answers)]
    if not answers.reader.scope.is_personal:
        made.append(people(answers))
    return (*made, promises(answers))


# --- The tiles -------------------------------------------------------------------------------------------------------


def tiles(answers: Answers) -> tuple[Tile, ...]:
    """The most important numbers, each with its change and its course."""
    total, day = answers.total, working_day(answers)
    finished = total.cases + sum((answers.left_out or {}).values())
    share = figures.ratio(total.analysed, finished)
    return (
        Tile(
            "Проанализировано",
            number(total.analysed),
            hint=f"из {number(finished)} завершённых процессов — {percent(share)}" if finished else "",
            change=_change(answers, lambda sums: float(sums.analysed), number, "flat"),
            course=_course(answers, lambda sums: float(sums.analysed)),
            address=_cases(answers),
        ),
        Tile(
            "Без замечаний",
            percent(figures.clean_share(total)),
            hint=f"{counted(total.clean, 'разбор', 'разбора', 'разборов')}, где всё сделано верно",
            change=_change(answers, figures.clean_share, percent, "up"),
            course=_course(answers, figures.clean_share),
        ),
        Tile(
            "Нарушений на 100 разборов",
            number(figures.violations_per_100(total), 1),
            hint=f"{counted(total.violations, 'нарушение', 'нарушения', 'нарушений')} "
            f"в {number(total.faulty)} {plural(total.faulty, 'разборе', 'разборах', 'разборах')}",
            change=_change(answers, figures.violations_per_100, lambda value: number(value, 1), "down"),
            course=_course(answers, figures.violations_per_100),
            address=_cases(answers, state=State.FAULTY) if total.faulty else None,
        ),
        Tile(
            "Назначено мер",
            number(total.measures),
            hint=_ordered(answers.kinds),
            change=_change(answers, lambda sums: float(sums.measures), number, "flat"),
            course=_course(answers, lambda sums: float(sums.measures)),
        ),
        Tile(
            "Срок разбора",
            *_term(figures.working_hours(total), day),
            hint=f"в среднем по {number(total.closed)} закрытым",
            change=_change(answers, figures.working_hours, _term_words(day), "down"),
            course=_course(answers, figures.working_hours),
            address=_cases(answers, state=State.CLOSED) if total.closed else None,
        ),
        Tile(
            "Затраты на разбор",
            number(figures.hours_per_case(total), 1),
            unit="ч",
            hint=f"всего {number(total.hours_spent)} ч по задачам",
            change=_change(answers, figures.hours_per_case, lambda value: number(value, 1), "down"),
            course=_course(answers, figures.hours_per_case),
        ),
        Tile(
            "Удовлетворённость клиентов",
            number(figures.satisfaction(total)),
            unit="из 100" if total.rated else "",
            hint=f"по {number(total.rated)} {plural(total.rated, 'ответу', 'ответам', 'ответам')} в опросах",
            change=_change(answers, figures.satisfaction, number, "up"),
            course=_course(answers, figures.satisfaction),
        ),
        Tile(
            "Меры подействовали",
            percent(figures.effective_share(total)),
            hint=f"проверено {counted(total.checked, 'разбор', 'разбора', 'разборов')}",
            change=_change(answers, figures.effective_share, percent, "up"),
            course=_course(answers, figures.effective_share),
            address=_cases(answers, state=State.NOT_EFFECTIVE) if total.checked > total.effective else None,
        ),
    )


def _ordered(kinds: Sequence[Counted]) -> str:
    return f"чаще всего — {kinds[0].title[:1].lower()}{kinds[0].title[1:]}" if kinds and kinds[0].title else ""


def _change(answers: Answers, read: Ratio, shown: Callable[[float], str], better: str) -> Change | None:
    """``better``: ``up``, ``down``, or ``flat`` where more is neither good nor bad. Shares change by points."""
    if answers.before is None:
        return None
    now, before = read(answers.total), read(answers.before)
    if now is None or before is None:
        return None
    difference = now - before
    moved = shown(now) != shown(before)
    share = figures.ratio(100 * difference, abs(before))
    if shown is percent:
        text = f"{signed(100 * difference)} п. п."
        moved = moved and round(100 * difference) != 0
    else:
        text = "раньше не было" if share is None else f"{signed(share)} %"
    tone: Tone = "flat"
    if moved and better != "flat":
        tone = "good" if (difference > 0) == (better == "up") else "bad"
    return Change(text if moved else "без изменений", shown(before), tone)


def _course(answers: Answers, read: Ratio) -> tuple[float | None, ...]:
    return tuple(read(sums) for _, sums in answers.course)


# --- S64, S81: how many processes were analysed ----------------------------------------------------------------------


def analysed(answers: Answers) -> Section:
    total, out = answers.total, answers.left_out
    finished = total.cases + sum((out or {}).values())
    sentence = (
        f"Проанализировано {number(total.analysed)} из {number(finished)} "
        f"({percent(figures.ratio(total.analysed, finished))}), закрыто {number(total.closed)}, "
        f"в работе {number(_open(total))}"
    )
    if out is not None:
        sentence += f"; без разбора по правилам свода — {number(sum(out.values()))}"
    return Section(
        "analysed",
        "Сколько процессов проанализировано",
        f"{sentence}.",
        (
            Figure("Вердикты по времени", chart=_verdict_chart(answers), table=_verdict_table(answers), empty=NOTHING),
            Figure(
                "Охват по процессам",
                note="Сколько завершённых элементов дошло до вердикта. Сверить с порталом поэлементно: capa24 coverage",
                table=_funnel_table(answers),
                empty=NOTHING,
            ),
        ),
    )


def _verdict_chart(answers: Answers) -> Chart:
    series = [
        Series(
            title,
            tuple(float(sums.cases) for _, sums in answers.verdicts[code]),
            color,
            tuple(_cases(answers, answers.question.within(step.period).query(verdict=code))
                  for step, _ in answers.verdicts[code]),
        )
        for code, title, color in verdicts_of(answers)
    ]  # fmt: skip
    if "" in answers.verdicts:
        undecided = tuple(float(sums.cases - sums.cancelled) for _, sums in answers.verdicts[""])
        series.append(Series("Ещё без вердикта", undecided, GREY))
    return Chart("columns", _labels(answers), tuple(series))


def _verdict_table(answers: Answers) -> Table:
    counts = {code: sum(sums.cases for _, sums in answers.verdicts[code]) for code, _, _ in verdicts_of(answers)}
    rows = tuple(
        (
            Cell(title, _cases(answers, verdict=code)),
            Cell(number(counts[code])),
            _share_cell(figures.ratio(counts[code], answers.total.analysed)),
        )
        for code, title, _ in verdicts_of(answers)
    )
    return Table(("Вердикт", "Разборов", "Доля"), rows)


def verdicts_of(answers: Answers) -> tuple[tuple[str, str, str], ...]:
    """Codes found, with title and colour, in the order of the rulebook; those it has no more at the end."""
    codes = [code for code in answers.book.verdicts if code in answers.verdicts]
    codes += sorted(code for code in answers.verdicts if code and code not in answers.book.verdicts)
    order = list(answers.book.verdicts)
    return tuple(
        (
            code,
            answers.book.verdicts[code].title if code in answers.book.verdicts else code,
            PALETTE[(order.index(code) if code in order else len(order)) % len(PALETTE)],
        )
        for code in codes
    )


def _funnel_table(answers: Answers) -> Table:
    out = answers.left_out
    titles = {each.code: each.title for each in answers.choices.funnels}
    titles |= {funnel.code: funnel.title for funnel in answers.book.funnels}
    codes = [*dict.fromkeys([*answers.funnels, *(out or {})])]
    rows = []
    for code in sorted(codes, key=lambda code: titles.get(code, code)):
        sums, left = answers.funnels.get(code, Sums()), (out or {}).get(code, 0)
        rows.append(_coverage(Cell(titles.get(code, code), _screen(answers, funnel=code)), sums, left, out is not None))
    total = _coverage(Cell("Всего"), answers.total, sum((out or {}).values()), out is not None)
    left_out = ("Без разбора",) if out is not None else ()
    headings = ("Процесс", "Завершено", "Разобрано", "Охват", "Закрыто", "В работе", *left_out)
    return Table(headings, tuple(rows), total if len(rows) > 1 else ())


def _coverage(name: Cell, sums: Sums, left_out: int, tell_left_out: bool) -> tuple[Cell, ...]:
    finished = sums.cases + left_out
    return (
        name,
        Cell(number(finished)),
        Cell(number(sums.analysed)),
        _share_cell(figures.ratio(sums.analysed, finished)),
        Cell(number(sums.closed)),
        Cell(number(_open(sums))),
        *((Cell(number(left_out)),) if tell_left_out else ()),
    )


# --- S82, S85, S86: quality and speed --------------------------------------------------------------------------------


def quality_and_speed(answers: Answers) -> Section:
    total, day = answers.total, working_day(answers)
    return Section(
        "quality",
        "Становится ли лучше и быстрее",
        _sentence(
            f"без замечаний {percent(figures.clean_share(total))} разборов" if total.analysed else "",
            f"от начала до закрытия проходит {_term_words(day)(figures.working_hours(total) or 0)}"
            if total.closed
            else "закрытых разборов ещё нет",
            f"удовлетворённость клиентов — {number(figures.satisfaction(total))} из 100" if total.rated else "",
        ),
        (
            Figure(
                "Качество",
                note="Доля разборов без замечаний и удовлетворённость клиентов по опросам",
                chart=Chart(
                    "lines",
                    _labels(answers),
                    (
                        Series("Без замечаний, %", _percents(answers, figures.clean_share), GREEN),
                        Series("Удовлетворённость, из 100", _course(answers, figures.satisfaction), VIOLET),
                    ),
                    lowest=50,
                    highest=100,
                ),
                table=_time_table(
                    answers,
                    ("Без замечаний", lambda sums: percent(figures.clean_share(sums))),
                    ("Удовлетворённость", lambda sums: number(figures.satisfaction(sums))),
                    ("Нарушений на 100", lambda sums: number(figures.violations_per_100(sums), 1)),
                ),
                empty=NOTHING,
            ),
            Figure(
                "Сколько длится разбор",
                note="Рабочих дней в среднем по закрытым разборам, по группам стадий",
                chart=Chart(
                    "columns",
                    _labels(answers),
                    tuple(
                        Series(
                            title,
                            tuple(_days(figures.ratio(read(sums), sums.closed), day) for _, sums in answers.course),
                            color,
                        )
                        for title, read, color in STAGES
                    ),
                    unit="раб. дн.",
                    digits=1,
                ),
                table=_time_table(
                    answers,
                    *((title, _mean_days(read, day)) for title, read, _ in STAGES),
                    ("Всего", lambda sums: number(_days(figures.working_hours(sums), day), 1)),
                ),
                empty="Разборы закрыты вне рабочего времени: рабочих часов не прошло."
                if total.closed
                else "Закрытых разборов за период ещё нет: срок появится, когда первый из них закроют.",
            ),
        ),
    )


STAGES: tuple[tuple[str, Callable[[Sums], float], str], ...] = (
    ("Опрос", lambda sums: sums.closed_survey, GREY),
    ("Анализ и формулирование", lambda sums: sums.closed_analysis, BLUE),
    ("Согласование", lambda sums: sums.closed_approval, AMBER),
    ("Изменения и финализация", lambda sums: sums.closed_changes, TEAL),
)


def _mean_days(read: Callable[[Sums], float], day: float) -> Callable[[Sums], str]:
    return lambda sums: number(_days(figures.ratio(read(sums), sums.closed), day), 1)


# --- S65, S85: which corrections were ordered, against what ----------------------------------------------------------


def corrections(answers: Answers) -> Section:
    total = answers.total
    done = sum(kind.done for kind in answers.kinds)
    titles = {code: kind.title for code, kind in answers.book.measure_kinds.items()}
    found = {code: violation.title for code, violation in answers.book.violations.items()}
    sentence = (
        f"Назначено {counted(total.measures, 'мера', 'меры', 'мер')}, выполнено {number(done)} "
        f"({percent(figures.ratio(done, total.measures))})."
        if total.measures
        else "За период мер не назначали."
    )
    return Section(
        "corrections",
        "Сколько и каких коррекций назначено",
        sentence,
        (
            Figure(
                "Меры по видам",
                chart=_bars(answers, answers.kinds, titles, "kind", BLUE),
                table=Table(
                    ("Вид меры", "Мер", "Выполнено", "План, ч", "Факт, ч"),
                    tuple(
                        (
                            Cell(_title(each, titles), _cases(answers, kind=each.code) if each.code else None),
                            Cell(number(each.items)),
                            _share_cell(figures.ratio(each.done, each.items)),
                            Cell(number(each.hours_planned, 1)),
                            Cell(number(each.hours_spent, 1)),
                        )
                        for each in answers.kinds
                    ),
                ),
                empty="Мер за период нет. Они появятся, когда инспектор сформулирует их в карточке разбора.",
            ),
            Figure(
                "Нарушения по типам",
                note="Сверху — то, что встречается чаще всего: устраните это первым",
                chart=_bars(answers, answers.violations, found, "violation", RED),
                table=_violation_table(answers, found),
                empty="Нарушений за период не нашли.",
            ),
        ),
    )


def _bars(answers: Answers, counted: Sequence[Counted], titles: dict[str, str], field: str, color: str) -> Chart:
    shown = counted[:MOST_BARS]
    values = tuple(float(each.items) for each in shown)
    addresses = tuple(_cases(answers, **{field: each.code}) if each.code else None for each in shown)
    return Chart("bars", tuple(_title(each, titles) for each in shown), (Series("Всего", values, color, addresses),))


def _violation_table(answers: Answers, titles: dict[str, str]) -> Table:
    rows, so_far, every = [], 0, sum(each.items for each in answers.violations)
    for each in answers.violations:
        so_far += each.items
        rows.append(
            (
                Cell(_title(each, titles), _cases(answers, violation=each.code) if each.code else None),
                Cell(number(each.items)),
                Cell(number(figures.ratio(100 * each.items, answers.total.analysed), 1)),
                _share_cell(figures.ratio(so_far, every)),
            )
        )
    return Table(("Нарушение", "Раз", "На 100 разборов", "С накоплением"), tuple(rows))


def _title(each: Counted, titles: dict[str, str]) -> str:
    return titles.get(each.code) or each.title or "не указано"


# --- S66, S77, S83: what it costs ------------------------------------------------------------------------------------


WORK: tuple[tuple[str, Callable[[Sums], float], str], ...] = (
    ("Опрос", lambda sums: sums.spent_survey, GREY),
    ("Анализ и формулирование", lambda sums: sums.spent_analysis, BLUE),
    ("Согласование", lambda sums: sums.spent_approval, AMBER),
    ("Изменения и финализация", lambda sums: sums.spent_changes, TEAL),
    ("Проверка результативности", lambda sums: sums.spent_check, VIOLET),
)


def resources(answers: Answers) -> Section:
    total = answers.total
    cost = figures.hours_per_case(total)
    return Section(
        "resources",
        "Какие ресурсы на это уходят",
        _sentence(
            f"люди отметили в задачах {number(total.hours_spent)} ч",
            f"один закрытый разбор стоит {number(cost, 1)} ч" if cost is not None else "",
            f"на меры запланировано {number(total.hours_planned)} ч" if total.hours_planned else "",
        ),
        (
            Figure(
                "На что уходят часы",
                note="Часы, отмеченные в задачах, по видам работы",
                chart=Chart(
                    "columns",
                    _labels(answers),
                    tuple(Series(t, tuple(read(sums) for _, sums in answers.course), color) for t, read, color in WORK),
                    unit="ч",
                ),
                table=Table(
                    ("Работа", "Часов", "Доля"),
                    tuple(
                        (
                            Cell(t),
                            Cell(number(read(total), 1)),
                            _share_cell(figures.ratio(read(total), total.hours_spent)),
                        )
                        for t, read, _ in WORK
                    ),
                ),
                empty="Часы не отмечены. Люди отмечают их в задачах Битрикс24: «Учёт времени».",
            ),
            Figure(
                "Стоимость одного разбора",
                note="Часов на закрытый разбор: снижается ли стоимость",
                chart=Chart(
                    "lines",
                    _labels(answers),
                    (Series("Часов на разбор", _course(answers, figures.hours_per_case), TEAL),),
                    unit="ч",
                    digits=1,
                ),
                table=_time_table(
                    answers,
                    ("Закрыто", lambda sums: number(sums.closed)),
                    ("Часов на разбор", lambda sums: number(figures.hours_per_case(sums), 1)),
                ),
                empty="Закрытых разборов с отмеченными часами за период ещё нет.",
            ),
        ),
    )


# --- S67, S87, S90: how people work ----------------------------------------------------------------------------------


def people(answers: Answers) -> Section:
    made = [
        Figure(
            "Подразделения",
            note="Чья работа разбиралась; отдел считается вместе с теми, что в него входят",
            table=_scorecards(answers, answers.departments, "Подразделение", "department"),
            empty=NOTHING,
            wide=True,
        ),
        Figure(
            "Сотрудники",
            note=f"Нажмите на имя — панель покажет работу одного человека{_not_all(answers.people)}",
            table=_scorecards(answers, answers.people, "Сотрудник", "person"),
            empty=NOTHING,
            wide=True,
        ),
    ]
    if answers.inspectors:
        made.append(
            Figure("Отдел качества", note="Кто разбирает", table=_inspectors(answers), empty=NOTHING, wide=True)
        )
    known = [row for row in answers.people if row.id is not None]
    return Section(
        "people",
        "Как работают подчинённые",
        f"Разобрана работа {counted(len(known), 'сотрудника', 'сотрудников', 'сотрудников')} "
        f"из {counted(len(answers.departments), 'подразделения', 'подразделений', 'подразделений')}.",
        made,
    )


def _scorecards(answers: Answers, rows: Sequence[Row], heading: str, field: str) -> Table:
    headings = (heading, "Разборов", "Без замечаний", "Нарушений на 100", "Удовлетворённость", "Баллы", "Повторилось")
    return Table(
        headings,
        tuple(
            (
                Cell(
                    row.title,
                    _screen(answers, **{field: row.id}) if row.id is not None else None,
                    note=row.note,
                    depth=row.depth,
                ),
                Cell(number(row.sums.cases)),
                _share_cell(figures.clean_share(row.sums)),
                Cell(number(figures.violations_per_100(row.sums))),
                Cell(number(figures.satisfaction(row.sums))),
                Cell(number(row.sums.points, 1)),
                Cell(number(row.sums.recurred)),
            )
            for row in rows[:MOST_ROWS]
        ),
    )


def _not_all(rows: Sequence[Row]) -> str:
    if len(rows) <= MOST_ROWS:
        return ""
    return f". Здесь {MOST_ROWS} человек с наибольшим числом разборов; остальных найдёт условие «Сотрудник»"


def _inspectors(answers: Answers) -> Table:
    day = working_day(answers)
    headings = (
        "Сотрудник ОКК",
        "Разборов",
        "Закрыто",
        "В работе",
        "Анализ, раб. дн.",
        "Мер на разбор",
        "Меры подействовали",
    )
    return Table(
        headings,
        tuple(
            (
                Cell(row.title, _cases(answers, inspector=row.id) if row.id is not None else None),
                Cell(number(row.sums.cases)),
                Cell(number(row.sums.closed)),
                Cell(number(_open(row.sums))),
                Cell(number(_days(figures.ratio(row.sums.closed_analysis, row.sums.closed), day), 1)),
                Cell(number(figures.measures_per_case(row.sums), 1)),
                _share_cell(figures.effective_share(row.sums)),
            )
            for row in answers.inspectors
        ),
    )


# --- S84, S86, S88, S89, R21: the promises of the process ------------------------------------------------------------


def promises(answers: Answers) -> Section:
    total = answers.total
    return Section(
        "promises",
        "Знают ли процесс, помогают ли меры",
        _sentence(
            f"новости об изменениях прочитали {percent(figures.read_share(total))} адресатов"
            if total.news_asked
            else "новостей об изменениях за период не было",
            f"меры подействовали в {percent(figures.effective_share(total))} проверенных случаев"
            if total.checked
            else "результативность мер ещё не проверяли",
        ),
        (
            Figure("Показатели процесса", tiles=_promise_tiles(answers), wide=True),
            Figure(
                "Результативность мер",
                note="Проверка независимым сотрудником после закрытия",
                chart=_effect_chart(answers),
                table=_effect_table(answers),
                empty="Проверок пока не было: они назначаются через срок, который задан в своде правил.",
            ),
            Figure(
                "Что говорят о клиентах",
                note="Ответы ответственных в опросе",
                chart=_satisfaction_chart(answers),
                table=_satisfaction_table(answers),
                empty="На вопрос об удовлетворённости за период не отвечали.",
            ),
        ),
    )


def _promise_tiles(answers: Answers) -> tuple[Tile, ...]:
    total, day = answers.total, working_day(answers)
    return (
        Tile(
            "Новость прочитали",
            percent(figures.read_share(total)),
            hint=f"{number(total.news_read)} из {number(total.news_asked)} адресатов",
            change=_change(answers, figures.read_share, percent, "up"),
        ),
        Tile(
            "Обучение пройдено",
            percent(figures.trained_share(total)),
            hint=f"{number(total.training_done)} из {number(total.training_ordered)} назначенных",
            change=_change(answers, figures.trained_share, percent, "up"),
        ),
        Tile(
            "Новое и исключения разобраны за",
            *_term(figures.hours_to_triage(total), day),
            hint=f"их было {number(total.deviations)}; от ответа в опросе до конца анализа",
            change=_change(answers, figures.hours_to_triage, _term_words(day), "down"),
            address=_cases(answers, state=State.DEVIATION) if total.deviations else None,
        ),
        Tile(
            "Меры согласованы за",
            *_term(figures.hours_to_remedy(total), day),
            hint="от найденных нарушений до решения комиссии",
            change=_change(answers, figures.hours_to_remedy, _term_words(day), "down"),
        ),
        Tile(
            "Нарушение повторилось",
            percent(figures.recurred_share(total), 1),
            hint=f"{number(total.recurred)} из {number(total.closed)} закрытых разборов",
            change=_change(answers, figures.recurred_share, percent, "down"),
            address=_cases(answers, state=State.RECURRED) if total.recurred else None,
        ),
        _by_itself(answers),
    )


def _by_itself(answers: Answers) -> Tile:
    """What needed nobody's memory (S91), and where people overruled it."""
    total = answers.total
    by_hand = f"вручную пропущено {number(total.overrides)}, карточка возвращена {number(total.gate_reverts)}"
    if not answers.own_steps:
        return Tile("Пропущено вручную", number(total.overrides), hint=by_hand)
    a_case = figures.ratio(answers.own_steps, total.cases)
    return Tile(
        "Сервис сделал сам",
        number(answers.own_steps),
        unit=plural(answers.own_steps, "шаг", "шага", "шагов"),
        hint=f"{number(a_case, 1)} на разбор; {by_hand}",
    )


_EFFECT_COLORS = dict(zip(EFFECT_TITLES, (GREEN, AMBER, RED, GREY), strict=True))


def _effect_chart(answers: Answers) -> Chart:
    found = [code for code in EFFECT_TITLES if code in answers.effects]
    return Chart(
        "bars",
        tuple(EFFECT_TITLES[code] for code in found),
        (Series("Разборов", tuple(float(answers.effects[code]) for code in found), BLUE),),
    )


def _effect_table(answers: Answers) -> Table:
    return Table(
        ("Вывод", "Разборов"),
        tuple(
            (Cell(title), Cell(number(answers.effects[code])))
            for code, title in EFFECT_TITLES.items()
            if code in answers.effects
        ),
    )


def _satisfaction(answers: Answers) -> list[tuple[str, int]]:
    """In the order in which the rulebook lists the answers."""
    asked = answers.book.questions.get("satisfaction")
    order = [option.text for option in asked.choices] if asked is not None else []
    known = [title for title in order if title in answers.satisfaction]
    rest = sorted(title for title in answers.satisfaction if title not in order)
    return [(title, answers.satisfaction[title]) for title in [*known, *rest]]


def _satisfaction_chart(answers: Answers) -> Chart:
    found = _satisfaction(answers)
    return Chart(
        "bars",
        tuple(title for title, _ in found),
        (Series("Разборов", tuple(float(cases) for _, cases in found), VIOLET),),
    )


def _satisfaction_table(answers: Answers) -> Table:
    return Table(
        ("Ответ", "Разборов", "Доля"),
        tuple(
            (
                Cell(title),
                Cell(number(cases)),
                _share_cell(figures.ratio(cases, sum(answers.satisfaction.values()))),
            )
            for title, cases in _satisfaction(answers)
        ),
    )


# --- Pieces ----------------------------------------------------------------------------------------------------------


def _sentence(*parts: str) -> str:
    """What there is to tell, as one sentence."""
    text = "; ".join(filter(None, parts))
    return f"{text[:1].upper()}{text[1:]}." if text else ""


def working_day(answers: Answers) -> float:
    """Hours between the begin and the end of a working day."""
    return float(answers.book.calendar.ends - answers.book.calendar.begins)


def _days(hours: float | None, day: float) -> float | None:
    return None if hours is None else hours / day


def _term(hours: float | None, day: float) -> tuple[str, str]:
    """A time with its unit: working days, or working hours when it is less than one."""
    if hours is None:
        return number(None), ""
    return (number(hours, 1), "раб. ч") if hours < day else (number(hours / day, 1), "раб. дн.")


def _term_words(day: float) -> Callable[[float], str]:
    return lambda hours: " ".join(_term(hours, day))


def _open(sums: Sums) -> int:
    return sums.cases - sums.closed - sums.cancelled


def _labels(answers: Answers) -> tuple[str, ...]:
    return tuple(step.label for step, _ in answers.course)


def _percents(answers: Answers, read: Ratio) -> tuple[float | None, ...]:
    return tuple(None if value is None else 100 * value for value in _course(answers, read))


def _share_cell(share: float | None) -> Cell:
    return Cell(percent(share), share=share)


def _time_table(answers: Answers, *columns: tuple[str, Callable[[Sums], str]]) -> Table:
    rows = tuple((Cell(step.label), *(Cell(read(sums)) for _, read in columns)) for step, sums in answers.course)
    return Table(("Когда", *(title for title, _ in columns)), rows)


def _cases(answers: Answers, query: str | None = None, **changes: object) -> str:
    """Where the cases behind a number are listed."""
    return CASES + (query if query is not None else answers.question.query(**changes))


def _screen(answers: Answers, **changes: object) -> str:
    return SCREEN + answers.question.query(**changes)
