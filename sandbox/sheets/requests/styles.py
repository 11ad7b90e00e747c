"""Requests about conditional formats and banding."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.sheets import masks
from sandbox.sheets.cells import both_colours, complete_colours
from sandbox.sheets.errors import invalid
from sandbox.sheets.ranges import without_zero_sheet
from sandbox.sheets.requests.kept import bounded, check_free, found, new_id
from sandbox.sheets.requests.registry import request
from sandbox.sheets.schema import JsonObject
from sandbox.sheets.spreadsheet import Spreadsheet


@request("addConditionalFormatRule")
def add_conditional_format_rule(book: Spreadsheet, body: Mapping[str, Any]) -> None:
    rule = complete_colours(body.get("rule", {}))
    if not rule.get("ranges"):
        raise invalid("A conditional format rule must have at least one range.")
    sheet = book.grid_of(rule["ranges"][0].get("sheetId", 0))
    rules = sheet.listed("conditionalFormats")
    rules.insert(body.get("index", 0), {**rule, "ranges": [bounded(book, one) for one in rule["ranges"]]})


@request("updateConditionalFormatRule")
def update_conditional_format_rule(book: Spreadsheet, body: Mapping[str, Any]) -> JsonObject:
    rules = _rules(book, body)
    index = body.get("index", 0)
    if "rule" in body:
        old = rules[index]
        rules[index] = complete_colours(body["rule"])
        return without_zero_sheet({"oldRule": old, "newRule": rules[index], "newIndex": index})
    rule = rules.pop(index)
    rules.insert(body.get("newIndex", 0), rule)
    return without_zero_sheet({"newRule": rule, "oldIndex": index, "newIndex": body.get("newIndex", 0)})


@request("deleteConditionalFormatRule")
def delete_conditional_format_rule(book: Spreadsheet, body: Mapping[str, Any]) -> JsonObject:
    return {"rule": without_zero_sheet(_rules(book, body).pop(body.get("index", 0)))}


def _rules(book: Spreadsheet, body: Mapping[str, Any]) -> list[JsonObject]:
    rules = book.grid_of(body.get("sheetId", 0)).listed("conditionalFormats")
    if not 0 <= body.get("index", 0) < len(rules):
        raise invalid(f"No conditional format on sheet: {body.get('sheetId', 0)} at index: {body.get('index', 0)}")
    return rules


@request("addBanding")
def add_banding(book: Spreadsheet, body: Mapping[str, Any]) -> JsonObject:
    wanted = complete_colours(body.get("bandedRange", {}))
    sheet = book.grid_of(wanted.get("range", {}).get("sheetId", 0))
    made = {
        **wanted,
        "bandedRangeId": wanted.get("bandedRangeId") or new_id(book, "bandedRanges", "bandedRangeId"),
        "range": bounded(book, wanted.get("range", {})),
    }
    check_free(book, "bandedRanges", "bandedRangeId", made["bandedRangeId"])
    sheet.listed("bandedRanges").append(made)
    return {"bandedRange": without_zero_sheet(made)}


@request("updateBanding")
def update_banding(book: Spreadsheet, body: Mapping[str, Any]) -> None:
    mask = masks.for_update(body.get("fields"))
    new = complete_colours(body.get("bandedRange", {}))
    items, at = found(book, "bandedRanges", "bandedRangeId", new.get("bandedRangeId"), "banded range")
    after = masks.merged(both_colours(mask), items[at], {**new, "bandedRangeId": items[at]["bandedRangeId"]})
    items[at] = {**after, "range": bounded(book, after.get("range", {}))}


@request("deleteBanding")
def delete_banding(book: Spreadsheet, body: Mapping[str, Any]) -> None:
    items, at = found(book, "bandedRanges", "bandedRangeId", body.get("bandedRangeId"), "banded range")
    del items[at]
