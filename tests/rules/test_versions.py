"""A rulebook that changes while cases are open: they go on by the one they began with, new ones get the new one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from rules.decide import decide
from rules.intake import decide_source
from rules.model import Stage
from rules.rulebook import Rulebook, load
from rules.versions import as_started, differences, lost, retired
from tests.builders import BOOK, NOON, SMALL_BOOK, a_source, reached
from tests.rules.simulated_portal import SimulatedPortal

Data = dict[str, Any]


def changed(change: Callable[[Data], None], version: str = "test-2") -> Rulebook:
    """The small book with this done to it, as a customer would write it."""
    data = yaml.safe_load(Path(SMALL_BOOK).read_text(encoding="utf-8"))
    change(data)
    data["version"] = version
    return load(yaml.safe_dump(data, allow_unicode=True, sort_keys=False))


def retail(data: Data) -> Data:
    return next(funnel for funnel in data["funnels"] if funnel["code"] == "retail")


def a_required_question_is_added(data: Data) -> None:
    data["questions"]["paid"] = {"text": "Оплата получена?", "type": "yes_no"}
    retail(data)["survey"].append({"question": "paid"})


def a_question_becomes_required(data: Data) -> None:
    (found,) = (asked for asked in retail(data)["survey"] if asked["question"] == "dissatisfied_why")
    del found["visible_when"]


def a_question_is_removed(data: Data) -> None:
    retail(data)["survey"] = [asked for asked in retail(data)["survey"] if asked["question"] != "terms_kept"]
    del data["questions"]["terms_kept"]


def the_protocol_is_reworded(data: Data) -> None:
    retail(data)["protocol"] = ["Прослушать все звонки", "Сверить сроки", "Проверить документы", "Проверить оплату"]


def a_verdict_is_removed(data: Data) -> None:
    del data["verdicts"]["partly_correct"]


def a_verdict_asks_for_more(data: Data) -> None:
    data["verdicts"]["partly_correct"] |= {"cause": "required", "reason": "required"}


def a_violation_is_removed_with_its_role(data: Data) -> None:
    del data["violations"]["terms"]
    for violation in data["violations"].values():
        violation["roles"] = [role for role in violation["roles"] if role != "logistics_head"] or ["sales_head"]
    del data["roles"]["logistics_head"]


def a_kind_of_measures_is_removed(data: Data) -> None:
    data["measure_kinds"] = {"instruction": {"title": "Новая инструкция"}}
    data.pop("measure_templates", None)


def a_department_is_removed(data: Data) -> None:
    del data["departments"]["sales"]
    for code, template in list(data.get("measure_templates", {}).items()):
        if template["department"] == "sales":
            del data["measure_templates"][code]


def a_step_of_the_finalization_is_added(data: Data) -> None:
    data["finalization"]["steps"].insert(0, {"code": "risks", "title": "Пересмотреть риски"})


def the_funnel_is_removed(data: Data) -> None:
    data["funnels"] = [funnel for funnel in data["funnels"] if funnel["code"] != "retail"]


CHANGES = [
    a_required_question_is_added,
    a_question_becomes_required,
    a_question_is_removed,
    the_protocol_is_reworded,
    a_verdict_is_removed,
    a_verdict_asks_for_more,
    a_violation_is_removed_with_its_role,
    a_kind_of_measures_is_removed,
    a_department_is_removed,
    a_step_of_the_finalization_is_added,
    the_funnel_is_removed,
]

WORKING = [stage for stage in Stage if not stage.is_final]


@pytest.mark.requirement("R3", "R4")
@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
@pytest.mark.parametrize("stage", [*WORKING, Stage.SUCCESS])
def test_a_case_goes_on_to_its_end_by_the_rulebook_it_began_with(change, stage):
    portal = SimulatedPortal()
    portal.case = replace_version(portal)
    portal.run_to(stage)
    asked_before = {task.slot: task.checklist for task in portal.case.tasks}
    moves = len(portal.service_moves)

    portal.book = as_started(changed(change), BOOK, portal.case.funnel)
    portal.settle()
    assert portal.service_moves[moves:] == [], "the new rulebook moved the case"
    assert {task.slot: task.checklist for task in portal.case.tasks} == asked_before, "the new rulebook asks for more"
    portal.run_to(Stage.SUCCESS)
    assert [there.position > here.position for here, there in portal.service_moves].count(False) == 0


def replace_version(portal: SimulatedPortal) -> Any:
    """The case as the service makes it: its card names the rulebook."""
    return replace(portal.case, rules=BOOK.version)


@pytest.mark.parametrize(
    ("change", "stage"),
    [
        (a_required_question_is_added, Stage.ANALYSIS),
        (a_verdict_is_removed, Stage.CHANGES),
        (a_kind_of_measures_is_removed, Stage.CHANGES),
    ],
)
def test_without_the_earlier_edition_the_same_change_sends_the_case_back(change, stage):
    """What the test above would not notice if it tested nothing."""
    assert decide(reached(stage), changed(change), NOON).commands != decide(reached(stage), BOOK, NOON).commands


def test_a_new_case_gets_the_new_version():
    new = changed(a_required_question_is_added)
    (command,) = decide_source(a_source(), new, NOON.replace(year=2020)).commands
    assert command.rules == "test-2"
    assert as_started(new, new, "retail") is new


def test_the_funnel_asks_and_checks_as_it_did_and_everything_else_is_of_today():
    def company_changes(data: Data) -> None:
        a_required_question_is_added(data)
        the_protocol_is_reworded(data)
        data["quality"]["department"] = "Качество"
        data["roles"]["sales_head"]["head_of"] = "Сбыт"
        data["terms"] = {"survey": 7}
        data["gate"] = {"reverts_in_a_row": 9}
        retail(data)["news_for"] = ["Сбыт"]

    new = changed(company_changes)
    book = as_started(new, BOOK, "retail")
    assert book.version == BOOK.version
    assert book.funnel("retail").survey == BOOK.funnel("retail").survey
    assert book.funnel("retail").protocol == BOOK.funnel("retail").protocol
    assert book.funnel("retail").news_for == ("Сбыт",)
    assert book.quality.department == "Качество"
    assert book.roles["sales_head"].head_of == "Сбыт"
    assert (book.terms.survey, book.gate.reverts_in_a_row) == (7, 9)


def test_what_was_added_since_can_be_used_by_older_cases_too():
    def more(data: Data) -> None:
        data["verdicts"]["wrong"] = {"title": "Ошибочный", "measures": "required"}
        data["violations"]["safety"] = {"title": "Опасно", "severity": "critical", "roles": ["sales_head"]}

    book = as_started(changed(more), BOOK, "retail")
    assert book.verdicts["wrong"].title == "Ошибочный"
    assert book.violations["safety"].severity == "critical"


@pytest.mark.parametrize(
    ("version", "known", "says"),
    [
        ("test-1", BOOK, None),
        # a card older than this field, or the present edition: nothing is lost
        ("", None, None),
        ("test-2", None, None),
        ("2019", None, "редакция «2019», с которой начат разбор, сервису неизвестна: действует нынешняя «test-2»"),
    ],
)
def test_an_edition_that_nobody_knows_is_said(version, known, says):
    assert lost(version, changed(a_verdict_is_removed), known) == says


def test_an_unknown_edition_means_the_present_one():
    new = changed(a_verdict_is_removed)
    assert as_started(new, None, "retail") is new


# --- One version, one content ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_what_cases_keep_may_not_change_under_the_same_version(change):
    found = tuple(differences(BOOK, changed(change, BOOK.version)))
    assert bool(found) is (change is not a_department_is_removed)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (a_required_question_is_added, ("вопросы", "воронка «Розница»: опрос")),
        (the_protocol_is_reworded, ("воронка «Розница»: протокол",)),
        (a_verdict_is_removed, ("вердикты",)),
        (the_funnel_is_removed, ("воронка «Розница» убрана",)),
        (a_step_of_the_finalization_is_added, ("шаги финализации",)),
    ],
)
def test_the_differences_are_named(change, says):
    assert tuple(differences(BOOK, changed(change, BOOK.version))) == says


def test_the_company_may_change_under_the_same_version():
    def organisation(data: Data) -> None:
        data["quality"] = {**data["quality"], "commission_always": ["it_head"]}
        data["roles"]["it_head"]["title"] = "Директор по ИТ"
        data["terms"] = {"survey": 9}
        data["escalation"] = {"remind_hours_before": 8}
        data["calendar"] = {"begins": 8}
        data["gate"] = {"reverts_in_a_row": 2}
        data["approval"] = {"quorum": "majority"}
        data["effectiveness"] = {"after_days": 30}
        data["retention"] = {"years": 10}
        retail(data)["final_stages"] = ["success"]

    assert tuple(differences(BOOK, changed(organisation, BOOK.version))) == ()


def test_funnels_that_left_the_rulebook_are_known_by_their_latest_wording():
    def renamed(data: Data) -> None:
        retail(data)["title"] = "Розница и маркетплейсы"

    now = changed(the_funnel_is_removed, "test-3")
    (funnel,) = retired(now, [BOOK, changed(renamed)])
    assert (funnel.code, funnel.title) == ("retail", "Розница и маркетплейсы")
    assert retired(BOOK, [now]) == ()
