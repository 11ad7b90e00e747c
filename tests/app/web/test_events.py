"""The portal calls: written down and acknowledged, or refused with what to do about it."""

import asyncio
import json
import logging
import threading
from collections.abc import AsyncIterator

import httpx
import pytest
import sqlalchemy as sa
import uvicorn
from hypothesis import given, settings
from hypothesis import strategies as st

from app.keys import CaseKey, SourceKey
from app.storage.schema import events
from app.web.application import create_app
from tests.app.web.conftest import LARGEST, NEW_TOKEN, SECRET, TOKEN, an_event

DEAL = SourceKey("main", 2, 42)
ROBOT = f"/bitrix/robot/main/{SECRET}"
A_ROBOTS_CALL = (
    b"document_id[0]=crm&document_id[1]=CCrmDocumentDeal&document_id[2]=DEAL_42&auth[domain]=shop.bitrix24.ru"
)


# --- taken in


async def test_an_event_is_acknowledged_with_its_key_dirty(web):
    answer = await web.send(an_event())
    assert (answer.status_code, answer.content) == (204, b"")
    assert await web.marked() == {DEAL}
    assert await web.inbox.count() == 1


@pytest.mark.parametrize("token", [TOKEN, NEW_TOKEN])
async def test_while_a_token_is_exchanged_both_are_valid(web, token):
    assert (await web.send(an_event(token=token))).status_code == 204


@pytest.mark.parametrize("domain", ["shop.bitrix24.ru", "SHOP.Bitrix24.ru"])
async def test_a_portal_is_known_by_its_address(web, domain):
    assert (await web.send(an_event(domain=domain))).status_code == 204


async def test_a_portal_that_moved_is_known_by_its_permanent_number(web):
    body = an_event(token="t0ken-of-moved", domain="new-name.bitrix24.ru", auth__member_id="member-7")
    assert (await web.send(body)).status_code == 204
    assert await web.marked() == {SourceKey("moved", 2, 42)}


async def test_a_task_of_a_case_makes_the_case_dirty(web):
    await web.known.remember("main", 24, tasks=[101], measures=[])
    assert (await web.send(an_event("ONTASKUPDATE", data__FIELDS_AFTER__ID="101"))).status_code == 204
    assert await web.marked() == {CaseKey("main", 24)}


async def test_a_robot_calls_with_its_own_secret(web):
    assert (await web.send(A_ROBOTS_CALL, ROBOT)).status_code == 204
    assert await web.marked() == {DEAL}


@pytest.mark.parametrize(
    "content_type", ["application/x-www-form-urlencoded; charset=UTF-8", "APPLICATION/x-www-form-urlencoded"]
)
async def test_a_form_is_a_form_however_it_is_spelt(web, content_type):
    assert (await web.send(an_event(), **{"content-type": content_type})).status_code == 204


async def test_what_is_kept_as_evidence_holds_no_token(web, database):
    await web.send(an_event(auth__access_token="acc3ss", auth__refresh_token="refr3sh"))
    body = await database.read(lambda c: c.execute(sa.select(events.c.body)).scalar_one())
    assert json.loads(body) == {"event": "ONCRMDEALUPDATE", "data": {"FIELDS": {"ID": "42"}}, "ts": "1766047124"}


async def test_an_event_that_concerns_nobody_is_acknowledged_and_explained_once(web, caplog):
    with caplog.at_level(logging.INFO, logger="app.web.events"):
        for _ in range(3):
            assert (await web.send(an_event("ONCRMTIMELINECOMMENTADD"))).status_code == 204
        assert (await web.send(an_event("ONSOMETHINGNEW"))).status_code == 204
    assert [record.getMessage().split(" concerns")[0] for record in caplog.records] == [
        "event ONCRMTIMELINECOMMENTADD of portal main",
        "event ONSOMETHINGNEW of portal main",
    ]
    assert await web.marked() == set()


# --- refused


@pytest.mark.parametrize(
    ("body", "path", "status", "code", "says"),
    [
        (an_event(token="wrong"), "/bitrix/events", 403, "wrong_token", "CAPA24_PORTALS__MAIN__APPLICATION_TOKENS"),
        (an_event(token=""), "/bitrix/events", 403, "wrong_token", "CAPA24_PORTALS__MAIN__APPLICATION_TOKENS"),
        (an_event(token="t0ken-of-moved"), "/bitrix/events", 403, "wrong_token", "CAPA24_PORTALS__MAIN__"),
        # no token set: nobody is let in, not even with an empty one
        (an_event(token="", domain="127.0.0.1:8080"), "/bitrix/events", 403, "wrong_token", "CAPA24_PORTALS__LOCAL__"),
        (an_event(domain="stranger.ru"), "/bitrix/events", 403, "unknown_portal", "CAPA24_PORTALS__ИМЯ__WEBHOOK"),
        (an_event(domain="127.0.0.1"), "/bitrix/events", 403, "unknown_portal", "«127.0.0.1»"),
        # whose number is known is not known by an address that somebody else may have now
        (an_event(domain="old-name.bitrix24.ru"), "/bitrix/events", 403, "unknown_portal", "__MEMBER_ID"),
        (A_ROBOTS_CALL, "/bitrix/events", 403, "wrong_token", "APPLICATION_TOKENS"),
        (A_ROBOTS_CALL, "/bitrix/robot/main/wrong", 403, "wrong_secret", "ROBOT_SECRET"),
        (A_ROBOTS_CALL, f"/bitrix/robot/stranger/{SECRET}", 403, "wrong_secret", "ROBOT_SECRET"),
        (A_ROBOTS_CALL, "/bitrix/robot/local/None", 403, "wrong_secret", "ROBOT_SECRET"),
        (A_ROBOTS_CALL, "/bitrix/robot/main/%D1%81%D0%B5%D0%BA%D1%80%D0%B5%D1%82", 403, "wrong_secret", "ROBOT_SECRET"),
        (A_ROBOTS_CALL, "/bitrix/robot/main/%FF%00", 403, "wrong_secret", "ROBOT_SECRET"),
        (b"", "/bitrix/events", 400, "bad_event", "не событие"),
        (b"event=ONCRMDEALUPDATE&data[FIELDS][ID]=42", "/bitrix/events", 403, "unknown_portal", "без имени"),
        (an_event(data__FIELDS__ID="x"), "/bitrix/events", 400, "bad_event", "не событие"),
        (b"nonsense", ROBOT, 400, "bad_event", "не событие"),
        (an_event() + b"&x=" + b"x" * LARGEST, "/bitrix/events", 413, "too_large", "CAPA24_LARGEST_EVENT"),
    ],
)  # fmt: skip
async def test_a_refusal_says_what_happened_and_what_to_do(web, body, path, status, code, says):
    answer = await web.send(body, path)
    assert (answer.status_code, answer.json()["error"]) == (status, code)
    assert says in answer.json()["message"]
    for secret in (TOKEN, NEW_TOKEN, SECRET, "t0ken-of-moved"):
        assert secret not in answer.text
    assert await web.marked() == set()
    assert await web.inbox.count() == 0


@pytest.mark.parametrize(
    "headers",
    [{"content-type": "application/json"}, {"content-type": "multipart/form-data; boundary=x"},
     {"content-type": ""}, {"content-encoding": "gzip"}],
)  # fmt: skip
async def test_what_is_no_form_is_not_read(web, headers):
    answer = await web.send(an_event(), **headers)
    assert (answer.status_code, answer.json()["error"]) == (415, "not_a_form")


async def test_a_body_without_an_announced_length_is_cut_off_at_the_limit(web):
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while True:
            sent += 1024
            assert sent < 100 * LARGEST, "read on past the limit"
            yield b"x" * 1024

    answer = await web.client.post("/bitrix/events", content=endless(), headers={
        "content-type": "application/x-www-form-urlencoded"})  # fmt: skip
    assert answer.status_code == 413


async def test_when_the_disk_is_too_slow_the_portal_is_told(web, database):
    released = threading.Event()
    busy = asyncio.create_task(database.write(lambda _: released.wait(20)))
    await asyncio.sleep(0)
    waiting = [asyncio.create_task(web.send(an_event(data__FIELDS__ID=str(number)))) for number in range(1, 11)]
    done: set[asyncio.Task[httpx.Response]] = set()
    while not done:
        done, _ = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    released.set()
    await busy
    answers = await asyncio.gather(*waiting)
    refused = [answer for answer in answers if answer.status_code == 503]
    taken = [answer for answer in answers if answer.status_code == 204]
    assert len(refused) + len(taken) == 10
    assert refused
    assert all(answer.json()["error"] == "busy" for answer in refused)
    assert len(await web.marked()) == len(taken)


async def test_when_the_disk_takes_nothing_the_portal_is_told(web, database):
    await database.write(lambda c: c.exec_driver_sql("DROP TABLE events"))
    answer = await web.send(an_event())
    assert (answer.status_code, answer.json()["error"]) == (503, "not_stored")


async def test_a_refusal_in_the_log_names_the_reason_and_no_token(web, caplog):
    with caplog.at_level(logging.WARNING):
        await web.send(an_event(token="wr0ng-token"))
        await web.send(an_event(domain="evil\nERROR forged line"))
    assert "wrong_token" in caplog.text
    assert "unknown_portal" in caplog.text
    assert "wr0ng-token" not in caplog.text
    assert not any("\n" in record.getMessage() for record in caplog.records)


async def test_a_name_as_long_as_the_body_is_cut(web):
    answer = await web.send(an_event(domain="x" * 3000))
    assert len(answer.json()["message"]) < 400


# --- nonsense

PIECES = st.sampled_from(
    [b"event=", b"ONCRMDEALUPDATE", b"data[FIELDS][ID]=", b"42", b"auth[domain]=shop.bitrix24.ru", b"&", b"=", b"[",
     b"]", b"%", b"%FF", b"%00", b"%ED%A0%80", b"\xff", b"auth[application_token]=", TOKEN.encode(), b"document_id[2]=",
     b"DEAL_42", b"DYNAMIC_1030_99999999999999999999", b"[" * 50, b"9" * 30, "ы".encode(), b"auth=", b"ts=1"],
)  # fmt: skip
NONSENSE = st.binary(max_size=300) | st.lists(PIECES, max_size=25).map(b"".join)


@settings(max_examples=150, deadline=None)
@given(body=NONSENSE, path=st.sampled_from(["/bitrix/events", ROBOT]))
async def test_nonsense_is_refused_and_never_breaks_anything(web, body, path):
    answer = await web.send(body, path)
    assert answer.status_code in (204, 400, 403, 413)


@settings(max_examples=60, deadline=None)
@given(noise=st.lists(PIECES, max_size=10).map(b"".join))
async def test_nonsense_with_a_valid_token_is_not_trusted_more(web, noise):
    answer = await web.send(an_event() + b"&" + noise)
    assert answer.status_code in (204, 400, 403)


@settings(max_examples=40, deadline=None)
@given(
    name=st.text(st.characters(codec="ascii", categories=["L", "N", "P"], exclude_characters="/?#%"), min_size=1),
    value=st.binary(max_size=50),
)
async def test_strange_headers_break_nothing(web, name, value):
    request = web.client.build_request("POST", "/bitrix/events", content=an_event())
    raw = [*request.headers.raw, (b"content-type", value), (b"content-length", name.encode())]
    request.headers = httpx.Headers(raw)
    answer = await web.client.send(request)
    assert answer.status_code in (204, 400, 403, 413, 415)


# --- a real server


class AnnouncedServer(uvicorn.Server):
    """Says when it answers."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.up = asyncio.Event()

    async def startup(self, sockets=None) -> None:
        await super().startup(sockets)
        self.up.set()


async def test_over_a_real_server_nothing_secret_gets_into_the_log(reception, web, caplog, capfd):
    async def report() -> dict[str, str]:
        return {"status": "ok"}

    config = uvicorn.Config(create_app(reception, report), port=0, access_log=False, lifespan="off", log_config=None)
    server = AnnouncedServer(config)
    with caplog.at_level(logging.DEBUG):
        serving = asyncio.create_task(server.serve())
        await server.up.wait()
        port = server.servers[0].sockets[0].getsockname()[1]
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
            form = {"content-type": "application/x-www-form-urlencoded"}
            ours = await asyncio.gather(
                client.post("/bitrix/events", content=an_event(), headers=form),
                client.post("/bitrix/events", content=an_event(token="wr0ng"), headers=form),
                client.post("/bitrix/events", content=b"x" * LARGEST * 2, headers=form),
                client.get("/health"),
            )
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"POST /bitrix/events HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\n")
        writer.write(b"Content-Type: application/x-www-form-urlencoded\r\n\r\nevent=ONCRM")
        await writer.drain()
        writer.close()  # the portal hung up in the middle
        await writer.wait_closed()
        server.should_exit = True
        await serving
    assert [answer.status_code for answer in ours] == [204, 403, 413, 200]
    assert await web.marked() == {DEAL}
    logged = caplog.text + "".join(capfd.readouterr())
    assert TOKEN not in logged
    assert "Traceback" not in logged


async def test_the_path_of_a_robot_is_not_logged(reception, caplog, capfd):
    async def report() -> dict[str, str]:
        return {"status": "ok"}

    transport = httpx.ASGITransport(create_app(reception, report))
    with caplog.at_level(logging.DEBUG, logger="app"):
        async with httpx.AsyncClient(transport=transport, base_url="http://capa24.test") as client:
            await client.post(ROBOT, content=b"nonsense", headers={"content-type": "application/x-www-form-urlencoded"})
            await client.post("/bitrix/robot/main/gu3ss", content=A_ROBOTS_CALL)
    logged = caplog.text + "".join(capfd.readouterr())
    assert SECRET not in logged
    assert "gu3ss" not in logged
