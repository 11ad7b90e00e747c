"""Did it work? The promises of the service, checked on the portal and in the sheet after the office."""

from __future__ import annotations

import os
import subprocess
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx

from sandbox.demo import dashboard
from sandbox.demo.office import COMPLETED, Office
from sandbox.demo.people import until
from sandbox.demo.processes import COMMAND

CASES = 5
CLOSED_CASES = 3
KEY = "Ключ"


class Sheet:
    """The spreadsheet as a reader sees it."""

    def __init__(self, base: str, spreadsheet_id: str) -> None:
        self._address = f"{base}/v4/spreadsheets/{spreadsheet_id}"

    def rows(self) -> tuple[list[str], list[list[Any]]]:
        """Header and rows of the first sheet, as shown; empty before the first flush."""
        sheets = httpx.get(self._address, trust_env=False).json().get("sheets", [])
        title = next((s["properties"]["title"] for s in sheets if s["properties"]["title"] == "Данные"), None)
        if title is None:
            return [], []
        values = httpx.get(f"{self._address}/values/'{title}'", trust_env=False).json().get("values", [])
        return (values[0], values[1:]) if values else ([], [])

    def wait_for(self, count: int, column: str, text: str, times: int) -> tuple[list[str], list[list[Any]]]:
        """Until there are so many rows, and so many of them say ``text`` in ``column``."""

        def look() -> tuple[list[str], list[list[Any]]] | None:
            header, rows = self.rows()
            if column not in header or len(rows) < count:
                return None
            at = header.index(column)
            return (header, rows) if sum(row[at : at + 1] == [text] for row in rows) >= times else None

        return until(look, f"строки в таблице: {count}")


def findings(office: Office, sheet: Sheet, environment: Mapping[str, str], folder: Path) -> Iterator[tuple[bool, str]]:
    """(holds, sentence) for every promise."""
    items = office.cases.items()
    names = Counter(item["xmlId"] for item in items)
    yield len(items) == CASES and max(names.values()) == 1, "на каждую завершённую работу ровно один разбор"
    tasks = [(item["id"], task["xmlId"]) for item in items for task in office.tasks(item["id"])]
    yield len(tasks) == len(set(tasks)) > 0, f"каждая задача поставлена ровно один раз (всего {len(tasks)})"
    closed = [item for item in items if item["stageId"].endswith(":SUCCESS")]
    still_open = [task["title"] for item in closed for task in office.tasks(item["id"]) if task["status"] != COMPLETED]
    yield len(closed) == CLOSED_CASES, f"закрыто успешно разборов: {len(closed)} из {CLOSED_CASES} доведённых до конца"
    yield not still_open, "ни один разбор не закрыт при открытой задаче"
    header, rows = sheet.rows()
    keys = Counter(row[header.index(KEY)] for row in rows) if KEY in header else Counter()
    yield len(keys) == len(items) and max(keys.values(), default=0) == 1, "в таблице каждый разбор ровно один раз"
    for item in items:
        explained = subprocess.run(  # noqa: S603 - our own command
            [str(COMMAND), "explain", f"case:{item['id']}"],
            env={**os.environ, **environment},
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )
        said = explained.stdout + explained.stderr
        nothing = "Было бы сделано: ничего" in said
        found = "" if nothing else f", а нашёл:\n{said}"
        yield nothing, f"второй взгляд на разбор {item['id']} ничего не находит{found}"
    yield from dashboard.promises(office, environment, folder)
