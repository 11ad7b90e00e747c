"""A certificate for https on a desk, signed by an authority that exists for one run only.

Clients have to be told to trust it: ``SSL_CERT_FILE``, ``REQUESTS_CA_BUNDLE``, ``NODE_EXTRA_CA_CERTS``...
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from sandbox.portal.oauth_web import VENDOR_HOSTS

DESK = ("localhost", "127.0.0.1", "::1")
PORTALS = ("*.bitrix24.ru", "*.bitrix24.com")
"""For clients that accept no other address of a portal; a hosts file or a proxy leads them here."""


@dataclass(frozen=True)
class Certificate:
    """Paths of PEM files, there as long as the sandbox runs."""

    authority: Path
    """What clients have to trust."""
    chain: Path
    """Private key and certificate of the server."""


@contextmanager
def certificate_for(host: str) -> Iterator[Certificate]:
    """For this host, the names of a desk, portals in the cloud, and the vendor's authorisation server, whose address is
    fixed in some clients. Raises ``RuntimeError`` where trustme is not installed."""
    try:
        import trustme
    except ModuleNotFoundError as missing:
        raise RuntimeError("https needs the package trustme: pip install 'capa24[sandbox]'") from missing
    authority = trustme.CA(organization_name="capa24 sandbox")
    server = authority.issue_cert(*dict.fromkeys((host, *DESK, *PORTALS, *VENDOR_HOSTS)))
    with TemporaryDirectory(prefix="capa24-sandbox-") as folder:
        certificate = Certificate(Path(folder, "ca.pem"), Path(folder, "server.pem"))
        authority.cert_pem.write_to_path(str(certificate.authority))
        server.private_key_and_cert_chain_pem.write_to_path(str(certificate.chain))
        yield certificate
