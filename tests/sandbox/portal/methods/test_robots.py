"""``bizproc.robot.*`` and ``bizproc.activity.*`` over HTTP. Robots at work are in ``test_robots.py`` one floor up."""

from __future__ import annotations

import pytest

HERE = "https://example.org/robot"
ROBOT = {"CODE": "notify", "HANDLER": HERE, "NAME": "Известить"}
WORDS = {"robot": "bizproc.robot", "activity": "bizproc.activity"}


@pytest.mark.parametrize("group", WORDS.values())
def test_registered_changed_listed_deleted(app, group):
    assert app.call(f"{group}.list") == []
    assert app.call(f"{group}.add", ROBOT) is True
    properties = {"who": {"Name": "Кого", "Type": "user"}}
    assert app.call(f"{group}.add", {"code": "other.2", "handler": HERE, "name": "x", "PROPERTIES": properties}) is True
    assert app.call(f"{group}.list") == ["notify", "other.2"]
    assert app.call(f"{group}.update", {"CODE": "notify", "FIELDS": {"NAME": {"ru": "Иначе"}}}) is True
    assert app.call(f"{group}.delete", {"CODE": "notify"}) is True
    assert app.call(f"{group}.list") == ["other.2"]
    gone = (400, "ERROR_ACTIVITY_NOT_FOUND", "Activity or Robot not found!")
    assert app.refusal(f"{group}.delete", {"CODE": "notify"}) == gone
    assert app.refusal(f"{group}.update", {"CODE": "notify", "FIELDS": {"NAME": "x"}}) == gone


def test_robots_and_activities_share_their_codes_but_not_their_lists(app):
    app.call("bizproc.activity.add", ROBOT)
    already = (400, "ERROR_ACTIVITY_ALREADY_INSTALLED", "Activity or Robot already installed!")
    assert app.refusal("bizproc.robot.add", ROBOT) == already
    assert app.call("bizproc.robot.list") == []
    assert app.refusal("bizproc.robot.delete", {"CODE": "notify"})[1] == "ERROR_ACTIVITY_NOT_FOUND"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"CODE": ""}, "Empty activity code!"),
        ({"CODE": "два слова"}, "Wrong activity code!"),
        ({"NAME": ""}, "Empty activity NAME!"),
        ({"PROPERTIES": "a"}, "Wrong properties array!"),
        ({"PROPERTIES": {"1a": {"NAME": "x"}}}, "Wrong property key 1a!"),
        ({"RETURN_PROPERTIES": {"a": {"TYPE": "int"}}}, "Empty property NAME a!"),
        ({"DOCUMENT_TYPE": ["crm", "CCrmDocumentDeal"]}, "Wrong activity DOCUMENT_TYPE!"),
        ({"FILTER": "b24"}, "Wrong activity FILTER!"),
    ],
)
def test_what_is_wrong_with_a_description(app, change, words):
    assert app.refusal("bizproc.robot.add", {**ROBOT, **change}) == (400, "ERROR_ACTIVITY_VALIDATION_FAILURE", words)


def test_nothing_is_said(app):
    assert app.refusal("bizproc.robot.add")[2] == "Empty data!"
    app.call("bizproc.robot.add", ROBOT)
    assert app.refusal("bizproc.robot.update", {"CODE": "notify"})[2] == "No fields to update"


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://localhost/", "ERROR_WRONG_HANDLER_URL"),
        ("ftp://example.org/", "ERROR_UNSUPPORTED_PROTOCOL"),
        ("https://example.com/", "ERROR_HANDLER_URL_MATCH"),
    ],
)
def test_addresses_an_application_may_name(app, url, code):
    app.application.handler = "https://example.org/app"
    assert app.refusal("bizproc.robot.add", {**ROBOT, "HANDLER": url})[:2] == (400, code)
    app.call("bizproc.robot.add", ROBOT)
    assert app.refusal("bizproc.robot.update", {"CODE": "notify", "FIELDS": {"HANDLER": url}})[:2] == (400, code)


@pytest.mark.parametrize("verb", ["add", "update", "delete", "list"])
@pytest.mark.parametrize("group", WORDS.values())
def test_rights(desk, app, company, group, verb):
    assert app.refusal(f"{group}.{verb}", ROBOT, by=company.seller) == (400, "ACCESS_DENIED", "Access denied!")
    assert desk.refusal(f"{group}.{verb}", ROBOT) == (403, "ACCESS_DENIED")
    assert desk.words(f"{group}.{verb}", ROBOT) == "Access denied! Application context required"


def test_answers_need_a_token_that_is_waited_for(desk, app):
    for caller in (desk, app):
        assert caller.refusal("bizproc.event.send", {"EVENT_TOKEN": "x"})[:2] == (403, "ACCESS_DENIED")
        log = {"EVENT_TOKEN": "x", "LOG_MESSAGE": "сделано"}
        assert caller.refusal("bizproc.activity.log", log)[:2] == (403, "ACCESS_DENIED")
    assert app.refusal("bizproc.activity.log", {"EVENT_TOKEN": "x"}) == (
        400,
        "ERROR_EMPTY_LOG_MESSAGE",
        "Empty log message!",
    )
