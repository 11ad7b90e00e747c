"""The difference between what is wanted and what stands, as people read it before they agree."""

from __future__ import annotations

from collections import Counter

import pytest

from app.provision.plan import (
    WAVES,
    AddField,
    AddMembers,
    AddStage,
    ArrangeKanban,
    CreateFunnel,
    CreateGroup,
    CreateType,
    DeleteStage,
    NotOnPortal,
    UpdateStage,
    UpdateType,
    first_wave,
    plan,
)
from app.provision.standing import read_standing


async def planned(portal, blueprint):
    return plan(blueprint, await read_standing(portal, blueprint))


async def test_an_empty_portal_is_told_everything_that_will_be_made(bare_portal, blueprint):
    steps = await planned(bare_portal, blueprint)
    made = Counter(type(step) for step in steps)
    assert made[CreateType] == 2
    assert made[CreateFunnel] == 4
    assert made[AddStage] == 4 * 8
    assert made[AddField] == sum(len(each.fields) for each in blueprint.types)
    assert made[CreateGroup] == made[ArrangeKanban] == made[AddMembers] == len(blueprint.groups)
    assert bare_portal.writes == []


async def test_a_ready_portal_is_told_nothing(portal, blueprint):
    assert await planned(portal, blueprint) == ()


async def test_steps_come_in_waves_and_every_step_says_what_it_does(bare_portal, blueprint):
    steps = await planned(bare_portal, blueprint)
    waves = [WAVES[type(step)] for step in steps]
    assert waves == sorted(waves)
    assert {type(step) for step in first_wave(steps)} == {CreateType, CreateGroup}
    assert all("«" in str(step) for step in steps)


async def test_a_missing_deal_funnel_is_named_with_those_that_exist(bare_portal, blueprint):
    bare_portal.categories = [each for each in bare_portal.categories if each["name"] != "Оптовые продажи"]
    with pytest.raises(NotOnPortal, match="«Оптовые продажи» нет на портале; есть: Розничные продажи"):
        await planned(bare_portal, blueprint)


async def test_every_missing_department_is_named_at_once(bare_portal, blueprint):
    bare_portal.departments = [
        each for each in bare_portal.departments if each["NAME"] not in ("Логистика", "Отдел ИТ")
    ]
    with pytest.raises(NotOnPortal, match=r"«Логистика».*«Отдел ИТ»"):
        await planned(bare_portal, blueprint)


@pytest.mark.parametrize(
    ("spoil", "step"),
    [
        # tasks would silently lose their binding to the case
        (lambda process: process["linkedUserFields"].clear(), UpdateType),
        (lambda process: process["relations"]["parent"].clear(), UpdateType),
        (lambda process: process.update(isCategoriesEnabled="N"), UpdateType),
    ],
)
async def test_a_smart_process_that_lost_a_setting_is_set_again(portal, blueprint, spoil, step):
    spoil(portal.types[1030])
    assert [type(each) for each in await planned(portal, blueprint)] == [step]


async def test_parents_a_customer_added_are_not_taken_away(portal, blueprint):
    portal.types[1030]["relations"]["parent"].append({"entityTypeId": 31, "isChildrenListEnabled": "true"})
    assert await planned(portal, blueprint) == ()


async def test_a_new_funnel_drops_what_it_brought_along_and_names_the_rest(portal, blueprint, book):
    """As right after crm.category.add: NEW, PREPARATION, CLIENT, SUCCESS, FAIL under the portal's names."""
    category = next(
        each for each in portal.categories if each["name"] == book.funnels[0].title and each["entityTypeId"] == 1030
    )
    portal.categories.remove(category)
    portal._new_category(1030, category["name"], 100)
    steps = await planned(portal, blueprint)
    assert {type(step) for step in steps} == {AddStage, UpdateStage, DeleteStage}
    assert [step.code for step in steps if isinstance(step, DeleteStage)] == ["CLIENT", "PREPARATION"]
    assert [step.wanted.code for step in steps if isinstance(step, UpdateStage)] == ["NEW", "SUCCESS", "FAIL"]


async def test_who_joins_a_department_joins_its_group_and_nobody_is_put_out(portal, blueprint):
    portal.hire(99, "Новичок", 4)
    portal.users[-3]["ACTIVE"] = False
    steps = await planned(portal, blueprint)
    assert [(type(step), step.user_ids) for step in steps] == [(AddMembers, (99,))]


async def test_a_kanban_column_of_the_customers_own_is_left_alone(portal, blueprint):
    group = next(iter(portal.columns))
    portal.columns[group].append({"ID": "8000", "TITLE": "Отложено", "SYSTEM_TYPE": "", "ENTITY_ID": str(group)})
    assert await planned(portal, blueprint) == ()
