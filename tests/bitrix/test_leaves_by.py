"""A call that may leave only until some moment: later it is surely not sent, and its sender hears of it."""

import asyncio
import json
from dataclasses import replace

import httpx
import pytest

from bitrix.calls.items import get_item, update_item
from bitrix.client import Portal
from bitrix.errors import TooLate
from bitrix.refs import DEAL, ItemRef

WEBHOOK = "https://example.bitrix24.ru/rest/1/secret/"
DEAL_42 = ItemRef(DEAL, 42)
ITEM = {"item": {"id": 42, "title": "x", "stageId": "NEW"}}


class Recorder(httpx.AsyncBaseTransport):
    def __init__(self) -> None:
        self.asked: list[str] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        method = request.url.path.rsplit("/", 1)[1]
        body = json.loads(request.content)
        commands = body["cmd"] if method.startswith("batch") else None
        self.asked += [each.partition("?")[0] for each in commands.values()] if commands else [method]
        if commands:
            sections = {"result": dict.fromkeys(commands, ITEM), "result_error": [], "result_time": []}
            return httpx.Response(200, json={"result": sections})
        return httpx.Response(200, json={"result": ITEM})


def write_until(seconds: float):
    return replace(update_item(DEAL_42, {"title": "x"}), leaves_by=asyncio.get_running_loop().time() + seconds)


async def test_a_call_whose_time_is_over_is_not_sent():
    asked = Recorder()
    async with Portal(WEBHOOK, transport=asked) as portal:
        with pytest.raises(TooLate):
            await portal.send(write_until(-1))
        assert asked.asked == []
        await portal.send(write_until(60))
        assert asked.asked == ["crm.item.update"]


async def test_it_keeps_none_of_those_from_leaving_that_would_have_travelled_with_it():
    asked = Recorder()
    async with Portal(WEBHOOK, transport=asked) as portal:
        late, in_time, read = await asyncio.gather(
            portal.send(write_until(-1)),
            portal.send(write_until(60)),
            portal.send(get_item(DEAL_42)),
            return_exceptions=True,
        )
    assert isinstance(late, TooLate)
    assert not isinstance(in_time, BaseException)
    assert not isinstance(read, BaseException)
    assert sorted(asked.asked) == ["crm.item.get", "crm.item.update"]
