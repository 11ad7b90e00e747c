"""``crm.item.*`` over HTTP: api-reference/crm/universal/."""

from __future__ import annotations

import base64

import pytest

DEAL, LEAD, CONTACT, COMPANY, QUOTE, SMART_INVOICE = 2, 1, 3, 4, 7, 31


@pytest.fixture
def case(desk) -> dict:
    """A smart process like a customer's: children of deals, stages, observers, dates."""
    return desk.call(
        "crm.type.add",
        {
            "fields": {
                "title": "Разбор",
                "isStagesEnabled": "Y",
                "isCategoriesEnabled": "Y",
                "isObserversEnabled": "Y",
                "isBeginCloseDatesEnabled": "Y",
                "relations": {"parent": [{"entityTypeId": DEAL, "isChildrenListEnabled": "true"}]},
            }
        },
    )["type"]


def add(desk, entity_type_id: int, by: int = 1, **fields: object) -> dict:
    return desk.call("crm.item.add", {"entityTypeId": entity_type_id, "fields": fields}, by=by)["item"]


def get(desk, entity_type_id: int, number: int) -> dict:
    return desk.call("crm.item.get", {"entityTypeId": entity_type_id, "id": number})["item"]


def update(desk, entity_type_id: int, number: int, by: int = 1, **fields: object) -> dict:
    return desk.call("crm.item.update", {"entityTypeId": entity_type_id, "id": number, "fields": fields}, by=by)["item"]


def search(desk, entity_type_id: int, **params: object) -> dict:
    return desk.body("crm.item.list", {"entityTypeId": entity_type_id, **params})


def ids(desk, entity_type_id: int, **params: object) -> list[int]:
    return [item["id"] for item in search(desk, entity_type_id, **params)["result"]["items"]]


def add_user_field(desk, entity_id: str, name: str, type_: str, **more: object) -> dict:
    field = {"entityId": entity_id, "fieldName": f"UF_{entity_id}_{name}", "userTypeId": type_, **more}
    return desk.call("userfieldconfig.add", {"moduleId": "crm", "field": field})["field"]


def test_a_new_deal_gets_the_documented_defaults(desk, company):
    deal = add(desk, DEAL, by=company.seller)
    expected = {
        "id": 1,
        "title": "Сделка #1",
        "assignedById": company.seller,
        "createdBy": company.seller,
        "categoryId": 0,
        "stageId": "NEW",
        "stageSemanticId": "P",
        "closed": "N",
        "isNew": "Y",
        "opened": "Y",
        "typeId": "SALE",
        "sourceId": "CALL",
        "currencyId": "RUB",
        "opportunity": 0,
        "companyId": 0,
        "contactIds": [],
        "observers": [],
        "productId": None,
        "begindate": "2026-01-15T03:00:00+03:00",
        "closedate": "2026-01-22T03:00:00+03:00",
        "createdTime": "2026-01-15T12:00:00+03:00",
        "movedTime": "2026-01-15T12:00:00+03:00",
        "entityTypeId": DEAL,
    }
    assert expected.items() <= deal.items()
    assert desk.events() == ["ONCRMDEALADD"]


def test_unknown_and_read_only_fields_are_ignored(desk):
    deal = add(desk, DEAL, title="Сделка", nonsense=5, id=77, createdBy=9, movedBy=9, stageSemanticId="S")
    assert (deal["id"], deal["createdBy"], deal["movedBy"], deal["stageSemanticId"]) == (1, 1, 1, "P")
    assert "nonsense" not in deal


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"stageId": "NOWHERE"}, "CRM_FIELD_ERROR_VALUE_NOT_VALID"),
        ({"stageId": "C9:NEW"}, "CRM_FIELD_ERROR_VALUE_NOT_VALID"),
        ({"categoryId": 9}, "CRM_FIELD_ERROR_VALUE_NOT_VALID"),
        ({"opportunity": "much"}, "CRM_FIELD_ERROR_VALUE_NOT_VALID"),
        ({"assignedById": "me"}, "CRM_FIELD_ERROR_VALUE_NOT_VALID"),
        ({"begindate": "soon"}, "CRM_FIELD_ERROR_VALUE_NOT_VALID"),
        ({"sourceId": "MARS"}, "CRM_FIELD_ERROR_VALUE_NOT_VALID"),
        ({"observers": 5}, "100"),
    ],
)
def test_bad_values_are_refused_and_nothing_is_created(desk, fields, code):
    assert desk.refusal("crm.item.add", {"entityTypeId": DEAL, "fields": fields}) == (400, code)
    assert search(desk, DEAL)["total"] == 0
    assert desk.events() == []


@pytest.mark.parametrize(
    ("method", "params", "code"),
    [
        ("crm.item.get", {"entityTypeId": DEAL, "id": 5}, "NOT_FOUND"),
        ("crm.item.get", {"entityTypeId": 1030, "id": 1}, "NOT_FOUND"),
        ("crm.item.update", {"entityTypeId": DEAL, "id": 5, "fields": {}}, "NOT_FOUND"),
        ("crm.item.delete", {"entityTypeId": DEAL, "id": 5}, "NOT_FOUND"),
        ("crm.item.list", {"entityTypeId": 999}, "NOT_FOUND"),
        ("crm.item.get", {"entityTypeId": 5, "id": 1}, "ENTITY_TYPE_NOT_SUPPORTED"),
        ("crm.item.add", {"entityTypeId": DEAL}, "100"),
        ("crm.item.get", {"entityTypeId": DEAL}, "100"),
        ("crm.item.get", {"id": 1}, "100"),
        ("crm.item.list", {"entityTypeId": DEAL, "filter": {"nope": 1}}, "INVALID_ARG_VALUE"),
        ("crm.item.list", {"entityTypeId": DEAL, "order": {"nope": "ASC"}}, "INVALID_ARG_VALUE"),
        ("crm.item.list", {"entityTypeId": DEAL, "order": {"id": "UP"}}, "INVALID_ARG_VALUE"),
        # disabled fields and contact points cannot be asked for
        ("crm.item.list", {"entityTypeId": DEAL, "filter": {"productId": 1}}, "INVALID_ARG_VALUE"),
        ("crm.item.list", {"entityTypeId": CONTACT, "filter": {"fm": 1}}, "INVALID_ARG_VALUE"),
    ],
)
def test_refusals(desk, method, params, code):
    assert desk.refusal(method, params) == (400, code)


def test_a_new_quote_gets_the_documented_defaults(desk):
    quote = add(desk, QUOTE)
    expected = {
        "title": "Предложение #1",
        "stageId": "DRAFT",
        "closed": "N",
        "quoteNumber": "1",
        "begindate": "2026-01-15T03:00:00+03:00",
        "actualDate": "2026-01-22T03:00:00+03:00",
        "storageElementIds": [],
        "entityTypeId": QUOTE,
    }
    assert expected.items() <= quote.items()
    assert not {"stageSemanticId", "categoryId", "observers"} & set(quote)
    assert update(desk, QUOTE, quote["id"], stageId="APPROVED")["closed"] == "Y"
    assert desk.events() == ["ONCRMQUOTEADD", "ONCRMQUOTEUPDATE"]


def test_an_invoice_lives_like_an_item_of_a_smart_process(desk):
    deal = add(desk, DEAL)
    desk.events()
    invoice = add(desk, SMART_INVOICE, parentId2=deal["id"], xmlId="bill-7")
    expected = {
        "title": "Счёт #1",
        "stageId": "DT31_1:N",
        "categoryId": 1,
        "accountNumber": "1",
        "parentId2": deal["id"],
        "parentId7": None,
    }
    assert expected.items() <= invoice.items()
    paid = update(desk, SMART_INVOICE, invoice["id"], stageId="DT31_1:P", categoryId=1)
    assert (paid["stageId"], paid["previousStageId"]) == ("DT31_1:P", "DT31_1:N")
    assert desk.events() == [
        "ONCRMDYNAMICITEMADD",
        "ONCRMDYNAMICITEMADD_31",
        "ONCRMDYNAMICITEMUPDATE",
        "ONCRMDYNAMICITEMUPDATE_31",
    ]
    stages = desk.call("crm.status.list", {"filter": {"ENTITY_ID": "SMART_INVOICE_STAGE_1"}})
    assert [stage["STATUS_ID"] for stage in stages] == ["DT31_1:N", "DT31_1:S", "DT31_1:P", "DT31_1:D"]


def test_an_update_that_changes_nothing_is_not_saved_and_raises_nothing(desk):
    deal = add(desk, DEAL, title="Сделка", opportunity=10, observers=[1], begindate="2026-02-01")
    desk.events()
    desk.portal.clock.advance(60)
    same = {"title": "Сделка", "opportunity": "10", "observers": ["1"], "stageId": "NEW", "comments": "", "foo": 1}
    assert update(desk, DEAL, deal["id"], **same, begindate=deal["begindate"]) == deal
    assert desk.events() == []


def test_a_stage_change_leaves_its_traces(desk, company):
    deal = add(desk, DEAL)
    desk.events()
    desk.portal.clock.advance(60)
    moved = update(desk, DEAL, deal["id"], by=company.seller, stageId="WON")
    later = "2026-01-15T12:01:00+03:00"
    traces = ("stageSemanticId", "closed", "isNew", "movedBy", "movedTime", "updatedBy", "updatedTime")
    assert [moved[name] for name in traces] == ["S", "Y", "N", company.seller, later, company.seller, later]
    assert moved["closedate"] == deal["closedate"]  # a plan, not the moment of closing
    assert desk.events() == ["ONCRMDEALUPDATE"]


def test_a_change_of_another_field_does_not_move(desk, company):
    deal = add(desk, DEAL)
    desk.portal.clock.advance(60)
    changed = update(desk, DEAL, deal["id"], by=company.seller, title="Иначе")
    assert (changed["movedBy"], changed["movedTime"]) == (1, deal["movedTime"])
    assert changed["updatedBy"] == company.seller


def test_a_deal_in_another_funnel_is_an_event_for_applications_only(desk):
    funnel = desk.call("crm.category.add", {"entityTypeId": DEAL, "fields": {"name": "Опт"}})["category"]["id"]
    deal = add(desk, DEAL)
    desk.portal.announced.clear()
    moved = update(desk, DEAL, deal["id"], categoryId=funnel, stageId=f"C{funnel}:EXECUTING")
    assert (moved["categoryId"], moved["stageId"]) == (funnel, f"C{funnel}:EXECUTING")
    assert desk.portal.announced == [
        (
            "ONCRMDEALMOVETOCATEGORY",
            {"FIELDS": {"ID": "1", "CATEGORY_ID": str(funnel), "STAGE_ID": f"C{funnel}:EXECUTING"}},
        )
    ]


def test_a_funnel_without_a_stage_means_its_first_one(desk):
    funnel = desk.call("crm.category.add", {"entityTypeId": DEAL, "fields": {"name": "Опт"}})["category"]["id"]
    assert add(desk, DEAL, categoryId=funnel)["stageId"] == f"C{funnel}:NEW"
    deal = add(desk, DEAL)
    assert update(desk, DEAL, deal["id"], categoryId=funnel)["stageId"] == f"C{funnel}:NEW"


def test_a_lead_is_closed_and_opened_again(desk):
    lead = add(desk, LEAD, title="Заявка")
    closed = update(desk, LEAD, lead["id"], stageId="JUNK")
    assert (closed["stageSemanticId"], closed["dateClosed"]) == ("F", "2026-01-15T12:00:00+03:00")
    opened = update(desk, LEAD, lead["id"], stageId="IN_PROCESS")
    assert (opened["stageSemanticId"], opened["dateClosed"]) == ("P", None)
    assert desk.events() == ["ONCRMLEADADD", "ONCRMLEADUPDATE", "ONCRMLEADUPDATE"]


def test_contact_points_make_the_flat_fields(desk):
    contact = add(
        desk,
        CONTACT,
        name="Анна",
        fm=[
            {"typeId": "PHONE", "valueType": "MOBILE", "value": "+7921"},
            {"typeId": "EMAIL", "valueType": "WORK", "value": "a@example.org"},
        ],
    )
    assert (contact["phone"], contact["phoneMobile"], contact["emailWork"]) == ("+7921", "+7921", "a@example.org")
    assert (contact["hasPhone"], contact["hasImol"]) == ("Y", "N")
    phone, mail = contact["fm"]
    changed = update(desk, CONTACT, contact["id"], fm=[{**phone, "value": "+7495"}, {"id": mail["id"], "value": ""}])
    assert [(point["id"], point["value"]) for point in changed["fm"]] == [(phone["id"], "+7495")]
    assert changed["hasEmail"] == "N"


def test_the_first_of_the_contacts_is_the_contact(desk):
    contacts = [add(desk, CONTACT, name=name)["id"] for name in ("Анна", "Олег")]
    deal = add(desk, DEAL, contactIds=contacts)
    assert (deal["contactId"], deal["contactIds"]) == (contacts[0], contacts)
    assert update(desk, DEAL, deal["id"], contactId=contacts[1])["contactIds"] == [contacts[1]]


# Smart processes


def test_an_item_of_a_smart_process(desk, case):
    deal = add(desk, DEAL)
    desk.portal.announced.clear()
    number, funnel = case["entityTypeId"], desk.call("crm.category.list", {"entityTypeId": case["entityTypeId"]})
    funnel_id = funnel["categories"][0]["id"]
    item = add(desk, number, parentId2=deal["id"], xmlId="deal:1#1", observers=[1])
    expected = {
        "title": "Разбор #1",
        "xmlId": "deal:1#1",
        "parentId2": deal["id"],
        "categoryId": funnel_id,
        "stageId": f"DT{number}_{funnel_id}:NEW",
        "previousStageId": "",
        "observers": [1],
        "entityTypeId": number,
    }
    assert expected.items() <= item.items()
    assert not {"stageSemanticId", "closed", "contactIds", "opportunity"} & item.keys()
    data = {"FIELDS": {"ID": "1", "ENTITY_TYPE_ID": str(number)}}
    assert desk.portal.announced == [
        ("ONCRMDYNAMICITEMADD", data),
        (f"ONCRMDYNAMICITEMADD_{number}", data),
    ]


def test_the_previous_stage_is_remembered(desk, case):
    item = add(desk, case["entityTypeId"])
    prefix = item["stageId"].removesuffix("NEW")
    moved = update(desk, case["entityTypeId"], item["id"], stageId=prefix + "CLIENT", categoryId=item["categoryId"])
    assert (moved["stageId"], moved["previousStageId"]) == (prefix + "CLIENT", prefix + "NEW")


def test_a_stage_without_its_funnel_moves_the_item_to_the_default_funnel(desk, case):
    """crm-item-update.md: without ``categoryId`` the item goes to the main funnel."""
    number = case["entityTypeId"]
    default = desk.call("crm.category.list", {"entityTypeId": number})["categories"][0]["id"]
    second = desk.call("crm.category.add", {"entityTypeId": number, "fields": {"name": "Опт"}})["category"]["id"]
    item = add(desk, number, categoryId=second)
    kept = update(desk, number, item["id"], title="Без стадии")
    assert kept["categoryId"] == second
    moved = update(desk, number, item["id"], stageId=f"DT{number}_{second}:CLIENT")
    assert (moved["categoryId"], moved["stageId"]) == (default, f"DT{number}_{default}:NEW")


def test_a_parent_must_exist_and_is_found_by(desk, case):
    number = case["entityTypeId"]
    deal = add(desk, DEAL)
    assert desk.refusal("crm.item.add", {"entityTypeId": number, "fields": {"parentId2": 99}}) == (
        400,
        "CRM_FIELD_ERROR_VALUE_NOT_VALID",
    )
    child, orphan = add(desk, number, parentId2=deal["id"]), add(desk, number)
    assert ids(desk, number, filter={"parentId2": deal["id"]}) == [child["id"]]
    assert ids(desk, number, filter={"parentId2": None}) == [orphan["id"]]
    assert update(desk, number, child["id"], parentId2=0)["parentId2"] is None
    assert ids(desk, number, filter={"parentId2": deal["id"]}) == []


def test_a_deleted_parent_leaves_orphans(desk, case):
    deal = add(desk, DEAL)
    child = add(desk, case["entityTypeId"], parentId2=deal["id"])
    assert desk.call("crm.item.delete", {"entityTypeId": DEAL, "id": deal["id"]}) == []
    assert get(desk, case["entityTypeId"], child["id"])["parentId2"] is None
    assert desk.events()[-1] == "ONCRMDEALDELETE"


def test_the_same_external_code_may_be_used_twice(desk, case):
    """Nothing is unique here: search, then create."""
    first, second = (add(desk, case["entityTypeId"], xmlId="deal:1#1") for _ in range(2))
    assert ids(desk, case["entityTypeId"], filter={"xmlId": "deal:1#1"}) == [first["id"], second["id"]]


# Lists


def test_pages_of_fifty(desk):
    for _ in range(120):
        add(desk, DEAL)
    first = search(desk, DEAL, select=["id"])
    assert (len(first["result"]["items"]), first["next"], first["total"]) == (50, 50, 120)
    last = search(desk, DEAL, select=["id"], start=100)
    assert [item["id"] for item in last["result"]["items"]] == list(range(101, 121))
    assert "next" not in last
    assert last["total"] == 120
    uncounted = search(desk, DEAL, select=["id"], start=-1, filter={">id": 60}, order={"id": "ASC"})
    assert [item["id"] for item in uncounted["result"]["items"]] == list(range(61, 111))
    assert uncounted["total"] == 0
    assert "next" not in uncounted


@pytest.mark.parametrize(
    ("params", "keys"),
    [
        ({"select": ["title", "stageId"]}, {"id", "title", "stageId"}),
        ({"select": {"0": "title"}}, {"id", "title"}),
        ({"select": ["TITLE", "nope"]}, {"id", "title"}),
        ({"select": ["id", "entityTypeId"]}, {"id", "entityTypeId"}),
    ],
)
def test_select(desk, params, keys):
    add(desk, DEAL)
    assert search(desk, DEAL, **params)["result"]["items"][0].keys() == keys


@pytest.mark.parametrize("params", [{}, {"select": ["*"]}, {"select": ["*", "title"]}])
def test_everything_is_the_whole_item(desk, params):
    deal = add(desk, DEAL)
    assert search(desk, DEAL, **params)["result"]["items"] == [deal]


def test_contact_points_come_with_everything_only(desk):
    add(desk, CONTACT, name="Анна")
    assert "fm" in search(desk, CONTACT, select=["*"])["result"]["items"][0]
    assert "fm" not in search(desk, CONTACT, select=["id", "fm", "name"])["result"]["items"][0]


def test_order_and_filters_reach_the_items(desk, company):
    for title, amount, user in (("б", 3, company.seller), ("а", 7, company.boss), ("в", 5, company.seller)):
        add(desk, DEAL, title=title, opportunity=amount, assignedById=user)
    assert ids(desk, DEAL, order={"title": "ASC"}) == [2, 1, 3]
    assert ids(desk, DEAL, order={"opportunity": "desc"}) == [2, 3, 1]
    # clients write the name as the old methods have it
    assert ids(desk, DEAL, order={"ID": "DESC"}) == [3, 2, 1]
    assert ids(desk, DEAL, filter={"assignedById": company.seller, ">opportunity": 3}) == [3]
    assert ids(desk, DEAL, filter={"@stageId": ["NEW", "WON"], "!%title": "в"}) == [1, 2]
    assert ids(desk, DEAL, filter={"0": {"logic": "OR", "0": {"title": "а"}, "1": {"title": "б"}}}) == [1, 2]


def test_what_changed_since(desk):
    add(desk, DEAL)
    desk.portal.clock.advance(3600)
    add(desk, DEAL)
    update(desk, DEAL, 1, stageId="WON")
    assert ids(desk, DEAL, filter={">=movedTime": "2026-01-15T10:00:00+00:00"}) == [1, 2]
    assert ids(desk, DEAL, filter={">createdTime": "2026-01-15T12:30:00+03:00"}) == [2]
    assert ids(desk, DEAL, filter={"stageSemanticId": "S", "closed": "Y"}) == [1]


# User fields


@pytest.mark.parametrize(
    ("type_", "sent", "shown"),
    [
        ("string", "текст", "текст"),
        ("string", 5, "5"),
        ("integer", "7", 7),
        ("double", "7.5", 7.5),
        ("double", 7, 7),
        ("boolean", "Y", "Y"),
        ("boolean", 0, "N"),
        ("date", "2026-01-15", "2026-01-15T03:00:00+03:00"),
        ("datetime", "2026-01-15T10:00:00+05:00", "2026-01-15T08:00:00+03:00"),
        ("money", "300|USD", "300|USD"),
        ("money", "300", "300|RUB"),
        ("employee", 1, 1),
        ("crm", "D_1", "D_1"),
        ("url", "https://example.org", "https://example.org"),
    ],
)
def test_single_values(desk, type_, sent, shown):
    add_user_field(desk, "CRM_DEAL", "X", type_)
    deal = add(desk, DEAL, UF_CRM_DEAL_X=sent)
    assert deal["ufCrmDealX"] == shown
    # what was read can be written back, and changes nothing
    desk.events()
    update(desk, DEAL, deal["id"], ufCrmDealX=deal["ufCrmDealX"])
    assert desk.events() == []
    assert update(desk, DEAL, deal["id"], ufCrmDealX="")["ufCrmDealX"] == ("N" if type_ == "boolean" else None)


@pytest.mark.parametrize(
    ("type_", "sent", "shown"),
    [
        ("string", ["а", "б"], ["а", "б"]),
        ("employee", {"0": "1"}, [1]),
        ("crm", ["C_2", "T406_5"], ["C_2", "T406_5"]),
        ("integer", [], []),
        ("integer", "", []),
        ("integer", [1, None, ""], [1]),
    ],
)
def test_multiple_values(desk, type_, sent, shown):
    add_user_field(desk, "CRM_DEAL", "X", type_, multiple="Y")
    assert add(desk, DEAL, ufCrmDealX=sent)["ufCrmDealX"] == shown


@pytest.mark.parametrize(
    ("type_", "sent"),
    [("integer", "much"), ("date", "soon"), ("crm", "deal 5"), ("money", "a lot"), ("employee", "Иван"), ("file", "x")],
)
def test_values_of_another_type_are_refused(desk, type_, sent):
    add_user_field(desk, "CRM_DEAL", "X", type_)
    assert desk.refusal("crm.item.add", {"entityTypeId": DEAL, "fields": {"ufCrmDealX": sent}}) == (
        400,
        "CRM_FIELD_ERROR_VALUE_NOT_VALID",
    )


def test_a_multiple_field_wants_an_array(desk):
    add_user_field(desk, "CRM_DEAL", "X", "string", multiple="Y")
    words = desk.words("crm.item.add", {"entityTypeId": DEAL, "fields": {"ufCrmDealX": "а"}})
    assert words == "Expected iterable value for multiple field, but got string instead"


def test_enumerations_keep_the_ids_of_their_elements(desk):
    field = add_user_field(
        desk, "CRM_DEAL", "X", "enumeration", multiple="Y", enum=[{"value": "а"}, {"value": "б", "def": "Y"}]
    )
    first, second = (int(element["id"]) for element in field["enum"])
    assert add(desk, DEAL)["ufCrmDealX"] == [second]
    assert add(desk, DEAL, ufCrmDealX=[str(first)])["ufCrmDealX"] == [first]
    assert ids(desk, DEAL, filter={"ufCrmDealX": first}) == [2]
    assert desk.refusal("crm.item.add", {"entityTypeId": DEAL, "fields": {"ufCrmDealX": [999]}})[1] == (
        "CRM_FIELD_ERROR_VALUE_NOT_VALID"
    )


def test_a_boolean_user_field_is_filtered_by_digits(desk):
    add_user_field(desk, "CRM_DEAL", "OK", "boolean")
    add(desk, DEAL, ufCrmDealOk="Y")
    add(desk, DEAL)
    assert ids(desk, DEAL, filter={"ufCrmDealOk": 1}) == [1]
    assert ids(desk, DEAL, filter={"ufCrmDealOk": "0"}) == [2]
    assert desk.refusal("crm.item.list", {"entityTypeId": DEAL, "filter": {"ufCrmDealOk": "Y"}}) == (
        400,
        "INVALID_ARG_VALUE",
    )


def test_original_names_both_ways(desk):
    add_user_field(desk, "CRM_DEAL", "RATING10", "integer")
    params = {"entityTypeId": DEAL, "useOriginalUfNames": "Y"}
    item = desk.call("crm.item.add", {**params, "fields": {"UF_CRM_DEAL_RATING10": 5}})["item"]
    assert item["UF_CRM_DEAL_RATING10"] == 5
    assert item["stageId"] == "NEW"
    assert get(desk, DEAL, item["id"])["ufCrm_DEAL_RATING10"] == 5
    found = desk.call(
        "crm.item.list", {**params, "filter": {">UF_CRM_DEAL_RATING10": 4}, "select": ["UF_CRM_DEAL_RATING10"]}
    )
    assert found["items"] == [{"id": 1, "UF_CRM_DEAL_RATING10": 5}]
    # the converted name is not known in this mode
    assert desk.refusal("crm.item.list", {**params, "filter": {"ufCrm_DEAL_RATING10": 5}}) == (400, "INVALID_ARG_VALUE")


def test_a_mandatory_field_is_asked_for_on_creation_and_on_a_stage_change(desk):
    deal = add(desk, DEAL)
    add_user_field(desk, "CRM_DEAL", "CAUSE", "string", mandatory="Y", editFormLabel="Причина")
    assert desk.refusal("crm.item.add", {"entityTypeId": DEAL, "fields": {}}) == (400, "CRM_FIELD_ERROR_REQUIRED")
    assert update(desk, DEAL, deal["id"], title="Другое поле менять можно")["title"].startswith("Другое")
    move = {"entityTypeId": DEAL, "id": deal["id"], "fields": {"stageId": "WON"}}
    assert desk.refusal("crm.item.update", move) == (400, "CRM_FIELD_ERROR_REQUIRED")
    assert "Причина" in desk.words("crm.item.update", move)
    assert update(desk, DEAL, deal["id"], stageId="WON", ufCrmDealCause="Срок")["stageId"] == "WON"


def test_files_are_the_full_new_set(desk):
    add_user_field(desk, "CRM_DEAL", "DOCS", "file", multiple="Y")
    content = base64.b64encode(b"text").decode()
    files = add(desk, DEAL, ufCrmDealDocs=[["a.txt", content], ["b.txt", content]])["ufCrmDealDocs"]
    assert [set(file) for file in files] == [{"id", "url", "urlMachine"}] * 2
    kept = update(desk, DEAL, 1, ufCrmDealDocs=[{"id": files[1]["id"]}, ["c.txt", content]])["ufCrmDealDocs"]
    assert [file["id"] for file in kept] == [files[1]["id"], files[1]["id"] + 1]


# crm.item.fields, crm.enum.ownertype


def test_fields_describe_what_there_is(desk, case):
    number = case["entityTypeId"]
    add_user_field(desk, f"CRM_{case['id']}", "KIND", "enumeration", enum=[{"value": "а"}], editFormLabel="Вид")
    fields = desk.call("crm.item.fields", {"entityTypeId": number})["fields"]
    assert fields["stageId"]["statusType"].startswith(f"DYNAMIC_{number}_STAGE_")
    assert fields["parentId2"] == {
        "type": "crm_entity",
        "isRequired": False,
        "isReadOnly": False,
        "isImmutable": False,
        "isMultiple": False,
        "isDynamic": False,
        "title": "Сделка",
        "upperName": "PARENT_ID_2",
        "settings": {"parentEntityTypeId": DEAL},
    }
    own = fields[f"ufCrm{case['id']}Kind"]
    assert (own["title"], own["isDynamic"], own["upperName"]) == ("Вид", True, f"UF_CRM_{case['id']}_KIND")
    assert own["items"] == [{"ID": "1", "VALUE": "а"}]
    assert "opportunity" not in fields


def test_a_lead_keeps_its_old_name_of_the_stage(desk):
    assert desk.call("crm.item.fields", {"entityTypeId": LEAD})["fields"]["stageId"]["upperName"] == "STATUS_ID"


def test_owner_types_tell_the_short_code(desk, case):
    types = {row["ID"]: row for row in desk.call("crm.enum.ownertype")}
    assert types[DEAL]["SYMBOL_CODE_SHORT"] == "D"
    assert types[case["entityTypeId"]] == {
        "ID": case["entityTypeId"],
        "NAME": "Разбор",
        "SYMBOL_CODE": f"DYNAMIC_{case['entityTypeId']}",
        "SYMBOL_CODE_SHORT": f"T{case['entityTypeId']:x}",
    }


def test_an_item_of_a_smart_process_looks_as_a_recorded_one(desk):
    """Empty looks of a public recording of 2026; the fields of accounting and communication are offered nowhere."""
    flags = ("isStagesEnabled", "isLinkWithProductsEnabled", "isSourceEnabled", "isClientEnabled", "isMycompanyEnabled")
    type_id = desk.call("crm.type.add", {"fields": {"title": "Закупка", **dict.fromkeys(flags, "Y")}})["type"][
        "entityTypeId"
    ]
    expected = {
        "xmlId": "",
        "accountCurrencyId": "RUB",
        "opportunityAccount": 0,
        "taxValueAccount": 0,
        "companyId": 0,
        "contactIds": [],
        "sourceId": "CALL",
        "sourceDescription": "",
        "webformId": 0,
        "utmSource": None,
        "lastCommunicationTime": None,
    }
    assert expected.items() <= add(desk, type_id).items()
    fields = desk.call("crm.item.fields", {"entityTypeId": type_id})["fields"]
    assert "contacts" in fields
    assert not {"accountCurrencyId", "lastCommunicationTime"} & set(fields)


# Import


def test_an_imported_item_keeps_its_history(desk, company):
    past = {"createdTime": "2025-03-01T10:00:00+03:00", "updatedTime": "2025-04-01T10:00:00+03:00"}
    sent = {"title": "Старая", **past, "movedTime": past["createdTime"], "createdBy": company.seller}
    number = desk.call("crm.item.import", {"entityTypeId": DEAL, "fields": sent})["item"]["id"]
    assert sent.items() <= get(desk, DEAL, number).items()
    assert desk.events() == ["ONCRMDEALADD"]


@pytest.mark.parametrize(
    "past",
    [
        {"createdTime": "2027-01-01T10:00:00+03:00"},
        {"createdTime": "2025-03-01T10:00:00+03:00", "updatedTime": "2025-02-01T10:00:00+03:00"},
        {"createdTime": "2025-03-01T10:00:00+03:00", "movedTime": "2025-02-01T10:00:00+03:00"},
        # older than an item that is there already
        {"createdTime": "2024-01-01T10:00:00+03:00"},
    ],
)
def test_an_impossible_history_is_refused(desk, past):
    first = {"createdTime": "2025-01-01T10:00:00+03:00"}
    desk.call("crm.item.import", {"entityTypeId": DEAL, "fields": first})
    refusal = desk.refusal("crm.item.import", {"entityTypeId": DEAL, "fields": past})
    assert refusal == (400, "CRM_FIELD_ERROR_VALUE_NOT_VALID")


def test_only_administrators_bring_history(desk, company):
    params = {"entityTypeId": DEAL, "fields": {"createdTime": "2025-03-01T10:00:00+03:00"}}
    assert desk.refusal("crm.item.import", params, by=company.seller) == (400, "CRM_FIELD_ERROR_VALUE_NOT_VALID")
    assert desk.call("crm.item.import", {"entityTypeId": DEAL, "fields": {}}, by=company.seller) == {"item": {"id": 1}}


def test_a_batch_of_imports_goes_on_after_a_bad_one(desk):
    data = [{"name": "Иван", "PHONE": [{"VALUE": "+7999", "VALUE_TYPE": "WORK"}]}, {"assignedById": "me"}, {}]
    first, bad, third = desk.call("crm.item.batchImport", {"entityTypeId": CONTACT, "data": data})["items"]
    assert (first, third) == ({"item": {"id": 1}}, {"item": {"id": 2}})
    assert bad["error"] == "CRM_FIELD_ERROR_VALUE_NOT_VALID"
    assert get(desk, CONTACT, 1)["phone"] == "+7999"
    many = {"entityTypeId": CONTACT, "data": [{}] * 21}
    assert desk.refusal("crm.item.batchImport", many) == (400, "MAX_IMPORT_BATCH_SIZE_EXCEEDED")
