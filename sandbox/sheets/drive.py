"""The few calls of Drive that gspread makes: files created, listed, copied, removed, shared, imported, exported."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence

from sandbox.sheets import masks, values
from sandbox.sheets.calculation import Calculation
from sandbox.sheets.desk import Desk
from sandbox.sheets.errors import SheetsError, not_built
from sandbox.sheets.ranges import Area
from sandbox.sheets.schema import JsonObject
from sandbox.sheets.spreadsheet import ROBOT, Spreadsheet

SPREADSHEET = "application/vnd.google-apps.spreadsheet"
_TERM = re.compile(r"(mimeType|name|trashed)\s*(=|!=|contains)\s*(?:\"([^\"]*)\"|'([^']*)'|(true|false))")


def create(desk: Desk, body: JsonObject) -> JsonObject:
    if body.get("mimeType") != SPREADSHEET:
        raise not_built("A Drive file that is not a spreadsheet")
    return _created(desk.create_with_sheet(body.get("name") or "Untitled spreadsheet"))


def copy(desk: Desk, source_id: str, body: JsonObject) -> JsonObject:
    source = desk.open(source_id)
    made = desk.create(body.get("name") or f"Copy of {source.properties['title']}")
    twin = source.copy()
    twin.id, twin.chance = made.id, made.chance
    twin.properties["title"] = made.properties["title"]
    desk.keep(twin)
    return _created(twin)


def show(desk: Desk, file_id: str, fields: str) -> JsonObject:
    return masks.select(masks.parse(fields or "kind,id,name,mimeType"), _as_file(desk, desk.open(file_id)))


def listed(desk: Desk, query: str) -> JsonObject:
    """Newest first. Understands ``name =`` and ``mimeType =`` joined with ``and``."""
    found = list(reversed(desk.spreadsheets.values()))
    for name, sign, *texts in _TERM.findall(query):
        wanted = next((text for text in texts if text), "")
        if name == "name":
            found = [one for one in found if _holds(sign, one.properties["title"], wanted)]
        elif name == "mimeType":
            found = [one for one in found if _holds(sign, SPREADSHEET, wanted)]
    files = [_as_file(desk, one) for one in found if one.id not in desk.closed]
    shown = ("id", "name", "createdTime", "modifiedTime")
    return {"kind": "drive#fileList", "files": [{name: file[name] for name in shown} for file in files]}


def _holds(sign: str, value: str, wanted: str) -> bool:
    return {"=": value == wanted, "!=": value != wanted, "contains": wanted.lower() in value.lower()}[sign]


def export(desk: Desk, file_id: str, mime_type: str) -> tuple[str, bytes]:
    """CSV and TSV of the first sheet, without a line end after the last row (recorded)."""
    separators = {"text/csv": ",", "text/tab-separated-values": "\t"}
    if mime_type not in separators:
        raise not_built(f"Exporting as {mime_type}")
    book = desk.open(file_id)
    rows = values.get(Calculation(book), Area(book.sheets[0].id), values.Rendering()).get("values", [])
    text = io.StringIO()
    csv.writer(text, delimiter=separators[mime_type]).writerows(rows)
    return mime_type, text.getvalue().removesuffix("\r\n").encode()


def import_csv(desk: Desk, file_id: str, content: bytes) -> JsonObject:
    """Replaces all sheets by one that is named like the file, and the time zone by California's (recorded)."""
    after = desk.open(file_id).copy()
    rows: Sequence[Sequence[object]] = list(csv.reader(io.StringIO(content.decode())))
    after.sheets.clear()
    after.named_ranges.clear()
    after.properties["timeZone"] = "America/Los_Angeles"
    sheet = after.add_sheet({"title": after.properties["title"]})
    sheet.grid.resize(max(1000, len(rows)), max(26, *(len(row) for row in rows), 0))
    values.put(after, sheet, 0, 0, rows, "USER_ENTERED")
    desk.keep(after)
    return _as_old_file(desk, after)


def permissions(desk: Desk, file_id: str) -> JsonObject:
    desk.open(file_id)
    return {"kind": "drive#permissionList", "permissions": desk.files[file_id].permissions}


def share(desk: Desk, file_id: str, body: Mapping[str, str]) -> JsonObject:
    desk.open(file_id)
    made = {"kind": "drive#permission", "id": str(desk.chance.randrange(10**19, 10**20)), **body}
    desk.files[file_id].permissions.append(made)
    return made


def unshare(desk: Desk, file_id: str, permission_id: str) -> None:
    desk.open(file_id)
    kept = [one for one in desk.files[file_id].permissions if one["id"] != permission_id]
    if len(kept) == len(desk.files[file_id].permissions):
        raise SheetsError(404, "NOT_FOUND", f"Permission not found: {permission_id}.")
    desk.files[file_id].permissions[:] = kept


def _created(book: Spreadsheet) -> JsonObject:
    return {"kind": "drive#file", "id": book.id, "name": book.properties["title"], "mimeType": SPREADSHEET}


def _as_file(desk: Desk, book: Spreadsheet) -> JsonObject:
    file = desk.files[book.id]
    return {**_created(book), "createdTime": file.created, "modifiedTime": file.modified}


def _as_old_file(desk: Desk, book: Spreadsheet) -> JsonObject:
    """A file as version 2 of Drive shows it (recorded; what has no meaning here is left out)."""
    file = desk.files[book.id]
    here = f"https://www.googleapis.com/drive/v2/files/{book.id}"
    user = {"kind": "drive#user", "displayName": ROBOT, "isAuthenticatedUser": True, "emailAddress": ROBOT}
    export = f"https://docs.google.com/spreadsheets/export?id={book.id}&exportFormat="
    return {
        "kind": "drive#file",
        "selfLink": here,
        "userPermission": {"kind": "drive#permission", "id": "me", "type": "user", "role": "owner"},
        "ownerNames": [ROBOT],
        "owners": [user],
        "lastModifyingUserName": ROBOT,
        "lastModifyingUser": user,
        "editable": True,
        "copyable": True,
        "shared": len(file.permissions) > 1,
        "writersCanShare": True,
        "mimeType": SPREADSHEET,
        "exportLinks": {"text/csv": f"{export}csv", "text/tab-separated-values": f"{export}tsv"},
        "alternateLink": f"https://docs.google.com/spreadsheets/d/{book.id}/edit?usp=drivesdk",
        "id": book.id,
        "title": book.properties["title"],
        "labels": {"viewed": True, "restricted": False, "starred": False, "hidden": False, "trashed": False},
        "createdDate": file.created,
        "modifiedDate": file.modified,
        "capabilities": {"canEdit": True, "canCopy": True},
    }
