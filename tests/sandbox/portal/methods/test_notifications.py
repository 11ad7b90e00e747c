"""``im.notify*`` over HTTP (api-reference/chats/notifications/)."""

from __future__ import annotations

import pytest


def texts(desk, user):
    return [notice["text"] for notice in desk.portal.notices.of(user)]


@pytest.mark.parametrize(
    ("method", "params", "kind", "author"),
    [
        ("im.notify", {}, "USER", 1),
        ("im.notify", {"TYPE": "SYSTEM"}, "SYSTEM", 0),
        ("im.notify.personal.add", {}, "USER", 1),
        ("im.notify.system.add", {}, "SYSTEM", 0),
    ],
)
def test_a_notice_arrives(desk, company, method, params, kind, author):
    number = desk.call(method, {"USER_ID": company.seller, "MESSAGE": "  Вам задача [B]срочно[/B] ", **params})

    assert isinstance(number, int)
    assert desk.portal.notices.of(company.seller) == [
        {
            "id": number,
            "user_id": company.seller,
            "author_id": author,
            "type": kind,
            "text": "Вам задача [B]срочно[/B]",
            "at": "2026-01-15T12:00:00+03:00",
            "tag": "",
            "sub_tag": "",
            "read": False,
        }
    ]


def test_the_same_tag_replaces_within_the_application(desk, company):
    def send(text, **more):
        desk.call("im.notify.system.add", {"USER_ID": company.seller, "MESSAGE": text, **more})

    send("первое", TAG="case:1", CLIENT_ID="capa")
    send("второе", TAG="case:1", CLIENT_ID="capa")
    send("чужое", TAG="case:1", CLIENT_ID="other")
    send("без метки", CLIENT_ID="capa")

    assert texts(desk, company.seller) == ["второе", "чужое", "без метки"]


def test_a_tag_is_unique_whoever_it_was_for(desk, company):
    for user in (company.seller, company.buyer):
        params = {"USER_ID": user, "MESSAGE": "Согласуйте", "TAG": "case:1", "CLIENT_ID": "capa"}
        desk.call("im.notify.system.add", params)

    assert (texts(desk, company.seller), texts(desk, company.buyer)) == ([], ["Согласуйте"])


def test_without_a_client_id_a_tag_replaces_nothing(desk, company):
    for _ in range(2):
        desk.call("im.notify.system.add", {"USER_ID": company.seller, "MESSAGE": "Дважды", "TAG": "case:1"})

    assert texts(desk, company.seller) == ["Дважды", "Дважды"]


def test_nobody_is_told_nothing(desk, company):
    desk.portal.staff.update_user(company.seller, active=False)

    assert desk.call("im.notify", {"USER_ID": 999, "MESSAGE": "x"}) is False
    assert desk.call("im.notify", {"USER_ID": company.seller, "MESSAGE": "x"}) is False


def test_deleting_by_id_takes_ones_own(desk, company):
    number = desk.call("im.notify", {"USER_ID": company.seller, "MESSAGE": "x"})

    assert desk.call("im.notify.delete", {"ID": number}) is False
    assert desk.call("im.notify.delete", {"ID": number}, by=company.seller) is True
    assert texts(desk, company.seller) == []


@pytest.mark.parametrize(("params", "left"), [({"TAG": "a"}, ["второе"]), ({"SUB_TAG": "общее"}, [])])
def test_deleting_by_tags_takes_those_of_the_application(desk, company, params, left):
    for text, tag in (("первое", "a"), ("второе", "b")):
        desk.call(
            "im.notify",
            {"USER_ID": company.seller, "MESSAGE": text, "TAG": tag, "SUB_TAG": "общее", "CLIENT_ID": "capa"},
        )

    assert desk.call("im.notify.delete", {**params, "CLIENT_ID": "capa"}) is True
    assert texts(desk, company.seller) == left
    assert desk.call("im.notify.delete", {"TAG": "нет такой", "CLIENT_ID": "capa"}) is False


@pytest.mark.parametrize(
    ("method", "params", "refusal"),
    [
        ("im.notify", {"MESSAGE": "x"}, (400, "USER_ID_EMPTY")),
        ("im.notify", {"USER_ID": 0, "MESSAGE": "x"}, (400, "USER_ID_EMPTY")),
        ("im.notify", {"USER_ID": 1, "MESSAGE": "   "}, (400, "MESSAGE_EMPTY")),
        ("im.notify", {"USER_ID": 1, "MESSAGE": "x", "ATTACH": "не json"}, (400, "ATTACH_ERROR")),
        ("im.notify", {"USER_ID": 1, "MESSAGE": "x", "ATTACH": {"A": "x" * 60_000}}, (400, "ATTACH_OVERSIZE")),
        ("im.notify.delete", {}, (400, "PARAMS_ERROR")),
        ("im.notify.delete", {"TAG": "a"}, (403, "ACCESS_DENIED")),
    ],
)
def test_refusals(desk, method, params, refusal):
    assert desk.refusal(method, params) == refusal


def test_an_attachment_may_be_an_object_or_its_text(desk):
    for attach in ({"ID": 1, "BLOCKS": []}, '[{"MESSAGE": "x"}]'):
        assert desk.call("im.notify", {"USER_ID": 1, "MESSAGE": "x", "ATTACH": attach})
