"""``event.bind`` and its neighbours over HTTP: api-reference/events/. How events travel is tested elsewhere."""

from __future__ import annotations

import pytest

HERE = "https://example.org/events"
DEAL = {"event": "onCrmDealAdd", "handler": HERE}


def bound(app, **kept: object) -> list[dict]:
    return [one for one in app.call("event.get") if kept.items() <= one.items()]


def test_bound_events_are_listed(app):
    assert app.call("event.bind", DEAL) is True
    assert app.call("event.bind", {"EVENT": "ONTASKADD", "HANDLER": HERE, "AUTH_TYPE": 1}) is True
    assert app.call("event.bind", {**DEAL, "event_type": "OFFLINE"}) is True
    assert app.call("event.get") == [
        {"event": "ONCRMDEALADD", "handler": HERE, "auth_type": "0", "offline": 0},
        {"event": "ONTASKADD", "handler": HERE, "auth_type": "1", "offline": 0},
        {"event": "ONCRMDEALADD", "connector_id": "", "offline": 1},
    ]


def test_a_handler_is_bound_once_per_address_user_and_connector(app):
    already = (400, "ERROR_CORE", "Unable to set event handler: Handler already binded")
    for more in ({}, {"auth_type": 1}, {"event_type": "offline"}, {"event_type": "offline", "auth_connector": "mine"}):
        assert app.call("event.bind", {**DEAL, **more}) is True
        assert app.refusal("event.bind", {**DEAL, **more}) == already


@pytest.mark.parametrize(
    ("params", "refusal"),
    [
        ({"handler": HERE}, ("ERROR_ARGUMENT", "Argument 'EVENT' is null or empty")),
        ({"event": "ONCRMDEALADD"}, ("ERROR_ARGUMENT", "Argument 'HANDLER' is null or empty")),
        ({**DEAL, "event_type": "later"}, ("ERROR_ARGUMENT", "Value must be one of {online|offline}")),
        ({**DEAL, "event": "ONMOONRISE"}, ("ERROR_EVENT_NOT_FOUND", "Event not found")),
        ({**DEAL, "event": "ONCRMDYNAMICITEMADD_31337"}, ("ERROR_EVENT_NOT_FOUND", "Event not found")),
        (
            {"event": "ONOFFLINEEVENT", "event_type": "offline"},
            ("ERROR_ARGUMENT", "Offline event cannot be registered for this event."),
        ),
        # a dot in the host name is all that is looked at
        ({**DEAL, "handler": "http://localhost:8000/"}, ("ERROR_WRONG_HANDLER_URL", "Wrong handler URL")),
        ({**DEAL, "handler": "events"}, ("ERROR_WRONG_HANDLER_URL", "Wrong handler URL")),
        ({**DEAL, "handler": "ftp://example.org/"}, ("ERROR_UNSUPPORTED_PROTOCOL", "Unsupported handler protocol")),
    ],
)
def test_what_cannot_be_bound(app, params, refusal):
    assert app.refusal("event.bind", params) == (400, *refusal)
    assert app.call("event.get") == []


def test_events_of_scopes_the_application_does_not_have(desk, app):
    app.application.scopes = frozenset({"task"})
    assert app.refusal("event.bind", DEAL)[:2] == (400, "ERROR_EVENT_NOT_FOUND")
    assert app.call("event.bind", {**DEAL, "event": "ontaskadd"}) is True
    assert app.call("event.bind", {**DEAL, "event": "onAppTest"}) is True


def test_an_ordinary_user_binds_for_themselves(app, company):
    assert app.call("event.bind", DEAL, by=company.seller) is True
    assert app.call("event.bind", {**DEAL, "auth_type": company.buyer}, by=company.buyer) is True
    foreign = "Access denied! Event binding with AUTH_TYPE requires administrator access rights"
    assert app.refusal("event.bind", {**DEAL, "auth_type": 1}, by=company.seller) == (403, "ACCESS_DENIED", foreign)
    offline = "Access denied! Offline events binding requires administrator access rights"
    assert app.refusal("event.bind", {**DEAL, "event_type": "offline"}, by=company.seller) == (
        403,
        "ACCESS_DENIED",
        offline,
    )
    assert [one["auth_type"] for one in app.call("event.get")] == [str(company.seller), str(company.buyer)]
    (own,) = app.call("event.get", by=company.buyer)
    assert own["auth_type"] == str(company.buyer)


def test_unbinding(app, company):
    for more in ({}, {"auth_type": 1}, {"auth_type": company.seller}, {"handler": HERE + "/2"}):
        app.call("event.bind", {**DEAL, **more})
    app.call("event.bind", {**DEAL, "event_type": "offline"})
    assert app.call("event.unbind", {**DEAL, "auth_type": ""}) == {"count": 1}
    assert [one["auth_type"] for one in bound(app, handler=HERE)] == ["1", str(company.seller)]
    assert app.call("event.unbind", DEAL) == {"count": 2}
    assert app.call("event.unbind", DEAL) == {"count": 0}
    assert app.call("event.unbind", {"event": "oncrmdealadd", "event_type": "offline"}) == {"count": 1}
    assert [one["handler"] for one in app.call("event.get")] == [HERE + "/2"]


def test_an_ordinary_user_unbinds_their_own(app, company):
    app.call("event.bind", DEAL)
    app.call("event.bind", DEAL, by=company.seller)
    assert app.refusal("event.unbind", {**DEAL, "auth_type": 1}, by=company.seller)[:2] == (403, "ACCESS_DENIED")
    # the id as text is not the id: documented, the comparison is strict
    assert app.refusal("event.unbind", {**DEAL, "auth_type": str(company.seller)}, by=company.seller)[0] == 403
    assert app.refusal("event.unbind", {**DEAL, "event_type": "offline"}, by=company.seller)[0] == 403
    assert app.call("event.unbind", DEAL, by=company.seller) == {"count": 1}
    assert [one["auth_type"] for one in app.call("event.get")] == ["0"]


@pytest.mark.parametrize("params", [{"handler": HERE}, {"event": "ONCRMDEALADD"}])
def test_unbinding_wants_both(app, params):
    assert app.refusal("event.unbind", params)[:2] == (400, "ERROR_ARGUMENT")


def test_applications_do_not_see_each_other(desk, app):
    app.call("event.bind", DEAL)
    other = type(app)(desk, desk.portal.access.install("Другое"))
    assert other.call("event.get") == []
    assert other.call("event.unbind", DEAL) == {"count": 0}
    assert other.call("event.bind", DEAL) is True


def test_known_events(desk, app):
    number = desk.call("crm.type.add", {"fields": {"title": "Разбор"}})["type"]["entityTypeId"]
    everything = app.call("events", {"FULL": True})
    assert everything[:4] == ["ONAPPUNINSTALL", "ONAPPINSTALL", "ONAPPUPDATE", "ONAPPPAYMENT"]
    assert {f"ONCRMDYNAMICITEMUPDATE_{number}", "ONCRMDEALMOVETOCATEGORY", "ONTASKADD"} <= set(everything)
    assert app.call("events", {"SCOPE": "task"}) == [
        f"ONTASK{what}" for what in ("ADD", "UPDATE", "DELETE", "COMMENTADD", "COMMENTUPDATE", "COMMENTDELETE")
    ]
    base = app.call("events", {"scope": ""})
    assert base[-1] == "ONOFFLINEEVENT"
    assert app.call("events", {"SCOPE": "moon"}) == []
    app.application.scopes = frozenset({"user"})
    assert app.call("events") == [*base, "ONUSERADD"]


@pytest.mark.parametrize("method", ["event.bind", "event.unbind", "event.get", "events", "event.test"])
def test_webhooks_are_refused(desk, method):
    assert desk.refusal(method, DEAL) == (403, "WRONG_AUTH_TYPE")


def test_without_the_feature_there_are_no_connectors(desk, app):
    desk.portal.features.switch("rest_auth_connector", on=False)
    words = "This feature is not enabled for the current license: auth_connector"
    for method in ("event.bind", "event.unbind"):
        params = {**DEAL, "event_type": "offline", "auth_connector": "mine"}
        assert app.refusal(method, params) == (403, "WRONG_LICENSE", words)
    assert app.call("event.bind", {**DEAL, "event_type": "offline"}) is True
