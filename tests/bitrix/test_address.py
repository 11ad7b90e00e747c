"""The secret of a webhook is in every address and must be in nothing else."""

import logging

import pytest

from bitrix.address import Entrance, HideSecrets, WebhookAddress

SECRET = "s3cr3t0123456789"
WEBHOOK = f"https://example.bitrix24.ru/rest/1/{SECRET}/"


async def test_methods_stand_under_the_webhook() -> None:
    assert await WebhookAddress(WEBHOOK).entrance("crm.item.get") == Entrance(f"{WEBHOOK}crm.item.get")
    assert await WebhookAddress(f"  {WEBHOOK.rstrip('/')} ").entrance("m") == Entrance(f"{WEBHOOK}m")


async def test_an_address_shows_no_secret() -> None:
    address = WebhookAddress(WEBHOOK)
    assert SECRET not in repr(await address.entrance("m"))
    assert repr(address) == "https://example.bitrix24.ru/rest/1/***/"
    assert address.hide(f"call to {WEBHOOK} failed") == "call to https://example.bitrix24.ru/rest/1/***/ failed"


@pytest.mark.parametrize(
    "text",
    [
        "",
        SECRET,
        f"example.bitrix24.ru/rest/1/{SECRET}/",
        f"ftp://example.bitrix24.ru/rest/1/{SECRET}/",
        f"https://example.bitrix24.ru/rest/{SECRET}/",
        f"https://example.bitrix24.ru/rest/1/{SECRET}/crm.item.get",
        f"https:///rest/1/{SECRET}/",
        f"https://user:{SECRET}@example.bitrix24.ru/rest/1/x/",
        f"https://[/rest/1/{SECRET}/",
    ],
)
def test_what_is_no_webhook_is_refused_without_being_repeated(text: str) -> None:
    with pytest.raises(ValueError) as refusal:  # noqa: PT011
        WebhookAddress(text)
    assert SECRET not in str(refusal.value)


async def test_a_renamed_portal_is_followed() -> None:
    address = WebhookAddress(WEBHOOK)
    assert address.move(f"https://renamed.bitrix24.ru/rest/1/{SECRET}/crm.item.get")
    assert (await address.entrance("m")).url == f"https://renamed.bitrix24.ru/rest/1/{SECRET}/m"
    assert address.host == "renamed.bitrix24.ru"


@pytest.mark.parametrize(
    "location",
    [
        "https://www.bitrix24.ru/not-found/",
        f"http://renamed.bitrix24.ru/rest/1/{SECRET}/m",
        "/rest/1/other/m",
        "https://renamed.bitrix24.ru/rest/1/other/m",
        f"https://bad host/rest/1/{SECRET}/m",
        "https://[::1/rest/",
        "",
    ],
)
async def test_a_redirection_that_leads_elsewhere_is_not(location: str) -> None:
    address = WebhookAddress(WEBHOOK)
    assert not address.move(location)
    assert (await address.entrance("m")).url == f"{WEBHOOK}m"


@pytest.mark.parametrize(
    ("text", "args"),
    [
        ('HTTP Request: %s %s "%s"', ("POST", f"{WEBHOOK}crm.item.get", "HTTP/1.1 200")),
        ("headers [(b'Location', b'%s')]", (f"{WEBHOOK}m",)),
        (f"https://example.bitrix24.ru/rest/api/1/{SECRET}/m", ()),
        (f"/rest/1/***/m?auth={SECRET}&x=1", ()),
        (f"/rest/1/***/?client_secret={SECRET}&refresh_token={SECRET}&access_token={SECRET}&code={SECRET}", ()),
    ],
)
def test_a_log_line_loses_the_secret_and_nothing_else(text: str, args: tuple[object, ...]) -> None:
    record = logging.LogRecord("httpx", logging.INFO, __file__, 1, text, args, None)
    assert HideSecrets().filter(record)
    assert SECRET not in record.getMessage()
    assert "/1/***/" in record.getMessage()


def test_a_line_about_something_else_is_left_alone() -> None:
    record = logging.LogRecord("httpx", logging.INFO, __file__, 1, "took %s s", (3,), None)
    assert HideSecrets().filter(record)
    assert record.args == (3,)
