"""What a rulebook asks of a portal."""

from __future__ import annotations

import re

import pytest

from app.provision.blueprint import CASE, MEASURE, STAGE_CODES, blueprint_of, question_field
from bitrix.refs import DEAL, LEAD
from rules.model import CaseField, Stage


@pytest.fixture
def types(blueprint):
    return {each.role: each for each in blueprint.types}


def test_case_is_a_child_of_every_watched_type_and_measure_a_child_of_the_case(types):
    assert set(types[CASE].parents) == {DEAL, LEAD, "service"}  # the smart process by the code of its funnel
    assert types[MEASURE].parents == (CASE,)


def test_every_source_process_has_a_funnel_of_its_own(types, book):
    assert types[CASE].funnels == tuple(funnel.title for funnel in book.funnels)


def test_every_stage_of_the_process_has_one_code(types):
    assert set(STAGE_CODES) == set(Stage)
    assert [stage.code for stage in types[CASE].stages] == [STAGE_CODES[stage] for stage in Stage]
    assert len(set(STAGE_CODES.values())) == len(STAGE_CODES)


def test_stages_keep_the_order_in_process_success_failure(types):
    """The portal refuses any other (crm-status-add.md), at every step between a new funnel and ours."""
    order = [stage.semantics for stage in sorted(types[CASE].stages, key=lambda stage: stage.sort)]
    assert order == [""] * 6 + ["S", "F"]
    assert all(stage.sort < 40 for stage in types[CASE].stages if not stage.semantics)


def test_every_field_the_rules_know_is_wanted_and_every_question_has_one(types, book):
    codes = {field.code for field in types[CASE].fields}
    assert codes == set(CaseField) | {question_field(code) for code in book.questions}


def test_field_names_fit_into_the_portals_50_characters(types):
    for each in types.values():
        for field in each.fields:
            assert re.fullmatch(r"[A-Z0-9_]+", field.code)
            assert len(f"UF_CRM_9999_{field.code}") <= 50


@pytest.mark.parametrize(
    ("question", "user_type", "multiple", "options"),
    [
        ("satisfaction", "enumeration", False, ["high", "middle", "low"]),
        ("dissatisfied_why", "string", False, []),
        # a Bitrix24 boolean can't say «not answered»
        ("terms_kept", "enumeration", False, ["yes", "no"]),
        ("deviations", "enumeration", True, ["none", "deviation", "special_case"]),
        ("first_reply_minutes", "double", False, []),
    ],
)
def test_a_question_becomes_a_field_of_its_type(types, question, user_type, multiple, options):
    field = next(each for each in types[CASE].fields if each.code == question_field(question))
    assert (field.user_type, field.multiple) == (user_type, multiple)
    assert [code for code, _ in field.options] == options


def test_the_customers_own_funnels_are_presupposed(blueprint):
    assert [(each.kind, each.funnel) for each in blueprint.sources] == [
        ("deal", "Розничные продажи"),
        ("deal", "Оптовые продажи"),
        ("lead", None),
        ("smart_process", "Ремонт и обслуживание"),
    ]


def test_every_executing_department_has_its_group_with_the_kanban(blueprint, book):
    assert {group.department for group in blueprint.groups} == set(book.departments)
    assert all(group.kanban == book.kanban for group in blueprint.groups)


def test_the_same_rulebook_asks_the_same(book):
    assert blueprint_of(book) == blueprint_of(book)
