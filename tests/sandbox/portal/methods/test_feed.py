"""``log.blogpost.*`` over HTTP (api-reference/log/)."""

from __future__ import annotations

import pytest


def add(desk, *, by=1, **fields):
    return desk.call("log.blogpost.add", {"POST_MESSAGE": "С 1 ноября всё иначе.", **fields}, by=by)


def visible(desk, by, params=()):
    return [post["DETAIL_TEXT"] for post in desk.call("log.blogpost.get", params, by=by)]


def test_a_post_and_its_event(desk):
    folder = desk.portal.drive.get(desk.portal.drive.storages()[0].root)
    file = desk.portal.drive.add_file(folder, "регламент.pdf", b"x", by=1).id
    number = add(desk, POST_TITLE="Новый регламент", TAGS="регламент, опт", IMPORTANT="Y",
                 IMPORTANT_DATE_END="2026-02-01T00:00:00+03:00", UF_BLOG_POST_FILE=[f"n{file}", "n999"])  # fmt: skip

    [post] = desk.call("log.blogpost.get", {"POST_ID": number})

    assert (post["ID"], post["TITLE"], post["AUTHOR_ID"]) == (str(number), "Новый регламент", "1")
    assert (post["MICRO"], post["HAS_SOCNET_ALL"], post["HAS_TAGS"], post["FILES"]) == ("N", "Y", "Y", [file])
    assert post["DATE_PUBLISH"] == "2026-01-15T12:00:00+03:00"
    assert post["UF_BLOG_POST_IMPRTNT"]["VALUE"] == "1"
    assert post["UF_IMPRTANT_DATE_END"]["VALUE"] == "2026-02-01T00:00:00+03:00"
    assert (post["UF_BLOG_POST_FILE"]["VALUE"], post["UF_BLOG_POST_FILE"]["MULTIPLE"]) == ([file], "Y")
    assert desk.portal.announced == [("ONLIVEFEEDPOSTADD", {"FIELDS": {"POST_ID": str(number)}})]


def test_files_of_a_post_go_to_the_drive_of_its_author(desk, company):
    number = add(desk, by=company.seller, FILES=[["план.txt", "eA=="], ["сломан", "?"]])

    [post] = desk.call("log.blogpost.get", {"POST_ID": number})
    [file] = post["FILES"]
    assert desk.call("disk.file.get", {"id": file}, by=company.seller)["NAME"] == "план.txt"


def test_a_post_without_a_title_is_a_micro_one(desk):
    number = add(desk)

    [post] = desk.call("log.blogpost.get", {"POST_ID": number})
    assert (post["MICRO"], post["TITLE"]) == ("Y", "С 1 ноября всё иначе.")


@pytest.mark.parametrize(
    ("audience", "readers"),
    [
        (None, {"admin", "boss", "seller", "buyer"}),
        (["UA"], {"admin", "boss", "seller", "buyer"}),
        (["U4"], {"buyer"}),
        (["DR2"], {"boss", "seller"}),
        # a department with everything below it
        (["DR1"], {"admin", "boss", "seller", "buyer"}),
        (["SG1"], {"admin", "buyer"}),
        (["U3", "SG1"], {"admin", "seller", "buyer"}),
    ],
)
def test_who_reads_what(desk, company, audience, readers):
    desk.portal.workgroups.add("Закупки", owner=1, members=[company.buyer])
    desk.portal.feed.add("Новость", author=company.outsider, audience=audience or ("UA",))

    people = {"admin": 1, "boss": company.boss, "seller": company.seller, "buyer": company.buyer}
    assert {name for name, user in people.items() if visible(desk, user)} == readers
    assert visible(desk, company.outsider) == ["Новость"]  # one's own


@pytest.mark.parametrize(
    ("params", "found"),
    [
        ({}, ["третья", "вторая", "первая"]),
        ({"POST_ID": 2}, ["вторая"]),
        ({"POST_ID": 99}, []),
        ({"LOG_RIGHTS": ["U1"]}, ["вторая"]),
        ({"POST_ID": 1, "LOG_RIGHTS": ["U1"]}, ["первая"]),  # the id decides
        ({"LOG_DATE_FROM": "2026-01-15T12:30:00+03:00"}, ["третья", "вторая"]),
        ({"LOG_DATE_TO": "2026-01-15T12:30:00+03:00"}, ["первая"]),
        ({"FIRST_ID": 1}, ["вторая", "третья"]),
        ({"LAST_ID": 3, "LIMIT": 1}, ["вторая"]),
        ({"FIRST_ID": 1, "LAST_ID": 2}, ["вторая", "третья"]),
    ],
)
def test_lists(desk, params, found):
    for text, audience in (("первая", ["UA"]), ("вторая", ["U1"]), ("третья", ["UA"])):
        add(desk, POST_MESSAGE=text, DEST=audience)
        desk.portal.clock.advance(3600)

    assert visible(desk, 1, params) == found


def test_pages_of_fifty(desk):
    for number in range(60):
        desk.portal.feed.add(f"{number}", author=1)

    first = desk.body("log.blogpost.get")

    assert (len(first["result"]), first["total"], first["next"]) == (50, 60, 50)
    assert len(desk.call("log.blogpost.get", {"start": 50})) == 10


def test_an_administrator_writes_as_somebody_else(desk, company):
    by_admin = add(desk, USER_ID=company.boss)
    by_seller = add(desk, by=company.seller, USER_ID=company.boss)

    authors = {post["ID"]: post["AUTHOR_ID"] for post in desk.call("log.blogpost.get")}
    assert authors == {str(by_admin): str(company.boss), str(by_seller): str(company.seller)}


def test_a_new_text_alone_loses_the_title(desk):
    number = add(desk, POST_TITLE="Регламент")
    desk.events()

    assert desk.call("log.blogpost.update", {"POST_ID": number, "POST_MESSAGE": "Отменено"}) == number
    assert desk.events() == ["ONLIVEFEEDPOSTUPDATE"]
    [post] = desk.call("log.blogpost.get", {"POST_ID": number})
    assert (post["TITLE"], post["DETAIL_TEXT"]) == ("Отменено", "Отменено")


def test_deleting(desk, company):
    number = add(desk)
    desk.events()

    assert desk.refusal("log.blogpost.delete", {"POST_ID": number}, by=company.seller) == (400, "403")
    assert desk.call("log.blogpost.delete", {"POST_ID": number}) is True
    assert desk.events() == ["ONLIVEFEEDPOSTDELETE"]
    assert desk.refusal("log.blogpost.delete", {"POST_ID": number}) == (400, "100")


def test_who_has_read_an_important_post(desk, company):
    number = add(desk, IMPORTANT="Y", DEST=[f"DR{company.sales}", "U1"])
    post = desk.portal.feed.get(number)
    for reader in (company.seller, company.boss, company.seller):
        desk.portal.feed.mark_read(post, reader)

    readers = desk.call("log.blogpost.getusers.important", {"POST_ID": number})

    assert readers == [str(company.seller), str(company.boss)]
    assert desk.call("log.blogpost.getusers.important", {"POST_ID": number}, by=company.buyer) == []


def test_five_hundred_readers_at_most(desk):
    number = add(desk, IMPORTANT="Y")
    post = desk.portal.feed.get(number)
    for user in range(1, 602):
        desk.portal.feed.mark_read(post, user)

    assert len(desk.call("log.blogpost.getusers.important", {"POST_ID": number})) == 500


@pytest.mark.parametrize(
    ("method", "params", "code"),
    [
        ("log.blogpost.add", {}, "SONET_CONTROLLER_LIVEFEED_BLOGPOST_ADD_ERROR"),
        ("log.blogpost.add", {"POST_MESSAGE": "x", "DEST": ["U999"]}, "SONET_CONTROLLER_LIVEFEED_BLOGPOST_ADD_ERROR"),
        ("log.blogpost.update", {"POST_MESSAGE": "x"}, "SONET_CONTROLLER_LIVEFEED_BLOGPOST_UPDATE_ERROR"),
        (
            "log.blogpost.update",
            {"POST_ID": 99, "POST_MESSAGE": "x"},
            "SONET_CONTROLLER_LIVEFEED_BLOGPOST_UPDATE_ERROR",
        ),
        ("log.blogpost.update", {"POST_ID": 1}, "EMPTY_TITLE"),
        ("log.blogpost.getusers.important", {}, ""),
    ],
)
def test_refusals(desk, method, params, code):
    desk.portal.feed.add("есть", author=1)

    assert desk.refusal(method, params) == (400, code)


def test_only_the_author_and_administrators_edit(desk, company):
    number = add(desk)

    params = {"POST_ID": number, "POST_TITLE": "x"}
    assert desk.words("log.blogpost.update", params, by=company.seller) == "No write perms"
