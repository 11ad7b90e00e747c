"""``--tls``: some clients speak nothing but https."""

from __future__ import annotations

import ssl
from pathlib import Path

import httpx
import pytest

from sandbox.certificate import VENDOR_HOSTS, certificate_for
from sandbox.running import running_sandbox


def test_everything_answers_by_https_to_who_trusts_the_authority():
    with running_sandbox("trading-company", tls=True) as box:
        assert box.ca is not None
        assert all(address.startswith("https://") for address in (box.portal, box.webhook, box.sheets, box.control))
        with httpx.Client(verify=ssl.create_default_context(cafile=box.ca), trust_env=False) as client:
            assert client.post(box.webhook + "crm.item.list", json={"entityTypeId": 2}).json()["total"] == 6
            under_its_other_name = box.webhook.replace("127.0.0.1", "localhost")
            assert client.post(under_its_other_name + "server.time").status_code == 200
            assert (
                client.post(f"{box.control}/applications", json={}).json()["client_endpoint"] == f"{box.portal}/rest/"
            )
        with httpx.Client(trust_env=False) as stranger, pytest.raises(httpx.ConnectError):
            stranger.post(box.webhook + "server.time")
    assert not Path(box.ca).exists()


def test_a_connection_is_cut_under_https_too():
    with running_sandbox(tls=True) as box:
        trust = ssl.create_default_context(cafile=box.ca)
        with httpx.Client(verify=trust, trust_env=False) as client:
            client.post(f"{box.control}/faults", json=[{"on": "rest", "do": "cut_before", "times": 1}])
            with pytest.raises(httpx.TransportError):
                client.post(box.webhook + "server.time")
            assert client.post(box.webhook + "server.time").status_code == 200


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1", "::1", "portal.example.com", *VENDOR_HOSTS])
def test_names_the_certificate_is_good_for(name):
    with certificate_for("portal.example.com") as certificate:
        server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        server.load_cert_chain(certificate.chain)
        client = ssl.create_default_context(cafile=certificate.authority)
        shake_hands(client, server, name)


def shake_hands(client: ssl.SSLContext, server: ssl.SSLContext, name: str) -> None:
    """In memory; raises ``ssl.SSLCertVerificationError`` when the client does not believe the server."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    here = client.wrap_bio(to_client, to_server, server_hostname=name)
    there = server.wrap_bio(to_server, to_client, server_side=True)
    for _ in range(3):
        for side in (here, there):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue
    assert here.version() == "TLSv1.3"
