"""Applications inside the portal: their tabs, their pages, what the browser posts to them."""

from __future__ import annotations

import json
from html.parser import HTMLParser

import httpx
import pytest

from tests.sandbox.cards.conftest import CASE, Outline


@pytest.fixture
def application(box, listen):
    """Installed, with a page and a tab on the cards of cases and of tasks."""
    listener = listen()
    made = box.control(
        "applications", {"title": "Разборы <b>", "handler": listener.url, "scopes": ["crm", "task", "placement"]}
    )

    def call(method: str, **params: object) -> object:
        answer = box.http.post(f"{box.addresses.portal}/rest/{method}", json={**params, "auth": made["access_token"]})
        assert answer.status_code == 200, answer.text
        return answer.json()["result"]

    for place, title in ((f"CRM_DYNAMIC_{CASE}_DETAIL_TAB", "Форма"), ("TASK_VIEW_TAB", "Подсказка")):
        call("placement.bind", PLACEMENT=place, HANDLER=f"{listener.url}/tab", TITLE=title)
    return listener


class Framed(HTMLParser):
    """The form the browser posts into the frame; empty when there is none."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.form: dict[str, str] = {}
        self._inside = False
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        told = dict(attrs)
        if tag == "form":
            self._inside = told.get("target") == "application"
            self.form |= {"action": told["action"]} if self._inside else {}
        elif tag == "input" and self._inside:
            self.form[told["name"]] = told["value"]


def hidden(html: str) -> dict[str, str]:
    return Framed(html).form


def test_a_tab_of_a_card(box, desk, office, application):
    page = desk.be(office.seller).page(office.card)
    assert "Форма" in Outline(page).text
    tab = next(link for link in Outline(page).links if "widget" in link)
    form = hidden(desk.page(office.card + tab))
    assert form["action"].startswith(f"{application.url}/tab?DOMAIN=")
    assert json.loads(form["PLACEMENT_OPTIONS"]) == {"ID": str(office.case)}
    assert form["PLACEMENT"] == f"CRM_DYNAMIC_{CASE}_DETAIL_TAB"
    asked = {"auth": form["AUTH_ID"]}
    told = httpx.post(f"{desk.home}/rest/profile", json=asked, trust_env=False).json()
    assert told["result"]["ID"] == str(office.seller)
    # a card of another type has no such tab, whatever the address says
    assert hidden(desk.page(f"/crm/deal/details/{office.deal}/{tab}")) == {}


def test_a_tab_of_a_task(desk, office, application):
    tab = next(link for link in Outline(desk.page(office.task_card)).links if "widget" in link)
    assert json.loads(hidden(desk.page(office.task_card + tab))["PLACEMENT_OPTIONS"]) == {"taskId": str(office.task)}


def test_the_page_of_an_application(desk, office, application):
    menu = Outline(desk.page("/"))
    assert "Разборы <b>" in menu.text
    path = next(link for link in menu.links if link.startswith("/marketplace/app/"))
    assert hidden(desk.page(path))["PLACEMENT"] == "DEFAULT"
    assert desk.get("/marketplace/app/999/").status_code == 404


def test_frames_show_this_application_and_nothing_else(desk, office, application):
    tab = next(link for link in Outline(desk.page(office.card)).links if "widget" in link)
    origin = application.url.removesuffix("/events")
    policy = desk.get(office.card + tab).headers["content-security-policy"]
    assert f"frame-src {origin}" in policy
    assert "frame-src" not in desk.get(office.card).headers["content-security-policy"]


def test_an_application_that_is_not_open_to_somebody(box, desk, office, application):
    number = box.http.get(f"{box.addresses.control}/applications").json()[0]["id"]
    box.control(f"applications/{number}", {"users": [office.head]})
    assert "Форма" not in desk.be(office.seller).page(office.card)
    assert desk.get(f"/marketplace/app/{number}/").status_code == 404
    assert "Форма" in desk.be(office.head).page(office.card)
