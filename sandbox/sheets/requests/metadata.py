"""Requests about developer metadata."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.sheets import masks, metadata
from sandbox.sheets.requests.registry import request
from sandbox.sheets.schema import JsonObject
from sandbox.sheets.spreadsheet import Spreadsheet


@request("createDeveloperMetadata")
def create_developer_metadata(book: Spreadsheet, body: Mapping[str, Any]) -> JsonObject:
    return {"developerMetadata": metadata.as_rest(metadata.create(book, body.get("developerMetadata", {})))}


@request("updateDeveloperMetadata")
def update_developer_metadata(book: Spreadsheet, body: Mapping[str, Any]) -> JsonObject:
    mask = masks.for_update(body.get("fields"))
    chosen = [one for data_filter in body.get("dataFilters", ()) for one in metadata.matching(book, data_filter)]
    after = []
    for one in chosen:
        changed = masks.merged(mask, one, {**body.get("developerMetadata", {}), "metadataId": one["metadataId"]})
        changed["location"] = metadata.located(book, changed.get("location", {}))
        book.metadata[book.metadata.index(one)] = changed
        after.append(metadata.as_rest(changed))
    metadata.check_room(book)
    return {"developerMetadata": after} if after else {}


@request("deleteDeveloperMetadata")
def delete_developer_metadata(book: Spreadsheet, body: Mapping[str, Any]) -> JsonObject:
    """What matches nothing deletes nothing, without an error (unverified)."""
    chosen = metadata.matching(book, body.get("dataFilter", {}))
    book.metadata = [one for one in book.metadata if one not in chosen]
    return {"deletedDeveloperMetadata": [metadata.as_rest(one) for one in chosen]} if chosen else {}
