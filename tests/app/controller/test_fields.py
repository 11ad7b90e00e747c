"""Between the rulebook's codes and what a portal keeps in its fields."""

from __future__ import annotations

from datetime import date

import pytest

from app.controller.fields import Card, to_portal
from app.provision.layout import FieldLayout, TypeLayout
from bitrix.call import Answer
from bitrix.calls.items import get_item
from bitrix.refs import ItemRef
from rules.model import CaseField
from rules.rulebook import Option, Question
from tests.app.conftest import MONDAY

LAYOUT = TypeLayout(
    1030,
    MONDAY,
    {
        "VERDICT": FieldLayout("UF_CRM_7_VERDICT", {"correct": 11, "partly_correct": 12}),
        "VIOLATIONS": FieldLayout("UF_CRM_7_VIOLATIONS", {"terms": 21, "documents": 22}),
        "COMMISSION": FieldLayout("UF_CRM_7_COMMISSION", {}),
        "CAUSE": FieldLayout("UF_CRM_7_CAUSE", {}),
        "POINTS": FieldLayout("UF_CRM_7_POINTS", {}),
        "Q": FieldLayout("UF_CRM_7_Q", {"yes": 31, "no": 32}),
    },
)


def a_card(**values: object) -> Card:
    """As an answer of crm.item.get brings it."""
    fields = {f"UF_CRM_7_{code}": value for code, value in values.items()}
    return Card(get_item(ItemRef(1030, 1)).read(Answer({"item": {"id": 1, **fields}})), LAYOUT)


@pytest.mark.parametrize(
    ("stored", "code"),
    [
        (11, "correct"),
        ("12", "partly_correct"),  # numbers come as text now and then
        (99, None),  # an option a person added by hand
        (0, None),
        ("", None),
        (None, None),
        (False, None),  # PHP's word for empty
    ],
)
def test_an_option_id_becomes_its_code(stored, code):
    assert a_card(VERDICT=stored).choice("VERDICT") == code


@pytest.mark.parametrize(
    ("stored", "codes"),
    [
        ([21, 22], ("terms", "documents")),
        (["22", 99, "21"], ("documents", "terms")),
        ({"0": 21, "2": 22}, ("terms", "documents")),  # PHP's list with a hole
        ([], ()),
        (False, ()),
        (21, ("terms",)),
        ([21, 22, "21"], ("terms", "documents")),
    ],
)
def test_many_options_become_their_codes(stored, codes):
    assert a_card(VIOLATIONS=stored).choices("VIOLATIONS") == codes


def test_somebody_who_stands_in_a_field_twice_is_one_person():
    """Else a member of the commission would get two votes (seed 306128 of the simulation)."""
    assert a_card(COMMISSION=[14, "14", 31]).people("COMMISSION") == (14, 31)


def test_a_field_the_answer_left_out_is_empty():
    card = a_card()
    assert (card.text("CAUSE"), card.texts("CAUSE"), card.number("POINTS")) == ("", (), None)
    assert (card.person("COMMISSION"), card.people("COMMISSION"), card.day("CAUSE")) == (None, (), None)


@pytest.mark.parametrize(
    ("type_", "stored", "answer"),
    [
        ("yes_no", 32, "no"),
        ("choice", "31", "yes"),
        ("several", [31, 32], ("yes", "no")),
        ("several", [], ()),
        ("number", 0, "0"),  # zero minutes is an answer
        ("number", "7.50", "7.5"),
        ("number", None, ""),
        ("date", "2026-01-15T03:00:00+03:00", "2026-01-15"),
        ("date", "", ""),
        ("user", "5", "5"),
        ("user", 0, ""),
        ("text", "  опоздали  ", "опоздали"),
        ("text", None, ""),
    ],
)
def test_an_answer_is_what_the_rules_expect_of_its_question(type_, stored, answer):
    options = (Option(code="yes", text="Да"), Option(code="no", text="Нет")) if type_ in ("choice", "several") else ()
    assert a_card(Q=stored).answer("Q", Question(text="?", type=type_, options=options)) == answer


def test_a_day_is_read_from_the_portals_midnight():
    assert a_card(CAUSE="2026-01-15T03:00:00+03:00").day("CAUSE") == date(2026, 1, 15)


@pytest.mark.parametrize(
    ("field", "value", "sent"),
    [
        (CaseField.VERDICT, "correct", 11),
        (CaseField.VIOLATIONS, ("terms", "documents"), [21, 22]),
        (CaseField.COMMISSION, (5, 7), [5, 7]),
        (CaseField.CAUSE, "просто текст", "просто текст"),
        (CaseField.POINTS, 10.0, 10.0),
        (CaseField.CAUSE, None, ""),  # empty text clears a field, null is ignored by some types
        (CaseField.COMMISSION, (), []),
    ],
)
def test_what_is_written_is_what_is_read(field, value, sent):
    written = to_portal({field: value}, LAYOUT)
    assert written == {f"UF_CRM_7_{field}": sent}


def test_an_option_nobody_provisioned_is_not_written_as_text():
    with pytest.raises(KeyError):
        to_portal({CaseField.VERDICT: "unheard_of"}, LAYOUT)
