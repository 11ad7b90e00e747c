"""Every page, for everybody, whatever is written on the portal and in the address."""

from __future__ import annotations

from urllib.parse import urljoin, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sandbox.cards.conftest import CASE, Office, Outline, furnish, pages_of

EVIL = "<script>alert(1)</script><img src=x onerror=alert(1)>\"'>&[url=javascript:alert(1)]x[/url][b onclick=x]"


def test_every_page_is_there_and_well_made(desk, office):
    for path in office.pages:
        outline = Outline(desk.page(path))
        assert len(outline.ids) == len(set(outline.ids)), path
        assert outline.tags.count("h1") == 1, path


@pytest.mark.parametrize("who", ["seller", "head", "outsider"])
def test_everybody_gets_a_page_or_a_refusal_in_words(desk, office, who):
    desk.be(getattr(office, who))
    for path in office.pages:
        answer = desk.get(path)
        assert answer.status_code in (200, 303, 403, 404), (path, answer.text)
        Outline(answer.text)
    closed = desk.be(office.outsider).get(f"/workgroups/group/{office.group}/tasks/")
    assert closed.status_code == 403
    assert "Вы не можете просматривать стадии в этой группе" in closed.text


def test_every_link_leads_somewhere(desk, office):
    """Whatever a page points at inside the portal is a page; whatever it loads comes from here."""
    seen: set[str] = set()
    waiting = ["/"]
    while waiting:
        path = waiting.pop()
        if path in seen:
            continue
        seen.add(path)
        answer = desk.get(path)
        assert answer.status_code in (200, 303, 307), path
        waiting += [answer.headers["location"]] if answer.headers.get("location", "").startswith("/") else []
        if "html" not in answer.headers.get("content-type", "") or path.startswith("/_sandbox"):
            continue
        for link in Outline(answer.text).links:
            there = urlsplit(urljoin(desk.home + path, link))
            if f"{there.scheme}://{there.netloc}" == desk.home and not there.path.startswith("/_cards/person"):
                waiting.append(there.path + (f"?{there.query}" if there.query else ""))
    assert {office.card, f"/crm/deal/details/{office.deal}/", "/workgroups/", "/stream/"} <= seen
    assert any("/tasks/task/view/" in path for path in seen)


def test_what_people_write_stays_text(box, desk):
    office = furnish(box, lambda text: f"{text}{EVIL}")
    plain = desk.page("/_cards/static/page.js")
    assert "alert" not in plain
    for user in (1, office.seller):
        desk.be(user)
        for path in office.pages:
            html = desk.page(path) if user == 1 else desk.get(path).text
            outline = Outline(html)
            assert outline.tags.count("script") == 1, path
            assert "img" not in outline.tags, path
            assert outline.handlers == [], path
            assert not [link for link in outline.links if link.lower().startswith("javascript")], path
    assert "alert(1)" in Outline(desk.be(1).page(office.card)).text


def test_colours_of_stages_are_colours(box, desk):
    furnish(box, lambda text: f"{text};background:url(//elsewhere)")
    assert "elsewhere" not in "".join(
        part.split('"', 1)[0] for part in desk.page("/crm/deal/kanban/").split('style="')[1:]
    )


@pytest.mark.parametrize(
    "path",
    [
        "/nothing/", "/crm/", "/crm/invoice/kanban/", "/crm/type/7777/kanban/", "/crm/deal/details/999/",
        "/crm/deal/kanban/category/99/", f"/crm/type/{CASE}/details/999/", "/crm/deal/details/-1/",
        "/crm/deal/details/x/",
        "/company/personal/user/999/", "/company/personal/user/999/tasks/", "/company/personal/user/1/blog/999/",
        "/company/personal/user/1/tasks/task/view/999/", "/company/personal/user/1/tasks/task/view/0/",
        "/workgroups/group/999/tasks/", f"/crm/deal/details/{10**30}/", f"/company/personal/user/{10**30}/",
    ],
)  # fmt: skip
def test_what_is_not_there_is_404_in_words(desk, office, path):
    answer = desk.get(path)
    assert answer.status_code == 404
    assert "Не получилось" in answer.text


@settings(max_examples=60, deadline=None)
@given(
    data=st.data(),
    query=st.dictionaries(
        st.sampled_from(
            ["start", "stage", "edit", "role", "state", "categoryId", "stageId", "parentId2", "title", "x"]
        ),
        st.text(max_size=12) | st.integers().map(str),
        max_size=4,
    ),
)
def test_a_strange_address_never_breaks_a_page(box, desk, data, query):
    office = furnished_once(box)
    path = data.draw(st.sampled_from(office.pages)).partition("?")[0]
    answer = desk.http.get(desk.home + path, params=query)
    assert answer.status_code < 500, answer.text
    Outline(answer.text)


BUTTONS = [
    *("move", "save", "comment", "create", "tick", "untick", "add_point", "delete_point", "add_result", "add_time"),
    *("start", "complete", "approve", "delegate", "write", "read", "delete", "dismiss", "appoint", "join", "nonsense"),
]


@settings(max_examples=120, deadline=None)
@given(
    data=st.data(),
    do=st.sampled_from(BUTTONS),
    fields=st.dictionaries(
        st.sampled_from(
            ["item", "column", "stage", "text", "title", "parent", "hours", "minutes", "RESPONSIBLE_ID", "DEADLINE",
             "audience", "post", "department", "was.title", "f.title", "was.UF_CRM_2_DATE", "f.UF_CRM_2_DATE", "TITLE"]
        ),
        st.text(max_size=10) | st.integers().map(str),
        max_size=6,
    ),
)  # fmt: skip
def test_a_strange_form_never_breaks_an_action(box, desk, data, do, fields):
    office = furnished_once(box)
    path = data.draw(st.sampled_from(office.pages))
    answer = desk.post(path, do=do, **fields)
    assert answer.status_code in (200, 400, 403, 404, 405), (path, do, fields, answer.text)


def furnished_once(box) -> Office:
    """Between examples whatever was deleted comes back."""
    office = next((known for known, home in FURNISHED if home is box), None)
    if office is None:
        FURNISHED[:] = [(furnish(box), box)]
        office = FURNISHED[0][0]
    return office


FURNISHED: list[tuple[Office, object]] = []


@pytest.mark.parametrize(
    ("verb", "path", "status"),
    [("HEAD", "/", 200), ("POST", "/company/", 405), ("PUT", "/stream/", 405), ("DELETE", "/crm/deal/kanban/", 405)],
)
def test_other_verbs(desk, office, verb, path, status):
    assert desk.http.request(verb, desk.home + path, headers={"Origin": desk.home}).status_code == status


def test_addresses_too_long(desk, office):
    assert desk.get(f"/crm/deal/details/{'9' * 5000}/").status_code == 414
    assert desk.get("/stream/?" + "a=1&" * 5001).status_code == 400


def test_pages_forbid_what_they_do_not_need(desk, office):
    headers = desk.get("/").headers
    assert "script-src 'self'" in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"


def test_the_pages_are_documented_paths(desk, office):
    """``/crm/deal/details/5/``, ``/crm/type/1030/details/7/``, ``/company/personal/user/1/tasks/task/view/12/``,
    ``/workgroups/group/3/tasks/``: with and without the slash at the end."""
    for path in pages_of(office)[:20]:
        if "?" not in path and path.endswith("/") and path != "/":
            assert desk.http.get(desk.home + path.rstrip("/"), follow_redirects=True).status_code == 200


def test_what_somebody_may_not_see_has_no_name(box, desk, office):
    """A card links to its deal; the deal belongs to somebody else."""
    assert "Кухня" in desk.be(office.outsider).page(office.card)
    own = [{"entity_type_id": 2, "read": "own"}, {"entity_type_id": CASE, "read": "all"}]
    box.control("rights", [{"users": [office.outsider], "rights": own}])
    try:
        page = Outline(desk.page(office.card)).text
        assert "Кухня" not in page
        assert f"Сделка №{office.deal}" in page
        assert desk.get(f"/crm/deal/details/{office.deal}/").status_code == 403
        assert "Кухня" not in desk.page("/crm/deal/kanban/")
    finally:
        desk.http.delete(f"{box.addresses.control}/rights")
