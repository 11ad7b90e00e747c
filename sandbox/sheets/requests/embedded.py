"""Requests about charts and slicers: stored, drawn on the page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.sheets import masks
from sandbox.sheets.cells import complete_colours
from sandbox.sheets.errors import invalid, not_built
from sandbox.sheets.ranges import Area, without_zero_sheet
from sandbox.sheets.requests.kept import check_free, found, new_id
from sandbox.sheets.requests.registry import request
from sandbox.sheets.schema import JsonObject
from sandbox.sheets.spreadsheet import Spreadsheet


@request("addChart")
def add_chart(book: Spreadsheet, body: Mapping[str, Any]) -> JsonObject:
    """A position on a new sheet makes that sheet as an ordinary one here."""
    wanted = complete_colours(body.get("chart", {}))
    if "spec" not in wanted:
        raise invalid("No chart spec specified.")
    chart_id = wanted.get("chartId") or new_id(book, "charts", "chartId")
    check_free(book, "charts", "chartId", chart_id)
    position = wanted.get("position", {})
    anchor = position.get("overlayPosition", {}).get("anchorCell", {})
    if position.get("newSheet"):
        sheet = book.add_sheet({"title": f"Chart{len(book.sheets)}"})
        position = {"sheetId": sheet.id}
    else:
        sheet = book.grid_of(position.get("sheetId", anchor.get("sheetId", 0)))
    _check_sources(book, wanted["spec"])
    made = {**wanted, "chartId": chart_id, "spec": _complete_spec(wanted["spec"]), "position": _placed(position)}
    sheet.listed("charts").append(made)
    return {"chart": without_zero_sheet(made)}


def _check_sources(book: Spreadsheet, value: Any) -> None:
    """Every range a chart reads is on a sheet that exists."""
    if isinstance(value, list):
        for item in value:
            _check_sources(book, item)
    elif isinstance(value, dict):
        for source in value.get("sources", ()):
            book.grid_of(Area.of(source).sheet_id)
        for below in value.values():
            _check_sources(book, below)


@request("updateChartSpec")
def update_chart_spec(book: Spreadsheet, body: Mapping[str, Any]) -> None:
    """Takes a whole spec, not a patch."""
    items, at = found(book, "charts", "chartId", body.get("chartId"), "chart")
    spec = complete_colours(body.get("spec", {}))
    _check_sources(book, spec)
    items[at] = {**items[at], "spec": _complete_spec(spec)}


@request("addSlicer")
def add_slicer(book: Spreadsheet, body: Mapping[str, Any]) -> JsonObject:
    """Stored; what it hides is not worked out here."""
    wanted = complete_colours(body.get("slicer", {}))
    position = _placed(wanted.get("position", {}))
    sheet = book.grid_of(position.get("overlayPosition", {}).get("anchorCell", {}).get("sheetId", 0))
    slicer_id = wanted.get("slicerId") or new_id(book, "slicers", "slicerId")
    check_free(book, "slicers", "slicerId", slicer_id)
    made = {"slicerId": slicer_id, "spec": wanted.get("spec", {}), "position": position}
    sheet.listed("slicers").append(made)
    return {"slicer": without_zero_sheet(made)}


@request("updateSlicerSpec")
def update_slicer_spec(book: Spreadsheet, body: Mapping[str, Any]) -> None:
    mask = masks.for_update(body.get("fields"))
    slicers, at = found(book, "slicers", "slicerId", body.get("slicerId"), "slicer")
    slicers[at] = {
        **slicers[at],
        "spec": masks.merged(mask, slicers[at]["spec"], complete_colours(body.get("spec", {}))),
    }


def _embedded(book: Spreadsheet, object_id: object) -> tuple[list[JsonObject], int]:
    """A chart or a slicer."""
    for name, id_name in (("charts", "chartId"), ("slicers", "slicerId")):
        for sheet in book.sheets:
            for at, one in enumerate(sheet.objects.get(name, ())):
                if one[id_name] == object_id:
                    return sheet.objects[name], at
    raise invalid(f"No embedded object with id: {object_id}")


@request("updateEmbeddedObjectPosition")
def update_embedded_object_position(book: Spreadsheet, body: Mapping[str, Any]) -> JsonObject:
    """The mask is about ``newPosition.overlayPosition``. Moving onto a sheet of its own is not built."""
    objects, at = _embedded(book, body.get("objectId"))
    wanted = body.get("newPosition", {})
    if "overlayPosition" not in wanted:
        raise not_built("Moving an object to a sheet of its own")
    mask = masks.for_update(body["fields"]) if body.get("fields") else {}
    moved = objects.pop(at)
    before = moved["position"].get("overlayPosition", {})
    after = _placed({"overlayPosition": masks.merged(mask, before, wanted["overlayPosition"])})
    sheet = book.grid_of(after["overlayPosition"]["anchorCell"].get("sheetId", 0))
    sheet.listed("charts" if "chartId" in moved else "slicers").insert(at, {**moved, "position": after})
    return {"position": without_zero_sheet(after)}


@request("updateEmbeddedObjectBorder")
def update_embedded_object_border(book: Spreadsheet, body: Mapping[str, Any]) -> None:
    mask = masks.for_update(body.get("fields"))
    objects, at = _embedded(book, body.get("objectId"))
    border = masks.merged(mask, objects[at].get("border", {}), complete_colours(body.get("border", {})))
    objects[at] = {**objects[at], "border": border}


@request("deleteEmbeddedObject")
def delete_embedded_object(book: Spreadsheet, body: Mapping[str, Any]) -> None:
    objects, at = _embedded(book, body.get("objectId"))
    del objects[at]


def _placed(position: Mapping[str, Any]) -> JsonObject:
    """A position over the cells with all that answers show: 600 by 371 pixels unless given (guide "Charts")."""
    overlay = position.get("overlayPosition")
    if overlay is None:
        return dict(position)
    anchor = {"sheetId": 0, "rowIndex": 0, "columnIndex": 0, **overlay.get("anchorCell", {})}
    return {**position, "overlayPosition": {"widthPixels": 600, "heightPixels": 371, **overlay, "anchorCell": anchor}}


def _complete_spec(spec: Mapping[str, Any]) -> JsonObject:
    """The defaults Google fills in (pygsheets' tests and the guide "Charts")."""
    titled = {"titleTextFormat": {"fontFamily": "Roboto", **spec.get("titleTextFormat", {})}} if "title" in spec else {}
    return {
        "hiddenDimensionStrategy": "SKIP_HIDDEN_ROWS_AND_COLUMNS",
        "fontName": "Roboto",
        **spec,
        **titled,
    }
