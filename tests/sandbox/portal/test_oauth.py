"""Applications as callers, and the OAuth 2.0 that gives them their tokens: settings/oauth/*.md, contract 2."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

HANDLER = "https://app.example.com/bitrix"
HOUR = 3600
HALF_A_YEAR = 180 * 24 * HOUR


@dataclass
class App:
    """A local application seen from its developer's side."""

    box: object
    told: dict

    def token(self, **params: str) -> httpx.Response:
        return self.box.http.get(f"{self.box.addresses.portal}/oauth/token/", params=params)

    def keys(self) -> dict[str, str]:
        return {"client_id": self.told["client_id"], "client_secret": self.told["client_secret"]}

    def refresh(self, refresh_token: str) -> httpx.Response:
        return self.token(grant_type="refresh_token", refresh_token=refresh_token, **self.keys())

    def exchange(self, code: str) -> httpx.Response:
        return self.token(grant_type="authorization_code", code=code, **self.keys())

    def authorize(self, **params: object) -> httpx.Response:
        query = {"client_id": self.told["client_id"], **params}
        return self.box.http.get(f"{self.box.addresses.portal}/oauth/authorize/", params=query)

    def code(self, **params: object) -> str:
        return parse_qs(urlsplit(self.authorize(**params).headers["location"]).query)["code"][0]

    def call(self, method: str, token: str | None = None, **params: object) -> httpx.Response:
        auth = self.told["access_token"] if token is None else token
        return self.box.http.post(f"{self.box.addresses.portal}/rest/{method}", json={**params, "auth": auth})

    def change(self, **changes: object) -> None:
        self.box.control(f"applications/{self.told['id']}", changes)


@pytest.fixture
def app(box) -> App:
    return App(
        box, box.control("applications", {"title": "ОКК", "scopes": ["crm", "task", "user"], "handler": HANDLER})
    )


@pytest.fixture
def seller(box) -> int:
    return box.control("seed", {"users": {"seller": {"name": "Светлана", "last_name": "Продавцова"}}})["users"][
        "seller"
    ]


def refusal(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]


# The way to the first tokens


def test_a_user_brings_a_code_back_to_the_application(app, seller):
    answer = app.authorize(state="a b&c", user_id=seller)
    assert answer.status_code == 302
    there = urlsplit(answer.headers["location"])
    assert f"{there.scheme}://{there.netloc}{there.path}" == HANDLER
    told = {name: values[0] for name, values in parse_qs(there.query).items()}
    assert told.keys() == {"code", "state", "domain", "member_id", "scope", "server_domain"}
    assert (told["state"], told["scope"]) == ("a b&c", "crm,task,user")
    assert told["domain"] == urlsplit(app.box.addresses.portal).netloc
    assert told["member_id"] == app.told["member_id"]


def test_the_address_of_the_application_keeps_its_own_query(box):
    app = App(box, box.control("applications", {"handler": f"{HANDLER}?from=portal"}))
    assert app.authorize().headers["location"].startswith(f"{HANDLER}?from=portal&code=")


def test_an_application_without_an_address_shows_the_code(box):
    app = App(box, box.control("applications", {"title": "<Без адреса>"}))
    page = app.authorize()
    assert (page.status_code, "&lt;Без адреса&gt;" in page.text) == (200, True)
    code = page.text.partition("Код авторизации: ")[2].partition("<")[0]
    assert app.exchange(code).status_code == 200


def test_what_fails_is_shown_to_the_user_only(app, seller):
    """settings/oauth/index.md: the application gets neither a redirect nor parameters of the error."""
    app.change(users=[seller])
    pages = [app.authorize(client_id="local.nobody"), app.authorize(user_id=999), app.authorize(user_id=1)]
    for page in pages:
        assert page.status_code == 400
        assert page.headers["content-type"].startswith("text/html")
    assert app.authorize(user_id=seller).status_code == 302


def test_a_code_becomes_tokens(app, seller):
    answer = app.exchange(app.code(user_id=seller))
    tokens = answer.json()
    portal = app.box.addresses.portal
    assert (answer.status_code, answer.headers["content-type"].partition(";")[0]) == (200, "application/json")
    assert (
        tokens.items()
        >= {
            "expires_in": HOUR,
            "scope": "crm,task,user",
            "domain": urlsplit(portal).netloc,
            "server_endpoint": f"{portal}/oauth/rest/",
            "client_endpoint": f"{portal}/rest/",
            "status": "L",
            "user_id": seller,
        }.items()
    )
    assert tokens.keys() >= {"access_token", "refresh_token", "expires", "member_id"}
    assert app.call("user.current", tokens["access_token"]).json()["result"]["ID"] == str(seller)


def test_tokens_by_post_too(app):
    form = {"grant_type": "authorization_code", "code": app.code(), **app.keys()}
    answer = app.box.http.post(f"{app.box.addresses.portal}/oauth/token", data=form)
    assert app.call("server.time", answer.json()["access_token"]).status_code == 200


def test_a_code_works_once_and_for_thirty_seconds(app):
    code = app.code()
    assert app.exchange(code).status_code == 200
    assert refusal(app.exchange(code)) == (400, "invalid_grant")
    app.box.control("clock", {"now": "2026-01-15T12:00:00+03:00"})
    in_time, late = app.code(), app.code()
    app.box.control("clock", {"advance": 29})
    assert app.exchange(in_time).status_code == 200
    app.box.control("clock", {"advance": 1})
    assert refusal(app.exchange(late)) == (400, "invalid_grant")


# The next tokens


def test_an_hour_later_the_pair_is_renewed(app):
    app.box.control("clock", {"advance": HOUR})
    assert refusal(app.call("server.time")) == (401, "expired_token")
    renewed = app.refresh(app.told["refresh_token"]).json()
    assert renewed["access_token"] != app.told["access_token"]
    assert renewed["refresh_token"] != app.told["refresh_token"]
    assert app.call("server.time", renewed["access_token"]).status_code == 200
    assert refusal(app.call("server.time")) == (401, "expired_token")
    assert refusal(app.refresh(app.told["refresh_token"])) == (400, "invalid_grant")
    assert app.refresh(renewed["refresh_token"]).status_code == 200


def test_after_half_a_year_the_refresh_token_is_dead(app):
    app.box.control("clock", {"advance": HALF_A_YEAR})
    assert refusal(app.refresh(app.told["refresh_token"])) == (400, "invalid_grant")


def test_a_fault_ends_the_hour_of_the_next_call(app):
    app.box.control("faults", [{"on": "rest", "method": "server.time", "do": "expired", "times": 1}])
    assert [refusal(app.call("server.time")) for _ in range(2)] == [(401, "expired_token")] * 2
    renewed = app.refresh(app.told["refresh_token"]).json()
    assert app.call("server.time", renewed["access_token"]).status_code == 200


def test_a_revoked_token_cannot_be_renewed(app):
    app.box.control("faults", [{"on": "rest", "do": "revoked", "times": 1}])
    assert [refusal(app.call("server.time")) for _ in range(2)] == [(401, "invalid_token")] * 2
    assert refusal(app.refresh(app.told["refresh_token"])) == (400, "invalid_grant")


@pytest.mark.parametrize(
    ("changed", "status", "code"),
    [
        ({"grant_type": "password"}, 400, "invalid_request"),
        ({"grant_type": ""}, 400, "invalid_request"),
        ({"client_id": ""}, 400, "invalid_request"),
        ({"refresh_token": ""}, 400, "invalid_request"),
        ({"client_id": "local.nobody"}, 200, "wrong_client"),
        ({"client_secret": "wrong"}, 400, "invalid_client"),
        ({"refresh_token": "wrong"}, 400, "invalid_grant"),
        ({"scope": "crm,im"}, 403, "invalid_scope"),
    ],
)
def test_refusals_of_the_authorisation_server(app, changed, status, code):
    """Codes of settings/oauth/error-codes.md, statuses of the vendor's b24pysdk; the refresh token survives them."""
    good = {"grant_type": "refresh_token", "refresh_token": app.told["refresh_token"], **app.keys()}
    answer = app.token(**{**good, **changed})
    assert refusal(answer) == (status, code)
    bare = {"wrong_client", "invalid_client", "invalid_grant"}
    assert answer.json().keys() == ({"error"} if code in bare else {"error", "error_description"})
    assert app.token(**good, scope="crm").status_code == 200


def test_the_token_of_another_application(app, box):
    other = App(box, box.control("applications", {"handler": HANDLER}))
    assert refusal(other.refresh(app.told["refresh_token"])) == (400, "invalid_grant")
    assert refusal(other.exchange(app.code())) == (400, "invalid_grant")
    assert app.refresh(app.told["refresh_token"]).status_code == 200


def test_an_unpaid_application(app):
    app.change(paid=False)
    assert refusal(app.refresh(app.told["refresh_token"])) == (401, "PAYMENT_REQUIRED")
    assert refusal(app.call("server.time")) == (401, "PAYMENT_REQUIRED")
    app.change(paid=True)
    assert app.call("server.time").status_code == 200


def test_an_application_whose_installer_is_not_done(box):
    app = App(box, box.control("applications", {"handler": HANDLER, "installed": False}))
    assert refusal(app.refresh(app.told["refresh_token"])) == (401, "NOT_INSTALLED")
    assert app.authorize().status_code == 400
    app.change(installed=True)
    assert app.refresh(app.told["refresh_token"]).status_code == 200


def test_a_deleted_application(app):
    address = f"{app.box.addresses.control}/applications/{app.told['id']}"
    assert app.box.http.delete(address).json()["client_id"] == app.told["client_id"]
    assert refusal(app.call("server.time")) == (401, "APPLICATION_NOT_FOUND")
    assert refusal(app.refresh(app.told["refresh_token"])) == (200, "wrong_client")
    assert app.box.http.delete(address).status_code == 400


# Calls with a token


@pytest.mark.parametrize("place", ["query", "json", "form", "header", "suffix"])
def test_where_the_token_may_stand(app, place):
    """authorization.md; the header is undocumented, portals take it (b24jssdk pull request 491)."""
    url, token = f"{app.box.addresses.portal}/rest/scope", app.told["access_token"]
    requests = {
        "query": {"method": "GET", "url": f"{url}?auth={token}"},
        "json": {"method": "POST", "url": url, "json": {"auth": token}},
        "form": {"method": "POST", "url": f"{url}/", "data": {"auth": token}},
        "header": {"method": "POST", "url": url, "headers": {"Authorization": f"Bearer {token}"}},
        "suffix": {"method": "GET", "url": f"{url}.json?auth={token}"},
    }
    assert app.box.http.request(**requests[place]).json()["result"] == ["crm", "task", "user"]


def test_the_token_is_no_parameter(app):
    """Positional methods count what they get."""
    task = app.call("tasks.task.add", fields={"TITLE": "Задача", "RESPONSIBLE_ID": 1}).json()["result"]["task"]["id"]
    url = f"{app.box.addresses.portal}/rest/task.checklistitem.add?auth={app.told['access_token']}"
    assert isinstance(app.box.http.post(url, json=[task, {"TITLE": "Пункт"}]).json()["result"], int)


def test_rights_are_the_users_and_scopes_the_applications(app, seller):
    token = app.exchange(app.code(user_id=seller)).json()["access_token"]
    assert refusal(app.call("im.notify.personal.add", token, USER_ID=1, MESSAGE="x")) == (403, "insufficient_scope")
    assert "access token" in app.call("im.notify.personal.add", token).json()["error_description"]
    assert refusal(app.call("crm.type.add", token, fields={"title": "x"}))[1] == "ACCESS_DENIED"
    assert app.call("crm.type.add", fields={"title": "x"}).status_code == 200


def test_methods_of_applications_are_open(app, box):
    assert app.call("event.get").json()["result"] == []
    assert refusal(box.send("event.get")) == (403, "WRONG_AUTH_TYPE")
    listed = app.call("methods").json()["result"]
    assert "event.get" in listed
    assert "event.get" not in box.call("methods")
    assert app.call("method.get", name="event.get").json()["result"] == {"isExisting": True, "isAvailable": True}


def test_a_method_the_administrator_has_to_allow(app, box):
    assert refusal(app.call("voximplant.user.get")) == (401, "METHOD_CONFIRM_WAITING")
    assert refusal(box.send("voximplant.user.get")) == (501, "NOT_BUILT_IN_SANDBOX")


def test_a_fired_user_takes_the_token_along(app, seller, box):
    token = app.exchange(app.code(user_id=seller)).json()["access_token"]
    assert app.call("server.time", token).status_code == 200
    box.call("user.update", ID=seller, ACTIVE=False)
    assert refusal(app.call("server.time", token)) == (401, "authorization_error")


def test_an_application_that_is_opened_to_some(app, seller):
    tokens = app.exchange(app.code(user_id=seller)).json()
    token = tokens["access_token"]
    app.change(users=[1])
    assert refusal(app.call("server.time", token)) == (403, "user_access_error")
    assert refusal(app.refresh(tokens["refresh_token"])) == (403, "user_access_error")
    assert app.call("server.time").status_code == 200
    app.change(users=None)
    assert app.call("server.time", token).status_code == 200


def test_operating_time_is_the_applications_own(app, box):
    box.control("limits", {"plan": "cloud", "costs": {"crm.item.list": 500}})
    assert app.call("crm.item.list", entityTypeId=2).status_code == 200
    assert refusal(app.call("crm.item.list", entityTypeId=2)) == (429, "OPERATION_TIME_LIMIT")
    another = app.exchange(app.code()).json()["access_token"]
    assert refusal(app.call("crm.item.list", another, entityTypeId=2)) == (429, "OPERATION_TIME_LIMIT")
    assert box.send("crm.item.list", {"entityTypeId": 2}).status_code == 200


# What the authorisation server says about a token


@pytest.mark.parametrize(
    ("path", "headers"),
    [("/oauth/rest/app.info", {}), ("/rest/app.info/", {"Host": "oauth.bitrix24.tech"})],
    ids=["server_endpoint", "the vendor's name"],
)
def test_the_server_knows_whose_token_it_is(app, path, headers):
    answer = app.box.http.get(
        app.box.addresses.portal + path, params={"auth": app.told["access_token"]}, headers=headers
    ).json()
    told = answer["result"]
    assert (told["client_id"], told["user_id"], told["scope"]) == (app.told["client_id"], 1, "crm,task,user")
    assert told["install"]["member_id"] == app.told["member_id"]
    assert told["install"]["status"] == "L"
    assert answer["time"].keys() >= {"start", "finish", "duration", "processing", "date_start", "date_finish"}


def test_the_server_does_not_know_strangers(app):
    url = f"{app.box.addresses.portal}/oauth/rest/"
    assert refusal(app.box.http.get(f"{url}app.info?auth=wrong")) == (401, "NO_AUTH_FOUND")
    assert refusal(app.box.http.get(f"{url}app.info?auth={'0' * 70}")) == (400, "invalid_client")
    assert refusal(app.box.http.get(f"{url}user.get?auth={app.told['access_token']}")) == (
        404,
        "ERROR_METHOD_NOT_FOUND",
    )


# On the desk


def test_applications_are_listed_without_secrets(app, box):
    (listed,) = box.http.get(f"{box.addresses.control}/applications").json()
    assert (listed["id"], listed["title"], listed["installed"]) == (app.told["id"], "ОКК", True)
    assert not {"client_secret", "application_token", "access_token", "refresh_token"} & listed.keys()


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({"user_id": 999}, "there is no active user 999"),
        ({"handler": "ftp://x"}, '"handler" must be an address'),
        ({"users": ["everybody"]}, '"users" must be a list of ids'),
    ],
)
def test_mistakes_are_said(box, sent, words):
    answer = box.http.post(f"{box.addresses.control}/applications", json=sent)
    assert answer.status_code == 400
    assert words in answer.json()["error"]


def test_no_token_reaches_the_journal(app, box):
    app.call("crm.item.list", entityTypeId=2)
    app.refresh(app.told["refresh_token"])
    written = box.http.get(f"{box.addresses.control}/journal").text
    assert "crm.item.list" in written
    for secret in ("access_token", "refresh_token", "client_secret", "application_token"):
        assert app.told[secret] not in written
