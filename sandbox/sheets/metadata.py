"""Developer metadata: found by lookups, and data filters turned into ranges."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sandbox.sheets.errors import invalid
from sandbox.sheets.ranges import Area, without_zero_sheet
from sandbox.sheets.schema import JsonObject
from sandbox.sheets.spreadsheet import Spreadsheet

_MOST_CHARACTERS = 30_000
"""Keys and values together, for the spreadsheet and for each sheet (guide "Read, write, and search metadata")."""


def create(book: Spreadsheet, wanted: Mapping[str, Any]) -> JsonObject:
    """Raises SheetsError 400 for an id in use, which is documented; the texts are unverified."""
    if not wanted.get("metadataKey"):
        raise invalid("DeveloperMetadata must have a key.")
    if wanted.get("visibility") not in {"DOCUMENT", "PROJECT"}:
        raise invalid("DeveloperMetadata must have a visibility.")
    taken = {one["metadataId"] for one in book.metadata}
    metadata_id = wanted.get("metadataId") or book.new_id(taken)
    if metadata_id < 0:
        raise invalid("DeveloperMetadata id must be positive.")
    if metadata_id in taken:
        raise invalid(f"DeveloperMetadata with ID {metadata_id} already exists.")
    made: JsonObject = {"metadataId": metadata_id, "metadataKey": wanted["metadataKey"]}
    if wanted.get("metadataValue"):
        made["metadataValue"] = wanted["metadataValue"]
    made["location"] = located(book, wanted.get("location", {}))
    made["visibility"] = wanted["visibility"]
    book.metadata.append(made)
    check_room(book)
    return made


def located(book: Spreadsheet, wanted: Mapping[str, Any]) -> JsonObject:
    """The location with its type. Raises SheetsError 400 when it names none, or more than one row or column."""
    if wanted.get("spreadsheet"):
        return {"locationType": "SPREADSHEET", "spreadsheet": True}
    if "sheetId" in wanted:
        return {"locationType": "SHEET", "sheetId": book.sheet(wanted["sheetId"]).id}
    where = wanted.get("dimensionRange")
    if not where:
        raise invalid("DeveloperMetadata must have a location.")
    sheet = book.grid_of(where.get("sheetId", 0))
    dimension = where.get("dimension")
    if dimension not in {"ROWS", "COLUMNS"}:
        raise invalid("No dimension specified.")
    start, end = where.get("startIndex", 0), where.get("endIndex", -1)
    if end != start + 1 or end > sheet.grid.size(dimension):
        raise invalid("DeveloperMetadata location must be a single row or column of the grid.")
    location_type = "ROW" if dimension == "ROWS" else "COLUMN"
    place = {"sheetId": sheet.id, "dimension": dimension, "startIndex": start, "endIndex": end}
    return {"locationType": location_type, "dimensionRange": place}


def check_room(book: Spreadsheet) -> None:
    sizes: dict[object, int] = {}
    for one in book.metadata:
        where = one["location"]
        home = where.get("sheetId", where.get("dimensionRange", {}).get("sheetId"))
        sizes[home] = sizes.get(home, 0) + len(one["metadataKey"]) + len(one.get("metadataValue", ""))
    if any(size > _MOST_CHARACTERS for size in sizes.values()):
        raise invalid("The developer metadata of this spreadsheet is over its size limit.")


def found(book: Spreadsheet, lookup: Mapping[str, Any]) -> list[JsonObject]:
    """All metadata that match every field of a DeveloperMetadataLookup."""
    plain = [name for name in ("metadataId", "metadataKey", "metadataValue", "visibility") if name in lookup]
    return [
        one
        for one in book.metadata
        if all(one.get(name) == lookup[name] for name in plain)
        and lookup.get("locationType") in {None, one["location"]["locationType"]}
        and _at(one["location"], lookup)
    ]


def matching(book: Spreadsheet, data_filter: Mapping[str, Any]) -> list[JsonObject]:
    """The metadata a DataFilter selects: by lookup, or attached within a range."""
    if "developerMetadataLookup" in data_filter:
        return found(book, data_filter["developerMetadataLookup"])
    area = (
        Area.of(data_filter["gridRange"]) if "gridRange" in data_filter else book.area(data_filter.get("a1Range", ""))
    )
    sheet, box = book.box(area)
    inside = []
    for one in book.metadata:
        where = one["location"].get("dimensionRange")
        if where and where["sheetId"] == sheet.id:
            low, high = (box.top, box.bottom) if where["dimension"] == "ROWS" else (box.left, box.right)
            if low <= where["startIndex"] < high:
                inside.append(one)
    return inside


def _at(location: Mapping[str, Any], lookup: Mapping[str, Any]) -> bool:
    wanted = lookup.get("metadataLocation")
    if not wanted:
        return True
    if lookup.get("locationMatchingStrategy") == "EXACT_LOCATION" or wanted.get("spreadsheet"):
        return _without_type(location) == _without_type(wanted)
    if location.get("spreadsheet") or _sheet_of(location) != _sheet_of(wanted):
        return False
    mine, other = location.get("dimensionRange"), wanted.get("dimensionRange")
    if not mine or not other or mine["dimension"] != other.get("dimension"):
        return True
    low, high = other.get("startIndex", 0), other.get("endIndex", mine["endIndex"])
    return bool(mine["startIndex"] < high and low < mine["endIndex"])


def _sheet_of(location: Mapping[str, Any]) -> int:
    return int(location.get("sheetId", location.get("dimensionRange", {}).get("sheetId", 0)))


def _without_type(location: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in location.items() if name != "locationType"}


def areas(book: Spreadsheet, data_filter: Mapping[str, Any]) -> Iterator[Area]:
    """The ranges a DataFilter selects; metadata on the whole spreadsheet select none."""
    if "gridRange" in data_filter:
        book.grid_of(data_filter["gridRange"].get("sheetId", 0))
        yield Area.of(data_filter["gridRange"])
    elif "a1Range" in data_filter:
        yield book.area(data_filter["a1Range"])
    else:
        for one in found(book, data_filter.get("developerMetadataLookup", {})):
            where = one["location"]
            if "sheetId" in where:
                yield Area(where["sheetId"])
            elif place := where.get("dimensionRange"):
                start, end = place["startIndex"], place["endIndex"]
                if place["dimension"] == "ROWS":
                    yield Area(place["sheetId"], top=start, bottom=end)
                else:
                    yield Area(place["sheetId"], left=start, right=end)


def matched(book: Spreadsheet, data_filters: Sequence[Mapping[str, Any]]) -> list[tuple[Area, list[Mapping[str, Any]]]]:
    """Every selected range once, with the filters that selected it."""
    found_areas: dict[Area, list[Mapping[str, Any]]] = {}
    for data_filter in data_filters:
        if not data_filter:
            raise invalid("Must specify a data filter.")
        for area in areas(book, data_filter):
            found_areas.setdefault(area, []).append(data_filter)
    return list(found_areas.items())


def as_rest(one: JsonObject) -> JsonObject:
    """DimensionRanges lose a zero sheetId like GridRanges do (unverified)."""
    return without_zero_sheet(one)
