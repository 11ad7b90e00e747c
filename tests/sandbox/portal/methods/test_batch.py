"""``batch`` over HTTP: settings/how-to-call-rest-api/batch.md, contract 1.7."""

from __future__ import annotations

import pytest

DEAL = 2
ADD = "crm.item.add?entityTypeId=2&fields[comments]=x"
SECTIONS = ("result", "result_error", "result_total", "result_next", "result_time")


def batch(desk, cmd: object, **more: object) -> dict:
    return desk.call("batch", {"cmd": cmd, **more})


@pytest.fixture
def deal(desk) -> dict:
    return desk.call("crm.item.add", {"entityTypeId": DEAL, "fields": {"title": "A&B = C + D", "opportunity": 5}})[
        "item"
    ]


def test_answers_by_key(desk, deal):
    told = batch(
        desk,
        {
            "one": "crm.item.get?entityTypeId=2&id=1",
            "bad": "crm.item.get?entityTypeId=2&id=9",
            "many": "crm.item.list?entityTypeId=2&select[]=title&filter[>id]=0",
        },
    )
    assert told["result"] == {"one": {"item": deal}, "many": {"items": [{"id": 1, "title": deal["title"]}]}}
    assert told["result_error"] == {"bad": {"error": "NOT_FOUND", "error_description": "Элемент не найден"}}
    assert told["result_total"] == {"many": 1}
    assert told["result_next"] == []
    assert told["result_time"].keys() == {"one", "many"}
    assert {"start", "finish", "duration", "processing", "date_start", "date_finish"} <= told["result_time"][
        "one"
    ].keys()


def test_next_of_long_lists(desk):
    for _ in range(51):
        desk.call("crm.item.add", {"entityTypeId": DEAL, "fields": {}})
    assert batch(desk, {"a": "crm.item.list?entityTypeId=2"})["result_next"] == {"a": 50}


@pytest.mark.parametrize(
    "cmd", [["server.time", "scope"], {"0": "server.time", "1": "scope"}], ids=["a list", "keys 0 and 1"]
)
def test_numbered_commands_come_back_as_lists(desk, cmd):
    told = batch(desk, cmd)
    assert isinstance(told["result"], list)
    assert isinstance(told["result_time"], list)
    assert len(told["result"]) == 2


def test_errors_of_numbered_commands_lose_their_keys(desk):
    told = batch(desk, ["nope.nope", "server.time"])
    assert told["result_error"] == [{"error": "ERROR_METHOD_NOT_FOUND", "error_description": "Method not found!"}]
    assert told["result"].keys() == {"1"}


def test_nothing_to_do(desk):
    assert batch(desk, {}) == {section: [] for section in SECTIONS}


@pytest.mark.parametrize(
    "reference",
    ["$result[list][items][0][id]", "%24result%5Blist%5D%5Bitems%5D%5B0%5D%5Bid%5D"],
    ids=["bare", "url-encoded"],
)
def test_later_commands_use_earlier_results(desk, deal, reference):
    told = batch(desk, {"list": "crm.item.list?entityTypeId=2", "get": f"crm.item.get?entityTypeId=2&id={reference}"})
    assert told["result"]["get"]["item"] == deal


def test_a_reference_inside_text_is_printed(desk, deal):
    cmd = {
        "get": "crm.item.get?entityTypeId=2&id=1",
        "set": "crm.item.update?entityTypeId=2&id=1&fields[comments]=Сумма: $result[get][item][opportunity] руб.",
    }
    assert batch(desk, cmd)["result"]["set"]["item"]["comments"] == "Сумма: 5 руб."


def test_a_lone_reference_keeps_its_type(desk, deal):
    cmd = {
        "get": "crm.item.get?entityTypeId=2&id=1",
        "add": f"{ADD}&fields[observers]=$result[get][item][observers]&fields[title]=$result[get][item][title]",
    }
    desk.call("crm.item.update", {"entityTypeId": DEAL, "id": 1, "fields": {"observers": [1]}})
    copy = batch(desk, cmd)["result"]["add"]["item"]
    assert (copy["observers"], copy["title"]) == ([1], deal["title"])


def test_an_unresolved_reference_does_not_break_the_batch(desk):
    told = batch(desk, {"a": "crm.item.get?entityTypeId=2&id=$result[nope][id]", "b": "server.time"})
    assert (list(told["result"]), list(told["result_error"])) == (["b"], ["a"])


def test_values_are_decoded_once(desk):
    cmd = {"a": "crm.item.add?entityTypeId=2&fields[title]=A%26B%20%2B+C%3DD"}
    assert batch(desk, cmd)["result"]["a"]["item"]["title"] == "A&B + C=D"


def test_commands_as_maps(desk, deal):
    told = batch(desk, {"a": {"method": "crm.item.get", "params": {"entityTypeId": 2, "id": 1}}})
    assert told["result"]["a"]["item"] == deal


def test_halt_stops_at_the_first_error_and_undoes_nothing(desk):
    cmd = {"a": ADD, "b": "nope", "c": ADD}
    told = batch(desk, cmd, halt=1)
    assert (list(told["result"]), list(told["result_error"])) == (["a"], ["b"])
    assert desk.body("crm.item.list", {"entityTypeId": DEAL})["total"] == 1
    assert list(batch(desk, cmd)["result"]) == ["a", "c"]


def test_fifty_at_most(desk):
    told = batch(desk, {f"c{number}": "server.time" for number in range(52)})
    assert len(told["result"]) == 50
    assert {key: error["error"] for key, error in told["result_error"].items()} == dict.fromkeys(
        ("c50", "c51"), "ERROR_BATCH_LENGTH_EXCEEDED"
    )


def test_no_batch_inside_a_batch(desk):
    told = batch(desk, {"a": "batch?cmd[b]=server.time"})
    assert told["result_error"]["a"]["error"] == "ERROR_BATCH_METHOD_NOT_ALLOWED"


def test_methods_not_built_and_scopes_are_said_a_command(desk):
    answer = desk.send(
        "batch",
        {"cmd": {"a": "voximplant.user.get", "b": "tasks.task.list", "c": "event.bind?event=x&handler=y"}},
        scopes=frozenset({"crm"}),
    )
    errors = {key: error["error"] for key, error in answer.json()["result"]["result_error"].items()}
    assert answer.status_code == 200
    assert errors == {"a": "NOT_BUILT_IN_SANDBOX", "b": "insufficient_scope", "c": "WRONG_AUTH_TYPE"}


def test_positional_methods_work_inside(desk, company):
    task = desk.call("tasks.task.add", {"fields": {"TITLE": "Задача", "RESPONSIBLE_ID": company.seller}})["task"]["id"]
    told = batch(desk, {"a": f"task.checklistitem.add?0={task}&1[TITLE]=Пункт"})
    assert isinstance(told["result"]["a"], int)


@pytest.mark.parametrize("params", [{}, {"cmd": None}, {"cmd": "server.time"}])
def test_without_commands(desk, params):
    """There is no error of the whole batch (settings/how-to-call-rest-api/batch.md)."""
    assert desk.call("batch", params) == {section: [] for section in SECTIONS}


def test_names_of_parameters_in_any_case(desk):
    assert list(desk.call("batch", {"CMD": {"a": "nope", "b": "server.time"}, "HALT": 1})["result_error"]) == ["a"]


def test_the_meaning_of_recorded_answers(desk, deal):
    """fast_bitrix24, real_responses/crm_get_batch_mix_success_and_errors.py: 0 and 1 failed, 35943 did not."""
    told = batch(
        desk,
        {
            "0": "crm.item.get?entityTypeId=2&id=0",
            "1": "crm.item.get?entityTypeId=2&id=9",
            "35943": "crm.item.list?entityTypeId=2",
        },
    )
    assert [error["error"] for error in told["result_error"]] == ["NOT_FOUND", "NOT_FOUND"]
    assert told["result"].keys() == told["result_total"].keys() == told["result_time"].keys() == {"35943"}
    assert {"operating", "operating_reset_at"} <= told["result_time"]["35943"].keys()


def test_a_form_encodes_commands_twice(desk, deal):
    secret = desk.portal.access.create(1).secret
    answer = desk.client.post(
        f"{desk.address}/rest/1/{secret}/batch",
        content="halt=0&cmd%5Ba%5D=crm.item.list%3FentityTypeId%3D2%26filter%5Btitle%5D%3DA%2526B%2520%253D%2520C%2520%252B%2520D",
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )
    assert answer.json()["result"]["result_total"] == {"a": 1}
