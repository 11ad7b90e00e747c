"""What an application asks about itself and its user, over HTTP: api-reference/common/."""

from __future__ import annotations

import pytest


def test_about_itself(desk, app):
    assert app.call("app.info") == {
        "ID": 1,
        "CODE": app.application.client_id,
        "VERSION": 1,
        "STATUS": "L",
        "INSTALLED": True,
        "PAYMENT_EXPIRED": "N",
        "DAYS": None,
        "LANGUAGE_ID": "ru",
        "LICENSE": "ru_pro100",
        "LICENSE_TYPE": "pro100",
        "LICENSE_FAMILY": "pro",
    }
    desk.portal.limits.choose("enterprise")
    assert app.call("app.info")["LICENSE"] == "ru_ent250"
    app.application.installed = False
    assert app.call("app.info")["INSTALLED"] is False


def test_a_webhook_hears_what_it_may_touch(desk):
    body = desk.call("app.info")
    assert set(body) == {"SCOPE", "LICENSE"}
    assert body["LICENSE"] == "ru_pro100"
    assert body["SCOPE"] == desk.call("scope")


def test_options_of_the_application(app, company):
    assert app.call("app.option.get") == []
    assert app.call("app.option.set", {"options": {"a": 1, "b": {"c": "d"}}}) is True
    assert app.call("app.option.set", {"options": {"a": "2"}}) is True
    assert app.call("app.option.get", by=company.seller) == {"a": "2", "b": {"c": "d"}}
    assert app.call("app.option.get", {"option": "b"}) == {"c": "d"}
    assert app.call("app.option.get", {"option": "z"}) is None
    # the vendor's module takes the parameters themselves when there is no "options"
    assert app.call("app.option.set", {"plain": "Y"}) is True
    assert app.call("app.option.get", {"option": "plain"}) == "Y"


def test_options_of_a_user(app, company):
    assert app.call("user.option.set", {"options": {"view": "list"}}, by=company.seller) is True
    assert app.call("user.option.get", by=company.seller) == {"view": "list"}
    assert app.call("user.option.get", by=company.buyer) == []
    assert app.call("app.option.get") == []


def test_options_of_another_application(desk, app):
    app.call("app.option.set", {"options": {"a": 1}})
    assert type(app)(desk, desk.portal.access.install("Другое")).call("app.option.get") == []


@pytest.mark.parametrize("method", ["app.option.set", "user.option.set"])
@pytest.mark.parametrize("params", [{}, {"options": {}}, {"options": []}])
def test_no_options(app, method, params):
    assert app.refusal(method, params) == (400, "ArgumentNullException", "options is empty")


def test_settings_are_for_administrators(app, company):
    words = "Access denied! Administrator authorization required"
    assert app.refusal("app.option.set", {"options": {"a": 1}}, by=company.seller) == (403, "ACCESS_DENIED", words)


@pytest.mark.parametrize(
    ("method", "refusal"),
    [
        ("app.option.get", (403, "ACCESS_DENIED")),
        ("user.option.set", (403, "ACCESS_DENIED")),
    ],
)
def test_webhooks_are_refused(desk, method, refusal):
    assert desk.refusal(method, {"options": {"a": 1}}) == refusal


def test_access_codes(desk, company):
    assert desk.call("user.access", {"ACCESS": ["U999"]}) is True
    for codes, has in (
        ([f"U{company.seller}"], True),
        (["G2"], True),
        (["AU"], True),
        (["U1", "G1"], False),
        ([], False),
    ):
        assert desk.call("user.access", {"ACCESS": codes}, by=company.seller) is has
