"""When people are busy, and when they are away."""

from datetime import UTC, date, datetime, timedelta

import pytest

from bitrix.call import JSON, Answer
from bitrix.calls.calendar import ABSENT, BusyTime, list_accessibility
from bitrix.tidy import Untidy

MEETING: dict[str, JSON] = {
    "ID": "1213",
    "NAME": "Event name",
    "DATE_FROM": "02.12.2024 11:00:00",
    "DATE_TO": "02.12.2024 12:00:00",
    "DATE_FROM_TS_UTC": "1733158800",
    "DATE_TO_TS_UTC": "1733162400",
    "~USER_OFFSET_FROM": -21600,
    "~USER_OFFSET_TO": -21600,
    "DT_SKIP_TIME": "N",
    "TZ_FROM": "America/Managua",
    "TZ_TO": "America/Managua",
    "ACCESSIBILITY": "busy",
    "IMPORTANCE": "normal",
    "EVENT_TYPE": "#collab#",
}
FIVE = datetime(2024, 12, 2, 17, 0, tzinfo=UTC)
CALL = list_accessibility([1, 2], date(2024, 12, 1), date(2024, 12, 3))


def test_the_question() -> None:
    assert CALL.params == {"users": [1, 2], "from": "2024-12-01", "to": "2024-12-03"}
    assert not CALL.writes


def test_events_by_person() -> None:
    """The documented example."""
    meeting = BusyTime("Event name", "busy", FIVE, FIVE + timedelta(hours=1))
    assert CALL.read(Answer({"1": [MEETING], "34": []})) == {1: (meeting,), 34: ()}


def test_nobody_has_anything() -> None:
    assert CALL.read(Answer([])) == {}


def test_whole_days_last_until_the_end_of_the_last_one() -> None:
    leave = {**MEETING, "DT_SKIP_TIME": "Y", "ACCESSIBILITY": ABSENT, "DATE_TO_TS_UTC": MEETING["DATE_FROM_TS_UTC"]}
    ((event,),) = CALL.read(Answer({"1": [leave]})).values()
    assert event.ends == FIVE + timedelta(days=1)


@pytest.mark.parametrize(("minutes", "covered"), [(-1, False), (0, True), (59, True), (60, False)])
def test_which_moments_an_event_covers(minutes: int, covered: bool) -> None:
    event = BusyTime("Отпуск", ABSENT, FIVE, FIVE + timedelta(hours=1))
    assert event.covers(FIVE + timedelta(minutes=minutes)) is covered


def test_an_event_without_times_is_nonsense() -> None:
    with pytest.raises(Untidy):
        CALL.read(Answer({"1": [{"NAME": "Когда-нибудь"}]}))
