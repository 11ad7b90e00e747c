"""Whatever comes: no answer of ours is a failure of ours (5xx), tells a secret, or lacks the headers.

The description of the pages is made from the application itself; what it doesn't know of (the intake, the form of the
events) is added here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import Case

from app.dashboard.routes import dashboard_routes
from app.web.application import create_app
from bitrix.events import BadEvent, Event
from tests.app.web.conftest import SECRET, TOKEN
from tests.app.web.served import served

EXAMPLES = 300
SECRETS = (TOKEN, SECRET, "t0psecret")
FORM = "application/x-www-form-urlencoded"
WORD = {"type": "string", "maxLength": 60}
EVENT_FORM = {
    "type": "object",
    "required": ["event", "auth[application_token]", "auth[domain]"],
    "properties": {
        "event": {"enum": ["ONCRMDEALUPDATE", "ONTASKUPDATE", "ONCRMDYNAMICITEMADD_1030", "ONCRMLEADADD", "X"]},
        "data[FIELDS][ID]": {"oneOf": [{"type": "integer"}, WORD]},
        "data[FIELDS][ENTITY_TYPE_ID]": {"oneOf": [{"type": "integer"}, WORD]},
        "data[FIELDS_AFTER][ID]": {"oneOf": [{"type": "integer"}, WORD]},
        "document_id[2]": {"enum": ["DEAL_42", "LEAD_7", "DYNAMIC_1090_12", "", "DEAL_"]},
        "ts": {"oneOf": [{"type": "integer"}, WORD]},
        "auth[application_token]": {"enum": [TOKEN, "wrong", ""]},
        "auth[domain]": {"enum": ["127.0.0.1:9", "stranger.ru", ""]},
        "auth[member_id]": WORD,
    },
}  # fmt: skip


async def nobody_asks() -> Mapping[str, Any]:
    return {}


@pytest.fixture(scope="module")
def described() -> Any:
    app = create_app(None, nobody_asks, dashboard_routes(None))  # type: ignore[arg-type]  # only its paths are asked for
    raw = app.pages.openapi()
    a_form = {"requestBody": {"required": True, "content": {FORM: {"schema": EVENT_FORM}}}}
    raw["paths"]["/bitrix/events"] = {"post": {**a_form, "responses": {"204": {"description": "taken in"}}}}
    raw["paths"]["/bitrix/robot/{portal}/{secret}"]["post"].update(a_form)
    return schemathesis.openapi.from_dict(raw)


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    knobs = {"secret": "a-secret-of-the-dashboard-links-32", "refusals_a_minute": 10_000}
    with served(tmp_path_factory.mktemp("fuzz"), **knobs) as (host, port):
        yield f"http://{host}:{port}"


def test_every_page_is_described(described: Any) -> None:
    paths = {operation.ok().path for operation in described.get_all_operations()}
    assert {"/health", "/bitrix/events", "/dashboard", "/dashboard/cases", "/dashboard/enter/{link}"} <= paths


def test_no_page_fails(described: Any, base: str) -> None:
    reached: Counter[str] = Counter()

    @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
    @given(described.as_strategy())
    def every_answer(case: Case) -> None:
        answer = case.call(base_url=base)
        reached[f"{case.operation.path} {answer.status_code}"] += 1
        unwell = case.path == "/health" and answer.status_code == 503  # there is no portal behind it
        assert answer.status_code < 500 or unwell, answer.text
        assert answer.headers["x-content-type-options"] == ["nosniff"]
        assert not [secret for secret in SECRETS if secret in answer.text]

    every_answer()
    assert len({place.split()[0] for place in reached}) >= 7, reached


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=400) | st.text(alphabet="event=&[]%data0123456789\x00é", max_size=200).map(str.encode))
def test_the_parser_takes_any_bytes_and_raises_nothing_but_its_own(body: bytes) -> None:
    with suppress(BadEvent):
        found = Event.parse(body)
        assert found.name
        assert "auth" not in found.raw
