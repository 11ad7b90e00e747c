"""The portal's ids under the rulebook's names."""

from __future__ import annotations

import pytest

from app.provision.layout import NotProvisioned, layout_of
from app.provision.standing import read_standing
from bitrix.refs import DEAL, LEAD
from rules.model import CaseField, Stage
from tests.app.conftest import MONDAY, SERVICE_REQUESTS


@pytest.fixture
def layout(connection):
    return connection.layout


def test_sources_are_found_by_type_and_funnel(layout):
    (service,) = (place for place, code in layout.sources.items() if code == "service")
    assert service[0] == SERVICE_REQUESTS
    assert layout.sources == {(DEAL, 5): "retail", (DEAL, 6): "wholesale", (LEAD, None): "leads", service: "service"}


@pytest.mark.parametrize("stage", list(Stage))
@pytest.mark.parametrize("funnel", ["retail", "wholesale", "leads", "service"])
def test_a_stage_goes_to_the_portal_and_back(layout, portal, funnel, stage):
    stage_id = layout.stage_id(funnel, stage)
    assert stage_id in {each["STATUS_ID"] for each in portal.statuses.values()}
    assert layout.stage_of(stage_id) is stage
    assert layout.funnel_of(layout.funnels[funnel]) == funnel


@pytest.mark.parametrize("stage_id", [None, "", "DT1030_1:OURS", "NONSENSE"])
def test_a_stage_somebody_added_is_no_stage_of_the_process(layout, stage_id):
    assert layout.stage_of(stage_id) is None


def test_final_stages_are_those_of_every_funnel(layout):
    assert len(layout.final_stage_ids()) == 2 * 4
    assert {layout.stage_of(each) for each in layout.final_stage_ids()} == {Stage.SUCCESS, Stage.CANCELLED}


def test_options_have_their_codes(layout, portal):
    verdict = layout.case.fields[CaseField.VERDICT]
    assert set(verdict.options) == {"correct", "improvable", "partly_correct", "incorrect"}
    assert all(verdict.code_of(id_) == code for code, id_ in verdict.options.items())
    assert verdict.code_of(-1) is None


def test_tasks_go_into_the_first_column(layout, portal, book):
    for group in layout.groups.values():
        first = portal.columns[group.id][0]
        assert (str(group.first_column_id), first["TITLE"]) == (first["ID"], book.kanban[0])


def test_work_closed_before_the_process_existed_is_not_analysed(layout):
    assert layout.case.created_at == MONDAY


async def test_an_unprepared_portal_is_told_what_it_lacks_and_what_to_do(bare_portal, book, blueprint):
    standing = await read_standing(bare_portal, blueprint)
    with pytest.raises(NotProvisioned, match=r"создать смарт-процесс.*Выполните: capa24 provision"):
        layout_of(book, blueprint, standing)


async def test_a_newcomer_in_a_department_does_not_keep_the_service_from_starting(portal, book, blueprint):
    """Nor does a new head. Found by the simulation: after one came, a restarted service refused to work at all."""
    portal.hire(99, "Новенький", 3)
    layout = layout_of(book, blueprint, await read_standing(portal, blueprint))
    assert layout.groups["sales"].first_column_id


async def test_a_renamed_kanban_column_does_not_either(portal, book, blueprint, layout):
    group = layout.groups["sales"]
    portal.columns[group.id][1]["TITLE"] = "Делаем"
    assert layout_of(book, blueprint, await read_standing(portal, blueprint)).groups["sales"] == group


async def test_a_portal_that_hides_when_the_process_was_made_is_not_guessed_at(portal, book, blueprint):
    portal.types[1030]["createdTime"] = ""
    standing = await read_standing(portal, blueprint)
    with pytest.raises(NotProvisioned, match="когда создан"):
        layout_of(book, blueprint, standing)
