"""The card as flat values, and the differences as people read them."""

from dataclasses import fields, replace
from datetime import date

import pytest

from rules import card
from rules.card import Edit
from rules.model import Case, CaseField, Measure, MeasureField, Stage
from tests.builders import BOOK, INSPECTOR, LOGISTICS_HEAD, SALES_HEAD, a_case, a_measure, a_staff, reached


def test_every_field_of_the_card_is_read_from_the_observation():
    """A field that is added to the card is watched too, or is named as unwatched."""
    assert set(card.ATTRIBUTES) | card.UNWATCHED == set(CaseField)
    assert set(card.ATTRIBUTES.values()) <= {each.name for each in fields(Case)}
    assert set(card.MEASURE_ATTRIBUTES) == {*MeasureField, card.TITLE}
    assert set(card.MEASURE_ATTRIBUTES.values()) <= {each.name for each in fields(Measure)}


def test_what_is_empty_is_not_written():
    assert card.written(replace(a_case(), responsible_id=None)) == {}
    assert card.written(a_case(rules="test-1", points=0.0))[CaseField.RULES] == "test-1"


def test_values_are_codes_and_numbers():
    case = reached(Stage.CHANGES)
    values = card.written(case)
    assert values[CaseField.VERDICT] == "partly_correct"
    assert values[CaseField.COMMISSION] == f"{SALES_HEAD}\n{LOGISTICS_HEAD}"
    assert values["answer.satisfaction"] == "high"
    assert (values["measure.1.DUE"], values["measure.1.PLANNED_HOURS"]) == ("2026-12-10", "4")


@pytest.mark.parametrize(
    ("name", "was", "now", "sentence"),
    [
        (CaseField.VERDICT, "", "correct", "«Вердикт»: «Абсолютно корректный»"),
        (CaseField.VERDICT, "correct", "", "«Вердикт»: было «Абсолютно корректный», стало «пусто»"),
        # a code that left the rulebook stays what it is
        (CaseField.VERDICT, "gone", "correct", "«Вердикт»: было «gone», стало «Абсолютно корректный»"),
        (CaseField.VIOLATIONS, "", "terms\ndocuments", "«Типы нарушений»: «Нарушены сроки, Ошибка в документах»"),
        (CaseField.INSPECTOR, "", "2", "«Сотрудник ОКК»: «Инна Контролёрова»"),
        (CaseField.CHECK_ON, "", "2026-12-31", "«Дата проверки результативности»: «31.12.2026»"),
        (CaseField.EFFECT, "", "effective", "«Результативность»: «Результативно»"),
        ("answer.satisfaction", "high", "low", "«Доволен ли клиент?»: было «Доволен», стало «Недоволен»"),
        ("answer.terms_kept", "", "yes", "«Сроки соблюдены?»: «Да»"),
        ("answer.gone", "", "да", "ответ «gone»: «да»"),
        ("measure.5.DUE", "2026-12-10", "2026-12-11", "мера №5, срок: было «10.12.2026», стало «11.12.2026»"),
        ("measure.5.DEPARTMENT", "", "sales", "мера №5, подразделение: «Продажи»"),
        ("measure.5.EXECUTOR", "", "99", "мера №5, исполнитель: «сотрудник №99»"),
    ],
)
def test_an_edit_is_told_in_the_words_of_the_card(name, was, now, sentence):
    assert card.sentences([Edit(name, was, now)], a_staff(), BOOK) == (sentence,)


def test_a_measure_that_came_or_went_is_one_sentence():
    before, after = reached(Stage.CHANGES, measures=(a_measure(1),)), reached(Stage.CHANGES, measures=(a_measure(2),))
    told = card.sentences(card.edits(card.written(before), card.written(after)), a_staff(), BOOK)
    assert told == (
        "добавлена мера №2 «Мера 2» (вид меры: Изменение регламента; объект изменения: Стадия «КП» в воронке «Опт»; "
        "подразделение: Продажи; срок: 10.12.2026; плановые часы: 4; ожидаемый результат: Срок стадии соблюдается)",
        "удалена мера №1 «Мера 1»",
    )


def test_spaces_and_line_ends_are_no_edit():
    assert card.edits({"CAUSE": "Нет  правила\r\nвовсе"}, {"CAUSE": "Нет правила\nвовсе"}) == ()


def test_numbers_are_compared_as_numbers():
    assert card.as_written(4.0) == card.as_written(4) == "4"
    assert card.as_written(0.1 + 0.2) == "0.3"
    assert card.as_written(date(2026, 12, 1)) == "2026-12-01"
    assert card.as_written(None) == card.as_written(()) == ""
    assert card.written(a_case(inspector_id=INSPECTOR))[CaseField.INSPECTOR] == "2"
