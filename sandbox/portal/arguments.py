"""Refusals of the portal's own module ``rest``: methods of applications word their complaints about arguments alike."""

from __future__ import annotations

from urllib.parse import urlsplit

from sandbox.portal.errors import RestError
from sandbox.portal.params import Params


def empty_argument(name: str) -> RestError:
    """api-reference/widgets/placement-bind.md; the page gives status 200, its neighbours 400."""
    return RestError("ERROR_ARGUMENT", f"Argument '{name}' is null or empty", extra={"argument": name})


def wrong_argument(words: str, name: str) -> RestError:
    return RestError("ERROR_ARGUMENT", words, extra={"argument": name})


def access_denied(why: str = "") -> RestError:
    """403, as on the pages of ``event.*`` and ``placement.*``."""
    return RestError("ACCESS_DENIED", f"Access denied! {why}".rstrip(), status=403)


def require_argument(params: Params, name: str) -> str:
    """A text that is not empty; raises ``ERROR_ARGUMENT``."""
    text = params.text(name).strip() if params.has(name) else ""
    if not text:
        raise empty_argument(name)
    return text


def check_handler_url(url: str) -> None:
    """``http`` or ``https``, and a dot in the host name, so that ``localhost`` is refused while ``127.0.0.1`` is not.
    Raises ``ERROR_WRONG_HANDLER_URL``, ``ERROR_UNSUPPORTED_PROTOCOL`` (api-reference/widgets/index.md)."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        host = ""
    if host.find(".") < 1:
        raise RestError("ERROR_WRONG_HANDLER_URL", "Wrong handler URL")
    if parts.scheme not in ("http", "https"):
        raise RestError("ERROR_UNSUPPORTED_PROTOCOL", "Unsupported handler protocol")
