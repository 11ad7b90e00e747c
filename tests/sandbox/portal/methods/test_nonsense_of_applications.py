"""Whatever an application sends to the methods that are for it, the portal has an answer."""

from __future__ import annotations

import pytest

from sandbox.portal.access import SCOPES
from sandbox.portal.dispatch import call
from sandbox.portal.portal import Portal
from sandbox.portal.rest import METHODS, Caller, Params, load_methods

load_methods()

SECTIONS = ("event", "placement.", "app.", "user.option.", "user.access", "bizproc.")
NAMES = (
    "EVENT", "HANDLER", "AUTH_TYPE", "EVENT_TYPE", "AUTH_CONNECTOR", "OPTIONS", "SCOPE", "FULL", "FILTER", "ORDER",
    "LIMIT",
    "CLEAR", "PROCESS_ID", "ERROR", "START", "ID", "MESSAGE_ID", "PLACEMENT", "TITLE", "LANG_ALL", "USER_ID", "option",
    "options", "ACCESS", "CODE", "NAME", "PROPERTIES", "RETURN_PROPERTIES", "DOCUMENT_TYPE", "FIELDS", "EVENT_TOKEN",
    "RETURN_VALUES", "LOG_MESSAGE", "AUTH_USER_ID", "USE_SUBSCRIPTION",
)  # fmt: skip
SENSIBLE = {
    "EVENT": "ONCRMDEALADD", "HANDLER": "https://example.org/", "PLACEMENT": "LEFT_MENU", "CODE": "x", "NAME": "x",
    "PROCESS_ID": "x", "EVENT_TOKEN": "x", "LOG_MESSAGE": "x",
}  # fmt: skip
VALUES = [
    None,
    True,
    0,
    -1,
    10**30,
    1.5,
    "",
    "x",
    "1",
    "\x00",
    "http://[",
    [],
    [1],
    [[1], {"a": 1}],
    {},
    {"1": {"2": ["3"]}},
]
REQUESTS = [
    *(dict.fromkeys(NAMES, value) for value in VALUES),
    *({**SENSIBLE, name: value} for name in NAMES for value in VALUES),
    *([value] * 3 for value in VALUES),
]


@pytest.mark.parametrize("method", sorted(name for name in METHODS if name.startswith(SECTIONS)))
def test_nothing_breaks_a_method(method):
    portal = Portal()
    application = portal.access.install("Качество")
    caller = Caller(1, True, frozenset(SCOPES), webhook_id=0, application=application)
    for sent in REQUESTS:
        reply = call(portal, caller, method, Params(sent))
        assert reply.status < 500, (method, sent)
