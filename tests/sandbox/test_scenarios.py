"""Ready-made portals."""

from __future__ import annotations

import pytest

from sandbox import scenarios
from sandbox.portal.portal import Portal
from sandbox.portal.seed import plant


@pytest.mark.parametrize("name", scenarios.names())
def test_every_scenario_can_be_planted(name):
    portal = Portal()
    plant(portal, scenarios.load(name))
    assert portal.staff.is_admin(1)


def test_an_unknown_one_names_those_that_exist():
    with pytest.raises(scenarios.UnknownScenario, match="'zoo'; there are: empty, trading-company"):
        scenarios.load("zoo")


def test_an_empty_portal(box):
    assert [user["ID"] for user in box.call("user.get")] == ["1"]
    assert len(box.call("department.get")) == 1
    assert box.call("crm.item.list", entityTypeId=2) == {"items": []}


def test_the_trading_company(box):
    box.control("reset", {"scenario": "trading-company"})
    users = box.call("user.get")
    departments = {one["NAME"]: one for one in box.call("department.get")}
    assert departments.keys() == {
        "Дирекция", "Отдел продаж", "Логистика", "Маркетинг", "Отдел ИТ", "Юридический отдел", "Сервис",
        "Отдел контроля качества",
    }  # fmt: skip
    heads = [one["UF_HEAD"] for one in departments.values()]
    assert len(set(heads)) == len(departments)
    assert set(heads) <= {user["ID"] for user in users}
    quality = int(departments["Отдел контроля качества"]["ID"])
    assert len([user for user in users if quality in user.get("UF_DEPARTMENT", [])]) == 4
    funnels = box.call("crm.category.list", entityTypeId=2)["categories"]
    assert {funnel["name"]: funnel["id"] for funnel in funnels} == {"Розничные продажи": 0, "Оптовые продажи": 1}
    wholesale = box.call("crm.status.list", filter={"ENTITY_ID": "DEAL_STAGE_1"}, order={"SORT": "ASC"})
    assert "КП" in [stage["NAME"] for stage in wholesale]
    assert [stage["SEMANTICS"] for stage in wholesale][-2:] == ["S", "F"]
    deals = box.call("crm.item.list", entityTypeId=2)["items"]
    leads = box.call("crm.item.list", entityTypeId=1)["items"]
    assert (len(deals), len(leads)) == (6, 3)
    assert {item["stageSemanticId"] for item in deals + leads} == {"P"}


def test_the_trading_company_has_a_smart_process_of_its_own(box):
    box.control("reset", {"scenario": "trading-company"})
    (process,) = box.call("crm.type.list")["types"]
    number = process["entityTypeId"]
    (funnel,) = box.call("crm.category.list", entityTypeId=number)["categories"]
    assert (process["title"], funnel["name"]) == ("Сервисные заявки", "Ремонт и обслуживание")
    stages = box.call("crm.status.list", filter={"ENTITY_ID": f"DYNAMIC_{number}_STAGE_{funnel['id']}"})
    assert {"Диагностика", "Акт на подписи", "Выполнена"} <= {stage["NAME"] for stage in stages}
    assert len(box.call("crm.item.list", entityTypeId=number)["items"]) == 3


def test_people_of_the_trading_company_live_in_several_time_zones(box):
    box.control("reset", {"scenario": "trading-company"})
    zones = {user.get("TIME_ZONE") for user in box.call("user.get")}
    assert {"Europe/Kaliningrad", "Asia/Vladivostok"} <= zones
    (outsider,) = box.call("user.get", FILTER={"USER_TYPE": "extranet"})
    assert "UF_DEPARTMENT" not in outsider


def test_the_robot_is_an_administrator(box):
    box.control("reset", {"scenario": "trading-company"})
    (robot,) = box.call("user.get", FILTER={"LAST_NAME": "качества"})
    webhook = box.control("inbound", {"user_id": int(robot["ID"])})["webhook"]
    assert box.http.post(webhook + "user.admin").json()["result"] is True
    assert box.http.post(webhook + "crm.type.list").status_code == 200
