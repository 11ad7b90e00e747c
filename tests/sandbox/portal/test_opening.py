"""What the browser of a user posts to the page of an application: settings/oauth/simple-way.md, contract 9.3."""

from __future__ import annotations

import json
from urllib.parse import parse_qs, urlsplit

import pytest
from b24pysdk.credentials import OAuthPlacementData


@pytest.fixture
def app(box):
    handler = {"title": "Качество", "scopes": ["placement", "crm"], "handler": "https://example.org/app?v=1"}
    return box.control("applications", handler)


def bind(box, app: dict, **more: object) -> None:
    tab = {
        "PLACEMENT": "CRM_DEAL_DETAIL_TAB",
        "HANDLER": "https://example.org/tab",
        "auth": app["access_token"],
        **more,
    }
    assert box.http.post(f"{box.addresses.portal}/rest/placement.bind", json=tab).json()["result"] is True


def test_a_widget(box, app):
    anna = box.control("seed", {"users": {"anna": {"name": "Анна"}}})["users"]["anna"]
    bind(box, app)
    context = {"ID": "24", "URI": "/crm/deal/details/24/"}
    opening = box.control("open", {"user_id": anna, "widget": 1, "options": context})
    address, form = urlsplit(opening["url"]), opening["form"]
    query = {name: value[0] for name, value in parse_qs(address.query).items()}
    domain = urlsplit(box.addresses.portal).netloc
    assert {"DOMAIN": domain, "PROTOCOL": "0", "LANG": "ru"}.items() <= query.items()
    token = form.pop("AUTH_ID")
    assert len(form.pop("REFRESH_ID")) > 30
    assert form.pop("PLACEMENT_OPTIONS") == '{"ID":"24","URI":"\\/crm\\/deal\\/details\\/24\\/"}'
    assert form == {
        "AUTH_EXPIRES": "3600",
        "SERVER_ENDPOINT": f"{box.addresses.portal}/oauth/rest/",
        "APPLICATION_TOKEN": app["application_token"],
        "APPLICATION_SCOPE": "crm,placement",
        "member_id": app["member_id"],
        "status": "L",
        "PLACEMENT": "CRM_DEAL_DETAIL_TAB",
    }
    answer = box.http.post(f"{box.addresses.portal}/rest/profile", json={"auth": token}).json()
    assert answer["result"]["NAME"] == "Анна"


def test_the_main_page_keeps_its_own_query(box, app):
    opening = box.control("open", {"user_id": 1, "application": app["client_id"]})
    assert opening["url"].startswith("https://example.org/app?v=1&DOMAIN=")
    assert (opening["form"]["PLACEMENT"], "PLACEMENT_OPTIONS" in opening["form"]) == ("DEFAULT", False)


def test_the_vendors_sdk_reads_it(box, app):
    bind(box, app)
    opening = box.control("open", {"user_id": 1, "widget": 1, "options": {"ID": "24"}})
    query = {name: value[0] for name, value in parse_qs(urlsplit(opening["url"]).query).items()}
    read = OAuthPlacementData.from_dict({**query, **opening["form"]})
    assert (read.placement, read.member_id) == ("CRM_DEAL_DETAIL_TAB", app["member_id"])
    assert read.oauth_token.access_token == opening["form"]["AUTH_ID"]


def test_every_opening_is_a_session_of_its_own(box, app):
    urls = {box.control("open", {"user_id": 1, "application": app["client_id"]})["url"] for _ in range(2)}
    assert len(urls) == 2


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"widget": 7}, "there is no widget 7"),
        ({"application": "nobody"}, "there is no application 'nobody'"),
        ({"user_id": 99, "widget": 1}, "there is no active user 99"),
    ],
)
def test_what_cannot_be_opened(box, asked, words):
    answer = box.http.post(f"{box.addresses.control}/open", json={"user_id": 1, **asked})
    assert (answer.status_code, words in answer.json()["error"]) == (400, True)


def test_an_application_without_a_page(box):
    bare = box.control("applications", {"title": "API"})
    answer = box.http.post(f"{box.addresses.control}/open", json={"user_id": 1, "application": bare["client_id"]})
    assert "has no page of its own" in answer.json()["error"]


def test_features_of_the_plan(box):
    assert box.control("features", {"rest_auth_connector": False}) == {
        "rest_offline_extended": True,
        "rest_auth_connector": False,
    }
    assert box.call("feature.get", CODE="rest_auth_connector") == {"value": "N"}
    box.control("features", {"rest_auth_connector": True})
    assert box.call("feature.get", CODE="rest_auth_connector") == {"value": "Y"}
    answer = box.http.post(f"{box.addresses.control}/features", json={"flying": True})
    assert (answer.status_code, "no feature 'flying'" in answer.json()["error"]) == (400, True)
    assert json.loads(box.http.get(f"{box.addresses.control}/features").text)["rest_offline_extended"] is True
