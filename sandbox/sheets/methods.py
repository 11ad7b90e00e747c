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
from sandbox.sheets.copies import copy_into
from sandbox.sheets.desk import Desk
from sandbox.sheets.errors import SheetsError, invalid, malformed, not_found
from sandbox.sheets.ranges import Area
from sandbox.sheets.schema import JsonObject
from sandbox.sheets.spreadsheet import Sheet, Spreadsheet

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

    @property
    def parameters(self) -> Mapping[str, str]:
        """The first value of each query parameter."""
        return {name: chosen[0] for name, chosen in self.query.items() if chosen}

    def one(self, name: str, default: str = "") -> str:
        return self.parameters.get(name, default)

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


_CHOICES: Mapping[str, Sequence[str]] = {
    "majorDimension": ("DIMENSION_UNSPECIFIED", "ROWS", "COLUMNS"),
    "valueInputOption": ("INPUT_VALUE_OPTION_UNSPECIFIED", "RAW", "USER_ENTERED"),
    "insertDataOption": ("OVERWRITE", "INSERT_ROWS"),
    **dict.fromkeys(
        ("valueRenderOption", "responseValueRenderOption"), ("FORMATTED_VALUE", "UNFORMATTED_VALUE", "FORMULA")
    ),
    **dict.fromkeys(("dateTimeRenderOption", "responseDateTimeRenderOption"), ("SERIAL_NUMBER", "FORMATTED_STRING")),
}


def _check_parameters(method: Method, query: Mapping[str, Sequence[str]]) -> None:
    """The texts are quoted in VBA-tools/VBA-Web #332 and johnkhansrc/NestGoogleSheetConnector #6."""
    violations = [
        (
            "",
            f'Invalid JSON payload received. Unknown name "{name}": Cannot bind query parameter. '
            f"Field '{name}' could not be found in request message.",
        )
        for name in query
        if name not in method.parameters | _STANDARD
    ]
    for name, chosen in query.items():
        for wrong in [one for one in chosen if one not in _CHOICES.get(name, (one,))]:
            field = schema.snake(name)
            violations.append((field, f"Invalid value at '{field}' ({schema.enum_type('', name)}), \"{wrong}\""))
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
    sheets = call.body.get("sheets")
    book = call.desk.create(title) if sheets else call.desk.create_with_sheet(title)
    try:
        for sheet in sheets or ():
            _fill(book.add_sheet(sheet.get("properties", {})), sheet.get("data", ()))
        book.properties |= {name: wanted[name] for name in ("locale", "timeZone", "autoRecalc") if wanted.get(name)}
        book.check_time_zone()
    except SheetsError:
        call.desk.remove(book.id)
        raise
    return as_rest(book, mask=call.mask)


def _fill(sheet: Sheet, data: Sequence[JsonObject]) -> None:
    for block in data:
        top, left = block.get("startRow", 0), block.get("startColumn", 0)
        for row, given in enumerate(block.get("rowData", ())):
            cells = {left + at: changed(None, cell, {}) for at, cell in enumerate(given.get("values", ()))}
            sheet.grid.put_row(top + row, cells)


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
    source = call.book.find_sheet(int(call.path["sheet"]))
    if source is None:
        raise not_found()
    target = call.desk.open(call.body.get("destinationSpreadsheetId", "")).copy()
    made = copy_into(target, source, {})
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


def _rendering(options: Mapping[str, str]) -> values.Rendering:
    """How a read shows its values."""
    return values.Rendering(
        "COLUMNS" if options.get("majorDimension") == "COLUMNS" else "ROWS",
        options.get("valueRenderOption", "FORMATTED_VALUE"),
        options.get("dateTimeRenderOption", "SERIAL_NUMBER"),
    )


def _response_rendering(options: Mapping[str, str]) -> values.Rendering:
    """How a write shows the values it wrote."""
    return values.Rendering(
        "ROWS",
        options.get("responseValueRenderOption", "FORMATTED_VALUE"),
        options.get("responseDateTimeRenderOption", "SERIAL_NUMBER"),
    )


@_method("spreadsheets.values.batchGet", "GET", "/{id}/values:batchGet", answer="BatchGetValuesResponse",
         parameters=f"ranges majorDimension {_SHOWN}")  # fmt: skip
def values_batch_get(call: Call) -> JsonObject:
    calculation = Calculation(call.book)
    rendering = _rendering(call.parameters)
    found = [values.get(calculation, call.book.area(a1), rendering) for a1 in call.query.get("ranges", ())]
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
    rendering = _rendering(call.body)
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
    after = call.book.copy()
    written, responses = [], []
    for one in call.body.get("data", ()):
        done, response = _written(call, after, after.area(one.get("range", "")), one)
        written.append(done)
        responses.append({"spreadsheetId": after.id, **response})
    call.desk.keep(after)
    return masks.select(call.mask, values.total(after.id, written, responses))


@_method(
    "spreadsheets.values.batchUpdateByDataFilter",
    "POST",
    "/{id}/values:batchUpdateByDataFilter",
    answer="BatchUpdateValuesByDataFilterResponse",
    body="BatchUpdateValuesByDataFilterRequest",
)
def values_batch_update_by_data_filter(call: Call) -> JsonObject:
    """A filter that matches two ranges writes both."""
    after = call.book.copy()
    written, responses = [], []
    for one in call.body.get("data", ()):
        data_filter = one.get("dataFilter", {})
        for area, _ in metadata.matched(after, [data_filter]):
            done, response = _written(call, after, area, one)
            written.append(done)
            responses.append({"dataFilter": data_filter, **response})
    call.desk.keep(after)
    return masks.select(call.mask, values.total(after.id, written, responses))


def _written(call: Call, after: Spreadsheet, area: Area, data: JsonObject) -> tuple[values.Written, JsonObject]:
    """One range of a batch, and what the answer says about it."""
    option, major = call.body.get("valueInputOption", ""), data.get("majorDimension", "ROWS")
    done = values.write(after, area, data.get("values", []), option, major)
    response = done.as_rest()
    if call.body.get("includeValuesInResponse"):
        response["updatedData"] = values.get(Calculation(after), _area_of(done), _response_rendering(call.body))
    return done, response


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
    found = values.get(Calculation(call.book), call.book.area(call.path["range"]), _rendering(call.parameters))
    return masks.select(call.mask, found)


@_method("spreadsheets.values.update", "PUT", _RANGE, answer="UpdateValuesResponse", body="ValueRange",
         body_name="data", parameters=_WRITING)  # fmt: skip
def values_update(call: Call) -> JsonObject:
    after = call.book.copy()
    rows, major = call.body.get("values", []), call.body.get("majorDimension", "ROWS")
    if call.body.get("range", call.path["range"]) != call.path["range"]:
        asked, sent = call.path["range"], call.body["range"]
        if after.area(asked) != after.area(sent):
            raise invalid(f"Request range[{asked}] does not match value's range[{sent}]")
    written = values.update(after, call.path["range"], rows, call.one("valueInputOption"), major)
    call.desk.keep(after)
    return masks.select(call.mask, _updates(call, after, written))


def _updates(call: Call, after: Spreadsheet, written: values.Written) -> JsonObject:
    answer: JsonObject = {"spreadsheetId": after.id, **written.as_rest()}
    if call.flag("includeValuesInResponse"):
        shown = _response_rendering(call.parameters)
        answer["updatedData"] = values.get(Calculation(after), _area_of(written), shown)
    return answer
