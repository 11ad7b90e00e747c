"""Requests about what lies over the cells:

named and protected ranges, filters, charts, conditional formats, banding.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.sheets import masks
from sandbox.sheets.cells import complete_colours
from sandbox.sheets.errors import invalid
from sandbox.sheets.ranges import Area, without_zero_sheet
from sandbox.sheets.requests.registry import request
from sandbox.sheets.schema import JsonObject
from sandbox.sheets.spreadsheet import Sheet, Spreadsheet

# Named ranges


@request("addNamedRange")
def add_named_range(book: Spreadsheet, body: Mapping[str, Any]) -> JsonObject:
    wanted = body.get("namedRange", {})
    if any(one["name"].casefold() == wanted.get("name", "").casefold() for one in book.named_ranges):
        raise invalid(f'A named range with the name "{wanted["name"]}" already exists.')
    taken = {int(one["namedRangeId"]) for one in book.named_ranges if one["namedRangeId"].isdigit()}
    made = {
        "namedRangeId": wanted.get("namedRangeId") or str(book.new_id(taken)),
        "name": wanted["name"],
        "range": _bounded(book, wanted.get("range", {})),
    }
    book.named_ranges.append(made)
    return {"namedRange": without_zero_sheet(made)}


@request("updateNamedRange")
def update_named_range(book: Spreadsheet, body: Mapping[str, Any]) -> None:
    mask = masks.for_update(body.get("fields"))
    new = dict(body.get("namedRange", {}))
    if "range" in new:
        new["range"] = _bounded(book, new["range"])
    at = _position(book.named_ranges, "namedRangeId", new.get("namedRangeId"), "named range")
    new["namedRangeId"] = book.named_ranges[at]["namedRangeId"]
    book.named_ranges[at] = masks.merged(mask, book.named_ranges[at], new)


@request("deleteNamedRange")
def delete_named_range(book: Spreadsheet, body: Mapping[str, Any]) -> None:
    del book.named_ranges[_position(book.named_ranges, "namedRangeId", body.get("namedRangeId"), "named range")]


# Protected ranges


@request("addProtectedRange")
def add_protected_range(book: Spreadsheet, body: Mapping[str, Any]) -> JsonObject:
    """Whoever asks may always edit.

    Editors together with warningOnly are ignored (reference, ProtectedRange.warningOnly).
    """
    wanted = body.get("protectedRange", {})
    sheet = book.grid_of(wanted.get("range", {}).get("sheetId", 0))
    made: JsonObject = {
        "protectedRangeId": wanted.get("protectedRangeId") or _new_id(book, "protectedRanges", "protectedRangeId"),
        "range": _bounded(book, wanted.get("range", {})),
    }
    _check_free(book, "protectedRanges", "protectedRangeId", made["protectedRangeId"])
    made |= {name: wanted[name] for name in ("description", "unprotectedRanges", "namedRangeId") if wanted.get(name)}
    if wanted.get("warningOnly"):
        made["warningOnly"] = True
    made["requestingUserCanEdit"] = True
    editors = {} if wanted.get("warningOnly") else wanted.get("editors", {})
    made["editors"] = {name: value for name, value in editors.items() if value}
    sheet.listed("protectedRanges").append(made)
    return {"protectedRange": without_zero_sheet(made)}


@request("updateProtectedRange")
def update_protected_range(book: Spreadsheet, body: Mapping[str, Any]) -> None:
    mask = masks.for_update(body.get("fields"))
    new = body.get("protectedRange", {})
    items, at = _found(book, "protectedRanges", "protectedRangeId", new.get("protectedRangeId"), "protected range")
    items[at] = masks.merged(mask, items[at], {**new, "protectedRangeId": items[at]["protectedRangeId"]})


@request("deleteProtectedRange")
def delete_protected_range(book: Spreadsheet, body: Mapping[str, Any]) -> None:
    items, at = _found(book, "protectedRanges", "protectedRangeId", body.get("protectedRangeId"), "protected range")
    del items[at]


# Filters


@request("setBasicFilter")
def set_basic_filter(book: Spreadsheet, body: Mapping[str, Any]) -> None:
    wanted = body.get("filter", {})
    sheet = book.grid_of(wanted.get("range", {}).get("sheetId", 0))
    sheet.objects["basicFilter"] = {**wanted, "range": _bounded(book, wanted.get("range", {}))}


@request("clearBasicFilter")
def clear_basic_filter(book: Spreadsheet, body: Mapping[str, Any]) -> None:
    book.grid_of(body.get("sheetId", 0)).objects.pop("basicFilter", None)


@request("addFilterView")
def add_filter_view(book: Spreadsheet, body: Mapping[str, Any]) -> JsonObject:
    wanted = body.get("filter", {})
    sheet = book.grid_of(wanted.get("range", {}).get("sheetId", 0))
    made = {
        **wanted,
        "filterViewId": wanted.get("filterViewId") or _new_id(book, "filterViews", "filterViewId"),
        "range": _bounded(book, wanted.get("range", {})),
    }
    _check_free(book, "filterViews", "filterViewId", made["filterViewId"])
    made.setdefault("title", f"Filter {len(sheet.listed('filterViews')) + 1}")
    sheet.listed("filterViews").append(made)
    return {"filter": without_zero_sheet(made)}


@request("deleteFilterView")
def delete_filter_view(book: Spreadsheet, body: Mapping[str, Any]) -> None:
    items, at = _found(book, "filterViews", "filterViewId", body.get("filterId"), "filter view")
    del items[at]


# Charts


@request("addChart")
def add_chart(book: Spreadsheet, body: Mapping[str, Any]) -> JsonObject:
    """Stored, not drawn. A position on a new sheet makes that sheet as an ordinary one here."""
    wanted = complete_colours(body.get("chart", {}))
    if "spec" not in wanted:
        raise invalid("No chart spec specified.")
    chart_id = wanted.get("chartId") or _new_id(book, "charts", "chartId")
    _check_free(book, "charts", "chartId", chart_id)
    position = wanted.get("position", {})
    anchor = position.get("overlayPosition", {}).get("anchorCell", {})
    if position.get("newSheet"):
        sheet = book.add_sheet({"title": f"Chart{len(book.sheets)}"})
        position = {"sheetId": sheet.id}
    else:
        sheet = book.grid_of(position.get("sheetId", anchor.get("sheetId", 0)))
    for source in _chart_sources(wanted["spec"]):
        book.grid_of(source.get("sheetId", 0))
    made = {"chartId": chart_id, "spec": wanted["spec"], "position": position}
    sheet.listed("charts").append(made)
    return {"chart": without_zero_sheet(made)}


def _chart_sources(value: Any) -> list[JsonObject]:
    if isinstance(value, list):
        return [source for item in value for source in _chart_sources(item)]
    if isinstance(value, dict):
        here = list(value["sources"]) if "sources" in value else []
        return here + [source for below in value.values() for source in _chart_sources(below)]
    return []


@request("updateChartSpec")
def update_chart_spec(book: Spreadsheet, body: Mapping[str, Any]) -> None:
    """Takes a whole spec, not a patch."""
    items, at = _found(book, "charts", "chartId", body.get("chartId"), "chart")
    items[at] = {**items[at], "spec": complete_colours(body.get("spec", {}))}


@request("updateEmbeddedObjectPosition")
def update_embedded_object_position(book: Spreadsheet, body: Mapping[str, Any]) -> JsonObject:
    items, at = _found(book, "charts", "chartId", body.get("objectId"), "embedded object")
    mask = masks.parse(body["fields"]) if body.get("fields") else {}
    before = items[at]["position"].get("overlayPosition", {})
    after = masks.merged(mask, before, body.get("newPosition", {}).get("overlayPosition", {}))
    items[at] = {**items[at], "position": {"overlayPosition": after}}
    return {"position": without_zero_sheet(items[at]["position"])}


@request("deleteEmbeddedObject")
def delete_embedded_object(book: Spreadsheet, body: Mapping[str, Any]) -> None:
    items, at = _found(book, "charts", "chartId", body.get("objectId"), "embedded object")
    del items[at]


# Conditional formats and banding


@request("addConditionalFormatRule")
def add_conditional_format_rule(book: Spreadsheet, body: Mapping[str, Any]) -> None:
    rule = complete_colours(body.get("rule", {}))
    if not rule.get("ranges"):
        raise invalid("A conditional format rule must have at least one range.")
    sheet = book.grid_of(rule["ranges"][0].get("sheetId", 0))
    rules = sheet.listed("conditionalFormats")
    rules.insert(body.get("index", 0), {**rule, "ranges": [_bounded(book, one) for one in rule["ranges"]]})


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
        "bandedRangeId": wanted.get("bandedRangeId") or _new_id(book, "bandedRanges", "bandedRangeId"),
        "range": _bounded(book, wanted.get("range", {})),
    }
    _check_free(book, "bandedRanges", "bandedRangeId", made["bandedRangeId"])
    sheet.listed("bandedRanges").append(made)
    return {"bandedRange": without_zero_sheet(made)}


@request("deleteBanding")
def delete_banding(book: Spreadsheet, body: Mapping[str, Any]) -> None:
    items, at = _found(book, "bandedRanges", "bandedRangeId", body.get("bandedRangeId"), "banded range")
    del items[at]


# What they share


def _bounded(book: Spreadsheet, grid_range: Mapping[str, Any]) -> JsonObject:
    """A stored range has all its sides: an unbounded filter comes back with the size of the grid (recorded)."""
    sheet = book.grid_of(grid_range.get("sheetId", 0))
    given = grid_range.keys() & {"startRowIndex", "startColumnIndex", "endRowIndex", "endColumnIndex"}
    if given:
        for side in ("startRowIndex", "startColumnIndex"):
            grid_range = {side: 0, **grid_range}
        return {**grid_range, "sheetId": sheet.id}
    box = sheet.grid.whole
    return Area(sheet.id, box.top, box.bottom, box.left, box.right).as_grid_range()


def _sheets_with(book: Spreadsheet, name: str) -> list[Sheet]:
    return [sheet for sheet in book.sheets if name in sheet.objects]


def _new_id(book: Spreadsheet, name: str, id_name: str) -> int:
    return book.new_id({one[id_name] for sheet in _sheets_with(book, name) for one in sheet.objects[name]})


def _check_free(book: Spreadsheet, name: str, id_name: str, wanted: int) -> None:
    """An id in use fails, which is what makes a chosen id idempotent. The text is unverified."""
    if any(one[id_name] == wanted for sheet in _sheets_with(book, name) for one in sheet.objects[name]):
        raise invalid(f"An object with ID {wanted} already exists.")


def _position(items: list[JsonObject], id_name: str, wanted: object, what: str) -> int:
    for at, one in enumerate(items):
        if one[id_name] == wanted:
            return at
    raise invalid(f"No {what} with id: {wanted}")


def _found(book: Spreadsheet, name: str, id_name: str, wanted: object, what: str) -> tuple[list[JsonObject], int]:
    for sheet in _sheets_with(book, name):
        for at, one in enumerate(sheet.objects[name]):
            if one[id_name] == wanted:
                return sheet.objects[name], at
    raise invalid(f"No {what} with id: {wanted}")
