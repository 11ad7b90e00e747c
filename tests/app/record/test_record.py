"""The record of one case: every number from R1 to R28 is there and right, or says why there is no data."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser

import pytest
import sqlalchemy as sa

from app.controller.reconcile import Desk
from app.record import page, sections
from app.record.dossier import Dossier, gather
from app.record.section import Section
from app.storage.schema import journal, observations
from bitrix.refs import ItemRef
from rules.model import CaseField, MeasureField, Stage
from tests.app.controller.trading_day import SOURCE, TradingDay, win_deal

NUMBERS = [f"R{number}" for number in range(1, 29)]
HOSTILE = "<script>alert('1')</script> & \"кавычки\""
STOREKEEPER = 41


@pytest.fixture
async def day(portal, connection, desk, clock) -> TradingDay:
    win_deal(portal)
    return TradingDay(portal, connection, desk, clock)


async def dossier_of(day: TradingDay) -> Dossier:
    desk: Desk = day.desk
    found = await gather(day.case_key, day.connection, desk.book, desk.earlier, desk.journal, desk.ledger, day.clock())
    assert found is not None
    return found


async def sections_of(day: TradingDay) -> dict[str, Section]:
    groups = sections.record(await dossier_of(day))
    return {each.number: each for group in groups for each in group.sections}


def facts(section: Section) -> dict[str, str]:
    return {fact.name: fact.text for fact in section.facts}


def rows(section: Section, title: str = "") -> list[dict[str, str]]:
    return [
        dict(zip(table.columns, row, strict=True))
        for table in section.tables
        if table.title == title
        for row in table.rows
    ]


def train(day: TradingDay, ref: ItemRef) -> None:
    """The measure becomes a training of the storekeeper."""
    fields = day.connection.layout.measure.fields
    kind = fields[MeasureField.KIND]
    values = {kind.name: kind.options["training"], fields[MeasureField.EMPLOYEE].name: STOREKEEPER}
    day.portal.change_item(ref, values, by=20)


@pytest.fixture
async def closed(day, portal) -> TradingDay:
    """The whole route: with a training, an override on the way, and times written down."""
    await day.until(Stage.FORMULATION)
    train(day, day.write_measure("Обучить кладовщика"))
    await day.until(Stage.CHANGES)
    day.card(**{CaseField.OVERRIDE: "Клиент ждёт, задача на следующей неделе"})
    day.drag(Stage.FINALIZATION, by=20)
    await day.quiet()
    for task in portal.tasks.values():
        if task["xmlId"].split(":")[2] == "measure":
            task["timeSpentInLogs"] = "5400"
    await day.to_the_end()
    return day


@pytest.mark.requirement("R1", "R2", "R3")
async def test_what_was_analysed(closed):
    found = await sections_of(closed)
    one, two, three = (facts(found[number]) for number in ("R1", "R2", "R3"))
    assert (one["Номер разбора"], one["Имя разбора"]) == (str(closed.case.id), "deal:42#1")
    assert (one["Портал"], one["Открыт"]) == ("shop (https://shop.test)", "02.11.2026 13:01")
    assert (two["Элемент"], two["Название"], two["Воронка"]) == ("Сделка №42", "Поставка", "Оптовые продажи")
    assert (two["Итог"], two["Завершён"]) == ("успех", "02.11.2026 13:00")
    assert two["Ответственный"] == "Сотрудник: Отдел продаж"
    assert three["Опрос завершён"].endswith(", Сотрудник: Отдел продаж")
    assert three["Анкета"] == f"свод правил, редакция «{closed.desk.book.version}»"
    answers = {row["Вопрос"]: row["Ответ"] for row in rows(found["R3"], "Ответы на карточке")}
    assert answers["Насколько клиент доволен, по вашему мнению?"] == "Доволен"
    assert rows(found["R3"], "Ответы по журналу сервиса")[0]["Что записано"].endswith("«Доволен»")


@pytest.mark.requirement("R3", "R26")
async def test_answers_that_were_changed_later_are_told_as_they_were_given(closed):
    closed.card(Q_SATISFACTION="low")
    await closed.quiet()
    found = await sections_of(closed)
    told = [row["Что записано"] for row in rows(found["R3"], "Ответы по журналу сервиса")]
    question = "«Насколько клиент доволен, по вашему мнению?»"
    assert [text for text in told if question in text] == [
        f"{question}: «Доволен»",
        f"{question}: было «Доволен», стало «Недоволен»",
    ]
    edited = [row for row in rows(found["R26"], found["R26"].tables[-1].title) if "после утверждения" in row["Что"]]
    assert len(edited) == 1


@pytest.mark.requirement("R4", "R5", "R6", "R7", "R8", "R9", "R10")
async def test_what_was_found(closed):
    found = await sections_of(closed)
    assert rows(found["R4"]) == [{"Тип нарушения": "Ошибка отгрузки", "Факты и свидетельства": "Отгружено не то"}]
    assert facts(found["R4"])["Кто записал"] == "Сотрудник: Отдел контроля качества"
    (requirement,) = rows(found["R5"])
    assert requirement["Нарушенное требование"] == closed.desk.book.violations["shipment"].requirement
    (severity,) = rows(found["R6"])
    assert (severity["Тяжесть"], severity["Почему"]) == ("критическое", "по справочнику свода правил")
    assert facts(found["R7"]) == {
        "Исправлено сразу": "Отгружено заново",
        "Последствия для клиента": "Клиент ждал два дня",
    }
    assert facts(found["R8"])["Причина"] == "Сверки со спецификацией нет"
    assert facts(found["R9"])["Возможны ли похожие случаи"] == "Возможны в любой отгрузке"
    decided = facts(found["R10"])
    assert (decided["Вердикт"], decided["Решение"]) == ("Частично корректный", "меры нужны")
    assert decided["Кто решил"] == "Сотрудник: Отдел контроля качества"


@pytest.mark.requirement("R11", "R12", "R13")
async def test_what_was_decided(closed):
    found = await sections_of(closed)
    measures = {row["Мера"]: row for row in rows(found["R11"])}
    assert set(measures) >= {"Обучить кладовщика", "Сверять спецификацию перед отгрузкой"}
    training = measures["Обучить кладовщика"]
    assert (training["Вид"], training["Срок"], training["План, ч"]) == ("Обучение сотрудника", "01.12.2026", "2")
    assert "кого касается: Сотрудник: Логистика" in training["Владелец"]
    members = {row["Участник"]: row["В какой роли"] for row in rows(found["R12"], "Состав")}
    assert members["Руководитель: Логистика"] == "Руководитель логистики"
    assert "нарушение «Ошибка отгрузки»" in facts(found["R12"])["Почему такой состав"]
    votes = rows(found["R13"], "Голоса")
    assert {vote["Голосует"] for vote in votes} == set(members)
    assert all(vote["Решение"].startswith("за: №") and vote["Когда"] for vote in votes)
    assert {vote["Редакция мер"] for vote in votes} == {facts(found["R13"])["Нынешняя редакция мер"]}
    (minutes,) = rows(found["R13"], "Протоколы решений")
    assert minutes["Запись в карточке"].startswith("Протокол решения комиссии")
    assert "capa24 ·" not in minutes["Запись в карточке"]


@pytest.mark.requirement("R14", "R15", "R16", "R17", "R18", "R19")
async def test_what_was_done(closed, portal):
    found = await sections_of(closed)
    tasks = rows(found["R14"], "Задачи мер")
    assert len(tasks) == 3
    assert {task["Подразделение"] for task in tasks} == {"Логистика\nКоррекции: логистика"}
    assert all(task["Часы: план / факт"] == "2 / 1,5" and task["Результат"] == "сделано" for task in tasks)
    assert all(task["Завершена"].endswith("Руководитель: Логистика") for task in tasks)
    (override,) = rows(found["R15"], "Кто, когда, почему и что было не завершено")
    assert "Руководитель: Отдел контроля качества под свою ответственность" in override["Запись в карточке"]
    assert "Клиент ждёт, задача на следующей неделе" in override["Запись в карточке"]
    assert "открыта задача" in override["Запись в карточке"]
    for number in ("R16", "R17"):
        (change,) = rows(found[number])
        assert (change["Что изменено"], change["Кто подтвердил"]) == ("сделано", "Сотрудник: Отдел контроля качества")
        assert re.fullmatch(r"\d\d\.\d\d\.2026 \d\d:\d\d", change["Действует с"])
    informed = facts(found["R18"])
    assert informed["Кому"] == "Отдел продаж, Логистика"
    assert "Руководитель: Логистика" in informed["Не подтвердили"]
    (training,) = rows(found["R19"])
    assert (training["Сотрудник"], training["Подтверждение"]) == ("Сотрудник: Логистика", "сделано")


@pytest.mark.requirement("R20", "R22", "R23")
async def test_whether_it_worked(closed):
    found = await sections_of(closed)
    plan = facts(found["R20"])
    assert plan["Критерий"] == closed.desk.book.effectiveness.criterion
    assert plan["Дата проверки"] == "02.01.2027" or plan["Дата проверки"].endswith(".01.2027")
    assert plan["Независимый проверяющий"] != "Сотрудник: Отдел контроля качества"
    assert found["R21"].no_data == f"проверка назначена на {plan['Дата проверки']}"
    assert facts(found["R22"])["Вывод"] == facts(found["R23"])["Вывод"] == "сделано"


@pytest.mark.requirement("R24", "R27", "R28")
async def test_the_account(closed):
    found = await sections_of(closed)
    spent = facts(found["R24"])
    assert (spent["Затрачено по задачам"], spent["Планировалось"]) == ("4,5 ч", "6 ч")
    stages = [row["Стадия"] for row in rows(found["R24"], "Путь по стадиям")]
    assert (stages[0], stages[-1]) == ("Опрос", "Закрыт успешно")
    assert facts(found["R27"])["Повторные открытия"].startswith("не было")
    keeping = facts(found["R28"])
    assert keeping["Хранить"].startswith("5 лет после закрытия, до ")
    assert keeping["Хранить"].endswith(".11.2031")
    assert "Руководитель: Отдел контроля качества" in keeping["Кто может читать"]


@pytest.mark.requirement("R25")
async def test_points_with_their_rule_and_whose_word_they_are_on(day):
    day.verdict = "correct"
    await day.to_the_end()
    found = await sections_of(day)
    (entry,) = rows(found["R25"], "Записи о баллах")
    assert (entry["Кому"], entry["Баллы"]) == ("Сотрудник: Отдел продаж", "+10")
    assert entry["Правило и кем утверждено"] == (
        "вердикт «Абсолютно корректный», сотрудник ОКК Сотрудник: Отдел контроля качества"
    )
    assert facts(found["R25"])["На карточке"] == "10"


@pytest.mark.requirement("R26", "S63")
async def test_the_whole_history_stands_in_it_and_whether_it_can_be_trusted(closed):
    dossier = await dossier_of(closed)
    found = await sections_of(closed)
    told = rows(found["R26"], found["R26"].tables[-1].title)
    assert len(told) == len(dossier.entries) > 40
    assert {"Замечено на портале", "Решено", "Сделано сервисом"} <= {row["Что"] for row in told}
    assert facts(found["R26"])["Целостность"].startswith("цепочка цела")
    assert dossier.chain.newest.hash in facts(found["R26"])["Последняя запись"]

    spoil = sa.update(journal).where(journal.c.id == 5).values(body={"because": ["иначе"]})
    await closed.desk.witness._database.write(lambda connection: connection.execute(spoil))
    spoilt = await dossier_of(closed)
    assert "ЦЕПОЧКА НАРУШЕНА на записи №5" in facts((await sections_of(closed))["R26"])["Целостность"]
    assert "Журнал сервиса повреждён, начиная с записи №5" in page.as_html(spoilt, sections.record(spoilt))


async def test_a_record_after_the_database_was_lost_is_whole_but_for_the_journal(closed):
    before = await sections_of(closed)
    for table in (journal, observations):
        drop = sa.delete(table)
        await closed.desk.witness._database.write(lambda connection, drop=drop: connection.execute(drop))
    found = await sections_of(closed)
    assert found["R26"].no_data == "журнал об этом разборе пуст: прежняя база утрачена"
    same = set(NUMBERS) - {"R3", "R24", "R25", "R26"}
    assert {number: found[number] for number in same} == {number: before[number] for number in same}
    await closed.look()
    assert "журнал начинается" in facts((await sections_of(closed))["R26"])["Неполнота"]


@pytest.mark.parametrize(
    ("stage", "number", "reason"),
    [
        (Stage.SURVEY, "R10", "разбор ещё не дошёл до стадии «Анализ»"),
        (Stage.SURVEY, "R13", "разбор ещё не дошёл до стадии «Согласование»"),
        (Stage.ANALYSIS, "R8", "анализ ещё не завершён"),
        (Stage.FORMULATION, "R11", "мер в карточке нет"),
        (Stage.APPROVAL, "R13", "голосов ещё нет"),
        (Stage.CHANGES, "R16", "разбор ещё не дошёл до стадии «Финализация»"),
        (Stage.FINALIZATION, "R18", "новость ещё не опубликована"),
    ],
)
async def test_what_is_not_there_says_why(day, stage, number, reason):
    await day.until(stage)
    assert (await sections_of(day))[number].no_data == reason


async def test_clean_work_needs_no_measures_and_says_so(day):
    day.verdict = "correct"
    await day.to_the_end()
    found = await sections_of(day)
    assert {found[number].no_data for number in ("R11", "R12", "R13", "R16", "R20")} == {
        "меры не требовались: таков вердикт"
    }
    assert facts(found["R10"])["Решение"] == "меры не нужны"
    assert found["R8"].no_data == "нарушений не найдено, искать причину не требовалось"


@pytest.mark.parametrize("stage", [Stage.SURVEY, Stage.APPROVAL, Stage.FINALIZATION])
async def test_every_number_is_there_once_and_says_something_whatever_the_stage(day, stage):
    await day.until(stage)
    groups = sections.record(await dossier_of(day))
    listed = [each for group in groups for each in group.sections]
    assert [each.number for each in listed] == NUMBERS
    for each in listed:
        assert bool(each.no_data) is not bool(each.facts or each.tables), each.number
        for table in each.tables:
            assert all(len(row) == len(table.columns) for row in table.rows)


async def test_a_deleted_source_and_a_deleted_news_post_are_no_error(closed, portal):
    portal.items.pop(ItemRef(2, 42))
    portal.posts.clear()
    found = await sections_of(closed)
    assert facts(found["R2"])["Состояние элемента"] == "элемент удалён с портала"


async def test_there_is_no_record_of_a_case_that_is_gone(day, connection, desk):
    await day.look(SOURCE)
    key = day.case_key
    day.portal.items.pop(day.case)
    assert await gather(key, connection, desk.book, {}, desk.journal, desk.ledger, day.clock()) is None


# --- The document ----------------------------------------------------------------------------------------------------


class Page(HTMLParser):
    """What a browser would load and show of the document."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.loads: list[str] = []
        self.ids: set[str] = set()
        self.words: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        named = dict(attrs)
        self.ids.add(named.get("id") or "")
        loading = ("src", "srcset", "data", "poster", "background", *(("href",) if tag != "a" else ()))
        self.loads += [f"{tag} {name}={named[name]}" for name in loading if name in named]

    def handle_data(self, data: str) -> None:
        self.words.append(data)


async def test_the_document_is_one_file_that_loads_nothing_and_shows_what_people_wrote_as_text(closed):
    closed.card(**{CaseField.CAUSE: HOSTILE, CaseField.FACTS: [HOSTILE]})
    closed.portal.items[closed.case]["title"] = HOSTILE
    await closed.look()
    found = await dossier_of(closed)
    text = page.as_html(found, sections.record(found))
    shown = Page(text)
    assert shown.loads == []
    assert not {"script", "link", "img", "iframe", "object", "base"} & set(shown.tags)
    assert not re.search(r"@import|url\(", text)
    assert set(NUMBERS) <= shown.ids
    assert HOSTILE in "".join(shown.words)
    assert "alert(" not in re.sub(r"&lt;script&gt;alert\(&#39;1&#39;\)&lt;/script&gt;", "", text)
    assert "персональные данные" in text
    assert "@page { size: A4" in text


async def test_the_data_have_the_same_numbers_and_the_same_content(closed):
    found = await dossier_of(closed)
    groups = sections.record(found)
    data = json.loads(json.dumps(page.as_data(found, groups), ensure_ascii=False))
    assert list(data["record"]) == NUMBERS
    assert data["case"] == {"id": closed.case.id, "name": "deal:42#1", "portal": "shop"}
    assert data["journal"] == {"whole": True, "newest": {"id": found.chain.newest.id, "hash": found.chain.newest.hash}}
    assert data["record"]["R7"]["facts"]["Исправлено сразу"] == "Отгружено заново"
    assert data["record"]["R11"]["tables"][0]["rows"][0]["Мера"]
    assert data["record"]["R21"]["no_data"].startswith("проверка назначена")
    assert data["record"]["R1"]["no_data"] is None


async def test_no_secret_of_the_settings_comes_into_a_record(closed):
    """A record is given away: addresses are those of cards, never of webhooks."""
    found = await dossier_of(closed)
    text = page.as_html(found, sections.record(found)) + json.dumps(page.as_data(found, sections.record(found)))
    assert "/rest/" not in text
