"""What the portal says about itself."""

from datetime import UTC, datetime

import pytest

from bitrix.call import Answer
from bitrix.calls.system import granted_scopes, method_available, method_exists, server_time
from bitrix.tidy import Untidy


def test_the_time_of_the_server() -> None:
    assert server_time().read(Answer("2026-01-15T12:00:00+03:00")) == datetime(2026, 1, 15, 9, tzinfo=UTC)
    with pytest.raises(Untidy):
        server_time().read(Answer(None))


def test_what_was_granted() -> None:
    assert granted_scopes().read(Answer(["crm", "task"])) == {"crm", "task"}


def test_whether_a_method_is_there_and_reachable() -> None:
    answer = Answer({"isExisting": True, "isAvailable": False})
    assert method_exists("crm.type.getByEntityTypeId").params == {"name": "crm.type.getbyentitytypeid"}
    assert method_exists("x").read(answer) is True
    assert method_available("x").read(answer) is False
