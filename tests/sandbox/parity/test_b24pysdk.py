"""b24pysdk, the vendor's SDK for Python, does its ordinary work against the sandbox, by its public settings alone.

It speaks https only, and knows the authorisation server by its real name: the environment leads both here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from b24pysdk import BitrixApp, BitrixToken, BitrixWebhook, Client, Config
from b24pysdk.client import ClientType
from b24pysdk.errors import (
    BitrixAPIBadRequest,
    BitrixAPIExpiredToken,
    BitrixAPIForbidden,
    BitrixAPIInsufficientScope,
    BitrixAPIInternalServerError,
    BitrixAPIInvalidArgValue,
    BitrixAPIInvalidCredentials,
    BitrixAPIInvalidToken,
    BitrixAPINotFound,
    BitrixAPIOperationTimeLimit,
    BitrixAPIUserAccessError,
    BitrixAPIWrongAuthType,
    BitrixRequestError,
    BitrixResponse302JSONDecodeError,
    BitrixResponseJSONDecodeError,
)
from b24pysdk.errors.oauth import (
    BitrixOAuthInvalidClient,
    BitrixOAuthInvalidGrant,
    BitrixOAuthNoAuthFound,
    BitrixOauthWrongClient,
)
from b24pysdk.errors.v3 import BitrixAPIError as Refused3
from b24pysdk.objects.department import Department
from b24pysdk.objects.event import Event
from b24pysdk.objects.sonet_group import SonetGroup
from b24pysdk.objects.user import User

from tests.sandbox.parity.conftest import Desk, Signpost

HOUR = 3600
OLD_NAME = "old.bitrix24.ru"


@pytest.fixture(autouse=True)
def trusted(trusting: Callable[[], None]) -> None:
    trusting()


@pytest.fixture(autouse=True)
def patience() -> Iterator[None]:
    """Its settings belong to the thread and outlive a test."""
    Config().configure(default_initial_retry_delay=0.6, default_max_retries=3)
    yield
    Config().configure(default_initial_retry_delay=1, default_max_retries=3)


@pytest.fixture
def portal(secure_desk: Desk) -> str:
    """Host and port."""
    return urlsplit(secure_desk.box.portal).netloc


@pytest.fixture
def webhook(secure_desk: Desk, portal: str) -> BitrixWebhook:
    return BitrixWebhook(domain=portal, webhook_token=urlsplit(secure_desk.box.webhook).path.removeprefix("/rest/"))


@pytest.fixture
def client(webhook: BitrixWebhook) -> ClientType:
    return Client(webhook)


# Through a webhook


def test_connect(client: ClientType) -> None:
    me = client.profile().value
    assert (me.bitrix_id, me.admin) == (1, True)
    assert {"crm", "task", "user"} <= set(client.scope().result)
    assert client.method.get(name="crm.deal.get").value.is_available
    assert client.feature.get(code="rest_offline_extended").value.value
    assert client.server.time().result.endswith("+03:00")


def test_create_read_update_delete(client: ClientType) -> None:
    number = client.crm.deal.add(fields={"TITLE": "Скидка 10% & подарок"}).result
    assert client.crm.deal.get(bitrix_id=number).result["TITLE"] == "Скидка 10% & подарок"
    assert client.crm.deal.update(bitrix_id=number, fields={"TITLE": "Без скидки"}).result is True
    assert client.crm.deal.get(bitrix_id=number).result["TITLE"] == "Без скидки"
    assert client.crm.deal.delete(bitrix_id=number).result is True
    with pytest.raises(BitrixAPIBadRequest, match="Not found"):
        _ = client.crm.deal.get(bitrix_id=number).result


def test_lists_longer_than_a_page(secure_desk: Desk, client: ClientType) -> None:
    secure_desk.deals(120)
    in_order = [str(number) for number in range(1, 121)]
    page = client.crm.deal.list(order={"ID": "ASC"}).response
    assert (len(page.result), page.total, page.next) == (50, 120, 50)
    assert [deal["ID"] for deal in client.crm.deal.list(order={"ID": "ASC"}).as_list().result] == in_order
    assert [deal["ID"] for deal in client.crm.deal.list().as_list_fast().result] == in_order
    backwards = client.crm.deal.list(select=["ID"]).as_list_fast(descending=True).result
    assert [deal["ID"] for deal in backwards] == in_order[::-1]
    assert len(client.crm.item.list(entity_type_id=2).as_list().result) == 120
    assert [item["id"] for item in client.crm.item.list(entity_type_id=2).as_list_fast().result] == list(range(1, 121))


def test_a_batch_of_good_and_bad_commands(secure_desk: Desk, client: ClientType) -> None:
    secure_desk.deals(1)
    named = client.call_batch(
        {"deal": client.crm.deal.get(bitrix_id=1), "users": client.user.get(), "none": client.crm.deal.get(bitrix_id=9)}
    ).result
    assert named.result["deal"]["TITLE"] == "1"
    assert named.result_total == {"users": 1}
    assert named.result_error["none"]["error_description"] == "Not found"
    # numbered commands come back as PHP writes them
    numbered = client.call_batch([client.crm.deal.get(bitrix_id=1), client.crm.deal.get(bitrix_id=9)]).result
    assert [deal["TITLE"] for deal in numbered.result] == ["1"]
    assert list(numbered.result_error) == ["1"]


def test_halt(secure_desk: Desk, client: ClientType) -> None:
    commands = {
        "good": client.crm.deal.add(fields={}),
        "bad": client.crm.deal.get(bitrix_id=9),
        "late": client.crm.deal.add(fields={}),
    }
    told = client.call_batch(commands, halt=True).result
    assert (list(told.result), list(told.result_error)) == (["good"], ["bad"])


def test_more_commands_than_a_batch_takes(client: ClientType) -> None:
    added = client.call_batches([client.crm.deal.add(fields={"TITLE": str(number)}) for number in range(120)]).result
    assert len(added.result) == 120
    assert len(client.crm.deal.list().as_list().result) == 120


def test_tasks(client: ClientType) -> None:
    task = client.tasks.task.add(fields={"TITLE": "Задача", "RESPONSIBLE_ID": 1}).result["task"]
    number = int(task["id"])
    assert client.tasks.task.complete(task_id=number).result["task"]["status"] == "5"
    assert client.tasks.task.get(task_id=number).result["task"]["title"] == "Задача"
    assert [one["id"] for one in client.tasks.task.list().result["tasks"]] == [str(number)]
    point = client.task.checklistitem.add(task_id=number, fields={"TITLE": "Пункт"}).result
    titles = [row["TITLE"] for row in client.task.checklistitem.getlist(task_id=number).result]
    assert (isinstance(point, int), "Пункт" in titles) == (True, True)


def test_tasks_by_rest_three(webhook: BitrixWebhook) -> None:
    client = Client(webhook, prefer_version=3)
    number = client.tasks.task.add(fields={"title": "Задача", "creatorId": 1, "responsibleId": 1}).result["item"]["id"]
    assert client.tasks.task.get(bitrix_id=number).result["item"]["title"] == "Задача"
    assert client.tasks.task.list(select=["id", "title"]).result["items"] == [{"id": number, "title": "Задача"}]
    with pytest.raises(Refused3) as refused:
        _ = client.tasks.task.get(bitrix_id=999).result
    assert refused.value.code == "BITRIX_REST_V3_EXCEPTION_ENTITYNOTFOUNDEXCEPTION"


def test_objects(client: ClientType) -> None:
    """The layer above the methods reads every field of an answer, by its type."""
    sales = Department.objects.using(client=client).add(name="Отдел продаж", parent_id=1)
    assert Department(sales.bitrix_pk, client=client).name == "Отдел продаж"
    assert Department(sales.bitrix_pk, client=client).update(name="Продажи")
    related = Department.objects.using(client=client).select_related("uf_head").all().to_list()
    assert [(one.name, one.uf_head and one.uf_head.name) for one in related] == [
        ("Компания", "Администратор"),
        ("Продажи", None),
    ]
    assert User.objects.using(client=client).all().count() == 1
    assert User.objects.using(client=client).current().date_register is not None
    group = SonetGroup.objects.using(client=client).add(name="Склад")
    assert [one.name for one in SonetGroup.objects.using(client=client).all()] == ["Склад"]
    assert SonetGroup(group.bitrix_pk, client=client).name == "Склад"


# What is refused


def test_refusals(client: ClientType, webhook: BitrixWebhook) -> None:
    with pytest.raises(BitrixAPINotFound, match="Method not found"):
        webhook.call_method("no.such.method")
    with pytest.raises(BitrixAPIWrongAuthType):
        _ = client.event.get().result
    with pytest.raises(BitrixAPINotFound):
        _ = client.crm.item.get(bitrix_id=1, entity_type_id=2).result
    with pytest.raises(BitrixAPIInvalidArgValue):
        _ = client.crm.type.list(filter={"no_such_field": "x"}).result


def test_a_wrong_webhook(portal: str) -> None:
    with pytest.raises(BitrixAPIInvalidCredentials) as refused:
        _ = Client(BitrixWebhook(domain=portal, webhook_token="1/wrong")).profile().result
    assert refused.value.status_code == 401


def test_a_permission_that_was_not_ticked(secure_desk: Desk, portal: str) -> None:
    address = secure_desk.control("inbound", {"user_id": 1, "scopes": ["user"]})["webhook"]
    narrow = Client(BitrixWebhook(domain=portal, webhook_token=urlsplit(address).path.removeprefix("/rest/")))
    assert narrow.user.current().result["ID"] == "1"
    with pytest.raises(BitrixAPIInsufficientScope):
        _ = narrow.crm.deal.list().result


# Limits and faults


def test_the_bucket_is_full(secure_desk: Desk, client: ClientType) -> None:
    secure_desk.fill_the_bucket()
    assert client.profile().result["ID"] == "1"


def test_a_method_that_took_too_long(secure_desk: Desk, client: ClientType) -> None:
    secure_desk.control("limits", {"plan": "cloud", "costs": {"crm.deal.list": 481}})
    spent = client.crm.deal.list().response.time
    assert spent.operating > 480
    with pytest.raises(BitrixAPIOperationTimeLimit):
        _ = client.crm.deal.list().result
    secure_desk.control("clock", {"advance": 600})
    assert client.crm.deal.list().result == []


@pytest.mark.parametrize(
    ("do", "error"), [("500", BitrixAPIInternalServerError), ("html", BitrixResponseJSONDecodeError)]
)
def test_a_broken_portal(secure_desk: Desk, client: ClientType, do: str, error: type[Exception]) -> None:
    secure_desk.control("faults", [{"on": "rest", "method": "profile", "do": do, "times": 1}])
    with pytest.raises(error):
        _ = client.profile().result
    assert client.profile().result["ID"] == "1"


# As an application


@pytest.fixture
def led(signpost: Signpost, monkeypatch: pytest.MonkeyPatch) -> Signpost:
    """Every https address leads to the sandbox."""
    monkeypatch.setenv("HTTPS_PROXY", signpost.address)
    monkeypatch.setenv("NO_PROXY", "")
    monkeypatch.setenv("no_proxy", "")
    signpost.asked.clear()
    return signpost


@pytest.fixture
def installed(secure_desk: Desk) -> dict[str, str]:
    """What the administrator sees after adding a local application, with tokens of their own."""
    return secure_desk.control("applications", {"title": "Отчеты", "handler": "https://app.example.com/"})


@pytest.fixture
def app(installed: dict[str, str]) -> BitrixApp:
    return BitrixApp(client_id=installed["client_id"], client_secret=installed["client_secret"])


@pytest.fixture
def token(installed: dict[str, str], app: BitrixApp, portal: str) -> BitrixToken:
    return BitrixToken(
        domain=portal,
        auth_token=installed["access_token"],
        refresh_token=installed["refresh_token"],
        bitrix_app=app,
    )


def code_for(desk: Desk, app: BitrixApp, user_id: int) -> str:
    """The user's way through the portal's page."""
    query = {"client_id": app.client_id, "state": "s", "user_id": user_id}
    back = desk.http.get(f"{desk.box.portal}/oauth/authorize/", params=query).headers["location"]
    return parse_qs(urlsplit(back).query)["code"][0]


def test_from_a_code_to_calls(secure_desk: Desk, led: Signpost, app: BitrixApp, portal: str) -> None:
    seller = secure_desk.control("seed", {"users": {"seller": {"name": "Светлана"}}})["users"]["seller"]
    authorised = app.get_oauth_token(code=code_for(secure_desk, app, seller))
    assert (authorised.user_id, authorised.oauth_token.expires_in) == (seller, HOUR)
    assert led.asked == ["oauth.bitrix24.tech"]
    token = BitrixToken(
        domain=portal,
        auth_token=authorised.oauth_token.access_token,
        refresh_token=authorised.oauth_token.refresh_token,
        bitrix_app=app,
    )
    assert Client(token).user.current().result["NAME"] == "Светлана"
    known = token.get_app_info().result
    assert (known.client_id, known.user_id, known.install.installed) == (app.client_id, seller, True)


def test_an_hour_later_the_token_renews_itself(secure_desk: Desk, led: Signpost, token: BitrixToken) -> None:
    client, first = Client(token), token.oauth_token
    assert client.profile().result["ID"] == "1"
    secure_desk.control("clock", {"advance": HOUR})
    assert client.crm.deal.list().result == []
    assert token.oauth_token.access_token != first.access_token
    assert token.oauth_token.refresh_token != first.refresh_token
    assert "oauth.bitrix24.tech" in led.asked


def test_without_a_refresh_token_the_hour_is_the_end(
    secure_desk: Desk, installed: dict[str, str], app: BitrixApp, portal: str
) -> None:
    once = BitrixToken(domain=portal, auth_token=installed["access_token"], bitrix_app=app)
    secure_desk.control("faults", [{"on": "rest", "do": "expired", "times": 1}])
    with pytest.raises(BitrixAPIExpiredToken):
        _ = Client(once).profile().result


def test_what_the_authorisation_server_refuses(led: Signpost, app: BitrixApp, token: BitrixToken) -> None:
    """Status and code as in the SDK's own integration tests against a real portal."""
    with pytest.raises(BitrixOAuthInvalidGrant):
        app.get_oauth_token(code="wrong")
    with pytest.raises(BitrixOAuthInvalidGrant):
        app.refresh_oauth_token(refresh_token="wrong")
    with pytest.raises(BitrixOAuthInvalidClient):
        BitrixApp(client_id=app.client_id, client_secret="wrong").refresh_oauth_token(refresh_token="any")
    with pytest.raises(BitrixOauthWrongClient):
        BitrixApp(client_id="wrong", client_secret="any").get_oauth_token(code="any")
    token.refresh_and_set_oauth_token()
    assert Client(token).profile().result["ID"] == "1"


def test_what_the_portal_refuses(secure_desk: Desk, app: BitrixApp, token: BitrixToken, portal: str) -> None:
    stranger = BitrixToken(domain=portal, auth_token="wrong", bitrix_app=app)
    with pytest.raises(BitrixAPIInvalidToken):
        _ = Client(stranger).profile().result
    with pytest.raises(BitrixOAuthNoAuthFound):
        _ = Client(BitrixToken(domain=portal, auth_token="", bitrix_app=app)).profile().result
    (application,) = secure_desk.http.get(f"{secure_desk.box.control}/applications").json()
    secure_desk.control(f"applications/{application['id']}", {"users": [2]})
    with pytest.raises(BitrixAPIUserAccessError):
        _ = Client(token).profile().result
    with pytest.raises(BitrixAPIForbidden):
        _ = Client(token).profile().result


def test_events_are_bound_by_an_application(token: BitrixToken) -> None:
    client, handler = Client(token), "https://app.example.com/events"
    assert client.event.bind(event="ONCRMDEALADD", handler=handler).result is True
    (bound,) = Event.objects.using(client=client).all()
    assert (bound.bitrix_pk.event, bound.bitrix_pk.handler) == ("ONCRMDEALADD", handler)
    assert client.event.unbind(event="ONCRMDEALADD", handler=handler).result == {"count": 1}


# Renamed


def test_a_renamed_portal_is_found_again(secure_desk: Desk, led: Signpost, webhook: BitrixWebhook) -> None:
    """settings/how-to-call-rest-api/change-domen.md: 302, then the same call under the new name."""
    old = BitrixWebhook(domain=OLD_NAME, webhook_token=webhook.auth_token)
    assert Client(old).profile().result["ID"] == "1"
    secure_desk.control("faults", [{"on": "rest", "do": "rename", "times": 1}])
    assert Client(old).crm.deal.add(fields={"TITLE": "После переезда"}).result == 1
    assert old.domain == "localhost"
    assert led.asked[-1] == "localhost"
    stale = BitrixWebhook(domain=OLD_NAME, webhook_token=webhook.auth_token)
    assert Client(stale).crm.deal.get(bitrix_id=1).result["TITLE"] == "После переезда"


def test_a_redirect_as_the_client_reads_it(secure_desk: Desk) -> None:
    """It wants no JSON, and takes the host alone: on a desk its way back needs a signpost, or port 443."""
    secure_desk.control("faults", [{"on": "rest", "do": "302"}])
    answer = secure_desk.http.post(secure_desk.box.webhook + "profile")
    assert answer.status_code == BitrixResponse302JSONDecodeError.STATUS_CODE
    assert "json" not in answer.headers["content-type"]
    assert urlsplit(answer.headers["location"]).hostname == "localhost"


def test_nobody_is_trusted_without_the_authority(client: ClientType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("REQUESTS_CA_BUNDLE")
    with pytest.raises(BitrixRequestError, match="certificate verify failed"):
        _ = client.profile().result
