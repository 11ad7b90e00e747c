"""Rights in the CRM: refusals of crm-item-get.md, -add, -update, -delete; lists without what one may not read."""

from __future__ import annotations

import pytest

DEAL = 2


def give(desk, user: int, **rights: object) -> None:
    """One role with one grant for this person; everybody else has none."""
    role = {"name": "Менеджеры", "users": [user], "rights": [{"entity_type_id": DEAL, **rights}]}
    control(desk, "rights", [role])


def control(desk, what: str, body: object) -> object:
    answer = desk.client.post(f"{desk.address}/_sandbox/{what}", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


def deal(desk, **fields: object) -> int:
    return desk.call("crm.item.add", {"entityTypeId": DEAL, "fields": fields})["item"]["id"]


def seen(desk, by: int, **params: object) -> list[int]:
    return [item["id"] for item in desk.call("crm.item.list", {"entityTypeId": DEAL, **params}, by=by)["items"]]


def test_without_roles_everybody_may_everything(desk, company):
    number = deal(desk)
    assert seen(desk, company.outsider) == [number]
    assert desk.call("crm.item.delete", {"entityTypeId": DEAL, "id": number}, by=company.outsider) == []


@pytest.mark.parametrize(
    ("scope", "visible"),
    [
        ("all", ["own", "colleague", "stranger"]),
        ("department", ["own", "colleague"]),
        ("own", ["own"]),
        ("none", []),
    ],
)
def test_whose_deals_are_seen(desk, company, scope, visible):
    numbers = {
        "own": deal(desk, assignedById=company.seller),
        "colleague": deal(desk, assignedById=company.boss),
        "stranger": deal(desk, assignedById=company.buyer),
    }
    give(desk, company.seller, read=scope)
    body = desk.body("crm.item.list", {"entityTypeId": DEAL}, by=company.seller)
    assert [item["id"] for item in body["result"]["items"]] == [numbers[name] for name in visible]
    assert body["total"] == len(visible)
    for name, number in numbers.items():
        get = {"entityTypeId": DEAL, "id": number}
        if name in visible:
            assert desk.call("crm.item.get", get, by=company.seller)["item"]["id"] == number
        else:
            assert desk.refusal("crm.item.get", get, by=company.seller) == (400, "ACCESS_DENIED")
            assert desk.words("crm.item.get", get, by=company.seller) == "У Вас нет прав на просмотр этого элемента"


def test_without_a_role_nothing_is_seen_but_by_administrators(desk, company):
    number = deal(desk)
    give(desk, company.seller, read="all")
    assert seen(desk, company.buyer) == []
    assert seen(desk, 1) == [number]
    desk.client.delete(f"{desk.address}/_sandbox/rights")
    assert seen(desk, company.buyer) == [number]


def test_a_filter_and_the_rights_together(desk, company):
    mine, other = deal(desk, assignedById=company.seller, title="А"), deal(desk, title="А")
    deal(desk, assignedById=company.seller, title="Б")
    give(desk, company.seller, read="own")
    assert seen(desk, company.seller, filter={"title": "А"}) == [mine]
    assert seen(desk, company.seller, filter={"logic": "OR", "title": "А", "id": other}) == [mine]


def test_rights_of_a_funnel(desk, company):
    funnel = desk.call("crm.category.add", {"entityTypeId": DEAL, "fields": {"name": "Опт"}})["category"]["id"]
    retail, wholesale = deal(desk), deal(desk, categoryId=funnel)
    give(desk, company.seller, category_id=funnel, read="all", add="all")
    assert seen(desk, company.seller) == [wholesale]
    assert desk.refusal("crm.item.get", {"entityTypeId": DEAL, "id": retail}, by=company.seller) == (
        400,
        "ACCESS_DENIED",
    )
    new = {"entityTypeId": DEAL, "fields": {"title": "Новая"}}
    assert desk.refusal("crm.item.add", new, by=company.seller) == (400, "ACCESS_DENIED")
    new["fields"] = {"categoryId": funnel}
    assert desk.call("crm.item.add", new, by=company.seller)["item"]["categoryId"] == funnel


def test_the_widest_of_several_roles_counts(desk, company):
    number = deal(desk)
    roles = [
        {"everyone": True, "rights": [{"read": "own"}]},
        {"departments": [company.sales], "rights": [{"entity_type_id": DEAL, "read": "all"}]},
    ]
    control(desk, "rights", roles)
    assert seen(desk, company.seller) == [number]
    assert seen(desk, company.buyer) == []


@pytest.mark.parametrize(
    ("method", "right", "more"),
    [
        ("crm.item.update", "update", {"fields": {"title": "Иначе"}}),
        ("crm.item.delete", "delete", {}),
    ],
)
def test_changing_needs_its_own_right(desk, company, method, right, more):
    number = deal(desk, assignedById=company.seller)
    params = {"entityTypeId": DEAL, "id": number, **more}
    give(desk, company.seller, read="all")
    desk.events()
    assert desk.refusal(method, params, by=company.seller) == (400, "ACCESS_DENIED")
    assert desk.events() == []
    give(desk, company.seller, read="all", **{right: "own"})
    desk.call(method, params, by=company.seller)
    assert len(desk.events()) == 1


def test_a_stage_some_may_not_move_to(desk, company):
    number = deal(desk, assignedById=company.seller)
    give(desk, company.seller, read="all", update="all", stages={"WON": "none", "EXECUTING": "own"})
    update = {"entityTypeId": DEAL, "id": number, "fields": {"stageId": "WON"}}
    assert desk.refusal("crm.item.update", update, by=company.seller) == (400, "")
    assert desk.words("crm.item.update", update, by=company.seller) == "Недостаточно прав на смену стадии"
    assert desk.call("crm.item.get", {"entityTypeId": DEAL, "id": number})["item"]["stageId"] == "NEW"
    for stage in ("EXECUTING", "PREPARATION"):
        update["fields"] = {"stageId": stage}
        assert desk.call("crm.item.update", update, by=company.seller)["item"]["stageId"] == stage
    # what does not move is not asked
    update["fields"] = {"title": "Иначе"}
    desk.call("crm.item.update", update, by=company.seller)


@pytest.mark.parametrize(
    ("method", "params"),
    [
        ("crm.item.list", {"entityTypeId": DEAL}),
        ("crm.item.add", {"entityTypeId": DEAL, "fields": {}}),
        ("crm.item.fields", {"entityTypeId": DEAL}),
        ("crm.stagehistory.list", {"entityTypeId": DEAL}),
        ("crm.type.list", {}),
        ("crm.type.fields", {}),
    ],
)
def test_people_from_outside_are_refused(desk, company, method, params):
    desk.portal.staff.update_user(company.outsider, user_type="extranet")
    assert desk.refusal(method, params, by=company.outsider) == (403, "allowed_only_intranet_user")


def test_dictionaries_are_for_those_who_may_read_something(desk, company):
    give(desk, company.seller, read="own")
    assert desk.call("crm.status.list", {"filter": {"ENTITY_ID": "SOURCE"}}, by=company.seller)
    for method in ("crm.status.list", "crm.status.get"):
        assert desk.words(method, {"id": 1}, by=company.buyer) == "Access denied."


@pytest.mark.parametrize(
    ("roles", "words"),
    [
        ([{"rights": [{"read": "mine"}]}], "role 0: 'mine' is no scope, there are none, own, department, all"),
        ([{"name": "А", "rights": [{"see": "all"}]}], "А: rights know no 'see'"),
        ([{"members": [1]}], "role 0: a role has no 'members'"),
        (["А"], "role 0 must be a map"),
    ],
)
def test_mistakes_are_explained(desk, roles, words):
    answer = desk.client.post(f"{desk.address}/_sandbox/rights", json=roles)
    assert answer.status_code == 400
    assert words in answer.json()["error"]


def test_the_roles_can_be_read_back(desk, company):
    give(desk, company.seller, read="own", stages={"WON": "none"})
    assert desk.client.get(f"{desk.address}/_sandbox/rights").json() == [
        {
            "name": "Менеджеры",
            "users": [company.seller],
            "departments": [],
            "everyone": False,
            "rights": [{"entity_type_id": DEAL, "category_id": None, "read": "own", "stages": {"WON": "none"}}],
        }
    ]
