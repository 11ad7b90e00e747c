"""The older methods over HTTP: api-reference/crm/{deals,leads,contacts,companies,quote}/."""

from __future__ import annotations

import base64

import pytest

WORDS = ("deal", "lead", "contact", "company", "quote")
TYPES = {"lead": 1, "deal": 2, "contact": 3, "company": 4, "quote": 7}


def add(desk, word: str, **fields: object) -> int:
    return desk.call(f"crm.{word}.add", {"fields": fields})


def get(desk, word: str, number: int) -> dict:
    return desk.call(f"crm.{word}.get", {"id": number})


def update(desk, word: str, number: int, **fields: object) -> bool:
    return desk.call(f"crm.{word}.update", {"id": number, "fields": fields})


def ids(desk, word: str, **params: object) -> list[str]:
    return [row["ID"] for row in desk.call(f"crm.{word}.list", params)]


def item(desk, word: str, number: int) -> dict:
    return desk.call("crm.item.get", {"entityTypeId": TYPES[word], "id": number})["item"]


def add_user_field(desk, word: str, name: str, type_: str, **more: object) -> str:
    name = f"UF_CRM_{word.upper()}_{name}"
    field = {"entityId": f"CRM_{word.upper()}", "fieldName": name, "userTypeId": type_, **more}
    desk.call("userfieldconfig.add", {"moduleId": "crm", "field": field})
    return name


@pytest.mark.parametrize("word", WORDS)
def test_an_object_lives_and_dies_by_the_older_names(desk, word):
    number = add(desk, word, TITLE="Первый", NAME="Первый", COMMENTS="раз")
    assert number == 1
    assert update(desk, word, number, COMMENTS="два") is True
    assert (get(desk, word, number)["COMMENTS"], item(desk, word, number)["comments"]) == ("два", "два")
    assert ids(desk, word) == ["1"]
    assert desk.call(f"crm.{word}.delete", {"id": number}) is True
    assert desk.body(f"crm.{word}.list").get("total") == 0
    upper = word.upper()
    assert desk.events() == [f"ONCRM{upper}ADD", f"ONCRM{upper}UPDATE", f"ONCRM{upper}DELETE"]


def test_a_new_lead_looks_as_a_recorded_one(desk):
    """Against a recorded answer: tests/real_responses/call_single_success.py of leshchenko1979/fast_bitrix24."""
    lead = get(desk, "lead", add(desk, "lead", TITLE="Лид", OPPORTUNITY=3607999))
    assert lead == {
        "ID": "1",
        "TITLE": "Лид",
        **dict.fromkeys(("HONORIFIC", "NAME", "SECOND_NAME", "LAST_NAME", "COMPANY_TITLE", "COMPANY_ID", "CONTACT_ID")),
        "IS_RETURN_CUSTOMER": "N",
        "BIRTHDATE": "",
        "SOURCE_ID": "CALL",
        "SOURCE_DESCRIPTION": None,
        "STATUS_ID": "NEW",
        **dict.fromkeys(("STATUS_DESCRIPTION", "POST", "COMMENTS")),
        "CURRENCY_ID": "RUB",
        "OPPORTUNITY": "3607999.00",
        "IS_MANUAL_OPPORTUNITY": "N",
        "HAS_PHONE": "N",
        "HAS_EMAIL": "N",
        "HAS_IMOL": "N",
        "ASSIGNED_BY_ID": "1",
        "CREATED_BY_ID": "1",
        "MODIFY_BY_ID": "1",
        "DATE_CREATE": "2026-01-15T12:00:00+03:00",
        "DATE_MODIFY": "2026-01-15T12:00:00+03:00",
        "DATE_CLOSED": "",
        "STATUS_SEMANTIC_ID": "P",
        "OPENED": "Y",
        **dict.fromkeys(("ORIGINATOR_ID", "ORIGIN_ID")),
        "MOVED_BY_ID": "1",
        "MOVED_TIME": "2026-01-15T12:00:00+03:00",
        **dict.fromkeys(("ADDRESS", "ADDRESS_2", "ADDRESS_CITY", "ADDRESS_POSTAL_CODE", "ADDRESS_REGION")),
        **dict.fromkeys(("ADDRESS_PROVINCE", "ADDRESS_COUNTRY", "ADDRESS_COUNTRY_CODE", "ADDRESS_LOC_ADDR_ID")),
        **dict.fromkeys(("UTM_SOURCE", "UTM_MEDIUM", "UTM_CAMPAIGN", "UTM_CONTENT", "UTM_TERM")),
        "LAST_ACTIVITY_BY": "1",
        "LAST_ACTIVITY_TIME": "2026-01-15T12:00:00+03:00",
    }


@pytest.mark.parametrize(
    ("word", "older", "newer"),
    [
        ("deal", {"STAGE_ID": "WON"}, {"stageId": "WON", "stageSemanticId": "S", "closed": "Y"}),
        ("lead", {"STATUS_ID": "JUNK"}, {"stageId": "JUNK", "stageSemanticId": "F"}),
        ("company", {"COMPANY_TYPE": "SUPPLIER"}, {"typeId": "SUPPLIER"}),
        ("contact", {"BIRTHDATE": "2001-11-11"}, {"birthdate": "2001-11-11T03:00:00+03:00"}),
        ("quote", {"STATUS_ID": "SENT"}, {"stageId": "SENT", "closed": "N"}),
        ("deal", {"CONTACT_IDS": [1]}, {"contactIds": [1], "contactId": 1}),
        ("deal", {"UTM_SOURCE": "google"}, {"utmSource": "google"}),
        # names of crm.item.* and read-only fields mean nothing here
        ("deal", {"stageId": "WON", "CREATED_BY_ID": 9, "NONSENSE": 1}, {"stageId": "NEW", "createdBy": 1}),
        ("deal", {"CLOSED": "Y"}, {"closed": "N"}),
    ],
)
def test_both_apis_speak_of_the_same_fields(desk, word, older, newer):
    add(desk, "contact", NAME="Иван")
    number = add(desk, word, TITLE="Один", **older) if word != "contact" else add(desk, word, **older)
    assert newer.items() <= item(desk, word, number).items()


def test_addresses_are_kept_by_the_older_methods_only(desk):
    number = add(desk, "company", TITLE="Завод", ADDRESS_CITY="Тула", REG_ADDRESS_CITY="Орёл", ADDRESS_LOC_ADDR_ID=5)
    company = get(desk, "company", number)
    assert (company["ADDRESS_CITY"], company["REG_ADDRESS_CITY"], company["ADDRESS_LOC_ADDR_ID"]) == (
        "Тула",
        "Орёл",
        "5",
    )
    assert item(desk, "company", number)["address"] is None
    update(desk, "company", number, ADDRESS_CITY="")
    assert get(desk, "company", number)["ADDRESS_CITY"] is None


@pytest.mark.parametrize(
    ("method", "params", "code", "words"),
    [
        ("crm.deal.get", {"id": 5}, "", "Not found"),
        ("crm.deal.get", {}, "", "ID is not defined or invalid."),
        ("crm.deal.get", {"id": 0}, "", "ID is not defined or invalid."),
        ("crm.deal.get", {"id": "five"}, "", "ID is not defined or invalid."),
        ("crm.deal.update", {"id": 5, "fields": {}}, "", "Not found"),
        ("crm.deal.delete", {"id": 5}, "", "Not found"),
        ("crm.contact.update", {"id": 5, "fields": {}}, "", "Contact is not found"),
        ("crm.contact.delete", {"id": 5}, "ERROR_CORE", "Элемент не найден"),
        ("crm.company.update", {"id": 5, "fields": {}}, "", "Company is not found"),
        ("crm.company.delete", {"id": 5}, "", "Company is not found"),
        ("crm.quote.update", {"id": 5, "fields": {}}, "", "Quote is not found"),
        ("crm.quote.delete", {"id": 5}, "ERROR_CORE", "Элемент не найден"),
        ("crm.deal.add", {"fields": "x"}, "", "Parameter 'fields' must be array."),
        ("crm.deal.add", {"fields": {}, "params": "x"}, "", "Parameter 'params' must be array."),
        ("crm.deal.list", {"filter": "x"}, "", "Parameter 'filter' must be array."),
        ("crm.deal.list", {"order": "x"}, "", "Parameter 'order' must be array."),
        ("crm.deal.list", {"filter": {">DATE_CREATE": "soon"}}, "", "Failed to get list. General error."),
        ("crm.deal.add", {"fields": {"STAGE_ID": "MARS"}}, "", 'Неверное значение поля "Стадия"'),
        ("crm.deal.add", {"fields": {"CURRENCY_ID": "XXX"}}, "", 'Неверное значение поля "Валюта"'),
        (
            "crm.contact.add",
            {"fields": {"EMAIL": [{"VALUE": "nobody", "VALUE_TYPE": "WORK"}]}},
            "ERROR_CORE",
            "Поле «Рабочий e-mail» содержит некорректный адрес",
        ),
    ],
)
def test_refusals(desk, method, params, code, words):
    assert (desk.refusal(method, params), desk.words(method, params)) == ((400, code), words)


def test_a_person_without_the_right_is_refused_in_older_words(desk, company):
    number = add(desk, "deal", TITLE="Чужая")
    desk.portal.crm.rights.assign([])
    assert desk.words("crm.deal.get", {"id": number}, by=company.seller) == "Access denied."
    assert desk.words("crm.deal.add", {"fields": {}}, by=company.seller) == "Access denied."
    assert desk.call("crm.deal.list", by=company.seller) == []


def test_parameters_are_read_in_any_case(desk):
    number = desk.call("crm.deal.add", {"FIELDS": {"TITLE": "Один"}, "PARAMS": {"REGISTER_SONET_EVENT": "Y"}})
    assert desk.call("crm.deal.get", {"ID": number})["TITLE"] == "Один"
    assert desk.call("crm.deal.list", {"SELECT": ["TITLE"], "FILTER": {"ID": number}, "ORDER": {"ID": "ASC"}}) == [
        {"ID": "1", "TITLE": "Один"}
    ]


def test_a_deal_is_not_moved_to_another_funnel_this_way(desk):
    funnel = desk.call("crm.category.add", {"entityTypeId": 2, "fields": {"name": "Опт"}})["category"]["id"]
    number = add(desk, "deal", TITLE="Один")
    update(desk, "deal", number, CATEGORY_ID=funnel, STAGE_ID=f"C{funnel}:WON", COMMENTS="осталась")
    deal = get(desk, "deal", number)
    assert (deal["CATEGORY_ID"], deal["STAGE_ID"], deal["COMMENTS"]) == ("0", "NEW", "осталась")
    inside = add(desk, "deal", CATEGORY_ID=funnel, STAGE_ID=f"C{funnel}:EXECUTING")
    assert get(desk, "deal", inside)["STAGE_ID"] == f"C{funnel}:EXECUTING"


# Contact points


def test_contact_points_are_added_changed_and_deleted_one_by_one(desk):
    number = add(
        desk,
        "contact",
        NAME="Иван",
        PHONE=[{"VALUE": "+7999", "VALUE_TYPE": "WORK"}, {"VALUE": "+7888", "VALUE_TYPE": "MOBILE"}],
        EMAIL=[{"VALUE": "ivan@example.com", "VALUE_TYPE": "HOME"}],
    )
    contact = get(desk, "contact", number)
    assert contact["PHONE"] == [
        {"ID": "1", "VALUE_TYPE": "WORK", "VALUE": "+7999", "TYPE_ID": "PHONE"},
        {"ID": "2", "VALUE_TYPE": "MOBILE", "VALUE": "+7888", "TYPE_ID": "PHONE"},
    ]
    assert (contact["HAS_PHONE"], contact["HAS_EMAIL"], "WEB" in contact) == ("Y", "Y", False)

    update(desk, "contact", number, PHONE=[{"ID": 1, "DELETE": "Y"}, {"ID": 2, "VALUE": "+7777"}, {"VALUE": "+7666"}])
    phones = [(point["ID"], point["VALUE"]) for point in get(desk, "contact", number)["PHONE"]]
    assert phones == [("2", "+7777"), ("4", "+7666")]
    assert [point["value"] for point in item(desk, "contact", number)["fm"]] == ["+7777", "ivan@example.com", "+7666"]

    update(desk, "contact", number, EMAIL=[{"ID": "3", "VALUE": ""}])
    contact = get(desk, "contact", number)
    assert ("EMAIL" in contact, contact["HAS_EMAIL"]) == (False, "N")


def test_contact_points_of_a_list_have_to_be_asked_for(desk):
    add(desk, "lead", TITLE="С телефоном", PHONE=[{"VALUE": "+7999"}])
    add(desk, "lead", TITLE="Без телефона")
    assert "PHONE" not in desk.call("crm.lead.list")[0]
    assert desk.call("crm.lead.list", {"select": ["TITLE", "PHONE"]}) == [
        {
            "ID": "1",
            "TITLE": "С телефоном",
            "PHONE": [{"ID": "1", "VALUE_TYPE": "WORK", "VALUE": "+7999", "TYPE_ID": "PHONE"}],
        },
        {"ID": "2", "TITLE": "Без телефона"},
    ]


def test_contact_points_are_found_by_their_exact_value(desk):
    add(desk, "contact", NAME="Иван", PHONE=[{"VALUE": "+7999"}], EMAIL=[{"VALUE": "Ivan@Example.com"}])
    second = add(desk, "contact", NAME="Пётр", PHONE=[{"VALUE": "+7888"}, {"VALUE": "+7999"}])
    assert ids(desk, "contact", filter={"PHONE": "+7999"}) == ["1", "2"]
    assert ids(desk, "contact", filter={"PHONE": "7999"}) == []
    assert ids(desk, "contact", filter={"EMAIL": "ivan@example.com"}) == ["1"]
    update(desk, "contact", second, PHONE=[{"ID": 4, "DELETE": "Y"}])
    assert ids(desk, "contact", filter={"PHONE": ["+7999", "+7888"]}) == ["1", "2"]
    assert ids(desk, "contact", filter={"PHONE": "+7999"}) == ["1"]


# Lists


@pytest.fixture
def deals(desk, company) -> None:
    for title, sum_, by in (
        ("Лодка", 100, company.seller),
        ("Весло", 300, company.buyer),
        ("Якорь", 200, company.buyer),
    ):
        add(desk, "deal", TITLE=title, OPPORTUNITY=sum_, ASSIGNED_BY_ID=by, ORIGIN_ID=title)
        desk.portal.clock.advance(60)
    update(desk, "deal", 1, STAGE_ID="WON")


@pytest.mark.parametrize(
    ("sent", "found"),
    [
        ({}, ["1", "2", "3"]),
        ({"ID": 2}, ["2"]),
        ({"@ID": ["1", "3"]}, ["1", "3"]),
        ({"ID": [1, 2]}, ["1", "2"]),
        ({">ID": "1"}, ["2", "3"]),
        ({"!ID": 1}, ["2", "3"]),
        ({"!@ID": [1, 2]}, ["3"]),
        ({"STAGE_ID": "WON"}, ["1"]),
        ({"!STAGE_ID": "WON"}, ["2", "3"]),
        ({"STAGE_SEMANTIC_ID": "P"}, ["2", "3"]),
        ({"CLOSED": "Y"}, ["1"]),
        ({"%TITLE": "ор"}, ["3"]),
        ({"=%TITLE": "%о"}, ["2"]),
        ({"%=TITLE": "л%"}, ["1"]),
        ({">=OPPORTUNITY": 200, "<OPPORTUNITY": "300"}, ["3"]),
        ({">DATE_CREATE": "2026-01-15T12:00:30+03:00"}, ["2", "3"]),
        ({">=DATE_MODIFY": "2026-01-15T12:03:00+03:00"}, ["1"]),
        ({"ORIGIN_ID": "Весло"}, ["2"]),
        ({"CATEGORY_ID": 0}, ["1", "2", "3"]),
        ({"CATEGORY_ID": "1"}, []),
        # numbers that are none are 0; unknown names and "logic" are passed over
        ({"ID": "first"}, []),
        ({"NONSENSE": 1}, ["1", "2", "3"]),
        ({"stageId": "WON"}, ["1", "2", "3"]),
        ({"0": {"logic": "OR", "ID": 1}}, ["1", "2", "3"]),
    ],
)
def test_filters(desk, deals, sent, found):
    assert ids(desk, "deal", filter=sent) == found


@pytest.mark.parametrize(
    ("sent", "found"),
    [
        ({"ID": "DESC"}, ["3", "2", "1"]),
        ({"OPPORTUNITY": "asc"}, ["1", "3", "2"]),
        ({"ASSIGNED_BY_ID": "DESC", "ID": "DESC"}, ["3", "2", "1"]),
        ({"opportunity": "desc"}, ["2", "3", "1"]),
        ({"OPPORTUNITY": "down"}, ["2", "3", "1"]),
        ({"NONSENSE": "ASC"}, ["1", "2", "3"]),
    ],
)
def test_orders(desk, deals, sent, found):
    assert ids(desk, "deal", order=sent) == found


@pytest.mark.parametrize(
    ("select", "keys"),
    [
        (["TITLE"], {"ID", "TITLE"}),
        (["UF_*"], {"ID", "UF_CRM_DEAL_NOTE"}),
        (["TITLE", "UF_CRM_DEAL_NOTE", "NONSENSE", "CONTACT_IDS"], {"ID", "TITLE", "UF_CRM_DEAL_NOTE"}),
    ],
)
def test_select(desk, select, keys):
    add_user_field(desk, "deal", "NOTE", "string")
    add(desk, "deal")
    assert set(desk.call("crm.deal.list", {"select": select})[0]) == keys
    every = set(desk.call("crm.deal.list")[0])
    assert every == set(desk.call("crm.deal.list", {"select": ["*", "UF_*"]})[0]) == set(get(desk, "deal", 1))
    assert every - set(desk.call("crm.deal.list", {"select": ["*"]})[0]) == {"UF_CRM_DEAL_NOTE"}


def test_pages_are_fifty_long(desk):
    for _ in range(52):
        add(desk, "deal")
    first = desk.body("crm.deal.list")
    assert (len(first["result"]), first["total"], first["next"]) == (50, 52, 50)
    second = desk.body("crm.deal.list", {"start": 50})
    assert ([row["ID"] for row in second["result"]], second["total"], "next" in second) == (["51", "52"], 52, False)
    uncounted = desk.body("crm.deal.list", {"start": -1, "filter": {">ID": 50}, "order": {"ID": "ASC"}})
    assert ([row["ID"] for row in uncounted["result"]], uncounted["total"]) == (["51", "52"], 0)


# User fields


@pytest.mark.parametrize(
    ("type_", "more", "sent", "shown"),
    [
        ("string", {}, "слово", "слово"),
        ("integer", {}, 5, "5"),
        ("double", {}, 1.5, "1.5"),
        ("boolean", {}, "Y", "1"),
        ("boolean", {}, "0", "0"),
        ("date", {}, "2026-04-29", "2026-04-29T03:00:00+03:00"),
        ("datetime", {}, "2026-04-29T10:00:00+03:00", "2026-04-29T10:00:00+03:00"),
        ("money", {}, "300|RUB", "300|RUB"),
        ("employee", {"multiple": "Y"}, [1], [1]),
        ("string", {"multiple": "Y"}, ["а", "б"], ["а", "б"]),
        # a lone value of a multiple field is a list of one
        ("string", {"multiple": "Y"}, "а", ["а"]),
        ("crm", {}, "D_1", "D_1"),
    ],
)
def test_values_of_user_fields(desk, type_, more, sent, shown):
    name = add_user_field(desk, "deal", "X", type_, **more)
    number = add(desk, "deal", **{name: sent})
    assert get(desk, "deal", number)[name] == shown
    assert desk.call("crm.deal.list", {"select": [name]})[0][name] == shown


@pytest.mark.parametrize(("multiple", "in_get", "in_list"), [("N", "", None), ("Y", [], False)])
def test_empty_user_fields_look_differently_in_get_and_list(desk, multiple, in_get, in_list):
    name = add_user_field(desk, "deal", "X", "string", multiple=multiple)
    number = add(desk, "deal")
    assert get(desk, "deal", number)[name] == in_get
    assert desk.call("crm.deal.list", {"select": ["UF_*"]})[0][name] == in_list


def test_elements_of_lists_are_strings_alone_and_numbers_together(desk):
    one = add_user_field(desk, "deal", "ONE", "enumeration", enum=[{"value": "да"}])
    many = add_user_field(desk, "deal", "MANY", "enumeration", multiple="Y", enum=[{"value": "а"}, {"value": "б"}])
    number = add(desk, "deal", **{one: 1, many: [2, "3"]})
    deal = get(desk, "deal", number)
    assert (deal[one], deal[many]) == ("1", [2, 3])
    assert ids(desk, "deal", filter={many: 3}) == ids(desk, "deal", filter={one: "1"}) == ["1"]


def test_a_file_is_sent_shown_and_removed(desk):
    name = add_user_field(desk, "deal", "FILE", "file")
    content = base64.b64encode(b"one").decode()
    number = add(desk, "deal", **{name: {"fileData": ["one.txt", content]}})
    shown = get(desk, "deal", number)[name]
    assert set(shown) == {"id", "showUrl", "downloadUrl"}
    assert f"fileId={shown['id']}" in shown["downloadUrl"]
    update(desk, "deal", number, **{name: {"id": shown["id"], "remove": "Y"}})
    assert get(desk, "deal", number)[name] == ""


def test_links_to_parents_have_older_names_too(desk):
    child = desk.call("crm.type.add", {"fields": {"title": "Разбор", "relations": {"child": [{"entityTypeId": 2}]}}})
    type_id = child["type"]["entityTypeId"]
    parent = desk.call("crm.item.add", {"entityTypeId": type_id, "fields": {}})["item"]["id"]
    number = add(desk, "deal", **{f"PARENT_ID_{type_id}": parent})
    assert get(desk, "deal", number)[f"PARENT_ID_{type_id}"] == str(parent)
    assert ids(desk, "deal", filter={f"PARENT_ID_{type_id}": parent}) == ["1"]
    assert desk.call("crm.deal.fields")[f"PARENT_ID_{type_id}"]["settings"] == {"parentEntityTypeId": type_id}


# Descriptions


@pytest.mark.parametrize(
    ("word", "name", "expected"),
    [
        ("deal", "CATEGORY_ID", {"type": "crm_category", "isImmutable": True, "isReadOnly": False}),
        ("deal", "CLOSED", {"type": "char", "isReadOnly": False}),
        ("deal", "COMMENTS", {"type": "string", "isMultiple": False}),
        ("deal", "CONTACT_ID", {"type": "crm_contact", "isDeprecated": True}),
        ("deal", "STAGE_ID", {"type": "crm_status", "statusType": "DEAL_STAGE"}),
        ("deal", "LEAD_ID", {"isReadOnly": True, "settings": {"parentEntityTypeId": 1}}),
        ("lead", "STATUS_ID", {"type": "crm_status", "statusType": "STATUS"}),
        ("lead", "PHONE", {"type": "crm_multifield", "isMultiple": True}),
        ("contact", "COMPANY_ID", {"type": "crm_company", "isDeprecated": True}),
        ("company", "CONTACT_ID", {"type": "crm_contact", "isMultiple": True}),
        ("company", "TITLE", {"type": "string", "isRequired": True}),
        ("quote", "STATUS_ID", {"type": "crm_status", "statusType": "QUOTE_STATUS"}),
    ],
)
def test_fields(desk, word, name, expected):
    assert expected.items() <= desk.call(f"crm.{word}.fields")[name].items()


def test_user_fields_are_described_with_their_labels(desk):
    name = add_user_field(desk, "deal", "WHY", "enumeration", editFormLabel="Почему", enum=[{"value": "да"}])
    described = desk.call("crm.deal.fields")[name]
    assert described["isDynamic"] is True
    assert (described["title"], described["listLabel"], described["formLabel"]) == (name, "Почему", "Почему")
    assert described["items"] == [{"ID": "1", "VALUE": "да"}]
