"""``log.blogcomment.*`` and ``log.blogpost.share`` over HTTP (api-reference/log/)."""

from __future__ import annotations

import base64

import pytest


@pytest.fixture
def post(desk, company):
    """For the boss's department only."""
    return desk.portal.feed.add("Новость", author=company.boss, audience=[f"DR{company.sales}"])


def test_comments_are_counted_and_listed(desk, company, post):
    first = desk.call("log.blogcomment.add", {"POST_ID": post.id, "TEXT": "Ура"}, by=company.seller)
    second = desk.call("log.blogcomment.add", {"POST_ID": post.id, "TEXT": "Ура!"}, by=company.seller)

    [shown] = desk.call("log.blogpost.get", {"POST_ID": post.id}, by=company.seller)
    assert shown["NUM_COMMENTS"] == "2"
    mine = desk.call("log.blogcomment.user.get", by=company.seller)
    assert [(row["id"], row["text"], row["attach"]) for row in mine["comments"]] == [
        (second, "Ура!", []),
        (first, "Ура", []),
    ]
    newer = desk.call("log.blogcomment.user.get", {"FIRST_ID": first}, by=company.seller)["comments"]
    assert [row["id"] for row in newer] == [second]


def test_a_file_comes_with_a_comment(desk, company, post):
    files = [["схема.png", base64.b64encode(b"x").decode()], ["сломан", "не base64"]]
    desk.call("log.blogcomment.add", {"POST_ID": post.id, "TEXT": "Вот", "FILES": files}, by=company.seller)

    answer = desk.call("log.blogcomment.user.get", by=company.seller)
    [number] = answer["comments"][0]["attach"]
    assert (answer["files"][str(number)]["name"], answer["files"][str(number)]["type"]) == ("схема.png", "image")


def test_an_administrator_writes_for_others_and_does_not_read_everything(desk, company, post):
    number = desk.call("log.blogcomment.add", {"POST_ID": post.id, "TEXT": "Да", "USER_ID": company.seller})

    seen = desk.call("log.blogcomment.user.get", {"USER_ID": company.seller})["comments"]
    assert [(row["id"], row["text"]) for row in seen] == [(number, "")]  # the post is not for the administrator
    assert desk.call("log.blogcomment.delete", {"COMMENT_ID": number}) is True


@pytest.mark.parametrize(
    ("method", "params", "by", "words"),
    [
        ("add", {"POST_ID": 1, "TEXT": "x"}, "outsider", "No post found"),
        ("add", {"POST_ID": 999, "TEXT": "x"}, "seller", "No post found"),
        ("add", {"POST_ID": 1, "TEXT": "Да"}, "boss", "Duplicate comment"),
        ("add", {"POST_ID": 1}, "boss", "Blog comment hasn't been added"),
        ("delete", {}, "boss", "Wrong comment ID"),
        ("delete", {"COMMENT_ID": 999}, "boss", "No comment found"),
        ("delete", {"COMMENT_ID": 1}, "seller", "No delete perms"),
    ],
)
def test_refusals(desk, company, post, method, params, by, words):
    desk.call("log.blogcomment.add", {"POST_ID": post.id, "TEXT": "Да"}, by=company.boss)
    answer = desk.send(f"log.blogcomment.{method}", params, by=getattr(company, by))

    assert (answer.status_code, answer.json()) == (400, {"error": "", "error_description": words})


def test_a_post_is_shared_with_more_people(desk, company, post):
    desk.events()

    assert desk.call("log.blogpost.share", {"POST_ID": post.id, "DEST": [f"U{company.buyer}"]}, by=company.boss) is True

    assert desk.events() == ["ONLIVEFEEDPOSTUPDATE"]
    assert len(desk.call("log.blogpost.get", {"POST_ID": post.id}, by=company.buyer)) == 1
    for params, words in (
        ({"DEST": ["UA"]}, "Wrong post ID"),
        ({"POST_ID": post.id}, "Wrong destinations"),
        ({"POST_ID": post.id, "DEST": ["SG999"]}, "Нет доступа к одному или нескольким адресатам сообщения"),
    ):
        assert desk.words("log.blogpost.share", params, by=company.boss) == words
    assert (
        desk.words("log.blogpost.share", {"POST_ID": post.id, "DEST": ["UA"]}, by=company.outsider) == "No read perms"
    )


def test_a_deleted_post_takes_its_comments_along(desk, company, post):
    desk.call("log.blogcomment.add", {"POST_ID": post.id, "TEXT": "Да"}, by=company.boss)
    desk.call("log.blogpost.delete", {"POST_ID": post.id}, by=company.boss)

    assert desk.call("log.blogcomment.user.get", by=company.boss) == {"comments": [], "files": []}
