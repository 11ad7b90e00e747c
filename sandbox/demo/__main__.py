"""``capa24 demo``: start everything, play the story, show the sheet, check the promises."""

from __future__ import annotations

import contextlib
import signal
import sys
import tempfile
import time
from pathlib import Path
from typing import Annotated, Any

import httpx
import typer

from sandbox.demo.dashboard import QUALITY, link_for
from sandbox.demo.office import Office
from sandbox.demo.people import Company, StoryBroke
from sandbox.demo.processes import Addresses, DidNotStart, Program, start_sandbox
from sandbox.demo.screen import Screen
from sandbox.demo.service import Service, install
from sandbox.demo.story import Story
from sandbox.demo.verdict import CASES, CLOSED_CASES, Sheet, findings

SCENARIO = "trading-company"
SHOWN = (
    "Ключ", "Воронка", "Стадия", "Вердикт", "Ответственный", "Премиальные баллы", "Комплекс мер",
    "Согласование, ч", "Общие затраты, ч",
)  # fmt: skip


def demo(
    keep: Annotated[bool, typer.Option("--keep", help="Оставить песочницу и сервис работать.")] = False,
) -> None:
    """Показать весь путь: от закрытой сделки до строки в таблице, без учётных записей."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that nothing is left running
    screen = Screen()
    with tempfile.TemporaryDirectory(prefix="capa24-demo-") as folder:
        stage = Stage(Path(folder), screen)
        try:
            holds = stage.perform()
            if keep:
                stage.stay()
        except (StoryBroke, DidNotStart, httpx.HTTPError) as broken:
            screen.panel(f"{broken}\n\n{stage.last_words()}", "Демонстрация не удалась")
            raise typer.Exit(1) from None
        finally:
            stage.clear()
    raise typer.Exit(0 if holds else 1)


class Stage:
    """The programs and addresses of one performance."""

    def __init__(self, folder: Path, screen: Screen) -> None:
        self._folder = folder
        self._screen = screen
        self._programs: list[Program] = []
        self._addresses: Addresses | None = None
        self._health = ""
        self._dashboard = ""
        self._spreadsheet = ""

    def perform(self) -> bool:
        """The whole story. True when every promise holds."""
        started = time.monotonic()
        screen = self._screen
        screen.panel(
            "Торговая компания работает в Битрикс24 (песочница на этом компьютере). Рядом, отдельным процессом, "
            "работает capa24. Голубым — что делают люди, жёлтым — что решил сервис и почему.",
            "capa24: от закрытой сделки до закрытой коррекции",
        )
        program, addresses = start_sandbox(self._folder, SCENARIO)
        self._programs.append(program)
        self._addresses = addresses
        company = Company(addresses.webhook, addresses.control)
        try:
            service = self._prepare(company, addresses)
            with screen.following(service.program.output):
                office = Office(company)
                story = Story(office, screen, service.kill, service.start, service.health)
                story.play()
                sheet = Sheet(addresses.sheets, self._spreadsheet)
                header, rows = sheet.wait_for(CASES, "Стадия", "Закрыт успешно", CLOSED_CASES)
            screen.act(6, "Таблица для руководителя качества")
            columns = [header.index(name) for name in SHOWN if name in header]
            screen.table(
                "Лист «Данные»",
                [header[at] for at in columns],
                [[str(row[at]) if at < len(row) else "" for at in columns] for row in rows],
            )
            screen.act(7, "Проверка обещаний")
            kept = [(holds, what) for holds, what in findings(office, sheet, service.environment, self._folder)]
            for holds, what in kept:
                screen.check(holds, what)
            self._dashboard = link_for(company.head_of(QUALITY), service.environment, self._folder)
        finally:
            company.close()
        screen.told(f"Прошло {time.monotonic() - started:.0f} с.")
        return all(holds for holds, _ in kept)

    def _prepare(self, company: Company, addresses: Addresses) -> Service:
        self._screen.act(0, "Подготовка: песочница, таблица, вебхуки, capa24 provision")
        created: Any = httpx.post(
            f"{addresses.sheets}/v4/spreadsheets",
            json={"properties": {"title": "Отдел качества", "locale": "ru_RU", "timeZone": "Europe/Moscow"}},
            trust_env=False,
        ).json()
        self._spreadsheet = created["spreadsheetId"]
        knobs = {
            "PORTALS__MAIN__LONGEST_REQUEST": "3",
            "SWEEP_EVERY": "6",
            "SETTLE": "0.1",
            "SHEETS__SPREADSHEET": self._spreadsheet,
            "SHEETS__API": addresses.sheets,
            "SHEETS__EVERY": "1",
        }
        service = install(company, addresses.webhook, self._folder, knobs)
        self._screen.told(service.steps)
        self._programs.append(service.program)
        self._health = f"{service.address}/health"
        service.start()
        self._screen.told(f"Сервис отвечает: {self._health}")
        return service

    def stay(self) -> None:
        """Until Ctrl-C."""
        addresses = self._addresses
        if addresses is None:
            return
        self._screen.panel(
            f"Портал:   {addresses.portal}\nВебхук:   {addresses.webhook}\nУправление: {addresses.control}\n"
            f"Таблица:  {addresses.sheets}/spreadsheets/d/{self._spreadsheet}\nЗдоровье: {self._health}\n"
            "Остановить: Ctrl-C",
            "Песочница и сервис работают",
        )
        self._screen.address("Панель руководителя качества", self._dashboard)
        with contextlib.suppress(KeyboardInterrupt):
            signal.pause()

    def last_words(self) -> str:
        return "\n".join(f"--- {program.arguments[0]} ---\n{program.last_words()}" for program in self._programs)

    def clear(self) -> None:
        for program in reversed(self._programs):
            program.stop()
