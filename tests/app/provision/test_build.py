"""Provisioning: to the end, again, and interrupted anywhere."""

from __future__ import annotations

import asyncio
from collections import Counter
from copy import deepcopy

import pytest

from app.provision.blueprint import Blueprint
from app.provision.build import DoesNotHold, build
from app.provision.plan import plan
from app.provision.standing import read_standing
from bitrix.errors import OutcomeUnknown
from tests.app.conftest import SERVICE_REQUESTS
from tests.app.fake_portal import FakePortal, PowerCut


def doubles(portal: FakePortal) -> list[object]:
    """What exists twice under one name."""
    names = [
        *(("type", each["title"]) for each in portal.types.values()),
        *(("funnel", each["entityTypeId"], each["name"]) for each in portal.categories),
        *(("stage", each["STATUS_ID"]) for each in portal.statuses.values()),
        *(("field", each["fieldName"]) for each in portal.userfields.values()),
        *(
            ("option", each["fieldName"], value["xmlId"])
            for each in portal.userfields.values()
            for value in each["enum"]
        ),
        *(("group", each["NAME"]) for each in portal.groups.values()),
        *(("member", group, each) for group, members in portal.members.items() for each in members),
        *(("column", group, each["TITLE"]) for group, columns in portal.columns.items() for each in columns),
    ]
    return [name for name, times in Counter(names).items() if times > 1]


async def missing(portal: FakePortal, blueprint: Blueprint) -> tuple[object, ...]:
    return plan(blueprint, await read_standing(portal, blueprint))  # type: ignore[arg-type]


@pytest.mark.requirement("S3")
async def test_builds_to_the_end_and_then_has_nothing_to_do(bare_portal, blueprint):
    said: list[object] = []
    taken = await build(bare_portal, blueprint, said.append)
    assert taken == len(said) > 0
    assert await missing(bare_portal, blueprint) == ()
    assert doubles(bare_portal) == []
    titles = {each["title"]: number for number, each in bare_portal.types.items()}
    assert {"Анализ и коррекции", "Мера коррекции"} <= set(titles), "cases and measures live in smart processes"
    assert all(titles[title] >= 128 for title in ("Анализ и коррекции", "Мера коррекции"))

    bare_portal.writes.clear()
    assert await build(bare_portal, blueprint, said.append) == 0
    assert bare_portal.writes == []


async def test_interrupted_at_any_write_it_resumes_and_creates_nothing_twice(bare_portal, blueprint):
    whole = deepcopy(bare_portal)
    await build(whole, blueprint, say=lambda step: None)
    total = len(whole.writes)

    for write in range(0, total, 3):  # every third is enough: neighbours differ by one field
        portal = deepcopy(bare_portal)
        portal.cut_power_at(write)
        with pytest.raises(PowerCut):
            await build(portal, blueprint, say=lambda step: None)
        portal.restore_power()
        await build(portal, blueprint, say=lambda step: None)
        assert await missing(portal, blueprint) == (), f"cut at write {write}"
        assert doubles(portal) == [], f"cut at write {write}"


@pytest.mark.parametrize(
    "method",
    [
        "crm.type.add",
        "crm.category.add",
        "crm.status.add",
        "userfieldconfig.add",
        "sonet_group.create",
        "sonet_group.user.add",
        "task.stages.add",
    ],
)
async def test_a_write_whose_answer_was_lost_is_found_not_repeated(bare_portal, blueprint, method):
    bare_portal.lose_answer(method)
    with pytest.raises(OutcomeUnknown):
        await build(bare_portal, blueprint, say=lambda step: None)
    await build(bare_portal, blueprint, say=lambda step: None)
    assert doubles(bare_portal) == []
    assert await missing(bare_portal, blueprint) == ()


async def test_when_a_step_fails_the_others_of_its_wave_end_first(bare_portal, blueprint):
    """Whoever starts again at once must not meet writes of the first run: they would make things twice."""
    bare_portal.lose_answer("crm.category.update")
    with pytest.raises(OutcomeUnknown):
        await build(bare_portal, blueprint, say=lambda step: None)
    written = len(bare_portal.writes)
    for _ in range(100):
        await asyncio.sleep(0)
    assert len(bare_portal.writes) == written


async def test_a_customers_renamed_stage_and_extra_field_stay(portal, blueprint):
    stage = next(each for each in portal.statuses.values() if each["STATUS_ID"].endswith(":ANALYSIS"))
    stage["NAME"] = "Разбор полётов"
    process = portal.types[1030]
    own = {"id": "9000", "entityId": f"CRM_{process['id']}", "fieldName": f"UF_CRM_{process['id']}_OURS"}
    portal.userfields[9000] = {**own, "userTypeId": "string", "multiple": "N", "mandatory": "N", "enum": []}

    assert await build(portal, blueprint, say=lambda step: None) == 0
    assert stage["NAME"] == "Разбор полётов"
    assert 9000 in portal.userfields


async def test_relations_a_customer_added_survive_an_update(portal, blueprint):
    case, measure = portal.types[1030], portal.types[1032]["entityTypeId"]
    case["relations"] = {"parent": [{"entityTypeId": 31}], "child": [{"entityTypeId": measure}, {"entityTypeId": 7}]}
    assert await build(portal, blueprint, say=lambda step: None) == 1
    related = {side: {each["entityTypeId"] for each in rows} for side, rows in case["relations"].items()}
    assert related == {"parent": {1, 2, 31, SERVICE_REQUESTS}, "child": {measure, 7}}


async def test_what_a_person_deleted_comes_back_and_nothing_else(portal, blueprint):
    field = next(each for each in portal.userfields.values() if each["fieldName"].endswith("_CAUSE"))
    del portal.userfields[int(field["id"])]
    said: list[object] = []
    assert await build(portal, blueprint, said.append) == 1
    assert [str(step) for step in said] == ["«Анализ и коррекции»: добавить поле «Причина»"]


async def test_a_list_gets_the_option_it_lacks_and_keeps_the_ids_it_had(portal, blueprint):
    field = next(each for each in portal.userfields.values() if each["fieldName"].endswith("_VERDICT"))
    lost = field["enum"].pop()
    field["enum"].append({"id": "77", "xmlId": "ours", "value": "Своё", "sort": 900, "def": "N"})
    before = {value["xmlId"]: value["id"] for value in field["enum"]}

    assert await build(portal, blueprint, say=lambda step: None) == 1
    after = {value["xmlId"]: value["id"] for value in field["enum"]}
    assert before.items() <= after.items()
    assert lost["xmlId"] in after


async def test_a_portal_that_keeps_nothing_is_reported_in_words(bare_portal, blueprint):
    bare_portal._crm_type_add = lambda params: {"type": {"id": 7, "entityTypeId": 1030, "title": "?"}}
    with pytest.raises(DoesNotHold, match=r"создать смарт-процесс «Анализ и коррекции».*права владельца вебхука"):
        await build(bare_portal, blueprint, say=lambda step: None)


async def test_kanban_columns_stand_in_order_and_the_portals_first_and_last_are_ours(portal, blueprint, book):
    for columns in portal.columns.values():
        assert [column["TITLE"] for column in columns] == list(book.kanban)
        assert (columns[0]["SYSTEM_TYPE"], columns[-1]["SYSTEM_TYPE"]) == ("NEW", "FINISH")
