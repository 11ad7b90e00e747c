"""Developer metadata: chosen ids that cannot be used twice, locations that follow, data filters."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.sheets.errors import SheetsError
from tests.sandbox.sheets.conftest import Api


def token(metadata_id: int = 17, **more: Any) -> dict[str, Any]:
    return {
        "createDeveloperMetadata": {
            "developerMetadata": {
                "metadataId": metadata_id,
                "metadataKey": "f",
                "visibility": "DOCUMENT",
                "location": {"spreadsheet": True},
                **more,
            }
        }
    }


def on_column(index: int, key: str = "column") -> dict[str, Any]:
    place = {"sheetId": 0, "dimension": "COLUMNS", "startIndex": index, "endIndex": index + 1}
    return token(100 + index, metadataKey=key, location={"dimensionRange": place})


def test_an_id_in_use_refuses_the_whole_batch(api: Api) -> None:
    """What makes a write impossible to apply twice."""
    write = {"updateSheetProperties": {"properties": {"sheetId": 0, "title": "Twice"}, "fields": "title"}}
    api.batch(token())
    with pytest.raises(SheetsError) as refusal:
        api.batch(token(), write)
    assert refusal.value.code == 400
    assert api.get()["sheets"][0]["properties"]["title"] == "Sheet1"


def test_found_by_id(api: Api) -> None:
    api.batch(token())
    assert api.call("GET", "/developerMetadata/17") == {
        "metadataId": 17,
        "metadataKey": "f",
        "location": {"locationType": "SPREADSHEET", "spreadsheet": True},
        "visibility": "DOCUMENT",
    }
    with pytest.raises(SheetsError) as missing:
        api.call("GET", "/developerMetadata/18")
    assert missing.value.code == 404


def search(api: Api, **lookup: Any) -> list[int]:
    body = {"dataFilters": [{"developerMetadataLookup": lookup}]}
    answer = api.call("POST", "/developerMetadata:search", body)
    return [one["developerMetadata"]["metadataId"] for one in answer.get("matchedDeveloperMetadata", ())]


def test_searching(api: Api) -> None:
    api.batch(token(1), token(2, metadataValue="v"), on_column(3))
    assert search(api, metadataKey="f") == [1, 2]
    assert search(api, metadataKey="f", metadataValue="v") == [2]
    assert search(api, locationType="COLUMN") == [103]
    assert search(api, metadataId=404) == []
    near = {"dimensionRange": {"sheetId": 0, "dimension": "COLUMNS", "startIndex": 3, "endIndex": 4}}
    assert search(api, metadataLocation=near) == [103]


def test_metadata_stay_with_their_column(api: Api) -> None:
    api.put("D1", [["x"]])
    api.batch(on_column(3))
    where = lambda: api.call("GET", "/developerMetadata/103")["location"]["dimensionRange"]["startIndex"]
    api.batch({"insertDimension": {"range": {"sheetId": 0, "dimension": "COLUMNS", "startIndex": 0, "endIndex": 2}}})
    assert where() == 5
    source = {"sheetId": 0, "dimension": "COLUMNS", "startIndex": 5, "endIndex": 6}
    api.batch({"moveDimension": {"source": source, "destinationIndex": 0}})
    assert where() == 0
    assert api.values("A1") == [["x"]]
    api.batch({"deleteDimension": {"range": {"sheetId": 0, "dimension": "COLUMNS", "startIndex": 0, "endIndex": 1}}})
    assert search(api, metadataKey="column") == []


def test_metadata_go_with_their_sheet(api: Api) -> None:
    api.batch({"addSheet": {"properties": {"sheetId": 5}}}, token(1, location={"sheetId": 5}), token(2))
    api.batch({"deleteSheet": {"sheetId": 5}})
    assert search(api, visibility="DOCUMENT") == [2]


def test_deleting_answers_what_it_deleted(api: Api) -> None:
    api.batch(token(1), token(2))
    forget = {"deleteDeveloperMetadata": {"dataFilter": {"developerMetadataLookup": {"metadataId": 1}}}}
    (reply,) = api.batch(forget)["replies"]
    assert [one["metadataId"] for one in reply["deleteDeveloperMetadata"]["deletedDeveloperMetadata"]] == [1]
    assert search(api, metadataKey="f") == [2]


def test_there_is_room_for_thirty_thousand_characters(api: Api) -> None:
    api.batch(token(1, metadataValue="x" * 29_999))
    with pytest.raises(SheetsError, match="size limit"):
        api.batch(token(2))


@pytest.mark.parametrize("wrong", [{"metadataKey": ""}, {"visibility": None}, {"location": {}}, {"metadataId": -1}])
def test_incomplete_metadata_are_refused(api: Api, wrong: dict[str, Any]) -> None:
    with pytest.raises(SheetsError, match="createDeveloperMetadata"):
        api.batch(token(**wrong))


def test_values_by_data_filter(api: Api) -> None:
    api.put("A1", [["Ключ", "Имя"], ["k1", "a"], ["k2", "b"]])
    api.batch(on_column(1))
    filters = [
        {"gridRange": {"sheetId": 0, "startRowIndex": 0, "endRowIndex": 1}},
        {"gridRange": {"sheetId": 0, "startRowIndex": 1, "startColumnIndex": 0, "endColumnIndex": 1}},
        {"developerMetadataLookup": {"metadataKey": "column"}},
    ]
    answer = api.call("POST", "/values:batchGetByDataFilter", {"dataFilters": filters})
    found = {one["valueRange"]["range"]: one["valueRange"]["values"] for one in answer["valueRanges"]}
    assert found == {
        "Sheet1!A1:Z1": [["Ключ", "Имя"]],
        "Sheet1!A2:A1000": [["k1"], ["k2"]],
        "Sheet1!B1:B1000": [["Имя"], ["a"], ["b"]],
    }
    assert [one["dataFilters"] for one in answer["valueRanges"]] == [[one] for one in filters]


def test_a_sheet_that_is_gone_is_an_error(api: Api) -> None:
    filters = [{"gridRange": {"sheetId": 9, "startRowIndex": 0}}]
    with pytest.raises(SheetsError, match="No grid with id: 9"):
        api.call("POST", "/values:batchGetByDataFilter", {"dataFilters": filters})


def test_writing_and_clearing_by_data_filter(api: Api) -> None:
    api.batch(on_column(1))
    by_column = {"developerMetadataLookup": {"metadataKey": "column"}}
    data = [{"dataFilter": by_column, "values": [["x"], ["y"]]}]
    api.call("POST", "/values:batchUpdateByDataFilter", {"valueInputOption": "RAW", "data": data})
    assert api.values("B1:B2") == [["x"], ["y"]]
    api.call("POST", "/values:batchClearByDataFilter", {"dataFilters": [by_column]})
    assert api.values("B1:B2") == []
