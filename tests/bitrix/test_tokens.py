"""Tokens as portals and authorisation servers write them."""

from typing import Any

import pytest

from bitrix.events import Event
from bitrix.tokens import BadTokens, MemoryTokens, Tokens

# settings/oauth/auto-renewal.md
ANSWER = {
    "access_token": "ydtj8pho532wydb5ixk78ol7uqlb7sch",
    "client_endpoint": "https://portal.bitrix24.ru/rest/",
    "domain": "oauth.bitrix24.tech",
    "expires": 1780319382,
    "expires_in": 3600,
    "member_id": "a223c6b3710f85df22e9377d6c4f7553",
    "refresh_token": "3s6lr4kr3cv2od4v853gvrchb875bwxb",
    "scope": "crm,entity,im,task",
    "server_endpoint": "https://oauth.bitrix24.tech/rest/",
    "status": "F",
    "user_id": 67,
}

# settings/oauth/simple-way.md
QUERY = {"DOMAIN": "portal.bitrix24.ru", "PROTOCOL": "1", "LANG": "ru", "APP_SID": "dd8cec11e347088fe87c44870a9f1dba"}
FORM = {
    "AUTH_ID": "ahodg4h37n89vo17gbkgq0x1l825nnb5",
    "AUTH_EXPIRES": "3600",
    "REFRESH_ID": "2lg086mxijlpvwh0h7r4nl19udm4try5",
    "SERVER_ENDPOINT": "https://oauth.bitrix24.tech/rest/",
    "APPLICATION_TOKEN": "ec1b2074a9d3f5c81b6e40d27a95cf38",
    "APPLICATION_SCOPE": "crm,entity,im,task",
    "member_id": "a223c6b3710f85df22e9377d6c4f7553",
    "status": "F",
    "PLACEMENT": "DEFAULT",
}


def test_an_answer_of_the_authorisation_server() -> None:
    tokens = Tokens.of_auth(ANSWER)
    assert tokens == Tokens(
        member_id="a223c6b3710f85df22e9377d6c4f7553",
        access_token="ydtj8pho532wydb5ixk78ol7uqlb7sch",
        refresh_token="3s6lr4kr3cv2od4v853gvrchb875bwxb",
        client_endpoint="https://portal.bitrix24.ru/rest/",
        server_endpoint="https://oauth.bitrix24.tech/rest/",
        scopes=frozenset({"crm", "entity", "im", "task"}),
        user_id=67,
    )
    assert "ydtj8" not in repr(tokens)
    assert "3s6lr" not in repr(tokens)


def test_a_page_somebody_opened() -> None:
    tokens = Tokens.of_page(QUERY, FORM)
    assert tokens == Tokens(
        member_id="a223c6b3710f85df22e9377d6c4f7553",
        access_token="ahodg4h37n89vo17gbkgq0x1l825nnb5",
        refresh_token="2lg086mxijlpvwh0h7r4nl19udm4try5",
        client_endpoint="https://portal.bitrix24.ru/rest/",
        server_endpoint="https://oauth.bitrix24.tech/rest/",
        scopes=frozenset({"crm", "entity", "im", "task"}),
    )
    assert Tokens.of_page({**QUERY, "PROTOCOL": "0"}, FORM).client_endpoint == "http://portal.bitrix24.ru/rest/"


def test_the_event_of_an_installation() -> None:
    event = Event.parse(
        b"event=ONAPPINSTALL&data[VERSION]=1&auth[access_token]=a&auth[refresh_token]=r&auth[member_id]=m"
        b"&auth[client_endpoint]=https%3A%2F%2Fp.bitrix24.ru%2Frest%2F&auth[scope]=crm,task&auth[application_token]=t"
    )
    tokens = Tokens.of_auth(event.auth)
    assert (tokens.member_id, tokens.access_token, tokens.refresh_token) == ("m", "a", "r")
    assert tokens.scopes == {"crm", "task"}


@pytest.mark.parametrize(
    "change",
    [
        {"access_token": ""},
        {"refresh_token": None},  # most events bring an access token only
        {"member_id": ["m"]},
        {"client_endpoint": "portal.bitrix24.ru"},
        {"client_endpoint": "ftp://portal.bitrix24.ru/rest/"},
        {"client_endpoint": "https:///rest/"},
    ],
)
def test_what_holds_no_tokens_is_refused_without_being_repeated(change: dict[str, Any]) -> None:
    with pytest.raises(BadTokens) as refusal:
        Tokens.of_auth({**ANSWER, **change})
    assert "ydtj8" not in str(refusal.value)


async def test_a_store_in_memory() -> None:
    tokens = Tokens.of_auth(ANSWER)
    store = MemoryTokens()
    assert await store.load(tokens.member_id) is None
    await store.save(tokens)
    async with store.renewing(tokens.member_id):
        assert await store.load(tokens.member_id) == tokens
