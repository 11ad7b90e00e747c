"""``humanresources.*``: the structure of the company. Samples: api-reference/departments/."""

from __future__ import annotations

import pytest

from tests.sandbox.portal.rest3.conftest import REQUEST

DENIED = (403, "ACCESSDENIEDEXCEPTION")
PLAIN = [
    "id", "name", "type", "structureId", "parentId", "description", "accessCode", "userCount", "colorName", "xmlId",
    "createdAt", "updatedAt",
]  # fmt: skip


def node(desk3, number, *names):
    return desk3.call("humanresources.node.get", {"id": number, "select": list(names)})["item"]


def roles(desk3, number):
    return {one["userId"]: one["role"] for one in node(desk3, number, "members")["members"]}


class TestLooking:
    def test_departments_in_a_list(self, desk3, company):
        company_, sales, _ = desk3.call("humanresources.node.list", {"type": "DEPARTMENT"})["items"]
        assert list(sales) == PLAIN
        assert (company_["parentId"], sales["parentId"]) == (None, 1)
        assert sales == {
            "id": company.sales,
            "name": "Отдел продаж",
            "type": "DEPARTMENT",
            "structureId": 1,
            "parentId": 1,
            "description": None,
            "accessCode": f"DR{company.sales}",
            "userCount": 2,
            "colorName": None,
            "xmlId": None,
            "createdAt": "2026-01-15T12:00:00+03:00",
            "updatedAt": "2026-01-15T12:00:00+03:00",
        }

    def test_one_with_its_people(self, desk3, company):
        item = node(desk3, company.sales, "id", "members")
        assert item["members"][0] == {
            "userId": company.boss,
            "name": "Борис Начальников",
            "workPosition": "Руководитель отдела",
            "role": "MEMBER_HEAD",
            "avatar": None,
            "url": f"/company/personal/user/{company.boss}/",
        }
        assert [one["role"] for one in item["members"]] == ["MEMBER_HEAD", "MEMBER_EMPLOYEE"]

    def test_children_search_and_count(self, desk3, company):
        children = desk3.call("humanresources.node.children", {"id": 1, "select": ["id"]})["items"]
        assert [one["id"] for one in children] == [company.sales, company.purchasing]
        said = {"type": "DEPARTMENT", "name": "ПРОДАЖ", "parentId": 1, "pagination": {"limit": 20}}
        [found] = desk3.call("humanresources.node.search", said)["items"]
        assert (found["id"], list(found)) == (company.sales, PLAIN)
        assert desk3.call("humanresources.node.count") == {"departments": 3, "teams": 0}

    @pytest.mark.parametrize(
        ("method", "said", "code"),
        [
            ("humanresources.node.list", {}, REQUEST),
            ("humanresources.node.list", {"type": "GROUP"}, REQUEST),
            ("humanresources.node.list", {"type": "TEAM", "select": ["nope"]}, "UNKNOWNDTOPROPERTYEXCEPTION"),
            ("humanresources.node.list", {"type": "DEPARTMENT", "select": ["nope"]}, "UNKNOWNDTOPROPERTYEXCEPTION"),
            ("humanresources.node.list", {"type": "TEAM", "select": "id"}, "INVALIDSELECTEXCEPTION"),
            ("humanresources.node.list", {"type": "TEAM", "pagination": {"limit": 0}}, "INVALIDPAGINATIONEXCEPTION"),
            ("humanresources.node.get", {}, REQUEST),
            ("humanresources.node.get", {"id": 99}, "ENTITYNOTFOUNDEXCEPTION"),
            ("humanresources.node.children", {}, REQUEST),
            ("humanresources.node.children", {"id": "1"}, REQUEST),
            ("humanresources.node.search", {"type": "TEAM"}, REQUEST),
            ("humanresources.node.search", {"name": "x"}, REQUEST),
        ],
    )
    def test_refusals(self, desk3, method, said, code):
        assert desk3.refusal(method, said) == (400, code)

    def test_people_from_outside_see_nothing(self, desk3):
        guest = desk3.portal.staff.add_user("Гость", user_type="extranet")
        assert desk3.refusal("humanresources.node.count", by=guest.id) == DENIED
        assert desk3.refusal("humanresources.employee.count", by=guest.id) == DENIED


class TestChanging:
    def test_a_department_with_its_people(self, desk3, company):
        said = {
            "type": "DEPARTMENT",
            "name": "Отдел маркетинга",
            "parentId": 1,
            "description": "Отвечает за продвижение",
            "userIds": {"MEMBER_HEAD": [company.boss], "MEMBER_EMPLOYEE": [company.buyer]},
            "moveUsersToNode": True,
        }
        result = desk3.call("humanresources.node.add", said)
        assert list(result) == [*PLAIN, "members"]
        assert (result["description"], result["userCount"]) == ("Отвечает за продвижение", 2)
        department = desk3.portal.staff.department(result["id"])
        assert (department.name, department.head) == ("Отдел маркетинга", company.boss)
        assert desk3.portal.staff.user(company.buyer).departments == (result["id"],)
        assert desk3.desk.call("department.get", {"ID": result["id"]})[0]["UF_HEAD"] == str(company.boss)

    def test_a_team(self, desk3, company):
        said = {"type": "TEAM", "name": "Проект", "parentId": 1, "colorName": "blue"}
        team = desk3.call("humanresources.node.add", {**said, "userIds": {"MEMBER_TEAM_HEAD": [company.seller]}})
        assert (team["type"], team["colorName"], team["userCount"]) == ("TEAM", "blue", 1)
        assert desk3.call("humanresources.node.count") == {"departments": 3, "teams": 1}
        assert desk3.portal.staff.user(company.seller).departments == (company.sales,)
        [found] = desk3.call("humanresources.employee.search", {"name": "Светлана"})["items"]
        assert found["teams"] == [{"id": team["id"], "name": "Проект"}]

    def test_edited(self, desk3, company):
        desk3.portal.clock.advance(60)
        edited = desk3.call("humanresources.node.edit", {"id": company.sales, "name": "B2B", "description": "Опт"})
        assert list(edited) == PLAIN
        assert (edited["name"], edited["updatedAt"]) == ("B2B", "2026-01-15T12:01:00+03:00")
        assert desk3.portal.staff.department(company.sales).name == "B2B"
        assert node(desk3, company.sales, "description") == {"description": "Опт"}

    def test_moved(self, desk3, company):
        moved = desk3.call("humanresources.node.move", {"id": company.sales, "parentId": company.purchasing})
        assert moved["parentId"] == company.purchasing
        assert desk3.portal.staff.department(company.sales).parent == company.purchasing

    @pytest.mark.parametrize(
        ("method", "said", "code"),
        [
            ("add", {"type": "DEPARTMENT", "name": "x"}, REQUEST),
            ("add", {"type": "DEPARTMENT", "parentId": 1}, REQUEST),
            ("add", {"name": "x", "parentId": 1}, REQUEST),
            ("add", {"type": "x", "name": "x", "parentId": 1}, REQUEST),
            ("add", {"type": "TEAM", "name": "x", "parentId": 1, "colorName": "red"}, REQUEST),
            ("add", {"type": "TEAM", "name": "x", "parentId": 1, "userIds": {"MEMBER_HEAD": [1]}}, REQUEST),
            ("add", {"type": "TEAM", "name": "x", "parentId": "1"}, REQUEST),
            ("edit", {"name": "x"}, REQUEST),
            ("edit", {"id": 1}, REQUEST),
            ("edit", {"id": 1, "colorName": "red"}, REQUEST),
            ("move", {"id": 1}, REQUEST),
            ("move", {"parentId": 1}, REQUEST),
            ("move", {"id": 1, "parentId": 1}, REQUEST),
        ],
    )
    def test_refusals(self, desk3, method, said, code):
        assert desk3.refusal(f"humanresources.node.{method}", said) == (400, code)

    @pytest.mark.parametrize(
        ("method", "said"),
        [
            ("children", {"id": 99}),
            ("add", {"type": "TEAM", "name": "x", "parentId": 99}),
            ("edit", {"id": 99, "name": "x"}),
            ("move", {"id": 2, "parentId": 99}),
            ("move", {"id": 99, "parentId": 1}),
        ],
    )
    def test_where_not_found_is_no_answer_access_is_denied(self, desk3, company, method, said):
        assert desk3.refusal(f"humanresources.node.{method}", said) == DENIED

    def test_the_words_of_an_empty_edit(self, desk3):
        words = "At least one of the following fields must be provided: name, description, colorName."
        assert desk3.faults("humanresources.node.edit", {"id": 1}) == [("name", words)]

    @pytest.mark.parametrize(
        ("method", "said"),
        [
            ("node.add", {"type": "DEPARTMENT", "name": "x", "parentId": 1}),
            ("node.edit", {"id": 1, "name": "x"}),
            ("node.move", {"id": 1, "parentId": 1}),
            ("node.member.add", {"nodeId": 1, "userIds": [1], "role": "MEMBER_EMPLOYEE"}),
            ("node.member.remove", {"nodeId": 1, "userIds": [1]}),
        ],
    )
    def test_for_administrators(self, desk3, company, method, said):
        assert desk3.refusal(f"humanresources.{method}", said, by=company.seller) == DENIED


class TestMembers:
    def test_added_in_a_role(self, desk3, company):
        said = {"nodeId": company.sales, "userIds": [company.buyer], "role": "MEMBER_DEPUTY_HEAD"}
        assert desk3.call("humanresources.node.member.add", said) == {"success": True}
        assert roles(desk3, company.sales) == {
            company.boss: "MEMBER_HEAD",
            company.buyer: "MEMBER_DEPUTY_HEAD",
            company.seller: "MEMBER_EMPLOYEE",
        }
        assert desk3.portal.staff.user(company.buyer).departments == (company.purchasing, company.sales)

    def test_moved_out_of_everywhere_else(self, desk3, company):
        said = {"nodeId": company.purchasing, "userIds": [company.boss, company.seller]}
        assert desk3.call("humanresources.node.member.move", said) == {"success": True}
        assert roles(desk3, company.sales) == {}
        assert desk3.portal.staff.department(company.sales).head is None
        assert desk3.portal.staff.user(company.seller).departments == (company.purchasing,)

    def test_set_to_exactly_these(self, desk3, company):
        people = {"MEMBER_HEAD": [company.seller], "MEMBER_EMPLOYEE": [company.buyer]}
        said = {"nodeId": company.sales, "userIds": people}
        assert desk3.call("humanresources.node.member.set", said) == {"success": True}
        assert roles(desk3, company.sales) == {company.seller: "MEMBER_HEAD", company.buyer: "MEMBER_EMPLOYEE"}
        assert desk3.portal.staff.department(company.sales).head == company.seller

    def test_removed_and_not_there(self, desk3, company):
        said = {"nodeId": company.sales, "userIds": [company.seller, company.outsider]}
        assert desk3.call("humanresources.node.member.remove", said) == {
            "removed": [company.seller],
            "failed": [{"userId": company.outsider, "reason": "Not found in this node"}],
        }
        assert desk3.portal.staff.user(company.seller).departments == (1,)

    @pytest.mark.parametrize(
        ("method", "said", "fault"),
        [
            ("add", {"userIds": [1], "role": "x"}, ("nodeId", 'Parameter "nodeId" is required.')),
            ("add", {"nodeId": 1, "userIds": [1]}, ("role", 'Parameter "role" is required.')),
            (
                "add",
                {"nodeId": 1, "role": "x"},
                ("userIds", 'Parameter "userIds" is required and must be a non-empty array.'),
            ),
            (
                "remove",
                {"nodeId": 1, "userIds": []},
                ("userIds", 'Parameter "userIds" is required and must be a non-empty array.'),
            ),
            (
                "move",
                {"nodeId": 1, "userIds": [1], "role": "BOSS"},
                ("role", "Invalid role BOSS. Allowed: MEMBER_HEAD, MEMBER_DEPUTY_HEAD, MEMBER_EMPLOYEE."),
            ),
            (
                "set",
                {"nodeId": 1, "userIds": {"MEMBER_OWNER": [1]}},
                (
                    "userIds",
                    "Invalid roles: MEMBER_OWNER. Allowed: MEMBER_HEAD, MEMBER_DEPUTY_HEAD, MEMBER_EMPLOYEE.",
                ),
            ),
        ],
    )
    def test_refusals(self, desk3, method, said, fault):
        assert desk3.faults(f"humanresources.node.member.{method}", said) == [fault]

    @pytest.mark.parametrize("method", ["add", "move", "remove"])
    def test_a_node_that_is_not_there(self, desk3, method):
        said = {"nodeId": 99, "userIds": [1], "role": "MEMBER_EMPLOYEE"}
        refused = desk3.refusal(f"humanresources.node.member.{method}", said)
        assert refused == (400, "ENTITYNOTFOUNDEXCEPTION")


class TestEmployees:
    def test_found_by_name(self, desk3, company):
        [found] = desk3.call("humanresources.employee.search", {"name": "закуп"})["items"]
        assert found == {
            "userId": company.buyer,
            "name": "Захар Закупкин",
            "workPosition": "",
            "avatar": None,
            "url": f"/company/personal/user/{company.buyer}/",
            "departments": [{"id": company.purchasing, "name": "Отдел закупок"}],
            "teams": [],
        }
        within = {"name": "", "nodeId": company.sales, "select": ["userId"]}
        people = desk3.call("humanresources.employee.search", within)["items"]
        assert [one["userId"] for one in people] == [company.boss, company.seller]

    def test_counted_once_each(self, desk3, company):
        desk3.portal.staff.update_user(company.seller, departments=[company.sales, company.purchasing])
        desk3.portal.staff.update_user(company.outsider, active=False)
        assert desk3.call("humanresources.employee.count") == {"total": 4}
        several = desk3.call("humanresources.employee.multidepartment")
        assert several["total"] == 1
        [one] = several["employees"]
        assert list(one) == ["userId", "name", "workPosition", "departments"]
        assert [place["id"] for place in one["departments"]] == [company.sales, company.purchasing]

    def test_subordinates(self, desk3, company):
        assert desk3.call("humanresources.employee.subordinates", {"id": company.boss}) == {
            "userId": company.boss,
            "departments": [{"nodeId": company.sales, "name": "Отдел продаж", "role": "HEAD", "subordinatesCount": 1}],
        }
        assert desk3.call("humanresources.employee.subordinates", {"id": company.seller})["departments"] == []

    @pytest.mark.parametrize(
        ("method", "said", "words"),
        [
            ("search", {}, 'Parameter "name" is required.'),
            ("subordinates", {}, "Обязательное поле `id` не указано"),
            ("subordinates", {"id": 0}, 'Parameter "id" is required and must be a positive integer.'),
        ],
    )
    def test_refusals(self, desk3, method, said, words):
        [(_, said_words)] = desk3.faults(f"humanresources.employee.{method}", said)
        assert said_words == words
