"""What portals post, byte for byte as their pages show it; and what others post."""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bitrix.events import LONGEST_BODY, BadEvent, Event, token_matches
from bitrix.refs import ActivityRef, CommentRef, GroupRef, ItemRef, PostRef, SmartProcessRef, TaskRef, UserRef

AUTH = {
    "auth[domain]": "p.bitrix24.ru",
    "auth[client_endpoint]": "https://p.bitrix24.ru/rest/",
    "auth[server_endpoint]": "https://oauth.bitrix24.tech/rest/",
    "auth[member_id]": "a223c6b3",
    "auth[application_token]": "t0ken",
}


def body(event: str, **data: str) -> bytes:
    """``FIELDS__ID="7"`` stands for ``data[FIELDS][ID]=7``."""
    flat = {"data" + "".join(f"[{step}]" for step in path.split("__")): value for path, value in data.items()}
    return urlencode({"event": event, "event_handler_id": "12", **flat, "ts": "1766047124", **AUTH}).encode()


def test_an_outgoing_webhook_tells_what_changed_and_where() -> None:
    event = Event.parse(body("ONCRMDEALUPDATE", FIELDS__ID="42"), "application/x-www-form-urlencoded; charset=UTF-8")
    assert event.name == "ONCRMDEALUPDATE"
    assert event.action == "UPDATE"
    assert event.subject == ItemRef(2, 42)
    assert event.domain == "p.bitrix24.ru"
    assert event.member_id == "a223c6b3"
    assert event.application_token == "t0ken"
    assert event.ts == datetime(2025, 12, 18, 8, 38, 44, tzinfo=UTC)
    assert event.raw["data"] == {"FIELDS": {"ID": "42"}}


@pytest.mark.parametrize(
    ("name", "data", "action", "subject"),
    [
        ("ONCRMDEALADD", {"FIELDS__ID": "1"}, "ADD", ItemRef(2, 1)),
        ("ONCRMDEALDELETE", {"FIELDS__ID": "1"}, "DELETE", ItemRef(2, 1)),
        ("ONCRMLEADUPDATE", {"FIELDS__ID": "7"}, "UPDATE", ItemRef(1, 7)),
        ("ONCRMCONTACTADD", {"FIELDS__ID": "7"}, "ADD", ItemRef(3, 7)),
        ("ONCRMCOMPANYADD", {"FIELDS__ID": "7"}, "ADD", ItemRef(4, 7)),
        (
            "ONCRMDEALMOVETOCATEGORY",
            {"FIELDS__ID": "1", "FIELDS__CATEGORY_ID": "5", "FIELDS__STAGE_ID": "C5:NEW"},
            "MOVETOCATEGORY",
            ItemRef(2, 1),
        ),
        # smart processes: the type is in the data, in the suffix, or in both
        ("ONCRMDYNAMICITEMUPDATE", {"FIELDS__ID": "24", "FIELDS__ENTITY_TYPE_ID": "1220"}, "UPDATE", ItemRef(1220, 24)),
        ("ONCRMDYNAMICITEMUPDATE_1030", {"FIELDS__ID": "24"}, "UPDATE", ItemRef(1030, 24)),
        (
            "ONCRMDYNAMICITEMADD_1030",
            {"FIELDS__ID": "24", "FIELDS__ENTITY_TYPE_ID": "1030"},
            "ADD",
            ItemRef(1030, 24),
        ),
        ("ONCRMDYNAMICITEMADD", {"FIELDS__ID": "3", "FIELDS__ENTITY_TYPE_ID": "31"}, "ADD", ItemRef(31, 3)),
        # tasks say "undefined" where there is nothing
        ("ONTASKADD", {"FIELDS_BEFORE": "undefined", "FIELDS_AFTER__ID": "123"}, "ADD", TaskRef(123)),
        ("ONTASKUPDATE", {"FIELDS_BEFORE__ID": "123", "FIELDS_AFTER__ID": "123"}, "UPDATE", TaskRef(123)),
        ("ONTASKDELETE", {"FIELDS_BEFORE__ID": "123", "FIELDS_AFTER": "undefined"}, "DELETE", TaskRef(123)),
        # a comment of a task is told as its task; the new card has no comment id
        (
            "ONTASKCOMMENTADD",
            {"FIELDS_BEFORE": "undefined", "FIELDS_AFTER__ID": "5", "FIELDS_AFTER__TASK_ID": "555"},
            "COMMENTADD",
            TaskRef(555),
        ),
        (
            "ONTASKCOMMENTADD",
            {"FIELDS_AFTER__ID": "0", "FIELDS_AFTER__TASK_ID": "555", "FIELDS_AFTER__MESSAGE_ID": "9"},
            "COMMENTADD",
            TaskRef(555),
        ),
        # the page shows a mixed-case name and no FIELDS; webhooks send both shapes
        ("onCrmTimelineCommentAdd", {"ID": "999"}, "ADD", CommentRef(999)),
        ("ONCRMTIMELINECOMMENTDELETE", {"FIELDS__ID": "999"}, "DELETE", CommentRef(999)),
        ("onCrmActivityAdd", {"FIELDS__ID": "9"}, "ADD", ActivityRef(9)),
        ("ONCRMTYPEADD", {"FIELDS__ID": "45"}, "ADD", SmartProcessRef(45)),
        ("ONSONETGROUPUPDATE", {"FIELDS__ID": "77"}, "UPDATE", GroupRef(77)),
        ("ONLIVEFEEDPOSTADD", {"FIELDS__POST_ID": "209"}, "ADD", PostRef(209)),
        ("ONUSERADD", {"ID": "5", "ACTIVE": "1", "UF_DEPARTMENT__0": "1"}, "ADD", UserRef(5)),
        # their ids are of something else
        ("ONCRMDEALUSERFIELDADD", {"FIELDS__ID": "5", "FIELDS__ENTITY_ID": "CRM_DEAL"}, "", None),
        ("ONCRMDEALRECURRINGADD", {"FIELDS__ID": "5"}, "", None),
        # nobody here knows it, and nobody minds
        ("ONAPPINSTALL", {"VERSION": "1"}, "", None),
        ("ONSOMETHINGNEW", {}, "", None),
    ],
)
def test_every_event_names_its_subject(name: str, data: dict[str, str], action: str, subject: Any) -> None:
    event = Event.parse(body(name, **data))
    assert (event.name, event.action, event.subject) == (name.upper(), action, subject)


@pytest.mark.parametrize(
    ("document_id", "subject"),
    [
        ({"0": "crm", "1": "CCrmDocumentDeal", "2": "DEAL_42"}, ItemRef(2, 42)),
        ({"": "LEAD_7"}, ItemRef(1, 7)),
        (
            {"0": "crm", "1": r"Bitrix\Crm\Integration\BizProc\Document\Dynamic", "2": "DYNAMIC_1090_12"},
            ItemRef(1090, 12),
        ),
        ({"0": "lists", "1": "BizprocDocument", "2": "158"}, None),
    ],
)
def test_a_robot_tells_its_document(document_id: dict[str, str], subject: ItemRef | None) -> None:
    flat = {f"document_id[{key}]": value for key, value in document_id.items()}
    event = Event.parse(urlencode({**flat, "auth[domain]": "p.bitrix24.ru", "auth[member_id]": "m"}).encode())
    assert (event.name, event.action, event.subject) == ("ROBOT", "", subject)
    assert event.domain == "p.bitrix24.ru"
    assert event.application_token is None


def test_no_token_of_an_event_is_ever_shown() -> None:
    tokens = {"auth[access_token]": "acc3ss", "auth[refresh_token]": "r3fresh"}
    event = Event.parse(body("ONAPPINSTALL", VERSION="1") + b"&" + urlencode(tokens).encode())
    assert event.auth["access_token"] == "acc3ss"
    for secret in ("acc3ss", "r3fresh", "t0ken"):
        assert secret not in repr(event)
        assert secret not in str(event.raw)


@pytest.mark.parametrize("ts", ["", "soon", "-5", "9" * 30, "1.5"])
def test_a_strange_time_loses_no_event(ts: str) -> None:
    event = Event.parse(f"event=ONCRMDEALADD&data[FIELDS][ID]=1&ts={ts}".encode())
    assert event.ts is None
    assert event.subject == ItemRef(2, 1)


@pytest.mark.parametrize(
    ("posted", "why"),
    [
        (b"", "no event and no document_id"),
        (b"hello", "no event and no document_id"),
        (b'{"event": "ONCRMDEALADD"}', "no event and no document_id"),
        (b"event=", "name of an event"),
        (b"event[]=A", "name of an event"),
        ("event=событие".encode(), "name of an event"),
        (b"event=ON%0aCRM", "name of an event"),
        (b"event=" + b"A" * 500, "name of an event"),
        (b"event=A&auth=x", "auth is not a map"),
        (b"event=A&event=B", "twice"),
        (b"event=A&auth[application_token]=x&auth[application_token]=y", "twice"),
        (b"event=%ff", "UTF-8"),
        (b"event=A&x" + b"[x]" * 100_000 + b"=1", "name of a value"),
        (b"&".join(b"x%d=1" % n for n in range(100_000)), "more than"),
        (b"x" * (10 * 1024 * 1024), "bytes"),
        (b"event=ONCRMDEALADD", r"no id at data\[FIELDS\]\[ID\]"),
        (b"event=ONCRMDEALADD&data=x", "no id"),
        (b"event=ONCRMDEALADD&data[FIELDS]=undefined", "no id"),
        (b"event=ONCRMDEALADD&data[FIELDS][ID]=0", "no id"),
        (b"event=ONCRMDEALADD&data[FIELDS][ID]=-1", "no id"),
        (b"event=ONCRMDEALADD&data[FIELDS][ID]=1e3", "no id"),
        (b"event=ONCRMDEALADD&data[FIELDS][ID][x]=1", "no id"),
        (b"event=ONCRMDEALADD&data[FIELDS][ID]=" + b"9" * 5000, "no id"),
        (b"event=ONTASKADD&data[FIELDS_AFTER]=undefined&data[FIELDS_BEFORE]=undefined", "no id"),
        (b"event=ONCRMDYNAMICITEMADD&data[FIELDS][ID]=1", "whose item"),
        (b"event=ONCRMDYNAMICITEMADD&data[FIELDS][ID]=1&data[FIELDS][ENTITY_TYPE_ID]=2", "whose item"),
        (b"event=ONCRMDYNAMICITEMADD_1030&data[FIELDS][ID]=1&data[FIELDS][ENTITY_TYPE_ID]=1032", "contradicts"),
    ],
)
def test_what_is_no_event_is_refused_with_a_reason(posted: bytes, why: str) -> None:
    with pytest.raises(BadEvent, match=why) as refusal:
        Event.parse(posted)
    assert len(str(refusal.value)) < 300


@pytest.mark.parametrize(
    "content_type",
    ["application/json", "multipart/form-data; boundary=x", "application/x-www-form-urlencoded; charset=cp1251"],
)
def test_another_content_type_is_refused(content_type: str) -> None:
    with pytest.raises(BadEvent, match="a portal"):
        Event.parse(body("ONCRMDEALADD", FIELDS__ID="1"), content_type)


def test_the_longest_body_is_still_read() -> None:
    start = b"event=ONSOMETHING&data[x]="
    assert Event.parse(start + b"x" * (LONGEST_BODY - len(start))).name == "ONSOMETHING"
    with pytest.raises(BadEvent):
        Event.parse(start + b"x" * (LONGEST_BODY - len(start) + 1))


PIECES = (
    "event data auth document_id [FIELDS] [ID] [FIELDS_AFTER] [] [ ] = & % %5B %00 [application_token] undefined 7"
    " DEAL_7 ONCRMDEALADD ONTASKUPDATE ONCRMDYNAMICITEMADD_1030"
)
WORDS = st.sampled_from(PIECES.split())


@given(st.binary(max_size=200) | st.lists(WORDS, max_size=25).map(lambda words: "".join(words).encode()))
def test_any_bytes_are_an_event_or_refused_as_none(posted: bytes) -> None:
    try:
        assert Event.parse(posted).name
    except BadEvent as refusal:
        assert str(refusal)  # noqa: PT017


@given(st.text(max_size=100))
def test_any_content_type_is_accepted_or_refused(content_type: str) -> None:
    try:
        assert Event.parse(b"event=ONX", content_type).name == "ONX"
    except BadEvent as refusal:
        assert "a portal" in str(refusal)  # noqa: PT017


@pytest.mark.parametrize(
    ("carried", "tokens", "matches"),
    [
        ("t0ken", ["t0ken"], True),
        ("t0ken", ["other", "t0ken", "third"], True),
        ("t0ken", ["t0ke", "t0kenn", ""], False),
        ("t0ken", [], False),
        ("токен", ["токен"], True),
        # an event without a token matches nothing, not even an empty setting
        ("", [""], False),
        ("", ["t0ken"], False),
    ],
)
def test_a_token_is_one_of_the_set_or_not(carried: str, tokens: list[str], matches: bool) -> None:
    event = Event.parse(urlencode({"event": "ONX", "auth[application_token]": carried}).encode())
    assert token_matches(event, tokens) is matches
