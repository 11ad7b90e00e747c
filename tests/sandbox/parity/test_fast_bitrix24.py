"""fast-bitrix24 (PyPI) does its ordinary work against the sandbox, by its public settings alone."""

from __future__ import annotations

import ssl
import subprocess
import sys

import aiohttp
import pytest
from fast_bitrix24 import BitrixAsync
from fast_bitrix24.server_response import ErrorInServerResponseException

from tests.sandbox.parity.conftest import Desk

HOUR = 3600


@pytest.fixture
def bitrix(desk: Desk) -> BitrixAsync:
    return BitrixAsync(desk.box.webhook, verbose=False)


async def test_lists_longer_than_a_page(desk: Desk, bitrix: BitrixAsync) -> None:
    desk.deals(234)
    deals = await bitrix.get_all("crm.deal.list", params={"select": ["ID", "TITLE"]})
    assert sorted(int(deal["ID"]) for deal in deals) == list(range(1, 235))
    assert all(deal["TITLE"] == deal["ID"] for deal in deals)
    late = await bitrix.get_all("crm.deal.list", params={"filter": {">ID": 200}, "select": ["ID"]})
    assert len(late) == 34
    items = await bitrix.get_all("crm.item.list", params={"entityTypeId": 2, "select": ["id", "title"]})
    assert sorted(item["id"] for item in items) == list(range(1, 235))
    # one request and one batch, however many pages there are
    assert desk.requests("crm.deal.list") == 1 + 4 + 1


async def test_a_list_of_one_page_and_an_empty_one(desk: Desk, bitrix: BitrixAsync) -> None:
    assert await bitrix.get_all("crm.deal.list") == []
    desk.deals(3)
    assert len(await bitrix.get_all("crm.deal.list")) == 3


@pytest.mark.parametrize(
    ("method", "params", "keys"),
    [
        ("crm.lead.list", {}, {"ID", "TITLE", "STATUS_ID"}),
        ("crm.contact.list", {}, {"ID", "NAME"}),
        ("crm.company.list", {}, {"ID", "TITLE"}),
        ("crm.stagehistory.list", {"entityTypeId": 1}, {"ID", "OWNER_ID", "TYPE_ID", "CREATED_TIME"}),
        ("crm.category.list", {"entityTypeId": 2}, {"id", "name", "isDefault"}),
        ("crm.status.list", {"filter": {"ENTITY_ID": "DEAL_STAGE"}}, {"ID", "STATUS_ID", "SEMANTICS"}),
        ("crm.dealcategory.stage.list", {"id": 0}, {"NAME", "SORT", "STATUS_ID"}),
        ("crm.item.productrow.list", {"filter": {"=ownerType": "L", "=ownerId": 1}}, {"id", "productName", "price"}),
        ("user.get", {}, {"ID", "NAME", "ACTIVE"}),
        ("department.get", {}, {"ID", "NAME"}),
        ("tasks.task.list", {"select": ["ID", "TITLE"]}, {"id", "title"}),
    ],
)
async def test_rows_of_every_kind_of_list(
    desk: Desk, bitrix: BitrixAsync, method: str, params: dict[str, object], keys: set[str]
) -> None:
    """Wherever the module puts the rows, the client unwraps them."""
    desk.call("crm.lead.add", fields={"TITLE": "Лид"})
    desk.call("crm.contact.add", fields={"NAME": "Ольга"})
    desk.call("crm.company.add", fields={"TITLE": "Ромашка"})
    desk.call("crm.item.productrow.add", fields={"ownerType": "L", "ownerId": 1, "productName": "Стул", "price": 5})
    desk.call("tasks.task.add", fields={"TITLE": "Задача", "RESPONSIBLE_ID": 1})
    rows = await bitrix.get_all(method, params=params)
    assert isinstance(rows, list)
    assert rows[0].keys() >= keys


async def test_a_map_of_fields(bitrix: BitrixAsync) -> None:
    fields = await bitrix.get_all("crm.deal.fields")
    assert fields["TITLE"]["type"] == "string"


async def test_create_read_update_delete(desk: Desk, bitrix: BitrixAsync) -> None:
    one = await bitrix.call("crm.deal.add", {"fields": {"TITLE": "Скидка 10% & подарок", "OPPORTUNITY": 5}})
    assert one == 1
    many = await bitrix.call("crm.deal.add", [{"fields": {"TITLE": f"Сделка {number}"}} for number in range(119)])
    assert sorted(many) == list(range(2, 121))  # three batches, in the order of their answers
    read = await bitrix.get_by_ID("crm.deal.get", range(1, 121))
    assert read["1"]["TITLE"] == "Скидка 10% & подарок"
    assert {read[str(number)]["TITLE"] for number in many} == {f"Сделка {number}" for number in range(119)}
    updates = [{"ID": number, "fields": {"COMMENTS": f"№ {number}"}} for number in range(1, 61)]
    assert set(await bitrix.call("crm.deal.update", updates)) == {True}
    assert desk.call("crm.deal.get", ID=60)["COMMENTS"] == "№ 60"
    assert set(await bitrix.call("crm.deal.delete", [{"ID": number} for number in range(1, 61)])) == {True}
    assert len(await bitrix.get_all("crm.deal.list")) == 60


@pytest.mark.filterwarnings("ignore:list_and_get:DeprecationWarning")  # the client's own advice against its method
async def test_list_and_get(desk: Desk, bitrix: BitrixAsync) -> None:
    desk.deals(60)
    deals = await bitrix.list_and_get("crm.deal")
    assert len(deals) == 60
    assert deals["7"]["TITLE"] == "7"


async def test_what_belongs_to_many(desk: Desk, bitrix: BitrixAsync) -> None:
    desk.deals(3)
    contact = desk.call("crm.contact.add", fields={"NAME": "Ольга"})
    desk.call("crm.deal.contact.add", id=2, fields={"CONTACT_ID": contact})
    bound = await bitrix.get_by_ID("crm.deal.contact.items.get", [1, 2, 3])
    assert [len(bound[number]) for number in "123"] == [0, 1, 0]
    assert bound["2"][0]["CONTACT_ID"] == contact


async def test_a_batch_of_ones_own(desk: Desk, bitrix: BitrixAsync) -> None:
    desk.deals(1)
    told = await bitrix.call_batch(
        {"halt": 0, "cmd": {"deal": "crm.deal.get?ID=1", "statuses": "crm.status.entity.items?entityId=STATUS"}}
    )
    assert told["deal"]["TITLE"] == "1"
    assert {"NAME", "SORT", "STATUS_ID"} <= told["statuses"][0].keys()


async def test_bad_commands_are_told_by_their_key(desk: Desk, bitrix: BitrixAsync) -> None:
    desk.deals(1)
    with pytest.raises(ErrorInServerResponseException) as refused:
        await bitrix.call_batch({"halt": 0, "cmd": {"good": "crm.deal.get?ID=1", "bad": "crm.deal.get?ID=777"}})
    assert refused.value.args[0] == {"bad": {"error": "", "error_description": "Not found"}}
    with pytest.raises(ErrorInServerResponseException):
        await bitrix.call("crm.deal.get", {"ID": 777})


async def test_a_method_that_does_not_exist(bitrix: BitrixAsync) -> None:
    with pytest.raises(aiohttp.ClientResponseError) as refused:
        await bitrix.get_all("no.such.list")
    assert refused.value.status == 404


async def test_tasks_and_their_positional_methods(bitrix: BitrixAsync) -> None:
    tasks = await bitrix.call(
        "tasks.task.add", [{"fields": {"TITLE": f"Задача {number}", "RESPONSIBLE_ID": 1}} for number in range(60)]
    )
    assert {task["title"] for task in tasks} == {f"Задача {number}" for number in range(60)}
    listed = await bitrix.get_all("tasks.task.list", params={"select": ["ID", "TITLE"]})
    assert sorted(int(task["id"]) for task in listed) == list(range(1, 61))
    point = await bitrix.call("task.checklistitem.add", [1, {"TITLE": "Пункт"}], raw=True)
    assert await bitrix.call("task.checklistitem.complete", [1, point["result"]], raw=True)
    spent = await bitrix.call("task.elapseditem.add", [1, {"SECONDS": 60, "COMMENT_TEXT": "Звонок"}], raw=True)
    listed = await bitrix.call("task.elapseditem.getlist", [1, {}], raw=True)
    assert [row["ID"] for row in listed["result"]] == [str(spent["result"])]


SCRIPT = """
import sys
from fast_bitrix24 import Bitrix
print(len(Bitrix(sys.argv[1], verbose=False).get_all("crm.deal.list")))
"""


def test_a_script(desk: Desk) -> None:
    """The class for programs that are not asynchronous starts a loop of its own and leaves it, hence a process."""
    desk.deals(60)
    ran = subprocess.run([sys.executable, "-c", SCRIPT, desk.box.webhook], capture_output=True, text=True, timeout=60)
    assert (ran.stdout, ran.stderr) == ("60\n", "")


# Limits and faults


async def test_the_bucket_is_full(desk: Desk, bitrix: BitrixAsync) -> None:
    """The client comes back until the portal takes it."""
    desk.fill_the_bucket()
    assert await bitrix.call("server.time", raw=True)


@pytest.mark.parametrize("do", ["503", "500", "html", "cut_before", "cut_after"])
async def test_what_passes_is_waited_for(desk: Desk, bitrix: BitrixAsync, do: str) -> None:
    desk.deals(120)
    desk.control("faults", [{"on": "rest", "method": "crm.deal.list", "do": do, "times": 2}])
    assert len(await bitrix.get_all("crm.deal.list")) == 120


# An application


class Renewals:
    """``token_func`` of the client: the first tokens, and a new pair whenever the portal asks for it."""

    def __init__(self, desk: Desk, app: dict[str, str]) -> None:
        self._desk = desk
        self._app = app
        self.times = 0

    async def __call__(self) -> str:
        self.times += 1
        if self.times == 1:
            return self._app["access_token"]
        keys = {name: self._app[name] for name in ("client_id", "client_secret", "refresh_token")}
        query = {"grant_type": "refresh_token", **keys}
        self._app = {**self._app, **self._desk.http.get(f"{self._desk.box.portal}/oauth/token/", params=query).json()}
        return self._app["access_token"]


async def test_tokens_are_renewed_when_the_hour_is_over(desk: Desk) -> None:
    desk.deals(70)
    app = desk.control("applications", {"title": "Выгрузка", "scopes": ["crm"]})
    renewals = Renewals(desk, app)
    # The client takes any callable for a coroutine function only if it is one.
    bitrix = BitrixAsync(app["client_endpoint"], token_func=renewals.__call__, verbose=False)
    assert len(await bitrix.get_all("crm.deal.list")) == 70
    desk.control("clock", {"advance": HOUR})
    assert len(await bitrix.get_all("crm.deal.list")) == 70
    assert renewals.times == 2


# https


@pytest.fixture
def trust(secure_desk: Desk) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=secure_desk.box.ca)


async def test_by_https(secure_desk: Desk, trust: ssl.SSLContext) -> None:
    secure_desk.deals(120)
    connector = aiohttp.TCPConnector(ssl=trust)
    async with aiohttp.ClientSession(connector=connector, raise_for_status=True) as session:
        bitrix = BitrixAsync(secure_desk.box.webhook, verbose=False, client=session)
        assert len(await bitrix.get_all("crm.deal.list")) == 120
