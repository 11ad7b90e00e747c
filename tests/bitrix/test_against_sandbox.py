"""The client against a portal that speaks HTTP and keeps the vendor's rules: long lists, limits, and lost access."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from bitrix.calls.items import Item, add_item, get_item, list_items, update_item
from bitrix.calls.stage_history import history_of, list_stage_history
from bitrix.calls.system import server_time
from bitrix.calls.tasks import add_task, list_tasks
from bitrix.calls.users import list_users, profile
from bitrix.client import Portal
from bitrix.errors import AccessLost, Loss, MethodPaused, NotFound, ScopeMissing
from bitrix.oauth import Application, Authorization, AuthorizationServer
from bitrix.refs import DEAL, ItemRef
from bitrix.tokens import MemoryTokens, Tokens
from sandbox.running import RunningSandbox, running_sandbox

HOUR = 3600


@dataclass
class Box:
    addresses: RunningSandbox
    http: httpx.Client

    def control(self, command: str, body: object = None) -> Any:
        answer = self.http.post(f"{self.addresses.control}/{command}", json={} if body is None else body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def requests(self, *, batched: bool) -> int:
        path = f"{self.addresses.control}/journal"
        found, after = 0, 0
        while records := self.http.get(path, params={"kind": "request", "after": after}).json()["records"]:
            found += sum(record["batched"] == batched for record in records)
            after = records[-1]["number"]
        return found

    def deals(self, count: int) -> None:
        self.control(
            "seed",
            {"items": {"deal": {"entity_type_id": DEAL, "count": count, "fields": {"title": "Сделка"}}}},
        )


@pytest.fixture(scope="module")
def addresses() -> Iterator[RunningSandbox]:
    with running_sandbox() as addresses:
        yield addresses


@pytest.fixture
def box(addresses: RunningSandbox) -> Iterator[Box]:
    with httpx.Client(trust_env=False, timeout=60) as http:
        box = Box(addresses, http)
        box.control("reset")
        box.control("limits", {"plan": "off"})
        yield box


# Long lists


async def test_a_long_list_comes_whole_with_few_requests(box: Box) -> None:
    box.deals(3_030)
    async with Portal(box.addresses.webhook) as portal:
        found = [item.ref.id async for item in portal.export(list_items(DEAL, select=["id", "title"]))]
        assert found == list(range(1, 3_031))
        assert box.requests(batched=False) == 3
        rest = [item.ref.id async for item in portal.export(list_items(DEAL), after=3_000)]
        assert rest == list(range(3_001, 3_031))


async def test_other_lists_resolve_references_too(box: Box) -> None:
    box.deals(120)
    async with Portal(box.addresses.webhook) as portal:
        await asyncio.gather(*(portal.send(add_task({"TITLE": "т", "RESPONSIBLE_ID": 1})) for _ in range(160)))
        before = box.requests(batched=False)
        tasks = [task.id async for task in portal.export(list_tasks(where={}))]
        entries = [entry.owner_id async for entry in portal.export(list_stage_history(DEAL, where={}))]
        users = [user.id async for user in portal.export(list_users())]
    assert (len(tasks), len(set(tasks)), sorted(entries), users) == (160, 160, list(range(1, 121)), [1])
    assert box.requests(batched=False) - before == 2 + 2 + 1


async def test_the_state_of_a_thousand_deals_is_one_request(box: Box) -> None:
    box.deals(1_200)
    async with Portal(box.addresses.webhook) as portal:
        found = await portal.pick(list_items(DEAL, select=["id", "stageId"]), range(101, 1_301))
        assert sorted(found) == list(range(101, 1_201))
        assert box.requests(batched=False) == 1
        await asyncio.gather(*(portal.send(add_task({"TITLE": "т", "RESPONSIBLE_ID": 1})) for _ in range(3)))
        assert sorted(await portal.pick(list_tasks(where={}), [1, 3, 99])) == [1, 3]
        assert sorted(await portal.pick(list_users(), [1, 2])) == [1]


async def test_many_looks_at_single_things_share_calls(box: Box) -> None:
    """Each gets what it would have got alone, the error of the one that is not there too."""
    box.deals(1_000)
    async with Portal(box.addresses.webhook) as portal:
        alone = await portal.send(get_item(ItemRef(DEAL, 500)))
        before, calls = box.requests(batched=False), box.requests(batched=True)
        wanted = [get_item(ItemRef(DEAL, number)) for number in (*range(1, 1_000), 2_000)]
        *found, missing = await asyncio.gather(*(portal.send(call) for call in wanted), return_exceptions=True)
        assert [item.ref.id for item in found if isinstance(item, Item)] == list(range(1, 1_000))
        assert found[499] == alone
        assert isinstance(missing, NotFound)
        assert box.requests(batched=False) - before == 2
        assert box.requests(batched=True) - calls == 20
        histories = await asyncio.gather(*(portal.send(history_of(ItemRef(DEAL, number))) for number in (1, 7, 9)))
        assert [[entry.owner_id for entry in page] for page in histories] == [[1], [7], [9]]


# Limits


async def test_who_keeps_to_the_limits_is_never_refused(box: Box) -> None:
    """More requests at once than the bucket holds."""
    box.control("limits", {"plan": "cloud"})
    alone = replace(server_time(), batchable=False)
    async with Portal(box.addresses.webhook, attempts=1) as portal:
        assert len(await asyncio.gather(*(portal.send(alone) for _ in range(54)))) == 54
    assert box.requests(batched=False) == 54


async def test_a_bucket_others_filled_is_waited_for(box: Box) -> None:
    box.control("limits", {"plan": "cloud"})
    while box.http.post(box.addresses.webhook + "server.time").status_code == 200:
        pass
    async with Portal(box.addresses.webhook, attempts=10) as portal:
        assert await portal.send(server_time())


async def test_a_method_that_used_up_its_time_is_left_alone(box: Box) -> None:
    box.control("limits", {"plan": "cloud", "costs": {"crm.item.get": 460}})
    box.deals(1)
    async with Portal(box.addresses.webhook) as portal:
        await portal.send(get_item(ItemRef(DEAL, 1)))
        with pytest.raises(MethodPaused):
            await portal.send(get_item(ItemRef(DEAL, 1)))
        assert await portal.send(server_time())
    async with Portal(box.addresses.webhook) as newcomer:  # who knows nothing asks, is refused, and then knows
        await newcomer.send(get_item(ItemRef(DEAL, 1)))
        with pytest.raises(MethodPaused):
            await newcomer.send(get_item(ItemRef(DEAL, 1)))


# An application


@dataclass
class Installed:
    """An application and what its service keeps."""

    box: Box
    answer: dict[str, Any]

    @property
    def application(self) -> Application:
        server = urlsplit(self.box.addresses.portal).netloc
        return Application(self.answer["client_id"], self.answer["client_secret"], servers=(server,))

    def store(self) -> MemoryTokens:
        return MemoryTokens(Tokens.of_auth(self.answer))

    async def portal(self, store: MemoryTokens) -> Portal:
        return Portal(await Authorization.of(self.application, store, self.answer["member_id"]))

    def change(self, change: object) -> None:
        self.box.control(f"applications/{self.answer['id']}", change)


@pytest.fixture
def installed(box: Box) -> Installed:
    return Installed(box, box.control("applications", {"title": "Моё", "scopes": ["crm", "user"]}))


async def test_an_application_works_for_hours(installed: Installed) -> None:
    store = installed.store()
    async with await installed.portal(store) as portal:
        for _ in range(3):
            item = await portal.send(add_item(DEAL, {"title": "Сделка"}))
            await portal.send(update_item(item.ref, {"title": "Другая"}))
            installed.box.control("clock", {"advance": HOUR})
        assert [found.title async for found in portal.export(list_items(DEAL))] == ["Другая"] * 3
    kept = await store.load(installed.answer["member_id"])
    assert kept is not None
    assert kept.refresh_token != installed.answer["refresh_token"]
    # who starts again goes on with what was kept
    async with await installed.portal(store) as portal:
        assert (await portal.send(profile())).id == 1


async def test_an_hour_ends_in_the_middle_of_many_calls(installed: Installed) -> None:
    installed.box.control("faults", [{"on": "rest", "method": "crm.item.add", "do": "expired", "after": 2, "times": 1}])
    async with await installed.portal(installed.store()) as portal:
        made = await asyncio.gather(*(portal.send(add_item(DEAL, {"title": str(n)})) for n in range(300)))
        assert len({item.ref for item in made}) == 300
        assert len([item async for item in portal.export(list_items(DEAL))]) == 300


@pytest.mark.parametrize("fault", ["302", "rename"])
async def test_an_application_follows_a_renamed_portal(installed: Installed, fault: str) -> None:
    installed.box.control("faults", [{"on": "rest", "method": "crm.item.add", "do": fault, "times": 1}])
    async with await installed.portal(installed.store()) as portal:
        host = portal.host
        item = await portal.send(add_item(DEAL, {"title": "Сделка"}))
        assert (await portal.send(get_item(item.ref))).title == "Сделка"
        assert portal.host != host
        assert len([found async for found in portal.export(list_items(DEAL))]) == 1


async def test_a_code_becomes_the_first_tokens(installed: Installed) -> None:
    box = installed.box
    page = box.http.get(f"{box.addresses.portal}/oauth/authorize/", params={"client_id": installed.answer["client_id"]})
    code = page.text.partition("Код авторизации: ")[2].partition("<")[0]
    tokens = await AuthorizationServer(installed.application).exchange(code, box.addresses.portal)
    access = await Authorization.of(installed.application, MemoryTokens(tokens), tokens.member_id)
    async with Portal(access) as portal:
        assert (await portal.send(profile())).id == 1


async def lost(portal: Portal) -> Loss:
    with pytest.raises(AccessLost) as error:
        await portal.send(list_items(DEAL))
    return error.value.loss


async def test_what_an_application_may_lose(installed: Installed) -> None:
    async with await installed.portal(installed.store()) as portal:
        await portal.send(list_items(DEAL))
        installed.change({"users": []})
        assert await lost(portal) is Loss.NOT_ADMITTED
        installed.change({"users": None, "paid": False})
        assert await lost(portal) is Loss.PAYMENT
        installed.box.control("clock", {"advance": HOUR})
        assert await lost(portal) is Loss.PAYMENT
        installed.box.http.delete(f"{installed.box.addresses.control}/applications/{installed.answer['id']}")
        assert await lost(portal) is Loss.APPLICATION


async def test_a_revoked_token(installed: Installed) -> None:
    installed.box.control("faults", [{"on": "rest", "do": "revoked", "times": 1}])
    async with await installed.portal(installed.store()) as portal:
        assert await lost(portal) is Loss.CREDENTIALS


async def test_a_refresh_token_that_grew_too_old(installed: Installed) -> None:
    installed.box.control("clock", {"advance": 181 * 24 * HOUR})
    async with await installed.portal(installed.store()) as portal:
        assert await lost(portal) is Loss.GRANT
        assert await lost(portal) is Loss.GRANT


async def test_wrong_keys(installed: Installed) -> None:
    installed.box.control("clock", {"advance": HOUR})
    for client_id, secret in [("local.0", "x"), (installed.answer["client_id"], "x")]:
        keys = Application(client_id, secret, installed.application.servers)
        async with Portal(await Authorization.of(keys, installed.store(), installed.answer["member_id"])) as portal:
            assert await lost(portal) is Loss.APPLICATION


# A webhook


async def test_a_webhook_that_was_deleted(box: Box) -> None:
    webhook = box.control("inbound", {"user_id": 1})["webhook"]
    box.control("faults", [{"on": "rest", "do": "revoked", "times": 1}])
    async with Portal(webhook) as portal:
        assert await lost(portal) is Loss.CREDENTIALS
        assert await lost(portal) is Loss.CREDENTIALS


async def test_a_webhook_whose_owner_was_dismissed(box: Box) -> None:
    anna = box.control("seed", {"users": {"anna": {"name": "Анна"}}})["users"]["anna"]
    webhook = box.control("inbound", {"user_id": anna})["webhook"]
    box.http.post(box.addresses.webhook + "user.update", json={"ID": anna, "ACTIVE": False})
    async with Portal(webhook) as portal:
        assert await lost(portal) is Loss.OWNER


async def test_a_webhook_without_a_scope(box: Box) -> None:
    webhook = box.control("inbound", {"user_id": 1, "scopes": ["task"]})["webhook"]
    async with Portal(webhook) as portal:
        with pytest.raises(ScopeMissing):
            await portal.send(list_items(DEAL))


@pytest.mark.parametrize(("fault", "loss"), [("deleted", Loss.PORTAL), ("overload", Loss.BLOCKED)])
async def test_a_portal_that_is_gone(box: Box, fault: str, loss: Loss) -> None:
    box.control("faults", [{"on": "rest", "do": fault, "times": 1}])
    async with Portal(box.addresses.webhook) as portal:
        assert await lost(portal) is loss


async def test_what_passes_is_waited_for(box: Box) -> None:
    box.deals(120)
    box.control("faults", [{"on": "rest", "do": "503", "every": 2, "times": 2}])
    async with Portal(box.addresses.webhook, attempts=3) as portal:
        assert [item.ref.id async for item in portal.export(list_items(DEAL))] == list(range(1, 121))
