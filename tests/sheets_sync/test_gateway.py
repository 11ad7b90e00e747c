"""Real gspread over real HTTP: addresses, keys, and what each kind of trouble turns into."""

from __future__ import annotations

import json
import socket
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from sheets_sync.errors import AccessLost, OutcomeUnknown, Refused, SheetsError, TryLater
from sheets_sync.gateway import Gateway
from tests.sheets_sync.conftest import BOOK, Google

ROBOT = "robot@project.iam.gserviceaccount.com"


@pytest.fixture(scope="module")
def key() -> dict[str, Any]:
    """A service account's key that opens nothing anywhere."""
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return {"type": "service_account", "client_email": ROBOT, "private_key": pem.decode(), "private_key_id": "1"}


@pytest.mark.parametrize(
    ("base", "complaint"),
    [
        ("http://sheets.example.com", "plain http is for this machine only"),
        ("http://192.168.0.7:8000", "plain http is for this machine only"),
        ("ftp://localhost", "looks like https://sheets.googleapis.com"),
        ("sheets.googleapis.com", "looks like https://sheets.googleapis.com"),
        ("https://sheets.googleapis.com", "needs a service account's key"),
    ],
)
def test_addresses_that_cannot_be_meant(base: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        Gateway(BOOK, base=base)


@pytest.mark.parametrize("wrong", [{}, {"client_email": "a"}, {"private_key": "very secret", "client_email": "a"}])
def test_a_key_that_is_none_is_refused_at_once_and_not_shown(wrong: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="not a service account's key") as refusal:
        Gateway(BOOK, key=wrong)
    assert "very secret" not in str(refusal.value)


def test_a_key_file_opens_the_spreadsheet_and_names_the_robot(
    google: Google, key: dict[str, Any], tmp_path: Path
) -> None:
    file = tmp_path / "key.json"
    file.write_text(json.dumps(key | {"token_uri": f"{google.base}/token"}))
    gateway = Gateway(BOOK, key=file, base=google.base)
    assert gateway.robot == ROBOT
    assert gateway.titles() == {0: "Sheet1"}
    gateway.close()


def test_a_token_endpoint_that_is_silent_is_a_reason_to_wait(google: Google, key: dict[str, Any]) -> None:
    gateway = Gateway(BOOK, key=key | {"token_uri": f"http://127.0.0.1:{_free_port()}/token"}, base=google.base)
    with pytest.raises(TryLater, match="token endpoint"):
        write(gateway)
    gateway.close()


def test_a_key_that_google_no_longer_knows_is_lost_access(google: Google, key: dict[str, Any]) -> None:
    gateway = Gateway(BOOK, key=key | {"token_uri": f"{google.base}/v4/no-such-endpoint"}, base=google.base)
    with pytest.raises(AccessLost, match="сервисного аккаунта"):
        gateway.titles()
    gateway.close()


def write(gateway: Gateway) -> None:
    request = {"updateSpreadsheetProperties": {"properties": {"title": "Записано"}, "fields": "title"}}
    gateway.batch_update([request], then_show=["Sheet1!A1"], fields="updatedSpreadsheet.properties.title")


@pytest.mark.parametrize(
    ("fault", "on_read", "on_write", "applied"),
    [
        ("quota", TryLater, TryLater, False),
        ("error", TryLater, OutcomeUnknown, False),
        ("unavailable", TryLater, OutcomeUnknown, False),
        ("bad_gateway", TryLater, OutcomeUnknown, False),
        ("drop", TryLater, OutcomeUnknown, False),
        ("hang", TryLater, OutcomeUnknown, False),
        ("apply_then_drop", TryLater, OutcomeUnknown, True),
        ("apply_then_hang", TryLater, OutcomeUnknown, True),
        ("apply_then_error", TryLater, OutcomeUnknown, True),
        ("apply_then_bad_gateway", TryLater, OutcomeUnknown, True),
        ("refuse", Refused, Refused, False),
        ("unauthorized", AccessLost, AccessLost, False),
        ("forbidden", AccessLost, AccessLost, False),
    ],
)
def test_trouble_on_the_way(
    google: Google, fault: str, on_read: type[SheetsError], on_write: type[SheetsError], applied: bool
) -> None:
    gateway = Gateway(BOOK, base=google.base, timeout=(20, 0.3 if "hang" in fault else 20))
    google.fail(fault, times=3)  # google-auth repeats a request that was answered 401
    with pytest.raises(on_read):
        gateway.titles()
    google.desk.faults.waiting.clear()
    google.fail(fault, times=3)
    with pytest.raises(on_write):
        write(gateway)
    assert (google.book.properties["title"] == "Записано") is applied
    gateway.close()


def test_nothing_is_ever_repeated_by_itself(google: Google, gateway: Gateway) -> None:
    for fault in ("quota", "error", "bad_gateway", "drop"):
        google.fail(fault)
        with pytest.raises(SheetsError):
            write(gateway)
    assert gateway.calls == len(google.called) == 4


def test_a_port_where_nobody_listens_is_a_reason_to_wait_even_for_a_write() -> None:
    gateway = Gateway(BOOK, base=f"http://127.0.0.1:{_free_port()}")
    with pytest.raises(TryLater):
        write(gateway)
    gateway.close()


def test_a_base_may_have_a_path(google: Google) -> None:
    """The sandbox serves its spreadsheets below /sheets."""
    gateway = Gateway(BOOK, base=f"{google.base}/below/")
    with pytest.raises(AccessLost) as missing:
        gateway.titles()
    assert missing.value.status == 404
    gateway.close()


def test_metadata_that_is_not_there_is_none(gateway: Gateway) -> None:
    assert gateway.metadata(12345) is None
    assert gateway.metadata_by_key("nobody") == []


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])
