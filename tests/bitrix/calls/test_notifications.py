"""Notifications."""

import pytest

from bitrix.call import JSON, Answer
from bitrix.calls.notifications import notify


def test_a_notification() -> None:
    call = notify(5, "Просрочено")
    assert (call.method, call.writes) == ("im.notify.system.add", True)
    assert call.params == {"USER_ID": 5, "MESSAGE": "Просрочено"}


def test_a_tag_needs_somebody_to_belong_to() -> None:
    params = notify(5, "Просрочено", tag="case:24", client_id="capa").params
    assert params == {"USER_ID": 5, "MESSAGE": "Просрочено", "TAG": "case:24", "CLIENT_ID": "capa"}
    assert "CLIENT_ID" in notify(5, "x", "t").params


@pytest.mark.parametrize(("result", "made"), [(12345, 12345), (False, None)])
def test_the_portal_may_make_none(result: JSON, made: int | None) -> None:
    assert notify(5, "x").read(Answer(result)) == made
