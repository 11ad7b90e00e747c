"""Google Sheets over HTTP: error bodies, odd paths, mounting, Drive, faults, quota, controls."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount

from sandbox.sheets.server import create_app

BOOK = "the-spreadsheet"


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    """Mounted below /sheets, as the sandbox serves it."""
    app = Starlette(routes=[Mount("/sheets", create_app())])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://desk/sheets") as client:
        await control(client, "spreadsheets", title="Book", spreadsheetId=BOOK, locale="en_US")
        yield client


async def control(http: httpx.AsyncClient, name: str, **wanted: Any) -> dict[str, Any]:
    answer = await http.post(f"/_sandbox/{name}", json=wanted)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def write(http: httpx.AsyncClient, text: str = "x") -> httpx.Response:
    path = f"/v4/spreadsheets/{BOOK}/values/A1?valueInputOption=RAW"
    return await http.put(path, json={"values": [[text]]})


async def read(http: httpx.AsyncClient) -> httpx.Response:
    return await http.get(f"/v4/spreadsheets/{BOOK}/values/A1")


async def test_create_then_get(http: httpx.AsyncClient) -> None:
    body = {"properties": {"title": "Новая", "locale": "ru_RU"}, "sheets": [{"properties": {"title": "Лист"}}]}
    made = (await http.post("/v4/spreadsheets", json=body)).json()
    found = (await http.get(f"/v4/spreadsheets/{made['spreadsheetId']}")).json()
    assert found == made
    assert found["properties"]["locale"] == "ru_RU"
    assert found["sheets"][0]["properties"]["title"] == "Лист"


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [("/v4/spreadsheets/nobody", 404, "NOT_FOUND"), (f"/v4/spreadsheets/{BOOK}/values/No!A1", 400, "INVALID_ARGUMENT")],
)
async def test_errors_look_like_googles(http: httpx.AsyncClient, path: str, status: int, code: str) -> None:
    answer = await http.get(path)
    assert answer.status_code == status
    error = answer.json()["error"]
    assert (error["code"], error["status"]) == (status, code)


async def test_a_path_that_does_not_exist_is_a_page(http: httpx.AsyncClient) -> None:
    answer = await http.get("/v4/spreadsheets/x:fly")
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")


@pytest.mark.parametrize("body", [b"{", b'{"values": NaN}', b"[" * 100_000])
async def test_a_body_that_is_not_json_is_a_clear_refusal(http: httpx.AsyncClient, body: bytes) -> None:
    answer = await http.put(f"/v4/spreadsheets/{BOOK}/values/A1?valueInputOption=RAW", content=body)
    assert answer.status_code == 400
    assert "Invalid JSON payload received" in answer.json()["error"]["message"]


@pytest.mark.parametrize("title", ["a/b", "a:b", "100%", "a!b", "it's", "🌵 one", "a?b#c"])
async def test_titles_with_odd_letters_in_the_path(http: httpx.AsyncClient, title: str) -> None:
    add = {"requests": [{"addSheet": {"properties": {"title": title}}}]}
    assert (await http.post(f"/v4/spreadsheets/{BOOK}:batchUpdate", json=add)).status_code == 200
    a1 = "'" + title.replace("'", "''") + "'!A1"
    quoted = "".join(f"%{byte:02X}" for byte in a1.encode())
    path = f"/v4/spreadsheets/{BOOK}/values/{quoted}"
    assert (await http.put(f"{path}?valueInputOption=RAW", json={"values": [["x"]]})).status_code == 200
    assert (await http.get(path)).json()["values"] == [["x"]]
    assert (await http.post(f"{path}:clear")).status_code == 200
    assert "values" not in (await http.get(path)).json()


async def test_both_spellings_of_a_flag(http: httpx.AsyncClient) -> None:
    for flag in ("true", "True"):
        found = (await http.get(f"/v4/spreadsheets/{BOOK}?includeGridData={flag}")).json()
        assert "data" in found["sheets"][0]
    assert "data" not in (await http.get(f"/v4/spreadsheets/{BOOK}?includeGridData=False")).json()["sheets"][0]


async def test_tokens_are_given_out(http: httpx.AsyncClient) -> None:
    assert (await http.post("/token")).json()["token_type"] == "Bearer"


# Faults


@pytest.mark.parametrize(
    ("kind", "status", "applied"),
    [
        ("quota", 429, False),
        ("error", 500, False),
        ("unavailable", 503, False),
        ("bad_gateway", 502, False),
        ("unauthorized", 401, False),
        ("forbidden", 403, False),
        ("refuse", 400, False),
        ("apply_then_error", 500, True),
        ("apply_then_bad_gateway", 502, True),
        ("delay", 200, True),
    ],
)
async def test_a_fault_strikes_once(http: httpx.AsyncClient, kind: str, status: int, applied: bool) -> None:
    await control(http, "faults", kind=kind, on="spreadsheets.values.update")
    assert (await read(http)).status_code == 200  # another method
    assert (await write(http)).status_code == status
    assert ((await read(http)).json().get("values") == [["x"]]) is applied
    assert (await write(http)).status_code == 200


async def test_what_fails_by_itself_is_not_cut_on_top(http: httpx.AsyncClient) -> None:
    await control(http, "faults", kind="apply_then_drop")
    assert (await http.get("/v4/spreadsheets/nobody")).status_code == 404


async def test_faults_can_wait_and_repeat(http: httpx.AsyncClient) -> None:
    await control(http, "faults", kind="error", skip=1, times=2)
    assert [(await read(http)).status_code for _ in range(4)] == [200, 500, 500, 200]


async def test_a_fault_can_wait_for_a_body(http: httpx.AsyncClient) -> None:
    await control(http, "faults", kind="refuse", when_body_has="яд")
    assert (await write(http, "мёд")).status_code == 200
    assert (await write(http, "яд")).status_code == 400


async def test_waiting_faults_are_listed_and_forgotten(http: httpx.AsyncClient) -> None:
    await control(http, "faults", kind="error")
    assert [one["kind"] for one in (await http.get("/_sandbox/faults")).json()["faults"]] == ["error"]
    await http.delete("/_sandbox/faults")
    assert (await read(http)).status_code == 200


async def test_every_second_call(http: httpx.AsyncClient) -> None:
    await control(http, "faults", kind="unavailable", every=2, times=None)
    assert [(await read(http)).status_code for _ in range(4)] == [200, 503, 200, 503]


async def test_a_seed_decides_the_luck(http: httpx.AsyncClient) -> None:
    async def statuses() -> list[int]:
        await http.delete("/_sandbox/faults")
        await control(http, "faults", kind="error", probability=0.5, seed=7, times=None)
        return [(await read(http)).status_code for _ in range(12)]

    first = await statuses()
    assert set(first) == {200, 500}
    assert await statuses() == first


async def test_faults_by_the_clock(http: httpx.AsyncClient) -> None:
    await control(http, "faults", **{"kind": "error", "from": 60, "until": 120, "times": None})
    statuses = []
    for _ in range(3):
        statuses.append((await read(http)).status_code)
        await control(http, "clock", advance=60)
    assert statuses == [200, 500, 200]


async def test_several_faults_at_once_or_none(http: httpx.AsyncClient) -> None:
    both = [{"kind": "error", "on": "*.get"}, {"kind": "conflict", "on": "*.update"}]
    assert (await http.post("/_sandbox/faults", json=both)).status_code == 200
    assert ((await read(http)).status_code, (await write(http)).status_code) == (500, 409)
    assert (await http.post("/_sandbox/faults", json=[{"kind": "error"}, {"kind": "flood"}])).status_code == 400
    assert (await read(http)).status_code == 200


@pytest.mark.parametrize(
    "wrong",
    [{"kind": "flood"}, {"kind": "error", "colour": "red"}],
)
async def test_an_unknown_fault_is_refused(http: httpx.AsyncClient, wrong: dict[str, str]) -> None:
    answer = await http.post("/_sandbox/faults", json=wrong)
    assert answer.status_code == 400
    assert "nknown f" in answer.json()["error"]["message"]


# Quota and other controls


async def test_quota_counts_reads_and_writes_apart_for_a_minute(http: httpx.AsyncClient) -> None:
    await control(http, "quota", read=2, write=1)
    assert (await write(http)).status_code == 200
    refused = await write(http)
    assert refused.status_code == 429
    assert refused.json()["error"]["details"][0]["metadata"]["quota_metric"] == "sheets.googleapis.com/write_requests"
    assert [(await read(http)).status_code for _ in range(3)] == [200, 200, 429]
    await control(http, "clock", advance=61)
    assert (await write(http)).status_code == 200


async def test_quota_is_full_again_a_minute_later(http: httpx.AsyncClient) -> None:
    """Refilled all at once, as recorded (aiguofer/gspread-pandas)."""
    await control(http, "quota", read=2)
    assert [(await read(http)).status_code for _ in range(3)] == [200, 200, 429]
    await control(http, "clock", advance=59)
    assert (await read(http)).status_code == 429
    await control(http, "clock", advance=2)
    assert [(await read(http)).status_code for _ in range(3)] == [200, 200, 429]


async def test_quota_of_each_user_and_of_the_project(http: httpx.AsyncClient) -> None:
    await control(http, "quota", read=2, project_read=3)

    async def read_as(user: str) -> httpx.Response:
        token = {"authorization": f"Bearer {user}"}
        return await http.get(f"/v4/spreadsheets/{BOOK}/values/A1", headers=token)

    assert [(await read_as("anna")).status_code for _ in range(3)] == [200, 200, 429]
    assert (await read_as("boris")).status_code == 200
    refused = (await read_as("boris")).json()["error"]
    assert refused["details"][0]["metadata"]["quota_limit"] == "ReadRequestsPerMinutePerProject"


async def test_a_spreadsheet_that_is_not_shared(http: httpx.AsyncClient) -> None:
    await control(http, "access", spreadsheetId=BOOK, open=False)
    assert (await read(http)).status_code == 403
    await control(http, "access", spreadsheetId=BOOK, open=True)
    assert (await read(http)).status_code == 200


async def test_the_page_is_sent_again_only_when_something_changed(http: httpx.AsyncClient) -> None:
    page = f"/spreadsheets/d/{BOOK}"
    first = await http.get(page)
    known = {"if-none-match": first.headers["etag"]}
    assert (await http.get(page, headers=known)).status_code == 304
    await write(http)
    assert (await http.get(page, headers=known)).status_code == 200


@pytest.mark.parametrize(
    "properties", [{"timeZone": "Middle/Earth"}, {"timeZone": "/etc/passwd"}, {"timeZone": "../../etc/passwd"}]
)
async def test_a_spreadsheet_that_cannot_be_is_not_made(http: httpx.AsyncClient, properties: dict[str, str]) -> None:
    before = (await http.get("/drive/v3/files")).json()["files"]
    assert (await http.post("/v4/spreadsheets", json={"properties": properties})).status_code == 400
    assert (await http.get("/drive/v3/files")).json()["files"] == before


async def test_a_mask_on_the_answer_to_a_write(http: httpx.AsyncClient) -> None:
    path = f"/v4/spreadsheets/{BOOK}/values/A1?valueInputOption=RAW&fields=updatedCells"
    assert (await http.put(path, json={"values": [["x", 1]]})).json() == {"updatedCells": 2}


async def test_a_range_that_the_owner_protects(http: httpx.AsyncClient) -> None:
    await control(http, "protect", spreadsheetId=BOOK, range="Sheet1!A1")
    assert "protected cell or object" in (await write(http)).json()["error"]["message"]


async def test_the_journal_tells_the_calls(http: httpx.AsyncClient) -> None:
    await control(http, "faults", kind="error")
    await read(http)
    await write(http)
    calls = (await http.get("/_sandbox/journal")).json()["calls"]
    assert [(call["method"], call["status"], call.get("fault")) for call in calls] == [
        ("spreadsheets.values.get", 500, "error"),
        ("spreadsheets.values.update", 200, None),
    ]
    assert calls[0]["path"] == f"/v4/spreadsheets/{BOOK}/values/A1"


async def test_reset_forgets_everything(http: httpx.AsyncClient) -> None:
    await control(http, "reset")
    assert (await read(http)).status_code == 404


# Drive


async def test_files_are_made_listed_copied_and_removed(http: httpx.AsyncClient) -> None:
    mime = "application/vnd.google-apps.spreadsheet"
    made = (await http.post("/drive/v3/files", json={"name": "One", "mimeType": mime})).json()
    copied = (await http.post(f"/drive/v3/files/{made['id']}/copy", json={"name": None})).json()
    assert copied["name"] == "Copy of One"
    query = f'mimeType="{mime}" and name = "One"'
    found = (await http.get("/drive/v3/files", params={"q": query})).json()["files"]
    assert [one["id"] for one in found] == [made["id"]]
    assert (await http.delete(f"/drive/v3/files/{made['id']}")).status_code == 204
    assert (await http.get(f"/drive/v3/files/{made['id']}")).status_code == 404


async def test_csv_in_and_out(http: httpx.AsyncClient) -> None:
    await http.put(f"/upload/drive/v2/files/{BOOK}?uploadType=media", content=b"a,b\n1,=2\n")
    exported = await http.get(f"/drive/v3/files/{BOOK}/export", params={"mimeType": "text/csv"})
    assert exported.text.splitlines() == ["a,b", "1,2"]


async def test_sharing(http: httpx.AsyncClient) -> None:
    body = {"type": "user", "role": "writer", "emailAddress": "a@example.com"}
    made = (await http.post(f"/drive/v3/files/{BOOK}/permissions", json=body)).json()
    listed = (await http.get(f"/drive/v3/files/{BOOK}/permissions")).json()["permissions"]
    assert [one["role"] for one in listed] == ["owner", "writer"]
    await http.delete(f"/drive/v3/files/{BOOK}/permissions/{made['id']}")
    (owner,) = (await http.get(f"/drive/v3/files/{BOOK}/permissions")).json()["permissions"]
    assert owner["role"] == "owner"
