"""An answer as the client asked for it: JSON, or XML for a method with the suffix ``.xml``.

Source: settings/how-to-call-rest-api/general-principles.md. That page shows maps in XML only; that the elements of a
list are called ``item`` and that errors have the same envelope is unverified.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeAlias
from xml.sax.saxutils import escape

from starlette.responses import Response

from sandbox.portal.loose import as_text
from sandbox.portal.php import JSON

Render: TypeAlias = "Callable[[Mapping[str, JSON], int], Response]"

ELEMENT = re.compile(r"[A-Za-z_][\w.-]*", re.ASCII)
NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML cannot carry, not even escaped."""


def json_response(body: Mapping[str, JSON], status: int) -> Response:
    """Errors are JSON too. Text is escaped as PHP escapes it, so nobody depends on the encoding."""
    return Response(json.dumps(body), status, media_type="application/json; charset=utf-8")


def xml_response(body: Mapping[str, JSON], status: int) -> Response:
    text = "".join(written({"response": body}))
    return Response(
        f'<?xml version="1.0" encoding="utf-8"?>\n{text}', status, headers={"Content-Type": "text/xml; charset=utf-8"}
    )


def written(data: JSON) -> Iterable[str]:
    """Scalars are printed as PHP prints them: ``true`` is 1, ``false`` and ``null`` are nothing."""
    if isinstance(data, Mapping):
        for key, value in data.items():
            yield from element(key if ELEMENT.fullmatch(key) else "item", value)
    elif isinstance(data, Sequence) and not isinstance(data, str):
        for value in data:
            yield from element("item", value)
    else:
        yield escape(NOT_IN_XML.sub("", as_text(data) or ""))


def element(name: str, value: JSON) -> Iterable[str]:
    yield f"<{name}>"
    yield from written(value)
    yield f"</{name}>"


RENDERS: dict[str, Render] = {"json": json_response, "xml": xml_response}
"""By the suffix of the method."""
