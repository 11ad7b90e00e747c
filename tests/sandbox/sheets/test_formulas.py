"""The calculator behind formula cells."""

from __future__ import annotations

import pytest

from tests.sandbox.sheets.conftest import Api


@pytest.mark.parametrize(
    ("formula", "value"),
    [
        ("= 1 / 1024", 1 / 1024),
        ("=1+2*3", 7),
        ("=-2^2+10%", 4.1),
        ("=(1+2)*3", 9),
        ('="a"&1&TRUE', "a1TRUE"),
        ("=A1+B1", 3),
        ("=SUM(A1:C1)", 3),
        ("=sum(A1:B1, 10)", 13),
        ("=AVERAGE(A1:B1)", 1.5),
        ("=COUNT(A1:C1)", 2),
        ("=COUNTA(A1:D1)", 3),
        ("=MAX(A1:B1)-MIN(A1:B1)", 1),
        ('=IF(A1<B1,"less","more")', "less"),
        ("=ROUND(2.345, 2)", 2.35),
        ('=HYPERLINK("https://example.com", "here")', "here"),
        ("='Sheet1'!B1", 2),
        ("=A1=1", True),
        ('=C1="TEXT"', True),
        ('=COUNTIF(A1:C1,">1")', 1),
        ('=COUNTIF(A1:D1;"te*")', 1),
        ('=COUNTIFS(A1:B1,">0",A1:B1,"<>2")', 1),
        ('=SUMIF(A1:B1,2)+SUMIFS(A1:B1,A1:B1,">=1")', 5),
        ('=AVERAGEIF(A1:B1,">1")', 2),
        ('=IFERROR(1/0,"none")', "none"),
        ("=IFERROR(A1,1/0)", 1),
        ("=DATE(2026,3,9)-DATE(2026,2,28)", 9),
        ("=YEAR(46090)*100+MONTH(46090)", 202603),
        ("=AND(A1=1,B1=2)", True),
        ("=OR(A1=5,NOT(B1=2))", False),
        ("=MEDIAN(A1:B1)+MOD(7,4)", 4.5),
        ("=ROUNDUP(1.21,1)-ROUNDDOWN(1.29,1)", 0.1),
        ("=LEFT(C1)&MID(C1,2,2)&RIGHT(C1,1)", "text"),
        ("=NOW()-TODAY()<1", True),
        ("=COUNTUNIQUE(A1:C1)+COUNTBLANK(A1:E1)", 5),
    ],
)
def test_values(api: Api, formula: str, value: object) -> None:
    api.put("A1", [[1, 2, "text"]])
    api.put("A2", [[formula]], "USER_ENTERED")
    ((found,),) = api.values("A2", valueRenderOption="UNFORMATTED_VALUE")
    assert found == pytest.approx(value) if isinstance(value, float) else found == value


@pytest.mark.parametrize(
    ("formula", "kind", "shown"),
    [
        ("=1/0", "DIVIDE_BY_ZERO", "#DIV/0!"),
        ("=NOSUCH(1)", "NAME", "#NAME?"),
        ("=somewhere", "NAME", "#NAME?"),
        ('="a"+1', "VALUE", "#VALUE!"),
        ("=Nowhere!A1", "REF", "#REF!"),
        ("=A2", "REF", "#REF!"),
        ("=1+", "ERROR", "#ERROR!"),
        ("=)", "ERROR", "#ERROR!"),
        ("=MOD(1,0)", "DIVIDE_BY_ZERO", "#DIV/0!"),
        ("=LEFT()", "N_A", "#N/A"),
        ("=#REF!+1", "REF", "#REF!"),
    ],
)
def test_errors(api: Api, formula: str, kind: str, shown: str) -> None:
    api.put("A2", [[formula]], "USER_ENTERED")
    assert api.values("A2") == [[shown]]
    assert api.cell("A2", "effectiveValue")["effectiveValue"]["errorValue"]["type"] == kind


def test_an_error_travels_through_references(api: Api) -> None:
    api.put("A1", [["=1/0", "=A1+1"]], "USER_ENTERED")
    assert api.values("A1:B1") == [["#DIV/0!", "#DIV/0!"]]


def test_a_named_range_is_a_reference(api: Api) -> None:
    area = {"sheetId": 0, "startRowIndex": 0, "endRowIndex": 2, "startColumnIndex": 0, "endColumnIndex": 1}
    api.batch({"addNamedRange": {"namedRange": {"name": "Часы", "range": area}}})
    api.put("A1", [[2], [3], ["=SUM(Часы)"]], "USER_ENTERED")
    assert api.values("A3") == [["5"]]


def test_a_very_long_chain_is_an_error_and_no_crash(api: Api) -> None:
    rows = [[1], *([f"=A{row}+1"] for row in range(1, 900))]
    api.put("A1", rows, "USER_ENTERED")
    assert api.values("A900", valueRenderOption="UNFORMATTED_VALUE") in ([[900]], [["#ERROR!"]])


def test_the_clock_is_the_spreadsheets(api: Api) -> None:
    api.desk.clock_offset -= api.desk.now()  # 1970-01-01T00:00:00Z
    api.put("A1", [["=TODAY()"]], "USER_ENTERED")
    assert api.values("A1", valueRenderOption="UNFORMATTED_VALUE") == [[25569]]
    zone = {"properties": {"timeZone": "America/New_York"}, "fields": "timeZone"}
    api.batch({"updateSpreadsheetProperties": zone})
    assert api.values("A1", valueRenderOption="UNFORMATTED_VALUE") == [[25568]]
