"""The database is lost in mid-run: the service goes on from the portal, and nothing is there twice."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from sandbox.demo.office import CONTENT, DEAL, RETAIL
from sandbox.demo.people import until
from tests.journeys.conftest import Desk, running_desk
from tests.journeys.test_failures import assert_nothing_doubled, played
from tests.terminal import run


@pytest.fixture(scope="module")
def forgetful(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with running_desk(tmp_path_factory.mktemp("forgetful"), sweep_every=2) as running:
        yield running


def capa24(desk: Desk, *arguments: str) -> str:
    """What the command prints. Fails when it does."""
    settings = {name.removeprefix("CAPA24_"): value for name, value in desk.service.environment.items()}
    ended = run(desk.service.program.folder, *arguments, **settings)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


def lose_the_database(desk: Desk) -> None:
    """As a power cut takes it: with everything the service was about to do."""
    desk.service.kill()
    for file in Path(desk.service.program.folder).glob("capa24.db*"):
        file.unlink()


def rows_of_the_report(desk: Desk) -> int:
    with closing(sqlite3.connect(desk.service.program.folder / "capa24.db")) as database:
        return int(database.execute("SELECT count(*) FROM mirror_rows").fetchone()[0])


def test_a_new_database_is_filled_from_the_portal_and_what_is_gone_is_named(forgetful: Desk) -> None:
    office = forgetful.office
    closed = played(office, "Закрыта до потери")
    open_ = office.case_of(DEAL, office.won_deal(office.sellers[0], RETAIL, "Открыта"))
    office.task(open_, "Опрос")
    points = capa24(forgetful, "points")
    lose_the_database(forgetful)
    office.answer_survey(open_, CONTENT)  # while nothing runs
    unseen = office.won_deal(office.sellers[0], RETAIL, "Завершена, пока базы не было")

    said = capa24(forgetful, "rebuild")
    assert "разборов открытых 1, закрытых 1, завершённых элементов без разбора 1" in " ".join(said.split())
    assert "записи журнала, сделанные раньше" in said
    assert office.cases.items({"parentId2": unseen})
    assert_nothing_doubled(office)
    assert capa24(forgetful, "points") == points
    journal = capa24(forgetful, "journal", f"case:{closed}")
    assert "база данных начата заново, на портале уже есть разборов: 2" in journal
    assert "Цепочка цела" in capa24(forgetful, "journal", "--verify")
    assert "Охват доказан" in " ".join(capa24(forgetful, "coverage").split())

    forgetful.service.start()
    office.analyse(open_, {"Вердикт": "Абсолютно корректный"})
    office.wait_for_stage(open_, "Закрыт успешно")
    assert_nothing_doubled(office)


def test_simply_starting_does_the_same(forgetful: Desk) -> None:
    office = forgetful.office
    case = office.case_of(DEAL, office.won_deal(office.sellers[1], RETAIL, "В работе"))
    office.task(case, "Опрос")
    lose_the_database(forgetful)
    office.answer_survey(case, CONTENT)
    forgetful.service.start()
    office.task(case, "Анализ")
    assert_nothing_doubled(office)
    cases = len(office.cases.items())
    until(lambda: rows_of_the_report(forgetful) == cases or None, "строки всех разборов, и закрытых")
