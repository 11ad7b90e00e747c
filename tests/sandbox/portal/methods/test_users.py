"""``user.*`` and ``profile`` over HTTP (api-reference/user/, api-reference/common/users/)."""

from __future__ import annotations

import pytest


def names(desk, params=(), *, method="user.get"):
    return [user["NAME"] for user in desk.call(method, params)]


def test_a_user_has_the_types_of_the_page(desk, company):
    [user] = desk.call("user.get", {"ID": company.buyer})

    assert (user["ID"], user["ACTIVE"], user["IS_ONLINE"]) == (str(company.buyer), True, "N")
    assert (user["UF_DEPARTMENT"], user["USER_TYPE"]) == ([company.purchasing], "employee")
    assert user["TIME_ZONE"] == "Asia/Vladivostok"
    assert user["DATE_REGISTER"] == "2026-01-15T12:00:00+03:00"  # the server's zone, not the user's
    assert (user["TIMESTAMP_X"], user["LAST_ACTIVITY_DATE"]) == ({}, {})
    assert (user["PERSONAL_CITY"], user["UF_EMPLOYMENT_DATE"]) == ("", "")


@pytest.mark.parametrize(
    ("params", "found"),
    [
        ({}, ["Администратор", "Борис", "Светлана", "Захар", "Олег"]),
        ({"FILTER": {"UF_DEPARTMENT": 2}}, ["Борис", "Светлана"]),
        # the page's own sample puts conditions beside the filter
        ({"UF_DEPARTMENT": 3, "SORT": "ID", "ORDER": "desc"}, ["Олег", "Захар"]),
        # b24phpsdk, UserTest and BatchTest
        ({"UF_DEPARTMENT": 3, "sort": {"ID": "desc"}}, ["Олег", "Захар"]),
        ({"UF_DEPARTMENT": 3, "order": {"ID": "DESC"}}, ["Олег", "Захар"]),
        ({"filter": {"ID": [2, 4]}}, ["Борис", "Захар"]),
        ({"filter": {"@ID": [2, 4]}}, ["Борис", "Захар"]),
        ({"filter": {"!@ID": [1, 2, 3]}}, ["Захар", "Олег"]),
        ({"filter": {">ID": 3}}, ["Захар", "Олег"]),
        ({"filter": {"NAME": "Св%"}}, ["Светлана"]),
        ({"filter": {"%LAST_NAME": "купк"}}, ["Захар"]),
        ({"filter": {"!%LAST_NAME": "ов"}}, ["Администратор", "Захар", "Олег"]),
        ({"filter": {"=%LAST_NAME": "%ин"}}, ["Захар"]),
        ({"filter": {"NAME_SEARCH": "посторон олег"}}, ["Олег"]),
        ({"FILTER": {"TIME_ZONE": "Asia/Vladivostok"}}, ["Захар"]),
        ({"FILTER": {"ACTIVE": "Y", "PERSONAL_GENDER": "F"}}, ["Светлана"]),
        (
            {"FILTER": {"USER_TYPE": "employee"}, "sort": "NAME"},
            ["Администратор", "Борис", "Захар", "Олег", "Светлана"],
        ),
        ({"sort": "LAST_NAME", "order": "ASC"}, ["Администратор", "Захар", "Борис", "Олег", "Светлана"]),
        ({"FILTER": {">=DATE_REGISTER": "2026-01-16"}}, []),
    ],
)
def test_filters_and_orders(desk, company, params, found):
    assert names(desk, params) == found


def test_the_fired_are_left_out_only_when_asked(desk, company):
    desk.portal.staff.update_user(company.seller, active=False)

    assert "Светлана" in names(desk)
    assert "Светлана" not in names(desk, {"FILTER": {"ACTIVE": True}})
    assert names(desk, {"FILTER": {"ACTIVE": False}}) == ["Светлана"]


def test_webhooks_of_the_fired_do_not_work(desk, company):
    desk.call("profile", by=company.seller)
    desk.portal.staff.update_user(company.seller, active=False)

    assert desk.send("profile", by=company.seller).status_code == 401


def test_mail_users_are_shown_only_when_asked_for(desk):
    desk.portal.staff.add_user("Почтовый", user_type="email")

    assert names(desk) == ["Администратор"]
    assert names(desk, {"FILTER": {"USER_TYPE": "email"}}) == ["Почтовый"]


def test_people_from_outside_have_no_departments(desk):
    desk.portal.staff.add_user("Внешний", user_type="extranet")

    [user] = desk.call("user.get", {"FILTER": {"NAME": "Внешний"}})
    assert "UF_DEPARTMENT" not in user


def test_pages_of_fifty(desk):
    for number in range(59):
        desk.portal.staff.add_user(f"Имя{number}")

    first, last = desk.body("user.get"), desk.body("user.get", {"start": 50})
    uncounted = desk.body("user.get", {"start": -1})

    assert (len(first["result"]), first["total"], first["next"]) == (50, 60, 50)
    assert (len(last["result"]), "next" in last) == (10, False)
    assert (uncounted["total"], "next" in uncounted) == (0, False)


@pytest.mark.parametrize(
    ("select", "shown"),
    [
        (["ID", "NAME", "NO_SUCH_FIELD"], {"ID", "NAME"}),
        (["UF_*"], {"UF_DEPARTMENT", "UF_EMPLOYMENT_DATE"}),
    ],
)
def test_select(desk, select, shown):
    assert set(desk.call("user.get", {"select": select})[0]) == shown


@pytest.mark.parametrize(
    ("scope", "seen", "hidden"),
    [
        ("user", {"EMAIL", "LAST_LOGIN", "UF_DEPARTMENT"}, set()),
        ("user_basic", {"EMAIL", "UF_DEPARTMENT", "TIME_ZONE"}, {"LAST_LOGIN", "PERSONAL_WWW"}),
        ("user_brief", {"UF_DEPARTMENT", "TIME_ZONE", "WORK_POSITION"}, {"EMAIL", "WORK_PHONE", "PERSONAL_MOBILE"}),
    ],
)
def test_the_scope_decides_what_is_seen(desk, company, scope, seen, hidden):
    answer = desk.send("user.get", by=company.boss, scopes=frozenset({scope}))

    keys = set(answer.json()["result"][0])
    assert seen <= keys
    assert not hidden & keys


@pytest.mark.parametrize(
    ("params", "found"),
    [
        ({"FILTER": {"FIND": "начал"}}, ["Борис"]),
        ({"FILTER": {"FIND": "отдел продаж"}}, ["Борис", "Светлана"]),
        ({"FILTER": {"FIND": "менеджер светл"}}, ["Светлана"]),
        ({"FILTER": {"NAME": "заха"}}, ["Захар"]),
        ({"FILTER": {"WORK_POSITION": "менедж"}}, ["Светлана"]),
        ({"FILTER": {"UF_DEPARTMENT_NAME": "закуп"}}, ["Захар", "Олег"]),
        ({"FILTER": {"FIND": "нет такого"}}, []),
    ],
)
def test_search(desk, company, params, found):
    assert names(desk, params, method="user.search") == found


def test_the_caller(desk, company):
    current = desk.call("user.current", by=company.boss)

    assert (current["ID"], current["IS_ONLINE"], current["USER_TYPE"]) == (str(company.boss), "Y", "employee")
    assert current["LAST_ACTIVITY_DATE"] == "2026-01-15 12:00:00"
    assert desk.call("profile", by=company.buyer) == {
        "ID": str(company.buyer),
        "ADMIN": False,
        "NAME": "Захар",
        "LAST_NAME": "Закупкин",
        "PERSONAL_GENDER": "",
        "TIME_ZONE": "Asia/Vladivostok",
    }
    assert (desk.call("user.admin"), desk.call("user.admin", by=company.boss)) == (True, False)


def test_fields_have_names(desk):
    fields = desk.call("user.fields")

    assert (fields["WORK_POSITION"], fields["UF_DEPARTMENT"]) == ("Должность", "Подразделения")
    assert "LAST_LOGIN" not in desk.send("user.fields", scopes=frozenset({"user_basic"})).json()["result"]


def test_people_are_invited_changed_and_fired(desk, company):
    number = desk.call(
        "user.add",
        {"EMAIL": "new@example.org", "NAME": "Нина", "UF_DEPARTMENT": [company.sales], "PERSONAL_CITY": "Тула"},
    )
    assert desk.call("user.update", {"ID": number, "WORK_POSITION": "Стажёр", "ACTIVE": "N"}) is True

    [user] = desk.call("user.get", {"ID": number})
    assert (user["NAME"], user["PERSONAL_CITY"], user["WORK_POSITION"], user["ACTIVE"]) == (
        "Нина",
        "Тула",
        "Стажёр",
        False,
    )


@pytest.mark.parametrize(
    ("method", "params", "by", "code"),
    [
        ("user.add", {"EMAIL": "x@example.org", "UF_DEPARTMENT": [1]}, "seller", "ERROR_CORE"),
        ("user.add", {"EMAIL": "не почта", "UF_DEPARTMENT": [1]}, None, "ERROR_ARGUMENT"),
        ("user.add", {"EMAIL": "ADMIN@example.org", "UF_DEPARTMENT": [1]}, None, "ERROR_ARGUMENT"),
        ("user.add", {"EMAIL": "x@example.org"}, None, "ERROR_ARGUMENT"),
        ("user.update", {"ID": 999, "NAME": "x"}, None, "ERROR_CORE"),
        ("user.update", {"ID": 1, "NAME": "x"}, "seller", "ERROR_CORE"),
    ],
)
def test_refusals(desk, company, method, params, by, code):
    assert desk.refusal(method, params, by=getattr(company, by) if by else 1) == (400, code)
