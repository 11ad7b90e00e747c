"""The methods of the Sheets API: how each is addressed, what it takes, what it answers.

Names are Google's (``spreadsheets.values.batchGet``). A path is split before it is decoded, because titles may hold
``/``, ``:`` and ``%``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import unquote

from sandbox.sheets import masks, metadata, requests, schema, values
from sandbox.sheets.answers import EVERYTHING, as_rest, properties_as_rest
from sandbox.sheets.calculation import Calculation
from sandbox.sheets.cells import changed
from sandbox.sheets.desk import Desk
from sandbox.sheets.errors import invalid, malformed, not_found
from sandbox.sheets.ranges import Area
from sandbox.sheets.schema import JsonObject
from sandbox.sheets.spreadsheet import Spreadsheet

_STANDARD = frozenset(
    {"$.xgafv", "access_token", "alt", "callback", "fields", "key", "oauth_token", "prettyPrint", "quotaUser"}
    | {"uploadType", "upload_protocol"}
)


@dataclass(frozen=True)
class Call:
    """One request, taken apart."""

    desk: Desk
    path: Mapping[str, str]
    query: Mapping[str, Sequence[str]]
    body: JsonObject
    mask: masks.Tree

    @property
    def book(self) -> Spreadsheet:
        return self.desk.open(self.path["id"])

    def one(self, name: str, default: str = "") -> str:
        return self.query[name][0] if self.query.get(name) else default

    def flag(self, name: str) -> bool:
        return self.one(name).lower() == "true"


@dataclass(frozen=True)
class Method:
    name: str
    verb: str
    path: re.Pattern[str]
    run: Callable[[Call], JsonObject]
    reads: bool
    """Whether it spends the quota of reads. That the three POSTs that only read do so is unverified."""
    body: str | None
    body_name: str
    answer: str
    parameters: frozenset[str]


METHODS: list[Method] = []


def find(verb: str, raw_path: str) -> tuple[Method, dict[str, str]] | None:
    """The method behind a path that is still percent-encoded, and the decoded parts of the path."""
    for method in METHODS:
        if method.verb == verb and (match := method.path.fullmatch(raw_path)):
            return method, {name: unquote(part) for name, part in match.groupdict().items()}
    return None


def perform(
    desk: Desk, method: Method, path: Mapping[str, str], query: Mapping[str, Sequence[str]], body: object
) -> JsonObject:
    """Raises SheetsError. Nothing has changed when it does."""
    _check_parameters(method, query)
    read = schema.read(method.body, {} if body is None else body, at=method.body_name) if method.body else {}
    mask = masks.parse(query["fields"][0], root=method.answer) if query.get("fields", [""])[0] else EVERYTHING
    return method.run(Call(desk, path, query, read, mask))


def _check_parameters(method: Method, query: Mapping[str, Sequence[str]]) -> None:
    """The text is quoted in VBA-tools/VBA-Web #332."""
    violations = [
        (
            "",
            f'Invalid JSON payload received. Unknown name "{name}": Cannot bind query parameter. '
            f"Field '{name}' could not be found in request message.",
        )
        for name in query
        if name not in method.parameters | _STANDARD
    ]
    if violations:
        raise malformed(violations)


def _method(
    name: str,
    verb: str,
    path: str,
    *,
    answer: str,
    body: str | None = None,
    body_name: str = "",
    parameters: str = "",
    reads: bool = False,
) -> Callable[[Callable[[Call], JsonObject]], Callable[[Call], JsonObject]]:
    pattern = re.compile("/v4/spreadsheets" + path.replace("{id}", "(?P<id>[^/:]+)"))

    def register(run: Callable[[Call], JsonObject]) -> Callable[[Call], JsonObject]:
        names = frozenset(parameters.split())
        METHODS.append(Method(name, verb, pattern, run, reads or verb == "GET", body, body_name, answer, names))
        return run

    return register


# spreadsheets


@_method("spreadsheets.create", "POST", "", answer="Spreadsheet", body="Spreadsheet", body_name="spreadsheet")
def create(call: Call) -> JsonObject:
    wanted = call.body.get("properties", {})
    title = wanted.get("title") or "Untitled spreadsheet"
    if not call.body.get("sheets"):
        book = call.desk.create_with_sheet(title)
    else:
        book = call.desk.create(title)
        for sheet in call.body["sheets"]:
            made = book.add_sheet(sheet.get("properties", {}))
            for data in sheet.get("data", ()):
                for offset, row in enumerate(data.get("rowData", ())):
                    top, left = data.get("startRow", 0) + offset, data.get("startColumn", 0)
                    cells = {left + at: changed(None, cell, {}) for at, cell in enumerate(row.get("values", ()))}
                    made.grid.put_row(top, cells)
    book.properties |= {name: wanted[name] for name in ("locale", "timeZone", "autoRecalc") if wanted.get(name)}
    return as_rest(book, mask=call.mask)


@_method(
    "spreadsheets.get",
    "GET",
    "/{id}",
    answer="Spreadsheet",
    parameters="commentsViewMode excludeTablesInBandedRanges includeGridData ranges",
)
def get(call: Call) -> JsonObject:
    areas = [call.book.area(a1) for a1 in call.query.get("ranges", ())]
    return as_rest(call.book, areas=areas, mask=call.mask, grid_data=call.flag("includeGridData"))


@_method(
    "spreadsheets.getByDataFilter",
    "POST",
    "/{id}:getByDataFilter",
    answer="Spreadsheet",
    body="GetSpreadsheetByDataFilterRequest",
    reads=True,
)
def get_by_data_filter(call: Call) -> JsonObject:
    areas = [area for area, _ in metadata.matched(call.book, call.body.get("dataFilters", ()))]
    return as_rest(call.book, areas=areas, mask=call.mask, grid_data=call.body.get("includeGridData", False))


@_method(
    "spreadsheets.batchUpdate",
    "POST",
    "/{id}:batchUpdate",
    answer="BatchUpdateSpreadsheetResponse",
    body="BatchUpdateSpreadsheetRequest",
)
def batch_update(call: Call) -> JsonObject:
    after, replies = requests.apply(call.book, call.body.get("requests", ()))
    answer: JsonObject = {"spreadsheetId": after.id, "replies": replies}
    show = call.body.get("includeSpreadsheetInResponse", False)
    if show:  # worked out before the change is kept: a range that does not parse refuses the whole batch
        areas = [after.area(a1) for a1 in call.body.get("responseRanges", ())]
        below = call.mask.get("updatedSpreadsheet", {}) if call.mask else EVERYTHING
        data = call.body.get("responseIncludeGridData", False)
        if masks.wants(call.mask, "updatedSpreadsheet"):
            answer["updatedSpreadsheet"] = as_rest(after, areas=areas, mask=below, grid_data=data)
    call.desk.keep(after)
    return masks.select(call.mask, answer)


@_method(
    "spreadsheets.sheets.copyTo",
    "POST",
    r"/{id}/sheets/(?P<sheet>\d+):copyTo",
    answer="SheetProperties",
    body="CopySheetToAnotherSpreadsheetRequest",
)
def copy_to(call: Call) -> JsonObject:
    """Values and formats; merges, charts and protections stay behind here."""
    source = call.book.find_sheet(int(call.path["sheet"]))
    if source is None:
        raise not_found()
    target = call.desk.open(call.body.get("destinationSpreadsheetId", "")).copy()
    made = target.add_sheet({"title": f"Copy of {source.title}"})
    made.grid = source.grid.copy()
    call.desk.keep(target)
    return masks.select(call.mask, properties_as_rest(made, len(target.sheets) - 1))


# spreadsheets.developerMetadata


@_method(
    "spreadsheets.developerMetadata.get",
    "GET",
    r"/{id}/developerMetadata/(?P<metadata>-?\d+)",
    answer="DeveloperMetadata",
)
def get_developer_metadata(call: Call) -> JsonObject:
    found = metadata.found(call.book, {"metadataId": int(call.path["metadata"])})
    if not found:
        raise not_found()
    return masks.select(call.mask, metadata.as_rest(found[0]))


@_method(
    "spreadsheets.developerMetadata.search",
    "POST",
    "/{id}/developerMetadata:search",
    answer="SearchDeveloperMetadataResponse",
    body="SearchDeveloperMetadataRequest",
    reads=True,
)
def search_developer_metadata(call: Call) -> JsonObject:
    matched: dict[int, JsonObject] = {}
    for data_filter in call.body.get("dataFilters", ()):
        for one in metadata.matching(call.book, data_filter):
            entry = matched.setdefault(
                one["metadataId"], {"developerMetadata": metadata.as_rest(one), "dataFilters": []}
            )
            entry["dataFilters"].append(data_filter)
    answer = {"matchedDeveloperMetadata": list(matched.values())} if matched else {}
    return masks.select(call.mask, answer)


# spreadsheets.values

_RANGE = "/{id}/values/(?P<range>[^/]+?)"
_SHOWN = "valueRenderOption dateTimeRenderOption"
_WRITING = "valueInputOption includeValuesInResponse responseValueRenderOption responseDateTimeRenderOption"


def _rendering(call: Call) -> values.Rendering:
    return values.Rendering(
        call.one("majorDimension", "ROWS"),
        call.one("valueRenderOption", "FORMATTED_VALUE"),
        call.one("dateTimeRenderOption", "SERIAL_NUMBER"),
    )


@_method("spreadsheets.values.batchGet", "GET", "/{id}/values:batchGet", answer="BatchGetValuesResponse",
         parameters=f"ranges majorDimension {_SHOWN}")  # fmt: skip
def values_batch_get(call: Call) -> JsonObject:
    calculation = Calculation(call.book)
    found = [values.get(calculation, call.book.area(a1), _rendering(call)) for a1 in call.query.get("ranges", ())]
    answer = {"spreadsheetId": call.book.id, "valueRanges": found}
    return masks.select(call.mask, answer)


@_method(
    "spreadsheets.values.batchGetByDataFilter",
    "POST",
    "/{id}/values:batchGetByDataFilter",
    answer="BatchGetValuesByDataFilterResponse",
    body="BatchGetValuesByDataFilterRequest",
    reads=True,
)
def values_batch_get_by_data_filter(call: Call) -> JsonObject:
    rendering = values.Rendering(
        call.body.get("majorDimension", "ROWS"),
        call.body.get("valueRenderOption", "FORMATTED_VALUE"),
        call.body.get("dateTimeRenderOption", "SERIAL_NUMBER"),
    )
    calculation = Calculation(call.book)
    matched = metadata.matched(call.book, call.body.get("dataFilters", ()))
    found = [
        {"valueRange": values.get(calculation, area, rendering), "dataFilters": filters} for area, filters in matched
    ]
    answer = {"spreadsheetId": call.book.id, **({"valueRanges": found} if found else {})}
    return masks.select(call.mask, answer)


@_method(
    "spreadsheets.values.batchUpdate",
    "POST",
    "/{id}/values:batchUpdate",
    answer="BatchUpdateValuesResponse",
    body="BatchUpdateValuesRequest",
)
def values_batch_update(call: Call) -> JsonObject:
    wanted = [
        (call_range.get("range", ""), call_range.get("values", []), call_range.get("majorDimension", "ROWS"))
        for call_range in call.body.get("data", ())
    ]
    return _write_all(call, lambda book: [(book.area(a1), rows, major) for a1, rows, major in wanted])


@_method(
    "spreadsheets.values.batchUpdateByDataFilter",
    "POST",
    "/{id}/values:batchUpdateByDataFilter",
    answer="BatchUpdateValuesByDataFilterResponse",
    body="BatchUpdateValuesByDataFilterRequest",
)
def values_batch_update_by_data_filter(call: Call) -> JsonObject:
    """A filter that matches two ranges writes both."""

    def places(book: Spreadsheet) -> list[tuple[Area, list[list[object]], str]]:
        return [
            (area, one.get("values", []), one.get("majorDimension", "ROWS"))
            for one in call.body.get("data", ())
            for area, _ in metadata.matched(book, [one.get("dataFilter", {})])
        ]

    return _write_all(call, places)


def _write_all(call: Call, places: Callable[[Spreadsheet], list[tuple[Area, list[list[object]], str]]]) -> JsonObject:
    after = call.book.copy()
    option = call.body.get("valueInputOption", "")
    written, responses = [], []
    for area, rows, major in places(after):
        one = values.write(after, area, rows, option, major)
        written.append(one)
        response = one.as_rest(after.id)
        if call.body.get("includeValuesInResponse"):
            shown = values.Rendering("ROWS", call.body.get("responseValueRenderOption", "FORMATTED_VALUE"))
            response["updatedData"] = values.get(Calculation(after), _area_of(one), shown)
        responses.append(response)
    call.desk.keep(after)
    return masks.select(call.mask, values.total(after.id, written, responses))


def _area_of(written: values.Written) -> Area:
    box = written.box
    return Area(written.sheet.id, box.top, box.bottom, box.left, box.right)


@_method("spreadsheets.values.batchClear", "POST", "/{id}/values:batchClear", answer="BatchClearValuesResponse",
         body="BatchClearValuesRequest")  # fmt: skip
def values_batch_clear(call: Call) -> JsonObject:
    after = call.book.copy()
    cleared = [values.clear(after, after.area(a1)) for a1 in call.body.get("ranges", ())]
    call.desk.keep(after)
    return masks.select(call.mask, {"spreadsheetId": after.id, "clearedRanges": cleared})


@_method(
    "spreadsheets.values.batchClearByDataFilter",
    "POST",
    "/{id}/values:batchClearByDataFilter",
    answer="BatchClearValuesByDataFilterResponse",
    body="BatchClearValuesByDataFilterRequest",
)
def values_batch_clear_by_data_filter(call: Call) -> JsonObject:
    after = call.book.copy()
    matched = metadata.matched(after, call.body.get("dataFilters", ()))
    cleared = [values.clear(after, area) for area, _ in matched]
    call.desk.keep(after)
    return masks.select(call.mask, {"spreadsheetId": after.id, "clearedRanges": cleared})


@_method("spreadsheets.values.append", "POST", _RANGE + ":append", answer="AppendValuesResponse", body="ValueRange",
         body_name="data", parameters=f"insertDataOption {_WRITING}")  # fmt: skip
def values_append(call: Call) -> JsonObject:
    after = call.book.copy()
    option, insert = call.one("valueInputOption"), call.one("insertDataOption", "OVERWRITE")
    rows, major = call.body.get("values", []), call.body.get("majorDimension", "ROWS")
    table, written = values.append(after, call.path["range"], rows, option, insert, major)
    call.desk.keep(after)
    answer: JsonObject = {"spreadsheetId": after.id, **({"tableRange": table} if table else {})}
    answer["updates"] = _updates(call, after, written)
    return masks.select(call.mask, answer)


@_method(
    "spreadsheets.values.clear", "POST", _RANGE + ":clear", answer="ClearValuesResponse", body="ClearValuesRequest"
)
def values_clear(call: Call) -> JsonObject:
    after = call.book.copy()
    cleared = values.clear(after, after.area(call.path["range"]))
    call.desk.keep(after)
    return masks.select(call.mask, {"spreadsheetId": after.id, "clearedRange": cleared})


@_method("spreadsheets.values.get", "GET", _RANGE, answer="ValueRange", parameters=f"majorDimension {_SHOWN}")
def values_get(call: Call) -> JsonObject:
    found = values.get(Calculation(call.book), call.book.area(call.path["range"]), _rendering(call))
    return masks.select(call.mask, found)


@_method("spreadsheets.values.update", "PUT", _RANGE, answer="UpdateValuesResponse", body="ValueRange",
         body_name="data", parameters=_WRITING)  # fmt: skip
def values_update(call: Call) -> JsonObject:
    after = call.book.copy()
    rows, major = call.body.get("values", []), call.body.get("majorDimension", "ROWS")
    if call.body.get("range", call.path["range"]) != call.path["range"]:
        asked, sent = call.path["range"], call.body["range"]
        if after.area(asked) != after.area(sent):
            raise invalid(f"Requested writing within range [{asked}], but the body names range [{sent}]")
    written = values.update(after, call.path["range"], rows, call.one("valueInputOption"), major)
    call.desk.keep(after)
    return masks.select(call.mask, _updates(call, after, written))


def _updates(call: Call, after: Spreadsheet, written: values.Written) -> JsonObject:
    answer = written.as_rest(after.id)
    if call.flag("includeValuesInResponse"):
        shown = values.Rendering("ROWS", call.one("responseValueRenderOption", "FORMATTED_VALUE"))
        answer["updatedData"] = values.get(Calculation(after), _area_of(written), shown)
    return answer
