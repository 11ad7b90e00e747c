"""The vendor's SDK for Python talks to REST 3.0 as it would to a portal: by https, with its own reading of answers."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from b24pysdk import BitrixWebhook, Client
from b24pysdk.errors import v3

from sandbox.running import running_sandbox


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Iterator[Client]:
    with running_sandbox("trading-company", host="localhost", tls=True) as box:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", box.ca)
        address = urlsplit(box.webhook)
        token = "/".join(address.path.strip("/").split("/")[1:3])
        yield Client(BitrixWebhook(domain=address.netloc, webhook_token=token), prefer_version=3)
        # Errors keep their responses, and those their connections, until they are collected.
        gc.collect()


def test_the_ordinary_work(client):
    tasks = client.tasks.task
    number = tasks.add(fields={"title": "Задача", "creatorId": 1, "responsibleId": 1}).result["item"]["id"]
    assert tasks.update(number, fields={"title": "Иначе"}).result == {"result": True}
    assert tasks.get(number, select=["id", "title", "responsible.id"]).result == {
        "item": {"id": number, "title": "Иначе", "responsible": {"id": 1}}
    }
    listed = tasks.list(filter=[["id", ">=", number]], select=["id"], order={"id": "ASC"}, pagination={"limit": 5})
    assert listed.result == {"items": [{"id": number}]}
    result = tasks.result.add(fields={"taskId": number, "text": "Готово"}).result["item"]
    assert (result["taskId"], result["status"]) == (number, "open")
    assert tasks.delete(number).result == {"result": True}


def test_discovery(client):
    assert client.documentation().response["openapi"] == "3.0.0"
    assert "rest" in client.rest.scope.list(filter_module="rest").result
    assert client.tasks.task.field.list().result["items"][0]["name"] == "id"
    assert client.humanresources.node.list("DEPARTMENT").result["items"][0]["type"] == "DEPARTMENT"


def test_errors_are_recognised(client):
    with pytest.raises(v3.BitrixAPIEntityNotFoundException):
        _ = client.tasks.task.get(99_999).result
    with pytest.raises(v3.BitrixAPIUnknownDTOPropertyException):
        _ = client.tasks.task.list(filter=[["nope", 1]]).result
    with pytest.raises(v3.BitrixAPIInvalidPaginationException):
        _ = client.tasks.task.list(pagination={"limit": 0}).result
    with pytest.raises(v3.BitrixAPIValidationRequestValidationException) as caught:
        _ = client.tasks.task.add(fields={"title": "x"}).result
    assert [fault.field for fault in caught.value.validation] == ["creatorId", "responsibleId"]
