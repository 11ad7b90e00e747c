"""All that one emulated Google knows: spreadsheets, who may open them, faults, quota, and a journal of calls."""

from __future__ import annotations

import random
import string
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sandbox.sheets.errors import forbidden, not_found
from sandbox.sheets.faults import Faults, Quota
from sandbox.sheets.schema import JsonObject
from sandbox.sheets.spreadsheet import ROBOT, Spreadsheet

_ID_LETTERS = string.ascii_letters + string.digits + "-_"


_OWNER: JsonObject = {"kind": "drive#permission", "id": "1", "type": "user", "emailAddress": ROBOT, "role": "owner"}


@dataclass
class File:
    """What Drive knows of a spreadsheet. Times are RFC 3339."""

    created: str
    modified: str
    permissions: list[JsonObject] = field(default_factory=list)
    version: int = 1
    """Counts the changes."""


class Desk:
    """``seed`` decides the ids that are given out, so a test meets the same ones every time."""

    spreadsheets: dict[str, Spreadsheet]
    files: dict[str, File]
    closed: set[str]
    """Spreadsheets that exist but are not shared with the caller: 403."""
    faults: Faults
    quota: Quota
    journal: list[JsonObject]
    clock_offset: float

    def __init__(self, *, seed: int = 0) -> None:
        self._seed = seed
        self.reset()

    def reset(self) -> None:
        """Everything is forgotten."""
        self.chance = random.Random(self._seed)
        self.clock_offset = 0.0
        self.spreadsheets = {}
        self.files = {}
        self.closed = set()
        self.faults = Faults(self.now, random.Random(self._seed))
        self.quota = Quota(self.now)
        self.journal = []

    def now(self) -> float:
        """Seconds since the epoch; tests move it with ``clock_offset``."""
        return time.time() + self.clock_offset

    def timestamp(self) -> str:
        return datetime.fromtimestamp(self.now(), UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def create(
        self, title: str, *, spreadsheet_id: str | None = None, locale: str = "en_US", time_zone: str = "Etc/GMT"
    ) -> Spreadsheet:
        """A spreadsheet without sheets yet."""
        chosen = spreadsheet_id or "1" + "".join(self.chance.choices(_ID_LETTERS, k=43))
        book = Spreadsheet(chosen, title, locale=locale, time_zone=time_zone, clock=self.now)
        self.spreadsheets[chosen] = book
        self.files[chosen] = File(self.timestamp(), self.timestamp(), [_OWNER])
        return book

    def create_with_sheet(self, title: str, *, spreadsheet_id: str | None = None, locale: str = "en_US") -> Spreadsheet:
        """What a person gets from "new spreadsheet": one sheet of 1000 rows and 26 columns, with id 0."""
        book = self.create(title, spreadsheet_id=spreadsheet_id, locale=locale)
        book.add_sheet({"sheetId": 0, "title": "Sheet1"})
        return book

    def open(self, spreadsheet_id: str) -> Spreadsheet:
        """Raises SheetsError 404 or 403."""
        book = self.spreadsheets.get(spreadsheet_id)
        if book is None:
            raise not_found()
        if spreadsheet_id in self.closed:
            raise forbidden()
        return book

    def keep(self, book: Spreadsheet) -> None:
        """The changed copy takes the place of the spreadsheet."""
        self.spreadsheets[book.id] = book
        self.files[book.id].modified = self.timestamp()
        self.files[book.id].version += 1

    def remove(self, spreadsheet_id: str) -> None:
        self.open(spreadsheet_id)
        del self.spreadsheets[spreadsheet_id], self.files[spreadsheet_id]
