"""What a request carries: the parameters of its address and of its body, whatever the encoding.

Source: settings/how-to-call-rest-api/data-encoding.md and general-principles.md; where they are silent, what PHP does.
"""

from __future__ import annotations

import email.policy
import json
import math
from collections.abc import Mapping
from email.parser import BytesParser

from starlette.requests import Request

from sandbox.portal import php
from sandbox.portal.errors import RestError
from sandbox.portal.params import Params
from sandbox.portal.php import JSON

MAX_BODY = 64 * 1024 * 1024
"""Bytes. The vendor names no limit; the web server in front of a portal has one (unverified)."""


async def read_body(request: Request) -> bytes:
    """The whole body; raises 413 for one that is too big, without reading it to the end."""
    chunks: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > MAX_BODY:
            raise RestError("REQUEST_TOO_LARGE", f"The body is larger than {MAX_BODY} bytes", status=413)
        chunks.append(chunk)
    return b"".join(chunks)


def read_params(query: str, content_type: str, body: bytes) -> Params:
    """Parameters of the address and of the body together; the body wins."""
    asked = php.decode_query(query)
    sent = decode_body(content_type, body)
    if isinstance(sent, Mapping):
        return Params({**asked, **sent})
    return Params({**asked, **Params(sent).raw})


def decode_body(content_type: str, body: bytes) -> Mapping[str, JSON] | list[JSON]:
    """Like PHP, an unreadable body is an empty one. JSON is recognised by its header, and by its first character when
    the header is missing or says nothing useful."""
    if not body.strip():
        return {}
    kind = content_type.partition(";")[0].strip().lower()
    if kind == "multipart/form-data":
        return php.decode_pairs(multipart_pairs(content_type, body))
    if kind in {"application/json", "text/json"} or (
        kind != "application/x-www-form-urlencoded" and body.lstrip()[:1] in b"{["
    ):
        return decode_json(body)
    return php.decode_query(body.decode("utf-8", "replace"))


def decode_json(body: bytes) -> Mapping[str, JSON] | list[JSON]:
    try:
        text = body.decode("utf-8", "replace").replace("\x00", "")
        decoded = json.loads(text, parse_float=finite, parse_constant=nothing)
    except (ValueError, RecursionError):
        return {}
    return decoded if isinstance(decoded, (dict, list)) else {}


def finite(number: str) -> float | None:
    """``1e999`` is no number one could answer with."""
    value = float(number)
    return value if math.isfinite(value) else None


def nothing(_: str) -> None:
    """``NaN`` and ``Infinity`` are not JSON."""


def multipart_pairs(content_type: str, body: bytes) -> list[tuple[str, str]]:
    """Named text parts. Files are not accepted by the methods this sandbox has: they take base64 inside fields."""
    message = BytesParser(policy=email.policy.HTTP).parsebytes(
        b"Content-Type: " + content_type.encode("latin-1", "replace") + b"\r\n\r\n" + body
    )
    pairs: list[tuple[str, str]] = []
    for part in message.iter_parts() if message.is_multipart() else ():
        name = part.get_param("name", header="content-disposition")
        content = part.get_payload(decode=True)
        if isinstance(name, str) and part.get_filename() is None and isinstance(content, bytes):
            pairs.append((name, content.decode("utf-8", "replace")))
    return pairs
