"""Journeys in bad weather: the service killed, events lost or doubled, strangers at the door."""

from __future__ import annotations

import random
import resource
import threading
from collections.abc import Iterator

import httpx
import pytest

from sandbox.demo.office import CONTENT, DEAL, RETAIL, Office
from sandbox.demo.people import until
from tests.journeys.conftest import Desk, assert_nothing_doubled, running_desk


@pytest.fixture(scope="module")
def stormy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with running_desk(tmp_path_factory.mktemp("stormy"), sweep_every=2) as running:
        yield running


def played(office: Office, title: str) -> int:
    case = office.case_of(DEAL, office.won_deal(office.sellers[0], RETAIL, title))
    office.answer_survey(case, CONTENT)
    office.analyse(case, {"Вердикт": "Абсолютно корректный"})
    office.wait_for_stage(case, "Закрыт успешно")
    return case


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_killed_at_random_moments_the_end_is_the_same(stormy: Desk, seed: int) -> None:
    """SIGKILL while people work; nothing is lost, nothing is there twice."""
    chance = random.Random(seed)
    over = threading.Event()

    def weather() -> None:
        for _ in range(4):
            if over.wait(chance.uniform(0.1, 2.0)):
                return
            stormy.service.kill()
            stormy.service.start()

    storm = threading.Thread(target=weather)
    storm.start()
    try:
        case = played(stormy.office, f"Гроза {seed}")
    finally:
        over.set()
        storm.join()
    assert_nothing_doubled(stormy.office)
    until(lambda: stormy.decision_about(case).commands == () or None, "второй взгляд пуст")


def test_a_dropped_event_is_found_by_the_sweep_and_counted(stormy: Desk) -> None:
    """S81: every finished item, whatever happened to its event."""
    office = stormy.office
    before = int(str(stormy.service.health()["found_by_sweep"]))
    deal = office.new_deal(office.sellers[0], RETAIL, "Потерянная")
    office.company.control("settle")
    until(lambda: stormy.service.health()["keys_waiting"] == 0 or None, "сервис посмотрит на новую сделку")
    office.company.control("faults", [{"on": "event", "event": "ONCRMDEALUPDATE", "entity_id": deal, "do": "drop"}])
    office.win(office.sellers[0], deal, RETAIL)
    office.task(office.case_of(DEAL, deal), "Опрос")
    until(lambda: int(str(stormy.service.health()["found_by_sweep"])) > before or None, "обход посчитает находку")


def test_a_full_disk_is_told_and_outlived(stormy: Desk) -> None:
    """Nothing can be written down: events are refused, not acknowledged and lost. Then somebody makes room."""
    office, service = stormy.office, stormy.service
    assert service.program.process is not None
    process = service.program.process.pid
    deal = office.new_deal(office.sellers[0], RETAIL, "Пока диск полон")
    event = {
        "event": "ONCRMDEALUPDATE",
        "data[FIELDS][ID]": str(deal),
        "auth[domain]": stormy.box.portal.removeprefix("http://"),
        "auth[application_token]": service.token,
    }
    soft, hard = resource.prlimit(process, resource.RLIMIT_FSIZE)
    resource.prlimit(process, resource.RLIMIT_FSIZE, (0, hard))
    try:
        answer = httpx.post(f"{service.address}/bitrix/events", data=event, trust_env=False, timeout=60)
        assert (answer.status_code, answer.json()["error"]) == (503, "not_stored")
        office.win(office.sellers[0], deal, RETAIL)  # its event is refused, too
    finally:
        resource.prlimit(process, resource.RLIMIT_FSIZE, (soft, hard))
    office.task(office.case_of(DEAL, deal), "Опрос")
    assert service.program.process.poll() is None, "the service went on"
    assert_nothing_doubled(office)


def test_a_write_applied_without_an_answer_is_not_repeated(stormy: Desk) -> None:
    """The portal did it and the connection broke: the next look sees it."""
    office = stormy.office
    deal = office.new_deal(office.sellers[1], RETAIL, "Оборванный ответ")
    for method in ("crm.item.add", "tasks.task.add"):
        office.company.control("faults", [{"on": "rest", "method": method, "do": "cut_after", "times": 1}])
    office.win(office.sellers[1], deal, RETAIL)
    case = office.case_of(DEAL, deal)
    office.task(case, "Опрос")
    assert_nothing_doubled(office)


@pytest.mark.parametrize(
    ("change", "status", "says"),
    [
        ({"auth[application_token]": "wrong"}, 403, "APPLICATION_TOKENS"),
        ({"auth[domain]": "stranger.bitrix24.ru"}, 403, "CAPA24_PORTALS__"),
        ({"event": ""}, 400, "не событие"),
    ],
)
def test_strangers_are_refused_and_told_why(desk: Desk, change: dict[str, str], status: int, says: str) -> None:
    event = {
        "event": "ONCRMDEALUPDATE",
        "data[FIELDS][ID]": "1",
        "auth[domain]": desk.box.portal.removeprefix("http://"),
        "auth[application_token]": desk.service.token,
        **change,
    }
    answer = httpx.post(f"{desk.service.address}/bitrix/events", data=event, trust_env=False)
    assert answer.status_code == status
    assert says in answer.json()["message"]
    assert desk.service.token not in answer.text
